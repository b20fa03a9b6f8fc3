//! What comes in wakes those runs alone that may wait for it.

use std::sync::Arc;
use std::time::Duration;

use sophia_engine::{NewArrival, RunId, RunOutcome, RunRequest, Store};
use sophia_plan::step::{EventPattern, Input, Wait};
use sophia_plan::{Expression, FieldType, Operator, Plan, Record, RecordType, Type, Value};

use crate::plans::{equal, name, number, plan, sequence, wait};
use crate::scripted::{Scripted, engine, instant, request};

fn field(of: &str, field: &str) -> Expression {
    Expression::Field {
        of: Box::new(name(of)),
        name: field.into(),
        optional: false,
    }
}

/// `wait for paid as came where CONDITION`, with an input `id`.
fn waits_where(condition: Expression) -> Plan {
    let paid = RecordType {
        name: None,
        fields: vec![
            FieldType::new("id", Type::Integer),
            FieldType::new("amount", Type::Integer),
        ],
    };
    let pattern = EventPattern {
        event: "shop.paid".into(),
        of: Type::Record(Arc::new(paid)),
        binding: Some("came".into()),
        condition: Some(condition),
    };
    let mut plan = plan("waits", sequence([wait("wait", Wait::Event(pattern))]));
    plan.inputs.push(Input {
        name: "id".into(),
        of: Type::Integer,
        default: Some(Value::Integer(0)),
        documentation: None,
    });
    plan
}

fn with_id(plan: &Plan, id: i64) -> RunRequest {
    RunRequest {
        inputs: Record {
            fields: vec![("id".into(), Value::Integer(id))],
        },
        ..request(plan.clone())
    }
}

fn paid(id: i64, amount: i64) -> NewArrival {
    let fields = vec![
        ("id".into(), Value::Integer(id)),
        ("amount".into(), Value::Integer(amount)),
    ];
    NewArrival {
        environment: "dev".into(),
        event: "shop.paid".into(),
        key: format!("paid {id} {amount}").into(),
        value: Value::Record(Arc::new(Record { fields })),
        at: instant(),
    }
}

struct Shop {
    folder: tempfile::TempDir,
    engine: sophia_engine::Engine,
    runs: Vec<RunId>,
}

impl Shop {
    /// Twenty runs that wait, each for its own id, and were put down.
    async fn open(plan: &Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::Sqlite(folder.path().join("runs.sqlite"));
        let engine = engine(store, Arc::new(Scripted::new())).await;
        engine.resume_all().await.unwrap();
        let mut runs = Vec::new();
        for id in 0..20 {
            runs.push(engine.submit(with_id(plan, id)).await.unwrap().run);
        }
        let shop = Self {
            folder,
            engine,
            runs,
        };
        shop.put_down(20).await;
        shop
    }

    async fn put_down(&self, count: usize) {
        while self.engine.put_down() != count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn reopened(self) -> Self {
        self.engine.close().await;
        let store = Store::Sqlite(self.folder.path().join("runs.sqlite"));
        let engine = engine(store, Arc::new(Scripted::new())).await;
        engine.resume_all().await.unwrap();
        Self {
            folder: self.folder,
            engine,
            runs: self.runs,
        }
    }

    /// Something comes in, and the runs that it ends have ended.
    async fn comes(&self, arrival: NewArrival, ends: &[usize]) {
        self.engine.deliver(arrival).await.unwrap();
        for run in ends {
            while self.engine.wait(&self.runs[*run]).await.unwrap() != RunOutcome::Done {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
}

#[tokio::test]
async fn an_arrival_wakes_the_run_whose_value_it_carries_and_no_other() {
    let more = Expression::Binary {
        operator: Operator::Greater,
        left: Box::new(field("came", "amount")),
        right: Box::new(number(10)),
    };
    let own = equal(name("id"), field("came", "id"));
    let condition = Expression::And(Box::new(more), Box::new(own));
    let shop = Shop::open(&waits_where(condition)).await;
    shop.comes(paid(7, 11), &[7]).await;
    // The others were never taken up: that would take them a while to be put down again.
    assert_eq!(shop.engine.put_down(), 19);
    let shop = shop.reopened().await;
    assert_eq!(shop.engine.put_down(), 19);
    shop.comes(paid(8, 11), &[8]).await;
    assert_eq!(shop.engine.put_down(), 18);
    // This one is looked at, and goes on waiting.
    shop.engine.deliver(paid(9, 1)).await.unwrap();
    shop.comes(paid(9, 12), &[9]).await;
    assert_eq!(shop.engine.put_down(), 17);
}

#[tokio::test]
async fn a_condition_that_asks_for_no_one_value_is_held_against_every_arrival() {
    let larger = Expression::Binary {
        operator: Operator::Greater,
        left: Box::new(field("came", "id")),
        right: Box::new(name("id")),
    };
    let shop = Shop::open(&waits_where(larger)).await;
    shop.comes(paid(3, 0), &[0, 1, 2]).await;
    shop.put_down(17).await;
}

#[tokio::test]
async fn either_of_two_values_is_no_one_value() {
    let one = equal(field("came", "id"), name("id"));
    let other = equal(field("came", "amount"), number(5));
    let condition = Expression::Or(Box::new(one), Box::new(other));
    let shop = Shop::open(&waits_where(condition)).await;
    let all: Vec<usize> = (0..20).collect();
    shop.comes(paid(100, 5), &all).await;
}
