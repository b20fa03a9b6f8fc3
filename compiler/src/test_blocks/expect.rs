//! `expect`: what must have happened.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Expectation as Written, Expression, Name};
use sophia_plan::expression::Expression as Code;
use sophia_plan::test::Expectation;
use sophia_plan::types::Type;
use sophia_plan::value::Value;

use super::asked::Asked;
use crate::checker::Checker;
use crate::names::{nearest, with_nearest};
use crate::tools::ToolFacts;
use crate::types::{Expected, LeftOut, Place, Purpose, Scope};
use crate::units::outward;

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
                let [tool, call] = path.as_slice() else {
                    self.report_no_call(path);
                    return None;
                };
                let facts = self.granted_call(tool, call, &Scope::new(Place::Constant))?;
                let label = format!("{}.{}", tool.text, call.text);
                let with = match with {
                    Some(with) => Some(self.with(&label, &facts, with)?),
                    None => None,
                };
                Some(Expectation::Called {
                    tool: Arc::from(tool.text.as_str()),
                    call: Arc::from(call.text.as_str()),
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
        let [tool, call] = path else {
            self.report_no_call(path);
            return None;
        };
        let facts = self.granted_call(tool, call, &Scope::new(Place::Constant))?;
        if !facts.effect {
            let diagnostic = self
                .diagnostic(
                    codes::S863,
                    tool.span.to(call.span),
                    format!(
                        "`{}.{}` only reads, and reads keep no order.",
                        tool.text, call.text
                    ),
                )
                .with_help("name a call that changes the world");
            self.push(diagnostic);
            return None;
        }
        Some((Arc::from(tool.text.as_str()), Arc::from(call.text.as_str())))
    }

    /// `expect waits for "finance"`, `expect waits for zendesk.ticket_closed`
    fn waiting(&mut self, what: &Expression, asked: &Asked<'a>) -> Option<Expectation> {
        if let Expression::Field { of, name, .. } = what
            && let Expression::Name(tool) = &**of
        {
            let path = self.awaited(&[tool.clone(), name.clone()], asked)?;
            let text = Value::Text(Arc::from(path));
            return Some(Expectation::WaitsFor(Code::Constant(text)));
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
                    "`{}` is no call of a tool, so it cannot be counted.",
                    name.text
                ),
            )
            .with_help("name a call such as `slack.post_message`");
        self.push(diagnostic);
    }

    /// Some of the arguments of a call.
    fn with(&mut self, label: &str, facts: &ToolFacts, with: &Expression) -> Option<Code> {
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
            let Some(argument) = facts.argument(&field.name.text) else {
                let near = nearest(
                    &field.name.text,
                    facts.arguments.iter().map(|argument| &*argument.name),
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
                ..Purpose::plain(format!("The argument `{}` of `{label}`", argument.name))
            };
            let code = self.check_expression(
                &field.value,
                &Scope::new(Place::Constant),
                &Expected::new(argument.of.clone(), purpose),
            );
            codes.push((argument.name.clone(), outward(code, &argument.of)));
        }
        Some(Code::Record {
            fields: codes,
            name: None,
        })
    }
}
