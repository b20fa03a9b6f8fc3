//! Where a cursor stands: what the tokens before it ask for.

use sophia_language::{Token, TokenKind};

use super::after::{after_words, expects, hears, in_test};
use super::around::{
    begins_with, enclosing, first_of_line, in_row_type, is_after, is_fixed, line_of, open_bracket,
    opened_by,
};
use super::begun::of_policy;
use super::phrases::phrase;
use super::words::Block;
use crate::answers::meaning::fields;
use crate::names::Kind;
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
    /// An effect that a policy names, with no argument; behind the dot at this byte where there is one.
    Ruled {
        dot: Option<usize>,
    },
    /// Behind `reaches` of a policy.
    Reached,
    /// Behind `trigger`, which ends at this byte.
    Trigger {
        from: usize,
    },
    /// What a `let` names; what stands before it ends at this byte.
    Bound {
        from: usize,
    },
    /// A name that is made here: nobody knows it yet.
    New,
    /// One of these words.
    Words(&'static [&'static str]),
    /// The column that a predictor foretells.
    Predicted,
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
    /// Where what comes in is named; whether its own name follows.
    Heard {
        named: bool,
    },
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
    /// In the braces of a record, the first of which stands at this byte.
    Fields {
        brace: usize,
    },
    /// Where an argument of a call begins.
    Argument,
    /// A value; what stands before it ends at this byte.
    Value {
        from: usize,
    },
    /// Behind `otherwise`, which ends at this byte: a value, or an end.
    Otherwise {
        from: usize,
    },
    /// A value that is fixed before anything runs; what stands before it ends at this byte.
    Fixed {
        from: usize,
    },
    /// A value of a condition in a test; what stands before it ends at this byte.
    Seen {
        from: usize,
    },
    /// Behind `given` of a test.
    Given,
    /// Behind `given ask`.
    GivenAsk,
    /// Behind what is given, which ends at this byte.
    Answer {
        from: usize,
    },
    /// Behind `expect`.
    Expected,
    /// Behind a call that is expected.
    Count,
    /// Behind `expect waits for`.
    WaitedFor,
    /// Behind `then` of a test.
    Then,
    /// Behind somebody in `then`, whose name ends at this byte.
    Reply {
        from: usize,
    },
    /// Behind `run` of a test.
    Ran,
    /// Behind a dot at this byte in `given` and `expect`.
    OfTool {
        dot: usize,
        given: bool,
    },
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
            TokenKind::TextPart if is_open_path(tokens.get(..at)?, token, text, offset) => {
                return Some(Place::Member {
                    dot: token.span.start as usize,
                    effect: false,
                });
            }
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
            Place::Value { from: offset }
        } else {
            Place::Sql
        });
    }
    let word = holding
        .is_some_and(|token| token.kind == TokenKind::Word && (token.span.start as usize) < offset);
    let count = before(tokens, if word { at } else { at + 1 }, offset, word);
    let place = from_tokens(spot, tokens, count, text)?;
    let before = tokens.get(..count)?;
    Some(match place {
        Place::Value { from } if is_fixed(before, text) || begins_with(before, text) => {
            Place::Fixed { from }
        }
        Place::Value { from } if is_condition_of_test(before, text) => Place::Seen { from },
        place => place,
    })
}

/// Whether a value stands in a condition that a test expects.
fn is_condition_of_test(before: &[Token], text: &str) -> bool {
    enclosing(before, text) == Some(Block::Test) && first_of_line(before, text) == "expect"
}

