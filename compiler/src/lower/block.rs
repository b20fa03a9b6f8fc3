//! One block of the plan's graph.
//!
//! Kept true here: reads float, so they get only the edges that they need; effects keep the order in
//! which they are written; what may end the run, or waits, holds back everything written after it.

use std::collections::BTreeSet;
use std::sync::Arc;

use petgraph::stable_graph::{NodeIndex, StableDiGraph};
use sophia_plan::step::{Block, Edge, Step, StepKind, Work};

use super::uses::Uses;
use crate::checker::Checker;
use crate::declared::Shared;
use crate::names::Declared;

/// A block while its steps are written down.
#[derive(Debug, Default)]
pub(crate) struct Building {
    graph: StableDiGraph<Step, Edge>,
    placed: Vec<Placed>,
    effects: Effects,
}

/// Whether the effects of a block keep their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Effects {
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
    effects: BTreeSet<Arc<str>>,
    holds_back: bool,
}

impl Building {
    /// A block whose effects keep their order, or not.
    pub(crate) fn with(effects: Effects) -> Self {
        Self {
            effects,
            ..Self::default()
        }
    }

    /// Adds a step after all others, with the edges that it needs.
    fn push(&mut self, step: Step, uses: Uses) {
        let binds = bound(&step);
        let node = self.graph.add_node(step);
        let mut before: BTreeSet<NodeIndex> = BTreeSet::new();
        for earlier in &self.placed {
            if !earlier.binds.is_disjoint(&uses.names) {
                self.graph.add_edge(earlier.node, node, Edge::Data);
                before.insert(earlier.node);
            }
        }
        let keeps_order = match self.effects {
            Effects::InOrder => !uses.effects.is_empty() || uses.holds_back,
            Effects::InAnyOrder => uses.holds_back,
        };
        let touched = |earlier: &Placed| !earlier.effects.is_disjoint(&uses.reads);
        let ordered = [
            self.last(|earlier| earlier.holds_back),
            self.last(|earlier| keeps_order && !earlier.effects.is_empty()),
            self.last(touched),
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

    /// The finished block.
    pub(crate) fn finish(self) -> Block {
        Block { graph: self.graph }
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

impl Checker<'_> {
    /// Adds a step to a block, with the edges that it needs.
    pub(crate) fn place(&mut self, building: &mut Building, step: Step) {
        let uses = Uses::of_step(&step, &|work| self.connection_of(work));
        building.push(step, uses);
    }

    /// Where a declared read or write goes.
    pub(crate) fn connection_of(&self, work: &Work) -> Option<Arc<str>> {
        let (Work::Query { query: name, .. }
        | Work::Command { command: name, .. }
        | Work::Metric { metric: name, .. }) = work
        else {
            return None;
        };
        if let Some((module, own)) = name.split_once('.') {
            return self.connection_in(module, own);
        }
        match self.names.get(name) {
            Some(Declared::Query(query)) => Some(Arc::from(query.connection.text.as_str())),
            Some(Declared::Command(command)) => Some(Arc::from(command.connection.text.as_str())),
            Some(Declared::Metric(metric)) => Some(Arc::from(metric.connection.text.as_str())),
            _ => None,
        }
    }

    /// Where a declaration of a module goes.
    fn connection_in(&self, module: &str, name: &str) -> Option<Arc<str>> {
        if self.module_name.as_deref() == Some(module) {
            return match self.names.get(name)? {
                Declared::Query(query) => Some(Arc::from(query.connection.text.as_str())),
                Declared::Command(command) => Some(Arc::from(command.connection.text.as_str())),
                Declared::Metric(metric) => Some(Arc::from(metric.connection.text.as_str())),
                _ => None,
            };
        }
        let (_, facts) = (self.neighbours.modules.iter())
            .find(|(whole, _)| whole.rsplit('.').next() == Some(module))?;
        match facts.get(name)? {
            Shared::Query(facts) => facts.map(|facts| facts.definition.connection.clone()),
            Shared::Command(facts) => facts.map(|facts| facts.definition.connection.clone()),
            Shared::Metric(facts) => facts.map(|facts| facts.definition.source.connection.clone()),
            _ => None,
        }
    }
}
