//! `expect`: what must have happened.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Expectation as Written, Expression, Name};
use sophia_plan::expression::Expression as Code;
use sophia_plan::test::Expectation;
use sophia_plan::types::Type;
use sophia_plan::value::Value;

use super::asked::{Asked, fixed_text};
use crate::checker::Checker;
use crate::lower::TableUse;
use crate::names::{Declared, nearest, with_nearest};
use crate::types::{Expected, LeftOut, Place, Purpose, Scope};
use crate::units::outward;

/// What an expectation counts.
struct Counted {
    /// As people call it.
    label: String,
    /// The tool, or the connection.
    place: Arc<str>,
    /// The call, the command or the table.
    call: Arc<str>,
    arguments: Vec<(Arc<str>, Type)>,
    effect: bool,
}

impl<'a> Checker<'a> {
    pub(super) fn expectation(
        &mut self,
        written: &Written,
        span: Span,
        seen: &Scope,
        asked: &Asked<'a>,
    ) -> Option<Expectation> {
        match written {
            Written::Before { first, second } => self.order(first, second, span),
            Written::WaitsFor(what) => self.waiting(what, asked),
            Written::Called { path, times, with } => {
                let counted = self.counted(path)?;
                let with = match with {
                    Some(with) => Some(self.with(&counted, with)?),
                    None => None,
                };
                Some(Expectation::Called {
                    tool: counted.place,
                    call: counted.call,
                    times: *times,
                    with,
                })
            }
            Written::Fails { message } => {
                let message = message.as_ref().map(|message| {
                    let expected = Expected::plain(Type::Text, "The message of a failure");
                    self.check_expression(message, &Scope::new(Place::Constant), &expected)
                });
                Some(Expectation::Fails { message })
            }
            Written::Holds(condition) => {
                Some(Expectation::Holds(self.check_condition(condition, seen)))
            }
        }
    }

    /// `expect A before B`: reads float, so only of effects is the order told.
    fn order(&mut self, first: &[Name], second: &[Name], span: Span) -> Option<Expectation> {
        let first_call = self.ordered(first);
        let second_call = self.ordered(second);
        let (first, second) = (first_call?, second_call?);
        if first == second {
            let diagnostic = self
                .diagnostic(codes::S863, span, "Nothing comes before itself.")
                .with_help("name two calls");
            self.push(diagnostic);
            return None;
        }
        Some(Expectation::Before { first, second })
    }

    fn ordered(&mut self, path: &[Name]) -> Option<(Arc<str>, Arc<str>)> {
        let counted = self.counted(path)?;
        if !counted.effect {
            let span = match path {
                [first, .., last] => first.span.to(last.span),
                [only] => only.span,
                [] => return None,
            };
            let diagnostic = self
                .diagnostic(
                    codes::S863,
                    span,
                    format!("`{}` only reads, and reads keep no order.", counted.label),
                )
                .with_help("name a call that changes the world");
            self.push(diagnostic);
            return None;
        }
        Some((counted.place, counted.call))
    }

    /// What is counted: a call of a tool, a command, or a table that rows are recorded into.
    fn counted(&mut self, path: &[Name]) -> Option<Counted> {
        match path {
            [name] if matches!(self.names.get(&name.text), Some(Declared::Command(_))) => {
                let facts = self.command(&name.text)?;
                Some(Counted {
                    label: name.text.clone(),
                    place: facts.definition.connection.clone(),
                    call: Arc::from(name.text.as_str()),
                    arguments: facts.definition.parameters.clone(),
                    effect: true,
                })
            }
            [connection, table]
                if matches!(self.names.get(&connection.text), Some(Declared::Connection)) =>
            {
                let (label, row) = self.table_of(path, TableUse::Written)?;
                Some(Counted {
                    label,
                    place: Arc::from(connection.text.as_str()),
                    call: Arc::from(table.text.as_str()),
                    arguments: vec![(Arc::from("rows"), Type::Table(Arc::new(row)))],
                    effect: true,
                })
            }
            [tool, call] => {
                let facts = self.granted_call(tool, call, &Scope::new(Place::Constant))?;
                let arguments = facts.arguments.iter();
                Some(Counted {
                    label: format!("{}.{}", tool.text, call.text),
                    place: Arc::from(tool.text.as_str()),
                    call: Arc::from(call.text.as_str()),
                    arguments: arguments
                        .map(|argument| (argument.name.clone(), argument.of.clone()))
                        .collect(),
                    effect: facts.effect,
                })
            }
            _ => {
                self.report_no_call(path);
                None
            }
        }
    }

