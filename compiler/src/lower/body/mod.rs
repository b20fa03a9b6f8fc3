//! The statements of a run, one after the other, and what each gave: whoever changes one statement of hundreds has that one
//! typed and lowered anew, and those that rest on what it changed.
//!
//! What a statement gives follows from its text, from what the names in it stand for, from what is known to be present, and
//! from the names of steps that are taken. So what it gave the last time is given again where none of these has changed:
//! [`pieces`] tells which texts and which declared names are as they were, and here it is kept up, statement by statement,
//! which names mean something else than they did. Kept is only what a statement without any complaint gave, of a file
//! that could be read as a whole; what looks at states, events, other playbooks or approvals is gone through each time.
//!
//! Kept true here: what comes out is what typing every statement would give, in the same order.

mod again;
mod keep;
mod pieces;

use std::sync::Arc;

use sophia_diagnostics::Span;
use sophia_language::syntax::{File, Statement};
use sophia_plan::step::Step;
use sophia_plan::types::{RecordType, Type};

use super::block::Building;
use super::pending::PendingStep;
use super::statement::Around;
use crate::checker::{Checker, Known};
use crate::found::NotedPart;
use crate::names::Declared;
use crate::types::{KeptRows, Local, Path, Scope};
use pieces::{Pieces, Standing};

/// What the statements of a run gave, and the text in which they did.
#[derive(Debug)]
pub(crate) struct Body {
    text: Arc<str>,
    pieces: Pieces,
    statements: Vec<Given>,
    /// The rows of the file's queries. One that is judged anew has rows that are others, though they look alike.
    rows: Vec<(String, Arc<RecordType>)>,
    /// Whether it was noted what was found by its place.
    noted: bool,
    /// The first number that no reading has that a statement asked for.
    free_place: u64,
}

/// What is known of the statements of a run from the check before, and what is kept of them for the next.
#[derive(Default)]
pub(crate) struct Bodies<'a> {
    /// What they gave when the file was checked the last time without a mistake.
    pub(crate) before: Option<&'a Body>,
    /// Whether the file will be checked again, so that it is worth its while to keep anything; with its text.
    pub(crate) keeping: Option<Arc<str>>,
    /// What they gave this time.
    pub(crate) now: Option<Body>,
}

/// What one statement of the run left to those behind it, and what it gave, where that can be given again.
#[derive(Debug, Default)]
struct Given {
    /// Whether the statement itself became a step.
    is_step: bool,
    added: Vec<Added>,
    /// What was known to be present behind it.
    learned: Vec<Path>,
    kept: Option<Arc<Kept>>,
}

/// A name that a statement of the run gives.
#[derive(Debug)]
struct Added {
    name: Arc<str>,
    of: Type,
    choice: Option<Type>,
    /// What every row that it names has passed. The places are those of the text in which the statement stands.
    rows: KeptRows,
}

/// What one statement gave. Its places are those of the text in which it was typed.
#[derive(Debug)]
struct Kept {
    /// Where the statement stood then.
    span: Span,
    line: u32,
    column: u32,
    /// Its steps, those before it that its expressions ask for among them.
    steps: Vec<Step>,
    /// The names that it gives to those behind it.
    locals: Vec<Arc<Local>>,
    /// The `let`s in it, in their order.
    lets: Vec<(Arc<str>, Type, Span)>,
    /// The grants that it needs.
    used: Vec<String>,
    /// The names of steps that it looked at, to see whether they are free.
    tried: Vec<Arc<str>>,
    /// The names of steps that it took, and whether something rests on the name.
    names: Vec<(Arc<str>, bool)>,
    /// The readings that it asked for.
    reads: Vec<PendingStep>,
    /// The names of steps that its expressions asked for.
    hoisted: Vec<Arc<str>>,
    notes: NotedPart,
}

/// The statements of a run while they are gone through.
struct Course<'b> {
    standing: Option<Standing<'b>>,
    pieces: Option<Pieces>,
    given: Vec<Given>,
}

