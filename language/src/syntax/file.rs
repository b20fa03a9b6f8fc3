//! A whole file: its header and its items in the order written.

use sophia_diagnostics::Span;

use super::declaration::{
    Action, Command, Function, Input, Metric, OnFailure, Predictor, Query, State, TypeDeclaration,
    Use,
};
use super::model::Model;
use super::policy::Policy;
use super::statement::Statement;
use super::test::Test;
use super::trigger::{OneRun, Trigger};

/// A word with its place. An empty text means that the name is missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Name {
    /// The word as written.
    pub text: String,
    /// Its place; for a missing name the empty span where it should stand.
    pub span: Span,
}

/// The `##` lines that stand before something, or after a field on its line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Documentation {
    /// The lines without `##` and one space, joined by newlines. Empty where there are none.
    pub text: String,
    /// All lines.
    pub span: Span,
}

/// The first line of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Header {
    /// `playbook churn_watch`
    Playbook(Name),
    /// `module std.sales`
    Module(Name),
    /// Neither stands first; the error is already reported.
    Missing(Span),
}

/// A parsed file.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// What the file is.
    pub header: Header,
    /// The `##` lines before the header.
    pub documentation: Documentation,
    /// Declarations and statements, in the order written.
    pub items: Vec<Item>,
}

/// One declaration or statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `use warehouse, slack`
    Use(Use),
    /// `zone "America/Chicago"`
    Zone { name: String, span: Span },
    /// `calendar us_office`
    Calendar { name: Name, span: Span },
    /// `trigger every weekday at 08:00`
    Trigger(Trigger),
    /// `input threshold: percent = 70%`
    Input(Input),
    /// `type Advice { … }`
    Type(TypeDeclaration),
    /// `query customers from warehouse { … }`
    Query(Query),
    /// `command mark_refunded(…) on warehouse { … }`
    Command(Command),
    /// `metric net_revenue: money from warehouse { … }`
    Metric(Metric),
    /// `state seen: boolean = false per id`
    State(State),
    /// `function share(…) -> percent = …`
    Function(Function),
    /// `action tell_customer(…) { … }`
    Action(Action),
    /// `policy refunds { … }`
    Policy(Policy),
    /// `one run at a time per id`
    OneRun(OneRun),
    /// `predictor churn_risk { … }`
    Predictor(Predictor),
    /// `model advise(…) -> Advice { … }`
    Model(Model),
    /// `on failure as f { … }`
    OnFailure(OnFailure),
    /// `test "…" { … }`
    Test(Test),
    /// A step of the playbook.
    Statement(Statement),
    /// Text that could not be understood; its error is already reported.
    Error(Span),
}
