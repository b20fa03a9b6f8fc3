//! Models behind an endpoint that speaks the chat completions of `OpenAI`: the provider itself, or any
//! server that is compatible with it.
//!
//! Kept true here: the key is sent to the endpoint and nowhere else; one request leads to at most one more,
//! after a refusal that may pass; every failure is told in plain words.

mod failure;
mod transport;
mod wire;

use std::fmt;
use std::time::Duration;

use async_openai::Client;
use async_openai::config::Config;
use http::{HeaderMap, HeaderValue, header};
use rust_decimal::Decimal;
use secrecy::SecretString;
use sophia_guard::Secret;

use crate::exchange::{Answer, Conversation, Failure};
use failure::Refusal;
use wire::{ChatReply, ChatRequest};

const OPENAI: &str = "https://api.openai.com/v1";
/// A server may ask for a pause; a longer one than this is not waited for.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// The pause where the server names none.
const PAUSE: Duration = Duration::from_millis(500);

/// A model behind an OpenAI-compatible endpoint.
#[derive(Clone, Debug)]
pub struct OpenAiSettings {
    /// The model's name at the endpoint.
    pub model: String,
    /// The endpoint with its version, for example `http://localhost:8000/v1`; nothing is `OpenAI`.
    pub base_url: Option<String>,
    /// The key.
    pub key: KeySource,
    /// What the model costs. Without it a call that has a budget does not use the model.
    pub price: Option<Price>,
}

/// Where the key is.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// Here.
    Present(Secret),
    /// It should be in this secret, which is not set.
    Missing {
        /// The secret's name.
        secret_name: String,
    },
    /// The endpoint wants none.
    NotNeeded,
}

/// What a model costs, in USD per million tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// For what is sent.
    pub input_per_million: Decimal,
    /// For what comes back.
    pub output_per_million: Decimal,
}

impl Price {
    /// The price of so many tokens.
    #[must_use]
    pub fn of(&self, input: u64, output: u64) -> Decimal {
        let million = Decimal::from(1_000_000);
        (Decimal::from(input) * self.input_per_million
            + Decimal::from(output) * self.output_per_million)
            / million
    }
}

/// An endpoint, ready to be asked.
pub struct OpenAi {
    settings: OpenAiSettings,
    client: Result<Client<Endpoint>, Failure>,
}

impl fmt::Debug for OpenAi {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OpenAi")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl OpenAi {
    /// Prepares the endpoint. What is wrong with the settings is told when it is asked.
    pub fn new(settings: OpenAiSettings) -> Self {
        let client = connect(&settings);
        Self { settings, client }
    }

    /// What the model costs.
    pub fn price(&self) -> Option<Price> {
        self.settings.price
    }

    /// Whether it can be asked at all.
    pub fn ready(&self) -> Result<(), Failure> {
        self.client().map(|_| ())
    }

    fn client(&self) -> Result<&Client<Endpoint>, Failure> {
        self.client.as_ref().map_err(Clone::clone)
    }

    /// Asks. After a refusal that may pass it pauses as long as the server says, up to ten seconds, and
    /// asks once more. There is no time limit here: the caller drops the future.
    pub async fn ask(&self, conversation: &Conversation) -> Result<Answer, Failure> {
        let client = self.client()?;
        let mut request = ChatRequest::new(
            &self.settings.model,
            self.settings.base_url.is_none(),
            conversation,
        );
        let mut paused = false;
        loop {
            let error = match client.chat().create_byot::<_, ChatReply>(&request).await {
                Ok(reply) => return reply.answer(),
                Err(error) => error,
            };
            let refusal = match Refusal::of(error) {
                Ok(refusal) => refusal,
                Err(failure) => return Err(failure),
            };
            let pause = refusal.retry_after().unwrap_or(PAUSE);
            if refusal.may_pass() && !paused && pause <= LONGEST_PAUSE {
                paused = true;
                tokio::time::sleep(pause).await;
                continue;
            }
            if refusal.is_about("response_format") && request.drop_schema() {
                continue;
            }
            let failure = refusal.in_words(&self.settings.model, &self.shown_url());
            return Err(match &self.settings.key {
                KeySource::Present(key) => Failure {
                    reason: key.remove_from(&failure.reason),
                    ..failure
                },
                _ => failure,
            });
        }
    }

    fn shown_url(&self) -> String {
        shown(self.settings.base_url.as_deref().unwrap_or(OPENAI))
    }
}

fn connect(settings: &OpenAiSettings) -> Result<Client<Endpoint>, Failure> {
    let key = match &settings.key {
        KeySource::Present(key) => Some(key.clone()),
        KeySource::NotNeeded => None,
        KeySource::Missing { secret_name } => {
            return Err(Failure::lasting(format!(
                "no key: set the secret `{secret_name}`"
            )));
        }
    };
    let base = settings.base_url.as_deref().unwrap_or(OPENAI);
    let base = base.trim_end_matches('/');
    let url = reqwest::Url::parse(base)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| {
            Failure::lasting(format!(
                "`{}` is no address of a server: write it as `https://host/v1`",
                shown(base)
            ))
        })?;
    let mut headers = HeaderMap::new();
    if let Some(key) = &key {
        let mut value =
            HeaderValue::from_str(&format!("Bearer {}", key.reveal())).map_err(|_| {
                Failure::lasting("the key holds characters that no key has: set the secret again")
            })?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    let endpoint = Endpoint {
        base: base.to_owned(),
        headers,
        key: key.unwrap_or_else(|| Secret::new(String::new())),
    };
    let (client, transport) = transport::open(&url)?;
    Ok(Client::build(client, endpoint).with_http_service(transport))
}

/// An address without what may be secret in it.
fn shown(url: &str) -> String {
    match reqwest::Url::parse(url) {
        Ok(mut url) => {
            let _ = url.set_password(None);
            let _ = url.set_username("");
            url.set_query(None);
            url.as_str().trim_end_matches('/').to_owned()
        }
        Err(_) => url.split(['@', '?']).next_back().unwrap_or("").to_owned(),
    }
}

/// Where requests go, and what authorises them. The client library's own configuration would read the
/// environment.
#[derive(Clone)]
struct Endpoint {
    base: String,
    headers: HeaderMap,
    key: Secret,
}

impl Config for Endpoint {
    fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    fn api_base(&self) -> &str {
        &self.base
    }

    fn api_key(&self) -> &SecretString {
        self.key.inner()
    }
}
