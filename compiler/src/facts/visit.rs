//! What the walk through a plan comes by, in the order of the plan, for whoever analyses it.
//!
//! Kept true here: an analysis hears of the plan and never walks through it itself; it hears of each step once, however
//! often the walk went round.

use sophia_plan::step::Step;

/// What the walk comes by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Passed<'p> {
    /// A step begins.
    StepBegins(&'p Step),
    /// One of its blocks begins: the number counts as in `Step::blocks`.
    BlockBegins(&'p Step, usize),
    /// The block has ended.
    BlockEnds(&'p Step, usize),
    /// The step has ended, its blocks included.
    StepEnds(&'p Step),
    /// What follows runs after a failure anywhere before.
    FailureBegins,
}

/// An analysis that is told what a plan does.
pub(crate) trait Visit {
    /// A step begins.
    fn begin_step(&mut self, step: &Step);

    /// One of its blocks begins: `block` counts as in `Step::blocks`.
    fn begin_block(&mut self, step: &Step, block: usize);

    /// The block has ended.
    fn end_block(&mut self, step: &Step, block: usize);

    /// The step has ended, its blocks included.
    fn end_step(&mut self, step: &Step);

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
