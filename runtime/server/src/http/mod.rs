//! The door for the network: webhooks, requests for runs, and what became of them.
//!
//! Kept true here: an answer that says that something was taken is sent after it is durable; nobody who is
//! not on this machine gets in without a signature or the access token; nothing secret stands in an answer
//! or a log.

mod access;
mod answer;
mod control;
mod hooks;
mod requests;
mod room;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use sophia_compiler::Playbook;
use sophia_compiler::project::{Manifest, Webhook};
use sophia_diagnostics::{Problem, codes};
use sophia_engine::Engine;
use sophia_guard::Secret;
use sophia_plan::step::{EventPattern, Trigger, TriggerKind, Until, Wait};
use sophia_plan::{Plan, Step, StepKind, Type};
use sophia_triggers::Clock;
use sophia_triggers::signature::{SCHEMES, Scheme, scheme};
use tokio::net::TcpListener;

use crate::environment::{Secrets, variable};
use crate::serve::Listener;
pub(crate) use room::Room;

/// The most bytes of a body.
const LARGEST: usize = 1024 * 1024;

/// The name of the secret that lets programs in from other machines.
pub const ACCESS_TOKEN: &str = "access_token";

/// A place that is listened at.
pub struct Door {
    /// The socket.
    pub socket: TcpListener,
    /// What the manifest says of webhooks.
    pub webhooks: BTreeMap<String, Webhook>,
    /// Where secrets come from.
    pub secrets: Secrets,
    /// How providers see this place, where that is not what they say they called: `https://hooks.example.com`.
    pub public: Option<String>,
    /// The tokens of people, by address.
    pub(crate) people: Vec<(Arc<str>, Secret)>,
}

impl Door {
    /// Listens at an address. The people of the manifest may act where they have a token.
    ///
    /// # Errors
    /// S995 when the address is taken, or is not of this machine and there is no access token.
    pub async fn open(
        address: SocketAddr,
        manifest: &Manifest,
        secrets: Secrets,
        public: Option<String>,
    ) -> Result<Self, Problem> {
        let people = access::tokens(manifest, &secrets)?;
        let known = secrets.secret(ACCESS_TOKEN).is_some() || !people.is_empty();
        if !address.ip().is_loopback() && !known {
            return Err(Problem::new(
                codes::S995,
                format!(
                    "Listening at {address} lets other machines in, and there is no access token."
                ),
            )
            .with_help(format!(
                "set {} to a long random text, or listen at 127.0.0.1",
                variable(ACCESS_TOKEN)
            )));
        }
        let socket = TcpListener::bind(address).await.map_err(|error| {
            Problem::new(codes::S995, format!("{address} cannot be listened at."))
                .because(error)
                .with_help("choose another with --listen 127.0.0.1:PORT")
        })?;
        Ok(Self {
            socket,
            webhooks: manifest.webhooks.clone(),
            secrets,
            public,
            people,
        })
    }
}

/// One event of a webhook, and what it starts.
pub(crate) struct Entrance {
    /// `hubspot.deal_changed`
    pub(crate) event: Arc<str>,
    /// What a delivery holds.
    pub(crate) of: Type,
    /// The field that tells deliveries apart, where the manifest names one.
    pub(crate) key: Option<String>,
    /// How it is signed, and the name of the secret.
    pub(crate) signature: Option<(&'static Scheme, String)>,
    /// The plans, each with the place of the trigger.
    pub(crate) starts: Vec<(Arc<Plan>, usize)>,
}

/// What the handlers share.
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) environment: Arc<str>,
    pub(crate) entrances: BTreeMap<String, Entrance>,
    /// Playbooks that start on request, each with the place of the trigger.
    pub(crate) requests: BTreeMap<Arc<str>, (Arc<Plan>, usize)>,
    pub(crate) secrets: Secrets,
    pub(crate) public: Option<String>,
    pub(crate) token: Option<Secret>,
    /// The tokens of people, by address.
    pub(crate) people: Vec<(Arc<str>, Secret)>,
    pub(crate) local: bool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) listener: Listener,
    pub(crate) room: Room,
}

