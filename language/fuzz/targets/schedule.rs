//! What holds for any text: `sophia_invariants::schedule`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| sophia_invariants::schedule(text));
