//! What is read: queries and metrics, column by column.
//!
//! Kept true here: a column carries what it is made of; where nobody knows what SQL reads, it carries what everything in
//! the connection carries together.

use std::sync::Arc;

use sophia_plan::expression::Expression;
use sophia_plan::step::{MetricReading, QueryDefinition, Step};
use sophia_plan::types::{RecordType, Type};

use super::flow::Destination;
use super::kept::Asked;
use super::known::Known;
use super::label::{Label, Level};
use super::pass::Walk;
use super::sending::Sending;
use super::shapes::Made;
use super::trail::{Stop, Trail};
use super::work::unknown;
use super::written::{doubted, internal};
use crate::query::Way;
use crate::sources::{Part, Spot};

impl Walk<'_> {
    /// What a query gives, column by column.
    pub(super) fn query(
        &mut self,
        step: &Step,
        name: &Arc<str>,
        query: &QueryDefinition,
        arguments: &[(Arc<str>, Known)],
    ) -> Known {
        let holes = self.holes(step, &query.connection, name, &query.holes, arguments);
        let shapes = self.shapes;
        let Some(shape) = shapes.of_query(&query.connection, &query.sql) else {
            let label = self.everything_in(&query.connection);
            return Known::list(label.clone(), Known::typed(&record(&query.row), &label));
        };
        let asked = Asked {
            name,
            module: self.module.as_ref(),
            query,
            shape,
        };
        let known = self
            .before
            .and_then(|kept| kept.of(&step.name, &asked, &holes));
        let gave = known.cloned().unwrap_or_else(|| {
            let rows = self.made(&query.connection, &shape.rows, &holes);
            let mut label = internal(&format!("query {name}"), "its rows", self.declared(name));
            label.join_level(&rows);
            let made = (shape.columns.as_slice(), holes.as_slice());
            let row = self.columns_made(&query.connection, name, &query.row, made);
            Known::list(label, row)
        });
        let read = asked.gave(&gave, holes);
        self.reads.keep(&step.name, read);
        gave
    }

    pub(super) fn columns_made(
        &self,
        connection: &Arc<str>,
        name: &Arc<str>,
        row: &RecordType,
        (columns, holes): (&[Made], &[Label]),
    ) -> Known {
        let spot = self.declared(name);
        let what: Arc<str> = Arc::from(format!("query {name}"));
        let fields = row
            .fields
            .iter()
            .enumerate()
            .map(|(index, field)| {
                let stop = Arc::new(Stop {
                    what: what.clone(),
                    note: Arc::from(format!("column `{}`", field.name)),
                    spot: spot.at(Part::SqlColumn(field.name.clone())),
                });
                let mut label = Label::level(Level::Internal, Trail::at(&stop));
                if let Some(made) = columns.get(index) {
                    let made = match field.of.present() {
                        Type::Boolean => self.yes_or_no(connection, made, holes),
                        _ => self.made(connection, made, holes),
                    };
                    label.join(&made.via(|| stop));
                    if made.atoms().is_empty() {
                        label.doubt = made.doubt;
                    }
                }
                let mut known = Known::typed(&field.of, &label);
                known.add_type(&field.of);
                (field.name.clone(), known)
            })
            .collect();
        Known::record(Label::public(), fields)
    }

    /// What a value carries that SQL makes.
    pub(super) fn made(&self, connection: &Arc<str>, made: &Made, holes: &[Label]) -> Label {
        let mut label = Label::public();
        for (source, way) in &made.columns {
            let column = self.column(connection, &source.table, &source.column);
            match way {
                Way::Counted => label.join_level(&column),
                Way::Averaged { at_least } if *at_least > 1 => {
                    label.join(&column.without_categories());
                }
                Way::Averaged { .. } | Way::Value => label.join(&column),
            }
        }
        for hole in &made.holes {
            if let Some(hole) = holes.get(*hole) {
                label.join(hole);
            }
        }
        label
    }

    /// A yes or no that SQL makes: a column that is one itself keeps its categories.
    fn yes_or_no(&self, connection: &Arc<str>, made: &Made, holes: &[Label]) -> Label {
        let mut label = self.made(connection, made, holes).only_level();
        for source in made.columns.keys() {
            if self.is_yes_or_no(connection, &source.table, &source.column) {
                label.join(
                    &self
                        .column(connection, &source.table, &source.column)
                        .vouched(),
                );
            }
        }
        label
    }

    fn is_yes_or_no(&self, connection: &str, table: &str, column: &str) -> bool {
        self.project
            .catalogue
            .connections
            .get(connection)
            .and_then(|connection| connection.tables.get(table))
            .and_then(|table| table.columns.iter().find(|known| known.name == column))
            .is_some_and(|column| column.declared.to_ascii_lowercase().contains("bool"))
    }

    /// The values of the places in SQL, each sent to the connection.
    fn holes(
        &mut self,
        step: &Step,
        connection: &Arc<str>,
        name: &Arc<str>,
        holes: &[Expression],
        arguments: &[(Arc<str>, Known)],
    ) -> Vec<Label> {
        let depth = self.env.depth();
        for (name, known) in arguments {
            self.env.bind(name.clone(), known.clone());
        }
        let spot = self.declared(name);
        let labels = holes
            .iter()
            .enumerate()
            .map(|(index, hole)| {
                let sending = Sending {
                    step,
                    to: Destination::Connection {
                        connection: connection.clone(),
                    },
                    steers: false,
                };
                let known = self.send(&sending, hole, spot.at(Part::SqlHole(index)));
                known.whole()
            })
            .collect();
        self.env.forget(depth);
        labels
    }

    /// What everything in a connection carries together, where nobody knows what is read.
    pub(super) fn everything_in(&self, connection: &str) -> Label {
        let mut label = internal(connection, "", Spot::default());
        label = doubted(label, connection, Spot::default());
        let pinned = self.project.catalogue.connections.get(connection);
        for (table, content) in pinned.into_iter().flat_map(|known| &known.tables) {
            for column in &content.columns {
                label.join(&self.column(connection, table, &column.name));
            }
        }
        label
    }

    pub(super) fn metric(
        &mut self,
        step: &Step,
        metric: &Arc<str>,
        reading: &MetricReading,
    ) -> Known {
        let mut level = Label::public();
        if let MetricReading::Over { window, .. } = reading {
            level = self.value(window).whole();
        }
        let plan = self.plan;
        let Some(definition) = plan.metrics.get(metric) else {
            return unknown(metric, &step.result);
        };
        let read = self.query(step, metric, &definition.source, &[]);
        let row = read.item();
        let mut known = match reading {
            MetricReading::Latest => row.field("value"),
            MetricReading::Over { .. } => match step.result.present() {
                Type::Table(of) => {
                    let fields = of
                        .fields
                        .iter()
                        .map(|field| (field.name.clone(), row.field(&field.name)))
                        .collect();
                    Known::list(read.label.clone(), Known::record(Label::public(), fields))
                }
                other => Known::typed(other, &read.whole()),
            },
        };
        known.label.join_level(&level);
        known
    }

    /// The column that an expression reads, as `connection.table.column`, where it is nothing else.
    pub(super) fn column_read(&self, set: &Expression) -> Option<Arc<str>> {
        match set {
            Expression::Name(name) => self.columns.get(name).cloned(),
            _ => None,
        }
    }
}

pub(super) fn record(row: &Arc<RecordType>) -> Type {
    Type::Record(row.clone())
}
