//! The instants of random schedules, held against a walk that looks at every minute of local time.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use sophia_phrases::{CatchUp, ClockTime, Repeat, Schedule, zone};

/// How far the walk goes. A schedule that is silent for so long must be silent in `next` too.
const DAYS: i64 = 70;

/// The walk: a local minute is due at the first instant at which the local clock shows it or has
/// jumped past it; minutes that the clock shows again are not due again.
fn walk(schedule: &Schedule, after: Timestamp) -> Option<Timestamp> {
    let zone = zone(schedule.zone.as_deref().expect("a zone")).expect("a zone");
    let minute = SignedDuration::from_mins(1);
    let mut now = Timestamp::from_second(after.as_second().div_euclid(60) * 60)
        .expect("an instant")
        - SignedDuration::from_hours(48);
    let mut seen = zone.to_datetime(now);
    for _ in 0..(DAYS + 2) * 24 * 60 {
        now += minute;
        let shown = zone.to_datetime(now);
        let mut due = false;
        while seen < shown {
            seen = seen.checked_add(1.minute()).expect("a local time");
            due = due || fires(schedule, seen);
        }
        if due && now > after {
            return Some(now);
        }
    }
    None
}

fn fires(schedule: &Schedule, local: DateTime) -> bool {
    let date = local.date();
    let at = ClockTime {
        hour: u8::try_from(local.hour()).expect("an hour"),
        minute: u8::try_from(local.minute()).expect("a minute"),
    };
    let month = || month_of(date);
    let weekday = |date: Date| date.weekday().to_monday_one_offset();
    let nth_of = |days: Vec<Date>, nth: i8| {
        let index = usize::from(nth.unsigned_abs()) - 1;
        let found = if nth > 0 {
            days.get(index)
        } else {
            days.iter().rev().nth(index)
        };
        found == Some(&date)
    };
    if let Repeat::Cron(fields) = &schedule.repeat {
        return cron_fires(fields, local);
    }
    schedule.times.contains(&at)
        && match &schedule.repeat {
            Repeat::Day => true,
            Repeat::Weekday => !matches!(weekday(date), 6 | 7),
            Repeat::DaysOfWeek(days) => days.contains(&weekday(date).unsigned_abs()),
            Repeat::Week => weekday(date) == 1,
            Repeat::Month => month().first() == Some(&date),
            Repeat::Quarter => date.day() == 1 && matches!(date.month(), 1 | 4 | 7 | 10),
            Repeat::Year => date.day() == 1 && date.month() == 1,
            Repeat::DayOfMonth(day) => date.day().unsigned_abs() == *day,
            Repeat::LastDayOfMonth => month().last() == Some(&date),
            Repeat::WeekdayOfMonth {
                weekday: wanted,
                nth,
            } => nth_of(
                month()
                    .into_iter()
                    .filter(|day| weekday(*day).unsigned_abs() == *wanted)
                    .collect(),
                *nth,
            ),
            Repeat::BusinessDayOfMonth(nth) => nth_of(
                month()
                    .into_iter()
                    .filter(|day| weekday(*day) < 6)
                    .collect(),
                *nth,
            ),
            Repeat::BusinessDayOfMonthBy { nth, holidays } => nth_of(
                month()
                    .into_iter()
                    .filter(|day| holidays.leave(*day))
                    .collect(),
                *nth,
            ),
            Repeat::Interval { .. } | Repeat::Cron(_) => unreachable!("looked at elsewhere"),
        }
}

fn month_of(date: Date) -> Vec<Date> {
    let first = date.first_of_month();
    first
        .series(1.day())
        .take_while(|day| day.month() == first.month())
        .collect()
}

/// Only the forms that `crons` makes: `*`, `*/n`, `a`, `a-b`.
fn cron_fires(fields: &str, local: DateTime) -> bool {
    let sunday_first = local.date().weekday().to_sunday_zero_offset();
    let shown = [
        local.minute(),
        local.hour(),
        local.day(),
        local.month(),
        sunday_first,
    ];
    let fields: Vec<&str> = fields.split(' ').collect();
    let fits: Vec<bool> = fields
        .iter()
        .zip(shown)
        .enumerate()
        .map(|(index, (field, shown))| {
            let from = i8::from(index == 2 || index == 3);
            if *field == "*" {
                true
            } else if let Some(step) = field.strip_prefix("*/") {
                (shown - from) % step.parse::<i8>().expect("a step") == 0
            } else if let Some((low, high)) = field.split_once('-') {
                (low.parse().expect("a number")..=high.parse().expect("a number")).contains(&shown)
            } else {
                field.parse::<i8>().expect("a number") == shown
            }
        })
        .collect();
    let day = if fields[2].starts_with('*') || fields[4].starts_with('*') {
        fits[2] && fits[4]
    } else {
        fits[2] || fits[4]
    };
    fits[0] && fits[1] && fits[3] && day
}

