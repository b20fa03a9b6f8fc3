//! `sophia plan`

use sophia_compiler::Checked;
use sophia_diagnostics::Problem;
use sophia_server::control::Flight;
use sophia_server::project::Project;

use super::open::{Opened, open};
use crate::Exit;
use crate::arguments::{Format, Plan};
use crate::render::plan;

/// Prints what playbooks would do. Says with the exit code whether a playbook has errors or breaks a
/// policy.
pub(crate) fn run(options: &Plan) -> Result<Exit, Problem> {
    let opened = open(&options.path)?;
    let checked = opened.project.check();
    let relevant = opened.relevant(&checked);
    if opened.show_errors(&relevant) && checked.playbooks.is_empty() {
        return Ok(Exit::Problems);
    }
    let named = options.playbook.as_deref();
    let only = match (&opened.target.file, named) {
        (None, None) => None,
        (file, name) => {
            let chosen = opened.project.choose(&checked, file.as_deref(), name)?;
            Some(chosen.name.clone())
        }
    };
    let before: Option<Checked> = match &options.against {
        Some(revision) => Some(Project::at_revision(&opened.target.root, revision)?.check()),
        None => None,
    };
    let flight = match &before {
        Some(_) => in_flight(&opened, &options.env)?,
        None => None,
    };
    let shown = plan::Shown {
        now: &checked,
        before: before.as_ref(),
        flight: flight.as_ref(),
        only: only.as_deref(),
    };
    match options.format {
        Format::Text => anstream::print!("{}", shown.text()),
        Format::Json => anstream::println!("{:#}", shown.json()),
    }
    Ok(if checked.is_clean() {
        Exit::Well
    } else {
        Exit::Problems
    })
}

/// The runs that a deployment would leave on the version they began with.
fn in_flight(opened: &Opened, environment: &str) -> Result<Option<Flight>, Problem> {
    let settings = opened.settings(environment)?;
    Flight::of(&opened.store(&settings))
}
