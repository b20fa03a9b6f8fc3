//! Calls: which declaration is called, and whether the arguments fit its parameters.

use std::sync::Arc;

use sophia_diagnostics::codes;
use sophia_language::syntax::{Argument, Call, Expression, Name, Query};
use sophia_plan::expression::Expression as Code;
use sophia_plan::step::Work;
use sophia_plan::types::Type;

use super::Typed;
use super::expected::Expected;
use super::scope::{Grouping, Place, Scope};
use super::signatures;
use crate::checker::Checker;
use crate::names::{Declared, nearest, with_nearest};

impl Checker<'_> {
    /// A call in an expression: of a function, a query, a model, a predictor, or a tool that reads.
    pub(super) fn call(&mut self, call: &Call, scope: &Scope) -> Typed {
        self.note_arguments(call);
        if self.is_later(&call.callee, scope) {
            self.look_at_arguments(call, scope);
            return Typed::unknown();
        }
        match &*call.callee {
            Expression::Name(name) => self.named_call(name, call, scope),
            Expression::Field { of, name, .. } => {
                if let Expression::Name(tool) = &**of
                    && scope.local(&tool.text).is_none()
                {
                    return self.tool_read(tool, name, call, scope);
                }
                self.not_callable(call)
            }
            Expression::Missing(_) => Typed::unknown(),
            _ => self.not_callable(call),
        }
    }

    /// Whether a call leads to something that is not followed yet, which is told where it is declared.
    pub(crate) fn is_later(&self, callee: &Expression, scope: &Scope) -> bool {
        match callee {
            Expression::Name(name) => {
                scope.local(&name.text).is_none()
                    && self.names.get(&name.text).is_some_and(Declared::is_open)
            }
            Expression::Field { of, .. } => self.is_later(of, scope),
            _ => false,
        }
    }

    /// Checks the arguments of a call of which nothing else is known.
    pub(crate) fn look_at_arguments(&mut self, call: &Call, scope: &Scope) {
        for argument in &call.arguments {
            self.typed(&argument.value, scope, None);
        }
    }

    fn named_call(&mut self, name: &Name, call: &Call, scope: &Scope) -> Typed {
        if name.text.is_empty() {
            return Typed::unknown();
        }
        if scope.local(&name.text).is_some() {
            return self.not_callable(call);
        }
        match self.names.get(&name.text) {
            Some(Declared::Query(query)) => self.query_call(name, query, call, scope),
            Some(Declared::Model(_)) => self.model_call(name, call, scope),
            Some(Declared::Predictor(_)) => self.prediction(name, call, scope),
            Some(_) => self.not_callable(call),
            None => match signatures::built_in(&name.text) {
                Some(function) => self.built_in(&name.text, function, call, scope),
                None => self.unknown_callee(name, call, scope),
            },
        }
    }

    fn not_callable(&mut self, call: &Call) -> Typed {
        let written = self.written(call.callee.span());
        let diagnostic = self
            .diagnostic(
                codes::S319,
                call.callee.span(),
                format!("`{written}` is nothing that can be called."),
            )
            .with_help(
                "queries, models, predictors, functions and the calls of tools can be called",
            );
        self.push(diagnostic);
        Typed::unknown()
    }

    fn unknown_callee(&mut self, name: &Name, call: &Call, scope: &Scope) -> Typed {
        // Beside an aggregate that is misspelt no column would be right.
        let gathers = scope
            .row
            .as_ref()
            .is_some_and(|row| matches!(row.group, Grouping::Beside(_)));
        if !gathers {
            for argument in &call.arguments {
                self.typed(&argument.value, &scope.lazily(), None);
            }
        }
        if self.broken.may_declare(&name.text) {
            return Typed::unknown();
        }
        let declared = self
            .names
            .all()
            .filter(|(_, what)| {
                matches!(
                    what,
                    Declared::Query(_)
                        | Declared::Model(_)
                        | Declared::Predictor(_)
                        | Declared::Function(_)
                )
            })
            .map(|(name, _)| name);
        let habit = match name.text.to_lowercase().as_str() {
            "len" => Some("length"),
            "avg" | "mean" => Some("average"),
            "size" => Some("count"),
            "upcase" | "ucase" => Some("upper"),
            "lcase" => Some("lower"),
            _ => None,
        };
        let near = habit
            .or_else(|| nearest(&name.text, declared.chain(signatures::names())))
            .map(str::to_owned);
        let diagnostic = self
            .diagnostic(
                codes::S201,
                name.span,
                format!("There is nothing named `{}` to call.", name.text),
            )
            .with_label("not known");
        self.push(with_nearest(diagnostic, near.as_deref(), name.span));
        Typed::unknown()
    }

    /// A query without parameters as a value: one step, shared by the whole run.
    pub(super) fn query_value(&mut self, name: &Name, query: &Query, scope: &Scope) -> Typed {
        if !query.parameters.is_empty() {
            let diagnostic = self
                .diagnostic(
                    codes::S325,
                    name.span,
                    format!("The query `{}` needs arguments.", name.text),
                )
                .with_help(format!("call it: `{}(…)`", name.text));
            self.push(diagnostic);
            return Typed::unknown();
        }
        let refused = match scope.place {
            Place::Declaration => true,
            Place::Expectation => !self.pending.is_shared(&name.text),
            _ => false,
        };
        if refused && self.refuses_call(&format!("The read of `{}`", name.text), name.span, scope) {
            return Typed::unknown();
        }
        let Some(facts) = self.query(&name.text) else {
            return Typed::unknown();
        };
        let of = Type::Table(facts.definition.row.clone());
        let work = Work::Query {
            query: Arc::from(name.text.as_str()),
            arguments: Vec::new(),
        };
        let code = self.share_step(&name.text, work, of.clone(), name.span);
        Typed::new(code, of)
    }

    fn query_call(&mut self, name: &Name, query: &Query, call: &Call, scope: &Scope) -> Typed {
        if query.parameters.is_empty() && call.arguments.is_empty() {
            return self.query_value(name, query, scope);
        }
        let facts = self.query(&name.text);
        let parameters = facts
            .as_ref()
            .map(|facts| facts.definition.parameters.clone());
        let Some((facts, parameters)) = facts.zip(parameters) else {
            return Typed::unknown();
        };
        let arguments = self.arguments(&name.text, &parameters, call, scope);
        let refused = !matches!(scope.place, Place::Statement | Place::Lazy);
        if refused && self.refuses_call(&format!("The read of `{}`", name.text), call.span, scope) {
            return Typed::unknown();
        }
        let of = Type::Table(facts.definition.row.clone());
        let work = Work::Query {
            query: Arc::from(name.text.as_str()),
            arguments,
        };
        let code = self.hoist(&name.text, work, of.clone(), call.span);
        Typed::new(code, of)
    }

    fn model_call(&mut self, name: &Name, call: &Call, scope: &Scope) -> Typed {
        let Some(facts) = self.model(name) else {
            for argument in &call.arguments {
                self.typed(&argument.value, &scope.lazily(), None);
            }
            return Typed::unknown();
        };
        let mut arguments = self.arguments(&name.text, &facts.parameters, call, scope);
        if self.refuses_call(&format!("The model call `{}`", name.text), call.span, scope) {
            return Typed::unknown();
        }
        arguments.extend(
            facts
                .captured
                .iter()
                .map(|input| (input.clone(), Code::Name(input.clone()))),
        );
        let of = facts.definition.result.clone();
        let work = Work::Model {
            model: Arc::from(name.text.as_str()),
            arguments,
        };
        let code = self.hoist(&name.text, work, of.clone(), call.span);
        Typed::new(code, of)
    }

    /// Arguments by position and name against parameters.
    fn arguments(
        &mut self,
        callee: &str,
        parameters: &[(Arc<str>, Type)],
        call: &Call,
        scope: &Scope,
    ) -> Vec<(Arc<str>, Code)> {
        if self.broken.is_nameless() {
            for argument in &call.arguments {
                self.typed(&argument.value, scope, None);
            }
            return Vec::new();
        }
        let mut given: Vec<Option<&Argument>> = vec![None; parameters.len()];
        let mut position = 0;
        let mut wrong = false;
        for argument in &call.arguments {
            let index = if let Some(name) = &argument.name {
                parameters
                    .iter()
                    .position(|(parameter, _)| **parameter == *name.text)
            } else {
                position += 1;
                Some(position - 1)
            };
            match index.and_then(|index| given.get_mut(index)) {
                Some(slot @ None) => *slot = Some(argument),
                Some(Some(_)) => {
                    wrong = true;
                    self.report_argument(
                        argument,
                        format!("This argument of `{callee}` is given twice."),
                        None,
                    );
                }
                None => {
                    wrong = true;
                    self.report_unknown_argument(callee, parameters, argument);
                }
            }
        }
        let mut arguments = Vec::with_capacity(parameters.len());
        let mut missing = Vec::new();
        for ((name, of), argument) in parameters.iter().zip(given) {
            match argument {
                Some(argument) => {
                    let expected =
                        Expected::plain(of.clone(), format!("The argument `{name}` of `{callee}`"));
                    let code = self.check_expression(&argument.value, scope, &expected);
                    arguments.push((name.clone(), code));
                }
                None => missing.push((name, of)),
            }
        }
        if !wrong && !missing.is_empty() {
            let names: Vec<String> = missing
                .iter()
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            let mut diagnostic = self.diagnostic(
                codes::S325,
                call.span,
                format!("`{callee}` also needs {}.", names.join(", ")),
            );
            for (name, of) in missing {
                diagnostic = diagnostic.with_note(format!("expected: {name}: {of}"));
            }
            self.push(diagnostic);
        }
        arguments
    }

    fn report_unknown_argument(
        &mut self,
        callee: &str,
        parameters: &[(Arc<str>, Type)],
        argument: &Argument,
    ) {
        if let Some(name) = &argument.name {
            let near = nearest(&name.text, parameters.iter().map(|(name, _)| &**name));
            let message = format!("`{callee}` has no parameter `{}`.", name.text);
            self.report_argument(argument, message, near);
            return;
        }
        let message = match parameters.len() {
            0 => format!("`{callee}` takes no arguments."),
            1 => format!("`{callee}` takes one argument."),
            count => format!("`{callee}` takes {count} arguments."),
        };
        self.report_argument(argument, message, None);
    }

    fn report_argument(&mut self, argument: &Argument, message: String, near: Option<&str>) {
        let span = argument
            .name
            .as_ref()
            .map_or(argument.value.span(), |name| name.span);
        let diagnostic = self.diagnostic(codes::S325, span, message);
        self.push(with_nearest(diagnostic, near, span));
    }
}
