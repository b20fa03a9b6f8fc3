//! Checks one text against a target: `cargo run --release -p sophia-invariants --example check --
//! parser FILE`. It ends quietly, or panics and names what does not hold.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(target), Some(file), None) = (arguments.next(), arguments.next(), arguments.next())
    else {
        return usage("a target and a file are expected");
    };
    let Some((_, check)) = sophia_invariants::TARGETS
        .iter()
        .find(|(name, _)| *name == target)
    else {
        return usage(&format!("there is no target `{target}`"));
    };
    match std::fs::read(&file) {
        Ok(bytes) => {
            check(&String::from_utf8_lossy(&bytes));
            ExitCode::SUCCESS
        }
        Err(error) => usage(&format!("`{file}` cannot be read: {error}")),
    }
}

#[allow(clippy::print_stderr, reason = "this is a command")]
fn usage(reason: &str) -> ExitCode {
    let targets: Vec<&str> = sophia_invariants::TARGETS
        .iter()
        .map(|(name, _)| *name)
        .collect();
    eprintln!(
        "check TARGET FILE: {reason}. Targets: {}.",
        targets.join(", ")
    );
    ExitCode::FAILURE
}
