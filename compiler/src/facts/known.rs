//! What is known about a value before the run: its shape, and for each part its label.
//!
//! Kept true here: what a part carries is never less than what it would carry alone; looking inside
//! a record or a list adds the level of what decided that it is there.

use std::sync::Arc;

use sophia_plan::types::{RecordType, Type};

use super::label::{Label, Mark};
use super::trail::Trail;

/// What is known about a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// What the value itself carries; of a record or a list, that it is there and how long it is.
    pub label: Label,
    /// What is known about what is inside.
    pub parts: Parts,
}

/// The inside of a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Parts {
    /// Nothing apart from the value itself is known: what is inside carries the same.
    #[default]
    Whole,
    /// The fields of a record.
    Fields(Arc<Vec<(Arc<str>, Known)>>),
    /// Each item of a list, each row of a table.
    Items(Arc<Known>),
}

impl Known {
    /// A value without an inside.
    #[must_use]
    pub fn scalar(label: Label) -> Self {
        Self {
            label,
            ..Self::default()
        }
    }

    /// A record.
    #[must_use]
    pub fn record(label: Label, fields: Vec<(Arc<str>, Self)>) -> Self {
        Self {
            label,
            parts: Parts::Fields(Arc::new(fields)),
        }
    }

    /// A list or a table.
    #[must_use]
    pub fn list(label: Label, item: Self) -> Self {
        Self {
            label,
            parts: Parts::Items(Arc::new(item)),
        }
    }

    /// A value of a type that carries one label: what the type enumerates keeps the level alone, and
    /// the labels that the type writes are added.
    #[must_use]
    pub fn typed(of: &Type, label: &Label) -> Self {
        match of {
            Type::Boolean | Type::Literals(_) | Type::Range { .. } => {
                Self::scalar(label.only_level())
            }
            Type::Optional(inner) => Self::typed(inner, label),
            Type::List(item) => Self::list(label.clone(), Self::typed(item, label)),
            Type::Table(row) => Self::list(label.clone(), Self::typed_record(row, label)),
            Type::Record(record) => Self::typed_record(record, label),
            _ => Self::scalar(label.clone()),
        }
    }

    fn typed_record(record: &RecordType, label: &Label) -> Self {
        let fields = record
            .fields
            .iter()
            .map(|field| {
                let mut known = Self::typed(&field.of, label);
                known.add_written(&field.labels);
                (field.name.clone(), known)
            })
            .collect();
        Self::record(label.clone(), fields)
    }

    /// Adds the labels that a type writes behind its fields, wherever they stand in it.
    pub fn add_type(&mut self, of: &Type) {
        let record = match of.present() {
            Type::Record(record) => record,
            Type::Table(row) => {
                return self.change_items(|item| item.add_type(&Type::Record(row.clone())));
            }
            Type::List(item) => return self.change_items(|known| known.add_type(item)),
            _ => return,
        };
        if record.fields.iter().all(is_plain) {
            return;
        }
        let label = self.label.clone();
        match &mut self.parts {
            Parts::Fields(fields) => {
                for (name, known) in Arc::make_mut(fields) {
                    if let Some(field) = record.field(name) {
                        known.add_type(&field.of);
                        known.add_written(&field.labels);
                    }
                }
            }
            Parts::Whole | Parts::Items(_) => *self = Self::typed_record(record, &label),
        }
    }

    fn change_items(&mut self, change: impl FnOnce(&mut Self)) {
        if let Parts::Items(item) = &mut self.parts {
            change(Arc::make_mut(item));
        }
    }

    fn add_written(&mut self, labels: &[Arc<str>]) {
        for written in labels {
            let mark = Mark::parse(written);
            self.each(&mut |label| label.mark(mark.clone(), Trail::default()));
        }
    }

