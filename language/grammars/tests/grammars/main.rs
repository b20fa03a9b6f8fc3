//! The generated grammars against the language's own parser.
mod agreement;
mod artefacts;
mod colours;
mod corpus;
mod outline;
mod parser;
mod queries;
mod table;
mod whole_corpus;
