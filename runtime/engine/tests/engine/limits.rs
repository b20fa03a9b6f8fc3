//! Limits under simulated time: nobody goes over them, nobody waits for ever, nothing is leaked.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sophia_engine::limits::{Limiter, Place, Priority, Rate, Reason, Room, Ticket};

use crate::scripted::instant;
use crate::simulation::Dice;

fn at_once(most: u32) -> Room {
    Room {
        at_once: Some(most),
        rate: None,
    }
}

fn rated(most: u32, seconds: i64) -> Room {
    Room {
        at_once: None,
        rate: Some(Rate {
            most,
            within: SignedDuration::from_secs(seconds),
        }),
    }
}

fn hubspot() -> Place {
    Place::At("hubspot".into())
}

fn ask(limiter: &mut Limiter, playbook: &str, room: Room, now: Timestamp) -> Ticket {
    limiter.ask(
        playbook.into(),
        Priority::Normal,
        vec![(hubspot(), room)],
        now,
    )
}

#[test]
fn so_many_have_a_place_and_the_next_one_says_why_it_waits() {
    let mut limiter = Limiter::default();
    let first = ask(&mut limiter, "a", at_once(2), instant());
    let second = ask(&mut limiter, "a", at_once(2), instant());
    let third = ask(&mut limiter, "a", at_once(2), instant());
    assert_eq!(limiter.serve(instant()), [first, second]);
    assert_eq!(
        limiter.reason(third).unwrap().to_string(),
        "waits for a place at hubspot (2 of 2 taken)"
    );
    limiter.release(first);
    assert_eq!(limiter.serve(instant()), [third]);
    limiter.release(second);
    limiter.release(third);
    assert_eq!(limiter.held(&hubspot()), 0);
}

#[test]
fn a_rate_opens_when_its_window_has_passed() {
    let mut limiter = Limiter::default();
    let room = rated(2, 1);
    let tickets: Vec<Ticket> = (0..3)
        .map(|_| ask(&mut limiter, "a", room, instant()))
        .collect();
    assert_eq!(limiter.serve(instant()), tickets[..2]);
    assert_eq!(
        limiter.reason(tickets[2]).unwrap().to_string(),
        "waits for hubspot's rate: 2 per second"
    );
    let opens = limiter.next().unwrap();
    assert_eq!(opens, instant() + SignedDuration::from_secs(1));
    let before = opens - SignedDuration::from_micros(1);
    assert!(limiter.serve(before).is_empty());
    assert_eq!(limiter.serve(opens), tickets[2..]);
    assert_eq!(limiter.next(), None);
}

#[test]
fn a_place_that_was_not_used_does_not_count_for_the_rate() {
    let mut limiter = Limiter::default();
    let first = ask(&mut limiter, "a", rated(1, 60), instant());
    let second = ask(&mut limiter, "a", rated(1, 60), instant());
    assert_eq!(limiter.serve(instant()), [first]);
    limiter.give_back(first);
    assert_eq!(limiter.serve(instant()), [second]);
}

#[test]
fn what_began_before_a_restart_counts() {
    let mut limiter = Limiter::default();
    limiter.began(hubspot(), rated(1, 60), instant());
    let later = instant() + SignedDuration::from_secs(20);
    let ticket = ask(&mut limiter, "a", rated(1, 60), later);
    assert!(limiter.serve(later).is_empty());
    let opens = limiter.next().unwrap();
    assert_eq!(opens, instant() + SignedDuration::from_secs(60));
    assert_eq!(limiter.serve(opens), [ticket]);
}

#[test]
fn one_run_of_a_playbook_does_not_wait_for_ten_thousand_of_another() {
    let mut limiter = Limiter::default();
    for _ in 0..10_000 {
        ask(&mut limiter, "many", at_once(1), instant());
    }
    let mut holder = limiter.serve(instant())[0];
    for _ in 0..50 {
        limiter.release(holder);
        holder = limiter.serve(instant())[0];
    }
    let one = ask(&mut limiter, "one", at_once(1), instant());
    limiter.release(holder);
    assert_eq!(limiter.serve(instant()), [one]);
}

#[test]
fn a_high_priority_goes_first_and_a_low_one_is_not_last_for_ever() {
    let mut limiter = Limiter::default();
    let mut now = instant();
    let places = || vec![(hubspot(), at_once(1))];
    let low = limiter.ask("low".into(), Priority::Low, places(), now);
    let high = limiter.ask("high".into(), Priority::High, places(), now);
    assert_eq!(limiter.serve(now), [high]);
    let mut holder = high;
    // A high one always waits, and is always younger.
    for _ in 0..100 {
        limiter.ask("high".into(), Priority::High, places(), now);
        now += SignedDuration::from_secs(1);
        limiter.release(holder);
        holder = limiter.serve(now)[0];
        if holder == low {
            return;
        }
    }
    panic!("the low one never had its turn");
}

