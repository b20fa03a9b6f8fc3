//! Facts of the plans of a project: labels, and what a run does, counted.
//!
//! Because a plan's graph has no cycles, one walk in its order sees everything before what rests on it.
//! Kept true here: there is one walk through a plan. It finds the labels, and what it comes by is told those who count and
//! who look at ways; they know nothing of labels, so for a long playbook they follow on a thread of their own. Only what
//! playbooks leave for each other (events, states, inputs, results) goes round until it rests.

mod analyses;
mod asking;
mod begin;
mod clearance;
pub mod cost;
mod echo;
mod env;
mod flow;
mod kept;
mod known;
mod label;
mod lent;
mod pass;
mod passages;
pub(crate) mod reach;
mod reading;
mod recording;
mod report;
mod rounds;
mod said;
mod sending;
mod shapes;
mod sight;
mod stage;
mod trail;
mod trust;
mod value;
pub(crate) mod visit;
mod waits;
mod ways;
mod work;
mod world;
mod written;

pub use analyses::RunFacts;
pub use clearance::Clearance;
pub use flow::{Destination, Flow};
pub use known::{Known, Parts};
pub use label::{Atom, Category, Doubt, Label, Level, Mark};
pub use said::SqlFacts;
pub use shapes::{ReadShape, Shapes, WriteShape};
pub use trail::{Stop, Trail};

pub(crate) use pass::Walked;
pub(crate) use report::{Place, complaints};
pub(crate) use rounds::{Round, Walking, walk_all};
pub(crate) use visit::Stand;
pub(crate) use waits::WaitsFor;
pub(crate) use world::Between;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sophia_diagnostics::Diagnostic;
use sophia_plan::plan::Plan;

use crate::catalogue::Catalogue;
use crate::project::Manifest;
use crate::sources::Sources;

/// What the pass is given.
pub struct Project<'a> {
    /// `sophia.toml`
    pub manifest: &'a Manifest,
    /// `sophia.lock`
    pub catalogue: &'a Catalogue,
    /// The text that the plans came from.
    pub sources: Sources<'a>,
}

/// A playbook with its plan.
#[derive(Clone, Copy)]
pub struct Lowered<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What its SQL is made of.
    pub shapes: &'a Shapes,
}

/// What is known about one playbook before it runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Its steps by their names.
    pub steps: BTreeMap<Arc<str>, StepFact>,
    /// What it gives back.
    pub result: Known,
    /// Every value that leaves for somewhere, in the order of the steps.
    pub flows: Vec<Flow>,
    /// What a run does, counted, and the ways that it can take.
    pub run: RunFacts,
    /// What must not be.
    pub diagnostics: Vec<Diagnostic>,
}

/// What is known about one step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepFact {
    /// What its result carries and how large it can be.
    pub result: Known,
    /// The level of what decides that it runs.
    pub decided_by: Label,
}

/// The facts of every playbook, in the order given.
#[must_use]
pub fn facts(project: &Project<'_>, playbooks: &[Lowered<'_>]) -> Vec<Facts> {
    let runs: Vec<cost::Runs> = (playbooks.iter())
        .map(|playbook| cost::runs(playbook.plan))
        .collect();
    let walking: Vec<Walking<'_>> = (playbooks.iter().zip(&runs))
        .map(|(lowered, runs)| Walking {
            lowered: *lowered,
            text: project.sources.text_of(&lowered.plan.file),
            runs,
            stage: 0,
            before: &[],
            last: None,
        })
        .collect();
    let Round { walks, circles } = walk_all(project, &walking);
    let mut told = BTreeSet::new();
    (walks.into_iter().zip(circles).zip(playbooks))
        .map(|((walks, circle), playbook)| {
            let last = walks.last();
            let mut facts = last.map_or_else(Facts::default, |walked| (*walked.facts).clone());
            facts.run.circle = circle;
            facts.diagnostics = complaints(project, playbook.plan, &facts.flows);
            facts
                .diagnostics
                .retain(|diagnostic| told.insert(Place::of(diagnostic)));
            facts
        })
        .collect()
}
