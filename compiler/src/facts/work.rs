//! What each call is given, and what comes back from it.
//!
//! Kept true here: an effect also sends the level of what decides it; what other playbooks and earlier runs leave is
//! looked up in the world between them.

use std::sync::Arc;

use sophia_plan::expression::Expression;
use sophia_plan::step::{Joining, Role, Step, StepKind, Work};
use sophia_plan::types::Type;

use super::flow::Destination;
use super::known::Known;
use super::label::Label;
use super::pass::{Walk, passing};
use super::sending::{Arguments, Sending};
use super::world::Between;
use super::written::{doubted, internal, stop};
use crate::sources::{Part, Spot};

impl Walk<'_> {
    /// What a call gives, and what it was given.
    pub(super) fn work(&mut self, step: &Step, work: &Work) -> (Known, Arguments) {
        let spot = self.spot(step);
        match work {
            Work::Compute { expression } => (self.value(expression), Vec::new()),
            Work::Query { query, arguments } => {
                let arguments = self.arguments(arguments);
                let known = match self.plan.queries.get(query) {
                    Some(definition) => self.query(step, query, definition, &arguments),
                    None => unknown(query, &step.result),
                };
                (known, arguments)
            }
            Work::Predictor { predictor } => {
                let level = match self.plan.predictors.get(predictor) {
                    Some(definition) => {
                        let learned = self.query(step, predictor, &definition.learn, &[]);
                        learned.whole().only_level()
                    }
                    None => Label::public(),
                };
                (Known::scalar(level), Vec::new())
            }
            Work::Model { model, arguments } => {
                let arguments = self.arguments(arguments);
                let known = match self.plan.models.get(model) {
                    Some(definition) => self.model(step, model, definition, &arguments),
                    None => unknown(model, &step.result),
                };
                (known, arguments)
            }
            Work::Tool { .. } => self.tool(step, work, &spot, None),
            Work::Command { command, arguments } => {
                let arguments = self.arguments(arguments);
                (self.command(step, command, &arguments, &spot), arguments)
            }
            Work::Record {
                connection,
                table,
                rows,
                columns,
                key,
            } => {
                let rows = self.value(rows);
                self.record(step, connection, table, &rows, columns, key);
                (Known::default(), Vec::new())
            }
            Work::Emit { event, value } => {
                let mut known = value
                    .as_ref()
                    .map(|value| self.value(value))
                    .unwrap_or_default();
                known.label.join_level(&self.context);
                let known = passing(known, || format!("emit {event}"), "", spot);
                self.world.add(Between::Event(event.clone()), &known);
                (Known::default(), Vec::new())
            }
            Work::Set { state, key, value } => {
                let mut known = self.value(value);
                if let Some(key) = key {
                    let key = self.value(key);
                    known.label.join_level(&key.whole());
                }
                known.label.join_level(&self.context);
                let known = passing(known, || format!("set {state}"), "", spot);
                let between = Between::State(self.plan.playbook.clone(), state.clone());
                self.world.add(between, &known);
                (Known::default(), Vec::new())
            }
            Work::State { state, key } => (self.state(state, key.as_ref()), Vec::new()),
            Work::Playbook {
                playbook,
                arguments,
                joining,
            } => {
                let arguments = self.arguments(arguments);
                (
                    self.started(playbook, &arguments, *joining, &spot),
                    arguments,
                )
            }
            Work::Metric { metric, reading } => (self.metric(step, metric, reading), Vec::new()),
            Work::Distinct {
                connection,
                table,
                column,
            } => {
                let path: Arc<str> = Arc::from(format!("{connection}.{table}.{column}"));
                // What stands in our own column is what vouches for others.
                let label = self.column(connection, table, column).vouched();
                let rows = internal(&path, "", spot);
                if let Some(name) = &step.binds {
                    self.columns.insert(name.clone(), path);
                }
                (Known::list(rows, Known::scalar(label)), Vec::new())
            }
            Work::Search {
                knowledge,
                text,
                take,
                condition,
            } => {
                let sending = Sending {
                    step,
                    to: Destination::Knowledge {
                        knowledge: knowledge.clone(),
                    },
                    steers: false,
                };
                let text = self.send(&sending, text, spot.at(Part::Value));
                if let Some(take) = take {
                    self.value(take);
                }
                let mut label = self.written_label(knowledge, knowledge, &spot);
                let passages = self.passages(knowledge).vouched();
                label.join(
                    &passages.via(|| Arc::new(stop(knowledge, "its passages", spot.clone()))),
                );
                let mut known = self.inside(knowledge, knowledge, &step.result, &label, &spot);
                known.label.join_level(&text.whole());
                if let Some(condition) = condition {
                    let outer = self.row.replace(known.item());
                    let level = self.value(condition).whole();
                    self.row = outer;
                    known.label.join_level(&level);
                }
                (known, Vec::new())
            }
            Work::FindMetrics { text, take } => {
                let text = self.value(text);
                if let Some(take) = take {
                    self.value(take);
                }
                let mut label = internal("find metrics", "", spot);
                let plan = self.plan;
                for (name, metric) in &plan.metrics {
                    let read = self.query(step, name, &metric.source, &[]);
                    label.join(&read.whole());
                }
                label.join_level(&text.whole());
                (Known::typed(&step.result, &label), Vec::new())
            }
            Work::ReadFile { path, .. } => {
                let path = self.value(path);
                let mut label = internal("a file", "", spot.clone());
                label = doubted(label, "a file", spot);
                label.join_level(&path.whole());
                (Known::typed(&step.result, &label), Vec::new())
            }
        }
    }

    /// A call of a tool. In `undo with` the effect's own result stands under the name `own`: the server
    /// itself says under which name its effect is known.
    fn tool(
        &mut self,
        step: &Step,
        work: &Work,
        spot: &Spot,
        own: Option<&Arc<str>>,
    ) -> (Known, Arguments) {
        let Work::Tool {
            tool,
            call,
            arguments,
            effect,
            ..
        } = work
        else {
            return (Known::default(), Vec::new());
        };
        let to = |argument: &Arc<str>| Destination::Tool {
            tool: tool.clone(),
            call: call.clone(),
            argument: argument.clone(),
        };
        if *effect {
            self.decided(step, to(&Arc::from("")), spot.clone());
        }
        let mut given = Label::public();
        let mut seen = Vec::with_capacity(arguments.len());
        for (index, argument) in arguments.iter().enumerate() {
            let from_itself = own.is_some_and(|own| {
                super::trust::path(&argument.value)
                    .is_some_and(|path| path.root == super::env::Root::Name(own.clone()))
            });
            let sending = Sending {
                step,
                to: to(&argument.name),
                steers: *effect && argument.role == Role::Steers && !from_itself,
            };
            let place = spot.at(Part::Argument(argument.name.clone(), index));
            let known = self.send(&sending, &argument.value, place);
            given.join(&known.whole());
            seen.push((argument.name.clone(), known));
        }
        let of = if own.is_some() {
            &Type::Json
        } else {
            &step.result
        };
        (self.tool_result(tool, call, of, &given, spot), seen)
    }

    /// `undo with CALL`, which sees the effect's result.
    pub(super) fn undo(&mut self, step: &Step, result: &Known) {
        let Some(undo) = &step.policy.undo else {
            return;
        };
        let depth = self.env.depth();
        self.env.bind(undo.result.clone(), result.clone());
        let spot = self.spot(step).at(Part::Undo);
        match &undo.work {
            Work::Tool { .. } => {
                let same = same_tool(&undo.work, &step.kind);
                let own = same.then_some(&undo.result);
                self.tool(step, &undo.work, &spot, own.or(Some(&Arc::from(""))));
            }
            other => {
                self.work(step, other);
            }
        }
        self.env.forget(depth);
    }

    fn state(&mut self, state: &Arc<str>, key: Option<&Expression>) -> Known {
        let label = internal(&format!("state {state}"), "", self.declared(state));
        let plan = self.plan;
        let of = plan.states.get(state).map(|state| &state.of);
        let mut known = of.map_or_else(Known::default, |of| Known::typed(of, &label));
        let between = Between::State(plan.playbook.clone(), state.clone());
        if let Some(kept) = self.world.get(between) {
            known = known.join(&kept);
        }
        if let Some(of) = of {
            known.add_type(of);
        }
        if let Some(key) = key {
            let key = self.value(key);
            known.label.join_level(&key.whole());
        }
        known
    }

    /// Another playbook is given its inputs, and gives its result.
    fn started(
        &mut self,
        playbook: &Arc<str>,
        arguments: &[(Arc<str>, Known)],
        joining: Joining,
        spot: &Spot,
    ) -> Known {
        for (input, known) in arguments {
            let what = || format!("playbook {playbook}, `{input}`");
            let known = passing(known.clone(), what, "", spot.clone());
            self.world
                .add(Between::Input(playbook.clone(), input.clone()), &known);
        }
        let decided = Known::scalar(self.context.clone());
        self.world.add(Between::Started(playbook.clone()), &decided);
        if joining == Joining::GoesOn {
            return Known::default();
        }
        let known = self.world.get(Between::Result(playbook.clone()));
        let known = known.as_deref().cloned().unwrap_or_default();
        passing(known, || format!("result of {playbook}"), "", spot.clone())
    }
}

/// Whether a call goes to the tool of the step that it takes back.
fn same_tool(work: &Work, kind: &StepKind) -> bool {
    match (work, kind) {
        (Work::Tool { tool, .. }, StepKind::Work(Work::Tool { tool: other, .. })) => tool == other,
        _ => false,
    }
}

/// What nothing is known about: `internal`, and untrusted.
pub(super) fn unknown(name: &str, of: &Type) -> Known {
    let label = internal(name, "", Spot::default());
    Known::typed(of, &doubted(label, name, Spot::default()))
}
