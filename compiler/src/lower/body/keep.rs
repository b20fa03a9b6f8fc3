//! What one statement gives while it is typed, as far as it can be given again.
//!
//! Kept true here: of a statement about which something was told nothing is kept, and of one that did anything which is not
//! among what is [given again](super::again) neither.

use sophia_diagnostics::Span;
use sophia_language::syntax::{
    Block, Do, ElseBranch, If, LetValue, Modifier, Otherwise, Statement,
};
use sophia_plan::step::{Step, StepKind, Work};

use super::{Added, Given, Kept, is_inside};
use crate::checker::Checker;
use crate::found::Marked;
use crate::lower::block::Building;
use crate::types::Scope;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How things stood before a statement.
pub(super) struct Recording {
    told: usize,
    steps: usize,
    locals: usize,
    present: usize,
    noted: Marked,
    /// The grants that those before it need.
    used: BTreeSet<String>,
    /// Whether an approval waits for somebody to look at it.
    has_verdicts: bool,
}

impl Checker<'_> {
    /// Begins to record what a statement gives.
    pub(super) fn begin_recording(&mut self, building: &Building, scope: &Scope) -> Recording {
        self.pending.begin_record();
        let (locals, present) = scope.size();
        Recording {
            told: self.diagnostics.len(),
            steps: building.len(),
            locals,
            present,
            noted: self.notes.mark(),
            used: self.names.take_used(),
            has_verdicts: !self.verdicts.is_empty(),
        }
    }

    /// What the statement gave since then.
    pub(super) fn end_recording(
        &mut self,
        recording: Recording,
        statement: &Statement,
        is_step: bool,
        scope: &Scope,
        building: &Building,
    ) -> Given {
        let kept = self.kept(&recording, statement, scope, building);
        self.names.note_all_used(recording.used);
        let (locals, present) = scope.since(recording.locals, recording.present);
        let added = locals.iter().map(|local| Added {
            name: local.name.clone(),
            of: local.of.clone(),
            choice: local.choice.clone(),
            rows: self.rows_of(local),
        });
        Given {
            is_step,
            added: added.collect(),
            learned: present.to_vec(),
            kept: kept.map(Arc::new),
        }
    }

    fn kept(
        &mut self,
        recording: &Recording,
        statement: &Statement,
        scope: &Scope,
        building: &Building,
    ) -> Option<Kept> {
        let asked = self.pending.end_record();
        self.bodies.keeping.as_ref()?;
        let is_silent = self.diagnostics.len() == recording.told;
        let has_verdicts = recording.has_verdicts || !self.verdicts.is_empty();
        if !is_silent || has_verdicts || asked.is_crowded || !lasts(statement) {
            return None;
        }
        let span = statement.span();
        let (start, end) = (
            self.origin(span),
            self.origin(Span {
                start: span.end,
                ..span
            }),
        );
        let steps: Vec<Step> = building.since(recording.steps).cloned().collect();
        if !(steps.iter()).all(|step| stands_in(step, start.line, end.line)) {
            return None;
        }
        let is_own = |read: &super::PendingStep| {
            is_inside(read.span, span) && !matches!(read.work, Work::Predictor { .. })
        };
        let (locals, _) = scope.since(recording.locals, recording.present);
        let own = asked.reads.iter().all(is_own)
            && locals.iter().all(|local| is_inside(local.span, span))
            && asked
                .lets
                .iter()
                .all(|(_, _, place)| is_inside(*place, span));
        own.then(|| Kept {
            span,
            line: start.line,
            column: start.column,
            steps,
            locals: locals.to_vec(),
            used: self.names.used().cloned().collect(),
            names: self.pending.taken(&asked.tried),
            reads: (asked.reads.into_iter())
                .filter(|read| self.pending.read(&read.name).is_some())
                .collect(),
            tried: asked.tried,
            lets: asked.lets,
            hoisted: asked.hoisted,
            notes: self.notes.since(&recording.noted, span),
        })
    }
}

/// Whether a step and all that is inside it come from these lines, and from no declaration.
fn stands_in(step: &Step, first: u32, last: u32) -> bool {
    (first..=last).contains(&step.origin.line)
        && !matches!(step.kind, StepKind::Action { .. })
        && (step.blocks().into_iter())
            .all(|block| block.steps().all(|(_, step)| stands_in(step, first, last)))
}

/// Whether a statement, with those inside it, does nothing but give steps and names: it sets, sends, asks and returns
/// nothing, and waits for nothing, of which more is known than its steps say.
fn lasts(statement: &Statement) -> bool {
    match statement {
        Statement::Let(written) => {
            let value = match &written.value {
                LetValue::Value(_) | LetValue::Do { .. } => true,
                LetValue::ForEach(each) => block_lasts(&each.body),
                LetValue::Ask(_) | LetValue::Wait(_) | LetValue::Run(_) => false,
            };
            value && written.modifiers.iter().all(modifier_lasts)
        }
        Statement::Do(Do { modifiers, .. }) => modifiers.iter().all(modifier_lasts),
        Statement::If(written) => branch_lasts(written),
        Statement::ForEach(written) => block_lasts(&written.body),
        Statement::Match(written) => {
            let arms = written.arms.iter().map(|arm| &arm.body);
            arms.chain(&written.otherwise).all(block_lasts)
        }
        Statement::Repeat(written) => block_lasts(&written.body),
        Statement::Together(written) => block_lasts(&written.body),
        Statement::Try(written) => block_lasts(&written.body) && block_lasts(&written.otherwise),
        Statement::End(end) => end.on.is_none(),
        Statement::Yield(_) => true,
        Statement::Return(_)
        | Statement::Record(_)
        | Statement::Emit(_)
        | Statement::Set(_)
        | Statement::Ask(_)
        | Statement::Wait(_)
        | Statement::Run(_)
        | Statement::Error(_) => false,
    }
}

fn block_lasts(block: &Block) -> bool {
    block.statements.iter().all(lasts)
}

fn branch_lasts(written: &If) -> bool {
    let otherwise = match &written.otherwise {
        Some(ElseBranch::Block(block)) => block_lasts(block),
        Some(ElseBranch::If(inner)) => branch_lasts(inner),
        None => true,
    };
    otherwise && block_lasts(&written.then)
}

fn modifier_lasts(modifier: &Modifier) -> bool {
    match modifier {
        Modifier::Otherwise { what, .. } => match what {
            Otherwise::Block(block) => block_lasts(block),
            Otherwise::End(end) => end.on.is_none(),
            Otherwise::Value(_) => true,
        },
        Modifier::Within { .. } | Modifier::Remind { .. } => false,
        Modifier::Retry { .. }
        | Modifier::Timeout { .. }
        | Modifier::AtMostOnce { .. }
        | Modifier::Unsure { .. }
        | Modifier::Undo { .. }
        | Modifier::Named { .. } => true,
    }
}
