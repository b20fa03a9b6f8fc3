//! Counts what a plan does, step by step, in its order.
//!
//! Kept true here: a branch counts as the larger of its sides, a loop as its body for every row, a retry as one more
//! attempt, also at all that an action does; what an `otherwise` and an undo do is counted as if it were always needed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rust_decimal::Decimal;
use sophia_plan::expression::Expression;
use sophia_plan::plan::Plan;
use sophia_plan::step::{
    Amount, EventPattern, Joining, MetricReading, Origin, Otherwise, Step, StepKind, TriggerKind,
    Until, Wait, Work,
};
use sophia_plan::types::Type;
use sophia_plan::value::Value;

use super::call::{self, CallCost};
use super::effect::{effect, effect_name};
use super::envelope::{self, Envelopes, Started};
use super::keys::Keys;
use super::polynomial::Polynomial;
use super::size::{Sizes, is_many, item_of};
use super::total::{ModelTotal, Totals};
use crate::facts::visit::{Seen, Stand, Visit};
use crate::facts::{Lowered, Shapes};
use crate::project::ModelSettings;

/// A loop that nothing bounds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OpenLoop {
    /// Its step.
    pub(crate) step: Arc<str>,
    pub(crate) stand: Stand,
    /// The sizes that have no bound.
    pub(crate) sizes: BTreeSet<Arc<str>>,
    /// The first call in it of each model that costs money and has no budget for a run.
    pub(crate) calls: BTreeMap<Arc<str>, Origin>,
    /// The first run in it of each other playbook that can cost money.
    pub(crate) runs: BTreeMap<Arc<str>, Origin>,
}

/// The bounds of one plan.
pub(crate) struct Cost<'p> {
    plan: &'p Plan,
    /// What the SQL says of itself.
    shapes: &'p Shapes,
    /// What the playbooks do that it runs.
    envelopes: &'p Envelopes,
    /// What a call of each declared model can cost.
    pub(crate) calls: BTreeMap<Arc<str>, CallCost>,
    sizes: Sizes,
    frames: Vec<Frame>,
    /// The loops without a bound, the inner ones first.
    pub(crate) open: Vec<OpenLoop>,
}

/// A step that is being counted.
#[derive(Debug, Default)]
struct Frame {
    /// What its finished blocks do.
    blocks: Vec<Totals>,
    /// The block that is being counted.
    current: Totals,
    /// The names outside it, where it has blocks.
    outside: Option<Sizes>,
}

impl<'p> Cost<'p> {
    pub(crate) fn new(
        lowered: Lowered<'p>,
        settings: &BTreeMap<String, ModelSettings>,
        envelopes: &'p Envelopes,
    ) -> Self {
        let plan = lowered.plan;
        let mut sizes = Sizes::default();
        for input in &plan.inputs {
            sizes.bind(input.name.clone(), input.of.clone());
        }
        for trigger in &plan.triggers {
            let Some(name) = &trigger.binding else {
                continue;
            };
            match &trigger.kind {
                TriggerKind::Change {
                    batches: Some((rows, _)),
                    ..
                } => {
                    let most = Polynomial::known(*rows);
                    sizes.bind_rows(name.clone(), trigger.of.clone(), most);
                }
                _ => sizes.bind(name.clone(), trigger.of.clone()),
            }
        }
        let calls = (plan.models.iter())
            .map(|(name, model)| (name.clone(), call::of_model(model, settings)))
            .collect();
        Self {
            plan,
            shapes: lowered.shapes,
            envelopes,
            calls,
            sizes,
            frames: vec![Frame::default()],
            open: Vec::new(),
        }
    }

    /// What the whole plan does.
    pub(crate) fn totals(mut self) -> (Totals, BTreeMap<Arc<str>, CallCost>, Vec<OpenLoop>) {
        let totals = self.frames.pop().map(|frame| frame.current);
        (totals.unwrap_or_default(), self.calls, self.open)
    }

    fn counting(&mut self) -> Option<&mut Totals> {
        self.frames.last_mut().map(|frame| &mut frame.current)
    }

    /// What the step itself does, without its blocks.
    fn own(&self, step: Seen<'_>) -> Totals {
        let mut own = Totals::default();
        let tries = 1 + step.policy.retry.map_or(0, |retry| u64::from(retry.times));
        let once = Polynomial::known(1);
        match &step.kind {
            StepKind::Work(work) => {
                if let Some(name) = effect_name(work) {
                    own.effects.insert(name, effect(&step, work));
                }
                match work {
                    Work::Compute { .. } => {}
                    Work::Model { model, .. } => {
                        let attempts = self.calls.get(model).map_or(1, |call| call.attempts);
                        own.attempts = Polynomial::known(tries.saturating_mul(attempts));
                        let total = ModelTotal {
                            calls: Polynomial::known(tries),
                            places: vec![step.stand().origin],
                        };
                        own.models.insert(model.clone(), total);
                    }
                    Work::Playbook {
                        playbook,
                        arguments,
                        joining,
                    } => {
                        let mut other = self.another(step, playbook, arguments, *joining);
                        other.repeat(&Polynomial::known(tries));
                        own.add(other);
                    }
                    _ => own.attempts = Polynomial::known(tries),
                }
                if let Some(undo) = &step.policy.undo
                    && let Some(name) = effect_name(&undo.work)
                {
                    let mut total = effect(&step, &undo.work);
                    total.undone.insert(step.name.clone());
                    let mut undoing = Totals {
                        attempts: once,
                        ..Totals::default()
                    };
                    undoing.effects.insert(name, total);
                    own.add(undoing);
                }
            }
            StepKind::Ask(_) | StepKind::Wait(_) => own.waits = once,
            StepKind::Yield { value, amount } => {
                own.yields = match amount {
                    Amount::One => once,
                    Amount::Each => self.sizes.rows(value),
                };
            }
            _ => {}
        }
        own
    }

