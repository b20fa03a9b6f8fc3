//! Lines that could not be read, and what may have been lost with them.
//!
//! Kept true here: one mistake gives one complaint. A line with a syntax error is not judged further, and
//! a name that such a line may have introduced is not called unknown.

use std::collections::BTreeSet;

use sophia_diagnostics::LineIndex;
use sophia_language::Parsed;
use sophia_language::syntax::{Block, ElseBranch, If, Item, Name, Parameter, Statement};

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
    pub(crate) fn of(parsed: &Parsed, text: &str, index: &LineIndex<'_>) -> Self {
        let lines: BTreeSet<u32> = parsed
            .diagnostics
            .iter()
            .filter(|diagnostic| {
                diagnostic.is_error() && !UNDERSTOOD.contains(&diagnostic.code.as_str())
            })
            .map(|diagnostic| index.position(diagnostic.span.start as usize).line)
            .collect();
        let words = (1_u32..)
            .zip(text.lines())
            .filter(|(number, _)| lines.contains(number))
            .flat_map(|(_, line)| words(line))
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
        Item::Predictor(predictor) => is_missing(&predictor.name),
        Item::Model(model) => is_missing(&model.name) || lacks_a_name(&model.parameters),
        Item::Statement(statement) => statement_is_nameless(statement),
        Item::OnFailure(declaration) => {
            declaration.binding.as_ref().is_some_and(is_missing)
                || block_is_nameless(&declaration.body)
        }
        _ => false,
    }
}

fn statement_is_nameless(statement: &Statement) -> bool {
    match statement {
        Statement::Let(statement) => is_missing(&statement.name),
        Statement::ForEach(statement) => {
            is_missing(&statement.item) || block_is_nameless(&statement.body)
        }
        Statement::If(statement) => if_is_nameless(statement),
        Statement::Do(_) | Statement::End(_) | Statement::Error(_) => false,
    }
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
