//! What every row of a table has passed before a loop goes through them.
//!
//! Kept true here: a condition counts for as long as the columns that it speaks of are the same.

use sophia_plan::expression::Stage;
use sophia_plan::types::Type;

use super::condition::Condition;
use super::names::Names;

/// What is known of each row.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// Its type.
    pub(super) each: Type,
    /// The conditions that it has passed, which speak of the row.
    pub(super) passed: Vec<Condition>,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            each: Type::Unknown,
            passed: Vec::new(),
        }
    }
}

impl Rows {
    /// What is known behind a stage that is seen from these names.
    pub(super) fn behind(mut self, stage: &Stage, names: &Names) -> Self {
        match stage {
            Stage::Where(condition) => {
                let condition = names.with_row(&self.each).condition(condition);
                if !condition.is_open() && !condition.is_constant() {
                    self.passed.push(condition);
                }
                self
            }
            Stage::Sort(_) | Stage::Take { .. } | Stage::Select(_) => self,
            Stage::Add { columns, row } => {
                let is_same =
                    |passed: &Condition| !(columns.iter()).any(|(name, _)| passed.speaks_of(name));
                self.passed.retain(is_same);
                self.each = Type::Record(row.clone());
                self
            }
            Stage::Join { row, .. } | Stage::Group { row, .. } => Self {
                each: Type::Record(row.clone()),
                passed: Vec::new(),
            },
            Stage::Map { of, .. } => Self {
                each: of.clone(),
                passed: Vec::new(),
            },
            Stage::First | Stage::Only | Stage::Check { .. } => Self::default(),
        }
    }
}

/// The type of what a list or a table holds.
pub(super) fn each_of(of: &Type) -> Type {
    match of {
        Type::List(each) => Type::clone(each),
        Type::Table(row) => Type::Record(row.clone()),
        _ => Type::Unknown,
    }
}
