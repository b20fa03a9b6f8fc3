//! How runs begin: a request becomes a run, unless its delivery or its line says otherwise.
//!
//! Kept true here: a run that is told of is durable; one delivery begins one run, however often it comes.

use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::step::Overlap;
use sophia_plan::{Plan, Record, StepKind, Value, Work};

use super::clock::whole_microseconds;
use super::coming_in::in_environment;
use super::engine::Engine;
use super::here::begun_here;
use super::history::History;
use super::mailbox::Message;
use super::pilot::Pilot;
use super::playbook::{Playbooks, closed};
use super::protocol::{Action, Identity};
use crate::journal::{Created, Creation, Delivery, NewArrival, RunFilter, RunId};
use crate::kernel::{Arrives, Brought, Event, event_name, note_starter};
use crate::runner::StepCall;

/// A run to start.
#[derive(Clone, Debug)]
pub struct RunRequest {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The inputs that differ from the defaults.
    pub inputs: Record,
    /// Where it runs: `dev`, `production`.
    pub environment: Arc<str>,
    /// What it comes from; the same delivery starts one run.
    pub delivery: Option<Delivery>,
    /// The instant at which it starts.
    pub at: Timestamp,
    /// What came in by one of the plan's triggers.
    pub brought: Option<Brought>,
}

/// A run that was started, or had been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// The run.
    pub run: RunId,
    /// Whether the same delivery had started it before.
    pub already_known: bool,
    /// What became of the request.
    pub admission: Admission,
}

/// What becomes of a request for a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Admission {
    /// The run has begun.
    Began,
    /// The run waits in line.
    Queued,
    /// The same delivery had started this run.
    Known,
    /// There is no run of its own: the one under way has taken what came in.
    Joined,
    /// There is no run of its own: this one is under way.
    Skipped,
}

/// In so many runs of a line it is looked whether one of them has taken an event.
const LOOKED_BACK: u32 = 4;

impl Engine {
    /// Says which plans are in force, for steps that run other playbooks.
    pub fn follow(&self, playbooks: Arc<dyn Playbooks>) {
        let mut current = self
            .inner
            .playbooks
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *current = Some(playbooks);
    }

    /// Starts a run, unless its delivery had started one, or its line says otherwise. It is durable when
    /// this returns.
    ///
    /// # Errors
    /// S964 when the inputs do not fit; S968 when the plan cannot be run; S962 when the store cannot be
    /// written.
    pub async fn submit(&self, request: RunRequest) -> Result<Submitted, Problem> {
        self.has_room()?;
        self.begin_whole(request, None).await
    }

    /// Starts a run in a person's name, as [`Engine::submit`] does.
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn submit_as(&self, request: RunRequest, by: &str) -> Result<Submitted, Problem> {
        self.has_room()?;
        self.begin_whole(request, Some(by.into())).await
    }

    /// Begins a run, also where whoever asked for it goes away meanwhile: what is durable is carried on.
    async fn begin_whole(
        &self,
        request: RunRequest,
        by: Option<Arc<str>>,
    ) -> Result<Submitted, Problem> {
        let engine = self.clone();
        match begun_here(async move { engine.begin(request, None, by).await }) {
            Ok(submitted) => submitted,
            Err(begins) => tokio::spawn(begins).await.unwrap_or_else(|_| Err(closed())),
        }
    }

    pub(super) async fn begin(
        &self,
        request: RunRequest,
        parent: Option<RunId>,
        by: Option<Arc<str>>,
    ) -> Result<Submitted, Problem> {
        let RunRequest {
            plan,
            inputs,
            environment,
            delivery,
            at,
            brought,
        } = request;
        let layout = self.layout(&plan)?;
        let at = whole_microseconds(at);
        let mut inputs = layout.begins_with(&inputs, brought.as_ref(), at)?;
        if let Some(by) = &by {
            note_starter(&mut inputs, by);
        }
        let line = layout.line(&inputs, &environment, at)?;
        let overlap = line.as_ref().map(|line| line.overlap);
        let _one_at_a_time = match overlap {
            Some(Overlap::Join) => Some(self.inner.joining.lock().await),
            _ => None,
        };
        let means = &self.inner.means;
        // An event that a run of this line has taken, and perhaps ended by, starts no other.
        let taken = (line.as_ref())
            .filter(|line| line.overlap == Overlap::Join)
            .zip(brought.as_ref())
            .and_then(|(line, brought)| match brought.arrives {
                Arrives::Before { number } => Some((line.name.clone(), number)),
                _ => None,
            });
        loop {
            if let Some((line, number)) = &taken
                && let Some(run) = self.took(line, *number).await?
            {
                if let Some(cursor) = delivery.and_then(|delivery| delivery.cursor) {
                    means.journal.pass(cursor).await?;
                }
                return Ok(Submitted {
                    run,
                    already_known: false,
                    admission: Admission::Joined,
                });
            }
            let run = self.name();
            let identity = Identity {
                run: run.clone(),
                environment: environment.clone(),
                layout: layout.clone(),
            };
            let mut creation = Creation {
                run: run.clone(),
                plan: plan.clone(),
                environment: environment.clone(),
                inputs: inputs.clone(),
                at,
                delivery: delivery.clone(),
                line: line.clone(),
                parent: parent.clone(),
                first: None,
            };
            if delivery.is_none() && line.is_none() {
                self.begin_alone(identity, creation).await?;
                return Ok(Submitted {
                    run,
                    already_known: false,
                    admission: Admission::Began,
                });
            }
            let (pilot, begins) = Pilot::begin_with(identity, &inputs, at, means.world())?;
            let joins = (overlap == Some(Overlap::Join)).then(|| creation.clone());
            creation.first = begins.first;
            let created = means.journal.create(creation).await;
            if !matches!(created, Ok(Created::New)) {
                // What it would have begun with is for others.
                means.journal.forget(&run);
            }
            let (run, admission) = match created? {
                Created::Known(run) => (run, Admission::Known),
                Created::Skipped { by } => (by, Admission::Skipped),
                Created::New => {
                    self.carry_on(run.clone(), pilot, History::default(), begins.then);
                    (run, Admission::Began)
                }
                Created::Queued { behind } => {
                    // The recursion is one deep: what is ended or taken up here queues nothing.
                    Box::pin(self.queued(&behind, overlap.unwrap_or(Overlap::Wait))).await?;
                    (run, Admission::Queued)
                }
                Created::Joins(run) => {
                    let (arrival, delivery) = joins
                        .map(|creation| handed_over(&creation, brought.as_ref()))
                        .unwrap_or_default();
                    let joined = self
                        .ask(&run, |reply| Message::Join(arrival, delivery, reply))
                        .await;
                    match joined {
                        // It ended meanwhile, so the line has moved.
                        Err(problem) if problem.code == codes::S969 => continue,
                        joined => joined?,
                    }
                    (run, Admission::Joined)
                }
            };
            return Ok(Submitted {
                run,
                already_known: admission == Admission::Known,
                admission,
            });
        }
    }

