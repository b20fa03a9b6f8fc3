//! Exact numbers: how a double becomes one, and how they are written.
//!
//! Kept true here: equal decimals are written as equal bytes, whatever zeros they were built with.

use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};

/// The decimal that a person sees when the double is written in its shortest form: 0.1 is exactly 0.1.
///
/// `None` for what is not finite or does not fit 28 digits before the point. Digits past the 28th
/// after the point are rounded away.
#[must_use]
pub fn from_double(number: f64) -> Option<Decimal> {
    if !number.is_finite() {
        return None;
    }
    Decimal::from_str(&number.to_string()).ok()
}

/// The double nearest to a decimal.
#[must_use]
pub fn to_double(decimal: Decimal) -> f64 {
    decimal.to_string().parse().unwrap_or(f64::NAN)
}

/// Rounds half to even, the only rounding of the language.
#[must_use]
pub fn round(decimal: Decimal, digits: u32) -> Decimal {
    decimal.round_dp_with_strategy(digits, RoundingStrategy::MidpointNearestEven)
}

/// Without zeros at the end, and never a negative zero.
#[must_use]
pub fn canonical(decimal: Decimal) -> Decimal {
    if decimal.is_zero() {
        Decimal::ZERO
    } else {
        decimal.normalize()
    }
}

/// Writes a decimal as its canonical text, which every encoding can hold.
pub(crate) mod exact {
    use std::borrow::Cow;

    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands over a reference"
    )]
    pub(crate) fn serialize<S: Serializer>(
        decimal: &Decimal,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&super::canonical(*decimal))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Decimal, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Decimal::from_str_exact(&text).map_err(D::Error::custom)
    }
}

/// The same for a decimal that may be missing.
pub(crate) mod exact_if_present {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Exact(#[serde(with = "super::exact")] Decimal);

    #[allow(
        clippy::ref_option,
        reason = "serde hands over a reference to the field"
    )]
    pub(crate) fn serialize<S: Serializer>(
        decimal: &Option<Decimal>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        decimal.map(Exact).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Decimal>, D::Error> {
        Ok(Option::<Exact>::deserialize(deserializer)?.map(|exact| exact.0))
    }
}
