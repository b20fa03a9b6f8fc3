//! What the tests of a playbook can speak of: what may stand in for the outside, who is asked, what is waited for.

use std::sync::Arc;

use sophia_plan::types::Type;

/// What the tests of a playbook can speak of.
#[derive(Clone, Debug, Default)]
pub struct Tried {
    /// What `given` replaces of what the file declares or is granted, calls of tools apart: the name, and what it has to
    /// give.
    pub given: Vec<(Arc<str>, Type)>,
    /// Whom the playbook asks by a name that is written out, and what they answer: each once for each form of the question.
    pub asked: Vec<(Arc<str>, Answers)>,
    /// The events that it waits for, with their dots, each once; and what each carries.
    pub awaited: Vec<(Arc<str>, Type)>,
    /// What a condition can look at besides the inputs: what statements made, and `result`.
    pub seen: Vec<(Arc<str>, Type)>,
}

/// What somebody who is asked can answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Answers {
    /// Yes or no.
    Verdict(Type),
    /// What a form holds.
    Form(Type),
}

impl Answers {
    /// The type of the whole answer.
    #[must_use]
    pub fn of(&self) -> &Type {
        match self {
            Self::Verdict(of) | Self::Form(of) => of,
        }
    }
}
