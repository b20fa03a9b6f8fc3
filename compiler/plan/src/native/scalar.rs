//! What the loop calls for one value, because no instruction does it.

use crate::evaluate::round_double;

/// The rest of a division of doubles, with the sign of the divisor.
pub(super) extern "C" fn modulo(left: f64, right: f64) -> f64 {
    let rest = left % right;
    if rest != 0.0 && (rest < 0.0) != (right < 0.0) {
        rest + right
    } else {
        rest
    }
}

/// As the function `round` of the language.
pub(super) extern "C" fn round(number: f64, digits: i64) -> f64 {
    round_quickly(number, digits).unwrap_or_else(|| round_double(number, digits))
}

/// Where the number is far from the middle between two results, the nearest whole number of units is
/// beyond doubt, and dividing it by the exact power of ten gives the nearest double.
fn round_quickly(number: f64, digits: i64) -> Option<f64> {
    const LARGEST: f64 = 1_099_511_627_776.0;
    const NEAR: f64 = 1e-3;
    let unit = *POWERS.get(usize::try_from(digits).ok()?)?;
    let scaled = number * unit;
    let whole = scaled.round_ties_even();
    let sure = scaled.abs() < LARGEST && ((scaled - whole).abs() - 0.5).abs() > NEAR;
    // The interpreter has no negative zero here.
    (sure && whole != 0.0).then(|| whole / unit)
}

const POWERS: [f64; 13] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
];
