//! The walk that decides where statements end, which words begin them, and how deep things nest.

use std::collections::HashMap;

use sophia_diagnostics::{Span, codes};

use super::brackets;
use super::comments::Comments;
use super::context::{self, Context};
use super::continuation::{continues, is_operator, leaves_open};
use super::opening::{self, Repair};
use super::pieces::{self, Piece};
use super::{DEEPEST, Layout, Lexeme};
use crate::mistake::{Mistake, Weight};
use crate::syntax::Documentation;
use crate::tokens::{Token, TokenKind, starts_item};

/// How many operators one expression may hold. They nest to the left, so this bounds the tree too.
const LONGEST: usize = 256;

/// Lays out the tokens of a file, or those of a stretch of it that is read by itself.
pub(crate) fn lay_out<'a>(text: &'a str, tokens: &[Token]) -> Layout<'a> {
    let mut mistakes = Vec::new();
    let pieces = brackets::balance(text, pieces::pieces(text, tokens), &mut mistakes);
    let mut walk = Walk {
        text,
        pieces: &pieces,
        lexemes: Vec::with_capacity(pieces.len() + pieces.len() / 4),
        documentation: Comments::new(text, tokens),
        leading: HashMap::new(),
        trailing: HashMap::new(),
        mistakes,
        pending: None,
        frames: vec![Frame::new(Context::File, 0)],
        regions: 0,
        parents: vec![None],
    };
    walk.tabs(text);
    let mut at = 0;
    while at < pieces.len() {
        at = walk.step(at);
    }
    walk.finish();
    Layout {
        start: tokens.first().map_or(0, |first| first.span.start),
        lexemes: walk.lexemes,
        documentation: walk.leading,
        trailing: walk.trailing,
        mistakes: walk.mistakes,
        parents: walk.parents,
    }
}

/// What is known of the innermost bracket.
pub(super) struct Frame<'a> {
    pub(super) context: Context,
    region: u32,
    /// The region of the statement that a value's bracket stands in.
    parent: Option<u32>,
    /// The first word of the statement being read; empty before it and where it is no word.
    first: &'a str,
    /// Whether a statement or an item may begin here.
    fresh: bool,
    /// The indentation of the statement being read.
    pub(super) indentation: usize,
    /// `if`s of this statement that wait for their `then`.
    open_ifs: usize,
    /// Operators so far in this region, and those that nest to the right.
    operators: usize,
    nested: usize,
    /// Whether the rest of this region is passed over.
    skipping: bool,
}

impl Frame<'_> {
    fn new(context: Context, region: u32) -> Self {
        Self {
            context,
            region,
            parent: None,
            first: "",
            fresh: true,
            indentation: 0,
            open_ifs: 0,
            operators: 0,
            nested: 0,
            skipping: false,
        }
    }

    fn begin_region(&mut self, region: u32) {
        self.region = region;
        self.operators = 0;
        self.nested = 0;
        self.skipping = false;
        self.open_ifs = 0;
    }
}

pub(super) struct Walk<'a, 'p> {
    text: &'a str,
    pub(super) pieces: &'p [Piece<'a>],
    pub(super) lexemes: Vec<Lexeme<'a>>,
    documentation: Comments<'a>,
    leading: HashMap<usize, Documentation>,
    trailing: HashMap<usize, Documentation>,
    pub(super) mistakes: Vec<Mistake>,
    /// The `##` lines for the statement or item that begins next.
    pending: Option<Documentation>,
    frames: Vec<Frame<'a>>,
    regions: u32,
    parents: Vec<Option<u32>>,
}

