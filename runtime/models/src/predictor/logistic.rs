//! Logistic regression, and the calibration of its scores.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};
use sophia_diagnostics::{Problem, codes};

use super::encoding::count;
use super::linear::Line;

/// Weighs the squared coefficients, as `C = 1` does elsewhere.
const PENALTY: f64 = 1.0;

/// Bends scores so that among rows said to be at 70 % about 70 % are a yes (Platt's method).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Multiplies the score; always positive, so the order of rows stays.
    pub slope: f64,
    /// Is added to it.
    pub shift: f64,
}

/// The share that a score stands for.
pub fn share(score: f64) -> f64 {
    if score >= 0.0 {
        1.0 / (1.0 + (-score).exp())
    } else {
        let odds = score.exp();
        odds / (1.0 + odds)
    }
}

/// Fits `share(intercept + x · coefficients)` to the classes.
pub fn fit(x: Array2<f64>, y: &[bool]) -> Result<Line, Problem> {
    let dataset = DatasetBase::new(x, Array1::from(y.to_vec()));
    let fitted = LogisticRegression::default()
        .alpha(PENALTY)
        .max_iterations(500)
        .gradient_tolerance(1e-3)
        .fit(&dataset)
        .map_err(|error| {
            Problem::new(codes::S940, "No regression could be fitted to the rows.").because(error)
        })?;
    // The library calls the first or the larger class positive; a yes must be.
    let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
    Ok(Line {
        intercept: sign * fitted.intercept(),
        coefficients: fitted.params().iter().map(|one| sign * one).collect(),
    })
}

impl Calibration {
    /// The calibrated score.
    pub fn apply(self, score: f64) -> f64 {
        self.slope.mul_add(score, self.shift)
    }

    /// Fits slope and shift to held-out scores by Newton's method. Nothing where that finds no
    /// increasing curve.
    pub fn fit(scores: &[f64], classes: &[bool]) -> Option<Self> {
        let yes = classes.iter().filter(|class| **class).count();
        let no = classes.len() - yes;
        // Platt's targets keep a perfect separation from asking for an endless slope.
        let high = (count(yes) + 1.0) / (count(yes) + 2.0);
        let low = 1.0 / (count(no) + 2.0);
        let (mut slope, mut shift) = (1.0, 0.0);
        for _ in 0..100 {
            let (mut g0, mut g1, mut h00, mut h01, mut h11) = (0.0, 0.0, 1e-12, 0.0, 1e-12);
            for (score, class) in scores.iter().zip(classes) {
                let expected = share(score * slope + shift);
                let error = expected - if *class { high } else { low };
                let weight = expected * (1.0 - expected);
                g0 += error * score;
                g1 += error;
                h00 += weight * score * score;
                h01 += weight * score;
                h11 += weight;
            }
            let determinant = h00 * h11 - h01 * h01;
            if determinant.abs() < 1e-12 {
                return None;
            }
            let (step0, step1) = (
                (h11 * g0 - h01 * g1) / determinant,
                (h00 * g1 - h01 * g0) / determinant,
            );
            slope -= step0;
            shift -= step1;
            if !slope.is_finite() || !shift.is_finite() {
                return None;
            }
            if step0.abs() + step1.abs() < 1e-10 {
                break;
            }
        }
        (slope > 0.0).then_some(Self { slope, shift })
    }
}
