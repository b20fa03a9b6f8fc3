//! Policies: rules over the plans of all playbooks.

use sophia_diagnostics::Span;

use super::expression::{Expression, TextTemplate};
use super::file::{Documentation, Name};
use super::types::Label;

/// `policy refunds_need_a_person { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Its name.
    pub name: Name,
    /// Its rules, a line each. All of them hold.
    pub rules: Vec<PolicyRule>,
    /// The `##` before it.
    pub documentation: Documentation,
    /// The whole declaration.
    pub span: Span,
}

/// A line of a policy.
#[derive(Clone, Debug, PartialEq)]
pub enum PolicyRule {
    /// `every do stripe.create_refund where amount > $500 follows ask`
    Every {
        subject: Subject,
        condition: Option<Expression>,
        demand: Demand,
        span: Span,
    },
    /// `no @pii reaches openai`
    NoFlow {
        label: Label,
        destination: Vec<Name>,
        span: Span,
    },
    /// `at most 100 of do slack per run`
    AtMost {
        times: u64,
        effect: Vec<Name>,
        span: Span,
    },
    /// A line that could not be understood.
    Error(Span),
}

/// What a rule is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// `do stripe.create_refund`, `do hubspot`: the effects of a tool, or one of them.
    Effect(Vec<Name>),
    /// `model`, `query`, `loop`: every declaration or step of a kind.
    Kind(Name),
}

/// What a rule asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Demand {
    /// `follows ask`, `follows ask "finance"`: every path to it passes an approved question, to one
    /// of these groups where some are named.
    FollowsAsk { groups: Vec<TextTemplate> },
    /// `has undo`, `has budget`
    Has(Name),
    /// Nothing that could be understood.
    Missing(Span),
}
