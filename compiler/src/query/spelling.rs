//! Spellings of a dialect that the parser does not read, as others that mean the same.
//!
//! Kept true here: only words change, never places, so every complaint still stands where the text is.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Word};

use super::dialect::Dialect;
use super::statement::is_space;

/// The tokens as the parser can read them: SQLite's `a is b` is `a is not distinct from b`, PostgreSQL's
/// `between symmetric` is, as far as types go, `between`.
pub(super) fn known_to_the_parser(
    dialect: Dialect,
    tokens: Vec<TokenWithSpan>,
) -> Vec<TokenWithSpan> {
    match dialect {
        Dialect::Sqlite => with_distinct(without_shifts(tokens)),
        Dialect::Postgres => without_symmetric(tokens),
        Dialect::Snowflake => tokens,
    }
}

fn keyword(token: &TokenWithSpan) -> Keyword {
    match &token.token {
        Token::Word(word) if word.quote_style.is_none() => word.keyword,
        _ => Keyword::NoKeyword,
    }
}

/// What may stand after `is` as the parser knows it.
fn is_known_after_is(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::NULL
            | Keyword::TRUE
            | Keyword::FALSE
            | Keyword::DISTINCT
            | Keyword::UNKNOWN
            | Keyword::JSON
    )
}

/// Bits that are moved are, as far as types go, bits that are compared.
fn without_shifts(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    for token in &mut tokens {
        if matches!(token.token, Token::ShiftLeft | Token::ShiftRight) {
            token.token = Token::Ampersand;
        }
    }
    tokens
}

fn with_distinct(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    // `is` or `is not` was read, and nothing after it yet.
    let mut waiting: Option<bool> = None;
    for token in tokens {
        if is_space(&token.token) {
            out.push(token);
            continue;
        }
        let word = keyword(&token);
        match waiting {
            Some(false) if word == Keyword::NOT => {
                waiting = Some(true);
                out.push(token);
                continue;
            }
            Some(negated) if !is_known_after_is(word) && token.token != Token::EOF => {
                let span = token.span;
                let mut add = |text: &str, keyword: Keyword| {
                    let word = Word {
                        value: text.to_owned(),
                        quote_style: None,
                        keyword,
                    };
                    out.push(TokenWithSpan {
                        token: Token::Word(word),
                        span,
                    });
                };
                // `is not b` already has the `not` that `distinct` must lose.
                if !negated {
                    add("not", Keyword::NOT);
                }
                add("distinct", Keyword::DISTINCT);
                add("from", Keyword::FROM);
                if negated {
                    drop_last_not(&mut out);
                }
            }
            _ => {}
        }
        waiting = (word == Keyword::IS).then_some(false);
        out.push(token);
    }
    out
}

fn drop_last_not(out: &mut Vec<TokenWithSpan>) {
    if let Some(at) = out.iter().rposition(|token| keyword(token) == Keyword::NOT) {
        out.remove(at);
    }
}

fn without_symmetric(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut after_between = false;
    for token in tokens {
        if is_space(&token.token) {
            out.push(token);
            continue;
        }
        let symmetric = matches!(&token.token, Token::Word(word)
            if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("symmetric"));
        let skipped = after_between && symmetric;
        after_between = keyword(&token) == Keyword::BETWEEN;
        if !skipped {
            out.push(token);
        }
    }
    out
}
