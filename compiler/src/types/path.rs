//! Names, fields, presence: reading a value that is already there.

use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, Edit, Fix, Span, codes};
use sophia_language::syntax::{Expression, Name};
use sophia_plan::expression::{Expression as Code, Function};
use sophia_plan::types::Type;
use sophia_plan::value::Value;

use super::Typed;
use super::composite::field_names;
use super::narrowing::path_of;
use super::scope::{Grouping, Place, Scope};
use super::with_article;
use crate::checker::Checker;
use crate::names::{Declared, nearest, with_nearest};

impl Checker<'_> {
    /// A name alone.
    pub(super) fn name(&mut self, name: &Name, scope: &Scope) -> Typed {
        if name.text.is_empty() {
            return Typed::unknown();
        }
        if let Some(column) = self.column(name, scope) {
            return column;
        }
        if name.text == "row" && scope.local("row").is_none() {
            return self.row(name.span, scope);
        }
        if let Some(local) = scope.local(&name.text) {
            let (code, of) = (Code::Name(local.seen.clone()), local.of.clone());
            return Self::narrowed(&Expression::Name(name.clone()), Typed::new(code, of), scope);
        }
        if scope.place == Place::Constant {
            let diagnostic = self
                .diagnostic(
                    codes::S329,
                    name.span,
                    format!("A fixed value stands here, and `{}` is not one.", name.text),
                )
                .with_help("write the value out");
            self.push(diagnostic);
            return Typed::unknown();
        }
        match self.names.get(&name.text) {
            Some(Declared::Input(input)) => {
                let of = self.input_type(input);
                let code = Code::Name(Arc::from(name.text.as_str()));
                self.pending.note_input(&name.text);
                Self::narrowed(&Expression::Name(name.clone()), Typed::new(code, of), scope)
            }
            Some(Declared::Query(query)) => self.query_value(name, query, scope),
            Some(what @ (Declared::Arriving(_) | Declared::Asked(_))) => {
                let value = self.arriving_value(name, what, scope);
                Self::narrowed(&Expression::Name(name.clone()), value, scope)
            }
            Some(Declared::State(_)) => self.state_value(name, None, scope),
            Some(what) => {
                self.report_not_a_value(name, what);
                Typed::unknown()
            }
            None => match name.text.as_str() {
                "today" => built_in(Function::Today, Type::Date),
                "now" => built_in(Function::Now, Type::Timestamp),
                _ => {
                    self.report_unknown_name(name, scope);
                    Typed::unknown()
                }
            },
        }
    }

    fn column(&mut self, name: &Name, scope: &Scope) -> Option<Typed> {
        let row = scope.row.as_ref()?;
        let field = scope.columns()?.field(&name.text)?;
        let typed = Typed::new(Code::Column(field.name.clone()), field.of.clone());
        let hidden = scope.local(&name.text).map(|local| local.span).or_else(|| {
            match self.names.get(&name.text) {
                Some(Declared::Input(_) | Declared::Query(_)) => self.names.place(&name.text),
                _ => None,
            }
        });
        if let Some(place) = hidden {
            self.report_column_and_value(name, place);
            return Some(Typed::unknown());
        }
        if let Grouping::Beside(by) = &row.group
            && !by.contains(&name.text)
        {
            let diagnostic = self
                .diagnostic(
                    codes::S320,
                    name.span,
                    format!("`{}` has many values in a group.", name.text),
                )
                .with_help(format!(
                    "put it into an aggregate such as `max({0})`, or group by `{0}`",
                    name.text
                ));
            self.push(diagnostic);
            return Some(Typed::unknown());
        }
        Some(Self::narrowed(
            &Expression::Name(name.clone()),
            typed,
            scope,
        ))
    }

    /// S206, once for a name in a statement: its further places are shown beside the first, and mended with it.
    fn report_column_and_value(&mut self, name: &Name, place: Span) {
        let text = format!("row.{}", name.text);
        let diagnostic = self
            .diagnostic(
                codes::S206,
                name.span,
                format!("`{}` is both a column and another value here.", name.text),
            )
            .with_related(place, "the other value")
            .with_edit(format!("write `{text}` for the column"), name.span, text);
        let item = self.names.item_at(name.span);
        let told = self.diagnostics.iter().position(|told| {
            told.code == diagnostic.code
                && told.message == diagnostic.message
                && self.names.item_at(told.span) == item
        });
        match told.and_then(|told| self.diagnostics.get_mut(told)) {
            Some(told) => {
                if told.span != name.span {
                    *told = told.clone().with_related(name.span, "and here");
                    let further = diagnostic.fix.into_iter().flat_map(|fix| fix.edits);
                    if let Some(fix) = &mut told.fix {
                        fix.edits.extend(further);
                    }
                }
            }
            None => self.push(diagnostic),
        }
    }

    fn row(&mut self, span: Span, scope: &Scope) -> Typed {
        match &scope.row {
            Some(row) if matches!(row.group, Grouping::Single | Grouping::Adding) => {
                Typed::new(Code::Row, row.item.clone())
            }
            _ => {
                let diagnostic = self
                    .diagnostic(
                        codes::S321,
                        span,
                        "`row` is the row that a stage looks at, and this is no such stage.",
                    )
                    .with_help("name the value itself");
                self.push(diagnostic);
                Typed::unknown()
            }
        }
    }

    /// A value that is known to be present has a type without `?`.
    fn narrowed(written: &Expression, value: Typed, scope: &Scope) -> Typed {
        if !value.of.is_optional() {
            return value;
        }
        let known = path_of(written, scope).is_some_and(|path| scope.knows_present(&path));
        if known {
            let of = value.of.present().clone();
            return Typed::new(value.expression, of);
        }
        value
    }

    /// `record.field`, `record?.field`
    pub(super) fn field(
        &mut self,
        whole: &Expression,
        of: &Expression,
        name: &Name,
        optional: bool,
        span: Span,
        scope: &Scope,
    ) -> Typed {
        if let Some(path) = self.column_path(whole, scope) {
            return self.distinct(path, span, scope);
        }
        if let Some(metric) = self.metric_named(of, scope) {
            return self.latest(&metric, name, span, scope);
        }
        if let Expression::Name(base) = of
            && scope.local(&base.text).is_none()
            && self.is_outside(base, name, span)
        {
            return Typed::unknown();
        }
        if let Expression::Name(base) = of
            && name.text == "approved"
        {
            self.verdicts.remove(&base.text);
        }
        let base = self.typed(of, scope, None);
        if name.text.is_empty() || base.is_unknown() {
            return Typed::unknown();
        }
        let (record, may_be_missing) = match &base.of {
            Type::Record(record) => (record.clone(), false),
            Type::Optional(inner) if optional => match &**inner {
                Type::Record(record) => (record.clone(), true),
                other => return self.no_fields(&other.clone(), name, span),
            },
            // The columns of an optional join are `t.x`, and may be missing.
            Type::Optional(inner) if Self::is_column(of, scope) => match &**inner {
                Type::Record(record) => (record.clone(), true),
                other => return self.no_fields(&other.clone(), name, span),
            },
            Type::Optional(inner) if matches!(**inner, Type::Record(_)) => {
                self.report_missing_record(of, name);
                return Typed::unknown();
            }
            other => return self.no_fields(&other.clone(), name, span),
        };
        if optional && !may_be_missing {
            self.report_needless(span, "`?.`", "the record is never missing");
        }
        let Some(field) = record.field(&name.text) else {
            let near = nearest(&name.text, record.fields.iter().map(|field| &*field.name));
            let diagnostic = self
                .diagnostic(
                    codes::S303,
                    name.span,
                    format!(
                        "`{}` has no field `{}`.",
                        self.written(of.span()),
                        name.text
                    ),
                )
                .with_label("not one of its fields");
            let diagnostic = if near.is_none() {
                diagnostic.with_note(format!("its fields: {}", field_names(&record)))
            } else {
                diagnostic
            };
            self.push(with_nearest(diagnostic, near, name.span));
            return Typed::unknown();
        };
        let code = Code::Field {
            of: Box::new(base.expression),
            name: field.name.clone(),
            optional: may_be_missing,
        };
        let of = if may_be_missing {
            field.of.clone().optional()
        } else {
            field.of.clone()
        };
        Self::narrowed(whole, Typed::new(code, of), scope)
    }

    /// Whether this is a column of the row, by its name alone.
    fn is_column(written: &Expression, scope: &Scope) -> bool {
        matches!(written, Expression::Name(name)
            if scope.columns().is_some_and(|row| row.field(&name.text).is_some()))
    }

    /// Whether a path begins with a connection or tool, which is then reported.
    fn is_outside(&mut self, base: &Name, name: &Name, span: Span) -> bool {
        match self.names.get(&base.text) {
            Some(Declared::Tool) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S209,
                        span,
                        format!(
                            "`{}.{}` is a call of a tool, not a value.",
                            base.text, name.text
                        ),
                    )
                    .with_help(format!("call it: `{}.{}(…)`", base.text, name.text));
                self.push(diagnostic);
                true
            }
            Some(Declared::Connection) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S209,
                        span,
                        format!("`{}.{}` is a table, not a value.", base.text, name.text),
                    )
                    .with_help(format!(
                        "read it through a `query`, or ask one column: `{}.{}.COLUMN`",
                        base.text, name.text
                    ));
                self.push(diagnostic);
                true
            }
            _ => false,
        }
    }

    fn report_missing_record(&mut self, of: &Expression, name: &Name) {
        if self.broken.mentions(&self.written(of.span())) {
            return;
        }
        let place = Span {
            start: of.span().end,
            end: of.span().end.saturating_add(1),
        };
        let diagnostic = self
            .diagnostic(
                codes::S302,
                of.span(),
                format!(
                    "`{}` may be missing, and that is not handled.",
                    self.written(of.span())
                ),
            )
            .with_label("may be missing")
            .with_edit(format!("write `?.{}`", name.text), place, "?.");
        self.push(diagnostic);
    }

    pub(super) fn no_fields(&mut self, of: &Type, name: &Name, span: Span) -> Typed {
        if *of == Type::Unknown {
            return Typed::unknown();
        }
        let diagnostic = match of {
            Type::Json => self
                .diagnostic(
                    codes::S511,
                    span,
                    format!("`{}` is read from outside data without a declared shape.", name.text),
                )
                .with_label("json")
                .with_help(
                    "say what it holds: `let x = … as { … }`, or state what the tool `returns` in sophia.toml",
                ),
            Type::Table(_) | Type::List(_) => Diagnostic {
                fix: Some(self.mapped(name, span)),
                ..self.diagnostic(
                    codes::S316,
                    name.span,
                    format!("`{}` is a field of each row, and this is {}.", name.text, with_article(of)),
                )
            },
            other => self.diagnostic(
                codes::S316,
                name.span,
                format!("{} has no fields, so no `{}`.", capitalised(&with_article(other)), name.text),
            ),
        };
        self.push(diagnostic);
        Typed::unknown()
    }

    /// `rows.amount` as a stage: `rows | map amount`.
    fn mapped(&self, name: &Name, span: Span) -> Fix {
        let message = format!("write `| map {}`, or `for each`", name.text);
        let written = self.written(span);
        let edits = match written
            .strip_suffix(&*name.text)
            .and_then(|rest| rest.strip_suffix('.'))
        {
            Some(rows) => {
                let stage = format!("{rows} | map {}", name.text);
                let around = |at: Option<usize>| at.and_then(|at| self.text.as_bytes().get(at));
                let is_alone = around(span.range().start.checked_sub(1)) == Some(&b'(')
                    && around(Some(span.range().end)) == Some(&b')');
                let text = if is_alone {
                    stage
                } else {
                    format!("({stage})")
                };
                vec![Edit { span, text }]
            }
            None => Vec::new(),
        };
        Fix { message, edits }
    }

    /// `x is present`, `x is missing`
    pub(super) fn presence(
        &mut self,
        value: &Expression,
        present: bool,
        span: Span,
        scope: &Scope,
    ) -> Typed {
        let typed = self.typed(value, scope, None);
        if !typed.of.is_optional() && !typed.is_unknown() {
            let what = if present {
                "`is present`"
            } else {
                "`is missing`"
            };
            self.report_needless(span, what, "this value is never missing");
            // That it always, or never, holds is no further mistake.
            return Typed::new(Code::Constant(Value::Boolean(present)), Type::Boolean);
        }
        let present_code = Code::IsPresent(Box::new(typed.expression));
        let code = if present {
            present_code
        } else {
            Code::Not(Box::new(present_code))
        };
        Typed::new(code, Type::Boolean)
    }

    /// Warns that something which handles a missing value has nothing to handle.
    pub(super) fn report_needless(&mut self, span: Span, what: &str, why: &str) {
        let diagnostic = self
            .diagnostic(
                codes::S327,
                span,
                format!("{what} decides nothing here: {why}."),
            )
            .with_help("leave it out");
        self.push(diagnostic);
    }
}

fn built_in(function: Function, of: Type) -> Typed {
    let code = Code::Call {
        function,
        arguments: Vec::new(),
    };
    Typed::new(code, of)
}

pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
