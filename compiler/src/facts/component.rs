//! What an analysis is to the one walk through a plan: it is told where the walk is, and never walks.

use std::sync::Arc;

use sophia_plan::expression::Expression;
use sophia_plan::plan::Plan;
use sophia_plan::step::Step;

use super::StepFact;
use super::known::Known;

/// An analysis that the walk tells what it sees.
pub(super) trait Component {
    /// The walk goes into a part of the plan.
    fn enter(&mut self, region: &Region<'_>);

    /// The walk leaves the part that it went into last.
    fn leave(&mut self, region: &Region<'_>);

    /// The walk has seen a step, and everything inside it.
    fn step(&mut self, seen: &Seen<'_>, fact: &mut StepFact);
}

/// A part of a plan with a reason of its own to run, or not, or several times.
#[derive(Clone, Copy, Debug)]
pub(super) enum Region<'w> {
    /// The statements of the playbook.
    Body,
    /// What runs after a failure.
    OnFailure,
    /// Once for each item of a list.
    Items { step: &'w Step, source: &'w Known },
    /// Where a condition holds.
    Then {
        step: &'w Step,
        condition: &'w Expression,
    },
    /// Where it does not.
    Otherwise {
        step: &'w Step,
        condition: &'w Expression,
    },
    /// A case of a `match` by its place; `None` is `else`.
    Arm { step: &'w Step, arm: Option<usize> },
    /// A round of a `repeat`.
    Round {
        step: &'w Step,
        at_most: Option<u64>,
    },
    /// `together { }`
    Together { step: &'w Step },
    /// What is tried.
    Try { step: &'w Step },
    /// What runs when that failed.
    Caught { step: &'w Step },
    /// The block of a step's `otherwise`.
    Instead { step: &'w Step },
    /// The statements of an action.
    Action { step: &'w Step },
    /// A branch of `wait for first` by its place.
    Event { step: &'w Step, branch: usize },
}

/// What the walk has seen of a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'w> {
    /// The plan that it stands in.
    pub(super) plan: &'w Plan,
    /// The step.
    pub(super) step: &'w Step,
    /// What is known about its result.
    pub(super) result: &'w Known,
    /// What is known about its arguments, by name, where it calls something.
    pub(super) arguments: &'w [(Arc<str>, Known)],
}
