//! How long 100,000 schedules take to load, and how late they fire while many are due.
//!
//! `cargo run --release --workspace --example schedule_speed`

#![allow(clippy::print_stdout, reason = "a benchmark tells its figures")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sophia_diagnostics::Problem;
use sophia_phrases::schedule;
use sophia_triggers::{Clock, Delivery, ScheduledTrigger, Sink, SystemClock, run_schedules};

const SCHEDULES: usize = 100_000;

/// Of these schedules so many fire each second, the others at set times of a day.
const EACH_SECOND: usize = 500;

const SECONDS: i64 = 20;

struct Store {
    asked: AtomicUsize,
    loaded: Mutex<Option<Instant>>,
    late: Mutex<Vec<SignedDuration>>,
    began: Timestamp,
}

#[async_trait]
impl Sink for Store {
    async fn cursor(&self, _: &str) -> Result<Option<Timestamp>, Problem> {
        if self.asked.fetch_add(1, Ordering::Relaxed) + 1 == SCHEDULES {
            *self.loaded.lock().expect("a lock") = Some(Instant::now());
        }
        Ok(Some(self.began))
    }

    async fn fire(&self, delivery: Delivery) -> Result<(), Problem> {
        let late = Timestamp::now().duration_since(delivery.instant);
        self.late.lock().expect("a lock").push(late);
        Ok(())
    }

    async fn pass(&self, _: &str, _: Timestamp) -> Result<(), Problem> {
        Ok(())
    }
}

#[tokio::main]
async fn main() {
    let reading = Instant::now();
    let triggers: Vec<ScheduledTrigger> = (0..SCHEDULES)
        .map(|number| {
            let phrase = if number < EACH_SECOND {
                "every 1 second".to_owned()
            } else {
                format!(
                    "every weekday at {:02}:{:02} in \"America/Chicago\"",
                    number % 24,
                    number % 60
                )
            };
            let schedule = schedule(&phrase).expect("a schedule");
            ScheduledTrigger::new(&format!("playbook {number}"), 0, schedule, TimeZone::UTC)
        })
        .collect();
    println!("reading {SCHEDULES} phrases: {:?}", reading.elapsed());
    let store = Arc::new(Store {
        asked: AtomicUsize::new(0),
        loaded: Mutex::default(),
        late: Mutex::default(),
        began: Timestamp::now(),
    });
    let clock = Arc::new(SystemClock);
    let began = Instant::now();
    let end = clock.now() + SignedDuration::from_secs(SECONDS);
    tokio::select! {
        () = run_schedules(triggers, clock.clone(), store.clone()) => {}
        () = clock.sleep_until(end) => {}
    }
    let loaded = store
        .loaded
        .lock()
        .expect("a lock")
        .expect("all were asked for");
    println!("loading them: {:?}", loaded.duration_since(began));
    let mut late = store.late.lock().expect("a lock").clone();
    late.sort();
    let at = |share: usize| late[(late.len() - 1) * share / 100];
    println!(
        "{} firings, {EACH_SECOND} a second: median {:?}, p99 {:?}, latest {:?}",
        late.len(),
        at(50),
        at(99),
        at(100)
    );
}
