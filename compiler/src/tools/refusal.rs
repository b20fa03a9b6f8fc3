//! What a schema has against an argument, told where it stands.

use serde_json::Value as Json;
use sophia_diagnostics::{Diagnostic, Span, codes};
use sophia_language::syntax::Expression;
use sophia_plan::types::Type;

use super::facts::ToolFacts;
use super::verdict::{Complaint, Found, Kind, Place, list_of};
use crate::catalogue::our_argument;
use crate::checker::Checker;
use crate::names::{nearest, with_nearest};
use crate::types::with_article;

/// The argument that is spoken of.
pub(super) struct Subject<'s> {
    /// `slack.post_message`
    pub(super) label: &'s str,
    pub(super) argument: &'s str,
    pub(super) value: &'s Expression,
}

impl Subject<'_> {
    /// How a sentence about a part begins.
    fn named(&self, path: &[Place]) -> String {
        if path.is_empty() {
            return format!("The argument `{}` of `{}`", self.argument, self.label);
        }
        let mut name = self.argument.to_owned();
        for place in path {
            match place {
                Place::Field(field) => {
                    name.push('.');
                    name.push_str(&our_argument(field));
                }
                Place::Item(index) => name.push_str(&format!("[{index}]")),
                Place::Items => name.push_str("[…]"),
            }
        }
        format!("`{name}` of `{}`", self.label)
    }

    /// The smallest written part that holds a part of the value.
    fn span(&self, path: &[Place]) -> Span {
        let mut at = self.value;
        for place in path {
            let inner = match (at, place) {
                (Expression::Record { fields, .. }, Place::Field(wire)) => fields
                    .iter()
                    .find(|field| field.name.text == *wire || field.name.text == our_argument(wire))
                    .map(|field| &field.value),
                (Expression::List { items, .. }, Place::Item(index)) => items.get(*index),
                _ => None,
            };
            match inner {
                Some(inner) => at = inner,
                None => break,
            }
        }
        at.span()
    }
}

