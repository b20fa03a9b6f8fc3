//! At which instants schedules fire: known days across both changes of the clock, leap days and the
//! ends of years.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sophia_phrases::{Repeat, schedule, zone};

fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// The first instants of a schedule after another one, as local times of its zone.
fn local(phrase: &str, after: &str, count: usize) -> Vec<String> {
    let schedule = schedule(phrase).expect(phrase);
    let zone = zone(schedule.zone.as_deref().unwrap_or("UTC")).expect("a zone");
    let mut after = instant(after);
    (0..count)
        .map(|_| {
            after = schedule
                .next(after, &TimeZone::UTC)
                .expect("it fires again");
            after
                .to_zoned(zone.clone())
                .strftime("%Y-%m-%d %H:%M %:z")
                .to_string()
        })
        .collect()
}

#[test]
fn the_next_instant_is_strictly_after() {
    let daily = schedule("every day at 08:00").expect("a schedule");
    let eight = instant("2026-11-22T08:00:00Z");
    let next = |after: &str| daily.next(instant(after), &TimeZone::UTC);
    assert_eq!(next("2026-11-22T07:59:59.999999999Z"), Some(eight));
    assert_eq!(
        next("2026-11-22T08:00:00Z"),
        Some(instant("2026-11-23T08:00:00Z"))
    );
}

#[test]
fn a_schedule_without_a_zone_follows_the_zone_it_is_given() {
    let daily = schedule("every day at 08:00").expect("a schedule");
    let chicago = zone("America/Chicago").expect("a zone");
    assert_eq!(
        daily.next(instant("2026-11-22T00:00:00Z"), &chicago),
        Some(instant("2026-11-22T14:00:00Z"))
    );
}

#[test]
fn a_time_that_chicago_skips_fires_when_the_clock_has_jumped() {
    assert_eq!(
        local(
            "every day at 02:30 in \"America/Chicago\"",
            "2026-03-07T00:00:00Z",
            3
        ),
        [
            "2026-03-07 02:30 -06:00",
            "2026-03-08 03:00 -05:00",
            "2026-03-09 02:30 -05:00"
        ]
    );
}

#[test]
fn several_times_inside_one_gap_fire_once() {
    assert_eq!(
        local(
            "every day at 02:00, 02:30, 03:00 in \"America/Chicago\"",
            "2026-03-08T07:00:00Z",
            2
        ),
        ["2026-03-08 03:00 -05:00", "2026-03-09 02:00 -05:00"]
    );
}

#[test]
fn a_time_that_chicago_has_twice_fires_at_its_first() {
    assert_eq!(
        local(
            "every day at 01:30 in \"America/Chicago\"",
            "2026-10-31T12:00:00Z",
            2
        ),
        ["2026-11-01 01:30 -05:00", "2026-11-02 01:30 -06:00"]
    );
}

#[test]
fn berlin_changes_at_other_hours() {
    assert_eq!(
        local(
            "every day at 02:15 in \"Europe/Berlin\"",
            "2026-03-28T12:00:00Z",
            2
        ),
        ["2026-03-29 03:00 +02:00", "2026-03-30 02:15 +02:00"]
    );
    assert_eq!(
        local(
            "every day at 02:15 in \"Europe/Berlin\"",
            "2026-10-24T12:00:00Z",
            2
        ),
        ["2026-10-25 02:15 +02:00", "2026-10-26 02:15 +01:00"]
    );
}

#[test]
fn lord_howe_moves_by_half_an_hour() {
    assert_eq!(
        local(
            "every day at 02:15 in \"Australia/Lord_Howe\"",
            "2026-10-03T00:00:00Z",
            2
        ),
        ["2026-10-04 02:30 +11:00", "2026-10-05 02:15 +11:00"]
    );
    assert_eq!(
        local(
            "every day at 01:45 in \"Australia/Lord_Howe\"",
            "2026-04-04T00:00:00Z",
            2
        ),
        ["2026-04-05 01:45 +11:00", "2026-04-06 01:45 +10:30"]
    );
}

#[test]
fn a_leap_day_comes_round_every_fourth_year() {
    assert_eq!(
        local("cron \"0 0 29 2 *\"", "2026-01-01T00:00:00Z", 2),
        ["2028-02-29 00:00 +00:00", "2032-02-29 00:00 +00:00"]
    );
    assert_eq!(
        local("on the last day of each month", "2028-01-31T00:00:00Z", 2),
        ["2028-02-29 00:00 +00:00", "2028-03-31 00:00 +00:00"]
    );
}

