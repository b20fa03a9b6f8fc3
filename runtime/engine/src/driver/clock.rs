//! Where "now" comes from, and how long something waits.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

/// A clock. It never runs backwards by more than the system's does.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// The instant, in whole microseconds.
    fn now(&self) -> Timestamp;

    /// Waits until an instant; returns at once when it is over. Dropping the future ends the waiting.
    async fn sleep_until(&self, until: Timestamp);
}

/// An instant in whole microseconds, as a journal keeps it.
#[must_use]
pub fn whole_microseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        whole_microseconds(Timestamp::now())
    }

    async fn sleep_until(&self, until: Timestamp) {
        /// The system's clock may be set while something waits; so it is looked at again.
        const LOOK: Duration = Duration::from_secs(30);
        loop {
            match Duration::try_from(until.duration_since(self.now())) {
                Ok(left) if !left.is_zero() => tokio::time::sleep(left.min(LOOK)).await,
                _ => return,
            }
        }
    }
}

/// A clock that stands still, and jumps when something waits: for tests of playbooks, where a retry over
/// ten minutes must not take ten minutes.
#[derive(Debug)]
pub struct SkippingClock(Mutex<Timestamp>);

impl SkippingClock {
    /// A clock that stands at an instant.
    #[must_use]
    pub fn at(instant: Timestamp) -> Self {
        Self(Mutex::new(whole_microseconds(instant)))
    }
}

#[async_trait]
impl Clock for SkippingClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn sleep_until(&self, until: Timestamp) {
        // What can happen without waiting happens first.
        tokio::task::yield_now().await;
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = until.max(*now);
    }
}