    /// Begins a run that is new whatever the store holds. It is created with its first record where somebody waits
    /// for that; what it reads first shares the wait for the disk with its creation. It is durable when this returns.
    async fn begin_alone(&self, identity: Identity, mut creation: Creation) -> Result<(), Problem> {
        let means = self.means();
        let (run, at) = (creation.run.clone(), creation.at);
        let (mut pilot, actions) = Pilot::start(identity, &creation.inputs, at, means.world())?;
        let mut first = actions.iter();
        if first.any(|action| matches!(action, Action::Write(write) if pilot.awaits(write))) {
            let begins = pilot.created_with(actions);
            creation.first = begins.first;
            let created = means.journal.create(creation).await;
            created.inspect_err(|_| means.journal.forget(&run))?;
            self.carry_on(run, pilot, History::default(), begins.then);
            return Ok(());
        }
        let laid_by = means.journal.lay_by_creation(creation).await;
        let receipt = laid_by.inspect_err(|_| means.journal.forget(&run))?;
        self.take_up(run, pilot, History::default(), actions, true);
        receipt.await.unwrap_or_else(|_| Err(closed()))
    }

    /// The run of a line that has taken this arrival already: it may have ended by it, and others may have
    /// begun since.
    pub(super) async fn took(
        &self,
        line: &Arc<str>,
        arrival: u64,
    ) -> Result<Option<RunId>, Problem> {
        let latest = RunFilter {
            line: Some(line.clone()),
            limit: Some(LOOKED_BACK),
            ..RunFilter::default()
        };
        let took = |event: &Event| matches!(event, Event::Arrived { arrival: took, .. } if took.number == arrival);
        for summary in self.runs(latest).await? {
            let stored = self.load(&summary.run).await?;
            if stored.events.iter().any(took) {
                return Ok(Some(summary.run));
            }
        }
        Ok(None)
    }

    /// The plan that new runs of a playbook take.
    pub(super) fn current(&self, playbook: &str) -> Option<Arc<Plan>> {
        let playbooks = self
            .inner
            .playbooks
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        playbooks.as_ref()?.current(playbook)
    }

    /// The inputs that a step gives to another playbook.
    pub(super) fn arguments(&self, call: &StepCall) -> Result<Record, Problem> {
        let StepKind::Work(Work::Playbook { arguments, .. }) = &call.step.kind else {
            return Ok(Record::default());
        };
        self.layout(&call.plan)?
            .arguments(arguments, &call.scope, call.now)
    }

    pub(super) fn name(&self) -> RunId {
        let mut names = self
            .inner
            .names
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Two runs of one millisecond still sort in the order in which they were named.
        let name = names.generate().unwrap_or_else(|_| ulid::Ulid::generate());
        RunId(name.to_string().into())
    }
}

/// What a run that a delivery joins is handed: what the delivery brings, where that is not among what came
/// in already, and its key.
fn handed_over(
    creation: &Creation,
    brought: Option<&Brought>,
) -> (Option<Box<NewArrival>>, Option<Delivery>) {
    let Creation {
        run,
        plan,
        environment,
        inputs,
        at,
        delivery,
        ..
    } = creation;
    let trigger = brought.and_then(|brought| plan.triggers.get(brought.trigger));
    let (event, value, arrives) = match (brought, trigger) {
        (Some(brought), Some(trigger)) => (
            event_name(&trigger.kind),
            brought.value.clone(),
            &brought.arrives,
        ),
        _ => (
            "on request".into(),
            Value::Record(Arc::new(inputs.clone())),
            &Arrives::WithTheRun,
        ),
    };
    let key = match (arrives, delivery) {
        (Arrives::Before { .. }, _) => return (None, delivery.clone()),
        (Arrives::Under(key), _) => key.clone(),
        (Arrives::WithTheRun, Some(delivery)) => delivery.key.clone(),
        // Nobody sends it twice.
        (Arrives::WithTheRun, None) => run.0.clone(),
    };
    let arrival = NewArrival {
        environment: environment.clone(),
        event,
        key: in_environment(environment, &key),
        value,
        at: *at,
    };
    (Some(Box::new(arrival)), delivery.clone())
}
