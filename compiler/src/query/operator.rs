//! Operators: arithmetic, conditions, texts put together, steps into JSON.

use sophia_plan::types::Type;
use sqlparser::ast::{BinaryOperator, Expr, Spanned, UnaryOperator, Value};

use super::dialect::Dialect;
use super::scope::Scope;
use super::typed::{Typed, is_number};
use super::typer::Typer;
use super::units;

impl Typer<'_> {
    /// `a + b + c …`: the left side is walked in a loop, so that a long chain does not nest.
    pub fn chain(&mut self, scope: &Scope<'_>, expression: &Expr) -> Typed {
        let mut links = Vec::new();
        let mut at = expression;
        while let Expr::BinaryOp { left, op, right } = at {
            links.push((at, op, &**right));
            at = left;
        }
        let mut so_far = self.expression(scope, at);
        for (whole, operator, right) in links.into_iter().rev() {
            let right_typed = self.expression(scope, right);
            so_far = self.binary(whole, operator, right, &so_far, &right_typed);
            so_far.even &= matches!(
                operator,
                BinaryOperator::Plus
                    | BinaryOperator::Minus
                    | BinaryOperator::Multiply
                    | BinaryOperator::Divide
            );
        }
        so_far
    }

    fn binary(
        &mut self,
        whole: &Expr,
        operator: &BinaryOperator,
        right_written: &Expr,
        left: &Typed,
        right: &Typed,
    ) -> Typed {
        use BinaryOperator as Op;
        match operator {
            operator if Self::is_comparison(operator) => {
                self.judge_null(whole);
                self.comparison(whole, left, right)
            }
            Op::Spaceship => self.comparison(whole, left, right).nullable(false),
            Op::And | Op::Or | Op::Xor => {
                self.want(left, &Type::Boolean);
                self.want(right, &Type::Boolean);
                Typed::made_of(Type::Boolean, [left, right])
            }
            Op::Plus | Op::Minus | Op::Multiply | Op::Divide | Op::Modulo => {
                self.arithmetic(whole, operator, right_written, left, right)
            }
            Op::StringConcat => {
                let of = match (&left.of, &right.of) {
                    (Type::Json | Type::List(_), _) if self.dialect == Dialect::Postgres => {
                        left.of.clone()
                    }
                    _ => Type::Text,
                };
                self.want(left, &of);
                self.want(right, &of);
                Typed::made_of(of, [left, right])
            }
            Op::BitwiseAnd
            | Op::BitwiseOr
            | Op::BitwiseXor
            | Op::PGBitwiseXor
            | Op::PGBitwiseShiftLeft
            | Op::PGBitwiseShiftRight
            | Op::DuckIntegerDivide
            | Op::MyIntegerDivide => Typed::made_of(Type::Integer, [left, right]),
            Op::PGExp => Typed::made_of(Type::Number, [left, right]),
            Op::Arrow | Op::HashArrow | Op::HashMinus => {
                Typed::made_of(Type::Json, [left, right]).nullable(true)
            }
            Op::LongArrow | Op::HashLongArrow => {
                // SQLite's `->>` gives whatever stands there.
                let of = if self.dialect == Dialect::Postgres {
                    Type::Text
                } else {
                    Type::Unknown
                };
                Typed::made_of(of, [left, right]).nullable(true)
            }
            Op::Match
            | Op::Regexp
            | Op::Glob
            | Op::PGRegexMatch
            | Op::PGRegexIMatch
            | Op::PGRegexNotMatch
            | Op::PGRegexNotIMatch
            | Op::PGLikeMatch
            | Op::PGILikeMatch
            | Op::PGNotLikeMatch
            | Op::PGNotILikeMatch
            | Op::PGStartsWith
            | Op::PGOverlap
            | Op::Overlaps
            | Op::AtArrow
            | Op::ArrowAt
            | Op::AtAt
            | Op::AtQuestion
            | Op::Question
            | Op::QuestionAnd
            | Op::QuestionPipe => Typed::made_of(Type::Boolean, [left, right]),
            _ => Typed::made_of(Type::Unknown, [left, right]).nullable(true),
        }
    }

    fn arithmetic(
        &mut self,
        whole: &Expr,
        operator: &BinaryOperator,
        right_written: &Expr,
        left: &Typed,
        right: &Typed,
    ) -> Typed {
        if let (Type::Money(one), Type::Money(other)) = (&left.of, &right.of)
            && one != other
            && matches!(operator, BinaryOperator::Plus | BinaryOperator::Minus)
        {
            let span = self.place(whole.span());
            self.report_currencies(span, &left.of, &right.of);
        }
        self.judge_operator(whole, operator, left, right);
        // A hole beside a number is a number; beside a date it may be days, and is left open.
        for (hole, other) in [(left, right), (right, left)] {
            if is_number(&other.of) {
                let adds = matches!(operator, BinaryOperator::Plus | BinaryOperator::Minus);
                let wanted = if adds { &other.of } else { &Type::Number };
                self.want(hole, wanted);
            }
        }
        let of = match (left.hole, right.hole) {
            (Some(_), None) if is_number(&right.of) => right.of.clone(),
            (None, Some(_)) if is_number(&left.of) => left.of.clone(),
            _ => units::arithmetic(self.dialect, operator, &left.of, &right.of),
        };
        let mut result = Typed::made_of(of, [left, right]);
        let divides = matches!(operator, BinaryOperator::Divide | BinaryOperator::Modulo);
        // Division by zero fails elsewhere; in SQLite its result is missing.
        if divides && self.dialect == Dialect::Sqlite && !is_nonzero(right_written) {
            result.nullable = true;
        }
        result
    }

    pub fn unary(&mut self, scope: &Scope<'_>, operator: UnaryOperator, inner: &Expr) -> Typed {
        let typed = self.expression(scope, inner);
        match operator {
            UnaryOperator::Not | UnaryOperator::BangNot => {
                self.want(&typed, &Type::Boolean);
                Typed::made_of(Type::Boolean, [&typed])
            }
            UnaryOperator::Minus | UnaryOperator::Plus => Typed {
                column: false,
                ..typed
            },
            UnaryOperator::BitwiseNot => Typed::made_of(Type::Integer, [&typed]),
            _ => Typed::made_of(Type::Number, [&typed]),
        }
    }
}

fn is_nonzero(written: &Expr) -> bool {
    match written {
        Expr::Nested(inner) => is_nonzero(inner),
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.parse::<f64>().is_ok_and(|number| number != 0.0),
            _ => false,
        },
        _ => false,
    }
}
