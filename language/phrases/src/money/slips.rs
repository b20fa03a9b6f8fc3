//! Amounts as they are written elsewhere: the sign at the other end, other signs, other commas.

/// What is known about an amount that was not read.
pub(super) enum Meant {
    /// This is it, as it is written here.
    Amount(String),
    /// It may be several; one sentence says which.
    Unclear(String),
}

/// Signs and words for currencies, longest first where one begins with another.
const SIGNS: [(&str, &str); 20] = [
    ("US$", "USD"),
    ("CA$", "CAD"),
    ("C$", "CAD"),
    ("AU$", "AUD"),
    ("A$", "AUD"),
    ("NZ$", "NZD"),
    ("HK$", "HKD"),
    ("R$", "BRL"),
    ("$", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("₹", "INR"),
    ("₩", "KRW"),
    ("₺", "TRY"),
    ("₽", "RUB"),
    ("dollars", "USD"),
    ("dollar", "USD"),
    ("euros", "EUR"),
    ("euro", "EUR"),
];

/// Codes that are recognised in small letters too.
const CODES: [&str; 24] = [
    "USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD", "CNY", "INR", "BRL", "MXN", "SEK",
    "NOK", "DKK", "PLN", "CZK", "HUF", "SGD", "HKD", "KRW", "ZAR", "TRY", "ILS",
];

/// What is meant by `5$`, `€5`, `USD 5`, `$5 USD`, `5,000 EUR`, `$12.000,50`.
pub(super) fn meant(text: &str) -> Option<Meant> {
    let text = text.trim();
    if text.len() > 60 {
        return None;
    }
    let first = text.find(|letter: char| letter.is_ascii_digit())?;
    let last = text.rfind(|letter: char| letter.is_ascii_digit())? + 1;
    let before = text.get(..first)?.trim();
    let (before, point) = match before.strip_suffix('.') {
        Some(before) => (before.trim(), "."),
        None => (before, ""),
    };
    let after = text.get(last..)?.trim_start_matches(['.', ',']).trim();
    let currency = match (currency(before), currency(after)) {
        (Some(one), Some(other)) if one == other => one,
        (Some(one), None) if after.is_empty() => one,
        (None, Some(one)) if before.is_empty() => one,
        _ => return None,
    };
    let number = format!("{point}{}", text.get(first..last)?);
    let written = |whole: &str, fraction: &str| Meant::Amount(amount(whole, fraction, &currency));
    match read_number(&number)? {
        Number::Clear { whole, fraction } => Some(written(&whole, &fraction)),
        Number::Unclear { whole, fraction } => {
            let small = amount(&whole, &not_of_three(&fraction), &currency);
            let large = amount(&format!("{whole}{fraction}"), "", &currency);
            Some(Meant::Unclear(format!(
                "`{text}` may be `{small}` or `{large}`: a point stands before the cents, and commas stand after `$` only, between groups of three digits."
            )))
        }
    }
}

/// An amount as it is written here: after `$` in groups of three, otherwise before its code.
fn amount(whole: &str, fraction: &str, currency: &str) -> String {
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    if currency != "USD" {
        return format!("{whole}{point}{fraction} {currency}");
    }
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("${grouped}{point}{fraction}")
}

fn currency(written: &str) -> Option<String> {
    let code = written.to_ascii_uppercase();
    let capitals = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if capitals && (code == written || CODES.contains(&code.as_str())) {
        return Some(code);
    }
    SIGNS
        .iter()
        .find(|(sign, _)| sign.eq_ignore_ascii_case(written))
        .map(|(_, currency)| (*currency).to_owned())
}

enum Number {
    Clear { whole: String, fraction: String },
    Unclear { whole: String, fraction: String },
}

/// Digits with points and commas, in one of the ways in which people set them.
fn read_number(number: &str) -> Option<Number> {
    let clear = |whole: &str, fraction: &str| {
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        (digits(whole) && digits(fraction)).then(|| Number::Clear {
            whole: whole.to_owned(),
            fraction: fraction.to_owned(),
        })
    };
    let commas = number.matches(',').count();
    let points = number.matches('.').count();
    match (commas, points) {
        (0, 0) => clear(number, ""),
        (0, 1) => {
            let (whole, fraction) = number.split_once('.')?;
            // `10.000` is ten thousand where points stand between groups.
            if grouped(number, '.').is_some() && !whole.starts_with('0') {
                return Some(Number::Unclear {
                    whole: whole.to_owned(),
                    fraction: fraction.to_owned(),
                });
            }
            clear(whole, fraction)
        }
        // `1,234.50` and `1.234,50`: what comes last stands before the cents.
        (1.., 1) | (1, 1..) => {
            let (mark, point) = if number.rfind('.') > number.rfind(',') {
                (',', '.')
            } else {
                ('.', ',')
            };
            let (whole, fraction) = number.rsplit_once(point)?;
            clear(&grouped(whole, mark)?, fraction)
        }
        // `1.234.567` and `1,234,567`.
        (0, 2..) => clear(&grouped(number, '.')?, ""),
        (2.., 0) => clear(&grouped(number, ',')?, ""),
        (1, 0) => {
            let (whole, fraction) = number.split_once(',')?;
            if let Some(digits) = grouped(number, ',') {
                return clear(&digits, "");
            }
            (!whole.is_empty() && !fraction.is_empty()).then(|| Number::Unclear {
                whole: whole.to_owned(),
                fraction: fraction.to_owned(),
            })
        }
        _ => None,
    }
}

/// The same part of one, with so many digits that nobody takes them for a group of three.
fn not_of_three(fraction: &str) -> String {
    match fraction.strip_suffix('0') {
        Some(rest) if rest.len() == 2 => rest.to_owned(),
        _ if fraction.len() == 3 => format!("{fraction}0"),
        _ => fraction.to_owned(),
    }
}

/// The digits of groups of three.
fn grouped(number: &str, mark: char) -> Option<String> {
    let mut groups = number.split(mark);
    let first = groups.next()?;
    let well_formed =
        (1..=3).contains(&first.len()) && number.split(mark).skip(1).all(|group| group.len() == 3);
    well_formed.then(|| number.chars().filter(char::is_ascii_digit).collect())
}
