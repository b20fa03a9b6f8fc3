//! How many values a function takes and of which kind the first one is, read from `arguments.toml`.
//!
//! Kept true here: what does not fit is refused by the source; a function that is not in the file takes anything.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use sophia_plan::types::Type;

use super::super::dialect::Dialect;

/// A kind of values that a source tells from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum Sort {
    Text,
    Number,
    Boolean,
    Date,
    Timestamp,
    Duration,
    Json,
}

impl Sort {
    /// The kind of a type. None where a source may have another one behind it: an amount of money may stand in a text.
    pub fn of(of: &Type) -> Option<Self> {
        Some(match of {
            Type::Text => Self::Text,
            Type::Integer | Type::Number | Type::Decimal => Self::Number,
            Type::Boolean => Self::Boolean,
            Type::Date => Self::Date,
            Type::Timestamp => Self::Timestamp,
            Type::Duration => Self::Duration,
            Type::Json => Self::Json,
            _ => return None,
        })
    }

    /// `a number`
    pub fn spoken(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Date => "a date",
            Self::Timestamp => "a timestamp",
            Self::Duration => "a duration",
            Self::Json => "JSON",
        }
    }
}

/// What a function takes.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Arguments {
    /// How many at least and, where there is a limit, at most. None where that is not said.
    pub many: Option<(usize, Option<usize>)>,
    /// What the first value may be; empty where that is not said.
    pub first: Vec<Sort>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    many: Vec<Many>,
    first: Vec<First>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Many {
    #[serde(default, rename = "in")]
    dialects: Vec<String>,
    least: usize,
    most: Option<usize>,
    functions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct First {
    #[serde(default, rename = "in")]
    dialects: Vec<String>,
    of: Vec<Sort>,
    functions: Vec<String>,
}

type Table = BTreeMap<String, Arguments>;

/// A file that cannot be read says nothing; a test sees to it that this does not happen.
static FILE: LazyLock<File> = LazyLock::new(|| {
    toml::from_str(include_str!("arguments.toml")).unwrap_or(File {
        many: Vec::new(),
        first: Vec::new(),
    })
});
static SQLITE: LazyLock<Table> = LazyLock::new(|| read("sqlite"));
static POSTGRES: LazyLock<Table> = LazyLock::new(|| read("postgres"));
static SNOWFLAKE: LazyLock<Table> = LazyLock::new(|| read("snowflake"));

/// What the function of a name in small letters takes.
pub(in super::super) fn taken(dialect: Dialect, name: &str) -> Option<&'static Arguments> {
    match dialect {
        Dialect::Sqlite => &SQLITE,
        Dialect::Postgres => &POSTGRES,
        Dialect::Snowflake => &SNOWFLAKE,
    }
    .get(name)
}

fn read(dialect: &str) -> Table {
    let here = |dialects: &[String]| {
        dialects.is_empty() || dialects.iter().any(|written| written == dialect)
    };
    let mut table = Table::new();
    for group in FILE.many.iter().filter(|group| here(&group.dialects)) {
        for function in &group.functions {
            table.entry(function.clone()).or_default().many = Some((group.least, group.most));
        }
    }
    for group in FILE.first.iter().filter(|group| here(&group.dialects)) {
        for function in &group.functions {
            table
                .entry(function.clone())
                .or_default()
                .first
                .clone_from(&group.of);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::*;

    #[test]
    fn every_function_of_the_file_is_in_the_tables() {
        for (dialect, table) in [
            (Dialect::Sqlite, &SQLITE),
            (Dialect::Postgres, &POSTGRES),
            (Dialect::Snowflake, &SNOWFLAKE),
        ] {
            assert!(
                table.len() > 50,
                "{dialect:?} has {} functions",
                table.len()
            );
            for name in table.keys() {
                assert!(find(dialect, name).is_some(), "{dialect:?} knows {name}");
            }
        }
    }

    #[test]
    fn no_dialect_is_misspelt() {
        let dialects = (FILE.many.iter().flat_map(|group| &group.dialects))
            .chain(FILE.first.iter().flat_map(|group| &group.dialects));
        for dialect in dialects {
            assert!(
                ["sqlite", "postgres", "snowflake"].contains(&&**dialect),
                "{dialect}"
            );
        }
    }
}
