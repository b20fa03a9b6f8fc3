//! What an analysis of a plan is made of: it is told each step once, in the order of the plan.
//!
//! Kept true here: an analysis hears of the plan and never walks through it itself.

use sophia_plan::plan::Plan;
use sophia_plan::step::{Block, Step};

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
}

/// Tells an analysis everything that a plan does.
pub(super) fn tell(plan: &Plan, analysis: &mut dyn Visit) {
    block(&plan.body, analysis);
    if let Some((_, on_failure)) = &plan.on_failure {
        analysis.begin_failure();
        block(on_failure, analysis);
    }
}

fn block(block: &Block, analysis: &mut dyn Visit) {
    for (_, step) in block.steps() {
        analysis.begin_step(step);
        for (number, inside) in step.blocks().into_iter().enumerate() {
            analysis.begin_block(step, number);
            self::block(inside, analysis);
            analysis.end_block(step, number);
        }
        analysis.end_step(step);
    }
}
