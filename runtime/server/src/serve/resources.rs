//! Resources of tools that change become runs.
//!
//! Kept true here: a change has one run, across restarts, because the digest of what was seen stands in the record that
//! begins the run; what is told is only a reason to look, and what a resource holds is compared each time.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sophia_diagnostics::{Problem, codes};
use sophia_engine::{Arrives, SeenRow};
use sophia_plan::step::TriggerKind;
use sophia_plan::{Plan, Record, Value};
use sophia_tools::{Fleet, Following, Resource};

use super::looks::Looks;
use super::means::{Brings, Means};
use super::{Happening, waits_for_room};

/// How often a resource is read where its server does not tell when it changes.
const LOOK: SignedDuration = SignedDuration::from_secs(30);

/// How often it is read all the same.
const SAFE: SignedDuration = SignedDuration::from_mins(10);

/// How long a resource that cannot be read is left alone.
const AGAIN: SignedDuration = SignedDuration::from_secs(10);

/// One trigger on a resource.
pub(super) struct ResourceTrigger {
    plan: Arc<Plan>,
    place: usize,
    line: u32,
    tool: Arc<str>,
    uri: Arc<str>,
}

/// Where changes of resources become runs.
pub(super) struct Resources(pub(super) Means);

/// How far one trigger is.
struct Progress {
    looks: Looks,
    digest: Vec<u8>,
}

impl ResourceTrigger {
    /// The trigger of a plan, where it is one on a resource.
    pub(super) fn of(plan: &Arc<Plan>, place: usize) -> Option<Self> {
        let trigger = plan.triggers.get(place)?;
        let TriggerKind::Resource { tool, uri } = &trigger.kind else {
            return None;
        };
        Some(Self {
            plan: plan.clone(),
            place,
            line: trigger.origin.line,
            tool: tool.clone(),
            uri: uri.clone(),
        })
    }

    /// Under which what was seen stands in the store.
    fn name(&self, environment: &str) -> Arc<str> {
        let Self {
            plan,
            place,
            tool,
            uri,
            ..
        } = self;
        format!(
            "{environment}/{}/{place} resource {tool} {uri}",
            plan.playbook
        )
        .into()
    }
}

impl Resources {
    /// Follows them. Without triggers it is done at once.
    pub(super) async fn watch(self, triggers: Vec<ResourceTrigger>) {
        let watching = triggers.iter().map(|trigger| self.watch_one(trigger));
        futures::future::join_all(watching).await;
    }

    async fn watch_one(&self, trigger: &ResourceTrigger) {
        if self.0.environment.servers.is_stand_in(&trigger.tool) {
            let problem = no_resources(trigger);
            return (self.0.listener)(Happening::Trouble { problem });
        }
        let name = trigger.name(&self.0.environment.name);
        let mut progress: Option<Progress> = None;
        let mut following: Option<Following> = None;
        let mut told: Option<Problem> = None;
        loop {
            let looked = self
                .look(trigger, &name, &mut progress, &mut following)
                .await;
            let pause = match looked {
                Ok(is_told) => {
                    told = None;
                    if is_told { SAFE } else { LOOK }
                }
                Err(problem) => {
                    // What is durable is known only to the store.
                    progress = None;
                    following = None;
                    let waits = waits_for_room(&problem);
                    // A server that keeps stopping says another time each time.
                    let is_new = told.as_ref().is_none_or(|told| told.code != problem.code);
                    if !waits && is_new {
                        told = Some(problem.clone());
                        (self.0.listener)(Happening::Trouble { problem });
                    }
                    AGAIN
                }
            };
            let next = self.0.clock.now().checked_add(pause);
            let next = self.0.clock.sleep_until(next.unwrap_or(Timestamp::MAX));
            let changed = async {
                match &mut following {
                    Some(following) => following.changed().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = next => {}
                () = changed => {}
            }
        }
    }

    /// Reads the resource, and starts a run where it has changed. Whether its server tells when it changes.
    async fn look(
        &self,
        trigger: &ResourceTrigger,
        name: &Arc<str>,
        progress: &mut Option<Progress>,
        following: &mut Option<Following>,
    ) -> Result<bool, Problem> {
        // A server that is shared belongs to no run.
        let fleet = self.0.environment.servers.fleet("", &trigger.tool).await?;
        let (found, is_told) = find(&fleet, trigger, following).await?;
        let known = match progress.take() {
            Some(known) => Some(known),
            None => self.known(name).await?,
        };
        let digest = found.digest.to_vec();
        let looks = match known {
            None => Looks::begin(&self.0.engine, name, seen(&digest)).await?,
            Some(known) if known.digest == digest => known.looks,
            Some(known) => {
                let looks = known.looks.next();
                self.start(trigger, name, looks, found).await?;
                looks
            }
        };
        *progress = Some(Progress { looks, digest });
        Ok(is_told)
    }

    /// What the store knows of a trigger; nothing where it is new.
    async fn known(&self, name: &str) -> Result<Option<Progress>, Problem> {
        let Some(looks) = Looks::known(&self.0.engine, name).await? else {
            return Ok(None);
        };
        let seen = self.0.engine.seen(name, None).await?;
        let digest = seen.into_iter().next().map(|(_, row)| row);
        Ok(Some(Progress {
            looks,
            digest: digest.unwrap_or_default(),
        }))
    }

    /// Starts the run for a change. What was seen is durable with it.
    async fn start(
        &self,
        trigger: &ResourceTrigger,
        name: &Arc<str>,
        looks: Looks,
        found: Resource,
    ) -> Result<(), Problem> {
        let at = self.0.clock.now();
        let text = found
            .text
            .map_or(Value::None, |text| Value::Text(text.into()));
        let fields = vec![
            ("uri".into(), Value::Text(trigger.uri.clone())),
            ("text".into(), text),
            ("at".into(), Value::Timestamp(at)),
        ];
        let value = Value::Record(Arc::new(Record { fields }));
        let brings = Brings {
            plan: &trigger.plan,
            place: trigger.place,
            value,
            arrives: Arrives::WithTheRun,
        };
        let event = format!("resource {} {}", trigger.tool, trigger.uri);
        let delivery = looks.delivery(name, seen(&found.digest));
        self.0.start(brings, delivery, at, event).await
    }
}

/// The resource as it is, and whether its server tells when it changes. It is followed before it is read, so that
/// no change comes in between.
async fn find(
    fleet: &Fleet,
    trigger: &ResourceTrigger,
    following: &mut Option<Following>,
) -> Result<(Resource, bool), Problem> {
    if following.as_ref().is_none_or(Following::is_over) {
        *following = Some(fleet.follow(&trigger.tool, &trigger.uri).await?);
    }
    let found = fleet.resource(&trigger.tool, &trigger.uri).await?;
    Ok((found, following.as_ref().is_some_and(Following::is_told)))
}

/// What was seen of a resource, as the store keeps it: one row without a key.
fn seen(digest: &[u8]) -> Vec<SeenRow> {
    vec![SeenRow {
        key: Vec::new(),
        row: Some(digest.to_vec()),
    }]
}

fn no_resources(trigger: &ResourceTrigger) -> Problem {
    Problem::new(
        codes::S994,
        format!(
            "`{}` starts nothing on `{}` (line {}): `{}` is a stand-in here, and a stand-in has no resources.",
            trigger.plan.playbook, trigger.uri, trigger.line, trigger.tool
        ),
    )
}
