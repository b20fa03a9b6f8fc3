//! Rewrites that are right wherever they are offered: a type for the rows of a query, an `otherwise`, a bound,
//! `redact`, `do`.

use std::fmt::Write as _;

use sophia_diagnostics::{Edit, Span};
use sophia_language::syntax::{
    Block, Clause, Expression, ForEach, Item, LetValue, Model, Query, Statement,
};
use sophia_plan::types::{RecordType, Type};

use super::blocks::blocks;
use super::insert;
use crate::answers::meaning::{Meaning, meant};
use crate::project::Spot;
use crate::protocol::CodeActionKind;

/// A change of the text that a person asked for.
pub(super) struct Rewrite {
    pub(super) title: String,
    pub(super) kind: CodeActionKind,
    pub(super) edits: Vec<Edit>,
}

impl Rewrite {
    fn new(title: impl Into<String>, kind: CodeActionKind, edit: Edit) -> Self {
        Self {
            title: title.into(),
            kind,
            edits: vec![edit],
        }
    }
}

/// The rewrites of a place.
pub(super) fn at(spot: &Spot<'_>, part: Span) -> Vec<Rewrite> {
    let Some(parsed) = spot.parsed() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let is_here = |span: Span| span.start <= part.start && part.end <= span.end;
    for item in &parsed.file.items {
        match item {
            Item::Query(query) if is_here(query.span) => of_query(spot, query, part, &mut found),
            Item::Model(model) if is_here(model.span) => found.extend(otherwise(spot, model)),
            Item::Statement(statement) if is_here(statement.span()) => {
                of_statement(spot, statement, part, &mut found);
            }
            Item::Action(action) if is_here(action.span) => {
                of_block(spot, &action.body, part, &mut found);
            }
            Item::OnFailure(it) if is_here(it.span) => of_block(spot, &it.body, part, &mut found),
            _ => {}
        }
    }
    found.extend(redact(spot, part));
    found
}

/// What stands on the first line of a query.
fn of_query(spot: &Spot<'_>, query: &Query, part: Span, found: &mut Vec<Rewrite>) {
    if query.at_most.is_none() && query.connection.span.start < query.connection.span.end {
        let bound = insert(query.connection.span.end, ", at most 1000 rows");
        found.push(Rewrite::new(
            "Bound the rows of the query",
            CodeActionKind::RefactorRewrite,
            bound,
        ));
    }
    if !query.name.span.touches(part.start as usize) {
        return;
    }
    let row = spot
        .file
        .places
        .as_ref()
        .and_then(|places| places.queries.get(&query.name.text));
    let Some(row) = row else { return };
    let name = free(spot, &format!("{}Row", pascal(&query.name.text)));
    let start = query.documentation.span;
    let start = if start.start < start.end {
        start.start
    } else {
        query.span.start
    };
    let title = format!("Write the rows of `{}` down as a type", query.name.text);
    let text = declared(&name, row).replace('\n', line_end(spot));
    found.push(Rewrite::new(
        title,
        CodeActionKind::RefactorExtract,
        insert(start, text),
    ));
}

/// A name that the file does not declare: with a number, where it does.
fn free(spot: &Spot<'_>, name: &str) -> String {
    let is_taken = |name: &str| {
        let index = spot.file.index();
        index.is_some_and(|index| index.declared(name).is_some())
    };
    let numbered = (2..).map(|number| format!("{name}{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !is_taken(name)).unwrap_or_default()
}

/// How the lines of the text end.
fn line_end(spot: &Spot<'_>) -> &'static str {
    if spot.file.text.as_str().contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    }
}

fn declared(name: &str, row: &RecordType) -> String {
    let widest = row
        .fields
        .iter()
        .map(|field| field.name.len())
        .max()
        .unwrap_or_default();
    let mut text = format!("type {name} {{\n");
    for field in &row.fields {
        let space = " ".repeat(widest - field.name.len());
        let _ = write!(text, "  {}:{space} {}", field.name, field.of);
        for label in &field.labels {
            let _ = write!(text, " @{label}");
        }
        text.push('\n');
    }
    text.push_str("}\n\n");
    text
}

fn pascal(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(letters).collect()
        })
    });
    words.collect()
}

/// `otherwise` for a model that has none: the smallest value of its type.
fn otherwise(spot: &Spot<'_>, model: &Model) -> Option<Rewrite> {
    let has_one = model
        .clauses
        .iter()
        .any(|clause| matches!(clause, Clause::Otherwise { .. }));
    let last = model.clauses.last()?;
    if has_one {
        return None;
    }
    let places = spot.file.places.as_ref()?;
    let mut answers = places.tried.given.iter();
    let answer = answers.find(|(name, _)| **name == *model.name.text);
    // A module has no tests, and so nobody to say what its models answer but their types.
    let of = match answer {
        Some((_, of)) => of,
        None => (places.declared).get(spot.file.text.at(model.result.span()))?,
    };
    let value = smallest(of)?;
    let indent = indent_of(spot, last.span().start as usize);
    let end = line_end(spot);
    let edit = insert(last.span().end, format!("{end}{indent}otherwise {value}"));
    Some(Rewrite::new(
        "Say what holds when no model answers",
        CodeActionKind::RefactorRewrite,
        edit,
    ))
}

