//! Changes in a table: which rows were added, changed and removed, and when a batch of them is whole.
//!
//! Kept true here: a row is known by its key, so rows that share an instant or a number are told apart and
//! none is passed over; what was not handed over is found again at the next look.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

/// What a row is known by, as bytes.
pub type Key = Vec<u8>;

/// A digest of what a row holds.
pub type Digest = [u8; 32];

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is new.
    Added,
    /// It holds something else.
    Changed,
    /// It is there no more.
    Removed,
}

impl Kind {
    /// As playbooks read it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

/// A change that was not handed over yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What happened.
    pub kind: Kind,
    /// To which row.
    pub key: Key,
    /// Its place among those that were found; nothing where it was removed.
    pub place: Option<usize>,
}

/// What of a table was handed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    rows: BTreeMap<Key, Digest>,
}

impl Watched {
    /// As it was remembered.
    pub fn new(rows: impl IntoIterator<Item = (Key, Digest)>) -> Self {
        let rows = rows.into_iter().collect();
        Self { rows }
    }

    /// What differs from what was found: rows that are there in the order in which they were found, then
    /// those that are there no more, by key.
    ///
    /// # Errors
    /// The key of two rows that share one.
    pub fn differences(&self, found: &[(Key, Digest)]) -> Result<Vec<Difference>, Key> {
        let mut there = BTreeSet::new();
        let mut differences = Vec::new();
        for (place, (key, digest)) in found.iter().enumerate() {
            if !there.insert(key) {
                return Err(key.clone());
            }
            let kind = match self.rows.get(key) {
                Some(known) if known == digest => continue,
                Some(_) => Kind::Changed,
                None => Kind::Added,
            };
            differences.push(Difference {
                kind,
                key: key.clone(),
                place: Some(place),
            });
        }
        let gone = self.rows.keys().filter(|key| !there.contains(key));
        differences.extend(gone.map(|key| Difference {
            kind: Kind::Removed,
            key: key.clone(),
            place: None,
        }));
        Ok(differences)
    }

    /// What was handed over of a row, where it was there.
    #[must_use]
    pub fn seen(&self, key: &[u8]) -> Option<&Digest> {
        self.rows.get(key)
    }

    /// A change was handed over. Without a digest the row is there no more.
    pub fn hand_over(&mut self, key: Key, digest: Option<Digest>) {
        match digest {
            Some(digest) => self.rows.insert(key, digest),
            None => self.rows.remove(&key),
        };
    }
}

/// `in batches of 500 or every 2 seconds`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batches {
    /// The most changes of a batch; at least one.
    pub most: usize,
    /// How long an incomplete one waits; without it, until it is whole.
    pub every: Option<SignedDuration>,
}

/// Since when changes wait for their batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gathering {
    since: Option<Timestamp>,
}

impl Gathering {
    /// How many of the changes that wait are handed over now, in batches.
    pub fn due(&mut self, waiting: usize, batches: Batches, now: Timestamp) -> usize {
        if waiting == 0 {
            self.since = None;
            return 0;
        }
        let since = *self.since.get_or_insert(now);
        let over = |every: SignedDuration| now.duration_since(since) >= every;
        if batches.every.is_some_and(over) {
            self.since = None;
            return waiting;
        }
        let most = batches.most.max(1);
        let whole = waiting - waiting % most;
        if whole == waiting {
            self.since = None;
        } else if whole > 0 {
            // Those that are left have waited no longer than since this look, as far as anybody knows.
            self.since = Some(now);
        }
        whole
    }

    /// When an incomplete batch is due.
    #[must_use]
    pub fn next(&self, batches: Batches) -> Option<Timestamp> {
        self.since?.checked_add(batches.every?).ok()
    }
}
