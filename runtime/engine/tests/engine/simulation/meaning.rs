//! The kernel alone, without crashes, against the plain reading of the same plan.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use sophia_engine::Report;
use sophia_engine::kernel::{Command, Event, Failure, Layout, Outcome, RunState, apply, start};
use sophia_plan::{Plan, Record, StepKind, Value};

use super::author::answer;
use super::interpreter::{End, Meaning, fate};

/// A run in which what was asked for first is answered first.
struct Run {
    seed: u64,
    layout: Layout,
    state: RunState,
    commands: VecDeque<Command>,
    answers: VecDeque<Event>,
    claims: BTreeMap<Arc<str>, Value>,
    began: Vec<String>,
}

/// What the kernel makes of a plan.
pub fn carried_out(plan: &Arc<Plan>, seed: u64) -> Meaning {
    let layout = Layout::of(plan).unwrap();
    let (state, commands) = start(&layout, &Record::default(), Timestamp::UNIX_EPOCH);
    let mut run = Run {
        seed,
        layout,
        state,
        commands: commands.into(),
        answers: VecDeque::new(),
        claims: BTreeMap::new(),
        began: Vec::new(),
    };
    loop {
        if let Some(command) = run.commands.pop_front() {
            run.perform(command);
        } else if let Some(event) = run.answers.pop_front() {
            run.take(&event);
        } else {
            break;
        }
    }
    let end = match run.state.outcome() {
        Some(Outcome::Done) => End::Done(run.state.result().cloned()),
        Some(Outcome::Stopped { reason }) => End::Stopped(reason.to_string()),
        Some(Outcome::Failed(failure)) => End::Failed(failure.message.to_string()),
        other => panic!("the run does not end: {other:?}\n{:?}", run.state),
    };
    Meaning {
        began: run.began,
        end,
    }
}

impl Run {
    fn take(&mut self, event: &Event) {
        self.commands
            .extend(apply(&self.layout, &mut self.state, event));
    }

    fn perform(&mut self, command: Command) {
        let at = Timestamp::UNIX_EPOCH;
        match command {
            Command::Start(start) => {
                let claim = start.claim.map(|claim| claim.key);
                let known = claim.as_ref().and_then(|claim| self.claims.get(claim));
                if let Some(value) = known.cloned() {
                    let (key, by) = (start.key, "RUN".into());
                    return self.take(&Event::Suppressed { key, value, by, at });
                }
                let (key, attempt) = (start.key, start.attempt);
                self.began.push(format!("{key} #{attempt}"));
                if matches!(&start.step.kind, StepKind::Work(work) if work.is_effect()) {
                    self.take(&Event::Started {
                        key: key.clone(),
                        attempt,
                        claim,
                        at,
                    });
                }
                self.answers
                    .push_back(match fate(self.seed, &key, attempt) {
                        None => Event::Done {
                            value: answer(&key),
                            key,
                            attempt,
                            report: Report::default(),
                            at,
                        },
                        Some(kind) => {
                            let message = format!("{} did not work.", start.step.label);
                            let problem = Problem::new(codes::S965, message);
                            Event::Failed {
                                failure: Failure::of(&problem, &key, &start.step),
                                key,
                                attempt,
                                kind,
                                repeatable: true,
                                report: Report::default(),
                                at,
                            }
                        }
                    });
            }
            Command::Sleep { key, attempt, .. } => {
                self.answers.push_back(Event::Fired { key, attempt, at });
            }
            Command::Keep { claim, value } => {
                self.claims.insert(claim, value);
            }
            Command::Free { claim, .. } => {
                self.claims.remove(&claim);
            }
            Command::Grace { .. }
            | Command::Abandon { .. }
            | Command::Tell(_)
            | Command::Remember(_)
            | Command::Finish(_) => {}
        }
    }
}
