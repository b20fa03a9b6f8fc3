//! Collects the declarations of a file into its namespace.

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{File, Header, Item, Name, Statement, TriggerKind, Use};

use super::{Declared, Names, nearest};
use crate::checker::Checker;

impl<'a> Checker<'a> {
    /// Fills the namespace, and complains about names that are declared twice and about grants that
    /// the manifest does not know.
    pub(crate) fn collect_names(&mut self, file: &'a File) {
        if let Header::Playbook(name) = &file.header {
            self.names.grant_place = (name.span.end, false);
            self.names.own = Some(&name.text);
        }
        let mut zone: Option<Span> = None;
        let mut on_failure: Option<Span> = None;
        self.names.items = file.items.iter().filter_map(start).collect();
        for item in &file.items {
            match item {
                Item::Use(line) => self.collect_grants(line),
                Item::Input(input) => self.declare(&input.name, Declared::Input(input)),
                Item::Type(declaration) => {
                    self.declare(&declaration.name, Declared::Type(declaration));
                }
                Item::Query(query) => self.declare(&query.name, Declared::Query(query)),
                Item::Predictor(predictor) => {
                    self.declare(&predictor.name, Declared::Predictor(predictor));
                }
                Item::Model(model) => self.declare(&model.name, Declared::Model(model)),
                Item::Command(command) => self.declare(&command.name, Declared::Command(command)),
                Item::Metric(metric) => self.declare(&metric.name, Declared::Metric(metric)),
                Item::State(state) => self.declare(&state.name, Declared::State(state)),
                Item::Function(function) => {
                    self.declare(&function.name, Declared::Function(function));
                }
                Item::Action(action) => self.declare(&action.name, Declared::Action(action)),
                Item::Policy(policy) => self.declare(&policy.name, Declared::Policy),
                Item::Statement(Statement::Let(statement)) => {
                    self.names
                        .lets
                        .entry(&statement.name.text)
                        .or_insert(statement.name.span);
                }
                Item::Zone { name, span } => {
                    if let Some(first) = zone {
                        self.report_second("zone", *span, first);
                    } else {
                        zone = Some(*span);
                        self.set_zone(name, *span);
                    }
                }
                Item::OnFailure(declaration) => {
                    if let Some(first) = on_failure {
                        self.report_second("on failure", declaration.span, first);
                    }
                    on_failure.get_or_insert(declaration.span);
                    self.names.failure = on_failure;
                }
                Item::Calendar { .. }
                | Item::OneRun(_)
                | Item::Trigger(_)
                | Item::Test(_)
                | Item::Statement(_)
                | Item::Error(_) => {}
            }
        }
        self.collect_arriving(file);
    }

    /// What the triggers bring. An input that a trigger fills keeps its own meaning.
    fn collect_arriving(&mut self, file: &'a File) {
        for item in &file.items {
            let Item::Trigger(trigger) = item else {
                continue;
            };
            let parameters = match &trigger.kind {
                TriggerKind::Request { parameters, .. } => parameters.as_slice(),
                TriggerKind::Schedule { .. }
                | TriggerKind::Webhook { .. }
                | TriggerKind::Event { .. }
                | TriggerKind::File { .. }
                | TriggerKind::Change(_)
                | TriggerKind::Message { .. }
                | TriggerKind::Resource { .. }
                | TriggerKind::Error(_) => &[],
            };
            let asked = parameters
                .iter()
                .map(|parameter| (&parameter.name, Declared::Asked(parameter)));
            let arriving = trigger
                .binding
                .iter()
                .map(|name| (name, Declared::Arriving(trigger)));
            for (name, what) in asked.chain(arriving) {
                if !name.text.is_empty() {
                    self.names
                        .declared
                        .entry(&name.text)
                        .or_insert((what, name.span));
                }
            }
        }
    }

    fn report_second(&mut self, what: &str, span: Span, first: Span) {
        let diagnostic = self
            .diagnostic(
                codes::S214,
                span,
                format!("`{what}` may stand once in a playbook."),
            )
            .with_label("the second one")
            .with_related(first, "the first one")
            .with_help("keep one of them");
        self.push(diagnostic);
    }

