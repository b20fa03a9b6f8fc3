//! The ways through a plan as a graph: which step can follow which, and what holds on the way.
//!
//! Kept true here: every way that a run can take is in the graph; an edge goes to a later node, except
//! those back to the head of a loop; an approval is a node of its own that only a yes passes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use petgraph::graph::{DiGraph, NodeIndex};
use sophia_plan::expression::Expression;
use sophia_plan::step::{
    Ask, EndKind, EventPattern, Otherwise, Question, Step, StepKind, Until, Wait, Work,
};
use sophia_plan::types::Type;
use sophia_plan::value::Value;

use super::condition::Condition;
use super::names::Names;
use super::node::{Effect, Node, NodeKind, Way};
use crate::facts::Lowered;
use crate::facts::cost::effect_name;
use crate::facts::visit::{Seen, Stand, Visit};

/// The graph, and how far it is built.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) graph: DiGraph<Node, Way>,
    /// Where the walk is; nowhere where everything has ended.
    at: Option<NodeIndex>,
    names: Names,
    /// What the SQL of each query says of its rows.
    passed: BTreeMap<Arc<str>, Vec<Condition>>,
    /// What each model makes sure of its reply, where nothing else takes a reply's place.
    ensured: BTreeMap<Arc<str>, Vec<Expression>>,
    scopes: usize,
    /// The answers that can be asked for later: their names, and who gives them.
    answers: Vec<(Arc<str>, Vec<Arc<str>>)>,
    frames: Vec<Frame>,
}

/// A step with blocks while it is looked at.
#[derive(Debug)]
struct Frame {
    /// Its node.
    node: NodeIndex,
    /// The ends of its blocks, and other ways past them.
    exits: Vec<NodeIndex>,
    /// The names outside, where it has blocks.
    names: Option<Names>,
    /// The conditions of the arms before, for a `match`.
    before: Vec<Condition>,
    /// The number of nodes before its first block.
    first: usize,
    kind: FrameKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FrameKind {
    Loop,
    Action,
    Other,
}

impl Flow {
    pub(crate) fn new(lowered: Lowered<'_>) -> Self {
        let plan = lowered.plan;
        let mut graph = DiGraph::new();
        let start = graph.add_node(Node {
            kind: NodeKind::Start,
            step: Arc::from(""),
            stand: Stand::default(),
            binds: None,
        });
        let mut names = Names::default();
        for input in &plan.inputs {
            names.bind(&input.name, input.of.clone());
        }
        for trigger in &plan.triggers {
            if let Some(name) = &trigger.binding {
                names.bind(name, trigger.of.clone());
            }
        }
        Self {
            graph,
            at: Some(start),
            names,
            passed: (plan.queries.iter())
                .filter_map(|(name, query)| {
                    let shape = lowered.shapes.of_query(&query.connection, &query.sql)?;
                    let of_kept = |kept| Condition::of_kept(kept, &query.row);
                    Some((
                        name.clone(),
                        shape.kept.iter().filter_map(of_kept).collect(),
                    ))
                })
                .collect(),
            ensured: (plan.models.iter())
                .filter(|(_, model)| model.otherwise.is_none() && !model.ensure.is_empty())
                .map(|(name, model)| (name.clone(), model.ensure.clone()))
                .collect(),
            scopes: 0,
            answers: Vec::new(),
            frames: Vec::new(),
        }
    }

    /// The nodes of steps, in the order of the plan.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (NodeIndex, &Node)> {
        self.graph
            .node_indices()
            .filter_map(|index| Some((index, self.graph.node_weight(index)?)))
    }

    fn add(&mut self, step: Seen<'_>, kind: NodeKind) -> NodeIndex {
        self.graph.add_node(Node {
            kind,
            step: step.name.clone(),
            stand: step.stand(),
            binds: None,
        })
    }

    /// A way from where the walk is, and the walk goes there.
    fn go(&mut self, to: NodeIndex, way: Way) {
        if let Some(at) = self.at {
            self.graph.add_edge(at, to, way);
        }
        self.at = Some(to);
    }

