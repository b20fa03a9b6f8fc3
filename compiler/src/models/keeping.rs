//! What bounds the asking of a model: kept answers, budgets against prices, and the choice among routes.

use std::sync::Arc;

use rust_decimal::Decimal;
use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Alike, Expression, Name};
use sophia_plan::expression::Expression as Code;
use sophia_plan::step::{AlikeQuestion, KeptAnswers};
use sophia_plan::types::Type;
use sophia_plan::value::Value;

use crate::checker::Checker;
use crate::names::{nearest, with_nearest};
use crate::types::{Expected, Place, Purpose, Scope, constant_value};

/// At least so many letters make a token, whatever the tokenizer; a bound from below.
const LETTERS_A_TOKEN: usize = 12;

impl Checker<'_> {
    /// `cache 1 day when question is alike above 97%`
    pub(super) fn kept_answers(
        &mut self,
        parameters: &[(Arc<str>, Type)],
        keep: &Expression,
        alike: Option<&Alike>,
    ) -> Option<KeptAnswers> {
        let keep_ms = self.constant_of(keep, &Type::Duration, codes::S565, "`cache`");
        let alike = alike.map(|alike| self.alike(parameters, alike));
        match keep_ms? {
            Value::Duration(keep_ms) if keep_ms > 0 => Some(KeptAnswers {
                keep_ms,
                alike: match alike {
                    Some(alike) => Some(alike?),
                    None => None,
                },
            }),
            _ => {
                let diagnostic = self
                    .diagnostic(
                        codes::S565,
                        keep.span(),
                        "An answer is kept for longer than nothing.",
                    )
                    .with_help("write a duration such as `cache 1 day`");
                self.push(diagnostic);
                None
            }
        }
    }

    fn alike(&mut self, parameters: &[(Arc<str>, Type)], alike: &Alike) -> Option<AlikeQuestion> {
        let name = &alike.parameter;
        let known = parameters
            .iter()
            .find(|(parameter, _)| **parameter == *name.text);
        match known {
            None if name.text.is_empty() => {}
            None => {
                let near = nearest(&name.text, parameters.iter().map(|(name, _)| &**name));
                let diagnostic = self
                    .diagnostic(
                        codes::S566,
                        name.span,
                        format!("This model has no parameter `{}`.", name.text),
                    )
                    .with_label("not a parameter");
                self.push(with_nearest(diagnostic, near, name.span));
            }
            Some((_, Type::Text | Type::Unknown)) => {}
            Some((_, of)) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S566,
                        name.span,
                        format!("Only texts can be alike, and `{}` is {of}.", name.text),
                    )
                    .with_label(of.to_string())
                    .with_help("leave `when … is alike` out; a question that is equal is found in any case");
                self.push(diagnostic);
            }
        }
        let above = self.constant_of(
            &alike.above,
            &Type::Percent,
            codes::S567,
            "`is alike above`",
        );
        match above? {
            Value::Percent(above) if above > 0.0 && above < 1.0 => Some(AlikeQuestion {
                parameter: Arc::from(name.text.as_str()),
                above,
            }),
            _ => {
                let diagnostic = self
                    .diagnostic(
                        codes::S567,
                        alike.above.span(),
                        "How alike two questions must be lies between 0% and 100%.",
                    )
                    .with_help("write a percent such as `97%`");
                self.push(diagnostic);
                None
            }
        }
    }

    fn constant_of(
        &mut self,
        written: &Expression,
        of: &Type,
        mismatch: sophia_diagnostics::Code,
        subject: &str,
    ) -> Option<Value> {
        let before = self.diagnostics.len();
        let purpose = Purpose {
            mismatch,
            ..Purpose::plain(subject)
        };
        let expected = Expected::new(of.clone(), purpose);
        let code = self.check_expression(written, &Scope::new(Place::Constant), &expected);
        if self.diagnostics.len() > before {
            return None;
        }
        constant_value(&code)
    }

    /// `route best of …` chooses by what `ensure` accepts.
    pub(super) fn check_best_of(&mut self, routes: &[Name], ensures: bool, span: Span) {
        let (message, help) = if routes.len() < 2 {
            (
                "`best of` one model chooses nothing.",
                "name a second model, or leave `best of` out",
            )
        } else if ensures {
            return;
        } else {
            (
                "`best of` keeps the first answer that `ensure` accepts, and there is no `ensure`.",
                "add `ensure …` with what a good answer meets, or leave `best of` out",
            )
        };
        let diagnostic = self.diagnostic(codes::S568, span, message).with_help(help);
        self.push(diagnostic);
    }

    /// A budget that the fixed part of a prompt already exceeds leaves a route unasked; one per run that is
    /// smaller than one per call leaves the second without a meaning.
    pub(super) fn check_budgets(
        &mut self,
        routes: &[Name],
        prompt: &Code,
        (per_call, per_run): (Option<Decimal>, Option<Decimal>),
        span: Option<Span>,
    ) {
        let Some(span) = span else { return };
        if let (Some(call), Some(run)) = (per_call, per_run)
            && run < call
        {
            let diagnostic = self
                .diagnostic(
                    codes::S571,
                    span,
                    format!("The budget of a run, ${run}, is less than that of one call, ${call}."),
                )
                .with_help("give a run at least the budget of one call");
            self.push(diagnostic);
            return;
        }
        let Some(most) = [per_call, per_run].into_iter().flatten().min() else {
            return;
        };
        let tokens = Decimal::from(fixed_letters(prompt) / LETTERS_A_TOKEN);
        for route in routes {
            let price = self
                .manifest
                .models
                .get(&route.text)
                .and_then(|settings| settings.price);
            let Some((input, output)) = price else {
                continue;
            };
            let least = (tokens * input + output) / Decimal::from(1_000_000);
            if least > most {
                let diagnostic = self
                    .diagnostic(
                        codes::S572,
                        route.span,
                        format!(
                            "`{}` is never asked: the fixed part of the prompt alone costs ${} there.",
                            route.text,
                            least.round_sf(2).unwrap_or(least).normalize()
                        ),
                    )
                    .with_label("beyond the budget of a call")
                    .with_related(span, format!("the budget allows ${most}"))
                    .with_help("raise the budget, shorten the prompt, or take the route out");
                self.push(diagnostic);
            }
        }
    }
}

/// The letters of a prompt that are the same in every call.
fn fixed_letters(prompt: &Code) -> usize {
    match prompt {
        Code::Constant(Value::Text(text)) => text.chars().count(),
        Code::Text(parts) => parts.iter().map(fixed_letters).sum(),
        _ => 0,
    }
}
