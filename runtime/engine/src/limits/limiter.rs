//! Who has a place, who waits for one, and who is next.
//!
//! Kept true here: of a place no more leases live than it has room for; of those who wait nobody passes
//! another of the same queue; whoever is served had room everywhere at that instant.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use super::fairness::{Rank, Turns};
use super::reason::Reason;
use super::settings::{Place, Priority, Room};

/// Somebody who waits for a place, or has one. Later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What somebody wants.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wish {
    /// For which playbook.
    pub playbook: Arc<str>,
    /// Its priority.
    pub priority: Priority,
    /// Everything that is needed at once.
    pub places: Vec<Place>,
}

/// Gives places to those who wait.
#[derive(Debug, Default)]
pub struct Limiter {
    latest: u64,
    /// The latest instant that was seen: time does not go back here.
    now: Timestamp,
    places: HashMap<Place, Taken>,
    /// Those who have their places.
    leases: HashMap<Ticket, Lease>,
    /// Those who wait.
    waiting: HashMap<Ticket, Waiting>,
    /// Equal wishes, each in the order in which they came.
    queues: BTreeMap<Wish, BTreeSet<Ticket>>,
    turns: Turns,
}

/// What of a place is taken.
#[derive(Debug, Default)]
struct Taken {
    room: Room,
    /// Whose leases live.
    held: BTreeSet<Ticket>,
    /// Who waits for it.
    wanted: BTreeSet<Ticket>,
    /// When those of the latest window began, the earliest first.
    began: VecDeque<Timestamp>,
}

#[derive(Debug)]
struct Lease {
    places: Vec<Place>,
    since: Timestamp,
}

#[derive(Debug)]
struct Waiting {
    wish: Wish,
    since: Timestamp,
    /// It keeps its number and is passed over.
    held_back: bool,
}

impl Taken {
    fn has_room(&self) -> bool {
        let most = self.room.at_once.map(|most| most as usize);
        most.is_none_or(|most| self.held.len() < most)
    }

    /// When the rate lets the next one through.
    fn opens(&self, now: Timestamp) -> Timestamp {
        let Some(rate) = self.room.rate else {
            return now;
        };
        let most = rate.most as usize;
        let Some(place) = self.began.len().checked_sub(most) else {
            return now;
        };
        match self.began.get(place) {
            Some(first) => first.saturating_add(rate.within).unwrap_or(*first).max(now),
            // A rate of none at all never opens.
            None => Timestamp::MAX,
        }
    }

    /// What is older than a window matters no more.
    fn forget(&mut self, now: Timestamp) {
        let Some(rate) = self.room.rate else {
            self.began.clear();
            return;
        };
        let over = |began: &Timestamp| {
            let until = began.saturating_add(rate.within).unwrap_or(Timestamp::MAX);
            until <= now
        };
        while self.began.front().is_some_and(over) {
            self.began.pop_front();
        }
    }
}

impl Limiter {
    /// Somebody wants places, each with its room, and waits from now on.
    pub fn ask(
        &mut self,
        playbook: Arc<str>,
        priority: Priority,
        places: Vec<(Place, Room)>,
        now: Timestamp,
    ) -> Ticket {
        let now = self.at(now);
        self.latest += 1;
        let ticket = Ticket(self.latest);
        let mut named = Vec::with_capacity(places.len());
        for (place, room) in places {
            let taken = self.places.entry(place.clone()).or_default();
            taken.room = room;
            taken.wanted.insert(ticket);
            named.push(place);
        }
        let wish = Wish {
            playbook,
            priority,
            places: named,
        };
        self.queues.entry(wish.clone()).or_default().insert(ticket);
        let waiting = Waiting {
            wish,
            since: now,
            held_back: false,
        };
        self.waiting.insert(ticket, waiting);
        ticket
    }

    /// Remembers that somebody began at a place before this limiter was there.
    pub fn began(&mut self, place: Place, room: Room, at: Timestamp) {
        let taken = self.places.entry(place).or_default();
        taken.room = room;
        let place = taken.began.partition_point(|other| *other <= at);
        taken.began.insert(place, at);
    }

    /// Gives places to as many as there is room for, each when its turn comes. Those who have theirs now.
    pub fn serve(&mut self, now: Timestamp) -> Vec<Ticket> {
        let now = self.at(now);
        let mut served = Vec::new();
        while let Some(ticket) = self.next_served(now) {
            self.grant(ticket, now);
            served.push(ticket);
        }
        served
    }

    /// Somebody who had a place is done.
    pub fn release(&mut self, ticket: Ticket) {
        self.leave(ticket);
    }

    /// Somebody who had a place did nothing with it: it does not count for a rate either.
    pub fn give_back(&mut self, ticket: Ticket) {
        if let Some(lease) = self.leave(ticket) {
            for place in &lease.places {
                let Some(taken) = self.places.get_mut(place) else {
                    continue;
                };
                if let Some(index) = taken.began.iter().rposition(|at| *at == lease.since) {
                    taken.began.remove(index);
                }
            }
        }
    }

    /// Somebody waits no longer.
    pub fn withdraw(&mut self, ticket: Ticket) {
        if let Some(wish) = self.no_longer_waits(ticket) {
            self.tidy(&wish.places);
        }
    }

    /// Somebody who waits is passed over from now on, and keeps the place in the queue.
    pub fn hold_back(&mut self, ticket: Ticket) {
        if let Some(waiting) = self.waiting.get_mut(&ticket) {
            waiting.held_back = true;
        }
    }

