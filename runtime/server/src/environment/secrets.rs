//! Secrets by name. The manifest holds names; the texts come from the environment of the process.
//!
//! The secret `openai_key` is read from the variable `SOPHIA_SECRET_OPENAI_KEY`.

use std::sync::Arc;

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