    /// A run of another playbook.
    fn another(
        &self,
        step: Seen<'_>,
        playbook: &Arc<str>,
        arguments: &[(Arc<str>, Expression)],
        joining: Joining,
    ) -> Totals {
        let started = Started {
            sizes: (arguments.iter())
                .map(|(input, value)| (input.clone(), self.sizes.rows(value)))
                .collect(),
            rows: &|value| self.sizes.rows(value),
        };
        let added = envelope::added(self.envelopes, playbook, &started);
        let once = Polynomial::known(1);
        let mut own = Totals {
            attempts: once.plus(&added.attempts),
            waits: match joining {
                Joining::Waits => added.waits,
                Joining::GoesOn => Polynomial::zero(),
            },
            playbooks: BTreeMap::from([(playbook.clone(), once)]),
            ..Totals::default()
        };
        if added.done.cost != Polynomial::zero() {
            own.costly.insert(playbook.clone(), step.stand().origin);
        }
        own.beyond = added.done;
        own
    }

    /// The step with its blocks.
    fn whole(&mut self, step: Seen<'_>, mut blocks: Vec<Totals>) -> Totals {
        let mut whole = self.own(step);
        if matches!(step.policy.otherwise, Some(Otherwise::Block(_)))
            && let Some(mut otherwise) = blocks.pop()
        {
            otherwise.yields = Polynomial::zero();
            whole.add(otherwise);
        }
        match &step.kind {
            StepKind::ForEach { source, .. } => {
                let rows = self.sizes.rows(source);
                for mut body in blocks {
                    self.note_open(step, &rows, &body);
                    body.repeat(&rows);
                    whole.add(body);
                }
            }
            StepKind::Repeat { at_most, .. } => {
                let rounds = match at_most {
                    Some(rounds) => Polynomial::known(*rounds),
                    None => Polynomial::size(format!("rounds({})", step.label)),
                };
                for mut body in blocks {
                    self.note_open(step, &rounds, &body);
                    body.repeat(&rounds);
                    whole.add(body);
                }
            }
            StepKind::Action { .. } => {
                for mut body in blocks {
                    body.attempt_again(step.policy.retry.map_or(0, |retry| retry.times));
                    whole.add(body);
                }
            }
            StepKind::Branch { .. } | StepKind::Match { .. } | StepKind::Wait(_) => {
                let mut largest = Totals::default();
                for block in blocks {
                    largest.or(block);
                }
                whole.add(largest);
            }
            _ => {
                for block in blocks {
                    whole.add(block);
                }
            }
        }
        whole
    }

    /// Remembers a loop without a bound.
    fn note_open(&mut self, step: Seen<'_>, times: &Polynomial, body: &Totals) {
        if times.number().is_some() {
            return;
        }
        let calls = (body.models.iter())
            .filter(|(model, _)| self.costs_without_limit(model))
            .filter_map(|(model, total)| Some((model.clone(), *total.places.first()?)))
            .collect();
        self.open.push(OpenLoop {
            step: step.name.clone(),
            stand: step.stand(),
            sizes: times.sizes(),
            calls,
            runs: body.costly.clone(),
        });
    }

    /// Whether calls of a model cost money that no budget for a run holds.
    fn costs_without_limit(&self, model: &str) -> bool {
        let capped = (self.plan.models.get(model))
            .is_some_and(|definition| definition.budget_per_run.is_some());
        let free = (self.calls.get(model)).is_some_and(|call| call.priced == Decimal::ZERO);
        !capped && !free
    }

    /// The name that the step gives to what follows.
    fn bind(&mut self, step: &Step, inside: &Totals) {
        let Some(name) = &step.binds else { return };
        let of = step.result.clone();
        match &step.kind {
            StepKind::Work(Work::Compute { expression }) => {
                self.sizes.bind_value(name.clone(), of, expression);
            }
            StepKind::Work(work) => match self.read(work) {
                Some(rows) => {
                    let keys = self.keys_of(work);
                    self.sizes.bind_keyed(name.clone(), of, rows, keys);
                }
                None => self.bind_named(step, name, of),
            },
            StepKind::ForEach {
                source, keep_going, ..
            } => {
                let given = inside.yields.clone();
                if *keep_going {
                    let items = self.sizes.rows(source);
                    self.sizes.bind_parts(name.clone(), of, given.or(&items));
                } else {
                    self.sizes.bind_rows(name.clone(), of, given);
                }
            }
            _ => self.bind_named(step, name, of),
        }
        if is_many(&step.result) {
            let own = self.sizes.rows(&Expression::Name(name.clone()));
            let rows = match &step.policy.otherwise {
                Some(Otherwise::Value(value)) => own.or(&self.sizes.rows(value)),
                Some(Otherwise::Block(_)) => own.or(&Polynomial::size(format!("items({name})"))),
                Some(Otherwise::End { .. }) | None => return,
            };
            let of = step.result.clone();
            self.sizes.bind_rows(name.clone(), of, rows);
        }
    }

