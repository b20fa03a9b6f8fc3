//! Where a cursor stands: what the tokens before it ask for.

use sophia_language::{Token, TokenKind};

use super::after::{after_words, expects, hears};
use super::words::Block;
use crate::project::Spot;

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Sql,
    Label,
    /// Behind a dot at this byte; whether an effect is called.
    Member {
        dot: usize,
        effect: bool,
    },
    /// Behind `use`.
    Granted,
    /// Behind `do`.
    Effect,
    /// Behind `trigger`.
    Trigger,
    Route,
    /// Behind `from` of a declaration.
    Source,
    Type,
    /// Behind `row of` and `type of`.
    RowOf,
    Event,
    Playbook,
    State,
    Group,
    /// Behind `ask`: a group between quotes, or a person.
    Whom,
    /// Between the quotes of a text that this byte begins.
    Quoted {
        start: usize,
    },
    Calendar,
    Knowledge,
    Unsure,
    /// Where what comes in is named.
    Heard,
    /// Behind `trigger on webhook`.
    Webhook,
    /// Rows that are joined: the columns of those before them are not seen.
    Rows,
    /// Behind the dot at this byte, where what comes in is named.
    Delivered {
        dot: usize,
    },
    /// The columns that rows are told apart by.
    Key,
    /// Behind `|`.
    Stage,
    /// Where a line begins.
    Begin(Block),
    /// In the braces of a record.
    Fields,
    /// Where an argument of a call begins.
    Argument,
    Value,
    /// Behind a whole number: a unit, or what follows a value.
    Counted,
    /// Behind a value.
    Modifier,
    /// Behind a word that may be a value or ask for one.
    Either,
}

/// The place of a byte; `None` in comments and in plain text, where nothing is offered.
pub(super) fn place(spot: &Spot<'_>, offset: usize) -> Option<Place> {
    let tokens = &spot.parsed()?.tokens;
    let text = spot.file.text.as_str();
    // The token that ends at or holds the cursor.
    let at = tokens.partition_point(|token| (token.span.end as usize) < offset);
    let holding = tokens.get(at);
    if let Some(token) = holding.filter(|token| (token.span.start as usize) < offset) {
        match token.kind {
            TokenKind::TextPart => {
                return is_after(tokens.get(..at)?, text, "ask").then_some(Place::Group);
            }
            TokenKind::SqlPart => return Some(Place::Sql),
            TokenKind::Label => return Some(Place::Label),
            // Between two dots a name is missing: `warehouse.‸.slack_id`.
            TokenKind::Range if token.span.start as usize + 1 == offset => {
                return Some(Place::Member {
                    dot: token.span.start as usize,
                    effect: false,
                });
            }
            TokenKind::Comment
            | TokenKind::Documentation
            | TokenKind::SqlQuoted
            | TokenKind::ForeignComment
            | TokenKind::SingleQuoted
            | TokenKind::Integer
            | TokenKind::Number
            | TokenKind::Money
            | TokenKind::Percent
            | TokenKind::Date
            | TokenKind::Time => return None,
            _ => {}
        }
    }
    if let Some(statement) = super::super::sql::statement_at(spot, offset)
        && in_sql(tokens, at)
    {
        let written = text.get(statement.sql.start as usize..offset);
        return Some(if written.is_some_and(in_open_hole) {
            Place::Value
        } else {
            Place::Sql
        });
    }
    let word = holding
        .is_some_and(|token| token.kind == TokenKind::Word && (token.span.start as usize) < offset);
    let before = before(tokens, if word { at } else { at + 1 }, offset, word);
    from_tokens(spot, tokens, before, text)
}

/// Whether SQL ends in a hole that is not closed yet.
fn in_open_hole(sql: &str) -> bool {
    let open = sql.rfind('{').filter(|at| {
        let before = sql.get(..*at).unwrap_or_default();
        !before.ends_with('{')
    });
    open.is_some_and(|open| sql.rfind('}').is_none_or(|close| close < open))
}

/// Whether the tokens around a cursor are those of SQL.
fn in_sql(tokens: &[Token], at: usize) -> bool {
    let near = tokens.get(at.saturating_sub(1)..(at + 2).min(tokens.len()));
    near.into_iter()
        .flatten()
        .any(|token| matches!(token.kind, TokenKind::SqlPart | TokenKind::SqlQuoted))
}

