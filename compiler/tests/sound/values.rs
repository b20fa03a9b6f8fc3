//! Random expressions over the names in sight.

use std::sync::Arc;

use sophia_plan::Value;
use sophia_plan::expression::{Expression, Function, Operator, Stage};

use super::generate::{Generator, Kind, binary, call, field_of, number, row, text};

impl Generator<'_> {
    pub(super) fn of_kind(&mut self, kind: Kind) -> Option<Expression> {
        let found: Vec<Arc<str>> = self
            .names
            .iter()
            .filter(|(_, other)| *other == kind)
            .map(|(name, _)| name.clone())
            .collect();
        if found.is_empty() {
            return None;
        }
        let place = self.random.below(found.len());
        Some(Expression::Name(found[place].clone()))
    }

    pub(super) fn text(&mut self, depth: usize) -> Expression {
        let choice = self.random.below(if depth > 0 { 9 } else { 5 });
        let found = match choice {
            0 => Some(text("written")),
            1 => self.of_kind(Kind::Text),
            2 => {
                let column = ["email", "secret", "plan"][self.random.below(3)];
                self.of_kind(Kind::Row).map(|row| field_of(row, column))
            }
            3 => {
                let name = ["text", "kind"][self.random.below(2)];
                self.of_kind(Kind::Reply).map(|reply| field_of(reply, name))
            }
            4 => self.told(),
            5 => Some(Expression::Text(vec![
                self.text(depth - 1),
                self.number(depth - 1),
                self.flag(depth - 1),
            ])),
            6 => Some(call(Function::Redact, self.text(depth - 1))),
            7 => Some(Expression::If {
                condition: Box::new(self.flag(depth - 1)),
                then: Box::new(self.text(depth - 1)),
                otherwise: Box::new(self.text(depth - 1)),
            }),
            _ => Some(call(Function::Upper, self.text(depth - 1))),
        };
        found.unwrap_or_else(|| text("plain"))
    }

    pub(super) fn number(&mut self, depth: usize) -> Expression {
        let choice = self.random.below(if depth > 0 { 8 } else { 5 });
        let found = match choice {
            0 => Some(number(i64::try_from(self.random.below(9)).unwrap_or(0))),
            1 => self.of_kind(Kind::Number),
            2 => self.of_kind(Kind::Row).map(|row| field_of(row, "size")),
            3 => self
                .of_kind(Kind::Reply)
                .map(|reply| field_of(reply, "size")),
            4 => self.of_kind(Kind::Form).map(|form| field_of(form, "size")),
            5 => Some(binary(
                Operator::Add,
                self.number(depth - 1),
                self.number(depth - 1),
            )),
            6 => Some(call(Function::Count, self.rows())),
            _ => Some(call(Function::Length, self.text(depth - 1))),
        };
        found.unwrap_or_else(|| number(1))
    }

    pub(super) fn flag(&mut self, depth: usize) -> Expression {
        let choice = self.random.below(if depth > 0 { 9 } else { 4 });
        let found = match choice {
            0 => Some(Expression::Constant(Value::Boolean(self.random.chance(2)))),
            1 => self.of_kind(Kind::Flag),
            2 => self.of_kind(Kind::Row).map(|row| field_of(row, "vip")),
            3 => self.approved(),
            4 => Some(Expression::Not(Box::new(self.flag(depth - 1)))),
            5 => Some(Expression::And(
                Box::new(self.flag(depth - 1)),
                Box::new(self.flag(depth - 1)),
            )),
            6 => Some(Expression::Or(
                Box::new(self.flag(depth - 1)),
                Box::new(self.flag(depth - 1)),
            )),
            7 => {
                let operator = [
                    Operator::LessOrEqual,
                    Operator::Greater,
                    Operator::Less,
                    Operator::GreaterOrEqual,
                ][self.random.below(4)];
                Some(binary(
                    operator,
                    self.number(depth - 1),
                    self.number(depth - 1),
                ))
            }
            _ => {
                let operator = if self.random.chance(2) {
                    Operator::Equal
                } else {
                    Operator::NotEqual
                };
                Some(binary(operator, self.text(depth - 1), self.text(depth - 1)))
            }
        };
        found.unwrap_or_else(|| Expression::Constant(Value::Boolean(true)))
    }

    pub(super) fn rows(&mut self) -> Expression {
        let source = self.of_kind(Kind::Rows).unwrap_or_else(Self::first_rows);
        let mut stages = Vec::new();
        for _ in 0..self.random.below(3) {
            let column = |name: &str| Expression::Column(name.into());
            stages.push(match self.random.below(4) {
                0 => Stage::Where(column("vip")),
                1 => Stage::Where(binary(
                    Operator::LessOrEqual,
                    column("size"),
                    self.number(0),
                )),
                2 => Stage::Add {
                    columns: vec![(
                        "plan".into(),
                        Expression::Text(vec![column(
                            ["plan", "email", "secret"][self.random.below(3)],
                        )]),
                    )],
                    row: row(),
                },
                _ => Stage::Take {
                    count: self.number(0),
                    per: Vec::new(),
                },
            });
        }
        if stages.is_empty() {
            return source;
        }
        Expression::Pipeline {
            source: Box::new(source),
            stages,
        }
    }
}
