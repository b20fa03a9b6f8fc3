//! What a place wants whose type is known: the fields of a record between its braces, and a value where one is missing.

use sophia_diagnostics::Span;
use sophia_language::TokenKind;
use sophia_plan::types::{FieldType, RecordType, Type};

use super::around::open_bracket;
use super::items::{Item, Items, Rank};
use super::shape;
use super::values::{fields_of_reply, member};
use crate::project::Spot;
use crate::protocol::CompletionItemKind as Kind;
use sophia_language::syntax::Item as Declared;

/// The fields that the record whose brace stands at a byte can have and has not yet; all that it must have at once.
pub(super) fn record(items: &mut Items<'_>, brace: usize, offset: usize) {
    let spot = items.spot.clone();
    let behind = behind(&spot, brace);
    let record = wanted_record(&spot, brace).or_else(|| compared_record(&spot, brace));
    let Some(record) = record else {
        fields_of_reply(items, offset);
        return;
    };
    let given = given(&spot, brace, offset);
    let free = |field: &&FieldType| !given.iter().any(|name| **name == *field.name);
    let free: Vec<&FieldType> = record.fields.iter().filter(free).collect();
    let needed = || free.iter().filter(|field| !field.of.is_optional());
    if needed().count() > 1 {
        let names: Vec<&str> = needed().map(|field| &*field.name).collect();
        let all = shape::fields(needed().copied());
        let item = Item::new("all fields", Kind::Snippet);
        items.push(Rank::Required, item.detail(names.join(", ")).snippet(all));
    }
    for field in &free {
        let rank = if field.of.is_optional() {
            Rank::Wanted
        } else {
            Rank::Required
        };
        // Whatever stands behind `with` may be left out; of what type it is if it is there is what counts.
        let of = if behind == "with" {
            field.of.present()
        } else {
            &field.of
        };
        let item = member(&field.name, of).snippet(format!("{}: $0", field.name));
        items.push(rank, item.words(field.documentation.as_deref()));
    }
}

/// What the record has to be whose brace stands at a byte.
fn wanted_record(spot: &Spot<'_>, brace: usize) -> Option<RecordType> {
    let places = spot.file.places.as_ref()?;
    let beginning = places.wanted.iter();
    let mut beginning = beginning.filter(|(span, _)| span.start as usize == brace);
    beginning.find_map(|(_, of)| match of.present() {
        Type::Record(record) => Some(RecordType::clone(record)),
        _ => None,
    })
}

/// The word that stands before a brace.
fn behind<'s>(spot: &Spot<'s>, brace: usize) -> &'s str {
    let before = spot.file.text.as_str().get(..brace).unwrap_or_default();
    let before = before.trim_end();
    let start = before.rfind(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    before
        .get(start.map_or(0, |at| at + 1)..)
        .unwrap_or_default()
}

/// What a record is compared with: `result = { … }`.
fn compared_record(spot: &Spot<'_>, brace: usize) -> Option<RecordType> {
    match compared(spot, brace)?.present() {
        Type::Record(record) => Some(RecordType::clone(record)),
        _ => None,
    }
}

/// What the value that comes is compared with, where a `=` or `!=` ends at most some spaces before a byte.
pub(in crate::answers) fn compared(spot: &Spot<'_>, at: usize) -> Option<Type> {
    let places = spot.file.places.as_ref()?;
    let before = spot.file.text.as_str().get(..at)?.trim_end();
    let before = before
        .strip_suffix("!=")
        .or_else(|| before.strip_suffix('='))?;
    let end = before.trim_end().len();
    let ending = places.types.iter();
    let mut ending = ending.filter(|(span, _)| span.end as usize == end);
    ending.next().map(|(_, of)| of.clone())
}

/// What an item is of the list whose bracket is open where something ends with `[` or a comma.
fn item(spot: &Spot<'_>, from: usize) -> Option<Type> {
    let tokens = &spot.parsed()?.tokens;
    let count = tokens.partition_point(|token| (token.span.end as usize) <= from);
    let (_, open) = open_bracket(tokens.get(..count)?)?;
    let begins = spot.file.text.as_str().get(..from)?.ends_with(['[', ',']);
    if open.kind != TokenKind::OpenBracket || !begins {
        return None;
    }
    let places = spot.file.places.as_ref()?;
    let mut wanted = places.wanted.iter();
    let (_, of) = wanted.find(|(span, _)| span.start == open.span.start)?;
    match of.present() {
        Type::List(item) => Some(Type::clone(item)),
        Type::Table(row) => Some(Type::Record(row.clone())),
        _ => None,
    }
}

