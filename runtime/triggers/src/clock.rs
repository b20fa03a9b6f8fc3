//! Where the present comes from. Everything else in this room is told the time.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

/// A source of the present.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The present. It may jump, forwards and backwards.
    fn now(&self) -> Timestamp;

    /// Returns when the instant is there, or somewhat later. Dropping the future cancels it.
    async fn sleep_until(&self, instant: Timestamp);
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep_until(&self, instant: Timestamp) {
        let left = instant.duration_since(self.now());
        // An instant that has passed is no time away.
        let left = Duration::try_from(left).unwrap_or(Duration::ZERO);
        tokio::time::sleep(left).await;
    }
}
