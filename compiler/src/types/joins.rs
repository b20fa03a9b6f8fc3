//! `join`: which columns the two sides are known by, and what a row holds after it.
//!
//! Kept true here: no column of one side hides one of the other.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Expression, JoinOn, Name};
use sophia_plan::expression::{Expression as Code, JoinKind, JoinOn as On, Operator};
use sophia_plan::types::{FieldType, RecordType, Type};

use super::compare::comparable;
use super::scope::{Grouping, Scope};
use super::{row_type, with_article};
use crate::checker::Checker;

/// A join as it is written.
pub(super) struct Written<'e> {
    pub(super) optional: bool,
    pub(super) source: &'e Expression,
    pub(super) binding: Option<&'e Name>,
    pub(super) on: &'e JoinOn,
}

/// A join that is right.
pub(super) struct Joined {
    pub(super) source: Code,
    pub(super) kind: JoinKind,
    pub(super) binding: Option<Arc<str>>,
    pub(super) on: On,
    pub(super) row: Arc<RecordType>,
}

impl Checker<'_> {
    /// `| join T as t on …`
    pub(super) fn join(
        &mut self,
        written: &Written<'_>,
        row: &Arc<RecordType>,
        scope: &Scope,
    ) -> Option<Joined> {
        let other = self.typed(written.source, &scope.lazily(), None);
        if other.is_unknown() {
            return None;
        }
        let Some(theirs) = row_type(&other.of) else {
            self.report_no_table(&other.of, written);
            return None;
        };
        let binding = match written.binding {
            Some(name) if name.text.is_empty() => return None,
            Some(name) => {
                if row.field(&name.text).is_some() {
                    let diagnostic = self
                        .diagnostic(
                            codes::S339,
                            name.span,
                            format!("`{}` is a column already.", name.text),
                        )
                        .with_help("give the joined table another name behind `as`");
                    self.push(diagnostic);
                    return None;
                }
                self.check_new_name(name, scope);
                Some(name)
            }
            None => None,
        };
        let on = match written.on {
            JoinOn::Columns(columns) => self.same_columns(columns, row, &theirs)?,
            JoinOn::Condition(condition) => {
                let Some(name) = binding else {
                    self.report_unnamed_table(condition, written);
                    return None;
                };
                let mut inner = scope.stage(Type::Record(row.clone()), Grouping::Single);
                inner.missing_compares = true;
                inner.add(name.text.as_str(), Type::Record(theirs.clone()), name.span);
                let before = self.diagnostics.len();
                let code = self.check_condition(condition, &inner);
                if self.diagnostics.len() == before {
                    self.look_for_one_side(condition, &code, name, &theirs);
                }
                On::Condition(code)
            }
            JoinOn::Missing(_) => return None,
        };
        let kind = if written.optional {
            JoinKind::Optional
        } else {
            JoinKind::Inner
        };
        let mut after = RecordType {
            name: None,
            fields: row.fields.clone(),
        };
        match binding {
            Some(name) => {
                let of = Type::Record(theirs);
                after.fields.push(FieldType::new(
                    name.text.as_str(),
                    optional_if(written.optional, of),
                ));
            }
            None => self.beside(&mut after, &theirs, &on, written)?,
        }
        Some(Joined {
            source: other.expression,
            kind,
            binding: binding.map(|name| Arc::from(name.text.as_str())),
            on,
            row: Arc::new(after),
        })
    }

    /// Where columns are compared with each other, they are of both tables: otherwise each row meets all of the other table
    /// or none.
    fn look_for_one_side(
        &mut self,
        condition: &Expression,
        code: &Code,
        joined: &Name,
        theirs: &RecordType,
    ) {
        let of_joined = |part: &Code| matches!(part, Code::Name(name) if **name == *joined.text);
        let of_row = |part: &Code| matches!(part, Code::Column(_) | Code::Row);
        let lacking = match (holds(code, &of_joined), holds(code, &of_row)) {
            (true, true) => return,
            (false, _) => format!("`{}`", joined.text),
            (true, false) => "the row before the join".to_owned(),
        };
        if !compares_columns(code, &|part| of_joined(part) || of_row(part)) {
            return;
        }
        let mut diagnostic = self
            .diagnostic(
                codes::S348,
                condition.span(),
                format!("Nothing in this condition speaks of {lacking}."),
            )
            .with_label("joins a row with all of the other table, or with none");
        let same = match condition {
            Expression::Binary { left, right, .. } => match (&**left, &**right) {
                (Expression::Name(one), Expression::Name(other)) if one.text == other.text => {
                    theirs.field(&other.text).map(|_| other)
                }
                _ => None,
            },
            _ => None,
        };
        diagnostic = match same {
            Some(column) => {
                let text = format!("{}.{}", joined.text, column.text);
                let told = format!("write `{} = {text}`", column.text);
                diagnostic.with_edit(told, column.span, text)
            }
            None => diagnostic.with_help(format!(
                "compare a column with one of the joined table, such as `id = {}.id`",
                joined.text
            )),
        };
        self.push(diagnostic);
    }

    /// The columns of both sides, those that are joined by once.
    fn beside(
        &mut self,
        after: &mut RecordType,
        theirs: &RecordType,
        on: &On,
        written: &Written<'_>,
    ) -> Option<()> {
        let shared = |name: &str| matches!(on, On::Columns(names) if names.iter().any(|known| **known == *name));
        let twice: Vec<String> = theirs
            .fields
            .iter()
            .filter(|field| !shared(&field.name) && after.field(&field.name).is_some())
            .map(|field| format!("`{}`", field.name))
            .collect();
        if !twice.is_empty() {
            let end = written.source.span().end;
            let place = Span { start: end, end };
            let (verb, they) = if twice.len() == 1 {
                ("is", "it")
            } else {
                ("are", "them")
            };
            let diagnostic = self
                .diagnostic(
                    codes::S339,
                    written.source.span(),
                    format!("{} {verb} on both sides of the join.", twice.join(" and ")),
                )
                .with_label("which one would be meant is not said")
                .with_help(format!(
                    "leave {they} out on one side with `| select`, or name the joined table"
                ))
                .with_edit(
                    "name the joined table, here `t`: its columns are then `t.…`",
                    place,
                    " as t",
                );
            self.push(diagnostic);
            return None;
        }
        for field in &theirs.fields {
            if !shared(&field.name) {
                let mut field = field.clone();
                field.of = optional_if(written.optional, field.of);
                after.fields.push(field);
            }
        }
        Some(())
    }

    /// `on account_id, region`
    fn same_columns(
        &mut self,
        columns: &[Name],
        row: &RecordType,
        theirs: &RecordType,
    ) -> Option<On> {
        let mut names = Vec::with_capacity(columns.len());
        for column in columns {
            let one = self.column_of(column, row)?;
            let Some(other) = theirs.field(&column.text) else {
                let diagnostic = self
                    .diagnostic(
                        codes::S303,
                        column.span,
                        format!("The joined table has no column `{}`.", column.text),
                    )
                    .with_label("not a column there")
                    .with_note(format!(
                        "its columns: {}",
                        super::composite::field_names(theirs)
                    ))
                    .with_help("where the names differ write `as t on a = t.b`");
                self.push(diagnostic);
                return None;
            };
            let (one_of, other_of) = (one.of.present(), other.of.present());
            if !comparable(sophia_plan::expression::Operator::Equal, one_of, other_of) {
                let diagnostic = self
                    .diagnostic(
                        codes::S308,
                        column.span,
                        format!(
                            "`{}` is {} on one side, and {} on the other.",
                            column.text,
                            with_article(one_of),
                            with_article(other_of)
                        ),
                    )
                    .with_note(format!("left:  {one_of}"))
                    .with_note(format!("right: {other_of}"));
                self.push(diagnostic);
                return None;
            }
            names.push(one.name);
        }
        (!names.is_empty()).then_some(On::Columns(names))
    }

    fn report_no_table(&mut self, of: &Type, written: &Written<'_>) {
        let place = written.source.span();
        if of.is_optional() && row_type(of.present()).is_some() {
            self.report_may_be_missing(place);
            return;
        }
        let diagnostic = self
            .diagnostic(
                codes::S312,
                place,
                format!("`join` takes a table, and this is {}.", with_article(of)),
            )
            .with_label(format!("{of}"));
        self.push(diagnostic);
    }

    fn report_unnamed_table(&mut self, condition: &Expression, written: &Written<'_>) {
        let end = written.source.span().end;
        let diagnostic = self
            .diagnostic(
                codes::S340,
                condition.span(),
                "A condition between two tables needs a name for the joined one.",
            )
            .with_edit(
                "name it, here `t`, and write its columns as `t.…`",
                Span { start: end, end },
                " as t",
            );
        self.push(diagnostic);
    }
}

/// Whether an expression is, or has inside it, what is asked for.
fn holds(code: &Code, asked: &dyn Fn(&Code) -> bool) -> bool {
    let mut found = asked(code);
    code.each_part(&mut |part| found = found || holds(part, asked));
    found
}

/// Whether somewhere in a condition two columns are compared by `=`.
fn compares_columns(code: &Code, is_column: &dyn Fn(&Code) -> bool) -> bool {
    if let Code::Binary {
        operator: Operator::Equal,
        left,
        right,
    } = code
        && holds(left, is_column)
        && holds(right, is_column)
    {
        return true;
    }
    let mut found = false;
    code.each_part(&mut |part| found = found || compares_columns(part, is_column));
    found
}

fn optional_if(optional: bool, of: Type) -> Type {
    if optional { of.optional() } else { of }
}
