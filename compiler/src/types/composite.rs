//! Lists and records as they are written out.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Expression, FieldValue};
use sophia_plan::expression::Expression as Code;
use sophia_plan::types::{FieldType, RecordType, Type};
use sophia_plan::value::Value;

use super::expected::{Expected, LeftOut};
use super::fit::join;
use super::scope::Scope;
use super::{Typed, with_article};
use crate::checker::Checker;
use crate::names::{nearest, with_nearest};

impl Checker<'_> {
    /// `[a, b]`
    pub(super) fn list(
        &mut self,
        items: &[Expression],
        span: Span,
        scope: &Scope,
        expected: Option<&Expected>,
    ) -> Typed {
        match expected.map(|expected| (expected, expected.of.present())) {
            Some((expected, Type::List(item))) => {
                let wanted = expected.with_type((**item).clone());
                let items = items
                    .iter()
                    .map(|item| self.check_expression(item, scope, &wanted))
                    .collect();
                Typed::new(Code::List(items), expected.of.present().clone())
            }
            Some((expected, Type::Table(row))) => {
                let wanted = expected.with_type(Type::Record(row.clone()));
                let items = items
                    .iter()
                    .map(|item| self.check_expression(item, scope, &wanted))
                    .collect();
                let code = Code::Convert {
                    value: Box::new(Code::List(items)),
                    to: Type::Table(row.clone()),
                };
                Typed::new(code, Type::Table(row.clone()))
            }
            _ => self.free_list(items, span, scope),
        }
    }

    fn free_list(&mut self, items: &[Expression], span: Span, scope: &Scope) -> Typed {
        let typed: Vec<(Typed, Span)> = items
            .iter()
            .map(|item| (self.typed(item, scope, None), item.span()))
            .collect();
        let Some(mut of) = typed.first().map(|(first, _)| first.of.clone()) else {
            return Typed::new(Code::List(Vec::new()), Type::List(Arc::new(Type::Unknown)));
        };
        for (item, place) in typed.iter().skip(1) {
            let Some(joined) = join(&of, &item.of) else {
                let diagnostic = self
                    .diagnostic(
                        codes::S318,
                        *place,
                        format!(
                            "The items of a list are alike: before came {}, this is {}.",
                            with_article(&of),
                            with_article(&item.of)
                        ),
                    )
                    .with_related(span, "the list");
                self.push(diagnostic);
                return Typed::unknown();
            };
            of = joined;
        }
        let wanted = Expected::plain(of.clone(), "This item");
        let codes = typed
            .into_iter()
            .map(|(item, place)| self.fitted(item, &wanted, place))
            .collect();
        Typed::new(Code::List(codes), Type::List(Arc::new(of)))
    }

    /// `{ field: value }`
    pub(super) fn record(
        &mut self,
        fields: &[FieldValue],
        span: Span,
        scope: &Scope,
        expected: Option<&Expected>,
    ) -> Typed {
        if !self.fields_are_unique(fields) {
            return Typed::unknown();
        }
        if let Some(expected) = expected
            && let Type::Record(record) = expected.of.present()
        {
            return self.record_of(fields, span, scope, &record.clone(), expected);
        }
        let mut of = RecordType::default();
        let mut codes = Vec::with_capacity(fields.len());
        for field in fields {
            let value = self.typed(&field.value, scope, None);
            let name: Arc<str> = Arc::from(field.name.text.as_str());
            codes.push((name.clone(), value.expression));
            of.fields.push(FieldType::new(name, value.of));
        }
        let code = Code::Record {
            fields: codes,
            name: None,
        };
        Typed::new(code, Type::Record(Arc::new(of)))
    }

    /// A record against the type that its place wants, field by field.
    fn record_of(
        &mut self,
        fields: &[FieldValue],
        span: Span,
        scope: &Scope,
        record: &Arc<RecordType>,
        expected: &Expected,
    ) -> Typed {
        let purpose = &expected.purpose;
        for field in fields {
            if record.field(&field.name.text).is_some() {
                continue;
            }
            self.typed(&field.value, scope, None);
            if field.name.text.is_empty() {
                continue;
            }
            let free = record
                .fields
                .iter()
                .map(|known| &*known.name)
                .filter(|known| !fields.iter().any(|field| field.name.text == **known));
            let near = nearest(&field.name.text, free);
            let diagnostic = self
                .diagnostic(
                    purpose.extra,
                    field.name.span,
                    format!("{} has no field `{}`.", purpose.subject, field.name.text),
                )
                .with_label("not one of its fields")
                .with_note(format!("its fields: {}", field_names(record)));
            self.push(with_nearest(diagnostic, near, field.name.span));
        }
        let excess = fields
            .iter()
            .any(|field| record.field(&field.name.text).is_none());
        let mut codes = Vec::with_capacity(record.fields.len());
        let mut missing = Vec::new();
        for wanted in &record.fields {
            let Some(field) = fields.iter().find(|field| field.name.text == *wanted.name) else {
                match (wanted.of.is_optional(), purpose.left_out) {
                    (true, LeftOut::None) => {
                        codes.push((wanted.name.clone(), Code::Constant(Value::None)));
                    }
                    (true, LeftOut::Absent) => {}
                    (false, _) => missing.push(wanted),
                }
                continue;
            };
            let place = Expected::new(
                wanted.of.clone(),
                purpose.part(format!("`{}`", wanted.name)),
            );
            let code = self.check_expression(&field.value, scope, &place);
            codes.push((wanted.name.clone(), code));
        }
        // A misspelt field is one mistake: the one it stands for is not also missing.
        if !missing.is_empty() && !excess {
            let names: Vec<String> = missing
                .iter()
                .map(|field| format!("`{}`", field.name))
                .collect();
            let mut diagnostic = self.diagnostic(
                purpose.missing,
                span,
                format!("{} lacks {}.", purpose.subject, names.join(", ")),
            );
            for field in missing {
                diagnostic =
                    diagnostic.with_note(format!("expected: {}: {}", field.name, field.of));
            }
            self.push(diagnostic);
        }
        let code = Code::Record {
            fields: codes,
            name: record.name.clone(),
        };
        Typed::new(code, Type::Record(record.clone()))
    }

    fn fields_are_unique(&mut self, fields: &[FieldValue]) -> bool {
        let mut unique = true;
        for (index, field) in fields.iter().enumerate() {
            let again = fields
                .iter()
                .take(index)
                .any(|earlier| earlier.name.text == field.name.text);
            if again && !field.name.text.is_empty() {
                unique = false;
                let diagnostic = self
                    .diagnostic(
                        codes::S328,
                        field.name.span,
                        format!("The field `{}` stands here twice.", field.name.text),
                    )
                    .with_help("keep one of them");
                self.push(diagnostic);
            }
        }
        unique
    }
}

/// The names of a record's fields, for a note.
pub(super) fn field_names(record: &RecordType) -> String {
    record
        .fields
        .iter()
        .map(|field| format!("`{}`", field.name))
        .collect::<Vec<_>>()
        .join(", ")
}
