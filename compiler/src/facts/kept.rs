//! What the queries of a playbook give, kept from one walk through it to the next.
//!
//! Kept true here: what a query gives rests on its text, its rows and what stands in its holes, besides the manifest and
//! the lock, under which alone it is kept. So a step whose query says the same, with the same in its holes, gives the same.

use std::collections::HashMap;
use std::sync::Arc;

use sophia_plan::step::QueryDefinition;
use sophia_plan::types::RecordType;

use super::known::Known;
use super::label::Label;
use super::shapes::ReadShape;

/// What was read, by the names of the steps that read it.
#[derive(Debug, Default)]
pub(crate) struct KeptReads(HashMap<Arc<str>, Read>);

/// What one query gave.
#[derive(Debug)]
pub(super) struct Read {
    name: Arc<str>,
    module: Option<Arc<str>>,
    connection: Arc<str>,
    row: Arc<RecordType>,
    shape: Arc<ReadShape>,
    /// What the values carry that stand in its holes.
    holes: Vec<Label>,
    gave: Known,
}

/// A query that is asked for what it gives.
pub(super) struct Asked<'q> {
    /// The name under which the step asks for it.
    pub(super) name: &'q Arc<str>,
    /// The module that the step came from.
    pub(super) module: Option<&'q Arc<str>>,
    pub(super) query: &'q QueryDefinition,
    pub(super) shape: &'q Arc<ReadShape>,
}

impl Asked<'_> {
    /// What it gave, with this in its holes.
    pub(super) fn gave(&self, gave: &Known, holes: Vec<Label>) -> Read {
        Read {
            name: self.name.clone(),
            module: self.module.cloned(),
            connection: self.query.connection.clone(),
            row: self.query.row.clone(),
            shape: self.shape.clone(),
            holes,
            gave: gave.clone(),
        }
    }
}

impl KeptReads {
    /// What the query of a step gave, where it gives the same again.
    pub(super) fn of(&self, step: &str, asked: &Asked<'_>, holes: &[Label]) -> Option<&Known> {
        let known = self.0.get(step)?;
        let same = known.name == *asked.name
            && known.module.as_ref() == asked.module
            && known.connection == asked.query.connection
            && (Arc::ptr_eq(&known.shape, asked.shape) || known.shape == *asked.shape)
            && (Arc::ptr_eq(&known.row, &asked.query.row) || known.row == asked.query.row)
            && known.holes == holes;
        same.then_some(&known.gave)
    }

    /// Keeps what the query of a step gave.
    pub(super) fn keep(&mut self, step: &Arc<str>, read: Read) {
        self.0.insert(step.clone(), read);
    }
}
