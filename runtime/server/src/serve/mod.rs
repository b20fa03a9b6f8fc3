//! The daemon: what happens outside starts runs, and what a crash interrupted goes on.
//!
//! Kept true here: everything happens inside one future, so that dropping it lets go of the engine at once.

#![allow(
    missing_docs,
    reason = "the fields of a happening are explained at the happening"
)]

mod arming;
mod changes;
mod events;
pub(crate) mod files;
mod follower;
mod looks;
mod means;
mod messages;
mod own;
mod resources;
mod schedules;
mod waking;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use sophia_compiler::Playbook;
use sophia_diagnostics::{Problem, codes};
use sophia_engine::{Admission, Engine, RunId};
use sophia_triggers::run_schedules;
pub use sophia_triggers::{Clock, SystemClock};

use crate::environment::Environment;
use crate::http::{self, Door};
use crate::retention;
use changes::{ChangeTrigger, Changes};
use events::Events;
use files::{FileTrigger, Files};
use follower::Follower;
use means::Means;
use messages::{MessageTrigger, Messages};
use resources::{ResourceTrigger, Resources};
use schedules::EngineSink;

pub use arming::armed;

/// What happened, for the log of the daemon.
#[derive(Clone, Debug)]
pub enum Happening {
    /// A trigger is armed; for a schedule, its next instant.
    Armed {
        playbook: Arc<str>,
        on: String,
        next: Option<jiff::Timestamp>,
    },
    /// The network is listened to at this address.
    Listening { address: SocketAddr },
    /// A schedule fired and a run began, or the delivery was known already.
    Fired {
        playbook: Arc<str>,
        run: RunId,
        instant: jiff::Timestamp,
        caught_up: bool,
        already_known: bool,
    },
    /// Something came in, and what became of it.
    Arrived {
        playbook: Arc<str>,
        event: Arc<str>,
        run: RunId,
        admission: Admission,
    },
    /// Something came in and was refused.
    Refused { event: Arc<str>, reason: String },
    /// An interrupted run goes on.
    Resumed { run: RunId },
    /// A run came to rest: how, in words.
    Ended {
        playbook: Arc<str>,
        run: RunId,
        outcome: String,
    },
    /// Something failed; the daemon goes on.
    Trouble { problem: Problem },
}

/// How long what came in is kept at least.
const KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);

/// Receives what happens.
pub type Listener = Arc<dyn Fn(Happening) + Send + Sync>;

/// Whether something waits for nothing but room in memory: that passes by itself, and is no trouble.
fn waits_for_room(problem: &Problem) -> bool {
    problem.code == codes::S873
}

/// Serves the triggers of these playbooks until the future is dropped. Without a door nothing comes in from
/// the network.
///
/// # Errors
/// When interrupted runs cannot be read from the store, or a webhook is signed as nobody here knows.
pub async fn serve(
    engine: Engine,
    environment: Arc<Environment>,
    playbooks: &[Playbook],
    clock: Arc<dyn Clock>,
    listener: Listener,
    door: Option<Door>,
) -> Result<(), Problem> {
    for happening in armed(playbooks, clock.now()) {
        listener(happening);
    }
    let (mut triggers, mut plans) = (Vec::new(), BTreeMap::new());
    let (mut globs, mut told, mut changing) = (Vec::new(), Vec::new(), Vec::new());
    let (mut held, mut written) = (Vec::new(), Vec::new());
    let ready = |playbook: &&Playbook| playbook.plan.is_some();
    let ready: Vec<Playbook> = playbooks.iter().filter(ready).cloned().collect();
    for plan in ready.iter().filter_map(|playbook| playbook.plan.as_ref()) {
        for (trigger, place) in arming::schedules(&environment.name, plan) {
            plans.insert(trigger.id.clone(), (plan.clone(), place));
            triggers.push(trigger);
        }
        told.extend(arming::events(plan));
        let places = 0..plan.triggers.len();
        changing.extend((places.clone()).filter_map(|place| ChangeTrigger::of(plan, place)));
        written.extend((places.clone()).filter_map(|place| MessageTrigger::of(plan, place)));
        held.extend(places.filter_map(|place| ResourceTrigger::of(plan, place)));
        globs.extend(arming::globs(plan).map(|(glob, place)| FileTrigger {
            plan: plan.clone(),
            place,
            glob,
            folder: sophia_triggers::files::Folder::default(),
        }));
    }
    let network = door
        .map(|door| {
            let address = door.socket.local_addr().ok();
            let token = door.secrets.secret(http::ACCESS_TOKEN);
            let shared = http::Shared {
                engine: engine.clone(),
                environment: environment.name.clone(),
                entrances: http::entrances(&ready, &door.webhooks)?,
                requests: http::requests(&ready),
                secrets: door.secrets,
                public: door.public,
                people: door.people,
                token,
                local: address.is_some_and(|address| address.ip().is_loopback()),
                clock: clock.clone(),
                listener: listener.clone(),
                room: http::Room::default(),
            };
            if let Some(address) = address {
                listener(Happening::Listening { address });
            }
            Ok::<_, Problem>((door.socket, Arc::new(shared)))
        })
        .transpose()?;
    // Before any run goes on, so that what it writes is known as our own.
    for trigger in &changing {
        if let Err(problem) = trigger.announce(&environment).await {
            tracing::warn!(%problem, "what runs write is not noted yet");
        }
    }
    let rested = engine.rested();
    for run in engine.resume_all().await? {
        listener(Happening::Resumed { run });
    }
    // What came in long ago and no run may take any more is let go.
    if let Ok(before) = clock.now().checked_sub(KEPT) {
        engine.forget_arrivals(before).await?;
    }
    let follower = Follower {
        engine: engine.clone(),
        environment: environment.clone(),
        listener: listener.clone(),
    };
    let means = Means {
        engine: engine.clone(),
        environment: environment.clone(),
        clock: clock.clone(),
        listener: listener.clone(),
    };
    let (events, files) = (Events(means.clone()), Files(means.clone()));
    let (changes, resources) = (Changes(means.clone()), Resources(means.clone()));
    let messages = Messages(means);
    let told_of = listener.clone();
    let sink = Arc::new(EngineSink {
        engine,
        environment: environment.name.clone(),
        plans,
        listener,
    });
    let network = async {
        if let Some((socket, shared)) = network {
            http::answer(socket, shared).await;
        }
    };
    let kept = retention::keep(
        &environment.folders,
        environment.retention,
        clock.clone(),
        |problem| told_of(Happening::Trouble { problem }),
    );
    tokio::join!(
        kept,
        run_schedules(triggers, clock, sink),
        events.watch(told),
        files.watch(globs),
        changes.watch(changing),
        resources.watch(held),
        messages.watch(written),
        network,
        follower.follow(rested)
    );
    Ok(())
}
