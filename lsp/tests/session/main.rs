//! What an editor sees: the server over its own protocol, in memory, against projects that no disk holds.

mod asking;
mod client;
mod completing;
mod complaints;
mod hovering;
mod marked;
mod navigating;
mod positions;
mod project;
mod shown;
mod snippets;
