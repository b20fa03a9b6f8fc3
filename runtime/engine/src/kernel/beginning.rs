//! What a run begins with: its inputs, and what its trigger brought.
//!
//! Kept true here: it is decided once, before the run exists, and kept with it; so a run begins the same
//! whenever its journal is folded.

use std::sync::Arc;

use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::step::{Trigger, TriggerKind};
use sophia_plan::{Expression, Record, Scope, Value, evaluate};

use super::expressions::{Instant, once_key};
use super::layout::Layout;
use crate::journal::Line;

/// The name under which a run keeps who started it, beside its inputs. No playbook can write it.
const STARTED_BY: &str = "started by";

/// Notes who starts a run.
pub fn note_starter(beginning: &mut Record, by: &Arc<str>) {
    let starter = (STARTED_BY.into(), Value::Text(by.clone()));
    beginning.fields.push(starter);
}

/// Who started a run, where a person did, and what else it began with.
#[must_use]
pub fn starter(mut beginning: Record) -> (Option<Arc<str>>, Record) {
    let by = match take(&mut beginning, STARTED_BY) {
        Some(Value::Text(by)) => Some(by),
        _ => None,
    };
    (by, beginning)
}

/// Who started the run of a scope.
#[must_use]
pub fn starter_of(scope: &Scope) -> Option<Arc<str>> {
    match scope.get(STARTED_BY)? {
        Value::Text(by) => Some(by.clone()),
        _ => None,
    }
}

/// What came in by a trigger.
#[derive(Clone, Debug, PartialEq)]
pub struct Brought {
    /// The trigger, by its place in the plan.
    pub trigger: usize,
    /// What it brings: a value of the trigger's type.
    pub value: Value,
    /// Whether those who wait may take it, too.
    pub arrives: Arrives,
}

/// Whether what a trigger brings is among what came in, for runs that wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Arrives {
    /// Only for a run that takes it instead of a new one.
    #[default]
    WithTheRun,
    /// Under this key, so that it is there once, whoever tells it.
    Under(Arc<str>),
    /// It came in before, under this number.
    Before {
        /// Its number.
        number: u64,
    },
}

impl Layout {
    /// Everything that a run begins with: the inputs with their defaults, and, where the playbook has
    /// one trigger, what that brought under its own name.
    ///
    /// # Errors
    /// S964 when something is missing or is not asked for; a problem of an expression behind `with`.
    pub fn begins_with(
        &self,
        given: &Record,
        brought: Option<&Brought>,
        at: Timestamp,
    ) -> Result<Record, Problem> {
        let sole = match self.plan.triggers.as_slice() {
            [trigger] => Some(trigger),
            _ => None,
        };
        let mut inputs = given.clone();
        let by_name = sole
            .and_then(|trigger| trigger.binding.as_ref())
            .and_then(|name| take(&mut inputs, name));
        let arrived = match brought {
            Some(brought) => self
                .plan
                .triggers
                .get(brought.trigger)
                .map(|trigger| (trigger, brought.value.clone())),
            None => sole.and_then(|trigger| {
                let value = by_name.or_else(|| brought_by_itself(&trigger.kind, at))?;
                Some((trigger, value))
            }),
        };
        if let Some((trigger, value)) = &arrived {
            let scope = match &trigger.binding {
                Some(name) => Scope::default().with(name.clone(), value.clone()),
                None => Scope::default(),
            };
            for (name, expression) in &trigger.with {
                if inputs.get(name).is_none() {
                    let value = evaluate(expression, &scope, &self.at(at))?;
                    inputs.fields.push((name.clone(), value));
                }
            }
        }
        let mut beginning = self.inputs(&inputs)?;
        if let Some((trigger, name)) =
            sole.and_then(|trigger| Some((trigger, trigger.binding.clone()?)))
        {
            let Some((_, value)) = arrived else {
                return Err(Problem::new(
                    codes::S964,
                    format!(
                        "`{}` begins with `{name}`, which {} brings.",
                        self.plan.playbook,
                        what(trigger)
                    ),
                )
                .with_help(format!("give it by hand as JSON: --input {name}='{{…}}'")));
            };
            beginning.fields.push((name, value));
        }
        Ok(beginning)
    }

    /// The line of `one run at a time` for a run that begins with this.
    ///
    /// # Errors
    /// A problem of the expression behind `per`.
    pub fn line(
        &self,
        beginning: &Record,
        environment: &str,
        at: Timestamp,
    ) -> Result<Option<Line>, Problem> {
        let Some(rule) = &self.plan.one_run else {
            return Ok(None);
        };
        let mut name = format!("{environment} / {}", self.plan.playbook);
        if let Some(key) = &rule.per {
            let scope = (beginning.fields.iter()).fold(Scope::default(), |scope, (name, value)| {
                scope.with(name.clone(), value.clone())
            });
            name.push_str(" / ");
            name.push_str(&once_key(key, &scope, &self.at(at))?);
        }
        Ok(Some(Line {
            name: name.into(),
            overlap: rule.overlap,
        }))
    }

    /// The values of the arguments of a step.
    pub(crate) fn arguments(
        &self,
        arguments: &[(Arc<str>, Expression)],
        scope: &Scope,
        at: Timestamp,
    ) -> Result<Record, Problem> {
        let fields = arguments
            .iter()
            .map(|(name, value)| Ok((name.clone(), evaluate(value, scope, &self.at(at))?)))
            .collect::<Result<_, Problem>>()?;
        Ok(Record { fields })
    }

    fn at(&self, at: Timestamp) -> Instant<'_> {
        Instant {
            at,
            zone: &self.zone,
        }
    }
}

/// The event of a trigger. Of those that are no events of their own it is a name that no playbook can wait
/// for.
#[must_use]
pub fn event_name(kind: &TriggerKind) -> Arc<str> {
    match kind {
        TriggerKind::Webhook { event } | TriggerKind::Event { event } => event.clone(),
        TriggerKind::Schedule(_) => "on schedule".into(),
        TriggerKind::Request { .. } => "on request".into(),
        TriggerKind::File { .. } => "on file".into(),
        TriggerKind::Change {
            connection, table, ..
        } => format!("on change in {connection}.{table}").into(),
        TriggerKind::Message { connection, topic } => {
            format!("on message from {connection} {topic}").into()
        }
        TriggerKind::Resource { tool, uri } => format!("on resource {tool} {uri}").into(),
    }
}

fn what(trigger: &Trigger) -> String {
    match &trigger.kind {
        TriggerKind::Webhook { event } => format!("the webhook `{event}`"),
        TriggerKind::Event { event } => format!("the event `{event}`"),
        TriggerKind::File { glob } => format!("a file `{glob}`"),
        TriggerKind::Change {
            connection, table, ..
        } => format!("a change in `{connection}.{table}`"),
        _ => "its trigger".to_owned(),
    }
}

/// What a schedule and a request bring when a person starts the run.
fn brought_by_itself(kind: &TriggerKind, at: Timestamp) -> Option<Value> {
    let at = ("at".into(), Value::Timestamp(at));
    let fields = match kind {
        TriggerKind::Schedule(_) => vec![at],
        TriggerKind::Request { .. } => vec![("by".into(), Value::None), at],
        _ => return None,
    };
    Some(Value::Record(Arc::new(Record { fields })))
}

fn take(record: &mut Record, name: &str) -> Option<Value> {
    let place = record
        .fields
        .iter()
        .position(|(field, _)| &**field == name)?;
    Some(record.fields.remove(place).1)
}
