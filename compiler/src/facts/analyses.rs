//! The analyses that the one pass tells of each step and each block.
//!
//! Kept true here: what the pass says in its own words arrives at each analysis in the order of the plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_plan::plan::Plan;
use sophia_plan::step::{Step, StepKind};

use super::component::{Component, Region};
use super::cost::{CallCost, Circle, Cost, Envelopes, OpenLoop, Polynomial, Spent, Totals};
use super::reach::Flow;
use super::visit::Visit;
use super::{Lowered, StepFact};
use crate::project::Manifest;

/// What a run of a playbook does, counted, and the ways that it can take.
#[derive(Clone, Debug, Default)]
pub struct RunFacts {
    /// Bounds on what it does.
    pub totals: Totals,
    /// What a call of each declared model can cost.
    pub calls: BTreeMap<Arc<str>, CallCost>,
    /// The loops without a bound.
    pub(crate) open: Vec<OpenLoop>,
    /// The way round on which it runs itself through others, told at the first of them.
    pub(crate) circle: Option<Circle>,
    /// The ways through it.
    pub(crate) flow: Option<Arc<Flow>>,
}

impl RunFacts {
    /// What a run can cost at most, in USD, with the playbooks that it runs. Models without a price are left out: see
    /// [`CallCost::unpriced`].
    #[must_use]
    pub fn cost(&self, plan: &Plan) -> Polynomial {
        (self.spent(plan).iter())
            .map(Spent::held)
            .fold(self.totals.beyond.cost.clone(), |sum, cost| sum.plus(&cost))
    }

    /// What each model that it asks itself can cost.
    pub(crate) fn spent(&self, plan: &Plan) -> Vec<Spent> {
        (self.totals.models.iter())
            .filter_map(|(name, total)| {
                let each = self.calls.get(name).and_then(|call| call.most)?;
                Some(Spent {
                    asked: total.calls.times(&Polynomial::known(each)),
                    budget: plan.models.get(name).and_then(|model| model.budget_per_run),
                })
            })
            .collect()
    }
}

/// The analyses of one playbook.
pub(super) struct Analyses<'p> {
    cost: Cost<'p>,
    flow: Flow,
    /// How many blocks the walk is in.
    depth: usize,
    /// The steps that began and have not ended, by the depth of their block.
    begun: Vec<(usize, Arc<str>)>,
}

impl<'p> Analyses<'p> {
    pub(super) fn new(lowered: Lowered<'p>, manifest: &Manifest, envelopes: &'p Envelopes) -> Self {
        Self {
            cost: Cost::new(lowered, &manifest.models, envelopes),
            flow: Flow::new(lowered),
            depth: 0,
            begun: Vec::new(),
        }
    }

    /// What they found, once the walk is over.
    pub(super) fn finish(self) -> RunFacts {
        let (totals, calls, open) = self.cost.totals();
        RunFacts {
            totals,
            calls,
            open,
            circle: None,
            flow: Some(Arc::new(self.flow)),
        }
    }

    fn each(&mut self, tell: impl Fn(&mut dyn Visit)) {
        tell(&mut self.cost);
        tell(&mut self.flow);
    }

    /// Begins a step once, before its first block or at its end.
    fn begin(&mut self, step: &Step) {
        let here = (self.depth, step.name.clone());
        if self.begun.last() != Some(&here) {
            self.begun.push(here);
            self.each(|analysis| analysis.begin_step(step));
        }
    }
}

impl Component for Analyses<'_> {
    fn enter(&mut self, region: &Region<'_>) {
        match block_of(region) {
            Some((step, block)) => {
                self.begin(step);
                self.each(|analysis| analysis.begin_block(step, block));
            }
            None if matches!(region, Region::OnFailure) => {
                self.each(|analysis| analysis.begin_failure());
            }
            None => {}
        }
        self.depth += 1;
    }

    fn leave(&mut self, region: &Region<'_>) {
        self.depth = self.depth.saturating_sub(1);
        if let Some((step, block)) = block_of(region) {
            self.each(|analysis| analysis.end_block(step, block));
        }
    }

    fn step(&mut self, step: &Step, _fact: &mut StepFact) {
        self.begin(step);
        self.begun.pop();
        self.each(|analysis| analysis.end_step(step));
    }
}

/// The step that holds a region, and the number of its block as in `Step::blocks`.
fn block_of<'w>(region: &Region<'w>) -> Option<(&'w Step, usize)> {
    Some(match region {
        Region::Body | Region::OnFailure => return None,
        Region::Items { step }
        | Region::Then { step }
        | Region::Round { step }
        | Region::Together { step }
        | Region::Try { step }
        | Region::Action { step } => (step, 0),
        Region::Otherwise { step } | Region::Caught { step } => (step, 1),
        Region::Arm { step, arm } => {
            let last = match &step.kind {
                StepKind::Match { arms, .. } => arms.len(),
                _ => 0,
            };
            (step, arm.unwrap_or(last))
        }
        Region::Instead { step } => (step, step.blocks().len().saturating_sub(1)),
        Region::Event { step, branch } => (step, *branch),
    })
}

/// The ways through a playbook follow from its plan, which is compared elsewhere.
impl PartialEq for RunFacts {
    fn eq(&self, other: &Self) -> bool {
        self.totals == other.totals
            && self.calls == other.calls
            && self.open == other.open
            && self.circle == other.circle
    }
}
