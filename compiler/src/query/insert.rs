//! `insert`: which columns, with which values, and which are left out.

use sophia_plan::types::Type;
use sqlparser::ast::{
    ConflictTarget, Insert, ObjectName, OnConflictAction, OnInsert, Query, SetExpr, Spanned,
    TableAlias, TableObject, Values,
};

use super::dialect::Dialect;
use super::named::idents;
use super::scope::{Column, Relation, Scope};
use super::typer::Typer;
use super::write::Write;

impl Typer<'_> {
    pub(super) fn insert(&mut self, insert: &Insert) -> Option<Write> {
        let several = insert.multi_table_insert_type.is_some()
            || !insert.multi_table_into_clauses.is_empty()
            || !insert.multi_table_when_clauses.is_empty();
        let TableObject::TableName(name) = &insert.table else {
            let place = self.source.whole();
            self.report_not_covered(place, "a write into anything but a table");
            return None;
        };
        if several || !insert.assignments.is_empty() || insert.partitioned.is_some() {
            let place = self.source.whole();
            self.report_not_covered(place, "this form of `insert`");
            return None;
        }
        let alias = insert.table_alias.as_ref().map(|alias| TableAlias {
            explicit: alias.explicit,
            name: alias.alias.clone(),
            columns: Vec::new(),
            at: None,
        });
        let (key, relation) = self.target(name, alias.as_ref())?;
        let mut write = Write::to(&key);
        write.whole_table = insert.overwrite;
        let targets = self.targets(&relation, &insert.columns);
        if let Some(query) = &insert.source {
            self.inserted(&mut write, &targets, query);
            self.look_for_unfilled(&relation, &targets, name);
        }
        if let Some(OnInsert::OnConflict(conflict)) = &insert.on {
            if let Some(ConflictTarget::Columns(columns)) = &conflict.conflict_target {
                for ident in columns {
                    self.target_column(&relation, ident);
                }
            }
            if let OnConflictAction::DoUpdate(update) = &conflict.action {
                let mut scope = Scope::inside(None);
                let mut excluded = relation.clone();
                excluded.path = vec!["excluded".to_owned()];
                excluded.only_qualified = true;
                scope.relations = vec![relation.clone(), excluded];
                self.picked(&mut scope, update.selection.as_ref());
                self.assignments(&mut write, &scope, &relation, &update.assignments);
            }
        }
        write.returning = self.returning(vec![relation], insert.returning.as_deref());
        Some(write)
    }

    /// The columns that an `insert` fills, in its order. `None` for one that is not there.
    pub(super) fn targets(
        &mut self,
        relation: &Relation,
        names: &[ObjectName],
    ) -> Vec<Option<Column>> {
        if names.is_empty() {
            return relation.columns.iter().cloned().map(Some).collect();
        }
        let mut seen: Vec<String> = Vec::new();
        let mut targets = Vec::new();
        for ident in names.iter().filter_map(|name| idents(name).pop()) {
            let column = self.target_column(relation, &ident);
            if let Some(column) = &column {
                if seen.contains(&column.name) {
                    self.report_written_twice(&ident);
                }
                seen.push(column.name.clone());
            }
            targets.push(column);
        }
        targets
    }

    /// Rows that are written out are held against the columns one by one, so that each hole and each value
    /// has its own place; the columns of a query are held against them by position.
    fn inserted(&mut self, write: &mut Write, targets: &[Option<Column>], query: &Query) {
        let plain = query.with.is_none() && query.limit_clause.is_none();
        if let (SetExpr::Values(values), true) = (&*query.body, plain) {
            self.inserted_rows(write, targets, values);
            return;
        }
        let columns = self.query(query, None);
        if columns.is_empty() {
            return;
        }
        if columns.len() != targets.len() {
            let place = self.place(query.span());
            self.report_value_count(place, columns.len(), targets.len());
            return;
        }
        for (target, column) in targets.iter().zip(&columns) {
            if let Some(target) = target {
                self.check_fit(target, &column.typed, column.span);
                write.add(target, &column.typed);
            }
        }
    }

    fn inserted_rows(&mut self, write: &mut Write, targets: &[Option<Column>], values: &Values) {
        let scope = Scope::inside(None);
        for row in &values.rows {
            if row.content.len() != targets.len() {
                let place = row
                    .content
                    .iter()
                    .map(Spanned::span)
                    .reduce(|so_far, next| so_far.union(&next))
                    .map_or(self.source.whole(), |span| self.place(span));
                self.report_value_count(place, row.content.len(), targets.len());
                continue;
            }
            for (target, value) in targets.iter().zip(&row.content) {
                match target {
                    Some(target) => {
                        let typed = self.assigned(&scope, target, value);
                        write.add(target, &typed);
                    }
                    None => {
                        self.expression(&scope, value);
                    }
                }
            }
        }
    }

    fn look_for_unfilled(
        &mut self,
        relation: &Relation,
        targets: &[Option<Column>],
        name: &ObjectName,
    ) {
        let Some(ident) = idents(name).pop() else {
            return;
        };
        let filled = |name: &str| targets.iter().flatten().any(|column| column.name == name);
        let unfilled: Vec<&str> = relation
            .columns
            .iter()
            .filter(|column| !column.typed.nullable && !filled(&column.name))
            // SQLite numbers the rows of a table whose key is a whole number.
            .filter(|column| self.dialect != Dialect::Sqlite || column.typed.of != Type::Integer)
            .map(|column| column.name.as_str())
            .collect();
        if !unfilled.is_empty() {
            self.report_unfilled(&ident, &unfilled);
        }
    }
}
