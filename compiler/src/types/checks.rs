//! `check`: rules for rows, and the two tables that come out.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Expression, TextTemplate};
use sophia_plan::expression::{Expression as Code, Stage as Step};
use sophia_plan::types::{FieldType, RecordType, Type};

use super::expected::Expected;
use super::scope::{Grouping, Scope};
use crate::checker::Checker;

/// The column of `failed` that names the rules.
const PROBLEMS: &str = "problems";

impl Checker<'_> {
    /// One rule: its name, a text over the row, and what must hold.
    pub(super) fn rule(
        &mut self,
        name: &TextTemplate,
        rule: &Expression,
        row: &Arc<RecordType>,
        scope: &Scope,
    ) -> (Code, Code) {
        let mut inner = scope.stage(Type::Record(row.clone()), Grouping::Single);
        let wanted = Expected::plain(Type::Text, "The name of a check");
        let name = self.check_expression(&Expression::Text(name.clone()), &inner, &wanted);
        inner.missing_compares = true;
        (name, self.check_condition(rule, &inner))
    }

    /// What checks give: `passed`, whose columns are what the rules make of them, and `failed`.
    pub(super) fn checked_type(
        &mut self,
        passed: &Arc<RecordType>,
        row: &Arc<RecordType>,
        span: Span,
    ) -> Option<(Arc<RecordType>, Type)> {
        if row.field(PROBLEMS).is_some() {
            let diagnostic = self
                .diagnostic(
                    codes::S328,
                    span,
                    "These rows have a column `problems`, which the failed ones get from `check`.",
                )
                .with_help("give the column another name before");
            self.push(diagnostic);
            return None;
        }
        let plain = |name: &str, of: Type| FieldType::new(name, of);
        let mut fields: Vec<FieldType> = row
            .fields
            .iter()
            .map(|field| FieldType {
                of: field.of.clone().optional(),
                ..field.clone()
            })
            .collect();
        fields.push(plain(PROBLEMS, Type::List(Arc::new(Type::Text))));
        let failed = Arc::new(RecordType { name: None, fields });
        let of = Type::Record(Arc::new(RecordType {
            name: None,
            fields: vec![
                plain("passed", Type::Table(passed.clone())),
                plain("failed", Type::Table(failed.clone())),
            ],
        }));
        Some((failed, of))
    }

    /// What may not follow checks.
    pub(super) fn report_after_check(&mut self, stage: Span, checks: Span) {
        let diagnostic = self
            .diagnostic(codes::S341, stage, "Only more checks follow a check.")
            .with_related(checks, "the check")
            .with_help(
                "name the result with `let`, and go on with its `.passed` or its `.failed` rows",
            );
        self.push(diagnostic);
    }
}

/// Puts a rule beside those of the check before it, or begins one.
pub(super) fn push_rule(stages: &mut Vec<Step>, rule: (Code, Code), failed: Arc<RecordType>) {
    match stages.last_mut() {
        Some(Step::Check { rules, .. }) => rules.push(rule),
        _ => stages.push(Step::Check {
            rules: vec![rule],
            failed,
        }),
    }
}
