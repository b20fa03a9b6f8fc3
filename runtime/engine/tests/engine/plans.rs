//! Small plans for tests, built by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_plan::step::{
    Amount, Arm, Ask, Asking, AtMostOnce, Delay, Escalation, EventPattern, Joining,
    ModelDefinition, Otherwise, Pattern, Question, Retry, Role, ToolArgument, Undo, Unsure, Wait,
    Within,
};
use sophia_plan::{
    Block, Edge, EndKind, Expression, Origin, Plan, Policy, Step, StepKind, Type, Value, Work,
};
use sophia_plan::{FieldType, Operator, RecordType};

/// A step that is not finished being described.
#[derive(Clone)]
pub struct Draft(pub Step);

pub fn text(text: &str) -> Expression {
    Expression::Constant(Value::Text(text.into()))
}

pub fn number(number: i64) -> Expression {
    Expression::Constant(Value::Integer(number))
}

pub fn yes_or_no(holds: bool) -> Expression {
    Expression::Constant(Value::Boolean(holds))
}

pub fn name(name: &str) -> Expression {
    Expression::Name(name.into())
}

fn step(name: &str, kind: StepKind) -> Draft {
    Draft(Step {
        name: name.into(),
        label: name.rsplit('/').next().unwrap_or(name).into(),
        documentation: None,
        origin: Origin { line: 7, column: 1 },
        kind,
        binds: None,
        result: Type::Json,
        policy: Policy::default(),
    })
}

fn tool(label: &str, effect: bool) -> Draft {
    let call: Arc<str> = label.rsplit('/').next().unwrap_or(label).into();
    step(
        label,
        StepKind::Work(Work::Tool {
            tool: "ledger".into(),
            call: call.clone(),
            wire_name: call,
            arguments: Vec::new(),
            effect,
        }),
    )
}

pub fn effect(name: &str) -> Draft {
    tool(name, true)
}

pub fn read(name: &str) -> Draft {
    tool(name, false)
}

/// A plan of one step that asks the first of these models that answers.
pub fn asks_models(name: &str, routes: &[&str]) -> Plan {
    let call = Work::Model {
        model: "advise".into(),
        arguments: Vec::new(),
    };
    let mut plan = plan("desk", sequence([step(name, StepKind::Work(call))]));
    let definition = ModelDefinition {
        parameters: Vec::new(),
        result: Type::Text,
        schema: "{}".into(),
        routes: routes.iter().map(|route| Arc::from(*route)).collect(),
        prompt: text("what now?"),
        ensure: Vec::new(),
        otherwise: None,
        budget_per_call: None,
        budget_per_run: None,
        temperature: None,
        asking: Asking::InOrder,
        kept: None,
        origin: Origin { line: 1, column: 1 },
    };
    plan.models.insert("advise".into(), definition);
    plan
}

pub fn playbook(name: &str, of: &str, joining: Joining) -> Draft {
    step(
        name,
        StepKind::Work(Work::Playbook {
            playbook: of.into(),
            arguments: Vec::new(),
            joining,
        }),
    )
}

pub fn each(name: &str, items: i64, at_a_time: u32, body: Block) -> Draft {
    let items = (1..=items).map(Value::Integer).collect();
    step(
        name,
        StepKind::ForEach {
            item: "item".into(),
            source: Expression::Constant(Value::List(Arc::new(items))),
            at_a_time,
            keep_going: false,
            body,
        },
    )
}

pub fn branch(name: &str, condition: Expression, then: Block, otherwise: Block) -> Draft {
    step(
        name,
        StepKind::Branch {
            condition,
            then,
            otherwise,
        },
    )
}

pub fn end(name: &str, kind: EndKind, reason: &str, when: Option<Expression>) -> Draft {
    step(
        name,
        StepKind::End {
            kind,
            reason: text(reason),
            when,
        },
    )
}

/// A `match`: its cases, and its `else`.
pub fn choice(
    name: &str,
    value: Expression,
    arms: impl IntoIterator<Item = (Vec<Pattern>, Block)>,
    otherwise: Option<Block>,
) -> Draft {
    let arms = arms
        .into_iter()
        .map(|(patterns, body)| Arm { patterns, body })
        .collect();
    step(
        name,
        StepKind::Match {
            value,
            arms,
            otherwise,
        },
    )
}

/// A `repeat every 1 minute`.
pub fn repeat(name: &str, at_most: Option<u64>, until: Option<Expression>, body: Block) -> Draft {
    step(
        name,
        StepKind::Repeat {
            every: Expression::Constant(Value::Duration(60_000)),
            at_most,
            until,
            body,
        },
    )
}

pub fn together(name: &str, body: Block) -> Draft {
    step(name, StepKind::Together { body })
}

/// A `try … otherwise as f`.
pub fn attempt(name: &str, body: Block, otherwise: Block) -> Draft {
    step(
        name,
        StepKind::Try {
            body,
            failure: Some("f".into()),
            otherwise,
        },
    )
}

/// A call of an action.
pub fn action(name: &str, argument: (&str, Expression), body: Block) -> Draft {
    step(
        name,
        StepKind::Action {
            action: name.into(),
            arguments: vec![(argument.0.into(), argument.1)],
            body,
        },
    )
}

pub fn returns(name: &str, value: Expression) -> Draft {
    step(name, StepKind::Return { value: Some(value) })
}

pub fn yields(name: &str, value: Expression) -> Draft {
    let amount = Amount::One;
    step(name, StepKind::Yield { value, amount })
}

pub fn yields_each(name: &str, value: Expression) -> Draft {
    let amount = Amount::Each;
    step(name, StepKind::Yield { value, amount })
}

pub fn equal(left: Expression, right: Expression) -> Expression {
    Expression::Binary {
        operator: sophia_plan::Operator::Equal,
        left: Box::new(left),
        right: Box::new(right),
    }
}

