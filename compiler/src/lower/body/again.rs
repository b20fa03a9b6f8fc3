//! What a statement gave, given again.

use sophia_diagnostics::Span;
use sophia_language::syntax::Statement;
use sophia_plan::step::Step;

use super::pieces::Standing;
use super::{Added, Given, Kept, moved};
use crate::checker::Checker;
use crate::lower::block::Building;
use crate::types::{Local, Scope};
use std::sync::Arc;

impl Checker<'_> {
    /// Gives what a statement gave the last time, if it would give the same. Its text is that of then.
    pub(super) fn again(
        &mut self,
        standing: &Standing<'_>,
        (number, given): (usize, &Given),
        statement: &Statement,
        scope: &mut Scope,
        building: &mut Building,
    ) -> Option<Given> {
        let kept = given.kept.as_ref()?;
        let start = self.origin(statement.span());
        let holds = start.column == kept.column
            && self.verdicts.is_empty()
            && standing.holds(number)
            && self.pending.are_free(&kept.tried);
        if !holds {
            return None;
        }
        let added = (given.added.iter()).map(|added| {
            Some(Added {
                name: added.name.clone(),
                of: added.of.clone(),
                choice: added.choice.clone(),
                rows: standing.moved(&added.rows)?,
            })
        });
        let added: Vec<Added> = added.collect::<Option<_>>()?;
        let lines = i64::from(start.line) - i64::from(kept.line);
        for step in &kept.steps {
            let mut step = step.clone();
            if lines != 0 {
                move_down(&mut step, lines);
            }
            building.place(step);
        }
        let by = i64::from(statement.span().start) - i64::from(kept.span.start);
        let locals = kept.locals.iter().map(|local| moved_local(local, by));
        let locals: Vec<Arc<Local>> = locals.collect();
        for (local, added) in locals.iter().zip(&added) {
            self.note_rows(local.span, added.rows.clone());
        }
        scope.take_over(locals, &given.learned);
        self.take_over(kept, |span| moved(span, by));
        Some(Given {
            is_step: given.is_step,
            added,
            learned: given.learned.clone(),
            kept: Some(kept.clone()),
        })
    }

    fn take_over(&mut self, kept: &Kept, place: impl Fn(Span) -> Span) {
        for (name, of, span) in &kept.lets {
            let known = (of.clone(), place(*span));
            self.memory.lets.insert(name.to_string(), known);
        }
        self.names.note_all_used(kept.used.iter().cloned());
        self.pending.take_over(&kept.names, &kept.hoisted);
        for read in &kept.reads {
            let mut read = read.clone();
            read.span = place(read.span);
            self.pending.take_over_read(read);
        }
        self.notes.take_over(&kept.notes, place);
    }
}

/// A name that is made so many bytes further on.
fn moved_local(local: &Arc<Local>, by: i64) -> Arc<Local> {
    if by == 0 {
        return local.clone();
    }
    Arc::new(Local {
        span: moved(local.span, by),
        ..(**local).clone()
    })
}

/// A step, with those inside it, stands so many lines further down.
fn move_down(step: &mut Step, lines: i64) {
    let line = i64::from(step.origin.line) + lines;
    step.origin.line = u32::try_from(line).unwrap_or(0);
    for block in step.blocks_mut() {
        for inside in block.graph.node_weights_mut() {
            move_down(inside, lines);
        }
    }
}