impl<'a> Walk<'a, '_> {
    /// Takes the piece at `at` and answers the next place.
    fn step(&mut self, at: usize) -> usize {
        let Some(original) = self.pieces.get(at).copied() else {
            return at + 1;
        };
        self.document(original.span.start);
        let (piece, length) = self.habit(at, original);
        if length == 0 {
            return at + 1;
        }
        if piece.kind.is_closing() {
            // A `##` at the end of a block is not about what stands behind the block.
            self.pending = None;
            self.close(piece);
            return at + 1;
        }
        let mut piece = piece;
        if let Some(indentation) = piece.first {
            if let Some(meant) = self.misspelt_modifier(at, piece, indentation) {
                piece = meant;
            } else if self.line_ends(at, piece, indentation) {
                self.end_line(piece.span.start);
            }
        }
        match piece.kind {
            TokenKind::Semicolon => {
                self.semicolon(at, piece);
                return at + 1;
            }
            TokenKind::Unknown => {
                self.unknown(piece);
                return at + 1;
            }
            _ => {}
        }
        let piece = self.begin_statement(at, piece);
        self.note_step(at, piece);
        self.count(piece);
        let comma = piece.kind == TokenKind::Comma && self.frame().context == Context::Values;
        if self.frame().skipping && !comma {
            return if piece.kind.closed_by().is_some() {
                self.after_closing(at)
            } else {
                at + 1
            };
        }
        if piece.kind.closed_by().is_some() {
            return self.open(at, piece);
        }
        self.push(piece);
        if comma {
            self.next_region();
            self.frame().fresh = true;
        }
        at + length
    }

    pub(super) fn frame(&mut self) -> &mut Frame<'a> {
        if self.frames.is_empty() {
            self.frames.push(Frame::new(Context::File, 0));
        }
        let last = self.frames.len() - 1;
        #[allow(
            clippy::indexing_slicing,
            reason = "the line above makes sure of one frame"
        )]
        &mut self.frames[last]
    }

    fn next_region(&mut self) {
        self.regions += 1;
        let region = self.regions;
        let parent = self.frame().parent;
        self.parents.push(parent);
        self.frame().begin_region(region);
    }

    pub(super) fn push(&mut self, piece: Piece<'a>) {
        let region = self.frame().region;
        self.lexemes.push(Lexeme {
            kind: piece.kind,
            text: piece.text,
            span: piece.span,
            region,
            opens_lines: false,
        });
    }

    fn open(&mut self, at: usize, piece: Piece<'a>) -> usize {
        if self.frames.len() > DEEPEST {
            self.mistakes.push(
                Mistake::new(
                    codes::S109,
                    Weight::Cause,
                    piece.span,
                    format!("Brackets and blocks nest at most {DEEPEST} deep."),
                )
                .labelled("one level too deep")
                .help("give the inner part a name with `let`"),
            );
            return self.after_closing(at);
        }
        let around = self.frame().context;
        let first = self.frame().first;
        let inside = context::inside(self.pieces, at, first, around);
        self.push(piece);
        if let Some(last) = self.lexemes.last_mut() {
            last.opens_lines = inside.holds_lines();
        }
        let parent = (!inside.holds_lines()).then(|| self.frame().region);
        self.regions += 1;
        self.parents.push(parent);
        self.frames.push(Frame {
            parent,
            ..Frame::new(inside, self.regions)
        });
        at + 1
    }

    fn close(&mut self, piece: Piece<'a>) {
        if self.frames.len() > 1 {
            self.frames.pop();
        }
        if !self.frame().skipping {
            self.push(piece);
        }
    }

    /// The place after the bracket that closes the one at `at`.
    fn after_closing(&self, at: usize) -> usize {
        let mut depth = 0_usize;
        for (index, piece) in self.pieces.iter().enumerate().skip(at) {
            if piece.kind.closed_by().is_some() {
                depth += 1;
            } else if piece.kind.is_closing() {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index + 1;
                }
            }
        }
        self.pieces.len()
    }

    pub(super) fn end_line(&mut self, at: u32) {
        let end = self.lexemes.last().map_or(at, |last| last.span.end);
        let region = self.frame().region;
        self.lexemes.push(Lexeme {
            kind: TokenKind::LineEnd,
            text: "\n",
            span: Span { start: end, end },
            region,
            opens_lines: false,
        });
        self.next_region();
        let frame = self.frame();
        frame.fresh = true;
        frame.first = "";
    }

    fn finish(&mut self) {
        self.document(u32::MAX);
        let end = self.text.len();
        self.end_line(Span::new(end, end).start);
    }

    /// Whether a statement or an item ends before the line that begins with `piece`.
    fn line_ends(&mut self, at: usize, piece: Piece<'a>, indentation: usize) -> bool {
        let Some(last) = self.lexemes.last().copied() else {
            return false;
        };
        let next = self.pieces.get(at + 1).copied();
        let frame = self.frame();
        let opened = last.kind.closed_by().is_some();
        if frame.context == Context::Opaque || opened || last.kind == TokenKind::LineEnd {
            return false;
        }
        let context = frame.context;
        let open_ifs = frame.open_ifs;
        let deeper = indentation > frame.indentation + 1;
        let word = piece.kind == TokenKind::Word;
        let labelled = next.is_some_and(|next| next.kind == TokenKind::Colon);
        let line = self.text.get(piece.span.start as usize..).unwrap_or("");
        if word && context != Context::Values && starts_item(line.lines().next().unwrap_or("")) {
            return true;
        }
        if labelled && context == Context::Values && last.kind != TokenKind::Comma {
            return true;
        }
        if leaves_open(last) {
            return false;
        }
        if continues(piece, next, labelled, open_ifs, context) {
            return false;
        }
        if context != Context::Values
            && !matches!(context, Context::Unknown | Context::Match | Context::First)
            && deeper
        {
            // A line that begins nothing and stands deeper belongs to the one before it.
            let clauses = matches!(
                context,
                Context::Model | Context::Predictor | Context::Policy | Context::Example
            );
            return (word && opening::is_known(context, piece.text))
                || (!clauses && opening::repair(self.pieces, at, context).is_some());
        }
        true
    }

    /// At the start of a statement: notes its first word, and repairs it.
    fn begin_statement(&mut self, at: usize, piece: Piece<'a>) -> Piece<'a> {
        let documentation = self.pending.take();
        let frame = self.frame();
        if !frame.fresh || frame.skipping {
            return piece;
        }
        if let Some(documentation) = documentation {
            self.leading.insert(self.lexemes.len(), documentation);
        }
        let frame = self.frame();
        frame.fresh = false;
        let context = frame.context;
        if let Some(indentation) = piece.first {
            frame.indentation = indentation;
        }
        let mut piece = piece;
        match opening::repair(self.pieces, at, context) {
            None => {
                if piece.kind == TokenKind::Word {
                    self.frame().first = piece.text;
                }
            }
            Some(Repair::Instead(word, mistake)) => {
                self.mistakes.push(mistake);
                self.frame().first = word;
                piece.text = word;
            }
            Some(Repair::InsteadTwo([word, second], mistake)) => {
                self.mistakes.push(mistake);
                self.frame().first = word;
                self.push(Piece {
                    text: word,
                    ..piece
                });
                piece.text = second;
            }
            Some(Repair::Before(words, mistake)) => {
                self.mistakes.push(mistake);
                self.frame().first = words.first().copied().unwrap_or("");
                for word in words {
                    self.push(Piece {
                        kind: TokenKind::Word,
                        text: word,
                        span: Span {
                            start: piece.span.start,
                            end: piece.span.start,
                        },
                        first: None,
                    });
                }
            }
        }
        piece
    }

    /// A step that stands under `let` opens the blocks that it opens without it.
    fn note_step(&mut self, at: usize, piece: Piece<'a>) {
        let next = self.pieces.get(at + 1).map_or("", |next| next.text);
        let step = match piece.text {
            "for" => next == "each",
            "wait" => next == "for",
            _ => false,
        };
        let follows = self
            .lexemes
            .last()
            .is_some_and(|last| last.kind == TokenKind::Equal);
        if step && follows && self.frame().first == "let" {
            self.frame().first = piece.text;
        }
    }

    /// Counts what makes an expression deep, and passes over the rest of one that is too deep.
    fn count(&mut self, piece: Piece<'a>) {
        let nests = matches!(piece.kind, TokenKind::Minus | TokenKind::Question)
            || (piece.kind == TokenKind::Word
                && matches!(piece.text, "not" | "if" | "else" | "of"));
        let chains = is_operator(piece.kind)
            || matches!(
                piece.kind,
                TokenKind::Dot
                    | TokenKind::QuestionDot
                    | TokenKind::Pipe
                    | TokenKind::OpenBracket
                    | TokenKind::OpenParenthesis
            )
            || (piece.kind == TokenKind::Word
                && matches!(piece.text, "and" | "or" | "mod" | "as" | "in" | "is"));
        let frame = self.frame();
        if piece.kind == TokenKind::Word {
            match piece.text {
                "if" => frame.open_ifs += 1,
                "then" => frame.open_ifs = frame.open_ifs.saturating_sub(1),
                _ => {}
            }
        }
        frame.nested += usize::from(nests);
        frame.operators += usize::from(chains);
        if !frame.skipping && (frame.nested > DEEPEST || frame.operators > LONGEST) {
            frame.skipping = true;
            self.mistakes.push(
                Mistake::new(
                    codes::S109,
                    Weight::Cause,
                    piece.span,
                    "This expression is too long to be read.",
                )
                .labelled("too many parts up to here")
                .help("give parts of it a name with `let`"),
            );
        }
    }

    /// Takes the `##` that stand before `start`.
    fn document(&mut self, start: u32) {
        let mut leading: Option<Documentation> = None;
        while let Some(comment) = self.documentation.next_before(start) {
            if !comment.first {
                if let Some(last) = self.lexemes.len().checked_sub(1) {
                    self.trailing.insert(
                        last,
                        Documentation {
                            text: comment.text.to_owned(),
                            span: comment.span,
                        },
                    );
                }
                continue;
            }
            leading = Some(match leading {
                None => Documentation {
                    text: comment.text.to_owned(),
                    span: comment.span,
                },
                Some(before) => Documentation {
                    text: format!("{}\n{}", before.text, comment.text),
                    span: before.span.to(comment.span),
                },
            });
        }
        if leading.is_some() {
            self.pending = leading;
        }
    }
}
