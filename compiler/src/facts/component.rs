//! What an analysis is to the one walk through a plan: it is told where the walk is, and never walks.

use sophia_plan::step::Step;

use super::StepFact;

/// An analysis that the walk tells what it sees.
pub(super) trait Component {
    /// The walk goes into a part of the plan.
    fn enter(&mut self, region: &Region<'_>);

    /// The walk leaves the part that it went into last.
    fn leave(&mut self, region: &Region<'_>);

    /// The walk has seen a step, and everything inside it.
    fn step(&mut self, step: &Step, fact: &mut StepFact);
}

/// A part of a plan with a reason of its own to run, or not, or several times.
#[derive(Clone, Copy, Debug)]
pub(super) enum Region<'w> {
    /// The statements of the playbook.
    Body,
    /// What runs after a failure.
    OnFailure,
    /// Once for each item of a list.
    Items { step: &'w Step },
    /// Where a condition holds.
    Then { step: &'w Step },
    /// Where it does not.
    Otherwise { step: &'w Step },
    /// A case of a `match` by its place; `None` is `else`.
    Arm { step: &'w Step, arm: Option<usize> },
    /// A round of a `repeat`.
    Round { step: &'w Step },
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
