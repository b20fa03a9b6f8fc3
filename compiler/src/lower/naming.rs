//! `let`: a name for what a step gives.
//!
//! Kept true here: a call and nothing else is the `let`'s own step; the calls inside a calculation are steps before it.

use std::sync::Arc;

use sophia_diagnostics::codes;
use sophia_language::syntax::{
    Expression, Let, LetValue, Modifier, Name, Wait as WrittenWait, WaitUntil,
};
use sophia_plan::expression::{Expression as Code, Stage};
use sophia_plan::step::{Ask, Policy, Question, Step, StepKind, Wait, Work};
use sophia_plan::types::Type;

use super::block::Building;
use super::calling::Effect;
use super::giving::Yielding;
use super::policy::Outcome;
use super::statement::{Acting, Around, Frame, Yields, documentation, named};
use crate::checker::Checker;
use crate::types::{Scope, choice};

impl Checker<'_> {
    pub(super) fn let_statement(
        &mut self,
        statement: &Let,
        scope: &mut Scope,
        around: Around,
        building: &mut Building,
    ) -> Option<Step> {
        let name = &statement.name;
        let patient = statement.modifiers.iter().any(is_patience);
        let before = self.errors();
        let value = self.let_value(statement, scope, around, building);
        let told = self.errors() > before;
        self.check_new_name(name, scope);
        // Of a value with a mistake nobody knows what its modifiers act on.
        let kind = value
            .as_ref()
            .filter(|_| !told)
            .map(|(value, _)| match value {
                Value::Work(work) if work.is_effect() => Acting::Effect,
                Value::Work(_) => Acting::Read,
                Value::Effect(effect) => effect.acting(),
                Value::Code(_) if self.pending.count() > 0 => Acting::Calculation,
                Value::Code(code) if patient && self.pending.needs_reading(code) => {
                    Acting::Calculation
                }
                Value::Code(code) if vouches(code) => Acting::Vouching,
                Value::Code(_) => Acting::Nothing,
                Value::Step(StepKind::Ask(_)) => Acting::Ask,
                Value::Step(StepKind::Wait(Wait::Event(_))) => Acting::Wait,
                Value::Step(_) => Acting::Pause,
                Value::Loop(_) => Acting::Loop,
            });
        let asked = matches!(
            &value,
            Some((
                Value::Step(StepKind::Ask(Ask {
                    question: Question::Approve { .. },
                    ..
                })),
                _
            ))
        );
        if asked {
            self.note_verdict(name);
        }
        let mut of = value.as_ref().map_or(Type::Unknown, |(_, of)| of.clone());
        let outcome = Outcome {
            of: &mut of,
            used: true,
            name: Some(name),
        };
        let policy = self.policy(&statement.modifiers, kind, outcome, scope, around);
        let documented = &statement.documentation;
        let step = value.map(|(value, _)| {
            let label = named(&statement.modifiers).unwrap_or(&name.text).to_owned();
            let frame = Frame {
                label,
                span: statement.span,
                documentation: documented,
            };
            let (before, own, kind) = match value {
                Value::Work(work) => (Policy::default(), policy, StepKind::Work(work)),
                Value::Effect(effect) => {
                    self.place_pending(building, &Policy::default());
                    return self.effect_step(&frame, effect, Some(&name.text), of.clone(), policy);
                }
                // What calls for patience are the calls inside the calculation.
                Value::Code(expression)
                    if kind == Some(Acting::Calculation)
                        && (policy.otherwise.is_some()
                            || self.pending.count() == 0 && policy != Policy::default()) =>
                {
                    return self.attempted(&frame, &name.text, expression, of.clone(), policy);
                }
                Value::Code(expression) if policy.otherwise.is_none() => (
                    policy,
                    Policy::default(),
                    StepKind::Work(Work::Compute { expression }),
                ),
                Value::Code(expression) => (
                    Policy::default(),
                    policy,
                    StepKind::Work(Work::Compute { expression }),
                ),
                Value::Step(kind) => (Policy::default(), policy, kind),
                Value::Loop(step) => {
                    self.place_pending(building, &Policy::default());
                    return Step {
                        binds: Some(Arc::from(name.text.as_str())),
                        result: of.clone(),
                        policy,
                        documentation: documentation(documented),
                        ..*step
                    };
                }
            };
            self.place_pending(building, &before);
            self.step(&frame, kind, Some(&name.text), of.clone(), own)
        });
        if !name.text.is_empty() {
            let known = (of.clone(), name.span);
            self.memory.lets.insert(name.text.clone(), known);
            self.pending.record_let(&name.text, &of, name.span);
            self.note_named_rows(statement, scope);
            let choice = match &statement.value {
                LetValue::Value(value) => choice(value, scope),
                _ => None,
            };
            self.notes.name(&name.text, &of, name.span);
            scope.add(name.text.as_str(), of, name.span);
            scope.choose(choice);
        }
        step
    }

    /// What is known of the rows that a `let` names, unless something else may stand in for them.
    fn note_named_rows(&mut self, statement: &Let, scope: &Scope) {
        let replaced = (statement.modifiers.iter())
            .any(|modifier| matches!(modifier, Modifier::Otherwise { .. }));
        if let (LetValue::Value(written), false) = (&statement.value, replaced) {
            let kept = self.rows_kept(written, scope);
            self.note_rows(statement.name.span, kept);
        }
    }

    /// What a `let` stands for. `None` where it has a mistake.
    fn let_value(
        &mut self,
        statement: &Let,
        scope: &Scope,
        around: Around,
        building: &mut Building,
    ) -> Option<(Value, Type)> {
        match &statement.value {
            LetValue::Do { call, word } => self.effect(call, scope, *word).map(|effect| {
                let of = effect.of.clone();
                (Value::Effect(effect), of)
            }),
            LetValue::Value(written) => {
                let typed = self.typed(written, scope, None);
                let known = !typed.is_unknown() && !self.is_broken(statement.span);
                let patient = statement.modifiers.iter().any(is_patience);
                known.then(|| {
                    let value = self.own_work(written, typed.expression, patient);
                    (value, typed.of)
                })
            }
            LetValue::Ask(ask) => self
                .ask(ask, &statement.modifiers, scope)
                .map(|(kind, of)| (Value::Step(kind), of)),
            LetValue::Wait(wait) => {
                let (label, _) = self.pause(wait);
                if let WaitUntil::First(_) = &wait.until {
                    return self.gathered_wait(wait, scope, around, &label);
                }
                self.wait(wait, scope, around, &label)
                    .map(|(kind, of)| (Value::Step(kind), of))
            }
            LetValue::ForEach(each) => {
                let (step, of) = self.gathering(each, scope, building);
                (of != Type::Unknown).then(|| (Value::Loop(Box::new(step)), of))
            }
            LetValue::Run(run) => self
                .run_work(run, scope)
                .map(|(_, work, of)| (Value::Work(work), of)),
        }
    }

    /// `let x = wait for first { … }`: each branch gives the value with `yield`.
    fn gathered_wait(
        &mut self,
        wait: &WrittenWait,
        scope: &Scope,
        around: Around,
        label: &str,
    ) -> Option<(Value, Type)> {
        self.yielding.push(Yielding::default());
        let around = Around {
            yields: Yields::InPlace,
            ..around
        };
        let waited = self.wait(wait, scope, around, label);
        let given = self.yielding.pop().unwrap_or_default().of();
        let (kind, _) = waited?;
        Some((Value::Step(kind), given.unwrap_or(Type::None)))
    }

    /// Remembers that an answer must be looked at.
    fn note_verdict(&mut self, name: &Name) {
        if !name.text.is_empty() {
            self.verdicts.insert(name.text.clone(), name.span);
        }
    }

    /// Complains about approvals that nothing has looked at.
    pub(super) fn report_untested_verdicts(&mut self) {
        for (name, span) in std::mem::take(&mut self.verdicts) {
            let diagnostic = self
                .diagnostic(
                    codes::S885,
                    span,
                    format!("Nothing looks at `{name}.approved`, so a refusal changes nothing."),
                )
                .with_label("asked, and not looked at")
                .with_help(format!(
                    "add `stop \"Refused.\" when not {name}.approved`, or leave `let {name} =` out"
                ));
            self.push(diagnostic);
        }
    }

    /// The work of a `let` whose value is a call and nothing else: it is the `let`'s own step.
    fn own_work(&mut self, written: &Expression, code: Code, patient: bool) -> Value {
        // A reading that others may share has no patience of its own.
        if patient
            && let Code::Name(place) = &code
            && let Some(step) = self.pending.take_read(place)
        {
            return Value::Work(step.work);
        }
        let is_call = matches!(
            written,
            Expression::Call(_)
                | Expression::Search { .. }
                | Expression::FindMetrics { .. }
                | Expression::Read { .. }
                | Expression::Over { .. }
        );
        let is_last = match (&code, self.pending.last()) {
            (Code::Name(name), Some(last)) => *name == last.name,
            _ => false,
        };
        if is_call
            && is_last
            && let Some(step) = self.pending.take_last()
        {
            return Value::Work(step.work);
        }
        // It fails where the column does not hold the value, which `otherwise` answers.
        if matches!(written, Expression::KnownIn { .. }) && self.pending.count() == 0 {
            return Value::Work(Work::Compute { expression: code });
        }
        Value::Code(code)
    }
}

/// What a `let` stands for.
enum Value {
    Work(Work),
    Effect(Effect),
    Code(Code),
    Step(StepKind),
    Loop(Box<Step>),
}

/// Whether a modifier says what happens when a call takes too long or fails.
fn is_patience(modifier: &Modifier) -> bool {
    matches!(
        modifier,
        Modifier::Retry { .. } | Modifier::Timeout { .. } | Modifier::Otherwise { .. }
    )
}

/// Whether code may fail because of what it finds, which an `otherwise` then handles: something is not known, does
/// not fit, or is not the only one.
fn vouches(code: &Code) -> bool {
    match code {
        Code::KnownIn { .. } | Code::As { .. } => true,
        Code::Pipeline { stages, .. } => {
            matches!(stages.last(), Some(Stage::Only))
        }
        _ => false,
    }
}
