//! A project, and random changes of it.

mod edits;
mod files;
mod random;
mod sound;

pub use edits::{Edit, Editor};
pub use files::{FILES, long_playbook};