/// The number of tokens before the word that is being written.
fn before(tokens: &[Token], at: usize, offset: usize, word: bool) -> usize {
    let mut count = at.min(tokens.len());
    while count > 0 {
        let is_before = tokens.get(count - 1).is_some_and(|token| {
            if word {
                (token.span.end as usize) < offset
            } else {
                token.span.end as usize <= offset
            }
        });
        if is_before {
            break;
        }
        count -= 1;
    }
    count
}

fn from_tokens(spot: &Spot<'_>, tokens: &[Token], count: usize, text: &str) -> Option<Place> {
    let before = tokens.get(..count)?;
    let said = |token: &Token| text.get(token.span.range()).unwrap_or_default();
    let significant = before
        .iter()
        .rposition(|token| !token.kind.is_trivia() && token.span.start < token.span.end);
    let last = significant.and_then(|place| before.get(place));
    let line = line_of(before);
    let first = line.first().map(said).unwrap_or_default();
    let second = line.get(1).map(said).unwrap_or_default();
    if first == "use" && line.len() > 1 {
        return Some(Place::Granted);
    }
    if let Some(last) = last {
        match last.kind {
            TokenKind::TextStart => {
                return Some(Place::Quoted {
                    start: last.span.start as usize,
                });
            }
            TokenKind::Dot if hears(&line, text) => {
                return Some(Place::Delivered {
                    dot: last.span.start as usize,
                });
            }
            TokenKind::Dot | TokenKind::QuestionDot => {
                // `do tool.`, `undo with tool.`: the word before the name before the dot.
                let word = line.iter().rev().nth(2).map(said);
                let effect = matches!(word, Some("do" | "with"));
                return Some(Place::Member {
                    dot: last.span.start as usize,
                    effect,
                });
            }
            TokenKind::Pipe => return Some(Place::Stage),
            TokenKind::Arrow => return Some(Place::Type),
            TokenKind::Unknown if said(last) == "@" => return Some(Place::Label),
            _ => {}
        }
    }
    let on_line = last.filter(|last| line.last().is_some_and(|token| token.span == last.span));
    let Some(last) = on_line else {
        return Some(line_begins(spot, before, text, last));
    };
    let word = if last.kind == TokenKind::Word {
        said(last)
    } else {
        ""
    };
    if let Some(place) = after_words(&line, text) {
        return Some(place);
    }
    match (first, word) {
        ("use", _) => return Some(Place::Granted),
        ("trigger", "trigger") => return Some(Place::Trigger),
        ("trigger", _) if second == "every" || second == "on" && line.len() == 2 => {
            return Some(Place::Trigger);
        }
        ("route", _) => return Some(Place::Route),
        (_, "do" | "with") if word == "do" || line.iter().any(|token| said(token) == "undo") => {
            return Some(Place::Effect);
        }
        ("query" | "metric" | "predictor" | "learn", "from") | ("command", "on") => {
            return Some(Place::Source);
        }
        (_, "emit") | ("trigger", "event") => return Some(Place::Event),
        (_, "run" | "start") if first != "given" => return Some(Place::Playbook),
        ("set", "set") => return Some(Place::State),
        (_, "of")
            if line
                .iter()
                .rev()
                .nth(1)
                .is_some_and(|token| matches!(said(token), "row" | "type")) =>
        {
            return Some(Place::RowOf);
        }
        (_, "of" | "as")
            if line
                .iter()
                .rev()
                .nth(1)
                .is_some_and(|token| matches!(said(token), "list" | "table"))
                || (word == "as"
                    && first != "wait"
                    && first != "trigger"
                    && first != "stop"
                    && !line
                        .iter()
                        .any(|token| matches!(said(token), "join" | "otherwise" | "failure"))) =>
        {
            return Some(Place::Type);
        }
        _ => {}
    }
    if last.kind == TokenKind::Colon {
        let declares = matches!(
            first,
            "input" | "state" | "metric" | "query" | "model" | "function" | "action" | "command"
        );
        let in_type = enclosing(before, text) == Some(Block::Type) || in_row_type(before, text);
        if declares || in_type {
            return Some(Place::Type);
        }
        return Some(Place::Value);
    }
    if matches!(last.kind, TokenKind::OpenParenthesis | TokenKind::Comma)
        && opened_by(before) == Some(TokenKind::OpenParenthesis)
    {
        return Some(Place::Argument);
    }
    if matches!(last.kind, TokenKind::OpenBrace | TokenKind::Comma)
        && opened_by(before) == Some(TokenKind::OpenBrace)
    {
        return Some(Place::Fields);
    }
    Some(expects(last, text))
}

