//! What holds for any text: `sophia_invariants::formatter`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| sophia_invariants::formatter(text));