fn cron_field(from: u8, to: u8) -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("*".to_owned()),
        1 => (2..=12_u8).prop_map(|step| format!("*/{step}")),
        2 => (from..=to).prop_map(|number| number.to_string()),
        1 => (from..=to, from..=to).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
    ]
}

fn crons() -> impl Strategy<Value = Repeat> {
    (
        cron_field(0, 59),
        cron_field(0, 23),
        cron_field(1, 28),
        cron_field(1, 12),
        cron_field(0, 6),
    )
        .prop_map(|(minute, hour, day, month, weekday)| {
            Repeat::Cron(format!("{minute} {hour} {day} {month} {weekday}"))
        })
}

fn schedules() -> impl Strategy<Value = Schedule> {
    let repeats = prop_oneof![
        3 => Just(Repeat::Day),
        1 => Just(Repeat::Weekday),
        1 => proptest::sample::select(vec![Repeat::Week, Repeat::Month, Repeat::Quarter, Repeat::Year]),
        1 => Just(Repeat::LastDayOfMonth),
        1 => proptest::sample::subsequence(vec![1_u8, 2, 3, 4, 5, 6, 7], 1..=7)
            .prop_map(Repeat::DaysOfWeek),
        1 => (1..=31_u8).prop_map(Repeat::DayOfMonth),
        1 => (1..=7_u8, prop_oneof![-5..=-1_i8, 1..=5_i8])
            .prop_map(|(weekday, nth)| Repeat::WeekdayOfMonth { weekday, nth }),
        1 => prop_oneof![-23..=-1_i8, 1..=23_i8].prop_map(Repeat::BusinessDayOfMonth),
        4 => crons(),
    ];
    // The small hours are where clocks change.
    let hours = prop_oneof![3 => 0..4_u8, 1 => 0..24_u8];
    let times = proptest::collection::btree_set((hours, 0..60_u8), 1..4);
    let zones = proptest::sample::select(vec![
        "America/Chicago",
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
        "Asia/Kathmandu",
        "UTC",
    ]);
    (repeats, times, zones).prop_map(|(repeat, times, zone)| Schedule {
        times: if matches!(repeat, Repeat::Cron(_)) {
            Vec::new()
        } else {
            times
                .into_iter()
                .map(|(hour, minute)| ClockTime { hour, minute })
                .collect()
        },
        repeat,
        zone: Some(zone.to_owned()),
        catch_up: CatchUp::Once,
    })
}

/// Instants from 2015 to 2035, half of them within a day of a change of the clock in Chicago,
/// Berlin or Lord Howe.
fn instants() -> impl Strategy<Value = Timestamp> {
    let changes: Vec<i64> = ["America/Chicago", "Europe/Berlin", "Australia/Lord_Howe"]
        .into_iter()
        .flat_map(|name| {
            zone(name)
                .expect("a zone")
                .following("2015-01-01T00:00:00Z".parse().expect("an instant"))
                .map(|change| change.timestamp().as_second())
                .take_while(|change| *change < 2_051_222_400)
                .collect::<Vec<_>>()
        })
        .collect();
    prop_oneof![
        1_420_070_400..2_051_222_400_i64,
        (proptest::sample::select(changes), -86_400..86_400_i64).prop_map(|(at, by)| at + by),
    ]
    .prop_map(|second| Timestamp::from_second(second).expect("an instant"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn next_is_what_a_walk_over_every_minute_finds(schedule in schedules(), after in instants()) {
        let next = schedule.next(after, &jiff::tz::TimeZone::UTC);
        if let Some(found) = walk(&schedule, after) {
            prop_assert_eq!(next, Some(found), "{} after {}", schedule, after);
        } else {
            let end = after + SignedDuration::from_hours(24 * DAYS - 1);
            prop_assert!(next.is_none_or(|next| next > end), "{} after {}: {:?}", schedule, after, next);
        }
    }

    #[test]
    fn a_distance_is_neither_skipped_nor_repeated(seconds in 1..1_000_000_i64, after in instants()) {
        let schedule = Schedule {
            repeat: Repeat::Interval { milliseconds: seconds * 1_000 },
            times: Vec::new(),
            zone: None,
            catch_up: CatchUp::Once,
        };
        let next = schedule.next(after, &jiff::tz::TimeZone::UTC).expect("it fires").as_second();
        prop_assert_eq!(next % seconds, 0);
        prop_assert!(next > after.as_second() && next - seconds <= after.as_second());
    }
}
