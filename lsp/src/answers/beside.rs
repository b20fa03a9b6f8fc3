//! What is to be said of words that stand for nothing by themselves: arguments of calls, keys of records, fields where
//! a type declares them, columns where a stage makes them, and the words of the language.

use std::sync::Arc;

use sophia_diagnostics::Span;
use sophia_language::syntax::Item;
use sophia_language::{Token, TokenKind};
use sophia_plan::types::{RecordType, Type};

use super::columns;
use super::hover::{code, quoted, words};
use super::keywords;
use super::meaning::{Meaning, is_type, meant};
use super::shaped;
use super::signature::{called, shown};
use super::uses;
use crate::folders::MANIFEST;
use crate::project::Spot;
use crate::settings;

/// What is to be said of a word, and where it leads.
pub(super) struct Beside {
    pub(super) span: Span,
    /// As Markdown.
    pub(super) words: String,
    /// The file and the place that makes it.
    pub(super) maker: Option<(Arc<str>, Span)>,
}

/// What is to be said of the word at a byte.
pub(super) fn at(spot: &Spot<'_>, offset: usize) -> Option<Beside> {
    if &*spot.file.name == MANIFEST {
        return of_the_manifest(spot, offset);
    }
    let tokens = &spot.parsed()?.tokens;
    let number = tokens
        .iter()
        .position(|token| token.kind == TokenKind::Word && token.span.touches(offset))?;
    let word = tokens.get(number)?;
    argument(spot, word.span)
        .or_else(|| shaped_function(spot, word.span))
        .or_else(|| key(spot, tokens, number))
        .or_else(|| column(spot, tokens, number))
        .or_else(|| value(spot, word.span))
        .or_else(|| built_in_type(spot, word.span))
        .or_else(|| of_the_language(spot, tokens, number))
}

/// A table of the manifest, or one of its keys.
fn of_the_manifest(spot: &Spot<'_>, offset: usize) -> Option<Beside> {
    let text = spot.file.text.as_str();
    let is_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let start = text.get(..offset)?.trim_end_matches(is_of_word).len();
    let rest = text.get(start..)?;
    let length = rest
        .find(|letter| !is_of_word(letter))
        .unwrap_or(rest.len());
    let (word, behind) = rest.split_at_checked(length)?;
    let settings::Line { header, at } = settings::line(text, start);
    let (shown, says) = match at {
        settings::At::Header(words) if words.is_empty() => {
            let table = settings::table(word)?;
            (format!("[{}]", table.name), table.says)
        }
        settings::At::Key if behind.trim_start().starts_with(['=', '.']) => {
            let table = settings::table(header.first()?)?;
            let key = table.keys.iter().find(|key| key.name == word)?;
            (format!("{} = …", key.name), key.says)
        }
        _ => return None,
    };
    Some(Beside {
        span: Span::new(start, start + length),
        words: format!("```toml\n{shown}\n```\n\n{says}"),
        maker: None,
    })
}

/// The name of an argument.
fn argument(spot: &Spot<'_>, span: Span) -> Option<Beside> {
    let index = spot.file.index()?;
    let is_it = |(name, _): &(Option<Span>, Span)| *name == Some(span);
    let site = index
        .calls
        .iter()
        .find(|call| call.arguments.iter().any(is_it))?;
    let (_, value) = site.arguments.iter().find(|argument| is_it(argument))?;
    let name = spot.file.text.at(span);
    let inside = value.start.min(site.span.end.saturating_sub(1)) as usize;
    let call = called(spot, inside)?;
    let wanted = call.parameters.iter().find(|wanted| wanted.name == name)?;
    let mark = if wanted.required {
        ""
    } else {
        " (may be left out)"
    };
    let mut said = code(&format!("{}{mark}", shown(name, &wanted.of, true)));
    if !wanted.documentation.is_empty() {
        said.push_str(&format!(
            "\n\nThe server says: {}",
            quoted(&wanted.documentation)
        ));
    }
    let of = spot.file.text.at(site.callee);
    said.push_str(&format!("\n\nAn argument of `{of}`."));
    let last = (site.callee.end as usize).checked_sub(1)?;
    let maker = meant(spot, last).and_then(|meant| match &meant.meaning {
        Meaning::Made { file, binder } => {
            let parameters = super::completion::parameters(file, binder)?.iter();
            let mut named = parameters.filter(|parameter| parameter.name.text == name);
            Some((file.name.clone(), named.next()?.name.span))
        }
        call => uses::maker(spot, call),
    });
    Some(Beside {
        span,
        words: said,
        maker,
    })
}

