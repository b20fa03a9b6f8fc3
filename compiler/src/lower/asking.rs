//! `ask`: a person approves, or fills in a form.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Ask as Written, Expression, Modifier, Question as Asked, TextPart};
use sophia_plan::expression::Expression as Code;
use sophia_plan::step::{Ask, Question, StepKind};
use sophia_plan::types::{FieldType, RecordType, Type};
use sophia_plan::value::Value;

use crate::checker::Checker;
use crate::names::{nearest, with_nearest};
use crate::types::{Expected, Scope, Typed, constant_value, with_article};

impl Checker<'_> {
    /// `ask GROUP to approve TEXT`, `ask GROUP for TYPE TEXT`: the step's kind, and what it gives. The answer has its type
    /// though a mistake stands in what is asked, or in who is.
    pub(super) fn ask(
        &mut self,
        ask: &Written,
        modifiers: &[Modifier],
        scope: &Scope,
    ) -> Option<(StepKind, Type)> {
        let whom = self.whom(&ask.whom, scope);
        let quorum = ask.quorum.map_or(1, |(number, _)| number);
        if let Some((0, span)) = ask.quorum {
            let diagnostic = self
                .diagnostic(codes::S809, span, "At least one person answers.")
                .with_help("leave the number out");
            self.push(diagnostic);
        } else if whom.is_some() {
            self.enough_people(ask, modifiers);
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
                let mut result = self.resolve_type(of);
                if !matches!(result, Type::Record(_) | Type::Unknown) {
                    let diagnostic = self
                        .diagnostic(
                            codes::S896,
                            of.span(),
                            format!("A form has fields, and this is {}.", with_article(&result)),
                        )
                        .with_help("declare a `type` with a field for each answer");
                    self.push(diagnostic);
                    result = Type::Unknown;
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
        let kind = StepKind::Ask(Ask {
            quorum,
            whom: whom.unwrap_or_else(|| Typed::unknown().expression),
            question,
        });
        (of != Type::Unknown).then_some((kind, of))
    }

    /// That those who are asked, now and later, are as many as must answer.
    fn enough_people(&mut self, ask: &Written, modifiers: &[Modifier]) {
        let later = (modifiers.iter())
            .filter_map(|modifier| match modifier {
                Modifier::Within { then, .. } => Some(then),
                _ => None,
            })
            .flatten()
            .map(|escalation| &escalation.whom);
        let mut members: BTreeSet<&str> = BTreeSet::new();
        let mut others = 0;
        for whom in std::iter::once(&ask.whom).chain(later) {
            match group(whom).map(|group| self.manifest.groups.get(group)) {
                Some(Some(group)) => members.extend(group.iter().map(String::as_str)),
                // Of a group that is not there it is told that it is not.
                Some(None) => return,
                None => others += 1,
            }
        }
        let people = members.len() + others;
        let (wanted, span) = ask.quorum.unwrap_or((1, ask.whom.span()));
        if people as u64 >= wanted {
            return;
        }
        let message = match people {
            0 => "Nobody is in the group that is asked.".to_owned(),
            1 => format!("{wanted} people are to answer, and one is asked."),
            people => format!("{wanted} people are to answer, and {people} are asked."),
        };
        let help = match group(&ask.whom) {
            Some(group) => format!("ask for fewer, or add people to `{group}` under `[groups]`"),
            None => "ask a group of the project".to_owned(),
        };
        let diagnostic = self
            .diagnostic(codes::S249, span, message)
            .with_label("this never comes about")
            .with_help(help);
        self.push(diagnostic);
    }

    /// A group of the manifest, or a person.
    pub(super) fn whom(&mut self, whom: &Expression, scope: &Scope) -> Option<Code> {
        let before = self.diagnostics.len();
        let value = self.typed(whom, scope, None);
        match &value.of {
            Type::Unknown => {
                self.group_without_quotes(whom, before);
                None
            }
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

    /// A group that stands there without its quotes is told as that, in place of the names that are not known.
    fn group_without_quotes(&mut self, whom: &Expression, before: usize) {
        let plain = |name: &str| name.replace([' ', '-'], "_").to_lowercase();
        let written = plain(&self.written(whom.span()));
        let unknown = (self.diagnostics.get(before..))
            .is_some_and(|told| !told.is_empty() && told.iter().all(|one| one.code == codes::S201));
        let groups = || self.manifest.groups.keys().map(String::as_str);
        let group = groups()
            .find(|group| plain(group) == written)
            .or_else(|| nearest(&self.written(whom.span()), groups()));
        let Some(group) = group.filter(|_| unknown) else {
            return;
        };
        self.diagnostics.truncate(before);
        let text = format!("\"{group}\"");
        let diagnostic = self
            .diagnostic(
                codes::S896,
                whom.span(),
                format!("The name of the group {text} stands between quotes."),
            )
            .with_label("a group of the project")
            .with_edit(format!("write `{text}`"), whom.span(), text);
        self.push(diagnostic);
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

/// The group that is written here by its name.
fn group(whom: &Expression) -> Option<&str> {
    match whom {
        Expression::Text(text) => match text.parts.as_slice() {
            [TextPart::Plain(name)] => Some(name),
            _ => None,
        },
        _ => None,
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
