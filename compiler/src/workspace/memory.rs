//! What is kept between two checks of a project, and the check itself.
//!
//! Kept true here: a file is checked after those on which it rests; files that rest on each other are checked
//! twice, the first time only for what they tell each other. What is not looked at again would come out the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::one_file::{Asking, Found, Gave, Leftover, Settings, check_file, keep};
use super::others::Around;
use super::outdated::Outdated;
use super::recent::{Moment, Recent};
use super::remembered::{Finding, Held, Remembered};
use super::ties::Ties;
use super::whole::Placed;
use crate::catalogue::Catalogue;
use crate::declared::{Declares, Schedule};
use crate::policies::Rule;
use crate::snapshot::{Checked, Snapshot, SourceFile};
use crate::spread::spread;
use crate::standard;

/// What was found so far.
#[derive(Default)]
pub(super) struct Memory {
    /// In the order of the snapshot; behind them the modules of the standard library that they use.
    pub(super) files: Vec<Remembered>,
    pub(super) schedule: Schedule,
    /// The files of which an editor wants to know what was found by its place.
    pub(super) noted: BTreeSet<Arc<str>>,
    /// How often the text of a module changed: complaints may stand in modules.
    pub(super) module_texts: u64,
    /// The rules that bind every playbook, in the order of their files.
    pub(super) rules: Vec<Arc<Rule>>,
    /// How often they changed.
    pub(super) rule_changes: u64,
    pub(super) checked: Checked,
    pub(super) outdated: Outdated,
    /// What open files said before.
    pub(super) recent: Recent,
    /// Where in what was put together each file stands, as long as they stand still.
    pub(super) placed: Option<Placed>,
    /// The places of the files of which the last check may have found something else; nothing where that is any.
    pub(super) news: Option<BTreeSet<usize>>,
    /// What the playbooks have to do with each other, where it is known.
    pub(super) ties: Option<Ties>,
    /// The places of the files of which the check under way has found something anew.
    pub(super) again: Vec<usize>,
    /// The groups that were looked at before the whole was.
    pub(super) early: BTreeSet<usize>,
    /// The lock with what the manifest says of its columns.
    settled: Option<Arc<Catalogue>>,
}

/// What reading the files showed.
#[derive(Default)]
pub(super) struct Changes {
    /// The places of the files with a new text.
    texts: BTreeSet<usize>,
    /// Whether any file says something else of itself, or stands elsewhere.
    outlines: bool,
}

/// What the check of one file in its group gave.
struct Again {
    place: usize,
    draft: Option<Finding>,
    finding: Finding,
    leftover: Option<Leftover>,
}

impl Memory {
    /// Checks a project. The manifest and the lock are those of the last time, unless what was found was
    /// [forgotten](Self::forget_findings) since.
    pub(super) fn check(&mut self, snapshot: &Snapshot) -> &Checked {
        self.outdated.clear();
        self.again.clear();
        let settled = self.settled(snapshot);
        let settings = Self::settings(snapshot, settled.as_ref());
        let changes = self.take(snapshot);
        self.check_files(settings, &changes, None);
        if self.placed.is_none() || self.are_modules_among(&self.again) {
            self.collect_rules();
        }
        self.look_at_all(settings, &changes.texts);
        &self.checked
    }

