//! The type of a column, from everything that stands in it.

use crate::written;

/// What all values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnKind {
    Integer,
    Number,
    Date,
    Timestamp,
    Boolean,
    Text,
}

/// From the narrowest. An integer column is a number column too, and a text column in any case.
const KINDS: [ColumnKind; 6] = [
    ColumnKind::Boolean,
    ColumnKind::Integer,
    ColumnKind::Number,
    ColumnKind::Date,
    ColumnKind::Timestamp,
    ColumnKind::Text,
];

/// A cell as it goes into the database.
pub(super) enum Stored {
    Nothing,
    Integer(i64),
    Number(f64),
    Text(String),
}

impl ColumnKind {
    /// The declared type.
    pub(super) fn declared(self) -> &'static str {
        match self {
            Self::Integer => "INTEGER",
            Self::Number => "REAL",
            Self::Date => "DATE",
            Self::Timestamp => "TIMESTAMP",
            Self::Boolean => "BOOLEAN",
            Self::Text => "TEXT",
        }
    }

    /// A cell as this kind; `None` when it is of another. Blank cells are of every kind.
    pub(super) fn store(self, cell: &str) -> Option<Stored> {
        let trimmed = cell.trim();
        if trimmed.is_empty() {
            return Some(Stored::Nothing);
        }
        match self {
            Self::Integer => written::integer(trimmed).map(Stored::Integer),
            Self::Number => written::number(trimmed).map(Stored::Number),
            Self::Date => written::date(trimmed).map(|date| Stored::Text(date.to_string())),
            Self::Timestamp => written::timestamp(trimmed)
                .map(|instant| Stored::Text(written::write_timestamp(instant))),
            Self::Boolean => written::boolean(trimmed).map(|word| Stored::Integer(word.into())),
            Self::Text => Some(Stored::Text(cell.to_owned())),
        }
    }
}

/// What is known of a column after some of its cells.
#[derive(Clone, Debug)]
pub(super) struct Guess {
    /// Those that all cells so far can be, the narrowest first.
    possible: Vec<ColumnKind>,
    blanks: bool,
    values: bool,
}

impl Guess {
    pub(super) fn new() -> Self {
        Self {
            possible: KINDS.to_vec(),
            blanks: false,
            values: false,
        }
    }

    pub(super) fn see(&mut self, cell: &str) {
        if cell.trim().is_empty() {
            self.blanks = true;
            return;
        }
        self.values = true;
        self.possible.retain(|kind| kind.store(cell).is_some());
    }

    /// The narrowest kind; text where nothing stands in the column.
    pub(super) fn kind(&self) -> ColumnKind {
        match self.possible.first() {
            Some(kind) if self.values => *kind,
            _ => ColumnKind::Text,
        }
    }

    /// Whether a value was missing, or none was ever there.
    pub(super) fn nullable(&self) -> bool {
        self.blanks || !self.values
    }
}
