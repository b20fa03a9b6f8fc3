//! What a file declares besides queries, models and predictors, and what it knows of other files.
//!
//! Kept true here: a declaration is looked into once, when first needed; what several files share is
//! a value that outlives the checker of the file that declares it.

mod action;
mod arriving;
mod command;
mod event;
mod function;
mod metric;
mod module;
mod neighbours;
mod order;
mod outline;
mod state;
mod trigger;

pub(crate) use action::ActionFacts;
pub(crate) use action::under;
pub(crate) use command::CommandFacts;
pub(crate) use event::Emitted;
pub(crate) use function::FunctionFacts;
pub(crate) use metric::MetricFacts;
pub(crate) use module::{ModuleFacts, Shared, planned_of};
pub(crate) use neighbours::{Answer, EventFacts, Need, Neighbours, Others, Question, Signature};
pub(crate) use order::Schedule;
pub(crate) use outline::{Declares, Outline};
pub(crate) use state::StateFacts;
pub(crate) use trigger::dotted;
