//! Steps that expressions ask for: a call inside an expression is a step of its own, before the
//! statement that it stands in.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_plan::expression::Expression as Code;
use sophia_plan::step::{Block, Policy, Step, StepKind, Work};
use sophia_plan::types::Type;

use super::block::Building;
use super::mentions;
use super::numbering::free_name;
use crate::checker::Checker;

/// A step that no block holds yet.
#[derive(Clone, Debug)]
pub(crate) struct PendingStep {
    pub(crate) name: Arc<str>,
    pub(crate) label: Arc<str>,
    pub(crate) work: Work,
    pub(crate) result: Type,
    pub(crate) span: Span,
}

/// What expressions have asked for in one part of the playbook.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Reads that uses may share, by the name that stands for the use until the reading that it sees is known. A
    /// predictor has its own name.
    pub(super) reads: BTreeMap<Arc<str>, PendingStep>,
    /// The names of steps that expressions asked for.
    pub(super) hoisted: BTreeSet<Arc<str>>,
}

/// The steps that wait for a block, and what was learned while declarations were checked.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    /// For the block of the statement.
    here: Vec<PendingStep>,
    /// What the part that is being written has asked for.
    asked: Asked,
    /// The names that the run's own statements give, which a test may look at.
    given: BTreeSet<Arc<str>>,
    /// The path of the block that is being written, with a `/` at its end unless it is empty.
    path: String,
    /// Names of steps, and whether something rests on the name.
    names: HashMap<Arc<str>, bool>,
    /// Inputs that the declaration under way has used.
    inputs: BTreeSet<String>,
    /// How many readings were asked for.
    places: u64,
    /// What the statement of the run that is under way has asked for.
    record: Record,
}

/// What a statement of the run asks for, in its order.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// The names of steps that it looked at, to see whether they are free.
    pub(super) tried: Vec<Arc<str>>,
    /// Whether one of them was taken before.
    pub(super) is_crowded: bool,
    /// The readings and versions.
    pub(super) reads: Vec<PendingStep>,
    /// The names of steps that became steps before the statement.
    pub(super) hoisted: Vec<Arc<str>>,
    /// The `let`s.
    pub(super) lets: Vec<(Arc<str>, Type, Span)>,
}

impl Record {
    /// A name of a step was looked at.
    fn tries(&mut self, name: &Arc<str>, is_taken: bool) {
        self.is_crowded |= is_taken && !self.tried.contains(name);
        self.tried.push(name.clone());
    }
}

impl Pending {
    /// Records from here on what a statement asks for.
    pub(super) fn begin_record(&mut self) {
        self.record = Record::default();
    }

    /// What was asked for since then.
    pub(super) fn end_record(&mut self) -> Record {
        std::mem::take(&mut self.record)
    }

    /// A `let` has its name.
    pub(super) fn record_let(&mut self, name: &str, of: &Type, span: Span) {
        self.record.lets.push((Arc::from(name), of.clone(), span));
    }

    /// Whether no step has one of these names.
    pub(super) fn are_free(&self, names: &[Arc<str>]) -> bool {
        !names.iter().any(|name| self.names.contains_key(name))
    }

    /// Those of some names that steps have, and whether something rests on the name.
    pub(super) fn taken(&self, names: &[Arc<str>]) -> Vec<(Arc<str>, bool)> {
        let taken = names.iter().filter_map(|name| {
            let matters = self.names.get(name)?;
            Some((name.clone(), *matters))
        });
        taken.collect()
    }

    /// Steps take these names, and some of them were asked for by expressions.
    pub(super) fn take_over(&mut self, names: &[(Arc<str>, bool)], hoisted: &[Arc<str>]) {
        self.names.extend(names.iter().cloned());
        self.asked.hoisted.extend(hoisted.iter().cloned());
    }

    /// An expression asked for a reading.
    pub(super) fn take_over_read(&mut self, read: PendingStep) {
        self.asked.reads.entry(read.name.clone()).or_insert(read);
    }

    /// The first number that no reading has.
    pub(super) fn free_place(&self) -> u64 {
        self.places
    }

    /// Numbers the readings that are asked for from here on.
    pub(super) fn number_places_from(&mut self, number: u64) {
        self.places = number;
    }

    /// Remembers that an input was used.
    pub(crate) fn note_input(&mut self, name: &str) {
        self.inputs.insert(name.to_owned());
    }

