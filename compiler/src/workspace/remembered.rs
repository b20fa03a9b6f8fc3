//! What is remembered of one file.
//!
//! Kept true here: a finding names the text and the answers that it rests on, so whether it still holds can be
//! asked of it at any time.

use std::sync::Arc;

use sophia_language::Parsed;

use super::one_file::Found;
use super::together::Seen;
use crate::declared::{Answer, Declares, Others, Outline, Question};
use crate::lower::Body;
use crate::snapshot::SourceFile;

/// A file, and what was found in it.
pub(super) struct Remembered {
    pub(super) path: Arc<str>,
    pub(super) text: Arc<str>,
    pub(super) parsed: Arc<Parsed>,
    pub(super) outline: Outline,
    /// What was found while not everything was known on which the file rests: in a circle alone.
    pub(super) draft: Option<Finding>,
    /// What was found.
    pub(super) finding: Option<Finding>,
    /// What its plan says among the others.
    pub(super) seen: Option<Seen>,
    /// What its plan said when the file had the text last that it has again: until what it says now is known.
    pub(super) recalled: Option<Seen>,
}

/// What a check found, and what it rests on.
#[derive(Clone)]
pub(super) struct Finding {
    pub(super) text: Arc<str>,
    pub(super) parsed: Arc<Parsed>,
    pub(super) asked: Arc<[(Question, Answer)]>,
    pub(super) found: Arc<Found>,
    /// What the statements of its run gave when there was no mistake in it the last time.
    pub(super) held: Option<Arc<Held>>,
}

/// What the statements of a run gave, and what their file asked then.
pub(super) struct Held {
    pub(super) asked: Arc<[(Question, Answer)]>,
    pub(super) body: Body,
}

impl Remembered {
    /// A file that was just read.
    pub(super) fn read(source: &SourceFile) -> Self {
        let parsed = sophia_language::parse(&source.text, source.path.clone());
        Self::of(source, Arc::new(parsed))
    }

    /// A file that was read before with another text.
    pub(super) fn read_after(source: &SourceFile, before: &Self) -> Self {
        let known = (&*before.parsed, &*before.text);
        let parsed = sophia_language::parse_after(&source.text, &source.path, known);
        Self::of(source, Arc::new(parsed))
    }

    /// A file with its tree.
    pub(super) fn of(source: &SourceFile, parsed: Arc<Parsed>) -> Self {
        Self {
            path: source.path.clone(),
            text: source.text.clone(),
            outline: Outline::of(&parsed.file),
            parsed,
            draft: None,
            finding: None,
            seen: None,
            recalled: None,
        }
    }

    /// Takes over what was remembered under another text, for what of it can be kept. The other text's tree is left.
    pub(super) fn after(&mut self, before: Self) -> Arc<Parsed> {
        self.draft = before.draft;
        self.finding = before.finding;
        self.seen = before.seen;
        before.parsed
    }

    /// Keeps the tree alone.
    pub(super) fn forget_findings(&mut self) {
        self.draft = None;
        self.finding = None;
        self.seen = None;
        self.recalled = None;
    }

    /// Whether it is a module.
    pub(super) fn is_module(&self) -> bool {
        self.outline.declares == Declares::Module
    }

    /// What was found, once it was checked.
    pub(super) fn found(&self) -> Option<&Arc<Found>> {
        self.finding.as_ref().map(|finding| &finding.found)
    }
}

impl Finding {
    /// Whether a check of this text among these files would find the same.
    pub(super) fn holds(&self, text: &Arc<str>, others: &dyn Others) -> bool {
        Arc::ptr_eq(&self.text, text) && self.is_answered(others)
    }

    /// Whether these files answer what was asked as it was answered then.
    pub(super) fn is_answered(&self, others: &dyn Others) -> bool {
        are_answered(&self.asked, others)
    }
}

impl Held {
    /// Whether these files answer what was asked as it was answered then.
    pub(super) fn is_answered(&self, others: &dyn Others) -> bool {
        are_answered(&self.asked, others)
    }
}

fn are_answered(asked: &[(Question, Answer)], others: &dyn Others) -> bool {
    (asked.iter()).all(|(question, answer)| others.answer(question).same(answer))
}
