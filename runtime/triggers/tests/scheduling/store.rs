//! A store in memory that can refuse.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use sophia_triggers::{Clock, Delivery, ScheduledTrigger, SimulatedClock, Sink, run_schedules};

use crate::support::instant;

#[derive(Default)]
pub struct Store {
    pub runs: Mutex<Vec<Delivery>>,
    pub cursors: Mutex<HashMap<String, Timestamp>>,
    keys: Mutex<HashSet<Arc<str>>>,
    refusals: Mutex<Refusals>,
}

#[derive(Clone, Copy, Default)]
pub struct Refusals {
    /// How many calls are refused before anything is stored.
    pub before: u32,
    /// How many runs are stored and reported as refused all the same.
    pub after: u32,
}

impl Store {
    pub fn refusing(refusals: Refusals) -> Self {
        Self {
            refusals: Mutex::new(refusals),
            ..Self::default()
        }
    }

    pub fn with_cursor(trigger: &ScheduledTrigger, cursor: &str) -> Self {
        let store = Self::default();
        store
            .cursors
            .lock()
            .expect("a lock")
            .insert(trigger.id.to_string(), instant(cursor));
        store
    }

    pub fn instants(&self) -> Vec<String> {
        let runs = self.runs.lock().expect("a lock");
        runs.iter().map(|run| run.instant.to_string()).collect()
    }

    fn refuse(&self, which: impl Fn(&mut Refusals) -> &mut u32) -> Result<(), Problem> {
        let mut refusals = self.refusals.lock().expect("a lock");
        let left = which(&mut refusals);
        if *left == 0 {
            return Ok(());
        }
        *left -= 1;
        Err(Problem::new(codes::S990, "The store is full."))
    }
}

#[async_trait]
impl Sink for Store {
    async fn cursor(&self, trigger: &str) -> Result<Option<Timestamp>, Problem> {
        self.refuse(|refusals| &mut refusals.before)?;
        Ok(self.cursors.lock().expect("a lock").get(trigger).copied())
    }

    async fn fire(&self, delivery: Delivery) -> Result<(), Problem> {
        self.refuse(|refusals| &mut refusals.before)?;
        if self
            .keys
            .lock()
            .expect("a lock")
            .insert(delivery.key.clone())
        {
            self.runs.lock().expect("a lock").push(delivery.clone());
        }
        let before = self
            .cursors
            .lock()
            .expect("a lock")
            .insert(delivery.trigger.to_string(), delivery.instant);
        assert!(
            before.is_none_or(|before| before <= delivery.instant),
            "cursors move forward"
        );
        self.refuse(|refusals| &mut refusals.after)
    }

    async fn pass(&self, trigger: &str, cursor: Timestamp) -> Result<(), Problem> {
        self.refuse(|refusals| &mut refusals.before)?;
        let before = self
            .cursors
            .lock()
            .expect("a lock")
            .insert(trigger.to_owned(), cursor);
        assert!(
            before.is_none_or(|before| before <= cursor),
            "cursors move forward"
        );
        Ok(())
    }
}

/// Runs the schedules from one instant to another.
pub async fn run(triggers: &[ScheduledTrigger], store: &Arc<Store>, from: &str, to: &str) {
    run_with(
        triggers,
        store,
        SimulatedClock::new(instant(from), instant(to)),
    )
    .await;
}

/// Runs the schedules until the clock ends.
pub async fn run_with(triggers: &[ScheduledTrigger], store: &Arc<Store>, clock: SimulatedClock) {
    let clock = Arc::new(clock);
    tokio::select! {
        () = run_schedules(
            triggers.to_vec(),
            Arc::clone(&clock) as Arc<dyn Clock>,
            Arc::clone(store) as Arc<dyn Sink>,
        ) => {}
        () = clock.ended() => {}
    }
}
