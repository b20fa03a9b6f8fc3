//! Ways to write a playbook otherwise without changing what it means, each with where everything went.

mod rename;
mod reorder;
mod spacing;
mod splitting;

use std::ops::Range;

pub use rename::{renamed, words};
pub use reorder::{Moves, declared_later, reordered};
pub use spacing::{laid_out, spaced};
pub use splitting::split;

/// Words that give a name at the beginning of a line.
const DECLARE: [&str; 10] = [
    "let",
    "query",
    "model",
    "predictor",
    "function",
    "action",
    "command",
    "metric",
    "state",
    "type",
];

/// A text that was written otherwise.
#[derive(Clone, Debug)]
pub struct Rewritten {
    pub text: String,
    /// Stretches of the old text, with where each begins in the new one.
    pub kept: Vec<(Range<usize>, usize)>,
    /// The names that were changed: old, new.
    pub names: Vec<(String, String)>,
    /// Two places of the new text that are as good as one: where a part got its name, and where the name stands.
    pub alike: Option<(usize, usize)>,
}

impl Rewritten {
    /// Where a place of the old text stands now.
    pub fn place(&self, old: usize) -> usize {
        let holding = self.kept.iter().find(|(range, _)| range.contains(&old));
        match holding {
            Some((range, new)) => new + (old - range.start).min(range.len()),
            None => self
                .kept
                .iter()
                .filter(|(range, _)| range.end <= old)
                .max_by_key(|(range, _)| range.end)
                .map_or(0, |(range, new)| new + range.len()),
        }
    }
}

impl Rewritten {
    /// This text, written otherwise once more.
    pub fn then(self, next: Self) -> Self {
        let end = self.kept.iter().map(|(range, _)| range.end).max();
        let kept = (0..end.unwrap_or(0))
            .map(|old| (old..old + 1, next.place(self.place(old))))
            .collect();
        Self { kept, ..next }
    }
}

/// The text with these stretches replaced, in their order. What is replaced keeps its beginning.
pub fn edited(text: &str, edits: &[(Range<usize>, String)]) -> Rewritten {
    let mut made = String::new();
    let mut kept = Vec::new();
    let mut at = 0;
    for (range, new) in edits {
        kept.push((at..range.start, made.len()));
        made.push_str(&text[at..range.start]);
        if !range.is_empty() {
            kept.push((range.start..range.start + 1, made.len()));
        }
        made.push_str(new);
        at = range.end;
    }
    kept.push((at..text.len() + 1, made.len()));
    made.push_str(&text[at..]);
    Rewritten {
        text: made,
        kept,
        names: Vec::new(),
        alike: None,
    }
}

/// Numbers that look random and are the same on every machine.
pub struct Seed(u64);

impl Seed {
    pub fn new(of: &str, number: u64) -> Self {
        let start = 0xcbf2_9ce4_8422_2325 ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self(of.bytes().fold(start, |all, byte| {
            (all ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }

    /// A number below `end`, which is more than 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % (end as u64)).unwrap_or(0)
    }

    pub fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}
