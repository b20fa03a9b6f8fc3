//! Work that is begun where it is asked for, and needs a task of its own only once it waits.
//!
//! Kept true here: whoever asks is held up no longer than until the work waits for the first time.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Work that goes on wherever it is asked to.
pub(super) type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Does what needs no waiting. What waits is given back, to be gone on with on a task.
pub(super) fn begun_here<T>(work: impl Future<Output = T> + Send + 'static) -> Result<T, Work<T>> {
    let mut work: Work<T> = Box::pin(work);
    // Nobody is woken for it yet: its task asks again before it sleeps.
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Ok(done),
        Poll::Pending => Err(work),
    }
}
