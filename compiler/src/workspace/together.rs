//! What holds of the plans of a project together: where data goes, what may steer, which policies are kept.
//!
//! Kept true here: what is said of a playbook is made anew where its plan, what others leave for it, a rule or
//! the text of a module is another.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_diagnostics::Diagnostic;
use sophia_plan::Plan;

use super::memory::Memory;
use super::one_file::{Found, Settings};
use super::outdated::Outdated;
use super::remembered::Remembered;
use super::ties::{Own, Ties};
use crate::facts::cost::{Circle, Runs};
use crate::facts::{Facts, Lowered, Place, Project, Round, Walked, Walking, complaints, walk_all};
use crate::foresight::{Foresight, foresee};
use crate::sources::{Source, Sources};
use crate::spread::spread;

/// What a plan says among the others, and what that rests on.
#[derive(Clone)]
pub(super) struct Seen {
    found: Arc<Found>,
    walks: Vec<Arc<Walked>>,
    /// What must not be, told by this playbook alone.
    complaints: Arc<Vec<Diagnostic>>,
    /// The modules' texts in which they stand.
    module_texts: u64,
    /// With the complaints that no playbook before has told.
    pub(super) facts: Arc<Facts>,
    /// `None` where its facts have an error.
    pub(super) foresight: Option<Arc<Foresight>>,
    /// The rules that it was judged by.
    rule_changes: u64,
}

impl Seen {
    /// What of it holds for what was found now.
    pub(super) fn of<'s>(file: &'s Remembered, found: &Arc<Found>) -> Option<&'s Self> {
        let known = file.seen.iter().chain(&file.recalled);
        let mut known = known.filter(|seen| Arc::ptr_eq(&seen.found, found));
        known.next()
    }

    /// Whether it was said of what was found.
    pub(super) fn is_of(&self, found: &Arc<Found>) -> bool {
        Arc::ptr_eq(&self.found, found)
    }

    /// What the playbook has to do with others.
    fn own<'w>(&'w self, runs: &'w Runs, plan: &'w Plan) -> Own<'w> {
        Own {
            plan,
            runs,
            walks: &self.walks,
        }
    }

    /// Whether what was said holds as it is: the same walks, nothing that may stand in a module's text, the same rules.
    fn holds(&self, walks: &[Arc<Walked>], circle: Option<&Circle>, rule_changes: u64) -> bool {
        self.walks.len() == walks.len()
            && (self.walks.iter().zip(walks)).all(|(before, now)| Arc::ptr_eq(before, now))
            && self.complaints.is_empty()
            && self.facts.diagnostics.is_empty()
            && self.facts.run.circle.as_ref() == circle
            && self.rule_changes == rule_changes
            && self.foresight.is_some()
    }
}

/// A playbook with a plan.
#[derive(Clone, Copy)]
struct Planned<'m> {
    place: usize,
    file: &'m Remembered,
    found: &'m Arc<Found>,
    plan: &'m Plan,
    runs: &'m Runs,
}

fn planned(place: usize, file: &Remembered) -> Option<Planned<'_>> {
    let found = file.found()?;
    let playbook = found.playbook.as_ref()?;
    let plan = playbook.plan.as_deref()?;
    Some(Planned {
        place,
        file,
        found,
        plan,
        runs: &playbook.runs,
    })
}

impl Memory {
    /// Says of all playbooks together what there is to say, and puts everything together.
    /// `texts` are the places of the files that were read anew.
    pub(super) fn look_at_all(&mut self, settings: Settings<'_>, texts: &BTreeSet<usize>) {
        let mut news: BTreeSet<usize> = self.again.iter().chain(texts).copied().collect();
        for (place, seen) in self.see(settings) {
            news.insert(place);
            let Some(file) = self.files.get_mut(place) else {
                continue;
            };
            let before = file.seen.replace(seen);
            for gone in before.into_iter().chain(file.recalled.take()) {
                self.outdated.seen(gone);
            }
        }
        let news = Some(news).filter(|_| self.placed.is_some());
        let rules = self.put_together_playbooks(news.as_ref());
        self.put_together_diagnostics(news.as_ref(), &rules);
        self.news = news;
    }

