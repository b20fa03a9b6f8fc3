//! What the manifest says about a connection, key by key.
//!
//! Kept true here: what is wrong is told with its key and with what is wanted there; a password is a secret's
//! name, never its text.

use sophia_compiler::project::ConnectionSettings;
use sophia_diagnostics::{Problem, codes};
use sophia_guard::Secret;

use super::secrets::{SecretSource, variable};

/// A connection as it is written.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    name: &'a str,
    settings: &'a ConnectionSettings,
}

impl<'a> Written<'a> {
    pub(super) fn of(name: &'a str, settings: &'a ConnectionSettings) -> Self {
        Self { name, settings }
    }

    /// What stands there is wrong, or missing: what is wanted.
    pub(super) fn wrong(self, key: &str, wanted: &str) -> Problem {
        let name = self.name;
        Problem::new(
            codes::S930,
            format!("The connection `{name}` needs `{key}`: {wanted}."),
        )
        .with_help(format!(
            "write it under [connections.{name}] in sophia.toml"
        ))
    }

    /// A text; nothing where none stands there.
    ///
    /// # Errors
    /// S930 when it is something else.
    pub(super) fn text(self, key: &str) -> Result<Option<String>, Problem> {
        let Some(value) = self.settings.other.get(key) else {
            return Ok(None);
        };
        let text = value.as_str().map(ToOwned::to_owned);
        text.map(Some)
            .ok_or_else(|| self.wrong(key, "a text in quotes"))
    }

    /// A whole number that is not below another; nothing where none stands there.
    ///
    /// # Errors
    /// S930 when it is something else.
    pub(super) fn number(self, key: &str, least: u32) -> Result<Option<u32>, Problem> {
        let Some(value) = self.settings.other.get(key) else {
            return Ok(None);
        };
        let number = value.as_integer();
        let number = number.and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| *number >= least);
        number
            .map(Some)
            .ok_or_else(|| self.wrong(key, &format!("a whole number from {least} on")))
    }

    /// The port.
    ///
    /// # Errors
    /// S930 when it is none.
    pub(super) fn port(self, without: u16) -> Result<u16, Problem> {
        let port = self.number("port", 1)?.unwrap_or(without.into());
        u16::try_from(port).map_err(|_| self.wrong("port", "a number below 65536"))
    }

    /// The password; nothing where none is named.
    ///
    /// # Errors
    /// S930 when it is no name of a secret, or the secret is not there.
    pub(super) fn password(self, secrets: &dyn SecretSource) -> Result<Option<Secret>, Problem> {
        let Some(value) = self.settings.other.get("password") else {
            return Ok(None);
        };
        let secret = value.get("secret").and_then(|secret| secret.as_str());
        let wanted = "`{ secret = \"NAME\" }`, never the password";
        let secret = secret.ok_or_else(|| self.wrong("password", wanted))?;
        let found = secrets.secret(secret).ok_or_else(|| {
            Problem::new(
                codes::S930,
                format!(
                    "The secret `{secret}` for the connection `{}` is not set.",
                    self.name
                ),
            )
            .with_help(format!("set the variable {}", variable(secret)))
        })?;
        Ok(Some(found))
    }
}
