//! Where the three dialects differ in spelling: placeholders, names, escapes.

use sqlparser::ast::Ident;
use sqlparser::dialect::{PostgreSqlDialect, SQLiteDialect, SnowflakeDialect};

/// A dialect of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
    Snowflake,
}

impl Dialect {
    /// The dialect of a connection's kind. Files are read through SQLite, so it is also the default.
    pub fn of_kind(kind: &str) -> Self {
        match kind {
            "postgres" => Self::Postgres,
            "snowflake" => Self::Snowflake,
            _ => Self::Sqlite,
        }
    }

    /// The parser's own.
    pub fn parser(self) -> Box<dyn sqlparser::dialect::Dialect> {
        match self {
            Self::Sqlite => Box::new(SQLiteDialect {}),
            Self::Postgres => Box::new(PostgreSqlDialect {}),
            Self::Snowflake => Box::new(SnowflakeDialect {}),
        }
    }

    /// As people call it.
    pub fn spoken(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::Snowflake => "Snowflake",
        }
    }

    /// What stands in a hole while parsing; at most three bytes, the size of the smallest hole.
    pub fn placeholder(self) -> &'static str {
        match self {
            Self::Postgres => "$1",
            Self::Sqlite | Self::Snowflake => "?",
        }
    }

    /// What is sent for hole `number`, from 1.
    pub fn sent_placeholder(self, number: usize) -> String {
        match self {
            Self::Sqlite => format!("?{number}"),
            Self::Postgres => format!("${number}"),
            Self::Snowflake => "?".to_owned(),
        }
    }

    /// Whether a backslash in a text escapes its quote.
    pub fn escapes_with_backslash(self) -> bool {
        self == Self::Snowflake
    }

    /// Whether an alias of the select list may be used in other items and in `where`.
    pub fn aliases_are_names(self) -> bool {
        self != Self::Postgres
    }

    /// A written name as the source keeps it.
    pub fn name(self, ident: &Ident) -> String {
        if ident.quote_style.is_some() {
            return ident.value.clone();
        }
        match self {
            Self::Sqlite => ident.value.clone(),
            Self::Postgres => ident.value.to_lowercase(),
            Self::Snowflake => ident.value.to_uppercase(),
        }
    }

    /// Whether a written name means a kept one. An unquoted name matches in any case, because a
    /// stand-in for a source may keep names in another case than the source itself.
    pub fn means(self, ident: &Ident, kept: &str) -> bool {
        if ident.quote_style.is_none() || self == Self::Sqlite {
            ident.value.eq_ignore_ascii_case(kept)
        } else {
            ident.value == kept
        }
    }

    /// The name of an output column as a playbook sees it.
    pub fn output_name(self, kept: &str) -> String {
        if self == Self::Snowflake && !kept.chars().any(char::is_lowercase) {
            kept.to_lowercase()
        } else {
            kept.to_owned()
        }
    }

    /// How a kept name must be written so that it is found.
    pub fn written(self, kept: &str, quote: Option<char>) -> String {
        let plain = kept.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !kept.starts_with(|c: char| c.is_ascii_digit());
        let folds = match self {
            Self::Sqlite => true,
            Self::Postgres => !kept.chars().any(char::is_uppercase),
            Self::Snowflake => {
                !kept.chars().any(char::is_lowercase) || !kept.chars().any(char::is_uppercase)
            }
        };
        match quote {
            None if plain && folds => {
                if self == Self::Snowflake {
                    kept.to_lowercase()
                } else {
                    kept.to_owned()
                }
            }
            Some('[') => format!("[{kept}]"),
            quote => {
                let quote = quote.unwrap_or('"');
                format!("{quote}{kept}{quote}")
            }
        }
    }
}
