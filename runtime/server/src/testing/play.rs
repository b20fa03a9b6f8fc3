//! What happens while a run waits: time passes, events come, people answer.
//!
//! Kept true here: a line is played once the run waits and does nothing else; time goes from timer to
//! timer, so that a day that passes brings everything that a day brings, in its order.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sophia_diagnostics::Problem;
use sophia_engine::{
    Answer, Clock as _, Engine, MovedClock, NewArrival, Question, RunId, RunOutcome, Whom,
};
use sophia_plan::step::Holidays;
use sophia_plan::test::{Happening, Reply, Subject};
use sophia_plan::{Expression, Record, Scope, Value, evaluate};

use super::Failure;
use super::answers::Answered;
use super::runner::TestRunner;
use super::shown::Shown;

/// A run that a test plays.
pub(super) struct Play<'a> {
    pub(super) engine: &'a Engine,
    pub(super) clock: &'a MovedClock,
    pub(super) runner: &'a TestRunner,
    pub(super) run: &'a RunId,
    pub(super) zone: jiff::tz::TimeZone,
    /// Who belongs to a group, by its name.
    pub(super) members: &'a (dyn Fn(&str) -> Vec<String> + Sync),
    pub(super) arrivals: u64,
}

/// What an answer is given to: its step, how many answers it takes yet, and who has answered.
struct Open {
    step: Arc<str>,
    question: Question,
}