    /// Goes on from a place on which a condition came out in one way.
    fn decide(&mut self, step: Seen<'_>, from: NodeIndex, condition: Condition, held: bool) {
        let approvals = condition.approvals(held);
        let join = self.add(step, NodeKind::Join);
        let way = Way {
            decided: Some((condition, held)),
            back: false,
        };
        self.graph.add_edge(from, join, way);
        self.at = Some(join);
        for answer in approvals {
            let groups = (self.answers.iter().rev())
                .find(|(name, _)| *name == answer)
                .map(|(_, groups)| groups.clone());
            if let Some(groups) = groups {
                let node = self.add(step, NodeKind::Approved { groups });
                self.go(node, Way::default());
            }
        }
    }

    /// Ends the way here with an edge back to the head of the loop around.
    fn leave_item(&mut self) {
        let head = (self.frames.iter().rev())
            .find(|frame| frame.kind == FrameKind::Loop)
            .map(|frame| frame.node);
        if let (Some(at), Some(head)) = (self.at, head) {
            let way = Way {
                decided: None,
                back: true,
            };
            self.graph.add_edge(at, head, way);
        }
        self.at = None;
    }

    /// Ends the way here as an end of that kind does.
    fn leave(&mut self, kind: EndKind) {
        match kind {
            EndKind::Skip => self.leave_item(),
            EndKind::Stop | EndKind::Fail => self.at = None,
        }
    }

    fn bind(&mut self, step: &Step, node: NodeIndex) {
        let Some(name) = &step.binds else { return };
        let root = match &step.kind {
            StepKind::Work(Work::Compute { expression }) if step.policy.otherwise.is_none() => {
                self.names.bind_value(name, expression, step.result.clone())
            }
            StepKind::Work(Work::Query { query, .. }) if step.policy.otherwise.is_none() => {
                let passed = self.passed.get(query).cloned().unwrap_or_default();
                self.names.bind_rows(name, step.result.clone(), passed)
            }
            StepKind::Ask(ask) if matches!(ask.question, Question::Approve { .. }) => {
                self.answers.push((name.clone(), asked(step, ask)));
                let root = self.names.bind(name, step.result.clone());
                // Where nobody answered in time the way ends, so behind it there is an answer.
                if matches!(step.policy.otherwise, None | Some(Otherwise::End { .. })) {
                    self.names.bind_answer(name);
                }
                root
            }
            _ => self.names.bind(name, step.result.clone()),
        };
        if let Some(node) = self.graph.node_weight_mut(node) {
            node.binds = Some(root);
        }
    }

    /// Goes on with what a model makes sure of the reply that a step binds.
    fn ensure(&mut self, step: Seen<'_>) {
        let (StepKind::Work(Work::Model { model, .. }), Some(name), Some(at)) =
            (&step.kind, &step.binds, self.at)
        else {
            return;
        };
        let Some(ensured) = self
            .ensured
            .get(model)
            .filter(|_| step.policy.otherwise.is_none())
        else {
            return;
        };
        // Its clauses speak of the reply's fields by their names alone.
        let reply = || Box::new(Expression::Name(name.clone()));
        let mut seen = vec![(Arc::from("result"), *reply())];
        if let Type::Record(record) = &step.result {
            seen.extend(record.fields.iter().map(|field| {
                let field = field.name.clone();
                let of_reply = Expression::Field {
                    of: reply(),
                    name: field.clone(),
                    optional: false,
                };
                (field, of_reply)
            }));
        }
        self.scopes += 1;
        let names = self.names.inside(&seen, self.scopes);
        let conditions: Vec<Condition> = (ensured.iter())
            .map(|clause| names.condition(clause))
            .filter(|condition| !condition.is_open() && !condition.is_constant())
            .collect();
        if !conditions.is_empty() {
            self.decide(step, at, Condition::And(conditions), true);
        }
    }

    fn effects(&self, step: &Step) -> Vec<Effect> {
        let StepKind::Work(work) = &step.kind else {
            return Vec::new();
        };
        let policy = &step.policy;
        let said = [
            ("undo", policy.undo.is_some()),
            ("retry", policy.retry.is_some()),
            ("timeout", policy.timeout_ms.is_some()),
            ("otherwise", policy.otherwise.is_some()),
        ];
        let has = said.into_iter().filter(|(_, is)| *is);
        let own = self.effect(work, has.map(|(word, _)| word).collect(), false);
        let undo = policy.undo.as_ref();
        let undoing = undo.and_then(|undo| self.effect(&undo.work, Vec::new(), true));
        own.into_iter().chain(undoing).collect()
    }

