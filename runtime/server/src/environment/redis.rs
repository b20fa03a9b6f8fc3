//! The manifest's words about a Redis server.

use std::net::IpAddr;

use sophia_compiler::project::ConnectionSettings;
use sophia_data::RedisSettings;
use sophia_diagnostics::Problem;

use super::secrets::SecretSource;
use super::written::Written;

/// How the server of a connection is reached.
///
/// # Errors
/// S930 when a setting is wrong, when the secret of the password is not there, or when the way to another machine
/// is not said to be safe: it is not encrypted.
pub(super) fn settings(
    name: &str,
    written: &ConnectionSettings,
    secrets: &dyn SecretSource,
) -> Result<RedisSettings, Problem> {
    let written = Written::of(name, written);
    let host = written.text("host")?;
    let host = host.unwrap_or_else(|| "localhost".to_owned());
    match written.text("tls")?.as_deref() {
        Some("off") => {}
        None if is_here(&host) => {}
        _ => {
            return Err(written.wrong(
                "tls",
                "`off` where the way to another machine is safe by itself, because it is not encrypted",
            ));
        }
    }
    Ok(RedisSettings {
        name: name.to_owned(),
        host,
        port: written.port(6379)?,
        user: written.text("user")?,
        password: written.password(secrets)?,
        database: written.number("database", 0)?.unwrap_or(0),
    })
}

/// Whether a host is this very machine.
fn is_here(host: &str) -> bool {
    let address = host.parse::<IpAddr>();
    host.starts_with('/')
        || host == "localhost"
        || address.is_ok_and(|address| address.is_loopback())
}
