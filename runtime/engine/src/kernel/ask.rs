//! Questions to people: asked, reminded, handed on, answered, expired, withdrawn.
//!
//! Kept true here: a person counts once; whom to ask is known when they are asked, and everybody who has
//! been asked may answer; how a question stands is written where it stands, and nothing guesses it.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sophia_diagnostics::Problem;
use sophia_plan::step::{Ask, Delay, Question as Asked};
use sophia_plan::{Expression, Record, Scope, Step, StepKind, Type, Value, convert, evaluate};

use super::command::{Happening, StepEnd};
use super::event::Answer;
use super::expressions;
use super::machine::Machine;
use super::state::{Ending, Place};
use super::waiting::{Awaited, Rings, unfit};

/// A question to people, as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What is asked.
    pub text: Arc<str>,
    /// Everybody who has been asked, in order; the last are asked now.
    pub whom: Vec<Whom>,
    /// How many must agree.
    pub quorum: u64,
    /// What is filled in; without one it is approved or refused.
    pub form: Option<Form>,
    /// What was said so far.
    pub said: Vec<Said>,
    /// Until when those who are asked now may answer.
    pub until: Option<Timestamp>,
    /// How often they were reminded.
    pub reminded: u32,
    /// How it stands.
    pub stands: QuestionState,
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// A group of the manifest, by its name.
    Group(Arc<str>),
    /// A person, by address.
    Person(Arc<str>),
}

impl fmt::Display for Whom {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(name) => write!(formatter, "\"{name}\""),
            Self::Person(address) => formatter.write_str(address),
        }
    }
}

/// A form to fill in.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// The type of the record.
    pub of: Type,
    /// What it is filled with at first.
    pub starting_with: Option<Value>,
}

/// What somebody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who, by address.
    pub by: Arc<str>,
    /// What besides the answer.
    pub comment: Option<Arc<str>>,
    /// When.
    pub at: Timestamp,
}

/// How a question stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuestionState {
    /// It waits for an answer.
    Waiting,
    /// Enough people agreed.
    Approved,
    /// Somebody refused.
    Refused,
    /// The form is filled in.
    Filled,
    /// Nobody answered in time.
    Expired,
    /// What it stands in has ended.
    Withdrawn,
}

/// What stands for the answer of people who gave none.
const NOBODY: &str = "Nobody answered in time.";

impl QuestionState {
    /// As people read it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Filled => "filled in",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Machine<'_> {
    pub(super) fn begin_ask(&mut self, place: Place) {
        let (Some(layout), Some(frame)) = (self.place_layout(place), self.frame(place.frame))
        else {
            return;
        };
        let StepKind::Ask(ask) = &layout.step.kind else {
            return;
        };
        let scope = frame.scope.clone();
        let policy = &layout.step.policy;
        let question = self.question(ask, &layout.step, &scope);
        let until = policy
            .within
            .as_ref()
            .map(|within| self.instant_after(&within.limit, &scope))
            .transpose();
        match (question, until) {
            (Ok(mut question), Ok(until)) => {
                question.until = until;
                let over = until.map(|until| (until, self.when_over(place, 0)));
                let reminder = self.reminder(place).map(|until| (until, Rings::Remind));
                let timers = over.into_iter().chain(reminder);
                self.begin_waiting(place, Awaited::Answer(Box::new(question)), timers);
            }
            (Err(problem), _) | (_, Err(problem)) => self.broken(place, &problem),
        }
    }

    fn question(&self, ask: &Ask, step: &Step, scope: &Scope) -> Result<Question, Problem> {
        let host = self.host();
        let (text, form) = match &ask.question {
            Asked::Approve { text } => (text, None),
            Asked::Form {
                text,
                starting_with,
            } => {
                let of = step.result.present().clone();
                let starting_with = starting_with
                    .as_ref()
                    .map(|start| evaluate(start, scope, &host))
                    .transpose()?;
                (text, Some(Form { of, starting_with }))
            }
        };
        Ok(Question {
            text: expressions::text(text, scope, &host)?,
            whom: vec![self.whom(&ask.whom, scope)?],
            quorum: ask.quorum.max(1),
            form,
            said: Vec::new(),
            until: None,
            reminded: 0,
            stands: QuestionState::Waiting,
        })
    }

