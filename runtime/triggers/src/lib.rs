//! Outside happenings → run requests, each with a delivery key: schedules, files, and who signed a webhook.
//!
//! Kept true here: an instant of a schedule is handed over once per key and never lost while the
//! process lives; what is durable is durable in the [`Sink`], which stores a run and the cursor of
//! its trigger together.
//! Must not know: plans, playbooks' insides, where runs are stored.

pub mod changes;
mod clock;
mod delivery;
pub mod files;
mod planner;
mod scheduler;
pub mod signature;
mod simulated;

pub use clock::{Clock, SystemClock};
pub use delivery::{Delivery, ScheduledTrigger, Sink};
pub use planner::{Due, Firing, ON_TIME, due};
pub use scheduler::run_schedules;
pub use simulated::SimulatedClock;
