//! A check of one file.
//!
//! Kept true here: it reads the file, the manifest and the lock; what it learns of other files it asks, and
//! what it asked is kept with what it found.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_diagnostics::Diagnostic;
use sophia_language::Parsed;
use sophia_language::syntax::Header;
use sophia_plan::Plan;
use sophia_plan::test::Test;

use crate::broken::Broken;
use crate::catalogue::Catalogue;
use crate::checker::Checker;
use crate::declared::{
    Answer, EventFacts, ModuleFacts, Need, Neighbours, Others, Question, Signature,
};
use crate::facts::Shapes;
use crate::facts::cost::{Runs, runs};
use crate::found::Places;
use crate::judged::Judged;
use crate::lower::{Body, Recorded, Touched};
use crate::policies::Rule;
use crate::project::Manifest;

/// What every file of a project is checked against.
#[derive(Clone, Copy)]
pub(super) struct Settings<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) catalogue: &'a Catalogue,
}

/// A file that is checked.
pub(super) struct Asking<'a> {
    pub(super) settings: Settings<'a>,
    pub(super) path: &'a Arc<str>,
    pub(super) text: &'a Arc<str>,
    pub(super) parsed: &'a Parsed,
    pub(super) others: &'a dyn Others,
    /// Whether everything that the file rests on is known.
    pub(super) complete: bool,
    /// The SQL that was judged in it before.
    pub(super) judged: Option<&'a Judged>,
    /// What the statements of its run gave before, where the other files answer as they did then.
    pub(super) body: Option<&'a Body>,
    /// Whether it is likely to be checked again soon.
    pub(super) changes: bool,
    /// Whether an editor wants to know what was found by its place.
    pub(super) noted: bool,
}

/// What the check of a file found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) playbook: Option<FoundPlaybook>,
    /// The rules of its policies that bind every playbook.
    pub(super) rules: Vec<Arc<Rule>>,
    /// What its SQL, and that of the modules that it leads to, is made of.
    pub(super) shapes: Shapes,
    /// Its SQL, judged.
    pub(super) judged: Judged,
    pub(super) shown: Shown,
    /// What it records into tables and columns that the lock does not know.
    pub(super) recorded: Vec<Recorded>,
    /// What was found by its place, where an editor wants to know.
    pub(super) places: Option<Arc<Places>>,
}

/// A playbook, where the file holds one.
#[derive(Debug)]
pub(super) struct FoundPlaybook {
    pub(super) name: Arc<str>,
    /// `None` where the file has errors.
    pub(super) plan: Option<Arc<Plan>>,
    /// The playbooks that it runs.
    pub(super) runs: Runs,
    /// Empty where the file has errors.
    pub(super) tests: Vec<Test>,
}

/// What a file shows to others: nothing else of it matters to them.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    pub(super) declared: Declared,
    pub(super) events: BTreeMap<String, Arc<EventFacts>>,
}

/// What others may ask of a file by its name.
#[derive(Clone, Debug, Default)]
pub(super) enum Declared {
    #[default]
    Nothing,
    Module(Arc<ModuleFacts>),
    Playbook(Arc<Signature>),
}

impl Shown {
    /// Takes over whatever `before` says in the same words, so that who asked for it need not look again.
    /// Types and plans are compared as they are written: `1.0` and `1.00` are equal, and are shown apart.
    pub(super) fn keep(&mut self, before: &Self) {
        match (&mut self.declared, &before.declared) {
            (Declared::Module(now), Declared::Module(before)) => keep(now, before),
            (Declared::Playbook(now), Declared::Playbook(before)) => keep(now, before),
            _ => {}
        }
        for (event, now) in &mut self.events {
            if let Some(before) = before.events.get(event) {
                keep(now, before);
            }
        }
    }

    /// Whether nobody who asked this file needs to look again.
    pub(super) fn is_same(&self, before: &Self) -> bool {
        let declared = match (&self.declared, &before.declared) {
            (Declared::Nothing, Declared::Nothing) => true,
            (Declared::Module(now), Declared::Module(before)) => Arc::ptr_eq(now, before),
            (Declared::Playbook(now), Declared::Playbook(before)) => Arc::ptr_eq(now, before),
            _ => false,
        };
        declared
            && self.events.len() == before.events.len()
            && (self.events.iter().zip(&before.events))
                .all(|(now, before)| now.0 == before.0 && Arc::ptr_eq(now.1, before.1))
    }
}

