//! Habits from elsewhere whose meaning is clear: what is read in their place, and what is said. The
//! one table of them; `;` stands with the line ends.

use sophia_diagnostics::{Code, codes};

use super::brackets::Piece;
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
        TokenKind::DoubleEqual => (codes::S110, TokenKind::Equal, "=", "Equality is written `=`."),
        TokenKind::Diamond => (
            codes::S111,
            TokenKind::NotEqual,
            "!=",
            "Inequality is written `!=`.",
        ),
        TokenKind::DoubleAmpersand => {
            (codes::S112, TokenKind::Word, "and", "`&&` is written `and`.")
        }
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
        let space = if piece.kind == TokenKind::Bang { " " } else { "" };
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
        (TokenKind::SingleQuoted, quoted) => {
            let mistake = Mistake::new(
                codes::S114,
                Weight::Slip,
                piece.span,
                "Text stands between double quotes.",
            )
            .labelled("single quotes");
            let inner = quoted.trim_matches('\'');
            let mistake = if inner.contains('"') {
                mistake.help("write it as `\"\"\"…\"\"\"`")
            } else {
                mistake.fix("write double quotes", piece.span, format!("\"{inner}\""))
            };
            Some((piece, mistake))
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
        _ => None,
    }
}
