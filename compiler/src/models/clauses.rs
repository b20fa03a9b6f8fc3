//! The clauses of a model's body.

use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Clause, Expression, Model, Name};
use sophia_plan::expression::Expression as Code;
use sophia_plan::step::{Asking, KeptAnswers, Origin};
use sophia_plan::types::{Currency, Type};
use sophia_plan::value::Value;

use super::example::Example;
use crate::checker::Checker;
use crate::lower::Uses;
use crate::names::{nearest, with_nearest};
use crate::types::{Expected, Purpose, Scope, constant_value};

/// What the clauses say.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) routes: Vec<Arc<str>>,
    pub(super) prompt: Code,
    pub(super) ensure: Vec<Code>,
    pub(super) otherwise: Option<(Code, Origin)>,
    pub(super) budget_per_call: Option<Decimal>,
    pub(super) budget_per_run: Option<Decimal>,
    pub(super) temperature: Option<f64>,
    pub(super) asking: Asking,
    pub(super) kept: Option<KeptAnswers>,
}

impl Checker<'_> {
    /// Checks every clause of a model.
    pub(super) fn model_body(
        &mut self,
        model: &Model,
        parameters: &[(Arc<str>, Type)],
        result: &Type,
        scope: &Scope,
    ) -> Body {
        let mut body = Body {
            routes: Vec::new(),
            prompt: Code::Constant(Value::None),
            ensure: Vec::new(),
            otherwise: None,
            budget_per_call: None,
            budget_per_run: None,
            temperature: None,
            asking: Asking::InOrder,
            kept: None,
        };
        let mut asked: &[Name] = &[];
        let mut best: Option<Span> = None;
        let mut budget: Option<Span> = None;
        let mut ensures: Vec<(Code, Span)> = Vec::new();
        let mut examples: Vec<Example> = Vec::new();
        self.check_clause_counts(model);
        for clause in &model.clauses {
            match clause {
                Clause::Route {
                    routes,
                    best_of,
                    span,
                } => {
                    if *best_of {
                        body.asking = Asking::Best;
                        best = Some(*span);
                    }
                    body.routes = self.routes(routes);
                    asked = routes;
                }
                Clause::Budget {
                    per_call,
                    per_run,
                    span,
                } => {
                    budget = Some(*span);
                    body.budget_per_call = per_call.as_ref().and_then(|amount| self.budget(amount));
                    body.budget_per_run = per_run.as_ref().and_then(|amount| self.budget(amount));
                }
                Clause::Temperature { value, .. } => body.temperature = self.temperature(value),
                Clause::Ensure { condition, .. } => {
                    let before = self.diagnostics.len();
                    let code = self.ensure(condition, result, scope);
                    if self.diagnostics.len() == before {
                        self.check_ensure_says_something(&code, result, condition.span());
                        ensures.push((code.clone(), condition.span()));
                    }
                    body.ensure.push(code);
                }
                Clause::Prompt { text, .. } => body.prompt = self.prompt(text, scope),
                Clause::Otherwise { value, span } => {
                    let purpose = Purpose {
                        mismatch: codes::S544,
                        missing: codes::S545,
                        extra: codes::S546,
                        ..Purpose::plain(format!("The `otherwise` of `{}`", model.name.text))
                    };
                    let expected = Expected::new(result.clone(), purpose);
                    let code = self.check_expression(value, scope, &expected);
                    body.otherwise = Some((code, self.origin(*span)));
                }
                Clause::Cache { keep, alike, .. } => {
                    body.kept = self.kept_answers(parameters, keep, alike.as_ref());
                }
                Clause::Example { given, returns, .. } => {
                    examples.extend(self.example(model, parameters, result, (given, returns)));
                }
                Clause::Error(_) => {}
            }
        }
        if let Some(span) = best {
            let ensured = model
                .clauses
                .iter()
                .any(|clause| matches!(clause, Clause::Ensure { .. }));
            self.check_best_of(asked, ensured, span);
        }
        self.check_budgets(
            asked,
            &body.prompt,
            (body.budget_per_call, body.budget_per_run),
            budget,
        );
        self.check_strict(&model.name, result, model.result.span(), asked);
        for example in &examples {
            self.check_example(example, &ensures);
        }
        body.prompt = with_examples(body.prompt, &examples, result);
        body
    }

    fn check_clause_counts(&mut self, model: &Model) {
        for (index, clause) in model.clauses.iter().enumerate() {
            let Some(word) = once(clause) else { continue };
            let first = model
                .clauses
                .iter()
                .take(index)
                .find(|earlier| once(earlier) == Some(word));
            if let Some(first) = first
                && !self.is_broken(first.span())
            {
                let diagnostic = self
                    .diagnostic(
                        codes::S542,
                        clause.span(),
                        format!("`{word}` stands twice in `{}`.", model.name.text),
                    )
                    .with_label("the second one")
                    .with_related(first.span(), "the first one")
                    .with_help("keep one of them");
                self.push(diagnostic);
            }
        }
        if model
            .clauses
            .iter()
            .any(|clause| matches!(clause, Clause::Error(_)) || self.is_broken(clause.span()))
        {
            return;
        }
        for word in ["route", "prompt"] {
            if !model
                .clauses
                .iter()
                .any(|clause| once(clause) == Some(word))
            {
                let help = match word {
                    "route" => "add `route …` with the models to ask, in order",
                    _ => "add `prompt \"\"\"…\"\"\"` with what to ask",
                };
                let diagnostic = self
                    .diagnostic(
                        codes::S543,
                        model.name.span,
                        format!("The model `{}` has no `{word}`.", model.name.text),
                    )
                    .with_help(help);
                self.push(diagnostic);
            }
        }
    }

    fn routes(&mut self, routes: &[Name]) -> Vec<Arc<str>> {
        let mut known = Vec::with_capacity(routes.len());
        for route in routes {
            if route.text.is_empty() {
                continue;
            }
            let Some(settings) = self.manifest.models.get(&route.text) else {
                let near = nearest(&route.text, self.manifest.models.keys().map(String::as_str));
                let diagnostic = self
                    .diagnostic(
                        codes::S541,
                        route.span,
                        format!("The project has no model named `{}`.", route.text),
                    )
                    .with_label("not in sophia.toml");
                self.push(with_nearest(diagnostic, near, route.span));
                continue;
            };
            if settings.kind == "embedding" {
                let diagnostic = self
                    .diagnostic(
                        codes::S556,
                        route.span,
                        format!(
                            "`{}` turns texts into vectors; it answers no prompt.",
                            route.text
                        ),
                    )
                    .with_label("an embedding model")
                    .with_help("name a model that answers");
                self.push(diagnostic);
                continue;
            }
            if known
                .iter()
                .any(|earlier: &Arc<str>| **earlier == *route.text)
            {
                let diagnostic = self
                    .diagnostic(
                        codes::S542,
                        route.span,
                        format!("`{}` stands twice in this route.", route.text),
                    )
                    .with_help("keep one of them");
                self.push(diagnostic);
                continue;
            }
            known.push(Arc::from(route.text.as_str()));
        }
        known
    }

    fn budget(&mut self, amount: &Expression) -> Option<Decimal> {
        let dollars = Type::Money(Currency(Arc::from("USD")));
        let purpose = Purpose {
            mismatch: codes::S548,
            ..Purpose::plain("A budget")
        };
        let before = self.diagnostics.len();
        let code = self.check_expression(
            amount,
            &Scope::new(crate::types::Place::Constant),
            &Expected::new(dollars, purpose),
        );
        if self.diagnostics.len() > before {
            return None;
        }
        match constant_value(&code) {
            Some(Value::Money(amount, _)) if amount > Decimal::ZERO => Some(amount),
            _ => {
                let diagnostic = self
                    .diagnostic(codes::S548, amount.span(), "A budget is more than nothing.")
                    .with_help("write an amount such as `$0.02`");
                self.push(diagnostic);
                None
            }
        }
    }

    fn temperature(&mut self, value: &Expression) -> Option<f64> {
        let purpose = Purpose {
            mismatch: codes::S554,
            ..Purpose::plain("`temperature`")
        };
        let before = self.diagnostics.len();
        let code = self.check_expression(
            value,
            &Scope::new(crate::types::Place::Constant),
            &Expected::new(Type::Number, purpose),
        );
        if self.diagnostics.len() > before {
            return None;
        }
        let number = match constant_value(&code) {
            Some(Value::Number(number)) => Some(number),
            Some(Value::Integer(integer)) => integer.to_f64(),
            _ => None,
        };
        let fitting = number.filter(|number| (0.0..=2.0).contains(number));
        if fitting.is_none() {
            let diagnostic = self.diagnostic(
                codes::S554,
                value.span(),
                "`temperature` takes a number from 0 to 2.",
            );
            self.push(diagnostic);
        }
        fitting
    }

    /// A condition that does not look at the answer says nothing about it.
    fn check_ensure_says_something(&mut self, code: &Code, result: &Type, span: Span) {
        if *result == Type::Unknown {
            return;
        }
        let uses = Uses::of(code);
        let looks = uses.names.iter().any(|name| {
            **name == *"result"
                || matches!(result, Type::Record(record) if record.field(name).is_some())
        });
        if !looks {
            let diagnostic = self
                .diagnostic(
                    codes::S564,
                    span,
                    "This `ensure` says nothing about the answer.",
                )
                .with_help("name a field of the answer, or `result` for the whole of it");
            self.push(diagnostic);
        }
    }

    /// `ensure` sees the reply's fields and `result`, besides the parameters.
    fn ensure(&mut self, condition: &Expression, result: &Type, scope: &Scope) -> Code {
        // What a reply of unknown type has for fields is not known either.
        if *result == Type::Unknown {
            return Code::Constant(Value::None);
        }
        let mut inner = scope.clone();
        if let Type::Record(record) = result {
            for field in &record.fields {
                inner.add(field.name.clone(), field.of.clone(), condition.span());
            }
        }
        inner.add("result", result.clone(), condition.span());
        let purpose = Purpose {
            mismatch: codes::S547,
            ..Purpose::plain("`ensure`")
        };
        self.check_expression(condition, &inner, &Expected::new(Type::Boolean, purpose))
    }
}

/// A prompt with its examples behind it.
fn with_examples(prompt: Code, examples: &[Example], result: &Type) -> Code {
    if examples.is_empty() {
        return prompt;
    }
    let mut parts = match prompt {
        Code::Text(parts) => parts,
        other => vec![other],
    };
    parts.extend(
        examples
            .iter()
            .map(|example| Code::Constant(Value::Text(Arc::from(example.shown(result))))),
    );
    Code::Text(parts)
}

/// The word of a clause that may stand once.
fn once(clause: &Clause) -> Option<&'static str> {
    match clause {
        Clause::Route { .. } => Some("route"),
        Clause::Budget { .. } => Some("budget"),
        Clause::Temperature { .. } => Some("temperature"),
        Clause::Prompt { .. } => Some("prompt"),
        Clause::Otherwise { .. } => Some("otherwise"),
        Clause::Cache { .. } => Some("cache"),
        Clause::Ensure { .. } | Clause::Example { .. } | Clause::Error(_) => None,
    }
}
