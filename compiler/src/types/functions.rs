//! The built-in functions: what they take and what they give.

use sophia_diagnostics::codes;
use sophia_language::syntax::Call;
use sophia_plan::expression::{Expression as Code, Function};
use sophia_plan::types::Type;

use super::expected::Expected;
use super::scope::{Grouping, Row, Scope};
use super::{Typed, with_article};
use crate::checker::Checker;

const NAMES: [(&str, Function); 21] = [
    ("count", Function::Count),
    ("sum", Function::Sum),
    ("average", Function::Average),
    ("min", Function::Min),
    ("max", Function::Max),
    ("first", Function::First),
    ("last", Function::Last),
    ("today", Function::Today),
    ("now", Function::Now),
    ("round", Function::Round),
    ("lower", Function::Lower),
    ("upper", Function::Upper),
    ("trim", Function::Trim),
    ("length", Function::Length),
    ("contains", Function::Contains),
    ("starts_with", Function::StartsWith),
    ("ends_with", Function::EndsWith),
    ("replace", Function::Replace),
    ("days", Function::Days),
    ("hours", Function::Hours),
    ("minutes", Function::Minutes),
];

/// The built-in function of a name.
pub(super) fn function(name: &str) -> Option<Function> {
    NAMES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, function)| *function)
}

/// Every name that a built-in function has.
pub(super) fn names<'n>() -> impl Iterator<Item = &'n str> {
    NAMES.iter().map(|(name, _)| *name)
}

/// What a built-in function takes, apart from the aggregates: the types in order, how many may be
/// left out at the end, and what it gives.
fn plain_signature(function: Function) -> Option<(&'static [Type], usize, Type)> {
    const TEXT: &[Type] = &[Type::Text];
    const TWO_TEXTS: &[Type] = &[Type::Text, Type::Text];
    const THREE_TEXTS: &[Type] = &[Type::Text, Type::Text, Type::Text];
    Some(match function {
        Function::Today => (&[], 0, Type::Date),
        Function::Now => (&[], 0, Type::Timestamp),
        Function::Lower | Function::Upper | Function::Trim => (TEXT, 0, Type::Text),
        Function::Length => (TEXT, 0, Type::Integer),
        Function::Contains | Function::StartsWith | Function::EndsWith => {
            (TWO_TEXTS, 0, Type::Boolean)
        }
        Function::Replace => (THREE_TEXTS, 0, Type::Text),
        Function::Days | Function::Hours | Function::Minutes => {
            (&[Type::Number], 0, Type::Duration)
        }
        Function::Count
        | Function::Sum
        | Function::Average
        | Function::Min
        | Function::Max
        | Function::First
        | Function::Last
        | Function::Round
        | Function::Redact
        | Function::Pseudonymize => return None,
    })
}

