//! What another version waits for: time passes by itself, and people and events come as the record says.
//!
//! Kept true here: a wait for people or events is over by its time only as long as it is known from the
//! record that nothing came; whoever was asked the same says the same.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::other::{Due, Other, Unanswered};
use crate::kernel::{Event, Happening, Notice};

impl Other<'_> {
    /// A timer is set. That of a wait for people or events rings only while it is known that nothing came.
    pub(super) fn sleep(&mut self, key: Arc<str>, attempt: u32, until: Timestamp) {
        let recorded = self.known.timers.get(&(key.clone(), attempt));
        let recorded = recorded.filter(|(due, _)| *due == until);
        if let Some((_, Some(place))) = recorded {
            return self.later(self.known.at[*place], *place, Due::Timer(key, attempt));
        }
        let waits = self.layout.waiting(&self.state);
        let open = (waits.iter())
            .any(|wait| wait.key == key && (wait.question.is_some() || !wait.events.is_empty()));
        if open && (recorded.is_some() || !self.is_known_until(&key, until)) {
            return;
        }
        // It did not ring before its step was over.
        let over = recorded.and_then(|_| self.known.over.get(&key));
        let until = over.map_or(until, |over| until.max(*over));
        self.later(until, usize::MAX, Due::Timer(key, attempt));
    }

    /// Whether the record says that nothing ended a wait before an instant.
    fn is_known_until(&self, key: &Arc<str>, until: Timestamp) -> bool {
        let Some(waited) = self.known.waited.get(key).filter(|_| self.same_wait(key)) else {
            return false;
        };
        let over = self.known.over.get(key).unwrap_or(&self.known.last);
        until.duration_since(self.now) <= over.duration_since(waited.began)
    }

    /// Whether a step waits for what it waited for in the record.
    fn same_wait(&self, key: &Arc<str>) -> bool {
        let Some(waited) = self.known.waited.get(key) else {
            return false;
        };
        let here = self.layout.waiting(&self.state);
        let Some(here) = here.into_iter().find(|wait| wait.key == *key) else {
            return false;
        };
        match (&waited.question, here.question) {
            (Some(was), Some(now)) => {
                was.text == now.text && was.form == now.form && was.whom.first() == now.whom.first()
            }
            (None, None) => self
                .layout
                .plan()
                .steps()
                .into_iter()
                .find(|step| step.name == waited.step.name)
                .is_some_and(|step| step.kind == waited.step.kind),
            _ => false,
        }
    }

    /// People are told something: what they said then, they say here.
    pub(super) fn told(&mut self, notice: &Notice) {
        let key = &notice.key;
        match &notice.what {
            Happening::Waits(_) if self.same_wait(key) => {
                self.say(key, |event| matches!(event, Event::Answered { .. }));
            }
            Happening::Asks { .. } => {
                self.say(key, |event| !matches!(event, Event::Answered { .. }));
            }
            _ => {}
        }
    }

    fn say(&mut self, key: &Arc<str>, what: impl Fn(&Event) -> bool) {
        let said = self.known.said.get(key).cloned().unwrap_or_default();
        for place in said {
            if what(&self.stored.events[place]) && self.said.insert(place) {
                self.later(self.known.at[place], place, Due::Outside(place));
            }
        }
    }

    /// What is still open at the end waits for what the record does not hold.
    pub(super) fn close(&mut self) {
        // What was let go meanwhile holds nothing up.
        let state = &self.state;
        self.unanswered
            .retain(|key, open| state.expects(key, open.attempt));
        if self.state.outcome().is_some() {
            return;
        }
        let held = (self.known.waited.keys())
            .filter(|key| !self.known.over.contains_key(*key))
            .cloned();
        // What waited at the end of the record waits here, too.
        let held: HashSet<Arc<str>> = held.collect();
        for wait in self.layout.waiting(&self.state) {
            let is_open = wait.question.is_some() || !wait.events.is_empty();
            if !is_open || (held.contains(&wait.key) && self.same_wait(&wait.key)) {
                continue;
            }
            let why = match wait.question {
                Some(_) => "Nobody was asked this, so the record holds no answer.",
                None => "The record does not say whether this came.",
            };
            let steps = self.layout.plan().steps();
            let step = steps
                .into_iter()
                .find(|step| step.label == wait.label && step.origin.line == wait.line);
            if let Some(step) = step {
                let unanswered = Unanswered {
                    key: wait.key.clone(),
                    step: Arc::new(step.clone()),
                    attempt: 0,
                    why: why.to_owned(),
                };
                self.unanswered.insert(wait.key, unanswered);
            }
        }
    }
}
