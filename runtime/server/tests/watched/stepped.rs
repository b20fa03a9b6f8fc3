//! A clock that stands still until a test moves it.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sophia_triggers::Clock;
use tokio::sync::watch;

/// A clock that stands still until the test moves it, and counts how often somebody has begun to wait.
pub struct Stepped {
    now: watch::Sender<Timestamp>,
    waits: watch::Sender<u64>,
}

#[async_trait]
impl Clock for Stepped {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    async fn sleep_until(&self, instant: Timestamp) {
        self.waits.send_modify(|waits| *waits += 1);
        // The sender lives as long as this.
        let _ = self.now.subscribe().wait_for(|now| *now >= instant).await;
    }
}

impl Stepped {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            now: watch::Sender::new("2026-11-22T08:00:00Z".parse().unwrap()),
            waits: watch::Sender::new(0),
        })
    }

    /// How often somebody has begun to wait.
    pub fn waits(&self) -> u64 {
        *self.waits.borrow()
    }

    /// Waits until somebody has begun to wait so often.
    pub async fn waited(&self, times: u64) {
        let mut waits = self.waits.subscribe();
        waits.wait_for(|waits| *waits >= times).await.unwrap();
    }

    pub fn pass(&self, seconds: i64) {
        self.now
            .send_modify(|now| *now += SignedDuration::from_secs(seconds));
    }
}
