//! A whole playbook into a plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::phrases::Repeat;
use sophia_language::syntax::{File, Input, Item, OnFailure, Statement, TriggerKind};
use sophia_plan::plan::{FORMAT, Plan};
use sophia_plan::step::{
    Block, Input as PlanInput, Trigger as PlanTrigger, TriggerKind as PlanTriggerKind,
};
use sophia_plan::types::{FieldType, RecordType, Type};
use sophia_plan::value::Value;

use super::ON_FAILURE;
use super::block::Building;
use super::statement::Around;
use crate::checker::Checker;
use crate::types::{Expected, Place, Scope, constant_value};

impl<'a> Checker<'a> {
    /// Checks everything outside tests and writes the plan down. The names that a test's conditions
    /// may use come back with it.
    pub(crate) fn playbook(&mut self, name: &str, file: &'a File) -> (Plan, Scope) {
        self.later_declarations(file);
        let inputs = self.inputs(file);
        let triggers = self.triggers(file);
        for item in &file.items {
            match item {
                Item::Type(declaration) => self.check_type_declaration(&declaration.name),
                Item::Query(query) => drop(self.query(&query.name.text)),
                Item::Predictor(predictor) => drop(self.predictor(&predictor.name.text)),
                _ => {}
            }
        }
        let mut scope = Scope::new(Place::Statement);
        let mut building = Building::default();
        let statements = file.items.iter().filter_map(|item| match item {
            Item::Statement(statement) => Some(statement),
            _ => None,
        });
        self.statements(&mut building, statements, &mut scope, Around::RUN, true);
        let mut expectations = scope.at(Place::Expectation);
        if self.returns {
            expectations.add("result", Type::Unknown, Span::default());
        }
        let on_failure = file.items.iter().find_map(|item| match item {
            Item::OnFailure(declaration) => Some(declaration),
            _ => None,
        });
        // Models come last: their types may rest on a `let`.
        for item in &file.items {
            if let Item::Model(model) = item
                && !model.name.text.is_empty()
            {
                self.model(&model.name);
            }
        }
        let plan = Plan {
            format: FORMAT,
            playbook: Arc::from(name),
            documentation: (!file.documentation.text.is_empty())
                .then(|| Arc::from(file.documentation.text.as_str())),
            file: self.file.clone(),
            zone: Arc::from(self.zone.as_str()),
            currency: Arc::from(self.currency()),
            inputs,
            triggers,
            one_run: None,
            result: Type::None,
            commands: BTreeMap::new(),
            metrics: BTreeMap::new(),
            states: BTreeMap::new(),
            queries: done(&self.memory.queries, |facts| facts.definition.clone()),
            predictors: done(&self.memory.predictors, |facts| facts.definition.clone()),
            models: done(&self.memory.models, |facts| facts.definition.clone()),
            body: building.finish(),
            on_failure: None,
        };
        let on_failure = on_failure.map(|declaration| self.on_failure(declaration));
        (Plan { on_failure, ..plan }, expectations)
    }

    fn inputs(&mut self, file: &'a File) -> Vec<PlanInput> {
        let mut inputs = Vec::new();
        for item in &file.items {
            let Item::Input(input) = item else { continue };
            if input.name.text.is_empty() {
                continue;
            }
            let of = self.resolve_type(&input.of);
            let default = input.default.as_ref().and_then(|default| {
                let expected = Expected::plain(of.clone(), format!("`{}`", input.name.text));
                let before = self.diagnostics.len();
                let code = self.check_expression(default, &Scope::new(Place::Constant), &expected);
                let value = constant_value(&code);
                if value.is_none() && self.diagnostics.len() == before {
                    let diagnostic = self
                        .diagnostic(
                            codes::S329,
                            default.span(),
                            format!("The default of `{}` is no fixed value.", input.name.text),
                        )
                        .with_help("write the value out");
                    self.push(diagnostic);
                }
                value
            });
            let default = match (default, &of) {
                (None, Type::Optional(_)) if input.default.is_none() => Some(Value::None),
                (default, _) => default,
            };
            inputs.push(PlanInput {
                name: Arc::from(input.name.text.as_str()),
                of,
                default,
                documentation: (!input.documentation.text.is_empty())
                    .then(|| Arc::from(input.documentation.text.as_str())),
            });
        }
        inputs
    }

    /// The type of an input. What is wrong with it is reported once, when inputs are read.
    pub(crate) fn input_type(&mut self, input: &Input) -> Type {
        if self.is_broken(input.span) {
            return Type::Unknown;
        }
        let before = self.diagnostics.len();
        let of = self.resolve_type(&input.of);
        self.diagnostics.truncate(before);
        of
    }

    fn triggers(&mut self, file: &'a File) -> Vec<PlanTrigger> {
        let mut triggers = Vec::new();
        for item in &file.items {
            let Item::Trigger(trigger) = item else {
                continue;
            };
            let TriggerKind::Schedule { schedule, phrase } = &trigger.kind else {
                continue;
            };
            let mut schedule = schedule.clone();
            match &schedule.zone {
                Some(zone) => {
                    if crate::zones::zone(zone).is_none() {
                        let diagnostic = self.unknown_zone(zone, *phrase);
                        self.push(diagnostic);
                    }
                }
                // An interval counts from one fixed instant, so no zone belongs to it.
                None if matches!(schedule.repeat, Repeat::Interval { .. }) => {}
                None => schedule.zone = Some(self.zone.clone()),
            }
            triggers.push(PlanTrigger {
                kind: PlanTriggerKind::Schedule(schedule),
                binding: None,
                of: Type::None,
                with: Vec::new(),
                origin: self.origin(trigger.span),
            });
        }
        triggers
    }

    fn on_failure(&mut self, declaration: &OnFailure) -> (Option<Arc<str>>, Block) {
        self.pending.begin_part(&format!("{ON_FAILURE}/"));
        let mut scope = Scope::new(Place::Statement);
        let binding = declaration
            .binding
            .as_ref()
            .filter(|name| !name.text.is_empty());
        if let Some(name) = binding {
            self.check_new_name(name, &scope);
            scope.add(name.text.as_str(), failure(), name.span);
        }
        let mut building = Building::default();
        let statements: Vec<&Statement> = declaration.body.statements.iter().collect();
        self.statements(
            &mut building,
            statements.into_iter(),
            &mut scope,
            Around::RUN,
            true,
        );
        (
            binding.map(|name| Arc::from(name.text.as_str())),
            building.finish(),
        )
    }
}

/// What `on failure` sees of the failure.
fn failure() -> Type {
    let field = |name: &str, of: Type| FieldType {
        name: Arc::from(name),
        of,
        documentation: None,
        labels: Vec::new(),
    };
    Type::Record(Arc::new(RecordType {
        name: None,
        fields: vec![
            field("message", Type::Text),
            field("step", Type::Text),
            field("line", Type::Integer),
        ],
    }))
}

/// The definitions that are free of mistakes, by name.
fn done<T, D>(
    known: &BTreeMap<String, crate::checker::Known<T>>,
    definition: impl Fn(&T) -> D,
) -> BTreeMap<Arc<str>, D> {
    known
        .iter()
        .filter_map(|(name, known)| match known {
            crate::checker::Known::Done(Some(facts)) => {
                Some((Arc::from(name.as_str()), definition(facts)))
            }
            _ => None,
        })
        .collect()
}
