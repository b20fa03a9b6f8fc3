//! What a step is given: the values of what it was written with, and a digest by which the same question
//! is known again.
//!
//! Kept true here: two questions have the same digest only where the same step of the world would be asked
//! the same; what cannot be computed without the world counts by its text and by every name that it may use.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::step::{EventPattern, MetricReading, Until, Wait};
use sophia_plan::{
    Expression, Host, Plan, Record, Scope, Step, StepKind, Value, Work, encode, evaluate,
};

use crate::kernel::{Layout, Start};

/// What a step was given.
#[derive(Clone, Debug, PartialEq)]
pub struct Intake {
    /// Its values by name, in the order written. What needs a prediction is not among them.
    pub values: Record,
    /// The same for the same question, whichever step of whichever version asks it.
    pub digest: [u8; 32],
}

/// What an expression gives without the world.
pub(super) enum Given {
    /// This.
    Value(Value),
    /// It asks for a prediction.
    Predicted,
    /// It cannot be computed.
    Broken(Problem),
}

/// A host that knows the instant and makes no predictions.
struct Alone<'a> {
    now: Timestamp,
    zone: &'a TimeZone,
    asked: Cell<bool>,
}

impl Host for Alone<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn zone(&self) -> TimeZone {
        self.zone.clone()
    }

    fn predict(&self, predictor: &str, _: &Value, _: &Record) -> Result<Value, Problem> {
        self.asked.set(true);
        Err(Problem::new(
            codes::S907,
            format!("A record holds no predictions of `{predictor}`."),
        ))
    }
}

/// Evaluates an expression of a step without the world.
pub(super) fn given(
    expression: &Expression,
    scope: &Scope,
    now: Timestamp,
    layout: &Layout,
) -> Given {
    let host = Alone {
        now,
        zone: layout.zone(),
        asked: Cell::new(false),
    };
    match evaluate(expression, scope, &host) {
        Ok(value) => Given::Value(value),
        Err(_) if host.asked.get() => Given::Predicted,
        Err(problem) => Given::Broken(problem),
    }
}

/// Reads what steps of one plan are given.
pub(super) struct Reading<'a> {
    layout: &'a Layout,
    /// Every name that a value may have.
    names: BTreeSet<Arc<str>>,
}

impl<'a> Reading<'a> {
    pub(super) fn of(layout: &'a Layout) -> Self {
        Self {
            layout,
            names: names(layout.plan()),
        }
    }

    /// What an attempt is given.
    pub(super) fn intake(&self, start: &Start) -> Intake {
        let mut question = Question {
            reading: self,
            start,
            values: Record::default(),
            hasher: blake3::Hasher::new(),
        };
        if let StepKind::Work(work) = &start.step.kind {
            question.work(work);
        }
        Intake {
            values: question.values,
            digest: *question.hasher.finalize().as_bytes(),
        }
    }
}

/// One question while it is read.
struct Question<'a> {
    reading: &'a Reading<'a>,
    start: &'a Start,
    values: Record,
    hasher: blake3::Hasher,
}

