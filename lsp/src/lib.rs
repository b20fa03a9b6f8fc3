//! The language server: what an editor asks while somebody writes a playbook.
//!
//! One loop (`server/`) takes every message in its order. Texts change there and nowhere else; a thread of its own
//! (`project/analyst`) checks the projects that changed, and requests are answered on further threads, each from an
//! immutable view of what was checked last. An answer to a text that has changed since is dropped.
//!
//! Kept true here: no network, no database and no model on the path of a request; folders are read only through
//! [`Folders`]; every request is answered once; a place that comes in or goes out is counted as the client counts.
//!
//! Must not know: the runtime, how a folder is read, which editor is at the other end.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::panic,
        clippy::unreachable,
        clippy::todo,
        clippy::unimplemented
    )
)]

mod answers;
mod folders;
mod names;
mod project;
pub mod protocol;
mod server;
mod settings;
mod shown;
mod sweeper;
pub mod text;

pub use folders::{Folders, Texts};
pub use server::{Ended, serve, serve_stdio};
