//! `example`: a question with its right answer, held against the model's own types and its `ensure`.
//!
//! Kept true here: an example that is shown to a model is one that the model could have given.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Expression, Model};
use sophia_plan::expression::Expression as Code;
use sophia_plan::json::{Border, to_json, to_json_for};
use sophia_plan::types::{FieldType, RecordType, Type};
use sophia_plan::value::Value;

use crate::checker::Checker;
use crate::types::{Expected, LeftOut, Place, Purpose, Scope, constant_value, value_with};

/// A checked example.
#[derive(Debug)]
pub(super) struct Example {
    given: Value,
    pub(super) returns: Value,
    /// Where the answer stands.
    pub(super) answer: Span,
}

impl Example {
    /// How it stands in a prompt.
    pub(super) fn shown(&self, result: &Type) -> String {
        let answer = to_json_for(&self.returns, result, Border::Model);
        format!(
            "\n\nAn example. Given: {}\nThe right answer: {answer}",
            to_json(&self.given)
        )
    }
}

impl Checker<'_> {
    /// One `example`. `None` where it has a mistake.
    pub(super) fn example(
        &mut self,
        model: &Model,
        parameters: &[(Arc<str>, Type)],
        result: &Type,
        (given, returns): (&Expression, &Expression),
    ) -> Option<Example> {
        let before = self.diagnostics.len();
        let fields = parameters
            .iter()
            .map(|(name, of)| FieldType::new(name.clone(), of.clone()))
            .collect();
        let asked = Type::Record(Arc::new(RecordType { name: None, fields }));
        let purpose = |subject: String| Purpose {
            mismatch: codes::S560,
            missing: codes::S561,
            extra: codes::S562,
            left_out: LeftOut::None,
            ..Purpose::plain(subject)
        };
        let scope = Scope::new(Place::Constant);
        let given_code = self.check_expression(
            given,
            &scope,
            &Expected::new(
                asked,
                purpose(format!("`given` of an example of `{}`", model.name.text)),
            ),
        );
        let returns_code = self.check_expression(
            returns,
            &scope,
            &Expected::new(
                result.clone(),
                purpose(format!("`returns` of an example of `{}`", model.name.text)),
            ),
        );
        if self.diagnostics.len() > before {
            return None;
        }
        Some(Example {
            given: constant_value(&given_code)?,
            returns: constant_value(&returns_code)?,
            answer: returns.span(),
        })
    }

    /// Whether an example's answer is one that `ensure` accepts.
    pub(super) fn check_example(&mut self, example: &Example, ensure: &[(Code, Span)]) {
        let mut names: Vec<(Arc<str>, Value)> = Vec::new();
        for value in [&example.given, &example.returns] {
            if let Value::Record(record) = value {
                names.extend(record.fields.iter().cloned());
            }
        }
        names.push((Arc::from("result"), example.returns.clone()));
        for (condition, place) in ensure {
            if value_with(condition, &names) == Some(Value::Boolean(false)) {
                let written = self.written(*place);
                let diagnostic = self
                    .diagnostic(
                        codes::S563,
                        example.answer,
                        "The answer of this example is one that `ensure` refuses.",
                    )
                    .with_related(*place, "refused here")
                    .with_note(format!("it does not hold: {written}"))
                    .with_help("change the example, or the condition");
                self.push(diagnostic);
            }
        }
    }
}
