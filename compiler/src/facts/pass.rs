//! The one walk through a plan, in the order of its graph.
//!
//! Kept true here: what is learned in a branch is gone after it unless it holds on every way; what decides
//! that a step runs is known when the step is seen.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_plan::plan::Plan;
use sophia_plan::step::{Amount, Block, EndKind, Origin, Otherwise, Step, StepKind, Work};

use super::analyses::run_facts;
use super::cost::{Envelope, Envelopes};
use super::env::Env;
use super::kept::KeptReads;
use super::known::Known;
use super::label::Label;
use super::rounds::Walking;
use super::trail::Stop;
use super::visit::{Passed, Seen, stand_in};
use super::world::{Asked, Between, Commons, Finished, Left, World};
use super::{Facts, Lowered, Project, Shapes, StepFact};
use crate::follow::{Trace, followed};
use crate::sources::{Home, Spot};

/// What one walk gave.
#[derive(Debug)]
pub(crate) struct Walked {
    /// Without its complaints.
    pub(crate) facts: Arc<Facts>,
    /// What it asked of what playbooks, or earlier runs, leave.
    pub(super) asked: Asked,
    /// What the playbooks do that it runs, as it was told.
    pub(super) given: Envelopes,
    /// What it does, for those that run it.
    pub(crate) envelope: Arc<Envelope>,
    /// What the playbook leaves itself.
    pub(super) left: Left,
    /// Whether a way of what it leaves goes through a module, of whose text the places on it are.
    pub(crate) through_modules: bool,
    /// What its queries gave.
    pub(super) reads: KeptReads,
}

impl Walked {
    /// What it asked for, and what it leaves.
    pub(crate) fn touches(&self) -> impl Iterator<Item = &Between> {
        let asked = self.asked.iter().map(|(between, _)| between);
        asked.chain(self.left.iter().map(|(between, _)| between))
    }
}

/// The walk, and what it knows where it is.
pub(super) struct Walk<'a> {
    pub(super) project: &'a Project<'a>,
    pub(super) plan: &'a Plan,
    pub(super) shapes: &'a Shapes,
    pub(super) world: World<'a>,
    pub(super) env: Env,
    /// The row that a stage looks at.
    pub(super) row: Option<Known>,
    /// The level of what decides that the run is here.
    pub(super) context: Label,
    /// What `fail` says, which whoever catches the failure is told.
    pub(super) reasons: Label,
    /// The level of what decided that a step is there which may fail: whoever catches a failure learns it.
    pub(super) faults: Label,
    /// The columns whose values stand under a name.
    pub(super) columns: BTreeMap<Arc<str>, Arc<str>>,
    pub(super) facts: Facts,
    /// The level of what may have ended the run before.
    pub(super) ends: Label,
    /// The level of what may have left an item out.
    pub(super) skips: Label,
    pub(super) yields: Vec<Option<Known>>,
    pub(super) returns: Vec<Option<Known>>,
    /// The name before the dot of the module whose action is walked through.
    pub(super) module: Option<Arc<str>>,
    /// What queries gave in the walk before, and what they give in this one.
    pub(super) before: Option<&'a KeptReads>,
    pub(super) reads: KeptReads,
    /// The module's action that is walked through, and where the playbook calls it.
    pub(super) lent: Option<(&'a Arc<str>, Origin)>,
    /// Those who hear what the walk comes by.
    pub(super) trace: Trace<Passed<'a>>,
}

/// Where a block goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// After it.
    GoesOn,
    /// Never after it: everything in it has ended.
    Leaves,
}