    /// Somebody who was passed over is so no longer.
    pub fn let_on(&mut self, ticket: Ticket) {
        if let Some(waiting) = self.waiting.get_mut(&ticket) {
            waiting.held_back = false;
        }
    }

    /// When a rate lets somebody through next, where somebody waits for that alone.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        let opens = |wish: &Wish| {
            let places = || {
                wish.places
                    .iter()
                    .filter_map(|place| self.places.get(place))
            };
            if !places().all(Taken::has_room) {
                return None;
            }
            places().map(|taken| taken.opens(self.now)).max()
        };
        self.queues
            .iter()
            .filter(|(_, queue)| self.first(queue).is_some())
            .filter_map(|(wish, _)| opens(wish))
            .filter(|opens| *opens > self.now)
            .min()
    }

    /// Why somebody waits. Nothing for one who does not.
    #[must_use]
    pub fn reason(&self, ticket: Ticket) -> Option<Reason> {
        let waiting = self.waiting.get(&ticket)?;
        if waiting.held_back {
            return Some(Reason::Paused);
        }
        let mut rate = None;
        for place in &waiting.wish.places {
            let taken = self.places.get(place)?;
            if let (false, Some(most)) = (taken.has_room(), taken.room.at_once) {
                return Some(Reason::Taken {
                    place: place.clone(),
                    held: taken.held.len(),
                    most,
                });
            }
            if let Some(of) = taken.room.rate.filter(|_| taken.opens(self.now) > self.now) {
                rate.get_or_insert(Reason::Rate {
                    place: place.clone(),
                    rate: of,
                });
            }
        }
        let place = waiting.wish.places.first().cloned();
        rate.or_else(|| place.map(|place| Reason::Turn { place }))
    }

    /// How many leases on a place live.
    #[must_use]
    pub fn held(&self, place: &Place) -> usize {
        self.places.get(place).map_or(0, |taken| taken.held.len())
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The leases that live.
    pub fn leases(&self) -> impl Iterator<Item = Ticket> {
        self.leases.keys().copied()
    }

    fn at(&mut self, now: Timestamp) -> Timestamp {
        self.now = self.now.max(now);
        self.now
    }

    /// Whether there is room everywhere for somebody who waits.
    #[must_use]
    pub fn is_open(&self, ticket: Ticket, now: Timestamp) -> bool {
        let waiting = self.waiting.get(&ticket);
        waiting.is_some_and(|waiting| self.has_room(&waiting.wish, now.max(self.now)))
    }

    fn has_room(&self, wish: &Wish, now: Timestamp) -> bool {
        wish.places.iter().all(|place| {
            let taken = self.places.get(place);
            taken.is_none_or(|taken| taken.has_room() && taken.opens(now) <= now)
        })
    }

    fn first(&self, queue: &BTreeSet<Ticket>) -> Option<(Ticket, Timestamp)> {
        queue.iter().find_map(|ticket| {
            let waiting = self.waiting.get(ticket)?;
            (!waiting.held_back).then_some((*ticket, waiting.since))
        })
    }

    fn next_served(&mut self, now: Timestamp) -> Option<Ticket> {
        let mut best: Option<(Rank, Ticket)> = None;
        for (wish, queue) in &self.queues {
            if !self.has_room(wish, now) {
                continue;
            }
            let Some((ticket, since)) = self.first(queue) else {
                continue;
            };
            let rank = self
                .turns
                .rank(&wish.playbook, wish.priority, since, ticket.0, now);
            if best.is_none_or(|(other, _)| rank < other) {
                best = Some((rank, ticket));
            }
        }
        best.map(|(_, ticket)| ticket)
    }

    fn grant(&mut self, ticket: Ticket, now: Timestamp) {
        let Some(wish) = self.no_longer_waits(ticket) else {
            return;
        };
        for place in &wish.places {
            if let Some(taken) = self.places.get_mut(place) {
                taken.held.insert(ticket);
                taken.forget(now);
                if taken.room.rate.is_some() {
                    taken.began.push_back(now);
                }
            }
        }
        self.turns.serve(&wish.playbook, now);
        let lease = Lease {
            places: wish.places,
            since: now,
        };
        self.leases.insert(ticket, lease);
    }

    fn no_longer_waits(&mut self, ticket: Ticket) -> Option<Wish> {
        let Waiting { wish, .. } = self.waiting.remove(&ticket)?;
        if let Some(queue) = self.queues.get_mut(&wish) {
            queue.remove(&ticket);
            if queue.is_empty() {
                self.queues.remove(&wish);
            }
        }
        for place in &wish.places {
            if let Some(taken) = self.places.get_mut(place) {
                taken.wanted.remove(&ticket);
            }
        }
        Some(wish)
    }

    fn leave(&mut self, ticket: Ticket) -> Option<Lease> {
        let lease = self.leases.remove(&ticket)?;
        for place in &lease.places {
            if let Some(taken) = self.places.get_mut(place) {
                taken.held.remove(&ticket);
            }
        }
        self.tidy(&lease.places);
        Some(lease)
    }

    /// A place of which nothing is known any more is forgotten: there are as many as values of inputs.
    fn tidy(&mut self, places: &[Place]) {
        for place in places {
            let Place::RunsWith { .. } = place else {
                continue;
            };
            let idle = |taken: &Taken| taken.held.is_empty() && taken.wanted.is_empty();
            if self.places.get(place).is_some_and(idle) {
                self.places.remove(place);
            }
        }
    }
}
