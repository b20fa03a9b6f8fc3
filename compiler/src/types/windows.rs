//! Window functions: `rank() by x per y`, `amount / sum(amount) per region`, `previous(x) by t`.
//!
//! Kept true here: they stand in `add` only, where a row has neighbours.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Call, Expression, Name, SortKey};
use sophia_plan::expression::{Expression as Code, Function, WindowCall};
use sophia_plan::types::Type;

use super::Typed;
use super::functions::{aggregate_result, wanted_items};
use super::scope::Scope;
use super::signatures::{BuiltIn, built_in};
use crate::checker::Checker;

/// What a window function looks at: its value, and where it is written.
type Argument<'e> = Option<(Typed, &'e Expression)>;

impl Checker<'_> {
    /// `CALL by EXPR per NAMES`
    pub(super) fn window(
        &mut self,
        call: &Expression,
        by: Option<&SortKey>,
        per: &[Name],
        span: Span,
        scope: &Scope,
    ) -> Typed {
        let Expression::Call(call) = call else {
            return Typed::unknown();
        };
        let Expression::Name(name) = &*call.callee else {
            return self.not_over_rows(call);
        };
        let window = match built_in(&name.text) {
            Some(BuiltIn::Aggregate(_, window) | BuiltIn::Window(window))
                if self.names.get(&name.text).is_none() =>
            {
                window
            }
            // A misspelt function is told by its name.
            None if self.names.get(&name.text).is_none() => {
                return self.typed(&Expression::Call(call.clone()), scope, None);
            }
            _ => return self.not_over_rows(call),
        };
        if !scope.adds_columns() {
            return self.no_neighbours(&name.text, span);
        }
        self.window_call(&name.text, window, call, by, per, scope)
    }

    fn not_over_rows(&mut self, call: &Call) -> Typed {
        let written = self.written(call.callee.span());
        let diagnostic = self
            .diagnostic(
                codes::S338,
                call.callee.span(),
                format!("`{written}` does not look at the rows around a row."),
            )
            .with_help(
                "`rank`, `row_number`, `previous`, `next`, `count`, `sum`, `average`, `min`, `max`, `first` and `last` do",
            );
        self.push(diagnostic);
        Typed::unknown()
    }

    fn no_neighbours(&mut self, name: &str, span: Span) -> Typed {
        let diagnostic = self
            .diagnostic(
                codes::S337,
                span,
                format!("`{name}` looks at the rows around a row, and stands in `| add` only."),
            )
            .with_label("no rows around")
            .with_help(
                "give it a column of its own: `| add place = …`, and use that column after it",
            );
        self.push(diagnostic);
        Typed::unknown()
    }

    /// A window function with its arguments not looked at yet.
    pub(super) fn window_call(
        &mut self,
        name: &str,
        window: WindowCall,
        call: &Call,
        by: Option<&SortKey>,
        per: &[Name],
        scope: &Scope,
    ) -> Typed {
        if !scope.adds_columns() {
            return self.no_neighbours(name, call.span);
        }
        let (least, most) = match window {
            WindowCall::Rank | WindowCall::RowNumber => (0, 0),
            WindowCall::Count => (0, 1),
            _ => (1, 1),
        };
        if !self.counts_arguments(name, call, least, most) {
            return Typed::unknown();
        }
        let argument = match call.arguments.first() {
            None => None,
            Some(argument) => {
                let value = self.typed(&argument.value, scope, None);
                if value.is_unknown() {
                    return Typed::unknown();
                }
                Some((value, &argument.value))
            }
        };
        if window == WindowCall::Rank && by.is_none() {
            let diagnostic = self
                .diagnostic(
                    codes::S338,
                    call.span,
                    "A rank needs an order: what is compared stands behind `by`.",
                )
                .with_help("write for example `rank() by amount descending`");
            self.push(diagnostic);
            return Typed::unknown();
        }
        self.window_over(name, (window, argument), by, per, scope)
    }

    /// A window function over a value.
    pub(super) fn window_over(
        &mut self,
        name: &str,
        (window, argument): (WindowCall, Argument<'_>),
        by: Option<&SortKey>,
        per: &[Name],
        scope: &Scope,
    ) -> Typed {
        let Some(row) = &scope.row else {
            return Typed::unknown();
        };
        let item = row.item.clone();
        let mut columns: Vec<Arc<str>> = Vec::with_capacity(per.len());
        for column in per {
            match self.known_column(column, &item) {
                Some(column) => columns.push(column),
                None => return Typed::unknown(),
            }
        }
        let by = match by {
            None => None,
            Some(key) => {
                let (code, descending) = self.sort_key(key, item, scope);
                Some((Box::new(code), descending))
            }
        };
        let result = match &argument {
            None => Some(Type::Integer),
            Some((value, _)) => window_result(window, &value.of),
        };
        let Some(of) = result else {
            if let Some((value, written)) = &argument {
                self.report_wrong_argument(
                    name,
                    wanted_items(function(window)),
                    &value.of,
                    written,
                );
            }
            return Typed::unknown();
        };
        let code = Code::Window {
            call: window,
            argument: argument.map(|(value, _)| Box::new(value.expression)),
            by,
            per: columns,
        };
        // The sum over nothing is a zero of the right unit.
        let code = if window == WindowCall::Sum && of != Type::Integer {
            Code::Convert {
                value: Box::new(code),
                to: of.clone(),
            }
        } else {
            code
        };
        Typed::new(code, of)
    }
}

/// What a window function gives over values of a type; a window has at least one row.
fn window_result(window: WindowCall, of: &Type) -> Option<Type> {
    match window {
        WindowCall::Rank | WindowCall::RowNumber | WindowCall::Count => Some(Type::Integer),
        WindowCall::Previous | WindowCall::Next => Some(of.clone().optional()),
        WindowCall::First | WindowCall::Last => Some(of.clone()),
        WindowCall::Sum | WindowCall::Average | WindowCall::Min | WindowCall::Max => {
            aggregate_result(function(window), of.present(), of.is_optional())
        }
    }
}

fn function(window: WindowCall) -> Function {
    match window {
        WindowCall::Sum => Function::Sum,
        WindowCall::Average => Function::Average,
        WindowCall::Min => Function::Min,
        WindowCall::Max => Function::Max,
        WindowCall::First | WindowCall::Previous => Function::First,
        WindowCall::Last | WindowCall::Next => Function::Last,
        WindowCall::Rank | WindowCall::RowNumber | WindowCall::Count => Function::Count,
    }
}
