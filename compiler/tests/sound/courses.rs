//! Random steps with a course of their own: choices, rounds, attempts, actions and what they give, questions and forms,
//! events, waits for the first of several, and what is kept.

use std::sync::Arc;

use sophia_plan::expression::{Expression, Operator};
use sophia_plan::step::{
    Arm, Ask, Delay, EventPattern, Pattern, Question, Until, Wait, WaitBranch,
};
use sophia_plan::{Block, FieldType, RecordType, Step, StepKind, Type, Value, Work};

use super::generate::{Generator, Kind, binary, field_of, name_of, step, text};

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

/// What a person fills in.
fn form() -> Type {
    Type::Record(Arc::new(RecordType {
        name: None,
        fields: vec![
            FieldType::new("note", Type::Text),
            FieldType::new("size", Type::Integer),
            FieldType::new(
                "kind",
                Type::Literals(Arc::from([Arc::from("a"), Arc::from("b")])),
            ),
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
        match self.random.below(if depth > 0 { 13 } else { 6 }) {
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
                let pattern = self.pattern(&name);
                self.names.push((name.clone(), Kind::Happening));
                let kind = StepKind::Wait(Wait::Event(pattern));
                step(name.clone(), kind, Some(name), happening())
            }
            5 => self.form(name),
            6 | 7 => self.choice(name, depth),
            8 => {
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
            9 => {
                let mut body = Block::default();
                for _ in 0..2 {
                    let name = self.next();
                    body.add(self.effect(name));
                }
                step(name, StepKind::Together { body }, None, Type::None)
            }
            10 => {
                let body = self.nested(depth);
                let otherwise = self.nested(depth);
                let kind = StepKind::Try {
                    body,
                    failure: None,
                    otherwise,
                };
                step(name, kind, None, Type::None)
            }
            11 => self.first_of(name, depth),
            _ => self.action(name, depth),
        }
    }

    /// An event that counts where its note is another text, or in any case.
    fn pattern(&mut self, name: &Arc<str>) -> EventPattern {
        let condition = self.random.chance(2).then(|| {
            let note = field_of(name_of(name), "note");
            binary(Operator::Equal, note, self.text(0))
        });
        EventPattern {
            event: "happened".into(),
            of: happening(),
            binding: Some(name.clone()),
            condition,
        }
    }

    /// What comes first: one of two events, or nothing for a day.
    fn first_of(&mut self, name: Arc<str>, depth: usize) -> Step {
        let mut branches = Vec::new();
        for way in ["one", "two"] {
            let came: Arc<str> = Arc::from(format!("{way}_{name}"));
            let pattern = self.pattern(&came);
            self.names.push((came, Kind::Happening));
            let body = self.nested(depth);
            self.names.pop();
            branches.push(WaitBranch {
                until: Until::Event(pattern),
                body,
            });
        }
        branches.push(WaitBranch {
            until: Until::After(Delay::Time(text("a day"))),
            body: self.nested(depth),
        });
        let kind = StepKind::Wait(Wait::First(branches));
        step(name, kind, None, Type::None)
    }

    /// A form with some of it filled in.
    fn form(&mut self, name: Arc<str>) -> Step {
        let shown = Expression::Text(vec![text("What is it? "), self.text(0)]);
        let fields = vec![
            ("note".into(), self.text(1)),
            ("size".into(), self.number(0)),
            ("kind".into(), text("a")),
        ];
        let starting_with =
            (self.random.chance(2)).then_some(Expression::Record { fields, name: None });
        let kind = StepKind::Ask(Ask {
            quorum: 1,
            whom: text("finance"),
            question: Question::Form {
                text: shown,
                starting_with,
            },
        });
        self.names.push((name.clone(), Kind::Form));
        step(name.clone(), kind, Some(name), form())
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

    /// What is done in an action sees its arguments, and nothing else. It may give its text early.
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
        let mut body = Block::default();
        self.statements(&mut body, 2, depth - 1);
        if self.random.chance(2) {
            let early = self.next();
            let mut then = Block::default();
            then.add(self.given_back());
            let kind = StepKind::Branch {
                condition: self.flag(1),
                then,
                otherwise: Block::default(),
            };
            body.add(step(early, kind, None, Type::None));
            self.statements(&mut body, 2, depth - 1);
        }
        body.add(self.given_back());
        self.names = outer;
        self.names.push((name.clone(), Kind::Text));
        let kind = StepKind::Action {
            action: "act".into(),
            arguments,
            body,
        };
        step(name.clone(), kind, Some(name), Type::Text)
    }

    /// What an action gives.
    fn given_back(&mut self) -> Step {
        let name = self.next();
        let value = Some(self.text(1));
        step(name, StepKind::Return { value }, None, Type::None)
    }

    /// A text that came by one of these ways.
    pub(super) fn told(&mut self) -> Option<Expression> {
        let (kind, field) = [
            (Kind::Answer, "comment"),
            (Kind::Happening, "note"),
            (Kind::Form, "note"),
            (Kind::Form, "kind"),
        ][self.random.below(4)];
        let from = self.of_kind(kind)?;
        Some(field_of(from, field))
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
