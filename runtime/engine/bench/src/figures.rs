//! What a measurement gives: times of single runs, and how many ended in a second.

use std::time::Duration;

use serde::Serialize;

/// One line of the output.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    /// Who was measured.
    pub(crate) engine: &'static str,
    /// What.
    pub(crate) question: String,
    /// How many were in flight at once.
    pub(crate) in_flight: usize,
    /// How many ended in a second.
    pub(crate) per_second: f64,
    /// Half of them took no longer, in milliseconds.
    pub(crate) median_ms: f64,
    /// 99 of 100 took no longer, in milliseconds.
    pub(crate) p99_ms: f64,
    /// Processor time of this process for each, in milliseconds.
    pub(crate) processor_ms: f64,
    /// How often the disk was waited for, for each.
    pub(crate) syncs: f64,
}

impl Figure {
    /// Prints it as a line of JSON.
    pub(crate) fn print(&self) {
        match serde_json::to_string(self) {
            Ok(line) => println!("{line}"),
            Err(error) => eprintln!("{error}"),
        }
    }
}

/// The median and the 99th percentile, in milliseconds.
pub(crate) fn percentiles(times: &mut [Duration]) -> (f64, f64) {
    times.sort_unstable();
    let at = |share: usize| {
        let place = (times.len() * share / 100).min(times.len().saturating_sub(1));
        times
            .get(place)
            .map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    (at(50), at(99))
}

/// Processor time of this process so far, user and system, in seconds.
pub(crate) fn processor_seconds() -> f64 {
    /// Ticks of a second in `/proc`, fixed on Linux.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in brackets may hold blanks; what follows it does not.
    let fields: Vec<f64> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .map(|field| field.parse().unwrap_or(0.0))
        .collect();
    let ticks = fields.get(11).unwrap_or(&0.0) + fields.get(12).unwrap_or(&0.0);
    ticks / TICKS
}
