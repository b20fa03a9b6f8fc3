//! Calls that every source refuses: aggregates and windows where single rows are chosen, windows without `over`, too few or
//! too many values, a value of the wrong kind.
//!
//! Kept true here: what is told fails in the source.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArguments, Ident, ObjectNamePart, Select, Spanned, Visit,
    Visitor,
};

use super::call::{argument_expression, arguments, is_aggregate, name_of};
use super::dialect::Dialect;
use super::functions::arguments::{Sort, taken};
use super::functions::{Gives, Kind, Signature};
use super::own_calls::own_calls;
use super::scope::Scope;
use super::typed::Typed;
use super::typer::Typer;

/// A call that looks at more than one row.
pub(super) struct OfMany {
    pub function: Function,
    /// Over a window, not an aggregate.
    pub window: bool,
}

impl Typer<'_> {
    /// Complains about an aggregate or a window in a condition that looks at one row: after `where` or `on`.
    pub fn judge_condition(&mut self, scope: &Scope<'_>, condition: &Expr, word: &str) {
        let found = calls_of_many(self.dialect, condition);
        if let Some(call) = (found.into_iter()).find(|call| self.is_own(scope, &call.function)) {
            self.report_many_rows(&call, word);
        }
    }

    /// Complains about an aggregate in a key of `group by`, also where the key is the number or the alias of an item.
    pub fn judge_key(&mut self, scope: &Scope<'_>, select: &Select, key: &Expr) {
        let meant = self.meant(scope, select, key);
        if let Some(function) = self.aggregate_in(scope, meant) {
            let ident = function.name.0.last().and_then(ObjectNamePart::as_ident);
            let span = match ident {
                Some(ident) if std::ptr::eq(meant, key) => ident.span,
                _ => key.span(),
            };
            let place = self.place(span);
            self.report_aggregate_as_key(place, &function);
        }
    }

    /// An aggregate of this select in an expression.
    fn aggregate_in(&self, scope: &Scope<'_>, expression: &Expr) -> Option<Function> {
        (calls_of_many(self.dialect, expression).into_iter())
            .find(|call| !call.window && self.is_own(scope, &call.function))
            .map(|call| call.function)
    }

    /// Whether a call is of the rows of this select: one over columns of the query around it is that query's.
    fn is_own(&self, scope: &Scope<'_>, function: &Function) -> bool {
        let mut columns = Paths(Vec::new());
        let _ = function.args.visit(&mut columns);
        (columns.0.iter()).all(|path| {
            let Some((column, qualifier)) = path.split_last() else {
                return false;
            };
            scope.relations.iter().any(|relation| {
                relation.may_be_called(self.dialect, qualifier)
                    && !relation.find(self.dialect, column).is_empty()
            })
        })
    }

    /// Holds a call against what its function takes.
    pub fn judge_call(
        &mut self,
        scope: &Scope<'_>,
        function: &Function,
        signature: &Signature,
        values: &[Typed],
    ) {
        // What stands in a schema of one's own may be called the same.
        let [ObjectNamePart::Identifier(ident)] = function.name.0.as_slice() else {
            return;
        };
        if is_aggregate(self.dialect, function) {
            let inner = (arguments(function).into_iter())
                .filter_map(argument_expression)
                .find_map(|argument| self.aggregate_in(scope, argument));
            if let Some(inner) = inner
                && self.is_own(scope, function)
            {
                self.report_nested_aggregate(ident, &inner);
                return;
            }
        }
        if self.in_pattern {
            return;
        }
        if signature.kind == Kind::Window
            && function.over.is_none()
            && function.within_group.is_empty()
        {
            self.report_no_window(ident);
            return;
        }
        self.judge_values(function, ident, values);
        if let Gives::Common(from) = signature.gives {
            let written = (arguments(function).into_iter()).filter_map(argument_expression);
            self.judge_choice(&ident.value, written.zip(values).skip(from));
        }
    }

    fn judge_values(&mut self, function: &Function, ident: &Ident, values: &[Typed]) {
        let FunctionArguments::List(list) = &function.args else {
            return;
        };
        let plain = |argument: &FunctionArg| matches!(argument, FunctionArg::Unnamed(_));
        let Some(taken) = taken(self.dialect, &name_of(function)) else {
            return;
        };
        if !function.within_group.is_empty() || !list.args.iter().all(plain) {
            return;
        }
        let written = list.args.len();
        if let Some((least, most)) = taken.many
            && (written < least || most.is_some_and(|most| written > most))
        {
            self.report_argument_count(ident, written, least, most);
            return;
        }
        let (Some(first), Some(argument)) = (values.first(), list.args.first()) else {
            return;
        };
        let Some(expression) = argument_expression(argument) else {
            return;
        };
        // A text that is written out is read as whatever is wanted.
        let said = first.hole.is_none() && first.literal.is_none();
        if let Some(sort) = Sort::of(&first.of).filter(|_| said)
            && !taken.first.is_empty()
            && !taken.first.contains(&sort)
        {
            self.report_argument_kind(ident, expression, sort, &taken.first);
        }
    }
}

/// The aggregates and windows in an expression, those of queries inside left out.
fn calls_of_many(dialect: Dialect, expression: &Expr) -> Vec<OfMany> {
    let mut found = Vec::new();
    let _ = own_calls(expression, |function| {
        let window = function.over.is_some();
        if window || is_aggregate(dialect, function) {
            found.push(OfMany {
                function: function.clone(),
                window,
            });
        }
        ControlFlow::Continue(())
    });
    found
}

/// The columns that are written in a part of a query.
struct Paths(Vec<Vec<Ident>>);

impl Visitor for Paths {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        match expression {
            Expr::Identifier(ident) => self.0.push(vec![ident.clone()]),
            Expr::CompoundIdentifier(path) => self.0.push(path.clone()),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
