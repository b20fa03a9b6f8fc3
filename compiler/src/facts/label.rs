//! The two lattices of labels: how secret a value is, and whether it may steer.
//!
//! Kept true here: joining never forgets a mark or a doubt; every mark remembers one way on which it
//! came. What takes marks away has a name of its own.

use std::fmt;
use std::sync::Arc;

use super::trail::Trail;

/// How secret a value is, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the levels of the language by their names")]
pub enum Level {
    Public,
    Internal,
    Confidential,
    Restricted,
}

impl Level {
    /// Every level, from the least to the most.
    pub const ALL: [Self; 4] = [
        Self::Public,
        Self::Internal,
        Self::Confidential,
        Self::Restricted,
    ];

    /// The level of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }

    /// The word of a level: `confidential`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Confidential => "confidential",
            Self::Restricted => "restricted",
        }
    }
}

/// A category without its `@`: `pii.email`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Category(pub Arc<str>);

impl Category {
    /// Whether what is cleared for this is cleared for `other`: `pii` covers `pii.email`.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other
            .0
            .strip_prefix(&*self.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

/// One thing that makes a value secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// How secret it is.
    Level(Level),
    /// What it tells about somebody or something.
    Category(Category),
}

impl Mark {
    /// The mark that a word of a catalogue or a type stands for: `confidential`, `pii.email`.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        let word = word.trim_start_matches('@');
        Level::parse(word).map_or_else(|| Self::Category(Category(Arc::from(word))), Self::Level)
    }
}

/// As an analyst writes it: `confidential`, `@pii.email`.
impl fmt::Display for Mark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level(level) => formatter.write_str(level.word()),
            Self::Category(category) => write!(formatter, "@{}", category.0),
        }
    }
}

/// A mark, how it came, and where it may go all the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Atom {
    /// The mark.
    pub mark: Mark,
    /// How it came here.
    pub trail: Trail,
    /// The one destination that it was released for.
    pub released: Option<Arc<str>>,
}

/// Why a value may not steer.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubt {
    /// How it came here.
    pub trail: Trail,
    /// The column, as `connection.table.column`, in which the value is known not to stand: there it
    /// can be a key, because it meets no row.
    pub new_in: Option<Arc<str>>,
}

/// What a value carries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Label {
    /// Sorted by mark and release; `public` is left out, and so is a level under a higher one.
    atoms: Vec<Atom>,
    /// Set where nothing vouches for the value.
    pub doubt: Option<Doubt>,
}

impl Label {
    /// What the writer of the playbook wrote: public and trusted.
    #[must_use]
    pub fn public() -> Self {
        Self::default()
    }

    /// One mark.
    #[must_use]
    pub fn of(mark: Mark, trail: Trail) -> Self {
        let mut label = Self::default();
        label.mark(mark, trail);
        label
    }

    /// A level without categories.
    #[must_use]
    pub fn level(level: Level, trail: Trail) -> Self {
        Self::of(Mark::Level(level), trail)
    }

    /// What makes it secret.
    #[must_use]
    pub fn atoms(&self) -> &[Atom] {
        &self.atoms
    }

    /// The highest level.
    #[must_use]
    pub fn highest(&self) -> Level {
        self.atoms
            .iter()
            .filter_map(|atom| match atom.mark {
                Mark::Level(level) => Some(level),
                Mark::Category(_) => None,
            })
            .max()
            .unwrap_or(Level::Public)
    }

    /// Adds a mark.
    pub fn mark(&mut self, mark: Mark, trail: Trail) {
        self.add(Atom {
            mark,
            trail,
            released: None,
        });
    }

    /// Makes it untrusted, unless it is already.
    pub fn doubt(&mut self, trail: Trail) {
        self.doubt.get_or_insert(Doubt {
            trail,
            new_in: None,
        });
    }

