//! Statements that the source refuses: the checker refuses them too, with the code that stands before each.

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
        let told = told(ours, sql);
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

/// The functions of which the checker knows what they take.
fn functions() -> Vec<&'static str> {
    const DATA: &str = include_str!("../../../src/query/functions/arguments.toml");
    let lists = DATA.split("functions = [").skip(1);
    let words = lists.filter_map(|list| list.split(']').next());
    let mut names: Vec<&str> = words
        .flat_map(|list| list.split('"').skip(1).step_by(2))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Calls of every function with values of every kind: what the checker calls too many, too few or of the wrong kind,
/// the source refuses. `refuses` is asked with the name, the number of values where that is what is wrong, and the
/// statement.
pub fn hold_calls(ours: &Ours<'_>, mut refuses: impl FnMut(&str, Option<usize>, &str) -> bool) {
    const FIRST: [&str; 8] = [
        "null", "id", "salary", "rate", "name", "active", "hired", "born",
    ];
    const REST: [&str; 3] = ["null", "1", "name"];
    let mut calls = Vec::new();
    for name in functions() {
        for first in FIRST {
            for (rest, many) in REST
                .into_iter()
                .flat_map(|rest| (0..5).map(move |many| (rest, many)))
            {
                let mut values = vec![first; many.min(1)];
                values.extend(vec![rest; many.saturating_sub(1)]);
                let values = values.join(", ");
                for over in ["", " over (order by id)"] {
                    let sql = format!("select {name}({values}){over} as x from people");
                    calls.push((name, many, sql));
                }
            }
        }
    }
    let (mut judged, mut wrong) = (0, Vec::new());
    for (name, many, sql) in calls {
        let told = told(ours, &sql);
        let of_count = told.iter().any(|code| code == "S427");
        if of_count || told.iter().any(|code| code == "S428") {
            judged += 1;
            if !refuses(name, of_count.then_some(many), &sql) {
                wrong.push(sql);
            }
        }
    }
    println!(
        "calls that the checker refuses, and {} too: {judged}",
        ours.kind
    );
    assert!(judged > 5000, "calls were judged");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Comparisons of columns of every kind with each other: those that the checker refuses, the source refuses. What it
/// refuses beyond those is printed.
pub fn hold_comparisons(ours: &Ours<'_>, mut refuses: impl FnMut(&str) -> bool) {
    const VALUES: [&str; 10] = [
        "id",
        "salary",
        "rate",
        "name",
        "active",
        "hired",
        "born",
        "1",
        "'1'",
        "hired - hired",
    ];
    let (mut judged, mut wrong, mut let_pass) = (0, Vec::new(), Vec::new());
    for left in VALUES {
        for right in VALUES {
            let sql = format!("select id from people where {left} = {right}");
            let refused = refuses(&sql);
            if told(ours, &sql) == ["S409"] {
                judged += 1;
                if !refused {
                    wrong.push(sql);
                }
            } else if refused {
                let_pass.push(sql);
            }
        }
    }
    println!(
        "comparisons that the checker refuses, and {} too: {judged}; let pass: {let_pass:?}",
        ours.kind
    );
    assert!(judged > 20, "comparisons were judged");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn told(ours: &Ours<'_>, sql: &str) -> Vec<String> {
    let errors = ours.check(sql).err().unwrap_or_default();
    errors
        .into_iter()
        .map(|error| error.code.to_string())
        .collect()
}
