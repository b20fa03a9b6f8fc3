//! The calls that stand in a part of a select itself.
//!
//! Kept true here: those of queries inside it are left out.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Function, Query, Visit, Visitor};

/// Goes through the calls until one is enough.
pub(super) fn own_calls(
    part: &impl Visit,
    take: impl FnMut(&Function) -> ControlFlow<()>,
) -> ControlFlow<()> {
    part.visit(&mut Calls { depth: 0, take })
}

struct Calls<T> {
    /// How many queries inside the walk is in.
    depth: usize,
    take: T,
}

impl<T: FnMut(&Function) -> ControlFlow<()>> Visitor for Calls<T> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        match expression {
            Expr::Function(function) if self.depth == 0 => (self.take)(function),
            _ => ControlFlow::Continue(()),
        }
    }
}
