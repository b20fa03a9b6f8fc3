//! Which schedules can be written, how they print, and what is said about the others.

use proptest::prelude::*;
use sophia_phrases::{CatchUp, ClockTime, PhraseError, Repeat, Schedule, schedule};

fn at(hour: u8, minute: u8) -> ClockTime {
    ClockTime { hour, minute }
}

fn read(text: &str) -> Schedule {
    schedule(text).unwrap_or_else(|error| panic!("{text}: {} at {:?}", error.message, error.span))
}

fn refused(text: &str) -> PhraseError {
    let error = schedule(text).expect_err(text);
    assert!(error.message.ends_with('.'), "{}", error.message);
    error
}

/// What the error points at.
fn place(text: &str) -> &str {
    &text[refused(text).span]
}

#[test]
fn a_full_schedule_has_all_its_parts() {
    assert_eq!(
        read(
            "every weekday\n  at 17:30,\n  08:00 in \"America/Chicago\" # in time\n  catch up all"
        ),
        Schedule {
            repeat: Repeat::Weekday,
            times: vec![at(8, 0), at(17, 30)],
            zone: Some("America/Chicago".to_owned()),
            catch_up: CatchUp::All,
        }
    );
}

#[test]
fn every_kind_of_repeat_is_read() {
    let minutes = |count: i64| Repeat::Interval {
        milliseconds: count * 60_000,
    };
    for (text, repeat) in [
        ("every day", Repeat::Day),
        ("every weekday at 08:00", Repeat::Weekday),
        ("every monday at 06:30", Repeat::DaysOfWeek(vec![1])),
        ("every thursday and monday", Repeat::DaysOfWeek(vec![1, 4])),
        (
            "every monday, wednesday and friday",
            Repeat::DaysOfWeek(vec![1, 3, 5]),
        ),
        ("every 15 minutes", minutes(15)),
        ("every 1 hour", minutes(60)),
        ("every hour", minutes(60)),
        (
            "every 30 seconds",
            Repeat::Interval {
                milliseconds: 30_000,
            },
        ),
        ("every week", Repeat::Week),
        ("every month", Repeat::Month),
        ("every quarter at 07:00", Repeat::Quarter),
        ("every year", Repeat::Year),
        ("on the 3rd of each month", Repeat::DayOfMonth(3)),
        ("on the first of each month at 07:00", Repeat::DayOfMonth(1)),
        ("on the last day of each month", Repeat::LastDayOfMonth),
        (
            "on the last friday of each month at 17:00",
            Repeat::WeekdayOfMonth {
                weekday: 5,
                nth: -1,
            },
        ),
        (
            "on the first monday of each month",
            Repeat::WeekdayOfMonth { weekday: 1, nth: 1 },
        ),
        (
            "on the 2nd to last sunday of each month",
            Repeat::WeekdayOfMonth {
                weekday: 7,
                nth: -2,
            },
        ),
        (
            "on the 3rd business day of each month at 07:00",
            Repeat::BusinessDayOfMonth(3),
        ),
        (
            "on the last business day of each month",
            Repeat::BusinessDayOfMonth(-1),
        ),
        (
            "cron \"0 8 * * 1-5\" in \"Europe/Berlin\"",
            Repeat::Cron("0 8 * * 1-5".to_owned()),
        ),
    ] {
        assert_eq!(read(text).repeat, repeat, "{text}");
    }
}

#[test]
fn without_a_time_a_day_begins_at_midnight() {
    for text in [
        "every day",
        "every month",
        "every monday",
        "on the last day of each month",
    ] {
        assert_eq!(read(text).times, [at(0, 0)], "{text}");
    }
    assert_eq!(read("every 15 minutes").times, []);
    assert_eq!(read("cron \"0 8 * * *\"").times, []);
}

#[test]
fn catching_up_is_once_unless_written() {
    assert_eq!(read("every day").catch_up, CatchUp::Once);
    assert_eq!(read("every day catch up once").catch_up, CatchUp::Once);
    assert_eq!(read("every day catch up none").catch_up, CatchUp::None);
    assert_eq!(read("every 15 minutes catch up all").catch_up, CatchUp::All);
}

