//! The one walk through a plan, in the order of its graph.
//!
//! Kept true here: what is learned in a branch is gone after it unless it holds on every way; what decides
//! that a step runs is known when the step is seen.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_plan::expression::Expression;
use sophia_plan::plan::Plan;
use sophia_plan::step::{
    Amount, Arm, Block, EndKind, EventPattern, Otherwise, Step, StepKind, Until, Wait, WaitBranch,
    Work,
};
use sophia_plan::types::Type;

use super::analyses::Analyses;
use super::component::{Component, Region};
use super::cost::Envelopes;
use super::env::Env;
use super::known::Known;
use super::label::Label;
use super::trail::Stop;
use super::world::{Between, World};
use super::written::{doubted, internal};
use super::{Facts, Lowered, Project, Shapes, StepFact};
use crate::sources::{Home, Spot};

/// What one walk gave.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) facts: Facts,
    /// Whether it rests on what other playbooks, or earlier runs, leave.
    pub(super) looks_at_others: bool,
}

/// The walk, and what it knows where it is.
pub(super) struct Walk<'a> {
    pub(super) project: &'a Project<'a>,
    pub(super) plan: &'a Plan,
    pub(super) shapes: &'a Shapes,
    pub(super) world: &'a mut World,
    pub(super) env: Env,
    /// The row that a stage looks at.
    pub(super) row: Option<Known>,
    /// The level of what decides that the run is here.
    pub(super) context: Label,
    /// What `fail` says, which whoever catches the failure is told.
    pub(super) reasons: Label,
    /// The columns whose values stand under a name.
    pub(super) columns: BTreeMap<Arc<str>, Arc<str>>,
    pub(super) walked: Walked,
    /// The level of what may have ended the run before.
    ends: Label,
    /// The level of what may have left an item out.
    skips: Label,
    yields: Vec<Option<Known>>,
    returns: Vec<Option<Known>>,
    /// The name before the dot of the module whose action is walked through.
    module: Option<Arc<str>>,
    analyses: Analyses<'a>,
}

/// Where a block goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// After it.
    GoesOn,
    /// Never after it: everything in it has ended.
    Leaves,
}

/// Walks through one playbook.
pub(super) fn walk<'a>(
    project: &'a Project<'a>,
    lowered: Lowered<'a>,
    envelopes: &'a Envelopes,
    world: &'a mut World,
) -> Walked {
    let mut walk = Walk {
        project,
        plan: lowered.plan,
        shapes: lowered.shapes,
        world,
        env: Env::default(),
        row: None,
        context: Label::public(),
        reasons: Label::public(),
        columns: BTreeMap::new(),
        walked: Walked::default(),
        ends: Label::public(),
        skips: Label::public(),
        yields: Vec::new(),
        returns: vec![None],
        module: None,
        analyses: Analyses::new(lowered, project.manifest, envelopes),
    };
    walk.playbook();
    walk.walked.facts.run = walk.analyses.finish();
    walk.walked
}

