//! `do`, `run`, `start`: what changes the world by being called.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Call, Do, Expression, Name, Run};
use sophia_plan::expression::Expression as Code;
use sophia_plan::step::{Block, Joining, Policy, Step, StepKind, Undo, Work};
use sophia_plan::types::{FieldType, RecordType, Type};

use super::block::Building;
use super::policy::Outcome;
use super::statement::{Acting, Around, Frame, named};
use crate::checker::Checker;
use crate::declared::{ActionFacts, CommandFacts, Need, Shared, planned_of, under};
use crate::names::{Declared, nearest, with_nearest};
use crate::types::{Expected, Scope};

/// What a call behind `do` does.
pub(super) struct Effect {
    /// As people call it: `slack.post_message`, `tell_customer`.
    pub(super) label: String,
    pub(super) what: Effecting,
    /// What it gives.
    pub(super) of: Type,
}

/// The two kinds of effects.
pub(super) enum Effecting {
    /// One call outside.
    Work(Work),
    /// Statements of an action, named as if it were a playbook.
    Action {
        arguments: Vec<(Arc<str>, Code)>,
        body: Block,
    },
}

impl Effect {
    /// What modifiers behind it act on.
    pub(super) fn acting(&self) -> Acting {
        match self.what {
            Effecting::Work(_) => Acting::Effect,
            Effecting::Action { .. } => Acting::Action,
        }
    }

    /// The kind of its step, which has this name.
    pub(super) fn into_kind(self, step: &str) -> StepKind {
        match self.what {
            Effecting::Work(work) => StepKind::Work(work),
            Effecting::Action { arguments, body } => StepKind::Action {
                action: Arc::from(self.label),
                arguments,
                body: under(&body, step),
            },
        }
    }
}

