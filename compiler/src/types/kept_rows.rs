//! Rows that no `where` lets through, or every one: conditions of stages, one after the other, and of the query before them.
//!
//! Kept true here: what is said to keep no row keeps none, and what is said to keep every row keeps each. A condition counts for as long as the columns that it
//! speaks of are the same; what a `let` names keeps its conditions, and what can be followed is a comparison with a
//! constant.

use sophia_diagnostics::{Diagnostic, Span, codes};
use sophia_language::syntax::{Expression, Stage};
use sophia_plan::expression::Expression as Code;
use sophia_plan::types::Type;

use super::{Local, Scope};
use crate::checker::Checker;
use crate::facts::reach::{Condition, Knowledge, Names, Sure};
use crate::names::Declared;

/// The conditions that every row of a table has passed.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeptRows {
    passed: Vec<Passed>,
}

/// A condition that every row has passed.
#[derive(Clone, Debug)]
struct Passed {
    condition: Condition,
    place: Span,
}

impl KeptRows {
    /// What a query says of its rows, with the places in its SQL.
    pub(crate) fn of_query(passed: impl IntoIterator<Item = (Condition, Span)>) -> Self {
        Self {
            passed: passed
                .into_iter()
                .map(|(condition, place)| Passed { condition, place })
                .collect(),
        }
    }

    /// Whether nothing is known of the rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.passed.is_empty()
    }

    /// The same conditions at other places; nothing where one of them has none.
    pub(crate) fn moved(&self, to: impl Fn(Span) -> Option<Span>) -> Option<Self> {
        let passed = self.passed.iter().map(|passed| {
            Some(Passed {
                condition: passed.condition.clone(),
                place: to(passed.place)?,
            })
        });
        Some(Self {
            passed: passed.collect::<Option<_>>()?,
        })
    }

    /// The conditions that count behind a stage.
    pub(super) fn behind(mut self, stage: &Stage) -> Self {
        match stage {
            Stage::Where { .. }
            | Stage::Sort { .. }
            | Stage::Take { .. }
            | Stage::Select { .. } => {}
            Stage::Add { columns, .. } => {
                self.passed.retain(|passed| {
                    !(columns.iter()).any(|column| passed.condition.speaks_of(&column.name.text))
                });
            }
            _ => self.passed.clear(),
        }
        self
    }

    /// The complaint with the condition that decides it; where several do only together, with all of them.
    fn shown(&self, diagnostic: Diagnostic, decides: impl Fn(&Knowledge) -> bool) -> Diagnostic {
        let alone = |passed: &&Passed| {
            let mut known = Knowledge::new();
            !passed.condition.learn(&mut known, true) || decides(&known)
        };
        let one = self.passed.iter().find(alone);
        let shown: Vec<&Passed> = one.map_or_else(|| self.passed.iter().collect(), |one| vec![one]);
        shown.into_iter().fold(diagnostic, |diagnostic, passed| {
            diagnostic.with_related(passed.place, "only rows for which this holds come here")
        })
    }

    fn known(&self) -> Option<Knowledge> {
        let mut known = Knowledge::new();
        let possible = (self.passed.iter()).all(|passed| passed.condition.learn(&mut known, true));
        possible.then_some(known)
    }
}

/// Whether a condition holds of no row of which this is known.
fn holds_never(condition: &Condition, known: &Knowledge) -> bool {
    condition.verdict(known) == Sure::Never || !condition.learn(&mut known.clone(), true)
}

impl Checker<'_> {
    /// A `where` over rows of this type: complains if it lets none through, and remembers it for the next.
    pub(super) fn keep_rows(&mut self, kept: &mut KeptRows, code: &Code, item: &Type, place: Span) {
        let condition = Names::of_row(item).condition(code);
        if condition.is_open() || condition.is_constant() {
            return;
        }
        // What lets nothing through was told where it stands.
        if let Some(known) = kept.known() {
            if holds_never(&condition, &known) {
                self.report_no_rows(kept, &condition, place);
            } else if condition.verdict(&known) == Sure::Always {
                self.report_all_rows(kept, &condition, place);
            }
        }
        kept.passed.push(Passed { condition, place });
    }

    fn report_no_rows(&mut self, kept: &KeptRows, condition: &Condition, place: Span) {
        let mut diagnostic = self
            .diagnostic(codes::S831, place, "This condition can never hold.")
            .with_label("no row passes");
        let alone = Knowledge::new();
        diagnostic = if holds_never(condition, &alone) {
            diagnostic.with_note("it contradicts itself, or the types of its columns")
        } else {
            kept.shown(diagnostic, |known| holds_never(condition, known))
        };
        self.push(diagnostic.with_help("correct one of the conditions"));
    }

    fn report_all_rows(&mut self, kept: &KeptRows, condition: &Condition, place: Span) {
        let always = |known: &Knowledge| condition.verdict(known) == Sure::Always;
        let mut diagnostic = self
            .diagnostic(codes::S830, place, "This condition always holds.")
            .with_label("every row passes");
        diagnostic = if always(&Knowledge::new()) {
            diagnostic.with_note("the types of its columns say as much")
        } else {
            kept.shown(diagnostic, always)
        };
        self.push(diagnostic.with_help("correct one of the conditions, or leave this one out"));
    }

    /// What is known of the rows of a source, as it is written.
    pub(crate) fn rows_kept(&self, source: &Expression, scope: &Scope) -> KeptRows {
        let kept = match source {
            Expression::Name(name) => match scope.local(&name.text) {
                Some(local) => self.memory.kept_rows.get(&local.span).cloned(),
                None => self.query_rows(&name.text),
            },
            Expression::Call(call) => match &*call.callee {
                Expression::Name(name) if scope.local(&name.text).is_none() => {
                    self.query_rows(&name.text)
                }
                _ => None,
            },
            Expression::Pipeline { span, .. } => self.memory.kept_rows.get(span).cloned(),
            _ => None,
        };
        kept.unwrap_or_default()
    }

    /// What is known of the rows that a name stands for.
    pub(crate) fn rows_of(&self, local: &Local) -> KeptRows {
        let kept = self.memory.kept_rows.get(&local.span);
        kept.cloned().unwrap_or_default()
    }

    fn query_rows(&self, name: &str) -> Option<KeptRows> {
        matches!(self.names.get(name), Some(Declared::Query(_))).then_some(())?;
        match self.memory.queries.get(name)? {
            crate::checker::Known::Done(Some(facts)) => Some(facts.kept.clone()),
            _ => None,
        }
    }

    /// Remembers what is known of the rows of what stands, or is named, here.
    pub(crate) fn note_rows(&mut self, place: Span, kept: KeptRows) {
        if !kept.passed.is_empty() {
            self.memory.kept_rows.insert(place, kept);
        }
    }
}
