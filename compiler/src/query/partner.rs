//! `a.id = b.id (+)`: Snowflake's older way to write an outer join, in `where`.
//!
//! Kept true here: every column of the marked side may be missing, and a condition with the mark joins rows and drops none.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Ident, visit_expressions};

use super::dialect::Dialect;
use super::scope::Scope;

/// Makes the columns of the marked sides such that may be missing.
pub(super) fn without_partner(dialect: Dialect, scope: &mut Scope<'_>, condition: &Expr) {
    if dialect != Dialect::Snowflake {
        return;
    }
    let _ = visit_expressions(condition, |part| {
        if let Expr::OuterJoin(column) = part {
            match &**column {
                Expr::Identifier(ident) => lacks(dialect, scope, std::slice::from_ref(ident)),
                Expr::CompoundIdentifier(path) => lacks(dialect, scope, path),
                _ => {}
            }
        }
        ControlFlow::<()>::Continue(())
    });
}

/// Whether a condition joins rows by the mark.
pub(super) fn is_marked(dialect: Dialect, condition: &Expr) -> bool {
    dialect == Dialect::Snowflake
        && visit_expressions(condition, |part| match part {
            Expr::OuterJoin(_) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })
        .is_break()
}

/// The relation of a column may have no row.
fn lacks(dialect: Dialect, scope: &mut Scope<'_>, path: &[Ident]) {
    let Some((column, qualifier)) = path.split_last() else {
        return;
    };
    for relation in &mut scope.relations {
        if (qualifier.is_empty() || relation.is_called(dialect, qualifier))
            && (!relation.find(dialect, column).is_empty())
        {
            relation.make_nullable();
        }
    }
}
