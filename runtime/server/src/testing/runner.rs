//! The step runner of tests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use sophia_compiler::Snapshot;
use sophia_diagnostics::{Problem, codes};
use sophia_engine::{FailureKind, Report, StepCall, StepOutcome, StepRunner};
use sophia_plan::step::ToolArgument;
use sophia_plan::test::{Subject, Test};
use sophia_plan::{Host, Plan, Record, StepKind, Value, Work, evaluate};
use sophia_tools::OpenStandIn;

use super::answers::{Answered, Answers, nothing_given};
use crate::environment::PinnedCalls;
use crate::stand_in::stand_in;
use crate::steps::{
    ClockHost, Ended, PredictorSource, StepHost, answer_value, compute_ended, not_work, outcome,
    prepare, with_arguments, written_answer, zone,
};

/// A call of a tool that a run made.
#[derive(Clone, Debug)]
pub(super) struct Called {
    pub(super) tool: Arc<str>,
    pub(super) call: Arc<str>,
    /// By our names.
    pub(super) arguments: Record,
}

/// Answers steps from a test.
pub(super) struct TestRunner {
    pub(super) answers: Answers,
    now: jiff::Timestamp,
    zone: jiff::tz::TimeZone,
    stand_ins: BTreeMap<String, OpenStandIn>,
    pinned: Arc<PinnedCalls>,
    calls: Mutex<Vec<Called>>,
}

/// Whether a call changes the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Yes,
    No,
}

/// Whether a failure leaves open what happened at the other side.
fn times_out(message: &str) -> bool {
    let message = message.to_lowercase();
    message.contains("timeout") || message.contains("timed out")
}

/// The clock of a test that sets none: a fixed working day, so that a test says the same on every day.
const NOON: &str = "2026-01-05T12:00:00Z";

impl TestRunner {
    /// A runner for one test.
    ///
    /// # Errors
    /// When a given value cannot be computed, or the lock holds a broken schema.
    pub(super) fn new(
        plan: &Plan,
        test: &Test,
        snapshot: &Snapshot,
        pinned: Arc<PinnedCalls>,
    ) -> Result<Self, Problem> {
        let noon: jiff::Timestamp = NOON.parse().unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let zone = zone(&plan.zone);
        let answers = Answers::new(
            test,
            &ClockHost {
                now: noon,
                zone: zone.clone(),
                place: "in a `given` line",
            },
        )?;
        // Only what the plan calls: a project may know hundreds of servers.
        let called: BTreeSet<&str> = plan
            .steps()
            .iter()
            .filter_map(|step| match &step.kind {
                StepKind::Work(Work::Tool { tool, .. }) => Some(&**tool),
                _ => None,
            })
            .collect();
        let stand_ins = snapshot
            .catalogue
            .tools
            .iter()
            .filter(|(name, _)| called.contains(name.as_str()))
            .map(|(name, server)| {
                let stand_in = stand_in(snapshot, name, server, None)?;
                Ok((name.clone(), stand_in.open()?))
            })
            .collect::<Result<_, Problem>>()?;
        let now = answers.now().unwrap_or(noon);
        Ok(Self {
            answers,
            now,
            zone,
            stand_ins,
            pinned,
            calls: Mutex::default(),
        })
    }

    /// What the test gives in place of somebody's answer.
    pub(super) fn given_answer(&self, subject: &Subject) -> Answered {
        self.answers.answer(subject)
    }

    /// The clock of the test.
    pub(super) fn now(&self) -> jiff::Timestamp {
        self.now
    }

    /// A host for constants and conditions of the test.
    pub(super) fn host(&self) -> impl Host {
        ClockHost {
            now: self.now,
            zone: self.zone.clone(),
            place: "in an `expect` line",
        }
    }

