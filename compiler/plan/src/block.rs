//! Building, walking and writing blocks of steps.
//!
//! Kept true here: a block is written as its steps in order and its edges sorted, so that equal
//! blocks give equal bytes however they were built, and whatever the graph library keeps inside.

use std::collections::BTreeMap;

use petgraph::Direction;
use petgraph::stable_graph::{NodeIndex, StableDiGraph};
use petgraph::visit::{EdgeRef, IntoEdgeReferences};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::step::{Block, Edge, Otherwise, Step, StepKind, Wait};

impl Block {
    /// Adds a step after those that are there.
    pub fn add(&mut self, step: Step) -> NodeIndex {
        self.graph.add_node(step)
    }

    /// Lets `to` wait for `from`. An edge that is there already is not repeated.
    pub fn connect(&mut self, from: NodeIndex, to: NodeIndex, edge: Edge) {
        let there = self
            .graph
            .edges_connecting(from, to)
            .any(|existing| *existing.weight() == edge);
        if !there && self.graph.contains_node(from) && self.graph.contains_node(to) {
            self.graph.add_edge(from, to, edge);
        }
    }

    /// The number of steps, not counting nested ones.
    #[must_use]
    pub fn len(&self) -> usize {
        self.graph.node_count()
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The steps in the order written, not looking into nested blocks.
    pub fn steps(&self) -> impl Iterator<Item = (NodeIndex, &Step)> {
        self.graph
            .node_indices()
            .filter_map(|index| Some((index, self.graph.node_weight(index)?)))
    }

    /// One step.
    #[must_use]
    pub fn step(&self, index: NodeIndex) -> Option<&Step> {
        self.graph.node_weight(index)
    }

    /// The edges: from, to, and why, sorted.
    #[must_use]
    pub fn edges(&self) -> Vec<(NodeIndex, NodeIndex, Edge)> {
        let mut edges: Vec<_> = self
            .graph
            .edge_references()
            .map(|edge| (edge.source(), edge.target(), *edge.weight()))
            .collect();
        edges.sort_unstable();
        edges
    }

    /// The steps that must have ended before this one may start, in the order written, each once.
    #[must_use]
    pub fn predecessors(&self, step: NodeIndex) -> Vec<NodeIndex> {
        self.neighbours(step, Direction::Incoming)
    }

    /// The steps that wait for this one, in the order written, each once.
    #[must_use]
    pub fn successors(&self, step: NodeIndex) -> Vec<NodeIndex> {
        self.neighbours(step, Direction::Outgoing)
    }

    fn neighbours(&self, step: NodeIndex, direction: Direction) -> Vec<NodeIndex> {
        let mut neighbours: Vec<_> = self.graph.neighbors_directed(step, direction).collect();
        neighbours.sort_unstable();
        neighbours.dedup();
        neighbours
    }

    /// Every step of this block and of those inside it, depth first in the order written.
    #[must_use]
    pub fn all_steps(&self) -> Vec<&Step> {
        let mut found = Vec::new();
        self.collect_steps(&mut found);
        found
    }

    fn collect_steps<'a>(&'a self, found: &mut Vec<&'a Step>) {
        for (_, step) in self.steps() {
            found.push(step);
            for block in step.blocks() {
                block.collect_steps(found);
            }
        }
    }
}

impl Step {
    /// The blocks inside this step, in the order written, and the block of its `otherwise` last.
    #[must_use]
    pub fn blocks(&self) -> Vec<&Block> {
        let mut blocks = match &self.kind {
            StepKind::ForEach { body, .. }
            | StepKind::Repeat { body, .. }
            | StepKind::Together { body }
            | StepKind::Action { body, .. } => vec![body],
            StepKind::Branch {
                then, otherwise, ..
            } => vec![then, otherwise],
            StepKind::Match {
                arms, otherwise, ..
            } => arms.iter().map(|arm| &arm.body).chain(otherwise).collect(),
            StepKind::Try {
                body, otherwise, ..
            } => vec![body, otherwise],
            StepKind::Wait(Wait::First(branches)) => {
                branches.iter().map(|branch| &branch.body).collect()
            }
            StepKind::Work(_)
            | StepKind::Ask(_)
            | StepKind::Wait(_)
            | StepKind::Armed { .. }
            | StepKind::End { .. }
            | StepKind::Return { .. }
            | StepKind::Yield { .. } => Vec::new(),
        };
        if let Some(Otherwise::Block(block)) = &self.policy.otherwise {
            blocks.push(block);
        }
        blocks
    }
}

impl Step {
    /// The blocks inside this step, as [`Step::blocks`] gives them.
    pub fn blocks_mut(&mut self) -> Vec<&mut Block> {
        let mut blocks: Vec<&mut Block> = match &mut self.kind {
            StepKind::ForEach { body, .. }
            | StepKind::Repeat { body, .. }
            | StepKind::Together { body }
            | StepKind::Action { body, .. } => vec![body],
            StepKind::Branch {
                then, otherwise, ..
            } => vec![then, otherwise],
            StepKind::Match {
                arms, otherwise, ..
            } => arms
                .iter_mut()
                .map(|arm| &mut arm.body)
                .chain(otherwise)
                .collect(),
            StepKind::Try {
                body, otherwise, ..
            } => vec![body, otherwise],
            StepKind::Wait(Wait::First(branches)) => {
                branches.iter_mut().map(|branch| &mut branch.body).collect()
            }
            StepKind::Work(_)
            | StepKind::Ask(_)
            | StepKind::Wait(_)
            | StepKind::Armed { .. }
            | StepKind::End { .. }
            | StepKind::Return { .. }
            | StepKind::Yield { .. } => Vec::new(),
        };
        if let Some(Otherwise::Block(block)) = &mut self.policy.otherwise {
            blocks.push(block);
        }
        blocks
    }
}

/// Two blocks are equal if their steps and edges are; gaps left by removed steps do not count.
impl PartialEq for Block {
    fn eq(&self, other: &Self) -> bool {
        self.numbered_edges() == other.numbered_edges()
            && self.graph.node_weights().eq(other.graph.node_weights())
    }
}

impl Block {
    /// The edges by the steps' places in the order written, sorted.
    fn numbered_edges(&self) -> Vec<(u32, u32, Edge)> {
        let places: BTreeMap<NodeIndex, u32> = self.graph.node_indices().zip(0..).collect();
        self.edges()
            .into_iter()
            .filter_map(|(from, to, edge)| Some((*places.get(&from)?, *places.get(&to)?, edge)))
            .collect()
    }
}

/// A block as it is written.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Block")]
struct Written<S> {
    steps: Vec<S>,
    edges: Vec<(u32, u32, Edge)>,
}

impl Serialize for Block {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let steps: Vec<&Step> = self.graph.node_weights().collect();
        Written {
            steps,
            edges: self.numbered_edges(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::<Step>::deserialize(deserializer)?;
        let mut graph = StableDiGraph::new();
        let nodes: Vec<NodeIndex> = written
            .steps
            .into_iter()
            .map(|step| graph.add_node(step))
            .collect();
        let node = |place: u32| {
            nodes
                .get(place as usize)
                .copied()
                .ok_or_else(|| D::Error::custom("an edge leads to a step that is not there"))
        };
        for (from, to, edge) in written.edges {
            graph.add_edge(node(from)?, node(to)?, edge);
        }
        Ok(Self { graph })
    }
}