/// Whether a text goes on with the dot of a path whose hole is not closed yet: `"{deal.‸ is late"`.
fn is_open_path(before: &[Token], part: &Token, text: &str, offset: usize) -> bool {
    let path = text.get(part.span.start as usize..offset);
    let is_dotted = path.is_some_and(|path| {
        let name = path.strip_prefix('.');
        name.is_some_and(|name| {
            name.chars()
                .all(|letter| letter.is_alphanumeric() || letter == '_')
        })
    });
    let written = before.iter().rev();
    let written = written.filter(|token| token.span.start < token.span.end);
    let is_of_path = |token: &&Token| {
        matches!(
            token.kind,
            TokenKind::Word | TokenKind::Dot | TokenKind::QuestionDot
        )
    };
    let mut path = written.skip_while(is_of_path);
    let is_named = part.span.start > 0
        && (before.iter().rev())
            .find(|token| token.span.start < token.span.end)
            .is_some_and(|last| last.kind == TokenKind::Word && last.span.end == part.span.start);
    is_dotted
        && is_named
        && path
            .next()
            .is_some_and(|token| token.kind == TokenKind::HoleStart)
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
    if enclosing(before, text) == Some(Block::Test)
        && let Some(place) = in_test(&line, text)
    {
        return Some(place);
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
            TokenKind::Dot if enclosing(before, text) == Some(Block::Policy) => {
                return Some(Place::Ruled {
                    dot: Some(last.span.start as usize),
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
            // Another of the texts that a type allows.
            TokenKind::Pipe if is_of_type(before, &line, text) => return Some(Place::New),
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
    let block = enclosing(before, text);
    // A policy says `at most` and `on` in other phrases.
    let phrase = if block == Some(Block::Policy) {
        of_policy
    } else if matches!(first, "together" | "try") && line.len() == 1 {
        return Some(Place::New);
    } else {
        phrase
    };
    if let Some(place) = phrase(&line, text) {
        return Some(place);
    }
    // The type of a field is written: what follows is a label, or nothing.
    if block == Some(Block::Type) && matches!(line.as_slice(), [_, colon, _] if said(colon) == ":")
    {
        return Some(Place::New);
    }
    if let Some(place) = after_words(&line, text) {
        let named = follows(tokens, count, text) == Some("as");
        return Some(match place {
            Place::Heard { .. } => Place::Heard { named },
            place => place,
        });
    }
    match (first, word) {
        ("use", _) => return Some(Place::Granted),
        ("trigger", _)
            if line.len() == 1 || second == "every" || second == "on" && line.len() == 2 =>
        {
            return Some(Place::Trigger {
                from: line.first()?.span.end as usize,
            });
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
        return Some(Place::Value {
            from: last.span.end as usize,
        });
    }
    if matches!(last.kind, TokenKind::OpenParenthesis | TokenKind::Comma)
        && opened_by(before) == Some(TokenKind::OpenParenthesis)
    {
        return Some(Place::Argument);
    }
    if matches!(last.kind, TokenKind::OpenBrace | TokenKind::Comma)
        && let Some((_, open)) = open_bracket(before)
        && open.kind == TokenKind::OpenBrace
    {
        return Some(match enclosing(before, text) {
            Some(block) if last.kind == TokenKind::OpenBrace => Place::Begin(block),
            _ => Place::Fields {
                brace: open.span.start as usize,
            },
        });
    }
    let is_part = line.len() > 1
        && line
            .get(line.len() - 2)
            .is_some_and(|before| matches!(before.kind, TokenKind::Dot | TokenKind::QuestionDot));
    if is_part || last.kind == TokenKind::Word && is_value(spot, word, last.span.start as usize) {
        return Some(Place::Modifier);
    }
    Some(expects(last, text))
}

/// Whether a line that ends in `|` says a type: `size: "small" |`.
fn is_of_type(before: &[Token], line: &[Token], text: &str) -> bool {
    let said = |token: &Token| text.get(token.span.range()).unwrap_or_default();
    let has = |kind: TokenKind| line.iter().any(|token| token.kind == kind);
    let first = line.first().map(said).unwrap_or_default();
    let is_field = enclosing(before, text) == Some(Block::Type) || in_row_type(before, text);
    let declares = matches!(
        first,
        "input" | "state" | "model" | "function" | "action" | "query"
    );
    is_field || declares && !has(TokenKind::Equal)
}

/// Whether a word is a name of a value that can be seen: what follows it is no other value.
fn is_value(spot: &Spot<'_>, word: &str, offset: usize) -> bool {
    let places = spot.file.places.as_ref();
    let row = places.and_then(|places| places.row_at(offset));
    if row.is_some_and(|row| fields(row).iter().any(|field| &*field.name == word)) {
        return true;
    }
    let visible = spot.file.index().map(|index| index.visible(offset));
    let mut visible = visible.into_iter().flatten();
    visible.any(|binder| {
        binder.name == word
            && matches!(
                binder.kind,
                Kind::Let | Kind::Item | Kind::Arriving | Kind::Input | Kind::Parameter
            )
    })
}

/// The word that follows the one that is being written, on the same line.
fn follows<'t>(tokens: &[Token], count: usize, text: &'t str) -> Option<&'t str> {
    let rest = tokens.get(count..)?.iter();
    let mut rest = rest
        .take_while(|token| token.kind != TokenKind::Newline)
        .filter(|token| token.kind == TokenKind::Word);
    let first = rest.next()?;
    let word = |token: &Token| text.get(token.span.range());
    match word(first) {
        Some("as") => Some("as"),
        _ => word(rest.next()?),
    }
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
    let value = Place::Value {
        from: last.map_or(0, |last| last.span.end as usize),
    };
    match open_bracket(before) {
        None if goes_on => value,
        None => Place::Begin(match &spot.parsed().map(|parsed| &parsed.file.header) {
            Some(sophia_language::syntax::Header::Module(_)) => Block::Module,
            Some(sophia_language::syntax::Header::Missing(_)) => Block::Empty,
            _ => Block::Top,
        }),
        Some((_, open)) if open.kind == TokenKind::OpenParenthesis => Place::Argument,
        Some((_, open)) if open.kind == TokenKind::OpenBrace => match enclosing(before, text) {
            Some(block) if !goes_on => Place::Begin(block),
            _ if last.is_some_and(|last| last.kind == TokenKind::Equal) => value,
            _ => Place::Fields {
                brace: open.span.start as usize,
            },
        },
        Some(_) => value,
    }
}
