//! The columns by which no two rows of a table are alike, as far as they are known: what a look-up by them and a join that
//! follows them count with.
//!
//! Kept true here: a key counts only for as long as its columns are the same and no row stands there twice.

use std::sync::Arc;

use sophia_plan::expression::{Expression, JoinOn, Operator, Stage};

/// The keys of a table, each with its columns.
pub(super) type Keys = Vec<Vec<Arc<str>>>;

/// The keys behind a stage; `theirs` are those of the table that a join brings.
pub(super) fn behind(mut keys: Keys, stage: &Stage, theirs: &Keys) -> Keys {
    match stage {
        Stage::Where(_)
        | Stage::Sort(_)
        | Stage::Take { .. }
        | Stage::First
        | Stage::Only
        | Stage::Check { .. } => keys,
        Stage::Select(columns) => {
            keys.retain(|key| key.iter().all(|column| columns.contains(column)));
            keys
        }
        Stage::Add { columns, .. } => {
            let is_new = |column: &Arc<str>| columns.iter().any(|(name, _)| name == column);
            keys.retain(|key| !key.iter().any(is_new));
            keys
        }
        Stage::Group { by, .. } => vec![by.clone()],
        Stage::Join { .. } if follows(stage, theirs) => keys,
        Stage::Map { .. } | Stage::Join { .. } => Keys::new(),
    }
}

/// Whether a condition compares all columns of a key with values that are the same for every row.
pub(super) fn finds_one(condition: &Expression, keys: &Keys) -> bool {
    let is_column = |part: &Expression, wanted: &str| matches!(part, Expression::Column(name) if **name == *wanted);
    let of_row = |part: &Expression| matches!(part, Expression::Column(_) | Expression::Row);
    (keys.iter()).any(|key| {
        (key.iter()).all(|column| {
            is_compared(condition, &|side| is_column(side, column), &|side| {
                !holds(side, &of_row)
            })
        })
    })
}

/// Whether a join gives each row one partner at most.
pub(super) fn follows(stage: &Stage, theirs: &Keys) -> bool {
    let Stage::Join { binding, on, .. } = stage else {
        return false;
    };
    match (on, binding) {
        (JoinOn::Columns(columns), _) => {
            (theirs.iter()).any(|key| key.iter().all(|column| columns.contains(column)))
        }
        (JoinOn::Condition(condition), Some(binding)) => {
            let is_joined =
                |part: &Expression| matches!(part, Expression::Name(name) if name == binding);
            let is_column = |part: &Expression, wanted: &str| match part {
                Expression::Field { of, name, .. } => is_joined(of) && **name == *wanted,
                _ => false,
            };
            (theirs.iter()).any(|key| {
                (key.iter()).all(|column| {
                    is_compared(condition, &|side| is_column(side, column), &|side| {
                        !holds(side, &is_joined)
                    })
                })
            })
        }
        (JoinOn::Condition(_), None) => false,
    }
}

/// Whether a condition holds only where one such side equals another such side.
fn is_compared(
    condition: &Expression,
    one: &dyn Fn(&Expression) -> bool,
    other: &dyn Fn(&Expression) -> bool,
) -> bool {
    match condition {
        Expression::And(left, right) => {
            is_compared(left, one, other) || is_compared(right, one, other)
        }
        Expression::Binary {
            operator: Operator::Equal,
            left,
            right,
        } => (one(left) && other(right)) || (one(right) && other(left)),
        _ => false,
    }
}

/// Whether an expression is, or has inside it, what is asked for.
fn holds(expression: &Expression, asked: &dyn Fn(&Expression) -> bool) -> bool {
    let mut found = asked(expression);
    expression.each_part(&mut |part| found = found || holds(part, asked));
    found
}
