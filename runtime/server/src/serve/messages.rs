//! Messages of a stream become runs.
//!
//! Kept true here: messages are taken in their order; how far a trigger is stands in the very record that begins
//! a run, so a message starts one run of each playbook, across restarts; a trigger that is new begins with what
//! is written from then on.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sophia_data::{Message, Position, Streams};
use sophia_diagnostics::{Problem, codes};
use sophia_engine::{Arrives, SeenRow};
use sophia_plan::step::TriggerKind;
use sophia_plan::{Plan, Record, Value};

use super::looks::Looks;
use super::means::{Brings, Means};
use super::{Happening, waits_for_room};

/// How long a stream is asked to wait for the next message.
const WAIT: Duration = Duration::from_secs(30);

/// The most messages that are read at once.
const BATCH: u32 = 64;

/// How long a stream that cannot be read is left alone.
const AGAIN: SignedDuration = SignedDuration::from_secs(10);

/// The same, where there is no room for a run.
const ROOM: SignedDuration = SignedDuration::from_secs(1);

/// One trigger on messages.
pub(super) struct MessageTrigger {
    plan: Arc<Plan>,
    place: usize,
    connection: Arc<str>,
    topic: Arc<str>,
}

/// Where messages become runs.
pub(super) struct Messages(pub(super) Means);

/// How far one trigger is, and with what it is read.
struct Progress {
    looks: Looks,
    position: Position,
    streams: Streams,
}

impl MessageTrigger {
    /// The trigger of a plan, where it is one on messages.
    pub(super) fn of(plan: &Arc<Plan>, place: usize) -> Option<Self> {
        let trigger = plan.triggers.get(place)?;
        let TriggerKind::Message { connection, topic } = &trigger.kind else {
            return None;
        };
        Some(Self {
            plan: plan.clone(),
            place,
            connection: connection.clone(),
            topic: topic.clone(),
        })
    }

    /// Under which how far it is stands in the store.
    fn name(&self, environment: &str) -> Arc<str> {
        let Self {
            plan,
            place,
            connection,
            topic,
            ..
        } = self;
        format!(
            "{environment}/{}/{place} message {connection} {topic}",
            plan.playbook
        )
        .into()
    }
}

impl Messages {
    /// Takes what is written, again and again. Without triggers it is done at once.
    pub(super) async fn watch(self, triggers: Vec<MessageTrigger>) {
        let watching = triggers.iter().map(|trigger| self.watch_one(trigger));
        futures::future::join_all(watching).await;
    }

    async fn watch_one(&self, trigger: &MessageTrigger) {
        let name = trigger.name(&self.0.environment.name);
        let mut progress: Option<Progress> = None;
        let mut told: Option<String> = None;
        loop {
            let problem = match self.take(trigger, &name, &mut progress).await {
                Ok(()) => {
                    told = None;
                    continue;
                }
                Err(problem) => problem,
            };
            // What is durable is known only to the store.
            progress = None;
            let never = problem.code == codes::S994;
            let waits = waits_for_room(&problem);
            if !waits && told.as_ref() != Some(&problem.message) {
                told = Some(problem.message.clone());
                (self.0.listener)(Happening::Trouble { problem });
            }
            if never {
                return;
            }
            let pause = if waits { ROOM } else { AGAIN };
            let next = self.0.clock.now().checked_add(pause);
            let next = next.unwrap_or(Timestamp::MAX);
            self.0.clock.sleep_until(next).await;
        }
    }

    /// Takes the messages that are there, or waits for the next.
    async fn take(
        &self,
        trigger: &MessageTrigger,
        name: &Arc<str>,
        progress: &mut Option<Progress>,
    ) -> Result<(), Problem> {
        if progress.is_none() {
            *progress = Some(self.begin(trigger, name).await?);
        }
        let Some(known) = progress else {
            return Ok(());
        };
        let (topic, after) = (&trigger.topic, known.position);
        let messages = known.streams.behind(topic, after, BATCH, WAIT).await?;
        for message in messages {
            let (looks, position) = (known.looks.next(), message.position);
            self.start(trigger, name, looks, message).await?;
            (known.looks, known.position) = (looks, position);
        }
        Ok(())
    }

    /// How far the store says that a trigger is. One that is new begins behind the latest message.
    async fn begin(&self, trigger: &MessageTrigger, name: &Arc<str>) -> Result<Progress, Problem> {
        let connections = &self.0.environment.connections;
        let mut streams = connections.streams(&trigger.connection).await?;
        let latest = streams.latest(&trigger.topic).await?;
        let (looks, position) = match Looks::known(&self.0.engine, name).await? {
            None => {
                let looks = Looks::begin(&self.0.engine, name, seen(latest)).await?;
                (looks, latest)
            }
            Some(looks) => {
                let seen = self.0.engine.seen(name, None).await?;
                let position = seen.first().and_then(|(_, row)| read(row));
                // A stream that is not yet that far was made anew: everything in it is new.
                let position = position.filter(|position| *position <= latest);
                (looks, position.unwrap_or_default())
            }
        };
        Ok(Progress {
            looks,
            position,
            streams,
        })
    }

    /// Starts the run for a message. How far the trigger is, is durable with it.
    async fn start(
        &self,
        trigger: &MessageTrigger,
        name: &Arc<str>,
        looks: Looks,
        message: Message,
    ) -> Result<(), Problem> {
        let key = message.key.map(|key| Value::Text(key.into()));
        let fields = vec![
            ("key".into(), key.unwrap_or(Value::None)),
            ("body".into(), Value::Json(message.body.into())),
            ("at".into(), Value::Timestamp(message.at)),
        ];
        let brings = Brings {
            plan: &trigger.plan,
            place: trigger.place,
            value: Value::Record(Arc::new(Record { fields })),
            arrives: Arrives::WithTheRun,
        };
        let event = format!("message from {} {}", trigger.connection, trigger.topic);
        let delivery = looks.delivery(name, seen(message.position));
        let at = self.0.clock.now();
        self.0.start(brings, delivery, at, event).await
    }
}

/// How far a trigger is, as the store keeps it: one row without a key.
fn seen(position: Position) -> Vec<SeenRow> {
    vec![SeenRow {
        key: Vec::new(),
        row: Some(position.to_string().into_bytes()),
    }]
}

fn read(row: &[u8]) -> Option<Position> {
    std::str::from_utf8(row).ok()?.parse().ok()
}
