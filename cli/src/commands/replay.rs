//! `sophia replay`

use sophia_diagnostics::Problem;
use sophia_engine::replay::{compare, replay};
use sophia_server::project::Project;

use super::open::Opened;
use crate::Exit;
use crate::arguments::{Format, Replay};
use crate::render::replay as render;

/// Does a run again from its record, or does its record by another version of the playbook. Reads the store
/// and the project, and nothing else.
pub(crate) fn run(options: &Replay) -> Result<Exit, Problem> {
    let found = options.place.find_store()?;
    let stored = found.reader()?.record(&options.run)?;
    let opened = found.opened;
    let file = stored.plan.file.clone();
    let Some((named, project)) = version(options, &opened, &file)? else {
        let replayed = replay(stored)?;
        match options.format {
            Format::Json => anstream::println!("{:#}", render::replay_json(&replayed)),
            Format::Text => anstream::print!("{}", render::replay_text(&replayed)),
        }
        return Ok(Exit::Well);
    };
    let plan = match project.version(&file, &stored.plan.playbook)? {
        Ok(plan) => plan,
        Err(mistakes) => {
            opened
                .over(project)
                .show_errors(&mistakes.iter().collect::<Vec<_>>());
            return Ok(Exit::Problems);
        }
    };
    let compared = compare(stored, &plan)?;
    match options.format {
        Format::Json => anstream::println!("{:#}", render::comparison_json(&compared, &named)),
        Format::Text => anstream::print!("{}", render::comparison_text(&compared, &named)),
    }
    Ok(Exit::Well)
}

/// The other version that is named, and today's project with it.
fn version(
    options: &Replay,
    opened: &Opened,
    file: &str,
) -> Result<Option<(String, Project)>, Problem> {
    let project = &opened.project;
    if let Some(other) = &options.playbook {
        let changed = project.with_version(file, other)?;
        return Ok(Some((other.display().to_string(), changed)));
    }
    if let Some(revision) = &options.at {
        let then = Project::at_revision(&opened.target.root, revision)?;
        let changed = project.with_file_of(&then, file)?;
        return Ok(Some((format!("{file} at {revision}"), changed)));
    }
    Ok(None)
}
