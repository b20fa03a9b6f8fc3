//! What the SQL of a playbook says of itself, by the names of its queries and commands: what policies ask for.
//!
//! Kept true here: a bound stands here where the playbook states it or the text proves it, and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Lowered;

/// What queries and commands say of themselves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SqlFacts {
    /// The queries and commands that have a bound on their rows.
    pub(crate) bounded: BTreeSet<Arc<str>>,
    /// What each command writes: `warehouse.payments`.
    pub(crate) writes: BTreeMap<Arc<str>, Arc<str>>,
}

impl SqlFacts {
    pub(super) fn of(lowered: Lowered<'_>) -> Self {
        let Lowered { plan, shapes } = lowered;
        let mut said = Self::default();
        for (name, query) in &plan.queries {
            let shape = shapes.of_query(&query.connection, &query.sql);
            let proved = shape.and_then(|shape| shape.limit);
            if query.at_most.or(proved).is_some() {
                said.bounded.insert(name.clone());
            }
        }
        for (name, command) in &plan.commands {
            let shape = shapes.of_command(&command.connection, &command.sql);
            let proved = shape.and_then(|shape| shape.limit);
            if command.at_most.or(proved).is_some() {
                said.bounded.insert(name.clone());
            }
            let written = match shape {
                Some(shape) => Arc::from(format!("{}.{}", command.connection, shape.table)),
                None => command.connection.clone(),
            };
            said.writes.insert(name.clone(), written);
        }
        said
    }
}
