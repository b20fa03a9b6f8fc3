//! Statements, and blocks of them.

use sophia_diagnostics::Span;

use super::expression::{Call, Expression};
use super::file::{Documentation, Name};
use super::flow::{Ask, EventPattern, Wait};
use super::modifier::Modifier;

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
    /// `match reason { … }`
    Match(Match),
    /// `repeat every 1 hour, at most 3 times, until … { }`
    Repeat(Repeat),
    /// `together { }`
    Together(Together),
    /// `try { } otherwise as f { }`
    Try(Try),
    /// `stop`, `fail`, `skip`
    End(End),
    /// `return x`
    Return(Return),
    /// `yield x`, `yield each xs`
    Yield(Yield),
    /// `record rows into warehouse.moments key id`
    Record(Modified<Record>),
    /// `emit revenue_dip { … }`
    Emit(Modified<Emit>),
    /// `set seen[key] = x`
    Set(Modified<Set>),
    /// `ask "deal-desk" to approve "…"`
    Ask(Modified<Ask>),
    /// `wait 2 days`
    Wait(Modified<Wait>),
    /// `run other(a: 1)`, `start other(a: 1)`
    Run(Modified<Run>),
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
            Self::Match(statement) => statement.span,
            Self::Repeat(statement) => statement.span,
            Self::Together(statement) => statement.span,
            Self::Try(statement) => statement.span,
            Self::End(statement) => statement.span,
            Self::Return(statement) => statement.span,
            Self::Yield(statement) => statement.span,
            Self::Record(statement) => statement.span,
            Self::Emit(statement) => statement.span,
            Self::Set(statement) => statement.span,
            Self::Ask(statement) => statement.span,
            Self::Wait(statement) => statement.span,
            Self::Run(statement) => statement.span,
            Self::Error(span) => *span,
        }
    }
}

/// A step, with what may follow it.
#[derive(Clone, Debug, PartialEq)]
pub struct Modified<T> {
    /// The step itself.
    pub step: T,
    /// `retry`, `timeout`, `otherwise`, …
    pub modifiers: Vec<Modifier>,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole statement.
    pub span: Span,
}

/// `let x = expression`, or `let x = do TOOL.CALL(…)`, `let x = ask …`, …
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// The new name.
    pub name: Name,
    /// What it stands for.
    pub value: LetValue,
    /// `retry`, `timeout`, `otherwise`, …
    pub modifiers: Vec<Modifier>,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole statement.
    pub span: Span,
}

/// What a `let` stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum LetValue {
    /// A value, or the answer of a read.
    Value(Expression),
    /// The answer of an effect. `word` is the place of `do`.
    Do { call: Call, word: Span },
    /// What a person answered.
    Ask(Ask),
    /// What came in.
    Wait(Wait),
    /// What the items of a loop gave.
    ForEach(Box<ForEach>),
    /// What another playbook returned.
    Run(Run),
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
    /// `on zendesk.ticket_closed as closed where …`: armed from here on, instead of happening here.
    pub on: Option<EventPattern>,
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

/// A choice between literals.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// What is looked at.
    pub value: Expression,
    /// The cases in order.
    pub arms: Vec<Arm>,
    /// `else { … }`
    pub otherwise: Option<Block>,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole statement.
    pub span: Span,
}

/// `"fraud" { … }`, `1..3 { … }`, `"a" | "b" { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// The literals or ranges, any of which fits.
    pub patterns: Vec<Expression>,
    /// What runs.
    pub body: Block,
    /// The whole case.
    pub span: Span,
}

/// `repeat every 1 hour, at most 3 times, until done { }`
#[derive(Clone, Debug, PartialEq)]
pub struct Repeat {
    /// The time between two rounds.
    pub every: Expression,
    /// The most rounds.
    pub at_most: Option<(u64, Span)>,
    /// When it ends.
    pub until: Option<Expression>,
    /// A round.
    pub body: Block,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole statement.
    pub span: Span,
}

/// Effects whose order does not matter.
#[derive(Clone, Debug, PartialEq)]
pub struct Together {
    /// The effects.
    pub body: Block,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole statement.
    pub span: Span,
}

/// `try { } otherwise as f { }`
#[derive(Clone, Debug, PartialEq)]
pub struct Try {
    /// What is tried.
    pub body: Block,
    /// The name of the failure, if one is given.
    pub binding: Option<Name>,
    /// What runs when it failed.
    pub otherwise: Block,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole statement.
    pub span: Span,
}

/// What the run, or a function, an action or a sub-playbook, gives back.
#[derive(Clone, Debug, PartialEq)]
pub struct Return {
    /// The value; `return` alone gives nothing.
    pub value: Option<Expression>,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole statement.
    pub span: Span,
}

/// What an item of a loop, or a block after `otherwise`, gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Yield {
    /// Where `each` stands: every item of the value is given.
    pub each: Option<Span>,
    /// The value.
    pub value: Expression,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole statement.
    pub span: Span,
}

/// `record rows into warehouse.moments key call_id`
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The rows.
    pub rows: Expression,
    /// The connection and the table.
    pub table: Vec<Name>,
    /// The columns by which a row is known again; none where rows are appended.
    pub key: Vec<Name>,
    /// From `record` to the key.
    pub span: Span,
}

/// `emit revenue_dip { at: verdict.at }`
#[derive(Clone, Debug, PartialEq)]
pub struct Emit {
    /// The event.
    pub event: Name,
    /// What it carries.
    pub value: Option<Expression>,
    /// From `emit` to the value.
    pub span: Span,
}

/// `set seen[customer.id] = true`
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// The state.
    pub state: Name,
    /// The key, where the state has one.
    pub key: Option<Expression>,
    /// The new value.
    pub value: Expression,
    /// From `set` to the value.
    pub span: Span,
}

/// `run PLAYBOOK(args)` and `start PLAYBOOK(args)`
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The playbook and its inputs.
    pub call: Call,
    /// Whether the run waits for the other's result: `run` does, `start` does not.
    pub waits: bool,
    /// From the word to the closing bracket.
    pub span: Span,
}
