//! What a test gives in place of the outside.

use std::collections::BTreeMap;
use std::sync::Mutex;

use sophia_diagnostics::{Problem, codes};
use sophia_plan::test::{Answer, Subject, Test};
use sophia_plan::{Host, Scope, Value, evaluate};

/// The `given` lines of a test, evaluated once. Constants: they see no names.
pub(super) struct Answers {
    given: Vec<(Subject, Given)>,
    failures_left: Mutex<BTreeMap<usize, u32>>,
}

enum Given {
    Value(Value),
    Fails { message: String, times: Option<u32> },
}

/// What a subject answers.
pub(super) enum Answered {
    Value(Value),
    Fails(String),
    /// The test says nothing about it.
    Nothing,
}

impl Answers {
    /// Evaluates the `given` lines of a test.
    ///
    /// # Errors
    /// When a value cannot be computed, such as a division by zero.
    pub(super) fn new(test: &Test, host: &dyn Host) -> Result<Self, Problem> {
        let scope = Scope::default();
        let given = test
            .given
            .iter()
            .map(|given| {
                let answer = match &given.answer {
                    Answer::Value(expression) => Given::Value(evaluate(expression, &scope, host)?),
                    Answer::Fails { message, times } => Given::Fails {
                        message: match evaluate(message, &scope, host)? {
                            Value::Text(text) => text.to_string(),
                            other => sophia_plan::json::to_json(&other).to_string(),
                        },
                        times: *times,
                    },
                };
                Ok((given.subject.clone(), answer))
            })
            .collect::<Result<Vec<_>, Problem>>()?;
        Ok(Self {
            given,
            failures_left: Mutex::default(),
        })
    }

    /// What a subject answers now. `fails … N times` counts down, then what is given beside it answers.
    pub(super) fn answer(&self, subject: &Subject) -> Answered {
        let mut value = Answered::Nothing;
        for (index, (_, given)) in self
            .given
            .iter()
            .enumerate()
            .filter(|(_, (of, _))| of == subject)
        {
            match given {
                Given::Value(given) => value = Answered::Value(given.clone()),
                Given::Fails { message, times } => {
                    let mut left = self
                        .failures_left
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner);
                    let left = left
                        .entry(index)
                        .or_insert_with(|| times.unwrap_or(u32::MAX));
                    if *left > 0 {
                        if *left != u32::MAX {
                            *left -= 1;
                        }
                        return Answered::Fails(message.clone());
                    }
                }
            }
        }
        value
    }

    /// What states hold before the run, by their names.
    pub(super) fn states(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.given
            .iter()
            .filter_map(|(subject, given)| match (subject, given) {
                (Subject::State(name), Given::Value(value)) => Some((&**name, value)),
                _ => None,
            })
    }

    /// The clock, where the test sets it.
    pub(super) fn now(&self) -> Option<jiff::Timestamp> {
        self.given
            .iter()
            .find_map(|(subject, given)| match (subject, given) {
                (Subject::Now, Given::Value(Value::Timestamp(now))) => Some(*now),
                _ => None,
            })
    }
}

/// What a step does without an answer: it fails with what to write.
pub(super) fn nothing_given(what: &str, example: &str) -> Problem {
    Problem::new(codes::S989, format!("The test gives nothing for {what}."))
        .with_help(format!("write `given {example}`"))
}
