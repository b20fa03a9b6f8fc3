//! What carries runs on: it performs what the kernel asks for, and remembers before it acts.
//!
//! Kept true here: one event at a time per run; nothing leaves before what it rests on is durable; what
//! people are told is on the disk.

mod attempt;
mod clock;
mod dispatch;
mod engine;
mod history;
mod pilot;
mod progress;
mod recovery;

pub use clock::{Clock, SkippingClock, SystemClock, whole_microseconds};
pub use engine::{Engine, Reader, RunRequest, Store, Submitted};
pub use history::{Items, RunDetail, StepDetail, StepState};
pub use pilot::{Action, Identity, Input, Pilot, World};
pub use progress::{Progress, RunOutcome, Standing, Wait};
