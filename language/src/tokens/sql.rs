//! The pieces of a SQL body. SQL stays SQL: all that counts is where its quotes and comments are,
//! because a brace inside them is not ours.

use logos::{Lexer, Logos};

/// A piece of SQL.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sql {
    /// Anything else.
    #[regex(r#"[^'"$\-/{}]+"#)]
    #[token("$")]
    #[token("-")]
    #[token("/")]
    Plain,
    /// `'…'`, `"…"`; a doubled quote stays inside.
    #[regex(r"'([^']|'')*'")]
    #[regex(r#""([^"]|"")*""#)]
    Quoted,
    /// `$$…$$`, `$tag$…$tag$`
    #[regex(r"\$([A-Za-z_][A-Za-z0-9_]*)?\$", dollar)]
    Dollar,
    /// `-- …`
    #[regex(r"--[^\n]*", allow_greedy = true)]
    LineComment,
    /// `/* … */`
    #[token("/*", comment)]
    BlockComment,
    /// `{{`, `}}`: a brace of the dialect
    #[token("{{")]
    #[token("}}")]
    Doubled,
    /// `{`
    #[token("{")]
    Open,
    /// `}`
    #[token("}")]
    Close,
}

/// Reads on to the same tag.
fn dollar(lexer: &mut Lexer<Sql>) -> bool {
    let tag = lexer.slice();
    match lexer.remainder().find(tag) {
        Some(at) => {
            lexer.bump(at + tag.len());
            true
        }
        None => false,
    }
}

fn comment(lexer: &mut Lexer<Sql>) -> bool {
    match lexer.remainder().find("*/") {
        Some(at) => {
            lexer.bump(at + 2);
            true
        }
        None => false,
    }
}

/// The piece that `rest` begins with and its length; `Err` for a quote or comment that does not end.
pub(super) fn next(rest: &str) -> Option<(Result<Sql, ()>, usize)> {
    let mut lexer = Sql::lexer(rest);
    let found = lexer.next()?;
    Some(match found {
        Ok(piece) => (Ok(piece), lexer.span().len()),
        Err(()) => (Err(()), rest.find('\n').unwrap_or(rest.len())),
    })
}

/// Whether a line begins as SQL does.
pub(super) fn begins(line: &str) -> bool {
    let word: String = line
        .trim_start()
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect::<String>()
        .to_ascii_lowercase();
    matches!(
        word.as_str(),
        "select" | "with" | "insert" | "update" | "delete" | "merge" | "values"
    )
}
