//! Reads that stand in an expression by themselves: a column's distinct values, passages, found metrics,
//! files; and the manifest's people.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Expression, Name, TypeExpression};
use sophia_plan::expression::{Expression as Code, Operator};
use sophia_plan::step::Work;
use sophia_plan::types::{FieldType, RecordType, Type};
use sophia_plan::value::{Record, Value};

use super::compare::comparable;
use super::expected::Expected;
use super::scope::{Grouping, Scope};
use super::{Typed, with_article};
use crate::checker::Checker;
use crate::names::{Declared, nearest, with_nearest};
use crate::units::type_of;

/// The formats of files that are read.
const FORMATS: [&str; 1] = ["csv"];

impl Checker<'_> {
    /// The connection, table and column that `CONN.TABLE.COLUMN` names, if a connection stands in front.
    pub(super) fn column_path<'e>(
        &self,
        written: &'e Expression,
        scope: &Scope,
    ) -> Option<(&'e Name, &'e Name, &'e Name)> {
        let Expression::Field { of, name, .. } = written else {
            return None;
        };
        let Expression::Field {
            of, name: table, ..
        } = &**of
        else {
            return None;
        };
        let Expression::Name(connection) = &**of else {
            return None;
        };
        let hidden = scope.names().contains(&connection.text.as_str());
        let is_connection = match self.names.get(&connection.text) {
            Some(Declared::Connection) => true,
            Some(_) => false,
            None => self.manifest.connections.contains_key(&connection.text),
        };
        (!hidden && is_connection).then_some((connection, table, name))
    }

    /// A column of the catalogue: its table's name, its own, and the list of its values.
    pub(crate) fn column_given(
        &mut self,
        connection: &Name,
        table: &Name,
        column: &Name,
        scope: &Scope,
    ) -> Option<(Arc<str>, Arc<str>, Type)> {
        let hidden = scope.names().contains(&connection.text.as_str());
        if hidden || table.text.is_empty() || column.text.is_empty() {
            return None;
        }
        let (table, column) = self.catalogued_column((connection, table, column))?;
        let item = self.column_type(connection, &table, &column)?;
        let of = Type::List(Arc::new(item.present().clone()));
        Some((Arc::from(table), Arc::from(column), of))
    }

    /// The table and the column of `CONN.TABLE.COLUMN` as the catalogue writes them, or a complaint.
    fn catalogued_column(
        &mut self,
        (connection, table, column): (&Name, &Name, &Name),
    ) -> Option<(String, String)> {
        let pinned = self.granted_connection(connection)?;
        let alike = |known: &str, name: &str| known.eq_ignore_ascii_case(name);
        let found = pinned
            .tables
            .iter()
            .find(|(known, _)| alike(known, &table.text));
        let Some((table_name, known)) = found else {
            let near = nearest(&table.text, pinned.tables.keys().map(String::as_str));
            let diagnostic = self
                .diagnostic(
                    codes::S217,
                    table.span,
                    format!("`{}` has no table `{}`.", connection.text, table.text),
                )
                .with_label("not in sophia.lock");
            self.push(with_nearest(diagnostic, near, table.span));
            return None;
        };
        let Some(pinned_column) = known
            .columns
            .iter()
            .find(|known| alike(&known.name, &column.text))
        else {
            let names = known.columns.iter().map(|known| known.name.as_str());
            let near = nearest(&column.text, names);
            let diagnostic = self
                .diagnostic(
                    codes::S217,
                    column.span,
                    format!("`{}` has no column `{}`.", table.text, column.text),
                )
                .with_label("not in sophia.lock");
            self.push(with_nearest(diagnostic, near, column.span));
            return None;
        };
        Some((table_name.clone(), pinned_column.name.clone()))
    }

    /// `CONN.TABLE.COLUMN`: that column's distinct values, read once a run.
    pub(super) fn distinct(
        &mut self,
        (connection, table, column): (&Name, &Name, &Name),
        span: Span,
        scope: &Scope,
    ) -> Typed {
        if table.text.is_empty() || column.text.is_empty() {
            return Typed::unknown();
        }
        let Some((table_name, column_name)) = self.catalogued_column((connection, table, column))
        else {
            return Typed::unknown();
        };
        let written = format!("{}.{}.{}", connection.text, table.text, column.text);
        let given = scope.place == super::Place::Expectation && self.pending.is_given(&written);
        let refused = matches!(
            scope.place,
            super::Place::Declaration | super::Place::Expectation
        );
        if refused && !given && self.refuses_call(&format!("The read of `{written}`"), span, scope)
        {
            return Typed::unknown();
        }
        let Some(item) = self.column_type(connection, &table_name, &column_name) else {
            return Typed::unknown();
        };
        let of = Type::List(Arc::new(item.present().clone()));
        if given {
            return Typed::new(Code::Name(Arc::from(written)), of);
        }
        let work = Work::Distinct {
            connection: Arc::from(connection.text.as_str()),
            table: Arc::from(table_name.as_str()),
            column: Arc::from(column_name.as_str()),
        };
        let code = self.share_step(&written, work, of.clone(), span);
        Typed::new(code, of)
    }

    /// The type of a column as a query would give it.
    fn column_type(&mut self, connection: &Name, table: &str, column: &str) -> Option<Type> {
        let pinned = self.catalogue.connections.get(&connection.text)?;
        let manifest = self.manifest;
        let units = |table: &str, column: &str| {
            type_of(manifest.column_unit(&connection.text, table, column))
        };
        let row = crate::query::row_of(&pinned.kind, table, pinned.tables.get(table)?, &units);
        row.field(column).map(|field| field.of.clone())
    }

    /// `x known in CONN.TABLE.COLUMN`: the value, which the column vouches for.
    pub(super) fn known_in(
        &mut self,
        value: &Expression,
        column: &Expression,
        scope: &Scope,
    ) -> Typed {
        let found = self.typed(value, scope, None);
        let Some(path) = self.column_path(column, scope) else {
            if !matches!(column, Expression::Missing(_)) {
                let diagnostic = self
                    .diagnostic(
                        codes::S335,
                        column.span(),
                        "`known in` asks a column of a connection, which vouches for the value.",
                    )
                    .with_help(
                        "write `CONNECTION.TABLE.COLUMN`; a list is asked with `in`, which vouches for nothing",
                    );
                self.push(diagnostic);
            }
            return found;
        };
        let set = self.distinct(path, column.span(), scope);
        if found.is_unknown() || set.is_unknown() {
            return found;
        }
        if found.of.is_optional() {
            self.report_may_be_missing(value.span());
            return Typed::new(found.expression, found.of.present().clone());
        }
        if let Type::List(item) = &set.of
            && !comparable(Operator::Equal, &found.of, item)
        {
            let item = (**item).clone();
            self.report_comparison(
                Operator::Equal,
                column.span(),
                (&found.of, value),
                (&item, column),
            );
            return found;
        }
        let code = Code::KnownIn {
            value: Box::new(found.expression),
            set: Box::new(set.expression),
        };
        Typed::new(code, found.of)
    }

    /// `people[email]`: a person of the manifest, or nothing.
    pub(super) fn person(&mut self, key: &Expression, scope: &Scope) -> Typed {
        let wanted = Expected::plain(Type::Text, "`people[…]`");
        let key = self.check_expression(key, scope, &wanted);
        let code = Code::Index {
            of: Box::new(Code::Constant(self.directory())),
            key: Box::new(key),
        };
        Typed::new(code, person_type().optional())
    }

    /// Everybody whom the manifest names, by e-mail address.
    fn directory(&self) -> Value {
        let text = |text: &str| Value::Text(Arc::from(text));
        let mut addresses: Vec<&str> = self
            .manifest
            .people
            .keys()
            .chain(self.manifest.groups.values().flatten())
            .map(String::as_str)
            .collect();
        addresses.sort_unstable();
        addresses.dedup();
        let person = |email: &str| {
            let groups = self
                .manifest
                .groups
                .iter()
                .filter(|(_, members)| members.iter().any(|member| member == email))
                .map(|(group, _)| text(group))
                .collect();
            let name = self.manifest.people.get(email);
            Value::Record(Arc::new(Record {
                fields: vec![
                    (Arc::from("email"), text(email)),
                    (
                        Arc::from("name"),
                        name.map_or(Value::None, |name| text(name)),
                    ),
                    (Arc::from("groups"), Value::List(Arc::new(groups))),
                ],
            }))
        };
        let fields = addresses
            .into_iter()
            .map(|email| (Arc::from(email), person(email)))
            .collect();
        Value::Record(Arc::new(Record { fields }))
    }

    /// `search KNOWLEDGE for TEXT take N where …`
    pub(super) fn search(
        &mut self,
        knowledge: &Name,
        text: &Expression,
        take: Option<&Expression>,
        condition: Option<&Expression>,
        span: Span,
        scope: &Scope,
    ) -> Typed {
        let granted = self.granted_knowledge(knowledge);
        let (text, take) = self.wanted_passages("search", text, take, scope);
        let row = passage_type();
        let condition = condition.map(|condition| {
            let mut inner = scope.stage(Type::Record(row.clone()), Grouping::Single);
            inner.missing_compares = true;
            self.check_condition(condition, &inner)
        });
        let refused =
            self.refuses_call(&format!("The search in `{}`", knowledge.text), span, scope);
        if !granted || refused {
            return Typed::unknown();
        }
        let of = Type::Table(row);
        let work = Work::Search {
            knowledge: Arc::from(knowledge.text.as_str()),
            text,
            take,
            condition,
        };
        let code = self.hoist(&knowledge.text, work, of.clone(), span);
        Typed::new(code, of)
    }

    /// `find metrics for TEXT take N`
    pub(super) fn find_metrics(
        &mut self,
        text: &Expression,
        take: Option<&Expression>,
        span: Span,
        scope: &Scope,
    ) -> Typed {
        let granted = self.granted_metrics(span);
        let (text, take) = self.wanted_passages("find metrics", text, take, scope);
        if self.refuses_call("The search for metrics", span, scope) || !granted {
            return Typed::unknown();
        }
        let of = Type::Table(found_metric_type());
        let code = self.hoist(
            "metrics",
            Work::FindMetrics { text, take },
            of.clone(),
            span,
        );
        Typed::new(code, of)
    }

    /// What is looked for, and how many are wanted.
    fn wanted_passages(
        &mut self,
        what: &str,
        text: &Expression,
        take: Option<&Expression>,
        scope: &Scope,
    ) -> (Code, Option<Code>) {
        let wanted = Expected::plain(Type::Text, format!("`{what} … for`"));
        let text = self.check_expression(text, scope, &wanted);
        let take = take.map(|take| {
            let wanted = Expected::plain(Type::Integer, "`take`");
            self.check_expression(take, scope, &wanted)
        });
        (text, take)
    }

    /// A path is a text; of a file that came in it is the field `path`.
    fn path_of_file(&mut self, path: &Expression, scope: &Scope) -> Code {
        let wanted = Expected::plain(Type::Text, "The path of a file");
        let found = self.typed(path, scope, Some(&wanted));
        if found.of != file_type() {
            return self.fitted(found, &wanted, path.span());
        }
        let end = Span {
            start: path.span().end,
            end: path.span().end,
        };
        let diagnostic = self
            .diagnostic(
                codes::S301,
                path.span(),
                "The path of a file takes text, and this is a file.",
            )
            .with_note("expected: text")
            .with_note("found:    file")
            .with_edit("write its `path`", end, ".path");
        self.push(diagnostic);
        found.expression
    }

    /// `read csv PATH as table of T`
    pub(super) fn read_file(
        &mut self,
        format: &Name,
        path: &Expression,
        of: &TypeExpression,
        span: Span,
        scope: &Scope,
    ) -> Typed {
        let path = self.path_of_file(path, scope);
        let of = self.resolve_type(of);
        if !FORMATS.contains(&format.text.as_str()) {
            if !format.text.is_empty() {
                let near = nearest(&format.text.to_lowercase(), FORMATS);
                let diagnostic = self
                    .diagnostic(
                        codes::S218,
                        format.span,
                        format!("Files of the format `{}` are not read.", format.text),
                    )
                    .with_note("known: csv");
                self.push(with_nearest(diagnostic, near, format.span));
            }
            return Typed::unknown();
        }
        let row = match &of {
            Type::Table(row) => row.clone(),
            Type::Unknown => return Typed::unknown(),
            other => {
                let diagnostic = self
                    .diagnostic(
                        codes::S312,
                        span,
                        format!("A file is read as a table, not as {}.", with_article(other)),
                    )
                    .with_help("write `as table of { … }` with a column a line");
                self.push(diagnostic);
                return Typed::unknown();
            }
        };
        if self.refuses_call("The read of a file", span, scope) {
            return Typed::unknown();
        }
        let work = Work::ReadFile {
            format: Arc::from(format.text.as_str()),
            path,
            row,
        };
        let code = self.hoist("read csv", work, of.clone(), span);
        Typed::new(code, of)
    }
}