/// The webhooks that start runs, and those that runs wait for.
///
/// # Errors
/// S994 when one is signed in a way that nobody knows.
pub(crate) fn entrances(
    playbooks: &[Playbook],
    webhooks: &BTreeMap<String, Webhook>,
) -> Result<BTreeMap<String, Entrance>, Problem> {
    let mut entrances: BTreeMap<String, Entrance> = BTreeMap::new();
    for plan in playbooks
        .iter()
        .filter_map(|playbook| playbook.plan.as_ref())
    {
        for (event, of, place) in listened_to(plan, webhooks) {
            let settings = webhooks.get(&**event);
            let signature = match settings.and_then(|settings| settings.signature.as_deref()) {
                Some(name) => Some((known(name, event)?, secret_name(event))),
                None => None,
            };
            entrances
                .entry(event.to_string())
                .or_insert_with(|| Entrance {
                    event: event.clone(),
                    of: of.clone(),
                    key: settings.and_then(|settings| settings.key.clone()),
                    signature,
                    starts: Vec::new(),
                })
                .starts
                .extend(place.map(|place| (plan.clone(), place)));
        }
    }
    Ok(entrances)
}

/// The webhooks of a plan, each with what a delivery holds: those that start a run, with the place of the
/// trigger, then those that a run waits for.
fn listened_to<'a>(
    plan: &'a Plan,
    webhooks: &'a BTreeMap<String, Webhook>,
) -> impl Iterator<Item = (&'a Arc<str>, &'a Type, Option<usize>)> {
    let starts = (plan.triggers.iter().enumerate()).filter_map(|(place, trigger)| {
        let TriggerKind::Webhook { event } = &trigger.kind else {
            return None;
        };
        Some((event, &trigger.of, Some(place)))
    });
    let waits = (plan.steps().into_iter())
        .flat_map(awaited)
        .filter(|pattern| webhooks.contains_key(&*pattern.event))
        .map(|pattern| (&pattern.event, &pattern.of, None));
    starts.chain(waits)
}

/// What a step waits for, or is ended by.
fn awaited(step: &Step) -> Vec<&EventPattern> {
    match &step.kind {
        StepKind::Wait(Wait::Event(pattern)) | StepKind::Armed { event: pattern, .. } => {
            vec![pattern]
        }
        StepKind::Wait(Wait::First(ways)) => ways
            .iter()
            .filter_map(|way| match &way.until {
                Until::Event(pattern) => Some(pattern),
                Until::After(_) => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Whether anything of these playbooks comes in from the network.
#[must_use]
pub fn listens(playbooks: &[Playbook], webhooks: &BTreeMap<String, Webhook>) -> bool {
    let mut plans = playbooks
        .iter()
        .filter_map(|playbook| playbook.plan.as_ref());
    plans.any(|plan| {
        let requested = |trigger: &Trigger| matches!(trigger.kind, TriggerKind::Request { .. });
        plan.triggers.iter().any(requested) || listened_to(plan, webhooks).next().is_some()
    })
}

fn known(name: &str, event: &str) -> Result<&'static Scheme, Problem> {
    scheme(name).ok_or_else(|| {
        let names: Vec<_> = SCHEMES.iter().map(|scheme| scheme.name).collect();
        Problem::new(
            codes::S994,
            format!("The webhook `{event}` is signed as `{name}`, which nobody here can check."),
        )
        .with_help(format!("one of {}", names.join(", ")))
    })
}

/// The name of the secret of a source: `github` signs with `github_webhook`.
pub(crate) fn secret_name(event: &str) -> String {
    let source = event.split('.').next().unwrap_or(event);
    format!("{source}_webhook")
}

/// Playbooks that start on request.
pub(crate) fn requests(playbooks: &[Playbook]) -> BTreeMap<Arc<str>, (Arc<Plan>, usize)> {
    let plans = playbooks
        .iter()
        .filter_map(|playbook| playbook.plan.as_ref());
    plans
        .filter_map(|plan| {
            let place = (plan.triggers.iter())
                .position(|trigger| matches!(trigger.kind, TriggerKind::Request { .. }))?;
            Some((plan.playbook.clone(), (plan.clone(), place)))
        })
        .collect()
}

/// Answers until the future is dropped.
pub(crate) async fn answer(socket: TcpListener, shared: Arc<Shared>) {
    let router = Router::new()
        .route("/hooks/{source}/{event}", post(hooks::take))
        .route("/playbooks/{name}", post(requests::start))
        .route("/runs", get(control::list))
        .route("/runs/{run}", get(requests::show))
        .route("/runs/{run}/{verb}", post(control::act))
        .fallback(answer::nothing_here)
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(shared.clone());
    if let Err(error) = axum::serve(socket, router).await {
        (shared.listener)(crate::serve::Happening::Trouble {
            problem: Problem::new(codes::S995, "The network is no longer listened to.")
                .because(error)
                .with_help("start `sophia serve` again"),
        });
    }
}
