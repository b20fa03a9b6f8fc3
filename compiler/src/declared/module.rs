//! Modules: declarations that several playbooks share.
//!
//! Kept true here: a module is checked by itself, with its own grants; what others call through it is known by the
//! last word of its name and its own: `desk.tell_customer`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use sophia_diagnostics::codes;
use sophia_language::syntax::{File, Header, Item, Name};
use sophia_plan::types::Type;

use super::{ActionFacts, CommandFacts, FunctionFacts, MetricFacts};
use crate::checker::{Checker, Known};
use crate::facts::Shapes;
use crate::models::{ModelFacts, PredictorFacts};
use crate::names::{nearest, with_nearest};
use crate::queries::QueryFacts;
use crate::types::{Shaped, shaped};

/// What a module holds, by the names that it gives.
#[derive(Debug, Default)]
pub(crate) struct ModuleFacts {
    pub(crate) types: BTreeMap<String, Type>,
    pub(crate) functions: BTreeMap<String, Option<Arc<FunctionFacts>>>,
    pub(crate) actions: BTreeMap<String, Option<Arc<ActionFacts>>>,
    pub(crate) queries: BTreeMap<String, Option<Arc<QueryFacts>>>,
    pub(crate) commands: BTreeMap<String, Option<Arc<CommandFacts>>>,
    pub(crate) metrics: BTreeMap<String, Option<Arc<MetricFacts>>>,
    pub(crate) models: BTreeMap<String, Option<Arc<ModelFacts>>>,
    pub(crate) predictors: BTreeMap<String, Option<Arc<PredictorFacts>>>,
    /// The functions of a standard module that take values of many shapes.
    pub(crate) shaped: BTreeMap<&'static str, Shaped>,
    /// What it uses itself, which its callers take over.
    pub(crate) uses: Vec<String>,
    /// What its SQL, and that of the modules that it uses, is made of.
    pub(crate) shapes: Shapes,
}

/// Something of a module. `None` inside means that it has a mistake, which its file tells.
pub(crate) enum Shared {
    Type,
    Function(Option<Arc<FunctionFacts>>),
    Shaped(Shaped),
    Action(Option<Arc<ActionFacts>>),
    Query(Option<Arc<QueryFacts>>),
    Command(Option<Arc<CommandFacts>>),
    Metric(Option<Arc<MetricFacts>>),
    Model(Option<Arc<ModelFacts>>),
    Predictor,
}

impl Shared {
    /// What people call it, with its article.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::Type => "a type",
            Self::Function(_) | Self::Shaped(_) => "a function",
            Self::Action(_) => "an action",
            Self::Query(_) => "a query",
            Self::Command(_) => "a command",
            Self::Metric(_) => "a metric",
            Self::Model(_) => "a model",
            Self::Predictor => "a predictor",
        }
    }
}

impl ModuleFacts {
    /// What a name of the module stands for.
    pub(crate) fn get(&self, name: &str) -> Option<Shared> {
        if self.types.contains_key(name) {
            return Some(Shared::Type);
        }
        if let Some(facts) = self.functions.get(name) {
            return Some(Shared::Function(facts.clone()));
        }
        if let Some(function) = self.shaped.get(name) {
            return Some(Shared::Shaped(*function));
        }
        if let Some(facts) = self.actions.get(name) {
            return Some(Shared::Action(facts.clone()));
        }
        if let Some(facts) = self.queries.get(name) {
            return Some(Shared::Query(facts.clone()));
        }
        if let Some(facts) = self.commands.get(name) {
            return Some(Shared::Command(facts.clone()));
        }
        if let Some(facts) = self.metrics.get(name) {
            return Some(Shared::Metric(facts.clone()));
        }
        if let Some(facts) = self.models.get(name) {
            return Some(Shared::Model(facts.clone()));
        }
        self.predictors
            .contains_key(name)
            .then_some(Shared::Predictor)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        (self.types.keys())
            .chain(self.functions.keys())
            .chain(self.actions.keys())
            .chain(self.queries.keys())
            .chain(self.commands.keys())
            .chain(self.metrics.keys())
            .chain(self.models.keys())
            .chain(self.predictors.keys())
            .map(String::as_str)
            .chain(self.shaped.keys().copied())
    }
}

