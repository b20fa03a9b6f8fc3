//! `sophia-grammars write` generates the grammars again; `sophia-grammars check` says whether the
//! committed ones are what would be generated.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal"
)]

use std::process::ExitCode;

use sophia_grammars::artefacts::{differing, generate, root, write};

fn main() -> ExitCode {
    let command = std::env::args().nth(1).unwrap_or_default();
    let artefacts = match generate() {
        Ok(artefacts) => artefacts,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    match command.as_str() {
        "write" => match write(&root(), &artefacts) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        },
        "check" => {
            let differing = differing(&root(), &artefacts);
            for path in &differing {
                println!("differs: {}", path.display());
            }
            if differing.is_empty() {
                ExitCode::SUCCESS
            } else {
                println!("`cargo run -p sophia-grammars -- write` generates them again.");
                ExitCode::FAILURE
            }
        }
        _ => {
            eprintln!("usage: sophia-grammars write | check");
            ExitCode::from(2)
        }
    }
}
