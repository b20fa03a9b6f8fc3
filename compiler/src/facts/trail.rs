//! How a label came where it is: a chain of stops that shares its beginning with other chains.

use std::sync::Arc;

use crate::sources::Spot;

/// One stop on the way of a label.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// What stands there: `query customers`, `warehouse.customers.email`.
    pub what: Arc<str>,
    /// What is worth knowing about it: `@pii.email`, ``column `email` ``. May be empty.
    pub note: Arc<str>,
    /// Where it stands.
    pub spot: Spot,
}

/// A chain of stops, the last first. Cloning is cheap.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trail(Option<Arc<Link>>);

#[derive(Debug, PartialEq)]
struct Link {
    stop: Arc<Stop>,
    before: Trail,
    length: u8,
}

/// Longer ways are not told: the middle of such a way helps nobody.
const LONGEST: u8 = 24;

impl Trail {
    /// A way that begins here.
    #[must_use]
    pub fn from(stop: Stop) -> Self {
        Self::at(&Arc::new(stop))
    }

    /// A way that begins at a stop where others begin too.
    #[must_use]
    pub fn at(stop: &Arc<Stop>) -> Self {
        Self::default().then(stop)
    }

    /// This way, and one more stop.
    #[must_use]
    pub fn then(&self, stop: &Arc<Stop>) -> Self {
        let length = self.0.as_ref().map_or(0, |link| link.length);
        let told_already = (self.0.as_ref())
            .is_some_and(|link| Arc::ptr_eq(&link.stop, stop) || *link.stop == **stop);
        if length >= LONGEST || told_already {
            return self.clone();
        }
        Self(Some(Arc::new(Link {
            stop: stop.clone(),
            before: self.clone(),
            length: length + 1,
        })))
    }

    /// This way, with each of its places as it is found by another playbook.
    #[must_use]
    pub(super) fn placed(&self, place: &dyn Fn(&Spot) -> Option<Spot>) -> Self {
        let Some(link) = &self.0 else {
            return Self::default();
        };
        let stop = match place(&link.stop.spot) {
            Some(spot) => Arc::new(Stop {
                spot,
                ..(*link.stop).clone()
            }),
            None => link.stop.clone(),
        };
        Self(Some(Arc::new(Link {
            stop,
            before: link.before.placed(place),
            length: link.length,
        })))
    }

    /// Whether both are one and the same chain.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.0.as_ref().map(Arc::as_ptr) == other.0.as_ref().map(Arc::as_ptr)
    }

    /// The stops from the beginning.
    #[must_use]
    pub fn stops(&self) -> Vec<&Stop> {
        let mut stops = Vec::new();
        let mut here = self;
        while let Some(link) = &here.0 {
            stops.push(&*link.stop);
            here = &link.before;
        }
        stops.reverse();
        stops
    }
}
