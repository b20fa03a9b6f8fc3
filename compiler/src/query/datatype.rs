//! The names that sources give to types, as our types.

use std::sync::Arc;

use sophia_plan::types::Type;

use super::dialect::Dialect;

/// Our type for a source's type as it is declared: `NUMBER(38,0)`, `varchar(20)`, `text[]`.
///
/// Unknown where the source has no word for it that Sophia knows.
pub(super) fn declared(dialect: Dialect, declared: &str) -> Type {
    let upper = declared.trim().to_ascii_uppercase();
    if dialect == Dialect::Postgres
        && let Some(item) = upper.strip_suffix("[]")
    {
        return Type::List(Arc::new(self::declared(dialect, item)));
    }
    let word: String = upper
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ' ' | '"'))
        .collect();
    let word = word.trim().trim_matches('"');
    match dialect {
        Dialect::Sqlite => sqlite(word),
        Dialect::Postgres => postgres(word),
        Dialect::Snowflake => snowflake(word, is_whole(&upper)),
    }
}

/// Whether a type of PostgreSQL is a whole number of eight bytes.
pub(super) fn is_wide(dialect: Dialect, declared: &str) -> bool {
    dialect == Dialect::Postgres
        && matches!(
            &*declared.trim().to_ascii_uppercase(),
            "BIGINT" | "INT8" | "BIGSERIAL"
        )
}

/// Whether `NUMBER(10)` or `NUMBER(38,0)` has no digits after the point; a bare `NUMBER` does not say.
fn is_whole(upper: &str) -> bool {
    let Some((inner, _)) = upper
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'))
    else {
        return false;
    };
    inner
        .split_once(',')
        .is_none_or(|(_, scale)| scale.trim() == "0")
}

/// Words first, then SQLite's own rules of affinity. SQLite has no exact numbers: `DECIMAL` is a double.
fn sqlite(word: &str) -> Type {
    match word {
        "BOOLEAN" | "BOOL" => return Type::Boolean,
        "DATE" => return Type::Date,
        "TIME" => return Type::Time,
        "JSON" | "JSONB" => return Type::Json,
        "" | "ANY" => return Type::Unknown,
        _ => {}
    }
    let has = |part: &str| word.contains(part);
    if has("TIMESTAMP") || has("DATETIME") {
        Type::Timestamp
    } else if has("INT") && !has("POINT") && !has("INTERVAL") {
        Type::Integer
    } else if has("CHAR") || has("CLOB") || has("TEXT") || word == "UUID" || word == "STRING" {
        Type::Text
    } else if ["REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL", "NUMBER"]
        .into_iter()
        .any(has)
    {
        Type::Number
    } else {
        Type::Unknown
    }
}

fn postgres(word: &str) -> Type {
    match word {
        "SMALLINT" | "INTEGER" | "INT" | "BIGINT" | "INT2" | "INT4" | "INT8" | "SERIAL"
        | "BIGSERIAL" | "SMALLSERIAL" | "OID" => Type::Integer,
        "REAL" | "DOUBLE PRECISION" | "FLOAT" | "FLOAT4" | "FLOAT8" | "DOUBLE" => Type::Number,
        "NUMERIC" | "DECIMAL" | "DEC" | "MONEY" => Type::Decimal,
        "TEXT" | "VARCHAR" | "CHARACTER VARYING" | "CHARACTER" | "CHAR" | "BPCHAR" | "CITEXT"
        | "NAME" | "UUID" | "INET" | "CIDR" | "MACADDR" | "XML" | "TSVECTOR" | "REGCLASS" => {
            Type::Text
        }
        "BOOLEAN" | "BOOL" => Type::Boolean,
        "DATE" => Type::Date,
        "JSON" | "JSONB" | "HSTORE" => Type::Json,
        "INTERVAL" => Type::Duration,
        _ if word.starts_with("TIMESTAMP") => Type::Timestamp,
        _ if word == "TIMETZ" || word == "TIME" || word.starts_with("TIME ") => Type::Time,
        _ if word.starts_with("INTERVAL") => Type::Duration,
        _ => Type::Unknown,
    }
}

fn snowflake(word: &str, whole: bool) -> Type {
    match word {
        "NUMBER" | "DECIMAL" | "NUMERIC" | "DEC" if whole => Type::Integer,
        "NUMBER" | "DECIMAL" | "NUMERIC" | "DEC" => Type::Decimal,
        "INT" | "INTEGER" | "BIGINT" | "SMALLINT" | "TINYINT" | "BYTEINT" => Type::Integer,
        "FLOAT" | "FLOAT4" | "FLOAT8" | "DOUBLE" | "DOUBLE PRECISION" | "REAL" => Type::Number,
        "TEXT" | "VARCHAR" | "STRING" | "CHAR" | "CHARACTER" | "NCHAR" | "NVARCHAR"
        | "NVARCHAR2" | "CHAR VARYING" | "UUID" => Type::Text,
        "BOOLEAN" | "BOOL" => Type::Boolean,
        "DATE" => Type::Date,
        "TIME" => Type::Time,
        "DATETIME" => Type::Timestamp,
        "VARIANT" | "OBJECT" | "ARRAY" | "MAP" | "GEOGRAPHY" | "GEOMETRY" => Type::Json,
        _ if word.starts_with("TIMESTAMP") => Type::Timestamp,
        _ => Type::Unknown,
    }
}
