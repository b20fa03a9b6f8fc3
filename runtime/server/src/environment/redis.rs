//! The manifest's words about a Redis server.

use std::net::IpAddr;
use std::path::Path;

use sophia_compiler::project::ConnectionSettings;
use sophia_data::{Encryption, RedisSettings};
use sophia_diagnostics::Problem;

use super::secrets::SecretSource;
use super::written::Written;

/// How the server of a connection is reached. The way to another machine is encrypted unless it is said not to be.
///
/// # Errors
/// S930 when a setting is wrong or the secret of the password is not there.
pub(super) fn settings(
    name: &str,
    written: &ConnectionSettings,
    root: &Path,
    secrets: &dyn SecretSource,
) -> Result<RedisSettings, Problem> {
    let written = Written::of(name, written);
    let host = written.text("host")?;
    let host = host.unwrap_or_else(|| "localhost".to_owned());
    let certificate = written.text("certificate")?.map(|path| root.join(path));
    let encryption = match written.text("tls")?.as_deref() {
        Some("off") => Encryption::Off,
        None if certificate.is_none() && is_here(&host) => Encryption::Off,
        None | Some("verify") => Encryption::Verified(certificate),
        Some(_) => return Err(written.wrong("tls", "`off` or `verify`")),
    };
    Ok(RedisSettings {
        name: name.to_owned(),
        host,
        port: written.port(6379)?,
        user: written.text("user")?,
        password: written.password(secrets)?,
        database: written.number("database", 0)?.unwrap_or(0),
        encryption,
    })
}

/// Whether a host is this very machine.
fn is_here(host: &str) -> bool {
    let address = host.parse::<IpAddr>();
    host.starts_with('/')
        || host == "localhost"
        || address.is_ok_and(|address| address.is_loopback())
}
