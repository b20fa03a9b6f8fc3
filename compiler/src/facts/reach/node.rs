//! The places of the ways through a plan, and how one follows another.

use std::sync::Arc;

use super::condition::{Condition, Term};
use crate::facts::visit::Stand;

/// A place that a run can come to.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    /// The step that it belongs to.
    pub(crate) step: Arc<str>,
    pub(crate) stand: Stand,
    /// The name that has another value from here on.
    pub(crate) binds: Option<Arc<str>>,
}

/// What a place is.
#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    /// The beginning of a run.
    Start,
    /// A step.
    Step {
        /// What it changes in the world, and what takes that back.
        effects: Vec<Effect>,
        /// The condition that decides how it goes on from here.
        condition: Option<Condition>,
        /// What each case of a `match` wants, in their order.
        cases: Vec<Condition>,
    },
    /// A person of one of these groups said yes. Without groups nobody knows who is asked.
    Approved { groups: Vec<Arc<str>> },
    /// Ways come together.
    Join,
}

/// A call that changes the world.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    /// `stripe.create_refund`, as in [`effect_name`](crate::facts::cost::effect_name).
    pub(crate) name: Arc<str>,
    /// Its arguments by our names.
    pub(crate) arguments: Vec<(Arc<str>, Term)>,
    /// What the step says beside the call: `undo`, `retry`, `timeout`, `otherwise`.
    pub(crate) has: Vec<&'static str>,
    /// Whether it is what undoes another.
    pub(crate) undoes: bool,
}

/// How one place follows another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Way {
    /// A condition, and how it came out.
    pub(crate) decided: Option<(Condition, bool)>,
    /// Whether it leads back to the head of a loop.
    pub(crate) back: bool,
}
