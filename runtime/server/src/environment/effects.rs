//! Whether a connection remembers the keys of writes, so that each happens once.
//!
//! Kept true here: a connection that does not is noted on the disk before anything is written through it;
//! so after a crash it is known whether a write may simply be repeated.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use sophia_data::{EFFECTS_TABLE, Source};
use sophia_diagnostics::{Problem, codes};
use tokio::sync::Mutex;

use super::folders::{create_folder, unwritable};

/// What is known of the connections of an environment.
pub struct Effects {
    folder: PathBuf,
    known: Mutex<BTreeMap<String, Memory>>,
}

/// Whether a connection remembers keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// A write with a key happens once.
    Keeps,
    /// A crash inside a write leaves it open whether it happened.
    Forgets,
}

impl Effects {
    /// Notes stand in this folder.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            known: Mutex::default(),
        }
    }

    /// Whether a write through a connection may simply be repeated after a crash inside it.
    #[must_use]
    pub fn repeatable(&self, connection: &str) -> bool {
        !self.note(connection).exists()
    }

    /// Makes a connection ready to be written through. What a person should know comes with it, once.
    ///
    /// # Errors
    /// S939 when the database is busy; S929 when the note cannot be written.
    pub async fn prepare(
        &self,
        connection: &str,
        source: &dyn Source,
    ) -> Result<(Memory, Option<String>), Problem> {
        let mut known = self.known.lock().await;
        if let Some(memory) = known.get(connection) {
            return Ok((*memory, None));
        }
        let (memory, said) = match source.remember().await {
            Ok(()) => (Memory::Keeps, None),
            Err(busy) if busy.code == codes::S939 => return Err(busy),
            Err(refused) => {
                self.write_note(connection, &refused.message)?;
                let said = format!(
                    "`{connection}` has no table `{EFFECTS_TABLE}` and does not let it be made, so a crash \
                     inside a write leaves it unsure"
                );
                (Memory::Forgets, Some(said))
            }
        };
        known.insert(connection.to_owned(), memory);
        Ok((memory, said))
    }

    fn note(&self, connection: &str) -> PathBuf {
        self.folder.join(format!("{connection}.txt"))
    }

    fn write_note(&self, connection: &str, why: &str) -> Result<(), Problem> {
        create_folder(&self.folder)?;
        let path = self.note(connection);
        let write = || -> std::io::Result<()> {
            let mut file = File::create(&path)?;
            writeln!(
                file,
                "The keys of writes cannot be remembered in this database. {why}"
            )?;
            file.sync_all()?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(|error| unwritable(&path, &error))
    }
}
