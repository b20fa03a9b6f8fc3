//! What comes in from outside, and how far each trigger is.
//!
//! Kept true here: the same key is taken in once in each environment; a trigger is never moved back.

use std::sync::Arc;

use jiff::Timestamp;
use sophia_diagnostics::Problem;
use tokio::sync::watch;

use super::clock::whole_microseconds;
use super::engine::{Engine, blocking};
use super::mailbox::Message;
use crate::journal::{ArrivalFilter, Arrived, Cursor, KeyedRow, NewArrival, RunId};
use crate::kernel::Arrival;

impl Engine {
    /// Takes something in that came from outside; the same key once. Durable when this returns; runs that
    /// wait for it take it then.
    ///
    /// # Errors
    /// S962 when the store cannot be written.
    pub async fn deliver(&self, arrival: NewArrival) -> Result<Arrived, Problem> {
        let arrival = NewArrival {
            key: in_environment(&arrival.environment, &arrival.key),
            at: whole_microseconds(arrival.at),
            ..arrival
        };
        self.inner.means.journal.arrive(arrival).await
    }

    /// What came in, each with its environment, in the order of their numbers.
    ///
    /// # Errors
    /// S961 when the store cannot be read; S968 when what it holds cannot.
    pub async fn arrivals(
        &self,
        filter: ArrivalFilter,
    ) -> Result<Vec<(Arc<str>, Arrival)>, Problem> {
        let journal = self.inner.means.journal.clone();
        blocking(move || journal.arrivals(&filter)).await
    }

    /// The number of the latest arrival that is durable, whenever that changes: for triggers, which keep
    /// how far they are and look up the rest with [`Engine::arrivals`].
    #[must_use]
    pub fn latest_arrival(&self) -> watch::Receiver<u64> {
        self.inner.means.journal.latest_arrival()
    }

    /// Forgets what came in before an instant, unless an unfinished run may still take it.
    ///
    /// # Errors
    /// S962 when the store cannot be written.
    pub async fn forget_arrivals(&self, before: Timestamp) -> Result<(), Problem> {
        self.inner.means.journal.forget_arrivals(before).await
    }

    /// Tells the runs under way what came in. Those that were told, and those that were put down.
    pub(super) fn tell_live(
        &self,
        environment: &Arc<str>,
        arrival: &Arrival,
    ) -> (Vec<RunId>, Vec<RunId>) {
        let live = self.inner.live.runs();
        let mut told = Vec::new();
        for (run, handle) in &live.1 {
            if handle.environment == *environment
                && handle.layout.events().contains(&arrival.event)
                && handle
                    .mailbox
                    .send(Box::new(Message::Arrived(arrival.clone())))
                    .is_ok()
            {
                told.push(run.clone());
            }
        }
        let put_down = self.inner.live.shelf().listening(environment, arrival);
        (told, put_down)
    }

    /// How far a trigger is.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    pub async fn trigger_cursor(&self, trigger: &str) -> Result<Option<Timestamp>, Problem> {
        let (journal, trigger) = (self.inner.means.journal.clone(), trigger.to_owned());
        blocking(move || journal.cursor(&trigger)).await
    }

    /// How far several triggers are, in their order.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    pub async fn trigger_cursors(
        &self,
        triggers: Vec<Arc<str>>,
    ) -> Result<Vec<Option<Timestamp>>, Problem> {
        let journal = self.inner.means.journal.clone();
        blocking(move || journal.cursors(&triggers)).await
    }

    /// Moves a trigger forward without a run. It is never moved back. Durable when this returns.
    ///
    /// # Errors
    /// S962 when the store cannot be written.
    pub async fn move_trigger_cursor(
        &self,
        trigger: &str,
        instant: Timestamp,
    ) -> Result<(), Problem> {
        let cursor = Cursor {
            trigger: trigger.into(),
            instant,
            rows: Vec::new(),
        };
        self.pass(cursor).await
    }

    /// Moves a trigger forward without a run, with what it has seen. Durable when this returns.
    ///
    /// # Errors
    /// S962 when the store cannot be written.
    pub async fn pass(&self, cursor: Cursor) -> Result<(), Problem> {
        self.inner.means.journal.pass(cursor).await
    }

    /// What a trigger on changes has seen of its table: all of it, or the row with a key. Each row with its
    /// key.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    pub async fn seen(
        &self,
        trigger: &str,
        key: Option<Vec<u8>>,
    ) -> Result<Vec<KeyedRow>, Problem> {
        let (journal, trigger) = (self.inner.means.journal.clone(), trigger.to_owned());
        blocking(move || journal.seen(&trigger, key.as_deref())).await
    }
}

/// One key may come in several environments.
pub(super) fn in_environment(environment: &str, key: &str) -> Arc<str> {
    format!("{environment} / {key}").into()
}