#[test]
fn a_year_ends() {
    assert_eq!(
        local("every month at 09:00", "2026-12-01T09:00:00Z", 1),
        ["2027-01-01 09:00 +00:00"]
    );
    assert_eq!(
        local("every weekday", "2026-12-31T23:59:59Z", 2),
        ["2027-01-01 00:00 +00:00", "2027-01-04 00:00 +00:00"]
    );
}

#[test]
fn a_month_without_the_day_is_passed_over() {
    assert_eq!(
        local("on the 31st of each month", "2026-01-31T00:00:00Z", 2),
        ["2026-03-31 00:00 +00:00", "2026-05-31 00:00 +00:00"]
    );
}

#[test]
fn days_are_counted_from_either_end_of_a_month() {
    assert_eq!(
        local(
            "on the last friday of each month at 17:00",
            "2026-11-01T00:00:00Z",
            2
        ),
        ["2026-11-27 17:00 +00:00", "2026-12-25 17:00 +00:00"]
    );
    assert_eq!(
        local(
            "on the 3rd business day of each month",
            "2026-11-01T00:00:00Z",
            2
        ),
        ["2026-11-04 00:00 +00:00", "2026-12-03 00:00 +00:00"]
    );
    assert_eq!(
        local(
            "on the last business day of each month",
            "2026-05-01T00:00:00Z",
            1
        ),
        ["2026-05-29 00:00 +00:00"]
    );
    assert_eq!(
        local(
            "on the 2nd to last business day of each month",
            "2026-05-01T00:00:00Z",
            1
        ),
        ["2026-05-28 00:00 +00:00"]
    );
}

#[test]
fn weeks_quarters_and_years_begin_on_their_first_day() {
    assert_eq!(
        local("every week at 09:00", "2026-11-22T00:00:00Z", 2),
        ["2026-11-23 09:00 +00:00", "2026-11-30 09:00 +00:00"]
    );
    assert_eq!(
        local("every quarter", "2026-07-01T00:00:00Z", 3),
        [
            "2026-10-01 00:00 +00:00",
            "2027-01-01 00:00 +00:00",
            "2027-04-01 00:00 +00:00"
        ]
    );
    assert_eq!(
        local("every year at 06:00", "2026-01-01T06:00:00Z", 1),
        ["2027-01-01 06:00 +00:00"]
    );
}

#[test]
fn cron_takes_either_day_field_where_both_are_given() {
    assert_eq!(
        local("cron \"0 8 13 * fri\"", "2026-11-01T00:00:00Z", 4),
        [
            "2026-11-06 08:00 +00:00",
            "2026-11-13 08:00 +00:00",
            "2026-11-20 08:00 +00:00",
            "2026-11-27 08:00 +00:00"
        ]
    );
    assert_eq!(
        local("cron \"30 6 * * 7\"", "2026-11-01T12:00:00Z", 1),
        ["2026-11-08 06:30 +00:00"]
    );
}

#[test]
fn distances_are_counted_from_1970() {
    assert_eq!(
        local("every 15 minutes", "2026-11-22T08:07:00Z", 2),
        ["2026-11-22 08:15 +00:00", "2026-11-22 08:30 +00:00"]
    );
    let seconds = schedule("every 10 seconds").expect("a schedule");
    assert_eq!(
        seconds.next(instant("1969-12-31T23:59:59.9999Z"), &TimeZone::UTC),
        Some(Timestamp::UNIX_EPOCH)
    );
}

#[test]
fn the_end_of_time_has_no_next() {
    for phrase in [
        "every day at 08:00",
        "every 15 minutes",
        "cron \"* * * * *\"",
    ] {
        let schedule = schedule(phrase).expect("a schedule");
        assert_eq!(schedule.next(Timestamp::MAX, &TimeZone::UTC), None);
        assert!(schedule.next(Timestamp::MIN, &TimeZone::UTC).is_some());
    }
}

#[test]
fn a_schedule_put_together_wrongly_never_fires() {
    let mut daily = schedule("every day").expect("a schedule");
    for repeat in [
        Repeat::DayOfMonth(40),
        Repeat::DaysOfWeek(vec![]),
        Repeat::Interval { milliseconds: 0 },
        Repeat::Cron("garbage".to_owned()),
        Repeat::BusinessDayOfMonth(i8::MIN),
    ] {
        daily.repeat = repeat;
        assert_eq!(daily.next(Timestamp::UNIX_EPOCH, &TimeZone::UTC), None);
    }
}
