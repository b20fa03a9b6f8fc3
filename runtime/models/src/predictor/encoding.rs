//! From cells to the numbers that a regression works on.
//!
//! Numbers are standardised, yes/no is 0 or 1, a text has one place for each frequent word; a missing
//! value has a place of its own where one was seen while learning. Kept true here: encoding a row needs
//! only this description, so a stored model reads records exactly as it read its training rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::column::{Cell, Column, Kind};

/// A word seen in fewer rows than this shares its place with the other rare ones.
const RARE_BELOW: usize = 10;
/// At most this many words of one column have a place of their own.
const MOST_LEVELS: usize = 64;

/// How one feature becomes numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feature {
    /// The column's name.
    pub name: Arc<str>,
    /// How it is read.
    pub kind: Kind,
    /// The mean of the present values; stands in for a missing one. 0 for text.
    pub mean: f64,
    /// The standard deviation of a number; 0 where it does not vary and for everything else.
    pub deviation: f64,
    /// The words with a place of their own, in order.
    pub levels: Vec<Arc<str>>,
    /// The rare words that share one place. A word in neither list is unknown: all places are 0.
    pub rare: Vec<Arc<str>>,
    /// Whether a missing value has a place.
    pub missing: bool,
}

/// How a row becomes numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Encoding {
    /// The features in column order.
    pub features: Vec<Feature>,
}

impl Encoding {
    /// Learns the description from some rows of the columns.
    pub fn learn(columns: &[Column], rows: &[usize]) -> Self {
        Self {
            features: columns
                .iter()
                .map(|column| Feature::learn(column, rows))
                .collect(),
        }
    }

    /// The count of numbers in an encoded row.
    pub fn width(&self) -> usize {
        self.features.iter().map(Feature::width).sum()
    }

    /// Encodes one row; `cells` are in feature order.
    pub fn row<'a>(&self, cells: impl Iterator<Item = &'a Cell>) -> Vec<f64> {
        let mut numbers = Vec::with_capacity(self.width());
        for (feature, cell) in self.features.iter().zip(cells) {
            feature.write(cell, &mut numbers);
        }
        numbers
    }

    /// Encodes some rows, one below the other.
    pub fn rows(&self, columns: &[Column], rows: &[usize]) -> Array2<f64> {
        let mut matrix = Array2::zeros((rows.len(), self.width()));
        for (mut line, row) in matrix.rows_mut().into_iter().zip(rows) {
            let numbers = self.row(columns.iter().filter_map(|column| column.cells.get(*row)));
            for (place, number) in line.iter_mut().zip(numbers) {
                *place = number;
            }
        }
        matrix
    }

    /// Whether any number can differ between two rows.
    pub fn varies(&self) -> bool {
        self.features.iter().any(Feature::varies)
    }
}

impl Feature {
    fn learn(column: &Column, rows: &[usize]) -> Self {
        let mut feature = Self {
            name: column.name.clone(),
            kind: column.kind,
            mean: 0.0,
            deviation: 0.0,
            levels: Vec::new(),
            rare: Vec::new(),
            missing: false,
        };
        let mut numbers = Vec::new();
        let mut words: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
        for cell in rows.iter().filter_map(|row| column.cells.get(*row)) {
            match cell {
                Cell::Missing => feature.missing = true,
                Cell::Number(number) => numbers.push(*number),
                Cell::Boolean(yes) => numbers.push(f64::from(u8::from(*yes))),
                Cell::Text(word) => *words.entry(word).or_default() += 1,
            }
        }
        feature.describe(&numbers);
        feature.sort_words(&words);
        feature
    }

    fn describe(&mut self, numbers: &[f64]) {
        if numbers.is_empty() {
            return;
        }
        let count = count(numbers.len());
        self.mean = numbers.iter().sum::<f64>() / count;
        if self.kind == Kind::Number {
            let mean = self.mean;
            let variance = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
            let deviation = variance.sqrt();
            // Rounding leaves a little variance in a column that does not vary.
            if deviation > 1e-12 * mean.abs() {
                self.deviation = deviation;
            }
        }
    }

    fn sort_words(&mut self, words: &BTreeMap<&Arc<str>, usize>) {
        let mut frequent: Vec<_> = words
            .iter()
            .filter(|(_, seen)| **seen >= RARE_BELOW)
            .collect();
        frequent.sort_by(|(one, seen), (other, more)| more.cmp(seen).then(one.cmp(other)));
        frequent.truncate(MOST_LEVELS);
        self.levels = frequent.iter().map(|(word, _)| (**word).clone()).collect();
        self.levels.sort();
        // A column of names or keys has nothing but rare words; then they say nothing.
        let left: Vec<_> = words
            .keys()
            .filter(|word| self.levels.binary_search(word).is_err())
            .map(|word| (**word).clone())
            .collect();
        if !self.levels.is_empty() {
            self.rare = left;
        }
    }

    fn width(&self) -> usize {
        let own = match self.kind {
            Kind::Number | Kind::Boolean => 1,
            Kind::Text => self.levels.len() + usize::from(!self.rare.is_empty()),
        };
        own + usize::from(self.missing)
    }

    fn varies(&self) -> bool {
        match self.kind {
            Kind::Number => self.deviation > 0.0 || self.missing,
            Kind::Boolean => (self.mean > 0.0 && self.mean < 1.0) || self.missing,
            Kind::Text => self.width() > 1,
        }
    }

    fn write(&self, cell: &Cell, numbers: &mut Vec<f64>) {
        match self.kind {
            Kind::Number => numbers.push(match cell {
                Cell::Number(number) if self.deviation > 0.0 => {
                    (number - self.mean) / self.deviation
                }
                _ => 0.0,
            }),
            Kind::Boolean => numbers.push(match cell {
                Cell::Boolean(yes) => f64::from(u8::from(*yes)),
                _ => self.mean,
            }),
            Kind::Text => {
                let place = match cell {
                    Cell::Text(word) => match self.levels.binary_search(word) {
                        Ok(level) => Some(level),
                        Err(_) if self.rare.binary_search(word).is_ok() => Some(self.levels.len()),
                        Err(_) => None,
                    },
                    _ => None,
                };
                let places = self.levels.len() + usize::from(!self.rare.is_empty());
                numbers.extend((0..places).map(|at| f64::from(u8::from(Some(at) == place))));
            }
        }
        if self.missing {
            numbers.push(f64::from(u8::from(*cell == Cell::Missing)));
        }
    }
}

/// A count as a double. Tables are far below 2^53 rows.
#[allow(clippy::cast_precision_loss, reason = "tables are far below 2^53 rows")]
pub fn count(rows: usize) -> f64 {
    rows as f64
}
