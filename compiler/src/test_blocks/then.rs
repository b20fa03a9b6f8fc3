//! `then`: what happens while a run waits.

use std::sync::Arc;

use sophia_diagnostics::codes;
use sophia_language::syntax::{
    Answer, Delay, Expression, Happening as Written, Name, TypeExpression,
};
use sophia_plan::expression::Expression as Code;
use sophia_plan::test::{Happening, Reply};
use sophia_plan::types::{FieldType, RecordType, Type};
use sophia_plan::value::Value;

use super::asked::{Asked, fixed_text};
use crate::checker::Checker;
use crate::names::{nearest, with_nearest};
use crate::types::{Expected, LeftOut, Place, Purpose, Scope, constant_value};

impl<'a> Checker<'a> {
    /// A `then` line. `None` where it has a mistake.
    pub(super) fn happening(
        &mut self,
        written: &'a Written,
        asked: &Asked<'a>,
    ) -> Option<Happening> {
        match written {
            Written::Passes(Delay::BusinessDays { days, .. }) if self.holidays.is_empty() => {
                Some(Happening::BusinessDays(*days))
            }
            Written::Passes(Delay::BusinessDays { days, .. }) => Some(Happening::BusinessDaysBy {
                days: *days,
                holidays: self.holidays.clone(),
            }),
            Written::Passes(Delay::Time(time)) => self.passing(time),
            Written::Arrives { event, value } => self.arrival(event, value.as_ref(), asked),
            Written::Answers { whom, answer, with } => {
                self.reply(whom, *answer, with.as_ref(), asked)
            }
        }
    }

    fn passing(&mut self, time: &Expression) -> Option<Happening> {
        let before = self.diagnostics.len();
        let purpose = Purpose {
            mismatch: codes::S866,
            ..Purpose::plain("`then … pass`")
        };
        let expected = Expected::new(Type::Duration, purpose);
        let code = self.check_expression(time, &Scope::new(Place::Constant), &expected);
        if self.diagnostics.len() > before {
            return None;
        }
        if matches!(constant_value(&code), Some(Value::Duration(length)) if length <= 0) {
            let diagnostic = self
                .diagnostic(
                    codes::S866,
                    time.span(),
                    "The clock of a test only goes on.",
                )
                .with_help("write a duration such as `then 3 days pass`");
            self.push(diagnostic);
            return None;
        }
        Some(Happening::Passes(code))
    }

    fn arrival(
        &mut self,
        event: &[Name],
        value: Option<&Expression>,
        asked: &Asked<'a>,
    ) -> Option<Happening> {
        let value = value.map(|value| {
            let carried = self.carried(event);
            self.notes.wanted(value.span(), &carried);
            self.typed(value, &Scope::new(Place::Constant), None)
                .expression
        });
        let path = self.awaited(event, asked)?;
        Some(Happening::Arrives {
            event: Arc::from(path),
            value,
        })
    }

    /// The event of a path, where something in the playbook waits for it.
    pub(super) fn awaited(&mut self, event: &[Name], asked: &Asked<'a>) -> Option<String> {
        let names: Vec<&str> = event.iter().map(|name| name.text.as_str()).collect();
        let path = names.join(".");
        if names.iter().any(|name| name.is_empty()) {
            return None;
        }
        if asked.events.contains(&path) {
            return Some(path);
        }
        let (Some(first), Some(last)) = (event.first(), event.last()) else {
            return None;
        };
        let span = first.span.to(last.span);
        let near = nearest(&path, asked.events.iter().map(String::as_str)).map(ToOwned::to_owned);
        let mut diagnostic = self
            .diagnostic(
                codes::S864,
                span,
                format!("Nothing in this playbook waits for `{path}`."),
            )
            .with_label("not waited for");
        if near.is_none() && !asked.events.is_empty() {
            diagnostic = diagnostic.with_note(format!("waited for: {}", asked.events.join(", ")));
        }
        self.push(with_nearest(diagnostic, near.as_deref(), span));
        None
    }