    fn effect(&self, work: &Work, has: Vec<&'static str>, undoes: bool) -> Option<Effect> {
        let name = effect_name(work)?;
        let arguments = match work {
            Work::Tool { arguments, .. } => arguments
                .iter()
                .map(|argument| (argument.name.clone(), self.names.term(&argument.value)))
                .collect(),
            Work::Command { arguments, .. } | Work::Playbook { arguments, .. } => arguments
                .iter()
                .map(|(name, value)| (name.clone(), self.names.term(value)))
                .collect(),
            _ => Vec::new(),
        };
        Some(Effect {
            name,
            arguments,
            has,
            undoes,
        })
    }

    /// The condition that a step looks at.
    fn condition(&self, step: &Step) -> Option<Condition> {
        match &step.kind {
            StepKind::Branch { condition, .. } => Some(self.names.condition(condition)),
            StepKind::End {
                when: Some(when), ..
            } => Some(self.names.condition(when)),
            _ => None,
        }
    }
}

impl Visit for Flow {
    fn begin_step(&mut self, step: Seen<'_>) {
        let effects = self.effects(&step);
        let condition = self.condition(&step);
        let cases = match &step.kind {
            StepKind::Match { value, arms, .. } => (arms.iter())
                .map(|arm| self.names.fits(value, &arm.patterns))
                .collect(),
            _ => Vec::new(),
        };
        let kind = NodeKind::Step {
            effects,
            condition,
            cases,
        };
        let node = self.add(step, kind);
        self.go(node, Way::default());
        let kind = match &step.kind {
            StepKind::ForEach { .. } => FrameKind::Loop,
            StepKind::Action { .. } => FrameKind::Action,
            _ => FrameKind::Other,
        };
        self.frames.push(Frame {
            node,
            exits: Vec::new(),
            names: None,
            before: Vec::new(),
            first: self.graph.node_count(),
            kind,
        });
    }

