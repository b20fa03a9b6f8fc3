//! Random plans, with every statement that steers a run.
//!
//! Kept true here: a step that uses a name has an edge from the step that binds it, so that a plan is one
//! that a playbook could give.

use std::sync::Arc;

use sophia_plan::step::{Otherwise, Pattern, Unsure};
use sophia_plan::{Block, Edge, EndKind, Expression, Plan, StepKind, Value};

use super::dice::Dice;
use crate::plans::{
    Draft, action, attempt, branch, choice, each, effect, end, equal, name, number, plan, read,
    repeat, returns, text, together, yes_or_no, yields, yields_each,
};

/// How the steps of a block stand to each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Any graph; items side by side.
    Any,
    /// One after the other, and nothing is unknown: what a reader who goes from line to line expects.
    AsWritten,
}

pub struct Author<'a> {
    dice: &'a mut Dice,
    order: Order,
    steps: usize,
    /// Names that the step under way uses.
    used: Vec<String>,
}

/// Where a block stands.
#[derive(Clone)]
struct Around {
    path: String,
    depth: usize,
    in_loop: bool,
    /// Also inside an action that an item calls.
    in_item: bool,
    can_return: bool,
    gathers: bool,
    known: Vec<String>,
}

impl Around {
    fn deeper(&self) -> Self {
        Self {
            depth: self.depth - 1,
            ..self.clone()
        }
    }
}

/// A plan, with something behind `on failure` half of the time.
pub fn random_plan(dice: &mut Dice, order: Order) -> Plan {
    let mut author = Author {
        dice,
        order,
        steps: 0,
        used: Vec::new(),
    };
    let around = Around {
        path: String::new(),
        depth: 3,
        in_loop: false,
        in_item: false,
        can_return: true,
        gathers: false,
        known: Vec::new(),
    };
    let body = author.block(&around);
    let mut random = plan("random", body);
    if author.dice.chance(50) {
        let around = Around {
            path: "on failure/".into(),
            depth: 1,
            known: author.failure(),
            ..around
        };
        let block = author.block(&around);
        random.on_failure = Some((Some("f".into()), block));
    }
    random
}

