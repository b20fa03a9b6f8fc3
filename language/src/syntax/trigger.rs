//! What starts a run, and what happens when one is already under way.

use sophia_diagnostics::Span;
use sophia_phrases::Schedule;

use super::declaration::Parameter;
use super::expression::{Expression, TextTemplate};
use super::file::{Documentation, Name};
use super::types::TypeExpression;

/// When a run starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// What starts it.
    pub kind: TriggerKind,
    /// `as call`: the name of what came in.
    pub binding: Option<Name>,
    /// `with { deal_id: change.deal_id }`: how it fills the inputs.
    pub with: Option<Expression>,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole declaration.
    pub span: Span,
}

/// What starts a run.
#[derive(Clone, Debug, PartialEq)]
pub enum TriggerKind {
    /// `every weekday at 08:00 in "America/Chicago"`, with the place of the phrase.
    Schedule { schedule: Schedule, phrase: Span },
    /// `on request (question: text) -> Answer`: a person, or a program, starts it. `span` covers
    /// everything after `trigger`.
    Request {
        parameters: Vec<Parameter>,
        result: Option<TypeExpression>,
        span: Span,
    },
    /// `on webhook gong.call_completed`: the names of the source and of its event.
    Webhook { event: Vec<Name> },
    /// `on event revenue_dip`
    Event { name: Name },
    /// `on file "inbox/*.csv"`
    File { glob: TextTemplate },
    /// `on change in warehouse.payments by payment_id`
    Change(Change),
    /// `on message from kafka "orders"`
    Message {
        connection: Name,
        topic: TextTemplate,
    },
    /// `on resource github "repo://issues"`
    Resource { tool: Name, uri: TextTemplate },
    /// A trigger that could not be understood; its error is already reported.
    Error(Span),
}

/// `on change in warehouse.payments by payment_id, except our own, in batches of 500 or every 2 seconds`
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The connection and the table.
    pub table: Vec<Name>,
    /// What tells the rows apart: a column, or a list of them.
    pub key: Expression,
    /// Where `except our own` stands: rows that playbooks wrote do not count.
    pub except_our_own: Option<Span>,
    /// `in batches of …`
    pub batches: Option<Batches>,
}

/// `in batches of 500 or every 2 seconds`
#[derive(Clone, Debug, PartialEq)]
pub struct Batches {
    /// The most rows that one run gets.
    pub size: u64,
    /// How long an incomplete batch waits at most: a duration.
    pub every: Option<Expression>,
    /// The whole phrase.
    pub span: Span,
}

/// `one run at a time per change.deal_id, skip`
#[derive(Clone, Debug, PartialEq)]
pub struct OneRun {
    /// What tells the lines apart; without it the playbook has one line.
    pub per: Option<Expression>,
    /// What happens to a run that comes while another is under way.
    pub rule: Overlap,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole declaration.
    pub span: Span,
}

/// What happens to a run that comes while another is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// It waits in line.
    Wait,
    /// `newest wins`: the running one ends.
    NewestWins,
    /// `join`: the running one gets the delivery as an event.
    Join,
    /// `skip`: it is left out.
    Skip,
}
