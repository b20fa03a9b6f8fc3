//! Statements that make tables and add columns, in the dialect of a connection.
//!
//! Kept true here: a column is declared so that the lock gives back the type that is recorded into it; a name is
//! quoted wherever it could be read as anything else, and what stands in a comment never ends it.

use sophia_plan::types::Type;
use sqlparser::keywords::ALL_KEYWORDS;

use super::dialect::Dialect;
use crate::creation::{NewColumn, NewTable};

/// How a column is declared that holds values of a type.
pub(crate) fn declared_for(kind: &str, of: &Type) -> &'static str {
    let [sqlite, postgres, snowflake] = match of.present() {
        Type::Text | Type::Literals(_) => ["text", "text", "varchar"],
        Type::Boolean => ["boolean", "boolean", "boolean"],
        Type::Integer | Type::Range { .. } => ["integer", "bigint", "number(38,0)"],
        Type::Number | Type::Percent => ["real", "double precision", "float"],
        Type::Decimal | Type::Money(_) => ["numeric", "numeric", "number(38,9)"],
        Type::Date => ["date", "date", "date"],
        Type::Time => ["time", "time", "time"],
        Type::Timestamp => ["timestamp", "timestamptz", "timestamp_tz"],
        // Only PostgreSQL has lengths of time; elsewhere they are written out.
        Type::Duration => ["text", "interval", "varchar"],
        Type::Json
        | Type::Record(_)
        | Type::List(_)
        | Type::Table(_)
        | Type::Optional(_)
        | Type::None
        | Type::Unknown => ["json", "jsonb", "variant"],
    };
    match Dialect::of_kind(kind) {
        Dialect::Sqlite => sqlite,
        Dialect::Postgres => postgres,
        Dialect::Snowflake => snowflake,
    }
}

/// The most bytes of a name, where a source of a kind cuts what is longer.
pub(crate) fn longest_name(kind: &str) -> Option<usize> {
    (Dialect::of_kind(kind) == Dialect::Postgres).then_some(63)
}

/// The statement that makes a table, or those that add columns to one, laid out for people.
pub(crate) fn definition(kind: &str, table: &NewTable) -> String {
    let dialect = Dialect::of_kind(kind);
    if table.is_new {
        made(dialect, table)
    } else {
        added(dialect, table)
    }
}

fn made(dialect: Dialect, table: &NewTable) -> String {
    let names: Vec<String> = (table.columns.iter())
        .map(|column| written(dialect, &column.name))
        .collect();
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let name_width = width(&mut names.iter().map(|name| name.chars().count()));
    let mut lines: Vec<(String, String)> = (table.columns.iter().zip(&names))
        .map(|(column, name)| {
            let needed = if column.nullable { "" } else { " not null" };
            let line = format!("  {name:<name_width$} {}{needed}", column.declared);
            (line, remark(column))
        })
        .collect();
    if let Some(key) = &table.key {
        let word = if key.primary { "primary key" } else { "unique" };
        let columns: Vec<String> = (key.columns.iter())
            .map(|name| written(dialect, name))
            .collect();
        lines.push((format!("  {word} ({})", columns.join(", ")), String::new()));
    }
    let last = lines.len().saturating_sub(1);
    let mut text = format!(
        "create table if not exists {} (\n",
        written(dialect, &table.table)
    );
    let lines: Vec<(String, String)> = (lines.into_iter().enumerate())
        .map(|(place, (line, remark))| {
            (
                if place == last {
                    line
                } else {
                    format!("{line},")
                },
                remark,
            )
        })
        .collect();
    let line_width = width(&mut lines.iter().map(|(line, _)| line.chars().count()));
    for (line, remark) in lines {
        if remark.is_empty() {
            text.push_str(&line);
        } else {
            text.push_str(&format!("{line:<line_width$}  -- {remark}"));
        }
        text.push('\n');
    }
    text.push_str(");\n");
    text
}

/// Rows that are there have nothing in a new column, so it may be missing whatever is recorded.
fn added(dialect: Dialect, table: &NewTable) -> String {
    let unless = match dialect {
        Dialect::Sqlite => "",
        Dialect::Postgres | Dialect::Snowflake => "if not exists ",
    };
    let lines = table.columns.iter().map(|column| {
        let remark = match remark(column) {
            empty if empty.is_empty() => empty,
            remark => format!("  -- {remark}"),
        };
        format!(
            "alter table {} add column {unless}{} {};{remark}\n",
            written(dialect, &table.table),
            written(dialect, &column.name),
            column.declared,
        )
    });
    lines.collect()
}

/// What is known of a column beyond its type, on one line.
fn remark(column: &NewColumn) -> String {
    let labels = column.labels.iter().map(|label| format!("@{label}"));
    let facts = column.unit.iter().cloned().chain(labels);
    let mut remark = facts.collect::<Vec<_>>().join(", ");
    if let Some(documentation) = &column.documentation {
        if !remark.is_empty() {
            remark.push_str("; ");
        }
        remark.push_str(documentation);
    }
    let line: String = remark.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|letter| !letter.is_control()).collect()
}

/// A name as a statement takes it: bare where it can be nothing else, otherwise in quotes.
fn written(dialect: Dialect, name: &str) -> String {
    let plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    let upper = name.to_ascii_uppercase();
    if plain && !ALL_KEYWORDS.contains(&upper.as_str()) {
        return name.to_owned();
    }
    // What Snowflake reads without quotes it keeps in capitals.
    let kept = if dialect == Dialect::Snowflake && plain {
        &upper
    } else {
        name
    };
    format!("\"{}\"", kept.replace('"', "\"\""))
}
