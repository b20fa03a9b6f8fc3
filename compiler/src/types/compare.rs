//! Comparisons, `in` and `between`: only like is compared with like.

use sophia_diagnostics::{Diagnostic, Fix, Span, codes};
use sophia_language::phrases::Literal;
use sophia_language::syntax::Expression;
use sophia_plan::expression::{Expression as Code, Operator};
use sophia_plan::types::Type;

use super::arithmetic::alike;
use super::expected::Expected;
use super::fit::{fit, join};
use super::scope::Scope;
use super::{Typed, with_article};
use crate::checker::Checker;

impl Checker<'_> {
    /// `a = b`, `a < b`, `a like b`
    pub(super) fn compare(
        &mut self,
        operator: Operator,
        operator_span: Span,
        left: &Expression,
        right: &Expression,
        scope: &Scope,
    ) -> Typed {
        if let Some(reported) = self.compared_with_none(operator, left, right, scope) {
            return reported;
        }
        // A literal is read by what stands on the other side, whichever side it is on.
        let (first, second) = if is_literal(left) && !is_literal(right) {
            let second = self.typed(right, scope, None);
            let first = self.guided(left, &second, right, scope);
            (first, second)
        } else {
            let first = self.typed(left, scope, None);
            let second = self.guided(right, &first, left, scope);
            (first, second)
        };
        let answer = Type::Boolean;
        if first.is_unknown() || second.is_unknown() {
            return Typed::new(Code::Constant(sophia_plan::Value::None), answer);
        }
        if !scope.missing_compares {
            for (value, written) in [(&first, left), (&second, right)] {
                if value.of.is_optional() {
                    self.report_may_be_missing(written.span());
                    return Typed::new(Code::Constant(sophia_plan::Value::None), answer);
                }
            }
        }
        let (one, other) = (first.of.present().clone(), second.of.present().clone());
        if !comparable(operator, &one, &other) {
            self.report_comparison(operator, operator_span, (&one, left), (&other, right));
            return Typed::new(Code::Constant(sophia_plan::Value::None), answer);
        }
        let (left, right) = alike(first, second);
        let code = Code::Binary {
            operator,
            left: Box::new(left),
            right: Box::new(right),
        };
        Typed::new(code, answer)
    }

    /// One side of a comparison, read by the type of the other side where it is a literal.
    pub(super) fn guided(
        &mut self,
        written: &Expression,
        other: &Typed,
        other_written: &Expression,
        scope: &Scope,
    ) -> Typed {
        let wanted = match other.of.present() {
            of @ (Type::Literals(_) | Type::Number | Type::Decimal) => of.clone(),
            _ => return self.typed(written, scope, None),
        };
        let subject = format!("`{}`", self.written(other_written.span()));
        let expected = Expected::plain(wanted, subject);
        self.typed(written, scope, Some(&expected))
    }

    fn compared_with_none(
        &mut self,
        operator: Operator,
        left: &Expression,
        right: &Expression,
        scope: &Scope,
    ) -> Option<Typed> {
        let (value, none) = match (is_none(left), is_none(right)) {
            (false, true) => (left, right),
            (true, false) => (right, left),
            _ => return None,
        };
        self.typed(value, scope, None);
        let never = Typed::new(Code::Constant(sophia_plan::Value::None), Type::Boolean);
        // `null` and its like are told already, at the same place.
        if self.written(none.span()) != "none" {
            return Some(never);
        }
        let whole = left.span().to(right.span());
        let word = if operator == Operator::NotEqual {
            "is present"
        } else {
            "is missing"
        };
        let text = format!("{} {word}", self.written(value.span()));
        let diagnostic = self
            .diagnostic(
                codes::S324,
                whole,
                "A comparison with `none` is never true.",
            )
            .with_edit(format!("write `{text}`"), whole, text);
        self.push(diagnostic);
        Some(never)
    }

    pub(super) fn report_comparison(
        &mut self,
        operator: Operator,
        operator_span: Span,
        (left, left_written): (&Type, &Expression),
        (right, right_written): (&Type, &Expression),
    ) {
        let mut diagnostic = self.not_compared(operator, operator_span, left, right);
        if diagnostic.code == codes::S308 {
            let is_day = |of: &Type| *of.present() == Type::Date;
            diagnostic = if is_day(right) && *left == Type::Timestamp && !is_literal(right_written)
            {
                // Days are compared with days, whichever side has the instant.
                self.with_conversion(diagnostic, left, right, left_written.span())
            } else if is_literal(left_written) && !is_literal(right_written) {
                self.with_conversion(diagnostic, left, right, left_written.span())
            } else {
                self.with_conversion(diagnostic, right, left, right_written.span())
            };
        }
        self.push(diagnostic);
    }

    /// The complaint about two types that are not compared, without a fix for either side.
    fn not_compared(
        &self,
        operator: Operator,
        operator_span: Span,
        left: &Type,
        right: &Type,
    ) -> Diagnostic {
        if let (Type::Money(one), Type::Money(other)) = (left, right)
            && one != other
        {
            return self
                .diagnostic(
                    codes::S326,
                    operator_span,
                    format!(
                        "{} and {} are two currencies; they are not compared.",
                        one.0, other.0
                    ),
                )
                .with_label(format!("{left} against {right}"))
                .with_help("convert one of them with a rate of the playbook's own");
        }
        let message = if operator == Operator::Like {
            "`like` compares texts.".to_owned()
        } else {
            format!(
                "{} is not compared with {}.",
                super::path::capitalised(&with_article(left)),
                with_article(right)
            )
        };
        self.diagnostic(codes::S308, operator_span, message)
            .with_label(format!("{left} against {right}"))
            .with_note(format!("left:  {left}"))
            .with_note(format!("right: {right}"))
    }

    /// Complains about a value that is looked for among others with which it is not compared. What can be written in
    /// another way is the value, or each item that stands in the list.
    fn report_never_in(
        &mut self,
        (wanted, value): (&Type, &Expression),
        (item, set): (&Type, &Expression),
    ) {
        let told = self.not_compared(Operator::Equal, set.span(), wanted, item);
        if told.code != codes::S308 {
            self.push(told);
            return;
        }
        let diagnostic = match set {
            _ if is_literal(value) => self.with_conversion(told, item, wanted, value.span()),
            Expression::List { items, .. } => {
                let fixes: Option<Vec<Fix>> = (items.iter())
                    .map(|one| {
                        let told = told.clone();
                        self.with_conversion(told, item, wanted, one.span()).fix
                    })
                    .collect();
                let mut fixes = fixes.unwrap_or_default().into_iter();
                let first = fixes.next().map(|mut first| {
                    first.edits.extend(fixes.flat_map(|fix| fix.edits));
                    first
                });
                Diagnostic { fix: first, ..told }
            }
            _ => told,
        };
        self.push(diagnostic);
    }

    /// `x between a and b`
    pub(super) fn between(
        &mut self,
        value: &Expression,
        low: &Expression,
        high: &Expression,
        scope: &Scope,
    ) -> Typed {
        let before = self.diagnostics.len();
        let at_least = self.compare(Operator::GreaterOrEqual, low.span(), value, low, scope);
        let noticed = self.diagnostics.len();
        let at_most = self.compare(Operator::LessOrEqual, high.span(), value, high, scope);
        if noticed > before {
            // What was wrong with the value is said once.
            self.diagnostics.truncate(noticed);
        }
        let code = Code::And(Box::new(at_least.expression), Box::new(at_most.expression));
        Typed::new(code, Type::Boolean)
    }

    /// `x in xs`
    pub(super) fn within(
        &mut self,
        value: &Expression,
        set: &Expression,
        negated: bool,
        scope: &Scope,
    ) -> Typed {
        if let Expression::Range { from, to, .. } = set {
            let between = self.between(value, from, to, scope);
            if !negated {
                return between;
            }
            let before = self.diagnostics.len();
            let value = self.typed(value, scope, None);
            // It was looked at before.
            self.diagnostics.truncate(before);
            return Typed::new(outside(value, between.expression), between.of);
        }
        let first = self.typed(value, scope, None);
        let subject = format!("`{}`", self.written(value.span()));
        let guide = match first.of.present() {
            of @ (Type::Literals(_) | Type::Number | Type::Decimal) => Some(Expected::plain(
                Type::List(std::sync::Arc::new(of.clone())),
                subject,
            )),
            _ => None,
        };
        let second = self.typed(set, scope, guide.as_ref());
        if first.of.is_optional() && !scope.missing_compares {
            self.report_may_be_missing(value.span());
        } else if let Type::List(item) = &second.of {
            if !comparable(Operator::Equal, first.of.present(), item.present()) {
                self.report_never_in((first.of.present(), value), (item, set));
            }
        } else if !second.is_unknown() {
            self.report_no_list(set, &second.of);
        }
        let code = Code::In {
            value: Box::new(first.expression.clone()),
            set: Box::new(second.expression),
        };
        let code = if negated { outside(first, code) } else { code };
        Typed::new(code, Type::Boolean)
    }
}

