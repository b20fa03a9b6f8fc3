//! Learning: from a table to a model and what it is worth.

use std::sync::Arc;

use ndarray::Array1;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Table, Type};

use super::column::{self, Cell, Column};
use super::encoding::Encoding;
use super::folds::{self, FOLDS};
use super::linear::{self, Line};
use super::logistic::{self, Calibration, share};
use super::metrics::{Metrics, log_loss};
use super::model::{Gives, PredictorModel, score};

/// With fewer rows than this, metrics would be luck.
const FEWEST_ROWS: usize = 20;

/// A model with what it is worth.
#[derive(Clone, Debug)]
pub struct Trained {
    model: PredictorModel,
    /// Measured out of fold: each row by a model that did not see it.
    pub metrics: Metrics,
    /// The digest of the rows that were learnt from, in hexadecimal.
    pub training: String,
}

impl Trained {
    /// The model, fitted to all rows.
    #[must_use]
    pub fn model(&self) -> &PredictorModel {
        &self.model
    }
}

/// The rows to learn from, cleaned: rows without a target are gone.
struct Lesson<T> {
    name: Arc<str>,
    columns: Vec<Column>,
    target: Vec<T>,
}

/// Trains a predictor of the column `target` on all other columns of `table`. `result` is what a call
/// gives: a percent needs a yes/no column, a number a column of numbers. Takes up to some seconds of
/// one core; an asynchronous caller puts it on a blocking thread.
///
/// # Errors
/// No such column, too few rows, a target that never varies, no column that does, or a column of a type
/// that a predictor has no use for.
pub fn train(table: &Table, target: &str, result: &Type) -> Result<Trained, Problem> {
    match result.present() {
        Type::Percent | Type::Boolean => {
            classes(lesson(table, target, "yes or no", |cell| match cell {
                Cell::Boolean(yes) => Some(Some(*yes)),
                Cell::Missing => Some(None),
                _ => None,
            })?)
        }
        Type::Number => numbers(lesson(table, target, "a number", |cell| match cell {
            Cell::Number(number) => Some(Some(*number)),
            Cell::Missing => Some(None),
            _ => None,
        })?),
        other => Err(
            Problem::new(codes::S941, format!("A predictor cannot give {other} yet.")).with_help(
                "predict a yes/no column, for example `plan = 'Gold' as is_gold`, or a number",
            ),
        ),
    }
}

/// Takes the table apart. `read` gives nothing for a cell of the wrong kind, and `None` for a missing one.
fn lesson<T: Copy>(
    table: &Table,
    target: &str,
    kind: &str,
    read: impl Fn(&Cell) -> Option<Option<T>>,
) -> Result<Lesson<T>, Problem> {
    let Some(at) = table
        .row
        .fields
        .iter()
        .position(|field| &*field.name == target)
    else {
        return Err(Problem::new(
            codes::S940,
            format!("The rows to learn from have no column `{target}`."),
        )
        .with_help(format!("select `{target}` in the predictor's SQL")));
    };
    let wrong = || {
        let of = table
            .row
            .fields
            .get(at)
            .map_or(&Type::Unknown, |field| &field.of);
        Problem::new(
            codes::S941,
            format!("`{target}` is {of}, and this predictor needs {kind} there."),
        )
        .with_help("turn the column into a yes/no, for example `churn = 'Yes' as churned`")
    };
    if table
        .row
        .fields
        .get(at)
        .and_then(|field| column::Kind::of(&field.of))
        .is_none()
    {
        return Err(wrong());
    }
    let answers = column::read(table, at)?;
    let mut rows = Vec::new();
    let mut known = Vec::new();
    for (row, cell) in answers.cells.iter().enumerate() {
        if let Some(value) = read(cell).ok_or_else(wrong)? {
            rows.push(row);
            known.push(value);
        }
    }
    if known.len() < FEWEST_ROWS {
        return Err(Problem::new(
            codes::S940,
            format!(
                "There are {} rows with a known `{target}` to learn from, and {FEWEST_ROWS} are the \
                 fewest.",
                known.len()
            ),
        )
        .with_help("let the predictor's SQL select more rows"));
    }
    let columns = (0..table.row.fields.len())
        .filter(|index| *index != at)
        .map(|index| {
            let mut column = column::read(table, index)?;
            column.cells = rows
                .iter()
                .filter_map(|row| column.cells.get(*row).cloned())
                .collect();
            Ok(column)
        })
        .collect::<Result<Vec<_>, Problem>>()?;
    let all: Vec<usize> = (0..known.len()).collect();
    if !Encoding::learn(&columns, &all).varies() {
        return Err(Problem::new(
            codes::S940,
            format!("No column says anything about `{target}`: each holds one value in every row."),
        )
        .with_help("select columns that differ between the rows"));
    }
    Ok(Lesson {
        name: target.into(),
        columns,
        target: known,
    })
}