impl<'a> Checker<'a> {
    /// Writes the statements of a run down, or takes over what they gave the last time.
    pub(super) fn run_statements(
        &mut self,
        building: &mut Building,
        file: &File,
        statements: &[&Statement],
        scope: &mut Scope,
    ) {
        let told = self.diagnostics.len();
        let mut course = self.course(file);
        let mut ended = None;
        for (number, statement) in statements.iter().enumerate() {
            self.begin_statement(statement, &mut ended);
            let before = course.before(number);
            let again = before.and_then(|(standing, given)| {
                self.again(standing, (number, given), statement, scope, building)
            });
            let given = if let Some(given) = again {
                given
            } else {
                let recording = self.begin_recording(building, scope);
                let step = self.statement(statement, scope, Around::RUN, building);
                let is_step = step.is_some();
                if let Some(step) = step {
                    building.place(step);
                }
                let given = self.end_recording(recording, statement, is_step, scope, building);
                course.typed(number, &given);
                given
            };
            if given.is_step {
                ended = self.end_behind(statement);
            }
            course.given.push(given);
        }
        let is_silent = self.diagnostics.len() == told && !self.memory.lets_are_asked;
        if let (Some(text), Some(pieces), true) =
            (self.bodies.keeping.clone(), course.pieces, is_silent)
        {
            self.bodies.now = Some(Body {
                text,
                pieces,
                statements: course.given,
                rows: self.rows_of_queries(),
                noted: self.notes.are_asked(),
                free_place: self.pending.free_place(),
            });
        }
    }

    /// What of the last time may hold, before the first statement is looked at.
    fn course(&mut self, file: &File) -> Course<'a> {
        let pieces = self.bodies.keeping.as_ref().and_then(|_| Pieces::of(file));
        let noted = self.notes.are_asked();
        let before = self.bodies.before.filter(|before| before.noted == noted);
        if let Some(before) = before {
            self.pending.number_places_from(before.free_place);
        }
        let standing = before.zip(pieces.as_ref()).and_then(|(before, pieces)| {
            let mut changed = self.unsteady();
            changed.extend(self.judged_anew(before));
            Standing::of(before, pieces, self.text, changed)
        });
        Course {
            standing,
            pieces,
            given: Vec::new(),
        }
    }

    fn rows_of_queries(&self) -> Vec<(String, Arc<RecordType>)> {
        let known = self.memory.queries.iter();
        let rows = known.filter_map(|(name, known)| match known {
            Known::Done(Some(facts)) => Some((name.clone(), facts.definition.row.clone())),
            Known::Done(None) | Known::Underway => None,
        });
        rows.collect()
    }

    /// The queries whose rows are not those of the last time.
    fn judged_anew(&self, before: &Body) -> Vec<String> {
        let is_kept = |name: &str, row: &Arc<RecordType>| match self.memory.queries.get(name) {
            Some(Known::Done(Some(facts))) => Arc::ptr_eq(&facts.definition.row, row),
            _ => false,
        };
        let rows = before.rows.iter().filter(|(name, row)| !is_kept(name, row));
        rows.map(|(name, _)| name.clone()).collect()
    }

    /// The names of which more is asked than the texts of this file tell, or whose use changes what is known to others.
    fn unsteady(&self) -> Vec<String> {
        let all = self.names.all().filter(|(_, what)| {
            matches!(
                what,
                Declared::State(_)
                    | Declared::Arriving(_)
                    | Declared::Asked(_)
                    | Declared::Playbook
                    | Declared::Predictor(_)
                    | Declared::Action(_)
            )
        });
        all.map(|(name, _)| name.to_owned()).collect()
    }
}

impl<'b> Course<'b> {
    /// What the statement of this number gave the last time, if the text of both is the same.
    fn before(&mut self, number: usize) -> Option<(&Standing<'b>, &'b Given)> {
        let standing = self.standing.as_mut()?;
        let given = standing.before(number, &self.given)?;
        Some((standing, given))
    }

    /// A statement was typed anew: what it leaves to those behind it may be something else than the last time.
    fn typed(&mut self, number: usize, given: &Given) {
        if let Some(standing) = &mut self.standing {
            standing.typed(number, given);
        }
    }
}

/// Whether two types are one and the same: whoever asks where a column comes from tells records apart that look alike.
fn is_same(one: &Type, other: &Type) -> bool {
    match (one, other) {
        (Type::Record(one), Type::Record(other)) | (Type::Table(one), Type::Table(other)) => {
            Arc::ptr_eq(one, other)
        }
        (Type::Optional(one), Type::Optional(other)) | (Type::List(one), Type::List(other)) => {
            Arc::ptr_eq(one, other) || is_same(one, other)
        }
        _ => one == other,
    }
}

/// A place that stands so many bytes further on.
fn moved(span: Span, by: i64) -> Span {
    let moved = |at: u32| u32::try_from(i64::from(at) + by).unwrap_or(0);
    Span {
        start: moved(span.start),
        end: moved(span.end),
    }
}

/// Whether one place stands inside another.
fn is_inside(inner: Span, outer: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
