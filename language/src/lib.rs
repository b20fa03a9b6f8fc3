//! Text ⇄ syntax: tokens, grammar, the tree with its places, and the formatter.
//!
//! Must not know: what names mean, types, the catalogue, files, the network.

pub mod syntax;

pub use sophia_phrases as phrases;
