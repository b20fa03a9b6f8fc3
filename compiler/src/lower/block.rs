//! One block of the plan's graph.
//!
//! Kept true here: reads float, so they get only the edges that they need; effects keep the order in
//! which they are written; what may end the run holds back everything written after it.

use std::collections::BTreeSet;
use std::sync::Arc;

use petgraph::stable_graph::{NodeIndex, StableDiGraph};
use sophia_plan::step::{Block, Edge, Step};

use super::uses::Uses;

/// A block while its steps are written down.
#[derive(Debug, Default)]
pub(crate) struct Building {
    graph: StableDiGraph<Step, Edge>,
    placed: Vec<Placed>,
}

/// What later steps need to know about an earlier one.
#[derive(Debug)]
struct Placed {
    node: NodeIndex,
    binds: Option<Arc<str>>,
    effects: BTreeSet<Arc<str>>,
    may_end: bool,
}

impl Building {
    /// Adds a step after all others, with the edges that it needs.
    pub(crate) fn push(&mut self, step: Step) {
        let uses = Uses::of_step(&step);
        let binds = step.binds.clone();
        let node = self.graph.add_node(step);
        let mut before: BTreeSet<NodeIndex> = BTreeSet::new();
        for earlier in &self.placed {
            if earlier
                .binds
                .as_ref()
                .is_some_and(|name| uses.names.contains(name))
            {
                self.graph.add_edge(earlier.node, node, Edge::Data);
                before.insert(earlier.node);
            }
        }
        let keeps_order = !uses.effects.is_empty() || uses.may_end;
        let ordered = [
            self.last(|earlier| earlier.may_end),
            self.last(|earlier| keeps_order && !earlier.effects.is_empty()),
            self.last(|earlier| !earlier.effects.is_disjoint(&uses.reads)),
        ];
        for earlier in ordered.into_iter().flatten() {
            if before.insert(earlier) {
                self.graph.add_edge(earlier, node, Edge::Order);
            }
        }
        self.placed.push(Placed {
            node,
            binds,
            effects: uses.effects,
            may_end: uses.may_end,
        });
    }

    fn last(&self, which: impl Fn(&Placed) -> bool) -> Option<NodeIndex> {
        self.placed
            .iter()
            .rev()
            .find(|earlier| which(earlier))
            .map(|earlier| earlier.node)
    }

    /// The finished block.
    pub(crate) fn finish(self) -> Block {
        Block { graph: self.graph }
    }
}
