//! Amounts of dollars as a bound is told.
//!
//! Kept true here: what is told as a most is never below it.

use rust_decimal::{Decimal, RoundingStrategy};

/// Never below the amount: `$0.20`, `$1,234.50`, `$0.004`.
#[must_use]
pub fn at_most(amount: Decimal) -> String {
    let digits = if amount.is_zero() || amount >= Decimal::new(1, 2) {
        2
    } else {
        // Two digits that count.
        significant(amount) + 1
    };
    let rounded = amount.round_dp_with_strategy(digits, RoundingStrategy::AwayFromZero);
    let text = if digits == 2 {
        format!("{rounded:.2}")
    } else {
        rounded.normalize().to_string()
    };
    format!("${}", grouped(&text))
}

/// Near the amount, as a person would say it: `$28`, `$870`, `$0.004`.
#[must_use]
pub fn about(amount: Decimal) -> String {
    let hundred = Decimal::ONE_HUNDRED;
    if amount >= hundred {
        let mut unit = Decimal::ONE;
        while amount.checked_div(unit).is_some_and(|left| left >= hundred) {
            unit = unit.checked_mul(Decimal::TEN).unwrap_or(Decimal::MAX);
        }
        let counted = amount.checked_div(unit).unwrap_or(amount).round();
        let whole = counted.checked_mul(unit).unwrap_or(amount);
        return format!("${}", grouped(&whole.normalize().to_string()));
    }
    if amount >= Decimal::TEN {
        return format!("${}", amount.round().normalize());
    }
    at_most(amount)
}

/// The place of the first digit after the point that is no zero, from 1.
fn significant(amount: Decimal) -> u32 {
    let mut place = 1;
    let mut left = amount * Decimal::TEN;
    while left < Decimal::ONE && place < 27 {
        left *= Decimal::TEN;
        place += 1;
    }
    place
}

/// With a comma between groups of three: `7,043`.
#[must_use]
pub fn grouped(number: &str) -> String {
    let (whole, rest) = match number.split_once('.') {
        Some((whole, rest)) => (whole, Some(rest)),
        None => (number, None),
    };
    let mut text = String::new();
    let digits = whole.chars().count();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (digits - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(rest) = rest {
        text.push('.');
        text.push_str(rest);
    }
    text
}
