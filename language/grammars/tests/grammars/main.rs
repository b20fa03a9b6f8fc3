//! The generated grammars against the language's own parser.
mod corpus;
mod parser;
mod whole_corpus;
