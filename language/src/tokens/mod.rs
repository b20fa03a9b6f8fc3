//! Text → tokens. Every byte of the file is in exactly one token, in order, so the text can be put
//! together again from them; tokens of no width close what the writer left open.

mod boundary;
mod code;
mod scanner;
mod sql;
mod text;

use sophia_diagnostics::Span;

pub(crate) use boundary::{Line, indentation_at, is_first_on_line, starts_item};
pub(crate) use scanner::scan;

/// A piece of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its place in bytes. Empty for a quote or brace that the writer left out.
    pub span: Span,
}

/// What a token is. Keywords are words: what they mean depends on where they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Spaces and tabs.
    Whitespace,
    /// The end of a line.
    Newline,
    /// `# …`
    Comment,
    /// `## …`
    Documentation,
    /// `let`, `customers`, `Advice`
    Word,
    /// `50`
    Integer,
    /// `0.80`
    Number,
    /// `70%`
    Percent,
    /// `$12,000`
    Money,
    /// `2026-11-22`
    Date,
    /// `08:00`
    Time,
    /// `@pii.email`
    Label,
    /// `"` or `"""` that begins a text.
    TextStart,
    /// Plain text between quotes and holes.
    TextPart,
    /// A `}` in a text that closes nothing.
    TextBrace,
    /// `"` or `"""` that ends a text.
    TextEnd,
    /// SQL that is not quoted.
    SqlPart,
    /// SQL's own quotes, `$$` bodies and comments.
    SqlQuoted,
    /// `{` in a text or in SQL.
    HoleStart,
    /// `}` of a hole.
    HoleEnd,
    /// `{`
    OpenBrace,
    /// `}`
    CloseBrace,
    /// `(`
    OpenParenthesis,
    /// `)`
    CloseParenthesis,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// `.`
    Dot,
    /// `..`
    Range,
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `|`
    Pipe,
    /// `->`
    Arrow,
    /// `?`
    Question,
    /// `?.`
    QuestionDot,
    /// `??`
    Coalesce,
    /// `==`, a habit from elsewhere.
    DoubleEqual,
    /// `<>`, a habit from elsewhere.
    Diamond,
    /// `&&`, a habit from elsewhere.
    DoubleAmpersand,
    /// `||`, a habit from elsewhere.
    DoublePipe,
    /// `!`, a habit from elsewhere.
    Bang,
    /// `;`, a habit from elsewhere.
    Semicolon,
    /// `'text'`, a habit from elsewhere.
    SingleQuoted,
    /// `// …` or `-- …`, a habit from elsewhere.
    ForeignComment,
    /// A character that means nothing here.
    Unknown,
    /// Where a statement ends. Never among a file's tokens: the layout puts it between them.
    LineEnd,
}

impl TokenKind {
    /// Whether the token says nothing to the grammar.
    #[must_use]
    pub fn is_trivia(self) -> bool {
        matches!(
            self,
            Self::Whitespace | Self::Newline | Self::Comment | Self::Documentation
        )
    }

    /// For an opening bracket of any sort, what closes it.
    #[must_use]
    pub fn closed_by(self) -> Option<Self> {
        match self {
            Self::OpenBrace => Some(Self::CloseBrace),
            Self::OpenParenthesis => Some(Self::CloseParenthesis),
            Self::OpenBracket => Some(Self::CloseBracket),
            Self::HoleStart => Some(Self::HoleEnd),
            Self::TextStart => Some(Self::TextEnd),
            _ => None,
        }
    }

    /// Whether the token closes a bracket, a hole or a text.
    #[must_use]
    pub fn is_closing(self) -> bool {
        matches!(
            self,
            Self::CloseBrace
                | Self::CloseParenthesis
                | Self::CloseBracket
                | Self::HoleEnd
                | Self::TextEnd
        )
    }
}
