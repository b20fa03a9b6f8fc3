//! The standard library, held to what any module of a project is held to: it checks, it is laid out, and its tests
//! pass.

mod fixture;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sophia_compiler::project::Manifest;
use sophia_compiler::{Checked, Playbook, Snapshot, SourceFile, check};
use sophia_diagnostics::Problem;
use sophia_plan::evaluate::Host;
use sophia_plan::step::{StepKind, Work};
use sophia_plan::test::{Expectation, Line, Test};
use sophia_plan::{Plan, Record, Scope, Value, evaluate};

/// The `.sophia` files of a folder beside this room, by name.
#[expect(
    clippy::disallowed_methods,
    reason = "the test reads the library; the crate itself reads nothing"
)]
fn files(folder: &str) -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(root)
        .expect("the folder")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "sophia"))
        .collect();
    paths.sort();
    let file = |path: &PathBuf| SourceFile {
        path: Arc::from(path.file_name().expect("a name").to_string_lossy()),
        text: Arc::from(std::fs::read_to_string(path).expect("a readable file")),
    };
    paths.iter().map(file).collect()
}

fn project(currency: &str, files: Vec<SourceFile>) -> Snapshot {
    Snapshot {
        manifest: Manifest {
            name: "standard".to_owned(),
            currency: currency.to_owned(),
            ..Manifest::default()
        },
        files,
        ..Snapshot::default()
    }
}

/// What a check says, a line for each complaint.
fn told(checked: &Checked) -> Vec<String> {
    (checked.diagnostics.iter())
        .map(|found| {
            let (file, place) = (&found.file, found.span.start);
            format!("{file} {place}: {} {}", found.code, found.message)
        })
        .collect()
}

#[test]
fn every_module_has_no_mistake_but_its_name_in_a_project() {
    for currency in ["USD", "EUR"] {
        for file in files("stdlib") {
            let checked = check(&project(currency, vec![file.clone()]));
            let told: Vec<String> = (told(&checked).into_iter())
                .filter(|told| !told.contains("S241"))
                .collect();
            assert_eq!(told, Vec::<String>::new());
            assert_eq!(checked.diagnostics.len(), 1, "{}", file.path);
        }
    }
}

#[test]
fn every_module_and_every_test_is_laid_out() {
    for file in files("stdlib").into_iter().chain(files("stdlib/tests")) {
        let laid_out =
            sophia_language::format(&file.text, file.path.clone()).expect("a readable file");
        assert_eq!(laid_out, &*file.text, "{}", file.path);
    }
}

#[test]
fn every_test_of_a_module_passes() {
    let checked = check(&project("USD", files("stdlib/tests")));
    assert_eq!(told(&checked), Vec::<String>::new());
    assert_eq!(checked.modules, 0, "the library is no file of the project");
    assert_eq!(checked.playbooks.len(), files("stdlib").len());
    let mut failures = Vec::new();
    for playbook in &checked.playbooks {
        assert!(!playbook.tests.is_empty(), "{} has no test", playbook.name);
        for test in &playbook.tests {
            failures.extend(play(playbook, test));
        }
    }
    assert_eq!(failures, Vec::<String>::new());
}

#[test]
fn every_function_has_an_example_that_holds() {
    let (_, page) = (fixture::pages("../docs/language").into_iter())
        .find(|(name, _)| name == "standard-library.md")
        .expect("the page of the library");
    let mut failures = Vec::new();
    let mut played = String::new();
    for example in fixture::examples(&page) {
        let file = SourceFile {
            path: Arc::from(fixture::EXAMPLE),
            text: Arc::from(example.text.as_str()),
        };
        if !example.text.contains("\ntest ") {
            continue;
        }
        played.push_str(&example.text);
        let checked = check(&project("USD", vec![file]));
        assert_eq!(told(&checked), Vec::<String>::new());
        let playbook = checked.playbooks.first().expect("a playbook");
        for test in &playbook.tests {
            failures.extend(play(playbook, test));
        }
    }
    assert_eq!(failures, Vec::<String>::new());
    for file in files("stdlib") {
        let module = file.path.trim_end_matches(".sophia");
        let functions = (file.text.lines())
            .filter_map(|line| line.strip_prefix("function "))
            .filter_map(|line| line.split('(').next());
        for function in functions.chain(["markdown", "anomalies", "anomaly", "forecast"]) {
            let named = format!(".{function}(");
            assert!(
                played.contains(&named),
                "{module}: {function} has no example"
            );
        }
    }
}

/// Plays a test of a playbook that only calculates, and says what did not hold.
fn play(playbook: &Playbook, test: &Test) -> Vec<String> {
    let plan = playbook.plan.as_ref().expect("a plan");
    let scope = after(plan, test);
    let mut failures = Vec::new();
    for (line, origin) in &test.lines {
        let Line::Expect(Expectation::Holds(condition)) = line else {
            panic!(
                "a test of the library expects values, on line {}",
                origin.line
            );
        };
        let place = format!("{}, line {}", playbook.name, origin.line);
        if value(condition, &scope, &place) != Value::Boolean(true) {
            let result = scope.get("result");
            failures.push(format!("{place}: {condition:?} of {result:?}"));
        }
    }
    failures
}

