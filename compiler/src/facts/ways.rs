//! The ways that a run takes through the steps that hold blocks, wait or end.
//!
//! Kept true here: a block that may not run at all leaves behind only what holds on every way; what decides which way is
//! taken decides what stands on it.

use std::sync::Arc;

use sophia_plan::expression::Expression;
use sophia_plan::step::{Arm, Block, EndKind, EventPattern, Step, Until, Wait, WaitBranch};
use sophia_plan::types::Type;

use super::env::Env;
use super::known::Known;
use super::label::Label;
use super::pass::{Then, Walk, passing};
use super::world::Between;
use super::written::{doubted, internal};
use crate::sources::Spot;

impl<'a> Walk<'a> {
    pub(super) fn for_each(
        &mut self,
        step: &'a Step,
        item: &Arc<str>,
        source: &Expression,
        keep_going: bool,
        body: &'a Block,
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
        self.nested((step, 0), body, |walk| {
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

    pub(super) fn branch(
        &mut self,
        step: &'a Step,
        condition: &Expression,
        holds: &'a Block,
        otherwise: &'a Block,
    ) -> Then {
        let level = self.value(condition).whole();
        let yes = self.nested((step, 0), holds, |walk| {
            walk.context.join_level(&level);
            walk.learn(condition, true);
        });
        let no = self.nested((step, 1), otherwise, |walk| {
            walk.context.join_level(&level);
            walk.learn(condition, false);
        });
        self.after(vec![yes, no])
    }

    pub(super) fn matching(
        &mut self,
        step: &'a Step,
        value: &Expression,
        arms: &'a [Arm],
        otherwise: Option<&'a Block>,
    ) -> Then {
        let level = self.value(value).whole();
        let path = super::trust::path(value);
        let mut ways = Vec::with_capacity(arms.len() + 1);
        for (number, arm) in arms.iter().enumerate() {
            ways.push(self.nested((step, number), &arm.body, |walk| {
                walk.context.join_level(&level);
                // It is one of the values that are written here.
                if let Some(path) = &path {
                    walk.vouch(path);
                }
            }));
        }
        if let Some(block) = otherwise {
            ways.push(self.nested((step, arms.len()), block, |walk| {
                walk.context.join_level(&level);
            }));
        }
        self.after(ways)
    }

    /// Whether there is a next round is decided by what the last one gave, and by what could have ended it.
    pub(super) fn repeat(&mut self, step: &'a Step, until: Option<&Expression>, body: &'a Block) {
        let (flows, context) = (self.facts.flows.len(), self.context.clone());
        let mut level = Label::public();
        for round in 0..2 {
            self.facts.flows.truncate(flows);
            let (depth, before) = (self.env.depth(), self.env.clone());
            self.context.join_level(&level);
            let told = self.trace.again(round > 0);
            self.enter(step, 0, body);
            self.trace.go_back(told);
            let decided = until.map(|until| self.value(until).whole().only_level());
            self.env.forget(depth);
            self.env = before;
            self.context = context.clone();
            let mut decided = decided.unwrap_or_default();
            decided.join_level(&self.ends);
            decided.join_level(&self.skips);
            if decided.highest() <= context.highest() {
                break;
            }
            level = decided;
        }
        let ended = self.ends.clone().joined(&self.skips);
        self.context.join_level(&ended);
    }

    pub(super) fn attempt(
        &mut self,
        step: &'a Step,
        body: &'a Block,
        failure: Option<&Arc<str>>,
        otherwise: &'a Block,
    ) -> Then {
        let outer = std::mem::replace(&mut self.faults, Label::public());
        let tried = self.nested((step, 0), body, |_| {});
        let faults = std::mem::replace(&mut self.faults, outer);
        let told = self.failure();
        let caught = self.nested((step, 1), otherwise, |walk| {
            let ends = walk.ends.clone();
            walk.context.join_level(&ends);
            walk.context.join_level(&faults);
            if let Some(name) = failure {
                walk.env.bind(name.clone(), told);
            }
        });
        self.after(vec![tried, caught])
    }

    /// What whoever catches a failure is told. A message may hold what anybody wrote.
    pub(super) fn failure(&self) -> Known {
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

    pub(super) fn action(
        &mut self,
        step: &'a Step,
        action: &'a Arc<str>,
        given: &[(Arc<str>, Expression)],
        body: &'a Block,
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
        let (outer, lent) = (self.module.clone(), self.lent);
        if module.is_some() {
            self.module = module;
            self.lent.get_or_insert((action, step.origin));
        }
        let ends = self.ends.clone();
        self.returns.push(None);
        self.nested((step, 0), body, |walk| {
            for (name, known) in &arguments {
                walk.env.bind(name.clone(), known.clone());
            }
        });
        self.lent = lent;
        let returned = self.returns.pop().flatten().unwrap_or_default();
        self.module = outer;
        // An early `return` of the action decides what the rest of it does; a `fail` reaches further.
        self.ends.join_level(&ends);
        let ended = self.ends.clone().joined(&self.skips);
        self.context.join_level(&ended);
        (returned, arguments)
    }

    pub(super) fn wait(&mut self, step: &'a Step, wait: &'a Wait) -> (Known, Then) {
        match wait {
            Wait::Passed(delay) => {
                self.delay(delay);
                (Known::default(), Then::GoesOn)
            }
            Wait::Until(instant) => {
                self.value(instant);
                (Known::default(), Then::GoesOn)
            }
            Wait::Event(event) => {
                // What follows happens because the event came, and because it met the condition.
                let mut level = Label::public();
                let known = self.event(event, &mut |_, decided| level = decided.clone());
                self.context.join_level(&level);
                self.ends.join_level(&self.context);
                (known, Then::GoesOn)
            }
            Wait::First(branches) => {
                let ways = self.first_of(step, branches);
                (Known::default(), self.after(ways))
            }
        }
    }

    /// The ways of `wait for first`. That the time passed shows that no event came which would have counted.
    fn first_of(&mut self, step: &'a Step, branches: &'a [WaitBranch]) -> Vec<(Then, Env)> {
        let mut came: Vec<Option<(Known, Label)>> = Vec::with_capacity(branches.len());
        let mut silence = Label::public();
        for branch in branches {
            came.push(match &branch.until {
                Until::Event(event) => {
                    let mut level = Label::public();
                    let known = self.event(event, &mut |_, decided| level = decided.clone());
                    silence.join_level(&level);
                    Some((known, level))
                }
                Until::After(delay) => {
                    self.delay(delay);
                    None
                }
            });
        }
        (branches.iter().zip(came).enumerate())
            .map(|(number, (branch, came))| {
                self.nested((step, number), &branch.body, |walk| {
                    match (&branch.until, came) {
                        (Until::Event(event), Some((known, level))) => {
                            walk.context.join_level(&level);
                            if let Some(name) = &event.binding {
                                walk.env.bind(name.clone(), known);
                            }
                        }
                        _ => walk.context.join_level(&silence),
                    }
                })
            })
            .collect()
    }

    pub(super) fn delay(&mut self, delay: &sophia_plan::step::Delay) {
        if let sophia_plan::step::Delay::Time(time) = delay {
            self.value(time);
        }
    }

    /// What comes in with an event. `look` sees its name, and the level of what chooses it.
    pub(super) fn event(
        &mut self,
        event: &EventPattern,
        look: &mut dyn FnMut(&mut Self, &Label),
    ) -> Known {
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

    /// What comes in under the name of an event.
    pub(super) fn incoming(&mut self, event: &Arc<str>, of: &Type) -> Known {
        let between = Between::Event(event.clone());
        if event.contains('.') {
            return self.delivered(event, of, &Spot::default());
        }
        let mut known = self
            .world
            .get(between)
            .as_deref()
            .cloned()
            .unwrap_or_else(|| {
                let label = internal(event, "an event", Spot::default());
                Known::typed(of, &label)
            });
        known.add_type(of);
        known
    }

    pub(super) fn end(
        &mut self,
        kind: EndKind,
        reason: &Expression,
        when: Option<&Expression>,
    ) -> Then {
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
}
