//! What is known at each place of the ways through a plan.
//!
//! Kept true here: values do not change, so a way back to the head of a loop brings nothing that the way
//! into it did not bring; a place that no way leads to has no state.

use std::borrow::Cow;

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;

use super::condition::{Knowledge, either, forget};
use super::flow::Flow;
use super::node::Node;

/// For each place what is known there, or nothing where no run comes.
#[derive(Debug)]
pub(crate) struct States {
    known: Vec<Option<Knowledge>>,
    /// For each place one that a run can come from.
    from: Vec<Option<NodeIndex>>,
}

impl States {
    /// What is known at a place; nothing where no run comes.
    pub(crate) fn at(&self, node: NodeIndex) -> Option<&Knowledge> {
        self.known.get(node.index())?.as_ref()
    }

    /// A way to a place from the beginning, both included.
    pub(crate) fn way_to(&self, node: NodeIndex) -> Vec<NodeIndex> {
        let mut way = vec![node];
        let mut at = node;
        while let Some(before) = self.from.get(at.index()).copied().flatten() {
            way.push(before);
            at = before;
        }
        way.reverse();
        way
    }
}

/// Follows every way that passes no place that is `closed`.
pub(crate) fn states(flow: &Flow, closed: &dyn Fn(&Node) -> bool) -> States {
    let count = flow.graph.node_count();
    let mut states = States {
        known: vec![None; count],
        from: vec![None; count],
    };
    for (index, node) in flow.nodes() {
        if closed(node) {
            continue;
        }
        let mut here: Option<Knowledge> = (index.index() == 0).then(Knowledge::new);
        let mut from = None;
        // Edges are kept newest first; the first one drawn is the plainest way.
        let mut edges: Vec<_> = flow
            .graph
            .edges_directed(index, Direction::Incoming)
            .filter(|edge| !edge.weight().back)
            .collect();
        edges.sort_by_key(EdgeRef::id);
        for edge in edges {
            let Some(before) = states.at(edge.source()) else {
                continue;
            };
            let known = match &edge.weight().decided {
                None => Cow::Borrowed(before),
                Some((condition, held)) => {
                    let mut known = before.clone();
                    if !condition.learn(&mut known, *held) {
                        continue;
                    }
                    Cow::Owned(known)
                }
            };
            from = from.or(Some(edge.source()));
            here = Some(match here {
                None => known.into_owned(),
                // Where nothing is known, another way adds nothing.
                Some(other) if other.is_empty() => other,
                Some(other) => either(&other, &known),
            });
        }
        if let (Some(known), Some(name)) = (&mut here, &node.binds) {
            forget(known, name);
        }
        if let Some(place) = states.known.get_mut(index.index()) {
            *place = here;
        }
        if let Some(place) = states.from.get_mut(index.index()) {
            *place = from;
        }
    }
    states
}
