//! Where what is to be written is brought: a queue with a thread behind it, which writes to the store.
//!
//! Kept true here: everything is written in the order in which it was brought. What comes alone, while nobody else
//! waits and the disk is quick, is written by whoever brings it: two changes of threads would take longer than the
//! disk does. What nobody waits for is laid by, and shares the next transaction.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::JoinHandle;

use sophia_diagnostics::{Problem, codes};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::coop::consume_budget;

use super::writer::{Job, Writer};

/// How many writes may wait; whoever brings another waits too.
const QUEUE: usize = 8192;

/// The most writes in one transaction.
const BATCH: usize = 1024;

/// What a write counts that is made by whoever brings it, of the 128 things that a task does before it lets others
/// go first.
const WEIGHT: usize = 4;

/// The desk. Dropping it waits for the last write.
pub(super) struct Desk {
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
    /// Whether whoever brings something may be held up for a quick transaction: others go on meanwhile.
    may_wait: bool,
}

struct Shared {
    /// Jobs are taken from the queue by whoever holds it, and written before it is let go.
    writer: Mutex<Writer>,
    queue: Mutex<Queue>,
    /// Something is due, or nothing more comes.
    due: Condvar,
    /// A permit for each job that may still be queued.
    room: Semaphore,
}

struct Queue {
    jobs: VecDeque<Job>,
    /// How many of them somebody waits for; without any they stay.
    due: usize,
    open: bool,
}

/// What is written together.
struct Batch {
    jobs: Vec<Job>,
    /// Whether nobody waits but one.
    alone: bool,
}

impl Desk {
    /// Starts the thread.
    pub(super) fn open(writer: Writer) -> Result<Self, Problem> {
        let shared = Arc::new(Shared {
            writer: Mutex::new(writer),
            queue: Mutex::new(Queue {
                jobs: VecDeque::new(),
                due: 0,
                open: true,
            }),
            due: Condvar::new(),
            room: Semaphore::new(QUEUE),
        });
        let others = shared.clone();
        let thread = std::thread::Builder::new()
            .name("sophia-journal".to_owned())
            .spawn(move || {
                let _end = End(&others);
                others.work();
            })
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
            thread: Some(thread),
            shared,
            may_wait,
        })
    }

    /// Takes a write over that somebody waits for. Whoever asked for it is answered once it is durable.
    pub(super) async fn bring(&self, job: Job) -> Result<(), Problem> {
        let Some(job) = self.write_here(job) else {
            // Others were held up meanwhile; after a few of them they go first.
            for _ in 0..WEIGHT {
                consume_budget().await;
            }
            return Ok(());
        };
        let room = self.room().await?;
        let mut queue = self.shared.queue();
        queue.jobs.push_back(job);
        queue.due += 1;
        let is_first = queue.due == 1;
        room.forget();
        drop(queue);
        // Where more is due the thread knows already.
        if is_first {
            self.shared.due.notify_one();
        }
        Ok(())
    }

    /// Takes a write over for which nobody waits until [`Desk::settle`].
    pub(super) async fn lay_by(&self, job: Job) -> Result<(), Problem> {
        let room = self.room().await?;
        self.shared.queue().jobs.push_back(job);
        room.forget();
        Ok(())
    }

    /// Writes what was laid by.
    pub(super) fn settle(&self) {
        let mut queue = self.shared.queue();
        if queue.jobs.is_empty() || queue.due > 0 {
            return;
        }
        // From here on somebody waits.
        queue.due = 1;
        drop(queue);
        let written = self.quick_writer().is_some_and(|mut writer| {
            let batch = self.shared.queue().take(BATCH);
            let is_whole = batch.jobs.len() < BATCH;
            self.shared.write(&mut writer, batch);
            is_whole
        });
        if !written {
            self.shared.due.notify_one();
        }
    }

    /// Writes at once what comes alone, behind what was laid by; gives back what is to be queued.
    fn write_here(&self, job: Job) -> Option<Job> {
        let Some(mut writer) = self.quick_writer() else {
            return Some(job);
        };
        let mut queue = self.shared.queue();
        if queue.due > 0 || queue.jobs.len() >= BATCH {
            return Some(job);
        }
        let laid_by = queue.jobs.len();
        let mut jobs: Vec<Job> = queue.jobs.drain(..).collect();
        drop(queue);
        jobs.push(job);
        writer.write(&mut jobs, true);
        self.shared.room.add_permits(laid_by);
        None
    }

    /// The writer, where whoever asks may write himself and need not wait for long.
    fn quick_writer(&self) -> Option<MutexGuard<'_, Writer>> {
        if !self.may_wait {
            return None;
        }
        let writer = match self.shared.writer.try_lock() {
            Ok(writer) => writer,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        writer.alone_and_quick.then_some(writer)
    }

    async fn room(&self) -> Result<SemaphorePermit<'_>, Problem> {
        if let Ok(room) = self.shared.room.try_acquire() {
            return Ok(room);
        }
        // What was laid by makes room.
        self.settle();
        self.shared.room.acquire().await.map_err(|_| closed())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.shared.queue().open = false;
        self.shared.due.notify_one();
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

/// The thread ends, however it does: whoever waits, or brings something still, is told.
struct End<'s>(&'s Shared);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.room.close();
        self.0.queue().jobs.clear();
    }
}

impl Queue {
    /// The jobs that were brought first.
    fn take(&mut self, most: usize) -> Batch {
        let alone = self.due <= 1;
        let count = self.jobs.len().min(most);
        let jobs = self.jobs.drain(..count).collect();
        // Who waits for what is left is not known, so somebody may.
        self.due = self.jobs.len().min(self.due);
        Batch { jobs, alone }
    }
}

impl Shared {
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, writer: &mut Writer, Batch { mut jobs, alone }: Batch) {
        let count = jobs.len();
        if count > 0 {
            writer.write(&mut jobs, alone);
            self.room.add_permits(count);
        }
    }

    /// Works until nobody can bring anything any more.
    fn work(&self) {
        while self.is_due() {
            let mut writer = self.writer();
            let batch = self.queue().take(BATCH);
            self.write(&mut writer, batch);
        }
        self.writer().put_together();
    }

    /// Waits until something is due; false where nothing more comes.
    fn is_due(&self) -> bool {
        let queue = self.queue();
        let waits = |queue: &mut Queue| queue.due == 0 && queue.open;
        let queue = self.due.wait_while(queue, waits);
        !queue
            .unwrap_or_else(PoisonError::into_inner)
            .jobs
            .is_empty()
    }
}

/// Nobody writes any more.
pub(super) fn closed() -> Problem {
    Problem::new(codes::S962, "The store is no longer being written.")
        .with_help("start the program again; runs go on from the last step on the disk")
}