    /// The inputs used since the last call, which are then forgotten.
    pub(crate) fn take_inputs(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.inputs)
    }

    /// Puts inputs back that an inner declaration has interrupted.
    pub(crate) fn restore_inputs(&mut self, inputs: BTreeSet<String>) {
        self.inputs = inputs;
    }

    /// Whether the run's own statements give this name: a reading in a block is gone after it.
    pub(crate) fn is_given(&self, name: &str) -> bool {
        self.given.contains(name)
    }

    /// Remembers the names that the run's own statements give.
    pub(crate) fn note_given(&mut self, block: &Block) {
        self.given = (block.steps())
            .filter_map(|(_, step)| step.binds.clone())
            .collect();
    }

    /// Begins a part of the playbook whose steps share nothing with those before: `on failure`.
    pub(crate) fn begin_part(&mut self, path: &str) {
        path.clone_into(&mut self.path);
    }

    /// What the part that is written has asked for, which is then forgotten.
    pub(super) fn take_asked(&mut self) -> Asked {
        std::mem::take(&mut self.asked)
    }

    /// Forgets what the part that is written has asked for.
    pub(super) fn forget_asked(&mut self) {
        self.asked = Asked::default();
    }

    /// Goes into a block, and gives the path to go back to.
    pub(crate) fn enter(&mut self, label: &str) -> String {
        let outer = self.path.clone();
        self.path.push_str(label);
        self.path.push('/');
        outer
    }

    /// Goes back to a block.
    pub(crate) fn leave(&mut self, outer: String) {
        self.path = outer;
    }

    /// The last step that an expression asked for.
    pub(crate) fn last(&self) -> Option<&PendingStep> {
        self.here.last()
    }

    /// Takes the last step away, to be the statement's own; its name is free again.
    pub(crate) fn take_last(&mut self) -> Option<PendingStep> {
        let step = self.here.pop()?;
        self.names.remove(&*step.name);
        Some(step)
    }

    /// A reading, or a version, that an expression asked for.
    pub(crate) fn read(&self, place: &str) -> Option<PendingStep> {
        self.asked.reads.get(place).cloned()
    }

    /// Whether an expression needs a reading or a version.
    pub(crate) fn needs_reading(&self, code: &Code) -> bool {
        let mut needs = false;
        mentions::in_expression(&mut code.clone(), &mut |name| {
            needs |= self.asked.reads.contains_key(name);
        });
        needs
    }

    /// Takes a reading away that an expression asked for, to be the statement's own.
    pub(crate) fn take_read(&mut self, place: &str) -> Option<PendingStep> {
        let is_query =
            |step: &PendingStep| matches!(step.work, Work::Query { .. } | Work::Distinct { .. });
        (self.asked.reads.get(place)).filter(|step| is_query(step))?;
        self.asked.reads.remove(place)
    }

    /// The number of steps that wait for the statement's block.
    pub(crate) fn count(&self) -> usize {
        self.here.len()
    }
}

impl Checker<'_> {
    /// Makes a call a step before the statement, and gives the code that reads its result.
    pub(crate) fn hoist(&mut self, label: &str, work: Work, result: Type, span: Span) -> Code {
        let name = self.reserve_name(label, span, false);
        self.pending.here.push(PendingStep {
            name: name.clone(),
            label: Arc::from(label),
            work,
            result,
            span,
        });
        Code::Name(name)
    }

    /// Asks for a read that uses may share. The code holds the place of the reading that it will see.
    pub(crate) fn share_step(&mut self, name: &str, work: Work, result: Type, span: Span) -> Code {
        // No name of a run holds a line break.
        let number = self.pending.places;
        self.pending.places += 1;
        let place: Arc<str> = Arc::from(format!("{name}\n{number}"));
        self.ask_for(place.clone(), name, work, result, span);
        Code::Name(place)
    }

    /// Asks for the version of a predictor, which is pinned under its name.
    pub(crate) fn pin_step(&mut self, name: &Arc<str>, work: Work, span: Span) {
        self.ask_for(name.clone(), name, work, Type::Json, span);
    }

    fn ask_for(&mut self, place: Arc<str>, name: &str, work: Work, result: Type, span: Span) {
        let step = PendingStep {
            name: place.clone(),
            label: Arc::from(name),
            work,
            result,
            span,
        };
        self.pending.record.reads.push(step.clone());
        self.pending.asked.reads.entry(place).or_insert(step);
    }

    /// A name for a step in the block that is being written. Where two coincide they are numbered,
    /// unless something rests on the name: then the playbook must say which is which.
    pub(crate) fn reserve_name(&mut self, label: &str, span: Span, matters: bool) -> Arc<str> {
        let name: Arc<str> = Arc::from([self.pending.path.as_str(), label].concat());
        let earlier = self.pending.names.get(&name).copied();
        self.pending.record.tries(&name, earlier.is_some());
        let Some(earlier) = earlier else {
            self.pending.names.insert(name.clone(), matters);
            return name;
        };
        if earlier || matters {
            let diagnostic = self
                .diagnostic(
                    codes::S801,
                    span,
                    format!("Two steps here would both be named `{label}`."),
                )
                .with_label("the second of that name")
                .with_note(
                    "`at most once`, `undo` and `retry` are remembered under the step's name, so it must stay the same when the playbook is edited",
                )
                .with_help("add `named …` with a name of its own to one of them");
            self.push(diagnostic);
        }
        let Pending {
            names: taken,
            record,
            ..
        } = &mut self.pending;
        let numbered = free_name(&name, |name| {
            let is_taken = taken.contains_key(name);
            record.tries(name, is_taken);
            !is_taken
        });
        taken.insert(numbered.clone(), matters);
        numbered
    }

    /// Takes every step that waits for the statement's block; their names are free again.
    pub(super) fn take_pending(&mut self) -> Vec<PendingStep> {
        let steps = std::mem::take(&mut self.pending.here);
        for step in &steps {
            self.pending.names.remove(&*step.name);
        }
        steps
    }

    /// Writes the steps down that the statement's expressions asked for.
    pub(crate) fn place_pending(&mut self, building: &mut Building, policy: &Policy) {
        for step in std::mem::take(&mut self.pending.here) {
            let binds = step.name.clone();
            self.pending.asked.hoisted.insert(step.name.clone());
            self.pending.record.hoisted.push(step.name.clone());
            let mut step = self.step_of(step, binds);
            step.policy = policy.clone();
            building.place(step);
        }
    }

    /// The step that was asked for, under the name that it gives.
    pub(super) fn step_of(&self, step: PendingStep, binds: Arc<str>) -> Step {
        Step {
            name: step.name,
            label: step.label,
            documentation: None,
            origin: self.origin(step.span),
            kind: StepKind::Work(step.work),
            binds: Some(binds),
            result: step.result,
            policy: Policy::default(),
        }
    }
}
