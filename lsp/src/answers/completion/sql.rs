//! What can be written inside SQL: the columns that the place can see, the rows that can be read, the words of SQL.

use serde_json::json;

use sophia_compiler::query::{sql_function, sql_functions};
use sophia_language::syntax::Item as Declared;

use super::items::{Item, Items, Rank};

use crate::answers::sql::{
    Relation, Shown, Statement, output, qualifier, scope, statement_at, statements,
};
use crate::answers::tokens::SQL;
use crate::protocol::CompletionItemKind as Kind;

/// The columns and tables that fit a place in SQL.
pub(super) fn sql(items: &mut Items<'_>, offset: usize) {
    let spot = items.spot.clone();
    let Some(statement) = statement_at(&spot, offset) else {
        return;
    };
    let pinned = spot
        .project
        .and_then(|project| project.catalogue.connections.get(statement.connection));
    let Some(pinned) = pinned else { return };
    let scope = scope(&statement, &pinned.tables, offset);
    let text = spot.file.text.as_str();
    if let Some(qualifier) = qualifier(text, offset) {
        if let Some(relation) = scope.relation(qualifier) {
            for shown in &relation.columns {
                column(items, &statement, Rank::Wanted, relation, shown);
            }
        }
        return;
    }
    let before = text.get(..offset).unwrap_or_default();
    let written = text.get(statement.sql.start as usize..offset);
    if begins(written.unwrap_or_default()) {
        let is_command = matches!(statement.item, Declared::Command(_));
        let first = if is_command { WRITES } else { READS };
        for word in first {
            items.push(Rank::Required, Item::new(*word, Kind::Keyword));
        }
        return;
    }
    // A name that is made here: nobody knows it yet.
    if last_word(before) == "as" && !in_cast(before) {
        return;
    }
    if wants_rows(before) {
        for named in &scope.named {
            items.push(
                Rank::Wanted,
                Item::new(named.name.as_str(), Kind::Class).detail("named by `with`"),
            );
        }
        for (name, table) in &pinned.tables {
            let data = items.data_of(&json!({ "connection": statement.connection, "table": name }));
            let rows = table
                .rows
                .map_or_else(String::new, |rows| format!("{rows} rows"));
            let item = Item::new(name.as_str(), Kind::Class).detail(rows);
            items.push(Rank::Wanted, item.data(data));
        }
        return;
    }
    for shown in &scope.given {
        items.push(
            Rank::Wanted,
            Item::new(shown.name.as_str(), Kind::Field).detail("given by this query"),
        );
    }
    for relation in &scope.relations {
        let rank = if relation.outer {
            Rank::Near
        } else {
            Rank::Wanted
        };
        for shown in &relation.columns {
            column(items, &statement, rank, relation, shown);
        }
        if !relation.name.is_empty() {
            items.push(
                Rank::Near,
                Item::new(relation.name.as_str(), Kind::Variable)
                    .detail(relation.table.unwrap_or_default()),
            );
        }
    }
    if scope.relations.is_empty() && scope.given.is_empty() {
        of_every_table(items, statement.connection);
    }
    // Behind a table the next clause begins, or its other name stands.
    let words = if follows_rows(before) {
        Rank::Required
    } else {
        Rank::Far
    };
    for word in SQL {
        items.push(words, Item::new(*word, Kind::Keyword));
    }
    for name in sql_functions(&pinned.kind) {
        let item = Item::new(name, Kind::Function).snippet(format!("{name}($0)"));
        let said = sql_function(&pinned.kind, name, true);
        let item = match &said {
            Some(said) => item.detail(said.called.as_str()).words(said.says),
            None => item,
        };
        items.push(Rank::Far, item);
    }
}

/// What a statement that reads, and one that writes, begins with.
const READS: &[&str] = &["select", "with"];
const WRITES: &[&str] = &["update", "insert into", "delete from", "merge into", "with"];

/// Whether nothing stands in a statement yet but the word that is written.
fn begins(written: &str) -> bool {
    let is_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    written.trim_start().trim_end_matches(is_of_word).is_empty()
}

/// The columns of all tables, while nothing says yet which are read: `select ‸`.
fn of_every_table(items: &mut Items<'_>, connection: &str) {
    let spot = items.spot.clone();
    let Some(project) = spot.project else { return };
    let Some(pinned) = project.catalogue.connections.get(connection) else {
        return;
    };
    for (table, pinned) in &pinned.tables {
        for column in &pinned.columns {
            let data = items.data_of(
                &json!({ "connection": connection, "table": table, "column": column.name }),
            );
            let missing = if column.nullable { "?" } else { "" };
            let detail = format!("{}{missing} · {table}", column.declared);
            let item = Item::new(column.name.as_str(), Kind::Field);
            items.push(Rank::Near, item.detail(detail).data(data));
        }
    }
}

/// The columns that the SQL of the predictor around a byte gives.
pub(super) fn given(items: &mut Items<'_>, offset: usize) {
    let spot = items.spot.clone();
    let Some(project) = spot.project else { return };
    let mut around = statements(spot.file).filter(
        |statement| matches!(statement.item, Declared::Predictor(it) if it.span.touches(offset)),
    );
    let Some(statement) = around.next() else {
        return;
    };
    // The one that it makes for this is the last, as a rule.
    for shown in output(project, spot.file, statement).into_iter().rev() {
        items.push(Rank::Wanted, Item::new(shown.name, Kind::Field));
    }
}

fn column(
    items: &mut Items<'_>,
    statement: &Statement<'_>,
    rank: Rank,
    relation: &Relation<'_>,
    shown: &Shown<'_>,
) {
    let item = Item::new(shown.name.as_str(), Kind::Field);
    let Some((table, column)) = shown.of else {
        items.push(rank, item.detail(format!("made in {}", relation.name)));
        return;
    };
    let missing = if column.nullable { "?" } else { "" };
    let data = items.data_of(
        &json!({ "connection": statement.connection, "table": table, "column": column.name }),
    );
    let detail = format!("{}{missing} · {table}", column.declared);
    items.push(rank, item.detail(detail).data(data));
}

/// Whether the word before the one that is written asks for rows.
fn wants_rows(before: &str) -> bool {
    ["from", "join", "into", "update"].contains(&last_word(before).as_str())
}

/// The word before the one that is written, in small letters.
fn last_word(before: &str) -> String {
    let before = before.trim_end_matches(|letter: char| letter.is_alphanumeric() || letter == '_');
    let last = before.split_whitespace().next_back();
    last.unwrap_or_default().to_lowercase()
}

/// Whether the word before the one that is written is a table that is read.
fn follows_rows(before: &str) -> bool {
    let before = before.trim_end_matches(|letter: char| letter.is_alphanumeric() || letter == '_');
    let mut words = before.split_whitespace().rev();
    words.next().is_some_and(|table| !table.ends_with(','))
        && words
            .next()
            .is_some_and(|word| ["from", "join"].contains(&word.to_lowercase().as_str()))
}

/// Whether a `cast(` is open before a place: behind its `as` stands a type.
fn in_cast(before: &str) -> bool {
    let open = before
        .rfind('(')
        .filter(|open| before.rfind(')') < Some(*open));
    open.and_then(|open| before.get(..open))
        .is_some_and(|before| before.to_lowercase().ends_with("cast"))
}
