//! Numbers, times and counts as people read them.

use std::time::Duration;

pub(crate) use sophia_server::sheet::grouped;

/// `1 row`, `7,043 rows`.
pub(crate) fn counted(number: u64, singular: &str, plural: &str) -> String {
    format!(
        "{} {}",
        grouped(number),
        if number == 1 { singular } else { plural }
    )
}

/// `38 ms`, `1.9 s`, `2 min 10 s`, `3 h 5 min`.
pub(crate) fn duration(of: Duration) -> String {
    let millis = of.as_millis();
    let seconds = of.as_secs();
    match millis {
        0 => "under 1 ms".to_owned(),
        1..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{:.1} s", of.as_secs_f64()),
        60_000..3_600_000 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// `512 bytes`, `1.2 MB`.
pub(crate) fn bytes(of: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if of < 1_000 {
        return counted(of, "byte", "bytes");
    }
    let (mut tenths, mut unit) = (of / 100, 0);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1_000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// An instant in the zone of this machine: `22 Nov 2026 08:00`.
pub(crate) fn instant(at: jiff::Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system())
        .strftime("%-d %b %Y %H:%M")
        .to_string()
}