impl Checker<'_> {
    /// `do slack.post_message(…)`
    pub(super) fn do_statement(
        &mut self,
        statement: &Do,
        scope: &Scope,
        around: Around,
        building: &mut Building,
    ) -> Option<Step> {
        let effect = self.effect(&statement.call, scope, statement.span);
        let kind = effect.as_ref().map(Effect::acting);
        let mut of = effect
            .as_ref()
            .map_or(Type::Unknown, |effect| effect.of.clone());
        let outcome = Outcome {
            of: &mut of,
            used: false,
            name: None,
        };
        let policy = self.policy(&statement.modifiers, kind, outcome, scope, around);
        let effect = effect?;
        self.place_pending(building, &Policy::default());
        let frame = Frame {
            label: named(&statement.modifiers)
                .unwrap_or(&effect.label)
                .to_owned(),
            span: statement.span,
            documentation: &statement.documentation,
        };
        Some(self.effect_step(&frame, effect, None, of, policy))
    }

    /// The step of an effect.
    pub(super) fn effect_step(
        &mut self,
        frame: &Frame<'_>,
        effect: Effect,
        binds: Option<&str>,
        of: Type,
        policy: Policy,
    ) -> Step {
        let placeholder = StepKind::Return { value: None };
        let mut step = self.step(frame, placeholder, binds, of, policy);
        step.kind = effect.into_kind(&step.name);
        step
    }

    /// The call of a `do`: of a tool, an action or a command. `None` where it has a mistake.
    pub(super) fn effect(&mut self, call: &Call, scope: &Scope, place: Span) -> Option<Effect> {
        match &*call.callee {
            Expression::Name(name) if scope.local(&name.text).is_none() => {
                match self.names.get(&name.text) {
                    Some(Declared::Action(_)) => {
                        let facts = self.action(&name.text, name.span);
                        return self.action_effect(&name.text, facts, call, scope);
                    }
                    Some(Declared::Command(_)) => {
                        let facts = self.command(&name.text);
                        let planned = self.planned(&name.text);
                        return self.command_effect(&name.text, planned, facts, call, scope);
                    }
                    Some(Declared::Playbook) => {
                        self.report_run(name, place, call);
                        self.look_at_arguments(call, &scope.lazily());
                        return None;
                    }
                    _ => {}
                }
            }
            Expression::Field { of, name, .. } => {
                if let Expression::Name(module) = &**of
                    && scope.local(&module.text).is_none()
                    && matches!(self.names.get(&module.text), Some(Declared::Module(_)))
                {
                    return self.shared_effect(module, name, call, scope);
                }
            }
            _ => {}
        }
        let (label, work, of) = self.tool_effect(call, scope, place)?;
        Some(Effect {
            label,
            what: Effecting::Work(work),
            of,
        })
    }

    fn shared_effect(
        &mut self,
        module: &Name,
        name: &Name,
        call: &Call,
        scope: &Scope,
    ) -> Option<Effect> {
        let shown = format!("{}.{}", module.text, name.text);
        match self.shared(module, name) {
            Some(Shared::Action(facts)) => self.action_effect(&shown, facts, call, scope),
            Some(Shared::Command(facts)) => {
                let planned = planned_of(module, name);
                self.command_effect(&shown, planned, facts, call, scope)
            }
            Some(_) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S510,
                        call.callee.span(),
                        format!("`do` calls what changes the world, and `{shown}` does not."),
                    )
                    .with_help(format!("write `let … = {shown}(…)` to use its result"));
                self.push(diagnostic);
                self.look_at_arguments(call, &scope.lazily());
                None
            }
            None => {
                self.look_at_arguments(call, &scope.lazily());
                None
            }
        }
    }

    fn action_effect(
        &mut self,
        shown: &str,
        facts: Option<Arc<ActionFacts>>,
        call: &Call,
        scope: &Scope,
    ) -> Option<Effect> {
        let Some(facts) = facts else {
            self.look_at_arguments(call, &scope.lazily());
            return None;
        };
        let arguments = self.action_arguments(shown, &facts, call, scope)?;
        let mut body = facts.body.clone();
        self.keep_calendar_in(&mut body);
        Some(Effect {
            label: shown.to_owned(),
            what: Effecting::Action { arguments, body },
            of: facts.result.clone(),
        })
    }

    fn command_effect(
        &mut self,
        shown: &str,
        planned: Arc<str>,
        facts: Option<Arc<CommandFacts>>,
        call: &Call,
        scope: &Scope,
    ) -> Option<Effect> {
        let Some(facts) = facts else {
            self.look_at_arguments(call, &scope.lazily());
            return None;
        };
        let before = self.errors();
        let arguments = self.arguments(shown, &facts.definition.parameters, call, scope);
        (self.errors() == before).then(|| Effect {
            label: shown.to_owned(),
            what: Effecting::Work(Work::Command {
                command: planned,
                arguments,
            }),
            of: changed(facts.definition.row.as_ref()),
        })
    }

    /// `do other(…)` where `run other(…)` is meant.
    fn report_run(&mut self, name: &Name, place: Span, call: &Call) {
        let word = Span {
            start: place.start,
            end: call.span.start.max(place.start),
        };
        let diagnostic = self
            .diagnostic(
                codes::S888,
                name.span,
                format!(
                    "`{}` is a playbook, which is run and not called.",
                    name.text
                ),
            )
            .with_edit(format!("write `run {}(…)`", name.text), word, "run ");
        self.push(diagnostic);
    }

    /// `run PLAYBOOK(…)`, `start PLAYBOOK(…)`: its label, its work and its result.
    pub(super) fn run_work(&mut self, run: &Run, scope: &Scope) -> Option<(String, Work, Type)> {
        let Expression::Name(name) = &*run.call.callee else {
            self.report_no_name_of_playbook(&run.call.callee);
            self.look_at_arguments(&run.call, &scope.lazily());
            return None;
        };
        if !matches!(self.names.get(&name.text), Some(Declared::Playbook)) {
            self.report_no_playbook(name);
            self.look_at_arguments(&run.call, &scope.lazily());
            return None;
        }
        self.names.note_used(&name.text);
        if self.names.own == Some(&*name.text) {
            self.report_runs_itself(name);
            self.look_at_arguments(&run.call, &scope.lazily());
            return None;
        }
        let Some(signature) = self.neighbours.playbook(&name.text) else {
            self.look_at_arguments(&run.call, &scope.lazily());
            return None;
        };
        let before = self.errors();
        let arguments = self.inputs_given(&name.text, &signature.inputs, &run.call, scope);
        if self.errors() > before {
            return None;
        }
        let (joining, of) = if run.waits {
            (Joining::Waits, signature.result.clone())
        } else {
            (Joining::GoesOn, Type::None)
        };
        let work = Work::Playbook {
            playbook: Arc::from(name.text.as_str()),
            arguments,
            joining,
        };
        Some((name.text.clone(), work, of))
    }

    /// The inputs of another playbook, by name or in order; those with a default may be left out.
    fn inputs_given(
        &mut self,
        playbook: &str,
        inputs: &[(Arc<str>, Type, Need)],
        call: &Call,
        scope: &Scope,
    ) -> Vec<(Arc<str>, Code)> {
        let mut given: Vec<(Arc<str>, Code)> = Vec::with_capacity(call.arguments.len());
        let before = self.errors();
        for (place, argument) in call.arguments.iter().enumerate() {
            let input = match &argument.name {
                Some(name) => inputs.iter().find(|(input, _, _)| **input == *name.text),
                None => inputs.get(place),
            };
            let span = argument
                .name
                .as_ref()
                .map_or(argument.value.span(), |name| name.span);
            let Some((input, of, _)) = input else {
                let near = argument.name.as_ref().and_then(|name| {
                    nearest(&name.text, inputs.iter().map(|(input, _, _)| &**input))
                });
                let message = match &argument.name {
                    Some(name) => format!("`{playbook}` has no input `{}`.", name.text),
                    None => format!("`{playbook}` has fewer inputs."),
                };
                let diagnostic = self.diagnostic(codes::S325, span, message);
                self.push(with_nearest(diagnostic, near, span));
                self.typed(&argument.value, &scope.lazily(), None);
                continue;
            };
            if given.iter().any(|(known, _)| known == input) {
                let diagnostic = self.diagnostic(
                    codes::S325,
                    span,
                    format!("The input `{input}` of `{playbook}` is given twice."),
                );
                self.push(diagnostic.with_help("keep one of them"));
                continue;
            }
            let expected =
                Expected::plain(of.clone(), format!("The input `{input}` of `{playbook}`"));
            let code = self.check_expression(&argument.value, scope, &expected);
            given.push((input.clone(), code));
        }
        let missing: Vec<String> = inputs
            .iter()
            .filter(|(input, _, need)| {
                *need == Need::Required && !given.iter().any(|(known, _)| known == input)
            })
            .map(|(input, _, _)| format!("`{input}`"))
            .collect();
        // An input that is missing may be the one that a wrong argument was meant for.
        if !missing.is_empty() && self.errors() == before {
            let mut diagnostic = self.diagnostic(
                codes::S325,
                call.span,
                format!("`{playbook}` also needs {}.", missing.join(", ")),
            );
            for (input, of, _) in inputs {
                diagnostic = diagnostic.with_note(format!("expected: {input}: {of}"));
            }
            self.push(diagnostic);
        }
        given
    }

    fn report_runs_itself(&mut self, name: &Name) {
        let diagnostic = self
            .diagnostic(
                codes::S248,
                name.span,
                format!("`{}` runs itself.", name.text),
            )
            .with_label("this playbook")
            .with_help(
                "say when it starts again with a `trigger`, or go on in rounds with `repeat`",
            );
        self.push(diagnostic);
    }

    /// A playbook goes by one word, so a part of a module is none.
    fn report_no_name_of_playbook(&mut self, callee: &Expression) {
        if matches!(callee, Expression::Missing(_)) {
            return;
        }
        let shown = self.written(callee.span());
        let diagnostic = self
            .diagnostic(
                codes::S888,
                callee.span(),
                format!("`{shown}` is not a playbook."),
            )
            .with_label("not a playbook")
            .with_help("name a playbook of the project; an action is called with `do`");
        self.push(diagnostic);
    }

    fn report_no_playbook(&mut self, name: &Name) {
        if name.text.is_empty() || self.broken.may_declare(&name.text) {
            return;
        }
        let diagnostic = match self.names.get(&name.text) {
            Some(what) => self.diagnostic(
                codes::S888,
                name.span,
                format!("`{}` is {}, not a playbook.", name.text, what.noun()),
            ),
            None if self.neighbours.has_playbook(&name.text) => {
                self.report_missing_grant(name, "playbook");
                return;
            }
            None => self
                .diagnostic(
                    codes::S888,
                    name.span,
                    format!("The project has no playbook named `{}`.", name.text),
                )
                .with_label("not known"),
        };
        let near = self.neighbours.nearest_playbook(&name.text);
        self.push(with_nearest(diagnostic, near.as_deref(), name.span));
    }

    /// `undo with CALL`: it sees the result of the effect under the `let`'s own name, or as `result`.
    pub(super) fn undo(
        &mut self,
        call: &Call,
        span: Span,
        of: &Type,
        name: Option<&Name>,
        scope: &Scope,
    ) -> Option<Undo> {
        let mut inner = scope.clone();
        let (seen, place) = match name {
            Some(name) if !name.text.is_empty() => (name.text.as_str(), name.span),
            _ => ("result", span),
        };
        inner.add(seen, of.clone(), place);
        let waiting = self.pending.count();
        let effect = self.effect(call, &inner, call.span)?;
        if self.pending.count() > waiting {
            let diagnostic = self
                .diagnostic(
                    codes::S897,
                    call.span,
                    "The arguments of an `undo` are fixed when the effect succeeds, so no call stands in them.",
                )
                .with_help("make the call in a `let` before, and use its result");
            self.push(diagnostic);
            return None;
        }
        match effect.what {
            Effecting::Work(work) => Some(Undo {
                work,
                result: Arc::from(seen),
            }),
            Effecting::Action { .. } => {
                let diagnostic = self
                    .diagnostic(
                        codes::S897,
                        call.callee.span(),
                        format!(
                            "`undo with` makes one call, and `{}` is an action.",
                            effect.label
                        ),
                    )
                    .with_help("name the call of the tool, or a command");
                self.push(diagnostic);
                None
            }
        }
    }
}

/// What a command gives: how many rows it changed, and what it returned of them.
pub(crate) fn changed(returned: Option<&Arc<RecordType>>) -> Type {
    let mut fields = vec![FieldType::new("rows", Type::Integer)];
    fields.extend(returned.map(|row| FieldType::new("returned", Type::Table(row.clone()))));
    Type::Record(Arc::new(RecordType { name: None, fields }))
}
