//! The plans that are measured: steps on a tool that does nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use sophia_engine::{Report, StepCall, StepOutcome, StepRunner};
use sophia_plan::step::{Delay, EventPattern, Policy, Wait, Within};
use sophia_plan::{Block, Edge, Expression, Origin, Plan, Step, StepKind, Type, Value, Work};

/// How many bytes a step gives.
const ANSWER: usize = 256;

/// In milliseconds.
const THIRTY_DAYS: i64 = 30 * 86_400_000;

/// Answers at once, with 256 bytes.
pub(crate) struct NoOp;

#[async_trait]
impl StepRunner for NoOp {
    async fn run(&self, _: StepCall) -> StepOutcome {
        StepOutcome::Done {
            value: Value::Text("x".repeat(ANSWER).into()),
            report: Report::default(),
        }
    }

    fn repeatable(&self, _: &StepCall) -> bool {
        true
    }
}

/// What a step of a measured plan does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    /// It reads.
    Reads,
    /// It changes the world.
    Effect,
}

/// A plan of steps, each after the one before it.
pub(crate) fn chain(steps: &[Does]) -> Arc<Plan> {
    let mut body = Block::default();
    let mut last = None;
    for (number, does) in steps.iter().enumerate() {
        let name: Arc<str> = format!("step {number}").into();
        let node = body.add(Step {
            name: name.clone(),
            label: name.clone(),
            documentation: None,
            origin: Origin { line: 1, column: 1 },
            kind: StepKind::Work(Work::Tool {
                tool: "nothing".into(),
                call: name.clone(),
                wire_name: name,
                arguments: Vec::new(),
                effect: *does == Does::Effect,
            }),
            binds: None,
            result: Type::Text,
            policy: Policy::default(),
        });
        if let Some(last) = last {
            body.connect(last, node, Edge::Order);
        }
        last = Some(node);
    }
    measured(body)
}

/// A plan that waits for an event, thirty days at most.
pub(crate) fn waits_for(event: &str) -> Arc<Plan> {
    let mut body = Block::default();
    body.add(Step {
        name: "wait".into(),
        label: "wait".into(),
        documentation: None,
        origin: Origin { line: 1, column: 1 },
        kind: StepKind::Wait(Wait::Event(EventPattern {
            event: event.into(),
            of: Type::Integer,
            binding: None,
            condition: None,
        })),
        binds: None,
        result: Type::Integer,
        policy: Policy {
            within: Some(Within {
                limit: Delay::Time(Expression::Constant(Value::Duration(THIRTY_DAYS))),
                then: Vec::new(),
            }),
            ..Policy::default()
        },
    });
    measured(body)
}

fn measured(body: Block) -> Arc<Plan> {
    Arc::new(Plan {
        format: sophia_plan::plan::FORMAT,
        playbook: "measured".into(),
        documentation: None,
        file: "measured.sophia".into(),
        zone: "UTC".into(),
        currency: "USD".into(),
        inputs: Vec::new(),
        triggers: Vec::new(),
        one_run: None,
        result: Type::None,
        queries: BTreeMap::new(),
        commands: BTreeMap::new(),
        metrics: BTreeMap::new(),
        states: BTreeMap::new(),
        predictors: BTreeMap::new(),
        models: BTreeMap::new(),
        body,
        on_failure: None,
    })
}
