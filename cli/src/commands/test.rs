//! `sophia test`

use std::collections::BTreeSet;
use std::time::Duration;

use sophia_compiler::Playbook;
use sophia_diagnostics::Problem;
use sophia_server::testing::{TestResult, run_tests};

use super::open::open;
use crate::Exit;
use crate::arguments::{Format, Test};
use crate::render::numbers::duration;
use crate::render::style::{ERROR, QUIET, WELL, paint};

/// Runs the tests of every playbook that was named.
pub(crate) async fn run(options: Test) -> Result<Exit, Problem> {
    let opened = open(&options.path)?;
    let checked = opened.project.check();
    if opened.show_errors(&opened.relevant(&checked)) {
        return Ok(Exit::Problems);
    }
    let mut all = Vec::new();
    for playbook in &checked.playbooks {
        if opened
            .target
            .file
            .as_deref()
            .is_some_and(|file| *file != *playbook.file)
        {
            continue;
        }
        let results = run_tests(playbook, &opened.project.snapshot).await?;
        if options.format == Format::Text {
            show(playbook, &results);
        }
        all.push((playbook, results));
    }
    if options.format == Format::Json {
        anstream::println!("{:#}", json(&all));
    } else {
        summary(&all);
    }
    let well = all
        .iter()
        .flat_map(|(_, results)| results)
        .all(TestResult::passed);
    Ok(if well { Exit::Well } else { Exit::Problems })
}

fn show(playbook: &Playbook, results: &[TestResult]) {
    for (index, result) in results.iter().enumerate() {
        let name = if index == 0 { &*playbook.name } else { "" };
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
        for failure in &result.failures {
            anstream::println!("\n  expected  {}", failure.expected);
            anstream::println!("  came      {}", failure.came);
            if let Some(marks) = difference(&failure.expected, &failure.came) {
                anstream::println!("            {}", paint(ERROR, marks));
            }
        }
        anstream::println!();
    }
}

/// Marks the part of `came` that differs, where both begin and end alike.
fn difference(expected: &str, came: &str) -> Option<String> {
    let (expected, came): (Vec<char>, Vec<char>) =
        (expected.chars().collect(), came.chars().collect());
    let before = expected
        .iter()
        .zip(&came)
        .take_while(|(left, right)| left == right)
        .count();
    let longest = expected.len().min(came.len()) - before;
    let after = expected
        .iter()
        .rev()
        .zip(came.iter().rev())
        .take_while(|(left, right)| left == right)
        .count()
        .min(longest);
    if before < 8 || before + after == came.len() && came.len() >= expected.len() {
        return None;
    }
    // The whole word reads better than its last letters.
    let begin = came
        .get(..before)?
        .iter()
        .rposition(|letter| " \"{:".contains(*letter))
        .map_or(0, |at| at + 1);
    let marked = (came.len() - after).saturating_sub(begin).max(1);
    Some(format!(
        "{}{} differs",
        " ".repeat(begin),
        "~".repeat(marked)
    ))
}

fn summary(all: &[(&Playbook, Vec<TestResult>)]) {
    let results: Vec<_> = all.iter().flat_map(|(_, results)| results).collect();
    if results.is_empty() {
        anstream::println!(
            "There are no tests. A test stands in the playbook: test \"…\" {{ given … run expect … }}"
        );
        return;
    }
    let passed = results.iter().filter(|result| result.passed()).count();
    let took = Duration::from_micros(results.iter().map(|result| result.micros).sum());
    let (mut steps, mut missed) = (0, Vec::new());
    for (playbook, results) in all {
        let Some(plan) = &playbook.plan else { continue };
        let reached: BTreeSet<_> = results.iter().flat_map(|result| &result.reached).collect();
        for step in plan.steps() {
            steps += 1;
            if !reached.contains(&step.name) {
                missed.push(format!("line {} {}", step.origin.line, step.label));
            }
        }
    }
    let failed = results.len() - passed;
    let not_reached = if missed.is_empty() {
        String::new()
    } else {
        format!(" (not reached: {})", missed.join(", "))
    };
    anstream::println!(
        "{passed} passed, {failed} failed in {} · {} of {steps} steps reached{not_reached}",
        duration(took),
        steps - missed.len()
    );
}

fn json(all: &[(&Playbook, Vec<TestResult>)]) -> serde_json::Value {
    let playbooks: Vec<_> = all
        .iter()
        .map(|(playbook, results)| {
            let tests: Vec<_> = results
                .iter()
                .map(|result| {
                    let failures: Vec<_> = result
                        .failures
                        .iter()
                        .map(|failure| {
                            serde_json::json!({ "line": failure.line, "expected": failure.expected, "came": failure.came })
                        })
                        .collect();
                    serde_json::json!({
                        "title": result.title,
                        "line": result.line,
                        "passed": result.passed(),
                        "failures": failures,
                        "micros": result.micros,
                    })
                })
                .collect();
            serde_json::json!({ "playbook": playbook.name, "file": playbook.file, "tests": tests })
        })
        .collect();
    serde_json::json!({ "playbooks": playbooks })
}
