//! What is known about the value of an expression, from what is known about its parts.
//!
//! Kept true here: a calculated yes or no carries the level of what it looked at and nothing else; every
//! other calculation carries everything that went into it.

use std::sync::Arc;

use sophia_plan::expression::{Expression, Function, WindowCall};

use super::known::Known;
use super::label::Label;
use super::pass::Walk;
use super::written::{doubted, internal};
use crate::sources::Spot;

impl Walk<'_> {
    /// What is known about the value of an expression.
    pub(super) fn value(&mut self, expression: &Expression) -> Known {
        if let Expression::Pipeline { source, stages } = expression {
            let mut current = self.value(source);
            for stage in stages {
                current = self.stage(stage, &current);
            }
            return current;
        }
        self.looked_at(expression).0
    }

    /// The labels of a value, and what is known about its parts in the order of the text.
    fn looked_at(&mut self, expression: &Expression) -> (Known, Vec<Known>) {
        match expression {
            Expression::Constant(_) | Expression::Boundary { .. } => (Known::default(), Vec::new()),
            Expression::Name(name) => (self.name(name), Vec::new()),
            Expression::Column(column) => {
                let known = self.row.as_ref().map(|row| row.field(column));
                (known.unwrap_or_default(), Vec::new())
            }
            Expression::Row => (self.row.clone().unwrap_or_default(), Vec::new()),
            Expression::Field { of, name, .. } => {
                let of = self.value(of);
                (of.field(name), vec![of])
            }
            Expression::Index { of: list, key } => self.index(list, key),
            Expression::Negate(one) => self.made_of([&**one]),
            Expression::Not(one) | Expression::IsPresent(one) => self.decided_by([&**one]),
            Expression::Binary {
                operator,
                left,
                right,
            } => {
                if is_comparison(*operator) {
                    self.decided_by([&**left, &**right])
                } else {
                    self.made_of([&**left, &**right])
                }
            }
            Expression::And(left, right) | Expression::Or(left, right) => {
                self.decided_by([&**left, &**right])
            }
            Expression::In { value, set } => self.decided_by([&**value, &**set]),
            Expression::Coalesce(one, other) => {
                let (one, other) = (self.value(one), self.value(other));
                let mut known = one.join(&other);
                known.label.join_level(&one.label);
                (known, vec![one, other])
            }
            Expression::If {
                condition,
                then,
                otherwise,
            } => self.chosen(condition, then, otherwise),
            Expression::Text(parts) => self.made_of(parts),
            Expression::List(items) => {
                let items: Vec<Known> = items.iter().map(|item| self.value(item)).collect();
                (listed(&items), items)
            }
            Expression::Record { fields, .. } => {
                let fields: Vec<(Arc<str>, Known)> = fields
                    .iter()
                    .map(|(name, value)| (name.clone(), self.value(value)))
                    .collect();
                let parts = fields.iter().map(|(_, known)| known.clone()).collect();
                (Known::record(Label::public(), fields), parts)
            }
            Expression::Call {
                function,
                arguments,
            } => self.call(*function, arguments),
            Expression::Predict {
                predictor,
                features,
            } => self.prediction(predictor, features),
            Expression::Pipeline { .. } => (self.value(expression), Vec::new()),
            Expression::Let { name, value, body } => {
                let value = self.value(value);
                let depth = self.env.depth();
                self.env.bind(name.clone(), value.clone());
                let body = self.value(body);
                self.env.forget(depth);
                (body.clone(), vec![value, body])
            }
            Expression::As { value, to } => {
                let value = self.value(value);
                (Known::typed(to, &value.whole()), vec![value])
            }
            Expression::KnownIn { value, set } => {
                let (mut known, set) = (self.value(value), self.value(set));
                let value = known.clone();
                known.each(&mut |label| label.doubt = None);
                known.label.join_level(&set.whole());
                (known, vec![value, set])
            }
            Expression::AtLeast { aggregate, rows } => {
                let value = self.value(aggregate);
                let mut known = value.clone();
                if *rows > 1 && drops_categories(aggregate) {
                    known.label = known.label.without_categories();
                }
                (known, vec![value])
            }
            Expression::Window {
                call, argument, by, ..
            } => self.window(*call, argument.as_deref(), by.as_ref().map(|(by, _)| &**by)),
            Expression::Release { value, to, because } => {
                let value = self.value(value);
                let because = self.value(because);
                let mut known = value.clone();
                known.each(&mut |label| *label = label.released(to));
                (known, vec![value, because])
            }
            Expression::Convert { value, .. } => {
                let value = self.value(value);
                (value.clone(), vec![value])
            }
        }
    }

    /// A name of the scope. Nothing vouches for one that is not known.
    pub(super) fn name(&mut self, name: &Arc<str>) -> Known {
        if let Some(known) = self.env.get(name) {
            return known.clone();
        }
        let label = internal(name, "", Spot::default());
        Known::scalar(doubted(label, name, Spot::default()))
    }

    /// Something that shows everything that went into it.
    fn made_of<'e>(
        &mut self,
        parts: impl IntoIterator<Item = &'e Expression>,
    ) -> (Known, Vec<Known>) {
        let parts: Vec<Known> = parts.into_iter().map(|part| self.value(part)).collect();
        (Known::scalar(together(&parts)), parts)
    }

    /// A yes or no.
    fn decided_by<'e>(
        &mut self,
        parts: impl IntoIterator<Item = &'e Expression>,
    ) -> (Known, Vec<Known>) {
        let (known, parts) = self.made_of(parts);
        (Known::scalar(known.label.only_level()), parts)
    }

    /// `if c then a else b`: what something vouches for on a side counts on that side.
    fn chosen(
        &mut self,
        condition: &Expression,
        then: &Expression,
        otherwise: &Expression,
    ) -> (Known, Vec<Known>) {
        let decided = self.value(condition);
        let before = (self.env.clone(), self.row.clone());
        self.learn(condition, true);
        let then = self.value(then);
        (self.env, self.row) = before.clone();
        self.learn(condition, false);
        let otherwise = self.value(otherwise);
        (self.env, self.row) = before;
        let mut known = then.join(&otherwise);
        known.label.join_level(&decided.whole());
        (known, vec![decided, then, otherwise])
    }

    fn index(&mut self, list: &Expression, key: &Expression) -> (Known, Vec<Known>) {
        let (of, key) = (self.value(list), self.value(key));
        let mut known = of.item();
        known.label.join_level(&key.whole());
        // What people wrote out, such as the manifest's directory of people, vouches for its values
        // whichever is asked for.
        let written_out = matches!(list, Expression::Constant(_));
        if !written_out && let Some(doubt) = key.whole().doubt {
            known.each(&mut |label| label.doubt(doubt.trail.clone()));
        }
        (known, vec![of, key])
    }

    fn call(&mut self, function: Function, arguments: &[Expression]) -> (Known, Vec<Known>) {
        let parts: Vec<Known> = arguments
            .iter()
            .map(|argument| self.value(argument))
            .collect();
        let known = match function {
            Function::Count => {
                let mut label = Label::public();
                for part in &parts {
                    label.join_level(&part.label);
                    if let Some(doubt) = &part.label.doubt {
                        label.doubt(doubt.trail.clone());
                    }
                }
                Known::scalar(label)
            }
            Function::Min | Function::Max | Function::First | Function::Last
                if parts.len() == 1 =>
            {
                parts.first().map_or_else(Known::default, Known::item)
            }
            Function::Redact | Function::Pseudonymize => {
                let mut known = parts.first().cloned().unwrap_or_default();
                known.each(&mut |label| *label = label.without_categories());
                known
            }
            Function::Contains | Function::StartsWith | Function::EndsWith => {
                Known::scalar(together(&parts).only_level())
            }
            // What any other function gives is made of all that it is given.
            _ => Known::scalar(together(&parts)),
        };
        (known, parts)
    }

    /// A prediction shows the features that it was made from.
    fn prediction(&mut self, predictor: &Arc<str>, features: &Expression) -> (Known, Vec<Known>) {
        let given = self.value(features);
        let mut label = Label::public();
        label.join_level(&given.label);
        match self.plan.predictors.get(predictor) {
            Some(definition) => {
                for field in &definition.features.fields {
                    label.join(&given.field(&field.name).whole());
                }
            }
            None => label.join(&given.whole()),
        }
        let version = self.name(predictor);
        label.join_level(&version.label);
        (Known::scalar(label), vec![given])
    }

    fn window(
        &mut self,
        call: WindowCall,
        argument: Option<&Expression>,
        by: Option<&Expression>,
    ) -> (Known, Vec<Known>) {
        let argument = argument.map(|argument| self.value(argument));
        let by = by.map(|by| self.value(by));
        let mut known = match call {
            WindowCall::Count => {
                let mut known = Known::default();
                if let Some(argument) = &argument {
                    known.label.join_level(&argument.label);
                }
                known
            }
            WindowCall::Rank
            | WindowCall::RowNumber
            | WindowCall::Sum
            | WindowCall::Average
            | WindowCall::Min
            | WindowCall::Max
            | WindowCall::First
            | WindowCall::Last
            | WindowCall::Previous
            | WindowCall::Next => {
                // In a column that a stage adds, a window looks at a row's own value.
                argument.clone().unwrap_or_default()
            }
        };
        if let Some(by) = &by {
            match call {
                // A place in an order tells about what is ordered.
                WindowCall::Rank | WindowCall::RowNumber => known.label.join(&by.whole()),
                _ => known.label.join_level(&by.whole()),
            }
        }
        (known, argument.into_iter().chain(by).collect())
    }
}

