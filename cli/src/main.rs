//! `sophia`, the command line: arguments in, words and exit codes out.
//!
//! Kept true here: results go to standard output, everything else to standard error; exit codes are
//! 0 all is well, 1 problems found or the run failed, 2 it could not be done, 3 a run still waits,
//! 130 interrupted. Must not know: how anything is done.

mod arguments;
mod commands;
mod render;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    render::style::choose(arguments.color);
    let outcome = match arguments.command {
        Command::New(options) => commands::new::run(&options),
        Command::Check(options) => commands::check::run(&options),
        Command::Fmt(options) => commands::fmt::run(&options),
        Command::Plan(options) => commands::plan::run(&options),
        Command::Replay(options) => commands::replay::run(&options),
        Command::Graph(options) => commands::graph::run(&options),
        Command::Explain(options) => commands::explain::run(&options),
        Command::Lsp(options) => commands::lsp::run(&options),
        Command::Test(options) => in_runtime(commands::test::run(options)),
        Command::Run(options) => in_runtime(commands::run::run(options)),
        Command::Resume(options) => in_runtime(commands::resume::run(options)),
        Command::Serve(options) => in_runtime(commands::serve::run(options)),
        Command::Runs(options) => in_runtime(commands::runs::run(options)),
        Command::Store(options) => commands::store::run(&options),
        Command::Sync(options) => in_runtime(commands::sync::run(options)),
        Command::StandIn(options) => in_runtime(commands::stand_in::run(options)),
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(problem) => {
            render::problem::show(&problem);
            Exit::CannotDo.into()
        }
    }
}

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is well.
    Well,
    /// Problems were found, or the run failed.
    Problems,
    /// It could not be done.
    CannotDo,
    /// A run waits for a person.
    Waits,
    /// Interrupted from the keyboard.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Well => 0,
            Exit::Problems => 1,
            Exit::CannotDo => 2,
            Exit::Waits => 3,
            Exit::Interrupted => 130,
        })
    }
}

fn in_runtime(
    command: impl Future<Output = Result<Exit, sophia_diagnostics::Problem>>,
) -> Result<Exit, sophia_diagnostics::Problem> {
    match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => {
            let outcome = runtime.block_on(command);
            // A model that is still computing must not hold the program back.
            runtime.shutdown_background();
            outcome
        }
        Err(error) => Err(sophia_diagnostics::Problem::new(
            sophia_diagnostics::codes::S929,
            "The system does not give this program what it needs to run.",
        )
        .because(error)),
    }
}
