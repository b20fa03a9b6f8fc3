//! Going round the playbooks until what they leave for each other rests.
//!
//! Kept true here: a walk is a function of its plan and of what it was told, so one that was made before, and was
//! told the same, is not made again. Who is walked when follows from the stages alone, never from what is remembered.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use sophia_diagnostics::Related;

use super::cost::{Circle, Envelope, Envelopes, Running, Runs, in_order};
use super::pass::{Walked, walk};
use super::world::{Between, Commons};
use super::{Lowered, Project};
use crate::sources::{Home, Spot};
use crate::spread::spread;

/// A playbook that is walked.
#[derive(Clone, Copy)]
pub(crate) struct Walking<'a> {
    pub(crate) lowered: Lowered<'a>,
    /// The text that it came from.
    pub(crate) text: &'a str,
    /// The playbooks that it runs.
    pub(crate) runs: &'a Runs,
    /// Those of an earlier stage are walked first; in one stage, those first that others run.
    pub(crate) stage: usize,
    /// Walks through the same plan that were made before.
    pub(crate) before: &'a [Arc<Walked>],
    /// The walk through it that counted last, under any plan. What its queries gave holds where they say the same; what it
    /// was found to do keeps its identity while it says the same, where others run it.
    pub(crate) last: Option<&'a Arc<Walked>>,
}

/// What going round gave, for each playbook in the order given.
pub(crate) struct Round {
    /// The walks of its rounds, the one that counts last.
    pub(crate) walks: Vec<Vec<Arc<Walked>>>,
    /// The way round from it to itself, told at the first playbook on it.
    pub(crate) circles: Vec<Option<Circle>>,
}

/// The stage of a file, and within it that of a playbook among those that it runs.
type Stage = (usize, usize);

/// Walks through every playbook.
pub(crate) fn walk_all(project: &Project<'_>, playbooks: &[Walking<'_>]) -> Round {
    let (stages, circles) = stages(project, playbooks);
    let mut rounds = Rounds {
        project,
        playbooks,
        commons: Commons::default(),
        envelopes: HashMap::new(),
        run: playbooks
            .iter()
            .flat_map(|playbook| playbook.runs.keys())
            .collect(),
        walks: vec![Vec::new(); playbooks.len()],
        stages,
    };
    let mut in_stages: BTreeMap<Stage, Vec<usize>> = BTreeMap::new();
    for (place, stage) in rounds.stages.iter().enumerate() {
        in_stages.entry(*stage).or_default().push(place);
    }
    let mut news = BTreeSet::new();
    for places in in_stages.values() {
        news.append(&mut rounds.walk(places));
    }
    // What playbooks leave for each other only grows, and there is a most of it, so it comes to rest.
    while !news.is_empty() {
        let places = rounds.told_otherwise(&news);
        news = rounds.walk(&places);
    }
    Round {
        walks: rounds.walks,
        circles,
    }
}

/// When each playbook is walked for the first time, and the circles among those that run each other.
fn stages(project: &Project<'_>, playbooks: &[Walking<'_>]) -> (Vec<Stage>, Vec<Option<Circle>>) {
    let mut circles: Vec<Option<Circle>> = vec![None; playbooks.len()];
    let mut stages: Vec<Stage> = playbooks
        .iter()
        .map(|playbook| (playbook.stage, 0))
        .collect();
    if playbooks.iter().all(|playbook| playbook.runs.is_empty()) {
        return (stages, circles);
    }
    let running: Vec<Running<'_>> = (playbooks.iter())
        .map(|playbook| Running {
            playbook: &playbook.lowered.plan.playbook,
            runs: playbook.runs,
        })
        .collect();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for mut group in in_order(&running) {
        let members = || group.places.iter().filter_map(|place| running.get(*place));
        let callees = members().flat_map(|member| member.runs.keys());
        let before = callees.filter_map(|playbook| known.get(&**playbook));
        let stage = before.max().map_or(0, |last| last + 1);
        known.extend(members().map(|member| (&**member.playbook, stage)));
        for place in &group.places {
            if let Some((_, within)) = stages.get_mut(*place) {
                *within = stage;
            }
        }
        if let Some(circle) = group
            .places
            .first()
            .and_then(|place| circles.get_mut(*place))
        {
            *circle = group.circle.take();
            if let Some(circle) = circle {
                circle.further = further(project, playbooks, circle);
            }
        }
    }
    (stages, circles)
}

