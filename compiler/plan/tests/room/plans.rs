//! Plan files: canonical, checked when read, and readable for as long as their format is supported.

use petgraph::stable_graph::NodeIndex;
use proptest::prelude::*;
use sophia_plan::{Block, Edge, FORMAT, Plan, StepKind, Type, Value};

use crate::common::generate::config;
use crate::common::sample::{compute, plan, step};
use crate::common::{code, constant};

/// Written by the program that first had this format, from `sample::plan`.
const FORMAT_2: &[u8] = include_bytes!("../format_2.plan");
const FORMAT_2_HASH: &str = include_str!("../format_2.hash");

#[test]
fn a_plan_of_format_2_is_still_read() {
    let read = Plan::from_bytes(FORMAT_2).expect("a plan of format 2");
    assert_eq!(read, plan());
    assert_eq!(read.to_bytes(), FORMAT_2);
    assert_eq!(&*read.hash().0, FORMAT_2_HASH.trim());
}

#[test]
fn a_plan_survives_and_keeps_its_address() {
    let plan = plan();
    let read = Plan::from_bytes(&plan.to_bytes()).expect("our own bytes");
    assert_eq!(read, plan);
    assert_eq!(read.hash(), plan.hash());
    let mut other = plan.clone();
    other.zone = "Europe/Berlin".into();
    assert_ne!(other.hash(), plan.hash());
}

#[test]
fn equal_plans_have_one_address_however_they_were_built() {
    let mut one = plan();
    let gone = one.body.add(compute("gone", *constant(Value::None)));
    let last = one.body.add(compute("last", *constant(Value::None)));
    one.body.graph.remove_node(gone);
    one.body
        .graph
        .add_edge(NodeIndex::new(1), last, Edge::Order);
    one.body
        .graph
        .add_edge(NodeIndex::new(0), last, Edge::Order);
    let mut other = plan();
    let last = other.body.add(compute("last", *constant(Value::None)));
    other.body.connect(NodeIndex::new(0), last, Edge::Order);
    other.body.connect(NodeIndex::new(1), last, Edge::Order);
    other.body.connect(NodeIndex::new(1), last, Edge::Order);
    assert_eq!(one, other);
    assert_eq!(one.hash(), other.hash());
}

#[test]
fn another_format_is_refused_by_name() {
    let mut bytes = plan().to_bytes();
    bytes[12] = 1;
    let problem = Plan::from_bytes(&bytes).expect_err("format 1");
    assert_eq!(problem.code.as_str(), "S982");
    assert!(problem.message.contains("format 1"), "{problem}");
    assert!(problem.message.contains(&format!("format {FORMAT}")));
}

#[test]
fn what_is_no_plan_is_refused() {
    assert_eq!(code(Plan::from_bytes(b"")), "S983");
    assert_eq!(code(Plan::from_bytes(b"playbook churn_watch")), "S983");
    let bytes = plan().to_bytes();
    for length in 0..bytes.len() {
        assert_eq!(code(Plan::from_bytes(&bytes[..length])), "S983", "{length}");
    }
    assert_eq!(
        code(Plan::from_bytes(&[bytes.as_slice(), &[0]].concat())),
        "S983"
    );
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn damage_is_survived(at: prop::sample::Index, byte: u8) {
        let mut bytes = plan().to_bytes();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        // Whatever is still a plan is one that can be written and read again.
        if let Ok(read) = Plan::from_bytes(&bytes) {
            let again = Plan::from_bytes(&read.to_bytes());
            prop_assert_eq!(again.map(|again| again.hash()), Ok(read.hash()));
        }
    }

    #[test]
    fn garbage_is_survived(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let head = &plan().to_bytes()[..16];
        prop_assert!(Plan::from_bytes(&[head, &body].concat()).is_err());
    }
}

#[test]
fn a_step_that_waits_for_itself_is_refused() {
    let mut circular = plan();
    circular
        .body
        .graph
        .add_edge(NodeIndex::new(2), NodeIndex::new(0), Edge::Order);
    assert_eq!(code(Plan::from_bytes(&circular.to_bytes())), "S984");
    let mut inside = plan();
    for step in inside.body.graph.node_weights_mut() {
        if let StepKind::ForEach { body, .. } = &mut step.kind {
            body.graph
                .add_edge(NodeIndex::new(1), NodeIndex::new(0), Edge::Order);
        }
    }
    assert_eq!(code(inside.validate()), "S984");
}

#[test]
fn blocks_that_nest_endlessly_are_refused() {
    let nested = |levels: usize| {
        let mut body = Block::default();
        for level in 0..levels {
            let mut outer = Block::default();
            outer.add(step(
                &format!("level {level}"),
                StepKind::Branch {
                    condition: *constant(Value::Boolean(true)),
                    then: body,
                    otherwise: Block::default(),
                },
                Type::None,
            ));
            body = outer;
        }
        Plan { body, ..plan() }
    };
    let deep = nested(100);
    assert_eq!(Plan::from_bytes(&deep.to_bytes()), Ok(deep));
    assert_eq!(code(Plan::from_bytes(&nested(700).to_bytes())), "S983");
}

#[test]
fn two_steps_of_one_name_are_refused() {
    let mut twice = plan();
    twice
        .body
        .add(compute("for each customer/advice", *constant(Value::None)));
    let problem = Plan::from_bytes(&twice.to_bytes()).expect_err("two names");
    assert_eq!(
        problem.message,
        "Two steps of the plan are called `for each customer/advice`."
    );
}

#[test]
fn what_a_step_uses_must_be_in_the_plan() {
    let mut without = plan();
    without.models.clear();
    let problem = without.validate().expect_err("no model");
    assert_eq!(
        problem.message,
        "The step `for each customer/advice` uses the model `advise`, which the plan does not hold."
    );
}

#[test]
fn steps_are_walked_depth_first() {
    let plan = plan();
    let names: Vec<&str> = plan.steps().iter().map(|step| &*step.name).collect();
    assert_eq!(
        names,
        [
            "customers",
            "churn_risk",
            "at_risk",
            "stop",
            "for each customer",
            "for each customer/advice",
            "for each customer/if",
            "for each customer/if/slack.post_message",
            "for each customer/if/otherwise/note",
            "on failure/slack.post_message",
        ]
    );
}

#[test]
fn a_step_knows_what_it_waits_for() {
    let body = plan().body;
    let index = |place: usize| NodeIndex::new(place);
    assert_eq!(body.predecessors(index(2)), [index(0), index(1)]);
    assert_eq!(body.predecessors(index(4)), [index(0), index(2), index(3)]);
    assert_eq!(body.successors(index(0)), [index(2), index(4)]);
    assert!(body.predecessors(index(0)).is_empty());
    assert!(Block::default().is_empty());
    assert_eq!(body.len(), 5);
    assert_eq!(body.step(index(3)).map(|step| &*step.name), Some("stop"));
}
