//! Names to columns.

use sophia_plan::types::Type;
use sqlparser::ast::Ident;

use super::dialect::Dialect;
use super::scope::{Relation, Scope};
use super::typed::Typed;
use super::typer::Typer;

impl Typer<'_> {
    /// A column without a qualifier.
    pub fn column(&mut self, scope: &Scope<'_>, ident: &Ident) -> Typed {
        for (depth, level) in scope.levels().enumerate() {
            if let Some(found) = self.column_here(level, ident) {
                return of_level(depth, found);
            }
        }
        let relations: Vec<&Relation> = scope
            .levels()
            .find(|level| !level.relations.is_empty())
            .map(|level| level.relations.iter().collect())
            .unwrap_or_default();
        self.report_unknown_column(ident, &relations);
        Typed::reported()
    }

    fn column_here(&mut self, scope: &Scope<'_>, ident: &Ident) -> Option<Typed> {
        let dialect = self.dialect;
        if let Some(column) = scope
            .merged
            .iter()
            .find(|column| dialect.means(ident, &column.name))
        {
            return Some(read(scope, &column.typed));
        }
        let mut found: Vec<(&Relation, usize)> = Vec::new();
        for relation in &scope.relations {
            if relation.only_qualified {
                continue;
            }
            found.extend(
                relation
                    .find(dialect, ident)
                    .into_iter()
                    .map(|index| (relation, index)),
            );
        }
        if found.len() > 1 {
            let kept = dialect.name(ident);
            let exact: Vec<_> = found
                .iter()
                .copied()
                .filter(|(relation, index)| {
                    relation
                        .columns
                        .get(*index)
                        .is_some_and(|column| column.name == kept)
                })
                .collect();
            if exact.len() == 1 {
                found = exact;
            }
        }
        match found.as_slice() {
            [] => {}
            [(relation, index)] => {
                return relation
                    .columns
                    .get(*index)
                    .map(|column| read(scope, &column.typed));
            }
            several => {
                let names: Vec<String> = several
                    .iter()
                    .map(|(relation, _)| relation.path.first().unwrap_or(&relation.name).clone())
                    .collect();
                self.report_ambiguous(ident, &names);
                return Some(Typed::reported());
            }
        }
        if let Some(typed) = self.alias(scope, ident) {
            return Some(typed);
        }
        if scope.relations.iter().any(|relation| relation.open) {
            return Some(Typed::reported());
        }
        self.hidden(scope, ident)
    }

    /// An alias of the select list, typed where it is used.
    fn alias(&mut self, scope: &Scope<'_>, ident: &Ident) -> Option<Typed> {
        let (index, expression) = scope
            .aliases
            .iter()
            .enumerate()
            .filter(|(index, _)| !scope.busy.borrow().contains(index))
            .find(|(_, (alias, _))| self.dialect.means(ident, &self.dialect.name(alias)))
            .map(|(index, (_, expression))| (index, *expression))?;
        scope.busy.borrow_mut().push(index);
        let typed = self.expression(scope, expression);
        scope.busy.borrow_mut().pop();
        Some(Typed {
            hole: None,
            literal: None,
            ..typed
        })
    }

    /// Columns that every table has and none shows.
    fn hidden(&self, scope: &Scope<'_>, ident: &Ident) -> Option<Typed> {
        let table = scope.relations.iter().find(|relation| relation.base);
        let name = ident.value.to_ascii_lowercase();
        match self.dialect {
            Dialect::Sqlite if is_row_number(ident) => table.map(row_number),
            Dialect::Postgres
                if ident.quote_style.is_none()
                    && matches!(&*name, "current_schema" | "current_role" | "user") =>
            {
                Some(Typed::new(Type::Text))
            }
            Dialect::Postgres
                if table.is_some() && matches!(&*name, "ctid" | "xmin" | "tableoid") =>
            {
                Some(Typed::new(Type::Text))
            }
            // A whole row as a value.
            Dialect::Postgres => scope
                .relations
                .iter()
                .find(|relation| relation.is_called(self.dialect, std::slice::from_ref(ident)))
                .map(whole_row),
            _ => None,
        }
    }

    /// `(t.*)`: a whole row as a value, as PostgreSQL takes it. None where no row is called so.
    pub fn row_of(&self, scope: &Scope<'_>, path: &[Ident]) -> Option<Typed> {
        (scope.levels().flat_map(|level| &level.relations))
            .find(|relation| relation.is_called(self.dialect, path))
            .filter(|_| self.dialect == Dialect::Postgres)
            .map(whole_row)
    }

    /// A column with a qualifier: `c.tenure`, `schema.table.column`.
    pub fn qualified(&mut self, scope: &Scope<'_>, path: &[Ident]) -> Typed {
        let Some((column, qualifier)) = path.split_last() else {
            return Typed::unknown();
        };
        if qualifier.is_empty() {
            return self.column(scope, column);
        }
        let dialect = self.dialect;
        let mut missed = None;
        for (depth, level) in scope.levels().enumerate() {
            for relation in &level.relations {
                if !relation.is_called(dialect, qualifier) {
                    continue;
                }
                if let Some(found) = relation
                    .find(dialect, column)
                    .first()
                    .and_then(|index| relation.columns.get(*index))
                {
                    return of_level(depth, read(level, &found.typed));
                }
                if relation.open {
                    return Typed::reported();
                }
                if relation.base && dialect == Dialect::Sqlite && is_row_number(column) {
                    return row_number(relation);
                }
                missed.get_or_insert(relation);
            }
        }
        if let Some(relation) = missed {
            self.report_unknown_column(column, &[relation]);
        } else if let Some(first) = qualifier.first() {
            let called: Vec<&str> = scope
                .levels()
                .flat_map(|level| &level.relations)
                .filter_map(|relation| relation.path.first().map(String::as_str))
                .collect();
            self.report_unknown_qualifier(first, &called);
        }
        Typed::reported()
    }

    /// Whether a path names a column, without a word about it.
    pub fn is_column(&self, scope: &Scope<'_>, path: &[Ident]) -> bool {
        let Some((column, qualifier)) = path.split_last() else {
            return false;
        };
        scope.levels().any(|level| {
            level.relations.iter().any(|relation| {
                relation.may_be_called(self.dialect, qualifier)
                    && !relation.find(self.dialect, column).is_empty()
            })
        })
    }
}

fn whole_row(relation: &Relation) -> Typed {
    let columns = relation.columns.iter().map(|column| &column.typed);
    Typed::made_of(Type::Unknown, columns).nullable(true)
}

fn is_row_number(ident: &Ident) -> bool {
    ["rowid", "_rowid_", "oid"]
        .iter()
        .any(|name| ident.value.eq_ignore_ascii_case(name))
}

/// SQLite's number of a row. It is also the table's key where that is one whole number, and the catalogue does
/// not say which column is the key: so it is made of every one that may be.
fn row_number(relation: &Relation) -> Typed {
    let keys = relation
        .columns
        .iter()
        .filter(|column| column.typed.of == Type::Integer)
        .map(|column| &column.typed);
    Typed::made_of(Type::Integer, keys).nullable(false)
}

/// A column of a query further out is the same for all rows of this one, so a sum over them hides nothing.
fn of_level(depth: usize, typed: Typed) -> Typed {
    if depth == 0 { typed } else { typed.chosen() }
}

/// A column as it is read in a scope.
fn read(scope: &Scope<'_>, typed: &Typed) -> Typed {
    Typed {
        nullable: typed.nullable || scope.loose.get(),
        column: true,
        hole: None,
        literal: None,
        ..typed.clone()
    }
}
