//! Ridge regression by its normal equations.

use ndarray::{Array1, Array2, Axis};
use sophia_diagnostics::{Problem, codes};

/// Weighs the squared coefficients. Features are standardised, so one weight fits all.
const RIDGE: f64 = 1.0;

/// A line through the encoded rows.
#[derive(Clone, Debug)]
pub struct Line {
    /// The value where all encoded numbers are 0.
    pub intercept: f64,
    /// One coefficient for each encoded number.
    pub coefficients: Vec<f64>,
}

/// Fits `y ≈ intercept + x · coefficients`; the intercept is not penalised.
pub fn ridge(x: &Array2<f64>, y: &Array1<f64>) -> Result<Line, Problem> {
    let none = || Problem::new(codes::S940, "There are no rows to learn from.");
    let means = x.mean_axis(Axis(0)).ok_or_else(none)?;
    let mean = y.mean().ok_or_else(none)?;
    let centred = x - &means;
    let mut gram = centred.t().dot(&centred);
    for diagonal in gram.diag_mut() {
        *diagonal += RIDGE;
    }
    let right = centred.t().dot(&(y - mean));
    let coefficients = solve(gram, right).ok_or_else(|| {
        Problem::new(
            codes::S940,
            "No line could be fitted: the numbers in the rows are too large to work with.",
        )
    })?;
    Ok(Line {
        intercept: mean - means.dot(&coefficients),
        coefficients: coefficients.to_vec(),
    })
}

/// Solves a symmetric positive definite system by Cholesky; nothing where it is not one.
fn solve(mut matrix: Array2<f64>, mut right: Array1<f64>) -> Option<Array1<f64>> {
    let size = right.len();
    for column in 0..size {
        for row in column..size {
            let mut sum = matrix[[row, column]];
            for before in 0..column {
                sum -= matrix[[row, before]] * matrix[[column, before]];
            }
            if row == column {
                if !(sum > 0.0 && sum.is_finite()) {
                    return None;
                }
                matrix[[row, column]] = sum.sqrt();
            } else {
                matrix[[row, column]] = sum / matrix[[column, column]];
            }
        }
    }
    for row in 0..size {
        let done: f64 = (0..row).map(|at| matrix[[row, at]] * right[at]).sum();
        right[row] = (right[row] - done) / matrix[[row, row]];
    }
    for row in (0..size).rev() {
        let done: f64 = (row + 1..size)
            .map(|at| matrix[[at, row]] * right[at])
            .sum();
        right[row] = (right[row] - done) / matrix[[row, row]];
    }
    Some(right)
}
