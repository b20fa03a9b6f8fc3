//! One pass of facts over the plans of a project: labels, and what rests on them.
//!
//! Because a plan's graph has no cycles, one walk in its order sees everything before what rests on it.
//! Kept true here: an analysis is a component that the walk tells what it sees; none walks on its own.
//! Only what playbooks leave for each other (events, states, inputs, results) goes round until it rests.

mod analyses;
mod asking;
mod begin;
mod clearance;
mod component;
pub mod cost;
mod env;
mod flow;
mod known;
mod label;
mod pass;
pub(crate) mod reach;
mod reading;
mod recording;
mod report;
mod sending;
mod shapes;
mod stage;
mod trail;
mod trust;
mod value;
pub(crate) mod visit;
mod ways;
mod work;
mod world;
mod written;

pub use analyses::RunFacts;
pub use clearance::Clearance;
pub use flow::{Destination, Flow};
pub use known::{Known, Parts};
pub use label::{Atom, Category, Doubt, Label, Level, Mark};
pub use shapes::{ReadShape, Shapes, WriteShape};
pub use trail::{Stop, Trail};

use std::collections::BTreeMap;
use std::rc::Rc;
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
    /// Every playbook that has a plan.
    pub playbooks: Vec<Lowered<'a>>,
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
pub fn facts(project: &Project<'_>) -> Vec<Facts> {
    let mut world = world::World::default();
    let mut envelopes = cost::Envelopes::new();
    let mut walked: Vec<pass::Walked> = Vec::new();
    walked.resize_with(project.playbooks.len(), pass::Walked::default);
    let plans: Vec<&Plan> = (project.playbooks.iter())
        .map(|playbook| playbook.plan)
        .collect();
    let groups = cost::in_order(&plans);
    for group in &groups {
        let mut known = Vec::with_capacity(group.places.len());
        for place in &group.places {
            if let (Some(playbook), Some(walked)) =
                (project.playbooks.get(*place), walked.get_mut(*place))
            {
                *walked = pass::walk(project, *playbook, &envelopes, &mut world);
                let envelope = cost::Envelope::of(playbook.plan, &walked.facts.run);
                known.push((playbook.plan.playbook.clone(), Rc::new(envelope)));
            }
        }
        envelopes.extend(known);
    }
    // What playbooks leave for each other only grows, and there is a most of it, so it comes to rest.
    while world.take_changed() {
        for (playbook, walked) in project.playbooks.iter().zip(&mut walked) {
            if walked.looks_at_others {
                let run = std::mem::take(&mut walked.facts.run);
                *walked = pass::walk(project, *playbook, &envelopes, &mut world);
                // It counts the same each time.
                walked.facts.run = run;
            }
        }
    }
    for group in groups {
        let first = (group.places.first()).and_then(|place| walked.get_mut(*place));
        if let Some(first) = first {
            first.facts.run.circle = group.circle;
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    walked
        .into_iter()
        .zip(&project.playbooks)
        .map(|(walked, playbook)| {
            let mut facts = walked.facts;
            facts.diagnostics =
                report::diagnostics(project, playbook.plan, &facts.flows, &mut seen);
            facts
        })
        .collect()
}
