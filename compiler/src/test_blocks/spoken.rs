//! What the lines of a test can speak of, for an editor.
//!
//! Kept true here: what is noted is what `given`, `then` and `expect` take; nothing is complained of.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_diagnostics::Span;
use sophia_language::syntax::{File, Item, Name, Overlap, TriggerKind};
use sophia_plan::types::Type;

use super::asked::Asked;
use super::then::verdict;
use crate::checker::Checker;
use crate::found::{Answers, Tried};
use crate::names::Declared;
use crate::types::Scope;

impl<'a> Checker<'a> {
    /// Notes what the tests of a playbook can speak of. `seen` is what a condition in a test sees.
    pub(crate) fn note_tried(&mut self, file: &'a File, seen: &Scope) {
        if !self.notes.are_asked() {
            return;
        }
        let before = self.diagnostics.len();
        let asked = Asked::by(file);
        let tried = Tried {
            given: self.replaceable(file),
            asked: self.people(&asked),
            awaited: self.events(file, &asked),
            seen: seen
                .innermost_first()
                .map(|local| (local.name.clone(), local.of.clone()))
                .collect(),
        };
        self.notes.tried(tried);
        // Whatever is wrong with them has been told.
        self.diagnostics.truncate(before);
    }

    /// What a `given` with a plain name replaces.
    fn replaceable(&mut self, file: &File) -> Vec<(Arc<str>, Type)> {
        let mut names: Vec<&Name> = Vec::new();
        for item in &file.items {
            match item {
                Item::Query(it) => names.push(&it.name),
                Item::Predictor(it) => names.push(&it.name),
                Item::Model(it) => names.push(&it.name),
                Item::Metric(it) => names.push(&it.name),
                Item::State(it) => names.push(&it.name),
                Item::Command(it) => names.push(&it.name),
                Item::Use(line) => names.extend(&line.names),
                _ => {}
            }
        }
        let names = names
            .into_iter()
            .filter(|name| self.names.get(&name.text).is_some())
            .collect::<Vec<_>>();
        let given = names.into_iter().filter_map(|name| {
            let (_, of) = self.declared_subject(name)?;
            // A model whose body has a mistake still says what it answers.
            let of = match self.names.get(&name.text) {
                Some(Declared::Model(model)) if of == Type::Unknown => {
                    self.resolve_type(&model.result)
                }
                _ => of,
            };
            Some((Arc::from(name.text.as_str()), of))
        });
        given.collect()
    }

    fn people(&mut self, asked: &Asked<'a>) -> Vec<(Arc<str>, Answers)> {
        let mut people: Vec<(Arc<str>, Answers)> = Vec::new();
        for (whom, form) in &asked.people {
            let answers = match form {
                Some(form) => Answers::Form(self.resolve_type(form)),
                None => Answers::Verdict(verdict()),
            };
            let is_known = |(known, of): &(Arc<str>, Answers)| **known == **whom && *of == answers;
            if !people.iter().any(is_known) {
                people.push((Arc::from(whom.as_str()), answers));
            }
        }
        people
    }

    /// What starts a run is no event that it waits for, unless it joins the run that is under way.
    fn events(&mut self, file: &File, asked: &Asked<'a>) -> Vec<(Arc<str>, Type)> {
        let mut waited: Vec<&str> = asked.events.iter().map(String::as_str).collect();
        let joins = |item: &Item| matches!(item, Item::OneRun(it) if it.rule == Overlap::Join);
        if !file.items.iter().any(joins) {
            let triggers = file.items.iter().filter_map(|item| match item {
                Item::Trigger(trigger) => heard(&trigger.kind),
                _ => None,
            });
            for event in triggers {
                if let Some(place) = waited.iter().position(|waited| *waited == event) {
                    waited.remove(place);
                }
            }
        }
        let mut known = BTreeSet::new();
        let mut events = Vec::new();
        for event in waited {
            if known.insert(event) {
                let path = event.split('.').map(|word| Name {
                    text: word.to_owned(),
                    span: Span::default(),
                });
                let path: Vec<Name> = path.collect();
                events.push((Arc::from(event), self.event_type(&path)));
            }
        }
        events
    }
}

/// The event that a trigger hears, with its dots.
fn heard(kind: &TriggerKind) -> Option<String> {
    match kind {
        TriggerKind::Webhook { event } => {
            let names: Vec<&str> = event.iter().map(|name| name.text.as_str()).collect();
            Some(names.join("."))
        }
        TriggerKind::Event { name } => Some(name.text.clone()),
        _ => None,
    }
}
