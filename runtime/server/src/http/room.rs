//! How many deliveries are taken in at once.
//!
//! Kept true here: one beyond that is refused before anything of it is looked at, so that its sender comes again
//! and nothing of it waits in memory.

use axum::http::StatusCode;
use sophia_diagnostics::codes;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::answer::Refused;

/// The most deliveries and requests that are taken in at once.
const AT_ONCE: usize = 1_024;

/// Room for deliveries that come in.
pub(crate) struct Room(Semaphore);

impl Default for Room {
    fn default() -> Self {
        Self(Semaphore::new(AT_ONCE))
    }
}

impl Room {
    /// A place, held until what came in is on the disk.
    pub(super) fn take(&self) -> Result<SemaphorePermit<'_>, Refused> {
        self.0.try_acquire().map_err(|_| Refused {
            code: Some(codes::S873),
            ..Refused::new(
                StatusCode::TOO_MANY_REQUESTS,
                format!("{AT_ONCE} deliveries are being taken in, and no more are at once."),
            )
        })
    }
}