impl Play<'_> {
    /// Waits until the run rests, and gives it the answers that the test gives beforehand.
    pub(super) async fn rest(&self) -> Result<RunOutcome, Problem> {
        loop {
            self.engine.caught_up(self.run).await?;
            let outcome = self.engine.wait(self.run).await?;
            if !matches!(outcome, RunOutcome::Waiting(_)) || !self.answer_as_given().await? {
                return Ok(outcome);
            }
        }
    }

    async fn answer_as_given(&self) -> Result<bool, Problem> {
        for open in self.open().await? {
            for whom in &open.question.whom {
                let given = self.runner.given_answer(&Subject::Ask {
                    whom: name(whom).clone(),
                    form: open.question.form.as_ref().map(|form| form.of.clone()),
                });
                if let Answered::Value(value) = given {
                    let answer = as_answer(&open.question, &value);
                    self.answer(&open, name(whom), &answer).await?;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    async fn open(&self) -> Result<Vec<Open>, Problem> {
        let detail = self.engine.run(&self.run.0).await?;
        let open = detail.steps.into_iter().filter_map(|step| {
            let waits = matches!(step.state, sophia_engine::StepState::Waiting(_));
            let question = step.question.filter(|_| waits)?;
            Some(Open {
                step: step.key,
                question,
            })
        });
        Ok(open.collect())
    }

    /// As many of those who are asked answer as it takes.
    async fn answer(&self, open: &Open, whom: &str, answer: &Answer) -> Result<(), Problem> {
        let said = open.question.said.len();
        let wanted = match answer {
            Answer::Refused { .. } => 1,
            _ => usize::try_from(open.question.quorum).unwrap_or(usize::MAX) - said,
        };
        let mut people = (self.members)(whom);
        people.retain(|person| open.question.said.iter().all(|said| *said.by != **person));
        if people.is_empty() {
            people.push(whom.to_owned());
        }
        while people.len() < wanted {
            people.push(format!("{whom} {}", people.len() + 1));
        }
        for person in people.into_iter().take(wanted) {
            self.engine
                .answer(self.run, Some(&open.step), &person, answer.clone())
                .await?;
        }
        Ok(())
    }

    async fn business_days(&mut self, days: u32, holidays: &Holidays) -> Result<(), Problem> {
        let now = self.clock.now().to_zoned(self.zone.clone());
        let later = holidays.later(&now, days);
        self.pass(later.map_or(Timestamp::MAX, |later| later.timestamp()))
            .await
    }

    /// Plays one line; a failure where it cannot be.
    pub(super) async fn happens(
        &mut self,
        happening: &Happening,
        line: u32,
    ) -> Result<Option<Failure>, Problem> {
        match happening {
            Happening::Passes(time) => {
                if let Value::Duration(milliseconds) = self.constant(time)? {
                    let time = SignedDuration::from_millis(milliseconds);
                    self.pass(
                        self.clock
                            .now()
                            .saturating_add(time)
                            .unwrap_or(Timestamp::MAX),
                    )
                    .await?;
                }
            }
            Happening::BusinessDays(days) => {
                self.business_days(*days, &Holidays::default()).await?;
            }
            Happening::BusinessDaysBy { days, holidays } => {
                self.business_days(*days, holidays).await?;
            }
            Happening::Arrives { event, value } => {
                let value = match value {
                    Some(value) => self.constant(value)?,
                    None => Value::None,
                };
                self.arrivals += 1;
                let arrival = NewArrival {
                    environment: super::ENVIRONMENT.into(),
                    event: event.clone(),
                    key: format!("line {line}, {}", self.arrivals).into(),
                    value,
                    at: self.clock.now(),
                };
                self.engine.deliver(arrival).await?;
            }
            Happening::Answers { whom, reply, with } => {
                let with = match with {
                    Some(with) => Some(self.constant(with)?),
                    None => None,
                };
                let mut open = self.open().await?;
                open.retain(|open| open.question.whom.iter().any(|asked| name(asked) == whom));
                // Somebody who is asked several things at once says which by what is said.
                let fills = *reply == Reply::Fills;
                let meant = open
                    .iter()
                    .find(|open| open.question.form.is_some() == fills);
                let Some(open) = meant.or(open.first()) else {
                    return Ok(Some(Failure {
                        line,
                        expected: format!("\"{whom}\" to be asked"),
                        came: Shown::plain("the run asks them nothing now"),
                    }));
                };
                let answer = replied(*reply, with.as_ref());
                if let Err(problem) = self.answer(open, whom, &answer).await {
                    return Ok(Some(Failure {
                        line,
                        expected: format!("an answer that \"{whom}\" can give"),
                        came: Shown::plain(problem.message),
                    }));
                }
            }
        }
        Ok(None)
    }

    /// Lets time pass until an instant, timer by timer.
    async fn pass(&self, end: Timestamp) -> Result<(), Problem> {
        loop {
            let next = self.engine.caught_up(self.run).await?;
            let next = next.filter(|next| *next <= end);
            self.clock.move_to(next.unwrap_or(end));
            self.rest().await?;
            if next.is_none() {
                return Ok(());
            }
        }
    }

    fn constant(&self, expression: &Expression) -> Result<Value, Problem> {
        evaluate(expression, &Scope::default(), &self.runner.host())
    }
}

fn name(whom: &Whom) -> &Arc<str> {
    match whom {
        Whom::Group(name) | Whom::Person(name) => name,
    }
}

/// An answer as a record gives it: `approved` with a `comment`, or the fields of a form.
fn as_answer(question: &Question, value: &Value) -> Answer {
    let Value::Record(record) = value else {
        return Answer::Filled {
            form: value.clone(),
        };
    };
    if question.form.is_some() {
        return Answer::Filled {
            form: value.clone(),
        };
    }
    let comment = comment(record);
    match record.get("approved") {
        Some(Value::Boolean(true)) => Answer::Approved { comment },
        _ => Answer::Refused { comment },
    }
}

fn replied(reply: Reply, with: Option<&Value>) -> Answer {
    let comment = match with {
        Some(Value::Record(record)) => comment(record),
        _ => None,
    };
    match reply {
        Reply::Approves => Answer::Approved { comment },
        Reply::Refuses => Answer::Refused { comment },
        Reply::Fills => Answer::Filled {
            form: with
                .cloned()
                .unwrap_or_else(|| Value::Record(Arc::new(Record::default()))),
        },
    }
}

fn comment(record: &Record) -> Option<Arc<str>> {
    match record.get("comment") {
        Some(Value::Text(comment)) => Some(comment.clone()),
        _ => None,
    }
}