/// Walks through one playbook. What a run does is found behind the walk, from what it comes by.
pub(super) fn walk<'a>(
    project: &'a Project<'a>,
    walking: &Walking<'a>,
    given: &'a Envelopes,
    commons: &'a Commons,
) -> Walked {
    let (lowered, text) = (walking.lowered, walking.text);
    let before = walking.last.map(|last| &last.reads);
    let is_long = lowered.plan.body.graph.node_count() > LONG;
    let (labels, run) = followed(
        is_long,
        |trace| labels(project, lowered, commons, before, trace),
        &|walk: &mut dyn Iterator<Item = Passed<'a>>| {
            run_facts(lowered, text, project.manifest, given, walk)
        },
    );
    let mut facts = labels.facts;
    facts.run = run;
    let Finished {
        asked,
        left,
        through_modules,
    } = (labels.world).finish(&project.sources, &lowered.plan.file);
    Walked {
        envelope: Arc::new(Envelope::of(lowered.plan, &facts.run)),
        given: given.clone(),
        facts: Arc::new(facts),
        asked,
        left,
        through_modules,
        reads: labels.reads,
    }
}

/// What the walk found about labels.
struct Labels<'a> {
    facts: Facts,
    world: World<'a>,
    reads: KeptReads,
}

/// So many steps of a body are worth a thread.
const LONG: usize = 32;

/// The walk that found what a playbook's values carry, and told what it came by.
fn labels<'a>(
    project: &'a Project<'a>,
    lowered: Lowered<'a>,
    commons: &'a Commons,
    before: Option<&'a KeptReads>,
    trace: Trace<Passed<'a>>,
) -> (Labels<'a>, Trace<Passed<'a>>) {
    let mut walk = Walk {
        project,
        plan: lowered.plan,
        shapes: lowered.shapes,
        world: World::of(commons),
        env: Env::default(),
        row: None,
        context: Label::public(),
        reasons: Label::public(),
        faults: Label::public(),
        columns: BTreeMap::new(),
        facts: Facts::default(),
        ends: Label::public(),
        skips: Label::public(),
        yields: Vec::new(),
        returns: vec![None],
        module: None,
        before,
        reads: KeptReads::default(),
        lent: None,
        trace,
    };
    walk.playbook();
    let Walk {
        facts,
        world,
        reads,
        trace,
        ..
    } = walk;
    let labels = Labels {
        facts,
        world,
        reads,
    };
    (labels, trace)
}

impl<'a> Walk<'a> {
    fn playbook(&mut self) {
        let plan = self.plan;
        self.begin();
        let depth = self.env.depth();
        let context = self.context.clone();
        self.block(&plan.body);
        self.env.forget(depth);
        if let Some((name, block)) = &plan.on_failure {
            self.trace.tell(Passed::FailureBegins);
            self.context = context.joined(&self.ends).joined(&self.faults);
            if let Some(name) = name {
                let failure = self.failure();
                self.env.bind(name.clone(), failure);
            }
            self.block(block);
        }
        let mut result = self.returns.pop().flatten().unwrap_or_default();
        result.add_type(&plan.result);
        let key = Between::Result(plan.playbook.clone());
        self.world.add(key, &result);
        self.facts.result = result;
    }

    /// A block in the scope that is there. Its names stay until somebody forgets them.
    fn block(&mut self, block: &'a Block) -> Then {
        let mut then = Then::GoesOn;
        for (_, step) in block.steps() {
            if self.step(step) == Then::Leaves {
                then = Then::Leaves;
            }
        }
        then
    }

    /// A block of a step, with its number in `Step::blocks`.
    pub(super) fn enter(&mut self, step: &'a Step, number: usize, block: &'a Block) -> Then {
        let seen = self.seen(step);
        self.trace.tell(Passed::BlockBegins(seen, number));
        let then = self.block(block);
        self.trace.tell(Passed::BlockEnds(seen, number));
        then
    }

