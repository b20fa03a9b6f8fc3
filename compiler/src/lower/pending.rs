//! Steps that expressions ask for: a call inside an expression is a step of its own, before the
//! statement that it stands in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_plan::expression::Expression as Code;
use sophia_plan::step::{Policy, Step, StepKind, Work};
use sophia_plan::types::Type;

use super::block::Building;
use crate::checker::Checker;

/// A step that no block holds yet.
#[derive(Debug)]
pub(crate) struct PendingStep {
    pub(crate) name: Arc<str>,
    pub(crate) label: Arc<str>,
    pub(crate) work: Work,
    pub(crate) result: Type,
    pub(crate) span: Span,
}

/// The steps that wait for a block, and what was learned while declarations were checked.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    /// For the block of the statement.
    here: Vec<PendingStep>,
    /// For the outermost block: reads that the whole run shares.
    shared_steps: Vec<PendingStep>,
    /// Queries and predictors that have their step.
    shared: BTreeSet<String>,
    /// The path of the block that is being written, with a `/` at its end unless it is empty.
    path: String,
    /// Names of steps, and whether something rests on the name.
    names: BTreeMap<String, bool>,
    /// Inputs that the declaration under way has used.
    inputs: BTreeSet<String>,
}

impl Pending {
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

    /// Whether a query or predictor has its step in this part of the playbook.
    pub(crate) fn is_shared(&self, name: &str) -> bool {
        self.shared.contains(name)
    }

    /// Begins a part of the playbook whose steps share nothing with those before: `on failure`.
    pub(crate) fn begin_part(&mut self, path: &str) {
        self.shared.clear();
        path.clone_into(&mut self.path);
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

    /// Makes a read one step of the whole run, at its first use.
    pub(crate) fn share_step(&mut self, name: &str, work: Work, result: Type, span: Span) -> Code {
        let label: Arc<str> = Arc::from(name);
        if self.pending.shared.insert(name.to_owned()) {
            let part = if self.pending.path.starts_with(super::ON_FAILURE) {
                format!("{}/", super::ON_FAILURE)
            } else {
                String::new()
            };
            self.pending.shared_steps.push(PendingStep {
                name: Arc::from(format!("{part}{name}")),
                label: label.clone(),
                work,
                result,
                span,
            });
        }
        Code::Name(label)
    }

    /// A name for a step in the block that is being written. Where two coincide they are numbered,
    /// unless something rests on the name: then the playbook must say which is which.
    pub(crate) fn reserve_name(&mut self, label: &str, span: Span, matters: bool) -> Arc<str> {
        let name = format!("{}{label}", self.pending.path);
        let Some(earlier) = self.pending.names.get(&name).copied() else {
            self.pending.names.insert(name.clone(), matters);
            return Arc::from(name);
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
                    "`at most once` and `retry` are remembered under the step's name, so it must stay the same when the playbook is edited",
                )
                .with_help("add `named …` with a name of its own to one of them");
            self.push(diagnostic);
        }
        for number in 2_u32.. {
            let numbered = format!("{name} {number}");
            if !self.pending.names.contains_key(&numbered) {
                self.pending.names.insert(numbered.clone(), matters);
                return Arc::from(numbered);
            }
        }
        Arc::from(name)
    }

    /// Writes the shared reads down that wait for the outermost block.
    pub(crate) fn place_shared(&mut self, building: &mut Building) {
        for step in std::mem::take(&mut self.pending.shared_steps) {
            let binds = step.label.clone();
            let step = self.step_of(step, binds);
            self.place(building, step);
        }
    }

    /// Writes the steps down that the statement's expressions asked for.
    pub(crate) fn place_pending(&mut self, building: &mut Building, policy: &Policy) {
        for step in std::mem::take(&mut self.pending.here) {
            let binds = step.name.clone();
            let mut step = self.step_of(step, binds);
            step.policy = policy.clone();
            self.place(building, step);
        }
    }

    fn step_of(&self, step: PendingStep, binds: Arc<str>) -> Step {
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
