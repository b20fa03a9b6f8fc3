//! What a test gives for reads and writes that are no query, model or tool.
//!
//! Kept true here: nothing is written anywhere; a read without an answer fails with what to write.

use std::sync::Arc;

use sophia_diagnostics::Problem;
use sophia_engine::journal::StateChange;
use sophia_engine::{Report, StepCall};
use sophia_plan::step::MetricReading;
use sophia_plan::test::Subject;
use sophia_plan::{Expression, Plan, Record, Scope, Table, Type, Value, Work, evaluate};

use super::answers::nothing_given;
use super::runner::{Called, Effect, TestRunner};
use crate::steps::{
    Ended, StepHost, Wanted, cells, file_ended, metric_ended, narrowed, not_work, not_yet,
    points_of, with_arguments,
};

impl TestRunner {
    /// What states hold before the run.
    pub(super) fn states(
        &self,
        plan: &Plan,
        environment: &str,
    ) -> Result<Vec<StateChange>, Problem> {
        let zone = crate::steps::zone(&plan.zone);
        let name = |state: &str, key: Option<&Expression>| {
            sophia_engine::driver::state_name(
                (environment, &plan.playbook, state),
                key,
                &Scope::default(),
                (self.now(), &zone),
            )
        };
        let mut states = Vec::new();
        for (state, value) in self.answers.states() {
            let keyed = plan
                .states
                .get(state)
                .is_some_and(|definition| definition.per.is_some());
            if !keyed {
                states.push(StateChange {
                    name: name(state, None)?,
                    value: value.clone(),
                });
                continue;
            }
            let Value::Table(table) = value else { continue };
            for row in table.records() {
                let of = |name: &str| row.get(name).cloned().unwrap_or(Value::None);
                let key = Expression::Constant(of("key"));
                states.push(StateChange {
                    name: name(state, Some(&key))?,
                    value: of("value"),
                });
            }
        }
        Ok(states)
    }

    /// What a step does in a test.
    pub(super) fn outside(&self, call: &StepCall, work: &Work) -> Ended {
        match work {
            Work::Command { command, arguments } => self.command(call, command, arguments),
            Work::Record {
                connection,
                table,
                rows,
                columns,
                ..
            } => self.record(call, (connection, table), rows, columns),
            Work::Metric { metric, reading } => self.metric(call, metric, reading),
            Work::Distinct {
                connection,
                table,
                column,
            } => {
                let subject = Subject::Column {
                    connection: connection.clone(),
                    table: table.clone(),
                    column: column.clone(),
                };
                let name = format!("{connection}.{table}.{column}");
                self.read(
                    &subject,
                    &format!("the column `{name}`"),
                    &format!("{name} = [ … ]"),
                )
            }
            Work::Search {
                knowledge,
                text,
                take,
                condition,
            } => {
                let wanted = Wanted {
                    text,
                    take: take.as_ref(),
                    condition: condition.as_ref(),
                };
                let passages = self.read(
                    &Subject::Knowledge(knowledge.clone()),
                    &format!("the knowledge `{knowledge}`"),
                    &format!("{knowledge} = [ … ]"),
                );
                self.some_of(call, passages, &wanted)
            }
            Work::FindMetrics { text, take } => {
                let wanted = Wanted {
                    text,
                    take: take.as_ref(),
                    condition: None,
                };
                let found = self.read(&Subject::Metrics, "`find metrics`", "metrics = [ … ]");
                self.some_of(call, found, &wanted)
            }
            Work::ReadFile { path, row, .. } => {
                match evaluate(path, &call.scope, &StepHost::new(call, self)) {
                    Ok(Value::Text(path)) => {
                        let what = format!("the file `{path}`");
                        let example = format!("file \"{path}\" = \"\"\"…\"\"\"");
                        let text = self.read(&Subject::File(path.clone()), &what, &example);
                        match &text.result {
                            Ok(Value::Text(text)) => file_ended(call, &path, text.as_bytes(), row),
                            _ => text,
                        }
                    }
                    Ok(_) => Ended::permanent(not_work(call)),
                    Err(problem) => Ended::permanent(problem),
                }
            }
            _ => Ended::permanent(not_yet(call)),
        }
    }