impl Checker<'_> {
    /// Tells a complaint about an argument.
    pub(super) fn report_refusal(&mut self, subject: &Subject<'_>, complaint: &Complaint) {
        let span = subject.span(&complaint.path);
        let named = subject.named(&complaint.path);
        let diagnostic = match &complaint.kind {
            // Of a part that is not written out on its own, the part says more than the whole.
            Kind::Missing if span == subject.value.span() && !complaint.path.is_empty() => self
                .diagnostic(
                    codes::S302,
                    span,
                    format!("{named} may be missing, and that is not handled."),
                )
                .with_label("may be missing")
                .with_help("give a default with `| add … = … ?? …`"),
            Kind::Missing => {
                self.report_may_be_missing(span);
                return;
            }
            Kind::Type(wanted) => self.of_another_type(&named, wanted, &complaint.found, span),
            Kind::Choice(values) => self.of_no_choice(&named, values, &complaint.found, span),
            Kind::Between(low, high) => self.outside(&named, low, high, &complaint.found, span),
            Kind::Rule(rule) => self.against_a_rule(&named, rule, &complaint.found, span),
            Kind::Lacks(names) => self.diagnostic(
                codes::S310,
                span,
                format!("{named} lacks {}.", ours(names)),
            ),
            Kind::Extra(name, known) => {
                self.report_extra_field(subject, span, name, known);
                return;
            }
            Kind::Depends(name, names) => self.diagnostic(
                codes::S516,
                span,
                format!(
                    "{named} has `{}`, which calls for {} too.",
                    our_argument(name),
                    ours(names)
                ),
            ),
            Kind::Nothing => {
                self.diagnostic(codes::S507, span, format!("{named} takes no value at all."))
            }
            Kind::Excluded => self
                .diagnostic(
                    codes::S507,
                    span,
                    format!("{named} takes no value that is one of several things at once, or that its schema excludes."),
                )
                .with_label("refused by the tool's own schema"),
        };
        self.push(diagnostic);
    }

    fn of_another_type(&self, named: &str, wanted: &str, found: &Found, span: Span) -> Diagnostic {
        let of = found.of();
        let called = found.called();
        let diagnostic = self
            .diagnostic(
                codes::S506,
                span,
                format!("{named} takes {wanted}, and this is {called}."),
            )
            .with_label(of.as_ref().map_or(called, ToString::to_string))
            .with_note(format!("expected: {wanted}"));
        match (of, wanted) {
            (Some(Type::Percent), "a number" | "an integer") => diagnostic.with_help(
                "say once under `[units]` in sophia.toml that this argument is a percent",
            ),
            (Some(Type::Money(_)), "a number" | "an integer") => diagnostic
                .with_help("say once under `[units]` in sophia.toml that this argument is money"),
            (Some(Type::Json), _) => diagnostic.with_help("say what it is with `… as TYPE`"),
            (Some(Type::Number), "an integer") => diagnostic.with_help("write `round(…)`"),
            (Some(of), "text") => self.with_conversion(diagnostic, &of, &Type::Text, span),
            _ => diagnostic,
        }
    }

    fn of_no_choice(&self, named: &str, values: &[Json], found: &Found, span: Span) -> Diagnostic {
        let allowed = list_of(values);
        match found {
            Found::Written(json, _) if values.iter().any(|value| alike(value, json)) => {
                let near = json.as_str().and_then(|text| {
                    nearest(text, values.iter().filter_map(Json::as_str))
                        .map(|near| format!("\"{near}\""))
                });
                let diagnostic = self
                    .diagnostic(
                        codes::S304,
                        span,
                        format!("{named} takes {allowed}, and this is {json}."),
                    )
                    .with_label("not one of them");
                with_nearest(diagnostic, near.as_deref(), span)
            }
            Found::Possible(json, of) => self
                .diagnostic(
                    codes::S514,
                    span,
                    format!("{named} takes {allowed}, and this may be {json}."),
                )
                .with_label(of.to_string())
                .with_help(format!(
                    "choose between them with `match` or `if … then … else …`, so that {json} does not get here"
                )),
            Found::Of(of @ (Type::Text | Type::Integer | Type::Number | Type::Range { .. } | Type::Boolean | Type::Json)) => {
                let union: Vec<String> = values
                    .iter()
                    .filter(|value| value.is_string())
                    .map(ToString::to_string)
                    .collect();
                let help = if union.len() == values.len() && union.len() <= 6 {
                    format!(
                        "give it the type `{}`, choose between them with `match`, or say what it is with `as`",
                        union.join(" | ")
                    )
                } else {
                    "choose between them with `match` or `if … then … else …`".to_owned()
                };
                self.diagnostic(
                    codes::S514,
                    span,
                    format!(
                        "{named} takes {allowed}, and this is any {}.",
                        with_article(of).trim_start_matches("an ").trim_start_matches("a ")
                    ),
                )
                .with_label(of.to_string())
                .with_note(format!("taken: {allowed}"))
                .with_help(help)
            }
            other => self
                .diagnostic(
                    codes::S506,
                    span,
                    format!("{named} takes {allowed}, and this is {}.", other.called()),
                )
                .with_label("not one of them"),
        }
    }

    fn outside(&self, named: &str, low: &str, high: &str, found: &Found, span: Span) -> Diagnostic {
        match found {
            Found::Written(json, _) | Found::Possible(json, _) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S305,
                        span,
                        format!("{named} takes {low} to {high}, and {json} lies outside."),
                    )
                    .with_label(format!("outside {low}..{high}"));
                let bounds = (low.parse::<f64>(), high.parse::<f64>(), json.as_f64());
                match bounds {
                    (Ok(least), Ok(most), Some(number)) if least <= most => {
                        let near = if number < least { low } else { high };
                        diagnostic.with_note(format!("nearest: {near}"))
                    }
                    _ => diagnostic,
                }
            }
            other => self
                .diagnostic(
                    codes::S515,
                    span,
                    format!(
                        "{named} takes {low} to {high}, and this may be {}.",
                        other.called()
                    ),
                )
                .with_label(format!("may lie outside {low}..{high}"))
                .with_help(format!("give it the type `{low}..{high}`")),
        }
    }

    fn against_a_rule(&self, named: &str, rule: &str, found: &Found, span: Span) -> Diagnostic {
        match found {
            Found::Of(of @ Type::Range { .. }) => self
                .diagnostic(
                    codes::S515,
                    span,
                    format!(
                        "{named} takes {rule}, and this may be {}.",
                        with_article(of)
                    ),
                )
                .with_label(of.to_string()),
            Found::Written(json, _)
                if !rule.contains("this has") && json.to_string().len() <= 60 =>
            {
                self.diagnostic(
                    codes::S507,
                    span,
                    format!("{named} takes {rule}, and this is {json}."),
                )
                .with_label("refused by the tool's own schema")
            }
            _ => self
                .diagnostic(codes::S507, span, format!("{named} takes {rule}."))
                .with_label("refused by the tool's own schema"),
        }
    }

    pub(super) fn report_extra_field(
        &mut self,
        subject: &Subject<'_>,
        span: Span,
        name: &str,
        known: &[String],
    ) {
        let known: Vec<String> = known.iter().map(|name| our_argument(name)).collect();
        let near = nearest(name, known.iter().map(String::as_str)).map(ToOwned::to_owned);
        let mut diagnostic = self
            .diagnostic(
                codes::S311,
                span,
                format!(
                    "The argument `{}` of `{}` has no field `{name}`.",
                    subject.argument, subject.label
                ),
            )
            .with_label("not one of its fields");
        if near.is_none() {
            let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            diagnostic = diagnostic.with_note(format!("its fields: {}", names.join(", ")));
        }
        // The fix replaces a name, also one that stands in a whole value.
        match named_in(&self.written(span), name) {
            Some(at) => {
                let start = span.range().start + at;
                let name = Span::new(start, start + name.len());
                diagnostic = with_nearest(diagnostic, near.as_deref(), name);
            }
            None => {
                if let Some(near) = near {
                    diagnostic = diagnostic.with_note(format!("nearest: `{near}`"));
                }
            }
        }
        self.push(diagnostic);
    }

    /// Tells what arguments call for of each other.
    pub(super) fn report_together(
        &mut self,
        label: &str,
        facts: &ToolFacts,
        complaint: &Complaint,
        span: Span,
    ) {
        let our = |names: &[String]| {
            names
                .iter()
                .map(|wire| {
                    let known = facts
                        .arguments
                        .iter()
                        .find(|argument| *argument.wire_name == **wire);
                    let name = known.map_or(wire.as_str(), |argument| &argument.name);
                    format!("`{name}`")
                })
                .collect::<Vec<_>>()
                .join(", ")
        };
        let sentence = match &complaint.kind {
            Kind::Lacks(names) => format!("`{label}` called like this also needs {}.", our(names)),
            Kind::Depends(name, names) => format!(
                "`{label}` with {} also needs {}.",
                our(std::slice::from_ref(name)),
                our(names)
            ),
            Kind::Extra(name, _) => format!(
                "`{label}` called like this takes no {}.",
                our(std::slice::from_ref(name))
            ),
            Kind::Rule(rule) => format!("`{label}` takes {rule}."),
            _ => format!("`{label}` does not take these arguments together."),
        };
        let diagnostic = self
            .diagnostic(codes::S516, span, sentence)
            .with_label("refused by the tool's own schema");
        self.push(diagnostic);
    }
}

