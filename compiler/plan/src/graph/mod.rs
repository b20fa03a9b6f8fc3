//! Drawing a plan: as Mermaid and DOT text for other programs, and as an SVG laid out here.
//!
//! Kept true here: every step is drawn once; what changes the world says so in words, not only in
//! colour; text from the playbook is escaped; a plan has one drawing, always the same.

mod dot;
mod drawing;
mod layout;
mod mermaid;
mod picture;
mod svg;

pub use dot::dot;
pub use drawing::Look;
pub use mermaid::mermaid;
pub use picture::{DrawnStep, Picture, picture};
pub use svg::svg;
