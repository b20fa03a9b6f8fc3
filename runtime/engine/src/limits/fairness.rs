//! Whose turn it is among playbooks that wait for the same.
//!
//! Kept true here: playbooks of one priority take turns, however many runs each of them has; a playbook that
//! waits longer than the others rises, so that a low priority is late and never last for ever.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::settings::Priority;

/// How long a playbook waits until it counts as one priority higher.
const RISES_AFTER: SignedDuration = SignedDuration::from_secs(10);

/// Who has had how many turns.
#[derive(Debug, Default)]
pub(super) struct Turns {
    served: HashMap<Arc<str>, Served>,
    /// The turn of whoever was served last. One that comes anew begins here, so that nobody saves turns up.
    latest: u64,
}

#[derive(Debug)]
struct Served {
    turn: u64,
    at: Timestamp,
}

/// Where somebody stands: the lowest goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    /// The higher the priority, the lower.
    class: i64,
    turn: u64,
    /// Who came first.
    number: u64,
}

impl Turns {
    /// Where the first of a playbook's queue stands.
    pub(super) fn rank(
        &self,
        playbook: &str,
        priority: Priority,
        since: Timestamp,
        number: u64,
        now: Timestamp,
    ) -> Rank {
        let served = self.served.get(playbook);
        let waits_since = served.map_or(since, |served| served.at.max(since));
        let risen = now.duration_since(waits_since).as_secs().max(0) / RISES_AFTER.as_secs();
        let class = match priority {
            Priority::Low => 0,
            Priority::Normal => 1,
            Priority::High => 2,
        };
        Rank {
            class: -(class + risen),
            turn: served.map_or(self.latest, |served| served.turn.max(self.latest)),
            number,
        }
    }

    /// A playbook has had its turn.
    pub(super) fn serve(&mut self, playbook: &Arc<str>, now: Timestamp) {
        let before = self.served.get(playbook).map_or(0, |served| served.turn);
        let turn = before.max(self.latest) + 1;
        // What others have by now is what a newcomer begins with.
        self.latest = self.latest.max(turn - 1);
        let served = Served { turn, at: now };
        self.served.insert(playbook.clone(), served);
    }
}
