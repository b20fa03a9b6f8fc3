//! Actions: statements with a name.
//!
//! Kept true here: an action is written down once; each call of it holds a copy of its steps under the name of the
//! call, so that its effects show in the caller's plan. An action never leads back to itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Action, Call};
use sophia_plan::expression::Expression as Code;
use sophia_plan::step::{Block, Step};
use sophia_plan::types::Type;

use crate::checker::{Checker, Known};
use crate::lower::{Around, Building, Pending, Returning};
use crate::names::Declared;
use crate::types::{Place, Scope};

/// What is known about an action.
#[derive(Debug)]
pub(crate) struct ActionFacts {
    /// Its parameters, in order.
    pub(crate) parameters: Vec<(Arc<str>, Type)>,
    /// What it gives; the type of `none` where it gives nothing.
    pub(crate) result: Type,
    /// Its steps, named as if the action were a playbook.
    pub(crate) body: Block,
    /// Inputs of the playbook that it looks at.
    pub(crate) inputs: BTreeSet<String>,
}

impl Checker<'_> {
    /// The facts of a declared action. `None` where it has a mistake.
    pub(crate) fn action(&mut self, name: &str, span: Span) -> Option<Arc<ActionFacts>> {
        match self.memory.actions.get(name) {
            Some(Known::Done(facts)) => return facts.clone(),
            Some(Known::Underway) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S220,
                        span,
                        format!("The action `{name}` leads back to itself."),
                    )
                    .with_label("called while it is being carried out")
                    .with_help("an action cannot call itself; `repeat` or `for each` do something several times");
                self.push(diagnostic);
                return None;
            }
            None => {}
        }
        let Some(Declared::Action(action)) = self.names.get(name) else {
            return None;
        };
        self.memory.actions.insert(name.to_owned(), Known::Underway);
        let facts = self.action_facts(action).map(Arc::new);
        self.memory
            .actions
            .insert(name.to_owned(), Known::Done(facts.clone()));
        facts
    }

    fn action_facts(&mut self, action: &Action) -> Option<ActionFacts> {
        let before = self.errors();
        // An action's steps stand by themselves, whatever is being written down around the first call.
        let around = std::mem::take(&mut self.pending);
        let (parameters, scope) = self.parameters(&action.parameters);
        let mut scope = scope.at(Place::Statement);
        let result = action
            .result
            .as_ref()
            .map_or(Type::None, |result| self.resolve_type(result));
        let outer = std::mem::replace(
            &mut self.returning,
            Returning::wanting(
                result.clone(),
                format!("The result of `{}`", action.name.text),
            ),
        );
        let mut building = Building::default();
        let statements = action.body.statements.iter();
        self.statements(&mut building, statements, &mut scope, Around::RUN);
        if action.result.is_some() && !crate::lower::returns(&action.body) {
            let diagnostic = self
                .diagnostic(
                    codes::S221,
                    action.name.span,
                    format!(
                        "`{}` does not give a value in every case.",
                        action.name.text
                    ),
                )
                .with_help("end it with `return …`");
            self.push(diagnostic);
        }
        self.returning = outer;
        let body = self.finish_part(building);
        let mut own = std::mem::replace(&mut self.pending, around);
        let inputs = Pending::take_inputs(&mut own);
        (self.errors() == before).then(|| ActionFacts {
            parameters,
            result,
            body,
            inputs,
        })
    }

    /// The arguments of a call of an action. `None` where the call has a mistake.
    pub(crate) fn action_arguments(
        &mut self,
        shown: &str,
        facts: &ActionFacts,
        call: &Call,
        scope: &Scope,
    ) -> Option<Vec<(Arc<str>, Code)>> {
        for input in &facts.inputs {
            self.pending.note_input(input);
        }
        let before = self.errors();
        let arguments = self.arguments(shown, &facts.parameters, call, scope);
        (self.errors() == before).then_some(arguments)
    }
}

/// A copy of an action's steps, under the name of the call.
pub(crate) fn under(block: &Block, name: &str) -> Block {
    let mut copy = block.clone();
    rename(&mut copy, name);
    copy
}

fn rename(block: &mut Block, prefix: &str) {
    for step in block.graph.node_weights_mut() {
        step.name = Arc::from(format!("{prefix}/{}", step.name));
        for inner in Step::blocks_mut(step) {
            rename(inner, prefix);
        }
    }
}
