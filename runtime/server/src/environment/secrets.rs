//! Secrets by name. The manifest holds names; the texts come from the environment of the process.
//!
//! The secret `openai_key` is read from the variable `SOPHIA_SECRET_OPENAI_KEY`.

use std::sync::Arc;

use sophia_diagnostics::Problem;
use sophia_engine::Keys;
use sophia_guard::Secret;

/// Where secrets come from.
pub trait SecretSource: Send + Sync {
    /// The secret of a name, or nothing where it is not set.
    fn secret(&self, name: &str) -> Option<Secret>;
}

/// A shared source of secrets.
pub type Secrets = Arc<dyn SecretSource>;

/// The variable that holds a secret.
#[must_use]
pub fn variable(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    format!("SOPHIA_SECRET_{name}")
}

/// Secrets from the variables of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessSecrets;

impl SecretSource for ProcessSecrets {
    fn secret(&self, name: &str) -> Option<Secret> {
        std::env::var(variable(name))
            .ok()
            .filter(|text| !text.is_empty())
            .map(Secret::new)
    }
}

/// The secret with which what runs hold is encrypted; without it, it is not.
const STORE_KEY: &str = "store_key";

/// Former keys, with commas between: what was written with them can still be read.
const STORE_KEY_BEFORE: &str = "store_key_before";

/// The keys of the store.
///
/// # Errors
/// S909 when one cannot be a key.
pub fn store_keys(secrets: &Secrets) -> Result<Keys, Problem> {
    let (current, before) = (secrets.secret(STORE_KEY), secrets.secret(STORE_KEY_BEFORE));
    let former = before.iter().flat_map(|before| before.reveal().split(','));
    Keys::of(
        current.as_ref().map(Secret::reveal),
        former.filter(|key| !key.trim().is_empty()),
    )
}
