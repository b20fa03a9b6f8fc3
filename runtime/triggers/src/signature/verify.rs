//! Checking a signature against what came in.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use super::scheme::{Encoding, KeyForm, Part, Scheme, SignatureForm, Stamp, TOLERANCE, Unit};

/// What came in, as it was sent.
pub struct Signed<'a> {
    /// `POST`
    pub method: &'a str,
    /// The address as the provider called it: `https://hooks.example.com/hooks/hubspot/deal_changed`.
    pub address: &'a str,
    /// A header by its name in small letters.
    pub header: &'a dyn Fn(&str) -> Option<String>,
    /// The body, byte by byte.
    pub body: &'a [u8],
}

/// Why a delivery is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A header is not there.
    Missing(&'static str),
    /// A header is not what the provider writes.
    Malformed(&'static str),
    /// It was signed too long ago, or in the future.
    Stale,
    /// It was signed with another secret, or changed on its way.
    Mismatch,
    /// The secret here is not what the provider hands out.
    Secret,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(header) => write!(formatter, "The header `{header}` is missing."),
            Self::Malformed(header) => {
                write!(formatter, "The header `{header}` cannot be read.")
            }
            Self::Stale => write!(
                formatter,
                "It was signed more than five minutes ago, or by a clock that is ahead."
            ),
            Self::Mismatch => formatter.write_str("The signature does not fit."),
            Self::Secret => {
                formatter.write_str("The secret that is set here is not one of this provider.")
            }
        }
    }
}

/// Checks who sent something, and when.
///
/// # Errors
/// Why it is refused.
pub fn verify(
    scheme: &Scheme,
    secret: &str,
    signed: &Signed<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let header = (signed.header)(scheme.header).ok_or(Refusal::Missing(scheme.header))?;
    let stamp = stamp(scheme, signed, &header)?;
    let mac = mac(scheme, secret, signed, stamp.as_deref())?;
    let candidates = candidates(scheme.form, &header);
    if candidates.is_empty() {
        return Err(Refusal::Malformed(scheme.header));
    }
    let fits = candidates.iter().any(|candidate| {
        let bytes = match scheme.encoding {
            Encoding::Hex => from_hex(candidate),
            Encoding::Base64 => STANDARD.decode(candidate).ok(),
        };
        // This comparison takes the same time wherever the bytes differ.
        bytes.is_some_and(|bytes| mac.clone().verify_slice(&bytes).is_ok())
    });
    if !fits {
        return Err(Refusal::Mismatch);
    }
    // The age is looked at last: only who knows the secret learns that it is wrong.
    match (scheme.stamp, stamp) {
        (Some(Stamp::Header(name, unit)), Some(stamp)) => fresh(name, unit, &stamp, now),
        (Some(Stamp::Pair(_, unit)), Some(stamp)) => fresh(scheme.header, unit, &stamp, now),
        _ => Ok(()),
    }
}

fn fresh(header: &'static str, unit: Unit, stamp: &str, now: Timestamp) -> Result<(), Refusal> {
    let count: i64 = stamp.parse().map_err(|_| Refusal::Malformed(header))?;
    let signed = match unit {
        Unit::Seconds => Timestamp::from_second(count),
        Unit::Milliseconds => Timestamp::from_millisecond(count),
    };
    let signed = signed.map_err(|_| Refusal::Malformed(header))?;
    let age: SignedDuration = now.duration_since(signed);
    if age.abs() > TOLERANCE {
        return Err(Refusal::Stale);
    }
    Ok(())
}

fn stamp(scheme: &Scheme, signed: &Signed<'_>, header: &str) -> Result<Option<String>, Refusal> {
    match scheme.stamp {
        None => Ok(None),
        Some(Stamp::Header(name, _)) => (signed.header)(name)
            .map(Some)
            .ok_or(Refusal::Missing(name)),
        Some(Stamp::Pair(name, _)) => pairs(header)
            .find(|(key, _)| *key == name)
            .map(|(_, value)| Some(value.to_owned()))
            .ok_or(Refusal::Malformed(scheme.header)),
    }
}

fn mac(
    scheme: &Scheme,
    secret: &str,
    signed: &Signed<'_>,
    stamp: Option<&str>,
) -> Result<Hmac<Sha256>, Refusal> {
    let key = match scheme.key {
        KeyForm::Text => secret.as_bytes().to_vec(),
        KeyForm::Base64After(prefix) => STANDARD
            .decode(secret.strip_prefix(prefix).unwrap_or(secret))
            .map_err(|_| Refusal::Secret)?,
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| Refusal::Secret)?;
    for part in scheme.signed {
        match part {
            Part::Text(text) => mac.update(text.as_bytes()),
            Part::Stamp => mac.update(stamp.unwrap_or_default().as_bytes()),
            Part::Header(name) => {
                let value = (signed.header)(name).ok_or(Refusal::Missing(name))?;
                mac.update(value.as_bytes());
            }
            Part::Method => mac.update(signed.method.as_bytes()),
            Part::Address => mac.update(decoded(signed.address).as_bytes()),
            Part::Body => mac.update(signed.body),
        }
    }
    Ok(mac)
}

/// The signatures that stand in a header.
fn candidates(form: SignatureForm, header: &str) -> Vec<&str> {
    match form {
        SignatureForm::Whole(prefix) => header.trim().strip_prefix(prefix).into_iter().collect(),
        SignatureForm::Pairs(name) => pairs(header)
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value)
            .collect(),
        SignatureForm::Listed(prefix) => header
            .split_whitespace()
            .filter_map(|one| one.strip_prefix(prefix))
            .collect(),
    }
}

fn pairs(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header
        .split(',')
        .filter_map(|pair| pair.trim().split_once('='))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

/// The address with the characters decoded that the provider decodes before it signs.
fn decoded(address: &str) -> String {
    const DECODED: [(&str, char); 12] = [
        ("3A", ':'),
        ("2F", '/'),
        ("3F", '?'),
        ("40", '@'),
        ("21", '!'),
        ("24", '$'),
        ("27", '\''),
        ("28", '('),
        ("29", ')'),
        ("2A", '*'),
        ("2C", ','),
        ("3B", ';'),
    ];
    let mut parts = address.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let known = part.get(..2).and_then(|code| {
            DECODED
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(code))
        });
        if let (Some((_, letter)), Some(rest)) = (known, part.get(2..)) {
            text.push(*letter);
            text.push_str(rest);
        } else {
            text.push('%');
            text.push_str(part);
        }
    }
    text
}