impl Question<'_> {
    fn work(&mut self, work: &Work) {
        let plan = self.reading.layout.plan().clone();
        match work {
            Work::Query { query, arguments } => {
                self.arguments(arguments);
                if let Some(query) = plan.queries.get(query) {
                    self.mark(&("query", &query.connection, &query.sql, &query.row));
                    self.mark(&query.at_most);
                    self.holes(&query.holes, arguments);
                }
            }
            Work::Command { command, arguments } => {
                self.arguments(arguments);
                if let Some(command) = plan.commands.get(command) {
                    self.mark(&("command", &command.connection, &command.sql, &command.row));
                    self.mark(&command.at_most);
                    self.holes(&command.holes, arguments);
                }
            }
            Work::Predictor { predictor } => {
                if let Some(predictor) = plan.predictors.get(predictor) {
                    self.mark(&("predictor", &predictor.learn.sql, &predictor.features));
                    self.mark(&(&predictor.target, &predictor.result, &predictor.accept));
                    self.holes(&predictor.learn.holes, &[]);
                }
            }
            Work::Compute { expression } => {
                self.mark(&("compute", expression));
                self.uses(expression);
            }
            Work::Model { model, arguments } => {
                self.arguments(arguments);
                if let Some(model) = plan.models.get(model) {
                    self.mark(&("model", &model.parameters, &model.schema, &model.routes));
                    self.mark(&(&model.ensure, model.temperature, &model.asking));
                    self.mark(&model.otherwise.as_ref().map(|(value, _)| value));
                    let scope = self.with(arguments);
                    self.part("prompt", &model.prompt, &scope, false);
                    for rule in &model.ensure {
                        self.uses(rule);
                    }
                }
            }
            Work::Tool {
                tool,
                wire_name,
                arguments,
                effect,
                ..
            } => {
                self.mark(&("tool", tool, wire_name, effect));
                for argument in arguments {
                    self.own(&argument.name, &argument.value);
                }
            }
            Work::Record {
                connection,
                table,
                rows,
                columns,
                key,
            } => {
                self.mark(&("record", connection, table, columns, key));
                self.own("rows", rows);
            }
            Work::Emit { event, value } => {
                self.mark(&("emit", event));
                if let Some(value) = value {
                    self.own("value", value);
                }
            }
            Work::Set { state, key, value } => {
                self.mark(&("set", state));
                self.key(key.as_ref());
                self.own("value", value);
            }
            Work::State { state, key } => {
                self.mark(&("state", state));
                self.key(key.as_ref());
            }
            Work::Playbook {
                playbook,
                arguments,
                joining,
            } => {
                self.mark(&("playbook", playbook, joining));
                self.arguments(arguments);
            }
            Work::Metric { metric, reading } => {
                if let Some(metric) = plan.metrics.get(metric) {
                    self.mark(&("metric", &metric.source.connection, &metric.source.sql));
                    self.mark(&(&metric.combine, &metric.snapshot, &metric.dimensions));
                    self.holes(&metric.source.holes, &[]);
                }
                if let MetricReading::Over { window, by } = reading {
                    self.mark(by);
                    self.own("over", window);
                }
            }
            Work::Distinct {
                connection,
                table,
                column,
            } => self.mark(&("distinct", connection, table, column)),
            Work::Search {
                knowledge,
                text,
                take,
                condition,
            } => {
                self.mark(&("search", knowledge, condition));
                self.own("text", text);
                if let Some(take) = take {
                    self.own("take", take);
                }
                if let Some(condition) = condition {
                    self.uses(condition);
                }
            }
            Work::FindMetrics { text, take } => {
                self.mark(&"find metrics");
                self.own("text", text);
                if let Some(take) = take {
                    self.own("take", take);
                }
            }
            Work::ReadFile { format, path, row } => {
                self.mark(&("file", format, row));
                self.own("path", path);
            }
        }
    }

    fn mark(&mut self, what: &impl Serialize) {
        // What cannot be written as bytes is like nothing else.
        let bytes = postcard::to_stdvec(what).unwrap_or_else(|_| self.start.key.as_bytes().into());
        self.chunk(&bytes);
    }

    fn chunk(&mut self, bytes: &[u8]) {
        self.hasher.update(&(bytes.len() as u64).to_le_bytes());
        self.hasher.update(bytes);
    }

    fn own(&mut self, name: &str, expression: &Expression) {
        self.part(name, expression, &self.start.scope.clone(), true);
    }

    fn arguments(&mut self, arguments: &[(Arc<str>, Expression)]) {
        for (name, argument) in arguments {
            self.own(name, argument);
        }
    }

    fn key(&mut self, key: Option<&Expression>) {
        if let Some(key) = key {
            self.own("key", key);
        }
    }

    /// The holes of a query, under the names that they were written with.
    fn holes(&mut self, holes: &[Expression], arguments: &[(Arc<str>, Expression)]) {
        let scope = self.with(arguments);
        for (number, hole) in holes.iter().enumerate() {
            let name: Arc<str> = match hole {
                Expression::Name(name) => name.clone(),
                _ => format!("value {}", number + 1).into(),
            };
            let is_new = self.values.get(&name).is_none();
            self.part(&name, hole, &scope, is_new);
        }
    }

    fn with(&self, arguments: &[(Arc<str>, Expression)]) -> Scope {
        let Start { scope, sees, .. } = self.start;
        let value = |argument| given(argument, scope, *sees, self.reading.layout);
        (arguments.iter()).fold(scope.clone(), |inner, (name, argument)| {
            match value(argument) {
                Given::Value(value) => inner.with(name.clone(), value),
                Given::Predicted | Given::Broken(_) => inner,
            }
        })
    }

    /// A value of the question; one that needs the world counts by what it may use.
    fn part(&mut self, name: &str, expression: &Expression, scope: &Scope, shown: bool) {
        self.chunk(name.as_bytes());
        match given(expression, scope, self.start.sees, self.reading.layout) {
            Given::Value(value) => {
                self.chunk(&encode(&value));
                if shown {
                    self.values.fields.push((name.into(), value));
                }
            }
            Given::Predicted => {
                self.mark(expression);
                self.uses(expression);
            }
            Given::Broken(problem) => self.chunk(problem.message.as_bytes()),
        }
    }

    /// Every value that an expression may use. A name that stands in it by chance counts, too.
    fn uses(&mut self, expression: &Expression) {
        let text = postcard::to_stdvec(expression).unwrap_or_default();
        for name in &self.reading.names {
            let stands = |bytes: &[u8]| bytes == name.as_bytes();
            if text.windows(name.len().max(1)).any(stands)
                && let Some(value) = self.start.scope.get(name)
            {
                self.chunk(name.as_bytes());
                self.chunk(&encode(value));
            }
        }
        // What asks for the instant asks another question at another one.
        if text.windows(3).any(|bytes| bytes == b"now") {
            self.mark(&self.start.sees.as_microsecond());
        }
    }
}

/// Every name under which a value may stand.
fn names(plan: &Plan) -> BTreeSet<Arc<str>> {
    let mut names: BTreeSet<Arc<str>> =
        plan.inputs.iter().map(|input| input.name.clone()).collect();
    names.extend(
        plan.triggers
            .iter()
            .filter_map(|trigger| trigger.binding.clone()),
    );
    names.extend(plan.on_failure.iter().filter_map(|(name, _)| name.clone()));
    for step in plan.steps() {
        own_names(step, &mut names);
    }
    names
}

fn own_names(step: &Step, names: &mut BTreeSet<Arc<str>>) {
    names.extend(step.binds.clone());
    names.extend(step.policy.undo.iter().map(|undo| undo.result.clone()));
    let pattern = |pattern: &EventPattern| pattern.binding.clone();
    match &step.kind {
        StepKind::ForEach { item, .. } => {
            names.insert(item.clone());
        }
        StepKind::Try { failure, .. } => names.extend(failure.clone()),
        StepKind::Action { arguments, .. } => {
            names.extend(arguments.iter().map(|(name, _)| name.clone()));
        }
        StepKind::Wait(Wait::Event(event)) | StepKind::Armed { event, .. } => {
            names.extend(pattern(event));
        }
        StepKind::Wait(Wait::First(ways)) => {
            names.extend(ways.iter().filter_map(|way| match &way.until {
                Until::Event(event) => pattern(event),
                Until::After(_) => None,
            }));
        }
        _ => {}
    }
}
