//! `match`: one of several blocks by what a value is.
//!
//! Kept true here: every value that the type allows has a case.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Expression, Match};
use sophia_plan::step::{Arm, Pattern, Policy, Step, StepKind};
use sophia_plan::types::Type;
use sophia_plan::value::Value;

use super::block::Building;
use super::statement::{Around, Frame};
use crate::checker::Checker;
use crate::types::{Expected, Place, Scope, constant_value, with_article};

impl Checker<'_> {
    /// `match x { }`
    pub(super) fn match_statement(
        &mut self,
        statement: &Match,
        scope: &Scope,
        around: Around,
        building: &mut Building,
    ) -> Option<Step> {
        let value = self.typed(&statement.value, scope, None);
        self.place_pending(building, &Policy::default());
        let frame = Frame {
            label: self.label("match", statement.value.span()),
            span: statement.span,
            documentation: &statement.documentation,
        };
        let name = self.reserve_name(&frame.label, frame.span, false);
        let own = super::flow::last_part(&name).to_owned();
        let patterns = self.match_patterns(statement, &value.of);
        let mut arms = Vec::with_capacity(statement.arms.len());
        for (arm, patterns) in statement.arms.iter().zip(patterns) {
            let shown: Vec<String> = (arm.patterns.iter())
                .map(|pattern| self.written(pattern.span()).replace('/', "÷"))
                .collect();
            let label = format!("{own}/{}", shown.join(" | "));
            arms.push(Arm {
                patterns,
                body: self.nested_block(&arm.body, scope, around, &label),
            });
        }
        let otherwise = (statement.otherwise.as_ref())
            .map(|block| self.nested_block(block, scope, around, &format!("{own}/else")));
        let kind = StepKind::Match {
            value: value.expression,
            arms,
            otherwise,
        };
        (value.of != Type::Unknown).then(|| self.named_step(name, &frame, kind))
    }

    /// What the cases of a `match` are, case by case, with complaints about those that never fit and
    /// about values without a case.
    pub(crate) fn match_patterns(&mut self, choice: &Match, of: &Type) -> Vec<Vec<Pattern>> {
        if of.is_optional() && *of != Type::None {
            self.report_may_be_missing(choice.value.span());
        }
        let before = self.errors();
        let mut seen: Vec<(Pattern, Span)> = Vec::new();
        let mut all = Vec::with_capacity(choice.arms.len());
        for arm in &choice.arms {
            let mut patterns = Vec::with_capacity(arm.patterns.len());
            for written in &arm.patterns {
                let Some(pattern) = self.pattern(written, of.present()) else {
                    continue;
                };
                let earlier = seen.iter().find(|(known, _)| covers(known, &pattern));
                if let Some((_, first)) = earlier {
                    let diagnostic = self
                        .diagnostic(codes::S881, written.span(), "This case is never reached.")
                        .with_related(*first, "this one fits first")
                        .with_help("remove one of them");
                    self.push(diagnostic);
                }
                seen.push((pattern.clone(), written.span()));
                patterns.push(pattern);
            }
            all.push(patterns);
        }
        if self.errors() == before && *of != Type::Unknown {
            let seen: Vec<Pattern> = seen.into_iter().map(|(pattern, _)| pattern).collect();
            self.judge_coverage(choice, of.present(), &seen);
        }
        all
    }

    fn pattern(&mut self, written: &Expression, of: &Type) -> Option<Pattern> {
        let wanted = match of {
            // A case beyond the range is told as one that never fits.
            Type::Range { .. } => Type::Integer,
            Type::Literals(_) => Type::Text,
            other => other.clone(),
        };
        let scope = Scope::new(Place::Constant);
        let expected = Expected::plain(wanted, "A case");
        let pattern = if let Expression::Range { from, to, .. } = written {
            if !matches!(of, Type::Integer | Type::Range { .. } | Type::Unknown) {
                let diagnostic = self
                    .diagnostic(
                        codes::S881,
                        written.span(),
                        format!(
                            "A range is a case for whole numbers, and this is {}.",
                            with_article(of)
                        ),
                    )
                    .with_help("write the values, with `|` between them");
                self.push(diagnostic);
                return None;
            }
            let expected = Expected::plain(Type::Integer, "The end of a range");
            let low = self.check_expression(from, &scope, &expected);
            let high = self.check_expression(to, &scope, &expected);
            match (constant_value(&low), constant_value(&high)) {
                (Some(Value::Integer(from)), Some(Value::Integer(to))) => {
                    Pattern::Range { from, to }
                }
                _ => return None,
            }
        } else {
            let before = self.errors();
            let code = self.check_expression(written, &scope, &expected);
            if self.errors() > before {
                return None;
            }
            Pattern::Value(constant_value(&code)?)
        };
        if fits_never(&pattern, of) {
            let mut diagnostic = self
                .diagnostic(codes::S881, written.span(), "This case never fits.")
                .with_label(format!("the value is {of}"));
            if let (Pattern::Value(Value::Text(text)), Type::Literals(texts)) = (&pattern, of)
                && let Some(near) = crate::names::nearest(text, texts.iter().map(|text| &**text))
            {
                diagnostic = diagnostic
                    .with_note(format!("nearest: \"{near}\""))
                    .with_edit(
                        format!("write \"{near}\""),
                        written.span(),
                        format!("\"{near}\""),
                    );
            }
            self.push(diagnostic);
            return None;
        }
        Some(pattern)
    }

    /// Complains about values that no case takes, and about an `else` that takes none.
    fn judge_coverage(&mut self, choice: &Match, of: &Type, seen: &[Pattern]) {
        let case = choice.arms.iter().map(|arm| arm.span);
        if case.into_iter().any(|span| self.is_broken(span)) {
            return;
        }
        let missing = uncovered(of, seen);
        let word = Span {
            start: choice.span.start,
            end: choice.span.start + 5,
        };
        match (&choice.otherwise, missing) {
            (Some(block), Some(missing)) if missing.is_empty() => {
                let diagnostic = self
                    .diagnostic(
                        codes::S898,
                        block.span,
                        "Every value has a case already, so this `else` never runs.",
                    )
                    .with_help(
                        "leave it out; a value that is added to the type later is then told",
                    );
                self.push(diagnostic);
            }
            (None, Some(missing)) if !missing.is_empty() => {
                let diagnostic = self
                    .diagnostic(
                        codes::S880,
                        word,
                        format!("No case takes {}.", missing.join(", ")),
                    )
                    .with_label("not every value has a case")
                    .with_help("add the cases, or `else { … }`");
                self.push(diagnostic);
            }
            (None, None) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S880,
                        word,
                        format!("Cases cannot name every {of}, so there is an `else`."),
                    )
                    .with_label("not every value has a case")
                    .with_help("add `else { … }`");
                self.push(diagnostic);
            }
            _ => {}
        }
    }
}

