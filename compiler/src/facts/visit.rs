//! What the walk through a plan comes by, in the order of the plan, for whoever analyses it.
//!
//! Kept true here: an analysis hears of the plan and never walks through it itself; it hears of each step once, however
//! often the walk went round.

use std::ops::Deref;
use std::sync::Arc;

use sophia_plan::step::{Origin, Step};

/// Where a step stands in the text of its playbook.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stand {
    pub(crate) origin: Origin,
    /// The module's action that it is a part of: such a step stands where the playbook calls that.
    pub(crate) lender: Option<Arc<str>>,
}

/// A step as the walk sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'p> {
    pub(crate) step: &'p Step,
    /// The call in the playbook's own text by which a module's action came here: that action, and where it is called.
    pub(crate) lent: Option<(&'p Arc<str>, Origin)>,
}

impl Seen<'_> {
    pub(crate) fn stand(&self) -> Stand {
        match self.lent {
            Some((action, origin)) => Stand {
                origin,
                lender: Some(action.clone()),
            },
            None => Stand {
                origin: self.step.origin,
                lender: None,
            },
        }
    }
}

impl Deref for Seen<'_> {
    type Target = Step;

    fn deref(&self) -> &Step {
        self.step
    }
}

/// What the walk comes by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Passed<'p> {
    /// A step begins.
    StepBegins(Seen<'p>),
    /// One of its blocks begins: the number counts as in `Step::blocks`.
    BlockBegins(Seen<'p>, usize),
    /// The block has ended.
    BlockEnds(Seen<'p>, usize),
    /// The step has ended, its blocks included.
    StepEnds(Seen<'p>),
    /// What follows runs after a failure anywhere before.
    FailureBegins,
}

/// An analysis that is told what a plan does.
pub(crate) trait Visit {
    /// A step begins.
    fn begin_step(&mut self, step: Seen<'_>);

    /// One of its blocks begins: `block` counts as in `Step::blocks`.
    fn begin_block(&mut self, step: Seen<'_>, block: usize);

    /// The block has ended.
    fn end_block(&mut self, step: Seen<'_>, block: usize);

    /// The step has ended, its blocks included.
    fn end_step(&mut self, step: Seen<'_>);

    /// What follows runs after a failure anywhere before.
    fn begin_failure(&mut self) {}

    /// Something that the walk came by.
    fn hear(&mut self, passed: Passed<'_>) {
        match passed {
            Passed::StepBegins(step) => self.begin_step(step),
            Passed::BlockBegins(step, block) => self.begin_block(step, block),
            Passed::BlockEnds(step, block) => self.end_block(step, block),
            Passed::StepEnds(step) => self.end_step(step),
            Passed::FailureBegins => self.begin_failure(),
        }
    }
}

/// The number, as in `Step::blocks`, of the block that stands in for a step which did not succeed: the last.
pub(super) fn stand_in(step: &Step) -> usize {
    step.blocks().len().saturating_sub(1)
}
