//! How the attempts of another version end, as far as the record says.
//!
//! Kept true here: an answer belongs to a question; it is given to the same question and to no other. The
//! one exception is an effect with other values whose result nothing uses: that is taken to end as the
//! recorded one did, and is told.

use std::sync::Arc;

use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::{StepKind, Value, Work};

use super::intake::{Given, given};
use super::known::{Attempt, kept_name};
use super::other::Other;
use crate::kernel::{Event, Failure, Start};

/// How an attempt ends.
pub(super) enum Answer {
    /// At once.
    Now(Box<Event>),
    /// As the event at this place of the record says, at an instant.
    Ends(Timestamp, usize, Box<Event>),
    /// The record does not say, for this reason.
    None(String),
}

/// What an effect is done to, without its values.
fn callee(work: &Work) -> (Arc<str>, Arc<str>) {
    match work {
        Work::Tool {
            tool, wire_name, ..
        } => (tool.clone(), wire_name.clone()),
        Work::Record {
            connection, table, ..
        } => (connection.clone(), table.clone()),
        Work::Command { command, .. } => ("command".into(), command.clone()),
        Work::Playbook { playbook, .. } => ("playbook".into(), playbook.clone()),
        _ => Default::default(),
    }
}

impl Other<'_> {
    /// The recorded attempt at the same step that asked the same.
    pub(super) fn recorded(&self, start: &Start) -> Option<&Attempt> {
        let digest = self.trace.intake(&start.key)?.digest;
        let attempts = self.known.attempts.get(&start.key)?;
        let same = |attempt: &&Attempt| attempt.number == start.attempt && attempt.digest == digest;
        attempts.iter().find(same)
    }

    pub(super) fn answer(&mut self, start: &Start, work: &Work) -> Answer {
        // The engine itself answers; when, the record says.
        let own_at = |result| self.at_its_instant(start, result);
        let computed = |expression| match given(expression, &start.scope, start.at, self.layout) {
            Given::Value(value) => Ok(value),
            Given::Broken(problem) => Err(problem),
            Given::Predicted => Err(Problem::new(
                codes::S968,
                "The plan asks for a prediction where no step can make one.",
            )),
        };
        match work {
            Work::State { .. } => {
                let Some(name) = kept_name(self.layout, &self.stored.summary.environment, start)
                else {
                    return Answer::None("What its key is cannot be computed.".to_owned());
                };
                match self.state_of(&name, start) {
                    Some(value) => own_at(Ok(value)),
                    None => Answer::None("The record does not say what it held.".to_owned()),
                }
            }
            Work::Set { value, .. } => own_at(computed(value)),
            Work::Emit { value, .. } => own_at(value.as_ref().map_or(Ok(Value::None), computed)),
            Work::Compute { expression } => {
                let recorded = self.recorded(start).cloned();
                if let Some(answer) = recorded.and_then(|attempt| self.ends_as(start, &attempt)) {
                    return answer;
                }
                match given(expression, &start.scope, start.sees, self.layout) {
                    Given::Value(value) => own_at(Ok(value)),
                    Given::Broken(problem) => own_at(Err(problem)),
                    Given::Predicted => Answer::None(
                        "It asks for predictions that the record does not hold.".to_owned(),
                    ),
                }
            }
            _ => self.looked_up(start, work),
        }
    }

    /// What the engine itself comes to, after the time that it took it in the record.
    fn at_its_instant(&self, start: &Start, result: Result<Value, Problem>) -> Answer {
        let recorded = self.recorded(start);
        match recorded.and_then(|attempt| self.end_of(start, attempt)) {
            Some((at, place)) => Answer::Ends(at, place, Box::new(start.comes_to(result, at))),
            None => Answer::Now(Box::new(start.comes_to(result, self.now))),
        }
    }

    /// When an attempt ends that takes as long as a recorded one, and the place of that one's end.
    fn end_of(&self, start: &Start, attempt: &Attempt) -> Option<(Timestamp, usize)> {
        let place = attempt.end?;
        let took = self.known.at[place].duration_since(attempt.began);
        let at = start.at.checked_add(took).unwrap_or(self.now);
        Some((at, place))
    }

    /// What a state holds for this run.
    fn state_of(&self, name: &Arc<str>, start: &Start) -> Option<Value> {
        if let Some(value) = self.set.get(name) {
            return Some(value.clone());
        }
        let places = self.known.states.get(name)?;
        let value = |place: &usize| match &self.stored.events[*place] {
            Event::Done { key, value, .. } => Some((key.clone(), value.clone())),
            _ => None,
        };
        let mut reads = places.iter().filter_map(value);
        let same = reads.clone().find(|(key, _)| *key == start.key);
        same.or_else(|| reads.next()).map(|(_, value)| value)
    }

    fn looked_up(&mut self, start: &Start, work: &Work) -> Answer {
        let effect = work.is_effect();
        if let Some(attempt) = self.recorded(start).cloned() {
            self.used.insert(start.key.clone());
            let ends = self.ends_as(start, &attempt);
            return ends.unwrap_or_else(|| {
                Answer::None(
                    "It was let go, or the record ends, before its answer came.".to_owned(),
                )
            });
        }
        let digest = self.trace.intake(&start.key).map(|intake| intake.digest);
        let elsewhere = digest.and_then(|digest| self.known.asked.get(&digest));
        let other = elsewhere.into_iter().flatten().find_map(|key| {
            let attempts = self.known.attempts.get(key)?;
            let attempt = attempts.iter().find(|attempt| {
                attempt.number == start.attempt && Some(attempt.digest) == digest
            })?;
            // What happened once is the answer to one call.
            (attempt.end.is_some() && (!effect || !self.used.contains(key)))
                .then(|| (key.clone(), attempt.clone()))
        });
        if let Some((key, attempt)) = other
            && let Some(answer) = self.ends_as(start, &attempt)
        {
            self.used.insert(key);
            return answer;
        }
        let unused = start.step.binds.is_none() && start.step.policy.undo.is_none();
        let same_step = self.known.attempts.get(&start.key).and_then(|attempts| {
            let attempt = attempts
                .iter()
                .find(|attempt| attempt.number == start.attempt);
            attempt.cloned()
        });
        match same_step {
            Some(attempt) if effect && unused && self.called_alike(start, &attempt) => {
                if let Some(answer) = self.ends_as(start, &attempt) {
                    self.assumed.insert(start.key.clone());
                    return answer;
                }
                Answer::None("It is called with other values than in the record.".to_owned())
            }
            Some(_) => Answer::None("It is asked with other values than in the record.".to_owned()),
            None if self.known.attempts.contains_key(&start.key) => Answer::None(format!(
                "The record holds no attempt {} at it.",
                start.attempt
            )),
            None => Answer::None("The record holds no such call.".to_owned()),
        }
    }

    /// Whether the recorded step of this key called the same, if with other values.
    fn called_alike(&self, start: &Start, attempt: &Attempt) -> bool {
        let plan = &self.stored.plan;
        let was = (plan.steps().into_iter()).find(|step| step.name == start.step.name);
        let ended = attempt.end.map(|place| &self.stored.events[place]);
        let same = match (was.map(|step| &step.kind), &start.step.kind) {
            (Some(StepKind::Work(was)), StepKind::Work(now)) => callee(was) == callee(now),
            _ => false,
        };
        same && matches!(ended, Some(Event::Done { .. }))
    }

    /// Ends an attempt as a recorded one ended, after the same time.
    fn ends_as(&self, start: &Start, attempt: &Attempt) -> Option<Answer> {
        let (at, place) = self.end_of(start, attempt)?;
        let event = match self.stored.events[place].clone() {
            Event::Done { value, report, .. } => Event::Done {
                key: start.key.clone(),
                attempt: start.attempt,
                value,
                report,
                at,
            },
            Event::Failed {
                failure,
                kind,
                repeatable,
                report,
                ..
            } => Event::Failed {
                key: start.key.clone(),
                attempt: start.attempt,
                failure: Failure {
                    step: start.key.clone(),
                    line: start.step.origin.line,
                    ..failure
                },
                kind,
                repeatable,
                report,
                at,
            },
            Event::Suppressed { value, by, .. } => Event::Suppressed {
                key: start.key.clone(),
                value,
                by,
                at,
            },
            _ => return None,
        };
        Some(Answer::Ends(at, place, Box::new(event)))
    }
}
