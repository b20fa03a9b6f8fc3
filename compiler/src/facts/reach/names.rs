//! What names and columns mean to a condition.
//!
//! Kept true here: two names with one meaning have one path, and a name never means itself; a part of an expression that
//! cannot be followed is open.

use std::fmt;
use std::sync::Arc;

use rust_decimal::Decimal;
use sophia_plan::expression::{Expression, Operator};
use sophia_plan::step::Pattern;
use sophia_plan::types::Type;
use sophia_plan::value::Value;

use super::condition::{Condition, Term};
use super::domain::{Domain, Scalar, mirrored, opposite};
use super::rows::{Rows, each_of};
use crate::facts::sight::Sight;

/// The names that conditions can see.
#[derive(Clone, Default)]
pub(crate) struct Names {
    scope: usize,
    known: Sight<Meaning>,
    /// The type of the row that a stage looks at.
    row: Option<Type>,
}

enum Meaning {
    /// Something with a type, under a name that is like no other; what each of its rows has passed.
    Root(Arc<str>, Type, Vec<Condition>),
    /// The value of another expression, seen from its own names; where that says nothing, a root.
    Same {
        value: Expression,
        names: Arc<Names>,
        root: Arc<str>,
        of: Type,
    },
    /// The answer of a person.
    Answer(Arc<str>),
}

/// Without the names: each means what is seen from other names, which would be written out again and again.
impl fmt::Debug for Names {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Names")
            .field("scope", &self.scope)
            .field("row", &self.row)
            .finish_non_exhaustive()
    }
}

/// The path of the row that a stage looks at.
const ROW: &str = "row";

impl Names {
    /// The columns of a row, and nothing else.
    pub(crate) fn of_row(row: &Type) -> Self {
        Self {
            row: Some(row.clone()),
            ..Self::default()
        }
    }

    /// A name of which the type is known.
    pub(crate) fn bind(&mut self, name: &Arc<str>, of: Type) -> Arc<str> {
        let root: Arc<str> = match self.scope {
            0 => name.clone(),
            scope => Arc::from(format!("{name}#{scope}")),
        };
        self.learn(name, Meaning::Root(root.clone(), of, Vec::new()));
        root
    }

    /// A name for rows that have all passed these conditions.
    pub(crate) fn bind_rows(
        &mut self,
        name: &Arc<str>,
        of: Type,
        passed: Vec<Condition>,
    ) -> Arc<str> {
        let root = self.bind(name, of.clone());
        self.learn(name, Meaning::Root(root.clone(), of, passed));
        root
    }

    /// A name for what an expression gives.
    pub(crate) fn bind_value(&mut self, name: &Arc<str>, value: &Expression, of: Type) -> Arc<str> {
        // Seen from the names that are there now, so that no name can mean itself.
        let seen = can_be_followed(value).then(|| self.clone());
        let root = self.bind(name, of.clone());
        if let Some(mut seen) = seen {
            seen.known.remove(name);
            let meaning = Meaning::Same {
                value: value.clone(),
                names: Arc::new(seen),
                root: root.clone(),
                of,
            };
            self.learn(name, meaning);
        }
        root
    }

    /// The name of a person's answer.
    pub(crate) fn bind_answer(&mut self, name: &Arc<str>) {
        self.learn(name, Meaning::Answer(name.clone()));
    }

    fn learn(&mut self, name: &Arc<str>, meaning: Meaning) {
        self.known.insert(name.clone(), meaning);
    }

    fn get(&self, name: &str) -> Option<&Meaning> {
        self.known.get(name)
    }

    /// What is known of each row of a source.
    pub(super) fn rows(&self, source: &Expression) -> Rows {
        match source {
            Expression::Name(name) => match self.get(name) {
                Some(Meaning::Root(_, of, passed)) => Rows {
                    each: each_of(of),
                    passed: passed.clone(),
                },
                Some(Meaning::Same {
                    value, names, of, ..
                }) => {
                    let rows = names.rows(value);
                    match rows.each {
                        Type::Unknown => Rows {
                            each: each_of(of),
                            ..rows
                        },
                        _ => rows,
                    }
                }
                Some(Meaning::Answer(_)) | None => Rows::default(),
            },
            Expression::Pipeline { source, stages } => {
                (stages.iter()).fold(self.rows(source), |rows, stage| rows.behind(stage, self))
            }
            _ => Rows::default(),
        }
    }

