//! Runs that were kept long enough are deleted, in small slices, while the daemon serves.
//!
//! Kept true here: a slice is one short transaction, so that runs under way wait for it no longer than for
//! each other.

use std::sync::Arc;

use jiff::SignedDuration;
use sophia_compiler::project::Environment as Settings;
use sophia_diagnostics::Problem;
use sophia_engine::upkeep::{Retention, remove_old};
use sophia_triggers::Clock;

use crate::environment::Folders;

/// How often it is looked whether there is something to delete.
const EVERY: SignedDuration = SignedDuration::from_hours(1);

/// The pause between two slices.
const PAUSE: SignedDuration = SignedDuration::from_millis(100);

/// Which runs of an environment are kept, as the manifest says.
#[must_use]
pub fn retention(settings: &Settings) -> Retention {
    Retention {
        keep: settings.keep_ms.map(SignedDuration::from_millis),
        keep_runs: settings.keep_runs,
    }
}

/// Deletes what was kept long enough, again and again. Where everything is kept it is done at once.
pub(crate) async fn keep(
    folders: &Folders,
    retention: Retention,
    clock: Arc<dyn Clock>,
    trouble: impl Fn(Problem),
) {
    if retention == Retention::default() {
        return;
    }
    loop {
        let (store, now) = (folders.store.clone(), clock.now());
        let removed = tokio::task::spawn_blocking(move || remove_old(&store, retention, now)).await;
        let pause = match removed {
            Ok(Ok(removed)) if removed.more => PAUSE,
            Ok(Ok(_)) => EVERY,
            Ok(Err(problem)) => {
                trouble(problem);
                EVERY
            }
            // The daemon is being ended.
            Err(_) => return,
        };
        let next = clock
            .now()
            .checked_add(pause)
            .unwrap_or(jiff::Timestamp::MAX);
        clock.sleep_until(next).await;
    }
}