/// A function of the standard library that no text declares.
fn shaped_function(spot: &Spot<'_>, span: Span) -> Option<Beside> {
    let function = shaped::at(spot, span.start as usize)?;
    Some(Beside {
        span,
        words: format!(
            "{}\n\n{}\n\nBuilt into `{}`.",
            code(&function.called()),
            function.gives,
            function.module
        ),
        maker: None,
    })
}

/// A word before a colon: a field that a type declares, or one of a record.
fn key(spot: &Spot<'_>, tokens: &[Token], number: usize) -> Option<Beside> {
    let span = tokens.get(number)?.span;
    let after = significant(tokens, number + 1)?;
    if tokens.get(after)?.kind != TokenKind::Colon {
        return None;
    }
    if let Some(declared) = declared(spot, span) {
        return Some(declared);
    }
    let name = spot.file.text.at(span);
    let brace = open_brace(tokens, number)?;
    if let Some(record) = record_at(spot, brace)
        && let Some(field) = record.field(name)
    {
        let meaning = columns::meaning(spot, field.clone(), Type::Record(record.clone()));
        return Some(Beside {
            span,
            words: words(spot, &meaning),
            maker: uses::maker(spot, &meaning),
        });
    }
    let begins = significant(tokens, after + 1)?;
    made(spot, span, tokens.get(begins)?.span)
}

/// A field where a type declares it.
fn declared(spot: &Spot<'_>, span: Span) -> Option<Beside> {
    let said = |written: &str, documentation: &str, of: Option<&str>| {
        let mut said = code(written);
        if !documentation.is_empty() {
            said.push_str(&format!("\n\n{documentation}"));
        }
        if let Some(of) = of {
            said.push_str(&format!("\n\nA field of `{of}`."));
        }
        Some(Beside {
            span,
            words: said,
            maker: None,
        })
    };
    let items = spot.parsed()?.file.items.iter();
    for item in items {
        if let Item::Type(declared) = item
            && let Some(field) = declared
                .fields()
                .iter()
                .find(|field| field.name.span == span)
        {
            let end = field
                .labels
                .last()
                .map_or(field.of.span(), |label| label.span);
            let written = spot.file.text.at(field.of.span().to(end));
            let written = format!("{}: {written}", field.name.text);
            let documentation = &field.documentation.text;
            return said(&written, documentation, Some(&declared.name.text));
        }
    }
    // In a type that is written where it is used: `table of { … }`.
    let tokens = &spot.parsed()?.tokens;
    let number = tokens.iter().position(|token| token.span == span)?;
    let brace = open_brace(tokens, number)?;
    let at = tokens
        .iter()
        .position(|token| token.span.start as usize == brace)?;
    let before = at
        .checked_sub(1)
        .and_then(|last| rsignificant(tokens, last))?;
    if spot.file.text.at(tokens.get(before)?.span) != "of" {
        return None;
    }
    let rest = spot.file.text.as_str().get(span.start as usize..)?;
    let end = rest.find(['\n', ',', '}', '#']).unwrap_or(rest.len());
    let written: Vec<&str> = rest.get(..end)?.split_whitespace().collect();
    said(&written.join(" "), "", None)
}

/// A column that a stage makes: `add risk = …`.
fn column(spot: &Spot<'_>, tokens: &[Token], number: usize) -> Option<Beside> {
    let span = tokens.get(number)?.span;
    let after = significant(tokens, number + 1)?;
    if tokens.get(after)?.kind != TokenKind::Equal {
        return None;
    }
    let before = number
        .checked_sub(1)
        .and_then(|last| rsignificant(tokens, last))?;
    let before = tokens.get(before)?;
    let begins = before.kind == TokenKind::Comma || spot.file.text.at(before.span) == "add";
    let begins = begins.then(|| significant(tokens, after + 1)).flatten()?;
    made(spot, span, tokens.get(begins)?.span)
}

