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
use crate::types::Type;
use crate::value::Value;

pub use crate::definition::{
    Accept, AlikeQuestion, Asking, CommandDefinition, KeptAnswers, MetricDefinition,
    ModelDefinition, PredictorDefinition, QueryDefinition, StateDefinition,
};
pub use crate::trigger::{Input, OneRun, Overlap, Trigger, TriggerKind};
pub use sophia_phrases::Holidays;

pub use crate::work::{Joining, MetricReading, Role, ToolArgument, Work};

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

impl Step {
    /// Whether several statements are tried, timed or done once as one: a call of an action with
    /// `retry`, `timeout` or `at most once`.
    #[must_use]
    pub fn is_tried_whole(&self) -> bool {
        let policy = &self.policy;
        matches!(self.kind, StepKind::Action { .. })
            && (policy.retry.is_some()
                || policy.timeout_ms.is_some()
                || policy.at_most_once.is_some())
    }
}

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
        /// The body. What its `yield`s give is the result, in the order of the items; with
        /// `keep going` a record of `done`, `failed` and `skipped`.
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
    /// `match x { }`: the first arm that fits.
    Match {
        /// What is looked at.
        value: Expression,
        /// The arms in the order written.
        arms: Vec<Arm>,
        /// Runs when none fits; without it one always does.
        otherwise: Option<Block>,
    },
    /// `repeat every D, at most N times, until EXPR { }`
    Repeat {
        /// The time between two rounds: a duration.
        every: Expression,
        /// The most rounds.
        at_most: Option<u64>,
        /// Looked at after a round, over the names of the round too.
        until: Option<Expression>,
        /// A round.
        body: Block,
    },
    /// `together { }`: effects whose order does not matter. What it binds can be used after it.
    Together {
        /// The effects.
        body: Block,
    },
    /// `try { } otherwise as f { }`
    Try {
        /// What is tried.
        body: Block,
        /// The name under which the other block sees the failure.
        failure: Option<Arc<str>>,
        /// What runs when it failed.
        otherwise: Block,
    },
    /// `do ACTION(…)`: the action's statements, written into the caller.
    Action {
        /// The action's name.
        action: Arc<str>,
        /// Its arguments by parameter name, seen from the caller.
        arguments: Vec<(Arc<str>, Expression)>,
        /// Its statements. They see the arguments, and nothing of the caller's.
        body: Block,
    },
    /// A person is asked.
    Ask(Ask),
    /// Time passes, or something comes in.
    Wait(Wait),
    /// `stop "why" on EVENT as x where …`: armed from here on, takes effect between steps.
    Armed {
        /// What ends the run.
        event: EventPattern,
        /// How.
        kind: EndKind,
        /// The reason, a text; sees what came in.
        reason: Expression,
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
    /// `return x`: what the run, or the action, gives back.
    Return {
        /// The value; `return` alone gives nothing.
        value: Option<Expression>,
    },
    /// `yield x`: what an item of a loop, or a block after `otherwise`, gives.
    Yield {
        /// The value.
        value: Expression,
        /// Whether it is one value, or each item of a list is.
        amount: Amount,
    },
}

/// What a `yield` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Amount {
    /// The value.
    One,
    /// Every item of the value.
    Each,
}

/// A case of a `match`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// It fits when one of these does.
    pub patterns: Vec<Pattern>,
    /// What runs then.
    pub body: Block,
}

/// What a value is held against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Pattern {
    /// This value.
    Value(Value),
    /// An integer between two bounds, both included.
    Range { from: i64, to: i64 },
}

/// A length of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Delay {
    /// An expression that gives a duration.
    Time(Expression),
    /// Days from Monday to Friday.
    BusinessDays(u32),
    /// Days of the playbook's calendar, which has holidays.
    BusinessDaysBy { days: u32, holidays: Holidays },
}

/// What a person is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// How many of them must agree.
    pub quorum: u64,
    /// A group by its name, or a person.
    pub whom: Expression,
    /// What is asked.
    pub question: Question,
}

/// The two forms of a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Question {
    /// Yes or no. The result is a record of `approved`, `by`, `comment` and `at`.
    Approve {
        /// What is shown, a text.
        text: Expression,
    },
    /// A form with the fields of the result's type.
    Form {
        /// What is shown, a text.
        text: Expression,
        /// What the form is filled with at first.
        starting_with: Option<Expression>,
    },
}

/// What ends a wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wait {
    /// `wait 2 days`
    Passed(Delay),
    /// `wait until start of next month`
    Until(Expression),
    /// `wait for EVENT as x where …`: what came in is the result.
    Event(EventPattern),
    /// `wait for first { }`
    First(Vec<WaitBranch>),
}

/// One way in which `wait for first` ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WaitBranch {
    /// What ends it.
    pub until: Until,
    /// What runs then.
    pub body: Block,
}

/// What a branch of `wait for first` waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Until {
    /// Something comes in.
    Event(EventPattern),
    /// This time has passed.
    After(Delay),
}

/// `zendesk.ticket_closed as closed where closed.id = ticket_id`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventPattern {
    /// The event with its dots.
    pub event: Arc<str>,
    /// What it carries.
    pub of: Type,
    /// The name of what comes in.
    pub binding: Option<Arc<str>>,
    /// Which of them count.
    pub condition: Option<Expression>,
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
    /// `within 4 hours, then "managers" within 2 hours`
    pub within: Option<Within>,
    /// `remind every 1 hour`, in milliseconds
    pub remind_ms: Option<i64>,
    /// `undo with CALL`
    pub undo: Option<Undo>,
}

/// How long a person or an event is waited for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Within {
    /// The time for those who are asked first.
    pub limit: Delay,
    /// Who is asked after that.
    pub then: Vec<Escalation>,
}

/// `then "managers" within 2 hours`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Escalation {
    /// Who is asked next.
    pub whom: Expression,
    /// For how long; without it for as long as those before.
    pub within: Option<Delay>,
}

/// What takes an effect back when a later one fails for good.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Undo {
    /// A call that changes the world. Its arguments are fixed when the effect succeeds.
    pub work: Work,
    /// The name under which they see the effect's result.
    pub result: Arc<str>,
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