fn classes(lesson: Lesson<bool>) -> Result<Trained, Problem> {
    let Lesson {
        name,
        columns,
        target,
    } = lesson;
    let yes = target.iter().filter(|class| **class).count();
    let no = target.len() - yes;
    if yes < FOLDS || no < FOLDS {
        let (rare, word) = if yes < no { (yes, "yes") } else { (no, "no") };
        return Err(Problem::new(
            codes::S940,
            format!(
                "`{name}` is {word} in {rare} of {} rows; a predictor needs at least {FOLDS} of each.",
                target.len()
            ),
        )
        .with_help("let the predictor's SQL select rows of both kinds"));
    }
    let folds = folds::stratified(&target);
    let scores = held_out(&columns, &folds, |x, rows| {
        logistic::fit(x, &pick(&target, rows))
    })?;

    // The curve is judged like the model: each fold by the curve of the other folds.
    let plain: Vec<f64> = scores.iter().copied().map(share).collect();
    let mut bent = plain.clone();
    for fold in 0..FOLDS {
        let (seen, held) = folds::split(&folds, fold);
        if let Some(curve) = Calibration::fit(&pick(&scores, &seen), &pick(&target, &seen)) {
            for row in held {
                bent[row] = share(curve.apply(scores[row]));
            }
        }
    }
    let helps = log_loss(&bent, &target) <= log_loss(&plain, &target);
    let calibration = helps.then(|| Calibration::fit(&scores, &target)).flatten();
    let shares = if calibration.is_some() { &bent } else { &plain };
    let mut metrics = Metrics::of_classes(shares, &target);
    // A rising curve leaves the order of rows alone; five curves that differ a little do not.
    metrics.auc = Metrics::of_classes(&plain, &target).auc;

    let (encoding, line) = whole(&columns, |x, rows| logistic::fit(x, &pick(&target, rows)))?;
    let training = digest(
        &columns,
        &name,
        target.iter().map(|class| u64::from(*class)),
    );
    Ok(Trained {
        model: PredictorModel::new(name, Gives::Percent { calibration }, encoding, line),
        metrics,
        training,
    })
}

fn numbers(lesson: Lesson<f64>) -> Result<Trained, Problem> {
    let Lesson {
        name,
        columns,
        target,
    } = lesson;
    let first = target.first().copied().unwrap_or_default();
    if target.iter().all(|number| number.total_cmp(&first).is_eq()) {
        return Err(Problem::new(
            codes::S940,
            format!("`{name}` is {first} in every row, so there is nothing to learn."),
        )
        .with_help("let the predictor's SQL select rows in which it differs"));
    }
    let folds = folds::stratified(&vec![false; target.len()]);
    let fit = |x, rows: &[usize]| linear::ridge(&x, &Array1::from(pick(&target, rows)));
    let predicted = held_out(&columns, &folds, fit)?;
    let metrics = Metrics::of_numbers(&predicted, &target);
    let (encoding, line) = whole(&columns, fit)?;
    let training = digest(
        &columns,
        &name,
        target.iter().map(|number| number.to_bits()),
    );
    Ok(Trained {
        model: PredictorModel::new(name, Gives::Number, encoding, line),
        metrics,
        training,
    })
}

/// Scores every row by a model that did not see it.
fn held_out(
    columns: &[Column],
    folds: &[usize],
    fit: impl Fn(ndarray::Array2<f64>, &[usize]) -> Result<Line, Problem>,
) -> Result<Vec<f64>, Problem> {
    let mut scores = vec![0.0; folds.len()];
    for fold in 0..FOLDS {
        let (seen, held) = folds::split(folds, fold);
        let encoding = Encoding::learn(columns, &seen);
        let line = fit(encoding.rows(columns, &seen), &seen)?;
        for row in held {
            let cells = columns.iter().filter_map(|column| column.cells.get(row));
            scores[row] = score(line.intercept, &line.coefficients, &encoding.row(cells));
        }
    }
    Ok(scores)
}

/// Fits all rows.
fn whole(
    columns: &[Column],
    fit: impl Fn(ndarray::Array2<f64>, &[usize]) -> Result<Line, Problem>,
) -> Result<(Encoding, Line), Problem> {
    let rows: Vec<usize> = (0..columns.first().map_or(0, |column| column.cells.len())).collect();
    let encoding = Encoding::learn(columns, &rows);
    let line = fit(encoding.rows(columns, &rows), &rows)?;
    Ok((encoding, line))
}

fn pick<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter()
        .filter_map(|row| values.get(*row).copied())
        .collect()
}

/// The digest of the rows: names, cells and targets, each with its length or its bits.
fn digest(columns: &[Column], name: &str, target: impl Iterator<Item = u64>) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut text = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    text(name);
    for column in columns {
        text(&column.name);
    }
    for column in columns {
        for cell in &column.cells {
            match cell {
                Cell::Missing => hasher.update(&[0]),
                Cell::Boolean(yes) => hasher.update(&[1, u8::from(*yes)]),
                Cell::Number(number) => hasher.update(&[2]).update(&number.to_bits().to_le_bytes()),
                Cell::Text(word) => hasher
                    .update(&[3])
                    .update(&(word.len() as u64).to_le_bytes())
                    .update(word.as_bytes()),
            };
        }
    }
    for value in target {
        hasher.update(&value.to_le_bytes());
    }
    hasher.finalize().to_hex().to_string()
}
