//! One block of the plan's graph, while its statements are written down.
//!
//! Kept true here: its steps stand in the order written. Edges come once the whole part is there (`readings`).

use std::sync::Arc;

use sophia_plan::step::{Block, Step, Work};

use super::sources::{Sources, Touched};
use crate::checker::Checker;
use crate::declared::Shared;
use crate::names::Declared;

/// A block while its steps are written down.
#[derive(Debug, Default)]
pub(crate) struct Building {
    block: Block,
}

impl Building {
    /// Adds a step after all others.
    pub(crate) fn place(&mut self, step: Step) {
        self.block.add(step);
    }

    /// How many steps there are.
    pub(super) fn len(&self) -> usize {
        self.block.len()
    }

    /// The steps behind so many others, in the order written.
    pub(super) fn since(&self, steps: usize) -> impl Iterator<Item = &Step> {
        self.block.steps().skip(steps).map(|(_, step)| step)
    }

    /// The block, its steps without edges.
    pub(super) fn finish(self) -> Block {
        self.block
    }
}

impl Sources for Checker<'_> {
    fn connection_of(&self, work: &Work) -> Option<Arc<str>> {
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

    fn touched_by(&self, playbook: &str) -> Touched {
        match self.neighbours.playbook(playbook) {
            Some(signature) => signature.touched.clone(),
            None => Touched::everything(),
        }
    }
}

impl Checker<'_> {
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
        let (_, facts) = (self.modules().into_iter())
            .find(|(whole, _)| whole.rsplit('.').next() == Some(module))?;
        match facts.get(name)? {
            Shared::Query(facts) => facts.map(|facts| facts.definition.connection.clone()),
            Shared::Command(facts) => facts.map(|facts| facts.definition.connection.clone()),
            Shared::Metric(facts) => facts.map(|facts| facts.definition.source.connection.clone()),
            _ => None,
        }
    }
}