    /// A block of a step that may not run at all: what it learns is kept apart, and what decides it counts.
    pub(super) fn nested(
        &mut self,
        (step, number): (&'a Step, usize),
        block: &'a Block,
        prepare: impl FnOnce(&mut Self),
    ) -> (Then, Env) {
        let (depth, before, context) = (self.env.depth(), self.env.clone(), self.context.clone());
        prepare(self);
        let then = self.enter(step, number, block);
        let mut after = std::mem::replace(&mut self.env, before);
        after.forget(depth);
        self.context = context;
        (then, after)
    }

    /// Goes on after blocks of which one has run.
    pub(super) fn after(&mut self, ways: Vec<(Then, Env)>) -> Then {
        let open = ways
            .into_iter()
            .filter(|(then, _)| *then == Then::GoesOn)
            .map(|(_, env)| env)
            .reduce(|all, env| all.merge(&env));
        let ended = self.ends.clone().joined(&self.skips);
        self.context.join_level(&ended);
        match open {
            Some(env) => {
                self.env = env;
                Then::GoesOn
            }
            None => Then::Leaves,
        }
    }

    /// Where a step stands.
    pub(super) fn spot(&self, step: &Step) -> Spot {
        Spot {
            module: self.module.clone(),
            home: Home::Step(step.origin),
            parts: Vec::new(),
        }
    }

    /// A step, for those who hear of it.
    fn seen(&self, step: &'a Step) -> Seen<'a> {
        Seen {
            step,
            lent: self.lent,
        }
    }

    /// Where a declaration stands.
    pub(super) fn declared(&self, name: &Arc<str>) -> Spot {
        Spot {
            module: self.module.clone(),
            home: Home::Declaration(name.clone()),
            parts: Vec::new(),
        }
    }

    fn step(&mut self, step: &'a Step) -> Then {
        let seen = self.seen(step);
        self.trace.tell(Passed::StepBegins(seen));
        let decided_by = self.context.clone();
        let mut then = Then::GoesOn;
        let mut shown = Vec::new();
        let mut result = match &step.kind {
            StepKind::Work(work) => {
                self.faults.join_level(&decided_by);
                let (known, _) = self.work(step, work);
                known
            }
            StepKind::ForEach {
                item,
                source,
                keep_going,
                body,
                ..
            } => self.for_each(step, item, source, *keep_going, body),
            StepKind::Branch {
                condition,
                then: holds,
                otherwise,
            } => {
                then = self.branch(step, condition, holds, otherwise);
                Known::default()
            }
            StepKind::Match {
                value,
                arms,
                otherwise,
            } => {
                then = self.matching(step, value, arms, otherwise.as_ref());
                Known::default()
            }
            StepKind::Repeat {
                every, until, body, ..
            } => {
                self.value(every);
                self.repeat(step, until.as_ref(), body);
                Known::default()
            }
            StepKind::Together { body } => {
                then = self.enter(step, 0, body);
                Known::default()
            }
            StepKind::Try {
                body,
                failure,
                otherwise,
            } => {
                then = self.attempt(step, body, failure.as_ref(), otherwise);
                Known::default()
            }
            StepKind::Action {
                action,
                arguments: given,
                body,
            } => {
                let (known, _) = self.action(step, action, given, body);
                known
            }
            StepKind::Ask(ask) => {
                let (known, paths) = self.ask(step, ask);
                shown = paths;
                if step.binds.is_none() {
                    // A no would have ended the run, and whoever answered had seen what was shown.
                    let level = known.whole().only_level();
                    self.context.join_level(&level);
                    self.ends.join_level(&self.context);
                }
                known
            }
            StepKind::Wait(wait) => {
                let (known, goes_on) = self.wait(step, wait);
                then = goes_on;
                known
            }
            StepKind::Armed {
                event,
                reason,
                kind,
            } => {
                self.event(event, &mut |walk, level| {
                    let reason = walk.value(reason);
                    if *kind == EndKind::Fail {
                        walk.reasons.join(&reason.whole());
                    }
                    walk.ends.join_level(level);
                });
                let ends = self.ends.clone();
                self.context.join_level(&ends);
                Known::default()
            }
            StepKind::End { kind, reason, when } => {
                then = self.end(*kind, reason, when.as_ref());
                Known::default()
            }
            StepKind::Return { value } => {
                let mut known = value.as_ref().map(|value| self.value(value));
                if let Some(known) = &mut known {
                    known.label.join_level(&self.context);
                }
                add(self.returns.last_mut(), known);
                self.ends.join_level(&self.context);
                then = Then::Leaves;
                Known::default()
            }
            StepKind::Yield { value, amount } => {
                let mut known = self.value(value);
                if *amount == Amount::Each {
                    known = known.item();
                }
                known.label.join_level(&self.context);
                add(self.yields.last_mut(), Some(known));
                Known::default()
            }
        };
        result.add_type(&step.result);
        let vouches = self.otherwise(step, &mut result);
        self.undo(step, &result);
        if let Some(once) = &step.policy.at_most_once {
            self.value(&once.key);
        }
        let fact = StepFact {
            result: result.clone(),
            decided_by,
        };
        self.facts.steps.insert(step.name.clone(), fact);
        self.bind(step, result, if vouches { shown } else { Vec::new() });
        self.trace.tell(Passed::StepEnds(seen));
        then
    }

    /// Gives the result its name. Where an answer has none, the run goes on only if it was yes.
    fn bind(&mut self, step: &Step, result: Known, shown: Vec<super::env::Path>) {
        let Some(name) = &step.binds else {
            for path in shown {
                self.vouch(&path);
            }
            return;
        };
        // A query, and a call without a name of its own, is told where it is made.
        let own = **name == *step.label && !matches!(step.kind, StepKind::Work(Work::Query { .. }));
        let result = if own {
            passing(result, || format!("let {name}"), "", self.spot(step))
        } else {
            result
        };
        self.env.bind_answer(name.clone(), result, shown);
    }

    /// What stands in for a step that did not succeed. Says whether what the step vouches for is sure
    /// after it.
    fn otherwise(&mut self, step: &'a Step, result: &mut Known) -> bool {
        match &step.policy.otherwise {
            None => true,
            Some(Otherwise::Value(value)) => {
                let value = self.value(value);
                *result = result.join(&value);
                false
            }
            Some(Otherwise::End { kind, reason }) => {
                let reason = self.value(reason).whole();
                let mut level = result.whole().only_level();
                level.join_level(&self.context);
                match kind {
                    EndKind::Skip => {
                        self.skips.join_level(&level);
                        self.reasons.join(&reason);
                    }
                    EndKind::Fail => {
                        self.ends.join_level(&level);
                        self.reasons.join(&reason);
                    }
                    EndKind::Stop => self.ends.join_level(&level),
                }
                self.context.join_level(&level);
                true
            }
            Some(Otherwise::Block(block)) => {
                let level = result.whole().only_level();
                let before = self.env.clone();
                self.yields.push(None);
                let (then, env) = self.nested((step, stand_in(step)), block, |walk| {
                    walk.context.join_level(&level);
                });
                if let Some(Some(given)) = self.yields.pop() {
                    *result = result.join(&given);
                }
                self.after(vec![(Then::GoesOn, before), (then, env)]);
                then == Then::Leaves
            }
        }
    }
}

/// Adds a value to those that were given before.
fn add(place: Option<&mut Option<Known>>, known: Option<Known>) {
    let (Some(place), Some(known)) = (place, known) else {
        return;
    };
    *place = Some(match place.take() {
        Some(before) => before.join(&known),
        None => known,
    });
}

/// A value that passes a place: whoever asks how it came is told.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a place is made for the call"
)]
pub(super) fn passing(
    mut known: Known,
    what: impl Fn() -> String,
    note: &str,
    spot: Spot,
) -> Known {
    let mut stop: Option<Arc<Stop>> = None;
    // The parts of a value often carry the very same.
    let mut last: Option<(Label, Label)> = None;
    known.each(&mut |label| {
        let passed = match &last {
            Some((before, passed)) if before.is(label) => passed.clone(),
            _ => label.via(|| {
                let made = || Arc::new(super::written::stop(&what(), note, spot.clone()));
                stop.get_or_insert_with(made).clone()
            }),
        };
        last = Some((std::mem::replace(label, passed.clone()), passed));
    });
    known
}