impl Checker<'_> {
    /// A call of a built-in function.
    pub(super) fn built_in(
        &mut self,
        name: &str,
        function: Function,
        call: &Call,
        scope: &Scope,
    ) -> Typed {
        if let Some(named) = call
            .arguments
            .iter()
            .find_map(|argument| argument.name.as_ref())
        {
            let diagnostic = self
                .diagnostic(
                    codes::S325,
                    named.span,
                    format!("`{name}` takes its arguments in order, without names."),
                )
                .with_help("leave the name out");
            self.push(diagnostic);
            return Typed::unknown();
        }
        match plain_signature(function) {
            Some((types, optional, of)) => {
                if !self.counts_arguments(name, call, types.len() - optional, types.len()) {
                    return Typed::unknown();
                }
                let arguments = call
                    .arguments
                    .iter()
                    .zip(types)
                    .map(|(argument, of)| {
                        let wanted = Expected::plain(of.clone(), format!("`{name}`"));
                        self.check_expression(&argument.value, scope, &wanted)
                    })
                    .collect();
                let code = Code::Call {
                    function,
                    arguments,
                };
                Typed::new(code, of)
            }
            None if function == Function::Round => self.round(call, scope),
            None => self.aggregate(name, function, call, scope),
        }
    }

    fn counts_arguments(&mut self, name: &str, call: &Call, least: usize, most: usize) -> bool {
        let count = call.arguments.len();
        if (least..=most).contains(&count) {
            return true;
        }
        let wanted = match (least, most) {
            (0, 0) => "no argument".to_owned(),
            (1, 1) => "one argument".to_owned(),
            (least, most) if least == most => format!("{least} arguments"),
            (least, most) => format!("{least} or {most} arguments"),
        };
        let diagnostic = self
            .diagnostic(
                codes::S325,
                call.span,
                format!("`{name}` takes {wanted}, and {count} stand here."),
            )
            .with_label(format!("takes {wanted}"));
        self.push(diagnostic);
        false
    }

    fn round(&mut self, call: &Call, scope: &Scope) -> Typed {
        if !self.counts_arguments("round", call, 1, 2) {
            return Typed::unknown();
        }
        let mut arguments = Vec::with_capacity(2);
        let mut of = Type::Unknown;
        for (index, argument) in call.arguments.iter().enumerate() {
            if index > 0 {
                let wanted = Expected::plain(Type::Integer, "The number of digits of `round`");
                arguments.push(self.check_expression(&argument.value, scope, &wanted));
                continue;
            }
            let value = self.typed(&argument.value, scope, None);
            of = match &value.of {
                Type::Number | Type::Decimal | Type::Money(_) | Type::Percent | Type::Integer => {
                    value.of.clone()
                }
                Type::Range { .. } => Type::Integer,
                Type::Unknown => return Typed::unknown(),
                Type::Optional(_) => {
                    self.report_may_be_missing(argument.value.span());
                    return Typed::unknown();
                }
                other => {
                    self.report_wrong_argument("round", "a number", other, &argument.value);
                    return Typed::unknown();
                }
            };
            arguments.push(value.expression);
        }
        let code = Code::Call {
            function: Function::Round,
            arguments,
        };
        Typed::new(code, of)
    }

    /// `count`, `sum`, …: over a list, or over the rows of a group.
    fn aggregate(&mut self, name: &str, function: Function, call: &Call, scope: &Scope) -> Typed {
        let grouped = matches!(
            scope.row,
            Some(Row {
                group: Grouping::Beside(_),
                ..
            })
        );
        let least = usize::from(!(grouped && function == Function::Count));
        if !self.counts_arguments(name, call, least, 1) {
            return Typed::unknown();
        }
        let Some(argument) = call.arguments.first() else {
            let code = Code::Call {
                function,
                arguments: Vec::new(),
            };
            return Typed::new(code, Type::Integer);
        };
        let mut inner = scope.clone();
        if let Some(row) = &mut inner.row
            && grouped
        {
            row.group = Grouping::Inside;
        }
        let value = self.typed(&argument.value, &inner, None);
        if value.is_unknown() {
            return Typed::unknown();
        }
        let item = match &value.of {
            of if grouped => of.clone(),
            Type::List(item) => (**item).clone(),
            Type::Table(row) => Type::Record(row.clone()),
            Type::Optional(_) => {
                self.report_may_be_missing(argument.value.span());
                return Typed::unknown();
            }
            other => {
                self.report_wrong_argument(name, "a list or a table", other, &argument.value);
                return Typed::unknown();
            }
        };
        // A group has at least one row; a list may be empty.
        let may_be_missing = !grouped || item.is_optional();
        let Some(of) = aggregate_result(function, item.present(), may_be_missing) else {
            self.report_wrong_argument(name, wanted_items(function), &item, &argument.value);
            return Typed::unknown();
        };
        let code = Code::Call {
            function,
            arguments: vec![value.expression],
        };
        // The sum over nothing is a zero of the right unit.
        let code = if function == Function::Sum && of != Type::Integer {
            Code::Convert {
                value: Box::new(code),
                to: of.clone(),
            }
        } else {
            code
        };
        Typed::new(code, of)
    }

    fn report_wrong_argument(
        &mut self,
        name: &str,
        wanted: &str,
        found: &Type,
        written: &sophia_language::syntax::Expression,
    ) {
        let diagnostic = self
            .diagnostic(
                codes::S315,
                written.span(),
                format!(
                    "`{name}` takes {wanted}, and this is {}.",
                    with_article(found)
                ),
            )
            .with_label(format!("{found}"))
            .with_note(format!("expected: {wanted}"))
            .with_note(format!("found:    {found}"));
        self.push(diagnostic);
    }
}

fn wanted_items(function: Function) -> &'static str {
    match function {
        Function::Sum | Function::Average => "numbers, money, shares or durations",
        _ => "values that have an order",
    }
}

/// Over nothing `count` is 0 and `sum` zero; the rest is missing.
fn aggregate_result(function: Function, item: &Type, may_be_missing: bool) -> Option<Type> {
    let of = match (function, item) {
        (Function::Count, _) | (Function::Sum, Type::Range { .. } | Type::Integer) => {
            return Some(Type::Integer);
        }
        (
            Function::Sum,
            Type::Number | Type::Decimal | Type::Money(_) | Type::Percent | Type::Duration,
        ) => return Some(item.clone()),
        (Function::Average, Type::Range { .. } | Type::Integer) => Type::Number,
        (
            Function::Average,
            Type::Number | Type::Decimal | Type::Money(_) | Type::Percent | Type::Duration,
        ) => item.clone(),
        (Function::Sum | Function::Average, _)
        | (
            Function::Min | Function::Max,
            Type::Record(_) | Type::Table(_) | Type::List(_) | Type::Json | Type::Boolean,
        ) => return None,
        _ => item.clone(),
    };
    Some(if may_be_missing { of.optional() } else { of })
}
