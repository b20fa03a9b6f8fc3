//! What a store answered while a record came about: the record says so itself.
//!
//! Kept true here: a step that the record lets begin got its claim, one that it leaves out found the claim
//! kept, and any other waited for it; so nothing has to be known of those who held the claim meanwhile. What
//! does not begin in it waited for a claim or a place, and is let go with whatever else has not begun.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use sophia_diagnostics::Problem;
use sophia_plan::Value;

use crate::driver::Ledger;
use crate::journal::{ClaimWanted, Claimed};
use crate::kernel::Event;

/// With whose result a claim was kept; nothing where the step got it.
type Kept = Option<(Arc<str>, Value)>;

/// The answers of a store within one record.
pub(super) struct Answered {
    /// Of the claims that a step wants, in the order of the record, by the key of the step.
    claims: Mutex<HashMap<Arc<str>, VecDeque<Kept>>>,
    /// The attempts of which the record tells, by the key of the step. One that was left out has no number.
    begin: HashSet<(Arc<str>, Option<u32>)>,
    /// What states held when they were read, by the name of the state.
    states: BTreeMap<Arc<str>, Value>,
}

impl Answered {
    /// The answers that a record holds, with the values of the states that were read in it.
    pub(super) fn of(record: &[Event], states: BTreeMap<Arc<str>, Value>) -> Self {
        let mut claims = HashMap::<_, VecDeque<_>>::new();
        let begin = record.iter().filter_map(|event| match event {
            Event::Started { key, attempt, .. }
            | Event::Done { key, attempt, .. }
            | Event::Failed { key, attempt, .. } => Some((key.clone(), Some(*attempt))),
            Event::Suppressed { key, .. } => Some((key.clone(), None)),
            _ => None,
        });
        for event in record {
            let (key, answer) = match event {
                Event::Started {
                    key,
                    claim: Some(_),
                    ..
                } => (key, None),
                Event::Suppressed { key, value, by, .. } => {
                    (key, Some((by.clone(), value.clone())))
                }
                _ => continue,
            };
            claims.entry(key.clone()).or_default().push_back(answer);
        }
        Self {
            claims: Mutex::new(claims),
            begin: begin.collect(),
            states,
        }
    }
}

impl Ledger for Answered {
    fn arbitrate(&self, wanted: &ClaimWanted) -> Result<Claimed, Problem> {
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = claims.get_mut(&wanted.step).and_then(VecDeque::pop_front);
        Ok(match answer {
            Some(None) => Claimed::Granted,
            Some(Some((by, value))) => Claimed::Kept { by, value },
            None => Claimed::Busy {
                by: "another run".into(),
            },
        })
    }

    fn state(&self, name: &str) -> Result<Option<Value>, Problem> {
        Ok(self.states.get(name).cloned())
    }

    fn lets_begin(&self, key: &Arc<str>, attempt: u32) -> bool {
        let tells = |attempt| self.begin.contains(&(key.clone(), attempt));
        tells(Some(attempt)) || tells(None)
    }
}
