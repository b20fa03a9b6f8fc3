//! What is handed over, by whom, and to whom.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sophia_diagnostics::Problem;
use sophia_phrases::Schedule;

/// A schedule of one playbook.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledTrigger {
    /// The playbook's name, the trigger's place in it and its phrase. A changed phrase is another
    /// trigger, so it begins without a past.
    pub id: Arc<str>,
    /// When it fires.
    pub schedule: Schedule,
    /// The zone of its local times, where the schedule names none.
    pub zone: TimeZone,
}

impl ScheduledTrigger {
    /// A trigger by its playbook, its place among the playbook's triggers and its schedule.
    #[must_use]
    pub fn new(playbook: &str, index: usize, schedule: Schedule, zone: TimeZone) -> Self {
        Self {
            id: format!("{playbook}/{index}/{schedule}").into(),
            schedule,
            zone,
        }
    }
}

/// A request to start a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The trigger's id.
    pub trigger: Arc<str>,
    /// The same for every attempt to hand over this instant of this trigger; different for every
    /// other.
    pub key: Arc<str>,
    /// The instant of the schedule.
    pub instant: Timestamp,
    /// Whether it makes up for something missed while nothing ran.
    pub caught_up: bool,
}

impl Delivery {
    /// The delivery of one instant of a trigger.
    #[must_use]
    pub fn new(trigger: &Arc<str>, instant: Timestamp, caught_up: bool) -> Self {
        Self {
            trigger: Arc::clone(trigger),
            key: format!("{trigger}@{instant}").into(),
            instant,
            caught_up,
        }
    }
}

/// Where runs begin and cursors are kept.
///
/// A trigger's cursor is the instant up to which nothing is left to do. It is only ever moved
/// forward.
#[async_trait]
pub trait Sink: Send + Sync {
    /// The cursor of a trigger; `None` for one never seen.
    ///
    /// # Errors
    /// The store does not answer; the question is asked again later.
    async fn cursor(&self, trigger: &str) -> Result<Option<Timestamp>, Problem>;

    /// The cursors of several triggers, in their order.
    ///
    /// # Errors
    /// As [`Sink::cursor`].
    async fn cursors(&self, triggers: &[Arc<str>]) -> Result<Vec<Option<Timestamp>>, Problem> {
        let mut cursors = Vec::with_capacity(triggers.len());
        for trigger in triggers {
            cursors.push(self.cursor(trigger).await?);
        }
        Ok(cursors)
    }

    /// Starts a run and moves the trigger's cursor to the delivery's instant, both in one
    /// transaction. A key that is already there starts nothing and succeeds: after an error it is
    /// handed over again.
    ///
    /// # Errors
    /// The run is not stored; it is handed over again later.
    async fn fire(&self, delivery: Delivery) -> Result<(), Problem>;

    /// Moves a trigger's cursor without a run: at its first sight, and past instants that are let
    /// go.
    ///
    /// # Errors
    /// The cursor is not stored; it is moved again later.
    async fn pass(&self, trigger: &str, cursor: Timestamp) -> Result<(), Problem>;
}
