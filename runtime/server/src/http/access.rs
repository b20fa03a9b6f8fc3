//! Who may start and see runs, and who acts.
//!
//! Kept true here: who acts is whoever the token belongs to, and nothing in a request says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode, header};
use sophia_compiler::project::Manifest;
use sophia_diagnostics::{Problem, codes};
use sophia_guard::Secret;

use super::Shared;
use super::answer::Refused;
use crate::environment::{Secrets, variable};

/// Who acts with the token that belongs to nobody.
const NOBODY: &str = "the access token";

/// The tokens of people, by address: a person's token is the secret `access_ADDRESS`.
pub(super) fn tokens(
    manifest: &Manifest,
    secrets: &Secrets,
) -> Result<Vec<(Arc<str>, Secret)>, Problem> {
    let people: BTreeSet<&String> = (manifest.people.keys())
        .chain(manifest.groups.values().flatten())
        .collect();
    let mut named = BTreeMap::<String, &String>::new();
    let mut tokens = Vec::new();
    for person in people {
        let name = format!("access_{person}");
        let Some(token) = secrets.secret(&name) else {
            continue;
        };
        if let Some(other) = named.insert(variable(&name), person) {
            return Err(Problem::new(
                codes::S995,
                format!("{other} and {person} would have one access token."),
            )
            .with_help(format!("both are read from {}", variable(&name))));
        }
        tokens.push((person.as_str().into(), token));
    }
    Ok(tokens)
}

/// Lets in who has an access token; without one, programs of this machine, and no page that a browser
/// shows.
pub(super) fn check(shared: &Shared, headers: &HeaderMap) -> Result<(), Refused> {
    if named(shared, headers).is_some() {
        return Ok(());
    }
    match &shared.token {
        Some(_) => Err(unknown()),
        None if headers.contains_key(header::AUTHORIZATION) => Err(unknown()),
        None if !shared.local => Err(Refused::new(
            StatusCode::UNAUTHORIZED,
            "There is no access token here, so nobody is let in.",
        )),
        None if headers.contains_key(header::ORIGIN) => Err(Refused::new(
            StatusCode::FORBIDDEN,
            "A page in a browser may not start or see runs without an access token.",
        )),
        // A page that calls itself by another name of this machine would look like a program of it.
        None if !names_this_machine(headers) => Err(Refused::new(
            StatusCode::FORBIDDEN,
            "Without an access token this is reached as localhost alone.",
        )),
        None => Ok(()),
    }
}

/// Who acts. Nobody does anything with a run without a token.
pub(super) fn who(shared: &Shared, headers: &HeaderMap) -> Result<Arc<str>, Refused> {
    named(shared, headers).ok_or_else(unknown)
}

fn unknown() -> Refused {
    Refused::new(
        StatusCode::UNAUTHORIZED,
        "The access token is missing or another one. Send it as `Authorization: Bearer …`.",
    )
}

/// Whose token came.
fn named(shared: &Shared, headers: &HeaderMap) -> Option<Arc<str>> {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))?;
    let given = blake3::hash(given.as_bytes());
    // Digests are compared in constant time.
    let fits = |token: &Secret| blake3::hash(token.reveal().as_bytes()) == given;
    let person = shared.people.iter().find(|(_, token)| fits(token));
    let nobody = || (shared.token.as_ref().is_some_and(fits)).then(|| NOBODY.into());
    person.map(|(person, _)| person.clone()).or_else(nobody)
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
