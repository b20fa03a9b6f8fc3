//! Calls of predictors: a record with the features gives a prediction.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Call, Expression, FieldValue, Name};
use sophia_plan::expression::Expression as Code;
use sophia_plan::step::Work;
use sophia_plan::types::{RecordType, Type};

use crate::checker::Checker;
use crate::types::{Fit, Place, Scope, Typed, fit, with_article};

impl Checker<'_> {
    /// `churn_risk(row)`, or with the features by name.
    pub(crate) fn prediction(&mut self, name: &Name, call: &Call, scope: &Scope) -> Typed {
        let facts = self.predictor(&name.text);
        let features = self.features_given(name, call, scope);
        let (Some(facts), Some((given, span))) = (facts, features) else {
            return Typed::unknown();
        };
        let record = match &given.of {
            Type::Record(record) => record.clone(),
            Type::Unknown => return Typed::unknown(),
            Type::Optional(inner) if matches!(**inner, Type::Record(_)) => {
                self.report_may_be_missing(span);
                return Typed::unknown();
            }
            other => {
                let diagnostic = self
                    .diagnostic(
                        codes::S553,
                        span,
                        format!(
                            "`{}` takes a record, and this is {}.",
                            name.text,
                            with_article(other)
                        ),
                    )
                    .with_label(format!("{other}"))
                    .with_help("in a stage, `row` is the whole record");
                self.push(diagnostic);
                return Typed::unknown();
            }
        };
        let wanted = &facts.definition.features;
        if !self.features_fit(&name.text, wanted, &record, span) {
            return Typed::unknown();
        }
        let refused = matches!(
            scope.place,
            Place::Declaration | Place::Constant | Place::Expectation
        );
        if refused
            && self.refuses_call(&format!("The prediction `{}`", name.text), call.span, scope)
        {
            return Typed::unknown();
        }
        let predictor: Arc<str> = Arc::from(name.text.as_str());
        let work = Work::Predictor {
            predictor: predictor.clone(),
        };
        // The step pins a version; the value that it gives is the predictor's own business.
        self.pin_step(&predictor, work, call.span);
        let code = Code::Predict {
            predictor,
            features: Box::new(fitting(given.expression, wanted, &record)),
        };
        Typed::new(code, facts.definition.result.clone())
    }

    /// The record that a call gives: its one argument, or one made of its named arguments.
    fn features_given(&mut self, name: &Name, call: &Call, scope: &Scope) -> Option<(Typed, Span)> {
        if let [argument] = call.arguments.as_slice()
            && argument.name.is_none()
        {
            let value = self.typed(&argument.value, scope, None);
            return Some((value, argument.value.span()));
        }
        let fields: Option<Vec<FieldValue>> = call
            .arguments
            .iter()
            .map(|argument| {
                Some(FieldValue {
                    name: argument.name.clone()?,
                    value: argument.value.clone(),
                })
            })
            .collect();
        if let Some(fields) = fields.filter(|fields| !fields.is_empty()) {
            let record = Expression::Record {
                fields,
                span: call.span,
            };
            return Some((self.typed(&record, scope, None), call.span));
        }
        let diagnostic = self
            .diagnostic(
                codes::S553,
                call.span,
                format!("`{}` takes one record with its features.", name.text),
            )
            .with_help(format!("in a stage, write `{}(row)`", name.text));
        self.push(diagnostic);
        None
    }

    fn features_fit(
        &mut self,
        name: &str,
        wanted: &RecordType,
        given: &RecordType,
        span: Span,
    ) -> bool {
        let missing: Vec<String> = wanted
            .fields
            .iter()
            .filter(|feature| given.field(&feature.name).is_none())
            .map(|feature| format!("`{}`", feature.name))
            .collect();
        if !missing.is_empty() {
            let diagnostic = self
                .diagnostic(
                    codes::S558,
                    span,
                    format!(
                        "`{name}` predicts from {}, which this record lacks.",
                        missing.join(", ")
                    ),
                )
                .with_label("lacks what the predictor has learned from")
                .with_help("select the column in the query that the record comes from");
            self.push(diagnostic);
            return false;
        }
        for feature in &wanted.fields {
            let Some(field) = given.field(&feature.name) else {
                continue;
            };
            if fit(&field.of, &feature.of).fits() {
                continue;
            }
            let diagnostic = self
                .diagnostic(
                    codes::S559,
                    span,
                    format!(
                        "`{name}` learned `{}` as {}, and here it is {}.",
                        feature.name,
                        with_article(&feature.of),
                        with_article(&field.of)
                    ),
                )
                .with_label(format!("`{}` does not fit", feature.name))
                .with_note(format!("expected: {}: {}", feature.name, feature.of))
                .with_note(format!("found:    {}: {}", field.name, field.of));
            self.push(diagnostic);
            return false;
        }
        true
    }
}

/// The record as the predictor takes it: with integers made numbers where it learned numbers.
fn fitting(given: Code, wanted: &RecordType, record: &RecordType) -> Code {
    let converts = |feature: &sophia_plan::types::FieldType| {
        record
            .field(&feature.name)
            .is_some_and(|field| fit(&field.of, &feature.of) == Fit::Converted)
    };
    if !wanted.fields.iter().any(converts) {
        return given;
    }
    let fields = wanted
        .fields
        .iter()
        .map(|feature| {
            let value = Code::Field {
                of: Box::new(given.clone()),
                name: feature.name.clone(),
                optional: false,
            };
            let value = if converts(feature) {
                Code::Convert {
                    value: Box::new(value),
                    to: feature.of.clone(),
                }
            } else {
                value
            };
            (feature.name.clone(), value)
        })
        .collect();
    Code::Record { fields, name: None }
}
