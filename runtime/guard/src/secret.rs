//! A secret: a text that never shows itself.
//!
//! Kept true here: neither `Debug` nor any message holds the text; a caller that needs it says
//! [`Secret::reveal`], which is easy to search for in a review; its memory is overwritten when the last
//! copy goes.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

/// A key, a token, a password.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a text over. The caller must not keep a copy.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().into())
    }

    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// The same secret in the shape that client libraries take.
    #[must_use]
    pub fn inner(&self) -> &SecretString {
        &self.0
    }

    /// A text that somebody else wrote, with every occurrence of the secret replaced by `…`.
    #[must_use]
    pub fn remove_from(&self, text: &str) -> String {
        if self.reveal().is_empty() {
            text.to_owned()
        } else {
            text.replace(self.reveal(), "…")
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}
