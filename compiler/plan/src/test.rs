//! A checked `test` block: what stands in for the outside, and what is expected.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::expression::Expression;
use crate::step::Origin;

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
    /// What is expected afterwards, with the place of each line.
    pub expectations: Vec<(Expectation, Origin)>,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The run failed, with a message that contains this text.
    Fails {
        /// The text.
        message: Option<Expression>,
    },
    /// A condition over the inputs and the results of the top-level steps.
    Holds(Expression),
}
