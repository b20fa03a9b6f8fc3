//! A text that must not be seen.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

/// A key or a password. It shows itself to nobody but the request that needs it, and its memory is
/// overwritten when the last copy goes.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes the text over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text.into())
    }

    pub(crate) fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    pub(crate) fn inner(&self) -> &SecretString {
        &self.0
    }

    /// Removes the secret from a text that somebody else wrote.
    pub(crate) fn remove_from(&self, text: &str) -> String {
        if self.reveal().is_empty() {
            text.to_owned()
        } else {
            text.replace(self.reveal(), "…")
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}
