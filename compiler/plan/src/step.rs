//! Steps, and the graph that they form.
//!
//! Kept true here: every block is a directed acyclic graph; an edge is either data that flows or an
//! order that must be kept; a step's name is unique in the plan and survives edits elsewhere.

#![allow(
    missing_docs,
    reason = "the fields of a variant are explained at the variant"
)]

use std::sync::Arc;

use petgraph::stable_graph::StableDiGraph;
use serde::{Deserialize, Serialize};

use crate::depth::count_levels;
use crate::expression::Expression;
use crate::types::{RecordType, Type};
use crate::value::Value;

/// Steps and their edges. Node order is the order written.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The graph. A node may start once every node with an edge to it has ended.
    pub graph: StableDiGraph<Step, Edge>,
}

/// Why a step waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Edge {
    /// It uses the other's result.
    Data,
    /// Effects keep their written order, and barriers hold back what comes after them.
    Order,
}

/// Where a step stands in its playbook, for people. Lines and columns start at 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Step {
    /// Its enclosing names plus its own: `for each customer/advice`, unique in the plan.
    pub name: Arc<str>,
    /// The last part of the name, as a progress line shows it: `advice`.
    pub label: Arc<str>,
    /// The `##` before the statement.
    pub documentation: Option<Arc<str>>,
    /// Where it stands.
    pub origin: Origin,
    /// What it does.
    pub kind: StepKind,
    /// The name under which later expressions see its result.
    pub binds: Option<Arc<str>>,
    /// The type of its result.
    pub result: Type,
    /// Retry, timeout and the like.
    pub policy: Policy,
}

count_levels!(Step);

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum StepKind {
    /// Something that a runner does outside the engine.
    Work(Work),
    /// The body once for each item of the source.
    ForEach {
        /// The name of the item inside the body.
        item: Arc<str>,
        /// A list or a table.
        source: Expression,
        /// How many items at the same time; 1 without `N at a time`.
        at_a_time: u32,
        /// Whether failed items are tolerated.
        keep_going: bool,
        /// The body.
        body: Block,
    },
    /// One of two blocks.
    Branch {
        /// Decides which.
        condition: Expression,
        /// Runs when it holds.
        then: Block,
        /// Runs when it does not.
        otherwise: Block,
    },
    /// `stop`, `fail`, `skip`.
    End {
        /// Which of the three.
        kind: EndKind,
        /// The reason, a text.
        reason: Expression,
        /// The condition; without one it always applies.
        when: Option<Expression>,
    },
}

/// How a run or an item ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndKind {
    /// The run ends well.
    Stop,
    /// The run failed.
    Fail,
    /// This item of the loop is left out.
    Skip,
}

/// What a runner does. The engine does not look inside, apart from [`Work::is_effect`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Work {
    /// Reads a query; arguments by parameter name.
    Query {
        query: Arc<str>,
        arguments: Vec<(Arc<str>, Expression)>,
    },
    /// Makes sure that a version of a predictor is there, and pins it. The result is the version.
    Predictor { predictor: Arc<str> },
    /// Evaluates an expression.
    Compute { expression: Expression },
    /// Calls a model; arguments by parameter name.
    Model {
        model: Arc<str>,
        arguments: Vec<(Arc<str>, Expression)>,
    },
    /// Calls a tool.
    Tool {
        /// The manifest's name of the server: `slack`.
        tool: Arc<str>,
        /// Our name of the call: `post_message`.
        call: Arc<str>,
        /// The server's own name of the call: `slack_post_message`.
        wire_name: Arc<str>,
        /// The arguments, in the order written.
        arguments: Vec<ToolArgument>,
        /// Whether the world changes.
        effect: bool,
    },
}

impl Work {
    /// Whether the world changes: such a step is never repeated without care.
    #[must_use]
    pub fn is_effect(&self) -> bool {
        matches!(self, Self::Tool { effect: true, .. })
    }
}

/// One argument of a tool call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolArgument {
    /// Our name: `channel`.
    pub name: Arc<str>,
    /// The server's own name: `channel_id`.
    pub wire_name: Arc<str>,
    /// The value.
    pub value: Expression,
    /// What the value does in the call.
    pub role: Role,
}

/// What an argument does in a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// It decides what is done, to whom, and how much. Unmarked arguments do.
    #[default]
    Steers,
    /// It is what is shown, sent or stored.
    Content,
}

/// What the modifiers of a step say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// `retry 5 times over 10 minutes`
    pub retry: Option<Retry>,
    /// `timeout 10 seconds`, in milliseconds
    pub timeout_ms: Option<i64>,
    /// `at most once per KEY in 7 days`
    pub at_most_once: Option<AtMostOnce>,
    /// `otherwise VALUE`, evaluated when the step did not succeed
    pub otherwise: Option<Otherwise>,
    /// `unsure …`
    pub unsure: Unsure,
}

