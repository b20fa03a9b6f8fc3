//! `do`: effects on the outside world.

use sophia_language::syntax::Do;
use sophia_plan::step::{Policy, Step, StepKind};
use sophia_plan::types::Type;

use super::block::Building;
use super::policy::Outcome;
use super::statement::{Acting, Around, Frame, named};
use crate::checker::Checker;
use crate::types::Scope;

impl Checker<'_> {
    /// `do slack.post_message(…)`
    pub(super) fn do_statement(
        &mut self,
        statement: &Do,
        scope: &Scope,
        around: Around,
        building: &mut Building,
        outermost: bool,
    ) -> Option<Step> {
        let effect = self.tool_effect(&statement.call, scope, statement.span);
        let kind = effect.as_ref().map(|_| Acting::Effect);
        let mut of = effect
            .as_ref()
            .map_or(Type::Unknown, |(_, _, of)| of.clone());
        let outcome = Outcome {
            of: &mut of,
            used: false,
        };
        let policy = self.policy(&statement.modifiers, kind, outcome, scope, around);
        let (label, work, _) = effect?;
        self.place_before(building, outermost, &Policy::default());
        let frame = Frame {
            label: named(&statement.modifiers).unwrap_or(&label).to_owned(),
            span: statement.span,
            documentation: &statement.documentation,
        };
        Some(self.step(&frame, StepKind::Work(work), None, of, policy))
    }
}
