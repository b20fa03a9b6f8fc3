//! `run` and `start`: a step that is a run of another playbook.
//!
//! Kept true here: the run is started under a key made of the parent run, the step and the attempt, so
//! a crash at any point starts it once; a parent that waits holds no thread; the parent that is cancelled
//! ends the runs that it waits for.

use std::sync::{Arc, Weak};

use sophia_diagnostics::{Problem, codes};
use sophia_plan::step::Joining;
use sophia_plan::{Plan, StepKind, Type, Value, Work};
use tokio::sync::{Notify, mpsc};

use super::attempt::Ended;
use super::beginning::{Admission, RunRequest, Submitted};
use super::engine::{Engine, Inner};
use super::history::{StepDetail, StepState};
use super::pilot::{Pilot, Turn};
use super::progress::{RunOutcome, Wait};
use super::protocol::Action;
use crate::journal::{Delivery, RunId, RunStatus};
use crate::kernel::{Act, Start, starter_of, under_way};
use crate::runner::{FailureKind, Report, StepCall, StepOutcome};

/// The plans that are in force.
pub trait Playbooks: Send + Sync + 'static {
    /// The plan that new runs of a playbook take.
    fn current(&self, playbook: &str) -> Option<Arc<Plan>>;
}

/// Whether a step is a run of another playbook.
pub(super) fn starts_playbook(start: &Start) -> bool {
    matches!(&start.step.kind, StepKind::Work(Work::Playbook { .. }))
}

impl Pilot {
    /// Once the run is cancelled, the runs that it waits for are ended, too.
    pub(super) fn end_playbooks(&self, turn: &mut Turn) {
        if self.state.grace.is_none() {
            return;
        }
        let keys = self.state.under_way.keys().filter(|key| {
            under_way(&self.identity.layout, &self.state, key)
                .is_some_and(|start| start.intended && starts_playbook(&start))
        });
        turn.later
            .extend(keys.map(|key| Action::EndPlaybook { key: key.clone() }));
    }
}

/// Why a step that runs another playbook has not ended.
pub(super) fn waits(steps: &[StepDetail]) -> impl Iterator<Item = Wait> {
    steps.iter().filter_map(|step| match &step.step.kind {
        StepKind::Work(Work::Playbook { playbook, .. }) if step.state == StepState::Running => {
            Some(Wait {
                key: step.key.clone(),
                label: step.label().clone(),
                line: step.origin().line,
                reason: format!(
                    "`{}` (line {}) waits for a run of {playbook}.",
                    step.label(),
                    step.origin().line
                ),
                for_a_person: false,
                until: None,
            })
        }
        _ => None,
    })
}

/// What an attempt tells the run that makes it.
pub(super) enum Told {
    /// The step waits for a run.
    Waits(Wait),
    /// That run does nothing but wait.
    Rests(Wait),
    /// That run of a step goes on.
    GoesOn(Arc<str>),
}

/// One attempt at running another playbook.
pub(super) struct Attempt {
    pub(super) engine: Weak<Inner>,
    pub(super) environment: Arc<str>,
    pub(super) call: StepCall,
    /// Where it is told what the step waits for.
    pub(super) told: mpsc::UnboundedSender<Told>,
    /// Told once the run should end.
    pub(super) end: Arc<Notify>,
}

impl Attempt {
    /// Makes it. An error says that the parent cannot go on for now.
    pub(super) async fn make(self) -> Result<Ended, Problem> {
        let StepKind::Work(Work::Playbook {
            playbook, joining, ..
        }) = &self.call.step.kind
        else {
            return Err(closed());
        };
        let outcome = match self.start(playbook).await {
            Err(problem) if problem.code == codes::S962 => return Err(problem),
            Err(problem) => failed(problem, FailureKind::Permanent),
            Ok((submitted, _)) if *joining == Joining::GoesOn => {
                done(Value::None, note(playbook, &submitted))
            }
            Ok((submitted, _)) if submitted.admission == Admission::Skipped => failed(
                Problem::new(
                    codes::S993,
                    format!("`{playbook}` is under way already, and leaves further runs out."),
                )
                .because(format!("run {} is under way", submitted.run))
                .with_help(
                    "`one run at a time, skip` says so; without `skip` the run waits in line",
                ),
                FailureKind::Permanent,
            ),
            Ok((submitted, result)) => {
                self.goes_on(&submitted).await?;
                self.finish(playbook, &submitted, &result).await?
            }
        };
        Ok(Ended {
            key: self.call.key.clone(),
            attempt: self.call.attempt,
            outcome,
        })
    }

    async fn start(&self, playbook: &str) -> Result<(Submitted, Type), Problem> {
        let engine = Engine::upgrade(&self.engine).ok_or_else(closed)?;
        let plan = engine.current(playbook).ok_or_else(|| {
            Problem::new(
                codes::S993,
                format!("The playbook `{playbook}` is not there to be run."),
            )
            .with_help("it is in the project no longer, or has errors; `sophia check` tells")
        })?;
        let inputs = engine.arguments(&self.call)?;
        let result = plan.result.clone();
        let request = RunRequest {
            plan,
            inputs,
            environment: self.environment.clone(),
            delivery: Some(Delivery {
                key: format!(
                    "run {} / {} / attempt {}",
                    self.call.run, self.call.key, self.call.attempt
                )
                .into(),
                cursor: None,
            }),
            at: self.call.now,
            brought: None,
        };
        let parent = RunId(self.call.run.clone());
        let by = starter_of(&self.call.scope);
        let submitted = engine.begin(request, Some(parent), by).await?;
        Ok((submitted, result))
    }

