//! Functions over the rows around a row: ranks, neighbours, running and whole totals.
//!
//! Kept true here: rows are kept apart by the values of `per`, something missing being a value of its
//! own; rows that `by` does not tell apart stand in the order of the table. With `by` a total runs: it
//! holds the rows up to this one and those that are equal to it, as in SQL; without, all of them.

use std::cmp::Ordering;
use std::collections::HashMap;

use sophia_diagnostics::Problem;

use super::aggregate::{Gathered, count};
use super::compare::sorting;
use super::interpreter::Interpreter;
use super::problem::unknown;
use super::rows::Rows;
use super::stage::{each, identity};
use crate::expression::{Expression, Function, WindowCall};
use crate::types::Type;
use crate::value::Value;

/// The value of a window function for one row.
pub(super) fn value(
    interpreter: &Interpreter<'_>,
    function: &Expression,
    rows: &Rows,
    row: usize,
) -> Result<Value, Problem> {
    let all = rows.window(function, || every_row(interpreter, function, rows))?;
    Ok(all.get(row).cloned().unwrap_or(Value::None))
}

fn every_row(
    interpreter: &Interpreter<'_>,
    function: &Expression,
    rows: &Rows,
) -> Result<Vec<Value>, Problem> {
    let Expression::Window {
        call,
        argument,
        by,
        per,
    } = function
    else {
        return Err(unknown("window", ""));
    };
    let window = Window {
        call: *call,
        arguments: match argument {
            Some(argument) => Some(each(interpreter, rows, argument)?),
            None => None,
        },
        of: match argument.as_deref() {
            Some(Expression::Column(name)) => rows
                .table()
                .and_then(|table| table.row.field(name))
                .map(|field| &field.of),
            _ => None,
        },
        order: match by {
            Some((key, descending)) => Some((each(interpreter, rows, key)?, *descending)),
            None => None,
        },
    };
    let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut parts: Vec<Vec<usize>> = Vec::new();
    for row in 0..rows.len() {
        let mut key = Vec::new();
        for column in per {
            key.extend(identity(&rows.cell(row, column)?));
        }
        let place = *places.entry(key).or_insert(parts.len());
        match parts.get_mut(place) {
            Some(members) => members.push(row),
            None => parts.push(vec![row]),
        }
    }
    let mut values = vec![Value::None; rows.len()];
    for members in &mut parts {
        members.sort_by(|left, right| window.compare(*left, *right));
        for (row, value) in members.iter().zip(window.part(members)?) {
            if let Some(place) = values.get_mut(*row) {
                *place = value;
            }
        }
    }
    Ok(values)
}

struct Window<'a> {
    call: WindowCall,
    arguments: Option<Vec<Value>>,
    of: Option<&'a Type>,
    order: Option<(Vec<Value>, bool)>,
}

impl Window<'_> {
    fn compare(&self, left: usize, right: usize) -> Ordering {
        let Some((keys, descending)) = &self.order else {
            return Ordering::Equal;
        };
        let key = |row: usize| keys.get(row).unwrap_or(&Value::None);
        sorting(key(left), key(right), *descending)
    }

    fn argument(&self, row: usize) -> Value {
        self.arguments
            .as_ref()
            .and_then(|values| values.get(row))
            .cloned()
            .unwrap_or(Value::None)
    }

    /// The values of one part, whose rows are in order.
    fn part(&self, members: &[usize]) -> Result<Vec<Value>, Problem> {
        let neighbour = |place: Option<usize>| {
            place
                .and_then(|place| members.get(place))
                .map_or(Value::None, |row| self.argument(*row))
        };
        let places = 0..members.len();
        Ok(match self.call {
            WindowCall::RowNumber => places.map(|place| count(place + 1)).collect(),
            WindowCall::Rank => {
                let mut rank = 0;
                self.peers(members)
                    .into_iter()
                    .flat_map(|peers| {
                        let first = rank + 1;
                        rank += peers.len();
                        vec![count(first); peers.len()]
                    })
                    .collect()
            }
            WindowCall::Previous => places
                .map(|place| neighbour(place.checked_sub(1)))
                .collect(),
            WindowCall::Next => places.map(|place| neighbour(Some(place + 1))).collect(),
            WindowCall::First => vec![neighbour(Some(0)); members.len()],
            WindowCall::Last => vec![neighbour(members.len().checked_sub(1)); members.len()],
            WindowCall::Count => self.total(Function::Count, members)?,
            WindowCall::Sum => self.total(Function::Sum, members)?,
            WindowCall::Average => self.total(Function::Average, members)?,
            WindowCall::Min => self.total(Function::Min, members)?,
            WindowCall::Max => self.total(Function::Max, members)?,
        })
    }

    /// Rows that the order does not tell apart, together.
    fn peers<'m>(&self, members: &'m [usize]) -> Vec<&'m [usize]> {
        members
            .chunk_by(|left, right| self.compare(*left, *right).is_eq())
            .collect()
    }

    fn total(&self, function: Function, members: &[usize]) -> Result<Vec<Value>, Problem> {
        let mut gathered = Gathered::new(function);
        let mut values = Vec::with_capacity(members.len());
        // Without an order all rows are equal, so the first total is that of all.
        for peers in self.peers(members) {
            for row in peers {
                match &self.arguments {
                    Some(_) => gathered.add(&self.argument(*row))?,
                    // `count()` counts rows.
                    None => gathered.add(&Value::Boolean(true))?,
                }
            }
            let value = gathered.value(self.of)?;
            values.extend(std::iter::repeat_n(value, peers.len()));
        }
        Ok(values)
    }
}
