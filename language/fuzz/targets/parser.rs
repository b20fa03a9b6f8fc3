//! What holds for any text: `sophia_invariants::parser`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| sophia_invariants::parser(text));
