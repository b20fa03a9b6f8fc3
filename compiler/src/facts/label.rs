//! The two lattices of labels: how secret a value is, and whether it may steer.
//!
//! Kept true here: joining never forgets a mark or a doubt; every mark remembers one way on which it
//! came. What takes marks away has a name of its own.

use std::fmt;
use std::sync::Arc;

use super::trail::{Stop, Trail};
use crate::sources::Spot;

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
    /// Sorted by mark and release; `public` is left out, and so is a level under a higher one. Labels that carry the
    /// same share them; nothing where there are none.
    atoms: Option<Arc<Vec<Atom>>>,
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
        self.atoms.as_ref().map_or(&[], |atoms| atoms.as_slice())
    }

    /// The highest level.
    #[must_use]
    pub fn highest(&self) -> Level {
        (self.atoms().iter())
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
        if self.tells(&atom) {
            return;
        }
        let atoms = Arc::make_mut(self.atoms.get_or_insert_default());
        match &atom.mark {
            Mark::Level(level) => atoms.retain(|known| match &known.mark {
                Mark::Level(other) => {
                    other > level || (atom.released.is_some() && known.released != atom.released)
                }
                Mark::Category(_) => true,
            }),
            Mark::Category(_) if atom.released.is_none() => {
                atoms.retain(|known| known.mark != atom.mark);
            }
            Mark::Category(_) => {}
        }
        let place = atoms
            .partition_point(|known| (&known.mark, &known.released) < (&atom.mark, &atom.released));
        atoms.insert(place, atom);
    }

    /// Whether an atom adds nothing to what is there.
    fn tells(&self, atom: &Atom) -> bool {
        let covers = |known: &Atom| match (&atom.mark, &known.mark) {
            (Mark::Level(level), Mark::Level(other)) => other >= level,
            (mark, known) => mark == known,
        };
        atom.mark == Mark::Level(Level::Public)
            || self.atoms().iter().any(|known| {
                covers(known) && (known.released.is_none() || known.released == atom.released)
            })
    }

    /// Adds the atoms of another label of which this holds.
    fn add_all(&mut self, other: &Self, which: impl Fn(&Atom) -> bool) {
        let (Some(theirs), all) = (&other.atoms, other.atoms().iter().all(&which)) else {
            return;
        };
        match &self.atoms {
            Some(mine) if Arc::ptr_eq(mine, theirs) => {}
            // Added one by one to nothing they would come out as they are.
            None if all => self.atoms = Some(theirs.clone()),
            _ => {
                for atom in theirs.iter().filter(|atom| which(atom)) {
                    if !self.tells(atom) {
                        self.add(atom.clone());
                    }
                }
            }
        }
    }

    /// Adds everything that another value carries.
    pub fn join(&mut self, other: &Self) {
        self.add_all(other, |_| true);
        match (&mut self.doubt, &other.doubt) {
            (None, Some(doubt)) => self.doubt = Some(doubt.clone()),
            (Some(mine), Some(theirs)) if mine.new_in != theirs.new_in => mine.new_in = None,
            _ => {}
        }
    }

    /// Adds the level of another value, and nothing else of it.
    pub fn join_level(&mut self, other: &Self) {
        self.add_all(other, |atom| matches!(atom.mark, Mark::Level(_)));
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
            atoms: None,
            doubt: self.doubt.clone(),
        };
        for atom in self.atoms() {
            label.add(Atom {
                released: Some(to.clone()),
                ..atom.clone()
            });
        }
        label
    }

    /// The same, with one more stop on the way of everything.
    #[must_use]
    pub fn via(&self, stop: impl FnOnce() -> Arc<Stop>) -> Self {
        if self.atoms.is_none() && self.doubt.is_none() {
            return Self::default();
        }
        let stop = stop();
        let on = |atom: &Atom| Atom {
            trail: atom.trail.then(&stop),
            ..atom.clone()
        };
        let atoms = self.atoms.as_ref();
        Self {
            atoms: atoms.map(|atoms| Arc::new(atoms.iter().map(on).collect())),
            doubt: self.doubt.as_ref().map(|doubt| Doubt {
                trail: doubt.trail.then(&stop),
                new_in: doubt.new_in.clone(),
            }),
        }
    }

    /// The same, with the places of its ways as they are found by another playbook.
    #[must_use]
    pub(super) fn placed(&self, place: &dyn Fn(&Spot) -> Option<Spot>) -> Self {
        let found = |atom: &Atom| Atom {
            trail: atom.trail.placed(place),
            ..atom.clone()
        };
        let atoms = self.atoms.as_ref();
        Self {
            atoms: atoms.map(|atoms| Arc::new(atoms.iter().map(found).collect())),
            doubt: self.doubt.as_ref().map(|doubt| Doubt {
                trail: doubt.trail.placed(place),
                new_in: doubt.new_in.clone(),
            }),
        }
    }

    /// Whether both carry the very same, which came the very same way, as those of the fields of one reply do.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.atoms.as_ref().map(Arc::as_ptr) == other.atoms.as_ref().map(Arc::as_ptr)
            && match (&self.doubt, &other.doubt) {
                (None, None) => true,
                (Some(mine), Some(theirs)) => {
                    mine.trail.is(&theirs.trail) && mine.new_in == theirs.new_in
                }
                _ => false,
            }
    }

    /// Whether both say the same, whatever way it came.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.atoms(), other.atoms());
        let marks = mine.len() == theirs.len()
            && (mine.iter().zip(theirs))
                .all(|(mine, theirs)| mine.mark == theirs.mark && mine.released == theirs.released);
        let new_in = |label: &'_ Self| label.doubt.as_ref().map(|doubt| doubt.new_in.clone());
        marks && new_in(self) == new_in(other)
    }
}

/// As hover shows it: `confidential @pii.email, untrusted`.
impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.highest().word())?;
        for atom in self.atoms() {
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
