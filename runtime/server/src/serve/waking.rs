//! Being woken when something changes in a folder, so that a file is seen the moment it is there.
//!
//! Kept true here: a wake-up says that it is worth looking and nothing else; whoever looks does so again after
//! a while all the same, for the system may tell nothing (a folder of another machine, one made anew).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, Event, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

/// What changes in so short a time is looked at once.
const TOGETHER: Duration = Duration::from_millis(20);

/// Folders whose changes wake somebody.
pub(super) struct Waking {
    changed: Arc<Notify>,
    /// Nothing where the system does not tell.
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
}

/// Whether somebody has only looked, as this program does itself.
fn only_read(event: &notify::Result<Event>) -> bool {
    let Ok(event) = event else {
        return false;
    };
    let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
    event.kind.is_access() && event.kind != written
}

impl Waking {
    pub(super) fn new() -> Self {
        let changed = Arc::new(Notify::new());
        let of = changed.clone();
        let watcher = notify::recommended_watcher(move |event| {
            // What happened is looked up; also where it could not be told.
            if !only_read(&event) {
                of.notify_one();
            }
        });
        Self {
            changed,
            watcher: watcher.ok(),
            watched: BTreeSet::new(),
        }
    }

    /// Wakes for a folder from now on. Whether it does.
    pub(super) fn watch(&mut self, folder: &Path, deeper: bool) -> bool {
        if self.watched.contains(folder) {
            return true;
        }
        let mode = if deeper {
            RecursiveMode::Recursive
        } else {
            RecursiveMode::NonRecursive
        };
        let Some(watcher) = &mut self.watcher else {
            return false;
        };
        let watches = watcher.watch(folder, mode).is_ok();
        if watches {
            self.watched.insert(folder.to_path_buf());
        }
        watches
    }

    /// Folders are taken up anew at the next question: one may have been made again under its name.
    pub(super) fn forget(&mut self) {
        self.watched.clear();
    }

    /// Resolves once something has changed.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
        tokio::time::sleep(TOGETHER).await;
    }
}