impl Checker<'_> {
    /// Complains about what stands behind `in` and is no list.
    fn report_no_list(&mut self, set: &Expression, of: &Type) {
        let inside = set.span();
        let mut diagnostic = self.diagnostic(
            codes::S312,
            inside,
            format!("`in` looks into a list, and this is {}.", with_article(of)),
        );
        diagnostic = if is_literal(set) {
            let (start, end) = (inside.start as usize, inside.end as usize);
            let around = Span::new(start.saturating_sub(1), end + 1);
            let bracketed = self.written(around);
            let whole = if bracketed.starts_with('(') && bracketed.ends_with(')') {
                around
            } else {
                inside
            };
            let text = format!("[{}]", self.written(inside));
            diagnostic.with_edit(format!("write `{text}`"), whole, text)
        } else if *of == Type::Text {
            diagnostic.with_help("whether a text holds another is `contains(text, part)`")
        } else {
            diagnostic.with_help("make a list of a column with `| map …`")
        };
        self.push(diagnostic);
    }
}

/// `not in`: what is missing is not outside either.
fn outside(value: Typed, within: Code) -> Code {
    let outside = Code::Not(Box::new(within));
    if value.of.is_optional() {
        let present = Code::IsPresent(Box::new(value.expression));
        return Code::And(Box::new(present), Box::new(outside));
    }
    outside
}

