//! What a run's steps came to, gathered from its journal, so that a run can go on after its end.
//!
//! Kept true here: what a step came to stands until a person has it run again, or what was done is no
//! longer there because it was taken back; a finished effect is let go only where a person names it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::step::Otherwise;
use sophia_plan::{EndKind, Step, StepKind, Value, Work};

use super::command::{Command, Happening, StepEnd};
use super::event::{Act, Decision, Event, Failure};
use super::layout::Layout;
use super::reach::{Held, Reach, Way, plain};

/// What a run's steps came to.
#[derive(Debug, Default)]
pub struct Past {
    steps: BTreeMap<Arc<str>, Entry>,
    /// How many effects have happened.
    pub(super) happened: u64,
}

#[derive(Debug)]
struct Entry {
    step: Arc<Step>,
    kept: Kept,
    /// The block that took it back.
    taken_back: Option<Arc<str>>,
}

/// What is known of a step that began.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kept {
    /// When it began: what its expressions saw. Nothing where they see the present instead.
    pub(crate) at: Option<Timestamp>,
    pub(crate) attempts: u32,
    /// How often it was done before what it did was to be done anew.
    pub(crate) times: u32,
    pub(crate) ended: Option<Came>,
    /// Why it failed, where its `otherwise` block follows.
    pub(crate) gave_up: Option<Failure>,
    /// The way of a `wait for first` that was taken, and what came in.
    pub(crate) way: Option<(usize, Option<Value>)>,
    /// The latest round of a `repeat`.
    pub(crate) rounds: u32,
    /// The items of a loop.
    pub(crate) items: Option<Arc<Vec<Value>>>,
    /// Who had it left out, and the value that stands in for its result.
    pub(crate) skip: Option<(Arc<str>, Value)>,
    /// What is known of an effect about which a person decides.
    pub(crate) asks: Option<Failure>,
    /// What is known of an effect that may have happened, while a value stands in for it.
    pub(crate) unknown: Option<Failure>,
    pub(crate) claim: Option<Arc<str>>,
    /// Whether a person took it as done, and nobody knows what came of it.
    pub(crate) unsure: bool,
    /// Whether it is known already how it is taken back.
    pub(crate) noted: bool,
    /// A later effect has a higher number.
    pub(crate) order: u64,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Came {
    pub(crate) how: StepEnd,
    pub(crate) value: Option<Value>,
    pub(crate) at: Timestamp,
}

/// What a run that goes on after its end must know besides what people are told.
#[derive(Clone, Debug, PartialEq)]
pub enum Memory {
    /// A step failed for good, and its `otherwise` block follows.
    GaveUp {
        /// The step.
        key: Arc<str>,
        /// Why.
        failure: Failure,
    },
    /// A `wait for first` took this way.
    Took {
        /// The step.
        key: Arc<str>,
        /// Which, from 0.
        way: usize,
        /// What came in.
        came: Option<Value>,
    },
    /// A loop began.
    Loops {
        /// The step.
        key: Arc<str>,
        /// Its items.
        items: Arc<Vec<Value>>,
    },
    /// An effect was taken back.
    TakenBack {
        /// The effect.
        key: Arc<str>,
        /// The block that failed.
        block: Arc<str>,
    },
}

impl Entry {
    fn is_effect(&self) -> bool {
        matches!(&self.step.kind, StepKind::Work(work) if work.is_effect())
    }

    /// Whether what it came to is its own, instead of that of steps which it holds.
    fn is_leaf(&self) -> bool {
        let single = matches!(
            self.step.kind,
            StepKind::Work(_) | StepKind::Ask(_) | StepKind::Wait(_) | StepKind::End { .. }
        );
        single && self.kept.gave_up.is_none() && self.kept.way.is_none()
    }

    /// Whether what surrounds it ended before it did.
    fn was_let_go(&self) -> bool {
        let came = self.kept.ended.as_ref();
        came.is_none_or(|came| came.how == StepEnd::LetGo)
    }

