//! Runs that are in flight, by the plan that they began with.
//!
//! Kept true here: the store is only read, and not made where there is none; a process at work on it is not disturbed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use sophia_diagnostics::Problem;
use sophia_engine::{Reader, RunFilter, RunStatus};
use sophia_plan::Plan;

/// The runs of a store that have not ended.
#[derive(Clone, Debug, Default)]
pub struct Flight {
    /// By playbook, and then by the hash of the plan: how many.
    runs: BTreeMap<Arc<str>, BTreeMap<Arc<str>, usize>>,
}

impl Flight {
    /// Those of a store; nothing where nothing has run yet.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    pub fn of(store: &Path) -> Result<Option<Self>, Problem> {
        if !store.exists() {
            return Ok(None);
        }
        let reader = Reader::open(store)?;
        let mut flight = Self::default();
        for status in RunStatus::ALL {
            if status.is_final() {
                continue;
            }
            let filter = RunFilter {
                status: Some(status),
                ..RunFilter::default()
            };
            for run in reader.runs(&filter)? {
                let plans = flight.runs.entry(run.playbook).or_default();
                *plans.entry(run.plan).or_default() += 1;
            }
        }
        Ok(Some(flight))
    }

    /// How many runs of a playbook stay on another version than this one; all of them where there is none.
    #[must_use]
    pub fn on_others(&self, playbook: &str, plan: Option<&Plan>) -> usize {
        let own = plan.map(|plan| plan.hash().0);
        let plans = self.runs.get(playbook).into_iter().flatten();
        plans
            .filter(|(hash, _)| own.as_ref() != Some(*hash))
            .map(|(_, runs)| *runs)
            .sum()
    }
}
