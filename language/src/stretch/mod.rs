//! A file is read stretch by stretch, and what was read of a stretch before is not read again.
//!
//! Kept true here: what a stretch reads as rests on nothing but its own text, and where it ends on the first line behind
//! it as well. So what was read is taken over where both are the same bytes, with its places moved to where it stands now,
//! and whoever reads a file after an edit has what reading it from nothing gives.

mod cut;
mod moved;

use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, Span, codes};

use crate::Parsed;
use crate::grammar::{self, Laid, Read, check_module};
use crate::layout::{Layout, lay_out};
use crate::report;
use crate::syntax::{Documentation, File, Header, Item};
use crate::tokens::Token;
use cut::{Cut, cut, first_line_end};
use moved::Moved;

/// Where a stretch of a file that was read begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    start: u32,
    /// The numbers of its first token and its first item.
    token: usize,
    item: usize,
    /// Whether nothing is wrong with it.
    is_sound: bool,
}

/// A file that was read before: its text, and what it read as.
#[derive(Clone, Copy)]
pub(crate) struct Before<'b> {
    text: &'b str,
    parsed: &'b Parsed,
    /// So many of its first bytes, and of its last, are those of the text that is read now.
    head: usize,
    tail: usize,
}

/// A stretch of the text that is read now.
enum Part {
    /// The number of the same stretch in what was read before.
    Known(usize),
    /// The number of a stretch that is read anew.
    New(usize),
}

/// Every token of a text.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut start = 0;
    loop {
        let stretch = cut(text, start);
        tokens.extend(stretch.tokens);
        start = stretch.text.len();
        if start >= text.len() {
            return tokens;
        }
    }
}

/// Reads a file.
pub(crate) fn read(text: &str, file: &Arc<str>, before: Option<Before<'_>>) -> Parsed {
    let mut parts: Vec<(usize, Part)> = Vec::new();
    let mut new: Vec<Cut<'_>> = Vec::new();
    let mut start = 0;
    loop {
        let known = before.and_then(|before| Some((before.stretch_at(start, text)?, before)));
        let end = if let Some((number, before)) = known {
            parts.push((start, Part::Known(number)));
            start + before.length(number)
        } else {
            let stretch = cut(text, start);
            let end = stretch.text.len();
            parts.push((start, Part::New(new.len())));
            new.push(stretch);
            end
        };
        start = end;
        if start >= text.len() {
            break;
        }
    }
    let layouts: Vec<Layout<'_>> = (new.iter())
        .map(|stretch| lay_out(stretch.text, &stretch.tokens))
        .collect();
    let begins: Vec<usize> = (parts.iter())
        .filter(|(_, part)| matches!(part, Part::New(_)))
        .map(|(start, _)| *start)
        .collect();
    let laid: Vec<Laid<'_>> = (new.iter().zip(&layouts).zip(begins))
        .map(|((stretch, layout), start)| Laid {
            text: stretch.text,
            layout,
            is_first: start == 0,
        })
        .collect();
    let mut read = grammar::read(&laid).into_iter();
    let mut whole = Whole::new(file, before.map(|before| before.parsed));
    for (start, part) in parts {
        match (part, before) {
            (Part::Known(number), Some(before)) => whole.take_over(start, number, &before),
            (Part::Known(_), None) => {}
            (Part::New(number), _) => {
                if let (Some(read), Some(stretch), Some(layout)) =
                    (read.next(), new.get(number), layouts.get(number))
                {
                    whole.add(start, read, stretch, layout);
                }
            }
        }
    }
    whole.finish()
}

impl<'b> Before<'b> {
    /// What is known of a file when it is read with this text.
    pub(crate) fn of(parsed: &'b Parsed, text: &'b str, now: &str) -> Self {
        let head = same_at_the_beginning(text.as_bytes(), now.as_bytes());
        let left = text.len().min(now.len()) - head;
        let end = |text: &'_ str| text.len() - left;
        let of_text = text.as_bytes().get(end(text)..).unwrap_or_default();
        let of_now = now.as_bytes().get(end(now)..).unwrap_or_default();
        let tail = same_at_the_end(of_text, of_now);
        Self {
            text,
            parsed,
            head,
            tail,
        }
    }

    fn start(&self, number: usize) -> usize {
        let stretch = self.parsed.stretches.get(number);
        stretch.map_or(self.text.len(), |stretch| stretch.start as usize)
    }

    fn length(&self, number: usize) -> usize {
        self.start(number + 1) - self.start(number)
    }

    /// The sound stretch that is the one which begins here in the text that is read now.
    fn stretch_at(&self, start: usize, now: &str) -> Option<usize> {
        // Behind what differs it stood as far from the end as it does now.
        let is_behind = start + self.tail >= now.len();
        let own = if is_behind {
            (start + self.text.len()).checked_sub(now.len())?
        } else {
            start
        };
        let stretches = &self.parsed.stretches;
        let number = stretches
            .binary_search_by_key(&own, |stretch| stretch.start as usize)
            .ok()?;
        let is_sound = stretches.get(number)?.is_sound;
        // The file begins with the first alone.
        let same_side = (number == 0) == (start == 0);
        let same = is_behind || self.ends_before_what_differs(number);
        (is_sound && same_side && same && self.length(number) > 0).then_some(number)
    }

