//! The functions that a dialect knows, read from the data files in `functions/`.
//!
//! A file is a list of groups; a dialect is `common.toml` and its own file, which wins. A function
//! that is in none of them is not a mistake: its type is unknown, and a warning says so.

pub(super) mod arguments;
mod spoken;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;
use sophia_plan::types::Type;

use super::dialect::Dialect;
pub use spoken::{SqlFunction, sql_function, sql_functions};

/// How a function is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Of one row.
    #[default]
    Scalar,
    /// Of a group, or of a window with `over`.
    Aggregate,
    /// Only with `over`.
    Window,
    /// In `from`.
    Table,
}

/// When a function gives nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Missing {
    /// When one argument is missing.
    #[default]
    Any,
    /// When all arguments are missing.
    All,
    /// When the first argument is missing.
    First,
    /// When one of the values that it chooses from is missing, or there may be none.
    Chosen,
    /// When one argument is missing, or a second says where to look.
    Sought,
    /// When one argument is missing, or the second is no whole number: there may be no such power.
    Power,
    Never,
    Always,
    /// When one argument is missing, or is a text that may not fit.
    Misfit,
    /// An aggregate: when one argument is missing or there are no rows.
    Empty,
    /// An aggregate: when there are no rows.
    Rows,
    /// `lag`, `lead`: unless the third argument is there and never missing.
    Default,
}

/// How much of its arguments the value of a function shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Shows {
    /// All that there is, or a choice of it.
    #[default]
    Value,
    /// Of one row: a calculation that treats every row alike.
    Alike,
    /// How many there are.
    Count,
    /// A sum or an average, in which a single value of many does not show.
    Average,
}

/// What a function gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Gives {
    Type(Type),
    /// The type of one argument, from 0.
    Argument(usize),
    /// As the first argument; with a third that says how many, an array of such values.
    FirstOfMany,
    /// As the first argument divided by the second.
    Quotient,
    /// The common type of the arguments from this one on.
    Common(usize),
    /// `decode`: results stand at every second place from here, the last one is the default.
    Pairs(usize),
    Sum,
    Average,
    /// As `nullif`: the first argument, as a comparison with the second makes it.
    Promoted,
    /// As `round` and `ceil`.
    Rounded,
    /// As `sqrt` and `power`.
    Root,
    /// A list of the values of one argument.
    List(usize),
    /// An item of the list that one argument is.
    Item(usize),
    /// A value between those that an ordered-set aggregate orders.
    Between,
    /// One of those that it orders.
    Ordered,
    /// A date becomes a timestamp where the named part is smaller than a day.
    DateAdd,
    /// Nothing that can be said beforehand.
    Open,
}

/// One function.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    pub kind: Kind,
    pub gives: Gives,
    pub missing: Missing,
    pub shows: Shows,
    /// Gives a whole number of eight bytes.
    pub wide: bool,
    /// What the arguments want; the last stands for all that follow. Empty where anything goes.
    pub takes: Vec<Option<Type>>,
    /// The argument that may be a bare word such as `month`, from 0.
    pub word: Option<usize>,
    /// For table functions: the columns.
    pub columns: Vec<(String, Type)>,
    /// Whether a model writes what it gives.
    pub answers: bool,
    /// What it gives where an argument of this name is written.
    pub named: BTreeMap<String, Type>,
}

#[derive(Deserialize)]
struct File {
    group: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    gives: String,
    #[serde(default)]
    missing: Missing,
    #[serde(default)]
    shows: Shows,
    #[serde(default)]
    wide: bool,
    #[serde(default)]
    takes: Vec<String>,
    word: Option<usize>,
    #[serde(default)]
    columns: Vec<(String, String)>,
    #[serde(default)]
    answers: bool,
    #[serde(default)]
    named: BTreeMap<String, String>,
    functions: Vec<String>,
}

type Table = BTreeMap<String, Signature>;

static SQLITE: LazyLock<Table> = LazyLock::new(|| {
    read(&[
        include_str!("functions/common.toml"),
        include_str!("functions/sqlite.toml"),
    ])
});
static IN_PATTERN: LazyLock<Table> =
    LazyLock::new(|| read(&[include_str!("functions/matching.toml")]));