    /// A run that ended before this attempt began goes on: a person has the step run again.
    async fn goes_on(&self, submitted: &Submitted) -> Result<(), Problem> {
        if submitted.admission != Admission::Known {
            return Ok(());
        }
        let engine = Engine::upgrade(&self.engine).ok_or_else(closed)?;
        let summary = engine.load(&submitted.run).await?.summary;
        let failed = matches!(summary.status, RunStatus::Failed | RunStatus::Cancelled);
        if !failed || summary.ended.is_none_or(|ended| ended >= self.call.now) {
            return Ok(());
        }
        let by: Arc<str> = format!("run {}", self.call.run).into();
        let act = Act::Retries {
            from: None,
            again: Vec::new(),
            because: None,
        };
        match engine.goes_on(&submitted.run, &by, act).await {
            // Somebody had it go on meanwhile, or it must wait: what becomes of it is waited for.
            Err(problem) if problem.code == codes::S903 => Ok(()),
            gone_on => gone_on,
        }
    }

    async fn finish(
        &self,
        playbook: &str,
        submitted: &Submitted,
        result: &Type,
    ) -> Result<StepOutcome, Problem> {
        let run = &submitted.run;
        let step = &self.call.step;
        let wait = Wait {
            key: self.call.key.clone(),
            label: step.label.clone(),
            line: step.origin.line,
            reason: format!(
                "`{}` (line {}) waits for run {run} of {playbook}.",
                step.label, step.origin.line
            ),
            for_a_person: false,
            until: None,
        };
        // A run that is shutting down needs no reasons.
        let _ = self.told.send(Told::Waits(wait.clone()));
        let rests = |rests: bool| {
            let told = if rests {
                Told::Rests(wait.clone())
            } else {
                Told::GoesOn(wait.key.clone())
            };
            let _ = self.told.send(told);
        };
        let late = async {
            match self.call.deadline {
                Some(deadline) => tokio::time::sleep(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(late);
        let (mut ending, mut too_late) = (false, false);
        let outcome = loop {
            tokio::select! {
                outcome = Engine::finished(&self.engine, run, &rests) => break outcome?,
                () = self.end.notified(), if !ending => ending = true,
                () = &mut late, if !ending => (ending, too_late) = (true, true),
            }
            if let Some(engine) = Engine::upgrade(&self.engine) {
                // One that has just ended needs no ending.
                let _ = engine.cancel(run).await;
            }
        };
        let engine = Engine::upgrade(&self.engine).ok_or_else(closed)?;
        let given = engine.run(&run.0).await?.result;
        Ok(match (outcome, given) {
            (RunOutcome::Done | RunOutcome::Stopped(_), Some(value)) => {
                done(value, note(playbook, submitted))
            }
            (RunOutcome::Done | RunOutcome::Stopped(_), None) if *result == Type::None => {
                done(Value::None, note(playbook, submitted))
            }
            (RunOutcome::Stopped(reason), None) => failed(
                not_well(
                    playbook,
                    run,
                    &format!("stopped before it gave a result: {reason}"),
                ),
                FailureKind::Permanent,
            ),
            (RunOutcome::Failed(failure), _) => {
                let mut problem = not_well(playbook, run, &format!("failed: {}", failure.message));
                problem.causes.extend(failure.causes);
                failed(problem, FailureKind::Transient)
            }
            (RunOutcome::Cancelled, _) if too_late => failed(
                not_well(
                    playbook,
                    run,
                    "took longer than the timeout of its step, and was cancelled.",
                ),
                FailureKind::Transient,
            ),
            (RunOutcome::Cancelled, _) => failed(
                not_well(playbook, run, "was cancelled."),
                FailureKind::Permanent,
            ),
            (RunOutcome::Done | RunOutcome::Waiting(_), _) => failed(
                not_well(playbook, run, "ended without a result."),
                FailureKind::Permanent,
            ),
        })
    }
}

fn not_well(playbook: &str, run: &RunId, how: &str) -> Problem {
    Problem::new(codes::S993, format!("`{playbook}` {how}"))
        .because(format!("run {run} of {playbook}"))
        .with_help(format!("`sophia runs show {run}` shows its steps"))
}

fn note(playbook: &str, submitted: &Submitted) -> String {
    let run = &submitted.run;
    match submitted.admission {
        Admission::Skipped => format!("{playbook} is under way as run {run}; no other was started"),
        Admission::Joined => format!("went to run {run} of {playbook}"),
        Admission::Began | Admission::Queued | Admission::Known => {
            format!("run {run} of {playbook}")
        }
    }
}

fn done(value: Value, note: String) -> StepOutcome {
    StepOutcome::Done {
        value,
        report: Report {
            note: Some(note),
            ..Report::default()
        },
    }
}

fn failed(problem: Problem, kind: FailureKind) -> StepOutcome {
    StepOutcome::Failed {
        problem,
        kind,
        report: Report::default(),
    }
}

pub(super) fn closed() -> Problem {
    Problem::new(codes::S962, "The engine is being closed.")
        .with_help("start the program again; runs go on from the last step on the disk")
}
