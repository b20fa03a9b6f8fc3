//! `sophia test`

use std::time::{Duration, Instant};

use sophia_compiler::Playbook;
use sophia_diagnostics::Problem;
use sophia_server::testing::{Coverage, Failure, TestResult, coverage, run_tests};

use super::open::open;
use crate::Exit;
use crate::arguments::{Format, Test};
use crate::render::numbers::duration;
use crate::render::style::{ERROR, QUIET, WELL, paint};

/// A playbook with what its tests said.
struct Tested<'a> {
    playbook: &'a Playbook,
    results: Vec<TestResult>,
    coverage: Coverage,
}

/// Runs the tests of every playbook that was named.
pub(crate) async fn run(options: Test) -> Result<Exit, Problem> {
    let began = Instant::now();
    let opened = open(&options.path)?;
    let checked = opened.project.check();
    if opened.show_errors(&opened.relevant(&checked)) {
        return Ok(Exit::Problems);
    }
    let playbooks: Vec<&Playbook> = checked
        .playbooks
        .iter()
        .filter(|playbook| {
            opened
                .target
                .file
                .as_deref()
                .is_none_or(|file| *file == *playbook.file)
        })
        .collect();
    let results = run_tests(&playbooks, &opened.project.snapshot).await?;
    let all: Vec<Tested<'_>> = playbooks
        .into_iter()
        .zip(results)
        .map(|(playbook, results)| Tested {
            playbook,
            coverage: playbook
                .plan
                .as_ref()
                .map(|plan| coverage(plan, &results))
                .unwrap_or_default(),
            results,
        })
        .collect();
    if options.format == Format::Json {
        anstream::println!("{:#}", json(&all));
    } else {
        for tested in &all {
            show(tested);
        }
        summary(&all, began.elapsed(), options.coverage);
    }
    let well = all
        .iter()
        .flat_map(|tested| &tested.results)
        .all(TestResult::passed);
    Ok(if well { Exit::Well } else { Exit::Problems })
}

fn show(tested: &Tested<'_>) {
    for (index, result) in tested.results.iter().enumerate() {
        let name = if index == 0 {
            &*tested.playbook.name
        } else {
            ""
        };
        if result.passed() {
            anstream::println!("{name:<13} {} {}", paint(WELL, "✓"), result.title);
            continue;
        }
        anstream::println!(
            "{name:<13} {} {:<56} {}",
            paint(ERROR, "✗"),
            result.title,
            paint(QUIET, format_args!("line {}", result.line))
        );
        if let Some(problem) = &result.not_played {
            anstream::println!("\n  {}  {}", problem.code, problem.message);
            if let Some(help) = &problem.help {
                anstream::println!("        {help}");
            }
        }
        for failure in &result.failures {
            anstream::println!("\n  expected  {}", failure.expected);
            anstream::println!("  came      {}", failure.came.text);
            if let Some(marks) = marks(failure) {
                anstream::println!("            {}", paint(ERROR, marks));
            }
        }
        anstream::println!();
    }
}

/// The line that marks what differs: `~~~~ differs`.
fn marks(failure: &Failure) -> Option<String> {
    if failure.came.differs.is_empty() {
        return None;
    }
    let mut line = String::new();
    for (begin, width) in &failure.came.differs {
        let at = line.chars().count();
        line.push_str(&" ".repeat(begin.saturating_sub(at)));
        line.push_str(&"~".repeat(*width));
    }
    line.push_str(" differs");
    Some(line)
}

/// So many steps that no test reaches are named without being asked for.
const NAMED: usize = 4;

fn summary(all: &[Tested<'_>], took: Duration, listed: bool) {
    let results: Vec<_> = all.iter().flat_map(|tested| &tested.results).collect();
    if results.is_empty() {
        anstream::println!(
            "There are no tests. A test stands in the playbook: test \"…\" {{ given … run expect … }}"
        );
        return;
    }
    let passed = results.iter().filter(|result| result.passed()).count();
    let failed = results.len() - passed;
    let steps: usize = all.iter().map(|tested| tested.coverage.all).sum();
    let missed: usize = all.iter().map(|tested| tested.coverage.missed.len()).sum();
    let not_reached = if missed == 0 || listed {
        String::new()
    } else {
        format!(" (not reached: {})", few(all, missed))
    };
    anstream::println!(
        "{passed} passed, {failed} failed in {} · {} of {steps} steps reached{not_reached}",
        duration(took),
        steps - missed
    );
    if listed && missed > 0 {
        anstream::println!("\nNo test reaches");
        for tested in all {
            for missed in &tested.coverage.missed {
                let place = format!("{}:{}:{}", tested.playbook.file, missed.line, missed.column);
                anstream::println!("  {place:<32} {}", missed.what);
            }
        }
    }
}

/// The first steps that no test reaches, and how many more there are.
fn few(all: &[Tested<'_>], missed: usize) -> String {
    let several = all
        .iter()
        .filter(|tested| !tested.coverage.missed.is_empty());
    let several = several.count() > 1;
    let places = all.iter().flat_map(|tested| {
        let file = several.then(|| format!("{} ", tested.playbook.file));
        let file = file.unwrap_or_default();
        let missed = tested.coverage.missed.iter();
        missed.map(move |missed| format!("{file}line {} {}", missed.line, missed.what))
    });
    let places: Vec<String> = places.take(NAMED).collect();
    let more = match missed - places.len() {
        0 => String::new(),
        more => format!(" and {more} more, `--coverage` lists them"),
    };
    format!("{}{more}", places.join(", "))
}

fn json(all: &[Tested<'_>]) -> serde_json::Value {
    let playbooks: Vec<_> = all
        .iter()
        .map(|tested| {
            let tests: Vec<_> = tested.results.iter().map(test_json).collect();
            let missed: Vec<_> = tested
                .coverage
                .missed
                .iter()
                .map(|missed| {
                    serde_json::json!({ "line": missed.line, "column": missed.column, "what": missed.what })
                })
                .collect();
            serde_json::json!({
                "playbook": tested.playbook.name,
                "file": tested.playbook.file,
                "tests": tests,
                "coverage": { "steps": tested.coverage.all, "missed": missed },
            })
        })
        .collect();
    serde_json::json!({ "playbooks": playbooks })
}

fn test_json(result: &TestResult) -> serde_json::Value {
    let failures: Vec<_> = result
        .failures
        .iter()
        .map(|failure| {
            serde_json::json!({
                "line": failure.line,
                "expected": failure.expected,
                "came": failure.came.text,
                "differs": failure.came.differs,
            })
        })
        .collect();
    serde_json::json!({
        "title": result.title,
        "line": result.line,
        "passed": result.passed(),
        "failures": failures,
        "not_played": result.not_played.as_ref().map(|problem| &problem.message),
        "micros": result.micros,
    })
}
