//! What calls send, and what comes back from them.
//!
//! Kept true here: everything that leaves for somewhere is written down as a flow, whether it may or not;
//! an effect also sends the level of what decides it.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_plan::expression::Expression;
use sophia_plan::step::{
    Ask, Joining, MetricReading, ModelDefinition, QueryDefinition, Question, Role, Step, StepKind,
    Work,
};
use sophia_plan::types::{RecordType, Type};

use super::env::Path;
use super::flow::{Destination, Flow};
use super::known::Known;
use super::label::Label;
use super::pass::{Walk, passing};
use super::shapes::Made;
use super::trail::Stop;
use super::trust::shown_in;
use super::world::Between;
use super::written::{doubted, internal};
use crate::query::Way;
use crate::sources::{Part, Spot};

/// What the manifest clears people for who are asked one by one.
const PEOPLE: &str = "people";

/// Arguments by their names.
type Arguments = Vec<(Arc<str>, Known)>;

/// A value on its way to a place.
pub(super) struct Sending<'s> {
    pub(super) step: &'s Step,
    pub(super) to: Destination,
    /// Whether it decides what happens there.
    pub(super) steers: bool,
}

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
                let label = self.written_label(knowledge, knowledge, &spot);
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

    fn arguments(&mut self, arguments: &[(Arc<str>, Expression)]) -> Arguments {
        arguments
            .iter()
            .map(|(name, value)| (name.clone(), self.value(value)))
            .collect()
    }

    /// Sends a value somewhere, and tells what it carries. What stands in a text, a record or a list is
    /// looked at on its own, so that a complaint stands at the very place.
    pub(super) fn send(&mut self, sending: &Sending<'_>, value: &Expression, spot: Spot) -> Known {
        let mut parts: Vec<(&Expression, Spot)> = Vec::new();
        match value {
            Expression::Text(holes) => {
                let numbered = holes.iter().enumerate();
                parts.extend(numbered.map(|(index, hole)| (hole, spot.at(Part::Hole(index)))));
            }
            Expression::Record { fields, .. } => {
                let named = fields.iter();
                parts
                    .extend(named.map(|(name, value)| (value, spot.at(Part::Field(name.clone())))));
            }
            Expression::List(items) => {
                let numbered = items.iter().enumerate();
                parts.extend(numbered.map(|(index, item)| (item, spot.at(Part::Item(index)))));
            }
            Expression::Convert { value, .. } => return self.send(sending, value, spot),
            Expression::Constant(_) => return Known::default(),
            _ => {
                let known = self.value(value);
                self.flow(sending, known.whole(), spot);
                return known;
            }
        }
        for (part, spot) in parts {
            self.send(sending, part, spot);
        }
        self.value(value)
    }

    /// Writes down that something leaves.
    pub(super) fn flow(&mut self, sending: &Sending<'_>, label: Label, spot: Spot) {
        self.walked.facts.flows.push(Flow {
            step: sending.step.name.clone(),
            to: sending.to.clone(),
            label,
            decided_by: Label::public(),
            steers: sending.steers,
            spot,
        });
    }

    /// Writes down what decides that an effect happens.
    fn decided(&mut self, step: &Step, to: Destination, spot: Spot) {
        self.walked.facts.flows.push(Flow {
            step: step.name.clone(),
            to,
            label: Label::public(),
            decided_by: self.context.clone(),
            steers: false,
            spot,
        });
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

    /// What a query gives, column by column.
    fn query(
        &mut self,
        step: &Step,
        name: &Arc<str>,
        query: &QueryDefinition,
        arguments: &[(Arc<str>, Known)],
    ) -> Known {
        let holes = self.holes(step, &query.connection, name, &query.holes, arguments);
        let shapes = self.shapes;
        let Some(shape) = shapes.of_query(&query.connection, &query.sql) else {
            let label = self.everything_in(&query.connection);
            return Known::list(label.clone(), Known::typed(&record(&query.row), &label));
        };
        let rows = self.made(&query.connection, &shape.rows, &holes);
        let mut label = internal(&format!("query {name}"), "its rows", self.declared(name));
        label.join_level(&rows);
        let row = self.columns_made(&query.connection, name, &query.row, &shape.columns, &holes);
        Known::list(label, row)
    }

    fn columns_made(
        &mut self,
        connection: &Arc<str>,
        name: &Arc<str>,
        row: &RecordType,
        columns: &[Made],
        holes: &[Label],
    ) -> Known {
        let spot = self.declared(name);
        let fields = row
            .fields
            .iter()
            .enumerate()
            .map(|(index, field)| {
                let mut label = internal(
                    &format!("query {name}"),
                    &format!("column `{}`", field.name),
                    spot.at(Part::SqlColumn(field.name.clone())),
                );
                if let Some(made) = columns.get(index) {
                    let made = match field.of.present() {
                        Type::Boolean => self.yes_or_no(connection, made, holes),
                        _ => self.made(connection, made, holes),
                    };
                    label.join(&made.via(|| Stop {
                        what: Arc::from(format!("query {name}")),
                        note: Arc::from(format!("column `{}`", field.name)),
                        spot: spot.at(Part::SqlColumn(field.name.clone())),
                    }));
                    if made.atoms().is_empty() {
                        label.doubt = made.doubt;
                    }
                }
                let mut known = Known::typed(&field.of, &label);
                known.add_type(&field.of);
                (field.name.clone(), known)
            })
            .collect();
        Known::record(Label::public(), fields)
    }

    /// What a value carries that SQL makes.
    fn made(&self, connection: &Arc<str>, made: &Made, holes: &[Label]) -> Label {
        let mut label = Label::public();
        for (source, way) in &made.columns {
            let column = self.column(connection, &source.table, &source.column);
            match way {
                Way::Counted => label.join_level(&column),
                Way::Averaged { at_least } if *at_least > 1 => {
                    label.join(&column.without_categories());
                }
                Way::Averaged { .. } | Way::Value => label.join(&column),
            }
        }
        for hole in &made.holes {
            if let Some(hole) = holes.get(*hole) {
                label.join(hole);
            }
        }
        label
    }

    /// A yes or no that SQL makes: a column that is one itself keeps its categories.
    fn yes_or_no(&self, connection: &Arc<str>, made: &Made, holes: &[Label]) -> Label {
        let mut label = self.made(connection, made, holes).only_level();
        for source in made.columns.keys() {
            if self.is_yes_or_no(connection, &source.table, &source.column) {
                label.join(
                    &self
                        .column(connection, &source.table, &source.column)
                        .vouched(),
                );
            }
        }
        label
    }

    fn is_yes_or_no(&self, connection: &str, table: &str, column: &str) -> bool {
        self.project
            .catalogue
            .connections
            .get(connection)
            .and_then(|connection| connection.tables.get(table))
            .and_then(|table| table.columns.iter().find(|known| known.name == column))
            .is_some_and(|column| column.declared.to_ascii_lowercase().contains("bool"))
    }

    /// The values of the places in SQL, each sent to the connection.
    fn holes(
        &mut self,
        step: &Step,
        connection: &Arc<str>,
        name: &Arc<str>,
        holes: &[Expression],
        arguments: &[(Arc<str>, Known)],
    ) -> Vec<Label> {
        let depth = self.env.depth();
        for (name, known) in arguments {
            self.env.bind(name.clone(), known.clone());
        }
        let spot = self.declared(name);
        let labels = holes
            .iter()
            .enumerate()
            .map(|(index, hole)| {
                let sending = Sending {
                    step,
                    to: Destination::Connection {
                        connection: connection.clone(),
                    },
                    steers: false,
                };
                let known = self.send(&sending, hole, spot.at(Part::SqlHole(index)));
                known.whole()
            })
            .collect();
        self.env.forget(depth);
        labels
    }

    /// What everything in a connection carries together, where nobody knows what is read.
    fn everything_in(&self, connection: &str) -> Label {
        let mut label = internal(connection, "", Spot::default());
        label = doubted(label, connection, Spot::default());
        let pinned = self.project.catalogue.connections.get(connection);
        for (table, content) in pinned.into_iter().flat_map(|known| &known.tables) {
            for column in &content.columns {
                label.join(&self.column(connection, table, &column.name));
            }
        }
        label
    }

    /// The reply of a model. It shows its prompt, and nobody vouches for it but its type and `ensure`.
    fn model(
        &mut self,
        step: &Step,
        name: &Arc<str>,
        model: &ModelDefinition,
        arguments: &[(Arc<str>, Known)],
    ) -> Known {
        let depth = self.env.depth();
        for (parameter, known) in arguments {
            let mut known = known.clone();
            if let Some((_, of)) = model
                .parameters
                .iter()
                .find(|(known, _)| known == parameter)
            {
                known.add_type(of);
            }
            let what = || format!("model {name}, `{parameter}`");
            let known = passing(known, what, "", self.spot(step));
            self.env.bind(parameter.clone(), known);
        }
        let spot = self.declared(name);
        let mut prompt = Label::public();
        for route in &model.routes {
            let sending = Sending {
                step,
                to: Destination::Model {
                    model: name.clone(),
                    route: route.clone(),
                },
                steers: false,
            };
            let known = self.send(&sending, &model.prompt, spot.at(Part::Prompt));
            prompt = known.whole();
        }
        let mut label = internal(&format!("model {name}"), "its reply", spot.clone());
        label.join(&prompt.via(|| Stop {
            what: Arc::from(format!("model {name}")),
            note: Arc::from("its reply"),
            spot: spot.clone(),
        }));
        let label = doubted(label, &format!("model {name}"), spot);
        let mut reply = Known::typed(&model.result, &label);
        reply = self.ensured(model, reply);
        if let Some((otherwise, _)) = &model.otherwise {
            let known = self.value(otherwise);
            reply = reply.join(&known);
        }
        self.env.forget(depth);
        reply
    }

    /// What the `ensure` clauses vouch for in a reply.
    fn ensured(&mut self, model: &ModelDefinition, reply: Known) -> Known {
        let result: Arc<str> = Arc::from("result");
        let fields: Vec<Arc<str>> = match &model.result {
            Type::Record(record) => record
                .fields
                .iter()
                .map(|field| field.name.clone())
                .collect(),
            _ => Vec::new(),
        };
        let depth = self.env.depth();
        for field in &fields {
            self.env.bind(field.clone(), reply.field(field));
        }
        self.env.bind(result.clone(), reply.clone());
        let mut vouched: Vec<Vec<Arc<str>>> = Vec::new();
        for condition in &model.ensure {
            for path in self.vouched(condition, true) {
                let super::env::Root::Name(root) = path.root else {
                    continue;
                };
                if root == result {
                    vouched.push(path.fields);
                } else if fields.contains(&root) {
                    vouched.push(std::iter::once(root).chain(path.fields).collect());
                }
            }
        }
        self.env.forget(depth);
        let mut reply = reply;
        for path in vouched {
            super::env::vouch(&mut reply, &path);
        }
        reply
    }

    /// A write in SQL: what is written goes to its column, what picks the rows decides.
    fn command(
        &mut self,
        step: &Step,
        name: &Arc<str>,
        arguments: &[(Arc<str>, Known)],
        spot: &Spot,
    ) -> Known {
        let plan = self.plan;
        let Some(command) = plan.commands.get(name) else {
            return unknown(name, &step.result);
        };
        let connection = &command.connection;
        let shapes = self.shapes;
        let shape = shapes.of_command(connection, &command.sql);
        self.decided(
            step,
            Destination::Connection {
                connection: connection.clone(),
            },
            spot.clone(),
        );
        let depth = self.env.depth();
        for (name, known) in arguments {
            self.env.bind(name.clone(), known.clone());
        }
        let declared = self.declared(name);
        let mut labels = Vec::with_capacity(command.holes.len());
        for (index, hole) in command.holes.iter().enumerate() {
            let place = declared.at(Part::SqlHole(index));
            let picks = shape.is_none_or(|shape| shape.rows.holes.contains(&index));
            let columns: BTreeSet<&Arc<str>> = shape
                .into_iter()
                .flat_map(|shape| &shape.writes)
                .filter(|(_, made)| made.holes.contains(&index))
                .map(|(column, _)| column)
                .collect();
            let to = Destination::Connection {
                connection: connection.clone(),
            };
            if picks || columns.is_empty() {
                let sending = Sending {
                    step,
                    to,
                    steers: picks,
                };
                self.send(&sending, hole, place.clone());
            }
            for column in columns {
                let sending = Sending {
                    step,
                    to: Destination::Column {
                        connection: connection.clone(),
                        table: shape.map_or_else(|| Arc::from(""), |shape| shape.table.clone()),
                        column: column.clone(),
                    },
                    steers: false,
                };
                self.send(&sending, hole, place.clone());
            }
            labels.push(self.value(hole).whole());
        }
        self.env.forget(depth);
        if let Some(shape) = shape {
            for (column, made) in &shape.writes {
                let without_holes = Made {
                    columns: made.columns.clone(),
                    holes: BTreeSet::new(),
                };
                let label = self.made(connection, &without_holes, &labels);
                let sending = Sending {
                    step,
                    to: Destination::Column {
                        connection: connection.clone(),
                        table: shape.table.clone(),
                        column: column.clone(),
                    },
                    steers: false,
                };
                self.flow(&sending, label, declared.clone());
            }
        }
        match (&command.row, shape) {
            (Some(row), Some(shape)) => {
                let rows = self.made(connection, &shape.rows, &labels);
                let mut label = internal(&format!("command {name}"), "", declared);
                label.join_level(&rows);
                let row = self.columns_made(connection, name, row, &shape.columns, &labels);
                Known::list(label, row)
            }
            (Some(row), None) => {
                let label = self.everything_in(connection);
                Known::list(label.clone(), Known::typed(&record(row), &label))
            }
            (None, _) => Known::scalar(internal(&format!("command {name}"), "", declared)),
        }
    }

    /// Rows that are written: each column takes what it is cleared for, and a key picks a row.
    fn record(
        &mut self,
        step: &Step,
        connection: &Arc<str>,
        table: &Arc<str>,
        rows: &Known,
        columns: &[Arc<str>],
        key: &[Arc<str>],
    ) {
        let spot = self.spot(step).at(Part::Value);
        let item = rows.item();
        let outer = self.context.clone();
        self.context.join_level(&rows.label);
        for column in columns {
            let place = |column: &Arc<str>| Destination::Column {
                connection: connection.clone(),
                table: table.clone(),
                column: column.clone(),
            };
            self.decided(step, place(column), spot.clone());
            let label = item.field(column).whole();
            let sending = Sending {
                step,
                to: place(column),
                steers: false,
            };
            self.flow(&sending, label.clone(), spot.clone());
            if key.contains(column) {
                let path = format!("{connection}.{table}.{column}");
                let new = label
                    .doubt
                    .as_ref()
                    .is_some_and(|doubt| doubt.new_in.as_deref() == Some(&path));
                let sending = Sending {
                    step,
                    to: Destination::Key {
                        connection: connection.clone(),
                        table: table.clone(),
                        column: column.clone(),
                    },
                    steers: true,
                };
                let label = if new { label.vouched() } else { label };
                self.flow(&sending, label, spot.clone());
            }
        }
        self.context = outer;
    }

    fn state(&mut self, state: &Arc<str>, key: Option<&Expression>) -> Known {
        self.walked.looks_at_others = true;
        let label = internal(&format!("state {state}"), "", self.declared(state));
        let plan = self.plan;
        let of = plan.states.get(state).map(|state| &state.of);
        let mut known = of.map_or_else(Known::default, |of| Known::typed(of, &label));
        let between = Between::State(plan.playbook.clone(), state.clone());
        if let Some(kept) = self.world.get(&between) {
            known = known.join(kept);
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
        self.walked.looks_at_others = true;
        let known = self.world.get(&Between::Result(playbook.clone()));
        let known = known.cloned().unwrap_or_default();
        passing(known, || format!("result of {playbook}"), "", spot.clone())
    }

    fn metric(&mut self, step: &Step, metric: &Arc<str>, reading: &MetricReading) -> Known {
        let mut level = Label::public();
        if let MetricReading::Over { window, .. } = reading {
            level = self.value(window).whole();
        }
        let plan = self.plan;
        let Some(definition) = plan.metrics.get(metric) else {
            return unknown(metric, &step.result);
        };
        let read = self.query(step, metric, &definition.source, &[]);
        let row = read.item();
        let mut known = match reading {
            MetricReading::Latest => row.field("value"),
            MetricReading::Over { .. } => match step.result.present() {
                Type::Table(of) => {
                    let fields = of
                        .fields
                        .iter()
                        .map(|field| (field.name.clone(), row.field(&field.name)))
                        .collect();
                    Known::list(read.label.clone(), Known::record(Label::public(), fields))
                }
                other => Known::typed(other, &read.whole()),
            },
        };
        known.label.join_level(&level);
        known
    }

    /// A person is asked: what is shown leaves, and what comes back may repeat it.
    pub(super) fn ask(&mut self, step: &Step, ask: &Ask) -> (Known, Vec<Path>) {
        let spot = self.spot(step);
        let whom = match &ask.whom {
            Expression::Constant(sophia_plan::value::Value::Text(group)) => group.clone(),
            _ => Arc::from(PEOPLE),
        };
        let steering = Sending {
            step,
            to: Destination::Whom,
            steers: true,
        };
        self.send(&steering, &ask.whom, spot.at(Part::Whom));
        let mut asked = vec![whom];
        let within = step.policy.within.as_ref();
        if let Some(within) = within {
            self.delay(&within.limit);
            for (index, escalation) in within.then.iter().enumerate() {
                self.send(
                    &steering,
                    &escalation.whom,
                    spot.at(Part::Escalation(index)),
                );
                asked.push(match &escalation.whom {
                    Expression::Constant(sophia_plan::value::Value::Text(group)) => group.clone(),
                    _ => Arc::from(PEOPLE),
                });
            }
        }
        let (text, starting_with) = match &ask.question {
            Question::Approve { text } => (text, None),
            Question::Form {
                text,
                starting_with,
            } => (text, starting_with.as_ref()),
        };
        let mut shown = Label::public();
        for whom in asked {
            let sending = Sending {
                step,
                to: Destination::People { whom },
                steers: false,
            };
            self.decided(step, sending.to.clone(), spot.clone());
            shown.join(&self.send(&sending, text, spot.at(Part::Shown)).whole());
            if let Some(value) = starting_with {
                let known = self.send(&sending, value, spot.at(Part::StartingWith));
                shown.join(&known.whole());
            }
        }
        let mut label = internal("an answer", "", spot);
        label.join(&shown.vouched());
        let answer = Known::typed(&step.result, &label);
        let approves = match &ask.question {
            Question::Approve { text } => shown_in(text),
            Question::Form { .. } => Vec::new(),
        };
        (answer, approves)
    }

    /// The column that an expression reads, as `connection.table.column`, where it is nothing else.
    pub(super) fn column_read(&self, set: &Expression) -> Option<Arc<str>> {
        match set {
            Expression::Name(name) => self.columns.get(name).cloned(),
            _ => None,
        }
    }
}

fn record(row: &Arc<RecordType>) -> Type {
    Type::Record(row.clone())
}

/// Whether a call goes to the tool of the step that it takes back.
fn same_tool(work: &Work, kind: &StepKind) -> bool {
    match (work, kind) {
        (Work::Tool { tool, .. }, StepKind::Work(Work::Tool { tool: other, .. })) => tool == other,
        _ => false,
    }
}

/// What nothing is known about: `internal`, and untrusted.
fn unknown(name: &str, of: &Type) -> Known {
    let label = internal(name, "", Spot::default());
    Known::typed(of, &doubted(label, name, Spot::default()))
}
