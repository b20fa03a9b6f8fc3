//! Numbers, percents and money as people read them.

use rust_decimal::Decimal;

use crate::decimal::{from_double, round};
use crate::types::Currency;

/// A double without noise: up to 15 digits, as a spreadsheet shows it, and an exponent only for what
/// is very large or very small.
#[must_use]
pub fn number(number: f64) -> String {
    if number.is_nan() {
        return "not a number".into();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "infinity"
        } else {
            "-infinity"
        }
        .into();
    }
    if number == 0.0 {
        return "0".into();
    }
    // Fifteen digits hide what binary fractions add: 0.1 + 0.2 is 0.3.
    let quiet: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    if (1e-6..1e15).contains(&quiet.abs()) {
        quiet.to_string()
    } else {
        format!("{quiet:e}")
    }
}

/// `91%`, `91.5%`: at most one digit after the point, no zero at the end.
#[must_use]
pub fn percent(share: f64) -> String {
    match from_double(share).and_then(|share| share.checked_mul(Decimal::ONE_HUNDRED)) {
        Some(points) => {
            let points = crate::decimal::canonical(round(points, 1));
            format!("{points}%")
        }
        None => format!("{}%", number(share * 100.0)),
    }
}

/// `$12,000.00` for US dollars, `5.00 EUR` for other currencies; rounded half to even to what the
/// currency has after the point.
#[must_use]
pub fn money(amount: Decimal, currency: &Currency) -> String {
    let digits = minor_digits(&currency.0);
    let rounded = round(amount, digits);
    let sign = if rounded.is_sign_negative() && !rounded.is_zero() {
        "-"
    } else {
        ""
    };
    let amount = format!("{:.*}", digits as usize, rounded.abs());
    if &*currency.0 == "USD" {
        format!("{sign}${}", grouped(&amount))
    } else {
        format!("{sign}{amount} {}", currency.0)
    }
}

/// Digits after the point, by ISO 4217; two for all but these.
fn minor_digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// Commas between groups of three before the point.
fn grouped(amount: &str) -> String {
    let (whole, fraction) = match amount.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (amount, None),
    };
    let mut shown = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            shown.push(',');
        }
        shown.push(digit);
    }
    if let Some(fraction) = fraction {
        shown.push('.');
        shown.push_str(fraction);
    }
    shown
}
