//! The manifest's words about a `PostgreSQL` database.

use std::path::Path;
use std::time::Duration;

use sophia_compiler::project::ConnectionSettings;
use sophia_data::{PostgresSettings, Tls};
use sophia_diagnostics::Problem;

use super::secrets::SecretSource;
use super::written::Written;

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
    let written = Written::of(name, written);
    let text = |key| written.text(key);
    let number = |key| written.number(key, 1);
    let wrong = |key, wanted| written.wrong(key, wanted);
    let host = text("host")?.unwrap_or_else(|| "localhost".to_owned());
    let database =
        text("database")?.ok_or_else(|| wrong("database", "the name of the database"))?;
    let user = text("user")?.ok_or_else(|| wrong("user", "the account"))?;
    let password = written.password(secrets)?;
    let certificate = text("certificate")?.map(|path| root.join(path));
    let tls = match text("tls")?.as_deref() {
        None if certificate.is_some() => Tls::Verify(certificate),
        None | Some("prefer") => Tls::Prefer,
        Some("off") => Tls::Off,
        Some("require") => Tls::Require,
        Some("verify") => Tls::Verify(certificate),
        Some(_) => return Err(wrong("tls", "`off`, `prefer`, `require` or `verify`")),
    };
    Ok(PostgresSettings {
        host,
        port: written.port(5432)?,
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
