//! A file as pieces of its text, and what of them is as it was: which statements, and what of the names in them.
//!
//! Kept true here: a piece has all of the text that may belong to it, and what stands between two belongs to both; a name
//! that may stand for something else than the last time is among those that are changed, before a statement that mentions
//! it is looked at.

use std::collections::HashMap;

use sophia_diagnostics::Span;
use sophia_language::syntax::{File, Item, Name};

use super::{Added, Body, Given, is_same};
use crate::types::{KeptRows, Path};

/// So many names may have changed before it is no longer worth while to look for them.
const MOST: usize = 64;

/// The items of a file, in the order of its text.
#[derive(Debug)]
pub(super) struct Pieces {
    all: Vec<Piece>,
    /// Which of them are statements of the run.
    statements: Vec<usize>,
}

#[derive(Debug)]
struct Piece {
    what: What,
    span: Span,
    /// The name of a declaration.
    name: Span,
}

/// What an item is to the statements of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Statement,
    /// Something that they know by its name.
    Declared,
    /// Something that holds for all of them.
    Around,
    /// Nothing.
    Apart,
}

impl Pieces {
    /// The items of a file; nothing where one stands inside another, which no text gives that can be read.
    pub(super) fn of(file: &File) -> Option<Self> {
        let all: Vec<Piece> = file.items.iter().map(Piece::of).collect();
        let mut end = 0;
        for piece in &all {
            if piece.span.start < end || piece.span.end < piece.span.start {
                return None;
            }
            end = piece.span.end;
        }
        let statements = all.iter().enumerate();
        let statements = statements.filter(|(_, piece)| piece.what == What::Statement);
        let statements = statements.map(|(place, _)| place).collect();
        Some(Self { all, statements })
    }

    /// The text of an item, with what stands before and behind it.
    fn text_of<'t>(&self, place: usize, text: &'t str) -> &'t str {
        let before = place.checked_sub(1).and_then(|before| self.all.get(before));
        let start = before.map_or(0, |before| before.span.end as usize);
        let behind = self.all.get(place + 1);
        let end = behind.map_or(text.len(), |behind| behind.span.start as usize);
        text.get(start..end).unwrap_or("")
    }

    /// The text of a statement by its number.
    fn statement<'t>(&self, number: usize, text: &'t str) -> Option<&'t str> {
        Some(self.text_of(*self.statements.get(number)?, text))
    }

    /// The texts of what holds for every statement, in their order.
    fn around<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let pieces = self.all.iter().enumerate();
        let around = pieces.filter(|(_, piece)| piece.what == What::Around);
        around.map(move |(place, _)| self.text_of(place, text))
    }

    /// The declarations by their names, with the place of each; none where two have one name.
    fn declared<'t>(&self, text: &'t str) -> HashMap<&'t str, Option<usize>> {
        let mut all = HashMap::with_capacity(self.all.len());
        for (place, piece) in self.all.iter().enumerate() {
            if piece.what == What::Declared {
                let name = text.get(piece.name.range()).unwrap_or("");
                let known = all.entry(name).or_insert(Some(place));
                if *known != Some(place) {
                    *known = None;
                }
            }
        }
        all
    }
}

impl Piece {
    fn of(item: &Item) -> Self {
        let declared = |name: &Name, span: Span| Self {
            what: What::Declared,
            span,
            name: name.span,
        };
        let (what, span) = match item {
            Item::Statement(statement) => (What::Statement, statement.span()),
            Item::Input(input) => return declared(&input.name, input.span),
            Item::Type(declaration) => return declared(&declaration.name, declaration.span),
            Item::Query(query) => return declared(&query.name, query.span),
            Item::Command(command) => return declared(&command.name, command.span),
            Item::Metric(metric) => return declared(&metric.name, metric.span),
            Item::State(state) => return declared(&state.name, state.span),
            Item::Function(function) => return declared(&function.name, function.span),
            Item::Action(action) => return declared(&action.name, action.span),
            Item::Predictor(predictor) => return declared(&predictor.name, predictor.span),
            Item::Model(model) => return declared(&model.name, model.span),
            Item::OnFailure(declaration) => (What::Apart, declaration.span),
            Item::Test(test) => (What::Apart, test.span),
            Item::Use(line) => (What::Around, line.span),
            Item::Zone { span, .. } | Item::Calendar { span, .. } | Item::Error(span) => {
                (What::Around, *span)
            }
            Item::Trigger(trigger) => (What::Around, trigger.span),
            Item::Policy(policy) => (What::Around, policy.span),
            Item::OneRun(one_run) => (What::Around, one_run.span),
        };
        Self {
            what,
            span,
            name: Span::default(),
        }
    }
}

