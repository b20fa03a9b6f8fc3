//! Statements that the source refuses: the checker refuses them too, with the code that stands before each.

use sophia_diagnostics::Diagnostic;

use crate::ours::Ours;

/// What both dialects refuse.
const BOTH: &str = include_str!("statements/refused.sql");
const POSTGRES: &str = include_str!("statements/refused_postgres.sql");

/// The statements that are wrong in both dialects.
pub fn both() -> Vec<(&'static str, &'static str)> {
    split(BOTH)
}

/// Those that PostgreSQL refuses.
pub fn postgres() -> Vec<(&'static str, &'static str)> {
    [split(BOTH), split(POSTGRES)].concat()
}

fn split(text: &'static str) -> Vec<(&'static str, &'static str)> {
    text.split(";\n").filter_map(split_one).collect()
}

/// `-- S425` on a line of its own, then the statement.
fn split_one(text: &'static str) -> Option<(&'static str, &'static str)> {
    let (code, sql) = text.trim().strip_prefix("-- ")?.split_once('\n')?;
    Some((code.trim(), sql.trim()))
}

/// Every statement is refused by the source and, with its code and no other, by the checker.
pub fn hold(
    ours: &Ours<'_>,
    statements: &[(&str, &str)],
    mut runs: impl FnMut(&str) -> Result<(), String>,
) {
    let mut wrong = Vec::new();
    for (code, sql) in statements {
        if runs(sql).is_ok() {
            wrong.push(format!("{} runs {sql}", ours.kind));
        }
        let told = told(ours.check(sql).err().unwrap_or_default());
        if told != [*code] {
            wrong.push(format!(
                "{}: {sql}\n  wanted {code}, came {told:?}",
                ours.kind
            ));
        }
    }
    println!(
        "refused by {} and by the checker: {}",
        ours.kind,
        statements.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!statements.is_empty(), "there are statements");
}

fn told(errors: Vec<Diagnostic>) -> Vec<String> {
    errors
        .into_iter()
        .map(|error| error.code.to_string())
        .collect()
}