    fn add(&mut self, atom: Atom) {
        if atom.mark == Mark::Level(Level::Public) {
            return;
        }
        if let Mark::Level(level) = &atom.mark {
            let told = |known: &Atom| match &known.mark {
                Mark::Level(other) => {
                    other >= level && (known.released.is_none() || known.released == atom.released)
                }
                Mark::Category(_) => false,
            };
            if self.atoms.iter().any(told) {
                return;
            }
            self.atoms.retain(|known| match &known.mark {
                Mark::Level(other) => {
                    other > level || (atom.released.is_some() && known.released != atom.released)
                }
                Mark::Category(_) => true,
            });
        } else {
            let same = |known: &Atom| {
                known.mark == atom.mark
                    && (known.released.is_none() || known.released == atom.released)
            };
            if self.atoms.iter().any(same) {
                return;
            }
            if atom.released.is_none() {
                self.atoms.retain(|known| known.mark != atom.mark);
            }
        }
        let place = self
            .atoms
            .partition_point(|known| (&known.mark, &known.released) < (&atom.mark, &atom.released));
        self.atoms.insert(place, atom);
    }

    /// Adds everything that another value carries.
    pub fn join(&mut self, other: &Self) {
        for atom in &other.atoms {
            self.add(atom.clone());
        }
        match (&mut self.doubt, &other.doubt) {
            (None, Some(doubt)) => self.doubt = Some(doubt.clone()),
            (Some(mine), Some(theirs)) if mine.new_in != theirs.new_in => mine.new_in = None,
            _ => {}
        }
    }

    /// Adds the level of another value, and nothing else of it.
    pub fn join_level(&mut self, other: &Self) {
        for atom in &other.atoms {
            if matches!(atom.mark, Mark::Level(_)) {
                self.add(atom.clone());
            }
        }
    }

    /// Both together.
    #[must_use]
    pub fn joined(mut self, other: &Self) -> Self {
        self.join(other);
        self
    }

    /// The level alone, trusted: what a yes or no, a range or an enumerated text still carries.
    #[must_use]
    pub fn only_level(&self) -> Self {
        let mut label = Self::default();
        label.join_level(self);
        label
    }

    /// Without categories; level and doubt stay.
    #[must_use]
    pub fn without_categories(&self) -> Self {
        Self {
            doubt: self.doubt.clone(),
            ..self.only_level()
        }
    }

    /// The same, and trusted.
    #[must_use]
    pub fn vouched(mut self) -> Self {
        self.doubt = None;
        self
    }

    /// The same, let go to one destination.
    #[must_use]
    pub fn released(&self, to: &Arc<str>) -> Self {
        let mut label = Self {
            atoms: Vec::new(),
            doubt: self.doubt.clone(),
        };
        for atom in &self.atoms {
            label.add(Atom {
                released: Some(to.clone()),
                ..atom.clone()
            });
        }
        label
    }

    /// The same, with one more stop on the way of everything.
    #[must_use]
    pub fn via(&self, stop: impl FnOnce() -> super::trail::Stop) -> Self {
        if self.atoms.is_empty() && self.doubt.is_none() {
            return self.clone();
        }
        let stop = Arc::new(stop());
        let mut label = self.clone();
        for atom in &mut label.atoms {
            atom.trail = atom.trail.then(&stop);
        }
        if let Some(doubt) = &mut label.doubt {
            doubt.trail = doubt.trail.then(&stop);
        }
        label
    }

    /// Whether both say the same, whatever way it came.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        let marks = |label: &Self| -> Vec<(Mark, Option<Arc<str>>)> {
            label
                .atoms
                .iter()
                .map(|atom| (atom.mark.clone(), atom.released.clone()))
                .collect()
        };
        let doubts = |label: &Self| label.doubt.as_ref().map(|doubt| doubt.new_in.clone());
        marks(self) == marks(other) && doubts(self) == doubts(other)
    }
}

/// As hover shows it: `confidential @pii.email, untrusted`.
impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.highest().word())?;
        for atom in &self.atoms {
            if let Mark::Category(_) = atom.mark {
                write!(formatter, " {}", atom.mark)?;
            }
        }
        if self.doubt.is_some() {
            formatter.write_str(", untrusted")?;
        }
        Ok(())
    }
}
