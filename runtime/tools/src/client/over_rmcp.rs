//! A connection to a child process, spoken by `rmcp`.
//!
//! Kept true here: the older handshake comes first, because nearly every server speaks it and some
//! hang or exit at anything else; only a server that refuses it is started again in the newer mode.
//! A lost connection always comes with the reason that the process left behind.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rmcp::RoleClient;
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, ClientCapabilities, ClientConfig, ClientRequest,
    Implementation, ListToolsResult, PaginatedRequestParams, ProtocolVersion, RequestMetaObject,
    ServerResult,
};
use rmcp::service::{
    ClientInitializeError, ClientLifecycleMode, ClientServiceExt, Peer, PeerRequestOptions,
    RequestHandle, RunningService, ServiceError,
};
use serde_json::{Map, Value};
use sophia_diagnostics::{Problem, codes};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout, timeout_at};

use super::ServerSettings;
use super::connection::Connection;
use super::following::Following;
use super::process::{Ending, ServerProcess};
use super::secret::Mask;
use super::wire::{Observed, Wire};
use super::{listed, reported, secret};
use crate::{
    HONOURS_KEYS, IDEMPOTENCY_KEY, Resource, STAND_IN, ServerDescription, ToolAnswer, ToolFailure,
    limits,
};

/// How long a process may take to end after it closed its output, so that its exit status is known.
const LAST_MOMENT: Duration = Duration::from_millis(300);

/// Which handshake a server speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Era {
    /// `initialize`, up to the revision of 2025-11-25.
    #[default]
    Handshake,
    /// `server/discover`, from the revision of 2026-07-28.
    Stateless,
}

/// A live connection.
pub(super) struct StdioConnection {
    pub(super) settings: Arc<ServerSettings>,
    pub(super) mask: Mask,
    pub(super) peer: Peer<RoleClient>,
    pub(super) observed: Arc<Observed>,
    era: Era,
    running: Mutex<Running>,
}

/// What exists until the connection is closed.
struct Running {
    service: Option<RunningService<RoleClient, ClientConfig>>,
    process: ServerProcess,
    ending: Option<Ending>,
}

impl StdioConnection {
    /// Starts the server and shakes hands, first in the way that worked the last time.
    pub(super) async fn open(
        settings: &Arc<ServerSettings>,
        era: Era,
    ) -> Result<(Self, Era), Problem> {
        let deadline = Instant::now() + settings.start_timeout;
        match Self::attempt(settings, era, deadline).await {
            Ok(connection) => Ok((connection, era)),
            Err(Attempt::Failed(problem)) => Err(problem),
            Err(Attempt::Refused(problem)) => {
                let other = match era {
                    Era::Handshake => Era::Stateless,
                    Era::Stateless => Era::Handshake,
                };
                match Self::attempt(settings, other, deadline).await {
                    Ok(connection) => Ok((connection, other)),
                    Err(Attempt::Failed(second)) if second.code != codes::S953 => Err(second),
                    // The second refusal says less about the server than the first.
                    Err(_) => Err(problem),
                }
            }
        }
    }

    async fn attempt(
        settings: &Arc<ServerSettings>,
        era: Era,
        deadline: Instant,
    ) -> Result<Self, Attempt> {
        let mask = Mask::new(settings.secrets.iter().map(|(_, secret)| secret));
        let (mut process, input, output) =
            ServerProcess::start(settings, &mask).map_err(Attempt::Failed)?;
        let observed = Arc::new(Observed::default());
        let wire = Wire::new(output, input, Arc::clone(&observed));
        let handshake = identity().serve_with_lifecycle(wire, lifecycle(era));
        let server = &settings.name;
        match timeout_at(deadline, handshake).await {
            Ok(Ok(service)) => Ok(Self {
                settings: Arc::clone(settings),
                mask,
                peer: service.peer().clone(),
                observed,
                era,
                running: Mutex::new(Running {
                    service: Some(service),
                    process,
                    ending: None,
                }),
            }),
            Err(_) => {
                let mut problem = Problem::new(
                    codes::S952,
                    format!(
                        "The tool server {server} did not answer within {} of being started.",
                        seconds(settings.start_timeout)
                    ),
                );
                problem.causes = strays(&observed, &mask);
                problem.causes.extend(process.last_lines());
                keep_last(&mut problem.causes);
                process.end(Duration::ZERO).await;
                Err(Attempt::Failed(problem.with_help(format!(
                    "start `{}` by hand and see whether it waits for something",
                    mask.shown(&settings.command.join(" "))
                ))))
            }
            Ok(Err(
                ClientInitializeError::ConnectionClosed(_)
                | ClientInitializeError::TransportError { .. },
            )) => {
                let ending = process.end(LAST_MOMENT).await;
                let message = format!("The tool server {server} stopped while it was starting.");
                Err(Attempt::Failed(lost(message, &observed, &mask, &ending)))
            }
            Ok(Err(error)) => {
                process.end(Duration::ZERO).await;
                Err(Attempt::Refused(
                    Problem::new(
                        codes::S953,
                        format!("The tool server {server} does not answer as an MCP server would."),
                    )
                    .because(mask.shown(&error.to_string())),
                ))
            }
        }
    }