/// What the line of a place begins with, where it is spaces and tabs up to there; two spaces elsewhere.
fn indent_of(spot: &Spot<'_>, at: usize) -> String {
    let before = spot.file.text.as_str().get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    if line.trim().is_empty() {
        line.to_owned()
    } else {
        "  ".to_owned()
    }
}

/// The smallest value of a type; `None` where there is none that says nothing.
fn smallest(of: &Type) -> Option<String> {
    Some(match of {
        Type::Text => "\"\"".to_owned(),
        Type::Boolean => "false".to_owned(),
        Type::Integer => "0".to_owned(),
        Type::Number | Type::Decimal => "0.0".to_owned(),
        Type::Percent => "0%".to_owned(),
        Type::Money(currency) if &*currency.0 == "USD" => "$0.00".to_owned(),
        Type::Money(currency) => format!("0.00 {}", currency.0),
        Type::Literals(texts) => format!("{:?}", texts.first()?),
        Type::Range { from, .. } => from.to_string(),
        Type::Optional(_) | Type::None => "none".to_owned(),
        Type::List(_) | Type::Table(_) => "[]".to_owned(),
        Type::Record(record) => {
            let fields = record
                .fields
                .iter()
                .map(|field| Some(format!("{}: {}", field.name, smallest(&field.of)?)));
            format!("{{ {} }}", fields.collect::<Option<Vec<_>>>()?.join(", "))
        }
        _ => return None,
    })
}

fn of_block(spot: &Spot<'_>, block: &Block, part: Span, found: &mut Vec<Rewrite>) {
    for statement in &block.statements {
        let span = statement.span();
        if span.start <= part.start && part.end <= span.end {
            of_statement(spot, statement, part, found);
        }
    }
}

fn of_statement(spot: &Spot<'_>, statement: &Statement, part: Span, found: &mut Vec<Rewrite>) {
    match statement {
        Statement::Let(it) => match &it.value {
            LetValue::Value(Expression::Call(call)) => {
                let last = (call.callee.span().end as usize).saturating_sub(1);
                let meaning = meant(spot, last).map(|meant| meant.meaning);
                if matches!(meaning, Some(Meaning::Call { offered, .. }) if offered.effect) {
                    let edit = insert(call.span.start, "do ");
                    found.push(Rewrite::new(
                        "Call it with `do`",
                        CodeActionKind::RefactorRewrite,
                        edit,
                    ));
                }
            }
            LetValue::ForEach(each) => of_loop(each, part, found),
            _ => {}
        },
        Statement::ForEach(each) => of_loop(each, part, found),
        _ => {}
    }
    for block in blocks(statement) {
        of_block(spot, block, part, found);
    }
}

/// A bound for a loop over a whole table.
fn of_loop(each: &ForEach, part: Span, found: &mut Vec<Rewrite>) {
    let is_head = part.start <= each.body.span.start;
    let has_take = matches!(&each.source, Expression::Pipeline { stages, .. }
        if stages.iter().any(|stage| matches!(stage, sophia_language::syntax::Stage::Take { .. })));
    if is_head
        && !has_take
        && !matches!(
            each.source,
            Expression::List { .. } | Expression::Missing(_)
        )
    {
        let edit = insert(each.source.span().end, " | take 50");
        found.push(Rewrite::new(
            "Bound the loop with `take`",
            CodeActionKind::RefactorRewrite,
            edit,
        ));
    }
}

/// `redact( )` around a text that is read from a record.
fn redact(spot: &Spot<'_>, part: Span) -> Option<Rewrite> {
    let index = spot.file.index()?;
    let member = index.member_at(part.start as usize)?;
    let whole = member.of.to(member.span);
    let of = spot.file.type_at(whole)?;
    let is_concealed = index.call_around(whole.start as usize).is_some_and(|call| {
        let callee = spot.file.text.at(call.callee);
        matches!(callee, "redact" | "pseudonymize")
    });
    if *of.present() != Type::Text || is_concealed {
        return None;
    }
    let edits = vec![insert(whole.start, "redact("), insert(whole.end, ")")];
    Some(Rewrite {
        title: format!("Redact `{}` here", spot.file.text.at(whole)),
        kind: CodeActionKind::RefactorRewrite,
        edits,
    })
}
