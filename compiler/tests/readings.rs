//! Which reading of a query each use sees: read at the first use, and again once its source may have changed.

mod fixture;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use fixture::check_files;
use petgraph::stable_graph::NodeIndex;
use proptest::prelude::*;
use sophia_plan::Plan;
use sophia_plan::expression::Expression;
use sophia_plan::step::{Block, Step, StepKind, Wait, Work};

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

/// The name whose rows are counted.
fn counted(expression: &Expression) -> Option<&Arc<str>> {
    match expression {
        Expression::Call { arguments, .. } => match arguments.as_slice() {
            [Expression::Name(name)] => Some(name),
            _ => None,
        },
        Expression::Name(name) => Some(name),
        _ => None,
    }
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
fn a_reading_stands_before_the_outermost_block_that_changes_nothing() {
    sees(
        "for each x in [1, 2] {\n  if x > 1 {\n    for each y in [1, 2] {\n      let a = count(customers)\n    }\n  }\n  do touch()\n}",
        &["for each x/customers", "  a <- for each x/customers"],
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

/// A statement of a generated playbook.
#[derive(Clone, Debug)]
enum Line {
    /// Something is read: which of the reads.
    Use(usize),
    /// Something is written: which of the sources.
    Write(usize),
    Wait,
    Pause,
    Branch(Vec<Line>, Vec<Line>),
    Loop(Vec<Line>),
    Rounds(Vec<Line>),
    Try(Vec<Line>, Vec<Line>),
    First(Vec<Line>),
}

/// What is read, and the source that it is read from: `warehouse` or `ledger`.
const READS: [(&str, usize); 4] = [
    ("customers", 0),
    ("orders", 1),
    ("one(1)", 0),
    ("one(2)", 0),
];

fn line() -> impl Strategy<Value = Line> {
    let leaf = prop_oneof![
        4 => (0..READS.len()).prop_map(Line::Use),
        2 => (0..2_usize).prop_map(Line::Write),
        1 => Just(Line::Wait),
        1 => Just(Line::Pause),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let block = || prop::collection::vec(inner.clone(), 1..5);
        prop_oneof![
            (block(), block()).prop_map(|(then, other)| Line::Branch(then, other)),
            block().prop_map(Line::Loop),
            block().prop_map(Line::Rounds),
            (block(), block()).prop_map(|(body, other)| Line::Try(body, other)),
            block().prop_map(Line::First),
        ]
    })
}

/// The text of statements. Uses are numbered in the order written, and so are the conditions of branches.
#[derive(Default)]
struct Text {
    uses: usize,
    conditions: usize,
    loops: usize,
}

impl Text {
    fn lines(&mut self, lines: &[Line]) -> String {
        lines.iter().map(|line| self.line(line)).collect()
    }

    fn line(&mut self, line: &Line) -> String {
        match line {
            Line::Use(read) => {
                self.uses += 1;
                format!("let u{} = count({})\n", self.uses, READS[*read].0)
            }
            Line::Write(0) => "do touch()\n".to_owned(),
            Line::Write(_) => "do note()\n".to_owned(),
            Line::Wait => "wait 1 hour\n".to_owned(),
            Line::Pause => "do pause()\n".to_owned(),
            Line::Branch(then, other) => {
                self.conditions += 1;
                let condition = self.conditions;
                let then = self.lines(then);
                format!(
                    "if c{condition} {{\n{then}}} else {{\n{}}}\n",
                    self.lines(other)
                )
            }
            Line::Loop(body) => {
                self.loops += 1;
                let item = self.loops;
                format!("for each x{item} in [1, 2] {{\n{}}}\n", self.lines(body))
            }
            Line::Rounds(body) => format!(
                "repeat every 1 hour, at most 2 times {{\n{}}}\n",
                self.lines(body)
            ),
            Line::Try(body, other) => {
                let body = self.lines(body);
                format!("try {{\n{body}}} otherwise {{\n{}}}\n", self.lines(other))
            }
            Line::First(body) => format!(
                "wait for first {{\n  after 2 days {{\n{}}}\n  after 3 days {{ do note() }}\n}}\n",
                self.lines(body)
            ),
        }
    }
}

/// What happened to the sources so far, what each use has seen, and what the branches decide.
struct World<'d> {
    states: [u32; 2],
    seen: Vec<(String, u32)>,
    decisions: &'d [bool],
    decided: usize,
}

impl<'d> World<'d> {
    fn new(decisions: &'d [bool]) -> Self {
        Self {
            states: [0, 0],
            seen: Vec::new(),
            decisions,
            decided: 0,
        }
    }

    fn change(&mut self, source: usize) {
        self.states[source] += 1;
    }

    fn time_passes(&mut self) {
        self.change(0);
        self.change(1);
    }

    fn decide(&mut self) -> bool {
        self.decided += 1;
        self.decisions[self.decided % self.decisions.len()]
    }
}

/// The statements as the language says that they run: every use sees its source as it is.
fn run_lines(lines: &[Line], uses: &mut usize, world: &mut World<'_>) {
    for line in lines {
        match line {
            Line::Use(read) => {
                *uses += 1;
                let state = world.states[READS[*read].1];
                world.seen.push((format!("u{uses}"), state));
            }
            Line::Write(source) => world.change(*source),
            Line::Wait | Line::Pause => world.time_passes(),
            Line::Branch(then, other) => {
                if world.decide() {
                    run_lines(then, uses, world);
                    *uses += count_uses(other);
                } else {
                    *uses += count_uses(then);
                    run_lines(other, uses, world);
                }
            }
            Line::Loop(body) => {
                let first = *uses;
                for _ in 0..2 {
                    *uses = first;
                    run_lines(body, uses, world);
                }
            }
            Line::Rounds(body) => {
                let first = *uses;
                run_lines(body, uses, world);
                world.time_passes();
                *uses = first;
                run_lines(body, uses, world);
            }
            Line::Try(body, other) => {
                run_lines(body, uses, world);
                if world.decide() {
                    run_lines(other, uses, world);
                } else {
                    *uses += count_uses(other);
                }
            }
            Line::First(body) => {
                world.time_passes();
                run_lines(body, uses, world);
            }
        }
    }
}

fn count_uses(lines: &[Line]) -> usize {
    lines
        .iter()
        .map(|line| match line {
            Line::Use(_) => 1,
            Line::Write(_) | Line::Wait | Line::Pause => 0,
            Line::Branch(one, other) | Line::Try(one, other) => count_uses(one) + count_uses(other),
            Line::Loop(body) | Line::Rounds(body) | Line::First(body) => count_uses(body),
        })
        .sum()
}

/// What was read, by name.
type Known = BTreeMap<Arc<str>, u32>;

/// The steps as the plan says that they run: a use sees what its reading has read when it was made.
fn run_block(block: &Block, plan: &Plan, known: &Known, world: &mut World<'_>) {
    let mut known = known.clone();
    for (_, step) in block.steps() {
        run_step(step, plan, &mut known, world);
    }
}

fn run_step(step: &Step, plan: &Plan, known: &mut Known, world: &mut World<'_>) {
    let inside = |block: &Block, known: &Known, world: &mut World<'_>| {
        run_block(block, plan, known, world);
    };
    match &step.kind {
        StepKind::Work(Work::Query { query, .. }) => {
            let source = source(&plan.queries[query].connection);
            let name = step.binds.clone().expect("a reading has a name");
            known.insert(name, world.states[source]);
        }
        StepKind::Work(Work::Command { command, .. }) => {
            world.change(source(&plan.commands[command].connection));
        }
        StepKind::Work(Work::Compute { expression }) => {
            if let Some(state) = counted(expression).and_then(|name| known.get(name)) {
                world.seen.push((step.label.to_string(), *state));
            }
        }
        StepKind::Branch {
            then, otherwise, ..
        } => {
            let block = if world.decide() { then } else { otherwise };
            inside(block, known, world);
        }
        StepKind::ForEach { body, .. } => {
            inside(body, known, world);
            inside(body, known, world);
        }
        StepKind::Repeat { body, .. } => {
            inside(body, known, world);
            world.time_passes();
            inside(body, known, world);
        }
        StepKind::Try {
            body, otherwise, ..
        } => {
            inside(body, known, world);
            if world.decide() {
                inside(otherwise, known, world);
            }
        }
        StepKind::Wait(Wait::First(branches)) => {
            world.time_passes();
            inside(&branches[0].body, known, world);
        }
        StepKind::Wait(_) => world.time_passes(),
        StepKind::Action { body, .. } => inside(body, &Known::new(), world),
        other => panic!("{other:?} is not generated"),
    }
}

