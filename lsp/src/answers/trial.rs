//! Another name for a column that SQL makes, found by trying: the column is given its new name where it is made, and
//! whatever the checker then misses is where it was used.
//!
//! Kept true here: the project with all edits has no mistake that it did not have before; where that cannot be reached,
//! or where nobody would notice a use that is left, nothing is renamed and the reason is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sophia_compiler::{Snapshot, SourceFile, Workspace};
use sophia_diagnostics::{Diagnostic, Severity, Span};
use sophia_language::syntax::Item;
use sophia_plan::types::Type;

use super::meaning::{Meaning, granted};
use super::sql;
use super::uses::Spots;
use crate::names::{Index, Kind};
use crate::project::{Project, Spot};
use crate::server::Refusal;

/// More rounds than a column goes through stages, statements and files.
const ROUNDS: usize = 40;

/// Every place at which the column that is made at a place has its name, and that has to change with it.
pub(super) fn renamed(spot: &Spot<'_>, made: Span, old: &str, new: &str) -> Result<Spots, Refusal> {
    let Some(project) = spot.project else {
        return Err(Refusal::because("This file belongs to no project."));
    };
    can_be_followed(spot, project, made, old, new)?;
    let mut trial = Trial::new(project, old, new);
    trial.change(&spot.file.name, made);
    for used in sql::uses(spot, made) {
        trial.change(&spot.file.name, used);
    }
    for _ in 0..ROUNDS {
        let missed = trial.check();
        if missed.is_empty() {
            trial.leaves_by_name(project)?;
            return Ok(trial.spots());
        }
        let mut grew = false;
        for diagnostic in &missed {
            grew |= trial.follow(diagnostic);
        }
        if !grew {
            return Err(left(&trial, missed.first(), old));
        }
    }
    Err(left(&trial, None, old))
}

/// Whether a use that is left would be noticed.
fn can_be_followed(
    spot: &Spot<'_>,
    project: &Project,
    made: Span,
    old: &str,
    new: &str,
) -> Result<(), Refusal> {
    let because = |words: String| Err(Refusal::because(words));
    let file = spot.file;
    if let Some(wrong) = errors(&file.diagnostics).next() {
        return because(format!(
            "{} has a mistake, so nobody can say where `{old}` is used: {}",
            file.name, wrong.message
        ));
    }
    if words(file.text.as_str(), new).next().is_some() {
        return because(format!("`{new}` already stands in {}.", file.name));
    }
    let statement = sql::statement_at(spot, made.start as usize);
    let Some(statement) = statement else {
        return because(format!("No SQL makes `{old}` here."));
    };
    let output = sql::output(project, file, statement);
    let is_given = output.iter().any(|column| column.made == Some(made));
    match statement.item {
        Item::Predictor(_) if is_given => because(format!(
            "A predictor knows `{old}` by its name, and what it has learned keeps it."
        )),
        Item::Metric(_) if is_given => because(format!(
            "Whoever asks for the metric, also outside of this project, names `{old}`."
        )),
        _ => {
            let places = file.places.iter();
            let mut types = places.flat_map(|places| &places.declared);
            let optional = types.find(|(_, of)| may_lack(of, old));
            optional.map_or(Ok(()), |(name, _)| {
                because(format!(
                    "`{name}` has a field `{old}` that may be missing, so nobody would notice where it is missed."
                ))
            })
        }
    }
}

/// Whether a record may go without a field of this name.
fn may_lack(of: &Type, name: &str) -> bool {
    super::meaning::fields(of)
        .iter()
        .any(|field| &*field.name == name && field.of.is_optional())
}

fn left(trial: &Trial<'_>, missed: Option<&Diagnostic>, old: &str) -> Refusal {
    let Some(missed) = missed else {
        return Refusal::because(format!("Not every use of `{old}` could be found."));
    };
    let text = trial.text(&missed.file);
    let before = text.get(..missed.span.start as usize).unwrap_or_default();
    Refusal::because(format!(
        "Not every use of `{old}` can be renamed with it: {} ({}, line {})",
        missed.message,
        missed.file,
        before.matches('\n').count() + 1
    ))
}

fn errors(found: &[Diagnostic]) -> impl Iterator<Item = &Diagnostic> {
    found
        .iter()
        .filter(|diagnostic| diagnostic.code.severity() == Severity::Error)
}

/// Where a word stands whole in a text.
fn words<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let is_of = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).filter_map(move |(at, _)| {
        let before = text.get(..at)?.chars().next_back();
        let after = text.get(at + word.len()..)?.chars().next();
        let is_whole = !before.is_some_and(is_of) && !after.is_some_and(is_of);
        is_whole.then_some(at)
    })
}

/// A project in which a column has another name at some places.
struct Trial<'n> {
    workspace: Workspace,
    /// The texts as they are in the project.
    texts: BTreeMap<Arc<str>, Arc<str>>,
    /// The places that are changed, in the texts as they are.
    changed: BTreeMap<Arc<str>, BTreeSet<(u32, u32)>>,
    old: &'n str,
    new: &'n str,
    /// The mistakes that there are anyway: their files, codes and sentences.
    before: BTreeSet<(Arc<str>, String, String)>,
}

