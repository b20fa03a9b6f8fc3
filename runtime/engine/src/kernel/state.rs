//! The state of a run: which blocks are open, and where each of their steps stands.
//!
//! Kept true here: it is plain data that can be compared; what has ended is let go, so a long loop does
//! not grow it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use sophia_plan::{Record, Scope, Value};

use super::armed::Armed;
use super::ask::Question;
use super::calling::{Deadline, Done};
use super::event::{Failure, Outcome};
use super::past::Kept;
use super::waiting::{Awaited, Waiting};

/// The state of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    pub(crate) began: Timestamp,
    pub(crate) inputs: Scope,
    pub(crate) phase: Phase,
    pub(crate) frames: BTreeMap<FrameId, Frame>,
    pub(crate) next_frame: FrameId,
    /// Work that has begun and not ended, by key.
    pub(crate) under_way: BTreeMap<Arc<str>, Place>,
    /// When effects under way are given up, after a cancellation.
    pub(crate) grace: Option<Timestamp>,
    /// What the run gives back.
    pub(crate) result: Option<Value>,
    /// The number of the next effect that can be taken back.
    pub(crate) next_undo: u64,
    /// What ends the run, or an item, when something comes in.
    pub(crate) armed: Vec<Armed>,
    /// The number of the latest arrival that it took.
    pub(crate) latest_arrival: u64,
    /// Who paused it, while it is paused.
    pub(crate) paused: Option<Arc<str>>,
    /// What steps came to before the run went on after an end; a step that takes it up lets go of it.
    pub(crate) kept: BTreeMap<Arc<str>, Kept>,
    /// When attempts at actions have taken too long, by the action's key.
    pub(crate) deadlines: BTreeMap<Arc<str>, Deadline>,
    /// What actions have done that may be tried again, by the action's key.
    pub(crate) done: BTreeMap<Arc<str>, Done>,
}

/// Where a run stands as a whole.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Phase {
    /// Its steps run.
    Body,
    /// It failed, and `on failure` runs.
    OnFailure(Failure),
    /// It ended.
    Finished(Outcome),
}

pub(crate) type FrameId = u32;

/// A step of an open block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) frame: FrameId,
    pub(crate) node: usize,
}

impl Place {
    /// Where what takes the effects of a block back hangs: at none of the block's own steps.
    pub(crate) fn behind(frame: FrameId) -> Self {
        Self {
            frame,
            node: usize::MAX,
        }
    }
}

/// An open block.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    /// Which block of the layout.
    pub(crate) block: usize,
    /// The step that opened it, and as what; the outermost has none.
    pub(crate) parent: Option<(Place, Role)>,
    /// What the keys of its steps begin with.
    pub(crate) prefix: Arc<str>,
    /// What its steps may name so far.
    pub(crate) scope: Scope,
    pub(crate) nodes: Vec<Node>,
    /// How many of them have not ended.
    pub(crate) open: usize,
    /// Set once nothing new may start in it.
    pub(crate) ending: Option<Ending>,
    /// What its `yield`s gave, by the step that they stand in.
    pub(crate) given: BTreeMap<usize, Vec<Value>>,
    /// The effects that happened in it and can be taken back.
    pub(crate) undos: Vec<Undoable>,
    /// Set while its effects are taken back.
    pub(crate) back: Option<Box<TakingBack>>,
    /// The instant that its expressions see, where it is not the one of the attempt.
    pub(crate) sees: Option<Timestamp>,
}

/// An effect that happened, or may have, and that `undo with` can take back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Undoable {
    /// The later one has the higher number.
    pub(crate) number: u64,
    /// Its key.
    pub(crate) key: Arc<str>,
    /// Its line.
    pub(crate) line: u32,
    /// What is known about it.
    pub(crate) known: Known,
}

/// What is known about an effect that can be taken back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Known {
    /// It happened.
    Happened {
        /// The block of the layout that takes it back.
        block: usize,
        /// What the key of that begins with.
        prefix: Arc<str>,
        /// What it sees: fixed when the effect succeeded.
        scope: Scope,
        /// When that was.
        at: Timestamp,
        /// The claim that the effect holds.
        claim: Option<Arc<str>>,
        /// How often the effect had been taken back before: what takes it back is another effect each time.
        times: u32,
    },
    /// Nobody knows whether it happened, or what came of it: a person looks.
    Unsure,
}

/// How far a block is with taking its effects back.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TakingBack {
    /// What is being taken back, with the block that does.
    pub(crate) open: Option<(FrameId, Undoable)>,
    /// Why that did not work, once it is known.
    pub(crate) problem: Option<Arc<str>>,
    /// What could not be taken back, and why.
    pub(crate) left: Vec<(Undoable, Arc<str>)>,
}

