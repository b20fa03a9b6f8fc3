//! A small plan with every kind of step. The bytes in `format_1.plan` were written from it, so a
//! change here that is not also a change of the format breaks a test on purpose.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_phrases::{CatchUp, ClockTime, Repeat, Schedule};
use sophia_plan::expression::{Expression, Operator, Stage};
use sophia_plan::step::{
    Accept, AlikeQuestion, Asking, AtMostOnce, Input, KeptAnswers, ModelDefinition, Otherwise,
    PredictorDefinition, QueryDefinition, Retry, Role, ToolArgument, Trigger, TriggerKind, Unsure,
};
use sophia_plan::{
    Block, Edge, EndKind, FORMAT, Origin, Plan, Policy, RecordType, Step, StepKind, Type, Value,
    Work, schema,
};

use super::{binary, column, constant, exact, list, money, name, record, row_type, text};

pub fn step(path: &str, kind: StepKind, result: Type) -> Step {
    let label = path.rsplit('/').next().unwrap_or(path);
    Step {
        name: path.into(),
        label: label.into(),
        documentation: None,
        origin: Origin { line: 7, column: 3 },
        kind,
        binds: Some(label.into()),
        result,
        policy: Policy::default(),
    }
}

pub fn compute(path: &str, expression: Expression) -> Step {
    step(
        path,
        StepKind::Work(Work::Compute { expression }),
        Type::Unknown,
    )
}

fn message(path: &str, words: Expression) -> Step {
    let kind = StepKind::Work(Work::Tool {
        tool: "slack".into(),
        call: "post_message".into(),
        wire_name: "slack_post_message".into(),
        arguments: vec![ToolArgument {
            name: "text".into(),
            wire_name: "message_text".into(),
            value: words,
            role: Role::Content,
        }],
        effect: true,
    });
    step(path, kind, Type::Json)
}

fn customers() -> Arc<RecordType> {
    row_type(vec![
        ("id", Type::Text),
        ("tenure", Type::Integer),
        ("charges", Type::Number),
    ])
}

fn query(sql: &str) -> QueryDefinition {
    QueryDefinition {
        connection: "warehouse".into(),
        sql: sql.into(),
        holes: vec![name("threshold")],
        parameters: vec![],
        row: customers(),
        at_most: Some(1000),
        origin: Origin { line: 3, column: 1 },
    }
}

fn loop_body() -> Block {
    let mut body = Block::default();
    let advice = body.add(step(
        "for each customer/advice",
        StepKind::Work(Work::Model {
            model: "advise".into(),
            arguments: vec![("customer".into(), name("customer"))],
        }),
        Type::Text,
    ));
    let mut then = Block::default();
    let mut announce = message(
        "for each customer/if/slack.post_message",
        Expression::Text(vec![*constant(text("<b> & \"quoted\" ")), name("advice")]),
    );
    announce.documentation = Some("Tells the team.".into());
    announce.policy = Policy {
        retry: Some(Retry {
            times: 5,
            over_ms: 600_000,
        }),
        timeout_ms: Some(10_000),
        at_most_once: Some(AtMostOnce {
            key: name("advice"),
            within_ms: Some(604_800_000),
        }),
        otherwise: Some(Otherwise::Block({
            let mut block = Block::default();
            block.add(compute(
                "for each customer/if/otherwise/note",
                *constant(Value::None),
            ));
            block
        })),
        unsure: Unsure::Skip,
        ..Policy::default()
    };
    then.add(announce);
    let branch = body.add(step(
        "for each customer/if",
        StepKind::Branch {
            condition: binary(Operator::NotEqual, name("advice"), *constant(text(""))),
            then,
            otherwise: Block::default(),
        },
        Type::None,
    ));
    body.connect(advice, branch, Edge::Data);
    body
}

