//! Declarations: everything in a file that is not a step.

use sophia_diagnostics::Span;

use super::expression::{Expression, TextTemplate};
use super::file::{Documentation, Name};
use super::statement::{Block, Modifier};
use super::types::{FieldDeclaration, TypeExpression};
use sophia_phrases::Schedule;

/// `use warehouse, slack`, `use std.sales`
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// The names; a path such as `std.sales` is one name with its dots.
    pub names: Vec<Name>,
    /// The whole line.
    pub span: Span,
}

/// When a run starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// What starts it.
    pub kind: TriggerKind,
    /// `catch up …` and the like are part of the schedule's phrase; other modifiers stand here.
    pub modifiers: Vec<Modifier>,
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
    /// `on request`: a person, or a program, starts it.
    Request { span: Span },
    /// A trigger that could not be understood; its error is already reported.
    Error(Span),
}

/// `input threshold: percent = 70%`
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub of: TypeExpression,
    /// Its default.
    pub default: Option<Expression>,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole declaration.
    pub span: Span,
}

/// `type Advice { … }`, `type Rank = "low" | "high"`
#[derive(Clone, Debug, PartialEq)]
pub struct TypeDeclaration {
    /// Its name.
    pub name: Name,
    /// What it stands for; a record for the form with braces.
    pub of: TypeExpression,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole declaration.
    pub span: Span,
}

/// `customer: row of customers` in a parameter list.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub of: TypeExpression,
}

/// SQL between braces. The text is opaque to the language: only `{expr}` holes are understood.
#[derive(Clone, Debug, PartialEq)]
pub struct SqlText {
    /// The text with every hole replaced by spaces of the same length in bytes, and `{{`/`}}` kept as
    /// they are, so that a place in this text plus `start` is a place in the file.
    pub text: String,
    /// The byte at which `text` begins in the file.
    pub start: u32,
    /// The holes, in order. Spans are places in the file; a hole's span covers its braces.
    pub holes: Vec<(Expression, Span)>,
    /// The braces included.
    pub span: Span,
}

/// `query customers from warehouse, at most 200 rows { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The connection.
    pub connection: Name,
    /// `at most N rows`
    pub at_most: Option<(u64, Span)>,
    /// The SQL.
    pub sql: SqlText,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole declaration.
    pub span: Span,
}

/// `predictor churn_risk { learn from … predict … accept … retrain … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Predictor {
    /// Its name.
    pub name: Name,
    /// The connection that it learns from.
    pub connection: Name,
    /// The rows that it learns from.
    pub sql: SqlText,
    /// `predict churned`: the column it predicts.
    pub target: Name,
    /// `accept auc >= 0.80`
    pub accept: Option<Accept>,
    /// `retrain every month`: the phrase as a schedule.
    pub retrain: Option<(Schedule, Span)>,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole declaration.
    pub span: Span,
}

/// `auc >= 0.80`
#[derive(Clone, Debug, PartialEq)]
pub struct Accept {
    /// The measure.
    pub metric: Name,
    /// Whether larger is better as written: `>=` or `>` is true, `<=` or `<` false.
    pub at_least: bool,
    /// The bound, a number or percent literal.
    pub bound: Expression,
    /// The whole clause after `accept`.
    pub span: Span,
}

/// `model advise(…) -> Advice { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// What it answers.
    pub result: TypeExpression,
    /// Its clauses in the order written. A clause that is written twice is reported by the checker.
    pub clauses: Vec<Clause>,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole declaration.
    pub span: Span,
}

/// A line in a model's body.
#[derive(Clone, Debug, PartialEq)]
pub enum Clause {
    /// `route local, openai`; `best_of` for `route best of …`
    Route {
        routes: Vec<Name>,
        best_of: bool,
        span: Span,
    },
    /// `budget $0.02 per call, $5 per run`: money literals.
    Budget {
        per_call: Option<Expression>,
        per_run: Option<Expression>,
        span: Span,
    },
    /// `temperature 0.2`
    Temperature { value: Expression, span: Span },
    /// `ensure EXPR`
    Ensure { condition: Expression, span: Span },
    /// `prompt """…"""`
    Prompt { text: TextTemplate, span: Span },
    /// `otherwise { … }`, a value
    Otherwise { value: Expression, span: Span },
    /// `example { given {…} returns … }`
    Example {
        given: Expression,
        returns: Expression,
        span: Span,
    },
    /// A clause that could not be understood.
    Error(Span),
}

impl Clause {
    /// Where the clause stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Route { span, .. }
            | Self::Budget { span, .. }
            | Self::Temperature { span, .. }
            | Self::Ensure { span, .. }
            | Self::Prompt { span, .. }
            | Self::Otherwise { span, .. }
            | Self::Example { span, .. }
            | Self::Error(span) => *span,
        }
    }
}

/// `on failure as f { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct OnFailure {
    /// The name of the failure, if one is given.
    pub binding: Option<Name>,
    /// What runs.
    pub body: Block,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole declaration.
    pub span: Span,
}

/// `test "…" { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Its title.
    pub title: String,
    /// The place of the title, quotes included.
    pub title_span: Span,
    /// Its lines in order.
    pub lines: Vec<TestLine>,
    /// The whole declaration.
    pub span: Span,
}

/// A line of a test.
#[derive(Clone, Debug, PartialEq)]
pub enum TestLine {
    /// `given customers = [ … ]`
    Given(Given),
    /// `run`, `run with { … }`
    Run {
        with: Option<Expression>,
        span: Span,
    },
    /// `expect …`
    Expect { what: Expectation, span: Span },
    /// A line that could not be understood.
    Error(Span),
}

/// What stands in for the outside in a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// What is replaced: `customers`, `slack.post_message`, `now`. A path of names.
    pub path: Vec<Name>,
    /// What it gives.
    pub answer: GivenAnswer,
    /// The whole line.
    pub span: Span,
}

/// What a replaced thing gives.
#[derive(Clone, Debug, PartialEq)]
pub enum GivenAnswer {
    /// `= VALUE`
    Value(Expression),
    /// `fails "…" 2 times`; without a count it always fails.
    Fails {
        message: Expression,
        times: Option<u32>,
    },
}

/// What a test expects.
#[derive(Clone, Debug, PartialEq)]
pub enum Expectation {
    /// `slack.post_message called once with { … }`; `times` is 0 for `never called`.
    Called {
        path: Vec<Name>,
        times: u32,
        with: Option<Expression>,
    },
    /// `expect fails "…"`
    Fails { message: Option<Expression> },
    /// `expect NAME = …` or any condition over the names of the playbook.
    Holds(Expression),
}

/// Helps readers of the tree that want every field of a record type.
impl TypeDeclaration {
    /// The fields, where the declaration is a record.
    #[must_use]
    pub fn fields(&self) -> &[FieldDeclaration] {
        match &self.of {
            TypeExpression::Record { fields, .. } => fields,
            _ => &[],
        }
    }
}
