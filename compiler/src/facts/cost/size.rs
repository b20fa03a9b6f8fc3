//! How many rows a table, or items a list, can have at most.
//!
//! Kept true here: a bound is never below what a run can meet; what is not bounded stays a size with a
//! name, so that what rests on it can be said in terms of it.

use std::sync::Arc;

use rust_decimal::Decimal;
use sophia_plan::expression::{Expression, Function, JoinKind, Stage};
use sophia_plan::types::{RecordType, Type};
use sophia_plan::value::Value;

use super::keys::{self, Keys};
use super::polynomial::Polynomial;
use crate::facts::sight::Sight;

/// What is known of the names that an expression can see.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sizes {
    names: Sight<Entry>,
}

#[derive(Debug)]
struct Entry {
    of: Type,
    /// The most rows or items, where the name stands for a table or a list.
    most: Option<Polynomial>,
    /// The same for the fields of a record that hold tables: `passed`, `failed`, `done`.
    fields: Option<Polynomial>,
    /// What the name stands for, where that is one fixed value.
    value: Option<Value>,
    /// The columns by which no two rows are alike.
    keys: Keys,
}

impl Sizes {
    /// A name of which only the type is known.
    pub(crate) fn bind(&mut self, name: Arc<str>, of: Type) {
        let most = None;
        self.insert(name, of, most, None, None);
    }

    /// A name for a table or list with a bound.
    pub(crate) fn bind_rows(&mut self, name: Arc<str>, of: Type, most: Polynomial) {
        self.insert(name, of, Some(most), None, None);
    }

    /// A name for the rows of a read, which these keys tell apart.
    pub(super) fn bind_keyed(&mut self, name: Arc<str>, of: Type, most: Polynomial, keys: Keys) {
        self.names.insert(
            name,
            Entry {
                of,
                most: Some(most),
                fields: None,
                value: None,
                keys,
            },
        );
    }

    /// A name for a record whose tables all have this bound.
    pub(crate) fn bind_parts(&mut self, name: Arc<str>, of: Type, most: Polynomial) {
        self.insert(name, of, None, Some(most), None);
    }

    /// A name for what an expression gives.
    pub(crate) fn bind_value(&mut self, name: Arc<str>, of: Type, value: &Expression) {
        let most = is_many(&of).then(|| self.rows(value));
        let keys = self.keys(value);
        let parts = self.parts(value);
        let constant = match value {
            Expression::Constant(value) => Some(value.clone()),
            _ => None,
        };
        let entry = Entry {
            of,
            most,
            fields: parts,
            value: constant,
            keys,
        };
        self.names.insert(name, entry);
    }

    fn insert(
        &mut self,
        name: Arc<str>,
        of: Type,
        most: Option<Polynomial>,
        fields: Option<Polynomial>,
        value: Option<Value>,
    ) {
        let entry = Entry {
            of,
            most,
            fields,
            value,
            keys: Keys::new(),
        };
        self.names.insert(name, entry);
    }

    fn get(&self, name: &str) -> Option<&Entry> {
        self.names.get(name)
    }

    /// The most rows or items of what an expression gives.
    pub(crate) fn rows(&self, expression: &Expression) -> Polynomial {
        match expression {
            Expression::Constant(Value::List(items)) => known(items.len()),
            Expression::Constant(Value::Table(table)) => known(table.len()),
            Expression::Constant(Value::None) => Polynomial::zero(),
            Expression::List(items) => known(items.len()),
            Expression::Name(name) => match self.get(name) {
                Some(Entry {
                    most: Some(most), ..
                }) => most.clone(),
                _ => Polynomial::size(format!("items({name})")),
            },
            Expression::Field { of, .. } => match self.parts(of) {
                Some(parts) => parts,
                None => unnamed(expression),
            },
            Expression::Coalesce(one, other) => self.rows(one).or(&self.rows(other)),
            Expression::If {
                then, otherwise, ..
            } => self.rows(then).or(&self.rows(otherwise)),
            Expression::As { value, .. }
            | Expression::Convert { value, .. }
            | Expression::KnownIn { value, .. }
            | Expression::Release { value, .. } => self.rows(value),
            Expression::Let { name, value, body } => {
                let mut inner = self.clone();
                let of = self.type_of(value).unwrap_or(Type::Unknown);
                let rows = self.rows(value);
                inner.insert(name.clone(), of, Some(rows), self.parts(value), None);
                inner.rows(body)
            }
            Expression::Pipeline { source, stages } => self.pipeline(source, stages),
            // Some of the rows that it is given.
            Expression::Call {
                function: Function::Anomalies,
                arguments,
            } => match arguments.first() {
                Some(series) => self.rows(series),
                None => Polynomial::zero(),
            },
            _ => unnamed(expression),
        }
    }