#[test]
fn a_schedule_prints_as_it_is_written() {
    for text in [
        "every weekday at 08:00 in \"America/Chicago\"",
        "every 15 minutes",
        "every 1 hour",
        "every week at 09:00",
        "every month",
        "every quarter",
        "every year at 00:00, 12:00",
        "every monday, wednesday and friday at 08:00, 17:30 catch up all",
        "on the last friday of each month at 17:00",
        "on the 22nd of each month",
        "on the 3rd business day of each month at 07:00",
        "on the 2nd to last business day of each month",
        "cron \"*/5 8-18 * jan-mar mon\" in \"Europe/Berlin\" catch up none",
    ] {
        assert_eq!(read(text).to_string(), text);
    }
}

#[test]
fn what_is_expected_is_said_where_it_is_missing() {
    for (text, message, place_of_it) in [
        (
            "",
            "A schedule such as `every weekday at 08:00` is expected here.",
            "",
        ),
        (
            "each monday",
            "A schedule such as `every weekday at 08:00` is expected here.",
            "each",
        ),
        (
            "every day at",
            "A time such as `08:00` is expected here.",
            "",
        ),
        (
            "every day at noon",
            "A time such as `08:00` is expected here.",
            "noon",
        ),
        (
            "every day in Berlin",
            "A zone in quotes, such as `\"Europe/Berlin\"`, is expected here.",
            "Berlin",
        ),
        (
            "every day catch up twice",
            "`all`, `once` or `none` is expected here.",
            "twice",
        ),
        (
            "on the 3rd of month",
            "`of each month` is expected here.",
            "month",
        ),
    ] {
        let error = refused(text);
        assert_eq!(error.message, message, "{text}");
        assert_eq!(&text[error.span], place_of_it, "{text}");
    }
}

#[test]
fn what_cannot_be_is_explained() {
    for (text, part, place_of_it) in [
        ("every day at 8:00", "two digits", "8:00"),
        ("every day at 25:00", "00:00 to 23:59", "25:00"),
        ("every day at 08:00, 08:00", "twice", "08:00"),
        ("every monday and monday", "twice", "monday"),
        ("every 2 weeks", "Weeks are not counted", "weeks"),
        ("every 2 days", "Days are named", "days"),
        ("every 3 months", "Months are not counted", "months"),
        ("every 1 minutes", "`minute`", "minutes"),
        ("every 87601 hours", "ten years", "hours"),
        ("every 0 minutes", "at most once a second", "minutes"),
        ("every 15 minutes at 08:00", "no time of day", "at 08:00"),
        (
            "every 15 minutes in \"Europe/Berlin\"",
            "no zone stands here",
            "in \"Europe/Berlin\"",
        ),
        ("on the 3th of each month", "`3rd`", "3th"),
        (
            "on the 32nd of each month",
            "from the 1st to the 31st",
            "32nd",
        ),
        ("on the last of each month", "The last of what", "last"),
        (
            "on the 24th business day of each month",
            "23 business days",
            "24th",
        ),
        ("on the 6th monday of each month", "5 times", "6th"),
        ("on the 1st to last friday of each month", "`last`", "1st"),
        (
            "every day in \"Europe/Atlantis\"",
            "no time zone",
            "\"Europe/Atlantis\"",
        ),
        (
            "every day in \"New York\"",
            "`America/New_York`",
            "\"New York\"",
        ),
        (
            "every day in \"europe/berlin\"",
            "`Europe/Berlin`",
            "\"europe/berlin\"",
        ),
        ("cron \"0 8 * *\"", "five fields", "0 8 * *"),
        ("cron \"0 25 * * *\"", "no hour", "25"),
        ("cron \"0 8,9x * * *\"", "`9x` is no hour", "9x"),
        ("cron \"*/0 * * * *\"", "no minute", "*/0"),
        ("cron \"0 0 30,31 2 *\"", "never fire", "30,31 2"),
    ] {
        let error = refused(text);
        assert!(error.message.contains(part), "{text}: {}", error.message);
        assert_eq!(place(text), place_of_it, "{text}");
    }
}

