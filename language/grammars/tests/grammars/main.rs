//! The generated grammars against the language's own parser.
#![allow(
    clippy::print_stdout,
    reason = "how far two parsers agree is worth reading in the tests' output"
)]

mod agreement;
mod artefacts;
mod colours;
mod corpus;
mod outline;
mod parser;
mod queries;
mod table;
mod whole_corpus;