static POSTGRES: LazyLock<Table> = LazyLock::new(|| {
    read(&[
        include_str!("functions/common.toml"),
        include_str!("functions/postgres.toml"),
    ])
});
static SNOWFLAKE: LazyLock<Table> = LazyLock::new(|| {
    read(&[
        include_str!("functions/common.toml"),
        include_str!("functions/snowflake.toml"),
        include_str!("functions/cortex.toml"),
    ])
});

/// The function of a name in any case.
pub(super) fn find(dialect: Dialect, name: &str) -> Option<&'static Signature> {
    table(dialect).get(&name.to_ascii_lowercase())
}

/// A function that is known only inside `match_recognize`.
pub(super) fn find_in_pattern(name: &str) -> Option<&'static Signature> {
    IN_PATTERN.get(name)
}

/// Every name that a dialect knows.
pub(super) fn names(dialect: Dialect) -> impl Iterator<Item = &'static str> {
    table(dialect).keys().map(String::as_str)
}

fn table(dialect: Dialect) -> &'static Table {
    match dialect {
        Dialect::Sqlite => &SQLITE,
        Dialect::Postgres => &POSTGRES,
        Dialect::Snowflake => &SNOWFLAKE,
    }
}

/// A file that cannot be read gives no functions; the tests of the data files see to it that this
/// does not happen.
fn read(texts: &[&str]) -> Table {
    let mut table = Table::new();
    for text in texts {
        let file: File = toml::from_str(text).unwrap_or(File { group: Vec::new() });
        for group in file.group {
            let signature = Signature {
                kind: group.kind,
                gives: gives(&group.gives),
                missing: group.missing,
                shows: group.shows,
                wide: group.wide,
                takes: group.takes.iter().map(|word| type_word(word)).collect(),
                word: group.word,
                columns: group
                    .columns
                    .into_iter()
                    .map(|(name, of)| (name, type_word(&of).unwrap_or(Type::Unknown)))
                    .collect(),
                answers: group.answers,
                named: group
                    .named
                    .iter()
                    .filter_map(|(name, word)| Some((name.clone(), type_word(word)?)))
                    .collect(),
            };
            for function in group.functions {
                table.insert(function, signature.clone());
            }
        }
    }
    table
}

fn gives(word: &str) -> Gives {
    if let Some(of) = type_word(word) {
        return Gives::Type(of);
    }
    match word {
        "first" => Gives::Argument(0),
        "second" => Gives::Argument(1),
        "third" => Gives::Argument(2),
        "first of many" => Gives::FirstOfMany,
        "quotient" => Gives::Quotient,
        "common" => Gives::Common(0),
        "common from second" => Gives::Common(1),
        "pairs from third" => Gives::Pairs(2),
        "promoted" => Gives::Promoted,
        "rounded" => Gives::Rounded,
        "root" => Gives::Root,
        "list of first" => Gives::List(0),
        "item of first" => Gives::Item(0),
        "between" => Gives::Between,
        "ordered" => Gives::Ordered,
        "sum" => Gives::Sum,
        "average" => Gives::Average,
        "date add" => Gives::DateAdd,
        _ => Gives::Open,
    }
}

/// `any` has no type.
fn type_word(word: &str) -> Option<Type> {
    Some(match word {
        "text" => Type::Text,
        "boolean" => Type::Boolean,
        "integer" => Type::Integer,
        "number" => Type::Number,
        "decimal" => Type::Decimal,
        "date" => Type::Date,
        "time" => Type::Time,
        "timestamp" => Type::Timestamp,
        "duration" => Type::Duration,
        "json" => Type::Json,
        "list of text" => Type::List(Arc::new(Type::Text)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_data_file_is_read() {
        for text in [
            include_str!("functions/common.toml"),
            include_str!("functions/sqlite.toml"),
            include_str!("functions/postgres.toml"),
            include_str!("functions/snowflake.toml"),
            include_str!("functions/cortex.toml"),
            include_str!("functions/matching.toml"),
        ] {
            let file: File = toml::from_str(text).expect("a readable data file");
            for group in file.group {
                let known = gives(&group.gives) != Gives::Open
                    || matches!(group.gives.as_str(), "open" | "");
                assert!(known, "{} of {:?}", group.gives, group.functions);
                for word in group.named.values() {
                    assert!(type_word(word).is_some(), "{word} of {:?}", group.functions);
                }
            }
        }
    }
}
