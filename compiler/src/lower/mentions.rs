//! The names that the expressions of a step mention, in place.
//!
//! Kept true here: every name of the surrounding scope is met, those of predictors too; the blocks of a step are not
//! looked into, and what `until` says is met with the round that it looks at.

use std::sync::Arc;

use sophia_plan::expression::{Expression, JoinOn, Stage};
use sophia_plan::step::{
    Delay, EventPattern, MetricReading, Otherwise, Policy, Question, Step, StepKind, Until, Wait,
    Work,
};

/// What is done with each name.
pub(super) type Meet<'m> = dyn FnMut(&mut Arc<str>) + 'm;

/// The names in what a step says itself.
pub(super) fn in_step(step: &mut Step, meet: &mut Meet<'_>) {
    match &mut step.kind {
        StepKind::Work(work) => in_work(work, meet),
        StepKind::ForEach { source, .. } => in_expression(source, meet),
        StepKind::Branch { condition, .. } => in_expression(condition, meet),
        StepKind::Match { value, .. } | StepKind::Yield { value, .. } => {
            in_expression(value, meet);
        }
        StepKind::Repeat { every, .. } => in_expression(every, meet),
        StepKind::Together { .. } | StepKind::Try { .. } => {}
        StepKind::Action { arguments, .. } => {
            in_all(arguments.iter_mut().map(|(_, value)| value), meet);
        }
        StepKind::Ask(ask) => {
            in_expression(&mut ask.whom, meet);
            match &mut ask.question {
                Question::Approve { text } => in_expression(text, meet),
                Question::Form {
                    text,
                    starting_with,
                } => {
                    in_expression(text, meet);
                    in_all(starting_with, meet);
                }
            }
        }
        StepKind::Wait(wait) => in_wait(wait, meet),
        StepKind::Armed { event, reason, .. } => {
            in_event(event, meet);
            in_expression(reason, meet);
        }
        StepKind::End { reason, when, .. } => {
            in_expression(reason, meet);
            in_all(when, meet);
        }
        StepKind::Return { value } => in_all(value, meet),
    }
    in_policy(&mut step.policy, meet);
}

fn in_all<'e>(expressions: impl IntoIterator<Item = &'e mut Expression>, meet: &mut Meet<'_>) {
    for expression in expressions {
        in_expression(expression, meet);
    }
}

fn in_wait(wait: &mut Wait, meet: &mut Meet<'_>) {
    match wait {
        Wait::Passed(delay) => in_delay(delay, meet),
        Wait::Until(instant) => in_expression(instant, meet),
        Wait::Event(event) => in_event(event, meet),
        Wait::First(branches) => {
            for branch in branches {
                match &mut branch.until {
                    Until::Event(event) => in_event(event, meet),
                    Until::After(delay) => in_delay(delay, meet),
                }
            }
        }
    }
}

fn in_event(event: &mut EventPattern, meet: &mut Meet<'_>) {
    in_all(&mut event.condition, meet);
}

fn in_delay(delay: &mut Delay, meet: &mut Meet<'_>) {
    if let Delay::Time(time) = delay {
        in_expression(time, meet);
    }
}

fn in_work(work: &mut Work, meet: &mut Meet<'_>) {
    match work {
        Work::Query { arguments, .. }
        | Work::Model { arguments, .. }
        | Work::Command { arguments, .. }
        | Work::Playbook { arguments, .. } => {
            in_all(arguments.iter_mut().map(|(_, value)| value), meet);
        }
        Work::Predictor { .. } | Work::Distinct { .. } => {}
        Work::Compute { expression } => in_expression(expression, meet),
        Work::Tool { arguments, .. } => {
            in_all(
                arguments.iter_mut().map(|argument| &mut argument.value),
                meet,
            );
        }
        Work::Record { rows, .. } => in_expression(rows, meet),
        Work::Emit { value, .. } => in_all(value, meet),
        Work::Set { key, value, .. } => {
            in_all(key, meet);
            in_expression(value, meet);
        }
        Work::State { key, .. } => in_all(key, meet),
        Work::Metric { reading, .. } => {
            if let MetricReading::Over { window, .. } = reading {
                in_expression(window, meet);
            }
        }
        Work::Search {
            text,
            take,
            condition,
            ..
        } => {
            in_expression(text, meet);
            in_all(take, meet);
            in_all(condition, meet);
        }
        Work::FindMetrics { text, take } => {
            in_expression(text, meet);
            in_all(take, meet);
        }
        Work::ReadFile { path, .. } => in_expression(path, meet),
    }
}

