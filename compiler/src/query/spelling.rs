//! Spellings of a dialect that the parser does not read, as others that mean the same.
//!
//! Kept true here: only words change, never places, so every complaint still stands where the text is.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Word};

use super::dialect::Dialect;
use super::statement::is_space;

/// The tokens as the parser can read them: SQLite's `a is b` is `a is not distinct from b`. As far as types go,
/// PostgreSQL's `between symmetric` is `between`, `table t` is `select * from t`, `(t).*` is `t.*`, `collation for (x)` is a call, and a
/// window's frame is the same whatever it leaves out.
pub(super) fn known_to_the_parser(
    dialect: Dialect,
    tokens: Vec<TokenWithSpan>,
) -> Vec<TokenWithSpan> {
    match dialect {
        Dialect::Sqlite => with_distinct(without_shifts(without_exclusions(tokens))),
        Dialect::Postgres => {
            let tokens = without_symmetric(without_exclusions(tokens));
            with_collation_called(with_tables_selected(with_rows_named(tokens)))
        }
        Dialect::Snowflake => with_all_written_out(tokens),
    }
}

fn keyword(token: &TokenWithSpan) -> Keyword {
    match &token.token {
        Token::Word(word) if word.quote_style.is_none() => word.keyword,
        _ => Keyword::NoKeyword,
    }
}

/// `like all (…)` is, as far as types go, `like any (…)`; `order by all` sorts, and gives nothing.
fn with_all_written_out(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut before = [Keyword::NoKeyword; 2];
    for token in tokens.iter_mut().filter(|token| !is_space(&token.token)) {
        let word = keyword(token);
        if word == Keyword::ALL {
            match before {
                [_, Keyword::LIKE | Keyword::ILIKE] => {
                    *token = word_at(token, "any", Keyword::ANY);
                }
                [Keyword::ORDER, Keyword::BY] => {
                    token.token = Token::Number("1".to_owned(), false);
                }
                _ => {}
            }
        }
        before = [before[1], word];
    }
    tokens
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
                // `is not b` already has the `not` that `distinct` must lose.
                if !negated {
                    out.push(word_at(&token, "not", Keyword::NOT));
                }
                out.push(word_at(&token, "distinct", Keyword::DISTINCT));
                out.push(word_at(&token, "from", Keyword::FROM));
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

/// A word in the place of a token.
fn word_at(token: &TokenWithSpan, text: &str, keyword: Keyword) -> TokenWithSpan {
    let word = Word {
        value: text.to_owned(),
        quote_style: None,
        keyword,
    };
    TokenWithSpan {
        token: Token::Word(word),
        span: token.span,
    }
}

/// Whether a token is this word, unquoted.
fn is_word(token: &TokenWithSpan, wanted: &str) -> bool {
    matches!(&token.token, Token::Word(word)
        if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(wanted))
}

/// The tokens that are no space, with their places among all.
struct Solid<'t>(Vec<(usize, &'t TokenWithSpan)>);

impl<'t> Solid<'t> {
    fn of(tokens: &'t [TokenWithSpan]) -> Self {
        let solid = (tokens.iter().enumerate()).filter(|(_, token)| !is_space(&token.token));
        Self(solid.collect())
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn token(&self, at: usize) -> Option<&'t TokenWithSpan> {
        self.0.get(at).map(|(_, token)| *token)
    }

    /// The places of so many of them from one on.
    fn places(&self, from: usize, many: usize) -> impl Iterator<Item = usize> {
        self.0.iter().skip(from).take(many).map(|(place, _)| *place)
    }
}

/// The tokens but for those at these places.
fn without(tokens: Vec<TokenWithSpan>, dropped: &[usize]) -> Vec<TokenWithSpan> {
    (tokens.into_iter().enumerate())
        .filter(|(place, _)| !dropped.contains(place))
        .map(|(_, token)| token)
        .collect()
}

/// A frame ends in `row`, `preceding` or `following`; what it leaves out is of one of these forms.
fn without_exclusions(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    const ENDS: [&str; 3] = ["row", "preceding", "following"];
    const FORMS: [&[&str]; 4] = [
        &["exclude", "current", "row"],
        &["exclude", "group"],
        &["exclude", "ties"],
        &["exclude", "no", "others"],
    ];
    if !tokens.iter().any(|token| is_word(token, "exclude")) {
        return tokens;
    }
    let solid = Solid::of(&tokens);
    let is = |at: usize, word: &str| solid.token(at).is_some_and(|token| is_word(token, word));
    let mut dropped = Vec::new();
    for at in 1..solid.len() {
        let behind_frame = ENDS.iter().any(|end| is(at - 1, end));
        let form = (FORMS.iter())
            .find(|form| (form.iter().enumerate()).all(|(index, word)| is(at + index, word)));
        if let (true, Some(form)) = (behind_frame, form) {
            dropped.extend(solid.places(at, form.len()));
        }
    }
    without(tokens, &dropped)
}

/// `(t).*` is `t.*`.
fn with_rows_named(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let solid = Solid::of(&tokens);
    let mut dropped = Vec::new();
    for at in 0..solid.len() {
        let form = [0, 1, 2, 3, 4].map(|index| solid.token(at + index).map(|token| &token.token));
        if let [
            Some(Token::LParen),
            Some(Token::Word(_)),
            Some(Token::RParen),
            Some(Token::Period),
            Some(Token::Mul),
        ] = form
        {
            dropped.extend(solid.places(at, 1).chain(solid.places(at + 2, 1)));
        }
    }
    without(tokens, &dropped)
}

/// `table t` where a query begins.
fn with_tables_selected(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut begins = true;
    for token in tokens {
        if is_space(&token.token) {
            out.push(token);
            continue;
        }
        if begins && keyword(&token) == Keyword::TABLE {
            out.push(word_at(&token, "select", Keyword::SELECT));
            out.push(TokenWithSpan {
                token: Token::Mul,
                span: token.span,
            });
            out.push(word_at(&token, "from", Keyword::FROM));
            begins = false;
            continue;
        }
        begins = matches!(token.token, Token::LParen | Token::RParen)
            || matches!(
                keyword(&token),
                Keyword::UNION | Keyword::ALL | Keyword::INTERSECT | Keyword::EXCEPT
            );
        out.push(token);
    }
    out
}

/// `collation for (x)` is the function that PostgreSQL calls by this name.
fn with_collation_called(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let solid = Solid::of(&tokens);
    let mut called = Vec::new();
    let mut dropped = Vec::new();
    for at in 0..solid.len() {
        let form = [0, 1, 2].map(|index| solid.token(at + index));
        if let [Some(first), Some(second), Some(third)] = form
            && is_word(first, "collation")
            && is_word(second, "for")
            && third.token == Token::LParen
        {
            called.extend(solid.places(at, 1));
            dropped.extend(solid.places(at + 1, 1));
        }
    }
    for place in called {
        if let Some(token) = tokens.get_mut(place) {
            *token = word_at(token, "pg_collation_for", Keyword::NoKeyword);
        }
    }
    without(tokens, &dropped)
}
