//! What a world stands on: a journal that can be written at once, and that loses its process.

use std::path::PathBuf;

use sophia_engine::NewArrival;
use sophia_engine::driver::Ledger;
use sophia_engine::journal::{Creation, Journal, MemoryJournal, SqliteJournal, Write};
use tempfile::TempDir;

/// A journal under a world. What is written is durable when the call returns.
pub trait Ground {
    fn journal(&self) -> &dyn Journal;
    /// What of it a pilot asks.
    fn ledger(&self) -> &dyn Ledger;
    fn begin(&self, creation: Creation);
    fn write(&self, write: Write);
    fn take_in(&self, arrival: NewArrival);
    /// The process ends, and another one begins.
    fn crash(&mut self);
}

/// The simulator's journal.
pub struct InMemory(pub MemoryJournal);

impl InMemory {
    pub fn new() -> Self {
        Self(MemoryJournal::new())
    }
}

impl Ground for InMemory {
    fn journal(&self) -> &dyn Journal {
        &self.0
    }

    fn ledger(&self) -> &dyn Ledger {
        &self.0
    }

    fn begin(&self, creation: Creation) {
        self.0.begin(creation);
    }

    fn write(&self, write: Write) {
        self.0.take(write).unwrap();
    }

    fn take_in(&self, arrival: NewArrival) {
        self.0.take_in(arrival);
    }

    fn crash(&mut self) {
        self.0.crash();
    }
}

/// A journal in a `SQLite` file.
pub struct InFile {
    path: PathBuf,
    /// There but while the process is another one.
    journal: Option<SqliteJournal>,
    runtime: tokio::runtime::Runtime,
    _folder: TempDir,
}

impl InFile {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        Self {
            journal: Some(SqliteJournal::open(&path, None).unwrap()),
            path,
            runtime: tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap(),
            _folder: folder,
        }
    }

    fn open(&self) -> &SqliteJournal {
        self.journal.as_ref().unwrap()
    }
}

impl Ground for InFile {
    fn journal(&self) -> &dyn Journal {
        self.open()
    }

    fn ledger(&self) -> &dyn Ledger {
        self.open()
    }

    fn begin(&self, creation: Creation) {
        self.runtime.block_on(self.open().create(creation)).unwrap();
    }

    fn write(&self, write: Write) {
        let written = async {
            let receipt = self.open().append(write).await.unwrap();
            receipt.await.unwrap().unwrap();
        };
        self.runtime.block_on(written);
    }

    fn take_in(&self, arrival: NewArrival) {
        self.runtime.block_on(self.open().arrive(arrival)).unwrap();
    }

    fn crash(&mut self) {
        self.journal = None;
        self.journal = Some(SqliteJournal::open(&self.path, None).unwrap());
    }
}
