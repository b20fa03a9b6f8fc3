//! Calls of tools: whether the arguments fit what the server takes, and whether the call is an
//! effect or a read as it is written.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Argument, Call, Expression, Name};
use sophia_plan::step::{ToolArgument, Work};
use sophia_plan::types::Type;

use super::facts::{ToolFacts, ToolParameter};
use crate::checker::Checker;
use crate::names::{nearest, with_nearest};
use crate::types::{Scope, Typed};

impl Checker<'_> {
    /// A tool call in an expression, which must be a read.
    pub(crate) fn tool_read(
        &mut self,
        tool: &Name,
        call_name: &Name,
        call: &Call,
        scope: &Scope,
    ) -> Typed {
        if tool.text.is_empty() {
            return Typed::unknown();
        }
        let Some(facts) = self.granted_call(tool, call_name, scope) else {
            self.look_at(&call.arguments, scope);
            return Typed::unknown();
        };
        let label = format!("{}.{}", tool.text, call_name.text);
        if facts.effect {
            let diagnostic = self
                .diagnostic(
                    codes::S504,
                    call.span,
                    format!("`{label}` changes the world, so it is called with `do`."),
                )
                .with_label("an effect");
            let start = Span {
                start: call.span.start,
                end: call.span.start,
            };
            let diagnostic = diagnostic.with_edit(format!("write `do {label}(…)`"), start, "do ");
            self.push(diagnostic);
            self.look_at(&call.arguments, scope);
            return Typed::unknown();
        }
        let arguments = self.tool_arguments(&label, &facts, call, scope);
        if self.refuses_call(&format!("The call `{label}`"), call.span, scope) {
            return Typed::unknown();
        }
        let work = Work::Tool {
            tool: Arc::from(tool.text.as_str()),
            call: Arc::from(call_name.text.as_str()),
            wire_name: facts.wire_name.clone(),
            arguments,
            effect: false,
        };
        let code = self.hoist(&label, work, facts.result.clone(), call.span);
        Typed::new(code, facts.result.clone())
    }

    /// The call of a `do`: its label, its work and its result. `None` where it has a mistake.
    pub(crate) fn tool_effect(
        &mut self,
        call: &Call,
        scope: &Scope,
        place: Span,
    ) -> Option<(String, Work, Type)> {
        self.note_arguments(call);
        let parts = match &*call.callee {
            Expression::Field { of, name, .. } => match &**of {
                Expression::Name(tool) if scope.local(&tool.text).is_none() => Some((tool, name)),
                _ => None,
            },
            _ => None,
        };
        let Some((tool, call_name)) = parts else {
            self.report_no_effect(call);
            self.look_at(&call.arguments, scope);
            return None;
        };
        let Some(facts) = self.granted_call(tool, call_name, scope) else {
            self.look_at(&call.arguments, scope);
            return None;
        };
        let label = format!("{}.{}", tool.text, call_name.text);
        if !facts.effect {
            let diagnostic = self
                .diagnostic(
                    codes::S505,
                    call.span,
                    format!("`{label}` only reads, so it is called without `do`."),
                )
                .with_label("read-only, says sophia.lock")
                .with_edit(
                    "leave `do` out",
                    Span {
                        start: place.start,
                        end: call.span.start.max(place.start),
                    },
                    "",
                );
            self.push(diagnostic);
            self.look_at(&call.arguments, scope);
            return None;
        }
        let arguments = self.tool_arguments(&label, &facts, call, scope);
        let work = Work::Tool {
            tool: Arc::from(tool.text.as_str()),
            call: Arc::from(call_name.text.as_str()),
            wire_name: facts.wire_name.clone(),
            arguments,
            effect: true,
        };
        Some((label, work, facts.result.clone()))
    }

    fn report_no_effect(&mut self, call: &Call) {
        if matches!(&*call.callee, Expression::Missing(_)) {
            return;
        }
        let written = self.written(call.callee.span());
        let diagnostic = self
            .diagnostic(
                codes::S510,
                call.callee.span(),
                format!("`do` calls a tool, and `{written}` is none."),
            )
            .with_help(format!("write `let … = {written}(…)` to use its result"));
        self.push(diagnostic);
    }

    /// The facts of a call that the playbook may make.
    pub(crate) fn granted_call(
        &mut self,
        tool: &Name,
        call: &Name,
        scope: &Scope,
    ) -> Option<Arc<ToolFacts>> {
        if tool.text.is_empty() {
            return None;
        }
        if self.granted_tool(tool) {
            return self.tool(tool, call);
        }
        if !self.manifest.tools.contains_key(&tool.text) {
            match self.names.get(&tool.text) {
                Some(what) => {
                    let diagnostic = self.diagnostic(
                        codes::S319,
                        tool.span,
                        format!("`{}` is {}; it has no calls.", tool.text, what.noun()),
                    );
                    self.push(diagnostic);
                }
                None => self.report_unknown_tool(tool, scope),
            }
        }
        None
    }

    fn report_unknown_tool(&mut self, tool: &Name, scope: &Scope) {
        if self.broken.may_declare(&tool.text) {
            return;
        }
        let near = nearest(&tool.text, self.manifest.tools.keys().map(String::as_str))
            .or_else(|| nearest(&tool.text, scope.names()))
            .map(str::to_owned);
        let diagnostic = self
            .diagnostic(
                codes::S201,
                tool.span,
                format!("The project has no tool named `{}`.", tool.text),
            )
            .with_label("not known");
        self.push(with_nearest(diagnostic, near.as_deref(), tool.span));
    }

    /// Checks arguments of a call that is itself wrong, for their own mistakes.
    fn look_at(&mut self, arguments: &[Argument], scope: &Scope) {
        for argument in arguments {
            self.typed(&argument.value, &scope.lazily(), None);
        }
    }

    fn tool_arguments(
        &mut self,
        label: &str,
        facts: &ToolFacts,
        call: &Call,
        scope: &Scope,
    ) -> Vec<ToolArgument> {
        let before = self.diagnostics.len();
        let mut given: Vec<ToolArgument> = Vec::with_capacity(call.arguments.len());
        let mut known = Vec::with_capacity(call.arguments.len());
        let mut wrong = false;
        for argument in &call.arguments {
            let Some(name) = &argument.name else {
                if !wrong {
                    self.report_unnamed(label, facts, argument);
                }
                wrong = true;
                continue;
            };
            if given.iter().any(|known| *known.name == *name.text) {
                let diagnostic = self
                    .diagnostic(
                        codes::S513,
                        name.span,
                        format!("The argument `{}` is given twice.", name.text),
                    )
                    .with_help("keep one of them");
                self.push(diagnostic);
                continue;
            }
            let Some(parameter) = facts.argument(&name.text) else {
                if facts.open {
                    let value = self.typed(&argument.value, scope, None);
                    given.push(ToolArgument {
                        name: Arc::from(name.text.as_str()),
                        wire_name: Arc::from(name.text.as_str()),
                        value: value.expression,
                        role: facts.role(&name.text),
                    });
                } else {
                    wrong = true;
                    self.report_unknown_tool_argument(label, facts, call, name);
                    self.typed(&argument.value, scope, None);
                }
                continue;
            };
            if let Some(unit) = &parameter.unread {
                let what = format!("{label}.{}", parameter.name);
                self.report_unread(&what, unit, name.span);
            }
            let checked = self.tool_argument(label, parameter, facts, &argument.value, scope);
            known.push((parameter, &argument.value, checked.seen));
            given.push(ToolArgument {
                name: parameter.name.clone(),
                wire_name: parameter.wire_name.clone(),
                value: checked.code,
                role: parameter.role,
            });
        }
        if !wrong && self.check_required(label, facts, call, &given) {
            let clean = self
                .diagnostics
                .iter()
                .skip(before)
                .all(|diagnostic| !diagnostic.is_error());
            if clean && known.len() == given.len() {
                self.check_together(label, facts, &known, call.span);
            }
        }
        given
    }

    /// Whether everything that the schema requires is given.
    fn check_required(
        &mut self,
        label: &str,
        facts: &ToolFacts,
        call: &Call,
        given: &[ToolArgument],
    ) -> bool {
        let missing: Vec<&ToolParameter> = facts
            .arguments
            .iter()
            .filter(|argument| argument.required)
            .filter(|argument| !given.iter().any(|known| known.name == argument.name))
            .collect();
        if missing.is_empty() {
            return true;
        }
        let names: Vec<String> = missing
            .iter()
            .map(|argument| format!("`{}`", argument.name))
            .collect();
        let mut diagnostic = self.diagnostic(
            codes::S503,
            call.span,
            format!("`{label}` also needs {}.", names.join(", ")),
        );
        for argument in missing {
            diagnostic =
                diagnostic.with_note(format!("expected: {}: {}", argument.name, argument.of));
        }
        self.push(diagnostic);
        false
    }

    pub(crate) fn report_unknown_tool_argument(
        &mut self,
        label: &str,
        facts: &ToolFacts,
        call: &Call,
        name: &Name,
    ) {
        let free = facts
            .arguments
            .iter()
            .map(|argument| &*argument.name)
            .filter(|known| {
                !call
                    .arguments
                    .iter()
                    .any(|given| given.name.as_ref().is_some_and(|name| name.text == **known))
            });
        let near = nearest(&name.text, free);
        let renamed = facts
            .arguments
            .iter()
            .find(|argument| *argument.wire_name == *name.text)
            .map(|argument| argument.name.to_string());
        let near = renamed.as_deref().or(near);
        let mut diagnostic = self
            .diagnostic(
                codes::S502,
                name.span,
                format!("`{label}` takes no argument `{}`.", name.text),
            )
            .with_label("not in the tool's schema");
        if near.is_none() {
            diagnostic = diagnostic.with_note(format!("it takes: {}", argument_names(facts)));
        }
        self.push(with_nearest(diagnostic, near, name.span));
    }

    fn report_unnamed(&mut self, label: &str, facts: &ToolFacts, argument: &Argument) {
        let span = argument.value.span();
        let start = Span {
            start: span.start,
            end: span.start,
        };
        let mut diagnostic = self.diagnostic(
            codes::S512,
            span,
            format!("The arguments of `{label}` are named."),
        );
        diagnostic = match facts.arguments.as_slice() {
            [only] => diagnostic.with_edit(
                format!("write `{}: …`", only.name),
                start,
                format!("{}: ", only.name),
            ),
            _ => diagnostic.with_note(format!("it takes: {}", argument_names(facts))),
        };
        self.push(diagnostic);
    }
}

fn argument_names(facts: &ToolFacts) -> String {
    if facts.arguments.is_empty() {
        return "nothing".to_owned();
    }
    facts
        .arguments
        .iter()
        .map(|argument| format!("`{}`", argument.name))
        .collect::<Vec<_>>()
        .join(", ")
}
