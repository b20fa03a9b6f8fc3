//! Calls of built-in functions: whether the arguments are what the table of functions says.

use sophia_diagnostics::codes;
use sophia_language::syntax::Call;
use sophia_plan::expression::{Expression as Code, Function, WindowCall};
use sophia_plan::types::Type;

use super::expected::Expected;
use super::scope::{Grouping, Row, Scope};
use super::signatures::{BuiltIn, Gives, Signature};
use super::{Typed, with_article};
use crate::checker::Checker;

impl Checker<'_> {
    /// A call of a built-in function.
    pub(super) fn built_in(
        &mut self,
        name: &str,
        function: BuiltIn,
        call: &Call,
        scope: &Scope,
    ) -> Typed {
        if let BuiltIn::Release = function {
            return self.release(call, scope);
        }
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
        match function {
            BuiltIn::Plain(signature) => self.plain_function(signature, call, scope),
            BuiltIn::Aggregate(function, window) => {
                self.aggregate(name, (function, window), call, scope)
            }
            BuiltIn::Window(window) => self.window_call(name, window, call, None, &[], scope),
            BuiltIn::Redact => self.conceal(name, Function::Redact, call, scope),
            BuiltIn::Pseudonymize => self.conceal(name, Function::Pseudonymize, call, scope),
            BuiltIn::Release => Typed::unknown(),
        }
    }

    /// A function of single values.
    fn plain_function(&mut self, signature: &Signature, call: &Call, scope: &Scope) -> Typed {
        let name = signature.name;
        let most = signature.takes.len();
        if !self.counts_arguments(name, call, most - signature.optional, most) {
            return Typed::unknown();
        }
        let mut arguments = Vec::with_capacity(call.arguments.len());
        let mut first = Type::Unknown;
        let mut known = true;
        for (index, (argument, takes)) in call.arguments.iter().zip(signature.takes).enumerate() {
            let written = &argument.value;
            if let Some(of) = takes.exact() {
                let wanted = Expected::plain(of, format!("`{name}`"));
                arguments.push(self.check_expression(written, scope, &wanted));
                continue;
            }
            let value = self.typed(written, scope, None);
            if value.is_unknown() {
                known = false;
            } else if value.of.is_optional() && takes.accepts(value.of.present()) {
                self.report_may_be_missing(written.span());
                known = false;
            } else if !takes.accepts(&value.of) {
                self.report_wrong_argument(name, takes.words(), &value.of, written);
                known = false;
            }
            if index == 0 {
                first = value.of.clone();
            }
            arguments.push(value.expression);
        }
        let of = signature.gives.of(&first);
        if !known {
            // What it gives is known wherever it does not rest on what it was given.
            return Typed {
                of: if signature.gives == Gives::Same {
                    Type::Unknown
                } else {
                    of
                },
                ..Typed::unknown()
            };
        }
        let code = Code::Call {
            function: signature.function,
            arguments,
        };
        Typed::new(code, of)
    }

    pub(super) fn counts_arguments(
        &mut self,
        name: &str,
        call: &Call,
        least: usize,
        most: usize,
    ) -> bool {
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

    /// `count`, `sum`, …: over a list, or over the rows of a group.
    fn aggregate(
        &mut self,
        name: &str,
        (function, window): (Function, WindowCall),
        call: &Call,
        scope: &Scope,
    ) -> Typed {
        let adds = scope.adds_columns();
        let grouped = matches!(
            scope.row,
            Some(Row {
                group: Grouping::Beside(_),
                ..
            })
        );
        if adds && call.arguments.is_empty() && function == Function::Count {
            return self.window_call(name, window, call, None, &[], scope);
        }
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
        if adds && !matches!(value.of.present(), Type::List(_) | Type::Table(_)) {
            return self.window_over(
                name,
                (window, Some((value, &argument.value))),
                None,
                &[],
                scope,
            );
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

    pub(super) fn report_wrong_argument(
        &mut self,
        name: &str,
        wanted: &str,
        found: &Type,
        written: &sophia_language::syntax::Expression,
    ) {
        // Why it is not known is told where it comes from.
        if *found.present() == Type::Unknown {
            return;
        }
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

pub(super) fn wanted_items(function: Function) -> &'static str {
    match function {
        Function::Sum | Function::Average => "numbers, money, shares or durations",
        _ => "values that have an order",
    }
}

/// Over nothing `count` is 0 and `sum` zero; the rest is missing.
pub(super) fn aggregate_result(
    function: Function,
    item: &Type,
    may_be_missing: bool,
) -> Option<Type> {
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
