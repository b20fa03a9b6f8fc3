//! An index of passages by their words, ranked by BM25.
//!
//! It finds passages that share words with a question. It knows nothing of meaning: a question in other
//! words finds nothing.
//!
//! Kept true here: the same passages and the same question give the same order; a score is between 0 and
//! 1, where 1 would be a passage that says nothing but the question, over and over.

use std::collections::{BTreeMap, HashMap};

/// How fast a repeated word counts less, and how much the length of a passage matters.
const SATURATION: f64 = 1.2;
const LENGTH: f64 = 0.75;

/// A passage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passage {
    pub(crate) id: String,
    pub(crate) text: String,
}

/// Passages by their words.
#[derive(Debug, Default)]
pub(crate) struct Index {
    passages: Vec<Passage>,
    lengths: Vec<f64>,
    average: f64,
    /// For each word the passages that hold it, and how often.
    places: HashMap<String, Vec<(usize, f64)>>,
}

impl Index {
    /// An index of passages: (id, text).
    pub(crate) fn new(passages: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut index = Self::default();
        for (id, text) in passages {
            let place = index.passages.len();
            let mut counts: BTreeMap<String, f64> = BTreeMap::new();
            let mut length = 0.0;
            for word in words(&text) {
                *counts.entry(word).or_default() += 1.0;
                length += 1.0;
            }
            for (word, count) in counts {
                index.places.entry(word).or_default().push((place, count));
            }
            index.lengths.push(length);
            index.passages.push(Passage { id, text });
        }
        let total: f64 = index.lengths.iter().sum();
        index.average = (total / count(index.passages.len())).max(1.0);
        index
    }

    /// The passages that share words with a text, the best first, each with its score.
    pub(crate) fn search(&self, text: &str) -> Vec<(&Passage, f64)> {
        let mut scores: BTreeMap<usize, f64> = BTreeMap::new();
        let mut best = 0.0;
        let all = count(self.passages.len());
        let mut wanted: Vec<String> = words(text).collect();
        wanted.sort_unstable();
        wanted.dedup();
        for word in wanted {
            let places = self.places.get(&word).map_or(&[][..], Vec::as_slice);
            let holding = count(places.len());
            let rarity = (1.0 + (all - holding + 0.5) / (holding + 0.5)).ln();
            best += rarity * (SATURATION + 1.0);
            for (place, times) in places {
                let length = self.lengths.get(*place).copied().unwrap_or(self.average);
                let norm = 1.0 - LENGTH + LENGTH * length / self.average;
                let weight = times * (SATURATION + 1.0) / (times + SATURATION * norm);
                *scores.entry(*place).or_default() += rarity * weight;
            }
        }
        let mut found: Vec<(usize, f64)> = scores
            .into_iter()
            .map(|(place, score)| (place, score / best))
            .collect();
        // Stable: what is equally good stays in the order of the passages.
        found.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        found
            .into_iter()
            .filter_map(|(place, score)| Some((self.passages.get(place)?, score)))
            .collect()
    }
}

/// Runs of letters and digits, in lower case.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

#[allow(
    clippy::cast_precision_loss,
    reason = "nobody has more than 2^53 passages"
)]
fn count(of: usize) -> f64 {
    of as f64
}
