//! Words for types that SQL and other languages have, and what they are called here.
//!
//! Kept true here: one list, for the grammar that reads them with a length behind and for the checker that misses a type.

/// What a word of another language is called here.
const TYPES: &[(&str, &[&str])] = &[
    (
        "text",
        &[
            "string",
            "str",
            "varchar",
            "varchar2",
            "nvarchar",
            "char",
            "nchar",
            "character",
            "clob",
            "uuid",
            "guid",
            "email",
            "phone",
            "url",
            "uri",
        ],
    ),
    (
        "integer",
        &[
            "int", "bigint", "smallint", "tinyint", "int4", "int8", "int32", "int64", "long",
            "serial", "whole",
        ],
    ),
    ("number", &["float", "double", "real", "float4", "float8"]),
    ("decimal", &["numeric", "dec", "bigdecimal"]),
    ("boolean", &["bool", "bit", "logical"]),
    (
        "timestamp",
        &[
            "datetime",
            "datetime2",
            "timestamptz",
            "timestamp_tz",
            "timestamp_ntz",
            "timestamp_ltz",
            "instant",
        ],
    ),
    ("duration", &["interval", "timedelta"]),
    (
        "json",
        &["jsonb", "variant", "object", "dict", "map", "any"],
    ),
    ("money", &["currency", "dollars"]),
    ("percent", &["percentage"]),
    (
        "file",
        &[
            "blob",
            "bytea",
            "bytes",
            "binary",
            "varbinary",
            "attachment",
        ],
    ),
    ("person", &["user"]),
];

/// Types that are several words elsewhere, the longer before what they begin with.
const PHRASES: &[(&[&str], &str)] = &[
    (&["double", "precision"], "number"),
    (&["character", "varying"], "text"),
    (&["char", "varying"], "text"),
    (&["long", "text"], "text"),
    (&["timestamp", "with", "time", "zone"], "timestamp"),
    (&["timestamp", "without", "time", "zone"], "timestamp"),
    (&["timestamp", "with", "timezone"], "timestamp"),
    (&["time", "with", "time", "zone"], "time"),
    (&["time", "without", "time", "zone"], "time"),
    (&["date", "time"], "timestamp"),
    (&["date", "and", "time"], "timestamp"),
    (&["whole", "number"], "integer"),
    (&["big", "int"], "integer"),
    (&["true", "or", "false"], "boolean"),
    (&["yes", "or", "no"], "boolean"),
];

/// What another language says of a type by a word with the type in brackets, or before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TypeHabit {
    /// `array<text>`
    Several,
    /// `optional text`
    Missable,
    /// `required text`
    Needed,
    /// `map<text, integer>`
    Named,
    /// `enum("a", "b")`
    OneOf,
}

const HABITS: &[(TypeHabit, &[&str])] = &[
    (
        TypeHabit::Several,
        &[
            "list",
            "array",
            "set",
            "sequence",
            "collection",
            "vector",
            "tuple",
        ],
    ),
    (
        TypeHabit::Missable,
        &["optional", "option", "maybe", "nullable"],
    ),
    (TypeHabit::Needed, &["required", "mandatory"]),
    (
        TypeHabit::Named,
        &[
            "map",
            "dict",
            "dictionary",
            "object",
            "hash",
            "hashmap",
            "struct",
        ],
    ),
    (TypeHabit::OneOf, &["enum", "choice", "literal", "oneof"]),
];

/// What a word says of the type behind it, whatever its case.
pub(crate) fn type_habit(word: &str) -> Option<TypeHabit> {
    let word = word.to_lowercase();
    (HABITS.iter())
        .find(|(_, words)| words.contains(&&*word))
        .map(|(habit, _)| *habit)
}

/// The type that several words mean, and how many they are.
pub(crate) fn type_phrase(words: &[&str]) -> Option<(usize, &'static str)> {
    let is_next = |phrase: &[&str]| {
        phrase.len() <= words.len()
            && (phrase.iter().zip(words)).all(|(ours, theirs)| ours.eq_ignore_ascii_case(theirs))
    };
    (PHRASES.iter())
        .find(|(phrase, _)| is_next(phrase))
        .map(|(phrase, meant)| (phrase.len(), *meant))
}

/// The type that a word of SQL or of another language means, whatever its case.
#[must_use]
pub fn type_meant(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    (TYPES.iter())
        .find(|(_, words)| words.contains(&&*word))
        .map(|(of, _)| *of)
}
