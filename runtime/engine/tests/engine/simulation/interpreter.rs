//! What a playbook means, said once more and as plainly as can be: a reader who goes from line to line.
//! The kernel must do the same in the same order.
//!
//! There are no crashes here, and nothing is unknown: each attempt succeeds or fails by its seed.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use sophia_engine::FailureKind;
use sophia_plan::evaluate::same;
use sophia_plan::step::{Amount, Otherwise, Pattern, Retry};
use sophia_plan::{
    Block, EndKind, Expression, Host, Plan, Record, Scope, Step, StepKind, Value, Work, evaluate,
};

use super::author::answer;

/// What came of a run.
#[derive(Debug, PartialEq)]
pub struct Meaning {
    /// The keys of all attempts in the order in which they began, suppressed ones left out.
    pub began: Vec<String>,
    pub end: End,
}

/// How a run ended.
#[derive(Debug, PartialEq)]
pub enum End {
    Done(Option<Value>),
    Stopped(String),
    /// With what could not be taken back.
    Failed(String),
}

/// How an attempt goes, by seed, key and number.
pub fn fate(seed: u64, key: &str, attempt: u32) -> Option<FailureKind> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(key.as_bytes());
    hasher.update(&attempt.to_le_bytes());
    // Some seeds fail often, some rarely.
    let often = [8, 20, 50][usize::try_from(seed % 3).unwrap()];
    match hasher.finalize().as_bytes()[0] % often {
        0 => Some(FailureKind::Transient),
        1 => Some(FailureKind::Permanent),
        _ => None,
    }
}

/// What is known outside of scopes.
struct Reader {
    seed: u64,
    began: Vec<String>,
    /// Effects that can be taken back, the latest last: the key, and the claim.
    undos: Vec<(String, Option<(Arc<str>, Vec<u8>)>)>,
    claims: BTreeMap<(Arc<str>, Vec<u8>), Value>,
}

/// Where the reader goes after a statement.
enum Way {
    Stop(String),
    Skip(String),
    Fail(String),
    Return(Value),
}

struct NoOutside;

impl Host for NoOutside {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }

    fn predict(
        &self,
        _: &str,
        _: &Value,
        _: &Record,
    ) -> Result<Value, sophia_diagnostics::Problem> {
        unreachable!("these plans predict nothing")
    }
}

fn value(expression: &Expression, scope: &Scope) -> Value {
    evaluate(expression, scope, &NoOutside).expect("these plans use names that are there")
}

fn text(expression: &Expression, scope: &Scope) -> String {
    match value(expression, scope) {
        Value::Text(text) => text.to_string(),
        other => panic!("a reason is a text, and this is {other:?}"),
    }
}

pub fn read(plan: &Plan, seed: u64) -> Meaning {
    let mut reader = Reader {
        seed,
        began: Vec::new(),
        undos: Vec::new(),
        claims: BTreeMap::new(),
    };
    let end = match reader.block(&plan.body, "", "", &mut Scope::default(), &mut Vec::new()) {
        Ok(()) => End::Done(None),
        Err(Way::Return(value)) => End::Done(Some(value)),
        Err(Way::Stop(reason) | Way::Skip(reason)) => End::Stopped(reason),
        Err(Way::Fail(message)) => {
            let message = reader.take_back(0, message);
            if let Some((_, block)) = &plan.on_failure {
                let ended = reader.block(block, "", "", &mut Scope::default(), &mut Vec::new());
                if let Err(Way::Fail(message)) = ended {
                    reader.take_back(0, message);
                }
            }
            End::Failed(message)
        }
    };
    Meaning {
        began: reader.began,
        end,
    }
}

impl Reader {
    /// Reads a block whose steps stand in the loop `around`, with keys that begin with `prefix`.
    fn block(
        &mut self,
        block: &Block,
        prefix: &str,
        around: &str,
        scope: &mut Scope,
        given: &mut Vec<Value>,
    ) -> Result<(), Way> {
        for (_, step) in block.steps() {
            self.step(step, prefix, around, scope, given)?;
        }
        Ok(())
    }

