//! What is known while one playbook is checked, and the way complaints leave.
//!
//! Kept true here: declarations are looked into once, when first needed, in whatever order they are
//! written; a complaint is made where the mistake stands and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sophia_diagnostics::{Code, Diagnostic, LineIndex, Span};
use sophia_plan::step::{Holidays, Origin};
use sophia_plan::types::{RecordType, Type};

use crate::broken::Broken;
use crate::catalogue::Catalogue;
use crate::declared::{
    ActionFacts, CommandFacts, Emitted, FunctionFacts, MetricFacts, Neighbours, StateFacts,
};
use crate::facts::Shapes;
use crate::found::Notes;
use crate::judged::Judged;
use crate::lower::{Bodies, Pending, Recorded, Returning, Yielding};
use crate::models::{ModelFacts, PredictorFacts};
use crate::names::Names;
use crate::project::Manifest;
use crate::queries::QueryFacts;
use crate::tools::ToolFacts;
use crate::types::KeptRows;

/// Something that is worked out once.
#[derive(Debug)]
pub(crate) enum Known<T> {
    /// It is being worked out: meeting it again is a circle.
    Underway,
    /// It is known. `None` where it has a mistake that is already reported.
    Done(Option<Arc<T>>),
}

/// The memory of the declarations that were looked into.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) types: BTreeMap<String, Known<Type>>,
    pub(crate) queries: BTreeMap<String, Known<QueryFacts>>,
    pub(crate) predictors: BTreeMap<String, Known<PredictorFacts>>,
    pub(crate) models: BTreeMap<String, Known<ModelFacts>>,
    pub(crate) tools: BTreeMap<(String, String), Option<Arc<ToolFacts>>>,
    pub(crate) functions: BTreeMap<String, Known<FunctionFacts>>,
    pub(crate) actions: BTreeMap<String, Known<ActionFacts>>,
    pub(crate) commands: BTreeMap<String, Known<CommandFacts>>,
    pub(crate) metrics: BTreeMap<String, Known<MetricFacts>>,
    pub(crate) states: BTreeMap<String, Known<StateFacts>>,
    /// The types of the keys by which states are kept apart, as first met.
    pub(crate) state_keys: BTreeMap<String, Type>,
    /// States with the word of a key that is another than the declaration says: told already.
    pub(crate) other_keys: BTreeSet<(String, String)>,
    /// Where the arguments of calls stand, in which a `release` may stand.
    pub(crate) arguments: BTreeSet<Span>,
    /// What every row has passed of a pipeline, or of what a `let` names, by its place.
    pub(crate) kept_rows: BTreeMap<Span, KeptRows>,
    /// The schemas that models' answers are held to, by the records themselves.
    pub(crate) schemas: Vec<(Arc<RecordType>, Arc<str>)>,
    /// The types of the `let`s met so far, for `type of NAME`.
    pub(crate) lets: BTreeMap<String, (Type, Span)>,
    /// Whether somebody asked for the type of one.
    pub(crate) lets_are_asked: bool,
}

/// The checker of one playbook.
pub(crate) struct Checker<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) file: Arc<str>,
    pub(crate) text: &'a str,
    pub(crate) lines: LineIndex<'a>,
    pub(crate) zone: String,
    /// The first month of the year, by the calendar of the playbook.
    pub(crate) year_starts: u8,
    /// The holidays, by the calendar of the playbook.
    pub(crate) holidays: Holidays,
    /// What the syntax errors of the file leave unknown.
    pub(crate) broken: Broken,
    pub(crate) names: Names<'a>,
    pub(crate) memory: Memory,
    /// What the SQL met so far is made of.
    pub(crate) shapes: Shapes,
    /// The SQL met so far, and what of it was judged when the file was checked the last time.
    pub(crate) judged: Judged,
    pub(crate) judged_before: Option<&'a Judged>,
    /// What the statements of the run gave, now and when the file was checked the last time.
    pub(crate) bodies: Bodies<'a>,
    /// Steps that expressions asked for and that no block holds yet.
    pub(crate) pending: Pending,
    /// What the other files give.
    pub(crate) neighbours: Neighbours<'a>,
    /// Whether every file that this one rests on was checked.
    pub(crate) neighbours_known: bool,
    /// The last word of the module's name, where this is a module.
    pub(crate) module_name: Option<Arc<str>>,
    /// The whole name of the module, where this is one.
    pub(crate) module_path: Option<Arc<str>>,
    /// How many triggers the file has.
    pub(crate) triggers: usize,
    /// What `return`s give.
    pub(crate) returning: Returning,
    /// What the `yield`s of the loops and blocks around give, the innermost last.
    pub(crate) yielding: Vec<Yielding>,
    /// Approvals that nothing has looked at.
    pub(crate) verdicts: BTreeMap<String, Span>,
    /// What the events carry that this file emits.
    pub(crate) emitted: BTreeMap<String, Emitted>,
    /// What is recorded into tables and columns that the lock does not know.
    pub(crate) recorded: Vec<Recorded>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What an editor wants to know of places, where one asks.
    pub(crate) notes: Notes,
}

impl<'a> Checker<'a> {
    /// A checker for one file of a project.
    pub(crate) fn new(
        manifest: &'a Manifest,
        catalogue: &'a Catalogue,
        neighbours: Neighbours<'a>,
        file: Arc<str>,
        text: &'a str,
    ) -> Self {
        let zone = match manifest.zone.as_str() {
            "" => "UTC",
            zone => zone,
        };
        Self {
            manifest,
            catalogue,
            file,
            text,
            lines: LineIndex::new(text),
            zone: zone.to_owned(),
            year_starts: 1,
            holidays: Holidays::default(),
            broken: Broken::default(),
            names: Names::default(),
            memory: Memory::default(),
            shapes: Shapes::default(),
            judged: Judged::default(),
            judged_before: None,
            bodies: Bodies::default(),
            pending: Pending::default(),
            neighbours,
            neighbours_known: true,
            module_name: None,
            module_path: None,
            triggers: 0,
            returning: Returning::default(),
            yielding: Vec::new(),
            verdicts: BTreeMap::new(),
            emitted: BTreeMap::new(),
            recorded: Vec::new(),
            diagnostics: Vec::new(),
            notes: Notes::default(),
        }
    }

    /// A complaint in this file. It counts once it is [pushed](Self::push).
    pub(crate) fn diagnostic(
        &self,
        code: Code,
        span: Span,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(code, self.file.clone(), span, message)
    }

    /// Keeps a complaint, unless its line could not be read in the first place.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if !self.is_broken(diagnostic.span) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Whether the line on which something begins could not be read.
    pub(crate) fn is_broken(&self, span: Span) -> bool {
        self.broken.holds(self.origin(span).line)
    }

    /// How many errors were found so far.
    pub(crate) fn errors(&self) -> usize {
        (self.diagnostics.iter())
            .filter(|diagnostic| diagnostic.is_error())
            .count()
    }

    /// Whether an error was found so far.
    pub(crate) fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Line and column of a place.
    pub(crate) fn origin(&self, span: Span) -> Origin {
        let position = self.lines.position(span.start as usize);
        Origin {
            line: position.line,
            column: position.column,
        }
    }

    /// The text of a place as written, with runs of blanks made one.
    pub(crate) fn written(&self, span: Span) -> String {
        let text = self.text.get(span.range()).unwrap_or("");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The project's currency.
    pub(crate) fn currency(&self) -> &'a str {
        match self.manifest.currency.as_str() {
            "" => "USD",
            currency => currency,
        }
    }
}
