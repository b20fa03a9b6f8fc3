//! Files that appear: which of them are whole.
//!
//! Kept true here: a file that is still being written is not taken; one that is moved into its place whole
//! is taken at the first sight; no file is named twice while it stays as it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

/// How long a file must have stayed as it is.
pub const QUIET: SignedDuration = SignedDuration::from_secs(1);

/// A file as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// Its path, as the run is told of it.
    pub path: Arc<str>,
    /// Its size in bytes.
    pub size: u64,
    /// When it was changed last.
    pub changed_at: Timestamp,
}

/// What is known of the files of one trigger.
#[derive(Debug, Default)]
pub struct Folder {
    known: BTreeMap<Arc<str>, Known>,
}

#[derive(Debug)]
struct Known {
    size: u64,
    changed_at: Timestamp,
    /// From when on it is whole, where it stays so.
    whole: Timestamp,
    taken: bool,
}

impl Folder {
    /// Takes what a look found and gives the files that are whole and were not named before.
    pub fn look(&mut self, found: Vec<Seen>, now: Timestamp) -> Vec<Seen> {
        let mut before = std::mem::take(&mut self.known);
        let mut whole = Vec::new();
        for seen in found {
            let mut known = match before.remove(&seen.path) {
                Some(known) if known.size == seen.size && known.changed_at == seen.changed_at => {
                    known
                }
                _ => Known {
                    size: seen.size,
                    changed_at: seen.changed_at,
                    // What was moved here had been written before.
                    whole: later(seen.changed_at.min(now), QUIET),
                    taken: false,
                },
            };
            if !known.taken && known.whole <= now {
                known.taken = true;
                whole.push(seen.clone());
            }
            self.known.insert(seen.path, known);
        }
        whole.sort();
        whole
    }

    /// A file could not be handed over; it is named again at the first look after an instant.
    pub fn put_back(&mut self, path: &str, again: Timestamp) {
        if let Some(known) = self.known.get_mut(path) {
            known.taken = false;
            known.whole = again;
        }
    }

    /// When the next file is whole, where none of those that are known changes any more.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        let waits = self.known.values().filter(|known| !known.taken);
        waits.map(|known| known.whole).min()
    }
}

fn later(instant: Timestamp, by: SignedDuration) -> Timestamp {
    instant.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Whether a path fits a pattern: `*` and `?` stand for letters of one name, `**` for any folders.
#[must_use]
pub fn fits(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    parts_fit(&pattern, &path)
}

fn parts_fit(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => {
            parts_fit(rest, path)
                || path
                    .split_first()
                    .is_some_and(|(_, deeper)| parts_fit(pattern, deeper))
        }
        (Some((one, rest)), Some((name, deeper))) => {
            let one: Vec<char> = one.chars().collect();
            let name: Vec<char> = name.chars().collect();
            name_fits(&one, &name) && parts_fit(rest, deeper)
        }
        _ => false,
    }
}

fn name_fits(pattern: &[char], name: &[char]) -> bool {
    // Where the last `*` stood, and how far it reached.
    let (mut at, mut letter) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while letter < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, letter));
                at += 1;
            }
            Some(one) if *one == '?' || Some(one) == name.get(letter) => {
                at += 1;
                letter += 1;
            }
            _ => match star {
                Some((stood, reached)) => {
                    star = Some((stood, reached + 1));
                    at = stood + 1;
                    letter = reached + 1;
                }
                None => return false,
            },
        }
    }
    pattern
        .get(at..)
        .is_some_and(|rest| rest.iter().all(|one| *one == '*'))
}

/// The folder in which files of a pattern stand, and whether deeper folders count.
#[must_use]
pub fn folder_of(pattern: &str) -> (String, bool) {
    let parts: Vec<&str> = pattern.split('/').collect();
    let fixed = parts
        .iter()
        .take(parts.len().saturating_sub(1))
        .take_while(|part| !part.contains(['*', '?']))
        .count();
    (
        parts
            .iter()
            .take(fixed)
            .copied()
            .collect::<Vec<_>>()
            .join("/"),
        fixed + 1 < parts.len(),
    )
}
