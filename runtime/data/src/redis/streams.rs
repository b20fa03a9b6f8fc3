//! The streams of a Redis server, read in their order.
//!
//! Kept true here: a position is the place of a message in its stream, and what is behind it comes in order,
//! whole, and without a gap as long as the stream holds it.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use redis::aio::MultiplexedConnection;
use redis::streams::StreamInfoStreamReply;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, FromRedisValue,
    IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo, RedisError, TlsCertificates,
};
use serde_json::{Map, Value as Json};
use sophia_diagnostics::{Problem, codes};
use sophia_guard::Secret;

/// How long a server has to let a client in, and to answer beyond the time that it was told to wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// The field of a message that is its body.
const BODY: &str = "body";

/// The field of a message that is its key.
const KEY: &str = "key";

/// How a server is reached.
#[derive(Clone, Debug)]
pub struct RedisSettings {
    /// The name of the connection, for messages.
    pub name: String,
    /// The name of a machine, or the path of a socket.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The account, where it is not the default one.
    pub user: Option<String>,
    /// Its password, where it has one.
    pub password: Option<Secret>,
    /// The number of the database.
    pub database: u32,
    /// Whether the way there is encrypted; not that to a socket.
    pub encryption: Encryption,
}

/// Whether what goes to a server and comes from it can be read on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// It can.
    Off,
    /// It cannot, and the server proves with a certificate that it is this very machine: from the authority in this
    /// file, or from one that the system knows.
    Verified(Option<PathBuf>),
}

/// The place of a message in its stream: milliseconds since 1970, and a number within them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    milliseconds: u64,
    number: u64,
}

/// A message of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its place.
    pub position: Position,
    /// Its field `key`.
    pub key: Option<String>,
    /// Its field `body` as JSON; without one, an object of all its fields.
    pub body: String,
    /// When it was written, by its place.
    pub at: Timestamp,
}

/// A connection to a server, to read its streams.
pub struct Streams {
    name: String,
    connection: MultiplexedConnection,
}

impl Display for Position {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.milliseconds, self.number)
    }
}

impl FromStr for Position {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (milliseconds, number) = text.split_once('-').ok_or(())?;
        Ok(Self {
            milliseconds: milliseconds.parse().map_err(|_| ())?,
            number: number.parse().map_err(|_| ())?,
        })
    }
}

impl Streams {
    /// Connects to a server.
    ///
    /// # Errors
    /// S930 when it cannot be reached, or does not let the account in.
    pub async fn open(settings: &RedisSettings) -> Result<Self, Problem> {
        let closed = |cause: String| {
            let RedisSettings { name, host, .. } = settings;
            Problem::new(
                codes::S930,
                format!("The messages of `{name}` at {host} cannot be reached."),
            )
            .because(cause)
            .with_help(format!(
                "check `host`, `port`, `user` and `password` under [connections.{name}] in sophia.toml"
            ))
        };
        let client = client(settings).map_err(closed)?;
        let patient = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(None);
        let connecting = client.get_multiplexed_async_connection_with_config(&patient);
        // It takes more room than whoever waits for it should have to set aside.
        let connection = Box::pin(connecting).await;
        let connection = connection.map_err(|error| closed(error.to_string()))?;
        Ok(Self {
            name: settings.name.clone(),
            connection,
        })
    }

    /// The place of the latest message that a stream has ever held. One that is not there has held none.
    ///
    /// # Errors
    /// S932 when the server refuses, S939 when it cannot be reached.
    pub async fn latest(&mut self, stream: &str) -> Result<Position, Problem> {
        let told = redis::cmd("XINFO").arg("STREAM").arg(stream).clone();
        let told: StreamInfoStreamReply = match self.ask(stream, told, PATIENCE).await? {
            Ok(told) => told,
            Err(error) if error.detail() == Some("no such key") => return Ok(Position::default()),
            Err(error) => return Err(self.refused(stream, &error)),
        };
        let latest = told.last_generated_id.parse();
        latest.map_err(|()| self.misunderstood(stream))
    }

