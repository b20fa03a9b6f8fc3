//! The expressions that stand in an expression, a stage, a unit of work, a policy or a step.
//!
//! Kept true here: each of them is met once, in the order written, and what stands inside it is not looked into; so
//! whoever walks says itself what to do with names, rows and blocks. The blocks of a step are no part of it.

use crate::expression::{Expression, JoinOn, Stage};
use crate::step::{
    Delay, EventPattern, MetricReading, Otherwise, Policy, Question, Step, StepKind, Until, Wait,
    Work,
};

/// The same walk over what is lent to be read and what is lent to be changed.
macro_rules! parts {
    ($each:ident, $documentation:literal $(, $mutable:tt)?) => {
        impl Expression {
            #[doc = $documentation]
            pub fn $each<'e>(&'e $($mutable)? self, meet: &mut dyn FnMut(&'e $($mutable)? Self)) {
                match self {
                    Self::Constant(_)
                    | Self::Name(_)
                    | Self::Column(_)
                    | Self::Row
                    | Self::Boundary { .. } => {}
                    Self::Field { of: one, .. }
                    | Self::Negate(one)
                    | Self::Not(one)
                    | Self::IsPresent(one)
                    | Self::Predict { features: one, .. }
                    | Self::As { value: one, .. }
                    | Self::AtLeast { aggregate: one, .. }
                    | Self::Convert { value: one, .. } => meet(one),
                    Self::Index { of: one, key: other }
                    | Self::Binary { left: one, right: other, .. }
                    | Self::And(one, other)
                    | Self::Or(one, other)
                    | Self::Coalesce(one, other)
                    | Self::In { value: one, set: other }
                    | Self::KnownIn { value: one, set: other }
                    | Self::Let { value: one, body: other, .. }
                    | Self::Release { value: one, because: other, .. } => {
                        meet(one);
                        meet(other);
                    }
                    Self::If { condition, then, otherwise } => {
                        meet(condition);
                        meet(then);
                        meet(otherwise);
                    }
                    Self::Text(parts)
                    | Self::List(parts)
                    | Self::Call { arguments: parts, .. } => {
                        for part in parts {
                            meet(part);
                        }
                    }
                    Self::Record { fields, .. } => {
                        for (_, value) in fields {
                            meet(value);
                        }
                    }
                    Self::Window { argument, by, .. } => {
                        if let Some(argument) = argument {
                            meet(argument);
                        }
                        if let Some((key, _)) = by {
                            meet(key);
                        }
                    }
                    Self::Pipeline { source, stages } => {
                        meet(source);
                        for stage in stages {
                            stage.$each(meet);
                        }
                    }
                }
            }
        }

        impl Stage {
            #[doc = $documentation]
            pub fn $each<'e>(
                &'e $($mutable)? self,
                meet: &mut dyn FnMut(&'e $($mutable)? Expression),
            ) {
                match self {
                    Self::Where(value) | Self::Take { count: value, .. } | Self::Map { value, .. } => {
                        meet(value);
                    }
                    Self::Add { columns, .. } | Self::Group { columns, .. } => {
                        for (_, value) in columns {
                            meet(value);
                        }
                    }
                    Self::Sort(keys) => {
                        for (key, _) in keys {
                            meet(key);
                        }
                    }
                    Self::Join { source, on, .. } => {
                        meet(source);
                        if let JoinOn::Condition(condition) = on {
                            meet(condition);
                        }
                    }
                    Self::Check { rules, .. } => {
                        for (name, rule) in rules {
                            meet(name);
                            meet(rule);
                        }
                    }
                    Self::Select(_) | Self::First | Self::Only => {}
                }
            }
        }

        impl Work {
            #[doc = $documentation]
            pub fn $each<'e>(
                &'e $($mutable)? self,
                meet: &mut dyn FnMut(&'e $($mutable)? Expression),
            ) {
                match self {
                    Self::Query { arguments, .. }
                    | Self::Model { arguments, .. }
                    | Self::Command { arguments, .. }
                    | Self::Playbook { arguments, .. } => {
                        for (_, value) in arguments {
                            meet(value);
                        }
                    }
                    Self::Predictor { .. }
                    | Self::Distinct { .. }
                    | Self::Metric { reading: MetricReading::Latest, .. } => {}
                    Self::Compute { expression: value }
                    | Self::Record { rows: value, .. }
                    | Self::ReadFile { path: value, .. }
                    | Self::Metric { reading: MetricReading::Over { window: value, .. }, .. } => {
                        meet(value);
                    }
                    Self::Tool { arguments, .. } => {
                        for argument in arguments {
                            meet(&$($mutable)? argument.value);
                        }
                    }
                    Self::Emit { value: found, .. } | Self::State { key: found, .. } => {
                        if let Some(found) = found {
                            meet(found);
                        }
                    }
                    Self::Set { key, value, .. } => {
                        if let Some(key) = key {
                            meet(key);
                        }
                        meet(value);
                    }
                    Self::Search { text, take, condition, .. } => {
                        meet(text);
                        if let Some(take) = take {
                            meet(take);
                        }
                        if let Some(condition) = condition {
                            meet(condition);
                        }
                    }
                    Self::FindMetrics { text, take } => {
                        meet(text);
                        if let Some(take) = take {
                            meet(take);
                        }
                    }
                }
            }
        }

        impl Delay {
            #[doc = $documentation]
            pub fn $each<'e>(
                &'e $($mutable)? self,
                meet: &mut dyn FnMut(&'e $($mutable)? Expression),
            ) {
                if let Self::Time(time) = self {
                    meet(time);
                }
            }
        }

        impl Policy {
            #[doc = $documentation]
            #[doc = "The calls of `undo` are met by what they are given; a block behind `otherwise` is not looked into."]
            pub fn $each<'e>(
                &'e $($mutable)? self,
                meet: &mut dyn FnMut(&'e $($mutable)? Expression),
            ) {
                if let Some(once) = &$($mutable)? self.at_most_once {
                    meet(&$($mutable)? once.key);
                }
                if let Some(within) = &$($mutable)? self.within {
                    within.limit.$each(meet);
                    for escalation in &$($mutable)? within.then {
                        meet(&$($mutable)? escalation.whom);
                        if let Some(within) = &$($mutable)? escalation.within {
                            within.$each(meet);
                        }
                    }
                }
                if let Some(undo) = &$($mutable)? self.undo {
                    undo.work.$each(meet);
                }
                match &$($mutable)? self.otherwise {
                    Some(Otherwise::Value(value) | Otherwise::End { reason: value, .. }) => meet(value),
                    Some(Otherwise::Block(_)) | None => {}
                }
            }
        }

        impl Step {
            #[doc = $documentation]
            #[doc = "What its blocks hold is not met, nor what `until` says, which looks at a round."]
            pub fn $each<'e>(
                &'e $($mutable)? self,
                meet: &mut dyn FnMut(&'e $($mutable)? Expression),
            ) {
                match &$($mutable)? self.kind {
                    StepKind::Work(work) => work.$each(meet),
                    StepKind::ForEach { source: value, .. }
                    | StepKind::Branch { condition: value, .. }
                    | StepKind::Match { value, .. }
                    | StepKind::Yield { value, .. }
                    | StepKind::Repeat { every: value, .. } => meet(value),
                    StepKind::Together { .. } | StepKind::Try { .. } => {}
                    StepKind::Action { arguments, .. } => {
                        for (_, value) in arguments {
                            meet(value);
                        }
                    }
                    StepKind::Ask(ask) => {
                        meet(&$($mutable)? ask.whom);
                        match &$($mutable)? ask.question {
                            Question::Approve { text } => meet(text),
                            Question::Form { text, starting_with } => {
                                meet(text);
                                if let Some(value) = starting_with {
                                    meet(value);
                                }
                            }
                        }
                    }
                    StepKind::Wait(wait) => wait.$each(meet),
                    StepKind::Armed { event, reason, .. } => {
                        event.$each(meet);
                        meet(reason);
                    }
                    StepKind::End { reason, when, .. } => {
                        meet(reason);
                        if let Some(when) = when {
                            meet(when);
                        }
                    }
                    StepKind::Return { value } => {
                        if let Some(value) = value {
                            meet(value);
                        }
                    }
                }
                self.policy.$each(meet);
            }
        }

        impl EventPattern {
            #[doc = $documentation]
            pub fn $each<'e>(
                &'e $($mutable)? self,
                meet: &mut dyn FnMut(&'e $($mutable)? Expression),
            ) {
                if let Some(condition) = &$($mutable)? self.condition {
                    meet(condition);
                }
            }
        }

        impl Wait {
            #[doc = $documentation]
            pub fn $each<'e>(
                &'e $($mutable)? self,
                meet: &mut dyn FnMut(&'e $($mutable)? Expression),
            ) {
                match self {
                    Self::Passed(delay) => delay.$each(meet),
                    Self::Until(instant) => meet(instant),
                    Self::Event(event) => event.$each(meet),
                    Self::First(branches) => {
                        for branch in branches {
                            match &$($mutable)? branch.until {
                                Until::Event(event) => event.$each(meet),
                                Until::After(delay) => delay.$each(meet),
                            }
                        }
                    }
                }
            }
        }
    };
}

parts!(
    each_part,
    "Meets the expressions that stand directly in it."
);
parts!(
    each_part_mut,
    "Meets the expressions that stand directly in it, to change them.",
    mut
);
