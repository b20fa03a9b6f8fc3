//! A function of a dialect as an editor shows it: what it takes and gives, and in one sentence what it does.
//!
//! Kept true here: what is shown is what the checker goes by; the sentences are data, and a function without one is shown
//! all the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;
use sophia_plan::types::Type;

use super::super::dialect::Dialect;
use super::arguments::{Arguments, Sort, taken};
use super::{Gives, Kind, Signature, find, names};

/// A function that SQL calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlFunction {
    /// How it is called, and the type of what it gives where that can be said: `lower(text) -> text`.
    pub called: String,
    /// Of several rows, of a window, or a source of rows; nothing for one that looks at its own row.
    pub stands: Option<&'static str>,
    /// What it does, in one sentence, where that is written down.
    pub says: Option<&'static str>,
    /// Whose function it is: `PostgreSQL`.
    pub dialect: &'static str,
}

/// The function of a name, in any case, that a connection of this kind knows. `is_called` says whether brackets stand
/// behind it: few functions do without.
#[must_use]
pub fn sql_function(kind: &str, name: &str, is_called: bool) -> Option<SqlFunction> {
    let dialect = Dialect::of_kind(kind);
    let name = name.to_ascii_lowercase();
    let signature = find(dialect, &name)?;
    if !is_called && !SENTENCES.bare.contains(&name) {
        return None;
    }
    let takes = if is_called {
        format!("({})", takes(signature, taken(dialect, &name)))
    } else {
        String::new()
    };
    let gives = gives(signature).map_or_else(String::new, |gives| format!(" -> {gives}"));
    let own = match dialect {
        Dialect::Sqlite => &SENTENCES.sqlite,
        Dialect::Postgres => &SENTENCES.postgres,
        Dialect::Snowflake => &SENTENCES.snowflake,
    };
    let says = own.get(&name).or_else(|| SENTENCES.all.get(&name));
    Some(SqlFunction {
        called: format!("{name}{takes}{gives}"),
        stands: match signature.kind {
            Kind::Scalar => None,
            Kind::Aggregate => Some("Of all rows of a group, or with `over` of a window."),
            Kind::Window => Some("Of a window: `over (…)` stands behind it."),
            Kind::Table => Some("Gives rows: it stands behind `from`."),
        },
        says: says.map(String::as_str),
        dialect: dialect.spoken(),
    })
}

/// The functions that a connection of this kind knows and of which a sentence says what they do.
pub fn sql_functions(kind: &str) -> impl Iterator<Item = &'static str> {
    let own = names(Dialect::of_kind(kind));
    own.filter(|name| {
        let said = [
            &SENTENCES.all,
            &SENTENCES.sqlite,
            &SENTENCES.postgres,
            &SENTENCES.snowflake,
        ];
        !SENTENCES.bare.contains(*name) && said.iter().any(|said| said.contains_key(*name))
    })
}

/// Its arguments: those that may be left out in brackets, `…` where there may be more.
fn takes(signature: &Signature, taken: Option<&Arguments>) -> String {
    let first = taken.map_or(&[][..], |taken| taken.first.as_slice());
    let many = taken.and_then(|taken| taken.many);
    let of = |place: usize| {
        if place == 0 && !first.is_empty() {
            let sorts = first.iter().map(|sort| word(*sort));
            return sorts.collect::<Vec<_>>().join(" | ");
        }
        if signature.word == Some(place) {
            return "unit".to_owned();
        }
        let known = signature.takes.get(place).or(signature.takes.last());
        match known {
            Some(Some(of)) => of.to_string(),
            _ => "any".to_owned(),
        }
    };
    let known = signature.takes.len();
    let (least, most) = many.unwrap_or((known, None));
    // A list that has no end shows what is known of its beginning.
    let shown = most.unwrap_or_else(|| known.max(least));
    let mut all: Vec<String> = (0..shown)
        .map(|place| {
            if place < least {
                of(place)
            } else {
                format!("[{}]", of(place))
            }
        })
        .collect();
    if most.is_none() {
        all.push("…".to_owned());
    }
    all.join(", ")
}

