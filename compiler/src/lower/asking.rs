//! `ask`: a person approves, or fills in a form.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Ask as Written, Expression, Question as Asked};
use sophia_plan::expression::Expression as Code;
use sophia_plan::step::{Ask, Question, StepKind};
use sophia_plan::types::{FieldType, RecordType, Type};
use sophia_plan::value::Value;

use crate::checker::Checker;
use crate::names::{nearest, with_nearest};
use crate::types::{Expected, Scope, constant_value, with_article};

impl Checker<'_> {
    /// `ask GROUP to approve TEXT`, `ask GROUP for TYPE TEXT`: the step's kind, and what it gives.
    pub(super) fn ask(&mut self, ask: &Written, scope: &Scope) -> Option<(StepKind, Type)> {
        let before = self.errors();
        let whom = self.whom(&ask.whom, scope);
        let quorum = ask.quorum.map_or(1, |(number, _)| number);
        if let Some((0, span)) = ask.quorum {
            let diagnostic = self
                .diagnostic(codes::S809, span, "At least one person answers.")
                .with_help("leave the number out");
            self.push(diagnostic);
        }
        let shown = Expected::plain(Type::Text, "What is asked");
        let (question, of) = match &ask.question {
            Asked::Approve { text } => {
                let text = self.check_expression(text, scope, &shown);
                (Question::Approve { text }, verdict())
            }
            Asked::Form {
                of,
                text,
                starting_with,
            } => {
                let result = self.resolve_type(of);
                if !matches!(result, Type::Record(_) | Type::Unknown) {
                    let diagnostic = self
                        .diagnostic(
                            codes::S896,
                            of.span(),
                            format!("A form has fields, and this is {}.", with_article(&result)),
                        )
                        .with_help("declare a `type` with a field for each answer");
                    self.push(diagnostic);
                }
                let text = self.check_expression(text, scope, &shown);
                let start = starting_with.as_ref().map(|start| {
                    let expected = Expected::plain(result.clone(), "What the form begins with");
                    self.check_expression(start, scope, &expected)
                });
                let question = Question::Form {
                    text,
                    starting_with: start,
                };
                (question, result)
            }
            Asked::Missing(_) => return None,
        };
        let whom = whom?;
        (self.errors() == before).then(|| {
            let kind = StepKind::Ask(Ask {
                quorum,
                whom,
                question,
            });
            (kind, of)
        })
    }

    /// A group of the manifest, or a person.
    pub(super) fn whom(&mut self, whom: &Expression, scope: &Scope) -> Option<Code> {
        let value = self.typed(whom, scope, None);
        match &value.of {
            Type::Unknown => None,
            Type::Record(record) if record.field("email").is_some() => Some(value.expression),
            Type::Text | Type::Literals(_) => {
                let Some(Value::Text(group)) = constant_value(&value.expression) else {
                    let diagnostic = self
                        .diagnostic(
                            codes::S896,
                            whom.span(),
                            "Whom to ask is a group by its name, or a person.",
                        )
                        .with_label("a text that is not fixed")
                        .with_help("look a person up with `people[…]`");
                    self.push(diagnostic);
                    return None;
                };
                self.known_group(&group, whom.span());
                Some(value.expression)
            }
            of if of.is_optional() => {
                self.report_may_be_missing(whom.span());
                None
            }
            other => {
                let diagnostic = self
                    .diagnostic(
                        codes::S896,
                        whom.span(),
                        format!(
                            "Whom to ask is a group by its name, or a person, and this is {}.",
                            with_article(other)
                        ),
                    )
                    .with_help(
                        "write the group between quotes, or look a person up with `people[…]`",
                    );
                self.push(diagnostic);
                None
            }
        }
    }

    pub(crate) fn known_group(&mut self, group: &str, span: Span) {
        if self.manifest.groups.contains_key(group) {
            return;
        }
        let near = nearest(group, self.manifest.groups.keys().map(String::as_str))
            .map(|near| format!("\"{near}\""));
        let diagnostic = self
            .diagnostic(
                codes::S896,
                span,
                format!("The project has no group \"{group}\"."),
            )
            .with_label("not under [groups] in sophia.toml");
        let diagnostic = match near {
            Some(near) => with_nearest(diagnostic, Some(&near), span),
            None => diagnostic.with_help(format!(
                "add `{group} = [\"name@example.com\"]` under `[groups]`"
            )),
        };
        self.push(diagnostic);
    }
}

/// What an approval gives.
fn verdict() -> Type {
    Type::Record(Arc::new(RecordType {
        name: Some(Arc::from("verdict")),
        fields: vec![
            FieldType::new("approved", Type::Boolean),
            FieldType::new("by", Type::Text),
            FieldType::new("comment", Type::Text),
            FieldType::new("at", Type::Timestamp),
        ],
    }))
}
