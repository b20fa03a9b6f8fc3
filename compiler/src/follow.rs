//! A piece of work that another follows, on two threads where that is worth it.
//!
//! Kept true here: who follows hears everything once and in its order, and nobody can tell how many threads there were.

use std::sync::mpsc::{Sender, channel};
use std::thread::{Builder, scope};

use crate::spread::STACK;

/// So much that one piece of work tells another is handed over at once: waking a thread takes longer than most of it.
const HANDED_OVER: usize = 64;

/// What one piece of work tells another that follows it.
#[derive(Debug)]
pub(crate) struct Trace<E> {
    told: Vec<E>,
    to: Option<Sender<Vec<E>>>,
    /// Whether what would be told now was told before.
    is_silent: bool,
}

impl<E> Trace<E> {
    fn to(to: Option<Sender<Vec<E>>>) -> Self {
        Self {
            told: Vec::with_capacity(HANDED_OVER),
            to,
            is_silent: false,
        }
    }

    /// Tells something, where it was not told before.
    pub(crate) fn tell(&mut self, event: E) {
        if self.is_silent {
            return;
        }
        self.told.push(event);
        if self.told.len() >= HANDED_OVER
            && let Some(to) = &self.to
        {
            let next = Vec::with_capacity(HANDED_OVER);
            // Whoever follows hears until the end; if it broke down, that is seen when it is waited for.
            to.send(std::mem::replace(&mut self.told, next)).ok();
        }
    }

    /// What comes now was told before, or not, as whoever does it all again says. Gives what to go back to.
    pub(crate) fn again(&mut self, is_again: bool) -> bool {
        let before = self.is_silent;
        self.is_silent |= is_again;
        before
    }

    /// What comes now is as it was before doing it again.
    pub(crate) fn go_back(&mut self, before: bool) {
        self.is_silent = before;
    }

    /// Everything was told. Gives what was not handed over.
    fn end(self) -> Vec<E> {
        match self.to {
            Some(to) => {
                to.send(self.told).ok();
                Vec::new()
            }
            None => self.told,
        }
    }
}

/// What a piece of work comes to, and what one comes to that follows it: on a thread of its own, close behind, where
/// that is worth one.
pub(crate) fn followed<E: Send, R, S: Send>(
    is_worth_it: bool,
    lead: impl FnOnce(Trace<E>) -> (R, Trace<E>),
    follow: &(impl Fn(&mut dyn Iterator<Item = E>) -> S + Sync),
) -> (R, S) {
    if !is_worth_it {
        return alone(lead, follow);
    }
    scope(|scope| {
        let (to, from) = channel::<Vec<E>>();
        let other = Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, move || follow(&mut from.into_iter().flatten()));
        // Where a thread cannot be had, this one does both.
        let Ok(other) = other else {
            return alone(lead, follow);
        };
        let (led, trace) = lead(Trace::to(Some(to)));
        trace.end();
        match other.join() {
            Ok(followed) => (led, followed),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// One piece of work, and then the other.
fn alone<E, R, S>(
    lead: impl FnOnce(Trace<E>) -> (R, Trace<E>),
    follow: &impl Fn(&mut dyn Iterator<Item = E>) -> S,
) -> (R, S) {
    let (led, trace) = lead(Trace::to(None));
    (led, follow(&mut trace.end().into_iter()))
}
