//! Steps that may not begin before there is a place for them.
//!
//! Kept true here: an effect takes neither its claim nor its intent before its place has come, so a crash
//! while it waits leaves nothing unsure; a run that only waits holds no place among the runs of its playbook.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_diagnostics::Problem;
use sophia_plan::StepKind;

use super::pilot::{Pilot, Turn};
use super::playbook::starts_playbook;
use super::protocol::{Action, PlaceAsked, World};
use crate::kernel::{Start, under_way};

/// What of a run waits for places.
#[derive(Debug, Default)]
pub(super) struct Admission {
    run: RunPlace,
    /// Steps that wait until the run has its place.
    for_run: BTreeMap<Arc<str>, Start>,
    /// Steps that wait for places of their own.
    for_step: BTreeMap<Arc<str>, Start>,
    /// The step whose place has just come.
    placed: Option<Arc<str>>,
}

/// The place of a run among the runs of its playbook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum RunPlace {
    #[default]
    None,
    Asked,
    Held,
}

impl Pilot {
    /// Whether an attempt has to wait for a place. Then it begins once that has come.
    pub(super) fn waits_for_place(
        &mut self,
        start: &Start,
        turn: &mut Turn,
        world: World<'_>,
    ) -> bool {
        if !world.limits.any() {
            return false;
        }
        let work = match &start.step.kind {
            StepKind::Work(work) => Some(work),
            // Its claim is not held while the run has no place.
            StepKind::Action { .. } => None,
            _ => return false,
        };
        // A run that goes on waiting for another one does nothing.
        if start.intended && starts_playbook(start) {
            return false;
        }
        let plan = self.identity.layout.plan();
        if self.admission.run != RunPlace::Held {
            let places = world.limits.of_run(plan, &self.state.inputs);
            if !places.is_empty() {
                if self.admission.run == RunPlace::None {
                    self.admission.run = RunPlace::Asked;
                    turn.actions.push(Action::AskPlace(Box::new(PlaceAsked {
                        key: "".into(),
                        attempt: 0,
                        playbook: plan.playbook.clone(),
                        label: plan.playbook.clone(),
                        line: 0,
                        places,
                        deadline: None,
                    })));
                }
                let key = start.key.clone();
                self.admission.for_run.insert(key, start.clone());
                return true;
            }
        }
        let Some(work) = work else {
            return false;
        };
        if self.admission.placed.as_ref() == Some(&start.key) {
            return false;
        }
        let places = world.limits.of_work(plan, work);
        if places.is_empty() {
            return false;
        }
        turn.actions.push(Action::AskPlace(Box::new(PlaceAsked {
            key: start.key.clone(),
            attempt: start.attempt,
            playbook: plan.playbook.clone(),
            label: start.step.label.clone(),
            line: start.step.origin.line,
            places,
            deadline: self.call(start).deadline,
        })));
        let key = start.key.clone();
        self.admission.for_step.insert(key, start.clone());
        true
    }

    /// A place has come: of a step, or of the run itself.
    pub(super) fn placed(
        &mut self,
        key: &Arc<str>,
        attempt: u32,
        turn: &mut Turn,
        world: World<'_>,
    ) -> Result<(), Problem> {
        if key.is_empty() {
            // It may have been given back meanwhile.
            if self.admission.run != RunPlace::Asked {
                return Ok(());
            }
            self.admission.run = RunPlace::Held;
            for (_, start) in std::mem::take(&mut self.admission.for_run) {
                self.begin(start, turn, world)?;
            }
            return Ok(());
        }
        let start = self.admission.for_step.remove(key);
        let expected = |start: &Start| start.attempt == attempt && self.state.expects(key, attempt);
        let Some(start) = start.filter(expected) else {
            turn.actions
                .push(Action::GiveBackPlace { key: key.clone() });
            return Ok(());
        };
        self.admission.placed = Some(key.clone());
        let begun = self.begin(start, turn, world);
        self.admission.placed = None;
        begun
    }

    /// A step does nothing with the place that has come for it.
    pub(super) fn did_nothing(&self, start: &Start, turn: &mut Turn) {
        if self.admission.placed.as_ref() == Some(&start.key) {
            let key = start.key.clone();
            turn.actions.push(Action::GiveBackPlace { key });
        }
    }

    /// A step waits for no place any more.
    pub(super) fn needs_no_place(&mut self, key: &str) {
        self.admission.for_run.remove(key);
        self.admission.for_step.remove(key);
    }

    /// A run that does nothing but wait gives its place to another.
    pub(super) fn leaves_place(&mut self) -> Option<Action> {
        if self.admission.run == RunPlace::None || self.does_something() {
            return None;
        }
        self.admission.run = RunPlace::None;
        Some(Action::LeavePlace { key: "".into() })
    }

    /// A step that waits for another run's claim does nothing: whoever holds that may need this very place.
    fn does_something(&self) -> bool {
        let attempts = self.state.under_way.keys();
        let attempts = attempts.filter(|key| !self.claimless.contains_key(*key));
        let mut attempts =
            attempts.filter_map(|key| under_way(&self.identity.layout, &self.state, key));
        attempts.any(|start| !(start.intended && starts_playbook(&start)))
    }
}
