//! What a playbook means, said once more and as plainly as can be: a reader who goes from line to line.
//! The kernel must do the same in the same order.
//!
//! There are no crashes here, and nothing is unknown: each attempt succeeds or fails by its seed.

mod boundaries;

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

/// A step's name and the bytes of its key.
type Claim = (Arc<str>, Vec<u8>);

/// What is known outside of scopes.
struct Reader {
    seed: u64,
    began: Vec<String>,
    /// Effects that can be taken back, the latest last: the key, and the claim.
    undos: Vec<(String, Option<Claim>)>,
    claims: BTreeMap<Claim, Value>,
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
                let arm = arms
                    .iter()
                    .find(|arm| arm.patterns.iter().any(|pattern| fits(pattern, &looked_at)));
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
            } => self.attempt(body, otherwise, (prefix, around), scope, given)?,
            StepKind::Action { .. } => {
                bound = self.call(step, (prefix, around), scope, given)?;
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
}

fn way(kind: EndKind, reason: String) -> Way {
    match kind {
        EndKind::Stop => Way::Stop(reason),
        EndKind::Skip => Way::Skip(reason),
        EndKind::Fail => Way::Fail(reason),
    }
}

fn fits(pattern: &Pattern, value: &Value) -> bool {
    match (pattern, value) {
        (Pattern::Value(wanted), value) => same(wanted, value),
        (Pattern::Range { from, to }, Value::Integer(value)) => from <= value && value <= to,
        (Pattern::Range { .. }, _) => false,
    }
}
