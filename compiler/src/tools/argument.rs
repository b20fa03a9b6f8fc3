//! One argument of a call against the schema of its place.
//!
//! Kept true here: a value that is fixed is held against everything the schema says; of one that is worked
//! out later only what its type decides is told, and the rest is checked at the border when it is there.

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::Expression;
use sophia_plan::expression::Expression as Code;
use sophia_plan::types::Type;

use super::facts::{ToolFacts, ToolParameter};
use super::left_out::with_required;
use super::refusal::Subject;
use super::seen::{Field, Presence, Seen};
use super::sent::sent;
use super::unnamed::unnamed_fields;
use super::verdict::{Verdict, judge};
use crate::checker::Checker;
use crate::types::{Expected, Purpose, Scope, Typed, named_choice};
use crate::units::outward;

/// A checked argument.
pub(super) struct Argument {
    pub(super) code: Code,
    /// What of it is known, as it is sent.
    pub(super) seen: Seen,
}

impl Checker<'_> {
    /// The value of one argument. What is wrong with it is reported.
    pub(super) fn tool_argument(
        &mut self,
        label: &str,
        parameter: &ToolParameter,
        facts: &ToolFacts,
        value: &Expression,
        scope: &Scope,
    ) -> Argument {
        let before = self.diagnostics.len();
        let typed = if let Some(unit) = &parameter.unit {
            self.argument_with_unit(label, parameter, unit, value, scope)
        } else {
            let mut typed = self.typed(value, scope, None);
            if let Some(choice) = named_choice(value, scope) {
                typed.of = choice;
            }
            typed
        };
        let Some(property) = facts.property(parameter) else {
            return Argument {
                seen: Seen::of_code(&typed.expression, &typed.of),
                code: typed.expression,
            };
        };
        let root = &facts.schema;
        let code = with_required(typed.expression, property, root);
        let known = Seen::of_code(&code, &typed.of);
        let seen = match &parameter.unit {
            Some(_) => known.into_number(),
            None => sent(known, property, root),
        };
        if typed.of == Type::Unknown || self.diagnostics.len() > before {
            return Argument {
                seen: Seen::Of(Type::Unknown),
                code,
            };
        }
        let subject = Subject {
            label,
            argument: &parameter.name,
            value,
        };
        let unnamed = unnamed_fields(value, property, root);
        if unnamed.is_empty() {
            match judge(property, root, &seen) {
                Verdict::Holds | Verdict::Later => {}
                Verdict::Unproven(all) | Verdict::Refused(all) => {
                    for complaint in all {
                        self.report_refusal(&subject, &complaint);
                    }
                }
            }
        }
        for (name, known) in unnamed {
            self.report_extra_field(&subject, name.span, &name.text, &known);
        }
        Argument { code, seen }
    }

    /// A share or an amount, whose unit the manifest states: it goes out as a plain number.
    fn argument_with_unit(
        &mut self,
        label: &str,
        parameter: &ToolParameter,
        unit: &Type,
        value: &Expression,
        scope: &Scope,
    ) -> Typed {
        let purpose = Purpose {
            mismatch: codes::S506,
            ..Purpose::plain(format!("The argument `{}` of `{label}`", parameter.name))
        };
        let before = self.diagnostics.len();
        let expected = Expected::new(unit.clone(), purpose);
        let code = self.check_expression(value, scope, &expected);
        if self.diagnostics.len() > before {
            return Typed::unknown();
        }
        Typed::new(outward(code, unit), Type::Number)
    }

    /// The arguments of a call together: what one calls for of another.
    pub(super) fn check_together(
        &mut self,
        label: &str,
        facts: &ToolFacts,
        given: &[(&ToolParameter, &Expression, Seen)],
        span: Span,
    ) {
        let fields = given
            .iter()
            .map(|(parameter, _, seen)| Field {
                name: parameter.wire_name.to_string(),
                value: seen.clone(),
                presence: Presence::Sure,
            })
            .collect();
        let verdict = judge(&facts.schema, &facts.schema, &Seen::Object(fields));
        let (Verdict::Refused(all) | Verdict::Unproven(all)) = verdict else {
            return;
        };
        let Some(complaint) = all.into_iter().next() else {
            return;
        };
        if let Some((argument, rest)) = complaint.within()
            && let Some((parameter, value, _)) = given
                .iter()
                .find(|(parameter, _, _)| *parameter.wire_name == *argument)
        {
            let subject = Subject {
                label,
                argument: &parameter.name,
                value,
            };
            self.report_refusal(&subject, &rest);
        } else {
            self.report_together(label, facts, &complaint, span);
        }
    }
}