    /// Every call that was made, in order.
    pub(super) fn calls(&self) -> Vec<Called> {
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Notes a call.
    pub(super) fn note(&self, called: Called) {
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(called);
    }

    /// What the test gives in place of a subject. An effect that is given to time out may have happened.
    pub(super) fn given(&self, subject: &Subject, stand_in: bool, effect: Effect) -> Option<Ended> {
        match self.answers.answer(subject) {
            Answered::Value(value) => {
                let rows = match &value {
                    Value::Table(table) => Some(table.len() as u64),
                    _ => None,
                };
                Some(Ended::done(
                    value,
                    Report {
                        rows,
                        stand_in,
                        ..Report::default()
                    },
                ))
            }
            Answered::Fails(message) => {
                let kind = match effect {
                    Effect::Yes if times_out(&message) => FailureKind::Unknown,
                    _ => FailureKind::Transient,
                };
                Some(Ended::failed(Problem::new(codes::S987, message), kind))
            }
            Answered::Nothing => None,
        }
    }

    fn tool(
        &self,
        call: &StepCall,
        tool: &Arc<str>,
        name: &Arc<str>,
        wire_name: &str,
        (arguments, effect): (&[ToolArgument], Effect),
    ) -> Ended {
        let pinned = self
            .pinned
            .get(&**tool)
            .and_then(|calls| calls.get(wire_name));
        let prepared = match prepare(call, arguments, &StepHost::new(call, self), pinned) {
            Ok(prepared) => prepared,
            Err(problem) => return Ended::permanent(problem),
        };
        let subject = Subject::Tool {
            tool: tool.clone(),
            call: name.clone(),
        };
        let given = self.given(&subject, true, effect);
        if matches!(&given, Some(ended) if ended.result.is_err()) {
            return given.unwrap_or_else(|| Ended::permanent(not_work(call)));
        }
        self.note(Called {
            tool: tool.clone(),
            call: name.clone(),
            arguments: prepared.ours,
        });
        if let Some(given) = given {
            return given;
        }
        let Some(stand_in) = self.stand_ins.get(&**tool) else {
            return Ended::permanent(not_work(call));
        };
        let answered = match stand_in.answer(wire_name, &prepared.sent, None) {
            Ok(answer) => answer_value(tool, answer, pinned, &call.step.result)
                .map_err(|problem| problem.with_help(format!("write `given {tool}.{name} = …`"))),
            Err(failure) => Err(failure.problem),
        };
        match answered {
            Ok(value) => Ended::done(
                value,
                Report {
                    stand_in: true,
                    ..Report::default()
                },
            ),
            Err(problem) => Ended::permanent(problem),
        }
    }

    fn model(
        &self,
        call: &StepCall,
        model: &Arc<str>,
        arguments: &[(Arc<str>, sophia_plan::Expression)],
    ) -> Ended {
        let subject = Subject::Model(model.clone());
        let given = self.given(&subject, false, Effect::No);
        let failed = match given {
            Some(ended) if ended.result.is_ok() => return ended,
            other => other,
        };
        let Some(definition) = call.plan.models.get(model) else {
            return Ended::permanent(not_work(call));
        };
        let host = StepHost::new(call, self);
        let scope = match with_arguments(&call.scope, arguments, &host) {
            Ok(scope) => scope,
            Err(problem) => return Ended::permanent(problem),
        };
        match (written_answer(definition, &scope, &host), failed) {
            (Some(Ok(value)), _) => Ended::done(
                value,
                Report {
                    answered_by: Some("otherwise".to_owned()),
                    ..Report::default()
                },
            ),
            (Some(Err(problem)), _) => Ended::permanent(problem),
            (None, Some(failed)) => failed,
            (None, None) => Ended::permanent(nothing_given(
                &format!("the model `{model}`"),
                &format!("{model} = …"),
            )),
        }
    }
}

#[async_trait]
impl StepRunner for TestRunner {
    async fn run(&self, call: StepCall) -> StepOutcome {
        let began = Instant::now();
        let StepKind::Work(work) = &call.step.kind else {
            return outcome(Ended::permanent(not_work(&call)), began);
        };
        let ended = match work {
            Work::Query { query, .. } => self
                .given(&Subject::Query(query.clone()), false, Effect::No)
                .unwrap_or_else(|| {
                    Ended::permanent(nothing_given(
                        &format!("the query `{query}`"),
                        &format!("{query} = [ … ]"),
                    ))
                }),
            // A prediction is answered where it is asked for; until then nothing needs to be there.
            Work::Predictor { .. } => Ended::done(Value::Record(Arc::default()), Report::default()),
            Work::Compute { expression } => {
                let host = StepHost::new(&call, self);
                let evaluated = evaluate(expression, &call.scope, &host);
                compute_ended(&call, expression, evaluated)
            }
            Work::Model { model, arguments } => self.model(&call, model, arguments),
            Work::Tool {
                tool,
                call: name,
                wire_name,
                arguments,
                effect,
            } => {
                let effect = if *effect { Effect::Yes } else { Effect::No };
                self.tool(&call, tool, name, wire_name, (arguments, effect))
            }
            other => self.outside(&call, other),
        };
        outcome(ended, began)
    }

    fn repeatable(&self, call: &StepCall) -> bool {
        !matches!(&call.step.kind, StepKind::Work(work) if work.is_effect())
    }
}

impl PredictorSource for TestRunner {
    fn predict(&self, predictor: &str, _: &Value, _: &Record) -> Result<Value, Problem> {
        match self.answers.answer(&Subject::Predictor(predictor.into())) {
            Answered::Value(value) => Ok(value),
            Answered::Fails(message) => Err(Problem::new(codes::S987, message)),
            Answered::Nothing => Err(nothing_given(
                &format!("the predictor `{predictor}`"),
                &format!("{predictor} = 50%"),
            )),
        }
    }
}
