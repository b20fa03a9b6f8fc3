//! Whether every playbook keeps every rule, and where one does not, on which way.

use std::sync::Arc;

use sophia_diagnostics::{Code, Diagnostic, Related, codes};
use sophia_plan::plan::Plan;

use super::kinds;
use super::rule::{Demand, Rule, Subject, given};
use crate::facts::reach::{Effect, Flow, Node, NodeKind, States, states};
use crate::facts::{Facts, Mark, Stand};
use crate::places::Places;

/// A playbook and what is known of it.
pub(crate) struct Analysed<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) facts: &'a Facts,
    pub(crate) places: Places<'a>,
}

/// A policy, and whether it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub policy: Arc<str>,
    /// The file that it stands in.
    pub file: Arc<str>,
    /// Whether every playbook keeps it.
    pub verdict: Verdict,
}

/// Whether a policy is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every playbook keeps it.
    Holds,
    /// Nothing in any playbook is what it speaks of.
    Idle,
    /// Some playbook breaks it.
    Broken,
}

/// What came out for one rule over one playbook.
#[derive(Debug)]
pub(crate) struct Heard {
    /// Whether anything in it is what the rule speaks of.
    met: bool,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Judges one rule over one playbook.
pub(crate) fn hear(rule: &Rule, playbook: &Analysed<'_>) -> Heard {
    let mut court = Court {
        rule,
        met: false,
        diagnostics: Vec::new(),
    };
    court.judge(playbook);
    Heard {
        met: court.met,
        diagnostics: court.diagnostics,
    }
}

/// Whether every rule is kept, from what came out for each playbook, rule by rule. `complete` says whether
/// every playbook has a plan: only then can nothing be said to be nowhere.
pub(crate) fn standings(
    rules: &[Arc<Rule>],
    playbooks: &[&[Heard]],
    complete: bool,
) -> (Vec<Standing>, Vec<Diagnostic>) {
    let mut standings: Vec<Standing> = Vec::new();
    let mut diagnostics = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        let heard = || playbooks.iter().filter_map(|heard| heard.get(number));
        let broken = heard().any(|heard| !heard.diagnostics.is_empty());
        let verdict = match (broken, heard().any(|heard| heard.met)) {
            (true, _) => Verdict::Broken,
            (false, true) => Verdict::Holds,
            (false, false) => Verdict::Idle,
        };
        diagnostics.extend(heard().flat_map(|heard| heard.diagnostics.iter().cloned()));
        if verdict == Verdict::Idle && complete {
            diagnostics.push(idle(rule));
        }
        let same =
            |standing: &&mut Standing| standing.policy == rule.policy && standing.file == rule.file;
        match standings.iter_mut().find(same) {
            Some(standing) => standing.verdict = worse(standing.verdict, verdict),
            None => standings.push(Standing {
                policy: rule.policy.clone(),
                file: rule.file.clone(),
                verdict,
            }),
        }
    }
    (standings, diagnostics)
}

fn worse(one: Verdict, other: Verdict) -> Verdict {
    match (one, other) {
        (Verdict::Broken, _) | (_, Verdict::Broken) => Verdict::Broken,
        (Verdict::Holds, _) | (_, Verdict::Holds) => Verdict::Holds,
        (Verdict::Idle, Verdict::Idle) => Verdict::Idle,
    }
}

/// One rule while it is judged.
struct Court<'r> {
    rule: &'r Rule,
    /// Whether anything is what it speaks of.
    met: bool,
    diagnostics: Vec<Diagnostic>,
}

