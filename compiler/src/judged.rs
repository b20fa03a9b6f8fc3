//! SQL that was judged, so that an edit elsewhere in its file does not let it be judged again.
//!
//! Kept true here: only what rests on nothing but the text, the connection and the settings is kept: a shape
//! without complaints, for these would have another place.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, Span};
use sophia_language::syntax::SqlText;

use crate::query::{CommandShape, QueryRequest, QueryShape, check_command, check_query};

/// What the SQL of a file was judged to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Judged {
    queries: BTreeMap<Asked, Kept<QueryShape>>,
    commands: BTreeMap<Asked, Kept<CommandShape>>,
}

/// A shape, and where the text began that it was made of.
#[derive(Clone, Debug)]
pub(crate) struct Kept<T> {
    start: u32,
    shape: Arc<T>,
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
pub(crate) trait Shape: Clone {
    /// Judges a text.
    fn judge(request: &QueryRequest<'_>) -> Result<Self, Vec<Diagnostic>>;
    /// Where shapes of this kind are kept.
    fn of(judged: &Judged) -> &BTreeMap<Asked, Kept<Self>>;
    /// The same, to keep one more.
    fn of_mut(judged: &mut Judged) -> &mut BTreeMap<Asked, Kept<Self>>;
    /// What a person should look at.
    fn warnings(&self) -> &[Diagnostic];
    /// The places in the text that it names.
    fn places(&mut self) -> Vec<&mut Span>;
}

impl Shape for QueryShape {
    fn judge(request: &QueryRequest<'_>) -> Result<Self, Vec<Diagnostic>> {
        check_query(request)
    }

    fn of(judged: &Judged) -> &BTreeMap<Asked, Kept<Self>> {
        &judged.queries
    }

    fn of_mut(judged: &mut Judged) -> &mut BTreeMap<Asked, Kept<Self>> {
        &mut judged.queries
    }

    fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    fn places(&mut self) -> Vec<&mut Span> {
        self.kept.iter_mut().map(|(_, place)| place).collect()
    }
}

impl Shape for CommandShape {
    fn judge(request: &QueryRequest<'_>) -> Result<Self, Vec<Diagnostic>> {
        check_command(request)
    }

    fn of(judged: &Judged) -> &BTreeMap<Asked, Kept<Self>> {
        &judged.commands
    }

    fn of_mut(judged: &mut Judged) -> &mut BTreeMap<Asked, Kept<Self>> {
        &mut judged.commands
    }

    fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    fn places(&mut self) -> Vec<&mut Span> {
        Vec::new()
    }
}

impl Judged {
    /// Judges a text, unless `before` knows what would come out.
    pub(crate) fn judge<T: Shape>(
        &mut self,
        before: Option<&Self>,
        request: &QueryRequest<'_>,
    ) -> Result<T, Vec<Diagnostic>> {
        let asked = Asked::of(request.connection, request.sql);
        let known = T::of(self).get(&asked);
        let known = known.or_else(|| before.and_then(|before| T::of(before).get(&asked)));
        let start = request.sql.start;
        let shape = match known {
            Some(known) if known.start == start => known.shape.clone(),
            Some(known) => {
                let mut shape = (*known.shape).clone();
                let moved = |place: u32| place.saturating_sub(known.start).saturating_add(start);
                for place in shape.places() {
                    *place = Span {
                        start: moved(place.start),
                        end: moved(place.end),
                    };
                }
                Arc::new(shape)
            }
            None => Arc::new(T::judge(request)?),
        };
        if shape.warnings().is_empty() {
            let shape = shape.clone();
            T::of_mut(self).insert(asked, Kept { start, shape });
        }
        Ok(Arc::unwrap_or_clone(shape))
    }
}
