//! Resources of a server: read, and followed.
//!
//! Kept true here: what a resource holds is asked of the server each time, past every cache; a server that does not
//! offer to tell, or refuses to, is one that has to be asked.

use rmcp::model::{
    ClientRequest, ReadResourceRequest, ReadResourceRequestParams, ReadResourceResult,
    ResourceContents, ServerResult, SubscribeRequestParams,
};
use rmcp::service::ServiceError;
use sophia_diagnostics::{Problem, codes};
use tokio::time::timeout;

use super::following::Following;
use super::over_rmcp::{StdioConnection, seconds};
use super::reported;
use crate::Resource;

impl StdioConnection {
    /// See [`super::connection::Connection::read`].
    pub(super) async fn read_resource(&self, uri: &str) -> Result<Resource, Problem> {
        let parameters = ReadResourceRequestParams::new(uri);
        let request = ClientRequest::ReadResourceRequest(ReadResourceRequest::new(parameters));
        let server = &self.settings.name;
        match timeout(self.settings.start_timeout, self.peer.send_request(request)).await {
            Ok(Ok(ServerResult::ReadResourceResult(result))) => Ok(resource(&result)),
            Ok(Ok(ServerResult::InputRequiredResult(_))) => {
                let problem =
                    Problem::new(codes::S956, format!("{server} could not read `{uri}`."));
                Err(problem.because("it asks for more than the name of the resource"))
            }
            Ok(Err(ServiceError::McpError(error))) => {
                let problem =
                    Problem::new(codes::S956, format!("{server} could not read `{uri}`."));
                Err(reported::with_words(problem, &error.message, &self.mask))
            }
            Ok(Err(ServiceError::TransportClosed | ServiceError::TransportSend(_))) => {
                let message = format!("The tool server {server} stopped while reading `{uri}`.");
                Err(self.lost(message).await)
            }
            Ok(Ok(_) | Err(_)) => Err(Problem::new(
                codes::S953,
                format!(
                    "{server} answered the reading of `{uri}` with something that is not an answer."
                ),
            )),
            Err(_) => Err(Problem::new(
                codes::S952,
                format!(
                    "The tool server {server} did not give `{uri}` within {}.",
                    seconds(self.settings.start_timeout)
                ),
            )),
        }
    }

    /// See [`super::connection::Connection::follow`].
    pub(super) async fn follow_resource(&self, uri: &str) -> Result<Following, Problem> {
        let offers = self.peer.peer_info().is_some_and(|info| {
            let resources = info.capabilities.resources.as_ref();
            resources.is_some_and(|resources| resources.subscribe == Some(true))
        });
        if !offers || !self.greets() {
            return Ok(Following::asked());
        }
        // From here on, so that nothing is missed that is told before the answer is there.
        let told = self.observed.told();
        #[allow(
            deprecated,
            reason = "what replaces it is spoken by servers of the newest revision alone"
        )]
        let subscribed = self.peer.subscribe(SubscribeRequestParams::new(uri));
        let server = &self.settings.name;
        match timeout(self.settings.start_timeout, subscribed).await {
            Ok(Ok(())) => Ok(Following::told(told)),
            Ok(Err(ServiceError::TransportClosed | ServiceError::TransportSend(_))) => {
                let message =
                    format!("The tool server {server} stopped before it could follow `{uri}`.");
                Err(self.lost(message).await)
            }
            Ok(Err(_)) => Ok(Following::asked()),
            Err(_) => Err(Problem::new(
                codes::S952,
                format!(
                    "The tool server {server} did not say within {} whether it tells when `{uri}` changes.",
                    seconds(self.settings.start_timeout)
                ),
            )),
        }
    }
}

/// What a resource holds: its texts, and a digest of all of it.
fn resource(result: &ReadResourceResult) -> Resource {
    let mut hasher = blake3::Hasher::new();
    let mut texts = Vec::new();
    let mut part = |uri: &str, kind: &[u8], content: &str| {
        for piece in [uri.as_bytes(), kind, content.as_bytes()] {
            // With its length, so that two contents are not one that begins and ends elsewhere.
            hasher.update(&piece.len().to_le_bytes());
            hasher.update(piece);
        }
    };
    for content in &result.contents {
        match content {
            ResourceContents::TextResourceContents { uri, text, .. } => {
                part(uri, b"text", text);
                texts.push(text.as_str());
            }
            ResourceContents::BlobResourceContents { uri, blob, .. } => part(uri, b"bytes", blob),
            // Of a kind that nobody here knows.
            _ => {}
        }
    }
    Resource {
        text: (!texts.is_empty()).then(|| texts.join("\n")),
        digest: *hasher.finalize().as_bytes(),
    }
}
