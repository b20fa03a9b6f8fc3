//! What code and steps rest on: the names they read, the places they touch, whether they hold back
//! what comes after. The edges of the graph follow from it.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_plan::expression::{Expression, JoinOn, Stage};
use sophia_plan::step::{
    Block, Delay, EndKind, EventPattern, Otherwise, Policy, Question, Step, StepKind, Until, Wait,
    Work,
};

use super::sources::{Sources, Touched, place_of};

/// What an expression or a step rests on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uses {
    /// Names of the surrounding scope, predictors included.
    pub(crate) names: BTreeSet<Arc<str>>,
    /// Whether the clock, a row or a prediction is asked, so that the value is not fixed.
    pub(crate) asks_the_run: bool,
    /// Connections and tools that are read.
    pub(crate) reads: BTreeSet<Arc<str>>,
    /// Connections and tools on which the world changes.
    pub(crate) effects: Touched,
    /// Whether the run, or the item, may end or wait here: it holds back everything after it.
    pub(crate) holds_back: bool,
    /// Whether it waits for a person, an event or a time, after which reads are stale.
    pub(crate) waits: bool,
}

impl Uses {
    /// What an expression rests on.
    pub(crate) fn of(expression: &Expression) -> Self {
        let mut uses = Self::default();
        uses.expression(expression);
        uses
    }

    /// What a step rests on, its blocks included.
    pub(crate) fn of_step(step: &Step, sources: &dyn Sources) -> Self {
        let mut uses = Self::default();
        uses.policy(&step.policy, sources);
        match &step.kind {
            StepKind::Work(work) => uses.work(work, sources),
            StepKind::ForEach {
                item, source, body, ..
            } => {
                uses.expression(source);
                let mut inside = Self::of_block(body, sources);
                inside.names.remove(item);
                // A `skip` ends an item, not what stands after the loop.
                inside.holds_back = inside.waits || ends_with(body, EndKind::Fail);
                uses.merge(inside);
            }
            StepKind::Branch {
                condition,
                then,
                otherwise,
            } => {
                uses.expression(condition);
                uses.merge(Self::of_block(then, sources));
                uses.merge(Self::of_block(otherwise, sources));
            }
            StepKind::Match {
                value,
                arms,
                otherwise,
            } => {
                uses.expression(value);
                for block in arms.iter().map(|arm| &arm.body).chain(otherwise) {
                    uses.merge(Self::of_block(block, sources));
                }
            }
            StepKind::Repeat {
                every, until, body, ..
            } => {
                uses.expression(every);
                let inside = Self::of_block(body, sources);
                let mut after = Self::default();
                after.all(until);
                for (_, step) in body.steps() {
                    if let Some(name) = &step.binds {
                        after.names.remove(name);
                    }
                }
                uses.merge(inside);
                uses.merge(after);
                uses.stops_for_a_while();
            }
            StepKind::Together { body } => uses.merge(Self::of_block(body, sources)),
            StepKind::Try {
                body,
                failure,
                otherwise,
            } => {
                let mut caught = Self::of_block(otherwise, sources);
                if let Some(name) = failure {
                    caught.names.remove(name);
                }
                uses.merge(Self::of_block(body, sources));
                uses.merge(caught);
            }
            StepKind::Action {
                arguments, body, ..
            } => {
                uses.all(arguments.iter().map(|(_, value)| value));
                let mut inside = Self::of_block(body, sources);
                for (name, _) in arguments {
                    inside.names.remove(name);
                }
                // A `return` ends the action, not the caller.
                inside.holds_back = inside.waits
                    || ends_with(body, EndKind::Fail)
                    || ends_with(body, EndKind::Stop);
                uses.merge(inside);
            }
            StepKind::Ask(ask) => {
                uses.stops_for_a_while();
                uses.expression(&ask.whom);
                match &ask.question {
                    Question::Approve { text } => uses.expression(text),
                    Question::Form {
                        text,
                        starting_with,
                    } => {
                        uses.expression(text);
                        uses.all(starting_with);
                    }
                }
            }
            StepKind::Wait(wait) => {
                uses.stops_for_a_while();
                uses.wait(wait, sources);
            }
            StepKind::Armed { event, reason, .. } => {
                let mut inside = Self::default();
                inside.expression(reason);
                uses.event(event, inside);
                uses.holds_back = true;
            }
            StepKind::End { reason, when, .. } => {
                uses.holds_back = true;
                uses.expression(reason);
                uses.all(when);
            }
            StepKind::Return { value } => {
                uses.holds_back = true;
                uses.all(value);
            }
            StepKind::Yield { value, .. } => uses.expression(value),
        }
        uses
    }

    /// What a block rests on besides what it gives itself.
    pub(super) fn of_block(block: &Block, sources: &dyn Sources) -> Self {
        let mut all = Self::default();
        let mut bound = BTreeSet::new();
        for (_, step) in block.steps() {
            let mut uses = Self::of_step(step, sources);
            uses.names.retain(|name| !bound.contains(name));
            all.merge(uses);
            bound.extend(step.binds.clone());
            if let StepKind::Together { body } = &step.kind {
                bound.extend(body.steps().filter_map(|(_, step)| step.binds.clone()));
            }
        }
        all
    }