/// What is known once the steps are done, `result` included.
fn after(plan: &Plan, test: &Test) -> Scope {
    let mut scope = Scope::default();
    for input in &plan.inputs {
        let given = test.inputs.iter().find(|(name, _)| *name == input.name);
        let value = match given {
            Some((name, given)) => value(given, &scope, name),
            None => input.default.clone().expect("a default"),
        };
        scope = scope.with(input.name.clone(), value);
    }
    for step in plan.body.all_steps() {
        let (name, of) = match &step.kind {
            StepKind::Work(Work::Compute { expression }) => (step.binds.clone(), expression),
            StepKind::Return { value: Some(of) } => (Some(Arc::from("result")), of),
            other => panic!("a test of the library only calculates: {other:?}"),
        };
        let value = value(of, &scope, &step.name);
        if let Some(name) = name {
            scope = scope.with(name, value);
        }
    }
    scope
}

fn value(of: &sophia_plan::expression::Expression, scope: &Scope, place: &str) -> Value {
    match evaluate(of, scope, &StoodStill) {
        Ok(value) => value,
        Err(problem) => panic!("{place}: {problem:?}"),
    }
}

/// A clock that stands still.
struct StoodStill;

impl Host for StoodStill {
    fn now(&self) -> jiff::Timestamp {
        "2026-11-22T15:00:00Z".parse().expect("an instant")
    }

    fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }

    fn predict(&self, predictor: &str, _: &Value, _: &Record) -> Result<Value, Problem> {
        panic!("the library has no predictor `{predictor}`")
    }
}

/// The days that `start of …` and `end of …` give in a playbook of a calendar, on 22 November 2026.
fn periods(year_starts: Option<u8>) -> Vec<String> {
    days_of(
        year_starts,
        "playbook example

calendar office

return [
  start of year,
  end of year,
  start of last year,
  start of quarter,
  end of quarter,
  start of last quarter,
  end of next quarter,
  start of month,
]
",
    )
}

/// The days that a playbook returns, on 22 November 2026.
fn days_of(year_starts: Option<u8>, text: &str) -> Vec<String> {
    let shared = "module company.days

function year_start() -> date = start of year

function quarter_end() -> date {
  let last = end of quarter
  return last
}
";
    let file = |path: &str, text: &str| SourceFile {
        path: Arc::from(path),
        text: Arc::from(text),
    };
    let mut snapshot = project(
        "USD",
        vec![file("days.sophia", shared), file("example.sophia", text)],
    );
    snapshot.manifest.calendars = ["office".to_owned()].into();
    snapshot.manifest.year_starts = (year_starts.into_iter())
        .map(|month| ("office".to_owned(), month))
        .collect();
    let checked = check(&snapshot);
    assert_eq!(checked.diagnostics, []);
    let plan = checked.playbooks[0].plan.as_ref().expect("a plan");
    let nothing = Test {
        title: Arc::from(""),
        origin: sophia_plan::step::Origin::default(),
        given: Vec::new(),
        inputs: Vec::new(),
        lines: Vec::new(),
    };
    match after(plan, &nothing).get("result") {
        Some(Value::List(days)) => (days.iter())
            .map(|day| match day {
                Value::Date(day) => day.to_string(),
                other => panic!("{other:?}"),
            })
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_module_shares_goes_by_the_calendar_of_the_playbook() {
    let text = "playbook example

use company.days

calendar office

return [days.year_start(), days.quarter_end()]
";
    assert_eq!(days_of(None, text), ["2026-01-01", "2026-12-31"]);
    assert_eq!(days_of(Some(2), text), ["2026-02-01", "2027-01-31"]);
}

#[test]
fn years_and_quarters_begin_with_the_month_of_the_calendar() {
    assert_eq!(
        periods(None),
        [
            "2026-01-01",
            "2026-12-31",
            "2025-01-01",
            "2026-10-01",
            "2026-12-31",
            "2026-07-01",
            "2027-03-31",
            "2026-11-01"
        ]
    );
    assert_eq!(
        periods(Some(2)),
        [
            "2026-02-01",
            "2027-01-31",
            "2025-02-01",
            "2026-11-01",
            "2027-01-31",
            "2026-08-01",
            "2027-04-30",
            "2026-11-01"
        ]
    );
    // A year that starts after this month is the one that began last year.
    assert_eq!(
        periods(Some(12)),
        [
            "2025-12-01",
            "2026-11-30",
            "2024-12-01",
            "2026-09-01",
            "2026-11-30",
            "2026-06-01",
            "2027-02-28",
            "2026-11-01"
        ]
    );
    // The quarters of a year that starts in April are those of the calendar.
    assert_eq!(
        periods(Some(4))[..4],
        ["2026-04-01", "2027-03-31", "2025-04-01", "2026-10-01"]
    );
}
