//! What an editor sees: the server over its own protocol, in memory, against projects that no disk holds.

mod asking;
mod changing;
mod client;
mod columns;
mod complaints;
mod completing;
mod fuzzing;
mod hovering;
mod marked;
mod navigating;
mod positions;
mod project;
mod reaching;
mod settings;
mod showing;
mod shown;
mod snippets;