/// What a block is to the step that opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// One item of a loop, from 0.
    Item(usize),
    /// The chosen block of a branch.
    Chosen,
    /// The block after a failed step.
    Otherwise,
    /// One round of a `repeat`.
    Round,
    /// The effects of a `together`.
    Together,
    /// What a `try` tries.
    Tried,
    /// What follows when that failed.
    Caught,
    /// The statements of an action.
    Called,
    /// What takes an effect of the block around it back.
    TakingBack,
}

/// How a block ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ending {
    Stopped(Arc<str>),
    Skipped(Arc<str>),
    Failed(Failure),
    /// `return`: the run, or the action, gives this.
    Returned(Value),
    Cancelled,
}

/// One step of an open block.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Node {
    pub(crate) state: NodeState,
    /// The latest attempt, or round, from 1; 0 before the first.
    pub(crate) attempt: u32,
    /// The attempts before a person had it run again.
    pub(crate) before: u32,
    /// How often it was done before what it did was to be done anew.
    pub(crate) times: u32,
    /// The claim that it holds.
    pub(crate) claim: Option<Arc<str>>,
    /// Why it failed, while its `otherwise` runs.
    pub(crate) failed: Option<Failure>,
}

/// Where a step stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum NodeState {
    #[default]
    Pending,
    /// An attempt is under way, or about to be.
    Running {
        /// Whether its intent is written: then it may have left.
        intended: bool,
        /// The instant of the attempt.
        at: Timestamp,
    },
    /// A further attempt follows.
    Backoff {
        until: Timestamp,
    },
    /// A further round follows.
    Pausing {
        until: Timestamp,
    },
    /// A person decides.
    Asking(Failure),
    /// For time to pass, for something to come in, or for people who were asked.
    Waiting(Box<Waiting>),
    /// A block of its own runs.
    Inside(FrameId),
    /// Its items run.
    Looping(Box<Loop>),
    Ended,
}

/// A loop under way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Loop {
    pub(crate) items: Arc<Vec<Value>>,
    pub(crate) at_a_time: usize,
    /// The next item that has not begun.
    pub(crate) next: usize,
    /// Items that hold a slot.
    pub(crate) active: BTreeMap<usize, FrameId>,
    /// Items that wait for a person and gave up their slot.
    pub(crate) parked: BTreeMap<usize, FrameId>,
    /// Parked items that may go on once a slot is free.
    pub(crate) resuming: BTreeSet<usize>,
    pub(crate) done: Vec<usize>,
    pub(crate) failed: Vec<(usize, Failure)>,
    pub(crate) skipped: Vec<(usize, Arc<str>)>,
    /// What the items gave that are done.
    pub(crate) given: BTreeMap<usize, Vec<Value>>,
    /// What can be taken back of the items that ended.
    pub(crate) undos: Vec<Undoable>,
}

impl Node {
    /// Whether it waits for nothing but people, a time or an event, so that its item gives up its slot.
    pub(crate) fn rests(&self) -> bool {
        matches!(
            self.state,
            NodeState::Asking(_) | NodeState::Waiting(_) | NodeState::Pausing { .. }
        )
    }
}

impl RunState {
    pub(crate) fn new(inputs: &Record, at: Timestamp) -> Self {
        let inputs = inputs
            .fields
            .iter()
            .fold(Scope::default(), |scope, (name, value)| {
                scope.with(name.clone(), value.clone())
            });
        Self::of(inputs, at)
    }

    /// A run with these names that has not begun.
    pub(crate) fn of(inputs: Scope, at: Timestamp) -> Self {
        Self {
            began: at,
            inputs,
            phase: Phase::Body,
            frames: BTreeMap::new(),
            next_frame: 0,
            under_way: BTreeMap::new(),
            grace: None,
            result: None,
            next_undo: 0,
            armed: Vec::new(),
            latest_arrival: 0,
            paused: None,
            kept: BTreeMap::new(),
            deadlines: BTreeMap::new(),
            done: BTreeMap::new(),
        }
    }

    /// Who started the run, where a person did.
    #[must_use]
    pub fn started_by(&self) -> Option<Arc<str>> {
        super::starter_of(&self.inputs)
    }

    /// Who paused the run, while it is paused.
    #[must_use]
    pub fn paused(&self) -> Option<&Arc<str>> {
        self.paused.as_ref()
    }

    /// The `repeat`s that pause before a further round, with the round that ended and when the next one begins,
    /// in the order of their keys.
    pub(crate) fn between_rounds(&self) -> impl Iterator<Item = (&Arc<str>, u32, Timestamp)> {
        self.under_way.iter().filter_map(|(key, place)| {
            let node = self.node(*place)?;
            match node.state {
                NodeState::Pausing { until } => Some((key, node.attempt, until)),
                _ => None,
            }
        })
    }

