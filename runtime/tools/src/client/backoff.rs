//! How long to leave a server alone that keeps stopping.

use std::time::Duration;

use tokio::time::Instant;

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(30);

/// Counts the stops since the last answer. The first stop costs nothing, so that a single crash is
/// mended at once; from the second on the pause doubles.
#[derive(Clone, Debug, Default)]
pub(super) struct Backoff {
    stops: u32,
    until: Option<Instant>,
}

impl Backoff {
    /// The server stopped, or did not start.
    pub(super) fn stopped(&mut self, now: Instant) {
        self.stops = self.stops.saturating_add(1);
        self.until = (self.stops > 1).then(|| {
            let doublings = (self.stops - 2).min(16);
            now + (FIRST * 2_u32.pow(doublings)).min(LONGEST)
        });
    }

    /// The server answered.
    pub(super) fn answered(&mut self) {
        *self = Self::default();
    }

    /// How much longer it is left alone.
    pub(super) fn pause(&self, now: Instant) -> Option<Duration> {
        self.until
            .and_then(|until| until.checked_duration_since(now))
            .filter(|pause| !pause.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_stop_costs_nothing_and_the_pause_doubles_to_its_limit() {
        let now = Instant::now();
        let mut backoff = Backoff::default();
        assert_eq!(backoff.pause(now), None);
        let pauses: Vec<_> = (0..10)
            .map(|_| {
                backoff.stopped(now);
                backoff.pause(now).map_or(0, |pause| pause.as_millis())
            })
            .collect();
        assert_eq!(
            pauses,
            [
                0, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000
            ]
        );
        assert_eq!(backoff.pause(now + LONGEST), None);
        backoff.answered();
        assert_eq!(backoff.pause(now), None);
    }
}