    /// Gives what is outdated, and finds out which playbooks have to do with each other.
    pub(super) fn tidy(&mut self) -> Outdated {
        if self.ties.is_none() {
            self.ties = self.all_ties();
        }
        std::mem::take(&mut self.outdated)
    }

    /// What the playbooks have to do with each other; nothing where that is not known of all of them.
    fn all_ties(&self) -> Option<Ties> {
        let under = (self.module_texts, self.rule_changes);
        let mut ties = Ties::new(self.files.len(), under);
        for planned in self.planned() {
            let seen = Seen::of(planned.file, planned.found)?;
            ties.add(planned.place, &seen.own(planned.runs, planned.plan));
        }
        Some(ties)
    }

    fn planned(&self) -> Vec<Planned<'_>> {
        let files = self.files.iter().enumerate();
        let planned = files.filter_map(|(place, file)| planned(place, file));
        planned.collect()
    }

    /// What is said anew, each with the place of its file.
    fn see(&mut self, settings: Settings<'_>) -> Vec<(usize, Seen)> {
        let ties = self.ties.take();
        if let Some((seen, ties)) = ties.and_then(|ties| self.see_apart(settings, ties)) {
            self.ties = Some(ties);
            return seen.into_iter().collect();
        }
        self.see_planned(settings, &self.planned())
    }

    /// What is said anew where one file alone was checked, and what it says has nothing to do with others, neither before
    /// nor now; otherwise nothing.
    fn see_apart(
        &self,
        settings: Settings<'_>,
        mut ties: Ties,
    ) -> Option<(Option<(usize, Seen)>, Ties)> {
        if ties.under != (self.module_texts, self.rule_changes) {
            return None;
        }
        let place = match *self.again.as_slice() {
            [] => return Some((None, ties)),
            [place] => place,
            _ => return None,
        };
        let file = self.files.get(place)?;
        if ties.counts(place) {
            let before = file.seen.as_ref()?;
            let playbook = before.found.playbook.as_ref()?;
            let own = before.own(&playbook.runs, playbook.plan.as_deref()?);
            ties.remove(place, &own);
            if !ties.is_apart(&own) || !before.complaints.is_empty() {
                return None;
            }
        }
        let Some(planned) = planned(place, file) else {
            return Some((None, ties));
        };
        if !planned.runs.is_empty() {
            return None;
        }
        let seen = self.see_planned(settings, &[planned]).pop();
        let now = match &seen {
            Some((_, now)) => now,
            // What was said before holds as it is.
            None => Seen::of(file, planned.found)?,
        };
        let own = now.own(planned.runs, planned.plan);
        if !ties.is_apart(&own) || !now.complaints.is_empty() {
            return None;
        }
        ties.add(place, &own);
        Some((seen, ties))
    }

    /// What is said anew of some playbooks, as if there were no others.
    fn see_planned(&self, settings: Settings<'_>, planned: &[Planned<'_>]) -> Vec<(usize, Seen)> {
        let sources = self.files.iter().map(|file| Source {
            path: &file.path,
            text: &file.text,
            file: &file.parsed.file,
        });
        let project = Project {
            manifest: settings.manifest,
            catalogue: settings.catalogue,
            sources: Sources::of(sources.collect()),
        };
        let walking: Vec<Walking<'_>> = (planned.iter())
            .map(|planned| Walking {
                lowered: Lowered {
                    plan: planned.plan,
                    shapes: &planned.found.shapes,
                },
                text: &planned.file.text,
                stage: self
                    .schedule
                    .stage_of
                    .get(planned.place)
                    .copied()
                    .unwrap_or_default(),
                runs: planned.runs,
                before: Seen::of(planned.file, planned.found)
                    .filter(|seen| self.leaves_what_stands(seen))
                    .map_or(&[], |seen| seen.walks.as_slice()),
                last: (planned.file.seen.as_ref()).and_then(|seen| seen.walks.last()),
            })
            .collect();
        let Round { walks, circles } = walk_all(&project, &walking);
        let mut told: BTreeSet<Place> = BTreeSet::new();
        let mut seen: Vec<(usize, Seen)> = Vec::with_capacity(planned.len());
        let mut open: Vec<(usize, &Planned<'_>)> = Vec::new();
        for (planned, (walks, circle)) in planned.iter().zip(walks.into_iter().zip(circles)) {
            let before = Seen::of(planned.file, planned.found);
            if let Some(known) = before
                && known.holds(&walks, circle.as_ref(), self.rule_changes)
            {
                // What is recalled is news once more.
                if !(planned.file.seen.as_ref()).is_some_and(|seen| seen.is_of(planned.found)) {
                    seen.push((planned.place, known.clone()));
                }
                continue;
            }
            let Some(now) = self.facts_of(&project, planned, walks, circle, &mut told) else {
                continue;
            };
            let is_sound = !now.facts.diagnostics.iter().any(Diagnostic::is_error);
            if is_sound && now.foresight.is_none() {
                open.push((seen.len(), planned));
            }
            seen.push((planned.place, now));
        }
        let made = spread(&open, |(at, planned)| {
            let (_, seen) = seen.get(*at)?;
            let (plan, text) = (planned.plan, &planned.file.text);
            let made = foresee(settings.catalogue, &self.rules, plan, &seen.facts, text);
            Some(Arc::new(made))
        });
        for ((at, _), made) in open.iter().zip(made) {
            if let Some((_, seen)) = seen.get_mut(*at) {
                seen.foresight = made;
            }
        }
        seen
    }

    /// Whether what a playbook leaves names places that still are where they were.
    fn leaves_what_stands(&self, seen: &Seen) -> bool {
        seen.module_texts == self.module_texts
            || !seen.walks.iter().any(|walk| walk.through_modules)
    }

    /// The facts of a playbook with what no playbook before has told, and its foresight where it still holds.
    fn facts_of(
        &self,
        project: &Project<'_>,
        planned: &Planned<'_>,
        walks: Vec<Arc<Walked>>,
        circle: Option<Circle>,
        told: &mut BTreeSet<Place>,
    ) -> Option<Seen> {
        let walked = walks.last()?.clone();
        let before = Seen::of(planned.file, planned.found)
            .filter(|seen| (seen.walks.last()).is_some_and(|last| Arc::ptr_eq(last, &walked)));
        let all = before
            .filter(|seen| seen.complaints.is_empty() || seen.module_texts == self.module_texts)
            .map_or_else(
                || Arc::new(complaints(project, planned.plan, &walked.facts.flows)),
                |seen| seen.complaints.clone(),
            );
        let own: Vec<Diagnostic> = (all.iter())
            .filter(|diagnostic| told.insert(Place::of(diagnostic)))
            .cloned()
            .collect();
        let before =
            before.filter(|seen| seen.facts.diagnostics == own && seen.facts.run.circle == circle);
        let facts = match before {
            Some(seen) => seen.facts.clone(),
            None if own.is_empty() && circle.is_none() => walked.facts.clone(),
            None => {
                let mut facts = (*walked.facts).clone();
                facts.diagnostics = own;
                facts.run.circle = circle;
                Arc::new(facts)
            }
        };
        let foresight = before
            .filter(|seen| seen.rule_changes == self.rule_changes)
            .and_then(|seen| seen.foresight.clone());
        Some(Seen {
            found: planned.found.clone(),
            walks,
            complaints: all,
            module_texts: self.module_texts,
            facts,
            foresight,
            rule_changes: self.rule_changes,
        })
    }
}