impl Court<'_> {
    fn judge(&mut self, playbook: &Analysed<'_>) {
        match &self.rule.demand {
            Demand::FollowsAsk { effect, groups, .. } => {
                self.follows(playbook, effect, groups);
            }
            Demand::EffectHas { effect, what, .. } => self.effect_has(playbook, effect, what),
            Demand::KindHas { kind, what } => self.kind_has(playbook, kind, what),
            Demand::NoFlow { label, destination } => self.no_flow(playbook, label, destination),
            Demand::AtMost { times, effect } => self.at_most(playbook, *times, effect),
        }
    }

    /// Every way to the effect passes an approval. Without the approvals it must be out of reach.
    fn follows(&mut self, playbook: &Analysed<'_>, subject: &Subject, groups: &[Arc<str>]) {
        let Some(flow) = &playbook.facts.run.flow else {
            return;
        };
        let approves = |node: &Node| match &node.kind {
            NodeKind::Approved { groups: asked } => {
                groups.is_empty()
                    || (!asked.is_empty() && asked.iter().all(|group| groups.contains(group)))
            }
            _ => false,
        };
        let mut without: Option<States> = None;
        for (index, node) in flow.nodes() {
            for effect in effects(playbook, node, subject) {
                self.met = true;
                let without = without.get_or_insert_with(|| states(flow, &approves));
                let Some(known) = without.at(index) else {
                    continue;
                };
                if self.exempt(effect, known) {
                    continue;
                }
                let asked = match groups {
                    [] => "an approved `ask`".to_owned(),
                    groups => format!("an approved `ask` to {}", listed(groups)),
                };
                let mut diagnostic = self.complaint(
                    codes::S814,
                    playbook,
                    &node.stand,
                    format!("`{}` can happen without {asked}.", effect.name),
                );
                let way = way(flow, &without.way_to(index));
                if way.is_empty() {
                    diagnostic = diagnostic.with_note("nothing stands between the start and here");
                }
                for (stand, told) in way {
                    let span = playbook.places.head(stand.origin);
                    diagnostic = diagnostic.with_related(span, told);
                }
                self.diagnostics.push(self.with_rule(diagnostic).with_help(
                    "put `ask … to approve …` before it on this way, or a condition that rules it out",
                ));
            }
        }
    }

    /// Whether the rule's condition surely does not hold of a call.
    fn exempt(&self, effect: &Effect, known: &crate::facts::reach::Knowledge) -> bool {
        let (Demand::FollowsAsk { condition, .. } | Demand::EffectHas { condition, .. }) =
            &self.rule.demand
        else {
            return false;
        };
        condition.as_ref().is_some_and(|condition| {
            given(&effect.arguments, condition).verdict(known) == crate::facts::reach::Sure::Never
        })
    }

    fn effect_has(&mut self, playbook: &Analysed<'_>, subject: &Subject, what: &str) {
        let Some(flow) = &playbook.facts.run.flow else {
            return;
        };
        let all = states(flow, &|_| false);
        for (index, node) in flow.nodes() {
            for effect in effects(playbook, node, subject) {
                let Some(known) = all.at(index) else { continue };
                if effect.undoes {
                    continue;
                }
                self.met = true;
                if effect.has.contains(&what) || self.exempt(effect, known) {
                    continue;
                }
                let words = match what {
                    "undo" => "does not say how it is undone".to_owned(),
                    other => format!("has no `{other}`"),
                };
                let help = match what {
                    "undo" => "add `undo with …`".to_owned(),
                    other => format!("add `{other} …`"),
                };
                let diagnostic = self.complaint(
                    codes::S815,
                    playbook,
                    &node.stand,
                    format!("`{}` {words}.", effect.name),
                );
                self.diagnostics
                    .push(self.with_rule(diagnostic).with_help(help));
            }
        }
    }

    fn kind_has(&mut self, playbook: &Analysed<'_>, kind: &str, what: &str) {
        let found = kinds::found(playbook, kind, what);
        self.met |= found.any;
        for (stand, sentence, help) in found.lacking {
            let diagnostic = self.complaint(codes::S815, playbook, &stand, sentence);
            self.diagnostics
                .push(self.with_rule(diagnostic).with_help(help));
        }
    }

    fn no_flow(&mut self, playbook: &Analysed<'_>, label: &str, destination: &Subject) {
        let forbidden = Mark::parse(label);
        for flow in &playbook.facts.flows {
            if !destination.means(&flow.to.to_string()) {
                continue;
            }
            self.met = true;
            let atoms = flow.label.atoms().iter().chain(flow.decided_by.atoms());
            let mut carried = atoms.filter(|atom| covers(&forbidden, &atom.mark));
            let Some(atom) = carried.next() else { continue };
            let stand = stand_of(playbook, |step| *step == flow.step);
            let mut diagnostic = self.complaint(
                codes::S816,
                playbook,
                &stand,
                format!("`@{label}` would reach `{}`.", flow.to),
            );
            let stops: Vec<String> = (atom.trail.stops().into_iter())
                .map(|stop| stop.what.to_string())
                .collect();
            if !stops.is_empty() {
                diagnostic = diagnostic.with_note(format!(
                    "how it gets there: {} → {}",
                    stops.join(" → "),
                    flow.to
                ));
            }
            self.diagnostics.push(
                self.with_rule(diagnostic)
                    .with_help("leave it out, or redact it before"),
            );
        }
    }

    fn at_most(&mut self, playbook: &Analysed<'_>, times: u64, subject: &Subject) {
        let mut sum = crate::facts::cost::Polynomial::zero();
        let mut steps = Vec::new();
        for (name, total) in &playbook.facts.run.totals.effects {
            if is_meant(playbook, subject, name) {
                sum = sum.plus(&total.most);
                steps.extend(total.steps.iter().cloned());
            }
        }
        if steps.is_empty() {
            return;
        }
        self.met = true;
        let held = sum.number().is_some_and(|most| most <= times.into());
        if held {
            return;
        }
        let stand = stand_of(playbook, |step| steps.contains(step));
        let are = if times == 1 { "is" } else { "are" };
        let sentence = match sum.number() {
            Some(most) => format!(
                "`{}` can happen {most} times a run, and {times} {are} allowed.",
                subject.path
            ),
            None => format!(
                "Nothing bounds how often `{}` happens in a run, and {times} {are} allowed.",
                subject.path
            ),
        };
        let mut diagnostic = self
            .complaint(codes::S817, playbook, &stand, sentence)
            .with_note(format!("at most {sum} a run"));
        let sizes: Vec<Arc<str>> = sum.sizes().into_iter().collect();
        diagnostic = if sizes.is_empty() {
            diagnostic.with_help("let the loop take fewer, or raise the policy's limit")
        } else {
            diagnostic.with_help(format!("bound {} with `| take N`", listed(&sizes)))
        };
        self.diagnostics.push(self.with_rule(diagnostic));
    }

    fn complaint(
        &self,
        code: Code,
        playbook: &Analysed<'_>,
        stand: &Stand,
        sentence: String,
    ) -> Diagnostic {
        let span = playbook.places.head(stand.origin);
        let diagnostic = Diagnostic::new(code, playbook.plan.file.clone(), span, sentence)
            .with_label(format!("breaks `{}`", self.rule.policy));
        match &stand.lender {
            Some(action) => {
                diagnostic.with_note(format!("a part of `{action}`, which is called here"))
            }
            None => diagnostic,
        }
    }

    fn with_rule(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.related.push(Related {
            file: self.rule.file.clone(),
            span: self.rule.span,
            message: "the rule".to_owned(),
        });
        diagnostic
    }
}

