//! The one namespace of a playbook: what is declared, and what it may reach.
//!
//! Kept true here: a name stands for one thing in the whole file; the first declaration wins, so
//! that a duplicate does not disturb what was already right.

mod collect;
mod grants;
mod nearest;
mod resolve;

use std::collections::{BTreeMap, BTreeSet};

use sophia_diagnostics::Span;
use sophia_language::syntax::{
    Action, Command, Function, Input, Metric, Model, Name, Parameter, Predictor, Query, State,
    Trigger, TypeDeclaration,
};

pub(crate) use grants::with_nearest;
pub(crate) use nearest::nearest;

/// What a name of the playbook stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Declared<'a> {
    /// A connection that `use` grants.
    Connection,
    /// A tool that `use` grants.
    Tool,
    Input(&'a Input),
    Type(&'a TypeDeclaration),
    Query(&'a Query),
    Predictor(&'a Predictor),
    Model(&'a Model),
    Command(&'a Command),
    Metric(&'a Metric),
    State(&'a State),
    Function(&'a Function),
    Action(&'a Action),
    Policy,
    /// A module that `use` grants; it is called by the last word of its name.
    Module(&'a str),
    /// A playbook that `use` grants, to be run or started.
    Playbook,
    /// A body of knowledge that `use` grants.
    Knowledge,
    /// The project's metrics, which `use` grants.
    Metrics,
    /// What a trigger brings under its own name. A `let` that does not see it may have the same name.
    Arriving(&'a Trigger),
    /// A parameter of a request.
    Asked(&'a Parameter),
}

impl Declared<'_> {
    /// What people call it, with its article.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Connection => "a connection",
            Self::Tool => "a tool",
            Self::Input(_) => "an input",
            Self::Type(_) => "a type",
            Self::Query(_) => "a query",
            Self::Predictor(_) => "a predictor",
            Self::Model(_) => "a model",
            Self::Command(_) => "a command",
            Self::Metric(_) => "a metric",
            Self::State(_) => "a state",
            Self::Function(_) => "a function",
            Self::Action(_) => "an action",
            Self::Policy => "a policy",
            Self::Module(_) => "a module",
            Self::Playbook => "a playbook",
            Self::Knowledge => "knowledge",
            Self::Metrics => "the project's metrics",
            Self::Arriving(_) => "what a trigger brings",
            Self::Asked(_) => "what a request brings",
        }
    }
}

/// The names of one playbook.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    declared: BTreeMap<&'a str, (Declared<'a>, Span)>,
    /// Top-level `let`s, which declarations do not see.
    lets: BTreeMap<&'a str, Span>,
    /// Where `on failure` stands.
    failure: Option<Span>,
    /// Grants that something needed.
    used: BTreeSet<String>,
    /// Where the items of the file begin, in order.
    items: Vec<u32>,
    /// Unknown names that are reported, with the item that they stand in.
    unknown: BTreeSet<(String, usize)>,
    /// What is used without a grant, and reported.
    refused: BTreeSet<String>,
    /// Where a further grant can be written: the place, and whether a `use` line stands there.
    grant_place: (u32, bool),
    /// The playbook's own name, where the file is one.
    pub(crate) own: Option<&'a str>,
}

impl<'a> Names<'a> {
    /// What a name stands for.
    pub(crate) fn get(&self, name: &str) -> Option<Declared<'a>> {
        self.declared.get(name).map(|(what, _)| *what)
    }

    /// Where a name was declared.
    pub(crate) fn place(&self, name: &str) -> Option<Span> {
        self.declared.get(name).map(|(_, span)| *span)
    }

    /// Where a top-level `let` of this name stands.
    pub(crate) fn let_place(&self, name: &str) -> Option<Span> {
        self.lets.get(name).copied()
    }

    /// Whether a place stands in `on failure`.
    pub(crate) fn is_in_failure(&self, place: Span) -> bool {
        self.failure
            .is_some_and(|failure| failure.start <= place.start && place.end <= failure.end)
    }

    /// The number of the declaration or statement that a place stands in.
    pub(crate) fn item_at(&self, place: Span) -> usize {
        self.items.partition_point(|start| *start <= place.start)
    }

    /// Remembers that a name stands for nothing, and says whether that is news in its item.
    pub(crate) fn note_unknown(&mut self, name: &Name) -> bool {
        let item = self.item_at(name.span);
        self.unknown.insert((name.text.clone(), item))
    }

    /// Remembers that something needed a grant.
    pub(crate) fn note_used(&mut self, name: &str) {
        self.used.insert(name.to_owned());
    }

    /// The grants that something needed.
    pub(crate) fn used(&self) -> impl Iterator<Item = &String> {
        self.used.iter()
    }

    /// Takes the grants out that something needed, to see what needs which.
    pub(crate) fn take_used(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.used)
    }

    /// Remembers that something needed these grants.
    pub(crate) fn note_all_used(&mut self, names: impl IntoIterator<Item = String>) {
        self.used.extend(names);
    }

    /// Every declared name with what it stands for.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'a str, Declared<'a>)> + '_ {
        self.declared.iter().map(|(name, (what, _))| (*name, *what))
    }
}
