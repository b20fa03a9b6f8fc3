//! How large values can be, and what a run can cost at most.

use super::StepFact;
use super::component::{Component, Region, Seen};
use super::known::Known;
use sophia_plan::expression::{Expression, Stage};

/// How large a value can be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measure {}

impl Measure {
    /// What holds of either value.
    #[must_use]
    pub fn join(&self, _other: &Self) -> Self {
        Self {}
    }
}

/// How large the value of an expression can be, from what is known about its parts, in the order
/// of the text. A pipeline is measured stage by stage, see [`measure_stage`].
pub(super) fn measure(_expression: &Expression, _parts: &[Known]) -> Measure {
    Measure::default()
}

/// How large what comes out of a stage can be, from what goes in.
pub(super) fn measure_stage(_stage: &Stage, _before: &Known, after: Known) -> Known {
    after
}

/// How often a step runs, and what it costs.
#[derive(Debug, Default)]
pub(super) struct Cost {}

impl Component for Cost {
    fn enter(&mut self, _region: &Region<'_>) {}

    fn leave(&mut self) {}

    fn step(&mut self, _seen: &Seen<'_>, _fact: &mut StepFact) {}
}