fn idle(rule: &Rule) -> Diagnostic {
    let nowhere = match &rule.demand {
        Demand::FollowsAsk { effect, .. }
        | Demand::EffectHas { effect, .. }
        | Demand::AtMost { effect, .. } => format!("no playbook does `{}`", effect.path),
        Demand::KindHas { kind, .. } => format!("no playbook has a {kind}"),
        Demand::NoFlow { destination, .. } => {
            format!("nothing goes to `{}`", destination.path)
        }
    };
    Diagnostic::new(
        codes::S818,
        rule.file.clone(),
        rule.span,
        format!("This rule of `{}` can never be broken.", rule.policy),
    )
    .with_label(nowhere)
}

/// Whether a rule means an effect. A command is what is written into its table.
fn is_meant(playbook: &Analysed<'_>, subject: &Subject, effect: &str) -> bool {
    let written = effect
        .strip_prefix("command ")
        .and_then(|command| playbook.facts.run.said.writes.get(command));
    subject.means(written.map_or(effect, |written| written))
}

/// The effects of a node that a rule means.
fn effects<'n>(
    playbook: &'n Analysed<'_>,
    node: &'n Node,
    subject: &'n Subject,
) -> impl Iterator<Item = &'n Effect> {
    let effects = match &node.kind {
        NodeKind::Step { effects, .. } => effects.as_slice(),
        _ => &[],
    };
    (effects.iter()).filter(|effect| is_meant(playbook, subject, &effect.name))
}

/// Whether a label that a rule names covers one that a value carries.
fn covers(named: &Mark, carried: &Mark) -> bool {
    match (named, carried) {
        (Mark::Level(named), Mark::Level(carried)) => carried >= named,
        (Mark::Category(named), Mark::Category(carried)) => named.covers(carried),
        _ => false,
    }
}

/// Where the first step stands of which this holds.
fn stand_of(playbook: &Analysed<'_>, is_meant: impl Fn(&Arc<str>) -> bool) -> Stand {
    let flow = playbook.facts.run.flow.iter();
    (flow.flat_map(|flow| flow.nodes()))
        .find(|(_, node)| is_meant(&node.step))
        .map_or_else(Stand::default, |(_, node)| node.stand.clone())
}

/// The decisions on a way, for people: where each stands and how it came out.
fn way(flow: &Flow, nodes: &[petgraph::graph::NodeIndex]) -> Vec<(Stand, String)> {
    let mut told = Vec::new();
    for pair in nodes.windows(2) {
        let [from, to] = pair else { continue };
        let Some(edge) = flow.graph.find_edge(*from, *to) else {
            continue;
        };
        let decided = flow
            .graph
            .edge_weight(edge)
            .and_then(|way| way.decided.as_ref());
        let Some((_, held)) = decided else { continue };
        if let Some(node) = flow.graph.node_weight(*to) {
            let words = if *held {
                "where this holds"
            } else {
                "where this does not hold"
            };
            told.push((node.stand.clone(), words.to_owned()));
        }
    }
    told
}

pub(super) fn listed(names: &[Arc<str>]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" or ")
}
