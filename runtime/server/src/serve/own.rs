//! Which changes of a table are our own: `except our own`.
//!
//! Kept true here: a change is left out only where what it leads from and to is, without a gap, what writes of runs noted;
//! one that nobody noted, or in which somebody else had a part, is never left out.

use std::collections::BTreeSet;

use sophia_data::{OwnChange, Source};
use sophia_diagnostics::Problem;
use sophia_triggers::changes::{Difference, Digest, Watched};

/// What runs had noted before a look.
pub(super) struct Noted {
    before: Vec<OwnChange>,
}

/// What a look found, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TakenApart {
    /// What others did.
    pub(super) others: Vec<Difference>,
    /// What runs did.
    pub(super) own: Vec<Difference>,
    /// The numbers of the notes that are needed no more once that is remembered.
    pub(super) done: Vec<i64>,
}

impl Noted {
    /// What is noted before the table is looked at.
    pub(super) async fn before(source: &dyn Source, name: &str) -> Result<Self, Problem> {
        let before = source.own_changes(name).await?;
        Ok(Self { before })
    }

    /// Takes apart what was found. Where a write came while the table was looked at, its rows are left for the
    /// next look: what was found of them may be from before it or from after.
    pub(super) async fn take_apart(
        self,
        source: &dyn Source,
        name: &str,
        watched: &Watched,
        differences: Vec<Difference>,
        now: impl Fn(&Difference) -> Option<Digest>,
    ) -> Result<TakenApart, Problem> {
        let after = source.own_changes(name).await?;
        let known: BTreeSet<i64> = self.before.iter().map(|note| note.number).collect();
        let meanwhile = after.iter().filter(|note| !known.contains(&note.number));
        let meanwhile: BTreeSet<&[u8]> = meanwhile.map(|note| note.key.as_slice()).collect();
        let mut apart = TakenApart {
            others: Vec::new(),
            own: Vec::new(),
            done: Vec::new(),
        };
        for difference in differences {
            let key = difference.key.as_slice();
            if meanwhile.contains(key) {
                continue;
            }
            let notes = self.before.iter().filter(|note| note.key == key);
            if is_own(watched.seen(key), now(&difference).as_ref(), notes) {
                apart.own.push(difference);
            } else {
                apart.others.push(difference);
            }
        }
        let done = self.before.iter();
        let done = done.filter(|note| !meanwhile.contains(note.key.as_slice()));
        apart.done = done.map(|note| note.number).collect();
        Ok(apart)
    }
}

/// Whether notes lead from what was seen to what is there, without a gap.
fn is_own<'a>(
    seen: Option<&Digest>,
    now: Option<&Digest>,
    notes: impl Iterator<Item = &'a OwnChange>,
) -> bool {
    let mut at = seen;
    for note in notes {
        if note.was.as_ref() != at {
            return false;
        }
        at = note.now.as_ref();
    }
    at == now
}
