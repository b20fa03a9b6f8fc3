//! How requests travel: our own HTTP client, below the client library and in place of its retries.
//!
//! Kept true here: a refusal keeps its status and its `Retry-After`; a body that is no JSON goes no
//! further, so that no library writes it into a log; bodies have a largest size.

use std::net::IpAddr;
use std::time::Duration;

use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use reqwest::{Response, Url, redirect};
use serde::de::IgnoredAny;
use tower::util::BoxCloneSyncService;

use super::failure::{Malformed, Refusal};
use crate::exchange::Failure;

/// A connection that takes longer is no connection.
const CONNECTING: Duration = Duration::from_secs(10);
/// A server that is silent for longer has stalled; models think for minutes at most.
const SILENCE: Duration = Duration::from_mins(5);
/// The largest body in bytes.
const LARGEST: usize = 16 << 20;
/// What is kept of the body of a refusal, in bytes.
const KEPT_OF_REFUSAL: usize = 8 << 10;

/// Sends requests.
pub type Transport = BoxCloneSyncService<HttpRequestFactory, Response, OpenAIError>;

/// Opens the way to a server; nothing is sent yet. The client alone would only build requests.
pub fn open(url: &Url) -> Result<(reqwest::Client, Transport), Failure> {
    // One provider of cryptography for the whole program; another one that is there already is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .connect_timeout(CONNECTING)
        .read_timeout(SILENCE)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never());
    if is_local(url) {
        builder = builder.no_proxy();
    }
    if url.scheme() == "http" {
        // Plain HTTP must work on a machine without certificates too.
        builder = builder.tls_certs_only([]);
    }
    let client = builder.build().map_err(|error| {
        Failure::lasting(format!(
            "no secure connection can be made from this machine: {}",
            super::failure::innermost(&error)
        ))
    })?;
    let sender = client.clone();
    let transport =
        BoxCloneSyncService::new(tower::service_fn(move |request: HttpRequestFactory| {
            send(sender.clone(), request)
        }));
    Ok((client, transport))
}

fn is_local(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        host == "localhost"
            || host
                .trim_matches(['[', ']'])
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    })
}

async fn send(
    client: reqwest::Client,
    request: HttpRequestFactory,
) -> Result<Response, OpenAIError> {
    let request = request.build().await?;
    let mut response = client.execute(request).await?;
    let status = response.status();
    if !status.is_success() {
        let retry_after = response
            .headers()
            .get(http::header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.trim().parse().ok())
            .map(Duration::from_secs);
        let mut body = Vec::new();
        // A body that breaks off does not change what the status says.
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() > KEPT_OF_REFUSAL {
                break;
            }
        }
        return Err(OpenAIError::Boxed(Box::new(Refusal::new(
            status,
            retry_after,
            &body,
        ))));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            return Err(OpenAIError::Boxed(Box::new(Malformed)));
        }
    }
    if serde_json::from_slice::<IgnoredAny>(&body).is_err() {
        return Err(OpenAIError::Boxed(Box::new(Malformed)));
    }
    let mut whole = http::Response::new(body);
    *whole.status_mut() = status;
    Ok(whole.into())
}
