//! Stretches of a file, each read by itself; those of a long file on several threads.
//!
//! Kept true here: what a stretch reads as rests on nothing but its own text, and on whether the file begins with it.

use std::thread::{Builder, scope};

use sophia_diagnostics::Span;

use super::{file, run};
use crate::layout::Layout;
use crate::mistake::Mistake;
use crate::syntax::{Documentation, File, Header, Item};

/// Fewer lexemes than this are not worth a thread.
const WORTH_A_THREAD: usize = 3_000;

/// The most threads.
const MOST: usize = 4;

/// The stack of a thread: rules call themselves as deep as brackets nest.
const STACK: usize = 64 << 20;

/// A stretch that is laid out.
pub(crate) struct Laid<'a> {
    /// The text up to its end.
    pub(crate) text: &'a str,
    pub(crate) layout: &'a Layout<'a>,
    /// Whether the file begins with it.
    pub(crate) is_first: bool,
}

/// What a stretch reads as.
pub(crate) struct Read {
    /// What the file is, where it begins with the stretch.
    pub(crate) head: Option<(Header, Documentation)>,
    pub(crate) items: Vec<Item>,
    pub(crate) mistakes: Vec<Mistake>,
}

/// Reads stretches, in their order.
pub(crate) fn read<'a>(stretches: &'a [Laid<'a>]) -> Vec<Read> {
    let weight = |laid: &Laid<'_>| laid.layout.lexemes.len();
    let all: usize = stretches.iter().map(weight).sum();
    let threads = (all / WORTH_A_THREAD).min(MOST);
    if threads < 2 {
        return share(stretches);
    }
    let mut shares: Vec<&'a [Laid<'a>]> = Vec::with_capacity(threads);
    let mut rest = stretches;
    while !rest.is_empty() {
        let mut taken = 0;
        let enough = rest.iter().position(|laid| {
            taken += weight(laid);
            taken * threads >= all
        });
        let (now, later) = rest.split_at(enough.map_or(rest.len(), |last| last + 1));
        shares.push(now);
        rest = later;
    }
    scope(|scope| {
        let (first, others) = shares.split_first().unwrap_or((&rest, &[]));
        let others: Vec<_> = others
            .iter()
            .map(|stretches| {
                let thread = Builder::new()
                    .stack_size(STACK)
                    .spawn_scoped(scope, || share(stretches));
                (*stretches, thread)
            })
            .collect();
        let mut read = share(first);
        for (stretches, thread) in others {
            read.extend(match thread {
                Ok(thread) => thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                // Where a thread cannot be had, its share is read here.
                Err(_) => share(stretches),
            });
        }
        read
    })
}

/// Reads some of them.
fn share<'a>(stretches: &'a [Laid<'a>]) -> Vec<Read> {
    let behind_the_header = file::rest();
    let read = |laid: &'a Laid<'a>| {
        let unread = || {
            let start = laid.layout.start as usize;
            vec![Item::Error(Span::new(start, laid.text.len()))]
        };
        if laid.is_first {
            let (file, mistakes) = run(&file::file(), laid);
            let file = file.unwrap_or_else(|| File {
                header: Header::Missing(Span::default()),
                documentation: Documentation::default(),
                items: unread(),
            });
            Read {
                head: Some((file.header, file.documentation)),
                items: file.items,
                mistakes,
            }
        } else {
            let (items, mistakes) = run(&behind_the_header, laid);
            Read {
                head: None,
                items: items.unwrap_or_else(unread),
                mistakes,
            }
        }
    };
    stretches.iter().map(read).collect()
}
