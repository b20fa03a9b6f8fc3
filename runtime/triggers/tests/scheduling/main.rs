//! Schedules over simulated time: a year with both changes of the clock, outages, restarts, refusals
//! and a clock that is set.

mod store;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};
use sophia_phrases::zone;
use sophia_triggers::SimulatedClock;
use store::{Refusals, Store, run, run_with};
use support::{instant, trigger};

#[tokio::test]
async fn a_year_of_weekdays_in_chicago() {
    let triggers = [trigger(
        "churn_watch",
        "every weekday at 08:00 in \"America/Chicago\"",
    )];
    let store = Arc::new(Store::default());
    run(
        &triggers,
        &store,
        "2026-01-01T00:00:00Z",
        "2027-01-01T00:00:00Z",
    )
    .await;

    let chicago = zone("America/Chicago").expect("a zone");
    let expected: Vec<Timestamp> = jiff::civil::date(2026, 1, 1)
        .series(1.day())
        .take(365)
        .filter(|day| day.weekday().to_monday_one_offset() < 6)
        .map(|day| {
            day.at(8, 0, 0, 0)
                .to_zoned(chicago.clone())
                .expect("a time")
                .timestamp()
        })
        .collect();
    let runs = store.runs.lock().expect("a lock");
    let instants: Vec<Timestamp> = runs.iter().map(|run| run.instant).collect();
    assert_eq!(expected.len(), 261);
    assert_eq!(instants, expected);
    assert!(runs.iter().all(|run| !run.caught_up));
    let keys: BTreeSet<_> = runs.iter().map(|run| &run.key).collect();
    assert_eq!(keys.len(), runs.len());
}

#[tokio::test]
async fn a_year_of_times_that_clocks_skip_and_repeat() {
    for name in ["America/Chicago", "Europe/Berlin", "Australia/Lord_Howe"] {
        for time in ["01:45", "02:15"] {
            let triggers = [trigger("a", &format!("every day at {time} in \"{name}\""))];
            let store = Arc::new(Store::default());
            run(
                &triggers,
                &store,
                "2026-01-01T12:00:00Z",
                "2027-01-01T12:00:00Z",
            )
            .await;
            let zone = zone(name).expect("a zone");
            let runs = store.runs.lock().expect("a lock");
            let days: BTreeSet<_> = runs
                .iter()
                .map(|run| zone.to_datetime(run.instant).date())
                .collect();
            assert_eq!(runs.len(), 365, "{name} at {time}");
            assert_eq!(days.len(), 365, "{name} at {time}");
        }
    }
}

#[tokio::test]
async fn two_triggers_at_one_instant_both_fire() {
    let triggers = [
        trigger("first", "every day at 08:00"),
        trigger("second", "every day at 08:00"),
    ];
    let store = Arc::new(Store::default());
    run(
        &triggers,
        &store,
        "2026-11-22T07:00:00Z",
        "2026-11-22T09:00:00Z",
    )
    .await;
    let runs = store.runs.lock().expect("a lock");
    let fired: Vec<&str> = runs.iter().map(|run| &*run.trigger).collect();
    assert_eq!(
        fired,
        ["first/0/every day at 08:00", "second/0/every day at 08:00"]
    );
    assert_eq!(
        &*runs[0].key,
        "first/0/every day at 08:00@2026-11-22T08:00:00Z"
    );
}

#[tokio::test]
async fn an_outage_of_a_week_follows_each_rule() {
    for (rule, first, count) in [
        ("all", "2026-11-09T08:00:00Z", 8),
        ("once", "2026-11-15T08:00:00Z", 2),
        ("none", "2026-11-16T08:00:00Z", 1),
    ] {
        let triggers = [trigger("a", &format!("every day at 08:00 catch up {rule}"))];
        let store = Arc::new(Store::with_cursor(&triggers[0], "2026-11-08T08:00:00Z"));
        run(
            &triggers,
            &store,
            "2026-11-15T12:00:00Z",
            "2026-11-16T12:00:00Z",
        )
        .await;
        assert_eq!(
            store.instants().first().map(String::as_str),
            Some(first),
            "{rule}"
        );
        assert_eq!(store.instants().len(), count, "{rule}");
        let runs = store.runs.lock().expect("a lock");
        let caught_up = runs.iter().filter(|run| run.caught_up).count();
        assert_eq!(caught_up, count - 1, "{rule}");
    }
}