    fn whom(&self, whom: &Expression, scope: &Scope) -> Result<Whom, Problem> {
        match evaluate(whom, scope, &self.host())? {
            Value::Text(group) => Ok(Whom::Group(group)),
            Value::Record(person) => match person.get("email") {
                Some(Value::Text(address)) => Ok(Whom::Person(address.clone())),
                _ => Err(unfit("a person", &Value::Record(person))),
            },
            other => Err(unfit("a group or a person", &other)),
        }
    }

    /// What happens when those who were asked have not answered in time.
    fn when_over(&self, place: Place, handed_on: usize) -> Rings {
        let within = self
            .place_layout(place)
            .and_then(|layout| layout.step.policy.within.as_ref());
        match within.and_then(|within| within.then.get(handed_on)) {
            Some(_) => Rings::HandOn,
            None => Rings::End,
        }
    }

    /// When the question is repeated next.
    fn reminder(&self, place: Place) -> Option<Timestamp> {
        let every = self.place_layout(place)?.step.policy.remind_ms?;
        let every = SignedDuration::from_millis(every);
        self.at.checked_add(every).ok()
    }

    fn asked(&mut self, place: Place) -> Option<&mut Question> {
        match &mut self.waiting(place)?.on {
            Awaited::Answer(question) => Some(question),
            _ => None,
        }
    }

    /// Those who were asked did not answer in time: others are asked.
    pub(super) fn ask_others(&mut self, place: Place) {
        let (Some(layout), Some(frame)) = (self.place_layout(place), self.frame(place.frame))
        else {
            return;
        };
        let scope = frame.scope.clone();
        let Some(handed_on) = self.asked(place).map(|question| question.whom.len() - 1) else {
            return;
        };
        let Some(within) = &layout.step.policy.within else {
            return;
        };
        let Some(next) = within.then.get(handed_on) else {
            return;
        };
        // Without a time of their own they have as long as those before.
        let limit: &Delay = within.then[..=handed_on]
            .iter()
            .rev()
            .find_map(|escalation| escalation.within.as_ref())
            .unwrap_or(&within.limit);
        match (
            self.whom(&next.whom, &scope),
            self.instant_after(limit, &scope),
        ) {
            (Ok(whom), Ok(until)) => {
                if let Some(question) = self.asked(place) {
                    question.whom.push(whom);
                    question.until = Some(until);
                }
                let rings = self.when_over(place, handed_on + 1);
                self.set_timer(place, until, rings);
                self.tell_waiting(place);
            }
            (Err(problem), _) | (_, Err(problem)) => {
                self.drop_timers(place);
                self.broken(place, &problem);
                self.unpark_around(place.frame);
            }
        }
    }

    /// The question is repeated.
    pub(super) fn remind(&mut self, place: Place) {
        if let Some(question) = self.asked(place) {
            question.reminded += 1;
        }
        if let Some(next) = self.reminder(place) {
            self.set_timer(place, next, Rings::Remind);
        }
        self.tell_waiting(place);
    }

    /// Somebody answered.
    pub(super) fn answered(&mut self, key: &Arc<str>, by: &Arc<str>, answer: &Answer) {
        let Some(place) = self.state.under_way.get(key).copied() else {
            return;
        };
        let at = self.at;
        let Some(question) = self.asked(place) else {
            return;
        };
        if question.said.iter().any(|said| said.by == *by) {
            return;
        }
        let comment = match answer {
            Answer::Approved { comment } | Answer::Refused { comment } => comment.clone(),
            Answer::Filled { .. } => None,
        };
        question.said.push(Said {
            by: by.clone(),
            comment,
            at,
        });
        let enough = question.said.len() as u64 >= question.quorum;
        match answer {
            Answer::Refused { .. } => self.decided(place, QuestionState::Refused, None),
            Answer::Approved { .. } if enough => {
                self.decided(place, QuestionState::Approved, None);
            }
            Answer::Filled { form } if enough => {
                self.decided(place, QuestionState::Filled, Some(form.clone()));
            }
            Answer::Approved { .. } | Answer::Filled { .. } => self.tell_waiting(place),
        }
    }

