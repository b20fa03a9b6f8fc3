//! How the reference evaluates: every value carries its label along, and what a comparison vouches for it vouches for
//! where the comparison really came out so.

use sophia_plan::Value;
use sophia_plan::expression::{Expression, Function, Operator, Stage};

use super::reference::{Carried, Labelled, Run, Shown};

impl Run<'_> {
    /// Remembers the comparisons that came out from above with a trusted bound.
    pub(super) fn compared(&mut self, condition: &Expression) {
        match condition {
            Expression::Not(inner) => self.compared(inner),
            Expression::And(left, right) => {
                self.compared(left);
                if self.value(left).holds() {
                    self.compared(right);
                }
            }
            Expression::Or(left, right) => {
                self.compared(left);
                if !self.value(left).holds() {
                    self.compared(right);
                }
            }
            Expression::Binary {
                operator,
                left,
                right,
            } => {
                let (a, b) = (self.value(left), self.value(right));
                let held = self.value(condition).holds();
                let from_above = match operator {
                    Operator::LessOrEqual | Operator::Less | Operator::Equal => held,
                    _ => !held,
                };
                let from_below = match operator {
                    Operator::GreaterOrEqual | Operator::Greater | Operator::Equal => held,
                    _ => !held,
                };
                if from_above && !b.carries.untrusted {
                    self.vouch(left);
                }
                if from_below && !a.carries.untrusted {
                    self.vouch(right);
                }
            }
            Expression::Field { of, name, .. } if &**name == "approved" => {
                if let Expression::Name(answer) = &**of
                    && self.value(condition).holds()
                {
                    self.approved(answer);
                }
            }
            _ => {}
        }
    }

    pub(super) fn vouch(&mut self, way: &Expression) {
        let (root, field) = match way {
            Expression::Name(name) => (name, None),
            Expression::Field { of, name, .. } => match &**of {
                Expression::Name(root) => (root, Some(name)),
                _ => return,
            },
            Expression::Column(column) => {
                if let Some(Labelled {
                    shown: Shown::Record(fields),
                    ..
                }) = &mut self.row
                {
                    fields
                        .get_mut(&**column)
                        .expect("a column")
                        .carries
                        .untrusted = false;
                }
                return;
            }
            _ => return,
        };
        let found = self
            .names
            .iter_mut()
            .rev()
            .find(|(name, _)| **name == **root);
        let Some((_, known)) = found else { return };
        match (field, &mut known.shown) {
            (None, _) => known.carries.untrusted = false,
            (Some(field), Shown::Record(fields)) => {
                fields.get_mut(&**field).expect("a field").carries.untrusted = false;
            }
            _ => {}
        }
    }

    pub(super) fn value(&mut self, expression: &Expression) -> Labelled {
        let of = |shown, carries| Labelled { shown, carries };
        match expression {
            Expression::Constant(value) => of(
                match value {
                    Value::Text(text) => Shown::Text(text.to_string()),
                    Value::Integer(number) => Shown::Number(*number),
                    Value::Boolean(flag) => Shown::Flag(*flag),
                    other => panic!("no such constant is made: {other:?}"),
                },
                Carried::default(),
            ),
            Expression::Name(name) => {
                let found = self.names.iter().rev().find(|(known, _)| **known == **name);
                found.expect("a name in sight").1.clone()
            }
            Expression::Column(column) => self.row.as_ref().expect("a row").field(column),
            Expression::Field { of, name, .. } => self.value(of).field(name),
            Expression::Not(inner) => {
                let inner = self.value(inner);
                of(Shown::Flag(!inner.holds()), inner.carries.level_of())
            }
            Expression::And(left, right) | Expression::Or(left, right) => {
                let left = self.value(left);
                let is_and = matches!(expression, Expression::And(..));
                if left.holds() != is_and {
                    return of(Shown::Flag(left.holds()), left.carries.level_of());
                }
                let right = self.value(right);
                let carries = left.carries.level_of().with_level(right.carries.level);
                of(Shown::Flag(right.holds()), carries)
            }
            Expression::Binary {
                operator,
                left,
                right,
            } => {
                let (a, b) = (self.value(left), self.value(right));
                let carries = a.carries.clone().with(&b.carries);
                let flag = match operator {
                    Operator::Add => {
                        return of(Shown::Number(a.number().wrapping_add(b.number())), carries);
                    }
                    Operator::LessOrEqual => a.number() <= b.number(),
                    Operator::Less => a.number() < b.number(),
                    Operator::Greater => a.number() > b.number(),
                    Operator::GreaterOrEqual => a.number() >= b.number(),
                    Operator::Equal => a.text() == b.text(),
                    _ => a.text() != b.text(),
                };
                of(Shown::Flag(flag), carries.level_of())
            }
            Expression::If {
                condition,
                then,
                otherwise,
            } => {
                let decided = self.value(condition);
                let before = (self.names.clone(), self.row.clone());
                self.compared(condition);
                let taken = if decided.holds() { then } else { otherwise };
                let mut taken = self.value(taken);
                (self.names, self.row) = before;
                taken.carries = taken.carries.with_level(decided.carries.level);
                taken
            }
            Expression::Text(parts) => {
                let parts: Vec<Labelled> = parts.iter().map(|part| self.value(part)).collect();
                let carries = parts
                    .iter()
                    .fold(Carried::default(), |all, part| all.with(&part.carries));
                of(
                    Shown::Text(parts.iter().map(Labelled::text).collect()),
                    carries,
                )
            }
            Expression::List(items) => {
                let items = items.iter().map(|item| self.value(item)).collect();
                of(Shown::List(items), Carried::default())
            }
            Expression::Record { fields, .. } => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| (name.to_string(), self.value(value)))
                    .collect();
                of(Shown::Record(fields), Carried::default())
            }
            Expression::Call {
                function,
                arguments,
            } => {
                let argument = self.value(&arguments[0]);
                match function {
                    Function::Count => {
                        let Shown::List(items) = &argument.shown else {
                            panic!("no list");
                        };
                        let count = i64::try_from(items.len()).unwrap_or(0);
                        of(Shown::Number(count), argument.carries.level_of())
                    }
                    Function::Redact => {
                        let mut argument = argument;
                        argument.carries.categories.clear();
                        argument
                    }
                    Function::Length => {
                        let length = i64::try_from(argument.text().len()).unwrap_or(0);
                        of(Shown::Number(length), argument.carries)
                    }
                    _ => of(
                        Shown::Text(argument.text().to_uppercase()),
                        argument.carries,
                    ),
                }
            }
            Expression::Pipeline { source, stages } => {
                let mut current = self.value(source);
                for stage in stages {
                    current = self.stage(stage, current);
                }
                current
            }
            other => panic!("no such expression is made: {other:?}"),
        }
    }

    fn stage(&mut self, stage: &Stage, before: Labelled) -> Labelled {
        let Shown::List(items) = before.shown else {
            panic!("no list");
        };
        let mut carries = before.carries;
        let mut kept = Vec::new();
        match stage {
            Stage::Where(condition) => {
                for item in items {
                    let outer = self.row.replace(item);
                    let held = self.value(condition);
                    carries = carries.with_level(held.carries.level);
                    if held.holds() {
                        self.compared(condition);
                        kept.extend(self.row.clone());
                    }
                    self.row = outer;
                }
            }
            Stage::Add { columns, .. } => {
                for item in items {
                    let outer = self.row.replace(item);
                    for (name, value) in columns {
                        let value = self.value(value);
                        if let Some(Labelled {
                            shown: Shown::Record(fields),
                            ..
                        }) = &mut self.row
                        {
                            fields.insert(name.to_string(), value);
                        }
                    }
                    kept.extend(self.row.clone());
                    self.row = outer;
                }
            }
            Stage::Take { count, .. } => {
                let count = self.value(count);
                carries = carries.with_level(count.carries.level);
                let most = usize::try_from(count.number()).unwrap_or(0);
                kept = items.into_iter().take(most).collect();
            }
            other => panic!("no such stage is made: {other:?}"),
        }
        Labelled {
            shown: Shown::List(kept),
            carries,
        }
    }
}
