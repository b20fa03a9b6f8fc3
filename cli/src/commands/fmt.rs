//! `sophia fmt`

use std::path::Path;
use std::sync::Arc;

use sophia_diagnostics::Problem;

use super::open::open;
use crate::Exit;
use crate::arguments::Fmt;
use crate::render::diagnostic;
use crate::render::numbers::counted;

/// Formats files in place, or with `--check` says which would change.
pub(crate) fn run(options: &Fmt) -> Result<Exit, Problem> {
    let opened = open(&options.path)?;
    let (mut changed, mut broken) = (0_u64, 0_u64);
    for file in &opened.project.snapshot.files {
        if opened
            .target
            .file
            .as_deref()
            .is_some_and(|only| *only != *file.path)
        {
            continue;
        }
        match sophia_language::format(&file.text, file.path.clone()) {
            Ok(formatted) if *formatted == *file.text => {}
            Ok(formatted) => {
                changed += 1;
                if options.check {
                    anstream::println!("{} would change", file.path);
                } else {
                    replace(&opened.project.root, &file.path, &formatted)?;
                    anstream::println!("{}", file.path);
                }
            }
            Err(mistakes) => {
                broken += 1;
                if let Some(first) = mistakes.first() {
                    anstream::eprintln!("{}", diagnostic::sheet(first, &opened.project.texts));
                }
                anstream::eprintln!("{} is left as it is: it cannot be read whole.", file.path);
            }
        }
    }
    let total = opened.project.snapshot.files.len() as u64;
    let verb = if options.check {
        "would change"
    } else {
        "changed"
    };
    anstream::eprintln!("{changed} of {} {verb}", counted(total, "file", "files"));
    let in_order = broken == 0 && !(options.check && changed > 0);
    Ok(if in_order { Exit::Well } else { Exit::Problems })
}

fn replace(root: &Path, name: &Arc<str>, text: &str) -> Result<(), Problem> {
    sophia_server::project::replace_file(&root.join(&**name), text)
}
