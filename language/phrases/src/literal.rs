//! What the small literals mean: durations, money, percents, dates and times, plain numbers.
//!
//! Numbers are kept as written where exactness matters: a later stage decides between double and
//! decimal by the type it needs.

#![allow(
    missing_docs,
    reason = "the fields of a variant are explained at the variant"
)]

/// The meaning of a literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `true`, `false`
    Boolean(bool),
    /// `none`
    None,
    /// `5`
    Integer(i64),
    /// `0.80`, the digits as written
    Number(String),
    /// `70%`: the digits before the sign as written
    Percent(String),
    /// `$12,000` and `5.00 EUR`: the amount without group commas, and the currency
    Money { amount: String, currency: String },
    /// `30 days`: the length in milliseconds, a day being 24 hours
    Duration { milliseconds: i64 },
    /// `3 months`, `1 quarter`, `2 years`: as many months, whose length the calendar says
    Months { count: i64 },
    /// `2026-11-22`
    Date { year: i16, month: i8, day: i8 },
    /// `08:00`
    Time { hour: i8, minute: i8 },
    /// `2026-11-22 08:00` in the project's zone
    DateTime {
        year: i16,
        month: i8,
        day: i8,
        hour: i8,
        minute: i8,
    },
}
