//! The walk over an expression.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use sophia_diagnostics::{Problem, codes};

use super::aggregate::{aggregate, count, is_aggregate};
use super::compare::same;
use super::problem::{missing, unfit, unknown};
use super::rows::Rows;
use super::sets::Sets;
use super::{Host, Scope, arithmetic, calendar, function, reading, stage, whole, window};
use crate::convert::convert;
use crate::depth::LIMIT;
use crate::expression::{Expression, Function, Stage};
use crate::native::Tier;
use crate::show::show;
use crate::types::Type;
use crate::value::{Record, Value};

/// What a stage looks at while it evaluates an expression.
#[derive(Clone, Copy)]
pub(super) enum Frame<'a> {
    /// One row.
    Row { rows: &'a Rows, row: usize },
    /// The rows of one group; aggregates look at each of them.
    Group {
        rows: &'a Rows,
        members: &'a [usize],
    },
}

/// Evaluates expressions in one scope.
pub(super) struct Interpreter<'a> {
    scope: &'a Scope,
    pub(super) host: &'a dyn Host,
    /// What evaluates expressions over whole columns.
    pub(super) tier: Tier,
    depth: Cell<u32>,
    sets: Rc<Sets>,
}

impl<'a> Interpreter<'a> {
    pub(super) fn new(tier: Tier, scope: &'a Scope, host: &'a dyn Host) -> Self {
        Self {
            scope,
            host,
            tier,
            depth: Cell::new(0),
            sets: Rc::default(),
        }
    }

