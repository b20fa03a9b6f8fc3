//! The outline of a file: its declarations and statements by kind and name, one inside the other.
//! Editors show it, and two readings of one text are compared by it.
//!
//! Kept true: an entry stands inside the one whose braces or line hold it; entries are in the order
//! of the text.

mod statements;

use sophia_diagnostics::Span;

use crate::syntax::{
    Clause, Expectation, File, FunctionBody, GivenSubject, Header, Item, Name, Policy, PolicyRule,
    Test, TestLine, TriggerKind,
};
use statements::{block, statement};

/// A declaration, a statement, or a line of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The word it begins with, or the words: `query`, `for each`, `at most once`; `error` for what
    /// could not be read.
    pub kind: &'static str,
    /// What it is called, or calls; empty where it has no name.
    pub name: String,
    /// The whole of it.
    pub span: Span,
    /// What stands inside.
    pub children: Vec<Entry>,
}

impl Entry {
    fn new(kind: &'static str, name: impl Into<String>, span: Span) -> Self {
        Self {
            kind,
            name: name.into(),
            span,
            children: Vec::new(),
        }
    }

    fn holding(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }
}

/// The outline of a file, its header first.
#[must_use]
pub fn outline(file: &File) -> Vec<Entry> {
    let header = match &file.header {
        Header::Playbook(name) => Some(Entry::new("playbook", &name.text, name.span)),
        Header::Module(name) => Some(Entry::new("module", &name.text, name.span)),
        Header::Missing(_) => None,
    };
    header
        .into_iter()
        .chain(file.items.iter().map(item))
        .collect()
}

fn path(names: &[Name]) -> String {
    let words: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
    words.join(".")
}

fn item(item: &Item) -> Entry {
    match item {
        Item::Use(found) => {
            let names: Vec<&str> = found.names.iter().map(|name| name.text.as_str()).collect();
            Entry::new("use", names.join(", "), found.span)
        }
        Item::Zone { name, span } => Entry::new("zone", name, *span),
        Item::Calendar { name, span } => Entry::new("calendar", &name.text, *span),
        Item::Trigger(found) => Entry::new("trigger", trigger(&found.kind), found.span),
        Item::OneRun(found) => Entry::new("one run at a time", "", found.span),
        Item::Input(found) => Entry::new("input", &found.name.text, found.span),
        Item::State(found) => Entry::new("state", &found.name.text, found.span),
        Item::Type(found) => Entry::new("type", &found.name.text, found.span).holding(
            found
                .fields()
                .iter()
                .map(|field| Entry::new("field", &field.name.text, field.span)),
        ),
        Item::Query(found) => Entry::new("query", &found.name.text, found.span),
        Item::Command(found) => Entry::new("command", &found.name.text, found.span),
        Item::Metric(found) => Entry::new("metric", &found.name.text, found.span),
        Item::Predictor(found) => Entry::new("predictor", &found.name.text, found.span),
        Item::Model(found) => Entry::new("model", &found.name.text, found.span)
            .holding(found.clauses.iter().map(clause)),
        Item::Function(found) => {
            let inside = match &found.body {
                FunctionBody::Value(_) => Vec::new(),
                FunctionBody::Block(body) => block(body),
            };
            Entry::new("function", &found.name.text, found.span).holding(inside)
        }
        Item::Action(found) => {
            Entry::new("action", &found.name.text, found.span).holding(block(&found.body))
        }
        Item::Policy(found) => policy(found),
        Item::OnFailure(found) => {
            Entry::new("on failure", "", found.span).holding(block(&found.body))
        }
        Item::Test(found) => test(found),
        Item::Statement(found) => statement(found),
        Item::Error(span) => Entry::new("error", "", *span),
    }
}

fn trigger(kind: &TriggerKind) -> String {
    match kind {
        TriggerKind::Schedule { .. } => "schedule".to_owned(),
        TriggerKind::Request { .. } => "request".to_owned(),
        TriggerKind::Webhook { event } => format!("webhook {}", path(event)),
        TriggerKind::Event { name } => format!("event {}", name.text),
        TriggerKind::File { .. } => "file".to_owned(),
        TriggerKind::Change(change) => format!("change {}", path(&change.table)),
        TriggerKind::Message { connection, .. } => format!("message {}", connection.text),
        TriggerKind::Resource { tool, .. } => format!("resource {}", tool.text),
        TriggerKind::Error(_) => String::new(),
    }
}

fn clause(clause: &Clause) -> Entry {
    let kind = match clause {
        Clause::Route { .. } => "route",
        Clause::Budget { .. } => "budget",
        Clause::Cache { .. } => "cache",
        Clause::Temperature { .. } => "temperature",
        Clause::Ensure { .. } => "ensure",
        Clause::Prompt { .. } => "prompt",
        Clause::Otherwise { .. } => "otherwise",
        Clause::Example { .. } => "example",
        Clause::Error(_) => "error",
    };
    Entry::new(kind, "", clause.span())
}

fn policy(found: &Policy) -> Entry {
    let rules = found.rules.iter().map(|rule| match rule {
        PolicyRule::Every { span, .. } => Entry::new("every", "", *span),
        PolicyRule::NoFlow { label, span, .. } => Entry::new("no", &label.text, *span),
        PolicyRule::AtMost { effect, span, .. } => Entry::new("at most", path(effect), *span),
        PolicyRule::Error(span) => Entry::new("error", "", *span),
    });
    Entry::new("policy", &found.name.text, found.span).holding(rules)
}

fn test(found: &Test) -> Entry {
    let lines = found.lines.iter().map(|line| match line {
        TestLine::Given(given) => {
            let name = match &given.subject {
                GivenSubject::Path(names) => path(names),
                GivenSubject::Ask(_) => "ask".to_owned(),
                GivenSubject::File(_) => "file".to_owned(),
            };
            Entry::new("given", name, given.span)
        }
        TestLine::Run { span, .. } => Entry::new("run", "", *span),
        TestLine::Then { span, .. } => Entry::new("then", "", *span),
        TestLine::Expect { what, span } => {
            let name = match what {
                Expectation::Called { path: names, .. } => path(names),
                _ => String::new(),
            };
            Entry::new("expect", name, *span)
        }
        TestLine::Error(span) => Entry::new("error", "", *span),
    });
    Entry::new("test", &found.title, found.span).holding(lines)
}