/// A list of these.
pub(super) fn listed(items: &[Known]) -> Known {
    match items.split_first() {
        None => Known::default(),
        Some((first, rest)) => {
            let all = rest.iter().fold(first.clone(), |all, one| all.join(one));
            Known::list(Label::public(), all)
        }
    }
}

/// Everything that several values carry.
pub(super) fn together(parts: &[Known]) -> Label {
    let mut label = Label::public();
    for part in parts {
        label.join(&part.whole());
    }
    label
}

fn is_comparison(operator: sophia_plan::expression::Operator) -> bool {
    use sophia_plan::expression::Operator;
    match operator {
        Operator::Equal
        | Operator::NotEqual
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual
        | Operator::Like => true,
        Operator::Add
        | Operator::Subtract
        | Operator::Multiply
        | Operator::Divide
        | Operator::Modulo => false,
    }
}

/// Whether many rows hide each other in this: `sum` and `average`, never `min`, `max` or `first`.
fn drops_categories(aggregate: &Expression) -> bool {
    match aggregate {
        Expression::Call { function, .. } => {
            matches!(function, Function::Sum | Function::Average)
        }
        Expression::Window { call, .. } => matches!(call, WindowCall::Sum | WindowCall::Average),
        Expression::Convert { value, .. } => drops_categories(value),
        _ => false,
    }
}
