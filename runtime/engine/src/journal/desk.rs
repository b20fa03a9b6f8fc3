//! Where what is to be written is brought: a queue with a thread behind it, which writes to the store.
//!
//! Kept true here: what one task brings is written in the order in which it brought it. What comes alone, while
//! nothing is queued and the disk is quick, is written by whoever brings it: two changes of threads would take
//! longer than the disk does.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::JoinHandle;

use sophia_diagnostics::{Problem, codes};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::mpsc;

use super::writer::{Job, Writer};

/// How many writes may wait; whoever brings another waits too.
const QUEUE: usize = 8192;

/// The most writes in one transaction.
const BATCH: usize = 1024;

/// The desk. Dropping it waits for the last write.
pub(super) struct Desk {
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
    /// Whether whoever brings something may be held up for a quick transaction: others go on meanwhile.
    may_wait: bool,
}

struct Shared {
    writer: Mutex<Writer>,
    /// How many writes are queued, or taken from the queue and not written yet.
    queued: AtomicUsize,
}

impl Desk {
    /// Starts the thread.
    pub(super) fn open(writer: Writer) -> Result<Self, Problem> {
        let shared = Arc::new(Shared {
            writer: Mutex::new(writer),
            queued: AtomicUsize::new(0),
        });
        let (queue, queued) = mpsc::channel(QUEUE);
        let others = shared.clone();
        let thread = std::thread::Builder::new()
            .name("sophia-journal".to_owned())
            .spawn(move || others.work(queued))
            .map_err(|error| {
                Problem::new(
                    codes::S962,
                    "The thread that writes the store could not be started.",
                )
                .because(error)
            })?;
        let may_wait = Handle::try_current().is_ok_and(|runtime| {
            runtime.runtime_flavor() == RuntimeFlavor::MultiThread
                && runtime.metrics().num_workers() > 1
        });
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
            shared,
            may_wait,
        })
    }

    /// Takes a write over. Whoever asked for it is answered once it is durable.
    pub(super) async fn bring(&self, job: Job) -> Result<(), Problem> {
        let Some(job) = self.write_here(job) else {
            return Ok(());
        };
        let queue = self.queue.as_ref().ok_or_else(closed)?;
        // Nothing is counted that does not come.
        let room = queue.reserve().await.map_err(|_| closed())?;
        self.shared.queued.fetch_add(1, Ordering::SeqCst);
        room.send(job);
        Ok(())
    }

    /// Writes at once what comes alone; gives back what is to be queued.
    fn write_here(&self, job: Job) -> Option<Job> {
        let none_waits = || self.shared.queued.load(Ordering::SeqCst) == 0;
        if !self.may_wait || !none_waits() {
            return Some(job);
        }
        let mut writer = match self.shared.writer.try_lock() {
            Ok(writer) => writer,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Some(job),
        };
        if !writer.alone_and_quick || !none_waits() {
            return Some(job);
        }
        writer.write(&mut vec![job]);
        None
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the writer has nobody left to be told.
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Desk").finish_non_exhaustive()
    }
}

impl Shared {
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works until nobody can bring anything any more.
    fn work(&self, mut queue: mpsc::Receiver<Job>) {
        let mut batch = Vec::new();
        while let Some(job) = queue.blocking_recv() {
            let mut writer = self.writer();
            batch.push(job);
            while batch.len() < BATCH {
                match queue.try_recv() {
                    Ok(job) => batch.push(job),
                    Err(_) => break,
                }
            }
            let count = batch.len();
            writer.write(&mut batch);
            drop(writer);
            self.queued.fetch_sub(count, Ordering::SeqCst);
        }
        self.writer().put_together();
    }
}

/// Nobody writes any more.
pub(super) fn closed() -> Problem {
    Problem::new(codes::S962, "The store is no longer being written.")
        .with_help("start the program again; runs go on from the last step on the disk")
}