    /// A name whose rows or items are only known by it. An action of a module may have the name of an input, whose size
    /// is what a caller gives.
    fn bind_named(&mut self, step: &Step, name: &Arc<str>, of: Type) {
        let is_input = |name: &str| self.plan.inputs.iter().any(|input| *input.name == *name);
        if is_many(&of) && is_input(name) {
            let most = Polynomial::size(format!("items({})", step.name));
            self.sizes.bind_rows(name.clone(), of, most);
        } else {
            self.sizes.bind(name.clone(), of);
        }
    }

    /// The columns by which no two rows of a read are alike.
    fn keys_of(&self, work: &Work) -> Keys {
        let Work::Query { query, .. } = work else {
            return Keys::new();
        };
        let declared = self.plan.queries.get(query);
        let keyed = declared.and_then(|query| {
            let shape = self.shapes.of_query(&query.connection, &query.sql)?;
            let named = |place: &usize| Some(query.row.fields.get(*place)?.name.clone());
            let keys = shape.keys.iter();
            Some(
                keys.filter_map(|key| key.iter().map(named).collect())
                    .collect(),
            )
        });
        keyed.unwrap_or_default()
    }

    /// The most rows that a read gives.
    fn read(&self, work: &Work) -> Option<Polynomial> {
        let size = |name: &str| Polynomial::size(format!("rows({name})"));
        let taken = |take: &Option<Expression>, name: &str| match take {
            Some(Expression::Constant(Value::Integer(count))) => Polynomial::known(*count),
            _ => size(name),
        };
        Some(match work {
            Work::Query { query, .. } => {
                let declared = self.plan.queries.get(query);
                let stated = declared.and_then(|query| query.at_most);
                // What `limit` says, or an aggregate without groups.
                let proved = declared
                    .and_then(|query| self.shapes.of_query(&query.connection, &query.sql))
                    .and_then(|shape| shape.limit);
                let bound = [stated, proved].into_iter().flatten().min();
                bound.map_or_else(|| size(query), Polynomial::known)
            }
            Work::Distinct {
                connection,
                table,
                column,
            } => size(&format!("{connection}.{table}.{column}")),
            Work::Search {
                knowledge, take, ..
            } => taken(take, knowledge),
            Work::FindMetrics { take, .. } => taken(take, "metrics"),
            Work::Metric {
                metric,
                reading: MetricReading::Over { .. },
            } => size(metric),
            _ => return None,
        })
    }
}

impl Visit for Cost<'_> {
    fn begin_step(&mut self, _step: Seen<'_>) {
        self.frames.push(Frame::default());
    }

    fn begin_block(&mut self, step: Seen<'_>, block: usize) {
        if let Some(frame) = self.frames.last_mut()
            && frame.outside.is_none()
        {
            frame.outside = Some(self.sizes.clone());
        }
        match &step.kind {
            StepKind::ForEach { item, source, .. } if block == 0 => {
                let of = (self.sizes.type_of(source)).and_then(|source| item_of(&source));
                self.bind_named(&step, item, of.unwrap_or(Type::Unknown));
            }
            StepKind::Action { arguments, .. } if block == 0 => {
                for (name, value) in arguments {
                    let of = self.sizes.type_of(value).unwrap_or(Type::Unknown);
                    self.sizes.bind_value(name.clone(), of, value);
                }
            }
            StepKind::Wait(Wait::First(branches)) => {
                if let Some(Until::Event(EventPattern {
                    binding: Some(name),
                    of,
                    ..
                })) = branches.get(block).map(|branch| &branch.until)
                {
                    self.bind_named(&step, name, of.clone());
                }
            }
            _ => {}
        }
    }

    fn end_block(&mut self, step: Seen<'_>, _block: usize) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        let done = std::mem::take(&mut frame.current);
        frame.blocks.push(done);
        // What `together` binds can be used after it.
        if !matches!(step.kind, StepKind::Together { .. })
            && let Some(outside) = &frame.outside
        {
            self.sizes.clone_from(outside);
        }
    }

    fn end_step(&mut self, step: Seen<'_>) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        let whole = self.whole(step, frame.blocks);
        self.bind(&step, &whole);
        let mut whole = whole;
        if matches!(step.kind, StepKind::ForEach { .. }) {
            // What the items yield is the loop's own result.
            whole.yields = Polynomial::zero();
        }
        if let Some(counting) = self.counting() {
            counting.add(whole);
        }
    }
}
