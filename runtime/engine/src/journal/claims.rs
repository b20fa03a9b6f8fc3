//! Who holds which claim of `at most once` right now.
//!
//! Kept true here: one process carries runs on, so what it granted and has not written yet is decided in
//! its memory, and everything older on the disk; a claim changes hands only after its change is durable.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use sophia_diagnostics::Problem;
use sophia_plan::Value;
use tokio::sync::watch;

use super::{ClaimChange, ClaimWanted, Claimed, RunId};

/// A claim as the store holds it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StoredClaim {
    pub(super) run: RunId,
    pub(super) step: Arc<str>,
    pub(super) within_ms: Option<i64>,
    /// The result and since when, once the effect happened.
    pub(super) kept: Option<(Value, Timestamp)>,
}

impl StoredClaim {
    fn has_expired(&self, at: Timestamp) -> bool {
        match (&self.kept, self.within_ms) {
            (Some((_, since)), Some(within)) => {
                at.as_millisecond().saturating_sub(since.as_millisecond()) >= within
            }
            _ => false,
        }
    }
}

/// The run, the step, and how many grants to it are not on the disk yet.
type Holder = (RunId, Arc<str>, u32);

/// The claims that were granted in this process and are not settled on the disk.
#[derive(Debug)]
pub(super) struct Board {
    held: Mutex<HashMap<Arc<str>, Holder>>,
    changed: watch::Sender<u64>,
}

impl Board {
    pub(super) fn new() -> Self {
        Self {
            held: Mutex::default(),
            changed: watch::Sender::new(0),
        }
    }

    /// Decides; `stored` looks into the store.
    pub(super) fn arbitrate(
        &self,
        wanted: &ClaimWanted,
        stored: impl FnOnce() -> Result<Option<StoredClaim>, Problem>,
    ) -> Result<Claimed, Problem> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = |run: &RunId, step: &Arc<str>| *run == wanted.run && *step == wanted.step;
        match held.get_mut(&wanted.claim) {
            Some((run, step, _)) if !mine(run, step) => {
                return Ok(Claimed::Busy { by: run.0.clone() });
            }
            Some((_, _, unwritten)) => {
                *unwritten += 1;
                return Ok(Claimed::Granted);
            }
            None => {}
        }
        match stored()? {
            Some(claim) if !claim.has_expired(wanted.at) => match claim.kept {
                Some((value, _)) => {
                    return Ok(Claimed::Kept {
                        by: claim.run.0,
                        value,
                    });
                }
                None if !mine(&claim.run, &claim.step) => {
                    return Ok(Claimed::Busy { by: claim.run.0 });
                }
                None => {}
            },
            _ => {}
        }
        held.insert(
            wanted.claim.clone(),
            (wanted.run.clone(), wanted.step.clone(), 1),
        );
        Ok(Claimed::Granted)
    }

    /// These changes are durable: from here on the store decides.
    pub(super) fn settled(&self, changes: &[ClaimChange]) {
        if changes.is_empty() {
            return;
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mut settled = false;
        for change in changes {
            match change {
                ClaimChange::Hold(wanted) => {
                    if let Some((_, _, unwritten)) = held.get_mut(&wanted.claim) {
                        *unwritten = unwritten.saturating_sub(1);
                    }
                }
                ClaimChange::Keep { claim, .. } | ClaimChange::Free { claim, .. } => {
                    // Granted again meanwhile: then it stays held.
                    if held
                        .get(claim)
                        .is_some_and(|(_, _, unwritten)| *unwritten == 0)
                    {
                        held.remove(claim);
                    }
                    settled = true;
                }
            }
        }
        drop(held);
        if settled {
            self.changed.send_modify(|version| *version += 1);
        }
    }

    pub(super) fn forget(&self, run: &RunId) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, (holder, _, _)| holder != run);
        drop(held);
        self.changed.send_modify(|version| *version += 1);
    }

    pub(super) fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }
}
