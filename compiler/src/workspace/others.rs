//! The other files, as one group of files sees them while it is checked.
//!
//! Kept true here: what is answered follows from the schedule alone. Of files outside the group only those of
//! earlier stages are asked, and these are checked by then, whatever was checked on which thread.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::one_file::{Declared, Found, Shown};
use super::remembered::Remembered;
use crate::declared::{Answer, EventFacts, Others, Question, Schedule};
use crate::names::nearest;

/// What a group can learn.
pub(super) struct Around<'m> {
    files: &'m [Remembered],
    schedule: &'m Schedule,
    group: usize,
    stage: usize,
    /// What the files of the group itself have found so far.
    inside: BTreeMap<usize, Arc<Found>>,
    /// The events that they told so far.
    events: BTreeMap<String, Arc<EventFacts>>,
}

impl<'m> Around<'m> {
    pub(super) fn of(files: &'m [Remembered], schedule: &'m Schedule, group: usize) -> Self {
        Self {
            files,
            schedule,
            group,
            stage: schedule.stage_of_group(group),
            inside: BTreeMap::new(),
            events: BTreeMap::new(),
        }
    }

    /// A file of the group tells what it found.
    pub(super) fn tell(&mut self, place: usize, found: &Arc<Found>) {
        self.inside.insert(place, found.clone());
        let events = found.shown.events.iter();
        let events = events.map(|(event, facts)| (event.clone(), facts.clone()));
        self.events.extend(events);
    }

    fn shown(&self, place: usize) -> Option<&Shown> {
        if let Some(found) = self.inside.get(&place) {
            return Some(&found.shown);
        }
        let stage = self.schedule.stage_of.get(place)?;
        if *stage >= self.stage {
            return None;
        }
        self.files.get(place)?.found().map(|found| &found.shown)
    }

    fn declared(&self, place: Option<&usize>) -> Answer {
        let shown = place.and_then(|place| self.shown(*place));
        match shown.map(|shown| &shown.declared) {
            Some(Declared::Module(facts)) => Answer::Module(facts.clone()),
            Some(Declared::Playbook(signature)) => Answer::Playbook(signature.clone()),
            Some(Declared::Nothing) | None => Answer::No,
        }
    }

    /// What those said of an event who told it last, as far as they are checked before.
    fn event(&self, event: &str) -> Option<Arc<EventFacts>> {
        if let Some(facts) = self.events.get(event) {
            return Some(facts.clone());
        }
        let tellers = self.schedule.register.events.get(event)?;
        let before = tellers.iter().rev().filter(|group| **group < self.group);
        before
            .filter_map(|group| self.schedule.groups.get(*group))
            .flat_map(|places| places.iter().rev())
            .find_map(|place| self.shown(*place)?.events.get(event).cloned())
    }
}

impl Others for Around<'_> {
    fn answer(&self, question: &Question) -> Answer {
        let register = &self.schedule.register;
        let whether = |yes: bool| if yes { Answer::Yes } else { Answer::No };
        let like = |name: &str, known: &mut dyn Iterator<Item = &String>| {
            let near = nearest(name, known.map(String::as_str));
            near.map_or(Answer::No, |near| Answer::Name(near.to_owned()))
        };
        match question {
            Question::IsModule(name) => whether(register.module_names.contains(name)),
            Question::IsPlaybook(name) => whether(register.playbooks.contains_key(name)),
            Question::Module(name) => self.declared(register.modules.get(name)),
            Question::Playbook(name) => self.declared(register.playbooks.get(name)),
            Question::Event(name) => self.event(name).map_or(Answer::No, Answer::Event),
            Question::ModuleEndingIn(last) => {
                let ends_so = |whole: &&String| whole.rsplit('.').next() == Some(last);
                let whole = register.module_names.iter().find(ends_so);
                whole.map_or(Answer::No, |whole| Answer::Name(whole.clone()))
            }
            Question::NearestModule(name) => like(name, &mut register.module_names.iter()),
            Question::NearestPlaybook(name) => like(name, &mut register.playbooks.keys()),
            Question::NearestEvent(name) => like(name, &mut register.events.keys()),
        }
    }
}
