//! Where a stage's expression is evaluated for all rows at once by the native tier.
//!
//! Kept true here: `None` means that nothing happened, and the stage goes on row by row.

use arrow_array::{Array, ArrayRef, BooleanArray};
use sophia_diagnostics::Problem;

use super::aggregate::{aggregate, count, mean};
use super::interpreter::{Frame, Interpreter};
use super::rows::Rows;
use crate::expression::{Expression, Function, Stage};
use crate::native::{Run, Surroundings, prepare};
use crate::types::{FieldType, Type};
use crate::value::Value;

/// The rows for which a condition holds.
pub(super) fn holding(
    interpreter: &Interpreter<'_>,
    rows: &Rows,
    condition: &Expression,
    place: &str,
) -> Result<Option<BooleanArray>, Problem> {
    let Some(mut run) = run(interpreter, rows, condition) else {
        return Ok(None);
    };
    run.holding(rows.len(), &mut |row| {
        let frame = Some(Frame::Row { rows, row });
        interpreter
            .holds(condition, frame, place)
            .map(Value::Boolean)
    })
}

/// An expression's value for every row.
pub(super) fn values(
    interpreter: &Interpreter<'_>,
    rows: &Rows,
    expression: &Expression,
) -> Result<Option<Vec<Value>>, Problem> {
    let Some(mut run) = run(interpreter, rows, expression) else {
        return Ok(None);
    };
    run.values(rows.len(), &mut |row| {
        interpreter.value(expression, Some(Frame::Row { rows, row }))
    })
}

/// A column for a field that holds an expression's values as they are.
pub(super) fn column(
    interpreter: &Interpreter<'_>,
    rows: &Rows,
    expression: &Expression,
    field: &FieldType,
) -> Result<Option<ArrayRef>, Problem> {
    let Some(mut run) = run(interpreter, rows, expression).filter(|run| run.fills(&field.of))
    else {
        return Ok(None);
    };
    let array = run.array(rows.len(), &mut |row| {
        interpreter.value(expression, Some(Frame::Row { rows, row }))
    })?;
    // A missing value where the field has none is a mistake that the interpreter words.
    Ok(array.filter(|array| field.of.is_optional() || array.null_count() == 0))
}

/// Whether the native tier takes an expression over these rows.
pub(super) fn is_native(
    interpreter: &Interpreter<'_>,
    rows: &Rows,
    expression: &Expression,
) -> bool {
    run(interpreter, rows, expression).is_some()
}

fn run(interpreter: &Interpreter<'_>, rows: &Rows, expression: &Expression) -> Option<Run> {
    prepare(
        expression,
        &Surroundings {
            column: &|name| rows.array(name),
            fixed: &|expression| interpreter.value(expression, None),
        },
        rows.len(),
        interpreter.tier,
    )
}

/// An aggregate of a pipeline that ends in `where` or `map`, without the table or list in between.
pub(super) fn aggregated(
    interpreter: &Interpreter<'_>,
    function: Function,
    arguments: &[Expression],
    frame: Option<Frame<'_>>,
) -> Result<Option<Value>, Problem> {
    let [Expression::Pipeline { source, stages }] = arguments else {
        return Ok(None);
    };
    let (condition, mapped) = match (function, stages.as_slice()) {
        (Function::Count, [Stage::Where(condition)]) => (Some(condition), None),
        (Function::Sum | Function::Average | Function::Min | Function::Max, stages) => match stages
        {
            [Stage::Where(condition), Stage::Map { value, of }] => {
                (Some(condition), Some((value, of)))
            }
            [Stage::Map { value, of }] => (None, Some((value, of))),
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    // Asking a name for its value costs nothing; anything else would be evaluated once more.
    if !matches!(**source, Expression::Name(_) | Expression::Constant(_)) {
        return Ok(None);
    }
    let Ok(rows) = Rows::of(interpreter.value(source, frame)?) else {
        return Ok(None);
    };
    let Some((value, of)) = mapped else {
        return Ok(condition
            .and_then(|condition| run(interpreter, &rows, condition))
            .and_then(|mut run| run.count_holding(rows.len()))
            .map(count));
    };
    let value = match condition {
        None => value.clone(),
        Some(condition) => Expression::If {
            condition: Box::new(condition.clone()),
            then: Box::new(value.clone()),
            otherwise: Box::new(Expression::Constant(Value::None)),
        },
    };
    folded(interpreter, function, &rows, &value, of)
}

fn folded(
    interpreter: &Interpreter<'_>,
    function: Function,
    rows: &Rows,
    value: &Expression,
    of: &Type,
) -> Result<Option<Value>, Problem> {
    let fold = match function {
        Function::Average => Function::Sum,
        function => function,
    };
    let folded = run(interpreter, rows, value).and_then(|mut run| run.fold(fold, rows.len()));
    let Some(folded) = folded else {
        return Ok(None);
    };
    match folded.value {
        None => aggregate(function, &[], Some(of)).map(Some),
        Some(sum) if function == Function::Average => {
            mean(&sum, i64::try_from(folded.present).unwrap_or(i64::MAX)).map(Some)
        }
        Some(value) => Ok(Some(value)),
    }
}
