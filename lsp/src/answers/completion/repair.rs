//! A text in which brackets and quotes that are open where somebody writes are closed there, so that what stands before
//! and behind the place means what it will mean.
//!
//! Kept true here: nothing before the place is changed; a text in which everything is closed is left as it is.

use std::sync::{Arc, OnceLock};

use sophia_compiler::{Snapshot, SourceFile, Workspace};
use sophia_language::begins_item;

use crate::project::{File, Spot};
use crate::text::Text;

/// A project of more texts is not checked anew while somebody writes: the text is read alone.
const MOST_TEXTS: usize = 40;

/// Something that is opened and has to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Brace,
    Parenthesis,
    Bracket,
    /// A text on one line.
    Text,
    /// A text between three quotes.
    Block,
    /// A place in a text.
    Hole,
}

impl Open {
    fn closed_by(self) -> &'static str {
        match self {
            // On a line of its own: a comment of SQL may stand before it.
            Self::Brace => "\n}",
            Self::Parenthesis => ")",
            Self::Bracket => "]",
            Self::Text => "\"",
            Self::Block => "\n\"\"\"",
            Self::Hole => "}",
        }
    }
}

/// The text with what is open at a byte closed there; `None` where nothing has to be.
pub(super) fn repaired(spot: &Spot<'_>, offset: usize) -> Option<Arc<File>> {
    spot.parsed()?;
    let text = spot.file.text.as_str();
    let open = unclosed(text, offset);
    if open.is_empty() {
        return None;
    }
    let (before, after) = text.split_at_checked(offset)?;
    let (rest, others) = after.split_at_checked(rest_of_block(after))?;
    let closing = || open.iter().rev().map(|open| open.closed_by());
    // What is open on the line is closed where somebody writes, a block behind what was written of it.
    let here = open.iter().rev().take_while(|open| **open != Open::Brace);
    let here = here.count();
    let mut mended = before.to_owned();
    mended.extend(closing().take(here));
    mended.push_str(rest);
    mended.extend(closing().skip(here));
    mended.push_str(others);
    Some(read(spot, mended))
}

/// The word that a line begins with; empty where it begins with something else.
fn first_word(line: &str) -> &str {
    let end = line.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    line.get(..end.unwrap_or(line.len())).unwrap_or_default()
}

/// How far the lines reach that belong to the one that is written: to an empty one, or to one that begins anew.
fn rest_of_block(after: &str) -> usize {
    let mut end = 0;
    for (number, line) in after.split_inclusive('\n').enumerate() {
        let begun = line.trim_start();
        let word = first_word(begun);
        // `on` and `set` are words of SQL too.
        let is_ours = !matches!(word, "on" | "set") || line.len() == begun.len();
        let begins = begun.starts_with('}') || begins_item(word) && is_ours;
        if number > 0 && (begun.trim().is_empty() || begins) {
            break;
        }
        end += line.len();
    }
    after.get(..end).map_or(0, |rest| rest.trim_end().len())
}

/// The text as it is read, with what a check finds in it, where the project is small enough to be checked at once.
fn read(spot: &Spot<'_>, text: String) -> Arc<File> {
    let name = &spot.file.name;
    let checked = spot.project.and_then(|project| {
        let own = project.files.iter();
        let own = own.filter(|(other, file)| !other.starts_with('\0') && file.parsed.is_some());
        let files: Vec<SourceFile> = own
            .map(|(other, file)| SourceFile {
                path: other.clone(),
                text: if other == name {
                    Arc::from(text.as_str())
                } else {
                    file.text.shared().clone()
                },
            })
            .collect();
        if files.len() > MOST_TEXTS {
            return None;
        }
        let mut workspace = Workspace::new(Snapshot {
            manifest: (*project.manifest).clone(),
            catalogue: (*project.catalogue).clone(),
            files,
        });
        workspace.note([name.clone()]);
        workspace.check();
        Some((
            workspace.parsed(name)?.clone(),
            workspace.places(name)?.clone(),
        ))
    });
    let (parsed, places) = if let Some((parsed, places)) = checked {
        (parsed, Some(places))
    } else {
        let parsed = sophia_language::parse(&text, name.clone());
        (Arc::new(parsed), spot.file.places.clone())
    };
    Arc::new(File {
        name: name.clone(),
        text: Text::new(text),
        diagnostics: Vec::new(),
        parsed: Some(parsed),
        playbook: None,
        places,
        index: OnceLock::new(),
        named: OnceLock::new(),
    })
}

