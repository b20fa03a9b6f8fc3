//! What an editor sees: the server over its own protocol, in memory, against projects that no disk holds.

mod client;
mod complaints;
mod marked;
mod positions;
mod project;
mod shown;
mod snippets;
