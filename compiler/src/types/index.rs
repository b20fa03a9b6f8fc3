//! `x[key]`: an item of a list by its number, a field of a record by its name, a person by an address.

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Expression, Name};
use sophia_plan::expression::Expression as Code;
use sophia_plan::types::Type;

use super::fit::join;
use super::scope::Scope;
use super::{Typed, holes, with_article};
use crate::checker::Checker;
use crate::names::Declared;

impl Checker<'_> {
    /// `x[key]`
    pub(super) fn index(
        &mut self,
        of: &Expression,
        key: &Expression,
        span: Span,
        scope: &Scope,
    ) -> Typed {
        if let Expression::Name(name) = of
            && scope.local(&name.text).is_none()
            && matches!(self.names.get(&name.text), Some(Declared::State(_)))
        {
            return self.state_value(name, Some(key), scope);
        }
        if self.is_people(of, scope) {
            return self.person(key, scope);
        }
        let base = self.typed(of, scope, None);
        if let Type::Record(record) = &base.of
            && let Expression::Text(template) = key
            && let Some(text) = holes::plain(template)
            && record.field(&text).is_some()
        {
            let name = Name {
                text,
                span: template.span,
            };
            let whole = Expression::Field {
                of: Box::new(of.clone()),
                name: name.clone(),
                optional: false,
                span,
            };
            return self.field(&whole, of, &name, false, span, scope);
        }
        let key_value = self.typed(key, scope, None);
        if base.is_unknown() || key_value.is_unknown() {
            return Typed::unknown();
        }
        if key_value.of.is_optional() {
            self.report_may_be_missing(key.span());
            return Typed::unknown();
        }
        let (item, wanted) = match &base.of {
            Type::List(item) => ((**item).clone(), Type::Integer),
            Type::Table(row) => (Type::Record(row.clone()), Type::Integer),
            Type::Record(record) => {
                let joined = record
                    .fields
                    .iter()
                    .try_fold(Type::Unknown, |of, field| match of {
                        Type::Unknown => Some(field.of.clone()),
                        of => join(&of, &field.of),
                    });
                let Some(item) = joined else {
                    let diagnostic = self
                        .diagnostic(
                            codes::S344,
                            span,
                            "The fields of this record are of several types, so the one that is looked up has none.",
                        )
                        .with_note(format!("its fields: {}", super::composite::field_names(record)))
                        .with_help("name the field behind a point: `x.field`");
                    self.push(diagnostic);
                    return Typed::unknown();
                };
                (item, Type::Text)
            }
            Type::Optional(_) => {
                self.report_may_be_missing(of.span());
                return Typed::unknown();
            }
            Type::Json => {
                let name = Name {
                    text: self.written(key.span()),
                    span: key.span(),
                };
                return self.no_fields(&Type::Json, &name, span);
            }
            other => {
                let diagnostic = self
                    .diagnostic(
                        codes::S344,
                        span,
                        format!("Nothing is looked up in {}.", with_article(other)),
                    )
                    .with_help(
                        "`list[0]` takes an item by its number, `record[\"name\"]` a field by its name",
                    );
                self.push(diagnostic);
                return Typed::unknown();
            }
        };
        let fits = match wanted {
            Type::Integer => matches!(key_value.of, Type::Integer | Type::Range { .. }),
            _ => matches!(key_value.of, Type::Text | Type::Literals(_)),
        };
        if !fits {
            let diagnostic = self
                .diagnostic(
                    codes::S344,
                    key.span(),
                    format!(
                        "{} is looked up by {}, and this is {}.",
                        super::path::capitalised(&with_article(&base.of)),
                        with_article(&wanted),
                        with_article(&key_value.of)
                    ),
                )
                .with_note(format!("expected: {wanted}"))
                .with_note(format!("found:    {}", key_value.of))
                .with_help("find a row by its values with `| where … | first`");
            self.push(diagnostic);
            return Typed::unknown();
        }
        let code = Code::Index {
            of: Box::new(base.expression),
            key: Box::new(key_value.expression),
        };
        Typed::new(code, item.optional())
    }

    /// Whether this is the manifest's directory of people, and nothing of that name in the playbook.
    fn is_people(&self, of: &Expression, scope: &Scope) -> bool {
        matches!(of, Expression::Name(name) if name.text == "people")
            && self.names.get("people").is_none()
            && !scope.names().contains(&"people")
    }
}
