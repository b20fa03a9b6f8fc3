//! The streams of a Redis server, read in their order.
//!
//! Kept true here: a position is the place of a message in its stream, and what is behind it comes in order,
//! whole, and without a gap as long as the stream holds it.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use sophia_diagnostics::{Problem, codes};
use sophia_guard::Secret;
use tokio::io::{AsyncRead, AsyncWrite, BufStream};
use tokio::net::{TcpStream, UnixStream};

use super::wire::{Answer, answer, send};

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

trait Wire: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<W: AsyncRead + AsyncWrite + Send + Sync + Unpin> Wire for W {}

/// A connection to a server, to read its streams.
pub struct Streams {
    name: String,
    wire: BufStream<Box<dyn Wire>>,
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
        let (host, port) = (settings.host.as_str(), settings.port);
        let connecting = async {
            let wire: Box<dyn Wire> = if host.starts_with('/') {
                Box::new(UnixStream::connect(host).await?)
            } else {
                Box::new(TcpStream::connect((host, port)).await?)
            };
            Ok::<_, std::io::Error>(wire)
        };
        let wire = match tokio::time::timeout(PATIENCE, connecting).await {
            Ok(Ok(wire)) => wire,
            Ok(Err(error)) => return Err(closed(error.to_string())),
            Err(_) => return Err(closed(format!("no answer within {PATIENCE:?}"))),
        };
        let mut streams = Self {
            name: settings.name.clone(),
            wire: BufStream::new(wire),
        };
        let mut greetings: Vec<Vec<&str>> = Vec::new();
        if let Some(password) = &settings.password {
            let mut words = vec!["AUTH"];
            words.extend(settings.user.as_deref());
            words.push(password.reveal());
            greetings.push(words);
        }
        let database = settings.database.to_string();
        if settings.database > 0 {
            greetings.push(vec!["SELECT", &database]);
        }
        for words in greetings {
            if let Answer::Refused(why) = streams.ask(&words, PATIENCE).await? {
                return Err(closed(why));
            }
        }
        Ok(streams)
    }

    /// The place of the latest message that a stream has ever held. One that is not there has held none.
    ///
    /// # Errors
    /// S932 when the server refuses, S939 when it cannot be reached.
    pub async fn latest(&mut self, stream: &str) -> Result<Position, Problem> {
        let told = self.ask(&["XINFO", "STREAM", stream], PATIENCE).await?;
        let told = match told {
            Answer::Refused(why) if why.contains("no such key") => return Ok(Position::default()),
            told => self.accepted(stream, told)?,
        };
        let latest = told.items().and_then(|items| {
            let mut pairs = items.chunks_exact(2);
            pairs.find_map(|pair| match pair {
                [name, value] if name.text().as_deref() == Some("last-generated-id") => {
                    value.text()?.parse().ok()
                }
                _ => None,
            })
        });
        latest.ok_or_else(|| self.misunderstood(stream))
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
        let (most, after) = (most.to_string(), after.to_string());
        // Nothing at all would be waited for without an end.
        let wait = within.as_millis().max(1).to_string();
        let words = [
            "XREAD", "COUNT", &most, "BLOCK", &wait, "STREAMS", stream, &after,
        ];
        let told = self.ask(&words, within + PATIENCE).await?;
        let told = match self.accepted(stream, told)? {
            Answer::Nothing => return Ok(Vec::new()),
            told => told,
        };
        let read = || -> Option<Vec<Message>> {
            let [of_stream] = told.items()? else {
                return None;
            };
            let [_, messages] = of_stream.items()? else {
                return None;
            };
            messages.items()?.iter().map(message).collect()
        };
        read().ok_or_else(|| self.misunderstood(stream))
    }

    async fn ask(&mut self, words: &[&str], within: Duration) -> Result<Answer, Problem> {
        let asked = async {
            send(&mut self.wire, words).await?;
            answer(&mut self.wire).await
        };
        let cause = match tokio::time::timeout(within, asked).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {within:?}"),
        };
        Err(Problem::new(
            codes::S939,
            format!("The messages of `{}` cannot be reached.", self.name),
        )
        .because(cause)
        .with_help("check the connection's `host` and `port`, and the network between"))
    }

    fn accepted(&self, stream: &str, told: Answer) -> Result<Answer, Problem> {
        match told {
            Answer::Refused(why) => Err(Problem::new(
                codes::S932,
                format!("`{}` does not tell of messages in `{stream}`.", self.name),
            )
            .because(why)
            .with_help(
                "the topic is a stream of that server, which the connection's `user` may read",
            )),
            told => Ok(told),
        }
    }

    fn misunderstood(&self, stream: &str) -> Problem {
        Problem::new(
            codes::S932,
            format!("What `{}` tells of `{stream}` cannot be read.", self.name),
        )
        .with_help("the server has to be Redis 5 or newer, or one that speaks as it does")
    }
}

/// A message as it is told: its place, and its fields.
fn message(told: &Answer) -> Option<Message> {
    let [position, fields] = told.items()? else {
        return None;
    };
    let position: Position = position.text()?.parse().ok()?;
    let fields = fields.items()?.chunks_exact(2);
    let fields: Option<Vec<(String, String)>> = fields
        .map(|field| match field {
            [name, value] => Some((name.text()?, value.text()?)),
            _ => None,
        })
        .collect();
    let fields = fields?;
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