fn is_none(expression: &Expression) -> bool {
    matches!(
        expression,
        Expression::Literal {
            value: Literal::None,
            ..
        }
    )
}

pub(super) fn is_literal(expression: &Expression) -> bool {
    match expression {
        Expression::Literal { .. } => true,
        Expression::Text(template) => super::holes::plain(template).is_some(),
        _ => false,
    }
}

/// Whether two types are compared at all.
pub(super) fn comparable(operator: Operator, left: &Type, right: &Type) -> bool {
    use Type::{Boolean, Literals, Text, Unknown};
    if matches!(left, Unknown) || matches!(right, Unknown) {
        return true;
    }
    let text = |of: &Type| matches!(of, Text | Literals(_));
    match operator {
        Operator::Like => text(left) && text(right),
        Operator::Equal | Operator::NotEqual => match (left, right) {
            // Two choices without a common text are never equal.
            (Literals(one), Literals(other)) => one.iter().any(|text| other.contains(text)),
            (Type::Json, _) | (_, Type::Json) => false,
            _ => (text(left) && text(right)) || join(left, right).is_some(),
        },
        _ => {
            let ordered = |of: &Type| {
                !matches!(
                    of,
                    Boolean
                        | Type::Json
                        | Type::None
                        | Type::List(_)
                        | Type::Table(_)
                        | Type::Record(_)
                )
            };
            ordered(left)
                && ordered(right)
                && ((text(left) && text(right))
                    || fit(left, right).fits()
                    || fit(right, left).fits()
                    || join(left, right).is_some())
        }
    }
}
