//! What is drawn of a plan, before anybody decides how: boxes, boxes inside boxes, and arrows.

use std::collections::BTreeMap;
use std::sync::Arc;

use petgraph::algo::toposort;
use petgraph::stable_graph::NodeIndex;

use crate::plan::Plan;
use crate::step::{
    Block, Edge, EndKind, Joining, Origin, Otherwise, Pattern, Policy, Step, StepKind, Until, Wait,
    Work,
};

/// A whole plan.
pub(super) struct Drawing {
    /// The playbook.
    pub title: String,
    /// One or two sentences that say what the picture shows.
    pub description: String,
    /// The steps, and what runs after a failure.
    pub groups: Vec<Group>,
}

/// Boxes and the arrows between them.
pub(super) struct Group {
    /// A name that is unique in the drawing and safe in every notation.
    pub id: String,
    /// What the group is, where it stands beside another one.
    pub title: Option<String>,
    /// The boxes in the order written.
    pub nodes: Vec<Node>,
    /// The arrows between places in `nodes`, sorted.
    pub arrows: Vec<Arrow>,
}

/// An arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrow {
    pub from: usize,
    pub to: usize,
    pub edge: Edge,
}

/// A box.
pub(super) struct Node {
    /// A name that is unique in the drawing and safe in every notation.
    pub id: String,
    /// The step.
    pub title: String,
    /// What kind of step, and its modifiers: `effect · at most once · line 62`.
    pub detail: String,
    /// The step's documentation.
    pub documentation: Option<Arc<str>>,
    /// Where it is written.
    pub origin: Origin,
    /// The module in whose file stands what is inside, where that is another file.
    pub module: Option<Arc<str>>,
    pub look: Look,
    /// The row it stands in: the longest way to it from a step that waits for nothing.
    pub layer: usize,
    /// What happens inside it.
    pub inside: Vec<Group>,
}

/// How a box looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Reads or calculates.
    Quiet,
    /// Changes the world.
    Effect,
    /// Holds other steps.
    Container,
    /// May end the run or the item.
    End,
}

impl Look {
    /// The name of the look in a style sheet: `effect`.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Effect => "effect",
            Self::Container => "container",
            Self::End => "end",
        }
    }
}

impl Drawing {
    pub(super) fn of(plan: &Plan) -> Self {
        let mut names = Names::default();
        let mut groups = vec![group(&plan.body, None, &mut names)];
        if let Some((_, block)) = &plan.on_failure {
            groups.push(group(block, Some("on failure"), &mut names));
        }
        Self {
            title: format!("Plan of {}", plan.playbook),
            description: describe(plan),
            groups,
        }
    }
}

fn describe(plan: &Plan) -> String {
    let steps = plan.steps();
    let effects: Vec<&str> = steps
        .iter()
        .filter(|step| matches!(&step.kind, StepKind::Work(work) if work.is_effect()))
        .map(|step| &*step.name)
        .collect();
    let count = match steps.len() {
        1 => "1 step".to_owned(),
        many => format!("{many} steps"),
    };
    match effects.as_slice() {
        [] => format!("{count}, none of which changes the world."),
        effects => format!("{count}. These change the world: {}.", effects.join(", ")),
    }
}

/// Hands out names: `s1`, `s2`, ….
#[derive(Default)]
struct Names(usize);

impl Names {
    fn next(&mut self) -> String {
        self.0 += 1;
        format!("s{}", self.0)
    }
}

fn group(block: &Block, title: Option<&str>, names: &mut Names) -> Group {
    let id = names.next();
    let layers = layers(block);
    let places: BTreeMap<NodeIndex, usize> = block
        .steps()
        .enumerate()
        .map(|(place, (index, _))| (index, place))
        .collect();
    let nodes = block
        .steps()
        .map(|(index, step)| node(step, layers.get(&index).copied().unwrap_or(0), names))
        .collect();
    let arrows = block
        .edges()
        .into_iter()
        .filter_map(|(from, to, edge)| {
            Some(Arrow {
                from: *places.get(&from)?,
                to: *places.get(&to)?,
                edge,
            })
        })
        .collect();
    Group {
        id,
        title: title.map(ToOwned::to_owned),
        nodes,
        arrows: quietened(arrows),
    }
}