fn in_policy(policy: &mut Policy, meet: &mut Meet<'_>) {
    if let Some(once) = &mut policy.at_most_once {
        in_expression(&mut once.key, meet);
    }
    if let Some(within) = &mut policy.within {
        in_delay(&mut within.limit, meet);
        for escalation in &mut within.then {
            in_expression(&mut escalation.whom, meet);
            if let Some(within) = &mut escalation.within {
                in_delay(within, meet);
            }
        }
    }
    if let Some(undo) = &mut policy.undo {
        in_work(&mut undo.work, meet);
    }
    match &mut policy.otherwise {
        Some(Otherwise::Value(value)) => in_expression(value, meet),
        Some(Otherwise::End { reason, .. }) => in_expression(reason, meet),
        Some(Otherwise::Block(_)) | None => {}
    }
}

/// The names in an expression.
pub(super) fn in_expression(expression: &mut Expression, meet: &mut Meet<'_>) {
    match expression {
        Expression::Constant(_)
        | Expression::Column(_)
        | Expression::Row
        | Expression::Boundary { .. } => {}
        Expression::Name(name) => meet(name),
        Expression::Predict {
            predictor,
            features,
        } => {
            meet(predictor);
            in_expression(features, meet);
        }
        Expression::Index {
            of: one,
            key: other,
        }
        | Expression::Binary {
            left: one,
            right: other,
            ..
        }
        | Expression::And(one, other)
        | Expression::Or(one, other)
        | Expression::Coalesce(one, other)
        | Expression::In {
            value: one,
            set: other,
        }
        | Expression::KnownIn {
            value: one,
            set: other,
        }
        | Expression::Release {
            value: one,
            because: other,
            ..
        }
        | Expression::Let {
            value: one,
            body: other,
            ..
        } => in_all([&mut **one, &mut **other], meet),
        Expression::Field { of: one, .. }
        | Expression::Negate(one)
        | Expression::Not(one)
        | Expression::IsPresent(one)
        | Expression::As { value: one, .. }
        | Expression::AtLeast { aggregate: one, .. }
        | Expression::Convert { value: one, .. } => in_expression(one, meet),
        Expression::If {
            condition,
            then,
            otherwise,
        } => in_all([&mut **condition, &mut **then, &mut **otherwise], meet),
        Expression::Text(parts) | Expression::List(parts) => in_all(parts, meet),
        Expression::Record { fields, .. } => {
            in_all(fields.iter_mut().map(|(_, value)| value), meet);
        }
        Expression::Call { arguments, .. } => in_all(arguments, meet),
        Expression::Window { argument, by, .. } => {
            in_all(argument.as_deref_mut(), meet);
            in_all(by.iter_mut().map(|(key, _)| &mut **key), meet);
        }
        Expression::Pipeline { source, stages } => {
            in_expression(source, meet);
            for stage in stages {
                in_stage(stage, meet);
            }
        }
    }
}

fn in_stage(stage: &mut Stage, meet: &mut Meet<'_>) {
    match stage {
        Stage::Where(condition) => in_expression(condition, meet),
        Stage::Add { columns, .. } | Stage::Group { columns, .. } => {
            in_all(columns.iter_mut().map(|(_, value)| value), meet);
        }
        Stage::Sort(keys) => in_all(keys.iter_mut().map(|(key, _)| key), meet),
        Stage::Take { count, .. } => in_expression(count, meet),
        Stage::Map { value, .. } => in_expression(value, meet),
        Stage::Join { source, on, .. } => {
            in_expression(source, meet);
            if let JoinOn::Condition(condition) = on {
                in_expression(condition, meet);
            }
        }
        Stage::Check { rules, .. } => {
            for (name, rule) in rules {
                in_all([name, rule], meet);
            }
        }
        Stage::Select(_) | Stage::First | Stage::Only => {}
    }
}
