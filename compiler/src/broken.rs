//! Lines that could not be read, and what may have been lost with them.
//!
//! Kept true here: one mistake gives one complaint. A line with a syntax error is not judged further, and
//! a name that such a line may have introduced is not called unknown.

use std::collections::BTreeSet;

use sophia_diagnostics::LineIndex;
use sophia_language::Parsed;
use sophia_language::syntax::{
    Arm, Block, ElseBranch, EventPattern, FunctionBody, If, Item, LetValue, Name, Parameter,
    Statement, TriggerKind, Wait, WaitBranch, WaitUntil,
};

/// Syntax errors behind which the line is understood all the same: habits from elsewhere, such as `==`.
const UNDERSTOOD: [&str; 7] = ["S110", "S111", "S112", "S113", "S114", "S115", "S123"];

/// What the syntax errors of a file leave unknown.
#[derive(Debug, Default)]
pub(crate) struct Broken {
    lines: BTreeSet<u32>,
    /// The words on those lines.
    words: BTreeSet<String>,
    /// Whether something is declared whose name is missing.
    nameless: bool,
}

impl Broken {
    /// What a parsed file leaves unknown.
    pub(crate) fn of(parsed: &Parsed, index: &LineIndex<'_>) -> Self {
        let lines: BTreeSet<u32> = parsed
            .diagnostics
            .iter()
            .filter(|diagnostic| {
                diagnostic.is_error() && !UNDERSTOOD.contains(&diagnostic.code.as_str())
            })
            .map(|diagnostic| index.position(diagnostic.span.start as usize).line)
            .collect();
        let words = (lines.iter())
            .flat_map(|number| words(index.line(*number)))
            .map(str::to_owned)
            .collect();
        let nameless = !lines.is_empty() && parsed.file.items.iter().any(item_is_nameless);
        Self {
            lines,
            words,
            nameless,
        }
    }

    /// Whether a line, counted from 1, could not be read.
    pub(crate) fn holds(&self, line: u32) -> bool {
        self.lines.contains(&line)
    }

    /// Whether a name may have been introduced where the file could not be read.
    pub(crate) fn may_declare(&self, name: &str) -> bool {
        self.nameless || self.words.contains(name)
    }

    /// Remembers a name that was said to be unknown where it was granted, so that its uses are not told as well.
    pub(crate) fn note_unknown(&mut self, name: &str) {
        self.words.insert(name.to_owned());
    }

    /// Whether something is declared whose name is missing: what it would be called is not known.
    pub(crate) fn is_nameless(&self) -> bool {
        self.nameless
    }

    /// Whether such a line speaks of all of this, and so may have said something about it.
    pub(crate) fn mentions(&self, written: &str) -> bool {
        !written.is_empty() && words(written).all(|word| self.words.contains(word))
    }

