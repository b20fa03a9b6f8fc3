//! A file that is read in pieces is the file that is read at once.

use super::{pieces, whole};
use crate::layout::lay_out;
use crate::mistake::Mistake;
use crate::tokens::scan;

const SOUND: &str = include_str!("../../../examples/churn_watch/churn_watch.sophia");

/// Reads a text at once, in two pieces at some of the places at which it can be cut, and at all of them. Gives how
/// many such places there are.
fn check(text: &str) -> usize {
    let scan = scan(text);
    let layout = lay_out(text, &scan.tokens);
    let (file, mut mistakes) = whole(text, &layout);
    let key = |mistake: &Mistake| (mistake.span, mistake.message.clone());
    mistakes.sort_by_key(key);
    let cuts = pieces::cuts(&layout.lexemes);
    let pairs = cuts.iter().step_by(5).map(std::slice::from_ref);
    for cut in pairs.chain([cuts.as_slice()]) {
        let (found, mut told) = pieces::read_at(text, &layout, cut).expect("it is read");
        told.sort_by_key(key);
        assert_eq!(found, file, "cut before {cut:?} of\n{text}");
        assert_eq!(told, mistakes, "cut before {cut:?} of\n{text}");
    }
    cuts.len()
}

#[test]
fn a_sound_file_is_the_same_wherever_it_is_cut() {
    assert!(check(SOUND) > 10);
}

#[test]
fn a_file_with_a_mistake_is_the_same_wherever_it_is_cut() {
    let tokens = scan(SOUND).tokens;
    let mut cut = 0;
    let told = tokens.iter().filter(|token| !token.kind.is_trivia());
    for (number, token) in told.enumerate().step_by(5) {
        let place = token.span.range();
        let (before, after) = (&SOUND[..place.start], &SOUND[place.end..]);
        cut += match number % 4 {
            // A token less, one twice, a bracket that nothing closes, a comma too many.
            0 => check(&format!("{before}{after}")),
            1 => check(&format!("{before}{0} {0}{after}", &SOUND[place])),
            2 => check(&format!("{before}{{{after}")),
            _ => check(&format!("{before},{after}")),
        };
    }
    assert!(cut > 1_000, "{cut}");
}