/// The plan.
pub fn plan() -> Plan {
    let mut body = Block::default();
    let customers_step = body.add(step(
        "customers",
        StepKind::Work(Work::Query {
            query: "customers".into(),
            arguments: vec![],
        }),
        Type::Table(customers()),
    ));
    let predictor = body.add(step(
        "churn_risk",
        StepKind::Work(Work::Predictor {
            predictor: "churn_risk".into(),
        }),
        Type::Unknown,
    ));
    let at_risk = body.add(compute(
        "at_risk",
        Expression::Pipeline {
            source: Box::new(name("customers")),
            stages: vec![
                Stage::Where(binary(
                    Operator::Greater,
                    column("tenure"),
                    *constant(Value::Integer(0)),
                )),
                Stage::Sort(vec![(column("charges"), true)]),
            ],
        },
    ));
    let stop = body.add(step(
        "stop",
        StepKind::End {
            kind: EndKind::Stop,
            reason: *constant(text("Nobody.")),
            when: Some(*constant(Value::Boolean(false))),
        },
        Type::None,
    ));
    let each = body.add(step(
        "for each customer",
        StepKind::ForEach {
            item: "customer".into(),
            source: name("at_risk"),
            at_a_time: 8,
            keep_going: true,
            body: loop_body(),
        },
        Type::None,
    ));
    body.connect(customers_step, at_risk, Edge::Data);
    body.connect(predictor, at_risk, Edge::Data);
    body.connect(at_risk, stop, Edge::Order);
    body.connect(at_risk, each, Edge::Data);
    body.connect(stop, each, Edge::Order);
    body.connect(customers_step, each, Edge::Order);

    let mut failed = Block::default();
    failed.add(message("on failure/slack.post_message", name("f")));

    let advice = Type::Literals(["call".into(), "email".into()].into());
    Plan {
        format: FORMAT,
        playbook: "churn_watch".into(),
        documentation: Some("Warns the account team.".into()),
        file: "churn_watch.sophia".into(),
        zone: "America/Chicago".into(),
        currency: "USD".into(),
        inputs: vec![
            Input {
                name: "threshold".into(),
                of: Type::Percent,
                default: Some(Value::Percent(0.7)),
                documentation: None,
            },
            Input {
                name: "limits".into(),
                of: Type::List(Arc::new(Type::Money(sophia_plan::Currency("USD".into())))),
                default: Some(list(vec![money("12.50", "USD"), Value::None])),
                documentation: Some("Kept exactly.".into()),
            },
            Input {
                name: "day".into(),
                of: Type::Date,
                default: Some(Value::Record(record(vec![(
                    "day",
                    Value::Date(jiff::civil::date(2026, 11, 22)),
                )]))),
                documentation: None,
            },
        ],
        triggers: vec![Trigger {
            kind: TriggerKind::Schedule(Schedule {
                repeat: Repeat::Weekday,
                times: vec![ClockTime { hour: 8, minute: 0 }],
                zone: None,
                catch_up: CatchUp::Once,
            }),
            binding: None,
            of: Type::None,
            with: Vec::new(),
            origin: Origin::default(),
        }],
        one_run: None,
        result: Type::None,
        commands: BTreeMap::new(),
        metrics: BTreeMap::new(),
        states: BTreeMap::new(),
        queries: [(
            "customers".into(),
            query("select * from customers where ?1"),
        )]
        .into(),
        predictors: [(
            "churn_risk".into(),
            PredictorDefinition {
                learn: query("select * from customers"),
                target: "churned".into(),
                features: customers(),
                result: Type::Percent,
                accept: Some(Accept {
                    metric: "auc".into(),
                    at_least: true,
                    bound: 0.8,
                }),
                retrain_after_ms: Some(2_592_000_000),
                origin: Origin::default(),
            },
        )]
        .into(),
        models: [(
            "advise".into(),
            ModelDefinition {
                parameters: vec![("customer".into(), Type::Record(customers()))],
                result: advice.clone(),
                schema: schema(&advice, sophia_plan::Border::Model)
                    .to_string()
                    .into(),
                routes: vec!["local".into(), "openai".into()],
                prompt: Expression::Text(vec![*constant(text("Advise.")), name("customer")]),
                ensure: vec![*constant(Value::Boolean(true))],
                otherwise: Some((
                    *constant(text("call")),
                    Origin {
                        line: 46,
                        column: 3,
                    },
                )),
                budget_per_call: Some(exact("0.02")),
                budget_per_run: Some(exact("5.00")),
                temperature: None,
                asking: Asking::Best,
                kept: Some(KeptAnswers {
                    keep_ms: 86_400_000,
                    alike: Some(AlikeQuestion {
                        parameter: "question".into(),
                        above: 0.97,
                    }),
                }),
                origin: Origin::default(),
            },
        )]
        .into(),
        body,
        on_failure: Some((Some("f".into()), failed)),
    }
}
