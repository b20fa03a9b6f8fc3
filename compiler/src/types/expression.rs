//! Every form of an expression, and which file checks it.

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Edge, Expression, TypeExpression, UnaryOperator};
use sophia_plan::expression::Expression as Code;
use sophia_plan::types::Type;

use super::expected::Expected;
use super::fit::join;
use super::narrowing::facts_of;
use super::scope::Scope;
use super::{Typed, with_article};
use crate::checker::Checker;

impl Checker<'_> {
    /// Checks an expression that must fit a place, and gives its code.
    pub(crate) fn check_expression(
        &mut self,
        expression: &Expression,
        scope: &Scope,
        expected: &Expected,
    ) -> Code {
        let value = self.typed(expression, scope, Some(expected));
        self.fitted(value, expected, expression.span())
    }

    /// Checks a condition.
    pub(crate) fn check_condition(&mut self, expression: &Expression, scope: &Scope) -> Code {
        self.check_expression(
            expression,
            scope,
            &Expected::plain(Type::Boolean, "A condition"),
        )
    }

    /// Checks an expression. What is expected guides literals, records and branches; whether the
    /// result fits is the caller's question.
    pub(crate) fn typed(
        &mut self,
        expression: &Expression,
        scope: &Scope,
        expected: Option<&Expected>,
    ) -> Typed {
        match expression {
            Expression::Literal { value, span } => self.literal(value, *span, expected),
            Expression::Text(template) => self.template(template, scope, expected),
            Expression::Name(name) => self.name(name, scope),
            Expression::List { items, span } => self.list(items, *span, scope, expected),
            Expression::Record { fields, span } => self.record(fields, *span, scope, expected),
            Expression::Field {
                of,
                name,
                optional,
                span,
            } => self.field(expression, of, name, *optional, *span, scope),
            Expression::Index { of, key, span } => self.index(of, key, *span, scope),
            Expression::Call(call) => self.call(call, scope),
            Expression::Unary {
                operator,
                operand,
                span,
            } => match operator {
                UnaryOperator::Not => {
                    let operand = self.check_condition(operand, scope);
                    Typed::new(Code::Not(Box::new(operand)), Type::Boolean)
                }
                UnaryOperator::Negate => self.negate(operand, *span, scope, expected),
            },
            Expression::Binary {
                operator,
                operator_span,
                left,
                right,
                ..
            } => self.binary(*operator, *operator_span, left, right, scope, expected),
            Expression::Between {
                value, low, high, ..
            } => self.between(value, low, high, scope),
            Expression::In {
                value,
                set,
                negated,
                ..
            } => self.within(value, set, *negated, scope),
            Expression::Presence {
                value,
                present,
                span,
            } => self.presence(value, *present, *span, scope),
            Expression::If {
                condition,
                then,
                otherwise,
                span,
            } => {
                let code = self.check_condition(condition, scope);
                let (held, failed) = facts_of(condition, scope);
                let lazy = scope.lazily();
                let first = self.typed(then, &lazy.knowing(&held), expected);
                let second = self.typed(otherwise, &lazy.knowing(&failed), expected);
                self.choose(
                    &code,
                    (first, then.as_ref()),
                    (second, otherwise.as_ref()),
                    *span,
                    expected,
                )
            }
            Expression::As { value, to, span } => {
                self.typed(value, scope, None);
                self.not_there_yet_as(to, *span)
            }
            Expression::Range { from, to, span } => {
                self.later_value("..", *span, &[from, to], scope)
            }
            Expression::KnownIn { value, span, .. } => {
                self.later_value("known in", *span, &[value], scope)
            }
            Expression::Boundary { edge, span, .. } => {
                let what = match edge {
                    Edge::Start => "start of",
                    Edge::End => "end of",
                };
                self.later_value(what, *span, &[], scope)
            }
            Expression::Over {
                metric,
                window,
                span,
                ..
            } => self.later_value("over", *span, &[metric, window], scope),
            Expression::AtLeast {
                aggregate, span, ..
            } => self.later_value("over at least", *span, &[aggregate], scope),
            // What ranks and compares rows has functions of its own.
            Expression::Window { span, .. } => self.later_value("by … per", *span, &[], scope),
            // A condition on passages speaks of their columns.
            Expression::Search {
                text, take, span, ..
            } => {
                let parts: Vec<&Expression> = [Some(text), take.as_ref()]
                    .into_iter()
                    .flatten()
                    .map(|part| &**part)
                    .collect();
                self.later_value("search", *span, &parts, scope)
            }
            Expression::FindMetrics { text, take, span } => {
                let parts: Vec<&Expression> = [Some(text), take.as_ref()]
                    .into_iter()
                    .flatten()
                    .map(|part| &**part)
                    .collect();
                self.later_value("find metrics", *span, &parts, scope)
            }
            Expression::Read { path, span, .. } => self.later_value("read", *span, &[path], scope),
            Expression::Pipeline { source, stages, .. } => self.pipeline(source, stages, scope),
            Expression::Missing(_) => Typed::unknown(),
        }
    }

    /// One of two values; each is fitted by itself where the place's type is known.
    fn choose(
        &mut self,
        condition: &Code,
        (first, first_written): (Typed, &Expression),
        (second, second_written): (Typed, &Expression),
        span: Span,
        expected: Option<&Expected>,
    ) -> Typed {
        let choice = |then: Code, otherwise: Code| Code::If {
            condition: Box::new(condition.clone()),
            then: Box::new(then),
            otherwise: Box::new(otherwise),
        };
        if let Some(expected) = expected
            && expected.of != Type::Unknown
            && expected.of != Type::Json
        {
            let then = self.fitted(first, expected, first_written.span());
            let otherwise = self.fitted(second, expected, second_written.span());
            return Typed::new(choice(then, otherwise), expected.of.clone());
        }
        let Some(of) = join(&first.of, &second.of) else {
            let diagnostic = self
                .diagnostic(
                    codes::S318,
                    span,
                    format!(
                        "The two branches differ: {} after `then`, {} after `else`.",
                        with_article(&first.of),
                        with_article(&second.of)
                    ),
                )
                .with_help("let both branches give the same type");
            self.push(diagnostic);
            return Typed::unknown();
        };
        let wanted = Expected::plain(of.clone(), "This branch");
        let then = self.fitted(first, &wanted, first_written.span());
        let otherwise = self.fitted(second, &wanted, second_written.span());
        Typed::new(choice(then, otherwise), of)
    }

    /// A value that is not followed yet; the values in it are.
    fn later_value(
        &mut self,
        what: &str,
        span: Span,
        parts: &[&Expression],
        scope: &Scope,
    ) -> Typed {
        self.later(what, span);
        for part in parts {
            self.typed(part, scope, None);
        }
        Typed::unknown()
    }

    fn not_there_yet_as(&mut self, to: &TypeExpression, span: Span) -> Typed {
        let of = self.resolve_type(to);
        let diagnostic = self
            .diagnostic(codes::S330, span, "`as` is not there yet.")
            .with_help("state what the tool `returns` in sophia.toml instead");
        self.push(diagnostic);
        let mut value = Typed::unknown();
        value.of = of;
        value
    }
}
