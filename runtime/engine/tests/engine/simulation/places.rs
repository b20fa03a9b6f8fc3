//! The limiter in a simulation: who holds a place, and that none is leaked.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sophia_engine::RunId;
use sophia_engine::driver::PlaceAsked;
use sophia_engine::limits::{Limiter, Limits, PlaybookLimits, Rate, Room, Ticket};

use super::dice::Dice;

/// The places of all runs of one simulation.
pub struct Places {
    pub limits: Limits,
    limiter: Limiter,
    /// By run and step.
    tickets: BTreeMap<(RunId, Arc<str>), (Ticket, u32)>,
}

impl Places {
    /// Half of the simulations have limits.
    pub fn random(dice: &mut Dice) -> Self {
        let mut limits = Limits::default();
        if dice.chance(50) {
            let room = Room {
                at_once: dice.one_of(&[None, Some(1), Some(2)]),
                rate: dice.one_of(&[None, Some(3)]).map(|most| Rate {
                    most,
                    within: SignedDuration::from_millis(5),
                }),
            };
            limits.places.insert("ledger".into(), room);
            limits.steps_at_once = dice.one_of(&[None, Some(2)]);
            let runs = PlaybookLimits {
                at_once: dice.one_of(&[None, Some(1)]),
                ..PlaybookLimits::default()
            };
            limits.playbooks.insert("random".into(), runs);
        }
        Self {
            limits,
            limiter: Limiter::default(),
            tickets: BTreeMap::new(),
        }
    }

    pub fn ask(&mut self, run: &RunId, asked: PlaceAsked, now: Timestamp) {
        let priority = self.limits.priority(&asked.playbook);
        let ticket = (self.limiter).ask(asked.playbook, priority, asked.places, now);
        let before = self
            .tickets
            .insert((run.clone(), asked.key.clone()), (ticket, asked.attempt));
        assert_eq!(before, None, "{run} asks twice for {:?}", asked.key);
    }

    pub fn leave(&mut self, run: &RunId, key: &Arc<str>) {
        if let Some((ticket, _)) = self.tickets.remove(&(run.clone(), key.clone())) {
            self.limiter.release(ticket);
            self.limiter.withdraw(ticket);
        }
    }

    /// Those whose places have come.
    pub fn served(&mut self, now: Timestamp) -> Vec<(RunId, Arc<str>, u32)> {
        let served = self.limiter.serve(now);
        let of = |ticket: Ticket| {
            let (place, (_, attempt)) = (self.tickets.iter())
                .find(|(_, (of, _))| *of == ticket)
                .expect("whoever is served still waits");
            (place.0.clone(), place.1.clone(), *attempt)
        };
        served.into_iter().map(of).collect()
    }

    /// When a rate opens.
    pub fn next(&self) -> Option<Timestamp> {
        self.limiter.next()
    }

    /// What was in memory is gone.
    pub fn crash(&mut self) {
        self.limiter = Limiter::default();
        self.tickets.clear();
    }

    /// Every place that is held is held by a step that is under way, or by a run that is.
    pub fn check(&self, is_under_way: impl Fn(&RunId, &str, u32) -> bool) {
        let held: Vec<Ticket> = self.limiter.leases().collect();
        for ticket in held {
            let holder = (self.tickets.iter()).find(|(_, (of, _))| *of == ticket);
            let Some(((run, key), (_, attempt))) = holder else {
                panic!("{ticket:?} is held by nobody");
            };
            assert!(
                is_under_way(run, key, *attempt),
                "{run} holds a place for {key:?}, which is not under way"
            );
        }
    }
}
