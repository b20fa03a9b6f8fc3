//! What is written into tables: commands and `record`.
//!
//! Kept true here: what is written goes to its column; what picks a row decides, and steers.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_plan::step::Step;

use super::flow::Destination;
use super::known::{Known, Parts};
use super::pass::Walk;
use super::reading::record;
use super::sending::Sending;
use super::shapes::Made;
use super::work::unknown;
use super::written::internal;
use crate::sources::{Part, Spot};

impl Walk<'_> {
    /// A write in SQL: what is written goes to its column, what picks the rows decides.
    pub(super) fn command(
        &mut self,
        step: &Step,
        name: &Arc<str>,
        arguments: &[(Arc<str>, Known)],
        spot: &Spot,
    ) -> Known {
        let plan = self.plan;
        let Some(command) = plan.commands.get(name) else {
            return unknown(name, &step.result);
        };
        let connection = &command.connection;
        let shapes = self.shapes;
        let shape = shapes.of_command(connection, &command.sql);
        self.decided(
            step,
            Destination::Connection {
                connection: connection.clone(),
            },
            spot.clone(),
        );
        let depth = self.env.depth();
        for (name, known) in arguments {
            self.env.bind(name.clone(), known.clone());
        }
        let declared = self.declared(name);
        let mut labels = Vec::with_capacity(command.holes.len());
        for (index, hole) in command.holes.iter().enumerate() {
            let place = declared.at(Part::SqlHole(index));
            let picks = shape.is_none_or(|shape| shape.rows.holes.contains(&index));
            let columns: BTreeSet<&Arc<str>> = shape
                .into_iter()
                .flat_map(|shape| &shape.writes)
                .filter(|(_, made)| made.holes.contains(&index))
                .map(|(column, _)| column)
                .collect();
            let to = Destination::Connection {
                connection: connection.clone(),
            };
            if picks || columns.is_empty() {
                let sending = Sending {
                    step,
                    to,
                    steers: picks,
                };
                self.send(&sending, hole, place.clone());
            }
            for column in columns {
                let sending = Sending {
                    step,
                    to: Destination::Column {
                        connection: connection.clone(),
                        table: shape.map_or_else(|| Arc::from(""), |shape| shape.table.clone()),
                        column: column.clone(),
                    },
                    steers: false,
                };
                self.send(&sending, hole, place.clone());
            }
            labels.push(self.value(hole).whole());
        }
        self.env.forget(depth);
        if let Some(shape) = shape {
            for (column, made) in &shape.writes {
                let without_holes = Made {
                    columns: made.columns.clone(),
                    holes: BTreeSet::new(),
                };
                let label = self.made(connection, &without_holes, &labels);
                let sending = Sending {
                    step,
                    to: Destination::Column {
                        connection: connection.clone(),
                        table: shape.table.clone(),
                        column: column.clone(),
                    },
                    steers: false,
                };
                self.flow(&sending, label, declared.clone());
            }
        }
        match (&command.row, shape) {
            (Some(row), Some(shape)) => {
                let rows = self.made(connection, &shape.rows, &labels);
                let mut label = internal(&format!("command {name}"), "", declared);
                label.join_level(&rows);
                let row = self.columns_made(connection, name, row, (&shape.columns, &labels));
                Known::list(label, row)
            }
            (Some(row), None) => {
                let label = self.everything_in(connection);
                Known::list(label.clone(), Known::typed(&record(row), &label))
            }
            (None, _) => Known::scalar(internal(&format!("command {name}"), "", declared)),
        }
    }

    /// Rows that are written: each column takes what it is cleared for, and a key picks a row.
    pub(super) fn record(
        &mut self,
        step: &Step,
        connection: &Arc<str>,
        table: &Arc<str>,
        rows: &Known,
        columns: &[Arc<str>],
        key: &[Arc<str>],
    ) {
        let spot = self.spot(step).at(Part::Value);
        let item = match &rows.parts {
            Parts::Fields(_) => rows.clone(),
            Parts::Items(_) | Parts::Whole => rows.item(),
        };
        let outer = self.context.clone();
        self.context.join_level(&rows.label);
        for column in columns {
            let place = |column: &Arc<str>| Destination::Column {
                connection: connection.clone(),
                table: table.clone(),
                column: column.clone(),
            };
            self.decided(step, place(column), spot.clone());
            let label = item.field(column).whole();
            let sending = Sending {
                step,
                to: place(column),
                steers: false,
            };
            self.flow(&sending, label.clone(), spot.clone());
            if key.contains(column) {
                let path = format!("{connection}.{table}.{column}");
                let new = label
                    .doubt
                    .as_ref()
                    .is_some_and(|doubt| doubt.new_in.as_deref() == Some(&path));
                let sending = Sending {
                    step,
                    to: Destination::Key {
                        connection: connection.clone(),
                        table: table.clone(),
                        column: column.clone(),
                    },
                    steers: true,
                };
                let label = if new { label.vouched() } else { label };
                self.flow(&sending, label, spot.clone());
            }
        }
        self.context = outer;
    }
}
