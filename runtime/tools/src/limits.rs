//! How much of a server's words is taken in. Each limit is far above what any server seen in
//! practice needs and far below what would hurt.

/// Bytes in one message, either way. The largest list seen is 237 KB.
pub(crate) const MESSAGE_BYTES: usize = 16 * 1024 * 1024;

/// Tools of one server. The most seen is 198.
pub(crate) const TOOLS: usize = 1_000;

/// Pages of one list, so that a cursor that never ends does.
pub(crate) const PAGES: usize = 100;

/// Bytes in the name of a tool, as the protocol has it.
pub(crate) const NAME_BYTES: usize = 128;

/// Levels inside a schema, and steps through its references.
pub(crate) const SCHEMA_DEPTH: usize = 64;

/// Lines kept of what a server writes to stderr.
pub(crate) const LAST_LINES: usize = 20;

/// Characters kept of one line of outside text.
pub(crate) const LINE_CHARACTERS: usize = 300;

/// Lines of outside text shown with one problem.
pub(crate) const CAUSES: usize = 8;