    /// Whether a stretch, and the line that ends it, stand before everything that differs.
    fn ends_before_what_differs(&self, number: usize) -> bool {
        if self.parsed.stretches.len() <= number + 1 || self.start(number + 1) > self.head {
            return false;
        }
        let end = first_line_end(self.text, self.start(number + 1));
        end <= self.head
            && self
                .text
                .get(..end)
                .is_some_and(|upto| upto.ends_with('\n'))
    }

    fn items(&self, number: usize) -> &'b [Item] {
        let stretches = &self.parsed.stretches;
        let first = stretches.get(number).map_or(0, |stretch| stretch.item);
        let all = &self.parsed.file.items;
        let end = stretches
            .get(number + 1)
            .map_or(all.len(), |next| next.item);
        all.get(first..end).unwrap_or_default()
    }

    fn tokens(&self, number: usize) -> &'b [Token] {
        let stretches = &self.parsed.stretches;
        let first = stretches.get(number).map_or(0, |stretch| stretch.token);
        let all = &self.parsed.tokens;
        let end = stretches
            .get(number + 1)
            .map_or(all.len(), |next| next.token);
        all.get(first..end).unwrap_or_default()
    }
}

/// A file while its stretches are put together.
struct Whole<'f> {
    name: &'f Arc<str>,
    file: File,
    tokens: Vec<Token>,
    diagnostics: Vec<Diagnostic>,
    stretches: Vec<Stretch>,
}

impl<'f> Whole<'f> {
    /// Nothing yet, with room for about as much as there was before.
    fn new(name: &'f Arc<str>, before: Option<&Parsed>) -> Self {
        let room = |count: fn(&Parsed) -> usize| before.map_or(0, |before| count(before) + 64);
        Self {
            name,
            file: File {
                header: Header::Missing(Span::default()),
                documentation: Documentation::default(),
                items: Vec::with_capacity(room(|before| before.file.items.len())),
            },
            tokens: Vec::with_capacity(room(|before| before.tokens.len())),
            diagnostics: Vec::new(),
            stretches: Vec::with_capacity(room(|before| before.stretches.len())),
        }
    }

    fn begin(&mut self, start: usize, is_sound: bool) {
        self.stretches.push(Stretch {
            start: Span::new(start, start).start,
            token: self.tokens.len(),
            item: self.file.items.len(),
            is_sound,
        });
    }

    /// Takes over what was read before.
    fn take_over(&mut self, start: usize, number: usize, before: &Before<'_>) {
        self.begin(start, true);
        if number == 0 {
            self.file.header = before.parsed.file.header.clone();
            self.file.documentation = before.parsed.file.documentation.clone();
        }
        let place = |at: usize| i64::try_from(at).unwrap_or_default();
        let by = i32::try_from(place(start) - place(before.start(number))).unwrap_or_default();
        let first = self.file.items.len();
        self.file.items.extend_from_slice(before.items(number));
        if by != 0 {
            for item in self.file.items.iter_mut().skip(first) {
                item.shift(by);
            }
        }
        let tokens = before.tokens(number).iter();
        self.tokens.extend(tokens.map(|token| Token {
            kind: token.kind,
            span: Span {
                start: token.span.start.saturating_add_signed(by),
                end: token.span.end.saturating_add_signed(by),
            },
        }));
    }

    /// Adds what was read anew.
    fn add(&mut self, start: usize, read: Read, stretch: &Cut<'_>, layout: &Layout<'_>) {
        let mut mistakes = stretch.mistakes.clone();
        mistakes.extend(layout.mistakes.iter().cloned());
        mistakes.extend(read.mistakes);
        self.begin(start, mistakes.is_empty());
        if let Some((header, documentation)) = read.head {
            self.file.header = header;
            self.file.documentation = documentation;
        }
        self.file.items.extend(read.items);
        self.tokens.extend_from_slice(&stretch.tokens);
        let told = report::tell(stretch.text, mistakes, layout, self.name);
        self.diagnostics.extend(told);
    }

    fn finish(mut self) -> Parsed {
        let mut mistakes = Vec::new();
        check_module(&self.file, &mut mistakes);
        let told = mistakes.into_iter();
        self.diagnostics
            .extend(told.map(|mistake| report::diagnostic(mistake, self.name)));
        self.diagnostics
            .sort_by_key(|found| (found.span, found.code));
        let mut tabs = 0;
        self.diagnostics.retain(|found| {
            tabs += usize::from(found.code == codes::S124);
            found.code != codes::S124 || tabs == 1
        });
        Parsed {
            file: self.file,
            tokens: self.tokens,
            diagnostics: self.diagnostics,
            stretches: self.stretches,
        }
    }
}

/// So many bytes are compared at once.
const AT_ONCE: usize = 256;

/// How many of their first bytes two texts share.
fn same_at_the_beginning(one: &[u8], other: &[u8]) -> usize {
    let blocks = one.chunks_exact(AT_ONCE).zip(other.chunks_exact(AT_ONCE));
    let same = AT_ONCE * blocks.take_while(|(one, other)| one == other).count();
    let rest = one.iter().zip(other).skip(same);
    same + rest.take_while(|(one, other)| one == other).count()
}

/// How many of their last bytes two texts share.
fn same_at_the_end(one: &[u8], other: &[u8]) -> usize {
    let blocks = (one.rchunks_exact(AT_ONCE)).zip(other.rchunks_exact(AT_ONCE));
    let same = AT_ONCE * blocks.take_while(|(one, other)| one == other).count();
    let rest = one.iter().rev().zip(other.iter().rev()).skip(same);
    same + rest.take_while(|(one, other)| one == other).count()
}
