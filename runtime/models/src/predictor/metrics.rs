//! How good a predictor is, and whether that is good enough.

use serde::{Deserialize, Serialize};
use sophia_diagnostics::{Problem, codes};

use super::encoding::count;

/// Measured on rows that were held out. A metric that does not apply is missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Rows with a known target.
    pub rows: u64,
    /// The chance that a yes is ranked above a no; 0.5 is a coin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auc: Option<f64>,
    /// The mean surprise in nats; lower is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_loss: Option<f64>,
    /// The share of rows on the right side of 50 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// The root of the mean squared error, in the target's unit; lower is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rmse: Option<f64>,
    /// The mean absolute error, in the target's unit; lower is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mae: Option<f64>,
    /// The share of the target's variance that is explained; at most 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r2: Option<f64>,
}

impl Metrics {
    /// Measures shares against classes.
    pub(crate) fn of_classes(shares: &[f64], classes: &[bool]) -> Self {
        let right = shares
            .iter()
            .zip(classes)
            .filter(|(share, class)| (**share >= 0.5) == **class)
            .count();
        Self {
            rows: classes.len() as u64,
            auc: auc(shares, classes),
            log_loss: Some(log_loss(shares, classes)),
            accuracy: Some(count(right) / count(classes.len())),
            ..Self::default()
        }
    }

    /// Measures numbers against the true ones.
    pub(crate) fn of_numbers(predicted: &[f64], truth: &[f64]) -> Self {
        let rows = count(truth.len());
        let mean = truth.iter().sum::<f64>() / rows;
        let pairs = || predicted.iter().zip(truth);
        let squares: f64 = pairs().map(|(one, other)| (one - other).powi(2)).sum();
        let spread: f64 = truth.iter().map(|one| (one - mean).powi(2)).sum();
        Self {
            rows: truth.len() as u64,
            rmse: Some((squares / rows).sqrt()),
            mae: Some(pairs().map(|(one, other)| (one - other).abs()).sum::<f64>() / rows),
            r2: Some(1.0 - squares / spread),
            ..Self::default()
        }
    }

    /// Whether these are worse than others of the same predictor, by AUC or by RMSE.
    #[must_use]
    pub fn worse_than(&self, other: &Self) -> bool {
        match (self.auc, other.auc, self.rmse, other.rmse) {
            (Some(mine), Some(theirs), ..) => mine < theirs,
            (_, _, Some(mine), Some(theirs)) => mine > theirs,
            _ => false,
        }
    }

    fn named(&self) -> [(&'static str, Option<f64>); 6] {
        [
            ("auc", self.auc),
            ("log_loss", self.log_loss),
            ("accuracy", self.accuracy),
            ("rmse", self.rmse),
            ("mae", self.mae),
            ("r2", self.r2),
        ]
    }
}

/// Whether a metric reaches its bound: at least `bound`, or at most `bound`.
///
/// # Errors
/// A metric that does not exist or was not measured for this kind of target.
pub fn accepts(
    metrics: &Metrics,
    metric: &str,
    at_least: bool,
    bound: f64,
) -> Result<bool, Problem> {
    let measured = metrics
        .named()
        .into_iter()
        .find(|(name, _)| *name == metric)
        .and_then(|(_, value)| value);
    let Some(value) = measured else {
        let known: Vec<_> = metrics
            .named()
            .into_iter()
            .filter(|(_, value)| value.is_some())
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        return Err(Problem::new(
            codes::S944,
            format!("`{metric}` is not measured for this predictor."),
        )
        .with_help(format!("accept one of {}", known.join(", "))));
    };
    Ok(if at_least {
        value >= bound
    } else {
        value <= bound
    })
}

/// The mean surprise; a share of exactly 0 or 1 is moved off it a little.
pub fn log_loss(shares: &[f64], classes: &[bool]) -> f64 {
    let sum: f64 = shares
        .iter()
        .zip(classes)
        .map(|(share, class)| {
            let share = share.clamp(1e-15, 1.0 - 1e-15);
            -if *class {
                share.ln()
            } else {
                (1.0 - share).ln()
            }
        })
        .sum();
    sum / count(classes.len())
}

/// The area under the ROC curve by ranks; ties share their rank. Nothing without both classes.
fn auc(shares: &[f64], classes: &[bool]) -> Option<f64> {
    let yes = classes.iter().filter(|class| **class).count();
    let no = classes.len() - yes;
    if yes == 0 || no == 0 {
        return None;
    }
    let mut pairs: Vec<_> = shares
        .iter()
        .copied()
        .zip(classes.iter().copied())
        .collect();
    pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut ranks = 0.0;
    let mut seen = 0;
    for tied in pairs.chunk_by(|one, other| one.0.total_cmp(&other.0).is_eq()) {
        let middle = count(seen) + f64::midpoint(count(tied.len()), 1.0);
        ranks += middle * count(tied.iter().filter(|(_, class)| *class).count());
        seen += tied.len();
    }
    let (yes, no) = (count(yes), count(no));
    Some((ranks - yes * (yes + 1.0) / 2.0) / (yes * no))
}
