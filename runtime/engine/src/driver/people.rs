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

    /// Whether nobody of a group answers what came of a run that they started themselves.
    fn four_eyes(&self, _group: &str) -> bool {
        false
    }
}

/// Everybody belongs to every group: for tests, and for a store that one person keeps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Everybody;

impl People for Everybody {
    fn belongs(&self, _: &str, _: &str) -> bool {
        true
    }
}

/// Whether a person may agree to what a run asks which they started themselves: where they were asked by a
/// group that needs no second pair of eyes.
pub(super) fn four_eyes(
    people: &dyn People,
    question: &Question,
    person: &str,
    starter: Option<&str>,
    run: &RunId,
) -> Result<(), Problem> {
    if starter.is_none_or(|starter| !starter.eq_ignore_ascii_case(person)) {
        return Ok(());
    }
    let free = question.whom.iter().any(|whom| match whom {
        Whom::Group(group) => people.belongs(person, group) && !people.four_eyes(group),
        Whom::Person(address) => address.eq_ignore_ascii_case(person),
    });
    if free {
        return Ok(());
    }
    Err(Problem::new(
        codes::S906,
        format!("{person} started run {run}, so somebody else agrees to what it asks."),
    )
    .with_help("the group has `four_eyes` in sophia.toml: another of its people answers"))
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
