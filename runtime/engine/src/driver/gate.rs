//! Where steps and runs wait for a place: the limiter with a clock, and with those who wait.
//!
//! Kept true here: a place is held by a [`Hold`] and by nothing else, so whatever ends a run or a step gives
//! its place back; what a rate let through is on the disk before it leaves, so a restart does not forget it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::Timestamp;
use sophia_diagnostics::Problem;
use tokio::sync::{Notify, oneshot};

use super::clock::Clock;
use super::progress::Wait;
use super::protocol::PlaceAsked;
use crate::journal::{Cursor, Journal, RunId};
use crate::limits::{Limiter, Limits, Place, Rate, Room, Ticket, UNLIMITED};

/// The largest window that is remembered across a restart, in calls.
const REMEMBERED: u32 = 10_000;

/// Gives places to the runs of one engine.
pub(super) struct Gate {
    limits: OnceLock<Limits>,
    within: Mutex<Within>,
    changed: Notify,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct Within {
    limiter: Limiter,
    waiting: HashMap<Ticket, Waiter>,
    /// By place: under which number the next call is remembered.
    slots: HashMap<Arc<str>, u32>,
}

struct Waiter {
    run: RunId,
    asked: PlaceAsked,
    served: oneshot::Sender<Timestamp>,
}

/// A place, or the wait for one. Dropping it gives it back.
pub(super) struct Hold {
    gate: Arc<Gate>,
    pub(super) ticket: Ticket,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.gate.change(|within| {
            if within.waiting.remove(&self.ticket).is_some() {
                within.limiter.withdraw(self.ticket);
            } else {
                within.limiter.release(self.ticket);
            }
        });
    }
}

impl Hold {
    /// Gives a place back with which nothing was done: it does not count for a rate.
    pub(super) fn give_back(self) {
        self.gate
            .change(|within| within.limiter.give_back(self.ticket));
    }

    /// Its turn passes it by from now on.
    pub(super) fn hold_back(&self) {
        self.gate
            .change(|within| within.limiter.hold_back(self.ticket));
    }

    /// It has its turn again.
    pub(super) fn let_on(&self) {
        self.gate
            .change(|within| within.limiter.let_on(self.ticket));
    }

    /// Why it waits; nothing where it does not.
    pub(super) fn wait(&self) -> Option<Wait> {
        let within = self.gate.within();
        let waiter = within.waiting.get(&self.ticket)?;
        Some(in_words(&within.limiter, self.ticket, &waiter.asked))
    }
}