#[test]
fn one_that_is_held_back_is_passed_and_keeps_its_place() {
    let mut limiter = Limiter::default();
    let first = ask(&mut limiter, "a", at_once(1), instant());
    let second = ask(&mut limiter, "a", at_once(1), instant());
    let third = ask(&mut limiter, "a", at_once(1), instant());
    limiter.hold_back(first);
    assert_eq!(limiter.serve(instant()), [second]);
    assert_eq!(limiter.reason(first), Some(Reason::Paused));
    limiter.let_on(first);
    limiter.release(second);
    assert_eq!(limiter.serve(instant()), [first]);
    limiter.withdraw(third);
    limiter.release(first);
    assert!(limiter.serve(instant()).is_empty());
}

/// What a random course must never do.
struct Course {
    dice: Dice,
    now: Timestamp,
    limiter: Limiter,
    rooms: BTreeMap<Place, Room>,
    waiting: VecDeque<Ticket>,
    held: BTreeMap<Ticket, Vec<Place>>,
    wishes: BTreeMap<Ticket, Vec<Place>>,
    began: BTreeMap<Place, Vec<Timestamp>>,
}

impl Course {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut rooms = BTreeMap::new();
        for name in ["a", "b"] {
            let room = Room {
                at_once: dice.one_of(&[None, Some(1), Some(3)]),
                rate: dice
                    .one_of(&[None, Some((1, 1)), Some((5, 2)), Some((3, 10))])
                    .map(|(most, seconds)| Rate {
                        most,
                        within: SignedDuration::from_secs(seconds),
                    }),
            };
            rooms.insert(Place::At(name.into()), room);
        }
        rooms.insert(Place::Steps, at_once(4));
        Self {
            dice,
            now: instant(),
            limiter: Limiter::default(),
            rooms,
            waiting: VecDeque::new(),
            held: BTreeMap::new(),
            wishes: BTreeMap::new(),
            began: BTreeMap::new(),
        }
    }

    fn ask(&mut self) {
        let own = self.dice.one_of(&["a", "b"]);
        let mut places = vec![Place::At(own.into())];
        if self.dice.chance(50) {
            places.push(Place::Steps);
        }
        let playbook: Arc<str> = format!("p{}", self.dice.below(4)).into();
        let priority = self
            .dice
            .one_of(&[Priority::Low, Priority::Normal, Priority::High]);
        let with_rooms = places
            .iter()
            .map(|place| (place.clone(), self.rooms[place]));
        let ticket = (self.limiter).ask(playbook, priority, with_rooms.collect(), self.now);
        self.waiting.push_back(ticket);
        self.wishes.insert(ticket, places);
    }

    fn serve(&mut self) {
        for ticket in self.limiter.serve(self.now) {
            self.waiting.retain(|other| *other != ticket);
            let places = self.wishes[&ticket].clone();
            for place in &places {
                self.began.entry(place.clone()).or_default().push(self.now);
            }
            assert!(self.held.insert(ticket, places).is_none());
        }
        self.check();
    }

    fn check(&self) {
        let leases: BTreeSet<Ticket> = self.limiter.leases().collect();
        assert_eq!(leases, self.held.keys().copied().collect(), "held = leases");
        for (place, room) in &self.rooms {
            let held = self.held.values().filter(|places| places.contains(place));
            let held = held.count();
            assert_eq!(self.limiter.held(place), held, "{place}");
            if let Some(most) = room.at_once {
                assert!(held <= most as usize, "{held} of {most} {place}");
            }
            let (Some(rate), Some(began)) = (room.rate, self.began.get(place)) else {
                continue;
            };
            for window in began.windows(rate.most as usize + 1) {
                let (first, last) = (window[0], window[rate.most as usize]);
                assert!(
                    last.duration_since(first) >= rate.within,
                    "more than {rate} began {place}"
                );
            }
        }
        // Whoever waits has a reason.
        for ticket in &self.waiting {
            assert!(self.limiter.reason(*ticket).is_some());
        }
    }

    fn end_one(&mut self) {
        let place = self.dice.below(self.held.len());
        let ticket = *self.held.keys().nth(place).unwrap();
        self.held.remove(&ticket);
        self.limiter.release(ticket);
    }

    fn run(&mut self) {
        for _ in 0..400 {
            match self.dice.below(5) {
                0 | 1 => self.ask(),
                2 if !self.held.is_empty() => self.end_one(),
                3 if !self.waiting.is_empty() && self.dice.chance(20) => {
                    let place = self.dice.below(self.waiting.len());
                    let ticket = self.waiting.remove(place).unwrap();
                    self.limiter.withdraw(ticket);
                }
                _ => {
                    let passed = self.dice.below(300);
                    self.now += SignedDuration::from_millis(i64::try_from(passed).unwrap());
                }
            }
            self.serve();
        }
        // Nobody comes any more: everybody has a turn in the end.
        for _ in 0..10_000 {
            if self.waiting.is_empty() {
                break;
            }
            if self.held.is_empty() {
                self.now = self.limiter.next().expect("somebody waits for something");
            } else {
                self.end_one();
            }
            self.serve();
        }
        assert!(self.waiting.is_empty(), "{:?} wait for ever", self.waiting);
        while !self.held.is_empty() {
            self.end_one();
        }
        self.check();
    }
}

#[test]
fn no_course_goes_over_a_limit_leaks_a_place_or_lets_somebody_wait_for_ever() {
    for seed in 1..=300 {
        Course::new(seed).run();
    }
}
