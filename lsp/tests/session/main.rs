//! What an editor sees: the server over its own protocol, in memory, against projects that no disk holds.

mod asking;
mod changing;
mod client;
mod columns;
mod complaints;
mod completing;
mod desk;
mod filling;
mod fuzzing;
mod hovering;
mod manifest;
mod marked;
mod navigating;
mod positions;
mod project;
mod reaching;
mod rewriting;
mod selecting;
mod settings;
mod showing;
mod shown;
mod snippets;
mod trying;
mod typing;
