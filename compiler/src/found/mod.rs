//! What a check finds by its place, for an editor: what each expression is, what each name stands for, which row a
//! stage looks at, and what the calls of a tool take.
//!
//! Kept true here: nothing in it decides anything of the check, and a check that nobody asked for it keeps nothing.

mod offered;
mod tried;

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_diagnostics::Span;
use sophia_language::syntax::{File, Item, TypeExpression};
use sophia_plan::step::Input;
use sophia_plan::types::{FieldType, RecordType, Type};

use crate::checker::Checker;
pub use crate::types::BUILT_IN_TYPES;
use crate::types::Scope;

pub use offered::{Argument, BuiltIn, Offered, built_ins, offered};
pub use tried::{Answers, Tried};

/// What was found in one file. Spans are places in its text.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// What each expression is. One whose type could not be derived is not among them.
    pub types: BTreeMap<Span, Type>,
    /// The names that statements and declarations make, by the place of the name: its text and its type.
    pub names: BTreeMap<Span, (Arc<str>, Type)>,
    /// The row or item that stages and their expressions look at, by the place of each.
    pub rows: BTreeMap<Span, Type>,
    /// The rows of the file's queries, by the query's name.
    pub queries: BTreeMap<String, Arc<RecordType>>,
    /// The types that the file declares, by their names.
    pub declared: BTreeMap<String, Type>,
    /// What stands at a place has to be of this type, whatever stands there; where nothing does yet, the place is empty.
    pub wanted: BTreeMap<Span, Type>,
    /// What the tests of the file can speak of.
    pub tried: Tried,
}

impl Places {
    /// The row that a place looks at: that of the smallest stage or expression around it.
    #[must_use]
    pub fn row_at(&self, offset: usize) -> Option<&Type> {
        let around = self.rows.iter().filter(|(span, _)| span.touches(offset));
        let nearest = around.min_by_key(|(span, _)| span.end - span.start);
        nearest.map(|(_, row)| row)
    }
}

/// What is noted while a file is checked; nothing, where nobody asked.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    noted: Option<Noted>,
}

/// What is noted so far. Of a place that is noted twice the later note counts.
#[derive(Debug, Default)]
struct Noted {
    /// All of it but what follows, which is put in its order at the end: there is much of it.
    places: Places,
    types: Vec<(Span, Type)>,
    rows: Vec<(Span, Type)>,
    wanted: Vec<(Span, Type)>,
}

/// How much was noted when something began.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Marked {
    types: usize,
    rows: usize,
    wanted: usize,
}

/// What was noted of a part of a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct NotedPart {
    types: Vec<(Span, Type)>,
    rows: Vec<(Span, Type)>,
    wanted: Vec<(Span, Type)>,
    names: Vec<(Span, (Arc<str>, Type))>,
}

impl Notes {
    /// How much is noted so far.
    pub(crate) fn mark(&self) -> Marked {
        self.noted
            .as_ref()
            .map_or_else(Marked::default, |noted| Marked {
                types: noted.types.len(),
                rows: noted.rows.len(),
                wanted: noted.wanted.len(),
            })
    }

    /// What was noted since then of a part of the file.
    pub(crate) fn since(&self, marked: &Marked, part: Span) -> NotedPart {
        let Some(noted) = &self.noted else {
            return NotedPart::default();
        };
        let within = |all: &[(Span, Type)], from: usize| -> Vec<(Span, Type)> {
            let since = all.get(from..).unwrap_or_default().iter();
            let within = since.filter(|(span, _)| part.start <= span.start && span.end <= part.end);
            within.cloned().collect()
        };
        let (start, end) = (part.start, part.end);
        let names =
            (noted.places.names).range(Span { start, end: start }..Span { start: end, end });
        NotedPart {
            types: within(&noted.types, marked.types),
            rows: within(&noted.rows, marked.rows),
            wanted: within(&noted.wanted, marked.wanted),
            names: names.map(|(span, named)| (*span, named.clone())).collect(),
        }
    }

    /// Notes a part again, each place of it where it is now.
    pub(crate) fn take_over(&mut self, part: &NotedPart, place: impl Fn(Span) -> Span) {
        let Some(noted) = &mut self.noted else {
            return;
        };
        let placed = |all: &[(Span, Type)], to: &mut Vec<(Span, Type)>| {
            to.extend(all.iter().map(|(span, of)| (place(*span), of.clone())));
        };
        placed(&part.types, &mut noted.types);
        placed(&part.rows, &mut noted.rows);
        placed(&part.wanted, &mut noted.wanted);
        let names = part.names.iter();
        let names = names.map(|(span, named)| (place(*span), named.clone()));
        noted.places.names.extend(names);
    }

