//! `let x = f(g(y))` becomes `let part = g(y)` and `let x = f(part)`.

use sophia_language::parse;
use sophia_language::syntax::{Block, Call, Expression, Item, LetValue, Statement};

use super::{Rewritten, Seed, edited};

/// The name of the new `let`.
pub const PART: &str = "a_part_of_it";

/// One argument of a call in a `let` or behind `do` gets a `let` of its own. `None` where there is none that may.
pub fn split(text: &str, seed: &mut Seed) -> Option<Rewritten> {
    let parsed = parse(text, "rewritten.sophia".into());
    if !parsed.diagnostics.is_empty()
        || !text.starts_with("playbook") && !text.contains("\nplaybook")
    {
        return None;
    }
    let mut found = Vec::new();
    for item in &parsed.file.items {
        if let Item::Statement(statement) = item {
            look(statement, &mut found);
        }
    }
    let (statement, argument) = found.get(seed.below(found.len().max(1)))?;
    let start = text[..*statement].rfind('\n').map_or(0, |at| at + 1);
    let margin: String = text[start..*statement].chars().collect();
    if !margin.trim().is_empty() {
        return None;
    }
    let part = text[argument.clone()].to_owned();
    let line = format!("{margin}let {PART} = {part}\n");
    let part_at = start + line.find(" = ").map_or(0, |at| at + 3);
    let made = edited(
        text,
        &[(start..start, line), (argument.clone(), PART.to_owned())],
    );
    let used_at = made.place(argument.start);
    Some(Rewritten {
        alike: Some((part_at, used_at)),
        ..made
    })
}

/// Where a statement begins, and the argument of its call that may be taken out.
type Place = (usize, std::ops::Range<usize>);

fn look(statement: &Statement, found: &mut Vec<Place>) {
    match statement {
        Statement::Let(written) => match &written.value {
            LetValue::Value(Expression::Call(call)) | LetValue::Do { call, .. } => {
                let modified = !written.modifiers.is_empty();
                arguments(written.span.range().start, call, modified, found);
            }
            _ => {}
        },
        Statement::Do(written) => {
            let modified = !written.modifiers.is_empty();
            arguments(written.span.range().start, &written.call, modified, found);
        }
        Statement::If(written) => block(&written.then, found),
        Statement::ForEach(written) => block(&written.body, found),
        _ => {}
    }
}

fn block(block: &Block, found: &mut Vec<Place>) {
    for statement in &block.statements {
        look(statement, found);
    }
}

fn arguments(start: usize, call: &Call, modified: bool, found: &mut Vec<Place>) {
    for argument in &call.arguments {
        // What is said of the step is said of the calls in it too.
        let told = modified && matches!(argument.value, Expression::Call(_));
        if stands_alone(&argument.value) && !told {
            found.push((start, argument.value.span().range()));
        }
    }
}

/// Whether a value means the same where nothing says what is wanted.
fn stands_alone(value: &Expression) -> bool {
    match value {
        Expression::Text(_) | Expression::Field { .. } | Expression::Binary { .. } => true,
        Expression::If {
            then, otherwise, ..
        } => stands_alone(then) && stands_alone(otherwise),
        // What is released is named in the call that sends it.
        Expression::Call(call) => {
            !matches!(&*call.callee, Expression::Name(name) if name.text == "release")
        }
        _ => false,
    }
}