/// Keeps the value that was there where the new one is written in the same words.
pub(super) fn keep<T: std::fmt::Debug>(now: &mut Arc<T>, before: &Arc<T>) {
    if format!("{now:?}") == format!("{before:?}") {
        *now = before.clone();
    }
}

/// What the check of a file gave.
pub(super) struct Gave {
    pub(super) found: Found,
    /// What it asked other files.
    pub(super) asked: Vec<(Question, Answer)>,
    /// What the statements of its run gave, where there is no mistake in it.
    pub(super) body: Option<Body>,
    pub(super) leftover: Leftover,
}

/// What a check made and nobody asks for any more. To let it go takes time.
pub(super) type Leftover = Box<dyn Send + Sync>;

/// Checks a file.
pub(super) fn check_file(asking: &Asking<'_>) -> Gave {
    let (path, parsed) = (asking.path, asking.parsed);
    let mut checker = Checker::new(
        asking.settings.manifest,
        asking.settings.catalogue,
        Neighbours::of(asking.others),
        path.clone(),
        asking.text,
    );
    checker.broken = Broken::of(parsed, &checker.lines);
    checker.neighbours_known = asking.complete;
    checker.judged_before = asking.judged;
    checker.diagnostics.clone_from(&parsed.diagnostics);
    if parsed.diagnostics.is_empty() {
        checker.bodies.before = asking.body;
        checker.bodies.keeping = asking.changes.then(|| asking.text.clone());
    }
    if asking.noted {
        checker.notes.begin();
    }
    let mut playbook = None;
    let mut without_plan = None;
    let mut rules = Vec::new();
    let mut declared = Declared::Nothing;
    match &parsed.file.header {
        Header::Playbook(name) if !name.text.is_empty() => {
            checker.collect_names(&parsed.file);
            checker.count_triggers(&parsed.file);
            let (plan, expectations) = checker.playbook(&name.text, &parsed.file);
            let tests = checker.tests(&parsed.file, &plan, &expectations);
            checker.note_tried(&parsed.file, &expectations);
            if !checker.has_errors() {
                checker.report_unused_grants(&parsed.file);
            }
            declared = Declared::Playbook(Arc::new(signature(&plan, &checker)));
            let (name, runs) = (Arc::from(name.text.as_str()), runs(&plan));
            let (plan, tests) = if checker.has_errors() {
                without_plan = Some((plan, tests));
                (None, Vec::new())
            } else {
                (Some(Arc::new(plan)), tests)
            };
            playbook = Some(FoundPlaybook {
                name,
                plan,
                runs,
                tests,
            });
        }
        Header::Module(name) if !name.text.is_empty() => {
            let last = name.text.rsplit('.').next().unwrap_or(&name.text);
            checker.module_name = Some(Arc::from(last));
            checker.module_path = Some(Arc::from(name.text.as_str()));
            checker.collect_names(&parsed.file);
            let facts = checker.module(&parsed.file);
            let all = checker.rules(&parsed.file);
            if (asking.settings.manifest.policy_modules).contains(&**path) {
                rules = all.into_iter().map(Arc::new).collect();
            }
            if !checker.has_errors() {
                checker.report_unused_grants(&parsed.file);
            }
            declared = Declared::Module(Arc::new(facts));
        }
        Header::Module(_) | Header::Playbook(_) | Header::Missing(_) => {}
    }
    checker.note_declared(&parsed.file);
    let events = std::mem::take(&mut checker.emitted).into_iter();
    let events = events.map(|(event, emitted)| {
        let facts = EventFacts {
            of: emitted.of,
            file: path.clone(),
        };
        (event, Arc::new(facts))
    });
    let body = checker.bodies.now.take();
    let body = body.filter(|_| !checker.has_errors());
    let found = Found {
        playbook,
        rules,
        shapes: checker.all_shapes(),
        judged: std::mem::take(&mut checker.judged),
        shown: Shown {
            declared,
            events: events.collect(),
        },
        recorded: std::mem::take(&mut checker.recorded),
        places: checker.notes.finish(),
        diagnostics: checker.diagnostics,
    };
    Gave {
        found,
        asked: checker.neighbours.into_asked(),
        body,
        leftover: Box::new((without_plan, checker.memory, checker.pending)),
    }
}

fn signature(plan: &Plan, checker: &Checker<'_>) -> Signature {
    let inputs = plan.inputs.iter().map(|input| {
        let need = if input.default.is_some() {
            Need::Optional
        } else {
            Need::Required
        };
        (input.name.clone(), input.of.clone(), need)
    });
    Signature {
        inputs: inputs.collect(),
        result: plan.result.clone(),
        touched: Touched::by(plan, checker),
    }
}
