//! Rows before they are written: whether the table takes their columns, and whether a key stands twice.

use std::collections::HashMap;
use std::sync::Arc;

use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Value, encode, to_json};

use crate::source::RecordRequest;

/// A column of a table that rows are written into.
pub(crate) struct TargetColumn {
    pub(crate) name: String,
    /// Whether a row may leave it out: it may be missing, or the database fills it.
    pub(crate) optional: bool,
}

/// The columns of the request as the table writes them, in the order of the request.
pub(crate) fn matched<'t>(
    request: &RecordRequest<'_>,
    table: &'t [TargetColumn],
) -> Result<Vec<&'t str>, Problem> {
    if table.is_empty() {
        return Err(Problem::new(
            codes::S918,
            format!("There is no table `{}` to write into.", request.table),
        )
        .with_help("make it in the database, or run `sophia sync` and correct the name"));
    }
    let names = || {
        let names: Vec<&str> = table.iter().map(|column| &*column.name).collect();
        names.join(", ")
    };
    let mut found = Vec::with_capacity(request.columns.len());
    for wanted in request.columns {
        let exact = table.iter().find(|column| *column.name == **wanted);
        let column = exact.or_else(|| {
            table
                .iter()
                .find(|column| column.name.eq_ignore_ascii_case(wanted))
        });
        let column = column.ok_or_else(|| {
            Problem::new(
                codes::S921,
                format!("The table `{}` has no column `{wanted}`.", request.table),
            )
            .because(format!("its columns: {}", names()))
            .with_help("run `sophia sync`, then `sophia check`: the table has changed")
        })?;
        found.push(&*column.name);
    }
    let missing: Vec<String> = table
        .iter()
        .filter(|column| !column.optional && !found.contains(&&*column.name))
        .map(|column| format!("`{}`", column.name))
        .collect();
    if !missing.is_empty() {
        return Err(Problem::new(
            codes::S921,
            format!(
                "The rows have no {}, which the table `{}` needs.",
                missing.join(", "),
                request.table
            ),
        )
        .with_help("run `sophia sync`, then `sophia check`: the table has changed"));
    }
    Ok(found)
}

/// The places of the key's columns in a row. Proves that no two rows have one key.
pub(crate) fn keys(request: &RecordRequest<'_>) -> Result<Vec<usize>, Problem> {
    let places: Vec<usize> = request
        .key
        .iter()
        .filter_map(|key| request.columns.iter().position(|column| column == key))
        .collect();
    if places.is_empty() {
        return Ok(places);
    }
    let mut seen: HashMap<Vec<u8>, usize> = HashMap::with_capacity(request.rows.len());
    for (number, row) in request.rows.iter().enumerate() {
        let key: Vec<Value> = places
            .iter()
            .filter_map(|place| row.get(*place))
            .cloned()
            .collect();
        let key = Value::List(Arc::new(key));
        if let Some(earlier) = seen.insert(encode(&key), number) {
            let Value::List(values) = &key else { continue };
            let shown: Vec<String> = values
                .iter()
                .map(|value| to_json(value).to_string())
                .collect();
            let columns: Vec<String> = request
                .key
                .iter()
                .map(|column| format!("`{column}`"))
                .collect();
            return Err(Problem::new(
                codes::S920,
                format!(
                    "Rows {} and {} have the same {}: {}.",
                    earlier + 1,
                    number + 1,
                    columns.join(" and "),
                    shown.join(", ")
                ),
            )
            .with_help(
                "keep one row for each key, for example with `| sort by …` and `| take 1 per KEY`",
            ));
        }
    }
    Ok(places)
}

/// A value as a single cell takes it: a list, a record or a table is JSON.
pub(crate) fn cell(value: &Value) -> Value {
    match value {
        Value::List(_) | Value::Record(_) | Value::Table(_) => {
            Value::Json(to_json(value).to_string().into())
        }
        single => single.clone(),
    }
}

/// A command changed more rows than it may.
pub(crate) fn too_many_changed(rows: u64, bound: u64) -> Problem {
    Problem::new(
        codes::S919,
        format!("The command would change {rows} rows, and `at most {bound}` is written. Nothing was changed."),
    )
    .with_help("raise the bound, or narrow the statement with `where`")
}
