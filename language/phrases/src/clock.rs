//! Times of day as they are written elsewhere: `8am`, `8:30 pm`, `8:00`, `20.30`, `noon`.

/// The time that is meant, as it is written here: `08:00`. `None` where that is not certain.
pub(crate) fn meant(written: &str) -> Option<String> {
    if written.len() > 20 {
        return None;
    }
    let lower: String = written
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    match lower.as_str() {
        "noon" | "midday" => return Some("12:00".to_owned()),
        "midnight" => return Some("00:00".to_owned()),
        _ => {}
    }
    let (digits, half) = half_of_day(&lower);
    let digits = digits.strip_suffix("o'clock").unwrap_or(digits);
    let digits = digits.strip_suffix('h').unwrap_or(digits);
    let (hour, minute) = split(digits)?;
    let hour = match half {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(Half::Morning) => hour % 12,
        Some(Half::Evening) => hour % 12 + 12,
    };
    (hour < 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
}

enum Half {
    Morning,
    Evening,
}

fn half_of_day(written: &str) -> (&str, Option<Half>) {
    for (ending, half) in [
        ("am", Half::Morning),
        ("a.m.", Half::Morning),
        ("pm", Half::Evening),
        ("p.m.", Half::Evening),
    ] {
        if let Some(digits) = written.strip_suffix(ending) {
            return (digits, Some(half));
        }
    }
    (written, None)
}

/// The hour and the minute of `8`, `8:30`, `8.30`, `8h30`, `0830` and `08:30:00`.
fn split(digits: &str) -> Option<(u8, u8)> {
    let mut parts = digits.split([':', '.', 'h']);
    let hour = parts.next()?;
    let minute = parts.next();
    let seconds = parts.next();
    if parts.next().is_some() || seconds.is_some_and(|seconds| seconds != "00") {
        return None;
    }
    let (hour, minute) = match minute {
        None if hour.len() == 4 => hour.split_at_checked(2)?,
        None => (hour, "00"),
        Some(minute) => (hour, minute),
    };
    let number = |digits: &str| {
        let well_formed =
            (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        well_formed.then(|| digits.parse().ok()).flatten()
    };
    (minute.len() == 2)
        .then(|| Some((number(hour)?, number(minute)?)))
        .flatten()
}

/// Whether a word says which half of the day a time before it belongs to.
pub(crate) fn is_half_of_day(word: &str) -> bool {
    matches!(
        word.to_ascii_lowercase().as_str(),
        "am" | "pm" | "a.m." | "p.m." | "o'clock"
    )
}
