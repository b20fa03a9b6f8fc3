//! The labels that people wrote: in the lock, and in `[labels]` of the manifest.
//!
//! Kept true here: what nobody labelled is `internal`; what nobody confirmed is untrusted. The word
//! `trusted` is a person's confirmation, nothing else is.

use std::sync::Arc;

use sophia_plan::types::Type;

use super::known::{Known, Parts};
use super::label::{Label, Level, Mark};
use super::pass::Walk;
use super::trail::{Stop, Trail};
use crate::sources::{Home, Spot};

/// The word by which a person confirms that a value may steer.
pub(crate) const TRUSTED: &str = "trusted";

impl Walk<'_> {
    /// What the manifest writes about a path, and what the lock writes about it.
    fn words(&self, path: &str, pinned: &[String]) -> Vec<String> {
        let mut words = pinned.to_vec();
        if let Some(written) = self.project.manifest.labels.get(path) {
            words.extend(written.iter().cloned());
        }
        words
    }

    /// The label of something that the manifest may name by its path.
    pub(super) fn written_label(&self, path: &str, what: &str, spot: &Spot) -> Label {
        labelled(&self.words(path, &[]), what, spot)
    }

    /// A value of a type whose fields the manifest may name below a path. What the type enumerates
    /// needs nobody's confirmation.
    pub(super) fn inside(
        &self,
        path: &str,
        what: &str,
        of: &Type,
        label: &Label,
        spot: &Spot,
    ) -> Known {
        let mut known = Known::typed(of, label);
        self.name_fields(&mut known, path, what, of, &|_| Vec::new(), spot);
        known
    }

    fn name_fields(
        &self,
        known: &mut Known,
        path: &str,
        what: &str,
        of: &Type,
        pinned: &dyn Fn(&str) -> Vec<String>,
        spot: &Spot,
    ) {
        match (&mut known.parts, of.present()) {
            (Parts::Items(item), Type::List(of)) => {
                self.name_fields(Arc::make_mut(item), path, what, of, pinned, spot);
            }
            (Parts::Items(item), Type::Table(row)) => {
                let of = Type::Record(row.clone());
                self.name_fields(Arc::make_mut(item), path, what, &of, pinned, spot);
            }
            (Parts::Fields(fields), Type::Record(record)) => {
                for (name, known) in Arc::make_mut(fields) {
                    let below = format!("{path}.{name}");
                    let words = self.words(&below, &pinned(&below));
                    let what = format!("{what}.{name}");
                    if !words.is_empty() {
                        let named = labelled(&words, &what, spot);
                        known.each(&mut |label| {
                            for atom in named.atoms() {
                                label.mark(atom.mark.clone(), atom.trail.clone());
                            }
                            if named.doubt.is_none() {
                                label.doubt = None;
                            }
                        });
                    }
                    if let Some(field) = record.field(name) {
                        self.name_fields(known, &below, &what, &field.of, pinned, spot);
                    }
                }
            }
            _ => {}
        }
    }

    /// What the result of a tool's call carries: what the lock or the manifest says, or else the join of
    /// its arguments.
    pub(super) fn tool_result(
        &self,
        tool: &Arc<str>,
        call: &Arc<str>,
        of: &Type,
        arguments: &Label,
        spot: &Spot,
    ) -> Known {
        let path = format!("{tool}.{call}");
        let pinned = self
            .project
            .catalogue
            .tools
            .get(&**tool)
            .and_then(|server| server.calls.get(&**call));
        let pinned = |below: &str| -> Vec<String> {
            let inside = below
                .strip_prefix(path.as_str())
                .map(|rest| rest.trim_start_matches('.'));
            inside
                .zip(pinned)
                .and_then(|(inside, call)| call.labels.get(inside))
                .cloned()
                .unwrap_or_default()
        };
        let words = self.words(&path, &pinned(&path));
        let lock = Spot {
            home: Home::Lock,
            ..Spot::default()
        };
        let secret = words.iter().any(|word| word != TRUSTED);
        let mut label = labelled(&words, &path, if secret { &lock } else { spot });
        if !secret {
            let mut given = arguments.clone();
            given.doubt = None;
            label.join(&given);
        }
        let mut known = Known::typed(of, &label);
        self.name_fields(&mut known, &path, &path, of, &pinned, spot);
        known
    }

    /// What came in from outside under a name such as `gong.call_completed`.
    pub(super) fn delivered(&self, event: &Arc<str>, of: &Type, spot: &Spot) -> Known {
        let label = self.written_label(event, event, spot);
        self.inside(event, event, of, &label, spot)
    }

    /// What a column carries.
    pub(super) fn column(&self, connection: &str, table: &str, column: &str) -> Label {
        let words = self.project.column_words(connection, table, column);
        let path = format!("{connection}.{table}.{column}");
        let lock = Spot {
            home: Home::Lock,
            ..Spot::default()
        };
        labelled(&words, &path, &lock)
    }

    /// What a row of a table carries, column by column.
    pub(super) fn row_of(&self, connection: &str, table: &str) -> Known {
        let columns = self
            .project
            .catalogue
            .connections
            .get(connection)
            .and_then(|connection| connection.tables.get(table));
        let fields = columns
            .into_iter()
            .flat_map(|table| &table.columns)
            .map(|column| {
                let label = self.column(connection, table, &column.name);
                let name = Arc::from(column.name.to_lowercase());
                (name, Known::scalar(label))
            })
            .collect();
        Known::record(Label::public(), fields)
    }
}

pub(super) fn stop(what: &str, note: &str, spot: Spot) -> Stop {
    Stop {
        what: Arc::from(what),
        note: Arc::from(note),
        spot,
    }
}

/// `internal`, with the place that it comes from.
pub(super) fn internal(what: &str, note: &str, spot: Spot) -> Label {
    Label::level(Level::Internal, Trail::from(stop(what, note, spot)))
}

/// The same label, untrusted.
pub(super) fn doubted(mut label: Label, what: &str, spot: Spot) -> Label {
    label.doubt(Trail::from(stop(what, "untrusted", spot)));
    label
}

/// The label that words stand for.
fn labelled(words: &[String], what: &str, spot: &Spot) -> Label {
    let mut label = Label::public();
    let mut level = None;
    for word in words.iter().filter(|word| *word != TRUSTED) {
        let mark = Mark::parse(word);
        let trail = Trail::from(stop(what, &mark.to_string(), spot.clone()));
        if let Mark::Level(written) = &mark {
            level = level.max(Some(*written));
        }
        label.mark(mark, trail);
    }
    if level.is_none() {
        let trail = Trail::from(stop(what, "", spot.clone()));
        label.mark(Mark::Level(Level::Internal), trail);
    }
    if !words.iter().any(|word| word == TRUSTED) {
        label.doubt(Trail::from(stop(what, "untrusted", spot.clone())));
    }
    label
}
