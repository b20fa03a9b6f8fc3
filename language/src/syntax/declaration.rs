//! Declarations: everything in a file that is not a step.

use sophia_diagnostics::Span;

use super::expression::Expression;
use super::file::{Documentation, Name};
use super::statement::Block;
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

/// `command mark_refunded(payment: text) on warehouse, at most 1 row { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
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

/// `metric open_tickets: integer, snapshot daily from warehouse { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: Name,
    /// The type of its values.
    pub of: TypeExpression,
    /// `snapshot daily`: the word that says how often.
    pub snapshot: Option<Name>,
    /// `combine average`: the word that says how values of several dimensions become one.
    pub combine: Option<Name>,
    /// The connection.
    pub connection: Name,
    /// The SQL.
    pub sql: SqlText,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole declaration.
    pub span: Span,
}

/// `state seen: boolean = false per customer_id`
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub of: TypeExpression,
    /// The value it begins with.
    pub value: Expression,
    /// By what it is kept apart.
    pub per: Option<Expression>,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole declaration.
    pub span: Span,
}

/// `function share(a: money, b: money) -> percent = a / b`
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// What it gives.
    pub result: TypeExpression,
    /// How.
    pub body: FunctionBody,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole declaration.
    pub span: Span,
}

/// How a function gives its value.
#[derive(Clone, Debug, PartialEq)]
pub enum FunctionBody {
    /// `= expr`
    Value(Expression),
    /// `{ let … return … }`
    Block(Block),
}

/// `action tell_customer(ticket_id: text, message: text) { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// What it gives, if anything.
    pub result: Option<TypeExpression>,
    /// Its statements.
    pub body: Block,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole declaration.
    pub span: Span,
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
