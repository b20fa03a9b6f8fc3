//! A whole playbook into a plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{
    File, Header, Input, Item, OnFailure, Policy, Statement, Trigger, TriggerKind,
};
use sophia_plan::plan::{FORMAT, Plan};
use sophia_plan::step::{Block, Input as PlanInput};
use sophia_plan::types::{FieldType, RecordType, Type};
use sophia_plan::value::Value;

use super::ON_FAILURE;
use super::block::Building;
use super::giving::Returning;
use super::statement::Around;
use crate::checker::{Checker, Known, Memory};
use crate::declared::ModuleFacts;
use crate::names::{nearest, with_nearest};
use crate::types::{Expected, Fit, Place, Scope, constant_value, fit, with_article};

impl<'a> Checker<'a> {
    /// Checks everything outside tests and writes the plan down. The names that a test's conditions
    /// may use come back with it.
    pub(crate) fn playbook(&mut self, name: &str, file: &'a File) -> (Plan, Scope) {
        self.calendar(file);
        let inputs = self.inputs(file);
        let triggers = self.triggers(file, &inputs);
        let promised = self.promised(file);
        self.returning = match promised {
            Some(of) => Returning::wanting(of, "The result of this playbook".to_owned()),
            None => Returning::default(),
        };
        for item in &file.items {
            match item {
                Item::Type(declaration) => self.check_type_declaration(&declaration.name),
                Item::Query(query) => drop(self.query(&query.name.text)),
                Item::Predictor(predictor) => drop(self.predictor(&predictor.name.text)),
                Item::Command(command) => drop(self.command(&command.name.text)),
                Item::Metric(metric) => drop(self.metric(&metric.name.text)),
                Item::State(state) => drop(self.state(&state.name.text)),
                Item::Policy(policy) => self.misplaced_policy(policy),
                _ => {}
            }
        }
        let one_run = self.one_run(file);
        let mut scope = Scope::new(Place::Statement);
        let mut building = Building::default();
        let statements: Vec<&Statement> = (file.items.iter())
            .filter_map(|item| match item {
                Item::Statement(statement) => Some(statement),
                _ => None,
            })
            .collect();
        self.run_statements(&mut building, file, &statements, &mut scope);
        self.report_untested_verdicts();
        let body = self.finish(building, file);
        self.pending.note_given(&body);
        let result = self.returning.of().unwrap_or(Type::None);
        if self.returning.promises() && !ends_in_return(&statements) && !self.has_errors() {
            self.report_no_return(file, &result);
        }
        let mut expectations = scope.at(Place::Expectation);
        if result != Type::None {
            expectations.add("result", result.clone(), Span::default());
        }
        let on_failure = file.items.iter().find_map(|item| match item {
            Item::OnFailure(declaration) => Some(declaration),
            _ => None,
        });
        // These come last: their types may rest on a `let`.
        for item in &file.items {
            match item {
                Item::Model(model) if !model.name.text.is_empty() => drop(self.model(&model.name)),
                Item::Function(function) if !function.name.text.is_empty() => {
                    drop(self.function(&function.name.text, function.name.span));
                }
                Item::Action(action) if !action.name.text.is_empty() => {
                    drop(self.action(&action.name.text, action.name.span));
                }
                _ => {}
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
            one_run,
            result,
            queries: self.all_definitions(
                |memory| &memory.queries,
                |module| &module.queries,
                |facts| self.query_by_calendar(facts.definition.clone()),
            ),
            commands: self.all_definitions(
                |memory| &memory.commands,
                |module| &module.commands,
                |facts| self.command_by_calendar(facts.definition.clone()),
            ),
            metrics: self.all_definitions(
                |memory| &memory.metrics,
                |module| &module.metrics,
                |facts| facts.definition.clone(),
            ),
            states: done(&self.memory.states, |facts| facts.definition.clone()),
            predictors: self.all_definitions(
                |memory| &memory.predictors,
                |module| &module.predictors,
                |facts| facts.definition.clone(),
            ),
            models: self.all_definitions(
                |memory| &memory.models,
                |module| &module.models,
                |facts| self.model_by_calendar(facts.definition.clone()),
            ),
            body,
            on_failure: None,
        };
        let on_failure = on_failure.map(|declaration| self.on_failure(declaration, file));
        (Plan { on_failure, ..plan }, expectations)
    }

    /// The steps of a part with their readings and edges. Of a playbook with an error nobody sees these, unless a test
    /// asks what its steps give.
    fn finish(&mut self, building: Building, file: &File) -> Block {
        let is_asked = (file.items.iter()).any(|item| matches!(item, Item::Test(_)));
        if is_asked || !self.has_errors() {
            return self.finish_part(building);
        }
        self.pending.forget_asked();
        building.finish()
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
        self.asked_inputs(file, &mut inputs);
        inputs
    }

    /// The parameters of requests, where no input of the same name takes them.
    fn asked_inputs(&mut self, file: &'a File, inputs: &mut Vec<PlanInput>) {
        for item in &file.items {
            let Item::Trigger(Trigger {
                kind: TriggerKind::Request { parameters, .. },
                ..
            }) = item
            else {
                continue;
            };
            for parameter in parameters {
                if parameter.name.text.is_empty() {
                    continue;
                }
                let of = self.resolve_type(&parameter.of);
                let known = (inputs.iter()).find(|input| *input.name == *parameter.name.text);
                if let Some(known) = known {
                    if fit(&of, &known.of) != Fit::Same {
                        let diagnostic = self
                            .diagnostic(
                                codes::S239,
                                parameter.name.span,
                                format!(
                                    "This request asks for {}, and the input `{}` is {}.",
                                    with_article(&of),
                                    known.name,
                                    with_article(&known.of)
                                ),
                            )
                            .with_help("give both the same type");
                        self.push(diagnostic);
                    }
                    continue;
                }
                inputs.push(PlanInput {
                    name: Arc::from(parameter.name.text.as_str()),
                    default: of.is_optional().then_some(Value::None),
                    of,
                    documentation: None,
                });
            }
        }
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

    /// `calendar us_office`: one that the manifest knows.
    fn calendar(&mut self, file: &'a File) {
        let mut first: Option<Span> = None;
        for item in &file.items {
            let Item::Calendar { name, span } = item else {
                continue;
            };
            if let Some(first) = first {
                let diagnostic = self
                    .diagnostic(
                        codes::S214,
                        *span,
                        "`calendar` may stand once in a playbook.",
                    )
                    .with_label("the second one")
                    .with_related(first, "the first one")
                    .with_help("keep one of them");
                self.push(diagnostic);
                continue;
            }
            first = Some(*span);
            if let Some(month) = self.manifest.year_starts.get(&name.text) {
                self.year_starts = *month;
            }
            if let Some(holidays) = self.manifest.holidays.get(&name.text) {
                self.holidays = holidays.clone();
            }
            if name.text.is_empty() || self.manifest.calendars.contains(&name.text) {
                continue;
            }
            let near = nearest(
                &name.text,
                self.manifest.calendars.iter().map(String::as_str),
            );
            let diagnostic = self
                .diagnostic(
                    codes::S237,
                    name.span,
                    format!("The project has no calendar `{}`.", name.text),
                )
                .with_label("not in sophia.toml");
            let diagnostic = match near {
                Some(_) => with_nearest(diagnostic, near, name.span),
                None => {
                    diagnostic.with_help(format!("add `[calendars.{}]` to sophia.toml", name.text))
                }
            };
            self.push(diagnostic);
        }
    }

    /// A policy binds every playbook, so it stands in none of them.
    fn misplaced_policy(&mut self, policy: &Policy) {
        let diagnostic = self
            .diagnostic(
                codes::S238,
                policy.name.span,
                format!("The policy `{}` stands in a playbook.", policy.name.text),
            )
            .with_label("binds nothing here")
            .with_help("move it into a module that `[policies]` in sophia.toml lists");
        self.push(diagnostic);
    }

    fn report_no_return(&mut self, file: &File, result: &Type) {
        let Header::Playbook(name) = &file.header else {
            return;
        };
        let diagnostic = self
            .diagnostic(
                codes::S221,
                name.span,
                format!("`{}` does not give a value in every case.", name.text),
            )
            .with_note(format!("promised: {result}"))
            .with_help("end it with `return …`");
        self.push(diagnostic);
    }

    /// The definitions of this file and of the modules that it uses, by the names of the plan.
    fn all_definitions<T, D>(
        &self,
        own: impl Fn(&Memory) -> &BTreeMap<String, Known<T>>,
        module: impl Fn(&ModuleFacts) -> &BTreeMap<String, Option<Arc<T>>>,
        definition: impl Fn(&T) -> D,
    ) -> BTreeMap<Arc<str>, D> {
        let mut all = done(own(&self.memory), &definition);
        for (whole, facts) in self.modules() {
            let last = whole.rsplit('.').next().unwrap_or(&whole);
            for (name, facts) in module(&facts) {
                if let Some(facts) = facts {
                    all.insert(Arc::from(format!("{last}.{name}")), definition(facts));
                }
            }
        }
        all
    }

    fn on_failure(&mut self, declaration: &OnFailure, file: &File) -> (Option<Arc<str>>, Block) {
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
        );
        (
            binding.map(|name| Arc::from(name.text.as_str())),
            self.finish(building, file),
        )
    }
}

/// Whether the statements of a playbook surely return, or end the run.
fn ends_in_return(statements: &[&Statement]) -> bool {
    statements
        .last()
        .is_some_and(|last| super::giving::statement_returns(last))
}

/// What `on failure` sees of the failure.
pub(super) fn failure() -> Type {
    Type::Record(Arc::new(RecordType {
        name: None,
        fields: vec![
            FieldType::new("message", Type::Text),
            FieldType::new("step", Type::Text),
            FieldType::new("line", Type::Integer),
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
