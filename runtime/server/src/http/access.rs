//! Who may start and see runs.

use axum::http::{HeaderMap, StatusCode, header};

use super::Shared;
use super::answer::Refused;

/// Lets in who has the access token; without one, programs of this machine, and no page that a browser
/// shows.
pub(super) fn check(shared: &Shared, headers: &HeaderMap) -> Result<(), Refused> {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    match (&shared.token, given) {
        // Digests are compared in constant time.
        (Some(token), Some(given))
            if blake3::hash(token.reveal().as_bytes()) == blake3::hash(given.as_bytes()) =>
        {
            Ok(())
        }
        (Some(_), _) => Err(Refused::new(
            StatusCode::UNAUTHORIZED,
            "The access token is missing or another one. Send it as `Authorization: Bearer …`.",
        )),
        (None, _) if !shared.local => Err(Refused::new(
            StatusCode::UNAUTHORIZED,
            "There is no access token here, so nobody is let in.",
        )),
        (None, _) if headers.contains_key(header::ORIGIN) => Err(Refused::new(
            StatusCode::FORBIDDEN,
            "A page in a browser may not start or see runs without an access token.",
        )),
        // A page that calls itself by another name of this machine would look like a program of it.
        (None, _) if !names_this_machine(headers) => Err(Refused::new(
            StatusCode::FORBIDDEN,
            "Without an access token this is reached as localhost alone.",
        )),
        (None, _) => Ok(()),
    }
}

fn names_this_machine(headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let Some(host) = host else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
