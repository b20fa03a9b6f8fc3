//! Statements, and the modifiers that may follow a step.

use sophia_diagnostics::Span;

use super::expression::{Call, Expression};
use super::file::{Documentation, Name};

/// Statements between braces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// The statements in order.
    pub statements: Vec<Statement>,
    /// The braces included.
    pub span: Span,
}

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `let advice = advise(customer, customer.risk)`
    Let(Let),
    /// `do slack.post_message(…)`
    Do(Do),
    /// `if … { } else if … { } else { }`
    If(If),
    /// `for each customer in at_risk, 8 at a time { }`
    ForEach(ForEach),
    /// `stop`, `fail`, `skip`
    End(End),
    /// Text that could not be understood; its error is already reported.
    Error(Span),
}

impl Statement {
    /// Where the statement stands, its modifiers included.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Let(statement) => statement.span,
            Self::Do(statement) => statement.span,
            Self::If(statement) => statement.span,
            Self::ForEach(statement) => statement.span,
            Self::End(statement) => statement.span,
            Self::Error(span) => *span,
        }
    }
}

/// `let x = expression`, or `let x = do TOOL.CALL(…)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// The new name.
    pub name: Name,
    /// The value. With `effect` it is the call that `do` makes.
    pub value: Expression,
    /// The place of `do`, when the value is an effect.
    pub effect: Option<Span>,
    /// `retry`, `timeout`, `otherwise`, …
    pub modifiers: Vec<Modifier>,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole statement.
    pub span: Span,
}

/// `do TOOL.CALL(…)` for its effect alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Do {
    /// The call.
    pub call: Call,
    /// `retry`, `at most once per`, …
    pub modifiers: Vec<Modifier>,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole statement.
    pub span: Span,
}

/// A branch.
#[derive(Clone, Debug, PartialEq)]
pub struct If {
    /// The condition.
    pub condition: Expression,
    /// What runs when it holds.
    pub then: Block,
    /// What runs when it does not.
    pub otherwise: Option<ElseBranch>,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole statement.
    pub span: Span,
}

/// What follows `else`.
#[derive(Clone, Debug, PartialEq)]
pub enum ElseBranch {
    /// `else { … }`
    Block(Block),
    /// `else if … { … }`
    If(Box<If>),
}

/// A loop over a list or a table.
#[derive(Clone, Debug, PartialEq)]
pub struct ForEach {
    /// The name of an item.
    pub item: Name,
    /// What is looped over.
    pub source: Expression,
    /// `8 at a time`: the number, and where it stands.
    pub at_a_time: Option<(u32, Span)>,
    /// Where `keep going` stands, if it does.
    pub keep_going: Option<Span>,
    /// What runs for each item.
    pub body: Block,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole statement.
    pub span: Span,
}

/// `stop "why" when …`
#[derive(Clone, Debug, PartialEq)]
pub struct End {
    /// Which of the three.
    pub kind: EndKind,
    /// The reason.
    pub reason: Expression,
    /// The condition, if any.
    pub when: Option<Expression>,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole statement.
    pub span: Span,
}

/// How a run or an item ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndKind {
    /// The run ends well.
    Stop,
    /// The run failed.
    Fail,
    /// This item of the loop is left out.
    Skip,
}

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
            | Self::Named { span, .. } => *span,
        }
    }
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