    /// The most rows of each table in a record, where the expression gives such a record.
    fn parts(&self, expression: &Expression) -> Option<Polynomial> {
        match expression {
            Expression::Name(name) => self.get(name)?.fields.clone(),
            Expression::Pipeline { source, stages }
                if matches!(stages.last(), Some(Stage::Check { .. })) =>
            {
                Some(self.pipeline(source, stages))
            }
            _ => None,
        }
    }

    /// The columns by which no two rows of what an expression gives are alike.
    fn keys(&self, expression: &Expression) -> Keys {
        match expression {
            Expression::Name(name) => self.get(name).map_or_else(Keys::new, |of| of.keys.clone()),
            Expression::Pipeline { source, stages } => (stages.iter())
                .fold(self.keys(source), |keys, stage| {
                    keys::behind(keys, stage, &self.keys_joined(stage))
                }),
            _ => Keys::new(),
        }
    }

    fn keys_joined(&self, stage: &Stage) -> Keys {
        match stage {
            Stage::Join { source, .. } => self.keys(source),
            _ => Keys::new(),
        }
    }

    fn pipeline(&self, source: &Expression, stages: &[Stage]) -> Polynomial {
        let mut most = self.rows(source);
        let mut keys = self.keys(source);
        let mut row = self.type_of(source).and_then(|of| row_of(&of));
        for stage in stages {
            let theirs = self.keys_joined(stage);
            match stage {
                Stage::Where(condition) if keys::finds_one(condition, &keys) => {
                    most = most.at_most(Decimal::ONE);
                }
                Stage::Join { row: after, .. } if keys::follows(stage, &theirs) => {
                    row = Some(after.clone());
                }
                Stage::Where(_) | Stage::Sort(_) | Stage::Select(_) | Stage::Check { .. } => {}
                Stage::Add { row: after, .. } => row = Some(after.clone()),
                Stage::Map { of, .. } => row = row_of(of),
                Stage::First | Stage::Only => {
                    most = most.at_most(Decimal::ONE);
                }
                Stage::Take { count, per } => {
                    let groups = if per.is_empty() {
                        Some(Decimal::ONE)
                    } else {
                        combinations(row.as_deref(), per)
                    };
                    let limit = self
                        .largest(count)
                        .zip(groups)
                        .and_then(|(count, groups)| count.checked_mul(groups));
                    if let Some(limit) = limit {
                        most = most.at_most(limit);
                    }
                }
                Stage::Group { by, row: after, .. } => {
                    if let Some(groups) = combinations(row.as_deref(), by) {
                        most = most.at_most(groups);
                    }
                    row = Some(after.clone());
                }
                Stage::Join {
                    source,
                    kind,
                    row: after,
                    ..
                } => {
                    let partners = match kind {
                        JoinKind::Inner => self.rows(source),
                        // A row without a partner stays.
                        JoinKind::Optional => self.rows(source).or(&Polynomial::known(1)),
                    };
                    most = most.times(&partners);
                    row = Some(after.clone());
                }
            }
            keys = keys::behind(keys, stage, &theirs);
        }
        most
    }

    /// The largest whole number that an expression can give.
    fn largest(&self, expression: &Expression) -> Option<Decimal> {
        let number = match expression {
            Expression::Constant(Value::Integer(number)) => *number,
            Expression::Name(name) => match self.get(name)? {
                Entry {
                    value: Some(Value::Integer(number)),
                    ..
                } => *number,
                entry => upper(&entry.of)?,
            },
            Expression::Convert { value, .. } => return self.largest(value),
            Expression::If {
                then, otherwise, ..
            } => return Some(self.largest(then)?.max(self.largest(otherwise)?)),
            Expression::Field { .. } => upper(&self.type_of(expression)?)?,
            _ => return None,
        };
        Some(Decimal::from(number.max(0)))
    }