    /// Whether it began with a greeting, as up to the revision of 2025-11-25.
    pub(super) fn greets(&self) -> bool {
        self.era == Era::Handshake
    }

    /// Closes the connection, once, and says how the process ended.
    async fn ending(&self, patient: bool) -> Ending {
        let mut running = self.running.lock().await;
        if let Some(ending) = &running.ending {
            return ending.clone();
        }
        self.observed.end();
        if let Some(mut service) = running.service.take() {
            // Closing lets the transport go, and with it the server's input.
            let _closed = service.close_with_timeout(LAST_MOMENT).await;
        }
        let ending = if patient {
            running.process.end_gently().await
        } else {
            running.process.end(LAST_MOMENT).await
        };
        running.ending = Some(ending.clone());
        ending
    }

    pub(super) async fn lost(&self, message: String) -> Problem {
        let ending = self.ending(false).await;
        lost(message, &self.observed, &self.mask, &ending)
    }

    async fn page(&self, cursor: Option<String>) -> Result<ListToolsResult, Problem> {
        let server = &self.settings.name;
        let parameters =
            cursor.map(|cursor| PaginatedRequestParams::default().with_cursor(Some(cursor)));
        match timeout(
            self.settings.start_timeout,
            self.peer.list_tools(parameters),
        )
        .await
        {
            Ok(Ok(page)) => Ok(page),
            Ok(Err(ServiceError::TransportClosed | ServiceError::TransportSend(_))) => Err(self
                .lost(format!(
                    "The tool server {server} stopped while it was listing its tools."
                ))
                .await),
            Ok(Err(error)) => Err(Problem::new(
                codes::S953,
                format!("The tool server {server} gave no valid list of its tools."),
            )
            .because(self.mask.shown(&error.to_string()))),
            Err(_) => Err(Problem::new(
                codes::S952,
                format!(
                    "The tool server {server} did not list its tools within {}.",
                    seconds(self.settings.start_timeout)
                ),
            )),
        }
    }
}

#[async_trait]
impl Connection for StdioConnection {
    async fn describe(&self) -> Result<ServerDescription, Problem> {
        let mut description = ServerDescription {
            server: self.settings.name.clone(),
            version: String::new(),
            stand_in: false,
            tools: Vec::new(),
        };
        if let Some(identity) = self
            .peer
            .peer_info()
            .and_then(|info| info.server_info.clone())
        {
            description.server = secret::shorten(&identity.name);
            description.version = secret::shorten(&identity.version);
        }
        let mut cursor = None;
        for _ in 0..limits::PAGES {
            let page = self.page(cursor).await?;
            let marked = |mark: &str| {
                let meta = page.meta.as_ref();
                meta.and_then(|meta| meta.0.get(mark)) == Some(&Value::Bool(true))
            };
            let honours_keys = marked(HONOURS_KEYS);
            description.stand_in |= marked(STAND_IN);
            for tool in page.tools {
                description
                    .tools
                    .push(listed::described(tool, honours_keys));
            }
            listed::check(&self.settings.name, &description.tools)?;
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(description);
            }
        }
        Err(Problem::new(
            codes::S953,
            format!(
                "The list of tools of {} has more than {} pages.",
                self.settings.name,
                limits::PAGES
            ),
        ))
    }

    async fn call(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        key: &str,
        deadline: Option<Instant>,
    ) -> Result<ToolAnswer, ToolFailure> {
        let server = &self.settings.name;
        let parameters = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        let request = ClientRequest::CallToolRequest(CallToolRequest::new(parameters));
        let mut meta = RequestMetaObject::new();
        if !key.is_empty() {
            meta.0.0.insert(IDEMPOTENCY_KEY.to_owned(), key.into());
        }
        let options = PeerRequestOptions::no_options().with_meta(meta);
        let Ok(handle) = self.peer.send_cancellable_request(request, options).await else {
            let message = format!("The tool server {server} stopped before `{tool}` was called.");
            return Err(ToolFailure::transient(self.lost(message).await));
        };
        let mut pending = Pending {
            request: handle.id.clone(),
            observed: Arc::clone(&self.observed),
            handle: Some(handle),
        };
        let Some(response) = pending.response(deadline).await else {
            let message = format!("{server} did not answer `{tool}` in time.");
            let problem = Problem::new(codes::S952, message);
            return Err(if pending.may_have_arrived() {
                ToolFailure::unknown(problem)
            } else {
                ToolFailure::transient(problem)
            });
        };
        match response {
            Ok(ServerResult::CallToolResult(result)) => {
                reported::outcome(server, tool, result, &self.mask)
            }
            Ok(ServerResult::InputRequiredResult(_) | ServerResult::CreateTaskResult(_)) => {
                Err(ToolFailure::permanent(
                    Problem::new(codes::S956, format!("{server} could not do `{tool}`."))
                        .because("it asks for more than the arguments of the call"),
                ))
            }
            Err(ServiceError::McpError(error)) => {
                Err(reported::refusal(server, tool, &error, &self.mask))
            }
            Err(ServiceError::TransportClosed | ServiceError::TransportSend(_)) => {
                if pending.may_have_arrived() {
                    let message = format!("The tool server {server} stopped while doing `{tool}`.");
                    Err(ToolFailure::unknown(self.lost(message).await))
                } else {
                    let message =
                        format!("The tool server {server} stopped before `{tool}` was called.");
                    Err(ToolFailure::transient(self.lost(message).await))
                }
            }
            Ok(_) | Err(_) => Err(ToolFailure::unknown(Problem::new(
                codes::S953,
                format!("{server} answered `{tool}` with something that is not an answer."),
            ))),
        }
    }

    async fn read(&self, uri: &str) -> Result<Resource, Problem> {
        self.read_resource(uri).await
    }

    async fn follow(&self, uri: &str) -> Result<Following, Problem> {
        self.follow_resource(uri).await
    }

    fn is_alive(&self) -> bool {
        !self.peer.is_transport_closed()
            && !self.observed.is_over()
            && self.observed.fault().is_none()
    }

    async fn close(&self) {
        let patient = self.is_alive();
        self.ending(patient).await;
    }
}