fn record_type(name: &str, fields: Vec<(&str, Type)>) -> Arc<RecordType> {
    Arc::new(RecordType {
        name: Some(Arc::from(name)),
        fields: fields
            .into_iter()
            .map(|(name, of)| FieldType::new(name, of))
            .collect(),
    })
}

/// `person`: somebody whom the manifest names.
pub(crate) fn person_type() -> Type {
    Type::Record(record_type(
        "person",
        vec![
            ("email", Type::Text),
            ("name", Type::Text.optional()),
            ("groups", Type::List(Arc::new(Type::Text))),
        ],
    ))
}

/// `file`: one that came in, or that is read.
pub(crate) fn file_type() -> Type {
    Type::Record(record_type(
        "file",
        vec![
            ("name", Type::Text),
            ("path", Type::Text),
            ("size", Type::Integer),
            ("changed_at", Type::Timestamp),
        ],
    ))
}

/// A metric that was found.
pub(crate) fn found_metric_type() -> Arc<RecordType> {
    record_type(
        "metric",
        vec![
            ("name", Type::Text),
            ("value", Type::Json),
            ("description", Type::Text),
        ],
    )
}

/// A passage of a body of knowledge.
pub(crate) fn passage_type() -> Arc<RecordType> {
    record_type(
        "passage",
        vec![
            ("id", Type::Text),
            ("text", Type::Text),
            ("score", Type::Number),
        ],
    )
}
