//! The instants of random schedules, held against two other readers: `croner` for cron and distances,
//! `rrule` for phrases, each a calendar of its own.
//!
//! Each case is looked at twice. First the peer keeps the schedule on a calendar without zones, and
//! our rule turns its local times into instants: a time that the clock skips stands for the first
//! instant after the gap, a time that it shows twice for its first. That must be our `next`, always.
//! Then the peer keeps it in the zone itself. There it must agree too, but for what it does by its
//! own design when clocks change:
//! - `croner` fires in both passes of an hour shown twice, and passes over times in a gap, where the
//!   minute or the hour is a wildcard or a step;
//! - `rrule` moves a time in a gap by the length of the gap, or passes over it.
//!
//! Such cases are counted, and each must lie beside a change of the clock.

#![allow(clippy::print_stdout, reason = "the counts are part of the result")]

use std::str::FromStr as _;

use chrono::{Datelike as _, TimeZone as _, Timelike as _};
use croner::Cron;
use fastrand::Rng;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use rrule::{Frequency, NWeekday, RRule, RRuleSet, Tz, Weekday};
use sophia_phrases::{Schedule, schedule, zone};

const CASES: usize = 10_000;

const ZONES: [(&str, Tz); 12] = [
    ("America/New_York", Tz::America__New_York),
    ("America/Chicago", Tz::America__Chicago),
    ("Europe/Berlin", Tz::Europe__Berlin),
    ("Europe/Dublin", Tz::Europe__Dublin),
    ("Australia/Lord_Howe", Tz::Australia__Lord_Howe),
    ("Australia/Sydney", Tz::Australia__Sydney),
    ("America/Sao_Paulo", Tz::America__Sao_Paulo),
    ("America/Santiago", Tz::America__Santiago),
    ("Asia/Kolkata", Tz::Asia__Kolkata),
    ("Africa/Casablanca", Tz::Africa__Casablanca),
    ("Pacific/Apia", Tz::Pacific__Apia),
    ("UTC", Tz::UTC),
];

/// What the peer said in the zone itself.
#[derive(Default)]
struct Count {
    same: usize,
    apart_at_a_change: usize,
}

impl Count {
    fn take(
        &mut self,
        ours: Timestamp,
        theirs: Timestamp,
        after: Timestamp,
        zone: &TimeZone,
        what: &str,
    ) {
        if ours == theirs {
            self.same += 1;
            return;
        }
        let day = SignedDuration::from_hours(26);
        let from = ours.min(theirs) - day;
        let to = ours.max(theirs) + day;
        let change = zone
            .following(from.max(after - day))
            .next()
            .is_some_and(|change| change.timestamp() <= to);
        assert!(
            change,
            "{what}: {ours} here, {theirs} there, and no clock changes"
        );
        self.apart_at_a_change += 1;
    }
}

/// 1995 to 2035; half of the instants lie just before or after a change of the clock. Morocco ends in
/// 2024, because the two databases of zones differ on what it does from 2026 on.
fn instant(random: &mut Rng, zone: &TimeZone) -> Timestamp {
    let end = match zone.iana_name() {
        Some("Africa/Casablanca") => 1_704_067_200,
        _ => 2_067_000_000,
    };
    let any = Timestamp::from_second(random.i64(788_918_400..end)).expect("an instant");
    if random.bool() {
        return any;
    }
    let Some(change) = zone.following(any).next() else {
        return any;
    };
    change.timestamp() + SignedDuration::from_secs(random.i64(-180_000..90_000))
}

/// An hour of the day: often one beside the next change of the clock.
fn hour(random: &mut Rng, after: Timestamp, zone: &TimeZone) -> u8 {
    let change = zone
        .following(after - SignedDuration::from_hours(60))
        .next();
    match change {
        Some(change) if random.u8(0..4) > 0 => {
            let shown = zone.to_datetime(change.timestamp()).hour();
            (shown + random.i8(-2..=1)).rem_euclid(24).unsigned_abs()
        }
        _ => random.u8(0..24),
    }
}

