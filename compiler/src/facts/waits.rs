//! The steps of a playbook that wait for somebody or something, and whether they go on after some time whatever comes.
//!
//! Kept true here: they stand in the order of the walk.

use sophia_plan::step::{StepKind, Until, Wait};

use super::visit::{Seen, Stand};

/// What a step waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitsFor {
    /// An answer.
    Answer,
    /// One event.
    Event,
    /// The first of several events or times.
    First,
}

/// A step that waits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OpenWait {
    pub(crate) stand: Stand,
    pub(crate) waits_for: WaitsFor,
    /// Whether it goes on after some time, whatever comes.
    pub(crate) ends_in_time: bool,
}

/// What was come by so far.
#[derive(Debug, Default)]
pub(super) struct Waits {
    /// How many loops there are.
    pub(super) loops: usize,
    pub(super) found: Vec<OpenWait>,
}

impl Waits {
    /// Notes a step that the walk comes by.
    pub(super) fn note(&mut self, step: Seen<'_>) {
        let within = step.policy.within.is_some() || step.policy.timeout_ms.is_some();
        let (waits_for, ends_in_time) = match &step.kind {
            StepKind::ForEach { .. } | StepKind::Repeat { .. } => {
                self.loops += 1;
                return;
            }
            StepKind::Ask(_) => (WaitsFor::Answer, within),
            StepKind::Wait(Wait::Event(_)) => (WaitsFor::Event, within),
            StepKind::Wait(Wait::First(branches)) => {
                let is_time =
                    (branches.iter()).any(|branch| matches!(branch.until, Until::After(_)));
                (WaitsFor::First, is_time)
            }
            _ => return,
        };
        self.found.push(OpenWait {
            stand: step.stand(),
            waits_for,
            ends_in_time,
        });
    }
}