fn source(connection: &str) -> usize {
    usize::from(connection == "ledger")
}

/// In every block, a reading waits for what was written before it and changes its source.
fn waits_for_changes(block: &Block, plan: &Plan) {
    let mut changes: Vec<(NodeIndex, [u32; 2])> = Vec::new();
    for (place, step) in block.steps() {
        if let StepKind::Work(Work::Query { query, .. }) = &step.kind {
            let source = source(&plan.queries[query].connection);
            let before = ancestors(block, place);
            for (change, states) in &changes {
                assert!(
                    states[source] == 0 || before.contains(change),
                    "`{}` does not wait for `{}`",
                    step.name,
                    block.step(*change).expect("a step").name
                );
            }
        }
        let mut world = World::new(&[true]);
        touch(step, plan, &mut world);
        changes.push((place, world.states));
        for inside in step.blocks() {
            waits_for_changes(inside, plan);
        }
    }
}

/// Whatever a step may change, in any of its blocks.
fn touch(step: &Step, plan: &Plan, world: &mut World<'_>) {
    match &step.kind {
        StepKind::Work(Work::Command { command, .. }) => {
            world.change(source(&plan.commands[command].connection));
        }
        StepKind::Wait(_) | StepKind::Repeat { .. } => world.time_passes(),
        _ => {}
    }
    for block in step.blocks() {
        for (_, step) in block.steps() {
            touch(step, plan, world);
        }
    }
}

fn ancestors(block: &Block, of: NodeIndex) -> BTreeSet<NodeIndex> {
    let mut found = BTreeSet::new();
    let mut waiting = block.predecessors(of);
    while let Some(place) = waiting.pop() {
        if found.insert(place) {
            waiting.extend(block.predecessors(place));
        }
    }
    found
}

/// The plan of generated statements, with their inputs.
fn plan_of(lines: &[Line]) -> Arc<Plan> {
    let mut text = Text::default();
    let statements = text.lines(lines);
    let inputs: String = (1..=text.conditions)
        .map(|number| format!("input c{number}: boolean = true\n"))
        .collect();
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