    fn begin_block(&mut self, step: Seen<'_>, block: usize) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        if frame.names.is_none() {
            frame.names = Some(self.names.clone());
        }
        let frame = &*frame;
        let node = frame.node;
        let first = frame.first;
        self.at = Some(node);
        let last = step.blocks().len().saturating_sub(1);
        if block == last && matches!(step.policy.otherwise, Some(Otherwise::Block(_))) {
            return;
        }
        match &step.kind {
            StepKind::Branch { condition, .. } => {
                let condition = self.names.condition(condition);
                self.decide(step, node, condition, block == 0);
            }
            StepKind::Match { value, arms, .. } => {
                let earlier = frame.before.clone();
                match arms.get(block) {
                    Some(arm) => {
                        let fits = self.names.fits(value, &arm.patterns);
                        if let Some(frame) = self.frames.last_mut() {
                            frame.before.push(fits.clone());
                        }
                        let none_before = Condition::Not(Box::new(Condition::Or(earlier)));
                        let here = Condition::And(vec![none_before, fits]);
                        self.decide(step, node, here, true);
                    }
                    None => self.decide(step, node, Condition::Or(earlier), false),
                }
            }
            StepKind::ForEach { item, source, .. } => {
                let rows = self.names.rows(source);
                let root = self.names.bind(item, rows.each);
                let join = self.add(step, NodeKind::Join);
                if let Some(join) = self.graph.node_weight_mut(join) {
                    join.binds = Some(root.clone());
                }
                self.go(join, Way::default());
                if !rows.passed.is_empty() {
                    let passed = (rows.passed.into_iter()).map(|passed| passed.of_item(&root));
                    self.decide(step, join, Condition::And(passed.collect()), true);
                }
            }
            StepKind::Action { arguments, .. } => {
                self.scopes += 1;
                self.names = self.names.inside(arguments, self.scopes);
            }
            StepKind::Try { failure, .. } if block == 1 => {
                if let Some(name) = failure {
                    self.names.bind(name, Type::Unknown);
                }
                // Any step of what is tried can fail.
                let join = self.add(step, NodeKind::Join);
                for index in (first..join.index()).map(NodeIndex::new) {
                    self.graph.add_edge(index, join, Way::default());
                }
                self.graph.add_edge(node, join, Way::default());
                self.at = Some(join);
            }
            StepKind::Wait(Wait::First(branches)) => {
                if let Some(Until::Event(EventPattern {
                    binding: Some(name),
                    of,
                    ..
                })) = branches.get(block).map(|branch| &branch.until)
                {
                    self.names.bind(name, of.clone());
                }
            }
            _ => {}
        }
    }

    fn end_block(&mut self, step: Seen<'_>, block: usize) {
        let last = step.blocks().len().saturating_sub(1);
        let otherwise = block == last && matches!(step.policy.otherwise, Some(Otherwise::Block(_)));
        match &step.kind {
            StepKind::ForEach { .. } if !otherwise => self.leave_item(),
            StepKind::Repeat { until, .. } if !otherwise => {
                if let (Some(at), Some(frame)) = (self.at, self.frames.last()) {
                    let back = Way {
                        decided: None,
                        back: true,
                    };
                    self.graph.add_edge(at, frame.node, back);
                    // It may also end because it went round as often as it may.
                    let ended = until.as_ref().map_or(Condition::Open, |until| {
                        Condition::Or(vec![self.names.condition(until), Condition::Open])
                    });
                    self.decide(step, at, ended, true);
                }
            }
            _ => {}
        }
        let at = self.at;
        if let Some(frame) = self.frames.last_mut() {
            frame.exits.extend(at);
            // What `together` binds can be used after it.
            if !matches!(step.kind, StepKind::Together { .. })
                && let Some(outside) = &frame.names
            {
                self.names.clone_from(outside);
            }
        }
    }

    fn end_step(&mut self, step: Seen<'_>) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        let node = frame.node;
        let mut exits = frame.exits;
        match &step.kind {
            StepKind::Branch { .. }
            | StepKind::Match { .. }
            | StepKind::Together { .. }
            | StepKind::Try { .. }
            | StepKind::Action { .. }
            | StepKind::Repeat { .. }
            | StepKind::Wait(Wait::First(_)) => {}
            StepKind::End { kind, when, .. } => {
                self.at = Some(node);
                self.leave(*kind);
                if let Some(when) = when {
                    let condition = self.names.condition(when);
                    self.decide(step, node, condition, false);
                    exits.extend(self.at);
                }
            }
            StepKind::Return { .. } => {
                let action =
                    (self.frames.iter_mut().rev()).find(|frame| frame.kind == FrameKind::Action);
                if let Some(action) = action {
                    action.exits.push(node);
                }
            }
            StepKind::Ask(ask) if step.binds.is_none() => {
                self.at = Some(node);
                if matches!(ask.question, Question::Approve { .. }) {
                    let groups = asked(&step, ask);
                    let approved = self.add(step, NodeKind::Approved { groups });
                    self.go(approved, Way::default());
                }
                exits.extend(self.at);
                if matches!(step.policy.otherwise, Some(Otherwise::Value(_))) {
                    exits.push(node);
                }
            }
            _ => exits.push(node),
        }
        if let Some(Otherwise::End {
            kind: EndKind::Skip,
            ..
        }) = &step.policy.otherwise
        {
            self.at = Some(node);
            self.leave_item();
        }
        self.at = match exits.as_slice() {
            [] => None,
            [one] => Some(*one),
            several => {
                let join = self.add(step, NodeKind::Join);
                for exit in several {
                    self.graph.add_edge(*exit, join, Way::default());
                }
                Some(join)
            }
        };
        self.bind(&step, node);
        self.ensure(step);
    }

    fn begin_failure(&mut self) {
        let join = self.graph.add_node(Node {
            kind: NodeKind::Join,
            step: Arc::from(""),
            stand: Stand::default(),
            binds: None,
        });
        for index in (0..join.index()).map(NodeIndex::new) {
            self.graph.add_edge(index, join, Way::default());
        }
        self.at = Some(join);
    }
}

/// Who can give an answer: the groups by their names, or nobody where one is only known in the run.
fn asked(step: &Step, ask: &Ask) -> Vec<Arc<str>> {
    let escalated = (step.policy.within.iter())
        .flat_map(|within| &within.then)
        .map(|escalation| &escalation.whom);
    let groups: Option<BTreeSet<Arc<str>>> = std::iter::once(&ask.whom)
        .chain(escalated)
        .map(|whom| match whom {
            Expression::Constant(Value::Text(group)) => Some(group.clone()),
            _ => None,
        })
        .collect();
    groups.map_or_else(Vec::new, |groups| groups.into_iter().collect())
}
