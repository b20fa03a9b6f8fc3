//! Events that playbooks tell each other become runs.
//!
//! Kept true here: what came in is taken in its order; how far a trigger is stands in the very record that
//! begins a run, so an event starts one run of each playbook, across restarts; a trigger that is new
//! begins with what comes in from then on.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Span, Timestamp};
use sophia_diagnostics::Problem;
use sophia_engine::{Arrival, ArrivalFilter, Arrives, Cursor, Delivery};
use sophia_plan::{Plan, Type, convert};

use super::means::{Brings, Means};
use super::{Happening, waits_for_room};

/// When it is tried again where the store cannot be read or written.
const AGAIN: SignedDuration = SignedDuration::from_secs(1);

/// The most events that are read at once.
const BATCH: u32 = 256;

/// One trigger on an event.
pub(super) struct EventTrigger {
    pub(super) plan: Arc<Plan>,
    pub(super) place: usize,
    pub(super) event: Arc<str>,
    pub(super) of: Type,
}

/// Where events become runs.
pub(super) struct Events(pub(super) Means);

impl EventTrigger {
    /// Under which how far it is stands in the store.
    fn name(&self, environment: &str) -> Arc<str> {
        format!("{environment}/{}/event {}", self.plan.playbook, self.event).into()
    }
}

impl Events {
    /// Takes what comes in, again and again. Without triggers it is done at once.
    pub(super) async fn watch(self, triggers: Vec<EventTrigger>) {
        if triggers.is_empty() {
            return;
        }
        let mut latest = self.0.engine.latest_arrival();
        let since = *latest.borrow_and_update();
        loop {
            let mut whole = true;
            for trigger in &triggers {
                if let Err(problem) = self.take(trigger, since).await {
                    whole = false;
                    if !waits_for_room(&problem) {
                        (self.0.listener)(Happening::Trouble { problem });
                    }
                }
            }
            if whole {
                if latest.changed().await.is_err() {
                    return;
                }
            } else {
                let next = self.0.clock.now().checked_add(AGAIN);
                self.0
                    .clock
                    .sleep_until(next.unwrap_or(Timestamp::MAX))
                    .await;
            }
        }
    }

    /// Takes everything that has come in for one trigger. One without a place begins with what came in
    /// since.
    async fn take(&self, trigger: &EventTrigger, since: u64) -> Result<(), Problem> {
        let name = trigger.name(&self.0.environment.name);
        let mut after = if let Some(instant) = self.0.engine.trigger_cursor(&name).await? {
            u64::try_from(instant.as_microsecond()).unwrap_or(0)
        } else {
            self.0
                .engine
                .move_trigger_cursor(&name, as_instant(since))
                .await?;
            since
        };
        loop {
            let filter = ArrivalFilter {
                environment: Some(self.0.environment.name.clone()),
                events: BTreeSet::from([trigger.event.clone()]),
                after,
                since: None,
                limit: Some(BATCH),
            };
            let batch = self.0.engine.arrivals(filter).await?;
            let Some((_, last)) = batch.last() else {
                return Ok(());
            };
            after = last.number;
            for (_, arrival) in batch {
                self.start(trigger, &name, arrival).await?;
            }
        }
    }

    async fn start(
        &self,
        trigger: &EventTrigger,
        name: &Arc<str>,
        arrival: Arrival,
    ) -> Result<(), Problem> {
        let cursor = Cursor {
            trigger: name.clone(),
            instant: as_instant(arrival.number),
            rows: Vec::new(),
        };
        let value = match convert(&arrival.value, &trigger.of) {
            Ok(value) => value,
            Err(problem) => {
                (self.0.listener)(Happening::Refused {
                    event: trigger.event.clone(),
                    reason: problem.message,
                });
                return self
                    .0
                    .engine
                    .move_trigger_cursor(name, cursor.instant)
                    .await;
            }
        };
        // What came in before a run began does not end its waits.
        let behind = arrival.at.saturating_add(Span::new().microseconds(1));
        let at = self.0.clock.now().max(behind.unwrap_or(arrival.at));
        let delivery = Delivery {
            key: format!("{name} / {} / {}", trigger.place, arrival.number).into(),
            cursor: Some(cursor),
        };
        let brings = Brings {
            plan: &trigger.plan,
            place: trigger.place,
            value,
            arrives: Arrives::Before {
                number: arrival.number,
            },
        };
        self.0
            .start(brings, delivery, at, trigger.event.clone())
            .await
    }
}

/// The place of an arrival as a cursor keeps it: its number in microseconds.
fn as_instant(number: u64) -> Timestamp {
    let microseconds = i64::try_from(number).unwrap_or(i64::MAX);
    Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::MAX)
}