#[tokio::test]
async fn a_restart_goes_on_where_it_was() {
    let triggers = [trigger("a", "every 1 hour catch up all")];
    let store = Arc::new(Store::default());
    for (from, to) in [
        ("2026-11-22T00:30:00Z", "2026-11-22T03:10:00Z"),
        ("2026-11-22T03:10:30Z", "2026-11-22T03:20:00Z"),
        ("2026-11-22T06:30:00Z", "2026-11-22T07:30:00Z"),
    ] {
        run(&triggers, &store, from, to).await;
    }
    let expected: Vec<String> = (1..=7)
        .map(|hour| format!("2026-11-22T0{hour}:00:00Z"))
        .collect();
    assert_eq!(store.instants(), expected);
}

#[tokio::test]
async fn an_outage_before_the_first_run_is_an_outage_too() {
    let triggers = [trigger("a", "every day at 08:00")];
    let store = Arc::new(Store::default());
    run(
        &triggers,
        &store,
        "2026-11-22T07:00:00Z",
        "2026-11-22T07:30:00Z",
    )
    .await;
    run(
        &triggers,
        &store,
        "2026-11-22T09:00:00Z",
        "2026-11-22T09:30:00Z",
    )
    .await;
    assert_eq!(store.instants(), ["2026-11-22T08:00:00Z"]);
}

#[tokio::test]
async fn what_the_store_refuses_is_offered_again() {
    let triggers = [
        trigger("a", "every 1 hour"),
        trigger("b", "every day at 02:00 catch up none"),
    ];
    let refusals = Refusals {
        before: 12,
        after: 3,
    };
    let store = Arc::new(Store::refusing(refusals));
    run(
        &triggers,
        &store,
        "2026-11-22T00:30:00Z",
        "2026-11-22T04:30:00Z",
    )
    .await;
    assert_eq!(
        store.instants(),
        [
            "2026-11-22T01:00:00Z",
            "2026-11-22T02:00:00Z",
            "2026-11-22T02:00:00Z",
            "2026-11-22T03:00:00Z",
            "2026-11-22T04:00:00Z"
        ]
    );
}

#[tokio::test]
async fn a_run_refused_for_an_hour_is_neither_lost_nor_renamed() {
    let triggers = [trigger("a", "every 30 minutes catch up none")];
    let store = Arc::new(Store::refusing(Refusals {
        before: 0,
        after: 60,
    }));
    run(
        &triggers,
        &store,
        "2026-11-22T00:31:00Z",
        "2026-11-22T03:10:00Z",
    )
    .await;
    // The store takes it at 01:55; by then 01:30 is long past, and is let go.
    assert_eq!(
        store.instants(),
        [
            "2026-11-22T01:00:00Z",
            "2026-11-22T02:00:00Z",
            "2026-11-22T02:30:00Z",
            "2026-11-22T03:00:00Z"
        ]
    );
}

#[tokio::test]
async fn a_clock_set_forward_is_noticed_and_caught_up() {
    let triggers = [trigger("a", "every day at 08:00 catch up all")];
    let store = Arc::new(Store::default());
    let clock = SimulatedClock::new(
        instant("2026-11-22T07:00:00Z"),
        instant("2026-11-25T07:30:00Z"),
    )
    .with_jump(
        instant("2026-11-22T07:30:00Z"),
        instant("2026-11-24T12:00:00Z"),
    );
    run_with(&triggers, &store, clock).await;
    assert_eq!(
        store.instants(),
        [
            "2026-11-22T08:00:00Z",
            "2026-11-23T08:00:00Z",
            "2026-11-24T08:00:00Z"
        ]
    );
}

#[tokio::test]
async fn a_clock_set_back_repeats_nothing() {
    let triggers = [trigger("a", "every 1 hour")];
    let store = Arc::new(Store::default());
    let clock = SimulatedClock::new(
        instant("2026-11-22T00:30:00Z"),
        instant("2026-11-22T06:30:00Z"),
    )
    .with_jump(
        instant("2026-11-22T04:15:00Z"),
        instant("2026-11-22T01:30:00Z"),
    );
    run_with(&triggers, &store, clock).await;
    let expected: Vec<String> = (1..=6)
        .map(|hour| format!("2026-11-22T0{hour}:00:00Z"))
        .collect();
    assert_eq!(store.instants(), expected);
}

#[tokio::test]
async fn without_a_schedule_there_is_nothing_to_wait_for() {
    let store = Arc::new(Store::default());
    run(&[], &store, "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z").await;
    assert_eq!(store.instants(), Vec::<String>::new());
}
