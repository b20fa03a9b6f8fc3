//! What holds for any text: `sophia_invariants::money`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| sophia_invariants::money(text));
