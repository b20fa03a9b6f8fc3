//! What a run does, counted, and the ways that it can take.
//!
//! Kept true here: it rests on the plan and on what the playbooks do that it runs, never on labels. It hears of the plan from
//! the walk that finds the labels.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sophia_diagnostics::Diagnostic;
use sophia_plan::plan::Plan;
use sophia_plan::step::Step;

use super::Lowered;
use super::cost::{CallCost, Circle, Cost, Envelopes, OpenLoop, Polynomial, Spent, Totals};
use super::lent::Lent;
use super::reach::{self, Flow};
use super::said::SqlFacts;
use super::visit::{Passed, Visit};
use super::waits::{OpenWait, Waits};
use crate::places::Places;
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
    /// How many loops it has.
    pub(crate) loops: usize,
    /// The steps that wait for somebody or something.
    pub(crate) waits: Vec<OpenWait>,
    /// Where it uses what modules declare.
    pub(crate) lent: Lent,
    /// The way round on which it runs itself through others, told at the first of them.
    pub(crate) circle: Option<Circle>,
    /// Steps of it that can never run, and conditions that can never hold.
    pub(crate) idle: Vec<Diagnostic>,
    /// What its SQL says of itself.
    pub(crate) said: SqlFacts,
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
                let each = self.calls.get(name)?.priced;
                Some(Spent {
                    asked: total.calls.times(&Polynomial::known(each)),
                    budget: plan.models.get(name).and_then(|model| model.budget_per_run),
                })
            })
            .collect()
    }
}

/// What hears of the plan, all in one walk.
struct Analyses<'p> {
    cost: Cost<'p>,
    flow: Flow,
    waits: Waits,
    lent: Lent,
    /// The steps, by their names.
    steps: HashMap<&'p str, &'p Step>,
}

impl<'p> Analyses<'p> {
    fn hear(&mut self, passed: Passed<'p>) {
        self.cost.hear(passed);
        self.flow.hear(passed);
        if let Passed::StepBegins(step) = passed {
            self.waits.note(step);
            self.lent.note(step);
            self.steps.insert(&step.step.name, step.step);
        }
    }
}

/// What a run of a playbook does that the walk comes by, where the playbooks that it runs do what these envelopes say.
pub(super) fn run_facts<'p>(
    lowered: Lowered<'p>,
    text: &str,
    manifest: &Manifest,
    envelopes: &Envelopes,
    walk: &mut dyn Iterator<Item = Passed<'p>>,
) -> RunFacts {
    let mut analyses = Analyses {
        cost: Cost::new(lowered, &manifest.models, envelopes),
        flow: Flow::new(lowered),
        waits: Waits::default(),
        lent: Lent::default(),
        steps: HashMap::new(),
    };
    for passed in walk {
        analyses.hear(passed);
    }
    let Analyses {
        cost,
        flow,
        waits,
        lent,
        steps,
    } = analyses;
    let (totals, calls, open) = cost.totals();
    RunFacts {
        totals,
        calls,
        open,
        loops: waits.loops,
        waits: waits.found,
        lent,
        circle: None,
        said: SqlFacts::of(lowered),
        idle: reach::diagnostics(lowered.plan, &flow, &steps, &Places::of(text)),
        flow: Some(Arc::new(flow)),
    }
}

/// The ways through a playbook follow from its plan, which is compared elsewhere.
impl PartialEq for RunFacts {
    fn eq(&self, other: &Self) -> bool {
        self.totals == other.totals
            && self.calls == other.calls
            && self.open == other.open
            && self.loops == other.loops
            && self.waits == other.waits
            && self.lent == other.lent
            && self.circle == other.circle
            && self.said == other.said
    }
}
