//! Changes in tables become runs.
//!
//! Kept true here: a change has one run, across restarts, because what was seen of its row stands in the
//! record that begins the run; a table that is new to a trigger starts nothing for what it holds already.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use sophia_data::{OWN_TABLE, Source, WatchedTable, quoted};
use sophia_diagnostics::{Problem, codes};
use sophia_engine::{Arrives, SeenRow};
use sophia_plan::{Plan, Record, RecordType, Type, Value, decode};
use sophia_triggers::changes::{Batches, Difference, Digest, Gathering, Key, Watched};

use super::looks::Looks;
use super::means::{Brings, Means};
use super::own::Noted;
use super::{Happening, waits_for_room};
use crate::environment::Environment;

/// The shortest time between two looks at a table.
const LOOK: Duration = Duration::from_secs(1);

/// A look may take so much of the time: one part in this many.
const SHARE: u32 = 10;

/// How long a table that cannot be read is left alone.
const AGAIN: Duration = Duration::from_secs(10);

/// The most rows of a table that is watched.
const LARGEST: u64 = 200_000;

/// One trigger on changes.
pub(super) struct ChangeTrigger {
    pub(super) plan: Arc<Plan>,
    pub(super) place: usize,
    pub(super) connection: Arc<str>,
    pub(super) table: Arc<str>,
    pub(super) key: Vec<Arc<str>>,
    pub(super) except_our_own: bool,
    pub(super) batches: Option<Batches>,
    /// What is brought, and what a row of the table holds.
    pub(super) of: Type,
    pub(super) row: Arc<RecordType>,
}

/// Where changes become runs.
pub(super) struct Changes(pub(super) Means);

/// What a look found: each row with its key and its bytes.
struct Found {
    keys: Vec<(Key, Digest)>,
    rows: Vec<(Value, Vec<u8>)>,
}

impl Found {
    /// A digest of what the row of a difference holds now; nothing where it is there no more.
    fn digest(&self, difference: &Difference) -> Option<Digest> {
        let found = difference.place.and_then(|place| self.keys.get(place));
        found.map(|(_, digest)| *digest)
    }

    /// The row of a difference as it is remembered.
    fn seen(&self, difference: &Difference) -> SeenRow {
        let now = difference.place.and_then(|place| self.rows.get(place));
        SeenRow {
            key: difference.key.clone(),
            row: now.map(|(_, bytes)| bytes.clone()),
        }
    }
}

/// How far one trigger is.
struct Progress {
    watched: Watched,
    looks: Looks,
}

impl ChangeTrigger {
    /// The trigger of a plan, where it is one on changes.
    pub(super) fn of(plan: &Arc<Plan>, place: usize) -> Option<Self> {
        let trigger = plan.triggers.get(place)?;
        let sophia_plan::step::TriggerKind::Change {
            connection,
            table,
            key,
            except_our_own,
            batches,
        } = &trigger.kind
        else {
            return None;
        };
        let (Type::Table(change) | Type::Record(change)) = &trigger.of else {
            return None;
        };
        let row = change.fields.iter().find(|field| &*field.name == "row")?;
        let Type::Record(row) = &row.of else {
            return None;
        };
        Some(Self {
            plan: plan.clone(),
            place,
            connection: connection.clone(),
            table: table.clone(),
            key: key.clone(),
            except_our_own: *except_our_own,
            batches: batches.map(|(most, every)| Batches {
                most: usize::try_from(most).unwrap_or(usize::MAX).max(1),
                every: every.map(SignedDuration::from_millis),
            }),
            of: trigger.of.clone(),
            row: row.clone(),
        })
    }

    /// Under which what was seen stands in the store. Another key, or other columns, begin anew.
    fn name(&self, environment: &str) -> Arc<str> {
        let columns: Vec<String> = (self.row.fields.iter())
            .map(|field| format!("{} {:?}", field.name, field.of))
            .collect();
        let shape = format!("{:?} {columns:?}", self.key);
        let shape = blake3::hash(shape.as_bytes()).to_hex();
        format!(
            "{environment}/{}/{} change in {}.{} {}",
            self.plan.playbook,
            self.place,
            self.connection,
            self.table,
            shape.get(..16).unwrap_or_default()
        )
        .into()
    }

    /// The table as its connection knows it.
    fn table(&self, environment: &Environment, source: &dyn Source) -> WatchedTable {
        let columns = self.row.fields.iter().map(|field| quoted(&field.name));
        let columns: Vec<String> = columns.collect();
        let key: Vec<String> = self.key.iter().map(|column| quoted(column)).collect();
        let sql = format!(
            "select {} from {} order by {}",
            columns.join(", "),
            source.table_name(&self.table),
            key.join(", ")
        );
        WatchedTable {
            name: self.name(&environment.name),
            sql: sql.into(),
            row: self.row.clone(),
            key: self.key.clone(),
            at_most: LARGEST,
        }
    }

