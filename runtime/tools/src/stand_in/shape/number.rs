//! Numbers for a schema, at the bound that holds them.

use serde_json::{Map, Number, Value};

/// A number at its lower bound, or at its upper one where only that keeps it from zero.
#[allow(clippy::cast_precision_loss)] // Variants are small; they count the items of a list.
pub(super) fn number(keywords: &Map<String, Value>, variant: usize, whole: bool) -> Option<Value> {
    let bound = |keyword| keywords.get(keyword).and_then(Value::as_f64);
    let step = bound("multipleOf").filter(|step| *step > 0.0);
    let grain = step.unwrap_or(1.0);
    let above = bound("exclusiveMinimum");
    let below = bound("exclusiveMaximum");
    let mut value = match (bound("minimum"), above) {
        (Some(least), Some(above)) => least.max(above),
        (least, above) => least.or(above).unwrap_or_else(|| {
            let most = bound("maximum").or(below).unwrap_or(0.0);
            most.min(0.0)
        }),
    };
    if whole || step.is_some() {
        value = (value / grain).ceil() * grain;
    }
    let ceiling = bound("maximum").unwrap_or(f64::INFINITY);
    if above.is_some_and(|above| value <= above) {
        // Half-way to the upper bound where a whole step would go past it.
        let limit = below.unwrap_or(ceiling);
        let stepped = value + grain;
        let fits = stepped < limit || (below.is_none() && stepped <= limit);
        value = if fits || whole || step.is_some() {
            stepped
        } else {
            f64::midpoint(value, limit)
        };
    }
    if below.is_some_and(|below| value >= below) {
        value = if whole || step.is_some() {
            value - grain
        } else {
            value - 1.0
        };
    }
    let next = value + grain * variant as f64;
    if next <= ceiling && below.is_none_or(|below| next < below) {
        value = next;
    }
    written(value)
}

/// A number as JSON, without a fraction where it has none.
fn written(value: f64) -> Option<Value> {
    /// Up to here every whole number has a double of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        #[allow(clippy::cast_possible_truncation)] // Whole and within the exact range.
        return Some(Value::from(value as i64));
    }
    Number::from_f64(value).map(Value::Number)
}