impl Author<'_> {
    fn block(&mut self, around: &Around) -> Block {
        let mut around = around.clone();
        let mut block = Block::default();
        let mut added = Vec::new();
        let mut bound = Vec::new();
        let mut last_effect = None;
        let outer = std::mem::take(&mut self.used);
        let mut from_outside = Vec::new();
        for _ in 0..=self.dice.below(2 + around.depth) {
            let draft = self.step(&around);
            let is_effect = matches!(&draft.0.kind, StepKind::Work(work) if work.is_effect());
            let binds = names(&draft);
            let node = block.add(draft.0);
            for used in self.used.drain(..) {
                match bound.iter().find(|(name, _)| *name == used) {
                    Some((_, binder)) => block.connect(*binder, node, Edge::Data),
                    None => from_outside.push(used),
                }
            }
            match self.order {
                Order::AsWritten => {
                    if let Some(last) = added.last() {
                        block.connect(*last, node, Edge::Order);
                    }
                }
                Order::Any => {
                    for earlier in &added {
                        if self.dice.chance(40) {
                            block.connect(*earlier, node, Edge::Data);
                        }
                    }
                    if let Some(last) = last_effect.filter(|_| is_effect) {
                        block.connect(last, node, Edge::Order);
                    }
                }
            }
            if is_effect {
                last_effect = Some(node);
            }
            added.push(node);
            for name in binds {
                around.known.push(name.clone());
                bound.push((name, node));
            }
        }
        self.used = outer;
        self.used.extend(from_outside);
        block
    }

    /// The name of a failure, where its value does not matter.
    fn failure(&self) -> Vec<String> {
        match self.order {
            Order::Any => vec!["f".into()],
            Order::AsWritten => Vec::new(),
        }
    }

    fn label(&mut self, path: &str, kind: &str) -> String {
        self.steps += 1;
        format!("{path}{kind} {}", self.steps)
    }

    /// A value that stands there already.
    fn value(&mut self, around: &Around) -> Expression {
        if around.known.is_empty() || self.dice.chance(30) {
            return text("written");
        }
        let known = self.dice.one_of(&around.known);
        self.used.push(known.clone());
        name(&known)
    }

    fn step(&mut self, around: &Around) -> Draft {
        match self.dice.below(if around.depth == 0 { 8 } else { 22 }) {
            0 | 1 => {
                let draft = read(&self.label(&around.path, "read"));
                let draft = self.binding(draft, 30);
                self.policy(draft, around)
            }
            2..=5 => self.effect(around),
            6 => self.end(around),
            7 => self.giving(around),
            8 | 9 => self.each(around),
            10 => {
                let own = self.label(&around.path, "if");
                let holds = yes_or_no(self.dice.chance(50));
                let then = self.block(&around.deeper());
                let otherwise = self.block(&around.deeper());
                branch(&own, holds, then, otherwise)
            }
            11 | 12 => self.choice(around),
            13 | 14 => self.repeat(around),
            15 => self.together(around),
            16..=18 => {
                let own = self.label(&around.path, "try");
                let tried = self.block(&around.deeper());
                let mut caught = around.deeper();
                caught.known.extend(self.failure());
                let caught = self.block(&caught);
                // The failure is the block's own name.
                self.used.retain(|name| name != "f");
                attempt(&own, tried, caught)
            }
            _ => self.action(around),
        }
    }

    fn binding(&mut self, draft: Draft, percent: u64) -> Draft {
        if self.dice.chance(percent) {
            draft.binds(&format!("name {}", self.steps))
        } else {
            draft
        }
    }

    fn effect(&mut self, around: &Around) -> Draft {
        let mut draft = effect(&self.label(&around.path, "effect"));
        if self.dice.chance(40) {
            let key = match self.dice.below(3) {
                0 if around.known.iter().any(|name| name == "item") => {
                    self.used.push("item".into());
                    name("item")
                }
                1 => text("one"),
                _ => text("two"),
            };
            draft = draft.once(key, None);
        }
        if self.dice.chance(45) {
            draft = draft.undo();
        }
        draft = draft.unsure(match self.dice.below(4) {
            0 => Unsure::Retry,
            1 => Unsure::Skip,
            _ => Unsure::Ask,
        });
        let draft = self.binding(draft, 30);
        self.policy(draft, around)
    }

    fn end(&mut self, around: &Around) -> Draft {
        let kind = match self.dice.below(3) {
            0 if around.in_loop => EndKind::Skip,
            0 => EndKind::Stop,
            _ => EndKind::Fail,
        };
        let when = yes_or_no(self.dice.chance(15));
        let own = self.label(&around.path, "end");
        end(&own, kind, "a reason", Some(when))
    }

    /// `yield` or `return`, where one may stand.
    fn giving(&mut self, around: &Around) -> Draft {
        let value = self.value(around);
        if around.gathers {
            let own = self.label(&around.path, "yield");
            if self.dice.chance(30) {
                return yields_each(&own, Expression::List(vec![value, text("and more")]));
            }
            return yields(&own, value);
        }
        if around.can_return && self.dice.chance(25) {
            let own = self.label(&around.path, "return");
            return returns(&own, value);
        }
        self.end(around)
    }

    fn each(&mut self, around: &Around) -> Draft {
        let own = self.label(&around.path, "each");
        let items = i64::try_from(self.dice.below(5)).unwrap();
        let at_a_time = match self.order {
            Order::Any => u32::try_from(1 + self.dice.below(3)).unwrap(),
            Order::AsWritten => 1,
        };
        let gathers = self.dice.chance(50);
        let mut inside = Around {
            path: format!("{own}/"),
            in_loop: true,
            in_item: true,
            can_return: false,
            gathers,
            ..around.deeper()
        };
        inside.known.push("item".into());
        let body = self.block(&inside);
        self.used.retain(|name| name != "item" || around.in_loop);
        let mut draft = each(&own, items, at_a_time, body);
        if self.dice.chance(30) {
            draft = draft.keep_going();
        }
        if gathers {
            draft = draft.binds(&format!("name {}", self.steps));
            if self.dice.chance(30) {
                draft = draft.otherwise(Otherwise::Value(text("instead")));
            }
        }
        draft
    }

    fn choice(&mut self, around: &Around) -> Draft {
        let own = self.label(&around.path, "match");
        let value = if around.known.iter().any(|name| name == "item") {
            self.used.push("item".into());
            name("item")
        } else {
            number(i64::try_from(self.dice.below(5)).unwrap())
        };
        let arms = [
            vec![Pattern::Value(Value::Integer(1))],
            vec![
                Pattern::Value(Value::Integer(0)),
                Pattern::Range { from: 2, to: 3 },
            ],
        ]
        .map(|patterns| (patterns, self.block(&around.deeper())));
        let otherwise = self.block(&around.deeper());
        choice(&own, value, arms, Some(otherwise))
    }

    fn repeat(&mut self, around: &Around) -> Draft {
        let own = self.label(&around.path, "repeat");
        let inside = Around {
            path: format!("{own}/"),
            ..around.deeper()
        };
        let mut body = self.block(&inside);
        let rounds = match self.order {
            // An item that pauses gives up its place, and the next one begins before it goes on.
            Order::AsWritten if around.in_item => 1,
            _ => 1 + self.dice.below(3),
        };
        // What a round found out decides: a step of its own, behind all others.
        let asked = format!("{own}/asked");
        let until = self.dice.chance(50).then(|| {
            let Draft(step) = read(&asked).binds("asked");
            let last: Vec<_> = body.steps().map(|(node, _)| node).collect();
            let asking = body.add(step);
            for earlier in last {
                body.connect(earlier, asking, Edge::Order);
            }
            let round = 1 + self.dice.below(3);
            equal(name("asked"), number(i64::try_from(round).unwrap()))
        });
        repeat(&own, Some(rounds as u64), until, body)
    }

    fn together(&mut self, around: &Around) -> Draft {
        let own = self.label(&around.path, "together");
        let mut body = Block::default();
        for _ in 0..=self.dice.below(3) {
            let mut draft = effect(&self.label(&around.path, "effect"));
            if self.dice.chance(50) {
                draft = draft.undo();
            }
            let Draft(step) = self.binding(draft, 50);
            body.add(step);
        }
        together(&own, body)
    }

    fn action(&mut self, around: &Around) -> Draft {
        let own = self.label(&around.path, "action");
        let argument = self.value(around);
        let outer = std::mem::take(&mut self.used);
        let inside = Around {
            in_loop: false,
            can_return: true,
            gathers: false,
            known: vec!["given".into()],
            ..around.deeper()
        };
        let body = self.block(&inside);
        self.used = outer;
        let draft = action(&own, ("given", argument), body);
        let mut draft = self.binding(draft, 50);
        if matches!(self.order, Order::Any) {
            if self.dice.chance(30) {
                draft = draft.retry(1 + u32::try_from(self.dice.below(2)).unwrap(), 5_000);
            }
            if self.dice.chance(20) {
                draft = draft.once(text("one"), None);
            }
        }
        if self.dice.chance(60) {
            return draft;
        }
        self.otherwise(draft, around)
    }

    fn policy(&mut self, mut draft: Draft, around: &Around) -> Draft {
        if self.dice.chance(40) {
            draft = draft.retry(u32::try_from(self.dice.below(3)).unwrap(), 5_000);
        }
        if self.dice.chance(35) {
            return self.otherwise(draft, around);
        }
        draft
    }

    fn otherwise(&mut self, draft: Draft, around: &Around) -> Draft {
        match self.dice.below(4) {
            0 => draft.otherwise(Otherwise::Value(text("instead"))),
            1 if around.depth > 0 => {
                // Behind a `let` the block gives the value that is missing.
                let gathers = around.gathers || draft.0.binds.is_some();
                let inside = Around {
                    gathers,
                    ..around.deeper()
                };
                let mut block = self.block(&inside);
                if draft.0.binds.is_some() {
                    let Draft(last) = yields(&self.label(&around.path, "yield"), text("made up"));
                    let earlier: Vec<_> = block.steps().map(|(node, _)| node).collect();
                    let last = block.add(last);
                    for earlier in earlier {
                        block.connect(earlier, last, Edge::Order);
                    }
                }
                draft.otherwise(Otherwise::Block(block))
            }
            _ => draft.otherwise(Otherwise::End {
                kind: match (around.in_loop, self.dice.below(3)) {
                    (_, 0) => EndKind::Fail,
                    (true, _) => EndKind::Skip,
                    (false, _) => EndKind::Stop,
                },
                reason: text("enough"),
            }),
        }
    }
}

/// What a step gives: which round it is in, where that is asked; its key otherwise.
pub fn answer(key: &str) -> Value {
    let round = key
        .strip_suffix("]/asked")
        .and_then(|rest| rest.rsplit('[').next()?.parse().ok());
    match round {
        Some(round) => Value::Integer(round),
        None => Value::Text(key.into()),
    }
}

/// The names that a step gives to those after it.
fn names(draft: &Draft) -> Vec<String> {
    let own = draft.0.binds.iter();
    let inner = match &draft.0.kind {
        StepKind::Together { body } => body
            .steps()
            .filter_map(|(_, step)| step.binds.as_ref())
            .collect(),
        _ => Vec::new(),
    };
    own.chain(inner)
        .map(|name: &Arc<str>| name.to_string())
        .collect()
}