    /// From now on what runs change in the table is noted, where the trigger leaves that out.
    ///
    /// # Errors
    /// When the database cannot be reached, or does not let it be noted.
    pub(super) async fn announce(&self, environment: &Environment) -> Result<(), Problem> {
        if !self.except_our_own {
            return Ok(());
        }
        let source = environment.connections.source(&self.connection).await?;
        let watched = source.watch(&self.table(environment, &*source)).await;
        watched.map_err(|problem| {
            problem.with_help(format!(
                "`except our own` needs the table `{OWN_TABLE}` in `{}`, in which writes note what they change",
                self.connection
            ))
        })
    }
}

impl Changes {
    /// Looks again and again. Without triggers it is done at once.
    pub(super) async fn watch(self, triggers: Vec<ChangeTrigger>) {
        let watching = triggers.iter().map(|trigger| self.watch_one(trigger));
        futures::future::join_all(watching).await;
    }

    async fn watch_one(&self, trigger: &ChangeTrigger) {
        let name = trigger.name(&self.0.environment.name);
        let mut progress: Option<Progress> = None;
        let mut gathering = Gathering::default();
        let mut told: Option<String> = None;
        loop {
            let began = Instant::now();
            let looked = self
                .look(trigger, &name, &mut progress, &mut gathering)
                .await;
            let pause = match looked {
                Ok(()) => {
                    told = None;
                    LOOK.max(began.elapsed() * SHARE)
                }
                Err(problem) => {
                    // What is durable is known only to the store.
                    progress = None;
                    let waits = waits_for_room(&problem);
                    if !waits && told.as_ref() != Some(&problem.message) {
                        told = Some(problem.message.clone());
                        (self.0.listener)(Happening::Trouble { problem });
                    }
                    if waits { LOOK } else { AGAIN }
                }
            };
            let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::from_secs(10));
            let next = self.0.clock.now().checked_add(pause);
            let next = next.unwrap_or(Timestamp::MAX);
            let due = trigger.batches.and_then(|batches| gathering.next(batches));
            self.0
                .clock
                .sleep_until(due.map_or(next, |due| due.min(next)))
                .await;
        }
    }

    async fn look(
        &self,
        trigger: &ChangeTrigger,
        name: &Arc<str>,
        progress: &mut Option<Progress>,
        gathering: &mut Gathering,
    ) -> Result<(), Problem> {
        let source = self
            .0
            .environment
            .connections
            .source(&trigger.connection)
            .await?;
        if progress.is_none() {
            // At the beginning, and after what may have ended it.
            trigger.announce(&self.0.environment).await?;
        }
        let noted = if trigger.except_our_own {
            Some(Noted::before(&*source, name).await?)
        } else {
            None
        };
        let found = self.find(trigger, &*source).await?;
        let known = match progress.take() {
            Some(known) => Some(known),
            None => self.known(name).await?,
        };
        let Some(mut known) = known else {
            *progress = Some(self.begin(name, found).await?);
            return Ok(());
        };
        let mut differences = known
            .watched
            .differences(&found.keys)
            .map_err(|key| shared_key(trigger, &key))?;
        if let Some(noted) = noted {
            let of = (&*source, name);
            differences = self
                .leave_out(of, noted, &mut known, &found, differences)
                .await?;
        }
        let now = self.0.clock.now();
        let (due, most) = match trigger.batches {
            Some(batches) => (gathering.due(differences.len(), batches, now), batches.most),
            None => (differences.len(), 1),
        };
        for batch in differences.get(..due).unwrap_or_default().chunks(most) {
            self.hand_over(trigger, name, &mut known, &found, batch, now)
                .await?;
        }
        *progress = Some(known);
        Ok(())
    }

    /// Reads the table.
    async fn find(&self, trigger: &ChangeTrigger, source: &dyn Source) -> Result<Found, Problem> {
        let watched = trigger.table(&self.0.environment, source);
        let table = source.query(&watched.request()).await?;
        let (mut keys, mut rows) = (Vec::new(), Vec::new());
        for found in watched.rows(&table) {
            keys.push((found.key, found.digest));
            rows.push((found.row, found.bytes));
        }
        Ok(Found { keys, rows })
    }

    /// What runs did themselves is remembered, and starts nothing. What others did.
    async fn leave_out(
        &self,
        (source, name): (&dyn Source, &Arc<str>),
        noted: Noted,
        known: &mut Progress,
        found: &Found,
        differences: Vec<Difference>,
    ) -> Result<Vec<Difference>, Problem> {
        let digest = |difference: &Difference| found.digest(difference);
        let apart = noted
            .take_apart(source, name, &known.watched, differences, digest)
            .await?;
        if !apart.own.is_empty() {
            let rows = apart.own.iter().map(|own| found.seen(own)).collect();
            let looks = known.looks.next();
            looks.pass(&self.0.engine, name, rows).await?;
            known.looks = looks;
            for own in apart.own {
                let digest = found.digest(&own);
                known.watched.hand_over(own.key, digest);
            }
        }
        if !apart.done.is_empty() {
            source.forget_own(&apart.done).await?;
        }
        Ok(apart.others)
    }

    /// What the store knows of a trigger; nothing where it is new.
    async fn known(&self, name: &str) -> Result<Option<Progress>, Problem> {
        let Some(looks) = Looks::known(&self.0.engine, name).await? else {
            return Ok(None);
        };
        let seen = self.0.engine.seen(name, None).await?.into_iter();
        let seen = seen.map(|(key, row)| (key, *blake3::hash(&row).as_bytes()));
        Ok(Some(Progress {
            watched: Watched::new(seen),
            looks,
        }))
    }

    /// A trigger that is new begins with the table as it is.
    async fn begin(&self, name: &Arc<str>, found: Found) -> Result<Progress, Problem> {
        let watched = Watched::new(found.keys.iter().cloned());
        let rows = found.keys.into_iter().zip(found.rows);
        let rows = rows.map(|((key, _), (_, bytes))| SeenRow {
            key,
            row: Some(bytes),
        });
        let looks = Looks::begin(&self.0.engine, name, rows.collect()).await?;
        Ok(Progress { watched, looks })
    }

    /// Starts the run for some changes. What was seen of them is durable with it.
    async fn hand_over(
        &self,
        trigger: &ChangeTrigger,
        name: &Arc<str>,
        known: &mut Progress,
        found: &Found,
        batch: &[Difference],
        at: Timestamp,
    ) -> Result<(), Problem> {
        let (mut changes, mut rows) = (Vec::new(), Vec::new());
        for difference in batch {
            let was = self
                .0
                .engine
                .seen(name, Some(difference.key.clone()))
                .await?;
            let was = was.first().map(|(_, row)| decode(row)).transpose()?;
            let now = difference.place.and_then(|place| found.rows.get(place));
            changes.push(change(difference, now.map(|(row, _)| row), was, at));
            rows.push(found.seen(difference));
        }
        let value = match (&trigger.of, changes.as_slice()) {
            (Type::Table(_), _) => Value::List(Arc::new(changes)),
            (_, [one]) => one.clone(),
            _ => return Ok(()),
        };
        let looks = known.looks.next();
        let brings = Brings {
            plan: &trigger.plan,
            place: trigger.place,
            value,
            arrives: Arrives::WithTheRun,
        };
        let event = format!("change in {}.{}", trigger.connection, trigger.table);
        self.0
            .start(brings, looks.delivery(name, rows), at, event)
            .await?;
        known.looks = looks;
        for difference in batch {
            let digest = found.digest(difference);
            known.watched.hand_over(difference.key.clone(), digest);
        }
        Ok(())
    }
}

