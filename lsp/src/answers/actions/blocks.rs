//! The blocks that a statement holds, wherever they stand in it.

use sophia_language::syntax::{
    Block, ElseBranch, If, LetValue, Modifier, Otherwise, Statement, Wait, WaitBranch, WaitUntil,
};

/// Every block directly in a statement: branches, cases, bodies, and what its modifiers do.
pub(super) fn blocks(statement: &Statement) -> Vec<&Block> {
    let mut found = Vec::new();
    match statement {
        Statement::Let(it) => {
            match &it.value {
                LetValue::ForEach(each) => found.push(&each.body),
                LetValue::Wait(wait) => of_wait(wait, &mut found),
                LetValue::Value(_) | LetValue::Do { .. } | LetValue::Ask(_) | LetValue::Run(_) => {}
            }
            of_modifiers(&it.modifiers, &mut found);
        }
        Statement::Do(it) => of_modifiers(&it.modifiers, &mut found),
        Statement::If(it) => of_if(it, &mut found),
        Statement::ForEach(it) => found.push(&it.body),
        Statement::Match(it) => {
            found.extend(it.arms.iter().map(|arm| &arm.body));
            found.extend(&it.otherwise);
        }
        Statement::Repeat(it) => found.push(&it.body),
        Statement::Together(it) => found.push(&it.body),
        Statement::Try(it) => found.extend([&it.body, &it.otherwise]),
        Statement::Record(it) => of_modifiers(&it.modifiers, &mut found),
        Statement::Emit(it) => of_modifiers(&it.modifiers, &mut found),
        Statement::Set(it) => of_modifiers(&it.modifiers, &mut found),
        Statement::Ask(it) => of_modifiers(&it.modifiers, &mut found),
        Statement::Wait(it) => {
            of_wait(&it.step, &mut found);
            of_modifiers(&it.modifiers, &mut found);
        }
        Statement::Run(it) => of_modifiers(&it.modifiers, &mut found),
        Statement::End(_) | Statement::Return(_) | Statement::Yield(_) | Statement::Error(_) => {}
    }
    found
}

fn of_if<'b>(it: &'b If, found: &mut Vec<&'b Block>) {
    found.push(&it.then);
    match &it.otherwise {
        Some(ElseBranch::Block(block)) => found.push(block),
        Some(ElseBranch::If(other)) => of_if(other, found),
        None => {}
    }
}

fn of_wait<'b>(wait: &'b Wait, found: &mut Vec<&'b Block>) {
    let WaitUntil::First(branches) = &wait.until else {
        return;
    };
    let bodies = branches.iter().filter_map(|branch| match branch {
        WaitBranch::Event { body, .. } | WaitBranch::After { body, .. } => Some(body),
        WaitBranch::Error(_) => None,
    });
    found.extend(bodies);
}

fn of_modifiers<'b>(modifiers: &'b [Modifier], found: &mut Vec<&'b Block>) {
    let bodies = modifiers.iter().filter_map(|modifier| match modifier {
        Modifier::Otherwise {
            what: Otherwise::Block(block),
            ..
        } => Some(block),
        _ => None,
    });
    found.extend(bodies);
}
