//! Expressions to types.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_plan::types::Type;
use sqlparser::ast::{
    CaseWhen, CastKind, CeilFloorKind, DataType, Expr, Query, Spanned, UnaryOperator, Value,
    ValueWithSpan,
};

use super::datatype;
use super::dialect::Dialect;
use super::named::idents;
use super::scope::Scope;
use super::typed::{Literal, Typed};
use super::typer::Typer;
use super::units;

impl Typer<'_> {
    /// Types an expression.
    pub fn expression(&mut self, scope: &Scope<'_>, expression: &Expr) -> Typed {
        let mut typed = self
            .deeper(
                || expression.span(),
                |typer| typer.expression_here(scope, expression),
            )
            .unwrap_or_else(Typed::reported);
        typed.even &= is_even(expression);
        typed
    }

    fn expression_here(&mut self, scope: &Scope<'_>, expression: &Expr) -> Typed {
        match expression {
            Expr::Identifier(ident) => self.column(scope, ident),
            Expr::CompoundIdentifier(path) => self.qualified(scope, path),
            Expr::Nested(inner) => self.expression(scope, inner),
            Expr::Value(value) => self.value(value),
            Expr::QualifiedWildcard(name, _) => {
                let row = self.row_of(scope, &idents(name));
                row.unwrap_or_else(|| self.not_covered(expression))
            }
            Expr::TypedString(typed) => Typed::new(datatype::declared(
                self.dialect,
                &typed.data_type.to_string(),
            )),
            Expr::Interval(interval) => {
                let value = self.expression(scope, &interval.value);
                Typed::made_of(Type::Duration, [&value])
            }
            Expr::BinaryOp { .. } => self.chain(scope, expression),
            Expr::UnaryOp { op, expr } => self.unary(scope, *op, expr),
            Expr::IsNull(inner) | Expr::IsNotNull(inner) => {
                let inner = self.expression(scope, inner);
                Typed::made_of(Type::Boolean, [&inner])
                    .nullable(false)
                    .counted()
            }
            Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::IsJson { expr: inner, .. }
            | Expr::IsNormalized { expr: inner, .. } => {
                let inner = self.expression(scope, inner);
                Typed::made_of(Type::Boolean, [&inner]).nullable(false)
            }
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                let left = self.expression(scope, left);
                let right = self.expression(scope, right);
                self.comparison(expression, &left, &right).nullable(false)
            }
            Expr::Between {
                expr, low, high, ..
            } => {
                let value = self.expression(scope, expr);
                let low = self.expression(scope, low);
                let high = self.expression(scope, high);
                let one = self.comparison(expression, &value, &low);
                let other = self.comparison(expression, &value, &high);
                Typed::made_of(Type::Boolean, [&one, &other])
            }
            Expr::InList { expr, list, .. } => self.in_list(scope, expr, list),
            Expr::InSubquery { expr, subquery, .. } => self.in_subquery(scope, expr, subquery),
            Expr::InUnnest {
                expr, array_expr, ..
            } => self.all_of(scope, Type::Boolean, [&**expr, &**array_expr]),
            Expr::AnyOp { left, right, .. } | Expr::AllOp { left, right, .. } => self
                .all_of(scope, Type::Boolean, [&**left, &**right])
                .nullable(true),
            Expr::Like { expr, pattern, .. }
            | Expr::ILike { expr, pattern, .. }
            | Expr::SimilarTo { expr, pattern, .. }
            | Expr::RLike { expr, pattern, .. } => {
                let value = self.expression(scope, expr);
                let pattern = self.expression(scope, pattern);
                self.want(&pattern, &Type::Text);
                self.want(&value, &Type::Text);
                Typed::made_of(Type::Boolean, [&value, &pattern])
            }
            Expr::Exists { subquery, .. } => {
                let columns = self.query(subquery, Some(scope));
                for column in columns {
                    self.decides(&column.typed);
                }
                Typed::new(Type::Boolean)
            }
            Expr::Subquery(query) => self.scalar_subquery(scope, query),
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => self.case(
                scope,
                operand.as_deref(),
                conditions,
                else_result.as_deref(),
            ),
            Expr::Cast {
                kind,
                expr,
                data_type,
                ..
            } => self.cast(scope, kind, expr, data_type),
            Expr::Convert {
                expr,
                data_type: Some(data_type),
                ..
            } => self.cast(scope, &CastKind::Cast, expr, data_type),
            Expr::AtTimeZone {
                timestamp,
                time_zone,
            } => self.all_of(scope, Type::Timestamp, [&**timestamp, &**time_zone]),
            Expr::Extract { expr, .. } => {
                let value = self.expression(scope, expr);
                let of = if self.dialect == Dialect::Snowflake {
                    Type::Integer
                } else {
                    Type::Decimal
                };
                Typed::made_of(of, [&value])
            }
            Expr::Ceil { expr, field } | Expr::Floor { expr, field } => {
                let value = self.expression(scope, expr);
                let whole = matches!(value.of, Type::Decimal)
                    && !matches!(field, CeilFloorKind::Scale(_))
                    && self.dialect == Dialect::Snowflake;
                let of = if whole {
                    Type::Integer
                } else {
                    units::rounded(self.dialect, &value.of)
                };
                Typed::made_of(of, [&value])
            }
            Expr::Position { expr, r#in } => self.all_of(scope, Type::Integer, [&**expr, &**r#in]),
            Expr::Substring {
                expr,
                substring_from,
                substring_for,
                ..
            } => {
                let value = self.expression(scope, expr);
                self.want(&value, &Type::Text);
                let mut result = Typed::made_of(Type::Text, [&value]);
                for part in [substring_from, substring_for].into_iter().flatten() {
                    let part = self.expression(scope, part);
                    self.want(&part, &Type::Integer);
                    result.nullable |= part.nullable;
                    result = result.resting_on(&part);
                }
                result
            }
            Expr::Trim {
                trim_what,
                expr,
                trim_characters,
                ..
            } => {
                let parts = std::iter::once(&**expr)
                    .chain(trim_what.as_deref())
                    .chain(trim_characters.iter().flatten());
                self.all_of(scope, Type::Text, parts)
            }
            Expr::Overlay {
                expr,
                overlay_what,
                overlay_from,
                overlay_for,
            } => {
                let parts = [&**expr, &**overlay_what, &**overlay_from];
                let parts = parts.into_iter().chain(overlay_for.as_deref());
                self.all_of(scope, Type::Text, parts)
            }
            Expr::Function(function) => self.call(scope, function),
            Expr::JsonAccess { value, path } => {
                let value = self.expression(scope, value);
                let mut result = Typed::made_of(Type::Json, [&value]).nullable(true);
                for element in &path.path {
                    if let sqlparser::ast::JsonPathElem::Bracket { key }
                    | sqlparser::ast::JsonPathElem::ColonBracket { key } = element
                    {
                        let key = self.expression(scope, key);
                        result = result.resting_on(&key);
                    }
                }
                result
            }
            Expr::CompoundFieldAccess { root, access_chain } => {
                self.access(scope, root, access_chain)
            }
            Expr::Array(array) => {
                let items: Vec<Typed> = array
                    .elem
                    .iter()
                    .map(|item| self.expression(scope, item))
                    .collect();
                let of = if self.dialect == Dialect::Postgres {
                    let item = units::common_of(&items.iter().collect::<Vec<_>>());
                    match item.of {
                        // An array in an array is one of more dimensions.
                        Type::List(inner) => Type::List(inner),
                        _ => list_of(&item),
                    }
                } else {
                    Type::Json
                };
                Typed::made_of(of, &items).nullable(false)
            }
            Expr::Dictionary(fields) => {
                let values: Vec<&Expr> = fields.iter().map(|field| &*field.value).collect();
                self.all_of(scope, Type::Json, values).nullable(false)
            }
            Expr::Tuple(items) => self.all_of(scope, Type::Unknown, items),
            Expr::Prior(expr)
            | Expr::Collate { expr, .. }
            | Expr::OuterJoin(expr)
            | Expr::Named { expr, .. }
            | Expr::Prefixed { value: expr, .. } => self.expression(scope, expr),
            Expr::Lambda(lambda) => self.lambda(scope, &lambda.body),
            other => self.not_covered(other),
        }
    }

    fn not_covered(&mut self, expression: &Expr) -> Typed {
        let place = self.place(expression.span());
        self.report_not_covered(place, &format!("`{}`", first_word(expression)));
        Typed::reported()
    }

    /// A fixed type made of parts.
    pub fn all_of<'e>(
        &mut self,
        scope: &Scope<'_>,
        of: Type,
        parts: impl IntoIterator<Item = &'e Expr>,
    ) -> Typed {
        let parts: Vec<Typed> = parts
            .into_iter()
            .map(|part| self.expression(scope, part))
            .collect();
        Typed::made_of(of, &parts)
    }

    fn value(&mut self, value: &ValueWithSpan) -> Typed {
        let literal = |of, literal| Typed {
            literal: Some(literal),
            ..Typed::new(of)
        };
        match &value.value {
            Value::Number(digits, _) => {
                let whole = !digits.contains(['.', 'e', 'E'])
                    && (self.dialect == Dialect::Snowflake || digits.parse::<i64>().is_ok());
                let of = match self.dialect {
                    _ if whole => Type::Integer,
                    Dialect::Sqlite => Type::Number,
                    Dialect::Postgres | Dialect::Snowflake => Type::Decimal,
                };
                let wide = self.dialect == Dialect::Postgres && digits.parse::<i32>().is_err();
                literal(of, Literal::Number(digits.as_str().into())).wide(wide)
            }
            Value::Boolean(_) => literal(Type::Boolean, Literal::Other),
            Value::Null => Typed {
                nullable: true,
                ..literal(Type::None, Literal::Other)
            },
            Value::Placeholder(_) => match self.source.hole_at(value.span.start) {
                Some(hole) => Typed {
                    hole: Some(hole),
                    holes: BTreeSet::from([hole]),
                    ..Typed::new(Type::Unknown)
                },
                None => Typed::unknown(),
            },
            Value::SingleQuotedByteStringLiteral(_) | Value::HexStringLiteral(_) => {
                literal(Type::Unknown, Literal::Other)
            }
            other => {
                let text = other.clone().into_string().unwrap_or_default();
                literal(Type::Text, Literal::Text(text.into()))
            }
        }
    }

    fn case(
        &mut self,
        scope: &Scope<'_>,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        otherwise: Option<&Expr>,
    ) -> Typed {
        let operand = operand.map(|operand| self.expression(scope, operand));
        let mut deciding = Typed::new(Type::Boolean);
        let (mut results, mut written) = (Vec::new(), Vec::new());
        for when in conditions {
            let condition = self.expression(scope, &when.condition);
            if let Some(operand) = &operand {
                self.comparison(&when.condition, operand, &condition);
            } else {
                self.want(&condition, &Type::Boolean);
            }
            deciding = deciding.resting_on(&condition);
            results.push(self.expression(scope, &when.result));
            written.push(&when.result);
        }
        if let Some(operand) = &operand {
            deciding = deciding.resting_on(operand);
        }
        let complete = otherwise.is_some();
        if let Some(otherwise) = otherwise {
            results.push(self.expression(scope, otherwise));
            written.push(otherwise);
        }
        self.judge_choice("case", written.into_iter().zip(&results));
        let mut result = self.one_of(&results).resting_on(&deciding);
        result.nullable |= !complete;
        result
    }

    /// The common type of several results; holes among them want it.
    pub fn one_of(&mut self, results: &[Typed]) -> Typed {
        let parts: Vec<&Typed> = results.iter().collect();
        let result = units::common_of(&parts);
        for part in results {
            self.want(part, &result.of);
        }
        result
    }

    fn cast(
        &mut self,
        scope: &Scope<'_>,
        kind: &CastKind,
        inner: &Expr,
        data_type: &DataType,
    ) -> Typed {
        let value = self.expression(scope, inner);
        if let Expr::Function(function) = inner {
            self.forget_unknown_function(function);
        }
        let written = data_type.to_string();
        let mut of = datatype::declared(self.dialect, &written);
        // In a cast a bare NUMBER is NUMBER(38, 0).
        if self.dialect == Dialect::Snowflake
            && matches!(
                &*written.to_ascii_uppercase(),
                "NUMBER" | "DECIMAL" | "NUMERIC"
            )
        {
            of = Type::Integer;
        }
        self.want(&value, &of);
        let fails_softly = matches!(kind, CastKind::TryCast | CastKind::SafeCast);
        // A cast of a variant may give the JSON null's absence.
        let wide = datatype::is_wide(self.dialect, &written);
        let mut result = Typed::made_of(of, [&value]).wide(wide);
        result.nullable |= fails_softly || value.of == Type::None;
        result
    }

    fn in_subquery(&mut self, scope: &Scope<'_>, value: &Expr, query: &Query) -> Typed {
        let typed = self.expression(scope, value);
        let columns = self.query(query, Some(scope));
        let wide = match value {
            Expr::Tuple(items) => items.len(),
            _ => 1,
        };
        if columns.len() != wide && !columns.is_empty() {
            let place = self.place(query.span());
            self.report_column_counts(
                place,
                format!(
                    "The query after `in` gives {} columns where {wide} fits.",
                    columns.len()
                ),
            );
        }
        let mut result = Typed::made_of(Type::Boolean, [&typed]);
        for column in &columns {
            if wide == 1 && columns.len() == 1 {
                self.comparison(value, &typed, &column.typed);
            }
            result.nullable |= column.typed.nullable;
            result = result.resting_on(&column.typed);
        }
        result
    }

    fn scalar_subquery(&mut self, scope: &Scope<'_>, query: &Query) -> Typed {
        let columns = self.query(query, Some(scope));
        match columns.as_slice() {
            [column] => {
                let nullable = column.typed.nullable || !self.gives_one_row(query);
                Typed {
                    column: false,
                    hole: None,
                    literal: None,
                    ..column.typed.clone().nullable(nullable)
                }
            }
            [] => Typed::reported(),
            several => {
                let place = self.place(query.span());
                self.report_column_counts(
                    place,
                    format!(
                        "The query in brackets gives {} columns where one value is wanted.",
                        several.len()
                    ),
                );
                Typed::reported()
            }
        }
    }
}

/// A list of such values.
pub(super) fn list_of(item: &Typed) -> Type {
    match item.of {
        Type::Unknown => Type::Unknown,
        _ => Type::List(Arc::new(item.seen())),
    }
}

/// Whether a construct treats every row alike. A call decides for itself, and so does each link of a chain.
fn is_even(expression: &Expr) -> bool {
    matches!(
        expression,
        Expr::Identifier(_)
            | Expr::CompoundIdentifier(_)
            | Expr::Nested(_)
            | Expr::Value(_)
            | Expr::BinaryOp { .. }
            | Expr::UnaryOp {
                op: UnaryOperator::Minus | UnaryOperator::Plus,
                ..
            }
            | Expr::Cast { .. }
            | Expr::Function(_)
    )
}

/// How a construct begins, to name it.
fn first_word(expression: &Expr) -> String {
    let text = expression.to_string();
    text.split([' ', '(']).next().unwrap_or_default().to_owned()
}
