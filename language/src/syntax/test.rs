//! Tests: what stands in for the outside, what happens meanwhile, and what is expected.

use sophia_diagnostics::Span;

use super::expression::{Expression, TextTemplate};
use super::file::Name;
use super::flow::Delay;

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
    /// `then 3 days pass`, `then "cs-leads" approves`
    Then { what: Happening, span: Span },
    /// `expect …`
    Expect { what: Expectation, span: Span },
    /// A line that could not be understood.
    Error(Span),
}

/// What stands in for the outside in a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// What is replaced.
    pub subject: GivenSubject,
    /// What it gives.
    pub answer: GivenAnswer,
    /// The whole line.
    pub span: Span,
}

/// What is replaced in a test.
#[derive(Clone, Debug, PartialEq)]
pub enum GivenSubject {
    /// `customers`, `slack.post_message`, `now`: a path of names.
    Path(Vec<Name>),
    /// `ask "cs-leads"`: a question to this group.
    Ask(TextTemplate),
    /// `file "inbox/a.csv"`
    File(TextTemplate),
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

/// What happens in a test after the run has begun.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// `then 3 days pass`
    Passes(Delay),
    /// `then zendesk.ticket_closed arrives { id: "t1" }`
    Arrives {
        event: Vec<Name>,
        value: Option<Expression>,
    },
    /// `then "cs-leads" approves`, `then "cs-leads" answers { … }`
    Answers {
        whom: Expression,
        answer: Answer,
        with: Option<Expression>,
    },
}

/// What a person says in a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// `approves`
    Approves,
    /// `refuses`
    Refuses,
    /// `answers`, with what the form holds
    Fills,
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
    /// `stripe.create_refund before slack.post_message`
    Before { first: Vec<Name>, second: Vec<Name> },
    /// `expect waits for "finance"`
    WaitsFor(Expression),
    /// `expect fails "…"`
    Fails { message: Option<Expression> },
    /// `expect NAME = …` or any condition over the names of the playbook.
    Holds(Expression),
}
