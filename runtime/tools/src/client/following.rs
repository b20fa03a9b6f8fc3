//! A resource of a server that is followed.
//!
//! Kept true here: what is told is only that it may have changed; whoever follows it reads it again and looks.

use tokio::sync::watch;

use super::wire::Told;

/// A resource that is followed.
#[derive(Debug)]
pub struct Following {
    told: Option<watch::Receiver<Told>>,
}

impl Following {
    /// Of a server that tells what changes.
    pub(super) fn told(told: watch::Receiver<Told>) -> Self {
        Self { told: Some(told) }
    }

    /// Of a server that tells nothing, and has to be asked.
    pub(super) fn asked() -> Self {
        Self { told: None }
    }

    /// Whether the server tells when the resource may have changed.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.told.is_some()
    }

    /// Whether the connection ended, so that it has to be followed anew.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let told = self.told.as_ref();
        told.is_some_and(|told| told.borrow().is_over || told.has_changed().is_err())
    }

    /// Returns once the server has told something that this has not returned for, or the connection ended; never
    /// where the server tells nothing. May be dropped and called again.
    pub async fn changed(&mut self) {
        match &mut self.told {
            Some(told) => {
                // Without a sender the connection is gone.
                let _gone = told.changed().await;
            }
            None => std::future::pending().await,
        }
    }
}
