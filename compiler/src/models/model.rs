//! Declared model calls.

use std::sync::Arc;

use sophia_diagnostics::codes;
use sophia_language::syntax::Name;
use sophia_plan::json::{Border, schema};
use sophia_plan::step::ModelDefinition;
use sophia_plan::types::Type;

use crate::checker::{Checker, Known};
use crate::names::Declared;

/// What is known about a model.
#[derive(Debug)]
pub(crate) struct ModelFacts {
    /// What a caller gives, in order.
    pub(crate) parameters: Vec<(Arc<str>, Type)>,
    /// Inputs of the playbook that the body uses. Each call passes them along, so that a model is
    /// asked with nothing but its arguments.
    pub(crate) captured: Vec<Arc<str>>,
    pub(crate) definition: ModelDefinition,
}

impl Checker<'_> {
    /// The facts of a declared model. `None` where its signature has a mistake.
    pub(crate) fn model(&mut self, name: &Name) -> Option<Arc<ModelFacts>> {
        match self.memory.models.get(&name.text) {
            Some(Known::Done(facts)) => return facts.clone(),
            Some(Known::Underway) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S314,
                        name.span,
                        format!("The types of `{}` rest on themselves.", name.text),
                    )
                    .with_help("write one of the types out");
                self.push(diagnostic);
                return None;
            }
            None => {}
        }
        let Some(Declared::Model(model)) = self.names.get(&name.text) else {
            return None;
        };
        self.memory
            .models
            .insert(name.text.clone(), Known::Underway);
        let outer = self.pending.take_inputs();
        let (parameters, scope) = self.parameters(&model.parameters);
        let result = self.resolve_type(&model.result);
        let body = self.model_body(model, &parameters, &result, &scope);
        let used = self.pending.take_inputs();
        self.pending.restore_inputs(outer);

        let mut all = parameters.clone();
        let mut captured = Vec::with_capacity(used.len());
        for input in used {
            let of = match self.names.get(&input) {
                Some(Declared::Input(declaration)) => Some(self.input_type(declaration)),
                Some(what @ (Declared::Arriving(_) | Declared::Asked(_))) => {
                    Some(self.brought_type(what))
                }
                _ => None,
            };
            if let Some(of) = of {
                let input: Arc<str> = Arc::from(input.as_str());
                all.push((input.clone(), of));
                captured.push(input);
            }
        }
        let schema = self.asked_schema(&result);
        let facts = Arc::new(ModelFacts {
            parameters,
            captured,
            definition: ModelDefinition {
                parameters: all,
                result,
                schema,
                routes: body.routes,
                prompt: body.prompt,
                ensure: body.ensure,
                otherwise: body.otherwise,
                budget_per_call: body.budget_per_call,
                budget_per_run: body.budget_per_run,
                temperature: body.temperature,
                asking: body.asking,
                kept: body.kept,
                origin: self.origin(model.span),
            },
        });
        self.memory
            .models
            .insert(name.text.clone(), Known::Done(Some(facts.clone())));
        Some(facts)
    }

    /// The schema that a model's answers are held to. It is written out once for all models that answer with the same
    /// record.
    fn asked_schema(&mut self, result: &Type) -> Arc<str> {
        if *result == Type::Unknown {
            return Arc::from("");
        }
        let Type::Record(record) = result else {
            return Arc::from(schema(result, Border::Model).to_string());
        };
        let mut known = self.memory.schemas.iter();
        if let Some((_, known)) = known.find(|(of, _)| Arc::ptr_eq(of, record)) {
            return known.clone();
        }
        let written: Arc<str> = Arc::from(schema(result, Border::Model).to_string());
        (self.memory.schemas).push((record.clone(), written.clone()));
        written
    }
}