    /// The steps that wait for time, events or people, in the order of their keys.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (&Arc<str>, &Waiting)> {
        self.under_way
            .iter()
            .filter_map(|(key, place)| match &self.node(*place)?.state {
                NodeState::Waiting(waiting) => Some((key, &**waiting)),
                _ => None,
            })
    }

    /// The question that a step asks people.
    #[must_use]
    pub fn question(&self, key: &str) -> Option<&Question> {
        match &self.node(*self.under_way.get(key)?)?.state {
            NodeState::Waiting(waiting) => match &waiting.on {
                Awaited::Answer(question) => Some(question),
                _ => None,
            },
            _ => None,
        }
    }

    /// The questions that are open, by step.
    pub fn questions(&self) -> impl Iterator<Item = (&Arc<str>, &Question)> {
        self.waiting()
            .filter_map(|(key, waiting)| match &waiting.on {
                Awaited::Answer(question) => Some((key, &**question)),
                _ => None,
            })
    }

    /// The steps that pause before a further attempt, with the attempt that failed, in the order of their keys.
    pub fn pausing(&self) -> impl Iterator<Item = (&Arc<str>, u32)> {
        self.under_way.iter().filter_map(|(key, place)| {
            let node = self.node(*place)?;
            matches!(node.state, NodeState::Backoff { .. }).then_some((key, node.attempt))
        })
    }

    /// The instants at which attempts and rounds follow for which steps pause.
    pub(crate) fn follow(&self) -> impl Iterator<Item = Timestamp> {
        self.under_way
            .values()
            .filter_map(|place| match self.node(*place)?.state {
                NodeState::Backoff { until } | NodeState::Pausing { until } => Some(until),
                _ => None,
            })
    }

    /// Whether a step pauses before a further attempt.
    #[must_use]
    pub fn backs_off(&self, key: &str) -> bool {
        let node = (self.under_way.get(key)).and_then(|place| self.node(*place));
        node.is_some_and(|node| matches!(node.state, NodeState::Backoff { .. }))
    }

    /// What the run gave back, where it gave something.
    #[must_use]
    pub fn result(&self) -> Option<&Value> {
        self.result.as_ref()
    }

    /// How the run ended, once it has.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.phase {
            Phase::Finished(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// Whether an attempt, or a timer, is one that is under way for a step.
    #[must_use]
    pub fn expects(&self, key: &str, attempt: u32) -> bool {
        self.is_late(key, attempt)
            || self.under_way.get(key).is_some_and(|place| {
                self.node(*place).is_some_and(|node| match &node.state {
                    NodeState::Running { .. }
                    | NodeState::Backoff { .. }
                    | NodeState::Pausing { .. } => node.attempt == attempt,
                    NodeState::Waiting(waiting) => waiting.timers.contains_key(&attempt),
                    _ => false,
                })
            })
    }

    /// The steps that wait for a person, with what is known, in the order of their keys.
    pub fn asking(&self) -> impl Iterator<Item = (&Arc<str>, &Failure)> {
        self.under_way
            .iter()
            .filter_map(|(key, place)| match &self.node(*place)?.state {
                NodeState::Asking(failure) => Some((key, failure)),
                _ => None,
            })
    }

    /// Whether an attempt is under way or follows, so that the run does not only wait.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.is_at_work() || self.pausing().next().is_some()
    }

    /// Whether an attempt is under way, or a cancellation gives time to those that were.
    #[must_use]
    pub fn is_at_work(&self) -> bool {
        self.grace.is_some()
            || self.under_way.values().any(|place| {
                let node = self.node(*place);
                node.is_some_and(|node| matches!(node.state, NodeState::Running { .. }))
            })
    }

    /// For each loop under way, by key prefix of its items: how many items hold a slot, and how many may.
    pub fn slots(&self) -> impl Iterator<Item = (usize, usize)> {
        self.frames.values().flat_map(|frame| {
            frame.nodes.iter().filter_map(|node| match &node.state {
                NodeState::Looping(each) => Some((each.active.len(), each.at_a_time)),
                _ => None,
            })
        })
    }

    /// What is being taken back: the block that failed, and the key of the effect.
    pub fn taking_back(&self) -> impl Iterator<Item = (u32, &Arc<str>)> {
        self.frames.iter().filter_map(|(id, frame)| {
            let (_, undoable) = frame.back.as_ref()?.open.as_ref()?;
            Some((*id, &undoable.key))
        })
    }

    pub(crate) fn node(&self, place: Place) -> Option<&Node> {
        self.frames.get(&place.frame)?.nodes.get(place.node)
    }
}
