//! What a runner does outside the engine.
//!
//! Kept true here: whatever changes the world says so.

#![allow(
    missing_docs,
    reason = "the fields of a variant are explained at the variant"
)]

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::expression::Expression;
use crate::types::RecordType;

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
    /// Writes with a declared command; arguments by parameter name.
    Command {
        command: Arc<str>,
        arguments: Vec<(Arc<str>, Expression)>,
    },
    /// Writes rows into a table.
    Record {
        connection: Arc<str>,
        table: Arc<str>,
        /// A table or a list of records.
        rows: Expression,
        /// The columns that are written, each from the field of its name.
        columns: Vec<Arc<str>>,
        /// The columns by which a row is known again; none where rows are appended.
        key: Vec<Arc<str>>,
    },
    /// Tells other playbooks that something happened.
    Emit {
        event: Arc<str>,
        /// A record, or nothing.
        value: Option<Expression>,
    },
    /// Changes what is kept between runs.
    Set {
        state: Arc<str>,
        key: Option<Expression>,
        value: Expression,
    },
    /// Reads what is kept between runs.
    State {
        state: Arc<str>,
        key: Option<Expression>,
    },
    /// Starts another playbook; arguments by input name.
    Playbook {
        playbook: Arc<str>,
        arguments: Vec<(Arc<str>, Expression)>,
        /// What becomes of its result.
        joining: Joining,
    },
    /// Reads a declared metric over a window of time.
    Metric {
        metric: Arc<str>,
        reading: MetricReading,
    },
    /// Reads the distinct values of a column.
    Distinct {
        connection: Arc<str>,
        table: Arc<str>,
        column: Arc<str>,
    },
    /// Looks for passages in a body of knowledge.
    Search {
        knowledge: Arc<str>,
        text: Expression,
        take: Option<Expression>,
        /// Over the columns of a passage.
        condition: Option<Expression>,
    },
    /// Looks for declared metrics and queries that answer a question.
    FindMetrics {
        text: Expression,
        take: Option<Expression>,
    },
    /// Reads a file into a table.
    ReadFile {
        /// `csv`
        format: Arc<str>,
        path: Expression,
        row: Arc<RecordType>,
    },
}

impl Work {
    /// Whether the world changes: such a step is never repeated without care.
    #[must_use]
    pub fn is_effect(&self) -> bool {
        matches!(
            self,
            Self::Tool { effect: true, .. }
                | Self::Command { .. }
                | Self::Record { .. }
                | Self::Emit { .. }
                | Self::Set { .. }
                | Self::Playbook { .. }
        )
    }
}

/// Whether a run waits for the playbook that it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Joining {
    /// `run`: it waits, and has the result.
    Waits,
    /// `start`: it goes on.
    GoesOn,
}

/// What of a metric is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MetricReading {
    /// `net_revenue over 90 days by region`: a series.
    Over {
        window: Expression,
        by: Vec<Arc<str>>,
    },
    /// `open_tickets.latest`
    Latest,
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
