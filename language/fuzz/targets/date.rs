//! What holds for any text: `sophia_invariants::date`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| sophia_invariants::date(text));
