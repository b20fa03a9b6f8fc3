//! All tool servers of one environment.
//!
//! Kept true here: a server is started at its first use, in one process, whoever asks at the same
//! time; a dead process is cleared away before the next one starts; after `shut_down` nothing runs
//! and nothing starts.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde_json::{Map, Value};
use sophia_diagnostics::{Problem, codes};
use tokio::sync::{Mutex, OnceCell, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::ServerSettings;
use super::backoff::Backoff;
use super::connection::Connection;
use super::following::Following;
use super::over_rmcp::{Era, StdioConnection};
use crate::nearest::nearest;
use crate::{Resource, ServerDescription, ToolAnswer, ToolFailure};

/// The tool servers that one environment knows.
pub struct Fleet {
    servers: BTreeMap<String, Arc<Server>>,
    closing: watch::Sender<bool>,
}

struct Server {
    settings: Arc<ServerSettings>,
    state: Mutex<State>,
    /// The tools that carry out a key once, from the last description.
    honouring: RwLock<BTreeSet<String>>,
    closing: watch::Receiver<bool>,
}

#[derive(Default)]
struct State {
    live: Option<Live>,
    era: Era,
    backoff: Backoff,
    last_problem: Option<Problem>,
}

type Opening<'a> =
    Pin<Box<dyn Future<Output = Result<(StdioConnection, Era), Problem>> + Send + 'a>>;

/// A connection with the names of its tools, which are asked for at most once.
#[derive(Clone)]
struct Live {
    connection: Arc<dyn Connection>,
    tools: Arc<OnceCell<Vec<String>>>,
}

impl Fleet {
    /// A fleet of these servers. None is started yet.
    #[must_use]
    pub fn new(servers: Vec<ServerSettings>) -> Self {
        let (closing, closed) = watch::channel(false);
        let servers = servers
            .into_iter()
            .map(|settings| {
                let server = Server {
                    settings: Arc::new(settings),
                    state: Mutex::default(),
                    honouring: RwLock::default(),
                    closing: closed.clone(),
                };
                (server.settings.name.clone(), Arc::new(server))
            })
            .collect();
        Self { servers, closing }
    }

    /// The server and all its tools, as they are now.
    ///
    /// # Errors
    /// S950 to S953 where it cannot be started or asked, S957 where there is no such server.
    pub async fn describe(&self, server: &str) -> Result<ServerDescription, Problem> {
        let server = self.server(server)?;
        let live = server.live().await?;
        let description = live.connection.describe().await?;
        server.remember(&description).await;
        Ok(description)
    }

    /// Calls a tool by the server's own name of it. The key is the same for every attempt at the same
    /// effect; the server receives it in `_meta`. Without a deadline the call may take for ever.
    ///
    /// # Errors
    /// [`crate::FailureKind::Transient`] where nothing was sent or the server asks to come back,
    /// [`crate::FailureKind::Permanent`] where it refused or failed, [`crate::FailureKind::Unknown`]
    /// where the answer to a call that was sent never came.
    pub async fn call(
        &self,
        server: &str,
        tool: &str,
        arguments: Map<String, Value>,
        key: &str,
        deadline: Option<Duration>,
    ) -> Result<ToolAnswer, ToolFailure> {
        let server = self.server(server).map_err(ToolFailure::permanent)?;
        let deadline = deadline.map(|time| Instant::now() + time);
        let live = match deadline {
            None => server.ready_for(tool).await?,
            Some(deadline) => timeout_at(deadline, server.ready_for(tool))
                .await
                .unwrap_or_else(|_| Err(server.not_ready_in_time(tool)))?,
        };
        let outcome = live.connection.call(tool, arguments, key, deadline).await;
        server.note(&live).await;
        outcome
    }

    /// What a server holds under a URI, as it is now.
    ///
    /// # Errors
    /// S950 to S953 where it cannot be started or asked, S956 where it refuses, S957 where there is no such server.
    pub async fn resource(&self, server: &str, uri: &str) -> Result<Resource, Problem> {
        let server = self.server(server)?;
        let live = server.live().await?;
        let resource = live.connection.read(uri).await;
        server.note(&live).await;
        resource
    }

    /// Follows what a server holds under a URI: from now on it tells when that may have changed, where it can.
    ///
    /// # Errors
    /// S950 to S953 where it cannot be started or asked, S957 where there is no such server.
    pub async fn follow(&self, server: &str, uri: &str) -> Result<Following, Problem> {
        let live = self.server(server)?.live().await?;
        live.connection.follow(uri).await
    }

    /// Whether this tool carries out a key only once. Known after the first description or call;
    /// `false` until then.
    #[must_use]
    pub fn honours_keys(&self, server: &str, tool: &str) -> bool {
        self.servers.get(server).is_some_and(|server| {
            let honouring = server.honouring.read();
            let honouring = honouring.unwrap_or_else(PoisonError::into_inner);
            honouring.contains(tool)
        })
    }

    /// Ends every server, gently where it allows that. Calls in flight end as
    /// [`crate::FailureKind::Unknown`].
    pub async fn shut_down(&self) {
        self.closing.send_replace(true);
        let mut ending = JoinSet::new();
        for server in self.servers.values() {
            let server = Arc::clone(server);
            ending.spawn(async move {
                let live = server.state.lock().await.live.take();
                if let Some(live) = live {
                    live.connection.close().await;
                }
            });
        }
        while ending.join_next().await.is_some() {}
    }

    fn server(&self, name: &str) -> Result<&Arc<Server>, Problem> {
        self.servers.get(name).ok_or_else(|| {
            let known = self.servers.keys().map(String::as_str);
            let problem = Problem::new(codes::S957, format!("There is no tool server `{name}`."));
            match nearest(name, known) {
                Some(near) => problem.with_help(format!("write `{near}`")),
                None => {
                    problem.with_help(format!("describe it in sophia.toml as `[tools.{name}]`"))
                }
            }
        })
    }
}

impl Server {
    /// A connection over which this tool can be called.
    async fn ready_for(&self, tool: &str) -> Result<Live, ToolFailure> {
        let live = self.live().await.map_err(ToolFailure::transient)?;
        let tools = live
            .tools
            .get_or_try_init(|| async {
                let description = live.connection.describe().await?;
                self.remember(&description).await;
                Ok::<_, Problem>(names(&description))
            })
            .await
            .map_err(ToolFailure::transient)?;
        if tools.iter().any(|known| known == tool) {
            return Ok(live);
        }
        // A server may have added a tool since; it is asked once more before the name is refused.
        let description = live.connection.describe().await;
        let description = description.map_err(ToolFailure::transient)?;
        self.remember(&description).await;
        let tools = names(&description);
        if tools.iter().any(|known| known == tool) {
            return Ok(live);
        }
        Err(ToolFailure::permanent(no_such_tool(
            &self.settings.name,
            tool,
            &tools,
        )))
    }

    /// The live connection; starts the server where there is none. Whoever comes while it starts
    /// waits for the same start.
    async fn live(&self) -> Result<Live, Problem> {
        let mut state = self.state.lock().await;
        if *self.closing.borrow() {
            return Err(closed(&self.settings.name));
        }
        if let Some(live) = &state.live {
            if live.connection.is_alive() {
                return Ok(live.clone());
            }
            live.connection.close().await;
            state.live = None;
            state.backoff.stopped(Instant::now());
        }
        if let Some(pause) = state.backoff.pause(Instant::now()) {
            return Err(self.resting(pause, state.last_problem.as_ref()));
        }
        let mut closing = self.closing.clone();
        // Boxed, so that the SDK's code is compiled with this crate and not with each that calls.
        let opening: Opening<'_> = Box::pin(StdioConnection::open(&self.settings, state.era));
        let opened = tokio::select! {
            opened = opening => opened,
            _ = closing.wait_for(|closing| *closing) => return Err(closed(&self.settings.name)),
        };
        match opened {
            Ok((connection, era)) => {
                let live = Live {
                    connection: Arc::new(connection),
                    tools: Arc::default(),
                };
                state.era = era;
                state.live = Some(live.clone());
                Ok(live)
            }
            Err(problem) => {
                state.backoff.stopped(Instant::now());
                state.last_problem = Some(problem.clone());
                Err(problem)
            }
        }
    }

    /// After a call: a server that is still there has earned a fresh start of the counting.
    async fn note(&self, live: &Live) {
        if live.connection.is_alive() {
            self.state.lock().await.backoff.answered();
        }
    }

    async fn remember(&self, description: &ServerDescription) {
        let honouring = description
            .tools
            .iter()
            .filter(|tool| tool.honours_keys)
            .map(|tool| tool.name.clone())
            .collect();
        *self
            .honouring
            .write()
            .unwrap_or_else(PoisonError::into_inner) = honouring;
        self.state.lock().await.last_problem = None;
    }

    fn resting(&self, pause: Duration, last: Option<&Problem>) -> Problem {
        let mut problem = Problem::new(
            codes::S951,
            format!(
                "The tool server {} keeps stopping and is started again in {} s.",
                self.settings.name,
                pause.as_secs() + 1
            ),
        );
        if let Some(last) = last {
            problem.causes.push(last.message.clone());
            problem.causes.extend(last.causes.iter().cloned());
            problem.help.clone_from(&last.help);
        }
        problem
    }

    fn not_ready_in_time(&self, tool: &str) -> ToolFailure {
        ToolFailure::transient(Problem::new(
            codes::S952,
            format!(
                "The tool server {} was not ready in time, so `{tool}` was not called.",
                self.settings.name
            ),
        ))
    }
}

fn names(description: &ServerDescription) -> Vec<String> {
    let tools = description.tools.iter();
    tools.map(|tool| tool.name.clone()).collect()
}

fn no_such_tool(server: &str, tool: &str, tools: &[String]) -> Problem {
    let problem = Problem::new(codes::S954, format!("{server} has no tool `{tool}`."));
    match nearest(tool, tools.iter().map(String::as_str)) {
        Some(near) => problem.with_help(format!("write `{near}`")),
        None => problem.with_help("see what changed with `sophia sync --check`"),
    }
}

fn closed(server: &str) -> Problem {
    Problem::new(
        codes::S957,
        format!("The tool server {server} was already shut down."),
    )
}
