//! What a playbook can call that is declared nowhere in it: the calls of tools, and the built-in functions.

use std::sync::Arc;

use sophia_diagnostics::Span;
use sophia_language::syntax::Name;
use sophia_plan::step::Role;
use sophia_plan::types::Type;

use crate::catalogue::Catalogue;
use crate::checker::Checker;
use crate::declared::Neighbours;
use crate::project::Manifest;
use crate::types::built_in_signatures;

/// A call of a tool, as a playbook sees it.
#[derive(Clone, Debug)]
pub struct Offered {
    /// Required ones first, each group in the order of the schema.
    pub arguments: Vec<Argument>,
    /// What it gives; `json` where nobody has said.
    pub result: Type,
    /// Whether it changes the world, and so needs `do`.
    pub effect: bool,
    /// What the server says that it does. Outside text: shown, never obeyed.
    pub description: String,
}

/// One argument of a call.
#[derive(Clone, Debug)]
pub struct Argument {
    /// Its name.
    pub name: Arc<str>,
    /// Its type, with the unit that the manifest gives it.
    pub of: Type,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it says only what is said, and chooses nothing.
    pub content: bool,
    /// What the server says of it. Outside text.
    pub description: String,
}

/// What a call of a tool takes and gives; `None` where the lock does not hold it or it cannot be read.
#[must_use]
pub fn offered(
    manifest: &Manifest,
    catalogue: &Catalogue,
    tool: &str,
    call: &str,
) -> Option<Offered> {
    let pinned = catalogue.tools.get(tool)?.calls.get(call)?;
    let file = Arc::from("sophia.lock");
    let mut checker = Checker::new(manifest, catalogue, Neighbours::none(), file, "");
    let name = |text: &str| Name {
        text: text.to_owned(),
        span: Span::default(),
    };
    let facts = checker.tool(&name(tool), &name(call))?;
    let mut arguments: Vec<Argument> = (facts.arguments.iter())
        .map(|argument| {
            let described = facts
                .property(argument)
                .and_then(|property| property.get("description"))
                .and_then(|words| words.as_str());
            Argument {
                name: argument.name.clone(),
                of: argument.unit.clone().unwrap_or_else(|| argument.of.clone()),
                required: argument.required,
                content: facts.role(&argument.name) == Role::Content,
                description: described.unwrap_or_default().to_owned(),
            }
        })
        .collect();
    arguments.sort_by_key(|argument| !argument.required);
    Some(Offered {
        arguments,
        result: facts.result.clone(),
        effect: facts.effect,
        description: pinned.description.clone(),
    })
}

/// A function that needs no declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// What it takes, in words, and how many of them may be left out at the end; `None` where it takes rows or
    /// values of many shapes.
    pub takes: Option<(Vec<&'static str>, usize)>,
}

/// Every built-in function, sorted by name.
#[must_use]
pub fn built_ins() -> Vec<BuiltIn> {
    let mut all = built_in_signatures();
    all.sort_by_key(|function| function.name);
    all.dedup_by_key(|function| function.name);
    all
}
