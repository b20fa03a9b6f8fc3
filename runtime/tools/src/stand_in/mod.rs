//! A stand-in: the tools of a real server, with nothing behind them.
//!
//! Kept true here: a call is answered only once it is safely recorded, and a key is recorded once,
//! however often it comes and whatever crashed in between. An answer always fits the shape that the
//! tool declares, and is the same for the same tool every time.

mod record;
mod serve;
mod shape;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value, json};
use sophia_diagnostics::{Problem, codes};

use crate::nearest::nearest;
use crate::schema::Checker;
use crate::{ToolAnswer, ToolDescription, ToolFailure};
use record::{Entry, Record};
pub use serve::serve;

/// What a stand-in stands in for.
#[derive(Clone, Debug, PartialEq)]
pub struct StandIn {
    /// The name it gives as a server.
    pub server: String,
    /// The version it gives.
    pub version: String,
    /// Its tools. A result has the shape of a tool's output schema; without one it is a short note.
    pub tools: Vec<ToolDescription>,
    /// The file that each accepted call is appended to, one JSON object a line. Without one the
    /// calls are kept in memory only.
    pub record: Option<PathBuf>,
}

/// A stand-in with its record at hand.
pub struct OpenStandIn {
    description: StandIn,
    checkers: BTreeMap<String, Checker>,
    calls: Mutex<Calls>,
}

/// The accepted calls.
struct Calls {
    by_key: HashMap<String, (String, Map<String, Value>)>,
    record: Option<Record>,
}

impl StandIn {
    /// Reads the record, if there is one, and makes every schema ready. Blocks: another stand-in that
    /// is just ending is waited for.
    ///
    /// # Errors
    /// S958 where the record cannot be used, S959 where an input schema is not valid.
    pub fn open(self) -> Result<OpenStandIn, Problem> {
        let mut checkers = BTreeMap::new();
        for tool in &self.tools {
            let owner = format!("the arguments of `{}`", tool.name);
            let checker = Checker::new(&tool.input_schema, &owner)?;
            checkers.insert(tool.name.clone(), checker);
        }
        let mut by_key = HashMap::new();
        let record = match &self.record {
            None => None,
            Some(path) => {
                let (record, entries) = Record::open(path)?;
                for entry in entries {
                    if let Some(key) = entry.idempotency_key {
                        by_key.insert(key, (entry.tool, entry.arguments));
                    }
                }
                Some(record)
            }
        };
        Ok(OpenStandIn {
            description: self,
            checkers,
            calls: Mutex::new(Calls { by_key, record }),
        })
    }
}

impl OpenStandIn {
    /// What it stands in for.
    #[must_use]
    pub fn description(&self) -> &StandIn {
        &self.description
    }

    /// Answers a call as the server would. A key that was accepted before gets the same answer and
    /// no second record. Blocks while the record reaches the disk.
    ///
    /// # Errors
    /// S954 where there is no such tool, S955 where the arguments do not fit or the key was used for
    /// another call, S958 where the call could not be recorded, S959 where no answer can be made up.
    pub fn answer(
        &self,
        tool: &str,
        arguments: &Map<String, Value>,
        key: Option<&str>,
    ) -> Result<ToolAnswer, ToolFailure> {
        let described = self.tool(tool).map_err(ToolFailure::permanent)?;
        self.accept_arguments(tool, arguments)?;
        let answer = self.shaped(described).map_err(ToolFailure::permanent)?;
        self.keep(tool, arguments, key.filter(|key| !key.is_empty()))?;
        Ok(answer)
    }

    fn tool(&self, name: &str) -> Result<&ToolDescription, Problem> {
        let tools = &self.description.tools;
        tools.iter().find(|tool| tool.name == name).ok_or_else(|| {
            let problem = Problem::new(
                codes::S954,
                format!("{} has no tool `{name}`.", self.description.server),
            );
            let known = tools.iter().map(|tool| tool.name.as_str());
            match nearest(name, known) {
                Some(near) => problem.with_help(format!("write `{near}`")),
                None => problem,
            }
        })
    }

    fn accept_arguments(
        &self,
        tool: &str,
        arguments: &Map<String, Value>,
    ) -> Result<(), ToolFailure> {
        let Some(checker) = self.checkers.get(tool) else {
            return Ok(());
        };
        let mismatches = checker.mismatches(&Value::Object(arguments.clone()));
        if mismatches.is_empty() {
            return Ok(());
        }
        Err(ToolFailure::permanent(
            mismatches
                .into_iter()
                .fold(self.refused(tool), Problem::because),
        ))
    }

    fn shaped(&self, tool: &ToolDescription) -> Result<ToolAnswer, Problem> {
        let Some(shape) = &tool.output_schema else {
            let note = json!({
                "ok": true,
                "stand_in": format!("{} is a stand-in; nothing was sent", self.description.server),
            });
            return Ok(ToolAnswer {
                structured: None,
                text: note.to_string(),
            });
        };
        let structured = shape::example(shape, &format!("the result of `{}`", tool.name))?;
        Ok(ToolAnswer {
            text: structured.to_string(),
            structured: Some(structured),
        })
    }

    /// Records the call, unless its key is there already.
    fn keep(
        &self,
        tool: &str,
        arguments: &Map<String, Value>,
        key: Option<&str>,
    ) -> Result<(), ToolFailure> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((before, with)) = key.and_then(|key| calls.by_key.get(key)) {
            if before == tool && with == arguments {
                return Ok(());
            }
            return Err(ToolFailure::permanent(self.refused(tool).because(format!(
                "its idempotency key was already used for another call of `{before}`"
            ))));
        }
        if let Some(record) = &mut calls.record {
            record
                .append(&Entry {
                    at: jiff::Timestamp::now(),
                    tool: tool.to_owned(),
                    arguments: arguments.clone(),
                    idempotency_key: key.map(str::to_owned),
                })
                .map_err(ToolFailure::transient)?;
        }
        if let Some(key) = key {
            let call = (tool.to_owned(), arguments.clone());
            calls.by_key.insert(key.to_owned(), call);
        }
        Ok(())
    }

    fn refused(&self, tool: &str) -> Problem {
        Problem::new(
            codes::S955,
            format!(
                "{} refused the arguments of `{tool}`.",
                self.description.server
            ),
        )
    }
}
