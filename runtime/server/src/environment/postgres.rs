//! The manifest's words about a `PostgreSQL` database.

use std::path::Path;
use std::time::Duration;

use sophia_compiler::project::ConnectionSettings;
use sophia_data::{PostgresSettings, Tls};
use sophia_diagnostics::{Problem, codes};

use super::secrets::{SecretSource, variable};

/// How long a statement may take where the manifest does not say so.
const STATEMENT_TIMEOUT: u64 = 300;

/// How many statements run at the same time where the manifest does not say so.
const CONNECTIONS: u32 = 8;

/// How the database of a connection is reached.
///
/// # Errors
/// S930 when a setting is missing or wrong, S930 when the secret of the password is not there.
pub(super) fn settings(
    name: &str,
    written: &ConnectionSettings,
    root: &Path,
    secrets: &dyn SecretSource,
) -> Result<PostgresSettings, Problem> {
    let wrong = |key: &str, wanted: &str| {
        Problem::new(
            codes::S930,
            format!("The connection `{name}` needs `{key}`: {wanted}."),
        )
        .with_help(format!(
            "write it under [connections.{name}] in sophia.toml"
        ))
    };
    let text = |key: &str| match written.other.get(key) {
        None => Ok(None),
        Some(value) => value
            .as_str()
            .map(|text| Some(text.to_owned()))
            .ok_or_else(|| wrong(key, "a text in quotes")),
    };
    let number = |key: &str| match written.other.get(key) {
        None => Ok(None),
        Some(value) => value
            .as_integer()
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| *number > 0)
            .map(Some)
            .ok_or_else(|| wrong(key, "a whole number above 0")),
    };
    let host = text("host")?.unwrap_or_else(|| "localhost".to_owned());
    let database =
        text("database")?.ok_or_else(|| wrong("database", "the name of the database"))?;
    let user = text("user")?.ok_or_else(|| wrong("user", "the account"))?;
    let password = match written.other.get("password") {
        None => None,
        Some(value) => {
            let secret = value
                .get("secret")
                .and_then(|secret| secret.as_str())
                .ok_or_else(|| wrong("password", "`{ secret = \"NAME\" }`, never the password"))?;
            let found = secrets.secret(secret).ok_or_else(|| {
                Problem::new(
                    codes::S930,
                    format!("The secret `{secret}` for the connection `{name}` is not set."),
                )
                .with_help(format!("set the variable {}", variable(secret)))
            })?;
            Some(found)
        }
    };
    let certificate = text("certificate")?.map(|path| root.join(path));
    let tls = match text("tls")?.as_deref() {
        None if certificate.is_some() => Tls::Verify(certificate),
        None | Some("prefer") => Tls::Prefer,
        Some("off") => Tls::Off,
        Some("require") => Tls::Require,
        Some("verify") => Tls::Verify(certificate),
        Some(_) => return Err(wrong("tls", "`off`, `prefer`, `require` or `verify`")),
    };
    let port = number("port")?.unwrap_or(5432);
    Ok(PostgresSettings {
        host,
        port: u16::try_from(port).map_err(|_| wrong("port", "a number below 65536"))?,
        user,
        password,
        database,
        schema: text("schema")?.unwrap_or_else(|| "public".to_owned()),
        tls,
        connections: number("connections")?.unwrap_or(CONNECTIONS),
        statement_timeout: Duration::from_secs(
            number("statement_timeout")?.map_or(STATEMENT_TIMEOUT, u64::from),
        ),
    })
}
