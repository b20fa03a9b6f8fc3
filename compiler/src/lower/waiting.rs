//! `wait`, and what is armed to end a run.

use std::sync::Arc;

use sophia_diagnostics::codes;
use sophia_language::syntax::{
    Delay as WrittenDelay, End, EventPattern as WrittenEvent, Expression, Wait as Written,
    WaitBranch as Branch, WaitUntil,
};
use sophia_plan::step::{Delay, EventPattern, Policy, Step, StepKind, Until, Wait, WaitBranch};
use sophia_plan::types::Type;

use super::block::Building;
use super::statement::{Around, Frame};
use crate::checker::Checker;
use crate::declared::dotted;
use crate::types::{Expected, Scope, with_article};

impl Checker<'_> {
    /// `wait …`: the step's kind, and what it gives. `label` is the path of the blocks inside.
    pub(super) fn wait(
        &mut self,
        wait: &Written,
        scope: &Scope,
        around: Around,
        label: &str,
    ) -> Option<(StepKind, Type)> {
        let before = self.errors();
        let (wait, of) = match &wait.until {
            WaitUntil::Passed(delay) => (Wait::Passed(self.delay(delay, scope)?), Type::None),
            WaitUntil::Instant(instant) => {
                let value = self.typed(instant, scope, None);
                match &value.of {
                    Type::Date | Type::Timestamp | Type::Unknown => {}
                    of if of.is_optional() => self.report_may_be_missing(instant.span()),
                    other => {
                        let diagnostic = self
                            .diagnostic(
                                codes::S301,
                                instant.span(),
                                format!(
                                    "`wait until` takes a date or an instant, and this is {}.",
                                    with_article(other)
                                ),
                            )
                            .with_label(format!("{other}"))
                            .with_help("to wait for a length of time write `wait 2 days`");
                        self.push(diagnostic);
                    }
                }
                (Wait::Until(value.expression), Type::None)
            }
            WaitUntil::Event(pattern) => {
                let (event, _) = self.event(pattern, scope);
                let of = event.of.clone();
                (Wait::Event(event), of)
            }
            WaitUntil::First(branches) => {
                let branches = self.branches(branches, scope, around, label);
                (Wait::First(branches), Type::None)
            }
        };
        (self.errors() == before).then_some((StepKind::Wait(wait), of))
    }

    fn branches(
        &mut self,
        branches: &[Branch],
        scope: &Scope,
        around: Around,
        label: &str,
    ) -> Vec<WaitBranch> {
        let mut known = Vec::with_capacity(branches.len());
        for branch in branches {
            match branch {
                Branch::Event { pattern, body, .. } => {
                    let (event, inner) = self.event(pattern, scope);
                    let path = format!("{label}/{}", event.event);
                    known.push(WaitBranch {
                        body: self.nested_block(body, &inner, around, &path),
                        until: Until::Event(event),
                    });
                }
                Branch::After { delay, body, .. } => {
                    let passed = self.delay(delay, scope);
                    let path = format!("{label}/after");
                    let body = self.nested_block(body, scope, around, &path);
                    if let Some(delay) = passed {
                        known.push(WaitBranch {
                            until: Until::After(delay),
                            body,
                        });
                    }
                }
                Branch::Error(_) => {}
            }
        }
        known
    }

    /// The event, and the scope in which its name can be seen.
    pub(super) fn event(&mut self, pattern: &WrittenEvent, scope: &Scope) -> (EventPattern, Scope) {
        let of = self.event_type(&pattern.event);
        let mut inner = scope.lazily();
        let binding = (pattern.binding.as_ref()).filter(|name| !name.text.is_empty());
        if let Some(name) = binding {
            self.check_new_name(name, scope);
            inner.add(name.text.as_str(), of.clone(), name.span);
        }
        let condition = pattern.condition.as_ref().map(|condition| {
            // Without a name, what comes in cannot be looked at.
            self.check_condition(condition, &inner)
        });
        let event = EventPattern {
            event: dotted(&pattern.event),
            of,
            binding: binding.map(|name| Arc::from(name.text.as_str())),
            condition,
        };
        let mut outside = scope.clone();
        if let Some(name) = binding {
            outside.add(name.text.as_str(), event.of.clone(), name.span);
        }
        (event, outside)
    }

    /// A length of time.
    pub(super) fn delay(&mut self, delay: &WrittenDelay, scope: &Scope) -> Option<Delay> {
        match delay {
            WrittenDelay::Time(Expression::Missing(_)) => None,
            WrittenDelay::Time(time) => {
                let expected = Expected::plain(Type::Duration, "A length of time");
                let code = self.check_expression(time, scope, &expected);
                Some(Delay::Time(code))
            }
            WrittenDelay::BusinessDays { days, span } => {
                if *days == 0 {
                    let diagnostic = self
                        .diagnostic(codes::S809, *span, "No day at all is no time.")
                        .with_help("write at least `1 business day`");
                    self.push(diagnostic);
                }
                Some(if self.holidays.is_empty() {
                    Delay::BusinessDays(*days)
                } else {
                    Delay::BusinessDaysBy {
                        days: *days,
                        holidays: self.holidays.clone(),
                    }
                })
            }
        }
    }

    /// `stop "…" on EVENT as x where …`
    pub(super) fn armed_end(
        &mut self,
        end: &End,
        pattern: &WrittenEvent,
        scope: &Scope,
        around: Around,
        building: &mut Building,
    ) -> Option<Step> {
        let kind = self.end_kind(end, around);
        let (event, inner) = self.event(pattern, scope);
        let reason = self.check_expression(
            &end.reason,
            &inner.lazily(),
            &Expected::plain(Type::Text, "The reason"),
        );
        if let Some(when) = &end.when {
            let diagnostic = self
                .diagnostic(
                    codes::S810,
                    when.span(),
                    "What ends a run on an event has its condition behind `where`.",
                )
                .with_help("write `on … as x where …`");
            self.push(diagnostic);
        }
        self.place_pending(building, &Policy::default());
        let frame = Frame {
            label: format!("{} on {}", super::flow::word(end.kind), event.event),
            span: end.span,
            documentation: &end.documentation,
        };
        let kind = StepKind::Armed {
            event,
            kind: kind?,
            reason,
        };
        Some(self.step(&frame, kind, None, Type::None, Policy::default()))
    }
}
