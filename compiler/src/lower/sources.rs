//! Where steps read and write: connections and tools, and what may have changed there.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_plan::Plan;
use sophia_plan::step::{Block, Joining, StepKind, Work};

/// What is known of the names that a step calls.
pub(crate) trait Sources {
    /// Where a declared read or write goes.
    fn connection_of(&self, work: &Work) -> Option<Arc<str>>;

    /// What is not as it was once another playbook has run.
    fn touched_by(&self, playbook: &str) -> Touched;
}

/// Connections and tools on which the world may change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touched {
    places: BTreeSet<Arc<str>>,
    everywhere: bool,
}

impl Touched {
    /// Any place: nobody knows, or time passes.
    pub(crate) fn everything() -> Self {
        Self {
            places: BTreeSet::new(),
            everywhere: true,
        }
    }

    /// What is not as it was once a playbook has run.
    pub(crate) fn by(plan: &Plan, sources: &dyn Sources) -> Self {
        let mut touched = Self::in_block(&plan.body, sources);
        if let Some((_, block)) = &plan.on_failure {
            touched.add(Self::in_block(block, sources));
        }
        touched
    }

    /// What is not as it was once a block has run: what its steps [outdate](super::Uses::outdates), without what they name.
    pub(super) fn in_block(block: &Block, sources: &dyn Sources) -> Self {
        let mut touched = Self::default();
        for step in block.all_steps() {
            match &step.kind {
                StepKind::Ask(_) | StepKind::Wait(_) | StepKind::Repeat { .. } => {
                    return Self::everything();
                }
                StepKind::Work(work) => touched.by_work(work, sources),
                _ => {}
            }
        }
        touched
    }

    /// What a unit of work changes.
    pub(super) fn by_work(&mut self, work: &Work, sources: &dyn Sources) {
        if work.is_effect() {
            self.places.extend(place_of(work, sources));
        }
        if let Work::Playbook {
            playbook,
            joining: Joining::Waits,
            ..
        } = work
        {
            self.add(sources.touched_by(playbook));
        }
    }

    /// Whether nothing changes.
    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty() && !self.everywhere
    }

    /// Whether one of these places may change.
    pub(super) fn touches(&self, places: &BTreeSet<Arc<str>>) -> bool {
        !places.is_empty() && (self.everywhere || !self.places.is_disjoint(places))
    }

    /// Whether this place may change.
    pub(super) fn holds(&self, place: &Arc<str>) -> bool {
        self.everywhere || self.places.contains(place)
    }

    /// These places too.
    pub(super) fn add(&mut self, other: Self) {
        self.places.extend(other.places);
        self.everywhere |= other.everywhere;
    }
}

/// What stands for our own store: events, states, other playbooks.
const OURS: &str = "";

/// The connection, the tool or the knowledge on which work is done.
pub(super) fn place_of(work: &Work, sources: &dyn Sources) -> Option<Arc<str>> {
    match work {
        Work::Tool { tool, .. } => Some(tool.clone()),
        Work::Record { connection, .. } | Work::Distinct { connection, .. } => {
            Some(connection.clone())
        }
        Work::Emit { .. } | Work::Set { .. } | Work::State { .. } | Work::Playbook { .. } => {
            Some(Arc::from(OURS))
        }
        Work::Search { knowledge, .. } => Some(knowledge.clone()),
        Work::Query { .. } | Work::Command { .. } | Work::Metric { .. } => {
            sources.connection_of(work)
        }
        Work::Predictor { .. }
        | Work::Compute { .. }
        | Work::Model { .. }
        | Work::FindMetrics { .. }
        | Work::ReadFile { .. } => None,
    }
}
