//! Work on many things at once, on several threads.
//!
//! Kept true here: what comes out stands in the order of what went in, so nobody can tell how many threads
//! there were. The machine is not asked how many it has.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, scope};

/// How many threads share the work, the caller's own among them. More than a machine has cost little.
const THREADS: usize = 4;

/// Fewer things than this are not worth a thread.
const WORTH_A_THREAD: usize = 8;

/// The stack of a thread: deep playbooks are read and checked by functions that call themselves.
pub(crate) const STACK: usize = 64 << 20;

/// What `work` makes of each item, in their order.
pub(crate) fn spread<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = (items.len() / WORTH_A_THREAD).min(THREADS);
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let share = || {
        let mut made: Vec<(usize, R)> = Vec::with_capacity(items.len() / threads);
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(place) else {
                return made;
            };
            made.push((place, work(item)));
        }
    };
    let mut all = scope(|scope| {
        // Where a thread cannot be had, the others do its share.
        let others: Vec<_> = (1..threads)
            .filter_map(|_| {
                Builder::new()
                    .stack_size(STACK)
                    .spawn_scoped(scope, share)
                    .ok()
            })
            .collect();
        let mut all = share();
        for other in others {
            match other.join() {
                Ok(made) => all.extend(made),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    all.sort_unstable_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, made)| made).collect()
}