    /// Notes from here on.
    pub(crate) fn begin(&mut self) {
        self.noted = Some(Noted::default());
    }

    /// Whether somebody asked.
    pub(crate) fn are_asked(&self) -> bool {
        self.noted.is_some()
    }

    /// An expression was typed.
    pub(crate) fn expression(&mut self, span: Span, of: &Type, scope: &Scope) {
        let Some(noted) = &mut self.noted else {
            return;
        };
        if *of != Type::Unknown {
            noted.types.push((span, of.clone()));
        }
        if let Some(row) = &scope.row {
            noted.rows.push((span, row.item.clone()));
        }
        // What stands further out was noted when it was met.
        let names = &mut noted.places.names;
        for local in scope.innermost_first() {
            let known = names.get(&local.span);
            if known.is_some() {
                break;
            }
            let named = (local.name.clone(), local.of.clone());
            names.insert(local.span, named);
        }
    }

    /// What stands at a place has to be of this type.
    pub(crate) fn wanted(&mut self, span: Span, of: &Type) {
        if let Some(noted) = &mut self.noted
            && *of != Type::Unknown
        {
            noted.wanted.push((span, of.clone()));
        }
    }

    /// A record stands at a place, and may have these fields; each says whether it has to be there.
    pub(crate) fn wanted_fields<'t>(
        &mut self,
        span: Span,
        fields: impl IntoIterator<Item = (&'t Arc<str>, &'t Type, bool)>,
    ) {
        if !self.are_asked() {
            return;
        }
        let fields = fields.into_iter().map(|(name, of, needed)| {
            let of = if needed {
                of.clone()
            } else {
                of.clone().optional()
            };
            FieldType::new(name.clone(), of)
        });
        let record = RecordType {
            name: None,
            fields: fields.collect(),
        };
        self.wanted(span, &Type::Record(Arc::new(record)));
    }

    /// What the tests of the file can speak of.
    pub(crate) fn tried(&mut self, tried: Tried) {
        if let Some(noted) = &mut self.noted {
            noted.places.tried = tried;
        }
    }

    /// A name was made.
    pub(crate) fn name(&mut self, name: &str, of: &Type, span: Span) {
        if let Some(noted) = &mut self.noted {
            let named = (Arc::from(name), of.clone());
            noted.places.names.insert(span, named);
        }
    }

    /// A stage looks at rows of this type.
    pub(crate) fn stage(&mut self, span: Span, item: &Type) {
        if let Some(noted) = &mut self.noted {
            noted.rows.push((span, item.clone()));
        }
    }

    /// A query gives rows of this type.
    pub(crate) fn query(&mut self, name: &str, row: &Arc<RecordType>) {
        if let Some(noted) = &mut self.noted {
            noted.places.queries.insert(name.to_owned(), row.clone());
        }
    }

    /// A type is declared.
    pub(crate) fn declared(&mut self, name: &str, of: &Type) {
        if let Some(noted) = &mut self.noted {
            noted.places.declared.insert(name.to_owned(), of.clone());
        }
    }

    /// What was noted.
    pub(crate) fn finish(&mut self) -> Option<Arc<Places>> {
        let noted = self.noted.take()?;
        Some(Arc::new(Places {
            types: noted.types.into_iter().collect(),
            rows: noted.rows.into_iter().collect(),
            wanted: noted.wanted.into_iter().collect(),
            ..noted.places
        }))
    }
}

impl Checker<'_> {
    /// A record stands at a place that sets the inputs of the playbook.
    pub(crate) fn note_inputs(&mut self, span: Span, inputs: &[Input]) {
        let inputs = inputs.iter();
        let fields = inputs.map(|input| (&input.name, &input.of, input.default.is_none()));
        self.notes.wanted_fields(span, fields);
    }

    /// Notes what the declarations of a file are that nothing has used.
    pub(crate) fn note_declared(&mut self, file: &File) {
        if !self.notes.are_asked() {
            return;
        }
        // Whatever is wrong with them has been told.
        let before = self.diagnostics.len();
        for item in &file.items {
            match item {
                Item::Query(query) => {
                    self.query(&query.name.text);
                }
                Item::Type(declared) => {
                    let of = self.resolve_type(&TypeExpression::Named(declared.name.clone()));
                    self.notes.declared(&declared.name.text, &of);
                }
                Item::Input(input) => {
                    let of = self.resolve_type(&input.of);
                    self.notes.name(&input.name.text, &of, input.name.span);
                }
                _ => {}
            }
        }
        self.diagnostics.truncate(before);
    }
}