    /// The messages of a stream behind a place, the oldest first, at most so many. Where there are none, those
    /// that come within some time.
    ///
    /// # Errors
    /// As [`Streams::latest`].
    pub async fn behind(
        &mut self,
        stream: &str,
        after: Position,
        most: u32,
        within: Duration,
    ) -> Result<Vec<Message>, Problem> {
        // Nothing at all would be waited for without an end.
        let wait = u64::try_from(within.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut words = redis::cmd("XREAD");
        words.arg("COUNT").arg(most).arg("BLOCK").arg(wait);
        words.arg("STREAMS").arg(stream).arg(after.to_string());
        let told = self.ask(stream, words, within + PATIENCE).await?;
        let told: Option<Vec<OfStream>> = told.map_err(|error| self.refused(stream, &error))?;
        let told = told.into_iter().flatten();
        let messages: Option<Vec<Message>> = told.flat_map(|(_, all)| all).map(message).collect();
        messages.ok_or_else(|| self.misunderstood(stream))
    }

    /// What a server answers, or that it refuses.
    async fn ask<A: FromRedisValue>(
        &mut self,
        stream: &str,
        words: Cmd,
        within: Duration,
    ) -> Result<Result<A, RedisError>, Problem> {
        let asked = words.query_async(&mut self.connection);
        let cause = match tokio::time::timeout(within, asked).await {
            Ok(Ok(answer)) => return Ok(Ok(answer)),
            Ok(Err(error)) => match error.kind() {
                ErrorKind::Server(_) | ErrorKind::Extension => return Ok(Err(error)),
                ErrorKind::UnexpectedReturnType => return Err(self.misunderstood(stream)),
                _ => error.to_string(),
            },
            Err(_) => format!("no answer within {within:?}"),
        };
        Err(Problem::new(
            codes::S939,
            format!("The messages of `{}` cannot be reached.", self.name),
        )
        .because(cause)
        .with_help("check the connection's `host` and `port`, and the network between"))
    }

    fn refused(&self, stream: &str, error: &RedisError) -> Problem {
        Problem::new(
            codes::S932,
            format!("`{}` does not tell of messages in `{stream}`.", self.name),
        )
        .because(error)
        .with_help("the topic is a stream of that server, which the connection's `user` may read")
    }

    fn misunderstood(&self, stream: &str) -> Problem {
        Problem::new(
            codes::S932,
            format!("What `{}` tells of `{stream}` cannot be read.", self.name),
        )
        .with_help("the server has to be Redis 5 or newer, or one that speaks as it does")
    }
}

/// How a server is reached; otherwise why not.
fn client(settings: &RedisSettings) -> Result<Client, String> {
    let why = |error: RedisError| error.to_string();
    let (host, port) = (settings.host.clone(), settings.port);
    let mut authority = None;
    let address = match &settings.encryption {
        _ if host.starts_with('/') => ConnectionAddr::Unix(host.into()),
        Encryption::Off => ConnectionAddr::Tcp(host, port),
        Encryption::Verified(certificate) => {
            authority = certificate.as_ref();
            ConnectionAddr::TcpTls {
                host,
                port,
                insecure: false,
                tls_params: None,
            }
        }
    };
    let mut account = RedisConnectionInfo::default()
        .set_db(settings.database.into())
        .set_protocol(ProtocolVersion::RESP2)
        .set_skip_set_lib_name();
    if let Some(password) = &settings.password {
        account = account.set_password(password.reveal());
        if let Some(user) = &settings.user {
            account = account.set_username(user);
        }
    }
    let server: ConnectionInfo = address.into_connection_info().map_err(why)?;
    let server = server.set_redis_settings(account);
    let Some(authority) = authority else {
        return Client::open(server).map_err(why);
    };
    let certificate =
        std::fs::read(authority).map_err(|error| format!("{}: {error}", authority.display()))?;
    let certificates = TlsCertificates {
        client_tls: None,
        root_cert: Some(certificate),
    };
    Client::build_with_tls(server, certificates).map_err(why)
}

/// Messages as they are told: the name of their stream, and each one's place and fields in their order.
type OfStream = (String, Vec<Told>);

type Told = (String, Vec<(Vec<u8>, Vec<u8>)>);

/// A message. What is no UTF-8 is shown as such.
fn message((position, fields): Told) -> Option<Message> {
    let position: Position = position.parse().ok()?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let fields: Vec<(String, String)> = (fields.into_iter())
        .map(|(name, value)| (text(name), text(value)))
        .collect();
    let field = |of: &str| {
        let found = fields.iter().find(|(name, _)| name == of);
        found.map(|(_, value)| value.clone())
    };
    let milliseconds = i64::try_from(position.milliseconds).ok();
    let at = milliseconds.and_then(|since| Timestamp::from_millisecond(since).ok());
    Some(Message {
        position,
        key: field(KEY),
        body: field(BODY).map_or_else(|| all_of(&fields), as_json),
        at: at.unwrap_or(Timestamp::MAX),
    })
}

/// What is JSON as it is; any other text as a text in JSON.
fn as_json(body: String) -> String {
    if serde_json::from_str::<serde::de::IgnoredAny>(&body).is_ok() {
        body
    } else {
        Json::String(body).to_string()
    }
}

fn all_of(fields: &[(String, String)]) -> String {
    let fields = fields.iter().cloned();
    let fields: Map<String, Json> = (fields.map(|(name, value)| (name, value.into()))).collect();
    Json::Object(fields).to_string()
}
