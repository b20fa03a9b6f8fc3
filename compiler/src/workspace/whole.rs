//! The answer as a whole: every playbook, every policy and every complaint in the order of the files.
//!
//! Kept true here: as long as the files stand still, only what the check under way has found anew is put in its place;
//! all else stays as it was put together before.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, Related, Span, codes};
use sophia_language::syntax::{Header, Name};

use super::memory::Memory;
use super::remembered::Remembered;
use super::together::Seen;
use crate::declared::Declares;
use crate::policies::{Heard, standings};
use crate::snapshot::Playbook;
use crate::standard;

/// Where the files stand in what was put together.
#[derive(Default)]
pub(super) struct Placed {
    /// For each file the number of its playbook.
    playbooks: Vec<Option<usize>>,
    /// The files of which something is said.
    complaining: BTreeSet<usize>,
}

impl Memory {
    /// Writes down the playbooks of some files, or of all, and the standing of the policies, and gives what the policies
    /// complain of.
    pub(super) fn put_together_playbooks(
        &mut self,
        news: Option<&BTreeSet<usize>>,
    ) -> Vec<Diagnostic> {
        let mut playbooks = std::mem::take(&mut self.checked.playbooks);
        if let (Some(news), Some(placed)) = (news, &self.placed) {
            for place in news {
                let slot = placed.playbooks.get(*place).copied().flatten();
                let slot = slot.and_then(|at| playbooks.get_mut(at));
                if let (Some(slot), Some(file)) = (slot, self.files.get(*place))
                    && let Some(now) = playbook_of(file, Some(slot))
                {
                    *slot = now;
                }
            }
        } else {
            // They stood in the order of the files, as these do.
            let mut known = playbooks.into_iter().peekable();
            playbooks = Vec::new();
            let mut placed = Placed::default();
            for file in &self.files {
                let before = known.next_if(|known| known.file == file.path);
                let now = playbook_of(file, before.as_ref());
                placed.playbooks.push(now.as_ref().map(|_| playbooks.len()));
                playbooks.extend(now);
            }
            self.placed = Some(placed);
        }
        self.checked.playbooks = playbooks;
        if self.rules.is_empty() {
            self.checked.policies = Vec::new();
            return Vec::new();
        }
        let foresights = (self.files.iter()).filter_map(|file| {
            let found = file.found()?;
            found.playbook.as_ref()?;
            Seen::of(file, found)?.foresight.as_ref()
        });
        let heard: Vec<&[Heard]> = foresights.map(|known| known.heard.as_slice()).collect();
        let playbooks = self.checked.playbooks.len();
        let complete = heard.len() == playbooks && playbooks > 0;
        let (policies, broken) = standings(&self.rules, &heard, complete);
        self.checked.policies = policies;
        broken
    }

    /// Writes down every complaint in the order of the files and places.
    pub(super) fn put_together_diagnostics(
        &mut self,
        news: Option<&BTreeSet<usize>>,
        of_rules: &[Diagnostic],
    ) {
        let mut placed = self.placed.take().unwrap_or_default();
        if let Some(news) = news {
            placed.complaining.retain(|place| !news.contains(place));
            let complain = news.iter().filter(|place| self.complains(**place));
            placed.complaining.extend(complain);
        } else {
            let all = 0..self.files.len();
            placed.complaining = all.filter(|place| self.complains(*place)).collect();
        }
        let files = || (placed.complaining.iter()).filter_map(|place| self.files.get(*place));
        let mut all: Vec<&Diagnostic> = Vec::new();
        let second = self.second_names();
        let own = files().take_while(|file| !standard::is_standard(&file.path));
        let found = own.filter_map(Remembered::found);
        all.extend(found.flat_map(|found| &found.diagnostics));
        all.extend(&second);
        let seen = || files().filter_map(|file| Seen::of(file, file.found()?));
        all.extend(seen().flat_map(|seen| &seen.facts.diagnostics));
        all.extend(
            seen()
                .filter_map(|seen| seen.foresight.as_ref())
                .flat_map(|foresight| &foresight.diagnostics),
        );
        all.extend(of_rules);
        all.sort_by(|left, right| order(left).cmp(&order(right)));
        all.dedup();
        let diagnostics = all.into_iter().cloned().collect();
        if news.is_none_or(|news| !news.is_empty()) {
            let is_module =
                |file: &&Remembered| matches!(file.parsed.file.header, Header::Module(_));
            self.checked.modules = self.own().filter(is_module).count();
        }
        self.checked.diagnostics = diagnostics;
        self.placed = Some(placed);
    }

