//! What holds for every phrase: a place that is named lies in the text, a fix leads to a phrase that
//! reads, and what was read reads the same again from its own words.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sophia_phrases as phrases;
use sophia_phrases::{Literal, PhraseError, Wait};

/// A schedule prints as a phrase that means the same, and goes on strictly forward.
pub fn schedule(text: &str) {
    let schedule = match phrases::schedule(text) {
        Ok(schedule) => schedule,
        Err(error) => return refused(text, error, |text| phrases::schedule(text).err()),
    };
    let printed = schedule.to_string();
    assert_eq!(
        phrases::schedule(&printed).as_ref(),
        Ok(&schedule),
        "{printed}"
    );
    // The beginning and the end of countable time, a leap day, and both changes of New York's clock.
    for second in [
        Timestamp::MIN.as_second(),
        -1,
        1_709_164_800,
        1_772_953_200,
        1_793_512_800,
        Timestamp::MAX.as_second(),
    ] {
        let mut after = Timestamp::from_second(second).expect("an instant");
        for _ in 0..2 {
            match schedule.next(after, &TimeZone::UTC) {
                Some(next) => {
                    assert!(next > after, "{printed}: {next} after {after}");
                    after = next;
                }
                None => assert!(
                    after.as_second() > 200_000_000_000,
                    "{printed}: none after {after}"
                ),
            }
        }
    }
}

/// Durations and waits.
pub fn duration(text: &str) {
    let waited = phrases::wait(text);
    match (phrases::duration(text), &waited) {
        (Ok(Literal::Duration { milliseconds }), waited) => {
            assert!(milliseconds >= 0);
            assert_eq!(waited, &Ok(Wait::Milliseconds(milliseconds)));
        }
        (Ok(other), _) => panic!("{other:?} is no duration"),
        (Err(error), waited) => {
            assert!(!matches!(waited, Ok(Wait::Milliseconds(_))));
            literal_refused(text, &error, phrases::duration);
        }
    }
    if let Err(error) = waited {
        literal_refused(text, &error, phrases::wait);
    }
    match phrases::length(text) {
        Ok(Literal::Months { count }) => {
            assert!(count >= 0);
            assert!(phrases::duration(text).is_err());
        }
        Ok(read) => assert_eq!(phrases::duration(text), Ok(read)),
        Err(error) => literal_refused(text, &error, phrases::length),
    }
}

/// Amounts of money, written again in code form.
pub fn money(text: &str) {
    match phrases::money(text) {
        Ok(read) => {
            let Literal::Money { amount, currency } = &read else {
                panic!("{read:?} is no money");
            };
            assert_eq!(
                phrases::money(&format!("{amount} {currency}")).as_ref(),
                Ok(&read)
            );
        }
        Err(error) => literal_refused(text, &error, phrases::money),
    }
}

/// Percents, written again.
pub fn percent(text: &str) {
    match phrases::percent(text) {
        Ok(read) => {
            let Literal::Percent(digits) = &read else {
                panic!("{read:?} is no percentage");
            };
            assert_eq!(format!("{digits}%"), text);
        }
        Err(error) => literal_refused(text, &error, phrases::percent),
    }
}

/// Dates, times and both, written again.
pub fn date(text: &str) {
    for read in [phrases::date, phrases::time, phrases::date_time] {
        match read(text) {
            Ok(Literal::Date { year, month, day }) => {
                assert_eq!(format!("{year:04}-{month:02}-{day:02}"), text);
            }
            Ok(Literal::Time { hour, minute }) => {
                assert_eq!(format!("{hour:02}:{minute:02}"), text);
            }
            Ok(Literal::DateTime {
                year,
                month,
                day,
                hour,
                minute,
            }) => {
                // Between the two stand spaces; the formatter leaves one.
                let (date, time) = text.split_once(' ').unwrap_or((text, ""));
                assert_eq!(format!("{year:04}-{month:02}-{day:02}"), date);
                assert_eq!(
                    format!("{hour:02}:{minute:02}"),
                    time.trim_start_matches(' ')
                );
            }
            Ok(other) => panic!("{other:?} is no moment"),
            Err(error) => literal_refused(text, &error, read),
        }
    }
}

/// Zones have the name they were asked by, and what is proposed is one.
pub fn zone(text: &str) {
    match phrases::zone(text) {
        Ok(zone) => assert_eq!(zone.iana_name(), Some(text)),
        Err(message) => assert!(message.ends_with('.'), "{message}"),
    }
    if let Some(near) = phrases::nearest_zone(text) {
        assert!(phrases::zone(near).is_ok(), "{near}");
    }
}

/// A literal's fix reads at once.
fn literal_refused<T>(
    text: &str,
    error: &PhraseError,
    read: impl Fn(&str) -> Result<T, PhraseError>,
) {
    if let Some(mended) = mended(text, error) {
        assert!(read(&mended).is_ok(), "{mended:?} does not read");
    }
}

/// A schedule's fixes, taken one after another, come to an end.
fn refused(text: &str, error: PhraseError, read: impl Fn(&str) -> Option<PhraseError>) {
    let mut text = text.to_owned();
    let mut error = error;
    let most = text.len() * 2 + 16;
    for _ in 0..most {
        let Some(mended) = mended(&text, &error) else {
            return;
        };
        match read(&mended) {
            Some(next) => error = next,
            None => return,
        }
        text = mended;
    }
    panic!("the fixes do not end: {text:?}");
}

/// The text with the fix in it; the places of both are in the text.
fn mended(text: &str, error: &PhraseError) -> Option<String> {
    assert!(
        text.get(error.span.clone()).is_some(),
        "{:?} is no place in {text:?}",
        error.span
    );
    assert!(error.message.ends_with('.'), "{:?}", error.message);
    let (place, replacement) = error.fix.as_ref()?;
    let (before, after) = (text.get(..place.start), text.get(place.end..));
    let (Some(before), Some(after)) = (before, after) else {
        panic!("{place:?} is no place in {text:?}");
    };
    let mended = format!("{before}{replacement}{after}");
    assert_ne!(mended, text, "the fix changes nothing");
    Some(mended)
}
