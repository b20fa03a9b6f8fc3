//! The statements, and which of them go to whom.

use std::borrow::Cow;

/// One statement with the name of its family and its number there.
pub struct Statement {
    pub name: String,
    pub sql: Cow<'static, str>,
}

const POSTGRES: &[(&str, &str)] = &[
    ("orders", include_str!("statements/orders_postgres.sql")),
    ("shops", include_str!("statements/shops.sql")),
    ("more shops", include_str!("statements/shops_postgres.sql")),
    ("both", include_str!("statements/both.sql")),
    ("postgres", include_str!("statements/postgres.sql")),
    (
        "functions",
        include_str!("statements/postgres_functions.sql"),
    ),
];

const SQLITE: &[(&str, &str)] = &[
    ("orders", include_str!("statements/orders_sqlite.sql")),
    ("shops", include_str!("statements/shops.sql")),
    ("both", include_str!("statements/both.sql")),
    ("sqlite", include_str!("statements/sqlite.sql")),
];

pub fn postgres() -> Vec<Statement> {
    POSTGRES
        .iter()
        .flat_map(|(name, text)| split(name, text))
        .collect()
}

pub fn sqlite() -> Vec<Statement> {
    SQLITE
        .iter()
        .flat_map(|(name, text)| split(name, text))
        .collect()
}

/// A statement ends with `;` at the end of a line; lines that begin with `--` are notes.
fn split(name: &str, text: &'static str) -> Vec<Statement> {
    text.split(";\n")
        .map(|sql| {
            let mut rest = sql.trim();
            while rest.starts_with("--") {
                rest = rest.split_once('\n').map_or("", |(_, rest)| rest).trim();
            }
            rest
        })
        .filter(|sql| !sql.is_empty())
        .enumerate()
        .map(|(index, sql)| Statement {
            name: format!("{name} {}", index + 1),
            sql: sql.into(),
        })
        .collect()
}