    /// Whether something is to be said of a file.
    fn complains(&self, place: usize) -> bool {
        let Some((file, found)) =
            (self.files.get(place)).and_then(|file| Some((file, file.found()?)))
        else {
            return false;
        };
        let foresees = |seen: &Seen| {
            let foresight = seen.foresight.as_ref();
            foresight.is_some_and(|foresight| !foresight.diagnostics.is_empty())
        };
        !found.diagnostics.is_empty()
            || Seen::of(file, found)
                .is_some_and(|seen| !seen.facts.diagnostics.is_empty() || foresees(seen))
    }

    /// Two files of one name could not be told apart.
    fn second_names(&self) -> Vec<Diagnostic> {
        let both = self.schedule.second.iter().filter_map(|(place, first)| {
            let (file, first) = (self.files.get(*place)?, self.files.get(*first)?);
            let (name, place) = (name_of(file)?, name_of(first)?.span);
            Some(second(file, name, first, place))
        });
        let own = self.own();
        both.chain(own.filter_map(taken)).collect()
    }

    /// The files of the project itself: what stands in the standard library is no mistake of the project.
    fn own(&self) -> impl Iterator<Item = &Remembered> {
        (self.files.iter()).take_while(|file| !standard::is_standard(&file.path))
    }
}

/// The playbook of a file as it is told to others. What stood there before keeps its tests while its plan is the same.
fn playbook_of(file: &Remembered, before: Option<&Playbook>) -> Option<Playbook> {
    let found = file.found()?;
    let playbook = found.playbook.as_ref()?;
    let seen = Seen::of(file, found);
    let foresight = seen.and_then(|seen| seen.foresight.as_ref());
    let plan = playbook.plan.as_ref().filter(|_| foresight.is_some());
    let same = |known: &&Playbook| {
        known.plan.is_some() && known.plan.as_ref().map(Arc::as_ptr) == plan.map(Arc::as_ptr)
    };
    let tests = match before.filter(same) {
        Some(before) => before.tests.clone(),
        None if plan.is_some() => playbook.tests.clone(),
        None => Vec::new(),
    };
    Some(Playbook {
        name: playbook.name.clone(),
        file: file.path.clone(),
        plan: plan.cloned(),
        outlook: foresight.map(|foresight| foresight.outlook.clone()),
        tests,
        facts: seen.map(|seen| seen.facts.clone()),
    })
}

/// A module of the project's own cannot take the name of a standard one: who reads `use` would not know which is meant.
fn taken(file: &Remembered) -> Option<Diagnostic> {
    if !file.is_module() {
        return None;
    }
    let Header::Module(name) = &file.parsed.file.header else {
        return None;
    };
    if !standard::names().any(|known| known == name.text) {
        return None;
    }
    let last = name.text.rsplit('.').next().unwrap_or(&name.text);
    let diagnostic = Diagnostic::new(
        codes::S241,
        file.path.clone(),
        name.span,
        format!("`{}` is a module of the standard library.", name.text),
    );
    Some(diagnostic.with_label("taken already").with_help(format!(
        "name it after the company, for example `company.{last}`; both can be used side by side in different files"
    )))
}

fn name_of(file: &Remembered) -> Option<&Name> {
    match &file.parsed.file.header {
        Header::Playbook(name) | Header::Module(name) => Some(name),
        Header::Missing(_) => None,
    }
}

fn second(file: &Remembered, name: &Name, first: &Remembered, place: Span) -> Diagnostic {
    let what = match file.outline.declares {
        Declares::Module => "modules",
        Declares::Playbook | Declares::Nothing => "playbooks",
    };
    let mut diagnostic = Diagnostic::new(
        codes::S211,
        file.path.clone(),
        name.span,
        format!("Two {what} are named `{}`.", name.text),
    )
    .with_help("give one of them another name");
    diagnostic.related.push(Related {
        file: first.path.clone(),
        span: place,
        message: "the first".to_owned(),
    });
    diagnostic
}

/// What diagnostics are sorted by.
pub(super) fn order(diagnostic: &Diagnostic) -> (&str, Span, &str, &str) {
    (
        &diagnostic.file,
        diagnostic.span,
        diagnostic.code.as_str(),
        &diagnostic.message,
    )
}
