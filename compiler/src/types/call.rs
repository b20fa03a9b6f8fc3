//! Calls: which declaration is called, and whether the arguments fit its parameters.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Argument, Call, Expression, Name, Query};
use sophia_plan::expression::Expression as Code;
use sophia_plan::step::Work;
use sophia_plan::types::Type;

use super::Typed;
use super::expected::Expected;
use super::scope::{Grouping, Place, Scope};
use super::signatures;
use crate::checker::Checker;
use crate::declared::{Shared, planned_of};
use crate::models::ModelFacts;
use crate::names::{Declared, nearest, with_nearest};
use crate::queries::QueryFacts;

impl Checker<'_> {
    /// A call in an expression: of a function, a query, a model, a predictor, or a tool that reads.
    pub(super) fn call(&mut self, call: &Call, scope: &Scope) -> Typed {
        self.note_arguments(call);
        match &*call.callee {
            Expression::Name(name) => self.named_call(name, call, scope),
            Expression::Field { of, name, .. } => {
                if let Expression::Name(tool) = &**of
                    && scope.local(&tool.text).is_none()
                {
                    if matches!(self.names.get(&tool.text), Some(Declared::Module(_))) {
                        return self.shared_call(tool, name, call, scope);
                    }
                    return self.tool_read(tool, name, call, scope);
                }
                self.not_callable(call)
            }
            Expression::Missing(_) => Typed::unknown(),
            _ => self.not_callable(call),
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
            Some(Declared::Function(_)) => {
                let facts = self.function(&name.text, name.span);
                self.function_call(&name.text, facts, call, scope)
            }
            Some(what @ (Declared::Action(_) | Declared::Command(_))) => {
                self.report_without_do(&name.text, what.noun(), "do", call, scope)
            }
            Some(Declared::Playbook) => {
                self.report_without_do(&name.text, "a playbook", "run", call, scope)
            }
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
            // A named argument such as `to:` may name a place, which is no value.
            let values = (call.arguments.iter()).filter(|argument| argument.name.is_none());
            for argument in values {
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

    /// A query without parameters as a value: a reading that its uses share.
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
            Place::Expectation => !self.pending.is_given(&name.text),
            _ => false,
        };
        if refused && self.refuses_call(&format!("The read of `{}`", name.text), name.span, scope) {
            return Typed::unknown();
        }
        let Some(facts) = self.query(&name.text) else {
            return Typed::unknown();
        };
        let of = Type::Table(facts.definition.row.clone());
        if scope.place == Place::Expectation {
            return Typed::new(Code::Name(Arc::from(name.text.as_str())), of);
        }
        let work = Work::Query {
            query: self.planned(&name.text),
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
        let planned = self.planned(&name.text);
        self.query_with(&name.text, planned, facts, call, scope)
    }

    /// A call of a query whose facts are known, or have a mistake.
    fn query_with(
        &mut self,
        shown: &str,
        planned: Arc<str>,
        facts: Option<Arc<QueryFacts>>,
        call: &Call,
        scope: &Scope,
    ) -> Typed {
        let parameters = facts
            .as_ref()
            .map(|facts| facts.definition.parameters.clone());
        let Some((facts, parameters)) = facts.zip(parameters) else {
            return Typed::unknown();
        };
        let arguments = self.arguments(shown, &parameters, call, scope);
        let refused = !matches!(scope.place, Place::Statement | Place::Lazy);
        if refused && self.refuses_call(&format!("The read of `{shown}`"), call.span, scope) {
            return Typed::unknown();
        }
        let of = Type::Table(facts.definition.row.clone());
        let work = Work::Query {
            query: planned,
            arguments,
        };
        let code = self.hoist(shown, work, of.clone(), call.span);
        Typed::new(code, of)
    }

    fn model_call(&mut self, name: &Name, call: &Call, scope: &Scope) -> Typed {
        let facts = self.model(name);
        let planned = self.planned(&name.text);
        self.model_with(&name.text, planned, facts, call, scope)
    }

    /// A call of a model whose facts are known, or have a mistake.
    fn model_with(
        &mut self,
        shown: &str,
        planned: Arc<str>,
        facts: Option<Arc<ModelFacts>>,
        call: &Call,
        scope: &Scope,
    ) -> Typed {
        let Some(facts) = facts else {
            for argument in &call.arguments {
                self.typed(&argument.value, &scope.lazily(), None);
            }
            return Typed::unknown();
        };
        let mut arguments = self.arguments(shown, &facts.parameters, call, scope);
        if self.refuses_call(&format!("The model call `{shown}`"), call.span, scope) {
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
            model: planned,
            arguments,
        };
        let code = self.hoist(shown, work, of.clone(), call.span);
        Typed::new(code, of)
    }

    /// A call through a module: `sales.summarize(…)`.
    fn shared_call(&mut self, module: &Name, name: &Name, call: &Call, scope: &Scope) -> Typed {
        let shown = format!("{}.{}", module.text, name.text);
        let planned = planned_of(module, name);
        match self.shared(module, name) {
            Some(Shared::Function(facts)) => self.function_call(&shown, facts, call, scope),
            Some(Shared::Shaped(function)) => self.shaped_call(function, &shown, call, scope),
            Some(Shared::Query(facts)) => self.query_with(&shown, planned, facts, call, scope),
            Some(Shared::Model(facts)) => self.model_with(&shown, planned, facts, call, scope),
            Some(Shared::Action(_)) => {
                self.report_without_do(&shown, "an action", "do", call, scope)
            }
            Some(Shared::Command(_)) => {
                self.report_without_do(&shown, "a command", "do", call, scope)
            }
            Some(Shared::Type | Shared::Metric(_) | Shared::Predictor) => self.not_callable(call),
            None => {
                self.look_at_arguments(call, &scope.lazily());
                Typed::unknown()
            }
        }
    }

    /// Something that changes the world, called as if it were a value.
    fn report_without_do(
        &mut self,
        shown: &str,
        noun: &str,
        word: &str,
        call: &Call,
        scope: &Scope,
    ) -> Typed {
        let start = Span {
            start: call.span.start,
            end: call.span.start,
        };
        let diagnostic = self
            .diagnostic(
                codes::S504,
                call.span,
                format!("`{shown}` is {noun}, so it is called with `{word}`."),
            )
            .with_label("an effect")
            .with_edit(
                format!("write `{word} {shown}(…)`"),
                start,
                format!("{word} "),
            );
        self.push(diagnostic);
        self.look_at_arguments(call, &scope.lazily());
        Typed::unknown()
    }

    /// Arguments by position and name against parameters.
    pub(crate) fn arguments(
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

    pub(super) fn report_unknown_argument(
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

    pub(super) fn report_argument(
        &mut self,
        argument: &Argument,
        message: String,
        near: Option<&str>,
    ) {
        let span = argument
            .name
            .as_ref()
            .map_or(argument.value.span(), |name| name.span);
        let diagnostic = self.diagnostic(codes::S325, span, message);
        self.push(with_nearest(diagnostic, near, span));
    }
}