fn word(sort: Sort) -> &'static str {
    match sort {
        Sort::Text => "text",
        Sort::Number => "number",
        Sort::Boolean => "boolean",
        Sort::Date => "date",
        Sort::Timestamp => "timestamp",
        Sort::Duration => "duration",
        Sort::Json => "json",
    }
}

/// The type of what it gives; nothing where it has columns, or nobody can say.
fn gives(signature: &Signature) -> Option<String> {
    if !signature.columns.is_empty() {
        let columns = signature.columns.iter();
        let columns = columns.map(|(name, of)| match of {
            Type::Unknown => name.clone(),
            of => format!("{name}: {of}"),
        });
        let columns: Vec<String> = columns.collect();
        return Some(format!("rows of {{ {} }}", columns.join(", ")));
    }
    let argument = |number: usize| {
        let which = ["first", "second", "third"].get(number)?;
        Some(format!("as the {which} argument"))
    };
    match &signature.gives {
        Gives::Type(of) => Some(of.to_string()),
        Gives::Argument(number) => argument(*number),
        Gives::FirstOfMany | Gives::Promoted | Gives::Rounded | Gives::Sum => argument(0),
        Gives::Common(_) => Some("as the arguments".to_owned()),
        Gives::Pairs(_) => Some("as the results".to_owned()),
        Gives::Average | Gives::Root | Gives::Quotient => Some("number".to_owned()),
        Gives::List(_) => Some("list of the argument".to_owned()),
        Gives::Item(_) => Some("item of the argument".to_owned()),
        Gives::Between | Gives::Ordered => Some("as what it orders".to_owned()),
        Gives::DateAdd => argument(2),
        Gives::Open => None,
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentences {
    bare: BTreeSet<String>,
    all: BTreeMap<String, String>,
    sqlite: BTreeMap<String, String>,
    postgres: BTreeMap<String, String>,
    snowflake: BTreeMap<String, String>,
}

/// A file that cannot be read says nothing; a test sees to it that this does not happen.
static SENTENCES: LazyLock<Sentences> =
    LazyLock::new(|| toml::from_str(include_str!("sentences.toml")).unwrap_or_default());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_of_a_function_that_is_known() {
        let all = [Dialect::Sqlite, Dialect::Postgres, Dialect::Snowflake];
        assert!(SENTENCES.all.len() > 200, "{}", SENTENCES.all.len());
        for name in SENTENCES.all.keys().chain(&SENTENCES.bare) {
            let known = all.iter().any(|dialect| find(*dialect, name).is_some());
            assert!(known, "{name}");
        }
        for (dialect, own) in [
            (Dialect::Sqlite, &SENTENCES.sqlite),
            (Dialect::Postgres, &SENTENCES.postgres),
            (Dialect::Snowflake, &SENTENCES.snowflake),
        ] {
            for name in own.keys() {
                assert!(find(dialect, name).is_some(), "{dialect:?} {name}");
            }
        }
    }

    #[test]
    fn a_function_shows_what_it_takes_and_gives() {
        let called = |kind: &str, name: &str| sql_function(kind, name, true).map(|it| it.called);
        let said = |text: &str| Some(text.to_owned());
        assert_eq!(called("sqlite", "LOWER"), said("lower(text) -> text"));
        assert_eq!(
            called("postgres", "date_trunc"),
            said("date_trunc(unit, timestamp, [text]) -> as the second argument")
        );
        assert_eq!(called("postgres", "strftime"), None);
        assert_eq!(sql_function("sqlite", "lower", false), None);
        let today = sql_function("snowflake", "current_date", false);
        assert_eq!(today.map(|it| it.called), said("current_date -> date"));
    }
}
