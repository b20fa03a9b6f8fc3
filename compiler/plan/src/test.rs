//! A checked `test` block: what stands in for the outside, and what is expected.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sophia_phrases::Holidays;

use crate::expression::Expression;
use crate::step::Origin;
use crate::types::Type;

/// One test of a playbook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// Its title.
    pub title: Arc<str>,
    /// Where it stands.
    pub origin: Origin,
    /// What stands in for the outside.
    pub given: Vec<Given>,
    /// The inputs of `run with { … }`, constants.
    pub inputs: Vec<(Arc<str>, Expression)>,
    /// What happens and what is expected once the run has begun, in the order written.
    pub lines: Vec<(Line, Origin)>,
}

/// A line after `run`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Line {
    /// `then …`
    Then(Happening),
    /// `expect …`
    Expect(Expectation),
}

/// What happens while a run waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Happening {
    /// The clock goes on by this duration, a constant.
    Passes(Expression),
    /// So many business days pass.
    BusinessDays(u32),
    /// So many business days of the playbook's calendar pass, which has holidays.
    BusinessDaysBy {
        /// How many.
        days: u32,
        /// The holidays.
        holidays: Holidays,
    },
    /// An event comes.
    Arrives {
        /// Its path: `zendesk.ticket_closed`.
        event: Arc<str>,
        /// What it holds, a constant record.
        value: Option<Expression>,
    },
    /// Somebody who was asked answers.
    Answers {
        /// The group or the address that was asked.
        whom: Arc<str>,
        /// What is said.
        reply: Reply,
        /// What is said besides: the form's fields, or a comment. A constant record.
        with: Option<Expression>,
    },
}

/// What somebody says who was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// Yes.
    Approves,
    /// No.
    Refuses,
    /// A form that is filled in.
    Fills,
}

/// One `given` line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Given {
    /// What is replaced.
    pub subject: Subject,
    /// What it gives.
    pub answer: Answer,
}

/// What a `given` replaces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Subject {
    /// A query, by name.
    Query(Arc<str>),
    /// A predictor, by name.
    Predictor(Arc<str>),
    /// A model, by name.
    Model(Arc<str>),
    /// A call of a tool, by our names.
    Tool {
        /// The server.
        tool: Arc<str>,
        /// The call.
        call: Arc<str>,
    },
    /// The clock.
    Now,
    /// A question of one kind to somebody; the value is the answer, a record.
    Ask {
        /// The group or the address.
        whom: Arc<str>,
        /// The form that is filled in; `None` for a question of yes or no.
        form: Option<Type>,
    },
    /// A file at this path; the value is its text.
    File(Arc<str>),
    /// A metric, by name; the value is its series with all dimensions.
    Metric(Arc<str>),
    /// What a state holds before the run; for one with keys a table of `key` and `value`.
    State(Arc<str>),
    /// A command, by name; the value is what it gives.
    Command(Arc<str>),
    /// A body of knowledge; the value is every passage that a search finds there.
    Knowledge(Arc<str>),
    /// What `find metrics` finds.
    Metrics,
    /// The distinct values of a column.
    Column {
        /// The connection.
        connection: Arc<str>,
        /// The table.
        table: Arc<str>,
        /// The column.
        column: Arc<str>,
    },
}

/// What a replaced thing gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// This value, a constant of the right type.
    Value(Expression),
    /// A failure; without a count, every time.
    Fails {
        /// The message, a constant text.
        message: Expression,
        /// How often.
        times: Option<u32>,
    },
}

/// One `expect` line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Expectation {
    /// A tool was called exactly this often, counting only calls whose arguments hold `with`.
    Called {
        /// The server.
        tool: Arc<str>,
        /// The call, by our name.
        call: Arc<str>,
        /// How often; 0 for `never called`.
        times: u32,
        /// A record of some of the arguments, by our names.
        with: Option<Expression>,
    },
    /// Both were called, and the first call of `first` came before the first call of `second`.
    Before {
        /// A server and one of its calls, by our name.
        first: (Arc<str>, Arc<str>),
        /// The same.
        second: (Arc<str>, Arc<str>),
    },
    /// The run waits, and what it waits for holds this text.
    WaitsFor(Expression),
    /// The run failed, with a message that contains this text.
    Fails {
        /// The text.
        message: Option<Expression>,
    },
    /// A condition over the inputs and the results of the top-level steps.
    Holds(Expression),
}
