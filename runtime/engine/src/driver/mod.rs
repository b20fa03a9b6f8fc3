//! What carries runs on: it performs what the kernel asks for, and remembers before it acts.
//!
//! Kept true here: one event at a time per run; nothing leaves before what it rests on is durable; what
//! people are told is on the disk.

mod acting;
mod admission;
mod again;
mod attempt;
mod beginning;
mod children;
mod clock;
mod coming_in;
mod dispatch;
mod emitting;
mod engine;
mod following;
mod gate;
mod here;
mod history;
mod intent;
mod keeper;
mod keeping;
mod line;
mod live;
mod mailbox;
mod people;
mod pilot;
mod places;
mod playbook;
mod progress;
mod protocol;
mod questions;
mod reader;
mod recovery;
mod resuming;
mod shelf;

pub use again::goes_on;
pub use beginning::{Admission, RunRequest, Submitted};
pub use clock::{Clock, MovedClock, SkippingClock, SystemClock, whole_microseconds};
pub use engine::{Engine, Store};
pub use following::Rested;
pub use history::{ActDetail, Items, Rounds, RunDetail, StepDetail, StepState};
pub(crate) use history::{History, detail};
pub(crate) use intent::claim_name;
pub use keeping::state_name;
pub use people::{Everybody, People};
pub use pilot::{Beginning, Pilot};
pub use playbook::Playbooks;
pub use progress::{Progress, RunOutcome, Standing, Wait};
pub use protocol::{Action, Identity, Input, Ledger, PlaceAsked, World};
pub use reader::Reader;
