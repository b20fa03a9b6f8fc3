//! `record`, `emit`, `set`: what is written down, and told.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Emit, Name, Record, Set};
use sophia_plan::step::Work;
use sophia_plan::types::{RecordType, Type};

use super::recorded::recorded_row;
use crate::checker::Checker;
use crate::names::{Declared, nearest, with_nearest};
use crate::types::{Expected, Scope, fit, with_article};
use crate::units::type_of;

/// What a playbook does with a table that it names outside SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TableUse {
    /// It waits for changes in it.
    Watched,
    /// It records rows into it, and so says which columns it has.
    Written,
}

impl Checker<'_> {
    /// `record ROWS into CONN.TABLE key COLS`
    pub(super) fn record_work(&mut self, record: &Record, scope: &Scope) -> Option<Work> {
        let rows = self.typed(&record.rows, scope, None);
        let Some((shown, columns)) = self.table_of(&record.table, TableUse::Written) else {
            self.note_table(record, &rows.of);
            return None;
        };
        let [connection, table] = record.table.as_slice() else {
            return None;
        };
        if rows.of == Type::Unknown {
            return None;
        }
        let Some(row) = recorded_row(&rows.of) else {
            let of = &rows.of;
            let diagnostic = self
                .diagnostic(
                    codes::S889,
                    record.rows.span(),
                    format!(
                        "Rows are a table, a list of records or one record, and this is {}.",
                        with_article(of)
                    ),
                )
                .with_label(format!("{of}"))
                .with_help(format!(
                    "make records whose fields are columns of `{shown}`"
                ));
            self.push(diagnostic);
            return None;
        };
        let before = self.errors();
        self.judge_columns(&row, &columns, &shown, record.rows.span());
        self.note_columns(record, &row, &columns);
        let mut key = Vec::with_capacity(record.key.len());
        for name in &record.key {
            let column = self.table_column(name, &shown, &columns);
            // A field that is misspelt is told already.
            if let Some(column) = &column
                && row.field(column).is_none()
                && self.errors() == before
            {
                let diagnostic = self
                    .diagnostic(
                        codes::S894,
                        name.span,
                        format!("The rows have no `{column}`, so it tells none of them apart."),
                    )
                    .with_help("add it to the rows, or choose another key");
                self.push(diagnostic);
            }
            key.extend(column);
        }
        (self.errors() == before).then(|| Work::Record {
            connection: Arc::from(connection.text.as_str()),
            table: Arc::from(table.text.as_str()),
            rows: rows.expression,
            columns: row.fields.iter().map(|field| field.name.clone()).collect(),
            key,
        })
    }

    /// Holds the fields of rows against the columns of a table.
    fn judge_columns(&mut self, row: &RecordType, columns: &RecordType, shown: &str, span: Span) {
        let unknown: Vec<&str> = (row.fields.iter())
            .filter(|field| columns.field(&field.name).is_none())
            .map(|field| &*field.name)
            .collect();
        let missing: Vec<&str> = (columns.fields.iter())
            .filter(|column| !column.of.is_optional() && row.field(&column.name).is_none())
            .map(|column| &*column.name)
            .collect();
        // A field that no column has may be meant for one that is missed.
        if !unknown.is_empty() {
            self.report_unknown_columns(&unknown, &missing, columns, shown, span);
        } else if !missing.is_empty() {
            let diagnostic = self
                .diagnostic(
                    codes::S892,
                    span,
                    format!(
                        "The rows have no {}, which `{shown}` needs.",
                        quoted(&missing)
                    ),
                )
                .with_note(format!("its columns: {}", listed(columns)))
                .with_help("add it with `| add NAME = …`");
            self.push(diagnostic);
        }
        for field in &row.fields {
            let Some(column) = columns.field(&field.name) else {
                continue;
            };
            let fits = fit(&field.of, &column.of).fits()
                || matches!(
                    (field.of.present(), column.of.present()),
                    // What a column holds has fewer types than what a playbook knows.
                    (
                        Type::Record(_) | Type::List(_) | Type::Json,
                        Type::Json | Type::Text
                    ) | (Type::Number | Type::Decimal, Type::Number | Type::Decimal)
                        | (
                            Type::Date | Type::Timestamp | Type::Time | Type::Duration,
                            Type::Text
                        )
                ) && (column.of.is_optional() || !field.of.is_optional());
            if fits || column.of == Type::Unknown {
                continue;
            }
            let missing = field.of.is_optional()
                && !column.of.is_optional()
                && fit(field.of.present(), &column.of).fits();
            let diagnostic = if missing {
                self.diagnostic(
                    codes::S893,
                    span,
                    format!(
                        "`{}` may be missing, and the column `{shown}.{}` never is.",
                        field.name, column.name
                    ),
                )
                .with_help("give it a default with `| add NAME = NAME ?? …`, or leave such rows out with `| where`")
            } else {
                self.diagnostic(
                    codes::S893,
                    span,
                    format!(
                        "The column `{shown}.{}` takes {}, and `{}` is {}.",
                        column.name,
                        with_article(&column.of),
                        field.name,
                        with_article(&field.of)
                    ),
                )
                .with_note(format!("expected: {}", column.of))
                .with_note(format!("found:    {}", field.of))
            };
            self.push(diagnostic);
        }
    }

    /// Fields that a table has no columns for.
    fn report_unknown_columns(
        &mut self,
        unknown: &[&str],
        missing: &[&str],
        columns: &RecordType,
        shown: &str,
        span: Span,
    ) {
        let (column, field) = match unknown {
            [_] => ("column", "has a field"),
            _ => ("columns", "has the fields"),
        };
        let mut diagnostic = self
            .diagnostic(
                codes::S891,
                span,
                format!("`{shown}` has no {column} {}.", quoted(unknown)),
            )
            .with_label(format!("{field} {}", quoted(unknown)))
            .with_note(format!("its columns: {}", listed(columns)));
        if missing.is_empty() {
            diagnostic = diagnostic.with_note(format!(
                "`sophia sync --create` writes the statement that adds {}",
                if let [_] = unknown { "it" } else { "them" }
            ));
        }
        let known = || columns.fields.iter().map(|column| &*column.name);
        let mut meant: Vec<&str> = Vec::new();
        for name in unknown {
            if let Some(near) = nearest(name, known()) {
                meant.push(near);
                diagnostic = diagnostic.with_note(match unknown {
                    [_] => format!("nearest: `{near}`"),
                    _ => format!("nearest to `{name}`: `{near}`"),
                });
            }
        }
        let missing: Vec<&str> = (missing.iter().copied())
            .filter(|column| !meant.contains(column))
            .collect();
        if !missing.is_empty() {
            diagnostic = diagnostic.with_note(format!("it also needs {}", quoted(&missing)));
        }
        let what = if let [_] = unknown {
            "the field"
        } else {
            "them"
        };
        self.push(diagnostic.with_help(format!(
            "leave {what} out with `| select`, or rename {}",
            if let [_] = unknown { "it" } else { "them" }
        )));
    }

    /// The table of `CONN.TABLE`, as people write it and with its columns as a playbook sees them.
    pub(crate) fn table_of(
        &mut self,
        path: &[Name],
        used: TableUse,
    ) -> Option<(String, RecordType)> {
        let [connection, table] = path else {
            self.report_bare_table(path);
            return None;
        };
        let pinned = self.granted_connection(connection)?;
        if table.text.is_empty() {
            return None;
        }
        let shown = format!("{}.{}", connection.text, table.text);
        let Some(found) = pinned.tables.get(&table.text) else {
            let near = nearest(&table.text, pinned.tables.keys().map(String::as_str));
            let diagnostic = self
                .diagnostic(
                    codes::S401,
                    table.span,
                    format!(
                        "There is no table `{}` in `{}`.",
                        table.text, connection.text
                    ),
                )
                .with_label(format!("not in {}", connection.text));
            let diagnostic = match (near, used) {
                (Some(_), TableUse::Watched) => with_nearest(diagnostic, near, table.span),
                (Some(_), TableUse::Written) => with_nearest(diagnostic, near, table.span)
                    .with_note("`sophia sync --create` writes the statement that makes a new one"),
                (None, TableUse::Watched) => diagnostic.with_help(format!(
                    "make it in `{}`, then `sophia sync` pins it in sophia.lock",
                    connection.text
                )),
                (None, TableUse::Written) => diagnostic.with_help(
                    "`sophia sync --create` writes the statement that makes it; in `dev` it makes it",
                ),
            };
            self.push(diagnostic);
            return None;
        };
        let manifest = self.manifest;
        let units = |table: &str, column: &str| {
            type_of(manifest.column_unit(&connection.text, table, column))
        };
        let row = crate::query::row_of(&pinned.kind, &table.text, found, &units);
        Some((shown, row))
    }

    /// S401 for a table without its connection.
    fn report_bare_table(&mut self, path: &[Name]) {
        let [table] = path else {
            return;
        };
        if table.text.is_empty() {
            return;
        }
        let mut holders = (self.catalogue.connections.iter())
            .filter(|(_, connection)| connection.tables.contains_key(&table.text))
            .map(|(name, _)| name.as_str());
        let holder = holders.next().filter(|_| holders.next().is_none());
        let diagnostic = self
            .diagnostic(
                codes::S401,
                table.span,
                format!(
                    "`{}` does not say of which connection it is a table.",
                    table.text
                ),
            )
            .with_label("a table is named with its connection");
        let diagnostic = match holder {
            Some(holder) => {
                let text = format!("{holder}.{}", table.text);
                diagnostic.with_edit(format!("write `{text}`"), table.span, text)
            }
            None => diagnostic.with_help(format!("write `CONNECTION.{}`", table.text)),
        };
        self.push(diagnostic);
    }

    /// A column of a table, or a complaint with the nearest.
    pub(crate) fn table_column(
        &mut self,
        name: &Name,
        shown: &str,
        row: &RecordType,
    ) -> Option<Arc<str>> {
        if name.text.is_empty() {
            return None;
        }
        if let Some(field) = row.field(&name.text) {
            return Some(field.name.clone());
        }
        let near = nearest(&name.text, row.fields.iter().map(|field| &*field.name));
        let diagnostic = self
            .diagnostic(
                codes::S891,
                name.span,
                format!("`{shown}` has no column `{}`.", name.text),
            )
            .with_label("not a column")
            .with_note(format!("its columns: {}", listed(row)));
        self.push(with_nearest(diagnostic, near, name.span));
        None
    }

    /// `emit NAME { … }`
    pub(super) fn emit_work(&mut self, emit: &Emit, scope: &Scope) -> Option<Work> {
        if let Some(value) = &emit.value {
            let carried = self.carried(std::slice::from_ref(&emit.event));
            self.notes.wanted(value.span(), &carried);
        }
        let value = emit
            .value
            .as_ref()
            .map(|value| (self.typed(value, scope, None), value.span()));
        let of = match &value {
            None => Type::None,
            Some((value, _)) if value.is_unknown() => return None,
            Some((value, span)) => {
                if !matches!(value.of, Type::Record(_)) {
                    let diagnostic = self
                        .diagnostic(
                            codes::S899,
                            *span,
                            format!(
                                "An event carries a record, and this is {}.",
                                with_article(&value.of)
                            ),
                        )
                        .with_help("write `{ NAME: … }`");
                    self.push(diagnostic);
                    return None;
                }
                value.of.clone()
            }
        };
        self.note_event(&emit.event, &of, emit.span);
        Some(Work::Emit {
            event: Arc::from(emit.event.text.as_str()),
            value: value.map(|(value, _)| value.expression),
        })
    }

    /// `set STATE = x`, `set STATE[key] = x`
    pub(super) fn set_work(&mut self, set: &Set, scope: &Scope) -> Option<Work> {
        let state = if let Some(Declared::State(_)) = self.names.get(&set.state.text) {
            self.state(&set.state.text)
        } else {
            self.report_no_state(&set.state);
            None
        };
        let key = set
            .key
            .as_ref()
            .map(|key| self.state_key(&set.state, key, scope));
        let Some(state) = state else {
            self.typed(&set.value, scope, None);
            return None;
        };
        let asked = self.state_is_asked_rightly(&set.state, &state, set.key.is_some());
        let expected =
            Expected::plain(state.definition.of.clone(), format!("`{}`", set.state.text));
        let before = self.errors();
        let value = self.check_expression(&set.value, scope, &expected);
        (asked && self.errors() == before).then(|| Work::Set {
            state: Arc::from(set.state.text.as_str()),
            key: key.flatten(),
            value,
        })
    }

    fn report_no_state(&mut self, name: &Name) {
        if name.text.is_empty()
            || self.broken.may_declare(&name.text)
            || (self.names.get(&name.text).is_none() && !self.names.note_unknown(name))
        {
            return;
        }
        let near = nearest(
            &name.text,
            self.names
                .all()
                .filter(|(_, what)| matches!(what, Declared::State(_)))
                .map(|(name, _)| name),
        );
        let diagnostic = match self.names.get(&name.text) {
            Some(what) => self.diagnostic(
                codes::S209,
                name.span,
                format!(
                    "`{}` is {}, and `set` changes a state.",
                    name.text,
                    what.noun()
                ),
            ),
            None => self
                .diagnostic(
                    codes::S201,
                    name.span,
                    format!("There is no state named `{}`.", name.text),
                )
                .with_label("not known"),
        };
        let diagnostic = match near {
            Some(_) => with_nearest(diagnostic, near, name.span),
            None => {
                diagnostic.with_help(format!("declare it: `state {}: TYPE = VALUE`", name.text))
            }
        };
        self.push(diagnostic);
    }
}

fn listed(row: &RecordType) -> String {
    let names: Vec<&str> = row.fields.iter().map(|field| &*field.name).collect();
    names.join(", ")
}

/// `a`, `b`
fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