/// Our rule for a local time.
fn by_rule(local: DateTime, zone: &TimeZone) -> Timestamp {
    let possible = zone.to_ambiguous_zoned(local);
    if !possible.is_ambiguous() {
        return possible.compatible().expect("an instant").timestamp();
    }
    let first = possible.clone().earlier().expect("an instant").timestamp();
    if zone.to_datetime(first) == local {
        return first;
    }
    // A gap: `first` lies before it and `later` behind it, and the clock jumps between them.
    let later = possible.later().expect("an instant").timestamp();
    zone.following(first)
        .map(|change| change.timestamp())
        .find(|change| *change <= later && zone.to_datetime(*change) > local)
        .expect("a change of the clock")
}

/// The first of a peer's local times that comes after an instant by our rule.
fn first_after(
    mut locals: impl Iterator<Item = DateTime>,
    after: Timestamp,
    zone: &TimeZone,
) -> Timestamp {
    locals
        .find_map(|local| Some(by_rule(local, zone)).filter(|instant| *instant > after))
        .expect("the peer goes on")
}

/// Two days before an instant on the local clock: no clock jumps further.
fn start(after: Timestamp, zone: &TimeZone) -> DateTime {
    let local = zone.to_datetime(after).checked_sub(2.days());
    local.expect("a local time")
}

