//! What an analysis of a plan is made of: it is told each step once, in the order of the plan.
//!
//! Kept true here: only the one pass walks a plan; an analysis hears of it.

use sophia_plan::plan::Plan;
use sophia_plan::step::{Block, Step};

/// An analysis that takes part in the one pass.
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

/// Tells every analysis of every step of a plan, each once.
pub(crate) fn pass(plan: &Plan, components: &mut [&mut dyn Visit]) {
    block(&plan.body, components);
    if let Some((_, failed)) = &plan.on_failure {
        for component in components.iter_mut() {
            component.begin_failure();
        }
        block(failed, components);
    }
}

fn block(of: &Block, components: &mut [&mut dyn Visit]) {
    for (_, step) in of.steps() {
        for component in components.iter_mut() {
            component.begin_step(step);
        }
        for (index, inner) in step.blocks().into_iter().enumerate() {
            for component in components.iter_mut() {
                component.begin_block(step, index);
            }
            block(inner, components);
            for component in components.iter_mut() {
                component.end_block(step, index);
            }
        }
        for component in components.iter_mut() {
            component.end_step(step);
        }
    }
}
