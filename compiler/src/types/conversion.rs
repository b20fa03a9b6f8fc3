//! `x as T`: outside data read as a type, and values of a wide type as a narrower one.

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Expression, TypeExpression};
use sophia_plan::expression::Expression as Code;
use sophia_plan::types::Type;

use super::fit::{Fit, fit};
use super::scope::Scope;
use super::{Typed, row_type, with_article};
use crate::checker::Checker;

impl Checker<'_> {
    /// `x as T`
    pub(super) fn read_as(
        &mut self,
        value: &Expression,
        to: &TypeExpression,
        span: Span,
        scope: &Scope,
    ) -> Typed {
        let of = self.resolve_type(to);
        let found = self.typed(value, scope, None);
        if found.is_unknown() || of == Type::Unknown {
            return Typed {
                of,
                ..Typed::unknown()
            };
        }
        match fit(&found.of, &of) {
            // Everything fits `json`; there `as` says that the shape is given up.
            Fit::Same if of == Type::Json && found.of != Type::Json => {
                return Typed::new(convert(found.expression, &of), of);
            }
            Fit::Same => {
                let why = format!("this is {} already", with_article(&found.of));
                self.report_needless(span, "`as`", &why);
                return Typed::new(found.expression, of);
            }
            Fit::Converted => return Typed::new(convert(found.expression, &of), of),
            Fit::No => {}
        }
        if narrows(&found.of, &of) {
            let code = Code::As {
                value: Box::new(found.expression),
                to: of.clone(),
            };
            return Typed::new(code, of);
        }
        let present = found.of.present();
        if found.of.is_optional() && (fit(present, &of).fits() || narrows(present, &of)) {
            self.report_may_be_missing(value.span());
        } else {
            self.report_no_reading(&found.of, &of, span);
        }
        Typed {
            of,
            ..Typed::unknown()
        }
    }

    fn report_no_reading(&mut self, found: &Type, to: &Type, span: Span) {
        let diagnostic = self
            .diagnostic(
                codes::S333,
                span,
                format!(
                    "`as` reads outside data and narrows a type; {} never becomes {}.",
                    with_article(found),
                    with_article(to)
                ),
            )
            .with_note(format!("from: {found}"))
            .with_note(format!("to:   {to}"));
        if let (Type::Record(found), Type::Record(to)) = (found.present(), to.present()) {
            let lacking: Vec<String> = to
                .fields
                .iter()
                .filter(|wanted| !wanted.of.is_optional() && found.field(&wanted.name).is_none())
                .map(|wanted| format!("`{}`", wanted.name))
                .collect();
            if !lacking.is_empty() {
                let diagnostic =
                    diagnostic.with_note(format!("it lacks {}", lacking.join(" and ")));
                self.push(diagnostic);
                return;
            }
        }
        let help = match (found.present(), to.present()) {
            (Type::Text, _) => Some(
                "give it its type where it comes from: in the SQL, in `read csv … as table of { … }`, in the tool's `returns`",
            ),
            (Type::Number | Type::Decimal, Type::Integer) => {
                Some("say how: `floor(x)` or `ceiling(x)`")
            }
            (_, Type::Text) => Some("write it as a text: `\"{x}\"`"),
            (Type::Timestamp, Type::Date) => Some("write `date_of(x)`"),
            (Type::Integer | Type::Number | Type::Decimal, Type::Percent) => {
                Some("write `percent(x)` where the number is a share of 1")
            }
            _ => None,
        };
        let diagnostic = match help {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        };
        self.push(diagnostic);
    }
}

fn convert(value: Code, to: &Type) -> Code {
    Code::Convert {
        value: Box::new(value),
        to: to.clone(),
    }
}

/// Whether some values of one type are values of the other, which a run can tell.
#[allow(clippy::match_same_arms, reason = "a rule each; their order decides")]
fn narrows(from: &Type, to: &Type) -> bool {
    use Type::{Integer, Json, List, Literals, Optional, Range, Record, Table, Text};
    let part = |from: &Type, to: &Type| fit(from, to).fits() || narrows(from, to);
    match (from, to) {
        (Json, _) | (Text, Literals(_)) | (Integer, Range { .. }) => true,
        (Optional(from), Optional(to)) => part(from, to),
        (Optional(_), _) => false,
        (from, Optional(to)) => narrows(from, to),
        (Literals(from), Literals(to)) => from.iter().any(|text| to.contains(text)),
        (
            Range { from, to },
            Range {
                from: low,
                to: high,
            },
        ) => from <= high && low <= to,
        (List(from), List(to)) => part(from, to),
        (Record(from), Record(to)) => {
            to.fields
                .iter()
                .all(|wanted| match from.field(&wanted.name) {
                    Some(field) => part(&field.of, &wanted.of),
                    None => wanted.of.is_optional(),
                })
        }
        (Table(_) | List(_), Table(to)) => {
            row_type(from).is_some_and(|from| narrows(&Record(from), &Record(to.clone())))
        }
        (Table(from), List(to)) => narrows(&Record(from.clone()), to),
        _ => false,
    }
}