    fn read(&self, subject: &Subject, what: &str, example: &str) -> Ended {
        self.given(subject, false, Effect::No)
            .unwrap_or_else(|| Ended::permanent(nothing_given(what, example)))
    }

    fn some_of(&self, call: &StepCall, found: Ended, wanted: &Wanted<'_>) -> Ended {
        let Ok(Value::Table(table)) = &found.result else {
            return found;
        };
        match narrowed(call, table.clone(), wanted, &StepHost::new(call, self)) {
            Ok(value) => Ended::done(value, found.report),
            Err(problem) => Ended::permanent(problem),
        }
    }

    fn metric(&self, call: &StepCall, metric: &Arc<str>, reading: &MetricReading) -> Ended {
        let given = self.read(
            &Subject::Metric(metric.clone()),
            &format!("the metric `{metric}`"),
            &format!("{metric} = [ … ]"),
        );
        let (Ok(Value::Table(table)), Some(definition)) =
            (&given.result, call.plan.metrics.get(metric))
        else {
            return given;
        };
        let points = points_of(table, definition);
        metric_ended(call, metric, &points, reading, &StepHost::new(call, self))
    }

    /// A command changes nothing, and says that it did.
    fn command(
        &self,
        call: &StepCall,
        command: &Arc<str>,
        arguments: &[(Arc<str>, Expression)],
    ) -> Ended {
        let Some(definition) = call.plan.commands.get(command) else {
            return Ended::permanent(not_work(call));
        };
        let host = StepHost::new(call, self);
        let scope = match with_arguments(&call.scope, arguments, &host) {
            Ok(scope) => scope,
            Err(problem) => return Ended::permanent(problem),
        };
        let given = self.given(&Subject::Command(command.clone()), true, Effect::Yes);
        if let Some(failed) = given.as_ref().filter(|given| given.result.is_err()) {
            let result = failed.result.clone();
            let report = failed.report.clone();
            return Ended { result, report };
        }
        let fields = definition.parameters.iter().map(|(name, _)| {
            (
                name.clone(),
                scope.get(name).cloned().unwrap_or(Value::None),
            )
        });
        self.note(Called {
            tool: definition.connection.clone(),
            call: command.clone(),
            arguments: Record {
                fields: fields.collect(),
            },
        });
        if let Some(given) = given {
            return given;
        }
        let Type::Record(result) = &call.step.result else {
            return stood_in(Value::None);
        };
        let returned = definition.row.clone().map(Table::empty).transpose();
        match returned {
            Ok(returned) => {
                let rows = i64::from(returned.is_none());
                let mut fields = vec![(Arc::from("rows"), Value::Integer(rows))];
                fields.extend(returned.map(|table| (Arc::from("returned"), Value::Table(table))));
                fields.retain(|(name, _)| result.field(name).is_some());
                stood_in(Value::Record(Arc::new(Record { fields })))
            }
            Err(problem) => Ended::permanent(problem),
        }
    }

    /// Rows go nowhere.
    fn record(
        &self,
        call: &StepCall,
        (connection, table): (&Arc<str>, &Arc<str>),
        rows: &Expression,
        columns: &[Arc<str>],
    ) -> Ended {
        let rows = evaluate(rows, &call.scope, &StepHost::new(call, self))
            .and_then(|rows| cells(&rows, columns).map(|cells| (rows, cells.len())));
        match rows {
            Ok((rows, count)) => {
                self.note(Called {
                    tool: connection.clone(),
                    call: table.clone(),
                    arguments: Record {
                        fields: vec![(Arc::from("rows"), rows)],
                    },
                });
                let mut ended = stood_in(Value::None);
                ended.report.rows = Some(count as u64);
                ended
            }
            Err(problem) => Ended::permanent(problem),
        }
    }
}

fn stood_in(value: Value) -> Ended {
    Ended::done(
        value,
        Report {
            stand_in: true,
            ..Report::default()
        },
    )
}