fn repeats() -> impl Strategy<Value = Repeat> {
    let days = proptest::sample::subsequence(vec![1_u8, 2, 3, 4, 5, 6, 7], 1..=7);
    prop_oneof![
        Just(Repeat::Day),
        Just(Repeat::Weekday),
        Just(Repeat::Week),
        Just(Repeat::Month),
        Just(Repeat::Quarter),
        Just(Repeat::Year),
        Just(Repeat::LastDayOfMonth),
        days.prop_map(Repeat::DaysOfWeek),
        (1..100_000_i64).prop_map(|seconds| Repeat::Interval {
            milliseconds: seconds * 1_000
        }),
        (1..=31_u8).prop_map(Repeat::DayOfMonth),
        (1..=7_u8, prop_oneof![-5..=-1_i8, 1..=5_i8])
            .prop_map(|(weekday, nth)| Repeat::WeekdayOfMonth { weekday, nth }),
        prop_oneof![-23..=-1_i8, 1..=23_i8].prop_map(Repeat::BusinessDayOfMonth),
        (0..60_u8, 0..24_u8, 1..=28_u8)
            .prop_map(|(minute, hour, day)| Repeat::Cron(format!("{minute} {hour} {day} * *"))),
    ]
}

fn schedules() -> impl Strategy<Value = Schedule> {
    let times = proptest::collection::btree_set((0..24_u8, 0..60_u8), 1..4);
    let zones = proptest::option::of(proptest::sample::select(vec![
        "America/Chicago",
        "Europe/Berlin",
        "Australia/Lord_Howe",
    ]));
    let catch_up = proptest::sample::select(vec![CatchUp::All, CatchUp::Once, CatchUp::None]);
    (repeats(), times, zones, catch_up).prop_map(|(repeat, times, zone, catch_up)| {
        let distance = matches!(repeat, Repeat::Interval { .. });
        let timeless = distance || matches!(repeat, Repeat::Cron(_));
        Schedule {
            repeat,
            times: times
                .into_iter()
                .filter(|_| !timeless)
                .map(|(hour, minute)| at(hour, minute))
                .collect(),
            zone: zone.filter(|_| !distance).map(str::to_owned),
            catch_up,
        }
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_as_the_same_schedule(written in schedules()) {
        let text = written.to_string();
        prop_assert_eq!(schedule(&text), Ok(written), "{}", text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,60}") {
        if let Err(error) = schedule(&text) {
            prop_assert!(text.get(error.span.clone()).is_some());
            prop_assert!(error.fix.is_none_or(|(place, _)| text.get(place).is_some()));
        }
    }

    #[test]
    fn no_order_of_its_words_makes_the_reader_panic(words in proptest::collection::vec(
        proptest::sample::select(vec![
            "every", "on", "the", "cron", "\"* * * * *\"", "\"0 0 31 2 *\"", "3rd", "99th", "last", "to",
            "business", "day", "monday", "and", ",", "of", "each", "month", "at", "08:00", "99:99", "in",
            "\"Europe/Berlin\"", "\"é\"", "catch", "up", "all", "15", "minutes", "\n", "# é\n", "é",
            "99999999999999999999",
        ]), 0..12))
    {
        let text = words.join(" ");
        if let Err(error) = schedule(&text) {
            prop_assert!(text.get(error.span.clone()).is_some(), "{:?} in {:?}", error.span, text);
            prop_assert!(!error.message.is_empty());
        }
    }

    #[test]
    fn no_cron_line_makes_the_reader_panic(fields in "[0-9a-z*/, -]{0,20}") {
        if let Ok(read) = schedule(&format!("cron \"{fields}\"")) {
            let zone = jiff::tz::TimeZone::UTC;
            prop_assert!(read.next(jiff::Timestamp::UNIX_EPOCH, &zone).is_some());
        }
    }
}