/// What of a file is as it was when its statements were typed the last time.
pub(super) struct Standing<'b> {
    body: &'b Body,
    /// The names that stand for something else, or may.
    changed: Vec<String>,
    /// How far each piece of the last time has moved; nothing where it is not there any more.
    moves: Vec<Option<i64>>,
    /// The texts of the statements now.
    texts: Vec<&'b str>,
    /// So many statements at the beginning have the same text.
    first: usize,
    /// So many at the end.
    last: usize,
}

impl<'b> Standing<'b> {
    /// What is as it was; nothing where what holds for every statement is not. `changed` are names of which that is
    /// known beforehand, or that no statement may mention of which anything is taken over.
    pub(super) fn of(
        body: &'b Body,
        now: &Pieces,
        text: &'b str,
        changed: Vec<String>,
    ) -> Option<Self> {
        let before = &body.pieces;
        if !before.around(&body.text).eq(now.around(text)) {
            return None;
        }
        let mut standing = Self {
            body,
            changed,
            moves: vec![None; before.all.len()],
            texts: (0..now.statements.len())
                .filter_map(|number| now.statement(number, text))
                .collect(),
            first: 0,
            last: 0,
        };
        standing.compare_declared(now, text);
        standing.compare_statements(now, text);
        Some(standing)
    }

    fn compare_declared(&mut self, now: &Pieces, text: &str) {
        let before = &self.body.pieces;
        let known = before.declared(&self.body.text);
        let declared = now.declared(text);
        let mut same: Vec<usize> = Vec::with_capacity(declared.len());
        for (name, place) in &declared {
            let was = known.get(name).copied().flatten();
            let both = place.zip(was);
            let both = both.filter(|(place, was)| {
                now.text_of(*place, text) == before.text_of(*was, &self.body.text)
            });
            if let Some((place, was)) = both {
                self.moves_to(was, now, place);
                same.push(place);
            } else {
                self.changed.push((*name).to_owned());
            }
        }
        let gone = known.keys().filter(|name| !declared.contains_key(*name));
        self.changed.extend(gone.map(|name| (*name).to_owned()));
        // What mentions something that is changed may be something else itself.
        let mut looked = 0;
        while let Some(name) = self.changed.get(looked).cloned() {
            looked += 1;
            if self.is_too_much() {
                return;
            }
            same.retain(|place| {
                let is_changed = mentions(now.text_of(*place, text), &name);
                if is_changed && let Some(piece) = now.all.get(*place) {
                    let name = text.get(piece.name.range()).unwrap_or("");
                    self.changed.push(name.to_owned());
                }
                !is_changed
            });
        }
    }

    fn compare_statements(&mut self, now: &Pieces, text: &str) {
        let before = &self.body.pieces;
        let (old, new) = (before.statements.len(), now.statements.len());
        let is_same = |was: usize, is: usize| {
            before.statement(was, &self.body.text) == now.statement(is, text)
        };
        let most = old.min(new);
        let first = (0..most).take_while(|number| is_same(*number, *number));
        let first = first.count();
        let last = (1..=most - first).take_while(|back| is_same(old - back, new - back));
        let last = last.count();
        (self.first, self.last) = (first, last);
        let both = (0..first).map(|number| (number, number));
        let behind = (1..=last).map(|back| (old - back, new - back));
        for (was, is) in both.chain(behind) {
            let places = before.statements.get(was).zip(now.statements.get(is));
            if let Some((was, is)) = places {
                self.moves_to(*was, now, *is);
            }
        }
    }

    /// A piece of the last time is this one now.
    fn moves_to(&mut self, was: usize, now: &Pieces, is: usize) {
        let pieces = self.body.pieces.all.get(was).zip(now.all.get(is));
        if let (Some((was, is)), Some(slot)) = (pieces, self.moves.get_mut(was)) {
            *slot = Some(i64::from(is.span.start) - i64::from(was.span.start));
        }
    }