    fn decided(&mut self, place: Place, stands: QuestionState, form: Option<Value>) {
        let Some(layout) = self.place_layout(place) else {
            return;
        };
        let Some(question) = self.close_question(place, stands) else {
            return;
        };
        let refused = stands == QuestionState::Refused;
        if refused && (layout.step.binds.is_none() || question.form.is_some()) {
            let by = question.said.last();
            let who = by.map_or("somebody", |said| &said.by);
            let reason: Arc<str> = match by.and_then(|said| said.comment.as_ref()) {
                Some(comment) => format!("Refused by {who}: {comment}").into(),
                None => format!("Refused by {who}.").into(),
            };
            return self.end_alone(place, reason);
        }
        let value = form.unwrap_or_else(|| verdict(&question, !refused));
        self.end_waiting(place, StepEnd::Done, Some(value));
    }

    /// Nobody answered, and there is nobody left to ask.
    pub(super) fn nobody_answered(&mut self, place: Place) {
        let Some(layout) = self.place_layout(place) else {
            return;
        };
        let Some(question) = self.close_question(place, QuestionState::Expired) else {
            return;
        };
        if layout.step.policy.otherwise.is_some() {
            let failure = self.failure(place, NOBODY);
            self.expire(place, failure);
        } else if layout.step.binds.is_none() {
            self.end_alone(place, NOBODY.into());
        } else if question.form.is_some() {
            let failure = self.failure(place, NOBODY);
            self.expire(place, failure);
        } else {
            let at = self.at;
            let value = verdict(
                &Question {
                    said: vec![Said {
                        by: "".into(),
                        comment: Some(NOBODY.into()),
                        at,
                    }],
                    ..question
                },
                false,
            );
            self.end_waiting(place, StepEnd::Done, Some(value));
        }
    }

    /// A question that stands alone got no yes: the run stops, and inside a loop the item is left out.
    fn end_alone(&mut self, place: Place, reason: Arc<str>) {
        self.end_waiting(place, StepEnd::Ended(reason.clone()), None);
        self.end_around(place.frame, Ending::Skipped(reason));
    }

    /// A question with its last state, which people are told.
    fn close_question(&mut self, place: Place, stands: QuestionState) -> Option<Question> {
        let key = self.key(place);
        let layout = self.place_layout(place)?;
        let question = self.asked(place)?;
        question.stands = stands;
        let question = question.clone();
        self.tell(
            &key,
            &layout.step,
            Happening::Question(Box::new(question.clone())),
        );
        Some(question)
    }

    pub(super) fn withdraw_question(&mut self, place: Place) {
        self.close_question(place, QuestionState::Withdrawn);
    }
}

/// `approved`, `by`, `comment`, `at`.
fn verdict(question: &Question, approved: bool) -> Value {
    // Where somebody refused, they decided, whoever agreed before.
    let decided: &[Said] = if approved {
        &question.said
    } else {
        question.said.last().map_or(&[], std::slice::from_ref)
    };
    let by: Vec<&str> = decided.iter().map(|said| &*said.by).collect();
    let comments: Vec<&str> = decided
        .iter()
        .filter_map(|said| said.comment.as_deref())
        .collect();
    let at = question.said.last().map(|said| said.at).unwrap_or_default();
    Value::Record(Arc::new(Record {
        fields: vec![
            ("approved".into(), Value::Boolean(approved)),
            ("by".into(), Value::Text(by.join(", ").into())),
            ("comment".into(), Value::Text(comments.join("\n").into())),
            ("at".into(), Value::Timestamp(at)),
        ],
    }))
}

/// A form that somebody filled in, as the type that was asked for.
pub(super) fn filled(form: &Form, value: &Value) -> Result<Value, Problem> {
    convert(value, &form.of)
}