    /// Whether it is an effect that happened, as far as anybody knows.
    fn is_finished_effect(&self) -> bool {
        self.is_effect()
            && self.taken_back.is_none()
            && self.kept.ended.as_ref().is_some_and(|came| {
                matches!(came.how, StepEnd::Done)
                    || matches!((&came.how, &came.value), (StepEnd::Unsure(_), Some(_)))
            })
    }

    /// Whether the run, or the block in which that ends, failed by it.
    fn failed(&self) -> bool {
        let Some(came) = &self.kept.ended else {
            return false;
        };
        let fails = |kind: &EndKind| *kind == EndKind::Fail;
        match &came.how {
            StepEnd::Failed(_) => true,
            StepEnd::Unsure(_) => came.value.is_none(),
            StepEnd::Ended(_) => match (&self.step.kind, &self.step.policy.otherwise) {
                (StepKind::End { kind, .. }, _) | (_, Some(Otherwise::End { kind, .. })) => {
                    fails(kind)
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// It runs anew.
    fn let_go(&mut self) {
        let finished = self.taken_back.is_some() || self.is_finished_effect();
        let kept = &mut self.kept;
        let unknown = kept.ended.as_ref().and_then(|came| match &came.how {
            StepEnd::Unsure(failure) if came.value.is_none() => Some(failure.clone()),
            _ => None,
        });
        kept.asks = unknown.or(kept.unknown.take()).or(kept.asks.take());
        if finished {
            kept.times += 1;
            kept.asks = None;
            kept.claim = None;
        } else if matches!(&self.step.kind, StepKind::Work(Work::Playbook { .. })) {
            // The run that it started goes on, instead of another.
            kept.attempts = kept.attempts.saturating_sub(1);
        }
        kept.at = None;
        kept.ended = None;
        kept.gave_up = None;
        kept.way = None;
        kept.rounds = 0;
        kept.unsure = false;
        self.taken_back = None;
    }
}

impl Past {
    /// Takes what an event led to.
    pub(super) fn take(&mut self, event: Option<&Event>, commands: &[Command]) {
        for command in commands {
            let mut anew = None;
            match command {
                Command::Tell(notice) => {
                    let entry = self
                        .steps
                        .entry(notice.key.clone())
                        .or_insert_with(|| Entry {
                            step: notice.step.clone(),
                            kept: Kept::default(),
                            taken_back: None,
                        });
                    let effect = entry.is_effect();
                    let kept = &mut entry.kept;
                    match &notice.what {
                        Happening::Started { attempt } => {
                            // A further attempt at what it stands in does it anew.
                            if entry.taken_back.take().is_some() {
                                kept.times += 1;
                                anew = Some(notice);
                            }
                            kept.at.get_or_insert(notice.at);
                            kept.attempts = kept.attempts.max(*attempt);
                            kept.ended = None;
                            kept.gave_up = None;
                            kept.asks = None;
                            kept.unknown = None;
                        }
                        Happening::Retries { attempt, .. } => {
                            kept.attempts = kept.attempts.max(*attempt);
                        }
                        Happening::Waits(_) | Happening::Chosen { .. } => {
                            kept.at.get_or_insert(notice.at);
                            kept.ended = None;
                        }
                        Happening::Round { number, .. } => kept.rounds = *number,
                        Happening::Ended { how, value, .. } => {
                            kept.at.get_or_insert(notice.at);
                            kept.skip = None;
                            if !matches!(how, StepEnd::Skipped { .. }) {
                                kept.unknown = None;
                            }
                            kept.ended = Some(Came {
                                how: how.clone(),
                                value: value.clone(),
                                at: notice.at,
                            });
                            if effect {
                                kept.order = self.happened;
                                self.happened += 1;
                            }
                        }
                        Happening::Asks { failure } => kept.unknown = Some(failure.clone()),
                        Happening::Question(_) | Happening::Items { .. } => {}
                    }
                }
                Command::Remember(memory) => self.remember(memory),
                _ => {}
            }
            if let Some(notice) = anew {
                self.let_go_with(&notice.key, &notice.step);
            }
        }
        match event {
            Some(Event::Started { key, claim, .. }) => {
                if let Some(entry) = self.steps.get_mut(key) {
                    entry.kept.claim.clone_from(claim);
                }
            }
            Some(
                Event::Settled {
                    key,
                    decision: Decision::Skip,
                    ..
                }
                | Event::Acted {
                    act:
                        Act::Decides {
                            key,
                            decision: Decision::Skip,
                        },
                    ..
                },
            ) => {
                if let Some(entry) = self.steps.get_mut(key) {
                    entry.kept.unsure = true;
                }
            }
            _ => {}
        }
    }

    /// What goes with a step that is done anew after it was taken back: what takes it back, and all that it holds.
    fn let_go_with(&mut self, key: &str, step: &Step) {
        let undo = format!("{key}/undo");
        let held = Held::by(key, step);
        for (of, entry) in &mut self.steps {
            if **of == *undo || held.covers(of) {
                entry.let_go();
            }
        }
    }

    fn remember(&mut self, memory: &Memory) {
        let key = match memory {
            Memory::GaveUp { key, .. }
            | Memory::Took { key, .. }
            | Memory::Loops { key, .. }
            | Memory::TakenBack { key, .. } => key,
        };
        // Each of them was told of before.
        let Some(entry) = self.steps.get_mut(key) else {
            return;
        };
        match memory {
            Memory::GaveUp { failure, .. } => entry.kept.gave_up = Some(failure.clone()),
            Memory::Took { way, came, .. } => entry.kept.way = Some((*way, came.clone())),
            Memory::Loops { items, .. } => entry.kept.items = Some(items.clone()),
            Memory::TakenBack { block, .. } => entry.taken_back = Some(block.clone()),
        }
    }

    /// The step of a key that began.
    #[must_use]
    pub fn step(&self, key: &str) -> Option<&Arc<Step>> {
        self.steps.get(key).map(|entry| &entry.step)
    }

    /// Whether what a step of a run that has ended came to is a failure, so that a value may stand in for it.
    #[must_use]
    pub fn may_be_left_out(&self, layout: &Layout, key: &str) -> bool {
        self.steps.get(key).is_some_and(|entry| {
            matches!(entry.step.kind, StepKind::Work(_) | StepKind::Wait(_))
                && entry.is_leaf()
                && (entry.failed() || entry.was_let_go())
                && Way::to(layout, key).is_some_and(|way| way.ends_in().is_none())
        })
    }

    /// Whether a run that has ended may go on from a step, with these effects done again.
    ///
    /// # Errors
    /// S904 when the step never began or runs by itself, or a finished effect is not named.
    pub fn goes_on_from(
        &self,
        layout: &Layout,
        from: &str,
        again: &[Arc<str>],
    ) -> Result<(), Problem> {
        let inside = format!("{from}/");
        let began =
            self.steps.contains_key(from) || self.steps.keys().any(|key| key.starts_with(&inside));
        let Some(way) = Way::to(layout, from).filter(|_| began) else {
            return Err(Problem::new(
                codes::S904,
                format!("There is no step `{from}` that this run has come to."),
            )
            .with_help(
                "`sophia runs show RUN --all` shows the names; undo and `on failure` run by themselves",
            ));
        };
        let reach = Reach::of(layout, &way);
        for key in again {
            let finished = self.steps.get(key).is_some_and(Entry::is_finished_effect);
            if !finished || !reach.covers(key) {
                return Err(Problem::new(
                    codes::S904,
                    format!("`{key}` is no finished effect that rests on `{from}`."),
                )
                .with_help("name finished effects alone with --again"));
            }
        }
        let own = self.steps.get(from).filter(|own| own.is_finished_effect());
        if own.is_some() && !again.iter().any(|key| **key == *from) {
            return Err(Problem::new(
                codes::S904,
                format!("`{from}` has been done, and would be done a second time."),
            )
            .with_help(format!("add --again '{from}' where that is meant")));
        }
        Ok(())
    }

    /// What a person wants done anew is let go, and with it what failed.
    pub(super) fn let_go(&mut self, layout: &Layout, by: &Arc<str>, act: &Act) {
        let (from, again) = match act {
            Act::Retries { from, again, .. } => (from.as_ref(), &again[..]),
            _ => (None, &[][..]),
        };
        let way = from.and_then(|from| Way::to(layout, from));
        let reach = way.as_ref().map(|way| Reach::of(layout, way));
        let reach = reach.unwrap_or_default();
        // A failure that ended in a block stays, unless the step to go on from stands in that block.
        let stays = |ends: Option<String>| ends.is_some_and(|block| !reach.inside.contains(&block));
        let mut reopened = BTreeSet::new();
        if let Some(way) = &way {
            reopened.extend(way.around());
        }
        let mut gone = Vec::new();
        for (key, entry) in &self.steps {
            let covered = reach.covers(key);
            let undo = plain(key).ends_with("/undo");
            let found = Way::to(layout, key);
            let anew = match &found {
                // What followed an earlier failure follows the next one anew; undos go with their effects.
                None => !undo,
                Some(_) if covered && entry.is_finished_effect() => again.contains(key),
                Some(_) if covered => true,
                Some(way) => {
                    if let Some(block) = &entry.taken_back {
                        !stays(way.ends_around(block))
                    } else {
                        let failed = entry.failed() && !stays(way.ends_in());
                        entry.is_leaf() && (failed || entry.was_let_go())
                    }
                }
            };
            if anew {
                gone.push(key.clone());
                if let Some(way) = &found {
                    reopened.extend(way.around());
                }
            }
        }
        // What was taken back as one is gone with all that it holds.
        let held: Vec<Held> = (gone.iter())
            .filter_map(|key| Some((key, self.steps.get(key)?)))
            .filter(|(_, entry)| entry.taken_back.is_some())
            .map(|(key, entry)| Held::by(key, &entry.step))
            .collect();
        let inside = |key: &&Arc<str>| held.iter().any(|held| held.covers(key));
        let inside: Vec<Arc<str>> = self.steps.keys().filter(inside).cloned().collect();
        for key in gone.into_iter().chain(inside) {
            if let Some(entry) = self.steps.get_mut(&key) {
                entry.let_go();
            }
            if let Some(undo) = self.steps.get_mut(&*format!("{key}/undo")) {
                undo.let_go();
            }
        }
        for (key, entry) in &mut self.steps {
            let failed = !matches!(
                &entry.kept.ended,
                Some(Came {
                    how: StepEnd::Done
                        | StepEnd::Otherwise(_)
                        | StepEnd::Ended(_)
                        | StepEnd::Skipped { .. }
                        | StepEnd::Suppressed { .. },
                    ..
                })
            );
            // What stood in for a step that a further attempt did stands in it no more.
            if !entry.is_leaf() && (failed || reopened.contains(&**key)) {
                entry.kept.ended = None;
            }
            if let Some(round) = reach.rounds.get(&**key) {
                entry.kept.rounds = *round;
            }
        }
        if let Act::Skips { key, value, .. } = act
            && let Some(entry) = self.steps.get_mut(key)
        {
            entry.kept.unknown = entry.kept.asks.take();
            entry.kept.skip = Some((by.clone(), value.clone()));
        }
    }

    /// What the steps take up as they begin.
    pub(super) fn kept(&self) -> BTreeMap<Arc<str>, Kept> {
        let steps = self.steps.iter();
        steps
            .map(|(key, entry)| (key.clone(), entry.kept.clone()))
            .collect()
    }
}