impl Draft {
    /// `undo with` a call that is given the effect's result.
    pub fn undo(mut self) -> Self {
        let call: Arc<str> = format!("take back {}", self.0.label).into();
        self.0.policy.undo = Some(Undo {
            work: Work::Tool {
                tool: "ledger".into(),
                call: call.clone(),
                wire_name: call,
                arguments: vec![ToolArgument {
                    name: "what".into(),
                    wire_name: "what".into(),
                    value: name("result"),
                    role: Role::Steers,
                }],
                effect: true,
            },
            result: "result".into(),
        });
        self
    }

    pub fn binds(mut self, name: &str) -> Self {
        self.0.binds = Some(name.into());
        self
    }

    pub fn retry(mut self, times: u32, over_ms: i64) -> Self {
        self.0.policy.retry = Some(Retry { times, over_ms });
        self
    }

    pub fn timeout(mut self, ms: i64) -> Self {
        self.0.policy.timeout_ms = Some(ms);
        self
    }

    pub fn once(mut self, key: Expression, within_ms: Option<i64>) -> Self {
        self.0.policy.at_most_once = Some(AtMostOnce { key, within_ms });
        self
    }

    pub fn otherwise(mut self, otherwise: Otherwise) -> Self {
        self.0.policy.otherwise = Some(otherwise);
        self
    }

    pub fn unsure(mut self, unsure: Unsure) -> Self {
        self.0.policy.unsure = unsure;
        self
    }

    pub fn keep_going(mut self) -> Self {
        if let StepKind::ForEach { keep_going, .. } = &mut self.0.kind {
            *keep_going = true;
        }
        self
    }
}

/// Steps one after the other.
pub fn sequence(steps: impl IntoIterator<Item = Draft>) -> Block {
    let mut block = Block::default();
    let mut last = None;
    for Draft(step) in steps {
        let added = block.add(step);
        if let Some(last) = last {
            block.connect(last, added, Edge::Order);
        }
        last = Some(added);
    }
    block
}

/// Steps with the edges given, by their places.
pub fn graph(steps: impl IntoIterator<Item = Draft>, edges: &[(usize, usize)]) -> Block {
    let mut block = Block::default();
    let added: Vec<_> = steps
        .into_iter()
        .map(|Draft(step)| block.add(step))
        .collect();
    for (from, to) in edges {
        block.connect(added[*from], added[*to], Edge::Data);
    }
    block
}

pub fn plan(playbook: &str, body: Block) -> Plan {
    Plan {
        format: sophia_plan::FORMAT,
        playbook: playbook.into(),
        documentation: None,
        file: format!("{playbook}.sophia").into(),
        zone: "America/Chicago".into(),
        currency: "USD".into(),
        inputs: Vec::new(),
        triggers: Vec::new(),
        one_run: None,
        result: sophia_plan::Type::None,
        queries: BTreeMap::new(),
        commands: BTreeMap::new(),
        metrics: BTreeMap::new(),
        states: BTreeMap::new(),
        predictors: BTreeMap::new(),
        models: BTreeMap::new(),
        body,
        on_failure: None,
    }
}

/// `ask "group" to approve "text"`
pub fn ask(name: &str, group: &str) -> Draft {
    ask_of(name, 1, text(group))
}

pub fn ask_of(name: &str, quorum: u64, whom: Expression) -> Draft {
    step(
        name,
        StepKind::Ask(Ask {
            quorum,
            whom,
            question: Question::Approve {
                text: text("Is this right?"),
            },
        }),
    )
}

/// `ask "group" for TYPE "text"`
pub fn form(name: &str, group: &str, fields: &[(&str, Type)]) -> Draft {
    let mut draft = step(
        name,
        StepKind::Ask(Ask {
            quorum: 1,
            whom: text(group),
            question: Question::Form {
                text: text("What is it?"),
                starting_with: None,
            },
        }),
    );
    draft.0.result = Type::Record(Arc::new(RecordType {
        name: None,
        fields: fields
            .iter()
            .map(|(name, of)| FieldType::new(*name, of.clone()))
            .collect(),
    }));
    draft
}

pub fn hours(hours: i64) -> Delay {
    Delay::Time(Expression::Constant(Value::Duration(hours * 3_600_000)))
}

pub fn wait(name: &str, wait: Wait) -> Draft {
    step(name, StepKind::Wait(wait))
}

/// `EVENT as came where came.id = ID`
pub fn event(event: &str, id: Option<i64>) -> EventPattern {
    EventPattern {
        event: event.into(),
        of: Type::Integer,
        binding: Some("came".into()),
        condition: id.map(|id| Expression::Binary {
            operator: Operator::Equal,
            left: Box::new(name("came")),
            right: Box::new(number(id)),
        }),
    }
}

pub fn armed(name: &str, pattern: EventPattern) -> Draft {
    step(
        name,
        StepKind::Armed {
            event: pattern,
            kind: EndKind::Stop,
            reason: text("It came."),
        },
    )
}

pub fn emit(name: &str, event: &str, value: Expression) -> Draft {
    step(
        name,
        StepKind::Work(Work::Emit {
            event: event.into(),
            value: Some(value),
        }),
    )
}

impl Draft {
    pub fn within(mut self, limit: Delay, then: &[(&str, Option<Delay>)]) -> Self {
        self.0.policy.within = Some(Within {
            limit,
            then: then
                .iter()
                .map(|(whom, within)| Escalation {
                    whom: text(whom),
                    within: within.clone(),
                })
                .collect(),
        });
        self
    }

    pub fn remind(mut self, ms: i64) -> Self {
        self.0.policy.remind_ms = Some(ms);
        self
    }
}
