//! The statements run as the language says, and the plan run as it stands.
//!
//! Kept true here: a source is a number that grows with every change, so that two readings are the same if their numbers
//! are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use petgraph::stable_graph::NodeIndex;
use sophia_plan::Plan;
use sophia_plan::expression::Expression;
use sophia_plan::step::{Block, Step, StepKind, Wait, Work};

use super::generate::{Line, READS};

/// What happened to the sources so far, what each use has seen, and what the branches decide.
pub struct World<'d> {
    states: [u32; 2],
    pub seen: Vec<(String, u32)>,
    decisions: &'d [bool],
    decided: usize,
}

impl<'d> World<'d> {
    pub fn new(decisions: &'d [bool]) -> Self {
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
pub fn run_lines(lines: &[Line], uses: &mut usize, world: &mut World<'_>) {
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
pub type Known = BTreeMap<Arc<str>, u32>;

/// The steps as the plan says that they run: a use sees what its reading has read when it was made.
pub fn run_block(block: &Block, plan: &Plan, known: &Known, world: &mut World<'_>) {
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

/// In every block, a reading waits for what was written before it and changes its source, and what changes a source for
/// the readings of it that were written before.
pub fn waits_for_changes(block: &Block, plan: &Plan) {
    let mut changes: Vec<(NodeIndex, [u32; 2])> = Vec::new();
    let mut reads: Vec<(NodeIndex, [bool; 2])> = Vec::new();
    for (place, step) in block.steps() {
        let mut written = [false; 2];
        note_writes(step, plan, &mut written);
        let before = ancestors(block, place);
        for (read, sources) in &reads {
            for (written, is_read) in written.iter().zip(sources) {
                assert!(
                    !written || !is_read || before.contains(read),
                    "`{}` does not wait for `{}`, which reads what it changes",
                    step.name,
                    block.step(*read).expect("a step").name
                );
            }
        }
        let mut read = [false; 2];
        note_reads(step, plan, &mut read);
        reads.push((place, read));
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

/// The sources that a step writes to, in any of its blocks.
fn note_writes(step: &Step, plan: &Plan, written: &mut [bool; 2]) {
    if let StepKind::Work(Work::Command { command, .. }) = &step.kind {
        written[source(&plan.commands[command].connection)] = true;
    }
    for block in step.blocks() {
        for (_, step) in block.steps() {
            note_writes(step, plan, written);
        }
    }
}

/// The sources that a step reads, in any of its blocks.
fn note_reads(step: &Step, plan: &Plan, read: &mut [bool; 2]) {
    if let StepKind::Work(Work::Query { query, .. }) = &step.kind {
        read[source(&plan.queries[query].connection)] = true;
    }
    for block in step.blocks() {
        for (_, step) in block.steps() {
            note_reads(step, plan, read);
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

/// The name whose rows are counted.
pub fn counted(expression: &Expression) -> Option<&Arc<str>> {
    match expression {
        Expression::Call { arguments, .. } => match arguments.as_slice() {
            [Expression::Name(name)] => Some(name),
            _ => None,
        },
        Expression::Name(name) => Some(name),
        _ => None,
    }
}
