//! Random steps with a course of their own: choices, rounds, attempts, actions, questions, events and what is kept.

use std::sync::Arc;

use sophia_plan::expression::Expression;
use sophia_plan::step::{Arm, Ask, EventPattern, Pattern, Question, Wait};
use sophia_plan::{Block, FieldType, RecordType, Step, StepKind, Type, Value, Work};

use super::generate::{Generator, Kind, field_of, name_of, step, text};

/// What a person's answer holds.
fn answer() -> Type {
    Type::Record(Arc::new(RecordType {
        name: None,
        fields: vec![
            FieldType::new("approved", Type::Boolean),
            FieldType::new("comment", Type::Text),
        ],
    }))
}

/// What an event carries.
fn happening() -> Type {
    Type::Record(Arc::new(RecordType {
        name: None,
        fields: vec![FieldType::new("note", Type::Text)],
    }))
}

impl Generator<'_> {
    /// One of them; those with blocks only where there is room.
    pub(super) fn course(&mut self, name: Arc<str>, depth: usize) -> Step {
        match self.random.below(if depth > 0 { 11 } else { 5 }) {
            0 => self.question(name),
            1 => {
                let work = Work::Set {
                    state: "kept".into(),
                    key: None,
                    value: self.text(1),
                };
                step(name, StepKind::Work(work), None, Type::None)
            }
            2 => {
                let work = Work::State {
                    state: "kept".into(),
                    key: None,
                };
                self.names.push((name.clone(), Kind::Text));
                step(name.clone(), StepKind::Work(work), Some(name), Type::Text)
            }
            3 => {
                let fields = vec![("note".into(), self.text(1))];
                let work = Work::Emit {
                    event: "happened".into(),
                    value: Some(Expression::Record { fields, name: None }),
                };
                step(name, StepKind::Work(work), None, Type::None)
            }
            4 => {
                let pattern = EventPattern {
                    event: "happened".into(),
                    of: happening(),
                    binding: Some(name.clone()),
                    condition: None,
                };
                self.names.push((name.clone(), Kind::Happening));
                let kind = StepKind::Wait(Wait::Event(pattern));
                step(name.clone(), kind, Some(name), happening())
            }
            5 | 6 => self.choice(name, depth),
            7 => {
                let names = self.names.len();
                let mut body = Block::default();
                self.statements(&mut body, 2, depth - 1);
                let until = Some(self.flag(1));
                self.names.truncate(names);
                let kind = StepKind::Repeat {
                    every: text("an hour"),
                    at_most: Some(3),
                    until,
                    body,
                };
                step(name, kind, None, Type::None)
            }
            8 => {
                let mut body = Block::default();
                for _ in 0..2 {
                    let name = self.next();
                    body.add(self.effect(name));
                }
                step(name, StepKind::Together { body }, None, Type::None)
            }
            9 => {
                let body = self.nested(depth);
                let otherwise = self.nested(depth);
                let kind = StepKind::Try {
                    body,
                    failure: None,
                    otherwise,
                };
                step(name, kind, None, Type::None)
            }
            _ => self.action(name, depth),
        }
    }

    fn question(&mut self, name: Arc<str>) -> Step {
        let shown = Expression::Text(vec![text("Is it right? "), self.text(0), self.text(0)]);
        let kind = StepKind::Ask(Ask {
            quorum: 1,
            whom: text("finance"),
            question: Question::Approve { text: shown },
        });
        if self.random.chance(2) {
            return step(name, kind, None, Type::None);
        }
        self.names.push((name.clone(), Kind::Answer));
        step(name.clone(), kind, Some(name), answer())
    }

    fn choice(&mut self, name: Arc<str>, depth: usize) -> Step {
        let value = self.text(0);
        let arms = [&["written"][..], &["plain", "a"][..]].map(|words| Arm {
            patterns: (words.iter())
                .map(|word| Pattern::Value(Value::text(*word)))
                .collect(),
            body: self.nested(depth),
        });
        let otherwise = Some(self.nested(depth));
        let kind = StepKind::Match {
            value,
            arms: arms.into(),
            otherwise,
        };
        step(name, kind, None, Type::None)
    }

    /// What is done in an action sees its arguments, and nothing else.
    fn action(&mut self, name: Arc<str>, depth: usize) -> Step {
        let arguments = vec![
            (Arc::from("given"), self.text(1)),
            (Arc::from("people"), self.rows()),
        ];
        let seen = vec![
            (Arc::from("given"), Kind::Text),
            (Arc::from("people"), Kind::Rows),
        ];
        let outer = std::mem::replace(&mut self.names, seen);
        let body = self.nested(depth);
        self.names = outer;
        let kind = StepKind::Action {
            action: "act".into(),
            arguments,
            body,
        };
        step(name, kind, None, Type::None)
    }

    /// A text that came by one of these ways.
    pub(super) fn told(&mut self) -> Option<Expression> {
        if self.random.chance(2) {
            let answer = self.of_kind(Kind::Answer)?;
            return Some(field_of(answer, "comment"));
        }
        let happening = self.of_kind(Kind::Happening)?;
        Some(field_of(happening, "note"))
    }

    /// Whether somebody has said yes.
    pub(super) fn approved(&mut self) -> Option<Expression> {
        let answer = self.of_kind(Kind::Answer)?;
        Some(field_of(answer, "approved"))
    }

    /// The rows where no other name holds any: an action sees them under the same name.
    pub(super) fn first_rows() -> Expression {
        name_of("people")
    }
}
