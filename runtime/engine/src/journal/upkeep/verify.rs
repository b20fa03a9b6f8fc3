//! Whether a store is whole: the file, every record, every large value, every plan, every run.
//!
//! Kept true here: it reads and changes nothing; each thing that is wrong is told with the run that it
//! belongs to, and the rest is looked at all the same.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use serde::Serialize;
use sophia_diagnostics::Problem;
use sophia_plan::Plan;

use super::super::record::{self, Digest};
use super::super::seal::{Keys, Sealer};
use super::super::{RunId, SqliteReader, StoredRun, connection, sealing};
use super::{Deleted, deleted};
use crate::driver::RunOutcome;
use crate::kernel::{Layout, fold};

/// What was looked at, and what is wrong.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verified {
    /// How many runs were looked at.
    pub runs: u64,
    /// How many records.
    pub records: u64,
    /// How many large values.
    pub large: u64,
    /// How many plans.
    pub plans: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What was deleted so far because it had been kept long enough.
    pub deleted: Vec<Deleted>,
}

/// Something that is wrong in a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The run that it belongs to, where it belongs to one.
    pub run: Option<RunId>,
    /// In words, with a full stop.
    pub what: String,
}

/// Looks at everything in a store, also while another process writes.
///
/// # Errors
/// S961 when the store cannot be read at all; S909 when it is encrypted and none of the keys opens it.
pub fn verify(store: &Path, keys: &Keys) -> Result<Verified, Problem> {
    let connection = connection::for_reading(store)?;
    let unreadable = |error: rusqlite::Error| connection::unreadable(store, &error);
    let kept = sealing::kept(&connection).map_err(unreadable)?;
    let mut looked = Looking {
        connection,
        reader: SqliteReader::open_sealed(store, keys)?,
        sealer: Sealer::of(keys, &kept)?.0,
        layouts: HashMap::new(),
        records: HashMap::new(),
        found: Verified::default(),
    };
    for part in [
        Looking::file,
        Looking::plans,
        Looking::large,
        Looking::gaps,
        Looking::runs,
        Looking::others,
        Looking::deleted,
    ] {
        // What is damaged so that it cannot even be read is told, and the rest is looked at.
        if let Err(error) = part(&mut looked) {
            looked.tell(
                None,
                format!("The file cannot be read everywhere: {error}."),
            );
        }
    }
    Ok(looked.found)
}

struct Looking {
    connection: Connection,
    reader: SqliteReader,
    sealer: Sealer,
    layouts: HashMap<Arc<str>, Option<Arc<Layout>>>,
    /// How many records each run has, as the table of records says.
    records: HashMap<RunId, u32>,
    found: Verified,
}

/// What records belong to whose run is not there.
const GONE: &str = "of a run that is gone";

impl Looking {
    fn tell(&mut self, run: Option<&RunId>, what: impl Into<String>) {
        let finding = Finding {
            run: run.cloned(),
            what: what.into(),
        };
        if !self.found.findings.contains(&finding) {
            self.found.findings.push(finding);
        }
    }

    fn file(&mut self) -> Result<(), rusqlite::Error> {
        let said: Vec<String> = self
            .connection
            .prepare("pragma integrity_check(20)")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for said in said.iter().filter(|said| *said != "ok") {
            self.tell(None, format!("The file is damaged: {said}."));
        }
        Ok(())
    }

    fn plans(&mut self) -> Result<(), rusqlite::Error> {
        let plans: Vec<(String, Vec<u8>)> = self
            .connection
            .prepare("select hash, body from plans")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (hash, body) in plans {
            self.found.plans += 1;
            if blake3::hash(&body).to_hex().as_str() != hash {
                self.tell(
                    None,
                    format!("The plan {hash} is not the one that was written."),
                );
            } else if let Err(problem) = Plan::from_bytes(&body) {
                self.tell(None, format!("The plan {hash} cannot be read: {problem}"));
            }
        }
        Ok(())
    }