/// Where data flows between two steps, that they also keep an order is no news.
fn quietened(mut arrows: Vec<Arrow>) -> Vec<Arrow> {
    arrows.sort_unstable();
    arrows.dedup_by(|later, earlier| (later.from, later.to) == (earlier.from, earlier.to));
    arrows
}

/// The longest way to each step. A block with a cycle, which no checked plan has, is drawn in one row.
fn layers(block: &Block) -> BTreeMap<NodeIndex, usize> {
    let mut layers = BTreeMap::new();
    for index in toposort(&block.graph, None).unwrap_or_default() {
        let layer = block
            .predecessors(index)
            .iter()
            .filter_map(|before| layers.get(before))
            .max()
            .map_or(0, |before| before + 1);
        layers.insert(index, layer);
    }
    layers
}

fn node(step: &Step, layer: usize, names: &mut Names) -> Node {
    let id = names.next();
    let (title, kind, look) = words(step);
    let mut inside = match &step.kind {
        StepKind::Branch {
            then, otherwise, ..
        } => {
            let mut sides = vec![group(then, Some("then"), names)];
            if !otherwise.is_empty() {
                sides.push(group(otherwise, Some("else"), names));
            }
            sides
        }
        StepKind::Match {
            arms, otherwise, ..
        } => {
            let mut sides: Vec<Group> = (arms.iter())
                .map(|arm| group(&arm.body, Some(&patterns(&arm.patterns)), names))
                .collect();
            sides.extend(
                otherwise
                    .iter()
                    .map(|block| group(block, Some("else"), names)),
            );
            sides
        }
        StepKind::ForEach { body, .. }
        | StepKind::Repeat { body, .. }
        | StepKind::Together { body }
        | StepKind::Action { body, .. } => vec![group(body, None, names)],
        StepKind::Try {
            body, otherwise, ..
        } => vec![
            group(body, Some("try"), names),
            group(otherwise, Some("otherwise"), names),
        ],
        StepKind::Wait(Wait::First(branches)) => (branches.iter())
            .map(|branch| group(&branch.body, Some(until(&branch.until)), names))
            .collect(),
        StepKind::Work(_)
        | StepKind::Ask(_)
        | StepKind::Wait(_)
        | StepKind::Armed { .. }
        | StepKind::End { .. }
        | StepKind::Return { .. }
        | StepKind::Yield { .. } => Vec::new(),
    };
    if let Some(Otherwise::Block(block)) = &step.policy.otherwise {
        inside.push(group(block, Some("otherwise"), names));
    }
    let mut details = vec![kind];
    details.extend(modifiers(&step.policy));
    if step.origin.line > 0 {
        details.push(format!("line {}", step.origin.line));
    }
    Node {
        id,
        title,
        detail: details.join(" · "),
        documentation: step.documentation.clone(),
        origin: step.origin,
        module: module_inside(&step.kind),
        look,
        layer,
        inside,
    }
}

