//! The type that some answers of a call have, as text of the language: a proposal for a person.
//!
//! Kept true here: every one of the answers fits the type; nothing of an answer is in it but the names of fields, and
//! not those that look like data; choices are not guessed, and what comes in several kinds is `json`.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value as Json};

use crate::catalogue::our_argument;

/// What is nested deeper stays `json`.
const DEEPEST: usize = 8;
/// A type that is longer is laid out on several lines.
const LINE: usize = 80;
/// More fields than these are the keys of a collection.
const MOST_FIELDS: usize = 120;
/// A name with so many digits is an identifier of something.
const MOST_DIGITS: usize = 2;

/// The type of these answers; laid out on several lines where it is long.
#[must_use]
pub fn sampled_type(answers: &[Json]) -> String {
    let seen = answers
        .iter()
        .map(|answer| Seen::of(answer, 0))
        .reduce(Seen::with)
        .unwrap_or_default();
    seen.text(0)
}

/// What was seen at one place of the answers.
#[derive(Clone, Debug, Default, PartialEq)]
struct Seen {
    shape: Shape,
    /// Whether it was missing somewhere: null, or left out.
    missing: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum Shape {
    /// Nothing but missing values.
    #[default]
    Nothing,
    Boolean,
    Whole,
    Number,
    Date,
    Timestamp,
    Text,
    List(Box<Seen>),
    Record(Vec<(String, Seen)>),
    /// Several kinds of values, or something of which no more can be said.
    Anything,
}

impl Seen {
    fn of(json: &Json, depth: usize) -> Self {
        let shape = match json {
            Json::Null => Shape::Nothing,
            Json::Bool(_) => Shape::Boolean,
            Json::Number(number) if number.as_i64().is_some() => Shape::Whole,
            Json::Number(_) => Shape::Number,
            Json::String(text) => Shape::of_text(text),
            Json::Array(_) | Json::Object(_) if depth >= DEEPEST => Shape::Anything,
            Json::Array(items) => {
                let items = items.iter().map(|item| Self::of(item, depth + 1));
                Shape::List(Box::new(items.reduce(Self::with).unwrap_or_default()))
            }
            Json::Object(fields) => Shape::of_fields(fields, depth),
        };
        Self {
            missing: shape == Shape::Nothing,
            shape,
        }
    }

    /// What fits both.
    fn with(self, other: Self) -> Self {
        Self {
            missing: self.missing || other.missing,
            shape: self.shape.with(other.shape),
        }
    }

    /// As the language writes it; `column` is how far its first line is indented.
    fn text(&self, column: usize) -> String {
        let base = match &self.shape {
            Shape::Nothing | Shape::Anything => "json".to_owned(),
            Shape::Boolean => "boolean".to_owned(),
            Shape::Whole => "integer".to_owned(),
            Shape::Number => "number".to_owned(),
            Shape::Date => "date".to_owned(),
            Shape::Timestamp => "timestamp".to_owned(),
            Shape::Text => "text".to_owned(),
            Shape::List(item) => {
                let item = item.text(column);
                if self.missing {
                    return format!("(list of {item})?");
                }
                format!("list of {item}")
            }
            Shape::Record(fields) => record(fields, column),
        };
        if self.missing {
            format!("{base}?")
        } else {
            base
        }
    }
}

fn record(fields: &[(String, Seen)], column: usize) -> String {
    let on_a_line: Vec<String> = (fields.iter())
        .map(|(name, seen)| format!("{name}: {}", seen.text(column + 2)))
        .collect();
    let line = format!("{{ {} }}", on_a_line.join(", "));
    if column + line.len() <= LINE && !line.contains('\n') {
        return line;
    }
    let inner = " ".repeat(column + 2);
    let lines: Vec<String> = (on_a_line.iter())
        .map(|field| format!("{inner}{field}\n"))
        .collect();
    format!("{{\n{}{}}}", lines.concat(), " ".repeat(column))
}

impl Shape {
    fn of_text(text: &str) -> Self {
        let digits_at = |places: &[usize]| {
            let bytes = text.as_bytes();
            (places.iter()).all(|place| bytes.get(*place).is_some_and(u8::is_ascii_digit))
        };
        let is_day = digits_at(&[0, 1, 2, 3, 5, 6, 8, 9]);
        if is_day && text.len() == 10 && text.parse::<Date>().is_ok() {
            Self::Date
        } else if is_day && text.len() > 10 && text.parse::<Timestamp>().is_ok() {
            Self::Timestamp
        } else {
            Self::Text
        }
    }

    /// Fields by our names. Where the names are not words, look like data or fall together, the whole is no record.
    fn of_fields(fields: &Map<String, Json>, depth: usize) -> Self {
        let mut seen: Vec<(String, Seen)> = Vec::with_capacity(fields.len());
        for (name, value) in fields {
            let ours = our_argument(name);
            if !is_word(name) || seen.iter().any(|(known, _)| *known == ours) {
                return Self::Anything;
            }
            seen.push((ours, Seen::of(value, depth + 1)));
        }
        if seen.is_empty() || seen.len() > MOST_FIELDS {
            return Self::Anything;
        }
        Self::Record(seen)
    }

    fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, shape) | (shape, Self::Nothing) => shape,
            (Self::Whole, Self::Number) | (Self::Number, Self::Whole) => Self::Number,
            (Self::Date | Self::Timestamp | Self::Text, Self::Text)
            | (Self::Text, Self::Date | Self::Timestamp)
            | (Self::Date, Self::Timestamp)
            | (Self::Timestamp, Self::Date) => Self::Text,
            (Self::List(left), Self::List(right)) => Self::List(Box::new(left.with(*right))),
            (Self::Record(left), Self::Record(right)) => Self::of_both(left, right),
            (left, right) if left == right => left,
            _ => Self::Anything,
        }
    }

    /// The fields of either; one that is not in both may be missing.
    fn of_both(left: Vec<(String, Seen)>, mut right: Vec<(String, Seen)>) -> Self {
        let absent = || Seen {
            shape: Self::Nothing,
            missing: true,
        };
        let mut fields = Vec::with_capacity(left.len());
        for (name, seen) in left {
            let place = right.iter().position(|(other, _)| *other == name);
            let other = place.map_or_else(absent, |place| right.remove(place).1);
            fields.push((name, seen.with(other)));
        }
        let rest = right.into_iter();
        fields.extend(rest.map(|(name, seen)| (name, seen.with(absent()))));
        if fields.len() > MOST_FIELDS {
            return Self::Anything;
        }
        Self::Record(fields)
    }
}

/// Whether a name can be a field's: a word of letters, and not an identifier of something.
fn is_word(name: &str) -> bool {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(letter)
        && name.chars().filter(char::is_ascii_digit).count() <= MOST_DIGITS
}
