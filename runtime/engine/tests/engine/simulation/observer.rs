//! Who looks on in a simulation: it grants places, remembers what the outside did, and holds every attempt and
//! every effect to what is promised.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use sophia_engine::driver::Action;
use sophia_engine::kernel::Event;
use sophia_engine::limits::Limits;
use sophia_engine::{Act, RunId, StepCall, StepOutcome, StepRunner};
use sophia_plan::step::Unsure;
use sophia_plan::{Plan, StepKind, Work};

use crate::world::{Around, InMemory, Stage};

use super::dice::Dice;
use super::places::Places;

/// Which effects the other side takes under keys: by the step's name, so that it is the same always.
pub struct Outside;

#[async_trait]
impl StepRunner for Outside {
    async fn run(&self, _: StepCall) -> StepOutcome {
        std::future::pending().await
    }

    fn repeatable(&self, call: &StepCall) -> bool {
        !is_effect(call) || call.step.name.len().is_multiple_of(2)
    }
}

pub fn is_effect(call: &StepCall) -> bool {
    matches!(&call.step.kind, StepKind::Work(work @ Work::Tool { .. }) if work.is_effect())
}

/// A step of a run, by its key.
pub(super) type Place = (RunId, Arc<str>);

/// What is known of a simulation beside its runs.
pub struct Observer {
    pub(super) dice: Dice,
    /// Who holds a place, and who waits for one.
    pub(super) places: Places,
    /// How often a person had an ended run go on.
    pub retries: u64,
    /// How often the outside did something, under which key.
    pub(super) done_outside: BTreeMap<Place, u32>,
    pub(super) keys: BTreeMap<Place, Arc<str>>,
    /// Whether an action may be tried again.
    pub(super) tries: bool,
    /// The keys under which the outside did something.
    taken: BTreeSet<Arc<str>>,
    /// What steps said that they wait for, for the message of a failed check.
    pub(super) waits: BTreeMap<Place, String>,
    /// Where a person decided to do it again.
    pub(super) may_double: BTreeSet<Place>,
}

impl Observer {
    pub fn new(dice: Dice, places: Places, plan: &Plan) -> Self {
        Self {
            dice,
            places,
            retries: 0,
            done_outside: BTreeMap::new(),
            keys: BTreeMap::new(),
            tries: plan.steps().iter().any(|step| {
                matches!(step.kind, StepKind::Action { .. }) && step.policy.retry.is_some()
            }),
            taken: BTreeSet::new(),
            waits: BTreeMap::new(),
            may_double: BTreeSet::new(),
        }
    }
}

/// A world that is watched.
pub type Watched = Stage<InMemory, Observer>;

impl Around<InMemory> for Observer {
    fn limits(&self) -> &Limits {
        &self.places.limits
    }

    fn before(stage: &mut Watched, run: &RunId, action: &Action) {
        let now = stage.now;
        let places = &mut stage.around.places;
        match action {
            Action::Attempt(call) => stage.check_attempt(run, call),
            Action::Abandon { key } => {
                places.leave(run, key);
                let gone = (stage.attempts.iter())
                    .filter(|(of, call)| of == run && call.key == *key)
                    .cloned()
                    .collect();
                stage.cut_off(gone);
            }
            Action::TellWait(wait) => {
                let place = (run.clone(), wait.key.clone());
                stage.around.waits.insert(place, wait.reason.clone());
            }
            Action::AskPlace(asked) => places.ask(run, (**asked).clone(), now),
            Action::LeavePlace { key } | Action::GiveBackPlace { key } => places.leave(run, key),
            Action::Write(_)
            | Action::Sleep { .. }
            | Action::Grace { .. }
            | Action::Tell(_)
            | Action::Stand(_)
            | Action::Playbook(_)
            | Action::EndPlaybook { .. } => {}
        }
    }

