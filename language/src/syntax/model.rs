//! Model calls: a typed question, and the clauses that say how it is asked.

use sophia_diagnostics::Span;

use super::declaration::Parameter;
use super::expression::{Expression, TextTemplate};
use super::file::{Documentation, Name};
use super::types::TypeExpression;

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
    /// `cache 1 day when question is alike above 97%`
    Cache {
        keep: Expression,
        alike: Option<Alike>,
        span: Span,
    },
    /// `example { given {…} returns … }`
    Example {
        given: Expression,
        returns: Expression,
        span: Span,
    },
    /// A clause that could not be understood.
    Error(Span),
}

/// `when question is alike above 97%`
#[derive(Clone, Debug, PartialEq)]
pub struct Alike {
    /// The parameter that need only be alike; all others are equal.
    pub parameter: Name,
    /// How alike: a percent literal.
    pub above: Expression,
    /// The whole phrase.
    pub span: Span,
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
            | Self::Cache { span, .. }
            | Self::Example { span, .. }
            | Self::Error(span) => *span,
        }
    }
}
