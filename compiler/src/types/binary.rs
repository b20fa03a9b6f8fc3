//! Operators with two operands: which rule each one follows.

use sophia_diagnostics::Span;
use sophia_language::syntax::{BinaryOperator, Expression};
use sophia_plan::expression::{Expression as Code, Operator};
use sophia_plan::types::Type;

use super::Typed;
use super::expected::Expected;
use super::fit::join;
use super::narrowing::facts_of;
use super::scope::Scope;
use crate::checker::Checker;

impl Checker<'_> {
    pub(super) fn binary(
        &mut self,
        operator: BinaryOperator,
        operator_span: Span,
        left: &Expression,
        right: &Expression,
        scope: &Scope,
        expected: Option<&Expected>,
    ) -> Typed {
        match operator {
            BinaryOperator::And => {
                let first = self.check_condition(left, scope);
                let (held, _) = facts_of(left, scope);
                let second = self.check_condition(right, &scope.lazily().knowing(&held));
                Typed::new(Code::And(Box::new(first), Box::new(second)), Type::Boolean)
            }
            BinaryOperator::Or => {
                let first = self.check_condition(left, scope);
                let (_, failed) = facts_of(left, scope);
                let second = self.check_condition(right, &scope.lazily().knowing(&failed));
                Typed::new(Code::Or(Box::new(first), Box::new(second)), Type::Boolean)
            }
            BinaryOperator::Coalesce => self.coalesce(left, right, operator_span, scope, expected),
            BinaryOperator::Equal => {
                self.compare(Operator::Equal, operator_span, left, right, scope)
            }
            BinaryOperator::NotEqual => {
                self.compare(Operator::NotEqual, operator_span, left, right, scope)
            }
            BinaryOperator::Less => self.compare(Operator::Less, operator_span, left, right, scope),
            BinaryOperator::LessOrEqual => {
                self.compare(Operator::LessOrEqual, operator_span, left, right, scope)
            }
            BinaryOperator::Greater => {
                self.compare(Operator::Greater, operator_span, left, right, scope)
            }
            BinaryOperator::GreaterOrEqual => {
                self.compare(Operator::GreaterOrEqual, operator_span, left, right, scope)
            }
            BinaryOperator::Like => self.compare(Operator::Like, operator_span, left, right, scope),
            BinaryOperator::Add => self.calculate(Operator::Add, operator_span, left, right, scope),
            BinaryOperator::Subtract => {
                self.calculate(Operator::Subtract, operator_span, left, right, scope)
            }
            BinaryOperator::Multiply => {
                self.calculate(Operator::Multiply, operator_span, left, right, scope)
            }
            BinaryOperator::Divide => {
                self.calculate(Operator::Divide, operator_span, left, right, scope)
            }
            BinaryOperator::Modulo => {
                self.calculate(Operator::Modulo, operator_span, left, right, scope)
            }
        }
    }

    /// `a ?? b`
    fn coalesce(
        &mut self,
        left: &Expression,
        right: &Expression,
        operator_span: Span,
        scope: &Scope,
        expected: Option<&Expected>,
    ) -> Typed {
        let guide = expected.map(|expected| expected.with_type(expected.of.clone().optional()));
        let before = self.diagnostics.len();
        let first = self.typed(left, scope, guide.as_ref());
        // A `?.` on the left that decides nothing was said to, for the same reason.
        let told = self.diagnostics.len() > before;
        if !first.of.is_optional() && !first.is_unknown() && !told {
            self.report_needless(operator_span, "`??`", "its left side is never missing");
        }
        let wanted = Expected::plain(first.of.present().clone(), "The default after `??`");
        let guided = (first.of != Type::None && !first.is_unknown()).then_some(&wanted);
        let second = self.typed(right, &scope.lazily(), guided);
        let Some(of) = join(first.of.present(), &second.of) else {
            self.fitted(second.clone(), &wanted, right.span());
            return Typed::unknown();
        };
        let of = match (&first.of, &second.of) {
            (Type::None, other) => other.clone(),
            _ => of,
        };
        let fitting = Expected::plain(of.clone(), "The default after `??`");
        let default = self.fitted(second, &fitting, right.span());
        let value = if super::fit(first.of.present(), &of) == super::Fit::Converted {
            Code::Convert {
                value: Box::new(first.expression),
                to: of.clone().optional(),
            }
        } else {
            first.expression
        };
        Typed::new(Code::Coalesce(Box::new(value), Box::new(default)), of)
    }
}