impl Walk<'_> {
    fn playbook(&mut self) {
        let plan = self.plan;
        self.begin();
        let depth = self.env.depth();
        let context = self.context.clone();
        self.region(Region::Body, |walk| walk.block(&plan.body));
        self.env.forget(depth);
        if let Some((name, block)) = &plan.on_failure {
            self.context = context.joined(&self.ends);
            if let Some(name) = name {
                let failure = self.failure();
                self.env.bind(name.clone(), failure);
            }
            self.region(Region::OnFailure, |walk| walk.block(block));
        }
        let mut result = self.returns.pop().flatten().unwrap_or_default();
        result.add_type(&plan.result);
        let key = Between::Result(plan.playbook.clone());
        self.world.add(key, &result);
        self.walked.facts.result = result;
    }

    fn region<T>(&mut self, region: Region<'_>, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.analyses.enter(&region);
        let given = inside(self);
        self.analyses.leave(&region);
        given
    }

    /// A block in the scope that is there. Its names stay until somebody forgets them.
    fn block(&mut self, block: &Block) -> Then {
        let mut then = Then::GoesOn;
        for (_, step) in block.steps() {
            if self.step(step) == Then::Leaves {
                then = Then::Leaves;
            }
        }
        then
    }

    /// A block that may not run at all: what it learns is kept apart, and what decides it counts.
    fn nested(
        &mut self,
        region: Region<'_>,
        block: &Block,
        prepare: impl FnOnce(&mut Self),
    ) -> (Then, Env) {
        let (depth, before, context) = (self.env.depth(), self.env.clone(), self.context.clone());
        prepare(self);
        let then = self.region(region, |walk| walk.block(block));
        let mut after = std::mem::replace(&mut self.env, before);
        after.forget(depth);
        self.context = context;
        (then, after)
    }

    /// Goes on after blocks of which one has run.
    fn after(&mut self, ways: Vec<(Then, Env)>) -> Then {
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

    /// Where a declaration stands.
    pub(super) fn declared(&self, name: &Arc<str>) -> Spot {
        Spot {
            module: self.module.clone(),
            home: Home::Declaration(name.clone()),
            parts: Vec::new(),
        }
    }

    fn step(&mut self, step: &Step) -> Then {
        let decided_by = self.context.clone();
        let mut then = Then::GoesOn;
        let mut shown = Vec::new();
        let mut result = match &step.kind {
            StepKind::Work(work) => {
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
                then = self.region(Region::Together { step }, |walk| walk.block(body));
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
        let mut fact = StepFact {
            result: result.clone(),
            decided_by,
        };
        self.analyses.step(step, &mut fact);
        self.walked.facts.steps.insert(step.name.clone(), fact);
        self.bind(step, result, if vouches { shown } else { Vec::new() });
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
    fn otherwise(&mut self, step: &Step, result: &mut Known) -> bool {
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
                let (then, env) = self.nested(Region::Instead { step }, block, |walk| {
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

    fn for_each(
        &mut self,
        step: &Step,
        item: &Arc<str>,
        source: &Expression,
        keep_going: bool,
        body: &Block,
    ) -> Known {
        let source = self.value(source);
        let each = passing(
            source.item(),
            || format!("for each {item}"),
            "",
            self.spot(step).at(crate::sources::Part::Deciding),
        );
        let skips = std::mem::take(&mut self.skips);
        self.yields.push(None);
        let region = Region::Items { step };
        self.nested(region, body, |walk| {
            walk.context.join_level(&source.label);
            walk.env.bind(item.clone(), each.clone());
        });
        let given = self.yields.pop().flatten();
        let skipped = std::mem::replace(&mut self.skips, skips);
        let ends = self.ends.clone();
        self.context.join_level(&ends);
        let mut label = source.label.clone();
        label.join_level(&skipped);
        let given = Known::list(label.clone(), given.unwrap_or_default());
        if !keep_going {
            return given;
        }
        label.join_level(&ends);
        let mut told = self.failure().field("message");
        told.label.join_level(&label);
        let told = |names: &[&str]| {
            let mut fields = vec![(Arc::from("item"), each.clone())];
            fields.extend(names.iter().map(|name| (Arc::from(*name), told.clone())));
            Known::list(label.clone(), Known::record(Label::public(), fields))
        };
        Known::record(
            Label::public(),
            vec![
                (Arc::from("done"), given),
                (Arc::from("failed"), told(&["message"])),
                (Arc::from("skipped"), told(&["message", "reason"])),
            ],
        )
    }

    fn branch(
        &mut self,
        step: &Step,
        condition: &Expression,
        holds: &Block,
        otherwise: &Block,
    ) -> Then {
        let level = self.value(condition).whole();
        let yes = self.nested(Region::Then { step }, holds, |walk| {
            walk.context.join_level(&level);
            walk.learn(condition, true);
        });
        let no = self.nested(Region::Otherwise { step }, otherwise, |walk| {
            walk.context.join_level(&level);
            walk.learn(condition, false);
        });
        self.after(vec![yes, no])
    }

    fn matching(
        &mut self,
        step: &Step,
        value: &Expression,
        arms: &[Arm],
        otherwise: Option<&Block>,
    ) -> Then {
        let level = self.value(value).whole();
        let path = super::trust::path(value);
        let mut ways = Vec::with_capacity(arms.len() + 1);
        for (index, arm) in arms.iter().enumerate() {
            let region = Region::Arm {
                step,
                arm: Some(index),
            };
            ways.push(self.nested(region, &arm.body, |walk| {
                walk.context.join_level(&level);
                // It is one of the values that are written here.
                if let Some(path) = &path {
                    walk.vouch(path);
                }
            }));
        }
        if let Some(block) = otherwise {
            let region = Region::Arm { step, arm: None };
            ways.push(self.nested(region, block, |walk| walk.context.join_level(&level)));
        }
        self.after(ways)
    }

    /// Whether there is a next round is decided by what the last one gave.
    fn repeat(&mut self, step: &Step, until: Option<&Expression>, body: &Block) {
        let (flows, context) = (self.walked.facts.flows.len(), self.context.clone());
        let region = Region::Round { step };
        let mut level = Label::public();
        for _ in 0..2 {
            self.walked.facts.flows.truncate(flows);
            let (depth, before) = (self.env.depth(), self.env.clone());
            self.context.join_level(&level);
            self.region(region, |walk| walk.block(body));
            let decided = until.map(|until| self.value(until).whole().only_level());
            self.env.forget(depth);
            self.env = before;
            self.context = context.clone();
            let Some(decided) = decided else { break };
            if decided.highest() <= context.highest() {
                break;
            }
            level = decided;
        }
        let ends = self.ends.clone();
        self.context.join_level(&ends);
    }

    fn attempt(
        &mut self,
        step: &Step,
        body: &Block,
        failure: Option<&Arc<str>>,
        otherwise: &Block,
    ) -> Then {
        let tried = self.nested(Region::Try { step }, body, |_| {});
        let told = self.failure();
        let caught = self.nested(Region::Caught { step }, otherwise, |walk| {
            let ends = walk.ends.clone();
            walk.context.join_level(&ends);
            if let Some(name) = failure {
                walk.env.bind(name.clone(), told);
            }
        });
        self.after(vec![tried, caught])
    }

    /// What whoever catches a failure is told. A message may hold what anybody wrote.
    fn failure(&self) -> Known {
        let mut label = internal("a failure", "its message", Spot::default());
        label.join(&self.reasons);
        let message = Known::scalar(doubted(label, "a failure", Spot::default()));
        Known::record(
            Label::public(),
            ["message", "step", "line"]
                .into_iter()
                .map(|name| (Arc::from(name), message.clone()))
                .collect(),
        )
    }

    fn action(
        &mut self,
        step: &Step,
        action: &Arc<str>,
        given: &[(Arc<str>, Expression)],
        body: &Block,
    ) -> (Known, Vec<(Arc<str>, Known)>) {
        let arguments: Vec<(Arc<str>, Known)> = given
            .iter()
            .map(|(name, value)| {
                let known = self.value(value);
                let what = || format!("action {action}, `{name}`");
                (name.clone(), passing(known, what, "", self.spot(step)))
            })
            .collect();
        let module = action.split_once('.').map(|(module, _)| Arc::from(module));
        let outer = match &module {
            Some(_) => std::mem::replace(&mut self.module, module),
            None => self.module.clone(),
        };
        let ends = self.ends.clone();
        self.returns.push(None);
        self.nested(Region::Action { step }, body, |walk| {
            for (name, known) in &arguments {
                walk.env.bind(name.clone(), known.clone());
            }
        });
        let returned = self.returns.pop().flatten().unwrap_or_default();
        self.module = outer;
        // An early `return` of the action decides what the rest of it does; a `fail` reaches further.
        self.ends.join_level(&ends);
        let ends = self.ends.clone();
        self.context.join_level(&ends);
        (returned, arguments)
    }

    fn wait(&mut self, step: &Step, wait: &Wait) -> (Known, Then) {
        match wait {
            Wait::Passed(delay) => {
                self.delay(delay);
                (Known::default(), Then::GoesOn)
            }
            Wait::Until(instant) => {
                self.value(instant);
                (Known::default(), Then::GoesOn)
            }
            Wait::Event(event) => (self.event(event, &mut |_, _| {}), Then::GoesOn),
            Wait::First(branches) => {
                let ways = branches
                    .iter()
                    .enumerate()
                    .map(|(branch, written)| self.wait_branch(step, branch, written))
                    .collect();
                (Known::default(), self.after(ways))
            }
        }
    }

    fn wait_branch(&mut self, step: &Step, branch: usize, written: &WaitBranch) -> (Then, Env) {
        let region = Region::Event { step, branch };
        match &written.until {
            Until::After(delay) => {
                self.delay(delay);
                self.nested(region, &written.body, |_| {})
            }
            Until::Event(event) => {
                let mut level = Label::public();
                let known = self.event(event, &mut |_, decided| level = decided.clone());
                self.nested(region, &written.body, |walk| {
                    walk.context.join_level(&level);
                    if let Some(name) = &event.binding {
                        walk.env.bind(name.clone(), known);
                    }
                })
            }
        }
    }

    pub(super) fn delay(&mut self, delay: &sophia_plan::step::Delay) {
        if let sophia_plan::step::Delay::Time(time) = delay {
            self.value(time);
        }
    }

    /// What comes in with an event. `look` sees its name, and the level of what chooses it.
    fn event(&mut self, event: &EventPattern, look: &mut dyn FnMut(&mut Self, &Label)) -> Known {
        let mut known = self.incoming(&event.event, &event.of);
        let depth = self.env.depth();
        let before = self.env.clone();
        if let Some(name) = &event.binding {
            self.env.bind(name.clone(), known.clone());
        }
        let mut level = known.label.only_level();
        if let Some(condition) = &event.condition {
            level.join_level(&self.value(condition).whole());
            self.learn(condition, true);
            if let Some(name) = &event.binding
                && let Some(learned) = self.env.get(name)
            {
                known = learned.clone();
            }
        }
        look(self, &level);
        self.env = before;
        self.env.forget(depth);
        known
    }

    fn end(&mut self, kind: EndKind, reason: &Expression, when: Option<&Expression>) -> Then {
        let level = when.map(|when| self.value(when).whole().only_level());
        if let Some(level) = &level {
            self.context.join_level(level);
        }
        let told = self.value(reason).whole();
        match kind {
            EndKind::Skip => {
                self.skips.join_level(&self.context);
                self.reasons.join(&told);
            }
            EndKind::Fail => {
                self.ends.join_level(&self.context);
                self.reasons.join(&told);
            }
            EndKind::Stop => self.ends.join_level(&self.context),
        }
        match when {
            Some(when) => {
                self.learn(when, false);
                Then::GoesOn
            }
            None => Then::Leaves,
        }
    }

    /// What comes in under the name of an event.
    pub(super) fn incoming(&mut self, event: &Arc<str>, of: &Type) -> Known {
        let between = Between::Event(event.clone());
        if event.contains('.') {
            return self.delivered(event, of, &Spot::default());
        }
        self.walked.looks_at_others = true;
        let mut known = self.world.get(&between).cloned().unwrap_or_else(|| {
            let label = internal(event, "an event", Spot::default());
            Known::typed(of, &label)
        });
        known.add_type(of);
        known
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
    known.each(&mut |label| {
        *label = label.via(|| Stop {
            what: Arc::from(what()),
            note: Arc::from(note),
            spot: spot.clone(),
        });
    });
    known
}