/// Whether everything that fits `later` fits `earlier`.
fn covers(earlier: &Pattern, later: &Pattern) -> bool {
    match (earlier, later) {
        (Pattern::Value(one), Pattern::Value(other)) => one == other,
        (Pattern::Range { from, to }, Pattern::Value(Value::Integer(value))) => {
            (from..=to).contains(&value)
        }
        (
            Pattern::Range { from, to },
            Pattern::Range {
                from: low,
                to: high,
            },
        ) => from <= low && high <= to,
        _ => false,
    }
}

fn fits_never(pattern: &Pattern, of: &Type) -> bool {
    match (pattern, of) {
        (Pattern::Value(Value::Text(text)), Type::Literals(texts)) => !texts.contains(text),
        (Pattern::Value(Value::Integer(value)), Type::Range { from, to }) => {
            !(from..=to).contains(&value)
        }
        (
            Pattern::Range { from, to },
            Type::Range {
                from: low,
                to: high,
            },
        ) => to < low || high < from,
        (Pattern::Range { from, to }, _) => from > to,
        _ => false,
    }
}

/// The values of a type that no pattern takes, in words; `None` where a type has too many to name.
fn uncovered(of: &Type, seen: &[Pattern]) -> Option<Vec<String>> {
    let takes = |value: &Value| {
        seen.iter()
            .any(|pattern| covers(pattern, &Pattern::Value(value.clone())))
    };
    match of {
        Type::Literals(texts) => Some(
            texts
                .iter()
                .filter(|text| !takes(&Value::Text(Arc::clone(text))))
                .map(|text| format!("\"{text}\""))
                .collect(),
        ),
        Type::Boolean => Some(
            [true, false]
                .into_iter()
                .filter(|value| !takes(&Value::Boolean(*value)))
                .map(|value| value.to_string())
                .collect(),
        ),
        Type::Range { from, to } => Some(gaps(*from, *to, seen)),
        Type::Unknown => Some(Vec::new()),
        _ => None,
    }
}

/// The parts of a range that no pattern takes.
fn gaps(from: i64, to: i64, seen: &[Pattern]) -> Vec<String> {
    let mut taken: Vec<(i64, i64)> = seen
        .iter()
        .filter_map(|pattern| match pattern {
            Pattern::Value(Value::Integer(value)) => Some((*value, *value)),
            Pattern::Range { from, to } => Some((*from, *to)),
            Pattern::Value(_) => None,
        })
        .collect();
    taken.sort_unstable();
    let mut gaps = Vec::new();
    let mut next = Some(from);
    for (low, high) in taken {
        let Some(at) = next.filter(|at| *at <= to) else {
            break;
        };
        if low > at {
            gaps.push(shown(at, low.saturating_sub(1).min(to)));
        }
        if high >= at {
            next = high.checked_add(1);
        }
    }
    if let Some(at) = next.filter(|at| *at <= to) {
        gaps.push(shown(at, to));
    }
    gaps
}

fn shown(from: i64, to: i64) -> String {
    if from == to {
        from.to_string()
    } else {
        format!("{from}..{to}")
    }
}