    /// The names that are seen.
    pub(super) fn scope(&self) -> &'a Scope {
        self.scope
    }

    /// The same in another scope, as deep as this.
    pub(super) fn within<'inner>(&self, scope: &'inner Scope) -> Interpreter<'inner>
    where
        'a: 'inner,
    {
        Interpreter {
            scope,
            host: self.host,
            tier: self.tier,
            depth: self.depth.clone(),
            sets: Rc::clone(&self.sets),
        }
    }

    /// The value of an expression; `frame` is the row or group of the innermost stage around it.
    pub(super) fn value(
        &self,
        expression: &Expression,
        frame: Option<Frame<'_>>,
    ) -> Result<Value, Problem> {
        let depth = self.depth.get();
        if depth >= LIMIT {
            return Err(Problem::new(
                codes::S977,
                "An expression nests too deeply to be evaluated.",
            )
            .with_help("split it with `let`"));
        }
        self.depth.set(depth + 1);
        let value = self.evaluate(expression, frame);
        self.depth.set(depth);
        value
    }

    fn evaluate(
        &self,
        expression: &Expression,
        frame: Option<Frame<'_>>,
    ) -> Result<Value, Problem> {
        match expression {
            Expression::Constant(value) => Ok(value.clone()),
            Expression::Name(name) => self
                .scope
                .get(name)
                .cloned()
                .ok_or_else(|| unknown("value", name)),
            Expression::Column(name) => match frame {
                Some(Frame::Row { rows, row }) => rows.cell(row, name),
                // Of a group, the columns it was made by are the same in every row.
                Some(Frame::Group { rows, members }) => match members.first() {
                    Some(first) => rows.cell(*first, name),
                    None => Ok(Value::None),
                },
                None => Err(unknown("column", name)),
            },
            Expression::Row => match frame {
                Some(Frame::Row { rows, row }) => Ok(rows.row(row)),
                _ => Err(unknown("row", "row")),
            },
            Expression::Field { of, name, optional } => {
                field(&self.value(of, frame)?, name, *optional)
            }
            Expression::Index { of, key } => {
                index(&self.value(of, frame)?, &self.value(key, frame)?)
            }
            Expression::Negate(inner) => arithmetic::negate(&self.value(inner, frame)?),
            Expression::Not(inner) => match self.value(inner, frame)? {
                Value::Boolean(boolean) => Ok(Value::Boolean(!boolean)),
                Value::None => Ok(Value::None),
                other => Err(unfit("`not`", &other)),
            },
            Expression::Binary {
                operator,
                left,
                right,
            } => {
                let left = self.value(left, frame)?;
                let right = self.value(right, frame)?;
                arithmetic::apply(*operator, &left, &right)
            }
            Expression::And(left, right) => Ok(Value::Boolean(
                self.holds(left, frame, "`and`")? && self.holds(right, frame, "`and`")?,
            )),
            Expression::Or(left, right) => Ok(Value::Boolean(
                self.holds(left, frame, "`or`")? || self.holds(right, frame, "`or`")?,
            )),
            Expression::Coalesce(value, default) => match self.value(value, frame)? {
                Value::None => self.value(default, frame),
                present => Ok(present),
            },
            Expression::If {
                condition,
                then,
                otherwise,
            } => {
                if self.holds(condition, frame, "`if`")? {
                    self.value(then, frame)
                } else {
                    self.value(otherwise, frame)
                }
            }
            Expression::In { value, set } => {
                let value = self.value(value, frame)?;
                match self.value(set, frame)? {
                    Value::List(items) if !value.is_none() => {
                        Ok(Value::Boolean(self.sets.holds(&items, &value)))
                    }
                    set => contained(&value, &set),
                }
            }
            Expression::IsPresent(inner) => {
                Ok(Value::Boolean(!self.value(inner, frame)?.is_none()))
            }
            Expression::Text(parts) => self.text(parts, frame),
            Expression::List(items) => self.list(items, frame),
            Expression::Record { fields, .. } => self.record(fields, frame),
            Expression::Call {
                function,
                arguments,
            } => self.call(*function, arguments, frame),
            Expression::Predict {
                predictor,
                features,
            } => self.predict(predictor, features, frame),
            Expression::Pipeline { source, stages } => self.pipeline(source, stages, frame),
            Expression::Convert { value, to } => convert(&self.value(value, frame)?, to),
            Expression::Let { name, value, body } => {
                let value = self.value(value, frame)?;
                let scope = self.scope.with(Arc::clone(name), value);
                self.within(&scope).value(body, frame)
            }
            Expression::As { value, to } => reading::read_as(&self.value(value, frame)?, to),
            Expression::KnownIn { value, set } => {
                reading::known_in(self.value(value, frame)?, &self.value(set, frame)?)
            }
            Expression::AtLeast { aggregate, rows } => {
                let found = self.rows_behind(aggregate, frame)?;
                reading::enough_rows(found, *rows)?;
                self.value(aggregate, frame)
            }
            Expression::Window { .. } => match frame {
                Some(Frame::Row { rows, row }) => window::value(self, expression, rows, row),
                _ => Err(unknown("row", "row")),
            },
            Expression::Boundary {
                edge,
                offset,
                period,
            } => calendar::boundary(self.today(), *edge, *offset, *period),
            Expression::Release { value, .. } => self.value(value, frame),
        }
    }

    fn today(&self) -> jiff::civil::Date {
        self.host.now().to_zoned(self.host.zone()).date()
    }

    /// How many values an aggregate is made of: those that are present.
    fn rows_behind(
        &self,
        aggregate: &Expression,
        frame: Option<Frame<'_>>,
    ) -> Result<usize, Problem> {
        match aggregate {
            Expression::Convert { value, .. } => self.rows_behind(value, frame),
            Expression::Call {
                function,
                arguments,
            } if is_aggregate(*function) => {
                let Some(argument) = arguments.first() else {
                    return Ok(match frame {
                        Some(Frame::Group { members, .. }) => members.len(),
                        _ => 0,
                    });
                };
                let values = match frame {
                    Some(Frame::Group { rows, members }) => members
                        .iter()
                        .map(|row| self.value(argument, Some(Frame::Row { rows, row: *row })))
                        .collect::<Result<Vec<_>, _>>()?,
                    frame => items(Function::Count, &self.value(argument, frame)?)?.0,
                };
                Ok(values.iter().filter(|value| !value.is_none()).count())
            }
            _ => Err(missing("`over at least`")),
        }
    }

    /// A condition: what is missing does not hold.
    pub(super) fn holds(
        &self,
        condition: &Expression,
        frame: Option<Frame<'_>>,
        place: &str,
    ) -> Result<bool, Problem> {
        match self.value(condition, frame)? {
            Value::Boolean(boolean) => Ok(boolean),
            Value::None => Ok(false),
            other => Err(unfit(place, &other)),
        }
    }

    fn text(&self, parts: &[Expression], frame: Option<Frame<'_>>) -> Result<Value, Problem> {
        let mut text = String::new();
        for part in parts {
            match self.value(part, frame)? {
                Value::Text(part) => text.push_str(&part),
                other => text.push_str(&show(&other, &self.host.zone())),
            }
        }
        Ok(Value::text(text))
    }

    fn list(&self, items: &[Expression], frame: Option<Frame<'_>>) -> Result<Value, Problem> {
        let items = items
            .iter()
            .map(|item| self.value(item, frame))
            .collect::<Result<_, _>>()?;
        Ok(Value::List(Arc::new(items)))
    }

    fn record(
        &self,
        fields: &[(Arc<str>, Expression)],
        frame: Option<Frame<'_>>,
    ) -> Result<Value, Problem> {
        let fields = fields
            .iter()
            .map(|(name, value)| Ok((Arc::clone(name), self.value(value, frame)?)))
            .collect::<Result<_, Problem>>()?;
        Ok(Value::Record(Arc::new(Record { fields })))
    }

    fn predict(
        &self,
        predictor: &Arc<str>,
        features: &Expression,
        frame: Option<Frame<'_>>,
    ) -> Result<Value, Problem> {
        let pinned = self
            .scope
            .get(predictor)
            .ok_or_else(|| unknown("predictor", predictor))?;
        match self.value(features, frame)? {
            Value::Record(record) => self.host.predict(predictor, pinned, &record),
            other => Err(unfit(&format!("`{predictor}`"), &other)),
        }
    }

    fn pipeline(
        &self,
        source: &Expression,
        stages: &[Stage],
        frame: Option<Frame<'_>>,
    ) -> Result<Value, Problem> {
        stages
            .iter()
            .try_fold(self.value(source, frame)?, |value, stage| {
                stage::apply(self, stage, value, frame)
            })
    }

    fn call(
        &self,
        function: Function,
        arguments: &[Expression],
        frame: Option<Frame<'_>>,
    ) -> Result<Value, Problem> {
        match function {
            Function::Now => Ok(Value::Timestamp(self.host.now())),
            Function::Today => Ok(Value::Date(self.today())),
            function if is_aggregate(function) => self.aggregate(function, arguments, frame),
            function => {
                let arguments = arguments
                    .iter()
                    .map(|argument| self.value(argument, frame))
                    .collect::<Result<Vec<_>, _>>()?;
                function::apply(function, &arguments, self.host)
            }
        }
    }

    /// An aggregate of a group's rows, of a list, of a table's only column, or of several arguments.
    fn aggregate(
        &self,
        function: Function,
        arguments: &[Expression],
        frame: Option<Frame<'_>>,
    ) -> Result<Value, Problem> {
        if let Some(Frame::Group { rows, members }) = frame {
            return self.aggregate_group(function, arguments, rows, members);
        }
        if let Some(value) = whole::aggregated(self, function, arguments, frame)? {
            return Ok(value);
        }
        let [argument] = arguments else {
            let values = arguments
                .iter()
                .map(|argument| self.value(argument, frame))
                .collect::<Result<Vec<_>, _>>()?;
            return aggregate(function, &values, None);
        };
        let (values, of) = match argument {
            // A column of a table is read here, because its type says what the sum over nothing is.
            Expression::Field { of, name, optional } => match self.value(of, frame)? {
                Value::Table(table) => column(&table, name)?,
                other => items(function, &field(&other, name, *optional)?)?,
            },
            argument => items(function, &self.value(argument, frame)?)?,
        };
        aggregate(function, &values, item_type(argument).or(of.as_ref()))
    }

    fn aggregate_group(
        &self,
        function: Function,
        arguments: &[Expression],
        rows: &Rows,
        members: &[usize],
    ) -> Result<Value, Problem> {
        let Some(argument) = arguments.first() else {
            return match function {
                Function::Count => Ok(count(members.len())),
                other => Err(missing(&format!("`{}`", function::name(other)))),
            };
        };
        let mut values = members
            .iter()
            .map(|row| self.value(argument, Some(Frame::Row { rows, row: *row })))
            .collect::<Result<Vec<_>, _>>()?;
        if function == Function::Count {
            // As in SQL: the rows in which it is present.
            values.retain(|value| !value.is_none());
        }
        let of = match argument {
            Expression::Column(name) => rows
                .table()
                .and_then(|table| table.row.field(name))
                .map(|field| &field.of),
            other => item_type(other),
        };
        aggregate(function, &values, of)
    }
}

