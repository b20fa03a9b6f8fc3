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
    /// Days of the playbook's calendar.
    BusinessDays(u32),
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

/// A declared write, as a plan holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandDefinition {
    /// The connection.
    pub connection: Arc<str>,
    /// The SQL, its places written as in [`QueryDefinition::sql`].
    pub sql: Arc<str>,
    /// The values of the places in order, seen from the parameters and inputs.
    pub holes: Vec<Expression>,
    /// The parameters, in order.
    pub parameters: Vec<(Arc<str>, Type)>,
    /// What `returning` gives, if anything.
    pub row: Option<Arc<RecordType>>,
    /// The most rows that it may change.
    pub at_most: Option<u64>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A declared series, as a plan holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricDefinition {
    /// Where its values come from; its row holds the time, the dimensions and `value`.
    pub source: QueryDefinition,
    /// What a value is.
    pub of: Type,
    /// The column that says when; a snapshot has none and takes the time it was read.
    pub time: Option<Arc<str>>,
    /// The columns by which values are kept apart.
    pub dimensions: Vec<Arc<str>>,
    /// Whether a value is written down each day.
    pub snapshot: Option<Arc<str>>,
    /// How values of several dimensions become one; `sum` and `count` add.
    pub combine: Option<Arc<str>>,
    /// Its documentation.
    pub documentation: Option<Arc<str>>,
}

/// What is kept between runs, as a plan holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateDefinition {
    /// What is kept.
    pub of: Type,
    /// What it begins with.
    pub value: Value,
    /// What tells its values apart, if there are several.
    pub per: Option<Type>,
    /// Where it is declared.
    pub origin: Origin,
}

/// What starts a run besides a schedule or a plain request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// What happens outside.
    pub kind: TriggerKind,
    /// The name under which the run sees what came in.
    pub binding: Option<Arc<str>>,
    /// What came in.
    pub of: Type,
    /// How it fills the inputs: input by input.
    pub with: Vec<(Arc<str>, Expression)>,
    /// Where it stands.
    pub origin: Origin,
}

/// What happens outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TriggerKind {
    /// An instant of a schedule.
    Schedule(sophia_phrases::Schedule),
    /// A person or a program asks; its parameters are names of the run.
    Request { parameters: Vec<(Arc<str>, Type)> },
    /// A delivery of a webhook: `hubspot.deal_changed`.
    Webhook { event: Arc<str> },
    /// An event of another playbook.
    Event { event: Arc<str> },
    /// A file that appears: a glob.
    File { glob: Arc<str> },
    /// Rows that changed.
    Change {
        connection: Arc<str>,
        table: Arc<str>,
        key: Vec<Arc<str>>,
        /// Whether rows that playbooks wrote count.
        except_our_own: bool,
        /// The most rows of one run, and how long an incomplete batch waits, in milliseconds.
        batches: Option<(u64, Option<i64>)>,
    },
    /// A message of a stream.
    Message {
        connection: Arc<str>,
        topic: Arc<str>,
    },
    /// A resource of a tool that changed.
    Resource { tool: Arc<str>, uri: Arc<str> },
}

/// `one run at a time per KEY, newest wins`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OneRun {
    /// What tells the lines apart; without it the playbook has one line.
    pub per: Option<Expression>,
    /// What happens to a run that comes while another is under way.
    pub overlap: Overlap,
}

/// What happens to a run that comes while another is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Overlap {
    /// It waits in line.
    Wait,
    /// The running one ends.
    NewestWins,
    /// The running one gets the delivery as an event.
    Join,
    /// It is left out.
    Skip,
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