/// What a model answers or a run gives back, where the word before a value says that it is that.
fn promised(spot: &Spot<'_>, from: usize, offset: usize) -> Option<Type> {
    let tried = &spot.file.places.as_ref()?.tried;
    match behind(spot, from) {
        "otherwise" | "returns" => {
            let items = spot.parsed()?.file.items.iter();
            let mut models = items.filter_map(|item| match item {
                Declared::Model(model) if model.span.touches(offset) => Some(model),
                _ => None,
            });
            let model = models.next()?;
            let mut given = tried.given.iter();
            given.find(|(name, _)| **name == *model.name.text)
        }
        "return" => tried.seen.iter().find(|(name, _)| **name == *"result"),
        _ => None,
    }
    .map(|(_, of)| of.clone())
}

/// The names that stand before a colon in the braces that begin at a byte, but for the one that is being written.
fn given<'s>(spot: &Spot<'s>, brace: usize, offset: usize) -> Vec<&'s str> {
    let Some(parsed) = spot.parsed() else {
        return Vec::new();
    };
    let from = (parsed.tokens).partition_point(|token| (token.span.start as usize) <= brace);
    let rest = parsed.tokens.get(from..).unwrap_or_default();
    let mut depth = 0usize;
    let mut given = Vec::new();
    let mut last: Option<Span> = None;
    for token in rest.iter().filter(|token| !token.kind.is_trivia()) {
        match token.kind {
            TokenKind::Colon if depth == 0 => given.extend(last),
            kind if kind.closed_by().is_some() => depth += 1,
            kind if kind.is_closing() && depth == 0 => break,
            kind if kind.is_closing() => depth -= 1,
            _ => {}
        }
        last = (token.kind == TokenKind::Word).then_some(token.span);
    }
    let others = given.into_iter().filter(|span| !span.touches(offset));
    others.map(|span| spot.file.text.at(span)).collect()
}

/// The value that a place wants, where its type says which there are or how one is written. `from` is where what stands
/// before it ends.
pub(super) fn value(items: &mut Items<'_>, from: usize, offset: usize) {
    let spot = items.spot.clone();
    let of = wanted_value(&spot, from, offset);
    let of = of.or_else(|| item(&spot, from));
    let of = of.or_else(|| compared(&spot, from));
    let Some(of) = of.or_else(|| promised(&spot, from, offset)) else {
        return;
    };
    let of = of.present();
    match of {
        Type::Literals(texts) => {
            for text in texts.iter() {
                let item = Item::new(format!("\"{text}\""), Kind::EnumMember);
                items.push(Rank::Required, item);
            }
        }
        Type::Boolean => {
            for word in ["true", "false"] {
                items.push(Rank::Near, Item::new(word, Kind::Keyword));
            }
        }
        Type::Range { from, to } if to.saturating_sub(*from) < 12 => {
            for number in *from..=*to {
                items.push(Rank::Wanted, Item::new(number.to_string(), Kind::Value));
            }
        }
        Type::Record(_) | Type::Table(_) => written(items, of),
        Type::List(item) if matches!(item.present(), Type::Record(_)) => written(items, of),
        _ => {}
    }
}

/// A record or rows, written out at once.
fn written(items: &mut Items<'_>, of: &Type) {
    let label = match of {
        Type::Record(_) => "{ … }",
        _ => "[{ … }]",
    };
    let item = Item::new(label, Kind::Snippet).detail(of.to_string());
    items.push(Rank::Required, item.snippet(shape::value(of)));
}

/// What has to stand between two places of which nothing or one word does.
fn wanted_value(spot: &Spot<'_>, from: usize, offset: usize) -> Option<Type> {
    let places = spot.file.places.as_ref()?;
    let text = spot.file.text.as_str();
    let after = text.get(offset..)?;
    let word = after.find(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    let end = offset + word.unwrap_or(after.len());
    let within = places.wanted.iter();
    let mut within = within.filter(|(span, _)| {
        from <= span.start as usize
            && span.start as usize <= offset
            && (span.end as usize == end || span.start == span.end)
    });
    within.next().map(|(_, of)| of.clone())
}
