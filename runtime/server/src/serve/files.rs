//! Files that appear become runs.
//!
//! Kept true here: a file starts one run for what it holds, across restarts; where a run cannot be
//! stored, the file is offered again.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sophia_diagnostics::Problem;
use sophia_engine::{Arrives, Delivery};
use sophia_plan::{Plan, Record, Value};
use sophia_triggers::files::{Folder, Seen, fits, folder_of};

use super::means::{Brings, Means};
use super::waking::Waking;
use super::{Happening, waits_for_room};
use crate::environment::unreadable;

/// How often folders are looked at of which the system does not tell when they change.
const LOOK: SignedDuration = SignedDuration::from_millis(500);

/// How often folders are looked at all the same.
const SAFE: SignedDuration = SignedDuration::from_secs(30);

/// When a file is offered again for which no run could be begun.
const AGAIN: SignedDuration = SignedDuration::from_secs(1);

/// How deep folders under a pattern with `**` are looked into.
const DEEPEST: usize = 16;

/// One trigger on files.
pub(super) struct FileTrigger {
    pub(super) plan: Arc<Plan>,
    pub(super) place: usize,
    pub(super) glob: Arc<str>,
    pub(super) folder: Folder,
}

/// Where files become runs.
pub(super) struct Files(pub(super) Means);

impl Files {
    /// Looks again and again. Without triggers it is done at once.
    pub(super) async fn watch(self, mut triggers: Vec<FileTrigger>) {
        let mut waking = Waking::new();
        while !triggers.is_empty() {
            let mut told = true;
            for trigger in &mut triggers {
                let (folder, deeper) = folder_of(&trigger.glob);
                // First, so that nothing comes between this and the look.
                told &= waking.watch(&self.root().join(folder), deeper);
                self.look(trigger).await;
            }
            let now = self.0.clock.now();
            let look = now.checked_add(if told { SAFE } else { LOOK });
            let look = look.unwrap_or(Timestamp::MAX);
            let waits = triggers.iter().filter_map(|trigger| trigger.folder.next());
            let next = waits.min().map_or(look, |quiet| quiet.min(look));
            tokio::select! {
                () = self.0.clock.sleep_until(next) => {
                    if next == look {
                        waking.forget();
                    }
                }
                () = waking.changed() => {}
            }
        }
    }

    fn root(&self) -> &Path {
        &self.0.environment.folders.root
    }

    async fn look(&self, trigger: &mut FileTrigger) {
        let (root, glob) = (self.root().to_owned(), trigger.glob.clone());
        let found = tokio::task::spawn_blocking(move || find(&root, &glob)).await;
        let now = self.0.clock.now();
        for seen in (trigger.folder).look(found.unwrap_or_default(), now) {
            let path = seen.path.clone();
            if let Err(problem) = self.start(trigger, seen).await {
                let again = self.0.clock.now().saturating_add(AGAIN);
                let again = again.unwrap_or(Timestamp::MAX);
                trigger.folder.put_back(&path, again);
                if !waits_for_room(&problem) {
                    (self.0.listener)(Happening::Trouble { problem });
                }
            }
        }
    }

    async fn start(&self, trigger: &FileTrigger, seen: Seen) -> Result<(), Problem> {
        let digest = digest(self.root().join(&*seen.path)).await?;
        let key = format!(
            "{} / file {} / {} {} / {digest}",
            self.0.environment.name, seen.path, trigger.plan.playbook, trigger.place
        );
        let event = format!("file {}", seen.path);
        let brings = Brings {
            plan: &trigger.plan,
            place: trigger.place,
            value: brings(&seen),
            arrives: Arrives::WithTheRun,
        };
        let delivery = Delivery {
            key: key.into(),
            cursor: None,
        };
        let at = self.0.clock.now();
        self.0.start(brings, delivery, at, event).await
    }
}

/// What a playbook is told of a file.
pub(crate) fn brings(seen: &Seen) -> Value {
    let name = seen.path.rsplit('/').next().unwrap_or(&seen.path);
    let size = i64::try_from(seen.size).unwrap_or(i64::MAX);
    let fields = vec![
        ("name".into(), Value::Text(name.into())),
        ("path".into(), Value::Text(seen.path.clone())),
        ("size".into(), Value::Integer(size)),
        ("changed_at".into(), Value::Timestamp(seen.changed_at)),
    ];
    Value::Record(Arc::new(Record { fields }))
}

/// A file at a path, by what the file system says about it.
pub(crate) fn seen(path: Arc<str>, about: &Metadata) -> Seen {
    let changed = (about.modified().ok()).and_then(|at| Timestamp::try_from(at).ok());
    Seen {
        path,
        size: about.len(),
        changed_at: changed.unwrap_or_default(),
    }
}

async fn digest(path: PathBuf) -> Result<String, Problem> {
    let read = tokio::task::spawn_blocking(move || {
        let mut hasher = blake3::Hasher::new();
        let read = std::fs::File::open(&path)
            .and_then(|mut file| std::io::copy(&mut file, &mut hasher))
            .map_err(|error| unreadable(&path, &error));
        read.map(|_| hasher.finalize().to_hex().to_string())
    });
    read.await.unwrap_or_else(|_| Ok(String::new()))
}

/// The files of a pattern. What cannot be read is not there yet.
fn find(root: &Path, glob: &str) -> Vec<Seen> {
    let (folder, deeper) = folder_of(glob);
    let mut found = Vec::new();
    let mut open = vec![(root.join(&folder), folder, 0)];
    while let Some((place, name, depth)) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&place) else {
            continue;
        };
        for entry in entries.flatten() {
            let Ok(own) = entry.file_name().into_string() else {
                continue;
            };
            let path = if name.is_empty() {
                own
            } else {
                format!("{name}/{own}")
            };
            let Ok(about) = entry.metadata() else {
                continue;
            };
            if about.is_dir() && deeper && depth < DEEPEST {
                open.push((entry.path(), path, depth + 1));
            } else if about.is_file() && fits(glob, &path) {
                found.push(seen(path.into(), &about));
            }
        }
    }
    found
}
