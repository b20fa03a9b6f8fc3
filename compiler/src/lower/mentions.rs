//! The names that the expressions of a step mention, in place.
//!
//! Kept true here: every name of the surrounding scope is met, those of predictors too; the blocks of a step are not
//! looked into, and what `until` says is met with the round that it looks at.

use std::sync::Arc;

use sophia_plan::expression::Expression;
use sophia_plan::step::Step;

/// What is done with each name.
pub(super) type Meet<'m> = dyn FnMut(&mut Arc<str>) + 'm;

/// The names in what a step says itself.
pub(super) fn in_step(step: &mut Step, meet: &mut Meet<'_>) {
    step.each_part_mut(&mut |part| in_expression(part, meet));
}

/// The names in an expression.
pub(super) fn in_expression(expression: &mut Expression, meet: &mut Meet<'_>) {
    match expression {
        Expression::Name(name) => meet(name),
        Expression::Predict { predictor, .. } => meet(predictor),
        _ => {}
    }
    expression.each_part_mut(&mut |part| in_expression(part, meet));
}
