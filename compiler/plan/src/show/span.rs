//! Durations in words.

const UNITS: [(u64, &str); 5] = [
    (86_400_000, "day"),
    (3_600_000, "hour"),
    (60_000, "minute"),
    (1_000, "second"),
    (1, "millisecond"),
];

/// `2 hours 30 minutes`, `1 day`, `0 seconds`. A negative one has `-` in front.
#[must_use]
pub fn duration(milliseconds: i64) -> String {
    let mut rest = milliseconds.unsigned_abs();
    if rest == 0 {
        return "0 seconds".into();
    }
    let mut parts = Vec::new();
    for (length, unit) in UNITS {
        let count = rest / length;
        rest %= length;
        match count {
            0 => {}
            1 => parts.push(format!("1 {unit}")),
            many => parts.push(format!("{many} {unit}s")),
        }
    }
    let sign = if milliseconds < 0 { "-" } else { "" };
    format!("{sign}{}", parts.join(" "))
}