impl<'n> Trial<'n> {
    fn new(project: &Project, old: &'n str, new: &'n str) -> Self {
        let files = project.files.iter();
        let own = files.filter(|(name, file)| !name.starts_with('\0') && file.parsed.is_some());
        let texts: BTreeMap<Arc<str>, Arc<str>> = own
            .map(|(name, file)| (name.clone(), file.text.shared().clone()))
            .collect();
        let files = texts.iter().map(|(name, text)| SourceFile {
            path: name.clone(),
            text: text.clone(),
        });
        let mut workspace = Workspace::new(Snapshot {
            manifest: (*project.manifest).clone(),
            catalogue: (*project.catalogue).clone(),
            files: files.collect(),
        });
        let checked = workspace.check();
        let before = errors(&checked.diagnostics).map(|wrong| Self::sentence(wrong, "", ""));
        let before = before.collect();
        Self {
            workspace,
            texts,
            changed: BTreeMap::new(),
            old,
            new,
            before,
        }
    }

    fn sentence(wrong: &Diagnostic, old: &str, new: &str) -> (Arc<str>, String, String) {
        let message = if new.is_empty() {
            wrong.message.clone()
        } else {
            wrong.message.replace(new, old)
        };
        (wrong.file.clone(), wrong.code.to_string(), message)
    }

    fn change(&mut self, file: &Arc<str>, span: Span) -> bool {
        let changed = self.changed.entry(file.clone()).or_default();
        changed.insert((span.start, span.end))
    }

    /// A text with its changes.
    fn text(&self, file: &str) -> String {
        let before: &str = self.texts.get(file).map_or("", |text| text);
        let mut after = String::with_capacity(before.len());
        let mut at = 0;
        for (start, end) in self.changed.get(file).into_iter().flatten() {
            after.push_str(before.get(at..*start as usize).unwrap_or_default());
            after.push_str(self.new);
            at = *end as usize;
        }
        after.push_str(before.get(at..).unwrap_or_default());
        after
    }

    /// What is wrong now that was not before.
    fn check(&mut self) -> Vec<Diagnostic> {
        let files: Vec<Arc<str>> = self.changed.keys().cloned().collect();
        for file in &files {
            let text = self.text(file);
            self.workspace.write(file, text);
        }
        self.workspace.note(files);
        let checked = self.workspace.check();
        let found = errors(&checked.diagnostics).filter(|wrong| {
            let known = Self::sentence(wrong, self.old, self.new);
            !self.before.contains(&known)
        });
        found.cloned().collect()
    }

    /// A place of the changed text in the text as it is.
    fn original(&self, file: &str, at: usize) -> usize {
        // How far both texts are the same so far, in each of them.
        let (mut here, mut there) = (0, 0);
        for (start, end) in self.changed.get(file).into_iter().flatten() {
            let between = (*start as usize).saturating_sub(there);
            if here + between + self.new.len() > at {
                break;
            }
            here += between + self.new.len();
            there = *end as usize;
        }
        there + at.saturating_sub(here)
    }

    /// Changes the place that a mistake is about, where it is one that says the old name. Says whether it was.
    fn follow(&mut self, missed: &Diagnostic) -> bool {
        let text = self.text(&missed.file);
        let Some(said) = text.get(missed.span.range()) else {
            return false;
        };
        let found: Vec<usize> = words(said, self.old).collect();
        let [at] = found.as_slice() else {
            return false;
        };
        let at = self.original(&missed.file, missed.span.start as usize + at);
        let span = Span::new(at, at + self.old.len());
        let is_it = (self.texts.get(&missed.file))
            .is_some_and(|text| text.get(span.range()) == Some(self.old));
        is_it && self.change(&missed.file, span)
    }

    /// Refuses where a call of a tool would be sent the column under its new name although nothing asks for either: what
    /// is sent would be another thing, and nobody would be told.
    fn leaves_by_name(&self, project: &Project) -> Result<(), Refusal> {
        for file in self.changed.keys() {
            let (Some(parsed), Some(places)) =
                (self.workspace.parsed(file), self.workspace.places(file))
            else {
                continue;
            };
            let index = Index::of(parsed, self.text(file).len());
            for call in &index.calls {
                let mut members = index.members.iter();
                let member = members.find(|member| member.span.end == call.callee.end);
                let base = member.and_then(|member| index.binder(member.base?));
                let is_tool = base.is_some_and(|base| {
                    base.kind == Kind::Grant
                        && matches!(granted(project, &base.written), Some(Meaning::Tool(_)))
                });
                let mut sent = call.arguments.iter().filter(|_| is_tool);
                let is_sent = sent.any(|(_, value)| {
                    let of = places.types.get(value);
                    of.is_some_and(|of| holds(of, self.new, 0))
                });
                if is_sent {
                    return Err(Refusal::because(format!(
                        "`{}` is sent out under this name, by the call of `{}` in {file}.",
                        self.old,
                        member.map_or("", |member| member.name.as_str())
                    )));
                }
            }
        }
        Ok(())
    }

    fn spots(&self) -> Spots {
        let files = self.changed.iter().map(|(file, changed)| {
            let spans = changed.iter();
            let spans = spans.map(|(start, end)| Span {
                start: *start,
                end: *end,
            });
            (file.clone(), spans.collect())
        });
        files.collect()
    }
}

/// Whether a field of this name stands anywhere in a type.
fn holds(of: &Type, name: &str, depth: usize) -> bool {
    let all = super::meaning::fields(of).iter();
    depth < 16
        && all
            .into_iter()
            .any(|field| &*field.name == name || holds(&field.of, name, depth + 1))
}
