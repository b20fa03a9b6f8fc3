//! A whole plan: everything that a run needs, and nothing of the text it came from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use petgraph::algo::toposort;
use serde::{Deserialize, Serialize};
use sophia_diagnostics::{Problem, codes};
use sophia_phrases::Schedule;

use crate::step::{
    Block, CommandDefinition, Input, MetricDefinition, ModelDefinition, OneRun,
    PredictorDefinition, QueryDefinition, StateDefinition, Step, StepKind, Trigger, TriggerKind,
    Work,
};
use crate::types::Type;

/// The format that this build writes. A plan of another format is refused with a clear error.
pub const FORMAT: u32 = 2;

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
    /// What starts its runs, in the order written.
    pub triggers: Vec<Trigger>,
    /// Whether its runs stand in line.
    pub one_run: Option<OneRun>,
    /// What a run gives back.
    pub result: Type,
    /// Its queries by name.
    pub queries: BTreeMap<Arc<str>, QueryDefinition>,
    /// Its commands by name.
    pub commands: BTreeMap<Arc<str>, CommandDefinition>,
    /// Its metrics by name.
    pub metrics: BTreeMap<Arc<str>, MetricDefinition>,
    /// What it keeps between runs, by name.
    pub states: BTreeMap<Arc<str>, StateDefinition>,
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

/// What every plan file begins with, before its format as four bytes, the lowest first.
const MAGIC: &[u8] = b"sophia plan\n";

impl Plan {
    /// The canonical bytes: equal plans give equal bytes.
    ///
    /// Every plan can be written; were one refused, the bytes would hold no more than the format,
    /// which [`Plan::from_bytes`] refuses.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let head: Vec<u8> = [MAGIC, &FORMAT.to_le_bytes()].concat();
        postcard::to_extend(self, head.clone()).unwrap_or(head)
    }

    /// Reads what [`Plan::to_bytes`] wrote, and proves that it can be run: see [`Plan::validate`].
    ///
    /// # Errors
    /// When the bytes are no plan, of another format, damaged, or a plan that cannot be run.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Problem> {
        let Some((format, body)) = bytes
            .strip_prefix(MAGIC)
            .and_then(|rest| rest.split_first_chunk::<4>())
        else {
            return Err(
                Problem::new(codes::S983, "This is not a plan of Sophia.").with_help(
                    "name a file that `sophia build` wrote, or compile the playbook again",
                ),
            );
        };
        let format = u32::from_le_bytes(*format);
        if format != FORMAT {
            return Err(Problem::new(
                codes::S982,
                format!(
                    "This plan is written in format {format}, and this version of Sophia reads format {FORMAT}."
                ),
            )
            .with_help("compile the playbook again with this version"));
        }
        let plan: Self = match postcard::take_from_bytes(body) {
            Ok((plan, [])) => plan,
            Ok(_) => return Err(damaged("more bytes follow it than it has")),
            Err(error) => return Err(damaged(error)),
        };
        if plan.format != format {
            return Err(damaged("it says two formats"));
        }
        plan.validate()?;
        Ok(plan)
    }

    /// The address: BLAKE3 of the canonical bytes, as 64 hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> PlanHash {
        PlanHash(blake3::hash(&self.to_bytes()).to_hex().as_str().into())
    }

    /// Its schedules, in the order written.
    pub fn schedules(&self) -> impl Iterator<Item = &Schedule> {
        self.triggers
            .iter()
            .filter_map(|trigger| match &trigger.kind {
                TriggerKind::Schedule(schedule) => Some(schedule),
                _ => None,
            })
    }

    /// Every step, nested ones after the one that holds them, those of `on failure` last.
    #[must_use]
    pub fn steps(&self) -> Vec<&Step> {
        self.blocks().flat_map(Block::all_steps).collect()
    }

    /// The body, and the block of `on failure`.
    fn blocks(&self) -> impl Iterator<Item = &Block> {
        let on_failure = self.on_failure.iter().map(|(_, block)| block);
        std::iter::once(&self.body).chain(on_failure)
    }

    /// Proves what the engine relies on: no step waits for itself through others, step names are
    /// unique, and what steps call is declared in the plan.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn validate(&self) -> Result<(), Problem> {
        for block in self.blocks() {
            acyclic(block)?;
        }
        let mut names = BTreeSet::new();
        for step in self.steps() {
            for block in step.blocks() {
                acyclic(block)?;
            }
            if !names.insert(&step.name) {
                return Err(unsound(format!(
                    "Two steps of the plan are called `{}`.",
                    step.name
                )));
            }
            let StepKind::Work(work) = &step.kind else {
                continue;
            };
            let (kind, name, declared) = match work {
                Work::Query { query, .. } => ("query", query, self.queries.contains_key(query)),
                Work::Predictor { predictor } => (
                    "predictor",
                    predictor,
                    self.predictors.contains_key(predictor),
                ),
                Work::Model { model, .. } => ("model", model, self.models.contains_key(model)),
                Work::Command { command, .. } => {
                    ("command", command, self.commands.contains_key(command))
                }
                Work::Metric { metric, .. } => {
                    ("metric", metric, self.metrics.contains_key(metric))
                }
                Work::Set { state, .. } | Work::State { state, .. } => {
                    ("state", state, self.states.contains_key(state))
                }
                Work::Compute { .. }
                | Work::Tool { .. }
                | Work::Record { .. }
                | Work::Emit { .. }
                | Work::Playbook { .. }
                | Work::Distinct { .. }
                | Work::Search { .. }
                | Work::FindMetrics { .. }
                | Work::ReadFile { .. } => continue,
            };
            if !declared {
                return Err(unsound(format!(
                    "The step `{}` uses the {kind} `{name}`, which the plan does not hold.",
                    step.name
                )));
            }
        }
        Ok(())
    }
}

fn acyclic(block: &Block) -> Result<(), Problem> {
    toposort(&block.graph, None).map(|_| ()).map_err(|cycle| {
        let name = block.step(cycle.node_id()).map_or("?", |step| &*step.name);
        unsound(format!(
            "The step `{name}` would wait for itself, through the steps it waits for."
        ))
    })
}

fn damaged(cause: impl std::fmt::Display) -> Problem {
    Problem::new(codes::S983, "This plan is damaged and cannot be read.")
        .because(cause)
        .with_help("compile the playbook again")
}

fn unsound(message: String) -> Problem {
    Problem::new(codes::S984, message).with_help("compile the playbook again")
}
