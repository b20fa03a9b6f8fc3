//! Statements that wait for the world: questions to people, waits, and the events they name.

use sophia_diagnostics::Span;

use super::expression::Expression;
use super::file::Name;
use super::statement::Block;
use super::types::TypeExpression;

/// A length of time, counted in business days where it says so.
#[derive(Clone, Debug, PartialEq)]
pub enum Delay {
    /// `2 days`, `days(n)`: an expression that gives a duration.
    Time(Expression),
    /// `3 business days`
    BusinessDays { days: u32, span: Span },
}

impl Delay {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Time(value) => value.span(),
            Self::BusinessDays { span, .. } => *span,
        }
    }
}

/// `zendesk.ticket_closed as closed where closed.id = ticket_id`
#[derive(Clone, Debug, PartialEq)]
pub struct EventPattern {
    /// The event, as a path of names.
    pub event: Vec<Name>,
    /// The name of what comes in.
    pub binding: Option<Name>,
    /// Which of them count.
    pub condition: Option<Expression>,
    /// From the event to the condition.
    pub span: Span,
}

/// `ask 2 of "fraud-desk" to approve "…"`
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// `2 of`: how many must agree; one where it is absent.
    pub quorum: Option<(u64, Span)>,
    /// The group, or an expression that gives a person.
    pub whom: Expression,
    /// What is asked.
    pub question: Question,
    /// From `ask` to the text, without modifiers.
    pub span: Span,
}

/// What a person is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// `to approve "…"`: yes or no.
    Approve { text: Expression },
    /// `for Cause "…" starting with x`: a form with the fields of a type.
    Form {
        of: TypeExpression,
        text: Expression,
        starting_with: Option<Expression>,
    },
    /// Neither could be understood.
    Missing(Span),
}

/// `wait 2 days`, `wait for EVENT as x`, …
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// What ends the wait.
    pub until: WaitUntil,
    /// From `wait` on, without modifiers.
    pub span: Span,
}

/// What ends a wait.
#[derive(Clone, Debug, PartialEq)]
pub enum WaitUntil {
    /// `wait 2 days`, `wait 3 business days`
    Passed(Delay),
    /// `wait until start of next month`
    Instant(Expression),
    /// `wait for stripe.refund_settled as r where r.id = refund.id`
    Event(EventPattern),
    /// `wait for first { … }`
    First(Vec<WaitBranch>),
}

/// One way in which `wait for first` ends.
#[derive(Clone, Debug, PartialEq)]
pub enum WaitBranch {
    /// `gong.call_completed as c where c.deal = deal.id { … }`
    Event {
        pattern: EventPattern,
        body: Block,
        span: Span,
    },
    /// `after 30 days { … }`
    After {
        delay: Delay,
        body: Block,
        span: Span,
    },
    /// A line that could not be understood.
    Error(Span),
}
