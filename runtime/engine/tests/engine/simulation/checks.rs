//! What must hold at the end of a simulation, whatever happened.
//!
//! Every run ended; no step has two results; a claim is acknowledged once, unless its effect was taken
//! back; what is taken back had happened, the latest first and once; what failed outside every loop, `try`
//! and caught action was taken back where the run failed, and never where it ended otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sophia_engine::journal::StoredRun;
use sophia_engine::kernel::{Command, Event, apply, start};
use sophia_engine::replay::{compare, replay};
use sophia_engine::{Act, Decision, RunId, RunOutcome};
use sophia_plan::step::Otherwise;
use sophia_plan::{Block, Record, Step, StepKind};

use super::observer::{Watched, goes_on_again};

impl Watched {
    /// How many effects happened, and how many of them were taken back.
    pub fn happened(&self) -> [u64; 2] {
        let (undos, effects): (Vec<_>, Vec<_>) = self
            .around
            .done_outside
            .keys()
            .partition(|(_, key)| undone(key).is_some());
        [effects.len() as u64, undos.len() as u64]
    }

    pub(super) fn check_end(&self) {
        let mut acknowledged = BTreeMap::<Arc<str>, i64>::new();
        for run in &self.runs {
            let stored = self.stored(run);
            assert!(
                stored.summary.status.is_final(),
                "{run} neither ends nor waits for anything: {:?}\n{:?}\n{:#?}",
                self.pilots
                    .get(run)
                    .map(sophia_engine::driver::Pilot::state),
                self.around.waits,
                self.runs
                    .iter()
                    .map(|run| self.durable(run))
                    .collect::<Vec<_>>()
            );
            let mut claims = BTreeMap::new();
            let mut results = BTreeSet::<Arc<str>>::new();
            let mut doubled = BTreeSet::<Arc<str>>::new();
            let mut sent = BTreeSet::<Arc<str>>::new();
            for event in &stored.events {
                match event {
                    Event::Acted {
                        act: Act::Retries { again, .. },
                        ..
                    } => {
                        // An effect that is done stays done, unless it was taken back or is named.
                        doubled.extend(again.iter().cloned());
                        let undos: BTreeSet<Arc<str>> = (results.iter())
                            .filter_map(|key| undone(key))
                            .map(Arc::from)
                            .collect();
                        results.retain(|key| {
                            sent.contains(key)
                                && undone(key).is_none()
                                && !key.starts_with("on failure/")
                                && !undos.contains(key)
                                && !doubled.contains(key)
                        });
                    }
                    Event::Acted {
                        act: Act::Skips { .. },
                        ..
                    } => results.clear(),
                    Event::Started {
                        key,
                        claim: Some(claim),
                        ..
                    } => {
                        claims.insert(key.clone(), claim.clone());
                        sent.insert(key.clone());
                    }
                    Event::Started {
                        key, claim: None, ..
                    } => {
                        sent.insert(key.clone());
                    }
                    Event::Done { key, .. } => {
                        // What was taken back may happen again, and so may its undo; what is read may
                        // be read anew by a further attempt at an action.
                        if let Some(effect) = undone(key) {
                            results.remove(effect);
                        } else {
                            results.remove(&*format!("{key}/undo"));
                        }
                        let rereads = self.around.tries && !sent.contains(key);
                        assert!(
                            results.insert(key.clone()) || rereads,
                            "{run}: {key} has two results: {:#?}",
                            stored.events
                        );
                        if let Some(claim) = claims.get(key) {
                            *acknowledged.entry(claim.clone()).or_default() += 1;
                        }
                        // What was taken back may happen again.
                        if let Some(claim) = undone(key).and_then(|of| claims.get(of)) {
                            *acknowledged.entry(claim.clone()).or_default() -= 1;
                        }
                    }
                    // A person says that it is taken back.
                    Event::Settled {
                        key,
                        decision: Decision::Skip,
                        ..
                    } => {
                        if let Some(effect) = undone(key) {
                            results.remove(effect);
                            if let Some(claim) = claims.get(effect) {
                                *acknowledged.entry(claim.clone()).or_default() -= 1;
                            }
                        }
                    }
                    Event::Suppressed { key, .. } => {
                        // Nothing happened; where a person has it run again it may come out so again, and so
                        // in a further attempt at an action, where the one before was let go in that moment.
                        let again = self.around.tries || stored.events.iter().any(goes_on_again);
                        let first = results.insert(key.clone());
                        // It stands no longer for an attempt before, which was taken back.
                        sent.remove(key);
                        assert!(
                            first || again,
                            "{run}: {key} has two results: {:#?}",
                            stored.events
                        );
                    }
                    _ => {}
                }
            }
            if !stored.events.iter().any(goes_on_again) {
                self.check_undo(run, &stored.events, stored.summary.created);
            }
            repeats(&stored);
        }
        for (claim, count) in acknowledged {
            assert!(count <= 1, "{claim} was acknowledged {count} times");
        }
    }

