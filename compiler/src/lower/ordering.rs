//! The edges of a block.
//!
//! Kept true here: reads float, so they get only the edges that they need; effects keep the order in
//! which they are written, and none begins while a read of what it changes, written before it, is under way; what may
//! end the run, or waits, holds back everything written after it. What a step comes after is looked up, so that a long
//! block costs no more for each of its steps than a short one.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use petgraph::stable_graph::NodeIndex;
use sophia_plan::step::{Block, Edge, Step, StepKind};

use super::sources::Touched;
use super::uses::Uses;

/// A block while its steps get their edges.
#[derive(Debug, Default)]
pub(super) struct Ordering {
    block: Block,
    effects: Effects,
    /// The steps that give each name.
    binds: HashMap<Arc<str>, Vec<NodeIndex>>,
    /// The steps that change something, in the order written.
    acting: Vec<(NodeIndex, Touched)>,
    /// The steps that read something for which no effect in order waits, in the order written.
    reading: Vec<Reading>,
    /// The last step that holds back what comes after.
    holding: Option<NodeIndex>,
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

/// A step and what it reads, for as long as no effect in order waits for it.
#[derive(Debug)]
struct Reading {
    node: NodeIndex,
    reads: BTreeSet<Arc<str>>,
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
        let named = uses.names.iter().filter_map(|name| self.binds.get(name));
        let mut before: BTreeSet<NodeIndex> = named.flatten().copied().collect();
        for earlier in &before {
            self.block.connect(*earlier, node, Edge::Data);
        }
        let keeps_order = match self.effects {
            Effects::InOrder => !uses.effects.is_empty() || uses.holds_back,
            Effects::InAnyOrder => uses.holds_back,
        };
        let mut ordered: Vec<NodeIndex> = Vec::new();
        ordered.extend(self.holding);
        ordered.extend(self.effects_before(|_| keeps_order));
        ordered.extend(self.effects_before(|effects| effects.touches(&uses.reads)));
        ordered.extend(self.reads_before(&uses.effects));
        for earlier in ordered {
            if before.insert(earlier) {
                self.block.connect(earlier, node, Edge::Order);
            }
        }
        for name in binds {
            self.binds.entry(name).or_default().push(node);
        }
        if !uses.effects.is_empty() {
            self.acting.push((node, uses.effects));
        }
        if !uses.reads.is_empty() {
            let reads = uses.reads;
            self.reading.push(Reading { node, reads });
        }
        if uses.holds_back {
            self.holding = Some(node);
        }
    }

    /// The effects of a kind after which a step comes: the last of them, which comes after the others, or all
    /// where they keep no order.
    fn effects_before(&self, which: impl Fn(&Touched) -> bool) -> Vec<NodeIndex> {
        let most = match self.effects {
            Effects::InOrder => 1,
            Effects::InAnyOrder => self.acting.len(),
        };
        (self.acting.iter().rev())
            .filter(|(_, effects)| which(effects))
            .take(most)
            .map(|(node, _)| *node)
            .collect()
    }

    /// The steps before it that read what an effect changes: a read that is still under way could see the change.
    fn reads_before(&mut self, effects: &Touched) -> Vec<NodeIndex> {
        if effects.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for earlier in &mut self.reading {
            if effects.touches(&earlier.reads) {
                found.push(earlier.node);
                // Whatever changes something after this effect waits for the effect.
                if self.effects == Effects::InOrder {
                    earlier.reads.retain(|place| !effects.holds(place));
                }
            }
        }
        self.reading.retain(|earlier| !earlier.reads.is_empty());
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
