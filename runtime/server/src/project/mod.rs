//! A project folder: `sophia.toml`, `sophia.lock`, and every `.sophia` file below it.
//!
//! Kept true here: files are read once into a snapshot; nothing in the folder is changed by reading it.

mod files;
mod manifest;
mod open;
mod revision;
mod target;
mod version;

pub(crate) use files::read_text;
pub use files::replace_file;
pub use manifest::{add_units, set_returns};
pub use open::Project;
pub use target::{Target, find_project};
pub use version::Version;

/// The manifest's file name.
pub const MANIFEST: &str = "sophia.toml";
/// The catalogue's file name.
pub const LOCK: &str = "sophia.lock";
/// The folder for what Sophia keeps beside a project: runs, stand-in databases, trained predictors.
pub const STATE: &str = ".sophia";
