//! What code and steps rest on: the names they read, the tools they touch, whether they can end
//! the run. The edges of the graph follow from it.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_plan::expression::{Expression, Function, Stage};
use sophia_plan::step::{Block, EndKind, Otherwise, Policy, Step, StepKind, Work};

/// What an expression or a step rests on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uses {
    /// Names of the surrounding scope, predictors included.
    pub(crate) names: BTreeSet<Arc<str>>,
    /// Whether the clock, a row or a prediction is asked, so that the value is not fixed.
    pub(crate) asks_the_run: bool,
    /// Tools that are read.
    pub(crate) reads: BTreeSet<Arc<str>>,
    /// Tools on which the world changes.
    pub(crate) effects: BTreeSet<Arc<str>>,
    /// Whether the run, or the item, may end here.
    pub(crate) may_end: bool,
}

impl Uses {
    /// What an expression rests on.
    pub(crate) fn of(expression: &Expression) -> Self {
        let mut uses = Self::default();
        uses.expression(expression);
        uses
    }

    /// What a step rests on, its blocks included.
    pub(crate) fn of_step(step: &Step) -> Self {
        let mut uses = Self::default();
        uses.policy(&step.policy);
        match &step.kind {
            StepKind::Work(work) => uses.work(work),
            StepKind::ForEach {
                item, source, body, ..
            } => {
                uses.expression(source);
                let mut inside = Self::of_block(body);
                inside.names.remove(item);
                // A `skip` ends an item, not what stands after the loop.
                inside.may_end = ends_with(body, EndKind::Fail);
                uses.merge(inside);
            }
            StepKind::Branch {
                condition,
                then,
                otherwise,
            } => {
                uses.expression(condition);
                uses.merge(Self::of_block(then));
                uses.merge(Self::of_block(otherwise));
            }
            StepKind::End { reason, when, .. } => {
                uses.may_end = true;
                uses.expression(reason);
                if let Some(when) = when {
                    uses.expression(when);
                }
            }
        }
        uses
    }

    fn of_block(block: &Block) -> Self {
        let mut all = Self::default();
        let mut bound = BTreeSet::new();
        for step in block.graph.node_weights() {
            let mut uses = Self::of_step(step);
            uses.names.retain(|name| !bound.contains(name));
            all.merge(uses);
            bound.extend(step.binds.clone());
        }
        all
    }

    fn merge(&mut self, other: Self) {
        self.names.extend(other.names);
        self.reads.extend(other.reads);
        self.effects.extend(other.effects);
        self.asks_the_run |= other.asks_the_run;
        self.may_end |= other.may_end;
    }

    fn work(&mut self, work: &Work) {
        match work {
            Work::Query { arguments, .. } | Work::Model { arguments, .. } => {
                for (_, value) in arguments {
                    self.expression(value);
                }
            }
            Work::Predictor { .. } => {}
            Work::Compute { expression } => self.expression(expression),
            Work::Tool {
                tool,
                arguments,
                effect,
                ..
            } => {
                for argument in arguments {
                    self.expression(&argument.value);
                }
                if *effect {
                    self.effects.insert(tool.clone());
                } else {
                    self.reads.insert(tool.clone());
                }
            }
        }
    }

    fn policy(&mut self, policy: &Policy) {
        if let Some(once) = &policy.at_most_once {
            self.expression(&once.key);
        }
        match &policy.otherwise {
            None => {}
            Some(Otherwise::Value(value)) => self.expression(value),
            Some(Otherwise::End { reason, .. }) => {
                self.expression(reason);
                self.may_end = true;
            }
            Some(Otherwise::Block(block)) => self.merge(Self::of_block(block)),
        }
    }

    fn all<'e>(&mut self, expressions: impl IntoIterator<Item = &'e Expression>) {
        for expression in expressions {
            self.expression(expression);
        }
    }

    fn expression(&mut self, expression: &Expression) {
        match expression {
            Expression::Constant(_) => {}
            Expression::Name(name) => {
                self.names.insert(name.clone());
            }
            Expression::Column(_) | Expression::Row => self.asks_the_run = true,
            Expression::Field { of, .. } => self.expression(of),
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
            } => self.all([&**one, &**other]),
            Expression::Negate(one)
            | Expression::Not(one)
            | Expression::IsPresent(one)
            | Expression::Convert { value: one, .. } => self.expression(one),
            Expression::If {
                condition,
                then,
                otherwise,
            } => self.all([&**condition, &**then, &**otherwise]),
            Expression::Text(parts) | Expression::List(parts) => self.all(parts),
            Expression::Record { fields, .. } => self.all(fields.iter().map(|(_, value)| value)),
            Expression::Call {
                function,
                arguments,
            } => {
                self.asks_the_run |= matches!(function, Function::Today | Function::Now);
                self.all(arguments);
            }
            Expression::Predict {
                predictor,
                features,
            } => {
                self.asks_the_run = true;
                self.names.insert(predictor.clone());
                self.expression(features);
            }
            Expression::Pipeline { source, stages } => {
                self.expression(source);
                // The rows of a stage are the pipeline's own.
                let asked = self.asks_the_run;
                let mut inside = Self::default();
                for stage in stages {
                    inside.stage(stage);
                }
                let predicts = inside.asks_the_run;
                self.merge(inside);
                self.asks_the_run = asked || predicts;
            }
        }
    }

    fn stage(&mut self, stage: &Stage) {
        match stage {
            Stage::Where(condition) => self.expression(condition),
            Stage::Add { columns, .. } | Stage::Group { columns, .. } => {
                self.all(columns.iter().map(|(_, value)| value));
            }
            Stage::Sort(keys) => self.all(keys.iter().map(|(key, _)| key)),
            Stage::Take { count, .. } => self.expression(count),
            Stage::Map { value, .. } => self.expression(value),
            Stage::Select(_) | Stage::First | Stage::Only => {}
        }
    }
}

/// Whether a block may end in this way, loops inside it included.
fn ends_with(block: &Block, wanted: EndKind) -> bool {
    block.graph.node_weights().any(|step| {
        let by_policy = match &step.policy.otherwise {
            Some(Otherwise::End { kind, .. }) => *kind == wanted,
            Some(Otherwise::Block(block)) => ends_with(block, wanted),
            _ => false,
        };
        by_policy
            || match &step.kind {
                StepKind::Work(_) => false,
                StepKind::ForEach { body, .. } => ends_with(body, wanted),
                StepKind::Branch {
                    then, otherwise, ..
                } => ends_with(then, wanted) || ends_with(otherwise, wanted),
                StepKind::End { kind, .. } => *kind == wanted,
            }
    })
}
