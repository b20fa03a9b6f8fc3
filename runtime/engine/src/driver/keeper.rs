//! What wakes runs that were put down: their timers, and what comes in.
//!
//! Kept true here: what came in is offered to every run that may wait for it, in the order in which it
//! came, until what it led to is durable; after a restart the rest is offered again.

use std::sync::{Arc, Weak};

use jiff::Timestamp;
use sophia_diagnostics::Problem;
use tokio::sync::watch;

use super::clock::Clock;
use super::engine::{Engine, Inner};
use super::live::Live;
use crate::journal::{ArrivalFilter, Cursor, Journal, RunId};

/// The most arrivals that are offered before it is remembered that they were.
const BATCH: u32 = 256;

/// How far arrivals were offered to the runs that wait; its instant is the number of the last one, in
/// microseconds.
const OFFERED: &str = "arrivals offered";

/// Takes runs up whose timer has rung, until the engine is gone.
pub(super) async fn ring(engine: Weak<Inner>, live: Arc<Live>, clock: Arc<dyn Clock>) {
    loop {
        let changed = live.shelf_changed.notified();
        let next = live.shelf().next();
        match next {
            Some(next) if next <= clock.now() => {}
            Some(next) => tokio::select! {
                () = changed => continue,
                () = clock.sleep_until(next) => {}
            },
            None => {
                changed.await;
                continue;
            }
        }
        let Some(engine) = Engine::upgrade(&engine) else {
            return;
        };
        let due = live.shelf().due(clock.now());
        for run in due {
            if let Err(problem) = engine.resume(&run).await {
                tracing::error!(%run, %problem, "a run that waited cannot go on");
                live.shelf().take(&run);
            }
        }
    }
}

/// Offers what comes in to the runs that wait for it, until the engine is gone.
pub(super) async fn offer(
    engine: Weak<Inner>,
    mut latest: watch::Receiver<u64>,
    offered: watch::Sender<u64>,
) {
    loop {
        {
            let Some(engine) = Engine::upgrade(&engine) else {
                return;
            };
            if let Err(problem) = engine.offer_all(&offered).await {
                tracing::error!(%problem, "what came in cannot be offered to the runs that wait");
            }
        }
        if latest.changed().await.is_err() {
            return;
        }
    }
}

/// How far arrivals had been offered when the program stopped.
pub(super) fn offered_before(journal: &dyn Journal) -> Result<u64, Problem> {
    let cursor = journal.cursor(OFFERED)?;
    let number = cursor.map(Timestamp::as_microsecond);
    Ok(number
        .and_then(|number| u64::try_from(number).ok())
        .unwrap_or(0))
}

impl Engine {
    async fn offer_all(&self, offered: &watch::Sender<u64>) -> Result<(), Problem> {
        loop {
            let after = *offered.borrow();
            let batch = self
                .arrivals(ArrivalFilter {
                    after,
                    limit: Some(BATCH),
                    ..ArrivalFilter::default()
                })
                .await?;
            let Some((_, last)) = batch.last() else {
                return Ok(());
            };
            let last = last.number;
            let mut reached: Vec<RunId> = Vec::new();
            for (environment, arrival) in &batch {
                let (told, shelved) = self.tell_live(environment, arrival);
                reached.extend(told);
                for run in shelved {
                    match self.resume(&run).await {
                        Ok(()) => reached.push(run),
                        Err(problem) => {
                            tracing::error!(%run, %problem, "a run that waited cannot go on");
                        }
                    }
                }
            }
            reached.sort();
            reached.dedup();
            for run in &reached {
                // One that has ended meanwhile has nothing more to take.
                let _ = self.catch_up(run).await;
            }
            let matters = !reached.is_empty() || batch.len() >= BATCH as usize;
            let instant = Timestamp::from_microsecond(i64::try_from(last).unwrap_or(i64::MAX));
            if let (true, true, Ok(instant)) = (matters, self.knows_all(), instant) {
                let trigger = OFFERED.into();
                self.means()
                    .journal
                    .pass(Cursor {
                        trigger,
                        instant,
                        rows: Vec::new(),
                    })
                    .await?;
            }
            offered.send_replace(last);
        }
    }
}
