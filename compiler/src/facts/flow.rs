//! Values that leave: where to, what they carry, and whether they may.

use std::fmt;
use std::sync::Arc;

use super::label::Label;
use crate::sources::Spot;

/// A value that goes somewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// The step that sends it.
    pub step: Arc<str>,
    /// Where it goes.
    pub to: Destination,
    /// What it carries.
    pub label: Label,
    /// The level of what decides that it goes, where it goes with an effect.
    pub decided_by: Label,
    /// Whether it decides what happens there.
    pub steers: bool,
    /// Where it stands.
    pub spot: Spot,
}

/// Where a value goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(
    missing_docs,
    reason = "the fields of a variant are explained at the variant"
)]
pub enum Destination {
    /// An argument of a tool's call.
    Tool {
        tool: Arc<str>,
        call: Arc<str>,
        argument: Arc<str>,
    },
    /// One route of a model, through its prompt.
    Model { model: Arc<str>, route: Arc<str> },
    /// A group of people, or a person who is looked up, by the words that say who.
    People { whom: Arc<str> },
    /// Whom an `ask` asks: the value decides it and is not shown.
    Whom,
    /// A place in SQL.
    Connection { connection: Arc<str> },
    /// A column that is written.
    Column {
        connection: Arc<str>,
        table: Arc<str>,
        column: Arc<str>,
    },
    /// The key by which a row is found that is written.
    Key {
        connection: Arc<str>,
        table: Arc<str>,
        column: Arc<str>,
    },
    /// A body of knowledge that is searched.
    Knowledge { knowledge: Arc<str> },
}

/// As a person reads it: `slack.post_message`, `openai`, `warehouse.payments.amount`.
impl fmt::Display for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tool { tool, call, .. } => write!(formatter, "{tool}.{call}"),
            Self::Model { route, .. } => formatter.write_str(route),
            Self::People { whom } => formatter.write_str(whom),
            Self::Whom => formatter.write_str("ask"),
            Self::Connection { connection } => formatter.write_str(connection),
            Self::Column {
                connection,
                table,
                column,
            }
            | Self::Key {
                connection,
                table,
                column,
            } => write!(formatter, "{connection}.{table}.{column}"),
            Self::Knowledge { knowledge } => formatter.write_str(knowledge),
        }
    }
}
