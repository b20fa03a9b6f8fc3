//! Modifiers: retry, timeout, `at most once`, `otherwise`, `unsure`.
//!
//! Kept true here: a modifier does something or is an error.

use sophia_diagnostics::{Span, codes};
use sophia_language::phrases::Literal;
use sophia_language::syntax::{Expression, Modifier, Otherwise as Written, Statement, UnsureRule};
use sophia_plan::expression::Expression as Code;
use sophia_plan::step::{AtMostOnce, Otherwise, Policy, Retry, Unsure};
use sophia_plan::types::Type;

use super::statement::{Acting, Around, Yields, leaves};
use crate::checker::Checker;
use crate::types::{Expected, Place, Scope};

/// The time over which attempts are spread when the playbook does not say.
const RETRY_OVER_MS: i64 = 60_000;

/// The result that a step has after its modifiers.
pub(super) struct Outcome<'o> {
    /// Its type, which an `otherwise none` makes optional.
    pub(super) of: &'o mut Type,
    /// Whether later statements can name it.
    pub(super) used: bool,
}

impl Checker<'_> {
    /// What the modifiers of a step say. `acting` is unknown where the step itself has a mistake.
    pub(super) fn policy(
        &mut self,
        modifiers: &[Modifier],
        acting: Option<Acting>,
        mut outcome: Outcome<'_>,
        scope: &Scope,
        around: Around,
    ) -> Policy {
        let mut policy = Policy::default();
        let around = match acting {
            Some(Acting::Later) => Around {
                yields: Yields::Told,
                ..around
            },
            _ => around,
        };
        for (index, modifier) in modifiers.iter().enumerate() {
            let word = word(modifier);
            let first = modifiers
                .iter()
                .take(index)
                .find(|earlier| self::word(earlier) == word);
            if let Some(first) = first {
                let diagnostic = self
                    .diagnostic(
                        codes::S804,
                        modifier.span(),
                        format!("`{word}` stands twice."),
                    )
                    .with_related(first.span(), "the first one")
                    .with_help("keep one of them");
                self.push(diagnostic);
                continue;
            }
            if !self.modifier_acts(modifier, acting) {
                continue;
            }
            match modifier {
                Modifier::Retry { times, over, .. } => {
                    let over_ms = match over {
                        Some(over) => self.duration(over),
                        None => Some(RETRY_OVER_MS),
                    };
                    if *times == 0 {
                        let diagnostic = self.diagnostic(
                            codes::S809,
                            modifier.span(),
                            "No further attempt is no `retry`.",
                        );
                        self.push(diagnostic.with_help("leave it out"));
                    }
                    policy.retry = over_ms.map(|over_ms| Retry {
                        times: *times,
                        over_ms,
                    });
                }
                Modifier::Timeout { after, .. } => policy.timeout_ms = self.duration(after),
                Modifier::AtMostOnce { key, within, .. } => {
                    let within_ms = within.as_ref().and_then(|within| self.duration(within));
                    policy.at_most_once = self
                        .key(key, scope)
                        .map(|key| AtMostOnce { key, within_ms });
                }
                Modifier::Otherwise { what, span } => {
                    policy.otherwise = self.otherwise(what, *span, &mut outcome, scope, around);
                }
                Modifier::Unsure { rule, .. } => {
                    policy.unsure = match rule {
                        UnsureRule::Retry => Unsure::Retry,
                        UnsureRule::Skip => Unsure::Skip,
                        UnsureRule::Ask => Unsure::Ask,
                    };
                }
                Modifier::Named { .. } => {}
                Modifier::Undo { span, .. } => self.later_modifier("undo with", *span, acting),
                Modifier::Within { span, .. } => self.later_modifier("within", *span, acting),
                Modifier::Remind { span, .. } => self.later_modifier("remind", *span, acting),
            }
        }
        policy
    }

    /// A modifier that is not followed yet. After a statement that is not either, it is a part of that.
    fn later_modifier(&mut self, word: &str, span: Span, acting: Option<Acting>) {
        if acting != Some(Acting::Later) {
            self.later_from(word, span);
        }
    }

    /// Whether a modifier has something to act on; otherwise that is reported.
    fn modifier_acts(&mut self, modifier: &Modifier, acting: Option<Acting>) -> bool {
        let word = word(modifier);
        let effects_only = matches!(
            modifier,
            Modifier::AtMostOnce { .. } | Modifier::Unsure { .. }
        );
        match acting {
            None | Some(Acting::Effect | Acting::Later) => true,
            // That it is not followed yet is told first.
            Some(_)
                if matches!(
                    modifier,
                    Modifier::Undo { .. } | Modifier::Within { .. } | Modifier::Remind { .. }
                ) =>
            {
                true
            }
            Some(Acting::Read) if !effects_only => true,
            Some(Acting::Calculation)
                if matches!(
                    modifier,
                    Modifier::Retry { .. } | Modifier::Timeout { .. } | Modifier::Named { .. }
                ) =>
            {
                true
            }
            Some(Acting::Nothing) if matches!(modifier, Modifier::Named { .. }) => true,
            Some(Acting::Calculation) if !effects_only => {
                let diagnostic = self
                    .diagnostic(
                        codes::S810,
                        modifier.span(),
                        format!("`{word}` after a calculation with calls in it is not there yet."),
                    )
                    .with_help("give the call a `let` of its own, with the modifier");
                self.push(diagnostic);
                false
            }
            Some(_) if effects_only => {
                let diagnostic = self
                    .diagnostic(
                        codes::S812,
                        modifier.span(),
                        format!("`{word}` is for what changes the world, and this does not."),
                    )
                    .with_help("leave it out");
                self.push(diagnostic);
                false
            }
            Some(_) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S803,
                        modifier.span(),
                        format!(
                            "`{word}` has nothing to act on: this calculates, and calls nothing."
                        ),
                    )
                    .with_help("leave it out");
                self.push(diagnostic);
                false
            }
        }
    }

    /// The time that a modifier states, in milliseconds. Where it states none, the grammar has said so.
    fn duration(&mut self, written: &Expression) -> Option<i64> {
        let Expression::Literal {
            value: Literal::Duration { milliseconds },
            span,
        } = written
        else {
            return None;
        };
        if *milliseconds > 0 {
            return Some(*milliseconds);
        }
        let diagnostic = self
            .diagnostic(
                codes::S809,
                *span,
                "This modifier takes a time longer than nothing.",
            )
            .with_help("write a time such as `10 minutes`");
        self.push(diagnostic);
        None
    }

    /// A key; the parts of a `[list]` may be of different types.
    fn key(&mut self, key: &Expression, scope: &Scope) -> Option<Code> {
        if let Expression::List { items, .. } = key {
            let parts: Vec<Option<Code>> = items.iter().map(|item| self.key(item, scope)).collect();
            return parts.into_iter().collect::<Option<_>>().map(Code::List);
        }
        let value = self.typed(key, &scope.at(Place::Modifier), None);
        if value.of.is_optional() {
            self.report_may_be_missing(key.span());
            return None;
        }
        if matches!(value.of, Type::Table(_) | Type::Json) {
            let diagnostic = self
                .diagnostic(
                    codes::S809,
                    key.span(),
                    "A key is a value that tells things apart, such as an id.",
                )
                .with_label(format!("{}", value.of));
            self.push(diagnostic);
            return None;
        }
        (!value.is_unknown()).then_some(value.expression)
    }

    fn otherwise(
        &mut self,
        what: &Written,
        span: Span,
        outcome: &mut Outcome<'_>,
        scope: &Scope,
        around: Around,
    ) -> Option<Otherwise> {
        match what {
            Written::Value(value) => {
                let result = &mut *outcome.of;
                if matches!(
                    value,
                    Expression::Literal {
                        value: Literal::None,
                        ..
                    }
                ) {
                    *result = result.clone().optional();
                }
                let expected = Expected::plain(result.clone(), "This `otherwise`");
                let code = self.check_expression(value, &scope.at(Place::Modifier), &expected);
                Some(Otherwise::Value(code))
            }
            Written::End(end) => {
                if let Some(pattern) = &end.on {
                    self.armed_end(end, pattern, &scope.at(Place::Modifier));
                    return None;
                }
                let kind = self.end_kind(end, around);
                if let Some(when) = &end.when {
                    let diagnostic = self
                        .diagnostic(
                            codes::S810,
                            when.span(),
                            "A condition after `otherwise` is not there yet.",
                        )
                        .with_help("leave `when …` out");
                    self.push(diagnostic);
                }
                let reason = self.check_expression(
                    &end.reason,
                    &scope.at(Place::Modifier),
                    &Expected::plain(Type::Text, "The reason"),
                );
                Some(Otherwise::End {
                    kind: kind?,
                    reason,
                })
            }
            Written::Block(block) => {
                let written = self.nested_block(block, scope, around, "otherwise");
                let unread = matches!(block.statements.last(), Some(Statement::Error(_)));
                if outcome.used && !leaves(block) && !unread {
                    let diagnostic = self
                        .diagnostic(
                            codes::S811,
                            span,
                            "Without a value the rest cannot go on, so this block must leave.",
                        )
                        .with_help("end it with `stop`, `fail` or `skip`, or give a value");
                    self.push(diagnostic);
                }
                Some(Otherwise::Block(written))
            }
        }
    }
}

fn word(modifier: &Modifier) -> &'static str {
    match modifier {
        Modifier::Retry { .. } => "retry",
        Modifier::Timeout { .. } => "timeout",
        Modifier::AtMostOnce { .. } => "at most once",
        Modifier::Otherwise { .. } => "otherwise",
        Modifier::Unsure { .. } => "unsure",
        Modifier::Named { .. } => "named",
        Modifier::Undo { .. } => "undo with",
        Modifier::Within { .. } => "within",
        Modifier::Remind { .. } => "remind",
    }
}