    /// The same names, and those of the columns of a row.
    pub(super) fn with_row(&self, row: &Type) -> Self {
        Self {
            row: Some(row.clone()),
            ..self.clone()
        }
    }

    /// The names inside an action: its parameters alone, which mean what the caller gives.
    pub(crate) fn inside(&self, arguments: &[(Arc<str>, Expression)], scope: usize) -> Self {
        let outside = Arc::new(self.clone());
        let known = arguments
            .iter()
            .map(|(name, value)| {
                let meaning = Meaning::Same {
                    value: value.clone(),
                    names: outside.clone(),
                    root: Arc::from(format!("{name}#{scope}")),
                    of: Type::Unknown,
                };
                (name.clone(), meaning)
            })
            .collect();
        Self {
            scope,
            known,
            row: None,
        }
    }

    /// What an expression is, for a condition.
    pub(crate) fn term(&self, expression: &Expression) -> Term {
        match expression {
            Expression::Constant(Value::None) => Term::Missing,
            Expression::Constant(value) => Scalar::of(value).map_or(Term::Open, Term::Fixed),
            Expression::Negate(inner) => match self.term(inner) {
                Term::Fixed(Scalar::Number(number)) => Term::Fixed(Scalar::Number(-number)),
                _ => Term::Open,
            },
            Expression::Convert { value, .. } | Expression::Release { value, .. } => {
                self.term(value)
            }
            // An amount of money goes out as its number: divided by one of its currency.
            Expression::Binary {
                operator: Operator::Divide,
                left,
                right,
            } if matches!(&**right, Expression::Constant(Value::Money(one, _)) if *one == Decimal::ONE) => {
                self.term(left)
            }
            Expression::Name(name) => match self.get(name) {
                Some(Meaning::Same {
                    value,
                    names,
                    root,
                    of,
                }) => match names.term(value) {
                    Term::Open => Term::Path(root.clone(), Domain::of_type(of)),
                    term => term,
                },
                Some(Meaning::Root(root, of, _)) => Term::Path(root.clone(), Domain::of_type(of)),
                Some(Meaning::Answer(_)) => Term::Open,
                None => Term::Path(name.clone(), Domain::default()),
            },
            Expression::Field { .. } | Expression::Column(_) | Expression::Row => {
                match self.path(expression) {
                    Some((path, of)) => Term::Path(path, Domain::of_type(&of)),
                    None => Term::Open,
                }
            }
            _ => Term::Open,
        }
    }

    /// The way to a value through fields, and its type where that is known.
    fn path(&self, expression: &Expression) -> Option<(Arc<str>, Type)> {
        match expression {
            Expression::Name(name) => match self.get(name) {
                Some(Meaning::Root(root, of, _)) => Some((root.clone(), of.clone())),
                Some(Meaning::Same {
                    value,
                    names,
                    root,
                    of,
                }) => (names.path(value)).or_else(|| Some((root.clone(), of.clone()))),
                Some(Meaning::Answer(_)) => None,
                None => Some((name.clone(), Type::Unknown)),
            },
            Expression::Row => Some((Arc::from(ROW), self.row.clone()?)),
            Expression::Column(name) => match self.row.as_ref()? {
                Type::Record(row) => {
                    let of = row.field(name)?.of.clone();
                    Some((column(name), of))
                }
                _ => None,
            },
            Expression::Field {
                of, name, optional, ..
            } => {
                let (path, of) = self.path(of)?;
                let field = match of.present() {
                    Type::Record(record) => record.field(name).map(|field| field.of.clone()),
                    _ => None,
                };
                let mut field = field.unwrap_or(Type::Unknown);
                if *optional || of.is_optional() {
                    field = field.optional();
                }
                Some((Arc::from(format!("{path}.{name}")), field))
            }
            _ => None,
        }
    }

