//! Taking runs up again after the program stopped.
//!
//! Kept true here: a run is what its journal folds to, and nothing else. A read that had not ended runs
//! again; an effect that may have been sent does so only where the other side honours keys.

use std::sync::Arc;

use sophia_diagnostics::Problem;

use super::dispatch::Means;
use super::history::{History, fold};
use super::pilot::Pilot;
use super::protocol::{Action, Identity};
use crate::journal::StoredRun;
use crate::kernel::Layout;

/// A run, ready to be carried on.
pub(super) struct Recovered {
    pub(super) pilot: Pilot,
    pub(super) history: History,
    pub(super) actions: Vec<Action>,
}

pub(super) fn recover(
    stored: &StoredRun,
    layout: Arc<Layout>,
    means: &Means,
) -> Result<Recovered, Problem> {
    let (state, history) = fold(&layout, stored, false);
    let identity = Identity {
        run: stored.summary.run.clone(),
        environment: stored.summary.environment.clone(),
        layout,
    };
    let now = means.clock.now();
    let (pilot, actions) = Pilot::resume(identity, state, stored.sequence, now, means.world())?;
    Ok(Recovered {
        pilot,
        history,
        actions,
    })
}
