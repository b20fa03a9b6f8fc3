//! What may follow a step: patience, limits, what happens when it did not succeed, how it is undone.

use sophia_diagnostics::Span;

use super::expression::{Call, Expression};
use super::file::Name;
use super::flow::Delay;
use super::statement::{Block, End};

/// What may follow a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Modifier {
    /// `retry 5 times over 10 minutes`: a count, and a duration literal.
    Retry {
        times: u32,
        over: Option<Expression>,
        span: Span,
    },
    /// `timeout 10 seconds`
    Timeout { after: Expression, span: Span },
    /// `at most once per KEY in 7 days`
    AtMostOnce {
        key: Expression,
        within: Option<Expression>,
        span: Span,
    },
    /// `otherwise VALUE`, `otherwise { block }`, `otherwise stop "…"`
    Otherwise { what: Otherwise, span: Span },
    /// `unsure retry`
    Unsure { rule: UnsureRule, span: Span },
    /// `undo with CALL`
    Undo { call: Call, span: Span },
    /// `within 1 hour, then "managers" within 2 hours`
    Within {
        limit: Delay,
        then: Vec<Escalation>,
        span: Span,
    },
    /// `remind every 1 hour`
    Remind { every: Expression, span: Span },
    /// `named NAME`
    Named { name: Name, span: Span },
}

impl Modifier {
    /// Where the modifier stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Retry { span, .. }
            | Self::Timeout { span, .. }
            | Self::AtMostOnce { span, .. }
            | Self::Otherwise { span, .. }
            | Self::Unsure { span, .. }
            | Self::Undo { span, .. }
            | Self::Within { span, .. }
            | Self::Remind { span, .. }
            | Self::Named { span, .. } => *span,
        }
    }
}

/// `then "managers" within 2 business days`
#[derive(Clone, Debug, PartialEq)]
pub struct Escalation {
    /// Who is asked next.
    pub whom: Expression,
    /// For how long.
    pub within: Option<Delay>,
    /// The whole phrase.
    pub span: Span,
}

/// What happens when a step did not succeed in time.
#[derive(Clone, Debug, PartialEq)]
pub enum Otherwise {
    /// A value in its place.
    Value(Expression),
    /// Statements.
    Block(Block),
    /// `stop`, `fail` or `skip`.
    End(Box<End>),
}

/// What happens to an effect of which nobody knows whether it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnsureRule {
    /// Do it again.
    Retry,
    /// Take it as done.
    Skip,
    /// A person decides.
    Ask,
}