    /// `expect waits for "finance"`, `expect waits for zendesk.ticket_closed`, `expect waits for went`
    fn waiting(&mut self, what: &Expression, asked: &Asked<'a>) -> Option<Expectation> {
        let event = match what {
            Expression::Name(event) => vec![event.clone()],
            Expression::Field { of, name, .. } => match &**of {
                Expression::Name(tool) => vec![tool.clone(), name.clone()],
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        if !event.is_empty() {
            let path = self.awaited(&event, asked)?;
            let text = Value::Text(Arc::from(path));
            return Some(Expectation::WaitsFor(Code::Constant(text)));
        }
        if let Some(text) = fixed_text(what) {
            let people = asked.people.iter().map(|(name, _)| name.as_str());
            let is_asked = people.clone().any(|name| name == text);
            if !is_asked && nearest(&text, people).is_some() {
                self.forms_of(&text, what.span(), asked)?;
            }
        }
        let before = self.diagnostics.len();
        let expected = Expected::plain(Type::Text, "`expect waits for`");
        let code = self.check_expression(what, &Scope::new(Place::Constant), &expected);
        (self.diagnostics.len() == before).then_some(Expectation::WaitsFor(code))
    }

    fn report_no_call(&mut self, path: &[Name]) {
        let Some(name) = path.first().filter(|name| !name.text.is_empty()) else {
            return;
        };
        let diagnostic = self
            .diagnostic(
                codes::S856,
                name.span,
                format!(
                    "`{}` is no call, command or table, so it cannot be counted.",
                    name.text
                ),
            )
            .with_help("name a call such as `slack.post_message`");
        self.push(diagnostic);
    }

    /// Some of the arguments of a call.
    fn with(&mut self, counted: &Counted, with: &Expression) -> Option<Code> {
        let arguments = counted.arguments.iter();
        let arguments = arguments.map(|(name, of)| (name, of, false));
        self.notes.wanted_fields(with.span(), arguments);
        let Expression::Record { fields, .. } = with else {
            if !matches!(with, Expression::Missing(_)) {
                let diagnostic = self
                    .diagnostic(
                        codes::S857,
                        with.span(),
                        "`with` takes arguments in a record.",
                    )
                    .with_help("write `with { argument: value }`");
                self.push(diagnostic);
            }
            return None;
        };
        let mut codes = Vec::with_capacity(fields.len());
        for field in fields {
            let label = &counted.label;
            let argument = counted
                .arguments
                .iter()
                .find(|(name, _)| **name == *field.name.text);
            let Some((name, of)) = argument else {
                let near = nearest(
                    &field.name.text,
                    counted.arguments.iter().map(|(name, _)| &**name),
                );
                let diagnostic = self
                    .diagnostic(
                        codes::S857,
                        field.name.span,
                        format!("`{label}` takes no argument `{}`.", field.name.text),
                    )
                    .with_label("not in the tool's schema");
                self.push(with_nearest(diagnostic, near, field.name.span));
                continue;
            };
            let purpose = Purpose {
                mismatch: codes::S853,
                left_out: LeftOut::Absent,
                ..Purpose::plain(format!("The argument `{name}` of `{label}`"))
            };
            let code = self.check_expression(
                &field.value,
                &Scope::new(Place::Constant),
                &Expected::new(of.clone(), purpose),
            );
            codes.push((name.clone(), outward(code, of)));
        }
        Some(Code::Record {
            fields: codes,
            name: None,
        })
    }
}
