//! The tokens of code, as patterns. Texts and SQL bodies have their own rules beside this file.

use logos::Logos;

use super::TokenKind;

#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    #[regex(r"[ \t\r\f\u{feff}\u{a0}]+")]
    Whitespace,
    #[token("\n")]
    Newline,
    #[regex(r"#[^\n]*", allow_greedy = true)]
    Comment,
    #[regex(r"[\p{XID_Start}_]\p{XID_Continue}*")]
    Word,
    #[regex(r"[0-9]+")]
    Integer,
    #[regex(r"[0-9]+\.[0-9]+")]
    Number,
    #[regex(r"[0-9]+(\.[0-9]+)?%")]
    Percent,
    #[regex(r"\$[0-9]+(,[0-9][0-9][0-9])*(\.[0-9]+)?")]
    Money,
    #[regex(r"[0-9][0-9][0-9][0-9]-[0-9][0-9]?-[0-9][0-9]?")]
    Date,
    #[regex(r"[0-9][0-9]?:[0-9][0-9]")]
    Time,
    #[regex(r"@[\p{XID_Start}_]\p{XID_Continue}*(\.[\p{XID_Start}_]\p{XID_Continue}*)*")]
    Label,
    #[token("\"\"\"")]
    BlockQuote,
    #[token("\"")]
    Quote,
    #[token("{")]
    OpenBrace,
    #[token("}")]
    CloseBrace,
    #[token("(")]
    OpenParenthesis,
    #[token(")")]
    CloseParenthesis,
    #[token("[")]
    OpenBracket,
    #[token("]")]
    CloseBracket,
    #[token(",")]
    Comma,
    #[token(":")]
    Colon,
    #[token(".")]
    Dot,
    #[token("..")]
    Range,
    #[token("=")]
    Equal,
    #[token("!=")]
    NotEqual,
    #[token("<")]
    Less,
    #[token("<=")]
    LessOrEqual,
    #[token(">")]
    Greater,
    #[token(">=")]
    GreaterOrEqual,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("|")]
    Pipe,
    #[token("->")]
    Arrow,
    #[token("?")]
    Question,
    #[token("?.")]
    QuestionDot,
    #[token("??")]
    Coalesce,
    #[token("==")]
    #[token("===")]
    DoubleEqual,
    #[token("<>")]
    #[token("!==")]
    Diamond,
    #[token("&&")]
    DoubleAmpersand,
    #[token("||")]
    DoublePipe,
    #[token("!")]
    Bang,
    #[token(";")]
    Semicolon,
    #[regex(r"'[^'\n]*'")]
    #[regex("“[^”\n]*”")]
    SingleQuoted,
    #[regex(r"(//|-- )[^\n]*", allow_greedy = true)]
    ForeignComment,
}

/// A token of code, or a quote after which other rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// An ordinary token.
    Token(TokenKind),
    /// A text begins.
    Text {
        /// Whether with three quotes.
        block: bool,
    },
}

/// The token that `rest` begins with, and its length in bytes. `None` at the end.
pub(super) fn next(rest: &str) -> Option<(Next, usize)> {
    let mut lexer = Code::lexer(rest);
    let found = lexer.next()?;
    let Ok(code) = found else {
        let length = rest.chars().next().map_or(0, char::len_utf8);
        return Some((Next::Token(TokenKind::Unknown), length));
    };
    let kind = match code {
        Code::BlockQuote => return Some((Next::Text { block: true }, lexer.span().len())),
        Code::Quote => return Some((Next::Text { block: false }, lexer.span().len())),
        Code::Comment if lexer.slice().starts_with("##") => TokenKind::Documentation,
        Code::Comment => TokenKind::Comment,
        Code::Whitespace => TokenKind::Whitespace,
        Code::Newline => TokenKind::Newline,
        Code::Word => TokenKind::Word,
        Code::Integer => TokenKind::Integer,
        Code::Number => TokenKind::Number,
        Code::Percent => TokenKind::Percent,
        Code::Money => TokenKind::Money,
        Code::Date => TokenKind::Date,
        Code::Time => TokenKind::Time,
        Code::Label => TokenKind::Label,
        Code::OpenBrace => TokenKind::OpenBrace,
        Code::CloseBrace => TokenKind::CloseBrace,
        Code::OpenParenthesis => TokenKind::OpenParenthesis,
        Code::CloseParenthesis => TokenKind::CloseParenthesis,
        Code::OpenBracket => TokenKind::OpenBracket,
        Code::CloseBracket => TokenKind::CloseBracket,
        Code::Comma => TokenKind::Comma,
        Code::Colon => TokenKind::Colon,
        Code::Dot => TokenKind::Dot,
        Code::Range => TokenKind::Range,
        Code::Equal => TokenKind::Equal,
        Code::NotEqual => TokenKind::NotEqual,
        Code::Less => TokenKind::Less,
        Code::LessOrEqual => TokenKind::LessOrEqual,
        Code::Greater => TokenKind::Greater,
        Code::GreaterOrEqual => TokenKind::GreaterOrEqual,
        Code::Plus => TokenKind::Plus,
        Code::Minus => TokenKind::Minus,
        Code::Star => TokenKind::Star,
        Code::Slash => TokenKind::Slash,
        Code::Pipe => TokenKind::Pipe,
        Code::Arrow => TokenKind::Arrow,
        Code::Question => TokenKind::Question,
        Code::QuestionDot => TokenKind::QuestionDot,
        Code::Coalesce => TokenKind::Coalesce,
        Code::DoubleEqual => TokenKind::DoubleEqual,
        Code::Diamond => TokenKind::Diamond,
        Code::DoubleAmpersand => TokenKind::DoubleAmpersand,
        Code::DoublePipe => TokenKind::DoublePipe,
        Code::Bang => TokenKind::Bang,
        Code::Semicolon => TokenKind::Semicolon,
        Code::SingleQuoted => TokenKind::SingleQuoted,
        Code::ForeignComment => TokenKind::ForeignComment,
    };
    Some((Next::Token(kind), lexer.span().len()))
}
