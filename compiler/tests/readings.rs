//! Which reading of a query each use sees: read at the first use, and again once its source may have changed.

mod fixture;
mod fresh;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use fixture::check_files;
use fresh::generate::{Line, READS, Text, line};
use fresh::reference::{Known, World, counted, run_block, run_lines, waits_for_changes};
use proptest::prelude::*;
use sophia_plan::Plan;
use sophia_plan::expression::Expression;
use sophia_plan::step::{StepKind, Work};

const DECLARED: &str = r"playbook example

use warehouse, ledger

query customers from warehouse { select customer_id, tenure from customers }
query orders from ledger { select id from orders }
query one(n: integer) from warehouse { select customer_id from customers where tenure = {n} }
command touch() on warehouse { update customers set tenure = 1 where tenure = 0 }
command note() on ledger { update orders set note = 'x' where id = 'y' }

action pause() {
  wait 1 hour
}

action write() {
  let before = count(customers)
  do touch()
  let after = count(customers)
}
";

/// The plan of statements without mistakes.
#[track_caller]
fn plan(body: &str) -> Arc<Plan> {
    plan_among(body, &[])
}

#[track_caller]
fn plan_among(body: &str, others: &[(&str, &str)]) -> Arc<Plan> {
    let text = format!("{DECLARED}\n{body}\n");
    let files: Vec<(&str, &str)> = [("example.sophia", text.as_str())]
        .into_iter()
        .chain(others.iter().copied())
        .collect();
    let checked = check_files(&files);
    let errors: Vec<_> = (checked.diagnostics.iter())
        .filter(|diagnostic| diagnostic.is_error())
        .collect();
    assert!(errors.is_empty(), "{text}\n{errors:#?}");
    let plan = (checked.playbooks[0].plan.clone()).expect("a clean playbook has a plan");
    plan.validate().expect("a sound plan");
    plan
}

/// Every step that counts what was read: `name <- reading`, and the names of the readings, in the order of the plan.
fn seen(plan: &Plan) -> String {
    let mut told = String::new();
    for step in plan.steps() {
        match &step.kind {
            StepKind::Work(Work::Query { .. }) => {
                let _ = writeln!(told, "{}", step.name);
            }
            StepKind::Work(Work::Compute { expression }) => {
                if let Some(read) = counted(expression) {
                    let _ = writeln!(told, "  {} <- {read}", step.label);
                }
            }
            _ => {}
        }
    }
    told
}

#[track_caller]
fn sees(body: &str, expected: &[&str]) {
    let told = seen(&plan(body));
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines, expected, "{body}");
}

#[test]
fn a_query_is_read_at_its_first_use_and_shared() {
    sees(
        "let a = count(customers)\nlet b = count(customers)\nlet c = count(orders)",
        &[
            "customers",
            "  a <- customers",
            "  b <- customers",
            "orders",
            "  c <- orders",
        ],
    );
}

#[test]
fn what_only_one_way_needs_is_read_on_that_way() {
    sees(
        "input urgent: boolean\nif urgent {\n  let a = count(customers)\n  let b = count(customers)\n} else {\n  let c = count(orders)\n}",
        &[
            "if urgent/customers",
            "  a <- if urgent/customers",
            "  b <- if urgent/customers",
            "if urgent/else/orders",
            "  c <- if urgent/else/orders",
        ],
    );
    sees(
        "try {\n  let a = count(customers)\n} otherwise {\n  do note()\n}\nwait 1 hour\nlet b = count(customers)",
        &[
            "try/customers",
            "  a <- try/customers",
            "customers",
            "  b <- customers",
        ],
    );
}

#[test]
fn what_several_ways_or_rounds_need_is_read_before_them() {
    sees(
        "input urgent: boolean\nif urgent {\n  let a = count(customers)\n}\nlet b = count(customers)",
        &["customers", "  a <- customers", "  b <- customers"],
    );
    sees(
        "input urgent: boolean\nif urgent {\n  for each x in [1, 2] {\n    let a = count(customers)\n  }\n}",
        &["if urgent/customers", "  a <- if urgent/customers"],
    );
    sees(
        "input urgent: boolean\nfor each x in [1, 2] {\n  if urgent {\n    let a = count(customers)\n  }\n}",
        &["customers", "  a <- customers"],
    );
}

