//! `let x = CALL as T otherwise …`: a calculation with calls in it, for which something else can stand in.
//!
//! Kept true here: its calls and what is made of them fail as one, so that `otherwise` answers for all of it; `retry` and
//! `timeout` are for each call. It is written down as the steps of an action, which see what they are given and no more.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_plan::expression::Expression as Code;
use sophia_plan::step::{Policy, Step, StepKind};
use sophia_plan::types::Type;

use super::block::Building;
use super::mentions;
use super::statement::Frame;
use crate::checker::Checker;

/// What the steps are given from outside: the name inside, and outside.
type Given = Vec<(Arc<str>, Arc<str>)>;

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
        let inner: BTreeSet<Arc<str>> = calls.iter().map(|call| call.name.clone()).collect();
        let mut given = Given::new();
        let mut names = BTreeSet::new();
        let mut building = Building::default();
        for call in calls {
            let name = free(&format!("{}/{}", step.name, call.label), &mut names);
            let binds = call.name.clone();
            let mut call = Step {
                name,
                policy: for_each.clone(),
                ..self.step_of(call, binds)
            };
            mentions::in_step(&mut call, &mut |name| give(name, &inner, &mut given));
            building.place(call);
        }
        mentions::in_expression(&mut calculation, &mut |name| {
            give(name, &inner, &mut given);
        });
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
            arguments: (given.into_iter())
                .map(|(inside, outside)| (inside, Code::Name(outside)))
                .collect(),
            body: self.finish_inside(building),
        };
        step
    }
}

/// The name under which a step inside sees what an outer name stands for. A reading's name, of which it is known later
/// which one it is, has its place on a line of its own, which the inner name leaves out.
fn give(name: &mut Arc<str>, inner: &BTreeSet<Arc<str>>, given: &mut Given) {
    if inner.contains(name) {
        return;
    }
    if let Some((inside, _)) = given.iter().find(|(_, outside)| outside == name) {
        *name = inside.clone();
        return;
    }
    let plain = name.split('\n').next().unwrap_or_default();
    let mut taken: BTreeSet<Arc<str>> = given.iter().map(|(inside, _)| inside.clone()).collect();
    taken.extend(inner.iter().cloned());
    let inside = free(plain, &mut taken);
    given.push((inside.clone(), name.clone()));
    *name = inside;
}

/// A name that is not taken. Where two would coincide they are numbered.
fn free(plain: &str, taken: &mut BTreeSet<Arc<str>>) -> Arc<str> {
    let mut name: Arc<str> = Arc::from(plain);
    let mut number = 2_u32;
    while !taken.insert(name.clone()) {
        name = Arc::from(format!("{plain} {number}"));
        number += 1;
    }
    name
}
