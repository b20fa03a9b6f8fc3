//! Why somebody waits, in words.

use std::fmt;

use jiff::SignedDuration;

use super::settings::{Place, Rate};

/// Why a step or a run has no place yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Every place is taken.
    Taken {
        /// Which.
        place: Place,
        /// How many are.
        held: usize,
        /// How many there are.
        most: u32,
    },
    /// As many as may have begun in this time.
    Rate {
        /// Where.
        place: Place,
        /// The rate.
        rate: Rate,
    },
    /// There is room, and others go first.
    Turn {
        /// Where.
        place: Place,
    },
    /// The run is paused, and its turn passes it by.
    Paused,
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken { place, held, most } => {
                write!(
                    formatter,
                    "waits for a place {place} ({held} of {most} taken)"
                )
            }
            Self::Rate {
                place: Place::At(name),
                rate,
            } => write!(formatter, "waits for {name}'s rate: {rate}"),
            Self::Rate { place, rate } => {
                write!(formatter, "waits for the rate {place}: {rate}")
            }
            Self::Turn { place } => write!(formatter, "waits for its turn {place}"),
            Self::Paused => formatter.write_str("takes no place while the run is paused"),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [
            (SignedDuration::from_hours(24), "day"),
            (SignedDuration::from_hours(1), "hour"),
            (SignedDuration::from_mins(1), "minute"),
            (SignedDuration::from_secs(1), "second"),
        ];
        match units.iter().find(|(length, _)| *length == self.within) {
            Some((_, unit)) => write!(formatter, "{} per {unit}", self.most),
            None => write!(formatter, "{} per {:#}", self.most, self.within),
        }
    }
}
