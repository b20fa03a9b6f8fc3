//! What vouches for a value: a condition that held, an answer that was given.
//!
//! Kept true here: only what surely holds on the way is learned. A comparison vouches from above: a value that
//! is at most a trusted bound, or equals a trusted value, or is in a trusted list.

use std::sync::Arc;

use sophia_plan::expression::{Expression, Operator};

use super::env::{Path, Root, vouch};
use super::pass::Walk;

impl Walk<'_> {
    /// Remembers what vouches for a value where a condition holds, or does not hold.
    pub(super) fn learn(&mut self, condition: &Expression, holds: bool) {
        for path in self.vouched(condition, holds) {
            self.vouch(&path);
        }
    }

    /// Takes the doubt of a value away from here on.
    pub(super) fn vouch(&mut self, path: &Path) {
        match &path.root {
            Root::Name(name) => self.env.vouch(name, &path.fields),
            Root::Row => {
                if let Some(row) = &mut self.row {
                    vouch(row, &path.fields);
                }
            }
        }
    }

    /// The values that a condition vouches for.
    pub(super) fn vouched(&mut self, condition: &Expression, holds: bool) -> Vec<Path> {
        match condition {
            Expression::Not(inner) => self.vouched(inner, !holds),
            Expression::And(left, right) | Expression::Or(left, right) => {
                let both = matches!(condition, Expression::And(..)) == holds;
                let left = self.vouched(left, holds);
                let right = self.vouched(right, holds);
                if both {
                    left.into_iter().chain(right).collect()
                } else {
                    left.into_iter()
                        .filter(|path| right.contains(path))
                        .collect()
                }
            }
            Expression::Binary {
                operator,
                left,
                right,
            } => {
                let mut found = Vec::new();
                if from_above(*operator, holds) && self.is_trusted(right) {
                    found.extend(path(left));
                }
                if from_above(mirrored(*operator), holds) && self.is_trusted(left) {
                    found.extend(path(right));
                }
                found
            }
            Expression::In { value, set } if holds && self.is_trusted(set) => {
                path(value).into_iter().collect()
            }
            Expression::Field { of, name, .. } if holds && &**name == "approved" => match &**of {
                Expression::Name(answer) => self.env.shown(answer).to_vec(),
                _ => Vec::new(),
            },
            // `x between a and b` looks at its value once, under a name.
            Expression::Let { name, value, body } => {
                let depth = self.env.depth();
                let known = self.value(value);
                self.env.bind(name.clone(), known);
                let found = self.vouched(body, holds);
                self.env.forget(depth);
                let stands_for = path(value);
                found
                    .into_iter()
                    .filter_map(|found| match (&found.root, &stands_for) {
                        (Root::Name(root), Some(whole)) if root == name => {
                            let mut whole = whole.clone();
                            whole.fields.extend(found.fields);
                            Some(whole)
                        }
                        (Root::Name(root), None) if root == name => None,
                        _ => Some(found),
                    })
                    .collect()
            }
            Expression::Convert { value, .. } => self.vouched(value, holds),
            _ => Vec::new(),
        }
    }

    fn is_trusted(&mut self, expression: &Expression) -> bool {
        self.value(expression).whole().doubt.is_none()
    }
}

/// Whether `x OPERATOR bound`, holding or not, puts the bound above `x`.
fn from_above(operator: Operator, holds: bool) -> bool {
    match operator {
        Operator::Equal | Operator::Less | Operator::LessOrEqual => holds,
        Operator::NotEqual | Operator::Greater | Operator::GreaterOrEqual => !holds,
        Operator::Like
        | Operator::Add
        | Operator::Subtract
        | Operator::Multiply
        | Operator::Divide
        | Operator::Modulo => false,
    }
}

/// The operator with its sides exchanged.
fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        other => other,
    }
}

/// The way to a value, where the expression is nothing but a way.
pub(super) fn path(expression: &Expression) -> Option<Path> {
    match expression {
        Expression::Name(name) => Some(Path {
            root: Root::Name(name.clone()),
            fields: Vec::new(),
        }),
        Expression::Column(column) => Some(Path {
            root: Root::Row,
            fields: vec![column.clone()],
        }),
        Expression::Field { of, name, .. } => {
            let mut path = path(of)?;
            path.fields.push(name.clone());
            Some(path)
        }
        Expression::Convert { value, .. } => path(value),
        _ => None,
    }
}

/// The values that a text shows as they are.
pub(super) fn shown_in(text: &Expression) -> Vec<Path> {
    match text {
        Expression::Text(parts) => parts.iter().flat_map(shown_in).collect(),
        Expression::Name(_) | Expression::Field { .. } | Expression::Convert { .. } => {
            path(text).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The column of a row that may be a key because a rule says that it is new: `x not in COLUMN`.
pub(super) fn new_in(rule: &Expression) -> Option<(Arc<str>, &Expression)> {
    match rule {
        Expression::Not(inner) => match &**inner {
            Expression::In { value, set } => match &**value {
                Expression::Column(column) => Some((column.clone(), set)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