    /// What the statement of this number gave the last time, where it has the same text as one of then. `given` is what
    /// those before it gave; they are asked for in their order, each once.
    pub(super) fn before(&mut self, number: usize, given: &[Given]) -> Option<&'b Given> {
        let (middle, behind) = self.ends()?;
        if number == behind {
            let was = self.body.statements.get(self.first..middle);
            let is = given.get(self.first..behind);
            self.differ(was.unwrap_or_default(), is.unwrap_or_default());
        }
        self.was(number)
    }

    /// The statement of this number was typed anew, and gave this.
    pub(super) fn typed(&mut self, number: usize, given: &Given) {
        // Those whose text is another are looked at together, once all of them are there.
        if let Some(was) = self.was(number) {
            self.differ(std::slice::from_ref(was), std::slice::from_ref(given));
        }
    }

    fn was(&self, number: usize) -> Option<&'b Given> {
        let (middle, behind) = self.ends()?;
        if number < self.first {
            return self.body.statements.get(number);
        }
        (self.body.statements).get(number.checked_sub(behind)? + middle)
    }

    /// Where the statements end whose text is another: then and now.
    fn ends(&self) -> Option<(usize, usize)> {
        let middle = self.body.statements.len().checked_sub(self.last)?;
        let behind = self.texts.len().checked_sub(self.last)?;
        Some((middle, behind))
    }

    /// Notes the names that statements leave to those behind them otherwise than they did.
    fn differ(&mut self, was: &[Given], is: &[Given]) {
        fn added(all: &[Given]) -> impl Iterator<Item = &Added> {
            all.iter().flat_map(|given| &given.added)
        }
        fn learned(all: &[Given]) -> impl Iterator<Item = &Path> {
            all.iter().flat_map(|given| &given.learned)
        }
        for one in added(was) {
            let mut same = added(is).filter(|other| other.name == one.name);
            let is_kept = same.next().is_some_and(|other| one.is_same(other));
            if !is_kept || same.next().is_some() {
                self.changed.push(one.name.to_string());
            }
        }
        for one in added(is) {
            let mut same = added(was).filter(|other| other.name == one.name);
            if same.next().is_none() || same.next().is_some() {
                self.changed.push(one.name.to_string());
            }
        }
        if !learned(was).eq(learned(is)) {
            let all = learned(was).chain(learned(is));
            let names = all.filter_map(Path::name).map(str::to_owned);
            self.changed.extend(names);
        }
    }

    /// Whether the statement of this number mentions nothing that may be something else than the last time.
    pub(super) fn holds(&self, number: usize) -> bool {
        let text = self.texts.get(number).copied().unwrap_or("");
        !self.is_too_much() && !self.changed.iter().any(|name| mentions(text, name))
    }

    fn is_too_much(&self) -> bool {
        self.changed.len() > MOST
    }

    /// Conditions on rows, with their places where they are now; nothing where one of them is gone.
    pub(super) fn moved(&self, rows: &KeptRows) -> Option<KeptRows> {
        rows.moved(|place| {
            let pieces = &self.body.pieces.all;
            let behind = pieces.partition_point(|piece| piece.span.start <= place.start);
            let number = behind.checked_sub(1)?;
            let piece = pieces.get(number)?;
            let by = (*self.moves.get(number)?)?;
            super::is_inside(place, piece.span).then(|| super::moved(place, by))
        })
    }
}

impl Added {
    /// Whether a statement that uses the name could not tell one from the other.
    fn is_same(&self, other: &Self) -> bool {
        is_same(&self.of, &other.of)
            && self.choice == other.choice
            && self.rows.is_empty()
            && other.rows.is_empty()
    }
}

/// Whether a text may mention a name: as a whole word.
fn mentions(text: &str, name: &str) -> bool {
    let is_part = |letter: Option<&u8>| {
        letter.is_some_and(|letter| letter.is_ascii_alphanumeric() || *letter == b'_')
    };
    let letters = text.as_bytes();
    name.is_empty()
        || text.match_indices(name).any(|(at, _)| {
            let before = at.checked_sub(1).and_then(|before| letters.get(before));
            !is_part(before) && !is_part(letters.get(at + name.len()))
        })
}
