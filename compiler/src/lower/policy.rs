//! Modifiers: retry, timeout, `at most once`, `otherwise`, `unsure`.
//!
//! Kept true here: a modifier does something or is an error.

use sophia_diagnostics::{Span, codes};
use sophia_language::phrases::Literal;
use sophia_language::syntax::{
    Delay as WrittenDelay, Escalation as WrittenEscalation, Expression, Modifier, Name,
    Otherwise as Written, Statement, UnsureRule,
};
use sophia_plan::expression::Expression as Code;
use sophia_plan::step::{AtMostOnce, Escalation, Otherwise, Policy, Retry, Unsure, Within};
use sophia_plan::types::Type;

use super::giving::Yielding;
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
    /// The name under which they do.
    pub(super) name: Option<&'o Name>,
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
            let earlier = modifiers.iter().take(index);
            if let Some(last) = earlier
                .rev()
                .find(|earlier| self::word(earlier) == "otherwise")
            {
                let diagnostic = self
                    .diagnostic(
                        codes::S804,
                        modifier.span(),
                        format!("`otherwise` comes last, and `{word}` follows it."),
                    )
                    .with_related(last.span(), "what happens when all else failed")
                    .with_help("write it before `otherwise`");
                self.push(diagnostic);
                continue;
            }
            if !self.modifier_acts(modifier, acting, &mut outcome) {
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
                Modifier::Undo { call, span } => {
                    let of = outcome.of.clone();
                    policy.undo = self.undo(call, *span, &of, outcome.name, scope);
                }
                Modifier::Within { limit, then, .. } => {
                    policy.within = self.within_modifier(limit, then, acting, scope);
                }
                Modifier::Remind { every, .. } => policy.remind_ms = self.duration(every),
            }
        }
        policy
    }

    /// `within 1 hour, then "managers" within 2 hours`
    fn within_modifier(
        &mut self,
        limit: &WrittenDelay,
        then: &[WrittenEscalation],
        acting: Option<Acting>,
        scope: &Scope,
    ) -> Option<Within> {
        let scope = scope.at(Place::Modifier);
        let limit = self.delay(limit, &scope);
        let mut escalations = Vec::with_capacity(then.len());
        for escalation in then {
            if acting == Some(Acting::Wait) {
                let diagnostic = self
                    .diagnostic(
                        codes::S886,
                        escalation.span,
                        "Nobody is asked here, so there is nobody to ask next.",
                    )
                    .with_help("say what happens then with `otherwise`");
                self.push(diagnostic);
                continue;
            }
            let whom = self.whom(&escalation.whom, &scope);
            let within = (escalation.within.as_ref()).and_then(|within| self.delay(within, &scope));
            escalations.extend(whom.map(|whom| Escalation { whom, within }));
        }
        limit.map(|limit| Within {
            limit,
            then: escalations,
        })
    }

    /// Whether a modifier has something to act on; otherwise that is reported.
    fn modifier_acts(
        &mut self,
        modifier: &Modifier,
        acting: Option<Acting>,
        outcome: &mut Outcome<'_>,
    ) -> bool {
        let Some(acting) = acting else {
            return true;
        };
        if acts(modifier, acting) {
            return true;
        }
        let word = word(modifier);
        let diagnostic = match (modifier, acting) {
            (Modifier::Within { .. } | Modifier::Remind { .. }, _) => self
                .diagnostic(
                    codes::S886,
                    modifier.span(),
                    format!("`{word}` is for what is waited for, and this is not."),
                )
                .with_help("it follows `ask` and `wait for`; a call has `timeout`"),
            (Modifier::Unsure { .. }, Acting::Action) => self
                .diagnostic(
                    codes::S803,
                    modifier.span(),
                    "`unsure` has nothing to act on: not an action is unsure, but an effect in it.",
                )
                .with_help("write it in the action, behind the effect"),
            (Modifier::AtMostOnce { .. } | Modifier::Unsure { .. } | Modifier::Undo { .. }, _) => {
                self.diagnostic(
                    codes::S812,
                    modifier.span(),
                    format!("`{word}` is for what changes the world, and this does not."),
                )
                .with_help("leave it out")
            }
            (_, Acting::Ask | Acting::Wait | Acting::Pause) => self
                .diagnostic(
                    codes::S803,
                    modifier.span(),
                    format!("`{word}` has nothing to act on: this waits, and calls nothing."),
                )
                .with_help("`within` says how long an answer or an event is waited for"),
            _ => {
                let help = self.instead_of(modifier, outcome);
                self.diagnostic(
                    codes::S803,
                    modifier.span(),
                    format!("`{word}` has nothing to act on: this calculates, and calls nothing."),
                )
                .with_help(help)
            }
        };
        self.push(diagnostic);
        false
    }

    /// What is written instead of a modifier that has nothing to act on. `otherwise` behind a value that may be missing
    /// is meant for where it is, which is not told again at each use.
    fn instead_of(&self, modifier: &Modifier, outcome: &mut Outcome<'_>) -> String {
        let (Modifier::Otherwise { what, .. }, Some(name), Type::Optional(inner)) =
            (modifier, outcome.name, &*outcome.of)
        else {
            return "leave it out; what is read or called has a `let` of its own, with the modifier"
                .to_owned();
        };
        let none = Literal::None;
        if matches!(what, Written::Value(Expression::Literal { value, .. }) if *value == none) {
            return "leave it out: where there is nothing, this is `none` already".to_owned();
        }
        *outcome.of = (**inner).clone();
        match what {
            Written::Value(value) => format!("write `?? {}`", self.written(value.span())),
            Written::End(_) | Written::Block(_) => format!(
                "where it may be missing, write `stop \"…\" when {} is missing` on a line of its own",
                name.text
            ),
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
    pub(crate) fn key(&mut self, key: &Expression, scope: &Scope) -> Option<Code> {
        if let Expression::List { items, .. } = key {
            let parts: Vec<Option<Code>> = items.iter().map(|item| self.key(item, scope)).collect();
            return parts.into_iter().collect::<Option<_>>().map(Code::List);
        }
        let place = match scope.place {
            Place::Declaration => Place::Declaration,
            _ => Place::Modifier,
        };
        let value = self.typed(key, &scope.at(place), None);
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
                if *result == Type::None && !outcome.used {
                    let diagnostic = self
                        .diagnostic(
                            codes::S811,
                            span,
                            "Nothing uses a value here, so none can stand in for it.",
                        )
                        .with_help(
                            "say what happens instead: `otherwise { … }`, `otherwise stop \"…\"`",
                        );
                    self.push(diagnostic);
                    return None;
                }
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
                let before = self.errors();
                let code = self.check_expression(value, &scope.at(Place::Modifier), &expected);
                if self.errors() > before {
                    // What was meant to stand in may have made it optional.
                    *outcome.of = Type::Unknown;
                }
                Some(Otherwise::Value(code))
            }
            Written::End(end) => {
                if let Some(pattern) = &end.on {
                    let diagnostic = self
                        .diagnostic(
                            codes::S810,
                            pattern.span,
                            "What follows `otherwise` happens at once, so no event is waited for.",
                        )
                        .with_help("leave `on …` out");
                    self.push(diagnostic);
                    return None;
                }
                let kind = self.end_kind(end, around);
                if let Some(when) = &end.when {
                    let diagnostic = self
                        .diagnostic(
                            codes::S810,
                            when.span(),
                            "What follows `otherwise` happens in any case, so it has no condition.",
                        )
                        .with_help("write a block: `otherwise { if … { … } }`");
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
                let around = if outcome.used {
                    Around {
                        yields: Yields::InPlace,
                        ..around
                    }
                } else {
                    around
                };
                if outcome.used {
                    self.yielding.push(Yielding::wanting(outcome.of.clone()));
                }
                let written = self.nested_block(block, scope, around, "otherwise");
                if outcome.used {
                    self.yielding.pop();
                }
                let unread = matches!(block.statements.last(), Some(Statement::Error(_)));
                if outcome.used && !leaves(block) && !unread {
                    let diagnostic = self
                        .diagnostic(
                            codes::S811,
                            span,
                            "Without a value the rest cannot go on, so this block must leave.",
                        )
                        .with_help(
                            "end it with `stop`, `fail` or `skip`, or give a value with `yield`",
                        );
                    self.push(diagnostic);
                }
                Some(Otherwise::Block(written))
            }
        }
    }
}

/// Whether a modifier has something to act on.
fn acts(modifier: &Modifier, acting: Acting) -> bool {
    match modifier {
        Modifier::Named { .. } => true,
        Modifier::Retry { .. } | Modifier::Timeout { .. } => {
            matches!(
                acting,
                Acting::Effect | Acting::Action | Acting::Read | Acting::Calculation
            )
        }
        Modifier::Otherwise { .. } => !matches!(acting, Acting::Nothing | Acting::Pause),
        Modifier::AtMostOnce { .. } | Modifier::Undo { .. } => {
            matches!(acting, Acting::Effect | Acting::Action)
        }
        Modifier::Unsure { .. } => acting == Acting::Effect,
        Modifier::Within { .. } => matches!(acting, Acting::Ask | Acting::Wait),
        Modifier::Remind { .. } => acting == Acting::Ask,
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