    /// Whether it is the call of an action, which is taken back as one.
    fn is_action(&self, key: &str) -> bool {
        let plan = self.layout.plan();
        let mut name = key.to_owned();
        while let (Some(from), Some(to)) = (name.find('['), name.find(']')) {
            name.replace_range(from..=to, "");
        }
        let step = plan.steps().into_iter().find(|step| *step.name == *name);
        step.is_some_and(|step| matches!(step.kind, StepKind::Action { .. }))
    }

    fn check_undo(&self, run: &RunId, events: &[Event], created: jiff::Timestamp) {
        let (mut state, mut commands) = start(&self.layout, &Record::default(), created);
        let mut steps = BTreeMap::<Arc<str>, Arc<Step>>::new();
        let mut done = BTreeMap::<Arc<str>, usize>::new();
        let mut taken = BTreeSet::<Arc<str>>::new();
        // The last effect that a block took back.
        let mut latest = BTreeMap::<u32, Arc<str>>::new();
        for (place, event) in events.iter().enumerate() {
            commands.extend(apply(&self.layout, &mut state, event));
            for command in commands.drain(..) {
                if let Command::Start(start) = command {
                    steps.insert(start.key.clone(), start.step.clone());
                }
            }
            if let Event::Done { key, .. } = event {
                done.insert(key.clone(), place);
                taken.remove(key);
            }
            for (block, effect) in state.taking_back() {
                let before = latest.insert(block, effect.clone());
                if before.as_ref() == Some(effect) {
                    continue;
                }
                let happened = done.get(effect);
                if happened.is_none() && self.is_action(effect) {
                    continue;
                }
                assert!(happened.is_some(), "{run}: {effect} never happened");
                assert!(
                    taken.insert(effect.clone()),
                    "{run}: {effect} is taken back twice"
                );
                if let Some(before) = before {
                    assert!(
                        done.get(&before) > happened,
                        "{run}: {effect} is taken back after {before}, which happened before it"
                    );
                }
            }
        }
        if events
            .iter()
            .any(|event| matches!(event, Event::Cancelled { .. }))
        {
            return;
        }
        let failed = matches!(
            state.outcome().cloned().map(RunOutcome::from),
            Some(RunOutcome::Failed(_))
        );
        let mut outermost = BTreeSet::new();
        collect(&self.layout.plan().body, &mut outermost);
        for key in done.keys() {
            let Some(step) = steps.get(key) else { continue };
            if step.policy.undo.is_some() && outermost.contains(&step.name) {
                assert_eq!(
                    taken.contains(key),
                    failed,
                    "{run}: whether {key} is taken back"
                );
            }
        }
    }
}

/// A record carried out again gives itself, by its own version and by an equal one.
pub fn repeats(stored: &StoredRun) {
    let run = &stored.summary.run;
    match replay(stored.clone()) {
        Ok(again) => assert_eq!(again.events, stored.events.len()),
        Err(problem) => panic!(
            "{run}: {problem}: {:?}\n{:#?}",
            problem.causes, stored.events
        ),
    }
    let other = match compare(stored.clone(), &stored.plan) {
        // It went on after its end, or an action is tried as a whole.
        Err(problem)
            if stored.events.iter().any(goes_on_again)
                || stored.plan.steps().into_iter().any(Step::is_tried_whole) =>
        {
            return assert_eq!(problem.code.as_str(), "S907");
        }
        other => other.unwrap(),
    };
    assert!(
        other.differences.is_empty() && other.assumed.is_empty(),
        "{run}: {:?}\n{:#?}\n{:#?}",
        (other.differences.iter())
            .map(|found| (&found.key, &found.what))
            .collect::<Vec<_>>(),
        stored.events,
        other.events,
    );
    if stored.summary.status.is_final() {
        assert!(other.unanswered.is_empty(), "{run}: {:?}", other.unanswered);
    }
    assert_eq!(
        other.outcome.map(|outcome| outcome.status()),
        Some(stored.summary.status).filter(|status| status.is_final()),
        "{run}: {:#?}",
        stored.events
    );
}

/// The effect that a step takes back.
pub(super) fn undone(key: &str) -> Option<&str> {
    key.strip_suffix("/undo")
}

/// The names of the steps for which only the run itself answers.
fn collect(block: &Block, names: &mut BTreeSet<Arc<str>>) {
    for (_, step) in block.steps() {
        names.insert(step.name.clone());
        if let Some(Otherwise::Block(block)) = &step.policy.otherwise {
            collect(block, names);
        }
        match &step.kind {
            StepKind::Branch {
                then, otherwise, ..
            } => {
                collect(then, names);
                collect(otherwise, names);
            }
            StepKind::Match {
                arms, otherwise, ..
            } => {
                for block in arms.iter().map(|arm| &arm.body).chain(otherwise) {
                    collect(block, names);
                }
            }
            StepKind::Repeat { body, .. } | StepKind::Together { body } => collect(body, names),
            StepKind::Action { body, .. }
                if step.policy.otherwise.is_none() && step.policy.undo.is_none() =>
            {
                collect(body, names);
            }
            StepKind::Try { otherwise, .. } => collect(otherwise, names),
            _ => {}
        }
    }
}
