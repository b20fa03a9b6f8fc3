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

    /// Waits until the pause before a further attempt is over. A clock of tests may let it pass at once.
    async fn pause_until(&self, until: Timestamp) {
        self.sleep_until(until).await;
    }
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

/// A clock that stands still until it is moved, for tests of playbooks that wait. Only pauses before
/// further attempts pass by themselves.
#[derive(Debug)]
pub struct MovedClock(tokio::sync::watch::Sender<Timestamp>);

impl MovedClock {
    /// A clock that stands at an instant.
    #[must_use]
    pub fn at(instant: Timestamp) -> Self {
        Self(tokio::sync::watch::Sender::new(whole_microseconds(instant)))
    }

    /// Moves it forward to an instant; never back.
    pub fn move_to(&self, instant: Timestamp) {
        let instant = whole_microseconds(instant);
        self.0.send_if_modified(|now| {
            let later = instant > *now;
            *now = instant.max(*now);
            later
        });
    }
}

#[async_trait]
impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    async fn sleep_until(&self, until: Timestamp) {
        // The sender lives as long as this.
        let _ = self.0.subscribe().wait_for(|now| *now >= until).await;
    }

    async fn pause_until(&self, until: Timestamp) {
        // What can happen without waiting happens first.
        tokio::task::yield_now().await;
        self.move_to(until);
    }
}