    /// A field of a record. What decided that the record is there counts for it too.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        let mut found = match &self.parts {
            Parts::Fields(fields) => fields
                .iter()
                .find(|(field, _)| **field == *name)
                .map_or_else(|| self.flat(), |(_, known)| known.clone()),
            Parts::Whole => self.flat(),
            Parts::Items(_) => Self::scalar(self.whole()),
        };
        found.label.join_level(&self.label);
        found
    }

    /// One item of a list.
    #[must_use]
    pub fn item(&self) -> Self {
        let mut found = match &self.parts {
            Parts::Items(item) => (**item).clone(),
            Parts::Whole => self.flat(),
            Parts::Fields(_) => Self::scalar(self.whole()),
        };
        found.label.join_level(&self.label);
        found
    }

    /// The same label without what is known about size, for a part of an unknown inside.
    fn flat(&self) -> Self {
        Self::scalar(self.label.clone())
    }

    /// Everything together.
    #[must_use]
    pub fn whole(&self) -> Label {
        let mut label = self.label.clone();
        match &self.parts {
            Parts::Whole => {}
            Parts::Fields(fields) => {
                for (_, known) in fields.iter() {
                    label.join(&known.whole());
                }
            }
            Parts::Items(item) => label.join(&item.whole()),
        }
        label
    }

    /// Changes every label inside and the value's own.
    pub fn each(&mut self, change: &mut impl FnMut(&mut Label)) {
        change(&mut self.label);
        match &mut self.parts {
            Parts::Whole => {}
            Parts::Fields(fields) => {
                for (_, known) in Arc::make_mut(fields) {
                    known.each(change);
                }
            }
            Parts::Items(item) => Arc::make_mut(item).each(change),
        }
    }

    /// Puts a field there, or in the place of another of its name.
    pub fn set(&mut self, name: &Arc<str>, known: Self) {
        if let Parts::Fields(fields) = &mut self.parts {
            let fields = Arc::make_mut(fields);
            match fields.iter_mut().find(|(field, _)| field == name) {
                Some((_, place)) => *place = known,
                None => fields.push((name.clone(), known)),
            }
        }
    }

    /// What holds of either value.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        let mut label = self.label.clone();
        label.join(&other.label);
        let parts = match (&self.parts, &other.parts) {
            (Parts::Whole, Parts::Whole) => Parts::Whole,
            (Parts::Items(mine), Parts::Items(theirs)) => Parts::Items(Arc::new(mine.join(theirs))),
            (Parts::Fields(mine), Parts::Fields(theirs)) => {
                let mut fields: Vec<(Arc<str>, Self)> = Vec::with_capacity(mine.len());
                for (name, known) in mine.iter() {
                    let both = theirs
                        .iter()
                        .find(|(theirs, _)| theirs == name)
                        .map_or_else(|| known.clone(), |(_, theirs)| known.join(theirs));
                    fields.push((name.clone(), both));
                }
                for (name, known) in theirs.iter() {
                    if !mine.iter().any(|(mine, _)| mine == name) {
                        fields.push((name.clone(), known.clone()));
                    }
                }
                Parts::Fields(Arc::new(fields))
            }
            (Parts::Whole, inner) => inner.joined(&self.label),
            (inner, Parts::Whole) => inner.joined(&other.label),
            // Values of different shapes: only what they carry together is known.
            _ => {
                label.join(&self.whole());
                label.join(&other.whole());
                Parts::Whole
            }
        };
        Self { label, parts }
    }

    /// Whether both say the same, whatever way it came.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.label.same(&other.label)
            && match (&self.parts, &other.parts) {
                (Parts::Whole, Parts::Whole) => true,
                (Parts::Items(mine), Parts::Items(theirs)) => mine.same(theirs),
                (Parts::Fields(mine), Parts::Fields(theirs)) => {
                    mine.len() == theirs.len()
                        && mine
                            .iter()
                            .zip(theirs.iter())
                            .all(|(mine, theirs)| mine.0 == theirs.0 && mine.1.same(&theirs.1))
                }
                _ => false,
            }
    }
}

impl Parts {
    /// These parts, each with another label too.
    fn joined(&self, label: &Label) -> Self {
        match self {
            Self::Whole => Self::Whole,
            Self::Fields(fields) => Self::Fields(Arc::new(
                fields
                    .iter()
                    .map(|(name, known)| {
                        let mut known = known.clone();
                        known.each(&mut |inner| inner.join(label));
                        (name.clone(), known)
                    })
                    .collect(),
            )),
            Self::Items(item) => {
                let mut item = (**item).clone();
                item.each(&mut |inner| inner.join(label));
                Self::Items(Arc::new(item))
            }
        }
    }
}

/// Whether a field of a type writes no label, neither its own nor inside.
fn is_plain(field: &sophia_plan::types::FieldType) -> bool {
    field.labels.is_empty() && plain(&field.of)
}

fn plain(of: &Type) -> bool {
    match of.present() {
        Type::Record(record) | Type::Table(record) => record.fields.iter().all(is_plain),
        Type::List(item) => plain(item),
        _ => true,
    }
}
