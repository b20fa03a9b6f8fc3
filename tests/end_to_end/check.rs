//! `sophia check`: exit codes, the JSON document, and the place of a mistake.

use crate::project::Project;

const PLAYBOOK: &str = "churn_watch.sophia";

#[test]
fn the_example_checks_clean() {
    let project = Project::churn_watch();
    let checked = project.sophia(&["check", "."]).expect(0);
    assert!(
        checked.out.contains("Checked 1 playbook"),
        "{}",
        checked.out
    );
    let json = project
        .sophia(&["check", "--format", "json", "."])
        .expect(0)
        .json();
    let errors = json["diagnostics"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|found| found["severity"] == "error");
    assert_eq!(errors.count(), 0, "{json:#}");
}

/// A change to the playbook, and the mistake it must give: code, line, column and the text underlined.
#[track_caller]
fn one_mistake(from: &str, to: &str, code: &str, underlined: &str) -> serde_json::Value {
    let project = Project::churn_watch();
    project.replace(PLAYBOOK, from, to);
    let json = project
        .sophia(&["check", "--format", "json", PLAYBOOK])
        .expect(1)
        .expect_calm()
        .json();
    let errors: Vec<_> = json["diagnostics"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|found| found["severity"] == "error")
        .cloned()
        .collect();
    assert_eq!(errors.len(), 1, "one mistake, one diagnostic: {json:#}");
    let found = errors.first().cloned().expect("one");
    assert_eq!(found["code"], code, "{found:#}");
    assert_eq!(found["file"], PLAYBOOK);
    let number =
        |field: &str| usize::try_from(found[field].as_u64().expect("a number")).expect("small");
    let text = project.read(PLAYBOOK);
    let line = text.lines().nth(number("line") - 1).expect("the line");
    let marked: String = line
        .chars()
        .skip(number("column") - 1)
        .take(number("end_column") - number("column"))
        .collect();
    assert_eq!(marked, underlined, "{found:#}");
    found
}

#[test]
fn a_misspelt_column_is_an_error_at_its_place_in_the_sql_with_the_nearest_name() {
    let found = one_mistake(
        "select customer_id, tenure, contract, internet_service, tech_support,\n         payment_method",
        "select customer_id, tenur, contract, internet_service, tech_support,\n         payment_method",
        "S402",
        "tenur",
    );
    assert!(
        found["message"]
            .as_str()
            .is_some_and(|text| text.contains("`tenur`")),
        "{found:#}"
    );
    assert!(
        found["help"]
            .as_str()
            .is_some_and(|text| text.contains("`tenure`")),
        "{found:#}"
    );
}

#[test]
fn a_missing_table_is_an_error_at_its_place() {
    one_mistake(
        "from   customers\n  where",
        "from   customer\n  where",
        "S401",
        "customer",
    );
}

#[test]
fn an_argument_that_the_tool_does_not_take_is_an_error() {
    one_mistake(
        "channel: \"#cs-alerts\",\n      text:",
        "chanel: \"#cs-alerts\",\n      text:",
        "S502",
        "chanel",
    );
}

#[test]
fn several_mistakes_are_told_at_once() {
    let project = Project::churn_watch();
    project.replace(PLAYBOOK, "risk >= threshold", "risk >= treshold");
    project.replace(PLAYBOOK, "advice.urgency >= 3", "advice.urgenci >= 3");
    project.replace(
        PLAYBOOK,
        "input threshold: percent = 70%",
        "input threshold: percent = ",
    );
    let json = project
        .sophia(&["check", "--format", "json", "."])
        .expect(1)
        .json();
    let lines: std::collections::BTreeSet<_> = json["diagnostics"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|found| found["line"].to_string())
        .collect();
    assert!(lines.len() >= 3, "{json:#}");
}

#[test]
fn what_cannot_be_checked_exits_with_2() {
    let project = Project::empty();
    project
        .sophia(&["check", "--format", "json", "nowhere"])
        .expect(2)
        .expect_calm()
        .json();
    let called = project.sophia(&["check", "."]).expect(2).expect_calm();
    assert!(called.err.contains("sophia new"), "{}", called.err);
}