impl Found {
    fn of(&self) -> Option<Type> {
        match self {
            Self::Written(_, of) | Self::Possible(_, of) | Self::Of(of) => Some(of.clone()),
            Self::List | Self::Record => None,
        }
    }

    fn called(&self) -> String {
        match self {
            Self::Written(Json::Null, _) => "`none`".to_owned(),
            Self::Written(_, of) | Self::Possible(_, of) | Self::Of(of) => with_article(of),
            Self::List => "a list".to_owned(),
            Self::Record => "a record".to_owned(),
        }
    }
}

/// Whether two values are of one kind.
fn alike(left: &Json, right: &Json) -> bool {
    std::mem::discriminant(left) == std::mem::discriminant(right)
}

fn ours(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("`{}`", our_argument(name)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Where a field is named in a value as it is written, if it is named there once.
fn named_in(written: &str, name: &str) -> Option<usize> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut places = written.match_indices(name).filter(|(at, _)| {
        let before = written.get(..*at).and_then(|text| text.chars().next_back());
        let after = written.get(at + name.len()..).unwrap_or("");
        let is_field = *at == 0 && after.is_empty() || after.trim_start().starts_with(':');
        is_field && !before.is_some_and(is_word)
    });
    let (first, _) = places.next()?;
    places.next().is_none().then_some(first)
}
