//! Habits from elsewhere whose meaning is clear: what is read in their place, and what is said. The
//! one table of them; `;` stands with the line ends.

use sophia_diagnostics::{Code, Span, codes};

use super::pieces::Piece;
use crate::mistake::{Mistake, Weight};
use crate::tokens::TokenKind;

struct Slip {
    code: Code,
    kind: TokenKind,
    ours: &'static str,
    message: &'static str,
}

fn operator(kind: TokenKind) -> Option<Slip> {
    let (code, kind, ours, message) = match kind {
        TokenKind::DoubleEqual => (
            codes::S110,
            TokenKind::Equal,
            "=",
            "Equality is written `=`.",
        ),
        TokenKind::Diamond => (
            codes::S111,
            TokenKind::NotEqual,
            "!=",
            "Inequality is written `!=`.",
        ),
        TokenKind::DoubleAmpersand => (
            codes::S112,
            TokenKind::Word,
            "and",
            "`&&` is written `and`.",
        ),
        TokenKind::DoublePipe => (codes::S112, TokenKind::Word, "or", "`||` is written `or`."),
        TokenKind::Bang => (codes::S112, TokenKind::Word, "not", "`!` is written `not`."),
        _ => return None,
    };
    Some(Slip {
        code,
        kind,
        ours,
        message,
    })
}

/// What is read in place of a piece, and the mistake; `None` for one that is as it should be.
pub(super) fn slip<'a>(
    before: Option<TokenKind>,
    piece: Piece<'a>,
    next: Option<&Piece<'a>>,
) -> Option<(Piece<'a>, Mistake)> {
    if let Some(slip) = operator(piece.kind) {
        let space = if piece.kind == TokenKind::Bang {
            " "
        } else {
            ""
        };
        let mistake = Mistake::new(slip.code, Weight::Slip, piece.span, slip.message)
            .labelled("from another language")
            .fix(
                format!("write `{}`", slip.ours),
                piece.span,
                format!("{}{space}", slip.ours),
            );
        let meant = Piece {
            kind: slip.kind,
            text: slip.ours,
            ..piece
        };
        return Some((meant, mistake));
    }
    let after_value = matches!(
        before,
        Some(TokenKind::Word | TokenKind::CloseParenthesis | TokenKind::CloseBracket)
    );
    if piece.kind == TokenKind::Unknown && piece.text == "%" && after_value {
        let mistake = Mistake::new(
            codes::S112,
            Weight::Slip,
            piece.span,
            "The rest of a division is written `mod`.",
        )
        .labelled("from another language")
        .fix("write `mod`", piece.span, " mod ");
        let meant = Piece {
            kind: TokenKind::Word,
            text: "mod",
            ..piece
        };
        return Some((meant, mistake));
    }
    let next_is = |kind: TokenKind| next.is_some_and(|next| next.kind == kind);
    match (piece.kind, piece.text) {
        (TokenKind::Word, "null" | "NULL" | "nil")
            if !next_is(TokenKind::Colon)
                && !matches!(before, Some(TokenKind::Dot | TokenKind::QuestionDot)) =>
        {
            let mistake = Mistake::new(
                codes::S113,
                Weight::Slip,
                piece.span,
                format!("`{}` is written `none`.", piece.text),
            )
            .labelled("from another language")
            .fix("write `none`", piece.span, "none");
            let meant = Piece {
                text: "none",
                ..piece
            };
            Some((meant, mistake))
        }
        (TokenKind::Word, "IF") if next_is(TokenKind::OpenParenthesis) => {
            let mistake = Mistake::new(
                codes::S123,
                Weight::Slip,
                piece.span,
                "A choice between two values is written `if … then … else …`.",
            )
            .labelled("from a spreadsheet")
            .help("write `if CONDITION then VALUE else VALUE`");
            Some((piece, mistake))
        }
        (TokenKind::Word, word)
            if !next_is(TokenKind::Colon)
                && !next_is(TokenKind::Dot)
                && !matches!(before, Some(TokenKind::Dot | TokenKind::QuestionDot)) =>
        {
            worded(piece, word)
        }
        (TokenKind::SingleQuoted, quoted) => {
            let mistake = Mistake::new(
                codes::S114,
                Weight::Slip,
                piece.span,
                "Text stands between double quotes.",
            )
            .labelled("other quotes");
            let inner = quoted.trim_matches(['\'', '“', '”']);
            let mistake = if inner.contains('"') {
                mistake.help("write it as `\"\"\"…\"\"\"`")
            } else {
                mistake.fix("write double quotes", piece.span, format!("\"{inner}\""))
            };
            Some((piece, mistake))
        }
        _ => None,
    }
}

/// Words of SQL in capitals, and of other languages, inside an expression.
const WORDS: &[(&str, &str)] = &[
    ("AND", "and"),
    ("OR", "or"),
    ("NOT", "not"),
    ("LIKE", "like"),
    ("BETWEEN", "between"),
    ("IS", "is"),
    ("THEN", "then"),
    ("ELSE", "else"),
    ("TRUE", "true"),
    ("FALSE", "false"),
    ("True", "true"),
    ("False", "false"),
    ("elif", "if"),
    ("elsif", "if"),
    ("elseif", "if"),
];

fn worded<'a>(piece: Piece<'a>, word: &str) -> Option<(Piece<'a>, Mistake)> {
    let (_, ours) = WORDS.iter().find(|(theirs, _)| *theirs == word)?;
    let written = if *ours == "if" { "else if" } else { *ours };
    let mistake = Mistake::new(
        codes::S112,
        Weight::Slip,
        piece.span,
        format!("`{word}` is written `{written}`."),
    )
    .labelled("from another language")
    .fix(format!("write `{written}`"), piece.span, written);
    Some((
        Piece {
            text: ours,
            ..piece
        },
        mistake,
    ))
}

/// Whether `IS` begins what [`absence`] tells as a whole.
pub(super) fn begins_absence(pieces: &[Piece<'_>]) -> bool {
    pieces.first().is_some_and(|first| first.is_word("IS"))
        && pieces
            .get(1..)
            .is_some_and(|rest| absence(Span::default(), rest).is_some())
}

/// `null` and `not null` behind `is`: the word that is meant, how many pieces it stands for, and what
/// is told of them and the `is` before.
pub(super) fn absence<'a>(is: Span, pieces: &[Piece<'a>]) -> Option<(Piece<'a>, usize, Mistake)> {
    let first = pieces.first()?;
    let nothing = |piece: &Piece<'_>| {
        piece.kind == TokenKind::Word
            && matches!(piece.text, "null" | "NULL" | "nil" | "none" | "None")
    };
    let negated = matches!(first.text, "not" | "NOT");
    let (last, ours) = if nothing(first) {
        (first, "missing")
    } else if negated {
        (pieces.get(1).filter(|second| nothing(second))?, "present")
    } else {
        return None;
    };
    let span = first.span.to(last.span);
    let whole = is.to(span);
    let mistake = Mistake::new(
        codes::S113,
        Weight::Slip,
        whole,
        format!("Whether a value is there is written `is {ours}`."),
    )
    .labelled("from another language")
    .fix(format!("write `is {ours}`"), whole, format!("is {ours}"));
    let meant = Piece {
        kind: TokenKind::Word,
        text: ours,
        span,
        ..*first
    };
    Some((meant, if negated { 2 } else { 1 }, mistake))
}
