//! A clock for tests: whoever sleeps moves it, so a year passes as fast as it can be computed.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::Clock;

/// A clock that jumps to the instant a sleeper waits for, until its end is reached.
///
/// Meant for one sleeper: with several, the one that sleeps longest would drag the others along.
#[derive(Debug)]
pub struct SimulatedClock {
    state: Mutex<State>,
    end: Timestamp,
    ended: Notify,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    /// (when the clock shows this, it is set to that), the next one last.
    jumps: Vec<(Timestamp, Timestamp)>,
}

impl SimulatedClock {
    /// A clock that goes from one instant to another.
    #[must_use]
    pub fn new(start: Timestamp, end: Timestamp) -> Self {
        Self {
            state: Mutex::new(State {
                now: start,
                jumps: Vec::new(),
            }),
            end,
            ended: Notify::new(),
        }
    }

    /// Has somebody set the clock: when it shows `at`, it shows `to` instead. Jumps happen in the
    /// order in which they were asked for.
    #[must_use]
    pub fn with_jump(self, at: Timestamp, to: Timestamp) -> Self {
        self.state().jumps.insert(0, (at, to));
        self
    }

    /// Returns when a sleeper waits for an instant after the end.
    pub async fn ended(&self) {
        self.ended.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves to the instant, or says that it lies after the end.
    fn advance(&self, instant: Timestamp) -> bool {
        let mut state = self.state();
        if let Some((at, to)) = state.jumps.last().copied()
            && at <= instant
        {
            state.jumps.pop();
            state.now = to;
            return true;
        }
        if instant > self.end {
            return false;
        }
        state.now = state.now.max(instant);
        true
    }
}

#[async_trait]
impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        self.state().now
    }

    async fn sleep_until(&self, instant: Timestamp) {
        if self.advance(instant) {
            tokio::task::yield_now().await;
        } else {
            self.ended.notify_one();
            std::future::pending::<()>().await;
        }
    }
}
