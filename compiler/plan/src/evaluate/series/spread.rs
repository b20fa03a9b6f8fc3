//! The middle of some values, and how far they usually lie from it.
//!
//! Kept true here: at least [`ENOUGH`] values are looked at, or none.

use super::super::double;
use super::Point;

/// So many values say something about what is usual.
const ENOUGH: usize = 4;

/// The middle, and the usual distance from it as of a standard deviation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    pub(super) middle: f64,
    distance: f64,
}

impl Spread {
    /// What is usual at a time: from the values at the same place of the season where these are enough, from all
    /// otherwise. Nothing where all are too few.
    pub(super) fn around(points: &[Point], time: i64, season: Option<i64>) -> Option<Self> {
        if let Some(season) = season {
            let place = time.rem_euclid(season);
            let same: Vec<f64> = (points.iter())
                .filter(|point| point.time.rem_euclid(season) == place)
                .map(|point| point.value)
                .collect();
            if let Some(spread) = Self::of(&same) {
                return Some(spread);
            }
        }
        let all: Vec<f64> = points.iter().map(|point| point.value).collect();
        Self::of(&all)
    }

    fn of(values: &[f64]) -> Option<Self> {
        if values.len() < ENOUGH {
            return None;
        }
        let count = count(values.len());
        let middle = median(values.to_vec())?;
        let distances: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
        let mean = distances.iter().sum::<f64>() / count;
        // Of a normal distribution both are the standard deviation. More than half of the values may be the same.
        let usual = median(distances)? * 1.4826;
        let distance = if usual > 0.0 { usual } else { mean * 1.2533 };
        Some(Self { middle, distance })
    }

    /// Whether a value lies further away than so many distances.
    pub(super) fn is_unusual(self, value: f64, limit: f64) -> bool {
        let away = (value - self.middle).abs();
        // Where all are the same, what differs by more than a rounding is unusual.
        let least = self.middle.abs() * 1e-9;
        away > least && away > self.distance * limit
    }
}

pub(super) fn count(items: usize) -> f64 {
    double(i64::try_from(items).unwrap_or(i64::MAX))
}

pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *values.get(values.len() / 2 - 1)?;
    Some(lower.midpoint(upper))
}

/// How many standard deviations to either side hold a share of a normal distribution.
pub(super) fn limit(share: f64) -> f64 {
    if share <= 0.0 {
        return 0.0;
    }
    if share >= 1.0 {
        return f64::INFINITY;
    }
    // Halving finds it to the last digit, and needs no other function than the one that is approximated.
    let (mut low, mut high) = (0.0_f64, 40.0_f64);
    for _ in 0..80 {
        let middle = low.midpoint(high);
        if within(middle) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    low.midpoint(high)
}

/// The share of a normal distribution within so many standard deviations, to seven digits (Abramowitz and
/// Stegun 7.1.26).
fn within(deviations: f64) -> f64 {
    let x = deviations / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series = [
        1.061_405_429,
        -1.453_152_027,
        1.421_413_741,
        -0.284_496_736,
        0.254_829_592,
    ];
    let sum = series.iter().fold(0.0, |sum, factor| (sum + factor) * t);
    1.0 - sum * (-x * x).exp()
}
