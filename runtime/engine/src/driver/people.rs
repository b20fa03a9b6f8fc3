//! Who may answer a question.
//!
//! Kept true here: the engine knows whom a playbook asks, and never who they are.

use sophia_diagnostics::{Problem, codes};

use crate::journal::RunId;
use crate::kernel::{Question, Whom};

/// Knows who belongs to a group.
pub trait People: Send + Sync + 'static {
    /// Whether a person, by address, belongs to a group.
    fn belongs(&self, person: &str, group: &str) -> bool;
}

/// Everybody belongs to every group: for tests, and for a store that one person keeps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Everybody;

impl People for Everybody {
    fn belongs(&self, _: &str, _: &str) -> bool {
        true
    }
}

/// Whether a person is among those who were asked.
pub(super) fn may_answer(
    people: &dyn People,
    question: &Question,
    person: &str,
    run: &RunId,
) -> Result<(), Problem> {
    let asked = question.whom.iter().any(|whom| match whom {
        Whom::Group(group) => people.belongs(person, group),
        Whom::Person(address) => address.eq_ignore_ascii_case(person),
    });
    if asked {
        return Ok(());
    }
    let whom: Vec<String> = question.whom.iter().map(ToString::to_string).collect();
    Err(Problem::new(
        codes::S969,
        format!(
            "{person} was not asked: run {run} waits for {}.",
            whom.join(", ")
        ),
    )
    .with_help("people belong to groups by `[groups]` of sophia.toml"))
}
