//! `let x = CALL as T otherwise …`: a calculation with calls in it, for which something else can stand in.
//!
//! Kept true here: its calls and what is made of them fail as one, so that `otherwise` answers for all of it; `retry` and
//! `timeout` are for each call. It reads its queries, and pins its predictors, for itself. It is written down as the steps of an action, which see what they are given and no more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sophia_plan::expression::Expression as Code;
use sophia_plan::step::{Policy, Step, StepKind};
use sophia_plan::types::Type;

use super::block::Building;
use super::mentions;
use super::numbering::free_name;
use super::statement::Frame;
use crate::checker::Checker;

/// The names that the steps inside see.
#[derive(Default)]
struct Inside {
    /// What they give each other: by the name that stands for it outside.
    inner: BTreeMap<Arc<str>, Arc<str>>,
    /// What they are given from outside: the name inside, and outside.
    given: Vec<(Arc<str>, Arc<str>)>,
}

impl Checker<'_> {
    /// The step of a calculation whose calls wait for the statement's block.
    pub(super) fn attempted(
        &mut self,
        frame: &Frame<'_>,
        binds: &str,
        mut calculation: Code,
        of: Type,
        policy: Policy,
    ) -> Step {
        let calls = self.take_pending();
        let own = Policy {
            otherwise: policy.otherwise.clone(),
            ..Policy::default()
        };
        let for_each = Policy {
            otherwise: None,
            ..policy
        };
        let placeholder = StepKind::Return { value: None };
        let mut step = self.step(frame, placeholder, Some(binds), of, own);
        let mut names = BTreeSet::new();
        let mut inside = Inside::default();
        let mut steps: Vec<Step> = Vec::with_capacity(calls.len());
        for call in calls {
            inside.inner.insert(call.name.clone(), call.name.clone());
            let binds = call.name.clone();
            steps.push(self.step_of(call, binds));
        }
        let mut met = Vec::new();
        mentions::in_expression(&mut calculation, &mut |name| met.push(name.clone()));
        for step in &mut steps {
            mentions::in_step(step, &mut |name| met.push(name.clone()));
        }
        // What is read in it, and what that is read with.
        while let Some(name) = met.pop() {
            let Some(read) = self.pending.read(&name) else {
                continue;
            };
            if inside.inner.contains_key(&name) {
                continue;
            }
            let mut taken = inside.inner.values().cloned().collect();
            let binds = free(first_line(&name), &mut taken);
            inside.inner.insert(name, binds.clone());
            let mut read = self.step_of(read, binds);
            mentions::in_step(&mut read, &mut |name| met.push(name.clone()));
            steps.push(read);
        }
        let mut building = Building::default();
        for step in &mut steps {
            mentions::in_step(step, &mut |name| inside.give(name));
        }
        mentions::in_expression(&mut calculation, &mut |name| inside.give(name));
        for inner in in_order(steps) {
            building.place(Step {
                name: free(&format!("{}/{}", step.name, inner.label), &mut names),
                policy: for_each.clone(),
                ..inner
            });
        }
        building.place(Step {
            name: free(&format!("{}/return", step.name), &mut names),
            label: Arc::from("return"),
            documentation: None,
            origin: step.origin,
            kind: StepKind::Return {
                value: Some(calculation),
            },
            binds: None,
            result: Type::None,
            policy: Policy::default(),
        });
        step.kind = StepKind::Action {
            action: step.label.clone(),
            arguments: (inside.given.into_iter())
                .map(|(inside, outside)| (inside, Code::Name(outside)))
                .collect(),
            body: self.finish_inside(building),
        };
        step
    }
}

impl Inside {
    /// Puts the name under which the steps inside see a value in the place of the outer one.
    fn give(&mut self, name: &mut Arc<str>) {
        if let Some(binds) = self.inner.get(name) {
            *name = binds.clone();
            return;
        }
        if let Some((inside, _)) = self.given.iter().find(|(_, outside)| outside == name) {
            *name = inside.clone();
            return;
        }
        let given = self.given.iter().map(|(inside, _)| inside);
        let mut taken = self.inner.values().chain(given).cloned().collect();
        let inside = free(first_line(name), &mut taken);
        self.given.push((inside.clone(), name.clone()));
        *name = inside;
    }
}

/// A reading's name, of which it is known later which one it is, has its place on a line of its own.
fn first_line(name: &str) -> &str {
    name.split('\n').next().unwrap_or_default()
}

/// The steps so that each stands behind those whose results it uses.
fn in_order(mut steps: Vec<Step>) -> Vec<Step> {
    let mut placed = Vec::with_capacity(steps.len());
    while !steps.is_empty() {
        let waiting: BTreeSet<Arc<str>> =
            steps.iter().filter_map(|step| step.binds.clone()).collect();
        let ready = steps.iter_mut().position(|step| {
            let own = step.binds.clone();
            let mut free = true;
            mentions::in_step(step, &mut |name| {
                free &= own.as_ref() == Some(name) || !waiting.contains(name);
            });
            free
        });
        placed.push(steps.remove(ready.unwrap_or(0)));
    }
    placed
}

/// A name that is not taken.
fn free(plain: &str, taken: &mut BTreeSet<Arc<str>>) -> Arc<str> {
    free_name(plain, |name| taken.insert(name.clone()))
}
