//! What holds for any text: `sophia_invariants::percent`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| sophia_invariants::percent(text));