/// How often and how long a failed step is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Further attempts after the first.
    pub times: u32,
    /// The time over which they are spread, in milliseconds.
    pub over_ms: i64,
}

/// An effect that happens once for each key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtMostOnce {
    /// The key.
    pub key: Expression,
    /// How long it is remembered, in milliseconds; for ever without.
    pub within_ms: Option<i64>,
}

/// What happens when a step did not succeed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Otherwise {
    /// This value is the result.
    Value(Expression),
    /// The run or the item ends.
    End { kind: EndKind, reason: Expression },
    /// These steps run.
    Block(Block),
}

/// What happens to an effect of which nobody knows whether it happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unsure {
    /// Do it again.
    Retry,
    /// Take it as done.
    Skip,
    /// A person decides.
    #[default]
    Ask,
}

/// A declared query, as a plan holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueryDefinition {
    /// The connection.
    pub connection: Arc<str>,
    /// The SQL with `?1`, `?2`, … for SQLite and `$1`, `$2`, … for PostgreSQL in place of holes.
    pub sql: Arc<str>,
    /// The values of the places in order, seen from the parameters and inputs.
    pub holes: Vec<Expression>,
    /// The parameters, in order.
    pub parameters: Vec<(Arc<str>, Type)>,
    /// What a row holds.
    pub row: Arc<RecordType>,
    /// The enforced bound.
    pub at_most: Option<u64>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A declared predictor, as a plan holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictorDefinition {
    /// The rows that it learns from; its row holds the features and the target.
    pub learn: QueryDefinition,
    /// The column that it predicts.
    pub target: Arc<str>,
    /// The columns that it predicts from.
    pub features: Arc<RecordType>,
    /// What a prediction is: a percent for a yes/no column, a number for a number.
    pub result: Type,
    /// The measure and bound below which no version is accepted.
    pub accept: Option<Accept>,
    /// How old an accepted version may grow before it is trained again, in milliseconds.
    pub retrain_after_ms: Option<i64>,
    /// Where it is declared.
    pub origin: Origin,
}

/// `auc >= 0.80`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accept {
    /// `auc`, `log_loss`, `accuracy`, `rmse`, …
    pub metric: Arc<str>,
    /// Whether the measure must be at least the bound; otherwise at most.
    pub at_least: bool,
    /// The bound.
    pub bound: f64,
}

/// A declared model call, as a plan holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelDefinition {
    /// The parameters, in order.
    pub parameters: Vec<(Arc<str>, Type)>,
    /// What it answers.
    pub result: Type,
    /// The answer's type as JSON Schema, written as JSON.
    pub schema: Arc<str>,
    /// The models to ask, in order.
    pub routes: Vec<Arc<str>>,
    /// The prompt, a text over the parameters.
    pub prompt: Expression,
    /// `ensure`: over `result` and, for a record, its fields by name.
    pub ensure: Vec<Expression>,
    /// The written answer for when no model answers, over the parameters.
    pub otherwise: Option<(Expression, Origin)>,
    /// `budget … per call`, in USD
    #[serde(with = "crate::decimal::exact_if_present")]
    pub budget_per_call: Option<rust_decimal::Decimal>,
    /// `budget … per run`, in USD
    #[serde(with = "crate::decimal::exact_if_present")]
    pub budget_per_run: Option<rust_decimal::Decimal>,
    /// `temperature`
    pub temperature: Option<f64>,
    /// How the routes are asked.
    pub asking: Asking,
    /// `cache …`
    pub kept: Option<KeptAnswers>,
    /// Where it is declared.
    pub origin: Origin,
}

/// How several models are asked one question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asking {
    /// One after the other, until one answers well.
    #[default]
    InOrder,
    /// `best of`: all of them; the first in order that answers well is kept.
    Best,
}

/// How long an answer is used again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptAnswers {
    /// For how long, in milliseconds.
    pub keep_ms: i64,
    /// A parameter that need only be alike, where the others are equal.
    pub alike: Option<AlikeQuestion>,
}

/// `when question is alike above 97%`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlikeQuestion {
    /// The parameter, a text.
    pub parameter: Arc<str>,
    /// How alike, between 0 and 1.
    pub above: f64,
}

/// An input of a playbook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub of: Type,
    /// Its default; without one it is required.
    pub default: Option<Value>,
    /// Its documentation.
    pub documentation: Option<Arc<str>>,
}
