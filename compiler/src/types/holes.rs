//! Texts with places in them.
//!
//! Kept true here: what stands in a text can be shown to a person; whole records and tables stand in
//! prompts only, where they are set apart as data.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{TextPart, TextTemplate};
use sophia_plan::expression::Expression as Code;
use sophia_plan::types::Type;
use sophia_plan::value::Value;

use super::Typed;
use super::expected::{Expected, is_showable};
use super::scope::Scope;
use crate::checker::Checker;

impl Checker<'_> {
    /// A text in an expression.
    pub(super) fn template(
        &mut self,
        template: &TextTemplate,
        scope: &Scope,
        expected: Option<&Expected>,
    ) -> Typed {
        if let Some(text) = plain(template) {
            return self.plain_text(&text, template.span, expected);
        }
        let parts = self.parts(template, scope, false);
        Typed::new(Code::Text(parts), Type::Text)
    }

    /// A text that a model is asked, in which records and tables may stand.
    pub(crate) fn prompt(&mut self, template: &TextTemplate, scope: &Scope) -> Code {
        match plain(template) {
            Some(text) => Code::Constant(Value::Text(Arc::from(text.as_str()))),
            None => Code::Text(self.parts(template, scope, true)),
        }
    }

    fn parts(&mut self, template: &TextTemplate, scope: &Scope, prompt: bool) -> Vec<Code> {
        template
            .parts
            .iter()
            .map(|part| match part {
                TextPart::Plain(text) => Code::Constant(Value::Text(Arc::from(text.as_str()))),
                TextPart::Hole(expression) => {
                    let value = self.typed(expression, scope, None);
                    self.check_hole(&value.of, expression.span(), prompt);
                    value.expression
                }
            })
            .collect()
    }

    fn check_hole(&mut self, of: &Type, span: Span, prompt: bool) {
        if of.is_optional() {
            self.report_may_be_missing(span);
        } else if !prompt && !is_showable(of) {
            let what = match of {
                Type::Record(_) => "A record",
                Type::Table(_) => "A table",
                Type::List(_) => "A list",
                _ => "Outside data without a declared shape",
            };
            let help = match of {
                Type::Record(_) => "name one of its fields",
                Type::Table(_) | Type::List(_) => "say how many with `count(…)`, or name one value",
                _ => "state what the tool `returns` in sophia.toml, and name a field",
            };
            let diagnostic = self
                .diagnostic(
                    codes::S309,
                    span,
                    format!("{what} cannot stand in a text; only in a prompt."),
                )
                .with_label(format!("{of}"))
                .with_help(help);
            self.push(diagnostic);
        }
    }
}

/// The whole text, if no place stands in it.
pub(crate) fn plain(template: &TextTemplate) -> Option<String> {
    template
        .parts
        .iter()
        .map(|part| match part {
            TextPart::Plain(text) => Some(text.as_str()),
            TextPart::Hole(_) => None,
        })
        .collect()
}
