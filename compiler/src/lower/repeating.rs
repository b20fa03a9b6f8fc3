//! `repeat`, `together`, `try`, and loops that give a list.

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{ForEach, Repeat, Together, Try};
use sophia_plan::step::{Policy, Step, StepKind};
use sophia_plan::types::{FieldType, RecordType, Type};
use std::sync::Arc;

use super::block::Building;
use super::flow::last_part;
use super::giving::Yielding;
use super::playbook::failure;
use super::statement::{Around, Frame, Yields};
use crate::checker::Checker;
use crate::types::{Expected, Scope};

impl Checker<'_> {
    /// `repeat every D, at most N times, until EXPR { }`
    pub(super) fn repeat(
        &mut self,
        statement: &Repeat,
        scope: &Scope,
        around: Around,
        building: &mut Building,
    ) -> Step {
        let every = self.check_expression(
            &statement.every,
            scope,
            &Expected::plain(Type::Duration, "The time between two rounds"),
        );
        self.place_pending(building, &Policy::default());
        if statement.at_most.is_none() && statement.until.is_none() {
            let diagnostic = self
                .diagnostic(
                    codes::S884,
                    word(statement.span, "repeat"),
                    "Nothing ends this loop.",
                )
                .with_help("say `at most N times`, or `until …`");
            self.push(diagnostic);
        }
        if let Some((0, span)) = statement.at_most {
            let diagnostic = self
                .diagnostic(codes::S809, span, "No round at all is no `repeat`.")
                .with_help("leave it out");
            self.push(diagnostic);
        }
        let frame = Frame {
            label: "repeat".to_owned(),
            span: statement.span,
            documentation: &statement.documentation,
        };
        let name = self.reserve_name(&frame.label, frame.span, false);
        let own = last_part(&name).to_owned();
        let outer = self.pending.enter(&own);
        let mut inside = Building::default();
        let mut inner = scope.clone();
        // A round decides whether another one follows, so its names are seen behind `until`.
        self.statements(
            &mut inside,
            statement.body.statements.iter(),
            &mut inner,
            around,
        );
        let until = statement.until.as_ref().map(|until| {
            let code = self.check_condition(until, &inner);
            self.place_pending(&mut inside, &Policy::default());
            code
        });
        self.pending.leave(outer);
        let kind = StepKind::Repeat {
            every,
            at_most: statement.at_most.map(|(times, _)| times),
            until,
            body: inside.finish(),
        };
        self.named_step(name, &frame, kind)
    }

    /// `together { }`: what it binds can be used after it.
    pub(super) fn together(
        &mut self,
        statement: &Together,
        scope: &mut Scope,
        around: Around,
        building: &mut Building,
    ) -> Step {
        self.place_pending(building, &Policy::default());
        let frame = Frame {
            label: "together".to_owned(),
            span: statement.span,
            documentation: &statement.documentation,
        };
        let name = self.reserve_name(&frame.label, frame.span, false);
        let outer = self.pending.enter(last_part(&name));
        let mut inside = Building::default();
        self.statements(&mut inside, statement.body.statements.iter(), scope, around);
        self.pending.leave(outer);
        let kind = StepKind::Together {
            body: inside.finish(),
        };
        self.named_step(name, &frame, kind)
    }

    /// `try { } otherwise as f { }`
    pub(super) fn try_statement(
        &mut self,
        statement: &Try,
        scope: &Scope,
        around: Around,
        building: &mut Building,
    ) -> Step {
        self.place_pending(building, &Policy::default());
        let frame = Frame {
            label: "try".to_owned(),
            span: statement.span,
            documentation: &statement.documentation,
        };
        let name = self.reserve_name(&frame.label, frame.span, false);
        let own = last_part(&name).to_owned();
        let body = self.nested_block(&statement.body, scope, around, &own);
        let mut inner = scope.clone();
        let binding = (statement.binding.as_ref()).filter(|name| !name.text.is_empty());
        if let Some(binding) = binding {
            self.check_new_name(binding, scope);
            inner.add(binding.text.as_str(), failure(), binding.span);
        }
        let otherwise = self.nested_block(
            &statement.otherwise,
            &inner,
            around,
            &format!("{own}/otherwise"),
        );
        let kind = StepKind::Try {
            body,
            failure: binding.map(|name| Arc::from(name.text.as_str())),
            otherwise,
        };
        self.named_step(name, &frame, kind)
    }

    /// `let xs = for each x in ys { … yield … }`: the step, and what it gives.
    pub(super) fn gathering(
        &mut self,
        statement: &ForEach,
        scope: &Scope,
        building: &mut Building,
    ) -> (Step, Type) {
        self.yielding.push(Yielding::default());
        let (step, item) = self.loop_step(statement, scope, Yields::Gathered, building);
        let given = self.yielding.pop().unwrap_or_default().of();
        let of = match (given, statement.keep_going) {
            (given, Some(_)) => tolerant(given.unwrap_or_else(|| item.clone()), item),
            (Some(given), None) => Type::List(Arc::new(given)),
            (None, None) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S883,
                        word(statement.span, "for each"),
                        "This loop gives nothing, and a name waits for what it gives.",
                    )
                    .with_help("give something with `yield …`, or write the loop without `let`");
                self.push(diagnostic);
                Type::Unknown
            }
        };
        (step, of)
    }
}

/// What a loop with `keep going` gives.
fn tolerant(done: Type, item: Type) -> Type {
    let record = |fields: Vec<FieldType>| Arc::new(RecordType { name: None, fields });
    let failed = record(vec![
        FieldType::new("item", item.clone()),
        FieldType::new("message", Type::Text),
    ]);
    let skipped = record(vec![
        FieldType::new("item", item),
        FieldType::new("reason", Type::Text),
    ]);
    Type::Record(record(vec![
        FieldType::new("done", Type::List(Arc::new(done))),
        FieldType::new("failed", Type::List(Arc::new(Type::Record(failed)))),
        FieldType::new("skipped", Type::List(Arc::new(Type::Record(skipped)))),
    ]))
}

/// The first words of a statement.
fn word(whole: Span, words: &str) -> Span {
    Span {
        start: whole.start,
        end: whole.start + u32::try_from(words.len()).unwrap_or(0),
    }
}
