//! Every form of an expression, and which file checks it.

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Expression, UnaryOperator};
use sophia_plan::expression::{Expression as Code, Function};
use sophia_plan::types::Type;

use super::choice::named_choice;
use super::expected::Expected;
use super::fit::{fit, join};
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
        let mut value = self.typed(expression, scope, Some(expected));
        if !fit(&value.of, &expected.of).fits()
            && let Some(choice) = named_choice(expression, scope)
            && fit(&choice, &expected.of).fits()
        {
            value.of = choice;
        }
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
        if let Some(expected) = expected {
            self.notes.wanted(expression.span(), &expected.of);
        }
        let value = self.typed_by_form(expression, scope, expected);
        self.notes.expression(expression.span(), &value.of, scope);
        value
    }

    fn typed_by_form(
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
            Expression::As { value, to, span } => self.read_as(value, to, *span, scope),
            Expression::Range { from, to, span } => self.lonely_range(from, to, *span, scope),
            Expression::KnownIn { value, column, .. } => self.known_in(value, column, scope),
            Expression::Boundary {
                edge,
                which,
                period,
                ..
            } => self.boundary(*edge, *which, *period),
            Expression::Over {
                metric,
                window,
                by,
                span,
            } => self.series(metric, window, by, *span, scope),
            Expression::AtLeast {
                aggregate,
                rows,
                span,
            } => self.at_least(aggregate, *rows, *span, scope),
            Expression::Window {
                call,
                by,
                per,
                span,
            } => self.window(call, by.as_deref(), per, *span, scope),
            Expression::Search {
                knowledge,
                text,
                take,
                condition,
                span,
            } => self.search(
                knowledge,
                text,
                take.as_deref(),
                condition.as_deref(),
                *span,
                scope,
            ),
            Expression::FindMetrics { text, take, span } => {
                self.find_metrics(text, take.as_deref(), *span, scope)
            }
            Expression::Read {
                format,
                path,
                of,
                span,
            } => self.read_file(format, path, of, *span, scope),
            Expression::Pipeline {
                source,
                stages,
                span,
            } => self.pipeline(source, stages, *span, scope),
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

    /// `1..5` where no type and no `in` stands before it.
    fn lonely_range(
        &mut self,
        from: &Expression,
        to: &Expression,
        span: Span,
        scope: &Scope,
    ) -> Typed {
        let whole = Expected::plain(Type::Integer, "An end of a range");
        self.check_expression(from, scope, &whole);
        self.check_expression(to, scope, &whole);
        let diagnostic = self
            .diagnostic(
                codes::S336,
                span,
                "A range is no value: it stands behind `in`, or as a type.",
            )
            .with_help("ask with `x in 1..5`, or write a list such as `[1, 2, 3]`");
        self.push(diagnostic);
        Typed::unknown()
    }

    /// `sum(amount) over at least 10 rows`
    fn at_least(&mut self, written: &Expression, rows: u64, span: Span, scope: &Scope) -> Typed {
        let value = self.typed(written, scope, None);
        if value.is_unknown() {
            return value;
        }
        if !gathers(&value.expression) {
            let diagnostic = self
                .diagnostic(
                    codes::S342,
                    span,
                    "`over at least` stands behind `sum`, `average` or `count` of rows.",
                )
                .with_help("write for example `sum(amount) over at least 10 rows`");
            self.push(diagnostic);
            return value;
        }
        let code = Code::AtLeast {
            aggregate: Box::new(value.expression),
            rows,
        };
        Typed::new(code, value.of)
    }
}

/// Whether this is a sum, an average or a count of rows or items.
fn gathers(code: &Code) -> bool {
    match code {
        Code::Convert { value, .. } => gathers(value),
        Code::Call { function, .. } => {
            matches!(
                function,
                Function::Sum | Function::Average | Function::Count
            )
        }
        _ => false,
    }
}
