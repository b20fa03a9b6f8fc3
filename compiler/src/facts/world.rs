//! What playbooks leave for each other: events, states, the inputs of those that they start, results.
//!
//! Kept true here: what lies between playbooks only grows, so that going round comes to rest; a walk sees it as it
//! was when the walk began, and what the walk asked for is kept with what it was told.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::known::Known;
use super::label::Label;
use crate::sources::{Home, Sources, Spot};

/// Something that lies between playbooks, or between runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Between {
    /// What an event carries.
    Event(Arc<str>),
    /// What a state of a playbook keeps.
    State(Arc<str>, Arc<str>),
    /// What other playbooks give as an input.
    Input(Arc<str>, Arc<str>),
    /// The level of what decides that other playbooks start one.
    Started(Arc<str>),
    /// What a playbook gives back.
    Result(Arc<str>),
}

/// What is known of what lies between playbooks. It is asked by name alone, never gone through.
#[derive(Debug, Default)]
pub(super) struct Commons(HashMap<Between, Arc<Known>>);

impl Commons {
    fn get(&self, between: &Between) -> Option<&Arc<Known>> {
        self.0.get(between)
    }

    /// Whether what a walk was told is still so.
    pub(super) fn tells(&self, between: &Between, told: Option<&Arc<Known>>) -> bool {
        match (self.get(between), told) {
            (None, None) => true,
            (Some(now), Some(told)) => Arc::ptr_eq(now, told) || now == told,
            _ => false,
        }
    }

    /// Adds what one more playbook leaves. Says whether that is news.
    pub(super) fn add(&mut self, between: &Between, known: &Arc<Known>) -> bool {
        match self.0.get_mut(between) {
            None => {
                self.0.insert(between.clone(), known.clone());
                true
            }
            Some(before) => {
                let both = before.join(known);
                let news = !both.same(before);
                if news {
                    *before = Arc::new(both);
                }
                news
            }
        }
    }
}

/// What lies between playbooks, as one walk sees it.
#[derive(Debug)]
pub(super) struct World<'c> {
    commons: &'c Commons,
    /// What was asked for, and what was told.
    pub(super) asked: BTreeMap<Between, Option<Arc<Known>>>,
    /// What this walk leaves.
    left: BTreeMap<Between, Known>,
}

impl<'c> World<'c> {
    pub(super) fn of(commons: &'c Commons) -> Self {
        Self {
            commons,
            asked: BTreeMap::new(),
            left: BTreeMap::new(),
        }
    }

    /// What is known so far.
    pub(super) fn get(&mut self, between: Between) -> Option<Arc<Known>> {
        let commons = self.commons;
        let told = (self.asked)
            .entry(between)
            .or_insert_with_key(|between| commons.get(between).cloned());
        told.clone()
    }

    /// Leaves something.
    pub(super) fn add(&mut self, between: Between, known: &Known) {
        let both = match self.left.get(&between) {
            Some(before) => before.join(known),
            None => known.clone(),
        };
        self.left.insert(between, both);
    }

    /// What this walk of the playbook in `file` asked for, and what it leaves. Whoever takes it up stands in another
    /// file, so the places on its ways are looked up here.
    pub(super) fn finish(self, sources: &Sources<'_>, file: &Arc<str>) -> Finished {
        let own = file;
        let through_modules = Cell::new(false);
        let place = |spot: &Spot| {
            let (file, span) = sources.find(own, spot)?;
            if file != *own {
                through_modules.set(true);
            }
            Some(Spot {
                home: Home::Elsewhere(file, span),
                ..Spot::default()
            })
        };
        let left = self.left.into_iter().map(|(between, mut known)| {
            // The parts of a value often carry the very same.
            let mut last: Option<(Label, Label)> = None;
            known.each(&mut |label| {
                let placed = match &last {
                    Some((before, placed)) if before.is(label) => placed.clone(),
                    _ => label.placed(&place),
                };
                last = Some((std::mem::replace(label, placed.clone()), placed));
            });
            (between, Arc::new(known))
        });
        Finished {
            left: left.collect(),
            asked: self.asked.into_iter().collect(),
            through_modules: through_modules.get(),
        }
    }
}

/// What a walk asked for and leaves.
pub(super) struct Finished {
    pub(super) asked: Asked,
    pub(super) left: Left,
    /// Whether a way of what it leaves goes through another file, of whose text the places on it are.
    pub(super) through_modules: bool,
}

/// What a walk asked for, and what it was told.
pub(super) type Asked = Vec<(Between, Option<Arc<Known>>)>;

/// What a walk leaves.
pub(super) type Left = Vec<(Between, Arc<Known>)>;