    fn after(stage: &Watched, _: &RunId) {
        stage.around.places.check(|of, key, attempt| {
            let pilot = stage.pilots.get(of);
            pilot.is_some_and(|pilot| match key {
                "" => pilot.state().is_busy(),
                key => pilot.state().expects(key, attempt),
            })
        });
    }
}

impl Watched {
    /// Attempts that nobody waits for any more may have done their work all the same.
    pub(super) fn cut_off(&mut self, attempts: Vec<(RunId, StepCall)>) {
        for (run, call) in attempts {
            if is_effect(&call) && self.around.dice.chance(50) {
                self.do_outside(&run, &call);
            }
        }
    }

    pub(super) fn do_outside(&mut self, run: &RunId, call: &StepCall) {
        let place = (run.clone(), call.key.clone());
        if !self.around.taken.insert(call.idempotency_key.clone()) && Outside.repeatable(call) {
            // The other side knows the key and does nothing.
            return;
        }
        let undo: Arc<str> = format!("{}/undo", call.key).into();
        let undone = self.around.done_outside.get(&(run.clone(), undo)).copied();
        let durable = self.durable(run);
        let count = self.around.done_outside.entry(place.clone()).or_default();
        *count += 1;
        // What was taken back may be done anew, and so may what takes it back and what follows a failure.
        let undoes = call.key.ends_with("/undo") && (self.around.retries > 0 || self.around.tries);
        let follows = call.key.starts_with("on failure/") && self.around.retries > 0;
        assert!(
            *count == 1 + undone.unwrap_or(0)
                || undoes
                || follows
                || call.step.policy.unsure == Unsure::Retry
                || self.around.may_double.contains(&place),
            "{place:?} happened {count} times: {durable:#?}"
        );
    }

    pub fn durable(&self, run: &RunId) -> Vec<Event> {
        self.stored(run).events
    }

    fn check_attempt(&mut self, run: &RunId, call: &StepCall) {
        let durable = self.durable(run);
        // Since a person had the run go on.
        let begins = durable.iter().rposition(goes_on_again);
        let durable = &durable[begins.map_or(0, |begins| begins + 1)..];
        // What was taken back is another effect when it is done anew.
        let undo: Arc<str> = format!("{}/undo", call.key).into();
        let done = |of: &Arc<str>| durable.iter().rposition(|event| ends(event, of));
        let anew = done(&undo).is_some() && done(&undo) > done(&call.key);
        let undone = durable.iter().filter(|event| ends(event, &undo)).count();
        let own = durable
            .iter()
            .filter(|event| ends(event, &call.key))
            .count();
        let times = if call.key.ends_with("/undo") {
            own
        } else {
            undone
        };
        let place = (run.clone(), format!("{} {times}", call.key).into());
        let known = self
            .around
            .keys
            .entry(place)
            .or_insert_with(|| call.idempotency_key.clone());
        assert_eq!(
            *known, call.idempotency_key,
            "one step, one idempotency key"
        );
        // What an action reads it reads anew in a further attempt.
        let rereads = self.around.tries && !is_effect(call);
        let takes_back = self.around.tries && call.key.ends_with("/undo");
        assert!(
            anew || rereads || takes_back || done(&call.key).is_none(),
            "{} has a durable result and runs again",
            call.key
        );
        if is_effect(call) {
            let intended = durable.iter().any(|event| {
                matches!(event, Event::Started { key, attempt, .. }
                    if *key == call.key && *attempt == call.attempt)
            });
            assert!(
                intended,
                "{} is sent before its intent is durable",
                call.key
            );
        }
    }
}

/// Whether a run that had ended goes on by this.
pub(super) fn goes_on_again(event: &Event) -> bool {
    matches!(
        event,
        Event::Acted {
            act: Act::Retries { .. } | Act::Skips { .. },
            ..
        }
    )
}

pub(super) fn ends(event: &Event, of: &Arc<str>) -> bool {
    matches!(event, Event::Done { key, .. } | Event::Suppressed { key, .. } if key == of)
}