fn read(text: &str) -> Schedule {
    schedule(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn field(random: &mut Rng, from: u8, to: u8, any: u8) -> String {
    let one = |random: &mut Rng| random.u8(from..=to);
    match random.u8(0..10) {
        kind if kind < any => "*".to_owned(),
        7 => format!("*/{}", random.u8(2..=10)),
        8 => {
            let (first, second) = (one(random), one(random));
            format!("{}-{}", first.min(second), first.max(second))
        }
        9 => format!("{},{}", one(random), one(random)),
        _ => one(random).to_string(),
    }
}

/// A line of cron whose two day fields mean the same to both readers: where both are given, neither
/// begins with `*`.
fn cron_line(random: &mut Rng, after: Timestamp, zone: &TimeZone) -> String {
    let minute = field(random, 0, 59, 2);
    let hour = if random.u8(0..4) > 0 {
        hour(random, after, zone).to_string()
    } else {
        field(random, 0, 23, 4)
    };
    let month = field(random, 1, 12, 7);
    let (day, weekday) = match random.u8(0..6) {
        0..3 => ("*".to_owned(), "*".to_owned()),
        3 => (field(random, 1, 28, 0), "*".to_owned()),
        4 => ("*".to_owned(), field(random, 0, 6, 0)),
        _ => (random.u8(1..=28).to_string(), random.u8(0..=6).to_string()),
    };
    format!("{minute} {hour} {day} {month} {weekday}")
}

#[test]
fn cron_fires_when_croner_fires() {
    let mut random = Rng::with_seed(0x5EED_0001);
    let mut count = Count::default();
    for _ in 0..CASES {
        let (name, _) = ZONES[random.usize(..ZONES.len())];
        let zone = zone(name).expect("a zone");
        let after = instant(&mut random, &zone);
        let line = cron_line(&mut random, after, &zone);
        let peer = Cron::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let what = format!("cron \"{line}\" in \"{name}\" after {after}");

        let ours = read(&format!("cron \"{line}\" in \"{name}\""))
            .next(after, &TimeZone::UTC)
            .expect("it fires");
        let locals = peer.iter_after(start(after, &zone));
        assert_eq!(ours, first_after(locals, after, &zone), "{what}");

        let theirs = peer
            .find_next_occurrence(&after.to_zoned(zone.clone()), false)
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        count.take(ours, theirs.timestamp(), after, &zone, &what);
    }
    println!(
        "{CASES} cases of cron: {} the same in croner's own zones, {} apart at a change of the clock",
        count.same, count.apart_at_a_change
    );
    assert!(count.same > CASES / 2);
}

#[test]
fn distances_fall_where_croner_puts_them() {
    let mut random = Rng::with_seed(0x5EED_0002);
    for _ in 0..CASES {
        let after = instant(&mut random, &TimeZone::UTC);
        let (phrase, line) = if random.bool() {
            let minutes = [2, 3, 4, 5, 6, 10, 12, 15, 20, 30][random.usize(..10)];
            (
                format!("every {minutes} minutes"),
                format!("*/{minutes} * * * *"),
            )
        } else {
            let hours = [2, 3, 4, 6, 8, 12][random.usize(..6)];
            (format!("every {hours} hours"), format!("0 */{hours} * * *"))
        };
        let peer = Cron::from_str(&line).expect("a line of cron");
        let theirs = peer
            .find_next_occurrence(&after.to_zoned(TimeZone::UTC), false)
            .expect("it fires");
        let ours = read(&phrase).next(after, &TimeZone::UTC);
        assert_eq!(ours, Some(theirs.timestamp()), "{phrase} after {after}");
    }
}

const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

fn weekdays() -> Vec<NWeekday> {
    DAYS[..5]
        .iter()
        .map(|(_, day)| NWeekday::Every(*day))
        .collect()
}

/// Which one of a month, as a word and as a number: from the end where that is negative.
fn position(random: &mut Rng, most: i8) -> (String, i8) {
    let nth = random.i8(1..=most);
    let ordinal = match (nth / 10, nth % 10) {
        (1, _) => format!("{nth}th"),
        (_, 1) => format!("{nth}st"),
        (_, 2) => format!("{nth}nd"),
        (_, 3) => format!("{nth}rd"),
        _ => format!("{nth}th"),
    };
    match random.u8(0..3) {
        0 if nth == 1 => ("last".to_owned(), -1),
        0 => (format!("{ordinal} to last"), -nth),
        _ => (ordinal, nth),
    }
}

/// A phrase without its times, and the rule that means its days.
fn days(random: &mut Rng) -> (String, RRule<rrule::Unvalidated>) {
    let daily = || RRule::new(Frequency::Daily);
    let monthly = || RRule::new(Frequency::Monthly);
    match random.u8(0..12) {
        0 => ("every day".to_owned(), daily()),
        1 => (
            "every weekday".to_owned(),
            RRule::new(Frequency::Weekly).by_weekday(weekdays()),
        ),
        2 => {
            let mut named: Vec<usize> = (0..7).filter(|_| random.u8(0..3) == 0).collect();
            if named.is_empty() {
                named.push(random.usize(..7));
            }
            let words: Vec<&str> = named.iter().map(|day| DAYS[*day].0).collect();
            let rule = RRule::new(Frequency::Weekly).by_weekday(
                named
                    .iter()
                    .map(|day| NWeekday::Every(DAYS[*day].1))
                    .collect(),
            );
            (format!("every {}", words.join(" and ")), rule)
        }
        3 => (
            "every week".to_owned(),
            RRule::new(Frequency::Weekly).by_weekday(vec![NWeekday::Every(Weekday::Mon)]),
        ),
        4 => ("every month".to_owned(), monthly().by_month_day(vec![1])),
        5 => (
            "every quarter".to_owned(),
            monthly()
                .by_month(&[
                    chrono::Month::January,
                    chrono::Month::April,
                    chrono::Month::July,
                    chrono::Month::October,
                ])
                .by_month_day(vec![1]),
        ),
        6 => (
            "every year".to_owned(),
            RRule::new(Frequency::Yearly)
                .by_month(&[chrono::Month::January])
                .by_month_day(vec![1]),
        ),
        7 => {
            let day = random.i8(1..=31);
            let ordinal = match day {
                1 | 21 | 31 => "st",
                2 | 22 => "nd",
                3 | 23 => "rd",
                _ => "th",
            };
            (
                format!("on the {day}{ordinal} of each month"),
                monthly().by_month_day(vec![day]),
            )
        }
        8 => (
            "on the last day of each month".to_owned(),
            monthly().by_month_day(vec![-1]),
        ),
        9 | 10 => {
            let (word, nth) = position(random, 5);
            let (name, day) = DAYS[random.usize(..7)];
            (
                format!("on the {word} {name} of each month"),
                monthly()
                    .by_weekday(vec![NWeekday::Every(day)])
                    .by_set_pos(vec![i32::from(nth)]),
            )
        }
        _ => {
            let (word, nth) = position(random, 23);
            (
                format!("on the {word} business day of each month"),
                monthly()
                    .by_weekday(weekdays())
                    .by_set_pos(vec![i32::from(nth)]),
            )
        }
    }
}

/// One rule for each time of day, from the beginning of a day on.
fn rules(
    rule: &RRule<rrule::Unvalidated>,
    times: &[(u8, u8)],
    from: DateTime,
    zone: Tz,
) -> RRuleSet {
    let (year, month, day) = (from.year(), from.month(), from.day());
    let begin = zone
        .with_ymd_and_hms(
            i32::from(year),
            month.unsigned_abs().into(),
            day.unsigned_abs().into(),
            12,
            0,
            0,
        )
        .earliest()
        .expect("a noon");
    let mut set = RRuleSet::new(begin);
    for (hour, minute) in times {
        let timed = rule
            .clone()
            .by_hour(vec![*hour])
            .by_minute(vec![*minute])
            .by_second(vec![0]);
        set = set.rrule(timed.validate(begin).expect("a rule"));
    }
    set
}

#[test]
fn phrases_fire_when_rrule_fires() {
    let mut random = Rng::with_seed(0x5EED_0003);
    let mut count = Count::default();
    for _ in 0..CASES {
        let (name, peer_zone) = ZONES[random.usize(..ZONES.len())];
        let zone = zone(name).expect("a zone");
        let after = instant(&mut random, &zone);
        let (days, rule) = days(&mut random);
        let mut times: Vec<(u8, u8)> = (0..random.usize(1..4))
            .map(|_| {
                let hour = hour(&mut random, after, &zone);
                (hour, random.u8(0..60))
            })
            .collect();
        times.sort_unstable();
        times.dedup();
        let written: Vec<String> = times
            .iter()
            .map(|(hour, minute)| format!("{hour:02}:{minute:02}"))
            .collect();
        let phrase = format!("{days} at {} in \"{name}\"", written.join(", "));
        let what = format!("{phrase} after {after}");

        let ours = read(&phrase).next(after, &TimeZone::UTC).expect("it fires");
        let from = start(after, &zone);
        let locals = rules(&rule, &times, from, Tz::UTC).into_iter().map(|date| {
            jiff::civil::date(
                i16::try_from(date.year()).expect("a year"),
                i8::try_from(date.month()).expect("a month"),
                i8::try_from(date.day()).expect("a day"),
            )
            .at(
                i8::try_from(date.hour()).expect("an hour"),
                i8::try_from(date.minute()).expect("a minute"),
                0,
                0,
            )
        });
        assert_eq!(ours, first_after(locals, after, &zone), "{what}");

        let theirs = rules(&rule, &times, from, peer_zone)
            .into_iter()
            .map(|date| Timestamp::from_second(date.timestamp()).expect("an instant"))
            .find(|instant| *instant > after)
            .expect("the peer goes on");
        count.take(ours, theirs, after, &zone, &what);
    }
    println!(
        "{CASES} cases of phrases: {} the same in rrule's own zones, {} apart at a change of the clock",
        count.same, count.apart_at_a_change
    );
    assert!(count.same > CASES / 2);
}
