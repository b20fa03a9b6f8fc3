//! The first example project: its playbook checks clean, and its plan is the expected graph.

mod fixture;

use std::collections::BTreeSet;
use std::sync::Arc;

use petgraph::stable_graph::NodeIndex;
use petgraph::visit::{EdgeRef as _, IntoEdgeReferences as _};
use sophia_compiler::catalogue::{Catalogue, Column, Connection, Table};
use sophia_compiler::{Checked, Snapshot, SourceFile, check};
use sophia_plan::plan::Plan;
use sophia_plan::step::{Block, Edge, StepKind};

const TEXT: &str = include_str!("../../examples/churn_watch/churn_watch.sophia");

/// The columns of the telco customers: name, the source's type, whether a value may be missing.
const COLUMNS: [(&str, &str, bool); 21] = [
    ("customer_id", "TEXT", false),
    ("gender", "TEXT", false),
    ("senior_citizen", "INTEGER", false),
    ("partner", "TEXT", false),
    ("dependents", "TEXT", false),
    ("tenure", "INTEGER", false),
    ("phone_service", "TEXT", false),
    ("multiple_lines", "TEXT", false),
    ("internet_service", "TEXT", false),
    ("online_security", "TEXT", false),
    ("online_backup", "TEXT", false),
    ("device_protection", "TEXT", false),
    ("tech_support", "TEXT", false),
    ("streaming_tv", "TEXT", false),
    ("streaming_movies", "TEXT", false),
    ("contract", "TEXT", false),
    ("paperless_billing", "TEXT", false),
    ("payment_method", "TEXT", false),
    ("monthly_charges", "REAL", false),
    ("total_charges", "REAL", true),
    ("churn", "TEXT", false),
];

fn catalogue() -> Catalogue {
    let mut catalogue = fixture::catalogue();
    let columns = COLUMNS
        .iter()
        .map(|(name, declared, nullable)| Column {
            name: (*name).to_owned(),
            declared: (*declared).to_owned(),
            nullable: *nullable,
            labels: Vec::new(),
        })
        .collect();
    let table = Table {
        rows: Some(7043),
        columns,
        ..Table::default()
    };
    catalogue.connections.insert(
        "warehouse".to_owned(),
        Connection {
            kind: "sqlite".to_owned(),
            tables: [("customers".to_owned(), table)].into(),
        },
    );
    catalogue
}

fn checked() -> Checked {
    check(&Snapshot {
        manifest: fixture::manifest(),
        catalogue: catalogue(),
        files: vec![SourceFile {
            path: Arc::from("churn_watch.sophia"),
            text: Arc::from(TEXT),
        }],
    })
}

fn plan() -> Arc<Plan> {
    let checked = checked();
    assert_eq!(checked.diagnostics, []);
    let [playbook] = checked.playbooks.as_slice() else {
        panic!("one playbook, not {}", checked.playbooks.len());
    };
    playbook
        .plan
        .clone()
        .expect("a playbook without errors has a plan")
}

/// The edges of a block as (from, to, kind), by labels.
fn edges(block: &Block) -> BTreeSet<(String, String, &'static str)> {
    (&block.graph)
        .edge_references()
        .map(|edge| {
            let kind = match edge.weight() {
                Edge::Data => "data",
                Edge::Order => "order",
            };
            let label = |node: NodeIndex| block.graph[node].label.to_string();
            (label(edge.source()), label(edge.target()), kind)
        })
        .collect()
}

#[test]
fn it_checks_clean_and_gives_a_sound_plan() {
    let plan = plan();
    plan.validate().expect("a sound plan");
    let names: Vec<&str> = plan.steps().iter().map(|step| &*step.name).collect();
    assert_eq!(
        names,
        [
            "customers",
            "churn_risk",
            "at_risk",
            "for each customer",
            "for each customer/advice",
            "for each customer/if advice.urgency >= 3",
            "for each customer/if advice.urgency >= 3/slack.post_message",
            "on failure/slack.post_message",
        ]
    );
}

#[test]
fn its_edges_are_the_data_that_flows() {
    let plan = plan();
    let data = |from: &str, to: &str| (from.to_owned(), to.to_owned(), "data");
    assert_eq!(
        edges(&plan.body),
        BTreeSet::from([
            data("customers", "at_risk"),
            data("churn_risk", "at_risk"),
            data("at_risk", "for each customer"),
        ])
    );
    let body = plan
        .body
        .graph
        .node_weights()
        .find_map(|step| match &step.kind {
            StepKind::ForEach { body, .. } => Some(body),
            _ => None,
        })
        .expect("the loop");
    assert_eq!(
        edges(body),
        BTreeSet::from([data("advice", "if advice.urgency >= 3")])
    );
}

#[test]
fn the_same_text_gives_the_same_plan() {
    assert_eq!(plan().hash(), plan().hash());
    let tests: Vec<String> = checked()
        .playbooks
        .iter()
        .flat_map(|playbook| playbook.tests.iter())
        .map(|test| test.title.to_string())
        .collect();
    assert_eq!(
        tests,
        [
            "a customer at risk is announced once",
            "a settled customer is left alone"
        ]
    );
}
