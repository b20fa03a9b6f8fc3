//! Choosing rows and columns of a table.

use std::sync::Arc;

use arrow_array::{BooleanArray, UInt64Array};
use sophia_diagnostics::{Problem, codes};

use super::Table;
use crate::types::RecordType;

impl Table {
    /// The rows at these places, in this order; a place may occur more than once.
    ///
    /// # Errors
    /// When a place lies behind the last row.
    pub fn take(&self, rows: &[usize]) -> Result<Self, Problem> {
        if let Some(row) = rows.iter().find(|row| **row >= self.len()) {
            return Err(Problem::new(
                codes::S980,
                format!("A table of {} rows has no row {}.", self.len(), row + 1),
            ));
        }
        let places: UInt64Array = rows.iter().map(|row| *row as u64).collect();
        let columns = self
            .batch
            .columns()
            .iter()
            .map(|column| arrow_select::take::take(column, &places, None).map_err(unselectable))
            .collect::<Result<Vec<_>, _>>()?;
        Self::from_columns(Arc::clone(&self.row), columns, rows.len())
    }

    /// The rows whose place in `keep` is true. Places that `keep` lacks are left out.
    ///
    /// # Errors
    /// Never for a table that holds its invariant.
    pub fn filter(&self, keep: &[bool]) -> Result<Self, Problem> {
        let keep: BooleanArray = (0..self.len())
            .map(|row| Some(keep.get(row).copied().unwrap_or(false)))
            .collect();
        self.filtered(&keep)
    }

    /// The rows for which a mask with a place for each row holds.
    pub(crate) fn filtered(&self, keep: &BooleanArray) -> Result<Self, Problem> {
        let batch =
            arrow_select::filter::filter_record_batch(&self.batch, keep).map_err(unselectable)?;
        Ok(Self {
            row: Arc::clone(&self.row),
            batch,
        })
    }

    /// The first rows, sharing the columns.
    #[must_use]
    pub fn head(&self, rows: usize) -> Self {
        Self {
            row: Arc::clone(&self.row),
            batch: self.batch.slice(0, rows.min(self.len())),
        }
    }

    /// The rows in the order that `compare` gives to their places, stably.
    ///
    /// # Errors
    /// Never for a table that holds its invariant.
    pub fn sorted_by(
        &self,
        compare: impl Fn(usize, usize) -> std::cmp::Ordering,
    ) -> Result<Self, Problem> {
        let mut rows: Vec<usize> = (0..self.len()).collect();
        rows.sort_by(|left, right| compare(*left, *right));
        self.take(&rows)
    }

    /// These columns, in this order.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn select(&self, columns: &[Arc<str>]) -> Result<Self, Problem> {
        let mut fields = Vec::with_capacity(columns.len());
        let mut arrays = Vec::with_capacity(columns.len());
        for name in columns {
            let (field, array) = self
                .row
                .fields
                .iter()
                .zip(self.batch.columns())
                .find(|(field, _)| field.name == *name)
                .ok_or_else(|| {
                    Problem::new(codes::S978, format!("The table has no column `{name}`."))
                })?;
            fields.push(field.clone());
            arrays.push(Arc::clone(array));
        }
        let row = Arc::new(RecordType { name: None, fields });
        Self::from_columns(row, arrays, self.len())
    }
}

fn unselectable(error: impl std::fmt::Display) -> Problem {
    Problem::new(codes::S980, "Rows of a table could not be chosen.").because(error)
}
