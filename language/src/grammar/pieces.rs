//! A long file is read in pieces, each on a thread of its own.
//!
//! Kept true here: a file is cut only where a statement or a declaration ends outside of every bracket. No rule reads
//! past such a place, so the pieces come out as they do when the file is read at once.

use std::ops::Range;
use std::thread::{Builder, scope};

use super::{file, run, whole};
use crate::layout::{Layout, Lexeme};
use crate::mistake::Mistake;
use crate::syntax::{File, Item};
use crate::tokens::TokenKind;

/// Fewer lexemes than this are not worth a thread.
const WORTH_A_THREAD: usize = 3_000;

/// The most pieces of a file.
const MOST: usize = 4;

/// The stack of a thread: rules call themselves as deep as brackets nest.
const STACK: usize = 64 << 20;

/// Reads a file in pieces; `None` where it is too short for it.
pub(super) fn read<'a>(text: &'a str, layout: &'a Layout<'a>) -> Option<(File, Vec<Mistake>)> {
    let length = layout.lexemes.len();
    let pieces = (length / WORTH_A_THREAD).min(MOST);
    if pieces < 2 {
        return None;
    }
    let all = cuts(&layout.lexemes);
    let mut chosen: Vec<usize> = (1..pieces)
        .filter_map(|piece| {
            let wanted = length * piece / pieces;
            let after = all.partition_point(|cut| *cut < wanted);
            all.get(after).copied()
        })
        .collect();
    chosen.dedup();
    read_at(text, layout, &chosen)
}

/// The lexemes before which a file can be cut.
pub(super) fn cuts(lexemes: &[Lexeme<'_>]) -> Vec<usize> {
    let mut cuts = Vec::new();
    let mut depth = 0_usize;
    let mut ended = false;
    let mut begun = false;
    for (place, lexeme) in lexemes.iter().enumerate() {
        // The first line is the header.
        if ended && begun && lexeme.kind == TokenKind::Word {
            cuts.push(place);
        }
        begun |= ended;
        ended = depth == 0 && lexeme.kind == TokenKind::LineEnd;
        if lexeme.kind.closed_by().is_some() {
            depth += 1;
        } else if lexeme.kind.is_closing() {
            depth = depth.saturating_sub(1);
        }
    }
    cuts
}

/// Reads a file in pieces that begin at these lexemes; `None` where a piece could not be read.
pub(super) fn read_at<'a>(
    text: &'a str,
    layout: &'a Layout<'a>,
    cuts: &[usize],
) -> Option<(File, Vec<Mistake>)> {
    let end = layout.lexemes.len();
    let Some(first) = cuts.first() else {
        return Some(whole(text, layout));
    };
    let ends = cuts.iter().skip(1).copied().chain([end]);
    let pieces: Vec<Range<usize>> = cuts.iter().zip(ends).map(|(cut, end)| *cut..end).collect();
    let read = |piece: Range<usize>| -> (Option<Vec<Item>>, Vec<Mistake>) {
        run(&file::rest(), text, layout, piece)
    };
    scope(|scope| {
        let read = &read;
        let others: Vec<_> = pieces
            .into_iter()
            .map(|piece| {
                let share = piece.clone();
                let thread = Builder::new()
                    .stack_size(STACK)
                    .spawn_scoped(scope, move || read(share));
                (piece, thread)
            })
            .collect();
        let (file, mut mistakes) = run(&file::file(), text, layout, 0..*first);
        let mut file = file?;
        for (piece, thread) in others {
            let (items, told) = match thread {
                Ok(thread) => thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                // Where a thread cannot be had, its piece is read here.
                Err(_) => read(piece),
            };
            file.items.extend(items?);
            mistakes.extend(told);
        }
        Some((file, mistakes))
    })
}