/// A step's title, its kind in words, and its look.
fn words(step: &Step) -> (String, String, Look) {
    let label = step.label.to_string();
    match &step.kind {
        StepKind::Work(work) => match work {
            Work::Query { query, .. } => (named(&label, query), "query".into(), Look::Quiet),
            Work::Predictor { predictor } => {
                (named(&label, predictor), "predictor".into(), Look::Quiet)
            }
            Work::Compute { .. } => (label, "calculation".into(), Look::Quiet),
            Work::Model { model, .. } => (named(&label, model), "model call".into(), Look::Quiet),
            Work::Tool {
                tool,
                call,
                effect: true,
                ..
            } => (format!("do {tool}.{call}"), "effect".into(), Look::Effect),
            Work::Tool { tool, call, .. } => (
                named(&label, &format!("{tool}.{call}")),
                "read".into(),
                Look::Quiet,
            ),
            Work::Command { command, .. } => {
                (format!("do {command}"), "effect".into(), Look::Effect)
            }
            Work::Record {
                connection, table, ..
            } => (
                format!("record into {connection}.{table}"),
                "effect".into(),
                Look::Effect,
            ),
            Work::Emit { event, .. } => (format!("emit {event}"), "effect".into(), Look::Effect),
            Work::Set { state, .. } => (format!("set {state}"), "effect".into(), Look::Effect),
            Work::Playbook {
                playbook, joining, ..
            } => {
                let word = match joining {
                    Joining::Waits => "run",
                    Joining::GoesOn => "start",
                };
                (format!("{word} {playbook}"), "effect".into(), Look::Effect)
            }
            Work::State { .. }
            | Work::Metric { .. }
            | Work::Distinct { .. }
            | Work::Search { .. }
            | Work::FindMetrics { .. }
            | Work::ReadFile { .. } => (label, "read".into(), Look::Quiet),
        },
        StepKind::ForEach {
            item,
            at_a_time,
            keep_going,
            ..
        } => {
            let mut kind = vec!["loop".to_owned()];
            if *at_a_time > 1 {
                kind.push(format!("{at_a_time} at a time"));
            }
            if *keep_going {
                kind.push("keep going".to_owned());
            }
            (
                format!("for each {item}"),
                kind.join(" · "),
                Look::Container,
            )
        }
        StepKind::Branch { .. } | StepKind::Match { .. } => {
            (label, "branch".into(), Look::Container)
        }
        StepKind::Repeat { .. } => (label, "loop".into(), Look::Container),
        StepKind::Together { .. } => (label, "in any order".into(), Look::Container),
        StepKind::Try { .. } => (label, "may fail".into(), Look::Container),
        StepKind::Action { action, .. } => {
            (format!("do {action}"), "action".into(), Look::Container)
        }
        StepKind::Ask(_) => (label, "a person is asked".into(), Look::Quiet),
        StepKind::Wait(Wait::First(_)) => (label, "waits".into(), Look::Container),
        StepKind::Wait(_) => (label, "waits".into(), Look::Quiet),
        StepKind::Return { .. } => ("return".into(), "gives the result".into(), Look::End),
        StepKind::Yield { .. } => ("yield".into(), "gives an item".into(), Look::Quiet),
        StepKind::Armed { event, .. } => (
            format!("stop on {}", event.event),
            "from here on".into(),
            Look::End,
        ),
        StepKind::End { kind, when, .. } => {
            let word = match kind {
                EndKind::Stop => "stop",
                EndKind::Fail => "fail",
                EndKind::Skip => "skip",
            };
            let kind = if when.is_some() {
                "ends when its condition holds"
            } else {
                "ends here"
            };
            (word.into(), kind.into(), Look::End)
        }
    }
}

/// The module whose file holds what stands inside a step.
fn module_inside(kind: &StepKind) -> Option<Arc<str>> {
    match kind {
        StepKind::Action { action, .. } => {
            let (module, _) = action.split_once('.')?;
            Some(Arc::from(module))
        }
        _ => None,
    }
}

/// What an arm of a `match` fits.
fn patterns(patterns: &[Pattern]) -> String {
    let shown: Vec<String> = (patterns.iter())
        .map(|pattern| match pattern {
            Pattern::Value(value) => crate::show::show(value, &jiff::tz::TimeZone::UTC),
            Pattern::Range { from, to } => format!("{from}..{to}"),
        })
        .collect();
    shown.join(" | ")
}

fn until(until: &Until) -> &str {
    match until {
        Until::Event(pattern) => &pattern.event,
        Until::After(_) => "after some time",
    }
}

/// `customers`, or `recent = customers` where the step has a name of its own.
fn named(label: &str, what: &str) -> String {
    if label == what {
        label.to_owned()
    } else {
        format!("{label} = {what}")
    }
}

fn modifiers(policy: &Policy) -> Vec<String> {
    let mut words = Vec::new();
    if policy.at_most_once.is_some() {
        words.push("at most once".to_owned());
    }
    if let Some(retry) = policy.retry {
        words.push(format!("retry {}", retry.times));
    }
    if policy.timeout_ms.is_some() {
        words.push("timeout".to_owned());
    }
    words
}
