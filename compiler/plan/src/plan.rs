//! A whole plan: everything that a run needs, and nothing of the text it came from.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sophia_phrases::Schedule;

use crate::step::{Block, Input, ModelDefinition, PredictorDefinition, QueryDefinition};

/// The format that this build writes. A plan of another format is refused with a clear error.
pub const FORMAT: u32 = 1;

/// A checked playbook, ready to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// See [`FORMAT`].
    pub format: u32,
    /// The playbook's name.
    pub playbook: Arc<str>,
    /// Its documentation.
    pub documentation: Option<Arc<str>>,
    /// The file it came from, relative to the project.
    pub file: Arc<str>,
    /// The IANA zone of dates and schedules without one of their own.
    pub zone: Arc<str>,
    /// The project's currency.
    pub currency: Arc<str>,
    /// Its inputs.
    pub inputs: Vec<Input>,
    /// Its schedules, in the order written.
    pub schedules: Vec<Schedule>,
    /// Its queries by name.
    pub queries: BTreeMap<Arc<str>, QueryDefinition>,
    /// Its predictors by name.
    pub predictors: BTreeMap<Arc<str>, PredictorDefinition>,
    /// Its models by name.
    pub models: BTreeMap<Arc<str>, ModelDefinition>,
    /// Its steps.
    pub body: Block,
    /// What runs after a failure, and the name under which it sees the failure (a record with
    /// `message`, `step` and `line`).
    pub on_failure: Option<(Option<Arc<str>>, Block)>,
}

/// The address of a plan: a hash of its canonical bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlanHash(pub Arc<str>);