    fn collect_grants(&mut self, line: &'a Use) {
        for name in &line.names {
            if name.text.is_empty() {
                continue;
            }
            self.names.grant_place = (name.span.end, true);
            if self.neighbours.has_module(&name.text) {
                self.declare_module(name);
            } else if name.text.contains('.') {
                self.report_unknown_module(name);
            } else if self.manifest.connections.contains_key(&name.text) {
                self.declare(name, Declared::Connection);
            } else if self.manifest.tools.contains_key(&name.text) {
                self.declare(name, Declared::Tool);
            } else if self.manifest.knowledge.contains(&name.text) {
                self.declare(name, Declared::Knowledge);
            } else if name.text == "metrics" {
                self.declare(name, Declared::Metrics);
            } else if self.neighbours.has_playbook(&name.text) {
                self.declare(name, Declared::Playbook);
            } else if self.manifest.models.contains_key(&name.text) {
                let diagnostic = self
                    .diagnostic(
                        codes::S204,
                        name.span,
                        format!("`{}` is a model; `use` does not grant models.", name.text),
                    )
                    .with_help("leave it out here: `route` in a model's declaration names it");
                self.push(diagnostic);
            } else {
                self.report_unknown_grant(name);
            }
        }
    }
    /// A module is called by the last word of its name.
    fn declare_module(&mut self, name: &'a Name) {
        let last = name.text.rsplit('.').next().unwrap_or(&name.text);
        if let Some((first, place)) = self.names.declared.get(last).copied() {
            let diagnostic = self
                .diagnostic(
                    codes::S202,
                    name.span,
                    format!("`{last}` is declared twice."),
                )
                .with_label("a module is called by its last word")
                .with_related(place, format!("{}, declared first", first.noun()))
                .with_help("give the other one another name");
            self.push(diagnostic);
            return;
        }
        self.names
            .declared
            .insert(last, (Declared::Module(&name.text), name.span));
    }

    fn report_unknown_module(&mut self, name: &'a Name) {
        let near = self.neighbours.nearest_module(&name.text);
        let diagnostic = self
            .diagnostic(
                codes::S212,
                name.span,
                format!(
                    "There is no module `{}`, in the project or the standard library.",
                    name.text
                ),
            )
            .with_label("no such module");
        let diagnostic = match near {
            Some(near) => diagnostic
                .with_note(format!("nearest: `{near}`"))
                .with_edit(format!("write `{near}`"), name.span, near),
            None => diagnostic.with_help(format!(
                "a file of the project that begins with `module {}` would be one",
                name.text
            )),
        };
        self.push(diagnostic);
        // What was meant is not known, so nothing that is called through it is told as well.
        let last = name.text.rsplit('.').next().unwrap_or(&name.text);
        self.names
            .declared
            .entry(last)
            .or_insert((Declared::Module(&name.text), name.span));
    }

    fn report_unknown_grant(&mut self, name: &Name) {
        let known = self
            .manifest
            .connections
            .keys()
            .chain(self.manifest.tools.keys())
            .chain(&self.manifest.knowledge)
            .map(String::as_str);
        let near = nearest(&name.text, known);
        // What was probably meant is granted, so that its uses are not told as well.
        if let Some(near) = near {
            let what = if self.manifest.connections.contains_key(near) {
                Declared::Connection
            } else if self.manifest.tools.contains_key(near) {
                Declared::Tool
            } else {
                Declared::Knowledge
            };
            self.names.declared.entry(near).or_insert((what, name.span));
        }
        self.broken.note_unknown(&name.text);
        let mut diagnostic = self
            .diagnostic(
                codes::S204,
                name.span,
                format!(
                    "The project has no connection and no tool named `{}`.",
                    name.text
                ),
            )
            .with_label("not in sophia.toml");
        diagnostic = match near {
            Some(near) => diagnostic
                .with_note(format!("nearest: `{near}`"))
                .with_edit(format!("write `{near}`"), name.span, near),
            None => diagnostic.with_help(format!(
                "add `[connections.{0}]` or `[tools.{0}]` to sophia.toml",
                name.text
            )),
        };
        self.push(diagnostic);
    }

    fn declare(&mut self, name: &'a Name, what: Declared<'a>) {
        if name.text.is_empty() {
            return;
        }
        self.check_usable(name);
        if let Some((first, place)) = self.names.declared.get(name.text.as_str()).copied() {
            let diagnostic = self
                .diagnostic(
                    codes::S202,
                    name.span,
                    format!("`{}` is declared twice.", name.text),
                )
                .with_label(format!("{}, declared again", what.noun()))
                .with_related(place, format!("{}, declared first", first.noun()))
                .with_help("give one of them another name");
            self.push(diagnostic);
            return;
        }
        self.names.declared.insert(&name.text, (what, name.span));
    }
}

impl Names<'_> {
    /// Where a further grant can be written, and whether a `use` line stands there.
    pub(super) fn grant_place(&self) -> (Span, bool) {
        let (at, has_use) = self.grant_place;
        (Span { start: at, end: at }, has_use)
    }
}

/// Where an item begins that may hold names.
fn start(item: &Item) -> Option<u32> {
    let span = match item {
        Item::Query(query) => query.span,
        Item::Predictor(predictor) => predictor.span,
        Item::Model(model) => model.span,
        Item::OnFailure(declaration) => declaration.span,
        Item::Test(test) => test.span,
        Item::Statement(statement) => statement.span(),
        Item::Command(command) => command.span,
        Item::Metric(metric) => metric.span,
        Item::State(state) => state.span,
        Item::Function(function) => function.span,
        Item::Action(action) => action.span,
        Item::Policy(policy) => policy.span,
        Item::Use(_)
        | Item::Zone { .. }
        | Item::Calendar { .. }
        | Item::Trigger(_)
        | Item::Input(_)
        | Item::Type(_)
        | Item::OneRun(_)
        | Item::Error(_) => return None,
    };
    Some(span.start)
}
