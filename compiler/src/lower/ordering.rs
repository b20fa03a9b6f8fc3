//! The edges of a block.
//!
//! Kept true here: reads float, so they get only the edges that they need; effects keep the order in
//! which they are written, and none begins while a read of what it changes, written before it, is under way; what may
//! end the run, or waits, holds back everything written after it.

use std::collections::BTreeSet;
use std::sync::Arc;

use petgraph::stable_graph::NodeIndex;
use sophia_plan::step::{Block, Edge, Step, StepKind};

use super::sources::Touched;
use super::uses::Uses;

/// A block while its steps get their edges.
#[derive(Debug, Default)]
pub(super) struct Ordering {
    block: Block,
    placed: Vec<Placed>,
    effects: Effects,
}

/// Whether the effects of a block keep their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Effects {
    /// As written.
    #[default]
    InOrder,
    /// `together { }`
    InAnyOrder,
}

/// What later steps need to know about an earlier one.
#[derive(Debug)]
struct Placed {
    node: NodeIndex,
    binds: BTreeSet<Arc<str>>,
    effects: Touched,
    /// What it reads, for as long as no effect in order waits for it.
    reads: BTreeSet<Arc<str>>,
    holds_back: bool,
}

impl Ordering {
    /// A block whose effects keep their order, or not.
    pub(super) fn with(effects: Effects) -> Self {
        Self {
            effects,
            ..Self::default()
        }
    }

    /// Adds a step after all others, with the edges that it needs.
    pub(super) fn push(&mut self, step: Step, uses: Uses) {
        let binds = bound(&step);
        let node = self.block.add(step);
        let mut before: BTreeSet<NodeIndex> = BTreeSet::new();
        for earlier in &self.placed {
            if !earlier.binds.is_disjoint(&uses.names) {
                self.block.connect(earlier.node, node, Edge::Data);
                before.insert(earlier.node);
            }
        }
        let keeps_order = match self.effects {
            Effects::InOrder => !uses.effects.is_empty() || uses.holds_back,
            Effects::InAnyOrder => uses.holds_back,
        };
        let mut ordered: Vec<NodeIndex> = Vec::new();
        ordered.extend(self.last(|earlier| earlier.holds_back));
        ordered.extend(self.effects_before(|_| keeps_order));
        ordered.extend(self.effects_before(|effects| effects.touches(&uses.reads)));
        ordered.extend(self.reads_before(&uses.effects));
        for earlier in ordered {
            if before.insert(earlier) {
                self.block.connect(earlier, node, Edge::Order);
            }
        }
        self.placed.push(Placed {
            node,
            binds,
            effects: uses.effects,
            reads: uses.reads,
            holds_back: uses.holds_back,
        });
    }

    fn last(&self, which: impl Fn(&Placed) -> bool) -> Option<NodeIndex> {
        self.placed
            .iter()
            .rev()
            .find(|earlier| which(earlier))
            .map(|earlier| earlier.node)
    }

    /// The effects of a kind after which a step comes: the last of them, which comes after the others, or all
    /// where they keep no order.
    fn effects_before(&self, which: impl Fn(&Touched) -> bool) -> Vec<NodeIndex> {
        let most = match self.effects {
            Effects::InOrder => 1,
            Effects::InAnyOrder => self.placed.len(),
        };
        (self.placed.iter().rev())
            .filter(|earlier| !earlier.effects.is_empty() && which(&earlier.effects))
            .take(most)
            .map(|earlier| earlier.node)
            .collect()
    }

    /// The steps before it that read what an effect changes: a read that is still under way could see the change.
    fn reads_before(&mut self, effects: &Touched) -> Vec<NodeIndex> {
        let mut found = Vec::new();
        for earlier in &mut self.placed {
            if effects.touches(&earlier.reads) {
                found.push(earlier.node);
                // Whatever changes something after this effect waits for the effect.
                if self.effects == Effects::InOrder {
                    earlier.reads.retain(|place| !effects.holds(place));
                }
            }
        }
        found
    }

    /// The finished block.
    pub(super) fn finish(self) -> Block {
        self.block
    }
}

/// The names that a step gives to those after it.
fn bound(step: &Step) -> BTreeSet<Arc<str>> {
    let mut names: BTreeSet<Arc<str>> = step.binds.iter().cloned().collect();
    if let StepKind::Together { body } = &step.kind {
        names.extend(body.steps().flat_map(|(_, step)| bound(step)));
    }
    names
}
