//! The one registry of everything that Sophia can complain about, and the two shapes a complaint has.
//!
//! - [`Diagnostic`] points into a text that a person wrote: a playbook, a manifest, a lock.
//! - [`Problem`] has no place in a text: a file that cannot be read, a server that does not answer.
//!
//! Both carry a [`Code`]. A code exists because a page in `docs/diagnostics/` exists; the build
//! script makes the table from those pages, so what `sophia explain` shows cannot drift.
//!
//! Must not know: syntax, the checker, the runtime, or how a terminal looks.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::panic,
        clippy::unreachable
    )
)]

mod diagnostic;
mod problem;
mod registry;
mod span;

pub use diagnostic::{Diagnostic, Edit, Fix, Related};
pub use problem::Problem;
pub use registry::{Code, Page, Severity, codes, page, pages};
pub use span::{LineIndex, Position, Span};
