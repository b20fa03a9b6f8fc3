//! Reads a file of the project into rows.

use std::path::Path;
use std::sync::Arc;

use sophia_data::{FileRow, read_csv};
use sophia_diagnostics::{Problem, codes};
use sophia_engine::{FailureKind, Report, StepCall};
use sophia_plan::{Expression, RecordType, Table, Value, evaluate, unfit_row};

use super::Ended;
use super::host::StepHost;
use super::predictor::StoredPredictors;
use crate::environment::{Environment, unreadable};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 256 << 20;

/// Runs one step that reads a file.
pub(super) async fn run(
    environment: &Environment,
    call: &StepCall,
    path: &Expression,
    row: &Arc<RecordType>,
) -> Ended {
    let path = {
        let predictors = StoredPredictors(environment);
        evaluate(path, &call.scope, &StepHost::new(call, &predictors))
    };
    let path = match path {
        Ok(Value::Text(path)) => path,
        Ok(_) => return Ended::permanent(super::not_work(call)),
        Err(problem) => return Ended::permanent(problem),
    };
    let root = environment.folders.root.clone();
    let shown = path.clone();
    let read = tokio::task::spawn_blocking(move || contents(&root, &shown)).await;
    let bytes = match read {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(problem)) => return Ended::failed(problem, FailureKind::Transient),
        Err(broken) => {
            let problem = Problem::new(codes::S926, format!("`{path}` was not read to its end."))
                .because(broken);
            return Ended::failed(problem, FailureKind::Transient);
        }
    };
    tokio::task::block_in_place(|| ended(call, &path, &bytes, row))
}

/// The rows of a file's text, as the step gives them.
pub(crate) fn ended(call: &StepCall, shown: &str, bytes: &[u8], row: &Arc<RecordType>) -> Ended {
    match read_csv(shown, bytes, row).and_then(|rows| value(call, shown, rows, row)) {
        Ok((value, report)) => Ended::done(value, report),
        Err(problem) => Ended::permanent(problem),
    }
}

/// The rows as a table, where all of them fit; otherwise as a list, for the check that comes first.
fn value(
    call: &StepCall,
    shown: &str,
    rows: Vec<FileRow>,
    row: &Arc<RecordType>,
) -> Result<(Value, Report), Problem> {
    let all = rows.len();
    let unfit: Vec<&str> = rows.iter().filter_map(|row| row.unfit.as_deref()).collect();
    let report = |note: Option<String>| Report {
        rows: Some(all as u64),
        note,
        ..Report::default()
    };
    let Some(first) = unfit.first() else {
        let records: Vec<_> = rows.into_iter().map(|row| Arc::new(row.record)).collect();
        let table = Table::from_records(row.clone(), &records)?;
        return Ok((Value::Table(table), report(None)));
    };
    let checked = call.step.binds.as_deref();
    if !checked.is_some_and(|name| call.plan.is_checked_first(name)) {
        let mut problem = Problem::new(codes::S922, format!("The file `{shown}`, {first}."));
        if unfit.len() > 1 {
            problem = problem.because(format!("{} of its {all} rows do not fit", unfit.len()));
        }
        return Err(problem.with_help(
            "correct the file, or sort such rows out with a `| check` right after reading it",
        ));
    }
    let note = format!("{} of them do not fit their type; {first}", unfit.len());
    let records = rows.into_iter().map(|row| {
        let record = match row.unfit {
            Some(why) => unfit_row(row.record, why),
            None => row.record,
        };
        Value::Record(Arc::new(record))
    });
    let list = Value::List(Arc::new(records.collect()));
    Ok((list, report(Some(note))))
}

/// What stands in a file, which must be one of the project's.
fn contents(root: &Path, path: &str) -> Result<Vec<u8>, Problem> {
    let root = root
        .canonicalize()
        .map_err(|error| unreadable(root, &error))?;
    let file = root.join(path);
    let file = file
        .canonicalize()
        .map_err(|error| unreadable(Path::new(path), &error))?;
    if !file.starts_with(&root) {
        return Err(Problem::new(
            codes::S923,
            format!("The file `{path}` stands outside the project's folder."),
        )
        .with_help("copy it into the project; a playbook reads nothing else"));
    }
    let size = file
        .metadata()
        .map_err(|error| unreadable(Path::new(path), &error))?
        .len();
    if size > LARGEST {
        return Err(Problem::new(
            codes::S923,
            format!(
                "The file `{path}` has {} MB, and at most {} MB are read.",
                size >> 20,
                LARGEST >> 20
            ),
        )
        .with_help("split it, or load it into a database and query it"));
    }
    std::fs::read(&file).map_err(|error| unreadable(Path::new(path), &error))
}
