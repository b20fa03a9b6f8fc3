//! How a run begins: what starts it, what it is given, and whether it stands in line.

#![allow(
    missing_docs,
    reason = "the fields of a variant are explained at the variant"
)]

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::expression::Expression;
use crate::step::Origin;
use crate::types::Type;
use crate::value::Value;

/// What starts a run besides a schedule or a plain request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// What happens outside.
    pub kind: TriggerKind,
    /// The name under which the run sees what came in.
    pub binding: Option<Arc<str>>,
    /// What came in.
    pub of: Type,
    /// How it fills the inputs: input by input.
    pub with: Vec<(Arc<str>, Expression)>,
    /// Where it stands.
    pub origin: Origin,
}

/// What happens outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TriggerKind {
    /// An instant of a schedule.
    Schedule(sophia_phrases::Schedule),
    /// A person or a program asks; its parameters are names of the run.
    Request { parameters: Vec<(Arc<str>, Type)> },
    /// A delivery of a webhook: `hubspot.deal_changed`.
    Webhook { event: Arc<str> },
    /// An event of another playbook.
    Event { event: Arc<str> },
    /// A file that appears: a glob.
    File { glob: Arc<str> },
    /// Rows that changed.
    Change {
        connection: Arc<str>,
        table: Arc<str>,
        key: Vec<Arc<str>>,
        /// Whether rows that playbooks wrote count.
        except_our_own: bool,
        /// The most rows of one run, and how long an incomplete batch waits, in milliseconds.
        batches: Option<(u64, Option<i64>)>,
    },
    /// A message of a stream.
    Message {
        connection: Arc<str>,
        topic: Arc<str>,
    },
    /// A resource of a tool that changed.
    Resource { tool: Arc<str>, uri: Arc<str> },
}

/// `one run at a time per KEY, newest wins`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OneRun {
    /// What tells the lines apart; without it the playbook has one line.
    pub per: Option<Expression>,
    /// What happens to a run that comes while another is under way.
    pub overlap: Overlap,
}

/// What happens to a run that comes while another is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Overlap {
    /// It waits in line.
    Wait,
    /// The running one ends.
    NewestWins,
    /// The running one gets the delivery as an event.
    Join,
    /// It is left out.
    Skip,
}

/// An input of a playbook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub of: Type,
    /// Its default; without one it is required.
    pub default: Option<Value>,
    /// Its documentation.
    pub documentation: Option<Arc<str>>,
}