    /// Whether a grant may have been lost.
    pub(crate) fn may_grant(&self, name: &str) -> bool {
        self.words.contains("use") || self.words.contains(name)
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
}

fn is_missing(name: &Name) -> bool {
    name.text.is_empty()
}

fn lacks_a_name(parameters: &[Parameter]) -> bool {
    parameters
        .iter()
        .any(|parameter| is_missing(&parameter.name))
}

fn item_is_nameless(item: &Item) -> bool {
    match item {
        Item::Input(input) => is_missing(&input.name),
        Item::Type(declaration) => is_missing(&declaration.name),
        Item::Query(query) => is_missing(&query.name) || lacks_a_name(&query.parameters),
        Item::Command(command) => is_missing(&command.name) || lacks_a_name(&command.parameters),
        Item::Metric(metric) => is_missing(&metric.name),
        Item::State(state) => is_missing(&state.name),
        Item::Function(function) => {
            let body = match &function.body {
                FunctionBody::Block(block) => block_is_nameless(block),
                FunctionBody::Value(_) => false,
            };
            body || is_missing(&function.name) || lacks_a_name(&function.parameters)
        }
        Item::Action(action) => {
            is_missing(&action.name)
                || lacks_a_name(&action.parameters)
                || block_is_nameless(&action.body)
        }
        Item::Trigger(trigger) => {
            let parameters = match &trigger.kind {
                TriggerKind::Request { parameters, .. } => lacks_a_name(parameters),
                TriggerKind::Schedule { .. }
                | TriggerKind::Webhook { .. }
                | TriggerKind::Event { .. }
                | TriggerKind::File { .. }
                | TriggerKind::Change(_)
                | TriggerKind::Message { .. }
                | TriggerKind::Resource { .. }
                | TriggerKind::Error(_) => false,
            };
            parameters || trigger.binding.as_ref().is_some_and(is_missing)
        }
        Item::Predictor(predictor) => is_missing(&predictor.name),
        Item::Model(model) => is_missing(&model.name) || lacks_a_name(&model.parameters),
        Item::Statement(statement) => statement_is_nameless(statement),
        Item::OnFailure(declaration) => {
            declaration.binding.as_ref().is_some_and(is_missing)
                || block_is_nameless(&declaration.body)
        }
        Item::Use(_)
        | Item::Zone { .. }
        | Item::Calendar { .. }
        | Item::Policy(_)
        | Item::OneRun(_)
        | Item::Test(_)
        | Item::Error(_) => false,
    }
}

fn statement_is_nameless(statement: &Statement) -> bool {
    match statement {
        Statement::Let(statement) => {
            let value = match &statement.value {
                LetValue::ForEach(each) => is_missing(&each.item) || block_is_nameless(&each.body),
                LetValue::Wait(wait) => wait_is_nameless(wait),
                LetValue::Value(_) | LetValue::Do { .. } | LetValue::Ask(_) | LetValue::Run(_) => {
                    false
                }
            };
            value || is_missing(&statement.name)
        }
        Statement::ForEach(statement) => {
            is_missing(&statement.item) || block_is_nameless(&statement.body)
        }
        Statement::If(statement) => if_is_nameless(statement),
        Statement::Match(statement) => {
            let mut blocks = (statement.arms.iter().map(|Arm { body, .. }| body))
                .chain(statement.otherwise.as_ref());
            blocks.any(block_is_nameless)
        }
        Statement::Repeat(statement) => block_is_nameless(&statement.body),
        Statement::Together(statement) => block_is_nameless(&statement.body),
        Statement::Try(statement) => {
            statement.binding.as_ref().is_some_and(is_missing)
                || block_is_nameless(&statement.body)
                || block_is_nameless(&statement.otherwise)
        }
        Statement::Wait(statement) => wait_is_nameless(&statement.step),
        Statement::End(end) => end.on.as_ref().is_some_and(pattern_is_nameless),
        Statement::Do(_)
        | Statement::Return(_)
        | Statement::Yield(_)
        | Statement::Record(_)
        | Statement::Emit(_)
        | Statement::Set(_)
        | Statement::Ask(_)
        | Statement::Run(_)
        | Statement::Error(_) => false,
    }
}

fn wait_is_nameless(wait: &Wait) -> bool {
    match &wait.until {
        WaitUntil::Passed(_) | WaitUntil::Instant(_) => false,
        WaitUntil::Event(pattern) => pattern_is_nameless(pattern),
        WaitUntil::First(branches) => branches.iter().any(|branch| match branch {
            WaitBranch::Event { pattern, body, .. } => {
                pattern_is_nameless(pattern) || block_is_nameless(body)
            }
            WaitBranch::After { body, .. } => block_is_nameless(body),
            WaitBranch::Error(_) => false,
        }),
    }
}

fn pattern_is_nameless(pattern: &EventPattern) -> bool {
    pattern.binding.as_ref().is_some_and(is_missing)
}

fn if_is_nameless(statement: &If) -> bool {
    let otherwise = match &statement.otherwise {
        Some(ElseBranch::Block(block)) => block_is_nameless(block),
        Some(ElseBranch::If(inner)) => if_is_nameless(inner),
        None => false,
    };
    otherwise || block_is_nameless(&statement.then)
}

fn block_is_nameless(block: &Block) -> bool {
    block.statements.iter().any(statement_is_nameless)
}