impl Gate {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            limits: OnceLock::new(),
            within: Mutex::default(),
            changed: Notify::new(),
            clock,
        }
    }

    pub(super) fn limits(&self) -> &Limits {
        self.limits.get().unwrap_or(&UNLIMITED)
    }

    /// Takes the limits, and what began at places with a rate before the program was started. The first
    /// ones stay.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    pub(super) fn limit(&self, limits: Limits, journal: &dyn Journal) -> Result<(), Problem> {
        for (name, room) in &limits.places {
            let Some(rate) = room.rate.filter(|rate| rate.most <= REMEMBERED) else {
                continue;
            };
            let mut next: Option<(Option<Timestamp>, u32)> = None;
            for slot in 0..rate.most {
                let began = journal.cursor(&slot_name(name, slot))?;
                if let Some(at) = began {
                    let place = Place::At(name.clone());
                    self.within().limiter.began(place, *room, at);
                }
                if next.is_none_or(|(earliest, _)| began < earliest) {
                    next = Some((began, slot));
                }
            }
            if let Some((_, slot)) = next {
                self.within().slots.insert(name.clone(), slot);
            }
        }
        // Those who wait were let in under the first ones.
        let _ = self.limits.set(limits);
        Ok(())
    }

    fn within(&self) -> MutexGuard<'_, Within> {
        self.within.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for places from now on. The instant comes once they are there.
    pub(super) fn ask(
        self: &Arc<Self>,
        run: &RunId,
        asked: PlaceAsked,
    ) -> (Hold, oneshot::Receiver<Timestamp>) {
        let now = self.clock.now();
        let (served, receiver) = oneshot::channel();
        let mut within = self.within();
        let ticket = within.limiter.ask(
            asked.playbook.clone(),
            self.limits().priority(&asked.playbook),
            asked.places.clone(),
            now,
        );
        let run = run.clone();
        let waiter = Waiter { run, asked, served };
        within.waiting.insert(ticket, waiter);
        if within.limiter.is_open(ticket, now) {
            within.serve(now);
        }
        drop(within);
        self.changed.notify_one();
        let gate = self.clone();
        (Hold { gate, ticket }, receiver)
    }

    /// What was let through by a rate is remembered on the disk.
    pub(super) async fn remember(
        &self,
        journal: &dyn Journal,
        rated: &[(Arc<str>, Rate)],
        at: Timestamp,
    ) -> Result<(), Problem> {
        for (name, rate) in rated {
            if rate.most > REMEMBERED || rate.most == 0 {
                continue;
            }
            let slot = {
                let mut within = self.within();
                let next = within.slots.entry(name.clone()).or_default();
                let slot = *next % rate.most;
                *next = (slot + 1) % rate.most;
                slot
            };
            let trigger = slot_name(name, slot).into();
            let instant = at;
            let rows = Vec::new();
            journal
                .pass(Cursor {
                    trigger,
                    instant,
                    rows,
                })
                .await?;
        }
        Ok(())
    }

    /// What a run waits for here.
    pub(super) fn waits(&self, run: &RunId) -> Vec<Wait> {
        let within = self.within();
        let mut tickets: Vec<(&Ticket, &Waiter)> = (within.waiting.iter())
            .filter(|(_, waiter)| waiter.run == *run)
            .collect();
        tickets.sort_by_key(|(ticket, _)| **ticket);
        tickets
            .into_iter()
            .map(|(ticket, waiter)| in_words(&within.limiter, *ticket, &waiter.asked))
            .collect()
    }

    fn change(&self, change: impl FnOnce(&mut Within)) {
        let now = self.clock.now();
        let mut within = self.within();
        change(&mut within);
        within.serve(now);
        drop(within);
        self.changed.notify_one();
    }

    /// Serves those for whom a rate opens, as long as the engine lives.
    pub(super) async fn open_in_time(self: Arc<Self>) {
        loop {
            let changed = self.changed.notified();
            let next = self.within().limiter.next();
            match next {
                None => changed.await,
                Some(next) => tokio::select! {
                    () = changed => {}
                    () = self.clock.sleep_until(next) => {
                        let now = self.clock.now();
                        self.within().serve(now);
                    }
                },
            }
        }
    }
}

impl Within {
    fn serve(&mut self, now: Timestamp) {
        for ticket in self.limiter.serve(now) {
            if let Some(waiter) = self.waiting.remove(&ticket) {
                // One that is gone gives the place back when its hold is dropped.
                let _ = waiter.served.send(now);
            }
        }
    }
}

/// The places of a wish that have a rate, by name.
pub(super) fn rated(places: &[(Place, Room)]) -> Vec<(Arc<str>, Rate)> {
    let rated = places.iter().filter_map(|(place, room)| match place {
        Place::At(name) => Some((name.clone(), room.rate?)),
        _ => None,
    });
    rated.collect()
}

fn slot_name(place: &str, slot: u32) -> String {
    format!("rate of {place} / {slot}")
}

fn in_words(limiter: &Limiter, ticket: Ticket, asked: &PlaceAsked) -> Wait {
    let reason = limiter
        .reason(ticket)
        .map_or_else(|| "waits for its turn".to_owned(), |why| why.to_string());
    let whose = if asked.key.is_empty() {
        "The run".to_owned()
    } else {
        format!("`{}` (line {})", asked.label, asked.line)
    };
    Wait {
        key: asked.key.clone(),
        label: asked.label.clone(),
        line: asked.line,
        reason: format!("{whose} {reason}."),
        for_a_person: false,
        until: None,
    }
}
