//! The part of the outline that is statements and what follows them.

use super::{Entry, path};
use crate::syntax::{
    Block, Call, ElseBranch, End, EndKind, Expression, ForEach, If, LetValue, Match, Modified,
    Modifier, Otherwise, Statement, Wait, WaitBranch, WaitUntil,
};

/// The statements of a block.
pub(super) fn block(found: &Block) -> Vec<Entry> {
    found.statements.iter().map(statement).collect()
}

/// One statement with what stands in it.
pub(super) fn statement(found: &Statement) -> Entry {
    match found {
        Statement::Let(found) => {
            let inside = match &found.value {
                LetValue::ForEach(each) => vec![for_each(each)],
                LetValue::Wait(wait) => {
                    vec![Entry::new("wait", "", wait.span).holding(branches(wait))]
                }
                LetValue::Ask(ask) => vec![Entry::new("ask", "", ask.span)],
                LetValue::Run(run) => vec![Entry::new("run", called(&run.call), run.span)],
                LetValue::Do { call, word } => {
                    vec![Entry::new("do", called(call), word.to(call.span))]
                }
                LetValue::Value(_) => Vec::new(),
            };
            Entry::new("let", &found.name.text, found.span)
                .holding(inside)
                .holding(modifiers(&found.modifiers))
        }
        Statement::Do(found) => {
            Entry::new("do", called(&found.call), found.span).holding(modifiers(&found.modifiers))
        }
        Statement::If(found) => branch(found),
        Statement::ForEach(found) => for_each(found),
        Statement::Match(found) => choose(found),
        Statement::Repeat(found) => {
            Entry::new("repeat", "", found.span).holding(block(&found.body))
        }
        Statement::Together(found) => {
            Entry::new("together", "", found.span).holding(block(&found.body))
        }
        Statement::Try(found) => {
            let otherwise =
                Entry::new("otherwise", "", found.otherwise.span).holding(block(&found.otherwise));
            Entry::new("try", "", found.span)
                .holding(block(&found.body))
                .holding([otherwise])
        }
        Statement::End(found) => end(found),
        Statement::Return(found) => Entry::new("return", "", found.span),
        Statement::Yield(found) => Entry::new("yield", "", found.span),
        Statement::Record(found) => modified("record", path(&found.step.table), found),
        Statement::Emit(found) => modified("emit", found.step.event.text.clone(), found),
        Statement::Set(found) => modified("set", found.step.state.text.clone(), found),
        Statement::Ask(found) => modified("ask", String::new(), found),
        Statement::Wait(found) => Entry::new("wait", "", found.span)
            .holding(branches(&found.step))
            .holding(modifiers(&found.modifiers)),
        Statement::Run(found) => {
            let kind = if found.step.waits { "run" } else { "start" };
            modified(kind, called(&found.step.call), found)
        }
        Statement::Error(span) => Entry::new("error", "", *span),
    }
}

fn modified<T>(kind: &'static str, name: String, found: &Modified<T>) -> Entry {
    Entry::new(kind, name, found.span).holding(modifiers(&found.modifiers))
}

fn end(found: &End) -> Entry {
    let kind = match found.kind {
        EndKind::Stop => "stop",
        EndKind::Fail => "fail",
        EndKind::Skip => "skip",
    };
    Entry::new(kind, "", found.span)
}

fn for_each(found: &ForEach) -> Entry {
    Entry::new("for each", &found.item.text, found.span).holding(block(&found.body))
}

/// `else` stands beside what the condition's block holds, and holds its own.
fn branch(found: &If) -> Entry {
    let otherwise = found.otherwise.as_ref().map(|other| match other {
        ElseBranch::Block(body) => Entry::new("else", "", body.span).holding(block(body)),
        ElseBranch::If(other) => Entry::new("else", "", other.span).holding([branch(other)]),
    });
    Entry::new("if", "", found.span)
        .holding(block(&found.then))
        .holding(otherwise)
}

fn choose(found: &Match) -> Entry {
    let arms = found
        .arms
        .iter()
        .map(|arm| Entry::new("case", "", arm.span).holding(block(&arm.body)));
    let otherwise = found
        .otherwise
        .as_ref()
        .map(|body| Entry::new("else", "", body.span).holding(block(body)));
    Entry::new("match", "", found.span)
        .holding(arms)
        .holding(otherwise)
}

fn branches(found: &Wait) -> Vec<Entry> {
    let WaitUntil::First(branches) = &found.until else {
        return Vec::new();
    };
    let entry = |branch: &WaitBranch| match branch {
        WaitBranch::Event {
            pattern,
            body,
            span,
        } => Entry::new("event", path(&pattern.event), *span).holding(block(body)),
        WaitBranch::After { body, span, .. } => Entry::new("after", "", *span).holding(block(body)),
        WaitBranch::Error(span) => Entry::new("error", "", *span),
    };
    branches.iter().map(entry).collect()
}

fn modifiers(found: &[Modifier]) -> Vec<Entry> {
    found.iter().map(modifier).collect()
}

fn modifier(modifier: &Modifier) -> Entry {
    let kind = match modifier {
        Modifier::Retry { .. } => "retry",
        Modifier::Timeout { .. } => "timeout",
        Modifier::AtMostOnce { .. } => "at most once",
        Modifier::Otherwise { .. } => "otherwise",
        Modifier::Undo { .. } => "undo with",
        Modifier::Within { .. } => "within",
        Modifier::Remind { .. } => "remind",
        Modifier::Unsure { .. } => "unsure",
        Modifier::Named { .. } => "named",
    };
    let inside = match modifier {
        Modifier::Otherwise {
            what: Otherwise::Block(body),
            ..
        } => block(body),
        _ => Vec::new(),
    };
    Entry::new(kind, "", modifier.span()).holding(inside)
}

/// The name of what a call calls.
fn called(call: &Call) -> String {
    callee(&call.callee)
}

fn callee(found: &Expression) -> String {
    match found {
        Expression::Name(name) => name.text.clone(),
        Expression::Field { of, name, .. } => format!("{}.{}", callee(of), name.text),
        _ => String::new(),
    }
}
