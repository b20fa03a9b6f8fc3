//! `join`: the rows of two tables side by side.
//!
//! Kept true here: rows come in the order of the first table, and the partners of a row in the order
//! of the second; what is missing has no partner. Equalities are looked up, other conditions are held
//! against every pair.

use std::collections::HashMap;
use std::sync::Arc;

use sophia_diagnostics::Problem;

use super::compare::same;
use super::interpreter::{Frame, Interpreter};
use super::rows::Rows;
use super::sets;
use crate::expression::{Expression, JoinKind, JoinOn, Operator};
use crate::table::Table;
use crate::types::RecordType;
use crate::value::{Record, Value};

/// How two tables are joined.
pub(super) struct Join<'a> {
    pub(super) kind: JoinKind,
    pub(super) binding: Option<&'a Arc<str>>,
    pub(super) on: &'a JoinOn,
    pub(super) row: &'a Arc<RecordType>,
}

impl Join<'_> {
    /// Joins; the result is a table.
    pub(super) fn apply(
        &self,
        interpreter: &Interpreter<'_>,
        value: Value,
        other: Value,
    ) -> Result<Value, Problem> {
        let rows = Rows::of(value)?;
        let others = Rows::of(other)?;
        let partners = self.partners(interpreter, &rows, &others)?;
        let mut joined = Vec::new();
        for (row, partners) in partners.iter().enumerate() {
            for partner in partners {
                joined.push(self.beside(&rows.row(row), Some(&others.row(*partner))));
            }
            if partners.is_empty() && self.kind == JoinKind::Optional {
                joined.push(self.beside(&rows.row(row), None));
            }
        }
        Table::from_records(Arc::clone(self.row), &joined).map(Value::Table)
    }

    /// One row with its partner, or with nothing where it has none.
    fn beside(&self, row: &Value, partner: Option<&Value>) -> Arc<Record> {
        let mut fields = match row {
            Value::Record(record) => record.fields.clone(),
            _ => Vec::new(),
        };
        match (self.binding, partner) {
            (Some(name), partner) => {
                let partner = partner.cloned().unwrap_or(Value::None);
                fields.push((Arc::clone(name), partner));
            }
            // Columns that both sides have are the same on both.
            (None, Some(Value::Record(partner))) => {
                for (name, value) in &partner.fields {
                    if !fields.iter().any(|(known, _)| known == name) {
                        fields.push((Arc::clone(name), value.clone()));
                    }
                }
            }
            (None, _) => {}
        }
        Arc::new(Record { fields })
    }

    /// The partners of each row.
    fn partners(
        &self,
        interpreter: &Interpreter<'_>,
        rows: &Rows,
        others: &Rows,
    ) -> Result<Vec<Vec<usize>>, Problem> {
        let mut equalities = Vec::new();
        let mut rest = Vec::new();
        match self.on {
            JoinOn::Columns(columns) => {
                equalities = columns
                    .iter()
                    .map(|column| {
                        let own = Expression::Column(Arc::clone(column));
                        (own.clone(), own)
                    })
                    .collect();
            }
            JoinOn::Condition(condition) => {
                let name = self.binding.map_or("", |name| name);
                split(condition, name, &mut equalities, &mut rest);
            }
        }
        let (own, theirs): (Vec<_>, Vec<_>) = equalities.into_iter().unzip();
        let keys = (0..others.len())
            .map(|other| key(interpreter, &theirs, others, other))
            .collect::<Result<Vec<_>, _>>()?;
        let mut places: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
        for (other, key) in keys.iter().enumerate() {
            if let Some(key) = key {
                places.entry(sets::key(key)).or_default().push(other);
            }
        }
        let mut found = Vec::with_capacity(rows.len());
        for row in 0..rows.len() {
            let mut partners = Vec::new();
            if let Some(wanted) = key(interpreter, &own, rows, row)?
                && let Some(candidates) = places.get(&sets::key(&wanted))
            {
                for partner in candidates {
                    let there = keys.get(*partner).and_then(Option::as_ref);
                    let same = there.is_some_and(|there| {
                        wanted
                            .iter()
                            .zip(there)
                            .all(|(one, other)| same(one, other))
                    });
                    if same && self.holds(interpreter, &rest, (rows, row), (others, *partner))? {
                        partners.push(*partner);
                    }
                }
            }
            found.push(partners);
        }
        Ok(found)
    }

    /// Whether the conditions that are no equalities hold for a pair.
    fn holds(
        &self,
        interpreter: &Interpreter<'_>,
        conditions: &[&Expression],
        (rows, row): (&Rows, usize),
        (others, partner): (&Rows, usize),
    ) -> Result<bool, Problem> {
        if conditions.is_empty() {
            return Ok(true);
        }
        let name = self.binding.map_or("", |name| name);
        let scope = interpreter.scope().with(name, others.row(partner));
        let inner = interpreter.within(&scope);
        for condition in conditions {
            if !inner.holds(condition, Some(Frame::Row { rows, row }), "`join`")? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The values by which a row is looked up; nothing where one is missing, as that equals nothing.
fn key(
    interpreter: &Interpreter<'_>,
    parts: &[Expression],
    rows: &Rows,
    row: usize,
) -> Result<Option<Vec<Value>>, Problem> {
    let mut key = Vec::with_capacity(parts.len());
    for part in parts {
        match interpreter.value(part, Some(Frame::Row { rows, row }))? {
            Value::None => return Ok(None),
            value => key.push(value),
        }
    }
    Ok(Some(key))
}

/// Splits a condition into equalities between the two rows, ready to be looked up, and the rest.
fn split<'a>(
    condition: &'a Expression,
    name: &str,
    equalities: &mut Vec<(Expression, Expression)>,
    rest: &mut Vec<&'a Expression>,
) {
    match condition {
        Expression::And(left, right) => {
            split(left, name, equalities, rest);
            split(right, name, equalities, rest);
        }
        Expression::Binary {
            operator: Operator::Equal,
            left,
            right,
        } => match (
            own(left),
            theirs(right, name),
            own(right),
            theirs(left, name),
        ) {
            (Some(own), Some(theirs), _, _) | (_, _, Some(own), Some(theirs)) => {
                equalities.push((own, theirs));
            }
            _ => rest.push(condition),
        },
        _ => rest.push(condition),
    }
}

/// A column of this row.
fn own(expression: &Expression) -> Option<Expression> {
    matches!(expression, Expression::Column(_)).then(|| expression.clone())
}

/// A column of the other row, as that row sees it.
fn theirs(expression: &Expression, binding: &str) -> Option<Expression> {
    match expression {
        Expression::Field { of, name, .. } => match &**of {
            Expression::Name(of) if **of == *binding => Some(Expression::Column(Arc::clone(name))),
            _ => None,
        },
        _ => None,
    }
}
