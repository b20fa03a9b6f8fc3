//! What the tests of reading share: the example playbook, and an outline of a tree.

use std::sync::Arc;

use sophia_language::syntax::{
    Block, Clause, ElseBranch, EndKind, Expression, Header, Item, Modifier, Otherwise, Statement,
    TestLine,
};
use sophia_language::{Parsed, parse};

/// The example that every room of the project reads.
pub const CHURN_WATCH: &str =
    include_str!("../../../examples/churn_watch/churn_watch.sophia");

/// Reads a text under a fixed name.
pub fn read(text: &str) -> Parsed {
    parse(text, Arc::from("test.sophia"))
}

/// Codes and places of what is wrong.
#[allow(dead_code, reason = "not every test file asks for it")]
pub fn complaints(text: &str) -> Vec<(String, String)> {
    read(text)
        .diagnostics
        .iter()
        .map(|found| {
            (
                found.code.to_string(),
                text.get(found.span.range()).unwrap_or("?").to_owned(),
            )
        })
        .collect()
}

/// One line for each item, statement, clause and test line, indented by depth.
#[allow(dead_code, reason = "not every test file asks for it")]
pub fn outline(parsed: &Parsed) -> Vec<String> {
    let mut lines = Vec::new();
    match &parsed.file.header {
        Header::Playbook(name) => lines.push(format!("playbook {}", name.text)),
        Header::Module(name) => lines.push(format!("module {}", name.text)),
        Header::Missing(_) => lines.push("no header".to_owned()),
    }
    for item in &parsed.file.items {
        self::item(item, &mut lines);
    }
    lines
}

fn item(item: &Item, lines: &mut Vec<String>) {
    match item {
        Item::Use(found) => lines.push(format!(
            "use {}",
            found
                .names
                .iter()
                .map(|name| name.text.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        )),
        Item::Zone { name, .. } => lines.push(format!("zone {name}")),
        Item::Trigger(_) => lines.push("trigger".to_owned()),
        Item::Input(found) => lines.push(format!("input {}", found.name.text)),
        Item::Type(found) => {
            lines.push(format!("type {}", found.name.text));
            for field in found.fields() {
                lines.push(format!("  field {}", field.name.text));
            }
        }
        Item::Query(found) => lines.push(format!("query {}", found.name.text)),
        Item::Predictor(found) => lines.push(format!("predictor {}", found.name.text)),
        Item::Model(found) => {
            lines.push(format!("model {}", found.name.text));
            for clause in &found.clauses {
                lines.push(format!("  {}", self::clause(clause)));
            }
        }
        Item::OnFailure(found) => {
            lines.push("on failure".to_owned());
            block(&found.body, 1, lines);
        }
        Item::Test(found) => {
            lines.push(format!("test {}", found.title));
            for line in &found.lines {
                lines.push(
                    match line {
                        TestLine::Given(_) => "  given",
                        TestLine::Run { .. } => "  run",
                        TestLine::Expect { .. } => "  expect",
                        TestLine::Error(_) => "  error",
                    }
                    .to_owned(),
                );
            }
        }
        Item::Statement(found) => statement(found, 0, lines),
        Item::Error(_) => lines.push("error".to_owned()),
    }
}

fn clause(clause: &Clause) -> &'static str {
    match clause {
        Clause::Route { .. } => "route",
        Clause::Budget { .. } => "budget",
        Clause::Temperature { .. } => "temperature",
        Clause::Ensure { .. } => "ensure",
        Clause::Prompt { .. } => "prompt",
        Clause::Otherwise { .. } => "otherwise",
        Clause::Example { .. } => "example",
        Clause::Error(_) => "error",
    }
}

fn block(block: &Block, depth: usize, lines: &mut Vec<String>) {
    for found in &block.statements {
        statement(found, depth, lines);
    }
}

fn statement(found: &Statement, depth: usize, lines: &mut Vec<String>) {
    let margin = "  ".repeat(depth);
    match found {
        Statement::Let(found) => {
            lines.push(format!("{margin}let {}", found.name.text));
            modifiers(&found.modifiers, depth + 1, lines);
        }
        Statement::Do(found) => {
            lines.push(format!("{margin}do {}", callee(&found.call.callee)));
            modifiers(&found.modifiers, depth + 1, lines);
        }
        Statement::If(found) => {
            lines.push(format!("{margin}if"));
            block(&found.then, depth + 1, lines);
            match &found.otherwise {
                None => {}
                Some(ElseBranch::Block(other)) => {
                    lines.push(format!("{margin}else"));
                    block(other, depth + 1, lines);
                }
                Some(ElseBranch::If(other)) => {
                    lines.push(format!("{margin}else"));
                    statement(&Statement::If((**other).clone()), depth, lines);
                }
            }
        }
        Statement::ForEach(found) => {
            lines.push(format!("{margin}for each {}", found.item.text));
            block(&found.body, depth + 1, lines);
        }
        Statement::End(found) => lines.push(format!(
            "{margin}{}",
            match found.kind {
                EndKind::Stop => "stop",
                EndKind::Fail => "fail",
                EndKind::Skip => "skip",
            }
        )),
        Statement::Error(_) => lines.push(format!("{margin}error")),
    }
}

fn modifiers(found: &[Modifier], depth: usize, lines: &mut Vec<String>) {
    let margin = "  ".repeat(depth);
    for modifier in found {
        match modifier {
            Modifier::Retry { .. } => lines.push(format!("{margin}retry")),
            Modifier::Timeout { .. } => lines.push(format!("{margin}timeout")),
            Modifier::AtMostOnce { .. } => lines.push(format!("{margin}at most once")),
            Modifier::Otherwise { what, .. } => {
                lines.push(format!("{margin}otherwise"));
                if let Otherwise::Block(found) = what {
                    block(found, depth + 1, lines);
                }
            }
            Modifier::Unsure { .. } => lines.push(format!("{margin}unsure")),
            Modifier::Named { .. } => lines.push(format!("{margin}named")),
        }
    }
}

fn callee(found: &Expression) -> String {
    match found {
        Expression::Name(name) => name.text.clone(),
        Expression::Field { of, name, .. } => format!("{}.{}", callee(of), name.text),
        _ => "?".to_owned(),
    }
}