    fn step(
        &mut self,
        step: &Step,
        prefix: &str,
        around: &str,
        scope: &mut Scope,
        given: &mut Vec<Value>,
    ) -> Result<(), Way> {
        let local = step.name.strip_prefix(around).unwrap_or(&step.name);
        let key = format!("{prefix}{}", local.strip_prefix('/').unwrap_or(local));
        let mut bound = Value::None;
        match &step.kind {
            StepKind::Work(work) => {
                bound = match self.work(step, work, &key, scope) {
                    Ok(value) => value,
                    Err(message) => {
                        self.otherwise(step, message, (prefix, around), scope, given)?
                    }
                };
            }
            StepKind::Branch {
                condition,
                then,
                otherwise,
            } => {
                let holds = value(condition, scope) == Value::Boolean(true);
                let block = if holds { then } else { otherwise };
                self.block(block, prefix, around, &mut scope.clone(), given)?;
            }
            StepKind::Match {
                value: looked_at,
                arms,
                otherwise,
            } => {
                let looked_at = value(looked_at, scope);
                let fits = |pattern: &Pattern| match pattern {
                    Pattern::Value(value) => same(value, &looked_at),
                    Pattern::Range { from, to } => {
                        matches!(&looked_at, Value::Integer(it) if from <= it && it <= to)
                    }
                };
                let arm = arms.iter().find(|arm| arm.patterns.iter().any(fits));
                if let Some(block) = arm.map(|arm| &arm.body).or(otherwise.as_ref()) {
                    self.block(block, prefix, around, &mut scope.clone(), given)?;
                }
            }
            StepKind::Repeat {
                at_most,
                until,
                body,
                ..
            } => {
                for round in 1..=at_most.unwrap_or(u64::MAX) {
                    let mut inside = scope.clone();
                    let prefix = format!("{key}[{round}]/");
                    self.block(body, &prefix, &step.name, &mut inside, given)?;
                    let enough = until.as_ref().map(|until| value(until, &inside));
                    if enough == Some(Value::Boolean(true)) {
                        break;
                    }
                }
            }
            StepKind::Together { body } => self.together(body, prefix, around, scope)?,
            StepKind::Try {
                body, otherwise, ..
            } => {
                let mark = self.undos.len();
                let mut inner = Vec::new();
                match self.block(body, prefix, around, &mut scope.clone(), &mut inner) {
                    Ok(()) => given.extend(inner),
                    Err(Way::Fail(message)) => {
                        self.take_back(mark, message);
                        let mut inside = scope.clone();
                        self.block(otherwise, prefix, around, &mut inside, given)?;
                    }
                    Err(way) => return Err(way),
                }
            }
            StepKind::Action {
                arguments, body, ..
            } => {
                let mut inside = Scope::default();
                for (name, argument) in arguments {
                    inside = inside.with(name.clone(), value(argument, scope));
                }
                let mark = self.undos.len();
                let ended = self.block(body, prefix, around, &mut inside, &mut Vec::new());
                bound = match ended {
                    Ok(()) => Value::None,
                    Err(Way::Return(value)) => value,
                    Err(Way::Fail(message)) if step.policy.otherwise.is_some() => {
                        let message = self.take_back(mark, message);
                        self.otherwise(step, message, (prefix, around), scope, given)?
                    }
                    Err(way) => return Err(way),
                };
            }
            StepKind::ForEach { .. } => bound = self.each(step, &key, scope)?,
            StepKind::End { kind, reason, when } => {
                let applies = when.as_ref().map(|when| value(when, scope));
                if applies != Some(Value::Boolean(false)) {
                    return Err(way(*kind, text(reason, scope)));
                }
            }
            StepKind::Return { value: given } => {
                let given = given.as_ref().map(|given| value(given, scope));
                return Err(Way::Return(given.unwrap_or(Value::None)));
            }
            StepKind::Yield {
                value: one,
                amount: Amount::One,
            } => given.push(value(one, scope)),
            StepKind::Yield { value: several, .. } => match value(several, scope) {
                Value::List(several) => given.extend(several.iter().cloned()),
                other => panic!("a list is given, and this is {other:?}"),
            },
            StepKind::Ask(_) | StepKind::Wait(_) | StepKind::Armed { .. } => {
                unreachable!("these plans wait for nothing")
            }
        }
        if let Some(name) = &step.binds {
            *scope = scope.with(name.clone(), bound);
        }
        Ok(())
    }

    /// One call, with its further attempts: what it gives, or why not.
    fn work(
        &mut self,
        step: &Step,
        work: &Work,
        key: &str,
        scope: &Scope,
    ) -> Result<Value, String> {
        let claim = step.policy.at_most_once.as_ref().map(|once| {
            let of = sophia_plan::encode(&value(&once.key, scope));
            (step.name.clone(), of)
        });
        if let Some(known) = claim.as_ref().and_then(|claim| self.claims.get(claim)) {
            return Ok(known.clone());
        }
        self.attempts(key, &step.label, step.policy.retry)?;
        let result = answer(key);
        if work.is_effect() {
            if let Some(claim) = &claim {
                self.claims.insert(claim.clone(), result.clone());
            }
            if step.policy.undo.is_some() {
                self.undos.push((key.to_owned(), claim));
            }
        }
        Ok(result)
    }

    fn attempts(&mut self, key: &str, label: &str, retry: Option<Retry>) -> Result<(), String> {
        for attempt in 1.. {
            self.began.push(format!("{key} #{attempt}"));
            match fate(self.seed, key, attempt) {
                None => return Ok(()),
                Some(FailureKind::Transient)
                    if retry.is_some_and(|retry| attempt <= retry.times) => {}
                Some(_) => break,
            }
        }
        Err(format!("{label} did not work."))
    }

    fn otherwise(
        &mut self,
        step: &Step,
        message: String,
        (prefix, around): (&str, &str),
        scope: &Scope,
        given: &mut Vec<Value>,
    ) -> Result<Value, Way> {
        match &step.policy.otherwise {
            None => Err(Way::Fail(message)),
            Some(Otherwise::Value(instead)) => Ok(value(instead, scope)),
            Some(Otherwise::End { kind, reason }) => Err(way(*kind, text(reason, scope))),
            Some(Otherwise::Block(block)) => {
                let mut inner = Vec::new();
                self.block(block, prefix, around, &mut scope.clone(), &mut inner)?;
                if step.binds.is_some() {
                    return Ok(inner.pop().unwrap_or(Value::None));
                }
                given.extend(inner);
                Ok(Value::None)
            }
        }
    }

    /// All of them leave at once; the first that fails is what the block fails with.
    fn together(
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

    fn each(&mut self, step: &Step, key: &str, scope: &Scope) -> Result<Value, Way> {
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
    fn take_back(&mut self, mark: usize, message: String) -> String {
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

fn way(kind: EndKind, reason: String) -> Way {
    match kind {
        EndKind::Stop => Way::Stop(reason),
        EndKind::Skip => Way::Skip(reason),
        EndKind::Fail => Way::Fail(reason),
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
