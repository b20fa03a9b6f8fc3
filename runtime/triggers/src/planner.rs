//! What is due: a pure answer from a schedule, a cursor and the present.

use jiff::{SignedDuration, Timestamp};
use sophia_phrases::CatchUp;

use crate::ScheduledTrigger;

/// How long after its instant a run is still on time. What is later was missed, and the schedule's
/// `catch up` decides.
pub const ON_TIME: SignedDuration = SignedDuration::from_secs(60);

/// The most instants that one answer names; the rest is due at the next question.
const AT_MOST: usize = 1_000;

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The instants to hand over, in order.
    pub fire: Vec<Firing>,
    /// The cursor once that is done: nothing up to here is left to do.
    pub cursor: Option<Timestamp>,
}

/// One instant to hand over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Firing {
    /// The instant of the schedule.
    pub instant: Timestamp,
    /// Whether it makes up for something missed.
    pub caught_up: bool,
}

/// What is due at `now`, when everything up to `cursor` is done.
///
/// Without a cursor the trigger is new: nothing is due, and its past ends now. A cursor after `now`
/// (the clock was set back) means that nothing is due until then, so nothing fires twice.
/// `catch up all` names each missed instant; `once` the latest of them; `none` one that is
/// still on time.
#[must_use]
pub fn due(trigger: &ScheduledTrigger, cursor: Option<Timestamp>, now: Timestamp) -> Due {
    let Some(cursor) = cursor else {
        return Due {
            fire: Vec::new(),
            cursor: Some(now),
        };
    };
    let Some(first) = next(trigger, cursor).filter(|first| *first <= now) else {
        return Due {
            fire: Vec::new(),
            cursor: Some(cursor),
        };
    };
    let missed = |instant: Timestamp| now.duration_since(instant) > ON_TIME;
    let fire: Vec<Firing> = match trigger.schedule.catch_up {
        CatchUp::All => std::iter::successors(Some(first), |instant| next(trigger, *instant))
            .take_while(|instant| *instant <= now)
            .take(AT_MOST)
            .map(|instant| Firing {
                instant,
                caught_up: missed(instant),
            })
            .collect(),
        CatchUp::Once => {
            let latest = latest(trigger, first, now);
            vec![Firing {
                instant: latest,
                caught_up: latest != first || missed(latest),
            }]
        }
        CatchUp::None => {
            let latest = latest(trigger, first, now);
            if missed(latest) {
                return Due {
                    fire: Vec::new(),
                    cursor: Some(latest),
                };
            }
            vec![Firing {
                instant: latest,
                caught_up: false,
            }]
        }
    };
    let cursor = fire.last().map_or(cursor, |last| last.instant);
    Due {
        fire,
        cursor: Some(cursor),
    }
}

/// The first instant of a trigger after another one.
pub(crate) fn next(trigger: &ScheduledTrigger, after: Timestamp) -> Option<Timestamp> {
    trigger.schedule.next(after, &trigger.zone)
}

/// The latest instant up to `now`, when `first` is one. It is looked for from `now` backwards, ever
/// further, so that a short distance and a long outage cost little.
fn latest(trigger: &ScheduledTrigger, first: Timestamp, now: Timestamp) -> Timestamp {
    let mut back = SignedDuration::from_secs(60);
    let mut latest = loop {
        let from = now.checked_sub(back).unwrap_or(first);
        if from <= first {
            break first;
        }
        match next(trigger, from) {
            Some(found) if found <= now => break found,
            _ => back = back.saturating_mul(2),
        }
    };
    while let Some(later) = next(trigger, latest).filter(|later| *later <= now) {
        latest = later;
    }
    latest
}