/// The type of the items of an expression, where the expression itself says it.
fn item_type(expression: &Expression) -> Option<&Type> {
    match expression {
        Expression::Pipeline { stages, .. } => match stages.last()? {
            Stage::Map { of, .. } => Some(of),
            _ => None,
        },
        Expression::Convert {
            to: Type::List(item),
            ..
        } => Some(item),
        _ => None,
    }
}

fn column(table: &crate::table::Table, name: &str) -> Result<(Vec<Value>, Option<Type>), Problem> {
    let values = table.values(name).ok_or_else(|| unknown("column", name))?;
    Ok((values, table.row.field(name).map(|field| field.of.clone())))
}

/// What an aggregate looks at: a list's items, the cells of a table's only column, or a table's rows.
fn items(function: Function, value: &Value) -> Result<(Vec<Value>, Option<Type>), Problem> {
    match value {
        Value::List(items) => Ok((items.to_vec(), None)),
        Value::Table(table) => match table.row.fields.as_slice() {
            [only] if function != Function::Count => column(table, &only.name),
            _ => Ok((table.records().map(Value::Record).collect(), None)),
        },
        other => Err(unfit(&format!("`{}`", function::name(function)), other)),
    }
}

/// `record.field`; of a table, the whole column as a list.
fn field(value: &Value, name: &str, optional: bool) -> Result<Value, Problem> {
    match value {
        // A record may lack a field that may be missing.
        Value::Record(record) => Ok(record.get(name).cloned().unwrap_or(Value::None)),
        Value::Table(table) => Ok(Value::List(Arc::new(column(table, name)?.0))),
        Value::None if optional => Ok(Value::None),
        Value::None => Err(missing(&format!("`.{name}`"))),
        other => Err(unfit(&format!("`.{name}`"), other)),
    }
}

fn index(value: &Value, key: &Value) -> Result<Value, Problem> {
    Ok(match (value, key) {
        (Value::None, _) | (_, Value::None) => Value::None,
        (Value::List(items), Value::Integer(place)) => usize::try_from(*place)
            .ok()
            .and_then(|place| items.get(place).cloned())
            .unwrap_or(Value::None),
        (Value::Table(table), Value::Integer(place)) => match usize::try_from(*place) {
            Ok(place) if place < table.len() => Value::Record(table.record(place)),
            _ => Value::None,
        },
        (Value::Record(record), Value::Text(name)) => {
            record.get(name).cloned().unwrap_or(Value::None)
        }
        (value, _) => return Err(unfit("`[…]`", value)),
    })
}

/// `x in xs`: of a list, or of a table with one column. Something missing is in nothing.
pub(super) fn contained(value: &Value, set: &Value) -> Result<Value, Problem> {
    if value.is_none() || set.is_none() {
        return Ok(Value::Boolean(false));
    }
    let (items, _) = items(Function::Min, set).map_err(|_| unfit("`in`", set))?;
    Ok(Value::Boolean(items.iter().any(|item| same(item, value))))
}
