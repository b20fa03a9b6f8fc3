//! What holds for any text: `sophia_invariants::zone`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| sophia_invariants::zone(text));