impl<'a> Checker<'a> {
    /// Checks a module, and gives what others may call.
    pub(crate) fn module(&mut self, file: &'a File) -> ModuleFacts {
        let mut facts = ModuleFacts::default();
        for item in &file.items {
            match item {
                Item::Use(line) => {
                    facts
                        .uses
                        .extend(line.names.iter().map(|name| name.text.clone()));
                }
                Item::Type(declaration) => self.check_type_declaration(&declaration.name),
                Item::Query(query) => drop(self.query(&query.name.text)),
                Item::Predictor(predictor) => drop(self.predictor(&predictor.name.text)),
                Item::Command(command) => drop(self.command(&command.name.text)),
                Item::Metric(metric) => drop(self.metric(&metric.name.text)),
                Item::Function(function) => {
                    drop(self.function(&function.name.text, function.name.span));
                }
                Item::Action(action) => drop(self.action(&action.name.text, action.name.span)),
                Item::Model(model) if !model.name.text.is_empty() => drop(self.model(&model.name)),
                _ => {}
            }
        }
        facts.types = (self.memory.types.iter())
            .filter_map(|(name, known)| match known {
                Known::Done(Some(of)) => Some((name.clone(), (**of).clone())),
                _ => None,
            })
            .collect();
        facts.functions = shared(&self.memory.functions);
        facts.actions = shared(&self.memory.actions);
        facts.queries = shared(&self.memory.queries);
        facts.commands = shared(&self.memory.commands);
        facts.metrics = shared(&self.memory.metrics);
        facts.models = shared(&self.memory.models);
        facts.predictors = shared(&self.memory.predictors);
        if crate::standard::is_standard(&self.file) {
            let Header::Module(name) = &file.header else {
                return facts;
            };
            facts.shaped = shaped(&name.text).collect();
        }
        facts.shapes = self.all_shapes();
        facts
    }

    /// What a name behind a module's stands for, or a complaint. `None` too where the module is not
    /// known, which is told where it is used.
    pub(crate) fn shared(&mut self, module: &Name, name: &Name) -> Option<Shared> {
        let crate::names::Declared::Module(whole) = self.names.get(&module.text)? else {
            return None;
        };
        self.names.note_used(whole);
        let facts = self.neighbours.module(whole)?;
        if name.text.is_empty() {
            return None;
        }
        let found = facts.get(&name.text);
        if found.is_none() {
            let near = nearest(&name.text, facts.names()).map(str::to_owned);
            let diagnostic = self
                .diagnostic(
                    codes::S236,
                    name.span,
                    format!("The module `{whole}` has nothing named `{}`.", name.text),
                )
                .with_label("not in the module");
            self.push(with_nearest(diagnostic, near.as_deref(), name.span));
        }
        found
    }

    /// The modules that this file leads to, by their whole names: those that it uses first.
    pub(crate) fn modules(&self) -> Vec<(String, Arc<ModuleFacts>)> {
        let mut waiting: VecDeque<String> = (self.names.all())
            .filter_map(|(_, what)| match what {
                crate::names::Declared::Module(whole) => Some(whole.to_owned()),
                _ => None,
            })
            .collect();
        let mut modules: Vec<(String, Arc<ModuleFacts>)> = Vec::new();
        while let Some(whole) = waiting.pop_front() {
            if modules.iter().any(|(known, _)| *known == whole) {
                continue;
            }
            if let Some(facts) = self.neighbours.module(&whole) {
                waiting.extend(facts.uses.iter().cloned());
                modules.push((whole, facts));
            }
        }
        modules
    }

    /// What the SQL of this file, and of the modules that it leads to, is made of.
    pub(crate) fn all_shapes(&self) -> Shapes {
        let mut shapes = Shapes::default();
        for (_, module) in self.modules() {
            shapes.extend(&module.shapes);
        }
        shapes.extend(&self.shapes);
        shapes
    }

    /// The name under which a plan knows a declaration of this file.
    pub(crate) fn planned(&self, name: &str) -> Arc<str> {
        match &self.module_name {
            Some(module) => Arc::from(format!("{module}.{name}")),
            None => Arc::from(name),
        }
    }
}

/// The name under which a plan knows something of a module.
pub(crate) fn planned_of(module: &Name, name: &Name) -> Arc<str> {
    Arc::from(format!("{}.{}", module.text, name.text))
}

fn shared<T>(known: &BTreeMap<String, Known<T>>) -> BTreeMap<String, Option<Arc<T>>> {
    (known.iter())
        .map(|(name, known)| {
            let facts = match known {
                Known::Done(facts) => facts.clone(),
                Known::Underway => None,
            };
            (name.clone(), facts)
        })
        .collect()
}