/// A name for the value that begins at a place.
fn made(spot: &Spot<'_>, span: Span, begins: Span) -> Option<Beside> {
    let places = spot.file.places.as_ref()?;
    let types = places.types.iter();
    let beginning = types.filter(|(value, _)| value.start == begins.start);
    let (_, of) = beginning.max_by_key(|(value, _)| value.end)?;
    Some(Beside {
        span,
        words: code(&format!("{}: {of}", spot.file.text.at(span))),
        maker: None,
    })
}

/// A word that is a value by itself, or the last of a path that is one: `row`, `result`, `people`, `latest`.
fn value(spot: &Spot<'_>, span: Span) -> Option<Beside> {
    let index = spot.file.index()?;
    let name = spot.file.text.at(span);
    let mut members = index.members.iter();
    let path = members.find(|member| member.span == span);
    let whole = path.map_or(span, |member| member.of.to(member.span));
    let of = spot.file.type_at(whole).or_else(|| {
        let places = spot.file.places.as_ref()?;
        let row = places.row_at(span.start as usize)?;
        (name == "row").then(|| row.clone())
    });
    let known = keywords::value(name);
    let mut said = match (of, known) {
        (Some(of), _) => code(&format!("{name}: {of}")),
        (None, Some(_)) => code(name),
        (None, None) => return None,
    };
    if let Some(known) = known.filter(|_| path.is_none() || name == "latest") {
        said.push_str(&format!("\n\n{known}"));
    }
    Some(Beside {
        span,
        words: said,
        maker: None,
    })
}

fn built_in_type(spot: &Spot<'_>, span: Span) -> Option<Beside> {
    let name = spot.file.text.at(span);
    let words = keywords::of_type(name).filter(|_| is_type(spot, name, span.start as usize))?;
    Some(Beside {
        span,
        words: format!("{}\n\n{words}", code(name)),
        maker: None,
    })
}

/// A word of the language.
fn of_the_language(spot: &Spot<'_>, tokens: &[Token], number: usize) -> Option<Beside> {
    let span = tokens.get(number)?.span;
    let word = spot.file.text.at(span);
    // Behind a dot it is somebody's name.
    let before = number.checked_sub(1).and_then(|last| tokens.get(last));
    if before.is_some_and(|before| matches!(before.kind, TokenKind::Dot | TokenKind::QuestionDot)) {
        return None;
    }
    let beside = |at: Option<usize>| {
        let token = at.and_then(|at| tokens.get(at));
        token.map_or("", |token| spot.file.text.at(token.span))
    };
    let earlier = beside(
        number
            .checked_sub(1)
            .and_then(|last| rsignificant(tokens, last)),
    );
    let later = beside(significant(tokens, number + 1));
    let (shown, words) = keywords::said(earlier, word, later)?;
    Some(Beside {
        span,
        words: format!("{}\n\n{words}", code(shown)),
        maker: None,
    })
}

/// What the record has to be whose brace stands at a byte.
fn record_at(spot: &Spot<'_>, brace: usize) -> Option<Arc<RecordType>> {
    let places = spot.file.places.as_ref()?;
    let mut wanted = places.wanted.iter();
    let wanted = wanted.find_map(|(span, of)| match of.present() {
        Type::Record(record) if span.start as usize == brace => Some(record.clone()),
        _ => None,
    });
    wanted.or_else(
        || match super::completion::compared(spot, brace)?.present() {
            Type::Record(record) => Some(record.clone()),
            _ => None,
        },
    )
}

/// The brace that is open before a token.
fn open_brace(tokens: &[Token], number: usize) -> Option<usize> {
    let mut closed = 0usize;
    for token in tokens.get(..number)?.iter().rev() {
        if token.kind.is_closing() {
            closed += 1;
        } else if token.kind.closed_by().is_some() {
            if closed == 0 {
                return (token.kind == TokenKind::OpenBrace).then_some(token.span.start as usize);
            }
            closed -= 1;
        }
    }
    None
}

/// The first token from a number on that says something.
fn significant(tokens: &[Token], from: usize) -> Option<usize> {
    let rest = tokens.get(from..)?;
    Some(from + rest.iter().position(says)?)
}

/// The last token up to a number that says something.
fn rsignificant(tokens: &[Token], last: usize) -> Option<usize> {
    tokens.get(..=last)?.iter().rposition(says)
}

fn says(token: &Token) -> bool {
    !token.kind.is_trivia() && token.span.start < token.span.end
}
