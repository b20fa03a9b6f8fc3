//! PostgreSQL's exact numbers, as it sends and takes them: groups of four digits, the highest first.

use std::fmt::Write as _;

use rust_decimal::Decimal;

const POSITIVE: u16 = 0x0000;
const NEGATIVE: u16 = 0x4000;

/// The number as text, with every digit. Nothing for what is no number.
pub(super) fn read(bytes: &[u8]) -> Option<String> {
    let mut words = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let count = usize::from(words.next()?);
    let weight = i32::from(words.next()?.cast_signed());
    let sign = words.next()?;
    let scale = usize::from(words.next()?);
    if sign != POSITIVE && sign != NEGATIVE {
        return None;
    }
    let groups: Vec<u16> = words.take(count).collect();
    let group = |place: i32| -> u16 {
        usize::try_from(place)
            .ok()
            .and_then(|place| groups.get(place).copied())
            .unwrap_or(0)
    };
    let mut whole = String::new();
    for place in 0..=weight.max(-1) {
        // Writing into a text does not fail.
        let _ = write!(whole, "{:04}", group(place));
    }
    whole = whole.trim_start_matches('0').to_owned();
    if whole.is_empty() {
        whole.push('0');
    }
    let mut fraction = String::new();
    let mut place = weight + 1;
    // Groups before the first are zeros.
    for _ in 0..(-1 - weight).max(0) {
        fraction.push_str("0000");
    }
    place = place.max(0);
    while fraction.len() < scale {
        // Writing into a text does not fail.
        let _ = write!(fraction, "{:04}", group(place));
        place += 1;
    }
    fraction.truncate(scale);
    let sign = if sign == NEGATIVE { "-" } else { "" };
    if fraction.is_empty() {
        Some(format!("{sign}{whole}"))
    } else {
        Some(format!("{sign}{whole}.{fraction}"))
    }
}

/// The bytes of a number.
pub(super) fn write(decimal: Decimal) -> Vec<u8> {
    let scale = decimal.scale();
    let digits = decimal.mantissa().unsigned_abs().to_string();
    // Filled up so that the point stands between two groups.
    let after = (scale as usize).next_multiple_of(4);
    let mut digits = format!("{digits}{}", "0".repeat(after - scale as usize));
    digits = format!(
        "{}{digits}",
        "0".repeat(digits.len().next_multiple_of(4) - digits.len())
    );
    if digits.len() < after {
        digits = format!("{}{digits}", "0".repeat(after - digits.len()));
    }
    let groups: Vec<u16> = digits
        .as_bytes()
        .chunks(4)
        .map(|four| {
            four.iter()
                .fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'))
        })
        .collect();
    let whole_groups = (digits.len() - after) / 4;
    let leading = groups.iter().take_while(|group| **group == 0).count();
    let kept = groups.get(leading..).unwrap_or_default();
    let trailing = kept.iter().rev().take_while(|group| **group == 0).count();
    let kept = kept.get(..kept.len() - trailing).unwrap_or_default();
    let weight = if kept.is_empty() {
        0
    } else {
        i16::try_from(whole_groups).unwrap_or(0) - 1 - i16::try_from(leading).unwrap_or(0)
    };
    let sign = if decimal.is_sign_negative() && !decimal.is_zero() {
        NEGATIVE
    } else {
        POSITIVE
    };
    let head = [
        u16::try_from(kept.len()).unwrap_or(0),
        weight.cast_unsigned(),
        sign,
        u16::try_from(scale).unwrap_or(0),
    ];
    head.iter()
        .chain(kept)
        .flat_map(|word| word.to_be_bytes())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_with_every_digit() {
        for text in [
            "0",
            "1",
            "-1",
            "10000",
            "12345678.9",
            "0.1",
            "0.00012",
            "-0.000000001",
            "99990000",
            "79228162514264337593543950335",
            "1.50",
            "0.00",
            "100000000.00000001",
            "123456.000",
        ] {
            let decimal: Decimal = text.parse().unwrap();
            assert_eq!(read(&write(decimal)).as_deref(), Some(text));
        }
    }
}
