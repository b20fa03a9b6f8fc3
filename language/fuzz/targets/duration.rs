//! What holds for any text: `sophia_invariants::duration`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| sophia_invariants::duration(text));
