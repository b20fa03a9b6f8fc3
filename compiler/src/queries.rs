//! Declared queries: the SQL against the catalogue, the places in it against their types.

use std::sync::Arc;

use sophia_diagnostics::Diagnostic;
use sophia_language::syntax::{Name, Parameter, SqlText};
use sophia_plan::expression::Expression as Code;
use sophia_plan::step::QueryDefinition;
use sophia_plan::types::Type;

use crate::checker::{Checker, Known};
use crate::facts::reach::Condition;
use crate::judged::{Judgement, Shape};
use crate::names::Declared;
use crate::query::{CommandShape, QueryRequest, QueryShape};
use crate::types::{Expected, KeptRows, Place, Scope};
use crate::units::type_of;

/// What is known about a query.
#[derive(Debug)]
pub(crate) struct QueryFacts {
    pub(crate) definition: QueryDefinition,
    /// What its SQL says of its rows.
    pub(crate) kept: KeptRows,
}

impl Checker<'_> {
    /// The facts of a declared query. `None` where it has a mistake.
    pub(crate) fn query(&mut self, name: &str) -> Option<Arc<QueryFacts>> {
        match self.memory.queries.get(name) {
            Some(Known::Done(facts)) => return facts.clone(),
            // A query's row does not rest on its parameters, so there is no circle to report here:
            // the type that leads back is reported by whoever asked for it.
            Some(Known::Underway) => return None,
            None => {}
        }
        let Some(Declared::Query(query)) = self.names.get(name) else {
            return None;
        };
        self.memory.queries.insert(name.to_owned(), Known::Underway);
        let outer = self.pending.take_inputs();
        let (parameters, scope) = self.parameters(&query.parameters);
        let facts = self
            .sql(&query.connection, &query.sql, &scope)
            .map(|(judgement, holes)| {
                let shape = &judgement.shape;
                Arc::new(QueryFacts {
                    kept: kept(&judgement, &query.sql),
                    definition: QueryDefinition {
                        connection: Arc::from(query.connection.text.as_str()),
                        sql: Arc::from(shape.sql.as_str()),
                        holes,
                        parameters,
                        row: shape.row.clone(),
                        at_most: query.at_most.map(|(rows, _)| rows),
                        origin: self.origin(query.span),
                    },
                })
            });
        self.pending.restore_inputs(outer);
        if let Some(facts) = &facts {
            self.notes.query(name, &facts.definition.row);
        }
        self.memory
            .queries
            .insert(name.to_owned(), Known::Done(facts.clone()));
        facts
    }

    /// The parameters of a declaration, and the scope that its body sees.
    pub(crate) fn parameters(
        &mut self,
        parameters: &[Parameter],
    ) -> (Vec<(Arc<str>, Type)>, Scope) {
        let mut scope = Scope::new(Place::Declaration);
        let mut known = Vec::with_capacity(parameters.len());
        for parameter in parameters {
            if parameter.name.text.is_empty() {
                continue;
            }
            self.check_new_name(&parameter.name, &scope);
            let of = self.resolve_type(&parameter.of);
            let name: Arc<str> = Arc::from(parameter.name.text.as_str());
            self.notes.name(&name, &of, parameter.name.span);
            scope.add(name.clone(), of.clone(), parameter.name.span);
            known.push((name, of));
        }
        (known, scope)
    }

    /// Checks SQL, and the places in it against the types that they want.
    pub(crate) fn sql(
        &mut self,
        connection: &Name,
        sql: &SqlText,
        scope: &Scope,
    ) -> Option<(Judgement<QueryShape>, Vec<Code>)> {
        let judgement = match self.judged::<QueryShape>(connection, sql, scope) {
            Some(Ok(judgement)) => {
                let shape = &judgement.shape;
                for warning in &shape.warnings {
                    self.push(warning.clone());
                }
                self.report_unread_columns(connection, sql, shape);
                let traced = judgement.traced.clone();
                self.shapes.read(&connection.text, &shape.sql, traced);
                Some(judgement)
            }
            Some(Err(mistakes)) => {
                for mistake in mistakes {
                    self.push(mistake);
                }
                None
            }
            None => None,
        };
        let wanted = judgement
            .as_ref()
            .map(|judgement| &*judgement.shape.hole_types);
        let holes = self.sql_holes(sql, wanted.unwrap_or_default(), scope);
        judgement.map(|judgement| (judgement, holes))
    }

    fn sql_holes(&mut self, sql: &SqlText, wanted: &[Option<Type>], scope: &Scope) -> Vec<Code> {
        let mut wanted = wanted.iter();
        sql.holes
            .iter()
            .map(|(expression, _)| match wanted.next() {
                Some(Some(of)) if *of != Type::Unknown => {
                    let expected = Expected::plain(of.clone().optional(), "This place in the SQL");
                    self.check_expression(expression, scope, &expected)
                }
                _ => self.typed(expression, scope, None).expression,
            })
            .collect()
    }

    /// SQL that writes: what it changes, and the values of its places.
    pub(crate) fn writing_sql(
        &mut self,
        connection: &Name,
        sql: &SqlText,
        scope: &Scope,
    ) -> Option<(Arc<CommandShape>, Vec<Code>)> {
        let checked = self.judged::<CommandShape>(connection, sql, scope)?;
        let shape = match checked {
            Ok(Judgement { shape, traced, .. }) => {
                for warning in &shape.warnings {
                    self.push(warning.clone());
                }
                self.shapes.write(&connection.text, &shape.sql, traced);
                Some(shape)
            }
            Err(mistakes) => {
                for mistake in mistakes {
                    self.push(mistake);
                }
                None
            }
        };
        let wanted = shape.as_ref().map(|shape| &*shape.hole_types);
        let holes = self.sql_holes(sql, wanted.unwrap_or_default(), scope);
        shape.map(|shape| (shape, holes))
    }

    /// What the SQL checker says of a text. `None` where its connection may not be used.
    fn judged<T: Shape>(
        &mut self,
        connection: &Name,
        sql: &SqlText,
        scope: &Scope,
    ) -> Option<Result<Judgement<T>, Vec<Diagnostic>>> {
        let pinned = self.granted_connection(connection)?;
        let manifest = self.manifest;
        let mut judged = std::mem::take(&mut self.judged);
        let units = |table: &str, column: &str| {
            type_of(manifest.column_unit(&connection.text, table, column))
        };
        let in_scope = |name: &str| {
            scope.local(name).is_some()
                || matches!(
                    self.names.get(name),
                    Some(Declared::Input(_) | Declared::Arriving(_) | Declared::Asked(_))
                )
        };
        let request = QueryRequest {
            sql,
            file: self.file.clone(),
            connection: &connection.text,
            kind: &pinned.kind,
            tables: &pinned.tables,
            units: &units,
            synced_at: &self.catalogue.synced_at,
            in_scope: &in_scope,
        };
        let judgement = judged.judge(self.judged_before, &request);
        self.judged = judged;
        Some(judgement)
    }
}

/// What the SQL of a query says of its rows.
fn kept(judgement: &Judgement<QueryShape>, sql: &SqlText) -> KeptRows {
    let shape = &judgement.shape;
    KeptRows::of_query(shape.kept.iter().filter_map(|(kept, place)| {
        let condition = Condition::of_kept(kept, &shape.row)?;
        Some((condition, judgement.place_in(sql, *place)))
    }))
}
