//! A problem without a place, on standard error.

use sophia_diagnostics::Problem;

use super::style::{ERROR, QUIET, paint};

/// Prints a problem: what happened, what the system below said, what to do.
pub(crate) fn show(problem: &Problem) {
    anstream::eprint!("{}", sheet(problem));
}

/// The text of a problem.
pub(crate) fn sheet(problem: &Problem) -> String {
    let mut text = format!("{}  {}\n", paint(ERROR, problem.code), problem.message);
    for cause in &problem.causes {
        for (index, line) in cause.lines().enumerate() {
            let mark = if index == 0 { "=" } else { " " };
            text.push_str(&format!("     {} {line}\n", paint(QUIET, mark)));
        }
    }
    let explain = paint(QUIET, format_args!("sophia explain {}", problem.code));
    match &problem.help {
        Some(help) => text.push_str(&format!("\n  Next: {help}\n  {explain}\n")),
        None => text.push_str(&format!("\n  {explain}\n")),
    }
    text
}

/// A problem as JSON.
pub(crate) fn json(problem: &Problem) -> serde_json::Value {
    serde_json::json!({
        "code": problem.code,
        "message": problem.message,
        "causes": problem.causes,
        "help": problem.help,
    })
}
