//! What a run of a playbook does, for those that run it.
//!
//! Kept true here: a bound in the sizes of a playbook's inputs is told in the sizes of what its caller gives; what is
//! not known of a run (it leads back to its caller, or has mistakes) stays a size with its name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rust_decimal::Decimal;
use sophia_plan::expression::Expression;
use sophia_plan::plan::Plan;
use sophia_plan::value::Value;

use super::polynomial::Polynomial;
use crate::facts::RunFacts;

/// The envelopes of the playbooks that are known so far, by name.
pub(crate) type Envelopes = BTreeMap<Arc<str>, Arc<Envelope>>;

/// Bounds on what one run does, with everything that it runs in turn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Envelope {
    /// Its inputs, each with its default.
    inputs: Vec<(Arc<str>, Option<Value>)>,
    attempts: Polynomial,
    waits: Polynomial,
    /// What it spends itself; what others spend for it stands in `done`.
    spent: Vec<Spent>,
    done: Beyond,
}

/// What the calls of one model can cost in a run, in USD.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spent {
    /// What is asked for.
    pub(crate) asked: Polynomial,
    /// What a run may spend.
    pub(crate) budget: Option<Decimal>,
}

impl Spent {
    /// What is asked for, held to the budget.
    pub(crate) fn held(&self) -> Polynomial {
        match self.budget {
            Some(budget) => self.asked.at_most(budget),
            None => self.asked.clone(),
        }
    }
}

/// Bounds on what the playbooks do that a run starts, in their own runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beyond {
    /// Effects by their name.
    pub effects: BTreeMap<Arc<str>, Polynomial>,
    /// Model calls by the playbook and the model's declared name: `triage.advise`.
    pub calls: BTreeMap<Arc<str>, Polynomial>,
    /// What they cost, in USD.
    pub cost: Polynomial,
    /// Models without a price.
    pub unpriced: BTreeSet<String>,
    /// What was assumed where nothing bounds a length.
    pub assumptions: BTreeSet<String>,
}

/// How one playbook is run by another.
pub(crate) struct Started<'s> {
    /// The rows or items of each argument, by input.
    pub(crate) sizes: BTreeMap<Arc<str>, Polynomial>,
    /// The rows of a fixed value.
    pub(crate) rows: &'s dyn Fn(&Expression) -> Polynomial,
}

/// What a run adds to its caller's.
pub(crate) struct Added {
    pub(crate) attempts: Polynomial,
    pub(crate) waits: Polynomial,
    pub(crate) done: Beyond,
}

impl Envelope {
    /// What a run of a playbook does.
    pub(crate) fn of(plan: &Plan, run: &RunFacts) -> Self {
        let totals = &run.totals;
        let mut done = totals.beyond.clone();
        for (name, total) in &totals.effects {
            let most = done.effects.entry(name.clone()).or_default();
            *most = most.plus(&total.most);
        }
        for (name, total) in &totals.models {
            let name: Arc<str> = Arc::from(format!("{}.{name}", plan.playbook));
            done.calls.insert(name, total.calls.clone());
        }
        let asked = |name: &Arc<str>| totals.models.contains_key(name);
        for (_, call) in run.calls.iter().filter(|(name, _)| asked(name)) {
            done.unpriced.extend(call.unpriced.iter().cloned());
            done.assumptions.extend(call.assumptions.iter().cloned());
        }
        Self {
            inputs: (plan.inputs.iter())
                .map(|input| (input.name.clone(), input.default.clone()))
                .collect(),
            attempts: totals.attempts.clone(),
            waits: totals.waits.clone(),
            spent: run.spent(plan),
            done,
        }
    }

    /// What a run of a playbook does of which nothing is known.
    fn unknown(playbook: &str) -> Self {
        let size = |what: &str| Polynomial::size(format!("{what}({playbook})"));
        let by = |what: &str| BTreeMap::from([(Arc::from(playbook), size(what))]);
        Self {
            inputs: Vec::new(),
            attempts: size("attempts"),
            waits: size("waits"),
            spent: Vec::new(),
            done: Beyond {
                effects: by("effects"),
                calls: by("calls"),
                cost: size("cost"),
                ..Beyond::default()
            },
        }
    }

    /// What it adds to a caller's run.
    fn added(&self, playbook: &str, started: &Started<'_>) -> Added {
        let told = |bound: &Polynomial| bound.with(&|size| self.size(playbook, size, started));
        let spent = self.spent.iter().map(|spent| {
            let asked = told(&spent.asked);
            Spent {
                asked,
                budget: spent.budget,
            }
            .held()
        });
        let all = |bounds: &BTreeMap<Arc<str>, Polynomial>| {
            (bounds.iter())
                .map(|(name, bound)| (name.clone(), told(bound)))
                .collect()
        };
        Added {
            attempts: told(&self.attempts),
            waits: told(&self.waits),
            done: Beyond {
                effects: all(&self.done.effects),
                calls: all(&self.done.calls),
                cost: spent.fold(told(&self.done.cost), |sum, cost| sum.plus(&cost)),
                unpriced: self.done.unpriced.clone(),
                assumptions: self.done.assumptions.clone(),
            },
        }
    }

    /// A size of the playbook in the words of its caller.
    fn size(&self, playbook: &str, size: &str, started: &Started<'_>) -> Polynomial {
        let Some((what, inside)) = (size.strip_suffix(')')).and_then(|size| size.split_once('('))
        else {
            return Polynomial::size(size);
        };
        let input = (what == "items")
            .then(|| self.inputs.iter().find(|(name, _)| **name == *inside))
            .flatten();
        if let Some((input, default)) = input {
            let given = started.sizes.get(input).cloned();
            let by_default = || {
                let value = default.clone()?;
                Some((started.rows)(&Expression::Constant(value)))
            };
            if let Some(known) = given.or_else(by_default) {
                return known;
            }
        }
        if UNKNOWN.contains(&what) {
            return Polynomial::size(size);
        }
        Polynomial::size(format!("{what}({playbook}.{inside})"))
    }
}

/// The sizes that name a whole playbook.
const UNKNOWN: [&str; 5] = ["attempts", "waits", "effects", "calls", "cost"];

/// What a run of a playbook adds to its caller's.
pub(crate) fn added(envelopes: &Envelopes, playbook: &str, started: &Started<'_>) -> Added {
    match envelopes.get(playbook) {
        Some(envelope) => envelope.added(playbook, started),
        None => Envelope::unknown(playbook).added(playbook, started),
    }
}

impl Beyond {
    /// Both, each bound joined in this way.
    pub(super) fn merge(&mut self, other: Self, bound: fn(&Polynomial, &Polynomial) -> Polynomial) {
        for (name, most) in other.effects {
            let own = self.effects.entry(name).or_default();
            *own = bound(own, &most);
        }
        for (name, most) in other.calls {
            let own = self.calls.entry(name).or_default();
            *own = bound(own, &most);
        }
        self.cost = bound(&self.cost, &other.cost);
        self.unpriced.extend(other.unpriced);
        self.assumptions.extend(other.assumptions);
    }

    /// All of it that many times.
    pub(super) fn repeat(&mut self, times: &Polynomial) {
        for most in self.effects.values_mut().chain(self.calls.values_mut()) {
            *most = most.times(times);
        }
        self.cost = self.cost.times(times);
    }
}
