//! What is due after an outage, by each rule of catching up.

mod support;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use sophia_triggers::{Due, Firing, due};
use support::{instant, trigger};

/// A week without power: seven instants were missed.
const CURSOR: &str = "2026-11-15T08:00:00Z";
const NOW: &str = "2026-11-22T12:00:00Z";

fn after_the_outage(phrase: &str) -> Due {
    due(
        &trigger("churn_watch", phrase),
        Some(instant(CURSOR)),
        instant(NOW),
    )
}

fn missed(text: &str) -> Firing {
    Firing {
        instant: instant(text),
        caught_up: true,
    }
}

#[test]
fn catch_up_all_makes_up_for_each() {
    let due = after_the_outage("every day at 08:00 catch up all");
    let days: Vec<Firing> = (16..=22)
        .map(|day| missed(&format!("2026-11-{day}T08:00:00Z")))
        .collect();
    assert_eq!(due.fire, days);
    assert_eq!(due.cursor, Some(instant("2026-11-22T08:00:00Z")));
}

#[test]
fn catch_up_once_makes_up_for_all_by_the_latest() {
    let due = after_the_outage("every day at 08:00");
    assert_eq!(due.fire, [missed("2026-11-22T08:00:00Z")]);
    assert_eq!(due.cursor, Some(instant("2026-11-22T08:00:00Z")));
}

#[test]
fn catch_up_none_lets_them_go() {
    let due = after_the_outage("every day at 08:00 catch up none");
    assert_eq!(due.fire, []);
    assert_eq!(due.cursor, Some(instant("2026-11-22T08:00:00Z")));
}

#[test]
fn catch_up_none_takes_one_that_is_still_on_time() {
    let due = after_the_outage("every day at 11:59, 12:00 catch up none");
    assert_eq!(
        due.fire,
        [Firing {
            instant: instant("2026-11-22T12:00:00Z"),
            caught_up: false
        }]
    );
}

#[test]
fn a_run_on_time_makes_up_for_nothing() {
    for rule in ["all", "once", "none"] {
        let daily = trigger("a", &format!("every day at 08:00 catch up {rule}"));
        let now = instant("2026-11-16T08:00:00.020Z");
        let due = due(&daily, Some(instant(CURSOR)), now);
        assert_eq!(
            due.fire,
            [Firing {
                instant: instant("2026-11-16T08:00:00Z"),
                caught_up: false
            }],
            "{rule}"
        );
    }
}

#[test]
fn a_new_trigger_does_not_fire_for_the_past() {
    let now = instant(NOW);
    for rule in ["all", "once", "none"] {
        let daily = trigger("a", &format!("every day at 08:00 catch up {rule}"));
        let expected = Due {
            fire: vec![],
            cursor: Some(now),
        };
        assert_eq!(due(&daily, None, now), expected);
    }
}

#[test]
fn a_clock_that_was_set_back_fires_nothing_again() {
    let daily = trigger("a", "every day at 08:00 catch up all");
    let cursor = instant(NOW);
    let due = due(
        &daily,
        Some(cursor),
        cursor - SignedDuration::from_hours(100),
    );
    assert_eq!(due.fire, []);
    assert_eq!(due.cursor, Some(cursor));
}

#[test]
fn a_long_outage_of_a_short_distance_comes_in_parts() {
    let secondly = trigger("a", "every second catch up all");
    let cursor = instant(CURSOR);
    let first = due(&secondly, Some(cursor), instant(NOW));
    assert!(first.fire.len() < 10_000);
    let second = due(&secondly, first.cursor, instant(NOW));
    assert_eq!(
        second.fire.first().map(|firing| firing.instant),
        first
            .cursor
            .map(|cursor| cursor + SignedDuration::from_secs(1))
    );
}

proptest! {
    /// `once` gives the last of what `all` gives, and both leave the same cursor.
    #[test]
    fn once_is_the_last_of_all(
        phrase in proptest::sample::select(vec![
            "every 7 seconds", "every 90 minutes", "every day at 02:30", "every weekday at 08:00, 17:30",
            "on the 31st of each month", "cron \"*/7 3 * * *\"",
        ]),
        cursor in 1_600_000_000..1_800_000_000_i64,
        outage in 0..900_000_i64,
    ) {
        let mut all = trigger("a", &format!("{phrase} catch up all"));
        all.zone = sophia_phrases::zone("Europe/Berlin").expect("a zone");
        let mut once = all.clone();
        once.schedule.catch_up = sophia_phrases::CatchUp::Once;
        let now = Timestamp::from_second(cursor + outage).expect("an instant");
        let start = Some(Timestamp::from_second(cursor).expect("an instant"));
        let mut at = start;
        let mut instants: Vec<Timestamp> = Vec::new();
        loop {
            let part = due(&all, at, now);
            if part.fire.is_empty() {
                break;
            }
            instants.extend(part.fire.iter().map(|firing| firing.instant));
            at = part.cursor;
        }
        prop_assert!(instants.is_sorted_by(|a, b| a < b));
        let latest = due(&once, start, now);
        prop_assert_eq!(latest.fire.first().map(|firing| firing.instant), instants.last().copied());
        prop_assert_eq!(latest.cursor, at);
    }
}