    fn large(&mut self) -> Result<(), rusqlite::Error> {
        let ids: Vec<i64> = self
            .connection
            .prepare("select id from blobs order by id")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for id in ids {
            let (digest, body): (Digest, Vec<u8>) = self.connection.query_row(
                "select digest, body from blobs where id = ?1",
                [id],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            self.found.large += 1;
            if let Err(problem) = record::large(&digest, &body, &self.sealer) {
                self.tell(None, format!("Large value {id}: {}", in_full(&problem)));
            }
        }
        Ok(())
    }

    /// The records of a run have no gap.
    fn gaps(&mut self) -> Result<(), rusqlite::Error> {
        let counted: Vec<(Option<String>, u32, u32)> = self
            .connection
            .prepare(
                "select runs.run, max(sequence) + 1, count(*)
                 from events left join runs on runs.id = events.run group by events.run",
            )?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        for (run, numbered, there) in counted {
            self.found.records += u64::from(there);
            let is_gone = run.is_none();
            let run = RunId(run.unwrap_or_else(|| GONE.to_owned()).into());
            if is_gone || numbered != there {
                let missing = i64::from(numbered) - i64::from(there);
                self.tell(Some(&run), format!("{missing} of its records are missing."));
            }
            self.records.insert(run, there);
        }
        Ok(())
    }

    fn runs(&mut self) -> Result<(), rusqlite::Error> {
        let names: Vec<RunId> = self
            .connection
            .prepare("select run from runs order by id")?
            .query_map([], |row| Ok(RunId(row.get::<_, String>(0)?.into())))?
            .collect::<Result<_, _>>()?;
        for run in names {
            self.found.runs += 1;
            match self.reader.load(&run) {
                Ok(Some(stored)) => self.run(&run, &stored),
                // It was deleted meanwhile.
                Ok(None) => {}
                Err(problem) => self.tell(Some(&run), in_full(&problem)),
            }
        }
        Ok(())
    }

    /// Its records are found, and the list says what they fold to.
    fn run(&mut self, run: &RunId, stored: &StoredRun) {
        // Further ones may have come meanwhile.
        let there = self.records.get(run).copied().unwrap_or_default();
        if let Some(lost @ 1..) = there.checked_sub(stored.sequence) {
            self.tell(Some(run), format!("{lost} of its records are not found."));
        }
        let layout = self
            .layouts
            .entry(stored.summary.plan.clone())
            .or_insert_with(|| Layout::of(&stored.plan).ok().map(Arc::new))
            .clone();
        let Some(layout) = layout else {
            return self.tell(Some(run), "Its plan cannot be run by this program.");
        };
        let (inputs, created) = (&stored.inputs, stored.summary.created);
        let state = fold(&layout, inputs, created, &stored.events, drop);
        let status = stored.summary.status;
        let folded = state.outcome().cloned().map(RunOutcome::from);
        let fits = match &folded {
            Some(outcome) => outcome.status() == status && stored.summary.ended.is_some(),
            None => !status.is_final() && stored.summary.ended.is_none(),
        };
        if !fits {
            let folded = folded.map_or("under way", |outcome| outcome.status().as_str());
            let said = status.as_str();
            self.tell(
                Some(run),
                format!("The list says {said}, and its records come to {folded}."),
            );
        }
    }

    /// What does not belong to one run: claims, states, what came in.
    fn others(&mut self) -> Result<(), rusqlite::Error> {
        for (table, column, what) in [
            ("claims", "value", "The result of a claim"),
            ("states", "value", "The value of a state"),
            ("arrivals", "body", "Something that came in"),
        ] {
            let bodies: Vec<Vec<u8>> = self
                .connection
                .prepare(&format!(
                    "select {column} from {table} where {column} is not null"
                ))?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for body in bodies {
                let connection = &self.connection;
                let read = record::unpack_value(&body, &self.sealer, |digest| {
                    self.reader.large(connection, digest)
                });
                if let Err(problem) = read {
                    self.tell(None, format!("{what}: {}", in_full(&problem)));
                }
            }
        }
        let rests: Vec<String> = self
            .connection
            .prepare(
                "select runs.run from resting join runs on runs.id = resting.run
                 where runs.ended is not null",
            )?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for run in rests {
            self.tell(
                Some(&RunId(run.into())),
                "It has ended and is held to wait.",
            );
        }
        Ok(())
    }

    fn deleted(&mut self) -> Result<(), rusqlite::Error> {
        self.found.deleted = deleted(&self.connection)?;
        Ok(())
    }
}

fn in_full(problem: &Problem) -> String {
    match problem.causes.first() {
        Some(cause) => format!("{} ({cause})", problem.message),
        None => problem.message.clone(),
    }
}
