//! What an answer repeats of what its question should not have shown.
//!
//! Kept true here: showing people what they are not cleared for is one mistake, told where it is shown. What their answer
//! then carries on, and decides, is its echo; what they may see is none.

use std::sync::Arc;

use super::Project;
use super::clearance::Clearance;
use super::flow::{Destination, Flow};
use super::label::{Atom, Mark};
use super::report::names;
use crate::sources::{Home, Spot};

/// The questions that show more than they may.
#[derive(Debug, Default)]
pub(super) struct Echoes {
    questions: Vec<Question>,
}

#[derive(Debug)]
struct Question {
    module: Option<Arc<str>>,
    home: Home,
    /// What each of those who are asked is cleared for.
    cleared: Vec<Clearance>,
    shows: Shows,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    WhatItMay,
    TooMuch,
}

impl Echoes {
    /// Those among the flows of a playbook.
    pub(super) fn of(project: &Project<'_>, flows: &[Flow]) -> Self {
        let mut questions: Vec<Question> = Vec::new();
        for flow in flows {
            if !matches!(flow.to, Destination::People { .. }) {
                continue;
            }
            let cleared = project.clearance(&flow.to);
            let refused = cleared.refused(&flow.label, &names(&flow.to));
            let shows = if refused.is_empty() {
                Shows::WhatItMay
            } else {
                Shows::TooMuch
            };
            match (questions.iter_mut()).find(|question| question.is_at(&flow.spot)) {
                Some(question) => {
                    question.cleared.push(cleared);
                    if shows == Shows::TooMuch {
                        question.shows = shows;
                    }
                }
                None => questions.push(Question {
                    module: flow.spot.module.clone(),
                    home: flow.spot.home.clone(),
                    cleared: vec![cleared],
                    shows,
                }),
            }
        }
        questions.retain(|question| question.shows == Shows::TooMuch);
        Self { questions }
    }

    /// What is refused on its own account by a place that is cleared for this.
    pub(super) fn without<'l>(&self, refused: Vec<&'l Atom>, to: &Clearance) -> Vec<&'l Atom> {
        if self.questions.is_empty() {
            return refused;
        }
        (refused.into_iter())
            .filter(|atom| !self.is_echo(atom, to))
            .collect()
    }

    fn is_echo(&self, atom: &Atom, to: &Clearance) -> bool {
        let stops = atom.trail.stops();
        (self.questions.iter())
            .filter(|question| stops.iter().any(|stop| question.is_at(&stop.spot)))
            .any(|question| question.refuses(&atom.mark) && question.leaves_nothing(&atom.mark, to))
    }
}

impl Question {
    fn is_at(&self, spot: &Spot) -> bool {
        self.home == spot.home && self.module == spot.module
    }

    fn refuses(&self, mark: &Mark) -> bool {
        self.cleared.iter().any(|cleared| !cleared.covers(mark))
    }

    /// Whether what those who are asked may see of it may go to a place that is cleared for `to`.
    fn leaves_nothing(&self, mark: &Mark, to: &Clearance) -> bool {
        self.cleared.iter().all(|cleared| match (cleared, mark) {
            (Clearance::Everything, _) => false,
            (Clearance::UpTo { level, .. }, Mark::Level(_)) => to.covers(&Mark::Level(*level)),
            (Clearance::UpTo { .. }, Mark::Category(_)) => !cleared.covers(mark),
        })
    }
}
