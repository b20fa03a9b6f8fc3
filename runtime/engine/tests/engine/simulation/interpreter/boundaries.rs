//! What keeps a failure to itself, and what is taken back then: items, `try`, caught actions; and
//! `together`, whose effects fail together.

use std::sync::Arc;

use sophia_plan::step::Retry;
use sophia_plan::{Block, Record, Scope, Step, StepKind, Value};

use super::super::author::answer;
use super::{Reader, Way, fate, value};

/// The beginning of the keys in a block, and the name of the loop around it.
type Place<'a> = (&'a str, &'a str);

impl Reader {
    /// `try { } otherwise as f { }`
    pub(super) fn attempt(
        &mut self,
        body: &Block,
        otherwise: &Block,
        (prefix, around): Place<'_>,
        scope: &Scope,
        given: &mut Vec<Value>,
    ) -> Result<(), Way> {
        let mark = self.undos.len();
        let mut inner = Vec::new();
        match self.block(body, prefix, around, &mut scope.clone(), &mut inner) {
            Ok(()) => {
                given.extend(inner);
                Ok(())
            }
            Err(Way::Fail(message)) => {
                self.take_back(mark, message);
                self.block(otherwise, prefix, around, &mut scope.clone(), given)
            }
            Err(way) => Err(way),
        }
    }

    /// `do ACTION(…)`: what it gives.
    pub(super) fn call(
        &mut self,
        step: &Step,
        (prefix, around): Place<'_>,
        scope: &Scope,
        given: &mut Vec<Value>,
    ) -> Result<Value, Way> {
        let StepKind::Action {
            arguments, body, ..
        } = &step.kind
        else {
            unreachable!("an action")
        };
        let mut inside = Scope::default();
        for (name, argument) in arguments {
            inside = inside.with(name.clone(), value(argument, scope));
        }
        let mark = self.undos.len();
        match self.block(body, prefix, around, &mut inside, &mut Vec::new()) {
            Ok(()) => Ok(Value::None),
            Err(Way::Return(value)) => Ok(value),
            Err(Way::Fail(message)) if step.policy.otherwise.is_some() => {
                let message = self.take_back(mark, message);
                self.otherwise(step, message, (prefix, around), scope, given)
            }
            Err(way) => Err(way),
        }
    }

    /// All of them leave at once; the first that fails is what the block fails with.
    pub(super) fn together(
        &mut self,
        body: &Block,
        prefix: &str,
        around: &str,
        scope: &mut Scope,
    ) -> Result<(), Way> {
        let key = |step: &Step| {
            let local = step.name.strip_prefix(around).unwrap_or(&step.name);
            format!("{prefix}{}", local.strip_prefix('/').unwrap_or(local))
        };
        for (_, step) in body.steps() {
            self.began.push(format!("{} #1", key(step)));
        }
        let mut failed = None;
        for (_, step) in body.steps() {
            let key = key(step);
            if fate(self.seed, &key, 1).is_some() {
                failed.get_or_insert_with(|| format!("{} did not work.", step.label));
                continue;
            }
            if step.policy.undo.is_some() {
                self.undos.push((key.clone(), None));
            }
            if let Some(name) = &step.binds {
                *scope = scope.with(name.clone(), answer(&key));
            }
        }
        failed.map_or(Ok(()), |message| Err(Way::Fail(message)))
    }

    pub(super) fn each(&mut self, step: &Step, key: &str, scope: &Scope) -> Result<Value, Way> {
        let StepKind::ForEach {
            item,
            source,
            keep_going,
            body,
            ..
        } = &step.kind
        else {
            unreachable!("a loop")
        };
        let Value::List(items) = value(source, scope) else {
            panic!("a loop goes through a list")
        };
        let before = self.undos.len();
        let (mut gave, mut done, mut failed, mut skipped) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (place, value) in items.iter().enumerate() {
            let number = place + 1;
            let mark = self.undos.len();
            let mut inside = scope.with(item.clone(), value.clone());
            let mut given = Vec::new();
            let prefix = format!("{key}[{number}]/");
            match self.block(body, &prefix, &step.name, &mut inside, &mut given) {
                Ok(()) => {
                    done.push(value.clone());
                    gave.extend(given);
                }
                Err(Way::Skip(reason)) => {
                    skipped.push(pair(value, "reason", &reason));
                }
                Err(Way::Fail(message)) => {
                    let message = self.take_back(mark, message);
                    failed.push((number, value, message));
                }
                Err(way) => return Err(way),
            }
        }
        let list = |values: Vec<Value>| Value::List(Arc::new(values));
        if *keep_going {
            let done = if yields(body) { gave } else { done };
            let failed = failed
                .iter()
                .map(|(_, value, message)| pair(value, "message", message))
                .collect();
            return Ok(Value::Record(Arc::new(Record {
                fields: vec![
                    ("done".into(), list(done)),
                    ("failed".into(), list(failed)),
                    ("skipped".into(), list(skipped)),
                ],
            })));
        }
        let Some((number, _, message)) = failed.first() else {
            return Ok(if yields(body) {
                list(gave)
            } else {
                Value::None
            });
        };
        let message = format!(
            "{} of {} items failed. Item {number}: {message}",
            failed.len(),
            items.len()
        );
        if step.policy.otherwise.is_none() {
            // Finished items stay.
            self.undos.truncate(before);
        }
        self.otherwise(step, message, ("", ""), scope, &mut Vec::new())
    }

    /// What happened since a mark is taken back, the latest first; one that fails holds no other up, and
    /// the message names its effect.
    pub(super) fn take_back(&mut self, mark: usize, message: String) -> String {
        /// As often as the engine tries.
        const RETRY: Retry = Retry {
            times: 5,
            over_ms: 0,
        };
        let mut left = Vec::new();
        while self.undos.len() > mark {
            let Some((key, claim)) = self.undos.pop() else {
                break;
            };
            let undone = self.attempts(&format!("{key}/undo"), "", Some(RETRY));
            match (undone, claim) {
                (Ok(()), Some(claim)) => {
                    self.claims.remove(&claim);
                }
                (Ok(()), None) => {}
                (Err(_), _) => left.push(format!("`{key}` (line 7)")),
            }
        }
        let named = match left.as_slice() {
            [] => return message,
            [one] => one.clone(),
            [one, two] => format!("{one} and {two}"),
            [one, two, three] => format!("{one}, {two} and {three}"),
            [one, two, three, more @ ..] => {
                format!("{one}, {two}, {three} and {} more", more.len())
            }
        };
        format!("{message} {named} could not be taken back.")
    }
}

fn pair(item: &Value, name: &str, why: &str) -> Value {
    Value::Record(Arc::new(Record {
        fields: vec![
            ("item".into(), item.clone()),
            (name.into(), Value::Text(why.into())),
        ],
    }))
}

/// Whether a loop's own items give something.
fn yields(block: &Block) -> bool {
    block.steps().any(|(_, step)| match &step.kind {
        StepKind::Yield { .. } => true,
        StepKind::ForEach { .. } | StepKind::Action { .. } => false,
        _ if step.binds.is_some() => false,
        _ => step.blocks().into_iter().any(yields),
    })
}
