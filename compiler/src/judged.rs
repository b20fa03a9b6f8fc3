//! SQL that was judged, so that an edit elsewhere in its file does not let it be judged again.
//!
//! Kept true here: only what rests on nothing but the text, the connection and the settings is kept: a shape
//! without complaints, for these would have another place.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, Span};
use sophia_language::syntax::SqlText;

use crate::facts::{ReadShape, WriteShape};
use crate::query::{CommandShape, QueryRequest, QueryShape, check_command, check_query};

/// What the SQL of a file was judged to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Judged {
    queries: BTreeMap<Asked, Judgement<QueryShape>>,
    commands: BTreeMap<Asked, Judgement<CommandShape>>,
}

/// What a text was judged to be. A clone shares it.
#[derive(Debug)]
pub(crate) struct Judgement<T: Shape> {
    pub(crate) shape: Arc<T>,
    /// What it is made of.
    pub(crate) traced: Arc<T::Traced>,
    /// Where the text began when it was judged, which its places are counted from.
    start: u32,
}

impl<T: Shape> Clone for Judgement<T> {
    fn clone(&self) -> Self {
        Self {
            shape: self.shape.clone(),
            traced: self.traced.clone(),
            start: self.start,
        }
    }
}

impl<T: Shape> Judgement<T> {
    /// Where a place of the shape is in SQL that says the same.
    pub(crate) fn place_in(&self, sql: &SqlText, place: Span) -> Span {
        let moved = |at: u32| at.saturating_sub(self.start).saturating_add(sql.start);
        Span {
            start: moved(place.start),
            end: moved(place.end),
        }
    }
}

/// What a judgement rests on, besides the manifest and the lock.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asked {
    connection: String,
    text: String,
    /// Where the holes begin and end in the text.
    holes: Vec<(u32, u32)>,
}

impl Asked {
    pub(crate) fn of(connection: &str, sql: &SqlText) -> Self {
        let holes = sql.holes.iter().map(|(_, span)| {
            let from_start = |place: u32| place.saturating_sub(sql.start);
            (from_start(span.start), from_start(span.end))
        });
        Self {
            connection: connection.to_owned(),
            text: sql.text.clone(),
            holes: holes.collect(),
        }
    }
}

/// A shape that SQL can have.
pub(crate) trait Shape: Sized {
    /// What it is made of.
    type Traced: std::fmt::Debug;
    /// Judges a text.
    fn judge(request: &QueryRequest<'_>) -> Result<Self, Vec<Diagnostic>>;
    /// Says what it is made of.
    fn traced(&self) -> Self::Traced;
    /// Where shapes of this kind are kept.
    fn of(judged: &Judged) -> &BTreeMap<Asked, Judgement<Self>>;
    /// The same, to keep one more.
    fn of_mut(judged: &mut Judged) -> &mut BTreeMap<Asked, Judgement<Self>>;
    /// What a person should look at.
    fn warnings(&self) -> &[Diagnostic];
}

impl Shape for QueryShape {
    type Traced = ReadShape;

    fn judge(request: &QueryRequest<'_>) -> Result<Self, Vec<Diagnostic>> {
        check_query(request)
    }

    fn traced(&self) -> ReadShape {
        ReadShape::of(self)
    }

    fn of(judged: &Judged) -> &BTreeMap<Asked, Judgement<Self>> {
        &judged.queries
    }

    fn of_mut(judged: &mut Judged) -> &mut BTreeMap<Asked, Judgement<Self>> {
        &mut judged.queries
    }

    fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }
}

impl Shape for CommandShape {
    type Traced = WriteShape;

    fn judge(request: &QueryRequest<'_>) -> Result<Self, Vec<Diagnostic>> {
        check_command(request)
    }

    fn traced(&self) -> WriteShape {
        WriteShape::of(self)
    }

    fn of(judged: &Judged) -> &BTreeMap<Asked, Judgement<Self>> {
        &judged.commands
    }

    fn of_mut(judged: &mut Judged) -> &mut BTreeMap<Asked, Judgement<Self>> {
        &mut judged.commands
    }

    fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }
}

impl Judged {
    /// Judges a text, unless `before` knows what would come out.
    pub(crate) fn judge<T: Shape>(
        &mut self,
        before: Option<&Self>,
        request: &QueryRequest<'_>,
    ) -> Result<Judgement<T>, Vec<Diagnostic>> {
        let asked = Asked::of(request.connection, request.sql);
        if let Some(known) = T::of(self).get(&asked) {
            return Ok(known.clone());
        }
        let known = before.and_then(|before| T::of(before).get(&asked));
        let judgement = if let Some(known) = known {
            known.clone()
        } else {
            let shape = T::judge(request)?;
            Judgement {
                traced: Arc::new(shape.traced()),
                shape: Arc::new(shape),
                start: request.sql.start,
            }
        };
        if judgement.shape.warnings().is_empty() {
            T::of_mut(self).insert(asked, judgement.clone());
        }
        Ok(judgement)
    }
}
