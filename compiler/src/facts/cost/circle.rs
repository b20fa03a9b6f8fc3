//! Which playbooks run which.
//!
//! Kept true here: a playbook stands after those that it runs, otherwise in the order given; playbooks that run each
//! other stand together, and the way round is known.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use sophia_diagnostics::Related;
use sophia_plan::plan::Plan;
use sophia_plan::step::{Origin, StepKind, Work};

/// Playbooks that run each other: nothing bounds what a run of one does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Circle {
    /// The playbooks on the way round, the first of them first and not again.
    pub(crate) playbooks: Vec<Arc<str>>,
    /// Where each runs the next.
    pub(crate) origins: Vec<Origin>,
    /// The places of all but the first.
    pub(crate) further: Vec<Related>,
}

/// Playbooks that are looked at together.
pub(crate) struct Group {
    /// Their places in the order given: one, or several that run each other.
    pub(crate) places: Vec<usize>,
    /// The way round, where there is one, from the first of them.
    pub(crate) circle: Option<Circle>,
}

/// The playbooks that a playbook runs, and where it first runs each.
pub(crate) type Runs = BTreeMap<Arc<str>, Origin>;

/// The playbooks that a plan runs.
pub(crate) fn runs(plan: &Plan) -> Runs {
    let mut runs = Runs::new();
    for step in plan.steps() {
        if let StepKind::Work(Work::Playbook { playbook, .. }) = &step.kind {
            runs.entry(playbook.clone()).or_insert(step.origin);
        }
    }
    runs
}

/// A playbook, and those that it runs.
#[derive(Clone, Copy)]
pub(crate) struct Running<'r> {
    pub(crate) playbook: &'r Arc<str>,
    pub(crate) runs: &'r Runs,
}

/// The playbooks in an order in which each comes after those that it runs.
pub(crate) fn in_order(plans: &[Running<'_>]) -> Vec<Group> {
    let places: BTreeMap<&str, usize> = (plans.iter().enumerate())
        .map(|(place, plan)| (&**plan.playbook, place))
        .collect();
    let mut graph: DiGraph<usize, Origin> = DiGraph::new();
    let nodes: Vec<NodeIndex> = (0..plans.len())
        .map(|place| graph.add_node(place))
        .collect();
    for (plan, from) in plans.iter().zip(&nodes) {
        for (playbook, origin) in plan.runs {
            if let Some(to) = places.get(&**playbook).and_then(|place| nodes.get(*place)) {
                graph.add_edge(*from, *to, *origin);
            }
        }
    }
    tarjan_scc(&graph)
        .into_iter()
        .map(|mut group| {
            group.sort_unstable();
            let circle = (group.first()).and_then(|first| circle(&graph, plans, *first));
            Group {
                places: group
                    .iter()
                    .filter_map(|node| graph.node_weight(*node).copied())
                    .collect(),
                circle,
            }
        })
        .collect()
}

/// The shortest way from a playbook back to itself.
fn circle(
    graph: &DiGraph<usize, Origin>,
    plans: &[Running<'_>],
    first: NodeIndex,
) -> Option<Circle> {
    let mut from: BTreeMap<NodeIndex, NodeIndex> = BTreeMap::new();
    let mut waiting = VecDeque::from([first]);
    let mut seen = BTreeSet::new();
    while let Some(node) = waiting.pop_front() {
        let mut next: Vec<NodeIndex> = graph.neighbors(node).collect();
        next.sort_unstable();
        for other in next {
            if other == first {
                let mut way = vec![node];
                while let Some(before) = way.last().and_then(|node| from.get(node)) {
                    way.push(*before);
                }
                way.reverse();
                let next = way.iter().skip(1).chain(&way);
                let origins = (way.iter().zip(next))
                    .map(|(from, to)| graph.edge_weight(graph.find_edge(*from, *to)?).copied())
                    .collect::<Option<_>>()?;
                let name = |node: &NodeIndex| {
                    let plan = plans.get(*graph.node_weight(*node)?)?;
                    Some(plan.playbook.clone())
                };
                return Some(Circle {
                    playbooks: way.iter().filter_map(name).collect(),
                    origins,
                    further: Vec::new(),
                });
            }
            if seen.insert(other) {
                from.insert(other, node);
                waiting.push_back(other);
            }
        }
    }
    None
}