/// One change as the run reads it. Of a row that is gone `row` is what it last held.
fn change(
    difference: &Difference,
    now: Option<&Value>,
    was: Option<Value>,
    at: Timestamp,
) -> Value {
    let row = now.cloned().or_else(|| was.clone());
    let fields = vec![
        ("kind".into(), Value::Text(difference.kind.as_str().into())),
        ("row".into(), row.unwrap_or(Value::None)),
        ("was".into(), was.unwrap_or(Value::None)),
        ("at".into(), Value::Timestamp(at)),
    ];
    Value::Record(Arc::new(Record { fields }))
}

fn shared_key(trigger: &ChangeTrigger, key: &[u8]) -> Problem {
    let values = match decode(key) {
        Ok(Value::List(values)) => values,
        _ => Arc::default(),
    };
    let zone = crate::steps::zone(&trigger.plan.zone);
    let shown: Vec<String> = (trigger.key.iter().zip(values.iter()))
        .map(|(column, value)| format!("{column} {}", sophia_plan::show(value, &zone)))
        .collect();
    Problem::new(
        codes::S875,
        format!(
            "Several rows of {}.{} have {}, so their changes cannot be told apart.",
            trigger.connection,
            trigger.table,
            shown.join(" and ")
        ),
    )
    .with_help("`by` names the columns by which a row is known again; together they are different in each row")
}
