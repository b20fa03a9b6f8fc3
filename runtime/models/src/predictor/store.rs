//! Where predictors are kept, one folder each: `NAME/VERSION.json` for every version, named by the digest
//! of its bytes, and `NAME/promoted.json` that says which one answers.
//!
//! Kept true here: files appear whole or not at all; a file that was changed is noticed; a version that
//! is worse than the promoted one on the same question is kept and not promoted.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use sophia_diagnostics::{Problem, codes};

use super::metrics::Metrics;
use super::model::PredictorModel;
use super::train::Trained;

/// The hexadecimal digits of a version's name.
const VERSION_DIGITS: usize = 16;

/// The versions of all predictors, in one folder.
#[derive(Debug)]
pub struct PredictorStore {
    folder: PathBuf,
    loaded: Mutex<HashMap<(String, String), Arc<PredictorModel>>>,
}

/// What is known about the promoted version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VersionInfo {
    /// Its name: the digest of its content.
    pub version: String,
    /// When it was trained.
    pub trained_at: jiff::Timestamp,
    /// When a training last took place, also one whose result was not promoted.
    pub tried_at: jiff::Timestamp,
    /// What it is worth.
    pub metrics: Metrics,
    /// The digest of the rows it was trained on.
    pub training: String,
}

/// What became of a trained model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The version's name.
    pub version: String,
    /// Whether it answers from now on; it does not where the promoted version is better.
    pub promoted: bool,
}

/// The content of a version's file.
#[derive(Serialize, Deserialize)]
struct Kept<M> {
    training: String,
    metrics: Metrics,
    model: M,
}

impl PredictorStore {
    /// Opens a folder, which is made if it is not there.
    ///
    /// # Errors
    /// The folder can be neither found nor made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, Problem> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
        Ok(Self {
            folder,
            loaded: Mutex::default(),
        })
    }

    /// Keeps a trained model. It is promoted unless the promoted one answers the same question from the
    /// same fields and is better. `now` is when it was trained.
    ///
    /// # Errors
    /// A name that is not one, or a folder that cannot be written.
    pub fn save(
        &self,
        name: &str,
        trained: &Trained,
        now: jiff::Timestamp,
    ) -> Result<Saved, Problem> {
        let folder = self.folder_of(name)?;
        std::fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
        let kept = Kept {
            training: trained.training.clone(),
            metrics: trained.metrics.clone(),
            model: trained.model(),
        };
        let text = to_text(&kept, &folder)?;
        let version = version_of(text.as_bytes());
        write(&folder, &format!("{version}.json"), &text)?;

        let before = self.latest(name)?;
        let worse = match &before {
            Some(info) if info.version != version => {
                trained.metrics.worse_than(&info.metrics)
                    && self
                        .load(name, &info.version)?
                        .same_question(trained.model())
            }
            _ => false,
        };
        let info = match before {
            Some(info) if worse => VersionInfo {
                tried_at: now,
                ..info
            },
            _ => VersionInfo {
                version: version.clone(),
                trained_at: now,
                tried_at: now,
                metrics: kept.metrics,
                training: kept.training,
            },
        };
        write(&folder, "promoted.json", &to_text(&info, &folder)?)?;
        Ok(Saved {
            version,
            promoted: !worse,
        })
    }

    /// Loads a version; once loaded it is shared.
    ///
    /// # Errors
    /// There is no such version, or its file was changed.
    pub fn load(&self, name: &str, version: &str) -> Result<Arc<PredictorModel>, Problem> {
        let key = (name.to_owned(), version.to_owned());
        let folder = self.folder_of(name)?;
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = loaded.get(&key) {
            return Ok(model.clone());
        }
        if version.len() != VERSION_DIGITS || !version.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            return Err(Problem::new(
                codes::S945,
                format!("`{version}` is not the name of a version of `{name}`."),
            ));
        }
        let path = folder.join(format!("{version}.json"));
        let bytes = std::fs::read(&path).map_err(|error| unreadable(&path, &error))?;
        if version_of(&bytes) != version {
            return Err(unreadable(&path, &"its content does not match its name"));
        }
        let kept: Kept<PredictorModel> =
            serde_json::from_slice(&bytes).map_err(|error| unreadable(&path, &error))?;
        let model = Arc::new(kept.model);
        loaded.insert(key, model.clone());
        Ok(model)
    }

    /// The promoted version, if the predictor was ever trained.
    ///
    /// # Errors
    /// The file that says so cannot be read.
    pub fn latest(&self, name: &str) -> Result<Option<VersionInfo>, Problem> {
        let path = self.folder_of(name)?.join("promoted.json");
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|error| unreadable(&path, &error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(&path, &error)),
        }
    }

    fn folder_of(&self, name: &str) -> Result<PathBuf, Problem> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
        if name.is_empty() || name.starts_with('.') || !name.bytes().all(plain) {
            return Err(Problem::new(
                codes::S945,
                format!("A predictor cannot be kept under the name {name:?}."),
            )
            .with_help("use letters, digits and `_`"));
        }
        Ok(self.folder.join(name))
    }
}

fn version_of(bytes: &[u8]) -> String {
    let mut digits = blake3::hash(bytes).to_hex().to_string();
    digits.truncate(VERSION_DIGITS);
    digits
}

fn to_text(content: &impl Serialize, folder: &Path) -> Result<String, Problem> {
    serde_json::to_string_pretty(content).map_err(|error| unwritable(folder, &error))
}

/// Writes beside the place, then renames, so that no reader ever sees half a file.
fn write(folder: &Path, name: &str, text: &str) -> Result<(), Problem> {
    let attempt = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(folder.join(name))
            .map_err(|error| error.error)?;
        std::fs::File::open(folder)?.sync_all()
    };
    attempt().map_err(|error| unwritable(&folder.join(name), &error))
}

fn unwritable(path: &Path, cause: &dyn std::fmt::Display) -> Problem {
    Problem::new(
        codes::S945,
        format!(
            "The predictor's folder `{}` cannot be written.",
            path.display()
        ),
    )
    .because(cause)
    .with_help("check that the disk has room and the folder may be written")
}

fn unreadable(path: &Path, cause: &dyn std::fmt::Display) -> Problem {
    Problem::new(
        codes::S945,
        format!("The predictor's file `{}` cannot be used.", path.display()),
    )
    .because(cause)
    .with_help("remove the file; the predictor is trained again at the next run")
}
