//! A plan laid out for running: every block by number, every step with those it waits for.
//!
//! Kept true here: it is made from the plan alone; a plan that could not be run is refused here, before
//! a run exists.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::tz::TimeZone;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::step::{Otherwise, Policy, Retry, Undo, Unsure, Wait};
use sophia_plan::{Block, Plan, Record, Step, StepKind, Type};

use super::ask::Question;
use super::state::RunState;
use super::waiting::patterns;

/// A plan, ready to be run.
#[derive(Debug)]
pub struct Layout {
    pub(crate) plan: Arc<Plan>,
    pub(crate) zone: TimeZone,
    pub(crate) blocks: Vec<BlockLayout>,
    pub(crate) body: usize,
    pub(crate) on_failure: Option<usize>,
    /// Whether any action may be tried again.
    pub(crate) tries_actions: bool,
    /// The events that any step waits for.
    events: BTreeSet<Arc<str>>,
}

/// A step that waits for time, events or people, or for its next round.
#[derive(Clone, Debug)]
pub struct WaitingStep<'a> {
    /// Its key.
    pub key: Arc<str>,
    /// Its label.
    pub label: Arc<str>,
    /// Its line.
    pub line: u32,
    /// When the wait is over by itself.
    pub until: Option<jiff::Timestamp>,
    /// The events that end it.
    pub events: Vec<String>,
    /// What people are asked.
    pub question: Option<&'a Question>,
    /// For a `repeat`, the round after which it pauses, from 1.
    pub round: Option<u32>,
}

#[derive(Debug, Default)]
pub(crate) struct BlockLayout {
    pub(crate) nodes: Vec<NodeLayout>,
}

#[derive(Debug)]
pub(crate) struct NodeLayout {
    pub(crate) step: Arc<Step>,
    /// The step's name inside its nearest loop.
    pub(crate) local: Arc<str>,
    /// The steps of the block that it waits for.
    pub(crate) before: Vec<usize>,
    /// The blocks of its kind, in the order in which [`sophia_plan::StepKind`] names them: the body of a
    /// loop; `then` and `else`; the arms of a `match` and, last, its `else`; the ways of a `wait for first`.
    pub(crate) children: Vec<usize>,
    /// The block of the modifier `otherwise`.
    pub(crate) otherwise: Option<usize>,
    /// A block of one step: what takes this effect back.
    pub(crate) undo: Option<usize>,
}

impl Layout {
    /// Lays a plan out.
    ///
    /// # Errors
    /// S984 when the plan cannot be run, see [`Plan::validate`]; S968 when its zone does not exist.
    pub fn of(plan: &Arc<Plan>) -> Result<Self, Problem> {
        plan.validate()?;
        let zone = TimeZone::get(&plan.zone).map_err(|error| {
            Problem::new(
                codes::S968,
                format!(
                    "The zone `{}` of `{}` does not exist.",
                    plan.zone, plan.playbook
                ),
            )
            .because(error)
            .with_help("deploy the playbook again with a zone such as `America/Chicago`")
        })?;
        let mut layout = Self {
            zone,
            blocks: Vec::new(),
            body: 0,
            on_failure: None,
            tries_actions: false,
            events: BTreeSet::new(),
            plan: plan.clone(),
        };
        layout.body = layout.block(&plan.body, "")?;
        if let Some((_, block)) = &plan.on_failure {
            layout.on_failure = Some(layout.block(block, "")?);
        }
        let nodes = layout.blocks.iter().flat_map(|block| &block.nodes);
        layout.tries_actions = nodes.clone().any(|node| {
            matches!(node.step.kind, StepKind::Action { .. }) && node.step.policy.retry.is_some()
        });
        layout.events = nodes
            .flat_map(patterns)
            .map(|(_, pattern)| pattern.event.clone())
            .collect();
        Ok(layout)
    }