/// Where each playbook of a circle but the first runs the next.
fn further(project: &Project<'_>, playbooks: &[Walking<'_>], circle: &Circle) -> Vec<Related> {
    let next = circle
        .playbooks
        .iter()
        .skip(2)
        .chain(circle.playbooks.first());
    let ways = (circle.playbooks.iter().zip(&circle.origins))
        .skip(1)
        .zip(next);
    ways.filter_map(|((name, origin), next)| {
        let plan = |playbook: &&Walking<'_>| playbook.lowered.plan.playbook == *name;
        let plan = playbooks.iter().find(plan)?.lowered.plan;
        let spot = Spot {
            home: Home::Step(*origin),
            ..Spot::default()
        };
        let (file, span) = project.sources.find(&plan.file, &spot)?;
        Some(Related {
            file,
            span,
            message: format!("`{name}` runs `{next}`"),
        })
    })
    .collect()
}

struct Rounds<'r> {
    project: &'r Project<'r>,
    playbooks: &'r [Walking<'r>],
    commons: Commons,
    /// What the playbooks do that were walked and that others run, and in which stage.
    envelopes: HashMap<Arc<str>, (Stage, Arc<Envelope>)>,
    /// The playbooks that others run.
    run: BTreeSet<&'r Arc<str>>,
    walks: Vec<Vec<Arc<Walked>>>,
    stages: Vec<Stage>,
}

impl Rounds<'_> {
    /// Walks through some playbooks, and gives what is new between them all.
    fn walk(&mut self, places: &[usize]) -> BTreeSet<Between> {
        let mut open: Vec<(usize, Envelopes)> = Vec::new();
        let mut walked: Vec<(usize, Option<Arc<Walked>>)> = Vec::with_capacity(places.len());
        for place in places {
            let Some(playbook) = self.playbooks.get(*place) else {
                continue;
            };
            let given = self.given(*place, playbook);
            let known = self.remembered(playbook, &given);
            if known.is_none() {
                open.push((*place, given));
            }
            walked.push((*place, known));
        }
        let this = &*self;
        let made = spread(&open, |(place, given)| this.made(*place, given));
        let mut made = made.into_iter();
        let mut news = BTreeSet::new();
        for (place, known) in walked {
            let Some(walked) = known.or_else(|| made.next().flatten()) else {
                continue;
            };
            for (between, known) in &walked.left {
                if self.commons.add(between, known) {
                    news.insert(between.clone());
                }
            }
            if let (Some(playbook), Some(stage)) =
                (self.playbooks.get(place), self.stages.get(place))
                && self.run.contains(&playbook.lowered.plan.playbook)
            {
                let name = playbook.lowered.plan.playbook.clone();
                (self.envelopes).insert(name, (*stage, walked.envelope.clone()));
            }
            if let Some(walks) = self.walks.get_mut(place) {
                walks.push(walked);
            }
        }
        news
    }

    /// Walks through one playbook.
    fn made(&self, place: usize, given: &Envelopes) -> Option<Arc<Walked>> {
        let playbook = self.playbooks.get(place)?;
        let mut walked = walk(self.project, playbook, given, &self.commons);
        let last = self.walks.get(place).and_then(|walks| walks.last());
        let before = last.or(playbook.last).map(|last| &last.envelope);
        let is_run = self.run.contains(&playbook.lowered.plan.playbook);
        // It holds numbers that are equal and written otherwise, so it is compared as it is written.
        if let Some(before) = before.filter(|_| is_run)
            && format!("{before:?}") == format!("{:?}", walked.envelope)
        {
            walked.envelope = before.clone();
        }
        Some(Arc::new(walked))
    }

    /// What a playbook is told of those that it runs: of those walked in an earlier stage.
    fn given(&self, place: usize, playbook: &Walking<'_>) -> Envelopes {
        let own = self.stages.get(place).copied().unwrap_or_default();
        let known = playbook.runs.keys().filter_map(|name| {
            let (stage, envelope) = self.envelopes.get(name)?;
            (*stage < own).then(|| (name.clone(), envelope.clone()))
        });
        known.collect()
    }

    /// A walk that was told what would be told now.
    fn remembered(&self, playbook: &Walking<'_>, given: &Envelopes) -> Option<Arc<Walked>> {
        let holds = |walked: &&Arc<Walked>| {
            walked.given.len() == given.len()
                && (walked.given.iter().zip(given))
                    .all(|(then, now)| then.0 == now.0 && Arc::ptr_eq(then.1, now.1))
                && (walked.asked.iter())
                    .all(|(between, told)| self.commons.tells(between, told.as_ref()))
        };
        playbook.before.iter().find(holds).cloned()
    }

    /// The playbooks that asked for something that is new, and were told otherwise.
    fn told_otherwise(&self, news: &BTreeSet<Between>) -> Vec<usize> {
        let asks_anew = |walks: &[Arc<Walked>]| {
            walks.last().is_some_and(|last| {
                (last.asked.iter()).any(|(between, told)| {
                    news.contains(between) && !self.commons.tells(between, told.as_ref())
                })
            })
        };
        (self.walks.iter().enumerate())
            .filter(|(_, walks)| asks_anew(walks))
            .map(|(place, _)| place)
            .collect()
    }
}
