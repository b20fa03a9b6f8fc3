//! What is proposed where a phrase is written as elsewhere. `None` where nothing is proposed,
//! because it is not certain what was meant.

use sophia_phrases::{
    Literal, PhraseError, Wait, date, date_time, duration, money, nearest_zone, percent, schedule,
    time, wait, zone,
};

/// The phrase with the fix in its place.
fn mended(text: &str, error: &PhraseError) -> Option<String> {
    assert!(error.message.ends_with('.'), "{text}: {}", error.message);
    let (place, replacement) = error.fix.as_ref()?;
    Some(format!(
        "{}{replacement}{}",
        &text[..place.start],
        &text[place.end..]
    ))
}

/// Takes one fix after another until the phrase reads, or nothing more is proposed.
fn settled<T>(text: &str, read: impl Fn(&str) -> Result<T, PhraseError>) -> Option<String> {
    let mut text = text.to_owned();
    for _ in 0..20 {
        match read(&text) {
            Ok(_) => return Some(text),
            Err(error) => text = mended(&text, &error)?,
        }
    }
    panic!("the fixes of {text} do not end");
}

fn check<T>(read: impl Fn(&str) -> Result<T, PhraseError>, table: &[(&str, Option<&str>)]) {
    let mut wrong = Vec::new();
    for (text, expected) in table {
        assert!(read(text).is_err(), "{text} reads");
        let found = settled(text, &read);
        if found.as_deref() != *expected {
            wrong.push(format!("{text}: {found:?} instead of {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_line_of_cron_gets_its_word() {
    check(
        schedule,
        &[
            ("every \"0 8 * * 1-5\"", Some("cron \"0 8 * * 1-5\"")),
            ("0 8 * * *", Some("cron \"0 8 * * *\"")),
            ("\"0 8 * * *\"", Some("cron \"0 8 * * *\"")),
            ("every 0 8 * * *", Some("cron \"0 8 * * *\"")),
            ("*/15 8,17 * * mon", Some("cron \"*/15 8,17 * * mon\"")),
            (
                "cron 0 8 * * * in \"Europe/Berlin\"",
                Some("cron \"0 8 * * *\" in \"Europe/Berlin\""),
            ),
            ("cron '0 8 * * *'", Some("cron \"0 8 * * *\"")),
            ("cron \"0 0 8 * * 1-5\"", Some("cron \"0 8 * * 1-5\"")),
            ("cron \"0 8 ? * 1-5\"", Some("cron \"0 8 * * 1-5\"")),
            ("@daily", Some("every day")),
            ("cron \"0 25 * * *\"", None),
            ("cron \"0 8 * *\"", None),
        ],
    );
    let error = schedule("0 8 * * *").expect_err("no phrase");
    assert_eq!(
        error.message,
        "A line of cron stands in quotes after the word `cron`."
    );
    assert_eq!(error.span, 0..9);
}

#[test]
fn a_time_of_day_gets_its_form() {
    check(
        schedule,
        &[
            ("every day at 8:00", Some("every day at 08:00")),
            ("every day at 8am", Some("every day at 08:00")),
            ("every day at 8:30 pm", Some("every day at 20:30")),
            ("every day at 8:30pm", Some("every day at 20:30")),
            ("every day at 8 p.m.", Some("every day at 20:00")),
            ("every day at 12am", Some("every day at 00:00")),
            ("every day at 12pm", Some("every day at 12:00")),
            ("every day at 8", Some("every day at 08:00")),
            ("every day at 0830", Some("every day at 08:30")),
            ("every day at 8.30", Some("every day at 08:30")),
            ("every day at 08:00:00", Some("every day at 08:00")),
            ("every day at noon", Some("every day at 12:00")),
            ("every day at 8:00, 5pm", Some("every day at 08:00, 17:00")),
            (
                "every day at 08:00 and 17:00",
                Some("every day at 08:00, 17:00"),
            ),
            ("every day 08:00", Some("every day at 08:00")),
            ("every day at 08:00 8:30", Some("every day at 08:00, 08:30")),
            (
                "every weekday 8am in Chicago",
                Some("every weekday at 08:00 in \"America/Chicago\""),
            ),
            ("every day at 13pm", None),
            ("every day at 25:00", None),
            ("every day at breakfast", None),
        ],
    );
}

#[test]
fn days_get_their_names() {
    check(
        schedule,
        &[
            ("every mondays", Some("every monday")),
            ("every Monday at 08:00", Some("every monday at 08:00")),
            (
                "every mon, wed and Fri",
                Some("every monday, wednesday and friday"),
            ),
            ("every wendesday", Some("every wednesday")),
            ("every weekdays at 08:00", Some("every weekday at 08:00")),
            ("every Weekday", Some("every weekday")),
            ("every weekdy", Some("every weekday")),
            ("every business day", Some("every weekday")),
            ("every working day at 8am", Some("every weekday at 08:00")),
            ("every week day", Some("every weekday")),
            ("every days", Some("every day")),
            ("every months", Some("every month")),
            ("every weekend", Some("every saturday and sunday")),
            ("every monday or tuesday", Some("every monday and tuesday")),
            ("daily at 08:00", Some("every day at 08:00")),
            ("daily", Some("every day")),
            ("weekly", Some("every week")),
            ("hourly", Some("every hour")),
            ("monthly at 07:00", Some("every month at 07:00")),
            ("quarterly", Some("every quarter")),
            ("annually", Some("every year")),
            ("weekdays at 08:00", Some("every weekday at 08:00")),
            ("Mondays at 9am", Some("every monday at 09:00")),
            ("on mondays at 9am", Some("every monday at 09:00")),
            ("on weekdays", Some("every weekday")),
            ("each monday", Some("every monday")),
            ("Every day", Some("every day")),
            ("evry day", Some("every day")),
            ("at 08:00", Some("every day at 08:00")),
            ("15 minutes", Some("every 15 minutes")),
            ("every blue moon", None),
            ("whenever", None),
            ("", None),
        ],
    );
}

#[test]
fn days_of_a_month_get_their_form() {
    check(
        schedule,
        &[
            ("on the 3th of each month", Some("on the 3rd of each month")),
            ("on the 3 of each month", Some("on the 3rd of each month")),
            ("on the 3rd of the month", Some("on the 3rd of each month")),
            (
                "on the 3rd of every month at 7am",
                Some("on the 3rd of each month at 07:00"),
            ),
            ("on the 3rd of month", Some("on the 3rd of each month")),
            ("on the 3rd every month", Some("on the 3rd of each month")),
            (
                "on the last friday each month",
                Some("on the last friday of each month"),
            ),
            (
                "on last friday of each month",
                Some("on the last friday of each month"),
            ),
            ("on 3rd of each month", Some("on the 3rd of each month")),
            ("the 3rd of each month", Some("on the 3rd of each month")),
            (
                "last friday of the month",
                Some("on the last friday of each month"),
            ),
            (
                "on the last Fri of each month",
                Some("on the last friday of each month"),
            ),
            (
                "on the 1st to last friday of each month",
                Some("on the last friday of each month"),
            ),
            (
                "on the 3rd working day of each month",
                Some("on the 3rd business day of each month"),
            ),
            (
                "on the 3rd weekday of each month",
                Some("on the 3rd business day of each month"),
            ),
            ("every month on the 3rd", Some("on the 3rd of each month")),
            (
                "every month on the last friday at 5pm",
                Some("on the last friday of each month at 17:00"),
            ),
            (
                "every last friday of the month",
                Some("on the last friday of each month"),
            ),
            (
                "every 2nd business day of the month",
                Some("on the 2nd business day of each month"),
            ),
            ("every week on Monday", Some("every monday")),
            ("on the 32nd of each month", None),
            ("on the last of each month", None),
        ],
    );
}

#[test]
fn distances_get_their_unit() {
    check(
        schedule,
        &[
            ("every 15 mins", Some("every 15 minutes")),
            ("every 15 min", Some("every 15 minutes")),
            ("every 15min", Some("every 15 minutes")),
            ("every 2 hrs", Some("every 2 hours")),
            ("every 2 hour", Some("every 2 hours")),
            ("every 1 hours", Some("every 1 hour")),
            ("every 15 minuets", Some("every 15 minutes")),
            ("every 15 Minutes", Some("every 15 minutes")),
            ("every fifteen minutes", Some("every 15 minutes")),
            ("every 30 day", Some("every 720 hours")),
            ("every 2 days", Some("every 48 hours")),
            ("every 1 days", Some("every day")),
            ("every 1 day at 08:00", Some("every day at 08:00")),
            ("every 2 days at 08:00", None),
            ("every 1 week", Some("every week")),
            ("every 2 weeks", Some("every 336 hours")),
            ("every 2 weeks at 08:00", None),
            ("every 7 days at 08:00", Some("every week at 08:00")),
            ("every 1 month", Some("every month")),
            ("every 2 months", Some("cron \"0 0 1 */2 *\"")),
            ("every 6 months at 07:30", Some("cron \"30 7 1 */6 *\"")),
            ("every 3 months at 07:30", Some("every quarter at 07:30")),
            ("every 5 months", None),
            ("every 12 months", Some("every year")),
            ("every 2 years", None),
            (
                "every 15 minutes in \"Europe/Berlin\"",
                Some("every 15 minutes"),
            ),
            ("every 15 minutes at 08:00", None),
            ("every 3 blinks", None),
            ("every 0 minutes", None),
        ],
    );
}

#[test]
fn zones_get_their_names() {
    let table = [
        ("Chicago", Some("America/Chicago")),
        ("\"EST\"", Some("America/New_York")),
        ("\"Chicago\"", Some("America/Chicago")),
        ("New York", Some("America/New_York")),
        ("\"new york\"", Some("America/New_York")),
        ("America/Chicago", Some("America/Chicago")),
        ("'Europe/Berlin'", Some("Europe/Berlin")),
        ("\"America/Chicgo\"", Some("America/Chicago")),
        ("\"europe/berlin\"", Some("Europe/Berlin")),
        ("PST", Some("America/Los_Angeles")),
        ("utc", Some("UTC")),
        ("\"Middle Earth\"", None),
    ];
    for (written, meant) in table {
        let expected = meant.map(|zone| format!("every day in \"{zone}\" catch up all"));
        let text = format!("every day in {written} catch up all");
        check(schedule, &[(&text, expected.as_deref())]);
    }
    check(
        schedule,
        &[(
            "every day at 08:00 America/Chicago",
            Some("every day at 08:00 in \"America/Chicago\""),
        )],
    );
    assert_eq!(nearest_zone("Sao Paulo"), Some("America/Sao_Paulo"));
    assert_eq!(nearest_zone("Europe/Berlni"), Some("Europe/Berlin"));
    assert_eq!(nearest_zone("Westeros"), None);
    let message = zone("EST").expect_err("no zone of a city");
    assert!(message.contains("`America/New_York`"), "{message}");
}

#[test]
fn catching_up_gets_its_words() {
    check(
        schedule,
        &[
            ("every day catchup all", Some("every day catch up all")),
            ("every day catch-up once", Some("every day catch up once")),
            ("every day catch up never", Some("every day catch up none")),
            ("every day catch up", None),
        ],
    );
}

#[test]
fn a_length_of_time_gets_its_unit() {
    check(
        duration,
        &[
            ("15 mins", Some("15 minutes")),
            ("15 min", Some("15 minutes")),
            ("2 hrs", Some("2 hours")),
            ("2h", Some("2 hours")),
            ("30 day", Some("30 days")),
            ("1 days", Some("1 day")),
            ("30days", Some("30 days")),
            ("30 Days", Some("30 days")),
            ("30 dyas", Some("30 days")),
            ("1.5 hours", Some("90 minutes")),
            ("1 hour 30 minutes", Some("90 minutes")),
            ("2 days and 12 hours", Some("60 hours")),
            ("an hour", Some("1 hour")),
            ("500ms", Some("500 milliseconds")),
            ("3 months", None),
            ("3 mths", None),
            ("3 business days", None),
            ("3 fortnights", None),
            ("days", None),
            ("", None),
        ],
    );
}

#[test]
fn business_days_stand_in_a_wait() {
    assert_eq!(wait("3 business days"), Ok(Wait::BusinessDays(3)));
    assert_eq!(wait("1 business day"), Ok(Wait::BusinessDays(1)));
    assert_eq!(wait("1\n  business  day"), Ok(Wait::BusinessDays(1)));
    assert_eq!(wait("2 days"), Ok(Wait::Milliseconds(172_800_000)));
    check(
        wait,
        &[
            ("1 business days", Some("1 business day")),
            ("3 business day", Some("3 business days")),
            ("3 Business Days", Some("3 business days")),
            ("3 working days", Some("3 business days")),
            ("3 workdays", Some("3 business days")),
            ("3 weekdays", Some("3 business days")),
            ("2 hrs", Some("2 hours")),
            ("3 business hours", None),
            ("10001 business days", None),
            ("3 months", None),
            ("", None),
        ],
    );
}

#[test]
fn amounts_get_their_sign() {
    check(
        money,
        &[
            ("5$", Some("$5")),
            ("5 $", Some("$5")),
            ("$ 5", Some("$5")),
            ("€5", Some("5 EUR")),
            ("5€", Some("5 EUR")),
            ("5.00 €", Some("5.00 EUR")),
            ("£1,200", Some("1200 GBP")),
            ("USD 5", Some("$5")),
            ("EUR 5", Some("5 EUR")),
            ("$5 USD", Some("$5")),
            ("5 eur", Some("5 EUR")),
            ("5EUR", Some("5 EUR")),
            ("5 dollars", Some("$5")),
            ("5,000 EUR", Some("5000 EUR")),
            ("$12.000,50", Some("$12,000.50")),
            ("1.234,50 EUR", Some("1234.50 EUR")),
            ("$1.234.567", Some("$1,234,567")),
            ("$012", Some("$12")),
            ("$.50", Some("$0.50")),
            ("$5.", Some("$5")),
            ("$1,00", None),
            ("$10.000", None),
            ("12.345 EUR", None),
            ("10.000 €", None),
            ("1,5 EUR", None),
            ("$5 EUR", None),
            ("$-5", None),
            ("5 apples", None),
            ("$", None),
        ],
    );
    assert_eq!(
        money("$1,00").expect_err("unclear").message,
        "`$1,00` may be `$1.00` or `$100`: a point stands before the cents, and commas stand after `$` only, between groups of three digits."
    );
    let unclear = |text: &str| money(text).expect_err("unclear").message;
    for (text, small, large) in [
        ("$10.000", "$10.00", "$10,000"),
        ("12.345 EUR", "12.3450 EUR", "12345 EUR"),
        ("10.000 €", "10.00 EUR", "10000 EUR"),
    ] {
        let told = unclear(text);
        let readings = format!("`{text}` may be `{small}` or `{large}`: ");
        assert!(told.starts_with(&readings), "{told}");
        assert!(money(small).is_ok() && money(large).is_ok(), "{text}");
    }
    for clear in ["5 USD", "$0.125", "$1,234.567", "$10.0000", "0.005 EUR"] {
        assert!(money(clear).is_ok(), "{clear}");
    }
}

#[test]
fn shares_get_their_form() {
    check(
        percent,
        &[
            ("70 %", Some("70%")),
            ("070%", Some("70%")),
            ("00%", Some("0%")),
            ("%70", Some("70%")),
            ("70 percent", Some("70%")),
            ("0,5%", Some("0.5%")),
            (".5%", Some("0.5%")),
            ("5.%", Some("5%")),
            ("1,234%", None),
            ("-5%", None),
            ("70", None),
            ("%", None),
        ],
    );
}

#[test]
fn dates_get_their_order() {
    check(
        date,
        &[
            ("22.11.2026", Some("2026-11-22")),
            ("5.11.2026", Some("2026-11-05")),
            ("11/22/2026", Some("2026-11-22")),
            ("22/11/2026", Some("2026-11-22")),
            ("22-11-2026", Some("2026-11-22")),
            ("2026-1-5", Some("2026-01-05")),
            ("2026/11/22", Some("2026-11-22")),
            ("20261122", Some("2026-11-22")),
            ("22 Nov 2026", Some("2026-11-22")),
            ("November 22, 2026", Some("2026-11-22")),
            ("22nd November 2026", Some("2026-11-22")),
            ("11/12/2026", None),
            ("2026-02-30", None),
            ("31.02.2026", None),
            ("22.11.26", None),
            ("tomorrow", None),
        ],
    );
    assert_eq!(
        date("11/12/2026").expect_err("unclear").message,
        "`11/12/2026` may be `2026-11-12` or `2026-12-11`: a date is written year, month, day."
    );
    check(
        date_time,
        &[
            ("2026-11-22T08:00", Some("2026-11-22 08:00")),
            ("22.11.2026 8:00", Some("2026-11-22 08:00")),
            ("2026-11-22 8pm", Some("2026-11-22 20:00")),
            ("11/12/2026 08:00", None),
            ("2026-11-22", None),
        ],
    );
    check(
        time,
        &[
            ("8:00", Some("08:00")),
            ("8am", Some("08:00")),
            ("8:30 pm", Some("20:30")),
            ("noon", Some("12:00")),
            ("25:00", None),
            ("", None),
        ],
    );
}

#[test]
fn a_phrase_that_reads_is_left_alone() {
    assert_eq!(
        money("5 USD"),
        Ok(Literal::Money {
            amount: "5".to_owned(),
            currency: "USD".to_owned()
        })
    );
    for text in ["every week", "every year at 08:00", "every day in \"UTC\""] {
        assert!(schedule(text).is_ok(), "{text}");
    }
}
