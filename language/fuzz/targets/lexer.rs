//! What holds for any text: `sophia_invariants::lexer`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| sophia_invariants::lexer(text));