#[test]
fn after_a_wait_or_a_question_the_next_use_reads_again() {
    for barrier in [
        "wait 1 hour",
        "ask \"cs-leads\" to approve \"Go on?\"",
        "wait for zendesk.ticket_closed as closed within 1 day",
        "wait for first {\n  after 2 days { do note() }\n  after 3 days { do note() }\n}",
        "repeat every 1 hour, at most 2 times {\n  do note()\n}",
        "do pause()",
    ] {
        sees(
            &format!(
                "let a = count(customers)\n{barrier}\nlet b = count(customers)\nlet c = count(customers)"
            ),
            &[
                "customers",
                "  a <- customers",
                "customers 2",
                "  b <- customers 2",
                "  c <- customers 2",
            ],
        );
    }
}

#[test]
fn an_effect_makes_the_readings_of_its_own_source_stale() {
    sees(
        "let a = count(customers)\nlet b = count(orders)\ndo touch()\nlet c = count(orders)\nlet d = count(customers)",
        &[
            "customers",
            "  a <- customers",
            "orders",
            "  b <- orders",
            "  c <- orders",
            "customers 2",
            "  d <- customers 2",
        ],
    );
}

#[test]
fn a_let_keeps_what_was_read() {
    sees(
        "let kept = customers\ndo touch()\nlet a = count(kept)",
        &["customers", "  kept <- customers", "  a <- kept"],
    );
}

#[test]
fn a_loop_sees_one_reading_unless_its_items_change_the_source() {
    sees(
        "for each x in [1, 2] {\n  let a = count(customers)\n  do note()\n}",
        &["customers", "  a <- customers"],
    );
    sees(
        "for each x in [1, 2] {\n  let a = count(customers)\n  do touch()\n  let b = count(customers)\n}\nlet c = count(customers)",
        &[
            "for each x/customers",
            "  a <- for each x/customers",
            "for each x/customers 2",
            "  b <- for each x/customers 2",
            "customers",
            "  c <- customers",
        ],
    );
}

#[test]
fn a_reading_stands_inside_the_items_that_change_its_source_and_before_the_loops_that_do_not() {
    sees(
        "for each x in [1, 2] {\n  if x > 1 {\n    for each y in [1, 2] {\n      let a = count(customers)\n    }\n  }\n  do touch()\n}",
        &[
            "for each x/if x > 1/customers",
            "  a <- for each x/if x > 1/customers",
        ],
    );
}

#[test]
fn a_branch_that_changes_the_source_makes_it_stale_after_it() {
    sees(
        "input loud: boolean = true\nif loud {\n  let a = count(customers)\n  do touch()\n  let b = count(customers)\n} else {\n  let c = count(customers)\n}\nlet d = count(customers)",
        &[
            "customers",
            "  a <- customers",
            "if loud/customers",
            "  b <- if loud/customers",
            "  c <- customers",
            "customers 2",
            "  d <- customers 2",
        ],
    );
}

#[test]
fn what_is_tried_may_have_changed_the_source_when_it_fails() {
    sees(
        "let a = count(customers)\ntry {\n  do touch()\n} otherwise {\n  let b = count(customers)\n}",
        &[
            "customers",
            "  a <- customers",
            "try/otherwise/customers",
            "  b <- try/otherwise/customers",
        ],
    );
    sees(
        "let a = count(customers)\ndo touch() otherwise {\n  let b = count(customers)\n}",
        &[
            "customers",
            "  a <- customers",
            "otherwise/customers",
            "  b <- otherwise/customers",
        ],
    );
}

#[test]
fn each_round_of_a_repeat_reads_for_itself_and_until_sees_its_round() {
    let plan = plan(
        "let a = count(customers)\nrepeat every 1 hour, at most 3 times, until count(customers) > 5 {\n  do note()\n}",
    );
    assert_eq!(
        seen(&plan),
        "customers\n  a <- customers\nrepeat/customers\n"
    );
    let repeat = (plan.body.steps()).find_map(|(_, step)| match &step.kind {
        StepKind::Repeat { until, .. } => until.clone(),
        _ => None,
    });
    let Some(Expression::Binary { left, .. }) = repeat else {
        panic!("a round is looked at: {repeat:?}")
    };
    assert_eq!(counted(&left).map(|name| &**name), Some("repeat/customers"));
}

