//! The formats of texts that can be told before a run: dates, instants, addresses, identifiers.
//!
//! Kept true here: RFC 3339 for dates and instants, RFC 3986 for addresses, RFC 4122 for identifiers;
//! any other format says nothing.

/// A format that is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Date,
    DateTime,
    Email,
    Uri,
    Uuid,
}

impl Format {
    pub(super) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "date" => Self::Date,
            "date-time" => Self::DateTime,
            "email" => Self::Email,
            "uri" => Self::Uri,
            "uuid" => Self::Uuid,
            _ => return None,
        })
    }

    /// What a text of this format is called.
    pub(super) fn wanted(self) -> &'static str {
        match self {
            Self::Date => "a date such as \"2026-11-22\"",
            Self::DateTime => "an instant such as \"2026-11-22T08:00:00Z\"",
            Self::Email => "an e-mail address such as \"ana@example.org\"",
            Self::Uri => "a whole address such as \"https://example.org/a\"",
            Self::Uuid => "an identifier such as \"0b6f4f0e-4c1e-4f0a-9d53-1f2f3a4b5c6d\"",
        }
    }
}

/// Whether a text has a format.
pub(super) fn fits(format: Format, text: &str) -> bool {
    match format {
        Format::Date => date(text),
        Format::DateTime => date_time(text),
        Format::Email => email(text),
        Format::Uri => uri(text),
        Format::Uuid => uuid(text),
    }
}

fn digits(text: &str, least: u32, most: u32) -> Option<u32> {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse()
            .ok()
            .filter(|number| (least..=most).contains(number))
    } else {
        None
    }
}

fn date(text: &str) -> bool {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    shaped && text.parse::<jiff::civil::Date>().is_ok()
}

fn date_time(text: &str) -> bool {
    let Some((day, rest)) = text.split_once(['T', 't']) else {
        return false;
    };
    if !date(day) {
        return false;
    }
    let (clock, offset) = match rest.find(['Z', 'z', '+', '-']) {
        Some(at) => rest.split_at(at),
        None => return false,
    };
    let offset_fits = match offset {
        "Z" | "z" => true,
        other => {
            let hours_minutes = other.get(1..).and_then(|rest| rest.split_once(':'));
            hours_minutes.is_some_and(|(hours, minutes)| {
                digits(hours, 0, 23).is_some() && digits(minutes, 0, 59).is_some()
            })
        }
    };
    offset_fits && time_of_day(clock)
}

fn time_of_day(clock: &str) -> bool {
    let (whole, fraction) = match clock.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (clock, None),
    };
    let fraction_fits = fraction.is_none_or(|fraction| {
        !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit())
    });
    let parts: Vec<&str> = whole.split(':').collect();
    let [hours, minutes, seconds] = parts.as_slice() else {
        return false;
    };
    // A leap second is left to the server, which knows whether there was one.
    fraction_fits
        && digits(hours, 0, 23).is_some()
        && digits(minutes, 0, 59).is_some()
        && digits(seconds, 0, 59).is_some()
}

fn email(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else {
        return false;
    };
    let atom = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|letter| letter.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(letter))
    };
    let label = |part: &str| {
        !part.is_empty()
            && part.len() <= 63
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part
                .chars()
                .all(|letter| letter.is_alphanumeric() || letter == '-')
    };
    name.len() <= 64 && name.split('.').all(atom) && host.len() <= 253 && host.split('.').all(label)
}

fn uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let scheme_fits = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter));
    let mut letters = rest.bytes();
    while let Some(letter) = letters.next() {
        let fits = match letter {
            b'%' => {
                let hex = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
                hex(letters.next()) && hex(letters.next())
            }
            other => other.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&other),
        };
        if !fits {
            return false;
        }
    }
    scheme_fits && rest.matches('#').count() <= 1
}

fn uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
