//! A file that is read again after an edit reads as it does from nothing, whatever the edits.

use std::sync::Arc;

use crate::common::{corpus, read};
use crate::robustness::SOUP;
use proptest::prelude::*;
use sophia_language::{Parsed, parse_after};

/// What is put in the place of some bytes, as shares of the text's length.
#[derive(Clone, Debug)]
struct Edit {
    start: f64,
    length: usize,
    text: Put,
}

#[derive(Clone, Debug)]
enum Put {
    Text(&'static str),
    /// A stretch of the text itself, from this share of it on.
    Copy(f64, usize),
    /// The same number of bytes from here on is taken elsewhere: nothing stands there.
    Nothing,
}

fn edit() -> impl Strategy<Value = Edit> {
    let put = prop_oneof![
        3 => prop::sample::select(SOUP).prop_map(Put::Text),
        2 => (0.0..1.0, 0..400_usize).prop_map(|(from, length)| Put::Copy(from, length)),
        2 => Just(Put::Nothing),
    ];
    let length = prop_oneof![3 => Just(0), 2 => 0..8_usize, 1 => 0..600_usize];
    (0.0..1.0, length, put).prop_map(|(start, length, text)| Edit {
        start,
        length,
        text,
    })
}

/// The place at a share of a text.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "any place will do"
)]
fn place(text: &str, share: f64) -> usize {
    text.floor_char_boundary((text.len() as f64 * share) as usize)
}

fn piece(text: &str, start: usize, length: usize) -> &str {
    &text[start
        ..text
            .floor_char_boundary((start + length).min(text.len()))
            .max(start)]
}

fn edited(text: &str, edit: &Edit) -> String {
    let start = place(text, edit.start);
    let gone = piece(text, start, edit.length);
    let put = match edit.text {
        Put::Text(put) => put,
        Put::Copy(from, length) => piece(text, place(text, from), length),
        Put::Nothing => "",
    };
    format!("{}{put}{}", &text[..start], &text[start + gone.len()..])
}

fn is_as_from_nothing(found: &Parsed, text: &str) {
    let wanted = read(text);
    assert_eq!(found.file, wanted.file, "{text}");
    assert_eq!(found.tokens, wanted.tokens, "{text}");
    assert_eq!(found.diagnostics, wanted.diagnostics, "{text}");
}

fn reads_as_from_nothing_after(text: &str, edits: &[Edit]) {
    let mut text = text.to_owned();
    let mut parsed = read(&text);
    for edit in edits {
        let now = edited(&text, edit);
        parsed = parse_after(&now, &Arc::from("test.sophia"), (&parsed, &text));
        is_as_from_nothing(&parsed, &now);
        text = now;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_file_after_any_edits(
        number in any::<prop::sample::Index>(),
        edits in prop::collection::vec(edit(), 1..8),
    ) {
        let playbooks = corpus();
        reads_as_from_nothing_after(&playbooks[number.index(playbooks.len())].1, &edits);
    }

    #[test]
    fn soup_after_any_edits(
        parts in prop::collection::vec(prop::sample::select(SOUP), 0..60),
        edits in prop::collection::vec(edit(), 1..8),
    ) {
        reads_as_from_nothing_after(&parts.concat(), &edits);
    }
}

/// Letters of a playbook are taken away and put back.
#[test]
fn a_file_after_a_letter() {
    let text = crate::common::CHURN_WATCH;
    let sound = read(text);
    for (at, letter) in text.char_indices().step_by(7) {
        let now = format!("{}{}", &text[..at], &text[at + letter.len_utf8()..]);
        let without = parse_after(&now, &Arc::from("test.sophia"), (&sound, text));
        is_as_from_nothing(&without, &now);
        let again = parse_after(text, &Arc::from("test.sophia"), (&without, &now));
        is_as_from_nothing(&again, text);
    }
}

/// What a file begins with is read otherwise than what stands behind it.
#[test]
fn a_file_that_begins_elsewhere() {
    let text = crate::common::CHURN_WATCH;
    let sound = read(text);
    let lines = text.match_indices('\n').map(|(at, _)| at + 1);
    for at in lines {
        let now = &text[at..];
        let without = parse_after(now, &Arc::from("test.sophia"), (&sound, text));
        is_as_from_nothing(&without, now);
        let again = parse_after(text, &Arc::from("test.sophia"), (&without, now));
        is_as_from_nothing(&again, text);
    }
}