/// Why a handshake did not succeed.
enum Attempt {
    /// The server spoke, and refused this handshake.
    Refused(Problem),
    /// Anything else.
    Failed(Problem),
}

/// A request that was handed to the wire. Dropped without an answer, it tells the server.
struct Pending {
    request: rmcp::model::RequestId,
    observed: Arc<Observed>,
    handle: Option<RequestHandle<RoleClient>>,
}

impl Pending {
    /// The answer; `None` once the deadline has passed.
    async fn response(
        &mut self,
        deadline: Option<Instant>,
    ) -> Option<Result<ServerResult, ServiceError>> {
        let handle = self.handle.as_mut()?;
        let received = match deadline {
            Some(deadline) => timeout_at(deadline, &mut handle.rx).await.ok()?,
            None => (&mut handle.rx).await,
        };
        self.handle = None;
        Some(received.unwrap_or(Err(ServiceError::TransportClosed)))
    }

    fn may_have_arrived(&self) -> bool {
        self.observed.may_have_arrived(&self.request)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.observed.forget(&self.request);
        if let Some(handle) = self.handle.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(handle.cancel(Some("nobody waits for the answer".to_owned())));
        }
    }
}

fn identity() -> ClientConfig {
    ClientConfig::new(
        ClientCapabilities::default(),
        Implementation::new("sophia", env!("CARGO_PKG_VERSION")),
    )
    .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
}

fn lifecycle(era: Era) -> ClientLifecycleMode {
    match era {
        Era::Handshake => ClientLifecycleMode::Initialize,
        Era::Stateless => ClientLifecycleMode::Discover {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        },
    }
}

/// A connection that is gone, with everything that explains it.
fn lost(message: String, observed: &Observed, mask: &Mask, ending: &Ending) -> Problem {
    if let Some(fault) = observed.fault() {
        return Problem::new(codes::S953, message).because(fault);
    }
    let mut problem = Problem::new(codes::S951, message);
    problem.causes = strays(observed, mask);
    problem.causes.extend(ending.last_lines.iter().cloned());
    keep_last(&mut problem.causes);
    if let Some(status) = ending.status {
        problem.causes.push(status.to_string());
    }
    problem
}

fn strays(observed: &Observed, mask: &Mask) -> Vec<String> {
    observed
        .stray()
        .iter()
        .map(|line| {
            format!(
                "it wrote, where only messages may stand: {}",
                mask.shown(line)
            )
        })
        .collect()
}

fn keep_last(causes: &mut Vec<String>) {
    let surplus = causes.len().saturating_sub(limits::CAUSES);
    causes.drain(..surplus);
}

pub(super) fn seconds(duration: Duration) -> String {
    if duration < Duration::from_secs(2) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{} seconds", duration.as_secs())
    }
}