    pub(super) fn settings<'s>(
        snapshot: &'s Snapshot,
        settled: Option<&'s Arc<Catalogue>>,
    ) -> Settings<'s> {
        Settings {
            manifest: &snapshot.manifest,
            catalogue: settled.map_or(&snapshot.catalogue, |settled| &**settled),
        }
    }

    /// Reads what is new, and says in which order files are checked.
    pub(super) fn take(&mut self, snapshot: &Snapshot) -> Changes {
        let changes = self.read(&snapshot.files);
        if changes.outlines {
            self.ties = None;
            self.placed = None;
            let outlines: Vec<_> = self.files.iter().map(|file| &file.outline).collect();
            self.schedule = Schedule::of(&outlines);
        }
        changes
    }

    pub(super) fn into_checked(self) -> Checked {
        self.checked
    }

    /// The lock with what the manifest says of its columns, where it says anything.
    pub(super) fn settled(&mut self, snapshot: &Snapshot) -> Option<Arc<Catalogue>> {
        let required = &snapshot.manifest.required;
        if required.is_empty() {
            return None;
        }
        let settled = self.settled.get_or_insert_with(|| {
            let mut catalogue = snapshot.catalogue.clone();
            catalogue.require(required);
            Arc::new(catalogue)
        });
        Some(settled.clone())
    }

    /// Keeps the trees of the files alone.
    pub(super) fn forget_findings(&mut self) {
        self.settled = None;
        self.ties = None;
        self.placed = None;
        self.recent = Recent::default();
        for file in &mut self.files {
            file.forget_findings();
        }
    }

    /// Says of which files an editor wants to know what was found by its place.
    pub(super) fn note(&mut self, paths: impl IntoIterator<Item = Arc<str>>) {
        let paths = paths.into_iter().collect();
        if self.noted != paths {
            self.recent.keep_of(&paths);
            self.noted = paths;
        }
    }

    /// Reads every file whose text is new.
    fn read(&mut self, sources: &[SourceFile]) -> Changes {
        let mut changes = Changes::default();
        let own = (self.files.iter()).rposition(|file| !standard::is_standard(&file.path));
        let standard = self.files.split_off(own.map_or(0, |last| last + 1));
        let is_same = |(file, source): (&Remembered, &SourceFile)| {
            Arc::ptr_eq(&file.path, &source.path) || file.path == source.path
        };
        let stand_still =
            self.files.len() == sources.len() && self.files.iter().zip(sources).all(is_same);
        if !stand_still {
            changes.outlines = true;
            changes.texts = self.take_new_places(sources);
        }
        let is_new = |file: &Remembered, source: &SourceFile| {
            !Arc::ptr_eq(&file.text, &source.text) && file.text != source.text
        };
        let new: Vec<(usize, (&Remembered, &SourceFile))> = (self.files.iter().zip(sources))
            .enumerate()
            .filter(|(_, (file, source))| is_new(file, source))
            .collect();
        let recent = &self.recent;
        let read = spread(&new, |(_, (before, source))| {
            match recent.find(&source.path, &source.text) {
                Some(known) => Remembered::of(source, known.parsed.clone()),
                None => Remembered::read_after(source, before),
            }
        });
        let places: Vec<usize> = new.into_iter().map(|(place, _)| place).collect();
        for (place, file) in places.into_iter().zip(read) {
            let Some(slot) = self.files.get_mut(place) else {
                continue;
            };
            changes.texts.insert(place);
            let known = std::mem::replace(slot, file);
            changes.outlines |= known.outline != slot.outline;
            if slot.is_module() || known.is_module() {
                self.module_texts += 1;
            }
            self.outdated.tree(slot.after(known));
        }
        if !changes.outlines {
            // Which of them are used follows from what the files say of themselves.
            self.files.extend(standard);
            return changes;
        }
        let used = self.used(standard);
        self.files.extend(used);
        changes
    }

    /// The modules of the standard library that some file uses, and those that these use. A module of the project's
    /// own stands in front of the standard one of its name.
    fn used(&self, known: Vec<Remembered>) -> Vec<Remembered> {
        let mut known: BTreeMap<Arc<str>, Remembered> = (known.into_iter())
            .map(|file| (file.path.clone(), file))
            .collect();
        let is_own = |name: &str| {
            let mut outlines = self.files.iter().map(|file| &file.outline);
            outlines.any(|own| own.declares == Declares::Module && own.name == name)
        };
        let all = self.files.iter().flat_map(|file| &file.outline.uses);
        let mut wanted: Vec<String> = all.filter(|name| is_standard_name(name)).cloned().collect();
        let mut used: BTreeMap<String, Remembered> = BTreeMap::new();
        while let Some(name) = wanted.pop() {
            if used.contains_key(&name) || is_own(&name) {
                continue;
            }
            let Some(source) = standard::source(&name) else {
                continue;
            };
            let file = known
                .remove(&source.path)
                .unwrap_or_else(|| Remembered::read(&source));
            wanted.extend(file.outline.uses.iter().cloned());
            used.insert(name, file);
        }
        used.into_values().collect()
    }

    /// Puts what is remembered of each file where its source stands now, and reads those that are not known. Gives
    /// their places.
    fn take_new_places(&mut self, sources: &[SourceFile]) -> BTreeSet<usize> {
        let mut known: BTreeMap<Arc<str>, Remembered> = (self.files.drain(..))
            .map(|file| (file.path.clone(), file))
            .collect();
        let unknown = |(_, source): &(usize, &SourceFile)| !known.contains_key(&source.path);
        let new: Vec<(usize, &SourceFile)> = sources.iter().enumerate().filter(unknown).collect();
        let mut read = spread(&new, |(_, source)| Remembered::read(source)).into_iter();
        let files = sources
            .iter()
            .filter_map(|source| match known.remove(&source.path) {
                Some(file) => Some(file),
                None => read.next(),
            });
        self.files = files.collect();
        // Which module is the first of its name may be another now.
        self.module_texts += 1;
        new.into_iter().map(|(place, _)| place).collect()
    }

    /// Checks every file of which something else may be found than before, or those of some groups alone.
    pub(super) fn check_files(
        &mut self,
        settings: Settings<'_>,
        changes: &Changes,
        only: Option<&BTreeSet<usize>>,
    ) {
        let early = std::mem::take(&mut self.early);
        // Groups of which something that they rest on, however far away, shows something else.
        let mut stirred: BTreeSet<usize> = BTreeSet::new();
        let stages = std::mem::take(&mut self.schedule.stages);
        for groups in &stages {
            let mut looked: Vec<usize> = Vec::new();
            for group in groups {
                if only.is_some_and(|only| !only.contains(group)) {
                    continue;
                }
                let rests_on = self.schedule.rests_on.get(*group).into_iter().flatten();
                let is_stirred = rests_on.into_iter().any(|other| stirred.contains(other));
                if is_stirred {
                    stirred.insert(*group);
                }
                let mut places = self.schedule.groups.get(*group).into_iter().flatten();
                let is_open = |place: &usize| {
                    changes.texts.contains(place)
                        || (self.files.get(*place))
                            .is_some_and(|file| file.finding.is_none() || self.lacks_notes(file))
                };
                let is_early = early.contains(group);
                if is_stirred || is_early || changes.outlines || places.any(is_open) {
                    looked.push(*group);
                }
            }
            let this = &*self;
            let again = spread(&looked, |group| this.check_group(settings, *group));
            for (group, again) in looked.into_iter().zip(again) {
                for again in again {
                    if self.take_over(again) {
                        stirred.insert(group);
                    }
                }
            }
        }
        self.schedule.stages = stages;
    }

    /// Remembers what a check found. Says whether others who asked the file must look again.
    fn take_over(&mut self, again: Again) -> bool {
        let Some(file) = self.files.get_mut(again.place) else {
            return false;
        };
        self.again.push(again.place);
        if let Some(leftover) = again.leftover {
            self.outdated.leftover(leftover);
        }
        let recalled = self.recent.seen(&again.finding.found).cloned();
        let before = file.finding.replace(again.finding);
        file.draft = again.draft;
        file.recalled = recalled;
        let shown = file.found().map(|found| &found.shown);
        let is_news = match (shown, &before) {
            (Some(shown), Some(before)) => !shown.is_same(&before.found.shown),
            _ => true,
        };
        if let Some(before) = before {
            let is_open = self.noted.contains(&file.path);
            let seen = file.seen.as_ref();
            let moment = Moment {
                seen: seen.filter(|seen| seen.is_of(&before.found)).cloned(),
                finding: before,
            };
            let gone = if is_open {
                self.recent.keep(&file.path, moment)
            } else {
                Some(moment)
            };
            if let Some(gone) = gone {
                self.outdated.moment(gone);
            }
        }
        is_news
    }

    /// Checks the files of a group, as far as they must be checked.
    fn check_group(&self, settings: Settings<'_>, group: usize) -> Vec<Again> {
        let Some(places) = self.schedule.groups.get(group) else {
            return Vec::new();
        };
        let mut around = Around::of(&self.files, &self.schedule, group);
        if let [place] = places.as_slice() {
            let file = self.files.get(*place);
            let holds = |file: &Remembered| {
                let finding = file.finding.as_ref();
                finding.is_some_and(|finding| finding.holds(&file.text, &around))
                    && !self.lacks_notes(file)
            };
            let Some(file) = file.filter(|file| !holds(file)) else {
                return Vec::new();
            };
            let wanted =
                |known: &Finding| known.found.places.is_some() || !self.noted.contains(&file.path);
            let known = self.recent.holding(&file.path, &file.text, &around);
            let (finding, leftover) = if let Some(known) = known.filter(wanted) {
                (known, None)
            } else {
                let before = file.finding.as_ref();
                let (finding, leftover) = self.find(settings, file, before, &around, true);
                (finding, Some(leftover))
            };
            return vec![Again {
                place: *place,
                draft: None,
                finding,
                leftover,
            }];
        }
        let mut pass = |complete: bool| -> Vec<Finding> {
            let files = places.iter().filter_map(|place| {
                let file = self.files.get(*place)?;
                let known = if complete { &file.finding } else { &file.draft };
                let known = known.as_ref();
                let holds = |known: &&Finding| {
                    known.holds(&file.text, &around) && !(complete && self.lacks_notes(file))
                };
                let finding = match known.filter(holds) {
                    Some(known) => known.clone(),
                    None => self.find(settings, file, known, &around, complete).0,
                };
                around.tell(*place, &finding.found);
                Some(finding)
            });
            files.collect()
        };
        let drafts = pass(false);
        let findings = pass(true);
        (places.iter().zip(drafts.into_iter().zip(findings)))
            .map(|(place, (draft, finding))| Again {
                place: *place,
                draft: Some(draft),
                finding,
                leftover: None,
            })
            .collect()
    }

    /// Whether an editor wants to know what nobody noted when the file was checked.
    fn lacks_notes(&self, file: &Remembered) -> bool {
        self.noted.contains(&file.path) && file.found().is_some_and(|found| found.places.is_none())
    }

    /// Checks a file, and gives what is left over as well. What it shows in the same words as before keeps its identity.
    fn find(
        &self,
        settings: Settings<'_>,
        file: &Remembered,
        before: Option<&Finding>,
        around: &Around<'_>,
        complete: bool,
    ) -> (Finding, Leftover) {
        let noted = complete && self.noted.contains(&file.path);
        let held = before.and_then(|before| before.held.as_ref());
        let Gave {
            mut found,
            asked,
            body,
            leftover,
        } = check_file(&Asking {
            settings,
            path: &file.path,
            text: &file.text,
            parsed: &file.parsed,
            others: around,
            complete,
            judged: before.map(|before| &before.found.judged),
            body: held
                .filter(|held| held.is_answered(around))
                .map(|held| &held.body),
            changes: before.is_some() || noted,
            noted,
        });
        if let Some(before) = before {
            let Found { shown, rules, .. } = &mut found;
            shown.keep(&before.found.shown);
            for (now, before) in rules.iter_mut().zip(&before.found.rules) {
                keep(now, before);
            }
        }
        let asked: Arc<[_]> = asked.into();
        let held = match body {
            Some(body) => Some(Arc::new(Held {
                asked: asked.clone(),
                body,
            })),
            // Of a file with a mistake, what it was before the mistake came.
            None => held.cloned(),
        };
        let finding = Finding {
            text: file.text.clone(),
            parsed: file.parsed.clone(),
            asked,
            found: Arc::new(found),
            held,
        };
        (finding, leftover)
    }

    /// Whether rules may stand in one of some files.
    fn are_modules_among(&self, places: &[usize]) -> bool {
        let mut files = places.iter().filter_map(|place| self.files.get(*place));
        files.any(Remembered::is_module)
    }

    /// Collects the rules that bind every playbook.
    fn collect_rules(&mut self) {
        let found = self.files.iter().filter_map(Remembered::found);
        let rules: Vec<Arc<Rule>> = found
            .flat_map(|found| found.rules.iter().cloned())
            .collect();
        let same = rules.len() == self.rules.len()
            && (rules.iter().zip(&self.rules)).all(|(now, before)| Arc::ptr_eq(now, before));
        if !same {
            self.rules = rules;
            self.rule_changes += 1;
        }
    }
}

fn is_standard_name(name: &str) -> bool {
    standard::names().any(|known| known == name)
}
