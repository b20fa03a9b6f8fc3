//! What is known of a playbook before it runs, as people look at it before a deployment.
//!
//! Kept true here: a plain value that rests on nothing but the check; whoever shows it decides nothing.

mod sheet;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use petgraph::algo::dominators::simple_fast;
use petgraph::graph::NodeIndex;
use sophia_plan::plan::Plan;

use crate::facts::cost::{Polynomial, runs_a_month};
use crate::facts::reach::{Flow as Ways, NodeKind};
use crate::facts::{Facts, Flow, Label, Level, Mark};

pub use sheet::{PlanLine, PlanMark, PlanSection, PlanSheet};

/// What a playbook does in the world, what it costs and where its data goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outlook {
    /// Its effects by their name: `slack.post_message`.
    pub effects: BTreeMap<Arc<str>, EffectOutlook>,
    /// Its model calls by the model's name: how often at most.
    pub calls: BTreeMap<Arc<str>, Polynomial>,
    /// Where its data goes: the destination, and what it carries.
    pub data: BTreeSet<(Arc<str>, Arc<str>)>,
    /// What a run costs at most, in USD.
    pub cost: Polynomial,
    /// Models that a run may ask and that have no price.
    pub unpriced: BTreeSet<String>,
    /// What was assumed where nothing bounds a length.
    pub assumptions: Vec<String>,
    /// The most runs that its schedules start in a month; `None` without a schedule.
    pub runs_a_month: Option<u64>,
    /// Whether something else starts runs too, as a webhook, so that a month may have more.
    pub starts_otherwise: bool,
    /// Attempts at everything outside, retries counted.
    pub attempts: Polynomial,
    /// Waits for people, events and time.
    pub waits: Polynomial,
    /// Playbooks that it runs or starts, and how often. Cost, attempts and waits count theirs.
    pub playbooks: BTreeMap<Arc<str>, Polynomial>,
    /// Effects of theirs, by name.
    pub effects_of_others: BTreeMap<Arc<str>, Polynomial>,
    /// Model calls of theirs, by the playbook and the model's name: `triage.advise`.
    pub calls_of_others: BTreeMap<Arc<str>, Polynomial>,
}

/// One kind of effect.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EffectOutlook {
    /// How often a run does it at most.
    pub most: Polynomial,
    /// Fixed destinations: `#cs-alerts`.
    pub destinations: BTreeSet<Arc<str>>,
    /// Whether some go where only the run knows.
    pub elsewhere: bool,
    /// Whether every one, some or none can be undone.
    pub undo: Share,
    /// Who approves every one of them; nothing where nobody must.
    pub approval: Option<BTreeSet<Arc<str>>>,
}

/// How many of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Share {
    /// None of them.
    #[default]
    None,
    /// Some of them.
    Some,
    /// All of them.
    All,
}

/// The outlook of a playbook.
pub(crate) fn outlook(plan: &Plan, facts: &Facts) -> Outlook {
    let run = &facts.run;
    let mut effects: BTreeMap<Arc<str>, EffectOutlook> = BTreeMap::new();
    for (name, total) in &run.totals.effects {
        let undo = if total.undone.is_empty() {
            Share::None
        } else if total.undone.len() == total.steps.len() {
            Share::All
        } else {
            Share::Some
        };
        let outlook = EffectOutlook {
            most: total.most.clone(),
            destinations: total.destinations.clone(),
            elsewhere: total.elsewhere,
            undo,
            approval: run.flow.as_ref().and_then(|flow| approval(flow, name)),
        };
        effects.insert(name.clone(), outlook);
    }
    let asked = |name: &Arc<str>| run.totals.models.contains_key(name);
    let called = || run.calls.iter().filter(|(name, _)| asked(name));
    let schedules: Vec<u64> = plan.schedules().map(runs_a_month).collect();
    Outlook {
        effects,
        calls: (run.totals.models.iter())
            .map(|(name, total)| (name.clone(), total.calls.clone()))
            .collect(),
        data: data(facts),
        cost: run.cost(plan),
        unpriced: called()
            .flat_map(|(_, call)| call.unpriced.iter().cloned())
            .chain(run.totals.beyond.unpriced.iter().cloned())
            .collect(),
        assumptions: called()
            .flat_map(|(_, call)| call.assumptions.iter().cloned())
            .chain(run.totals.beyond.assumptions.iter().cloned())
            .collect(),
        runs_a_month: (!schedules.is_empty()).then(|| schedules.iter().sum()),
        starts_otherwise: plan.triggers.len() > schedules.len(),
        attempts: run.totals.attempts.clone(),
        waits: run.totals.waits.clone(),
        playbooks: run.totals.playbooks.clone(),
        effects_of_others: run.totals.beyond.effects.clone(),
        calls_of_others: run.totals.beyond.calls.clone(),
    }
}

/// Who says yes before every effect of a name: an approval that lies on every way to each of them.
fn approval(flow: &Ways, name: &str) -> Option<BTreeSet<Arc<str>>> {
    let does_it = |kind: &NodeKind| match kind {
        NodeKind::Step { effects, .. } => effects.iter().any(|effect| *effect.name == *name),
        _ => false,
    };
    let is_approved = |kind: &NodeKind| matches!(kind, NodeKind::Approved { .. });
    if !flow.nodes().any(|(_, node)| is_approved(&node.kind)) {
        let is_done = flow.nodes().any(|(_, node)| does_it(&node.kind));
        return (!is_done).then(BTreeSet::new);
    }
    let dominators = simple_fast(&flow.graph, NodeIndex::new(0));
    let mut groups = BTreeSet::new();
    for (index, node) in flow.nodes() {
        if !does_it(&node.kind) {
            continue;
        }
        let mut before = dominators.dominators(index)?;
        let asked = before.find_map(|place| match &flow.graph.node_weight(place)?.kind {
            NodeKind::Approved { groups } => Some(groups.clone()),
            _ => None,
        })?;
        groups.extend(asked);
    }
    Some(groups)
}

/// Where data goes, and what it carries there.
fn data(facts: &Facts) -> BTreeSet<(Arc<str>, Arc<str>)> {
    let words = |flow: &'_ Flow| (flow.to.to_string(), carried(&flow.label));
    // Many flows say the same.
    let all: BTreeSet<(String, String)> = facts.flows.iter().map(words).collect();
    let all = all.into_iter();
    all.map(|(to, carried)| (Arc::from(to), Arc::from(carried)))
        .collect()
}

/// What a label says, in words: `internal`, `confidential, @pii.email`.
fn carried(label: &Label) -> String {
    let level = match label.highest() {
        Level::Public => "public",
        Level::Internal => "internal",
        Level::Confidential => "confidential",
        Level::Restricted => "restricted",
    };
    let categories: BTreeSet<&str> = (label.atoms().iter())
        .filter_map(|atom| match &atom.mark {
            Mark::Category(category) => Some(&*category.0),
            Mark::Level(_) => None,
        })
        .collect();
    let mut words = level.to_owned();
    for category in categories {
        words.push_str(", @");
        words.push_str(category);
    }
    words
}