    /// The type of a name, or of a field of one.
    pub(crate) fn type_of(&self, expression: &Expression) -> Option<Type> {
        match expression {
            Expression::Name(name) => Some(self.get(name)?.of.clone()),
            Expression::Field { of, name, .. } => match self.type_of(of)?.present() {
                Type::Record(record) => Some(record.field(name)?.of.clone()),
                _ => None,
            },
            Expression::As { to, .. } | Expression::Convert { to, .. } => Some(to.clone()),
            Expression::Release { value, .. } | Expression::KnownIn { value, .. } => {
                self.type_of(value)
            }
            Expression::Coalesce(one, _) => Some(self.type_of(one)?.present().clone()),
            Expression::Pipeline { source, stages } => self.type_after(source, stages),
            _ => None,
        }
    }

    fn type_after(&self, source: &Expression, stages: &[Stage]) -> Option<Type> {
        let mut of = self.type_of(source);
        for stage in stages {
            of = match stage {
                Stage::Where(_) | Stage::Sort(_) | Stage::Take { .. } => of,
                Stage::Add { row, .. } | Stage::Group { row, .. } | Stage::Join { row, .. } => {
                    Some(Type::Table(row.clone()))
                }
                Stage::Select(columns) => {
                    let row = row_of(&of?)?;
                    let fields = (columns.iter())
                        .filter_map(|column| row.field(column).cloned())
                        .collect();
                    Some(Type::Table(Arc::new(RecordType { name: None, fields })))
                }
                Stage::Map { of, .. } => Some(Type::List(Arc::new(of.clone()))),
                Stage::First => item_of(&of?).map(Type::optional),
                Stage::Only => item_of(&of?),
                Stage::Check { .. } => None,
            };
        }
        of
    }
}

/// What an item of a list, or a row of a table, is.
pub(crate) fn item_of(of: &Type) -> Option<Type> {
    match of.present() {
        Type::List(item) => Some((**item).clone()),
        Type::Table(row) => Some(Type::Record(row.clone())),
        _ => None,
    }
}

/// Whether a value of this type is a table or a list.
pub(crate) fn is_many(of: &Type) -> bool {
    matches!(of.present(), Type::List(_) | Type::Table(_))
}

fn row_of(of: &Type) -> Option<Arc<RecordType>> {
    match of.present() {
        Type::Table(row) | Type::Record(row) => Some(row.clone()),
        Type::List(item) => match item.present() {
            Type::Record(row) => Some(row.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn upper(of: &Type) -> Option<i64> {
    match of.present() {
        Type::Range { to, .. } => Some(*to),
        _ => None,
    }
}

/// How many different values some columns can have together, where their types count them.
fn combinations(row: Option<&RecordType>, columns: &[Arc<str>]) -> Option<Decimal> {
    let mut product = Decimal::ONE;
    for column in columns {
        let of = &row?.field(column)?.of;
        let values = match of.present() {
            Type::Boolean => 2,
            Type::Literals(texts) => i128::try_from(texts.len()).ok()?,
            Type::Range { from, to } => i128::from(*to) - i128::from(*from) + 1,
            _ => return None,
        };
        let missing = i128::from(of.is_optional());
        let values = Decimal::try_from_i128_with_scale(values + missing, 0).ok()?;
        product = product.checked_mul(values)?;
    }
    Some(product)
}

fn known(count: usize) -> Polynomial {
    Polynomial::known(count as u64)
}

/// The size of something that has no name of its own.
fn unnamed(expression: &Expression) -> Polynomial {
    Polynomial::size(format!("items({})", path(expression)))
}

/// A path as it is written; what is no path is `…`.
fn path(expression: &Expression) -> String {
    match expression {
        Expression::Name(name) | Expression::Column(name) => name.to_string(),
        Expression::Field { of, name, .. } => format!("{}.{name}", path(of)),
        _ => "…".to_owned(),
    }
}
