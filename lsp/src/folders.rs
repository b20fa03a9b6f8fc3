//! What the server needs of the disk, as its caller gives it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sophia_diagnostics::Problem;

/// The manifest's file name.
pub(crate) const MANIFEST: &str = "sophia.toml";
/// The catalogue's file name.
pub(crate) const LOCK: &str = "sophia.lock";

/// The texts of a project by their names: relative to its folder, with `/`. The manifest, the lock and the
/// files of holidays that the manifest names are among them.
pub type Texts = BTreeMap<Arc<str>, Arc<str>>;

/// Folders on a disk, or what stands for them.
pub trait Folders: Send + Sync {
    /// The project that a file or folder belongs to: the nearest folder above it with a `sophia.toml`.
    fn project_of(&self, path: &Path) -> Option<PathBuf>;

    /// Every text of a project.
    ///
    /// # Errors
    /// When a file cannot be read.
    fn read(&self, root: &Path) -> Result<Texts, Problem>;

    /// One text as it stands on the disk now; `None` where there is none that can be read.
    fn read_text(&self, path: &Path) -> Option<String>;
}