    /// The events that any step waits for.
    #[must_use]
    pub fn events(&self) -> &BTreeSet<Arc<str>> {
        &self.events
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The label of a step that is under way.
    #[must_use]
    pub fn label(&self, state: &RunState, key: &str) -> Option<Arc<str>> {
        Some(self.node(state, key)?.step.label.clone())
    }

    /// The zone of dates and times.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The steps that wait for time, events or people, in the order of their keys; then those that wait for
    /// their next round.
    #[must_use]
    pub fn waiting<'a>(&self, state: &'a RunState) -> Vec<WaitingStep<'a>> {
        let steps = state.waiting().filter_map(|(key, waiting)| {
            let node = self.node(state, key)?;
            Some(WaitingStep {
                key: key.clone(),
                label: node.step.label.clone(),
                line: node.step.origin.line,
                until: waiting.until(),
                events: patterns(node)
                    .into_iter()
                    .map(|(_, pattern)| pattern.event.to_string())
                    .collect(),
                question: state.question(key),
                round: None,
            })
        });
        let rounds = state.between_rounds().filter_map(|(key, round, next)| {
            let step = &self.node(state, key)?.step;
            Some(WaitingStep {
                key: key.clone(),
                label: step.label.clone(),
                line: step.origin.line,
                until: Some(next),
                events: Vec::new(),
                question: None,
                round: Some(round),
            })
        });
        steps.chain(rounds).collect()
    }

    /// A step that is under way.
    fn node(&self, state: &RunState, key: &str) -> Option<&NodeLayout> {
        let place = state.under_way.get(key)?;
        let block = self.blocks.get(state.frames.get(&place.frame)?.block)?;
        block.nodes.get(place.node)
    }

    /// The inputs with the plan's defaults filled in, in the plan's order. What a trigger brings besides
    /// is added by [`Layout::begins_with`].
    ///
    /// # Errors
    /// S964 when a required one is missing, or one is given that the playbook does not have.
    pub fn inputs(&self, given: &Record) -> Result<Record, Problem> {
        let names = || {
            let names: Vec<_> = self
                .plan
                .inputs
                .iter()
                .map(|input| format!("`{}`", input.name))
                .collect();
            if names.is_empty() {
                "it has no inputs".to_owned()
            } else {
                format!("its inputs are {}", names.join(", "))
            }
        };
        if let Some((name, _)) = given
            .fields
            .iter()
            .find(|(name, _)| self.plan.inputs.iter().all(|input| input.name != *name))
        {
            return Err(Problem::new(
                codes::S964,
                format!("`{}` has no input `{name}`.", self.plan.playbook),
            )
            .with_help(names()));
        }
        let mut fields = Vec::new();
        for input in &self.plan.inputs {
            match given.get(&input.name).or(input.default.as_ref()) {
                Some(value) => fields.push((input.name.clone(), value.clone())),
                None if input.of.is_optional() => {
                    fields.push((input.name.clone(), sophia_plan::Value::None));
                }
                None => {
                    return Err(Problem::new(
                        codes::S964,
                        format!("`{}` needs the input `{}`.", self.plan.playbook, input.name),
                    )
                    .with_help(format!("give it a value of type {}", input.of)));
                }
            }
        }
        Ok(Record { fields })
    }

    /// Lays out one block, with the name of the loop that it stands in.
    fn block(&mut self, block: &Block, around: &str) -> Result<usize, Problem> {
        let place: HashMap<_, _> = block
            .graph
            .node_indices()
            .enumerate()
            .map(|(place, index)| (index, place))
            .collect();
        let mut before = vec![Vec::new(); place.len()];
        for edge in block.graph.edge_indices() {
            let ends = block
                .graph
                .edge_endpoints(edge)
                .and_then(|(from, to)| Some((*place.get(&from)?, *place.get(&to)?)));
            if let Some((from, to)) = ends {
                before[to].push(from);
            }
        }
        for waits in &mut before {
            waits.sort_unstable();
            waits.dedup();
        }
        let number = self.blocks.len();
        self.blocks.push(BlockLayout::default());
        let mut nodes = Vec::new();
        for (step, before) in block.graph.node_weights().zip(before) {
            let mut children = Vec::new();
            for (block, around) in inner_blocks(step, around) {
                children.push(self.block(block, around)?);
            }
            let otherwise = match &step.policy.otherwise {
                Some(Otherwise::Block(block)) => Some(self.block(block, around)?),
                _ => None,
            };
            let undo = match &step.policy.undo {
                Some(undo) => Some(self.block(&taking_back(step, undo), around)?),
                None => None,
            };
            let local = step
                .name
                .strip_prefix(around)
                .and_then(|rest| rest.strip_prefix('/'))
                .unwrap_or(&step.name);
            nodes.push(NodeLayout {
                local: local.into(),
                step: Arc::new(step.clone()),
                before,
                children,
                otherwise,
                undo,
            });
        }
        self.blocks[number].nodes = nodes;
        Ok(number)
    }
}

/// The blocks that a step holds, each with the name of the loop that its steps stand in.
fn inner_blocks<'a>(step: &'a Step, around: &'a str) -> Vec<(&'a Block, &'a str)> {
    match &step.kind {
        StepKind::ForEach { body, .. } | StepKind::Repeat { body, .. } => vec![(body, &step.name)],
        StepKind::Branch {
            then, otherwise, ..
        } => vec![(then, around), (otherwise, around)],
        StepKind::Match {
            arms, otherwise, ..
        } => arms
            .iter()
            .map(|arm| &arm.body)
            .chain(otherwise)
            .map(|block| (block, around))
            .collect(),
        StepKind::Together { body } | StepKind::Action { body, .. } => vec![(body, around)],
        StepKind::Try {
            body, otherwise, ..
        } => vec![(body, around), (otherwise, around)],
        StepKind::Wait(Wait::First(ways)) => ways.iter().map(|way| (&way.body, around)).collect(),
        StepKind::Work(_)
        | StepKind::Ask(_)
        | StepKind::Wait(_)
        | StepKind::Armed { .. }
        | StepKind::End { .. }
        | StepKind::Return { .. }
        | StepKind::Yield { .. } => Vec::new(),
    }
}

/// What takes an effect back, as a step of its own: it is tried a few times, and then left.
fn taking_back(step: &Step, undo: &Undo) -> Block {
    let mut block = Block::default();
    block.add(Step {
        name: format!("{}/undo", step.name).into(),
        label: format!("undo {}", step.label).into(),
        documentation: None,
        origin: step.origin,
        kind: StepKind::Work(undo.work.clone()),
        binds: None,
        result: Type::Unknown,
        policy: Policy {
            retry: Some(UNDO_RETRY),
            timeout_ms: step.policy.timeout_ms,
            // Asking a person would hold up whatever else is to be taken back.
            unsure: Unsure::Skip,
            ..Policy::default()
        },
    });
    block
}

/// How often taking an effect back is tried, and over what time.
const UNDO_RETRY: Retry = Retry {
    times: 5,
    over_ms: 600_000,
};