    fn reply(
        &mut self,
        whom: &Expression,
        answer: Answer,
        with: Option<&Expression>,
        asked: &Asked<'a>,
    ) -> Option<Happening> {
        let name = fixed_text(whom)?;
        let forms = self.forms_of(&name, whom.span(), asked)?;
        let kinds = forms.iter().flatten().map(|form| self.resolve_type(form));
        let kinds: Vec<Type> = kinds.collect();
        let form = fitting(&kinds, with, Clone::clone).cloned();
        let yes_or_no = forms.iter().any(Option::is_none);
        let reply = match answer {
            Answer::Approves => Reply::Approves,
            Answer::Refuses => Reply::Refuses,
            Answer::Fills => Reply::Fills,
        };
        match (reply, &form) {
            (Reply::Approves | Reply::Refuses, _) if !yes_or_no => {
                let diagnostic = self
                    .diagnostic(
                        codes::S865,
                        whom.span(),
                        format!("\"{name}\" is asked to fill in a form, not to approve."),
                    )
                    .with_help(format!("write `then \"{name}\" answers {{ … }}`"));
                self.push(diagnostic);
                return None;
            }
            (Reply::Fills, None) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S865,
                        whom.span(),
                        format!("\"{name}\" is asked to approve, not to fill in a form."),
                    )
                    .with_help(format!("write `then \"{name}\" approves` or `refuses`"));
                self.push(diagnostic);
                return None;
            }
            _ => {}
        }
        let of = match (reply, form) {
            (Reply::Fills, Some(form)) => form,
            _ => remark(),
        };
        let before = self.diagnostics.len();
        let with = match with {
            Some(with) => Some(self.answer_value(with, of, &name)),
            None if reply == Reply::Fills => {
                let diagnostic = self
                    .diagnostic(
                        codes::S865,
                        whom.span(),
                        format!("What \"{name}\" answers is missing."),
                    )
                    .with_help(format!("write `then \"{name}\" answers {{ … }}`"));
                self.push(diagnostic);
                None
            }
            None => None,
        };
        (self.diagnostics.len() == before).then(|| Happening::Answers {
            whom: Arc::from(name),
            reply,
            with,
        })
    }

    /// The forms of the questions to somebody, who must be asked at all.
    pub(super) fn forms_of(
        &mut self,
        whom: &str,
        span: sophia_diagnostics::Span,
        asked: &Asked<'a>,
    ) -> Option<Vec<Option<&'a TypeExpression>>> {
        if let Some(forms) = asked.forms(whom) {
            return Some(forms);
        }
        let near = nearest(whom, asked.people.iter().map(|(name, _)| name.as_str()))
            .map(|near| format!("\"{near}\""));
        let mut diagnostic = self
            .diagnostic(
                codes::S861,
                span,
                format!("This playbook asks nobody named \"{whom}\"."),
            )
            .with_label("never asked");
        if near.is_none() && !asked.people.is_empty() {
            let names: Vec<String> = asked
                .people
                .iter()
                .map(|(name, _)| format!("\"{name}\""))
                .collect();
            diagnostic = diagnostic.with_note(format!("asked: {}", names.join(", ")));
        }
        self.push(with_nearest(diagnostic, near.as_deref(), span));
        None
    }

    /// What somebody answers, as a record of a type.
    pub(super) fn answer_value(&mut self, value: &Expression, of: Type, whom: &str) -> Code {
        let purpose = Purpose {
            mismatch: codes::S853,
            missing: codes::S854,
            extra: codes::S855,
            left_out: LeftOut::None,
            ..Purpose::plain(format!("The answer of \"{whom}\""))
        };
        let expected = Expected::new(of, purpose);
        self.check_expression(value, &Scope::new(Place::Constant), &expected)
    }
}

/// Of the kinds of answers to somebody who is asked several things, the one that has every field of a written record; the
/// first where none has, so that one of them says what is wrong.
pub(super) fn fitting<'k, Kind>(
    kinds: &'k [Kind],
    said: Option<&Expression>,
    of: impl Fn(&Kind) -> Type,
) -> Option<&'k Kind> {
    let said = match said {
        Some(Expression::Record { fields, .. }) => fields.as_slice(),
        _ => &[],
    };
    let has_every_field = |kind: &&Kind| match of(kind) {
        Type::Record(row) => said.iter().all(|said| {
            let mut fields = row.fields.iter();
            fields.any(|field| *field.name == *said.name.text)
        }),
        _ => false,
    };
    kinds.iter().find(has_every_field).or(kinds.first())
}

/// What is said beside a yes or a no.
fn remark() -> Type {
    Type::Record(Arc::new(RecordType {
        name: None,
        fields: vec![optional("comment", Type::Text), optional("by", Type::Text)],
    }))
}

/// A whole answer to a question of yes or no.
pub(super) fn verdict() -> Type {
    let approved = FieldType::new("approved", Type::Boolean);
    Type::Record(Arc::new(RecordType {
        name: None,
        fields: vec![
            approved,
            optional("by", Type::Text),
            optional("comment", Type::Text),
            optional("at", Type::Timestamp),
        ],
    }))
}

fn optional(name: &str, of: Type) -> FieldType {
    FieldType::new(name, of.optional())
}
