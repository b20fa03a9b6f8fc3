//! The tables that the statements read, and the rows in them.

use std::collections::BTreeMap;

use sophia_compiler::catalogue::{Column, Table};

/// One table.
pub struct Described {
    pub name: String,
    pub columns: Vec<Column>,
    /// The columns of its primary key.
    pub key: Vec<String>,
}

/// How many rows each table gets: few, because the statements join many of them.
pub const ROWS: u64 = 24;

/// `table: column type!, …` a paragraph; `!` is `not null`, `!!` is also a part of the primary key.
pub fn tables() -> Vec<Described> {
    let text = concat!(
        include_str!("tables/orders.txt"),
        "\n",
        include_str!("tables/shops.txt"),
        "\n",
        include_str!("tables/office.txt"),
        "\n",
        include_str!("tables/deals.txt")
    );
    text.split(';')
        .filter_map(|table| table.trim().split_once(':'))
        .map(|(name, columns)| Described {
            name: name.trim().to_owned(),
            columns: split(columns)
                .into_iter()
                .map(|column| read(&column))
                .collect(),
            key: split(columns)
                .into_iter()
                .filter(|column| column.ends_with("!!"))
                .map(|column| read(&column).name)
                .collect(),
        })
        .collect()
}

/// Commas between columns, not those inside `decimal(15,2)`.
fn split(columns: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for character in columns.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(character);
        }
    }
    parts
}

fn read(column: &str) -> Column {
    let (name, declared) = column.trim().split_once(' ').expect("a name and a type");
    Column {
        name: name.to_owned(),
        declared: declared.trim_end_matches('!').to_owned(),
        nullable: !declared.ends_with('!'),
        labels: Vec::new(),
    }
}

/// The same as the checker's catalogue has it.
pub fn catalogue(tables: &[Described]) -> BTreeMap<String, Table> {
    tables
        .iter()
        .map(|table| {
            let described = Table {
                columns: table.columns.clone(),
                key: Some(table.key.clone()),
                ..Table::default()
            };
            (table.name.clone(), described)
        })
        .collect()
}

/// How the tables are filled. Every statement runs over each, because a value may be missing only where a
/// table has no rows, or where a row has no partner.
#[derive(Clone, Copy, Debug)]
pub enum Filling {
    /// No rows at all.
    Empty,
    /// Every second table has no rows.
    Half,
    /// Two rows in each table, and other ones in every second.
    Few,
    Full,
}

/// In the order of running: the last one is what types are read from.
pub const FILLINGS: [Filling; 4] = [Filling::Empty, Filling::Half, Filling::Few, Filling::Full];

/// What makes a table.
pub fn creation(table: &Described) -> String {
    let mut columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let must = if column.nullable { "" } else { " not null" };
            format!("{} {}{must}", column.name, column.declared)
        })
        .collect();
    if !table.key.is_empty() {
        columns.push(format!("primary key ({})", table.key.join(", ")));
    }
    format!("create table {} ({})", table.name, columns.join(", "))
}

/// What empties the table at a place in the list and fills it anew.
pub fn filling(table: &Described, place: usize, filling: Filling) -> Vec<String> {
    let odd = !place.is_multiple_of(2);
    let numbers = match filling {
        Filling::Empty => 0..0,
        Filling::Half if odd => 0..0,
        Filling::Half | Filling::Full => 0..ROWS,
        Filling::Few if odd => 2..4,
        Filling::Few => 0..2,
    };
    let mut script = vec![format!("delete from {}", table.name)];
    if numbers.is_empty() {
        return script;
    }
    let rows: Vec<String> = numbers
        .map(|row| {
            let values: Vec<String> = table
                .columns
                .iter()
                .enumerate()
                .map(|(place, column)| value(column, row, place as u64))
                .collect();
            format!("({})", values.join(", "))
        })
        .collect();
    script.push(format!(
        "insert into {} values {}",
        table.name,
        rows.join(", ")
    ));
    script
}

/// A value that is the same on every run. Keys meet those of other tables, every fourth value is missing
/// where it may be.
fn value(column: &Column, row: u64, place: u64) -> String {
    if column.nullable && (row + place) % 4 == 3 {
        return "null".to_owned();
    }
    let declared = column.declared.as_str();
    let word = declared.split('(').next().unwrap_or_default();
    let room = declared
        .split_once('(')
        .and_then(|(_, rest)| rest.trim_end_matches(')').parse::<usize>().ok())
        .unwrap_or(usize::MAX);
    let one_of = |words: &[&str]| {
        let at = usize::try_from(row).unwrap_or(0) % words.len();
        let word: String = words[at].chars().take(room).collect();
        format!("'{word}'")
    };
    match word {
        "integer" | "bigint" | "smallint" => (row % 12 + 1).to_string(),
        "decimal" | "numeric" => format!("{}.{:02}", row * 7 % 50 + 1, row % 100),
        "real" | "double precision" => format!("{}.5", row * 3 % 20),
        "boolean" => ["true", "false"][usize::from(row.is_multiple_of(2))].to_owned(),
        "date" => format!(
            "'19{:02}-{:02}-{:02}'",
            92 + row % 7,
            row % 12 + 1,
            row % 28 + 1
        ),
        "timestamp" => format!("'2001-{:02}-{:02} 10:30:00'", row % 12 + 1, row % 28 + 1),
        "time" => format!("'{:02}:15:00'", row % 24),
        "interval" => format!("'{} days'", row % 9),
        "text[]" => one_of(&["{a,b}", "{c}", "{}"]),
        "integer[]" => one_of(&["{1,2,3}", "{4}", "{}"]),
        "json" | "jsonb" => one_of(&[
            "{\"a\": 1, \"b\": [1, 2], \"c\": {\"d\": \"x\"}}",
            "{\"a\": null}",
            "{\"b\": []}",
        ]),
        "uuid" => format!("'00000000-0000-4000-8000-{row:012}'"),
        _ => one_of(&["AIR", "BUILDING", "BRAZIL", "1-URGENT", "green tin"]),
    }
}