/// What is open at a byte and is never closed, from the outermost.
fn unclosed(text: &str, offset: usize) -> Vec<Open> {
    let mut scan = Scan {
        text,
        at: 0,
        open: Vec::new(),
        opened: 0,
        closed: Vec::new(),
    };
    let mut there = None;
    while scan.at < text.len() {
        if there.is_none() && scan.at >= offset {
            there = Some(scan.open.clone());
        }
        scan.step();
    }
    let there = there.unwrap_or_else(|| scan.open.clone());
    let line_end = text.get(offset..).and_then(|rest| rest.find('\n'));
    let line_end = line_end.map_or(text.len(), |end| offset + end);
    let closing = |number: &usize| scan.closed.iter().find(|(closed, _)| closed == number);
    // Where the innermost is closed on the same line, whatever is open further out is somebody else's.
    let is_closed_here = there
        .last()
        .and_then(|(_, number)| closing(number))
        .is_some_and(|(_, at)| *at < line_end);
    if is_closed_here {
        return Vec::new();
    }
    let lost = there.iter().filter(|(_, number)| closing(number).is_none());
    // A bracket that is not closed takes the one of what is around it, so it is the inner ones that lack theirs.
    let lost = there.len() - lost.count();
    let inner = there.get(lost..).unwrap_or_default();
    inner.iter().map(|(open, _)| *open).collect()
}

/// Goes over a text and keeps what is open.
struct Scan<'t> {
    text: &'t str,
    at: usize,
    /// What is open, each with a number of its own.
    open: Vec<(Open, usize)>,
    opened: usize,
    /// The numbers of what was closed by its own mark, and where.
    closed: Vec<(usize, usize)>,
}

impl Scan<'_> {
    fn push(&mut self, open: Open) {
        self.open.push((open, self.opened));
        self.opened += 1;
    }

    fn innermost(&self) -> Option<Open> {
        self.open.last().map(|(open, _)| *open)
    }

    /// Closes the innermost of a kind, and whatever is open in it; nothing, where none is open.
    fn close(&mut self, kind: Open) {
        let found = self.open.iter().rposition(|(open, _)| *open == kind);
        if let Some(place) = found {
            if let Some((_, number)) = self.open.get(place) {
                self.closed.push((*number, self.at));
            }
            self.open.truncate(place);
        }
    }

    fn step(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let Some(letter) = rest.chars().next() else {
            self.at = self.text.len();
            return;
        };
        let mut length = letter.len_utf8();
        let innermost = self.innermost();
        match (innermost, letter) {
            (Some(Open::Block), _) if rest.starts_with("\"\"\"") => {
                self.close(Open::Block);
                length = 3;
            }
            (Some(Open::Text | Open::Block), '{') if rest.starts_with("{{") => length = 2,
            (Some(Open::Text | Open::Block), '{') => self.push(Open::Hole),
            (Some(Open::Text), '"') => self.close(Open::Text),
            (_, '\n') => self.line_ends(rest),
            (Some(Open::Text | Open::Block), _) => {}
            (Some(Open::Hole), '}') => self.close(Open::Hole),
            (Some(Open::Hole), '"') if self.open.iter().any(|(open, _)| *open == Open::Text) => {
                self.close(Open::Text);
            }
            (_, '"') if rest.starts_with("\"\"\"") => {
                self.push(Open::Block);
                length = 3;
            }
            (_, '"') => self.push(Open::Text),
            // What SQL quotes, on its line.
            (_, '\'') => {
                let line = rest.lines().next().unwrap_or_default();
                let inside = line.get(1..).unwrap_or_default();
                length = inside.find('\'').map_or(1, |end| end + 2);
            }
            (_, '#') => length = rest.find('\n').unwrap_or(rest.len()),
            (_, '{') => self.push(Open::Brace),
            (_, '(') => self.push(Open::Parenthesis),
            (_, '[') => self.push(Open::Bracket),
            (_, '}') => self.close(Open::Brace),
            (_, ')') => self.close(Open::Parenthesis),
            (_, ']') => self.close(Open::Bracket),
            _ => {}
        }
        self.at += length;
    }

    /// A line ends: texts of one line and holes do too, and everything does before a word that begins anew.
    fn line_ends(&mut self, rest: &str) {
        while matches!(self.innermost(), Some(Open::Text | Open::Hole)) {
            self.open.pop();
        }
        let in_block = self.open.iter().any(|(open, _)| *open == Open::Block);
        let next = rest.get(1..).unwrap_or_default();
        if !in_block && begins_item(first_word(next)) {
            self.open.clear();
        }
    }
}
