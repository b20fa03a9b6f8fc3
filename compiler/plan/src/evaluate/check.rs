//! `check`: rows that pass all rules, and rows that do not, with the names of the rules.
//!
//! Kept true here: every rule sees every row; what is missing does not hold; a row of a file that does not
//! fit its type fails the first rule.

use std::sync::Arc;

use sophia_diagnostics::Problem;

use super::interpreter::{Frame, Interpreter};
use super::rows::Rows;
use crate::expression::Expression;
use crate::table::Table;
use crate::types::RecordType;
use crate::unfit::take_unfit;
use crate::value::{Record, Value};

/// The column of `failed` that holds the names of the rules.
const PROBLEMS: &str = "problems";

/// Holds every row against every rule.
pub(super) fn check(
    interpreter: &Interpreter<'_>,
    rules: &[(Expression, Expression)],
    failed: &Arc<RecordType>,
    value: Value,
) -> Result<Value, Problem> {
    let rows = Rows::of(value)?;
    let mut passed = Vec::new();
    let mut refused = Vec::new();
    for row in 0..rows.len() {
        let frame = Some(Frame::Row { rows: &rows, row });
        let mut fields = match rows.row(row) {
            Value::Record(record) => record.fields.clone(),
            _ => Vec::new(),
        };
        let unfit = take_unfit(&mut fields);
        let mut problems = Vec::new();
        for (place, (name, rule)) in rules.iter().enumerate() {
            let holds = match interpreter.holds(rule, frame, "`check`") {
                Ok(holds) => holds && !(unfit && place == 0),
                // What does not fit is missing where the type says that it never is.
                Err(_) if unfit => false,
                Err(problem) => return Err(problem),
            };
            if !holds {
                problems.push(interpreter.value(name, frame)?);
            }
        }
        if problems.is_empty() {
            passed.push(row);
            continue;
        }
        fields.push((Arc::from(PROBLEMS), Value::List(Arc::new(problems))));
        refused.push(Arc::new(Record { fields }));
    }
    let refused = Table::from_records(Arc::clone(failed), &refused)?;
    Ok(Value::Record(Arc::new(Record {
        fields: vec![
            (Arc::from("passed"), rows.take(&passed)?),
            (Arc::from("failed"), Value::Table(refused)),
        ],
    })))
}
