//! Pins models: their names, and the digest of a model that is a file.

use std::fs::File;
use std::path::Path;

use sophia_compiler::catalogue::ModelPin;
use sophia_compiler::project::ModelSettings;
use sophia_diagnostics::Problem;

use crate::environment::unreadable;

/// What the lock keeps of a model. A file that is not there has no digest; that is not an error, since
/// the file is often only on the machine that runs.
///
/// # Errors
/// When the file is there and cannot be read.
pub(super) fn describe(settings: &ModelSettings, root: &Path) -> Result<ModelPin, Problem> {
    let model = settings
        .model
        .clone()
        .or_else(|| settings.file.clone())
        .unwrap_or_default();
    let digest = match settings.file.as_deref().map(|file| root.join(file)) {
        Some(path) if path.is_file() => {
            let mut hasher = blake3::Hasher::new();
            File::open(&path)
                .and_then(|file| hasher.update_reader(file).map(|_| ()))
                .map_err(|error| unreadable(&path, &error))?;
            Some(hasher.finalize().to_hex().to_string())
        }
        _ => None,
    };
    Ok(ModelPin {
        kind: settings.kind.clone(),
        model,
        digest,
    })
}
