//! Steps into a value, and functions that stand in place as an argument.

use std::ops::ControlFlow;

use sophia_plan::types::Type;
use sqlparser::ast::{AccessExpr, Expr, Ident, Subscript};

use super::scope::Scope;
use super::typed::Typed;
use super::typer::Typer;

impl Typer<'_> {
    /// The body of a function without a name: its own names are its parameters, which no column rule can
    /// see, but columns and holes may stand there too.
    pub(super) fn lambda(&mut self, scope: &Scope<'_>, body: &Expr) -> Typed {
        let mut found: Vec<Expr> = Vec::new();
        let _ = sqlparser::ast::visit_expressions(body, |part: &Expr| {
            if matches!(
                part,
                Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_)
            ) {
                found.push(part.clone());
            }
            ControlFlow::<()>::Continue(())
        });
        found.retain(|part| match part {
            Expr::Identifier(ident) => self.is_column(scope, std::slice::from_ref(ident)),
            Expr::CompoundIdentifier(path) => self.is_column(scope, path),
            _ => true,
        });
        let parts: Vec<Typed> = found
            .iter()
            .map(|part| self.expression(scope, part))
            .collect();
        Typed::made_of(Type::Unknown, &parts)
    }

    /// `a[0].b`: the longest beginning that names a column, then steps into its value.
    pub(super) fn access(&mut self, scope: &Scope<'_>, root: &Expr, chain: &[AccessExpr]) -> Typed {
        let mut path: Vec<Ident> = match root {
            Expr::Identifier(ident) => vec![ident.clone()],
            Expr::CompoundIdentifier(path) => path.clone(),
            _ => Vec::new(),
        };
        let mut value = if path.is_empty() {
            self.expression(scope, root)
        } else {
            let mut steps = chain.iter();
            while !self.is_column(scope, &path)
                && let Some(AccessExpr::Dot(Expr::Identifier(next))) = steps.next()
            {
                path.push(next.clone());
            }
            self.qualified(scope, &path)
        };
        let sliced = matches!(
            chain.last(),
            Some(AccessExpr::Subscript(Subscript::Slice { .. }))
        );
        for step in chain {
            let places: Vec<&Expr> = match step {
                AccessExpr::Subscript(Subscript::Index { index }) => vec![index],
                AccessExpr::Subscript(Subscript::Slice {
                    lower_bound,
                    upper_bound,
                    stride,
                }) => [lower_bound, upper_bound, stride]
                    .into_iter()
                    .flatten()
                    .collect(),
                AccessExpr::Dot(_) => Vec::new(),
            };
            for place in places {
                let place = self.expression(scope, place);
                value = value.resting_on(&place);
            }
        }
        let of = match &value.of {
            Type::List(item) if sliced => Type::List(item.clone()),
            Type::List(item) => item.present().clone(),
            Type::Unknown => Type::Unknown,
            _ => Type::Json,
        };
        Typed {
            of,
            nullable: true,
            column: false,
            ..value
        }
    }
}
