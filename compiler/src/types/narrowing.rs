//! What a condition teaches: after `if email is present`, `email` is no longer missing.

use sophia_language::syntax::{BinaryOperator, Expression, UnaryOperator};

use super::scope::Scope;

/// A name with the fields after it, as something that can be known to be present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path(Vec<String>);

impl Path {
    /// The name with which it begins.
    pub(crate) fn name(&self) -> Option<&str> {
        self.0.first().map(String::as_str)
    }

    /// Whether this is the row of a stage, or a column of it.
    pub(super) fn starts_with_row(&self) -> bool {
        self.0.first().is_some_and(|first| first == "row")
    }

    /// Whether this is `path`, or a part of it: what has a field is there itself.
    pub(super) fn begins_with(&self, path: &Self) -> bool {
        self.0.starts_with(&path.0)
    }

    /// What of the row this is, if it is of the row: nothing more for the row itself.
    pub(super) fn part_of_row(&self) -> Option<&[String]> {
        match self.0.split_first() {
            Some((row, part)) if row == "row" => Some(part),
            _ => None,
        }
    }
}

/// What is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) present: Vec<Path>,
}

impl Facts {
    fn of(path: Option<Path>) -> Self {
        Self {
            present: path.into_iter().collect(),
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.present.extend(other.present);
        self
    }

    fn or(mut self, other: &Self) -> Self {
        self.present.retain(|path| other.present.contains(path));
        self
    }
}

/// The path of an expression, if it is a name with fields. A column is a field of `row`.
pub(super) fn path_of(expression: &Expression, scope: &Scope) -> Option<Path> {
    match expression {
        Expression::Name(name) => {
            let is_column = scope
                .columns()
                .is_some_and(|row| row.field(&name.text).is_some());
            let mut parts = vec![name.text.clone()];
            if is_column {
                parts.insert(0, "row".to_owned());
            }
            Some(Path(parts))
        }
        Expression::Field { of, name, .. } => {
            let Path(mut parts) = path_of(of, scope)?;
            parts.push(name.text.clone());
            Some(Path(parts))
        }
        _ => None,
    }
}

/// What is known where a condition held, and where it did not.
pub(crate) fn facts_of(condition: &Expression, scope: &Scope) -> (Facts, Facts) {
    match condition {
        Expression::Presence { value, present, .. } => {
            let known = Facts::of(path_of(value, scope));
            if *present {
                (known, Facts::default())
            } else {
                (Facts::default(), known)
            }
        }
        Expression::Unary {
            operator: UnaryOperator::Not,
            operand,
            ..
        } => {
            let (held, failed) = facts_of(operand, scope);
            (failed, held)
        }
        Expression::Binary {
            operator,
            left,
            right,
            ..
        } => match operator {
            BinaryOperator::And => {
                let (left_held, left_failed) = facts_of(left, scope);
                let (right_held, right_failed) = facts_of(right, scope);
                (left_held.and(right_held), left_failed.or(&right_failed))
            }
            BinaryOperator::Or => {
                let (left_held, left_failed) = facts_of(left, scope);
                let (right_held, right_failed) = facts_of(right, scope);
                (left_held.or(&right_held), left_failed.and(right_failed))
            }
            _ if scope.missing_compares && is_comparison(*operator) => {
                let known = Facts::of(path_of(left, scope)).and(Facts::of(path_of(right, scope)));
                (known, Facts::default())
            }
            _ => (Facts::default(), Facts::default()),
        },
        // What is missing lies in nothing and between nothing.
        Expression::In {
            value,
            negated: false,
            ..
        }
        | Expression::Between { value, .. }
            if scope.missing_compares =>
        {
            (Facts::of(path_of(value, scope)), Facts::default())
        }
        _ => (Facts::default(), Facts::default()),
    }
}

fn is_comparison(operator: BinaryOperator) -> bool {
    matches!(
        operator,
        BinaryOperator::Equal
            | BinaryOperator::NotEqual
            | BinaryOperator::Less
            | BinaryOperator::LessOrEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual
            | BinaryOperator::Like
    )
}
