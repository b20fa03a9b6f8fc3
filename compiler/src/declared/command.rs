//! Declared writes in SQL.

use std::sync::Arc;

use sophia_plan::step::CommandDefinition;

use crate::checker::{Checker, Known};
use crate::names::Declared;

/// What is known about a command.
#[derive(Debug)]
pub(crate) struct CommandFacts {
    pub(crate) definition: CommandDefinition,
}

impl Checker<'_> {
    /// The facts of a declared command. `None` where it has a mistake.
    pub(crate) fn command(&mut self, name: &str) -> Option<Arc<CommandFacts>> {
        if let Some(Known::Done(facts)) = self.memory.commands.get(name) {
            return facts.clone();
        }
        let Some(Declared::Command(command)) = self.names.get(name) else {
            return None;
        };
        let outer = self.pending.take_inputs();
        let (parameters, scope) = self.parameters(&command.parameters);
        let facts = self
            .writing_sql(&command.connection, &command.sql, &scope)
            .map(|(shape, holes)| {
                Arc::new(CommandFacts {
                    definition: CommandDefinition {
                        connection: Arc::from(command.connection.text.as_str()),
                        sql: Arc::from(shape.sql.as_str()),
                        holes,
                        parameters,
                        row: shape.returning.clone().map(Arc::new),
                        at_most: command.at_most.map(|(rows, _)| rows),
                        origin: self.origin(command.span),
                    },
                })
            });
        self.pending.restore_inputs(outer);
        self.memory
            .commands
            .insert(name.to_owned(), Known::Done(facts.clone()));
        facts
    }
}
