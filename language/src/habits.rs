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
];

/// The type that a word of SQL or of another language means, whatever its case.
#[must_use]
pub fn type_meant(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    (TYPES.iter())
        .find(|(_, words)| words.contains(&&*word))
        .map(|(of, _)| *of)
}
