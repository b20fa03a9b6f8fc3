//! What carries runs on: it performs what the kernel asks for, and remembers before it acts.
//!
//! Kept true here: one event at a time per run; nothing leaves before what it rests on is durable; what
//! people are told is on the disk.

mod attempt;
mod clock;
mod dispatch;
mod emitting;
mod engine;
mod history;
mod keeper;
mod keeping;
mod line;
mod people;
mod pilot;
mod playbook;
mod progress;
mod protocol;
mod reader;
mod recovery;
mod shelf;

pub use clock::{Clock, MovedClock, SkippingClock, SystemClock, whole_microseconds};
pub use engine::{Admission, Engine, Rested, RunRequest, Store, Submitted};
pub use history::{ActDetail, Items, Rounds, RunDetail, StepDetail, StepState};
pub use keeping::state_name;
pub use people::{Everybody, People};
pub use pilot::Pilot;
pub use playbook::Playbooks;
pub use progress::{Progress, RunOutcome, Standing, Wait};
pub use protocol::{Action, Identity, Input, World};
pub use reader::Reader;