/// The tokens of the line so far that say something.
fn line_of(before: &[Token]) -> Vec<Token> {
    let start = before
        .iter()
        .rposition(|token| token.kind == TokenKind::Newline)
        .map_or(0, |at| at + 1);
    let line = before.get(start..).unwrap_or_default().iter();
    line.filter(|token| !token.kind.is_trivia() && token.span.start < token.span.end)
        .copied()
        .collect()
}

/// A line begins: a statement, a clause, or what goes on from the line before.
fn line_begins(spot: &Spot<'_>, before: &[Token], text: &str, last: Option<&Token>) -> Place {
    let goes_on = last.is_some_and(|last| {
        matches!(
            last.kind,
            TokenKind::Comma
                | TokenKind::Equal
                | TokenKind::OpenParenthesis
                | TokenKind::OpenBracket
                | TokenKind::Plus
                | TokenKind::Minus
        )
    });
    if goes_on {
        return match opened_by(before) {
            Some(TokenKind::OpenParenthesis) => Place::Argument,
            Some(TokenKind::OpenBrace) => Place::Fields,
            _ => Place::Value,
        };
    }
    match opened_by(before) {
        None => Place::Begin(match &spot.parsed().map(|parsed| &parsed.file.header) {
            Some(sophia_language::syntax::Header::Module(_)) => Block::Module,
            Some(sophia_language::syntax::Header::Missing(_)) => Block::Empty,
            _ => Block::Top,
        }),
        Some(TokenKind::OpenParenthesis) => Place::Argument,
        Some(TokenKind::OpenBrace) => match enclosing(before, text) {
            Some(block) => Place::Begin(block),
            None => Place::Fields,
        },
        Some(_) => Place::Value,
    }
}

/// The kind of the bracket that is open before the cursor, the innermost.
fn opened_by(before: &[Token]) -> Option<TokenKind> {
    open_bracket(before).map(|(_, token)| token.kind)
}

fn open_bracket(before: &[Token]) -> Option<(usize, &Token)> {
    let mut closed = 0usize;
    for (at, token) in before.iter().enumerate().rev() {
        if token.kind.is_closing() {
            closed += 1;
        } else if token.kind.closed_by().is_some() {
            if closed == 0 {
                return Some((at, token));
            }
            closed -= 1;
        }
    }
    None
}

/// What the innermost braces hold, by the word that their line begins with; `None` for those of a record.
fn enclosing(before: &[Token], text: &str) -> Option<Block> {
    let (at, _) = open_bracket(before).filter(|(_, token)| token.kind == TokenKind::OpenBrace)?;
    let head = before.get(..at)?;
    let line = line_of(head);
    let said = |token: &Token| text.get(token.span.range()).unwrap_or_default();
    let first = line.first().map(said).unwrap_or_default();
    let last = line.last().map(said).unwrap_or_default();
    match first {
        "model" => Some(Block::Model),
        "predictor" => Some(Block::Predictor),
        "test" => Some(Block::Test),
        "type" => Some(Block::Type),
        "policy" => Some(Block::Policy),
        "function" => Some(Block::Function),
        "match" | "wait" => Some(Block::Match),
        "action" | "on" | "if" | "for" | "repeat" | "together" | "try" | "else" | "}" => {
            Some(Block::Statements)
        }
        "let" if line.iter().any(|token| said(token) == "each") => Some(Block::Statements),
        _ if last == "otherwise" && first != "otherwise" => Some(Block::Statements),
        _ if first.starts_with('"') || last == "else" => Some(Block::Statements),
        _ => None,
    }
}

/// Whether the innermost braces are those of a type: `table of { … }`.
fn in_row_type(before: &[Token], text: &str) -> bool {
    let open = open_bracket(before).filter(|(_, token)| token.kind == TokenKind::OpenBrace);
    let head = open.and_then(|(at, _)| before.get(..at));
    let last = head.and_then(|head| head.iter().rfind(|token| !token.kind.is_trivia()));
    last.is_some_and(|last| text.get(last.span.range()) == Some("of"))
}

fn is_after(before: &[Token], text: &str, word: &str) -> bool {
    let line = line_of(before);
    let mut said = line
        .iter()
        .rev()
        .map(|token| text.get(token.span.range()).unwrap_or_default());
    said.next().is_some_and(|quote| quote.starts_with('"')) && said.next() == Some(word)
}