#[test]
fn an_action_reads_for_itself() {
    sees(
        "let a = count(customers)\ndo write()\nlet b = count(customers)",
        &[
            "customers",
            "  a <- customers",
            "write/customers",
            "  before <- customers",
            "write/customers 2",
            "  after <- customers 2",
            "customers 2",
            "  b <- customers 2",
        ],
    );
}

#[test]
fn equal_arguments_share_a_reading() {
    sees(
        "let a = count(one(1))\nlet b = count(one(2))\nlet c = count(one(1))\nlet d = one(2)\ndo touch()\nlet e = count(one(1))",
        &[
            "one",
            "  a <- one",
            "one 2",
            "  b <- one 2",
            "  c <- one",
            "  d <- one 2",
            "one 4",
            "  e <- one 4",
        ],
    );
}

#[test]
fn another_playbook_that_is_waited_for_makes_stale_what_it_changes() {
    let other = |body: &str| {
        format!(
            "playbook other\n\nuse ledger\n\ncommand file() on ledger {{ update orders set note = 'x' where id = 'y' }}\n\n{body}\n"
        )
    };
    let seen_after = |word: &str, body: &str| {
        let text = format!(
            "use other\n\nlet a = count(customers)\nlet b = count(orders)\n{word} other()\nlet c = count(customers)\nlet d = count(orders)"
        );
        let plan = plan_among(&text, &[("other.sophia", &other(body))]);
        let reads = (plan.body.steps())
            .filter(|(_, step)| matches!(step.kind, StepKind::Work(Work::Query { .. })));
        let names: Vec<String> = reads.map(|(_, step)| step.name.to_string()).collect();
        names.join(", ")
    };
    assert_eq!(
        seen_after("run", "do file()"),
        "customers, orders, orders 2"
    );
    assert_eq!(seen_after("start", "do file()"), "customers, orders");
    assert_eq!(seen_after("run", "let a = 1"), "customers, orders");
    assert_eq!(
        seen_after("run", "wait 1 day"),
        "customers, orders, customers 2, orders 2"
    );
}

#[test]
fn names_survive_edits_in_other_blocks() {
    let inside = "for each x in [1, 2] {\n  do touch()\n  let b = count(customers)\n}";
    let before = seen(&plan(inside));
    let after = seen(&plan(&format!(
        "let a = count(customers)\ndo touch()\nlet c = count(customers)\n{inside}"
    )));
    assert!(after.contains(&before), "{before}\n{after}");
}

/// The plan of generated statements, with their inputs.
fn plan_of(lines: &[Line]) -> Arc<Plan> {
    let mut text = Text::default();
    let statements = text.lines(lines);
    let mut inputs = String::new();
    for number in 1..=text.conditions {
        let _ = writeln!(inputs, "input c{number}: boolean = true");
    }
    plan(&format!("{inputs}\n{statements}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_use_sees_its_source_as_it_is(
        lines in prop::collection::vec(line(), 1..8),
        decisions in prop::collection::vec(any::<bool>(), 1..6),
    ) {
        let plan = plan_of(&lines);
        let mut wanted = World::new(&decisions);
        run_lines(&lines, &mut 0, &mut wanted);
        let mut came = World::new(&decisions);
        run_block(&plan.body, &plan, &Known::new(), &mut came);
        prop_assert_eq!(wanted.seen, came.seen);
        waits_for_changes(&plan.body, &plan);
    }

    #[test]
    fn without_blocks_nothing_is_read_twice_for_nothing(
        lines in prop::collection::vec(
            prop_oneof![
                (0..READS.len()).prop_map(Line::Use),
                (0..2_usize).prop_map(Line::Write),
                Just(Line::Wait),
            ],
            1..16,
        ),
    ) {
        let plan = plan_of(&lines);
        let mut states = [0, 0];
        let mut wanted = BTreeSet::new();
        for line in &lines {
            match line {
                Line::Use(read) => {
                    wanted.insert((*read, states[READS[*read].1]));
                }
                Line::Write(source) => states[*source] += 1,
                _ => states = states.map(|state| state + 1),
            }
        }
        let readings = (plan.body.steps())
            .filter(|(_, step)| matches!(step.kind, StepKind::Work(Work::Query { .. })));
        prop_assert_eq!(readings.count(), wanted.len());
    }
}