    /// A condition as far as it can be followed.
    pub(crate) fn condition(&self, expression: &Expression) -> Condition {
        match expression {
            Expression::And(one, other) => {
                Condition::And(vec![self.condition(one), self.condition(other)])
            }
            Expression::Or(one, other) => {
                Condition::Or(vec![self.condition(one), self.condition(other)])
            }
            Expression::Not(inner) => Condition::Not(Box::new(self.condition(inner))),
            Expression::Binary {
                operator,
                left,
                right,
            } => self.comparison(*operator, left, right),
            Expression::In { value, set } => {
                let items: Option<Vec<Scalar>> = match &**set {
                    Expression::List(items) => items.iter().map(|item| self.fixed(item)).collect(),
                    Expression::Constant(Value::List(items)) => {
                        items.iter().map(Scalar::of).collect()
                    }
                    _ => None,
                };
                match (self.term(value), items) {
                    (term @ (Term::Path(..) | Term::Fixed(_)), Some(values)) => Condition::Among {
                        term,
                        values,
                        ranges: Vec::new(),
                    },
                    _ => Condition::Open,
                }
            }
            Expression::IsPresent(inner) => match self.term(inner) {
                Term::Open => Condition::Open,
                term => Condition::Present(term),
            },
            Expression::Constant(Value::Boolean(value)) => Condition::Compare {
                term: Term::Fixed(truth(*value)),
                operator: Operator::Equal,
                value: truth(true),
            },
            Expression::Field { of, name, .. } if &**name == "approved" => match self.answer(of) {
                Some(answer) => Condition::Approved(answer),
                None => self.boolean(expression),
            },
            Expression::Name(name) => match self.get(name) {
                Some(Meaning::Same { value, names, .. }) => match names.condition(value) {
                    Condition::Open => self.boolean(expression),
                    condition => condition,
                },
                _ => self.boolean(expression),
            },
            Expression::Field { .. } | Expression::Column(_) => self.boolean(expression),
            Expression::Convert { value, .. } => self.condition(value),
            _ => Condition::Open,
        }
    }

    /// The answer that an expression stands for.
    fn answer(&self, expression: &Expression) -> Option<Arc<str>> {
        let Expression::Name(name) = expression else {
            return None;
        };
        match self.get(name)? {
            Meaning::Answer(answer) => Some(answer.clone()),
            Meaning::Same { value, names, .. } => names.answer(value),
            Meaning::Root(..) => None,
        }
    }

    fn boolean(&self, expression: &Expression) -> Condition {
        match self.term(expression) {
            Term::Open | Term::Missing => Condition::Open,
            term => Condition::Compare {
                term,
                operator: Operator::Equal,
                value: truth(true),
            },
        }
    }

    fn comparison(&self, operator: Operator, left: &Expression, right: &Expression) -> Condition {
        if opposite(operator).is_none() {
            return Condition::Open;
        }
        match (self.term(left), self.term(right)) {
            // `v.approved = true`
            (_, Term::Fixed(value)) if operator == Operator::Equal && value == truth(true) => {
                self.condition(left)
            }
            (term @ (Term::Path(..) | Term::Fixed(_)), Term::Fixed(value)) => Condition::Compare {
                term,
                operator,
                value,
            },
            (Term::Fixed(value), term @ Term::Path(..)) => Condition::Compare {
                term,
                operator: mirrored(operator),
                value,
            },
            _ => Condition::Open,
        }
    }

    fn fixed(&self, expression: &Expression) -> Option<Scalar> {
        match self.term(expression) {
            Term::Fixed(value) => Some(value),
            _ => None,
        }
    }

    /// That a value fits one of the patterns of an arm.
    pub(crate) fn fits(&self, value: &Expression, patterns: &[Pattern]) -> Condition {
        let term = self.term(value);
        if matches!(term, Term::Open | Term::Missing) {
            return Condition::Open;
        }
        let mut values = Vec::new();
        let mut ranges = Vec::new();
        for pattern in patterns {
            match pattern {
                Pattern::Value(value) => match Scalar::of(value) {
                    Some(value) => values.push(value),
                    None => return Condition::Open,
                },
                Pattern::Range { from, to } => ranges.push((*from, *to)),
            }
        }
        Condition::Among {
            term,
            values,
            ranges,
        }
    }
}

/// Whether something can be said of the value of an expression by looking into it.
fn can_be_followed(value: &Expression) -> bool {
    matches!(
        value,
        Expression::Constant(_)
            | Expression::Name(_)
            | Expression::Field { .. }
            | Expression::Binary { .. }
            | Expression::And(..)
            | Expression::Or(..)
            | Expression::Not(_)
            | Expression::In { .. }
            | Expression::Convert { .. }
            | Expression::Pipeline { .. }
    )
}

/// The way from the row that a stage looks at to this path.
pub(super) fn in_row(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(ROW)?;
    (rest.is_empty() || rest.starts_with('.')).then_some(rest)
}

/// The path of a column of the row.
pub(super) fn column(name: &str) -> Arc<str> {
    Arc::from(format!("{ROW}.{name}"))
}

fn truth(value: bool) -> Scalar {
    Scalar::Text(Arc::from(if value { "true" } else { "false" }))
}