    fn merge(&mut self, other: Self) {
        self.names.extend(other.names);
        self.reads.extend(other.reads);
        self.effects.add(other.effects);
        self.asks_the_run |= other.asks_the_run;
        self.holds_back |= other.holds_back;
        self.waits |= other.waits;
    }

    /// What is not as it was when this has ended: reads of it from before are stale.
    pub(super) fn outdates(&self) -> Touched {
        if self.waits {
            Touched::everything()
        } else {
            self.effects.clone()
        }
    }

    fn stops_for_a_while(&mut self) {
        self.holds_back = true;
        self.waits = true;
    }

    fn wait(&mut self, wait: &Wait, sources: &dyn Sources) {
        match wait {
            Wait::Passed(delay) => self.delay(delay),
            Wait::Until(instant) => self.expression(instant),
            Wait::Event(event) => self.event(event, Self::default()),
            Wait::First(branches) => {
                for branch in branches {
                    let inside = Self::of_block(&branch.body, sources);
                    match &branch.until {
                        Until::Event(event) => self.event(event, inside),
                        Until::After(delay) => {
                            self.delay(delay);
                            self.merge(inside);
                        }
                    }
                }
            }
        }
    }

    /// An event, and what looks at it under its name.
    fn event(&mut self, event: &EventPattern, mut inside: Self) {
        inside.all(&event.condition);
        if let Some(name) = &event.binding {
            inside.names.remove(name);
        }
        self.merge(inside);
    }

    fn delay(&mut self, delay: &Delay) {
        if let Delay::Time(time) = delay {
            self.expression(time);
        }
    }

    fn work(&mut self, work: &Work, sources: &dyn Sources) {
        if !work.is_effect() {
            self.reads.extend(place_of(work, sources));
        }
        self.effects.by_work(work, sources);
        work.each_part(&mut |part| self.expression(part));
    }

    fn policy(&mut self, policy: &Policy, sources: &dyn Sources) {
        if let Some(once) = &policy.at_most_once {
            self.expression(&once.key);
        }
        if let Some(within) = &policy.within {
            self.delay(&within.limit);
            for escalation in &within.then {
                self.expression(&escalation.whom);
                if let Some(within) = &escalation.within {
                    self.delay(within);
                }
            }
        }
        if let Some(undo) = &policy.undo {
            let mut inside = Self::default();
            inside.work(&undo.work, sources);
            inside.names.remove(&undo.result);
            self.names.extend(inside.names);
        }
        match &policy.otherwise {
            None => {}
            Some(Otherwise::Value(value)) => self.expression(value),
            Some(Otherwise::End { reason, .. }) => {
                self.expression(reason);
                self.holds_back = true;
            }
            Some(Otherwise::Block(block)) => self.merge(Self::of_block(block, sources)),
        }
    }

    fn all<'e>(&mut self, expressions: impl IntoIterator<Item = &'e Expression>) {
        for expression in expressions {
            self.expression(expression);
        }
    }

    fn expression(&mut self, expression: &Expression) {
        match expression {
            Expression::Name(name) => {
                self.names.insert(name.clone());
            }
            Expression::Boundary { .. } | Expression::Column(_) | Expression::Row => {
                self.asks_the_run = true;
            }
            Expression::Call { function, .. } => self.asks_the_run |= function.asks_the_run(),
            Expression::Predict { predictor, .. } => {
                self.asks_the_run = true;
                self.names.insert(predictor.clone());
            }
            Expression::Window { .. } => self.asks_the_run = true,
            Expression::Let { name, value, body } => {
                self.expression(value);
                let mut inside = Self::of(body);
                inside.names.remove(name);
                return self.merge(inside);
            }
            Expression::Pipeline { source, stages } => {
                self.expression(source);
                for stage in stages {
                    self.stage(stage);
                }
                return;
            }
            _ => {}
        }
        expression.each_part(&mut |part| self.expression(part));
    }

    fn stage(&mut self, stage: &Stage) {
        let Stage::Join {
            source,
            binding: Some(binding),
            on: JoinOn::Condition(condition),
            ..
        } = stage
        else {
            return stage.each_part(&mut |part| self.expression(part));
        };
        self.expression(source);
        let mut inside = Self::of(condition);
        inside.names.remove(binding);
        self.merge(inside);
    }
}

/// Whether a block may end in this way, loops inside it included.
fn ends_with(block: &Block, wanted: EndKind) -> bool {
    block.steps().any(|(_, step)| {
        let by_policy = matches!(
            &step.policy.otherwise,
            Some(Otherwise::End { kind, .. }) if *kind == wanted
        );
        let by_itself = match &step.kind {
            StepKind::End { kind, .. } => *kind == wanted,
            // Refused, it stops the run.
            StepKind::Ask(_) if step.binds.is_none() => wanted == EndKind::Stop,
            _ => false,
        };
        by_policy
            || by_itself
            || step
                .blocks()
                .into_iter()
                .any(|block| ends_with(block, wanted))
    })
}
