//! A plan + a journal → durable runs.
//!
//! Three layers: [`kernel`] is the pure reducer, [`journal`] remembers, [`driver`] does; [`replay`] does
//! again what a journal holds, without the world. Must not know: what a step does, HTTP, the compiler.

pub mod driver;
pub mod journal;
pub mod kernel;
pub mod limits;
pub mod replay;
pub mod runner;

pub use driver::{
    ActDetail, Admission, Clock, Engine, Everybody, Items, MovedClock, People, Playbooks, Progress,
    Reader, Rested, Rounds, RunDetail, RunOutcome, RunRequest, SkippingClock, StepDetail,
    StepState, Store, Submitted, SystemClock, Wait,
};
pub use journal::{
    ArrivalFilter, Arrived, Commits, Cursor, Delivery, NewArrival, RunFilter, RunId, RunStatus,
    RunSummary, SeenRow,
};
pub use journal::{Keys, upkeep};
pub use kernel::{
    Act, Answer, Arrival, Arrives, Awaiting, Brought, Decision, Failure, Form, Happening, Notice,
    Question, QuestionState, Said, StepEnd, Whom,
};
pub use limits::{Limits, PlaybookLimits, Priority, Rate, Room, model_place};
pub use runner::{FailureKind, Report, StepCall, StepOutcome, StepRunner};
