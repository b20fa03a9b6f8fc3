//! Model calls and predictors.
//!
//! - [`Router`] asks the models of a call's routes, in order, until one gives a reply that fits the call's
//!   JSON Schema and its conditions, within the deadline and the budgets.
//! - [`ReplyReader`] turns the text of a reply into a value, or says what does not fit.
//! - [`predictor`] trains tabular models on the user's own rows, and keeps their versions.
//!
//! Kept true here: text from outside reaches a model as data between instructions that are fixed here;
//! secrets never stand in a message, a log or a `Debug`; nothing is called that the budget does not cover.
//!
//! Must not know: playbooks and plans, where settings and secrets come from, the terminal.

mod exchange;
mod gguf;
mod openai;
pub mod predictor;
mod reply;
mod router;

pub use gguf::GgufSettings;
pub use openai::{KeySource, OpenAiSettings, Price};
pub use reply::{Repair, Reply, ReplyReader};
pub use router::{Accept, Answered, ModelRequest, Provider, Router};
