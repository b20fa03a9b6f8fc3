//! What the small literals mean, and what is said about the ones that mean nothing.

use proptest::prelude::*;
use sophia_phrases::{
    Literal, PhraseError, date, date_time, duration, length, money, percent, time,
};

fn refused(read: Result<Literal, PhraseError>) -> PhraseError {
    let error = read.expect_err("this is no literal");
    assert!(error.message.ends_with('.'), "{}", error.message);
    error
}

#[test]
fn durations_are_counted_in_milliseconds() {
    for (text, milliseconds) in [
        ("30 days", 2_592_000_000),
        ("1 hour", 3_600_000),
        ("2 weeks", 1_209_600_000),
        ("90 seconds", 90_000),
        ("250 milliseconds", 250),
        ("1 minute", 60_000),
        ("0 seconds", 0),
    ] {
        assert_eq!(
            duration(text),
            Ok(Literal::Duration { milliseconds }),
            "{text}"
        );
    }
}

#[test]
fn a_duration_says_how_its_unit_is_written() {
    let error = refused(duration("1 days"));
    assert_eq!(error.message, "After 1 the unit is written `day`.");
    assert_eq!(error.span, 2..6);
    assert_eq!(
        refused(duration("2 day")).message,
        "After 2 the unit is written `days`."
    );
}

#[test]
fn beside_a_date_months_and_years_are_counted_in_months() {
    for (text, count) in [
        ("1 month", 1),
        ("3 months", 3),
        ("1 quarter", 3),
        ("2 years", 24),
    ] {
        assert_eq!(length(text), Ok(Literal::Months { count }), "{text}");
    }
    assert_eq!(length("30 days"), duration("30 days"));
    assert_eq!(
        refused(length("1 months")).message,
        "After 1 the unit is written `month`."
    );
    assert!(refused(length("99999999 years")).message.contains("longer"));
}

#[test]
fn months_and_years_are_no_durations_and_the_reason_is_given() {
    for text in ["3 months", "1 month", "2 years", "1 quarter"] {
        let message = refused(duration(text)).message;
        assert!(message.contains("no fixed length"), "{message}");
    }
    assert!(
        refused(duration("3 business days"))
            .message
            .contains("`wait` and `within`")
    );
    assert!(
        refused(duration("3 fortnights"))
            .message
            .contains("no unit of time")
    );
}

#[test]
fn a_duration_too_long_to_count_is_refused() {
    assert!(
        refused(duration("99999999999999999999 days"))
            .message
            .contains("longer")
    );
    assert!(
        refused(duration("9223372036854775807 days"))
            .message
            .contains("longer")
    );
}

#[test]
fn money_keeps_its_digits() {
    for (text, amount, currency) in [
        ("$12,000", "12000", "USD"),
        ("$0.02", "0.02", "USD"),
        ("$5", "5", "USD"),
        ("$1,234,567.89", "1234567.89", "USD"),
        ("$12000", "12000", "USD"),
        ("5.00 EUR", "5.00", "EUR"),
        ("1200 JPY", "1200", "JPY"),
    ] {
        let expected = Literal::Money {
            amount: amount.to_owned(),
            currency: currency.to_owned(),
        };
        assert_eq!(money(text), Ok(expected), "{text}");
    }
}

#[test]
fn money_stands_in_groups_of_three_without_leading_zeros() {
    for text in [
        "$1,20",
        "$12,0000",
        "$0,120",
        "$012",
        "$",
        "$.50",
        "$5.",
        "$1,234.5,6",
        "5,000 EUR",
        "5 eur",
        "5 EURO",
        "5EUR",
        "EUR 5",
        "$ 5",
        "$5 USD",
        "$-5",
        "",
    ] {
        refused(money(text));
    }
    assert!(
        refused(money("$1.1234567890"))
            .message
            .contains("after the point")
    );
    assert!(
        refused(money("$1234567890123456789"))
            .message
            .contains("before the point")
    );
}

#[test]
fn percents_keep_their_digits() {
    for text in ["70", "0", "0.5", "12.50", "150"] {
        assert_eq!(
            percent(&format!("{text}%")),
            Ok(Literal::Percent(text.to_owned()))
        );
    }
    for text in ["070%", "70 %", "70", "%", ".5%", "5.%", "-5%"] {
        refused(percent(text));
    }
}

#[test]
fn dates_are_days_of_the_calendar() {
    assert_eq!(
        date("2026-11-22"),
        Ok(Literal::Date {
            year: 2026,
            month: 11,
            day: 22
        })
    );
    assert!(date("2028-02-29").is_ok());
    let error = refused(date("2026-02-30"));
    assert_eq!(
        error.message,
        "There is no day 30 in February 2026: that month ends on the 28th."
    );
    assert_eq!(error.span, 8..10);
    assert!(refused(date("2026-04-31")).message.contains("the 30th"));
    assert!(refused(date("2026-01-32")).message.contains("the 31st"));
    assert!(refused(date("2026-13-01")).message.contains("no month 13"));
    for text in ["2026-1-1", "26-11-22", "2026/11/22", "2026-11-22 08:00", ""] {
        refused(date(text));
    }
}

#[test]
fn times_are_padded() {
    assert_eq!(time("08:00"), Ok(Literal::Time { hour: 8, minute: 0 }));
    assert_eq!(
        time("23:59"),
        Ok(Literal::Time {
            hour: 23,
            minute: 59
        })
    );
    for text in ["8:00", "08:0", "24:00", "08:60", "08:00:00", "8am", ""] {
        refused(time(text));
    }
    assert_eq!(
        date_time("2026-11-22 08:05"),
        Ok(Literal::DateTime {
            year: 2026,
            month: 11,
            day: 22,
            hour: 8,
            minute: 5
        })
    );
    refused(date_time("2026-11-31 08:05"));
    refused(date_time("2026-11-22 25:05"));
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in "\\PC{0,40}") {
        for read in [duration, money, percent, date, time, date_time] {
            if let Err(error) = read(&text) {
                prop_assert!(text.get(error.span.clone()).is_some(), "{:?} in {:?}", error.span, text);
                prop_assert!(!error.message.is_empty());
            }
        }
    }

    #[test]
    fn nearly_right_text_makes_no_reader_panic(text in "[0-9$,.:% -]{0,12}(EUR|days|hour)?") {
        for read in [duration, money, percent, date, time, date_time] {
            if let Err(error) = read(&text) {
                prop_assert!(text.get(error.span.clone()).is_some());
            }
        }
    }
}
