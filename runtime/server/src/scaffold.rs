//! `sophia new`: a small project that runs as it stands.

use std::path::Path;

use sophia_diagnostics::{Problem, codes};

use crate::environment::create_folder;
use crate::project::{LOCK, MANIFEST, replace_file};

/// The files of a new project, with what each is for.
const FILES: &[(&str, &str, &str)] = &[
    (
        MANIFEST,
        include_str!("../templates/starter/sophia.toml"),
        "connections, tools and models by name",
    ),
    (
        LOCK,
        include_str!("../templates/starter/sophia.lock"),
        "what they offer, pinned by `sophia sync`",
    ),
    (
        "late_orders.sophia",
        include_str!("../templates/starter/late_orders.sophia"),
        "the playbook, with its tests",
    ),
    (
        "data/orders.csv",
        include_str!("../templates/starter/data/orders.csv"),
        "five orders to begin with",
    ),
    (".gitignore", "/.sophia/\n/runs/\n", "what stays out of git"),
];

/// Makes a project in a folder that does not exist yet, or is empty. Gives each file with what it is for.
///
/// # Errors
/// When something stands there already, or the folder cannot be written.
pub fn create(folder: &Path) -> Result<Vec<(&'static str, &'static str)>, Problem> {
    let taken = folder.exists()
        && folder
            .read_dir()
            .map_or(true, |mut entries| entries.next().is_some());
    if taken {
        return Err(
            Problem::new(codes::S985, format!("{} is not empty.", folder.display()))
                .with_help("name a folder that does not exist yet"),
        );
    }
    let name = folder.file_name().map_or_else(
        || "project".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    let name: String = name
        .chars()
        .filter(|letter| !matches!(letter, '"' | '\\') && !letter.is_control())
        .collect();
    for (file, text, _) in FILES {
        let path = folder.join(file);
        if let Some(above) = path.parent() {
            create_folder(above)?;
        }
        replace_file(&path, &text.replace("PROJECT", &name))?;
    }
    Ok(FILES.iter().map(|(file, _, what)| (*file, *what)).collect())
}
