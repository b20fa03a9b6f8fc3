//! What a file asks of the other files of its project, and what it was told.
//!
//! Kept true here: a file learns of the others by these questions alone, and each is kept with its answer.
//! So a check holds for as long as the file's text is the same and every question has the same answer.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_plan::types::Type;

use super::module::ModuleFacts;
use crate::lower::Touched;

/// What a file may ask of the others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Question {
    /// Whether there is a module of this whole name.
    IsModule(String),
    /// Whether there is a playbook of this name.
    IsPlaybook(String),
    /// What a module holds.
    Module(String),
    /// How a playbook is run.
    Playbook(String),
    /// What an event of the project carries.
    Event(String),
    /// The first module by its name whose last word is this.
    ModuleEndingIn(String),
    /// The module whose name is most like this one.
    NearestModule(String),
    /// The playbook whose name is most like this one.
    NearestPlaybook(String),
    /// The event whose name is most like this one.
    NearestEvent(String),
}

/// What a question is answered with.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// There is no such thing, or nothing is known of it yet.
    No,
    /// There is.
    Yes,
    Module(Arc<ModuleFacts>),
    Playbook(Arc<Signature>),
    Event(Arc<EventFacts>),
    Name(String),
}

impl Answer {
    /// Whether both say the same. What a file shows keeps its identity for as long as it says the same.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::No, Self::No) | (Self::Yes, Self::Yes) => true,
            (Self::Module(one), Self::Module(other)) => Arc::ptr_eq(one, other),
            (Self::Playbook(one), Self::Playbook(other)) => Arc::ptr_eq(one, other),
            (Self::Event(one), Self::Event(other)) => Arc::ptr_eq(one, other),
            (Self::Name(one), Self::Name(other)) => one == other,
            _ => false,
        }
    }
}

/// Whoever knows the other files.
pub(crate) trait Others {
    /// What a question is answered with now.
    fn answer(&self, question: &Question) -> Answer;
}

/// The other files, seen from one.
pub(crate) struct Neighbours<'o> {
    /// `None` where a file stands alone.
    others: Option<&'o dyn Others>,
    asked: RefCell<BTreeMap<Question, Answer>>,
}

impl<'o> Neighbours<'o> {
    /// The files that `others` knows.
    pub(crate) fn of(others: &'o dyn Others) -> Self {
        Self {
            others: Some(others),
            asked: RefCell::default(),
        }
    }

    /// No other file.
    pub(crate) fn none() -> Self {
        Self {
            others: None,
            asked: RefCell::default(),
        }
    }

    /// Everything that was asked, with its answer.
    pub(crate) fn into_asked(self) -> Vec<(Question, Answer)> {
        self.asked.into_inner().into_iter().collect()
    }

    fn ask(&self, question: Question) -> Answer {
        if let Some(answer) = self.asked.borrow().get(&question) {
            return answer.clone();
        }
        let answer = match self.others {
            Some(others) => others.answer(&question),
            None => Answer::No,
        };
        self.asked.borrow_mut().insert(question, answer.clone());
        answer
    }

    fn name(&self, question: Question) -> Option<String> {
        match self.ask(question) {
            Answer::Name(name) => Some(name),
            _ => None,
        }
    }

    /// Whether there is a module of this whole name.
    pub(crate) fn has_module(&self, name: &str) -> bool {
        matches!(self.ask(Question::IsModule(name.to_owned())), Answer::Yes)
    }

    /// Whether there is a playbook of this name.
    pub(crate) fn has_playbook(&self, name: &str) -> bool {
        matches!(self.ask(Question::IsPlaybook(name.to_owned())), Answer::Yes)
    }

    /// What a module holds, by its whole name.
    pub(crate) fn module(&self, name: &str) -> Option<Arc<ModuleFacts>> {
        match self.ask(Question::Module(name.to_owned())) {
            Answer::Module(facts) => Some(facts),
            _ => None,
        }
    }

    /// How a playbook is run.
    pub(crate) fn playbook(&self, name: &str) -> Option<Arc<Signature>> {
        match self.ask(Question::Playbook(name.to_owned())) {
            Answer::Playbook(signature) => Some(signature),
            _ => None,
        }
    }

    /// What an event of the project carries.
    pub(crate) fn event(&self, name: &str) -> Option<Arc<EventFacts>> {
        match self.ask(Question::Event(name.to_owned())) {
            Answer::Event(facts) => Some(facts),
            _ => None,
        }
    }

    /// The first module by its name whose last word is this.
    pub(crate) fn module_ending_in(&self, last: &str) -> Option<String> {
        self.name(Question::ModuleEndingIn(last.to_owned()))
    }

    /// The module whose name is most like this one.
    pub(crate) fn nearest_module(&self, name: &str) -> Option<String> {
        self.name(Question::NearestModule(name.to_owned()))
    }

    /// The playbook whose name is most like this one.
    pub(crate) fn nearest_playbook(&self, name: &str) -> Option<String> {
        self.name(Question::NearestPlaybook(name.to_owned()))
    }

    /// The event whose name is most like this one.
    pub(crate) fn nearest_event(&self, name: &str) -> Option<String> {
        self.name(Question::NearestEvent(name.to_owned()))
    }
}

/// How a playbook is run by another.
#[derive(Clone, Debug)]
pub(crate) struct Signature {
    /// Its inputs in order; whether one must be given.
    pub(crate) inputs: Vec<(Arc<str>, Type, Need)>,
    /// What it returns.
    pub(crate) result: Type,
    /// What is not as it was once it has run.
    pub(crate) touched: Touched,
}

/// Whether an input must be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// It has no default.
    Required,
    /// It has one.
    Optional,
}

/// What an event of the project carries.
#[derive(Clone, Debug)]
pub(crate) struct EventFacts {
    /// What its `emit`s agree on so far.
    pub(crate) of: Type,
    /// The file that told last.
    pub(crate) file: Arc<str>,
}
