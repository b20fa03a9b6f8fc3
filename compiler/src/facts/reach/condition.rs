//! Conditions as far as they speak of constants: what is known of them, and what holds after them.
//!
//! Kept true here: a part that cannot be followed is neither true nor false.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rust_decimal::Decimal;
use sophia_plan::expression::{Expression, Operator};
use sophia_plan::step::Pattern;
use sophia_plan::types::Type;
use sophia_plan::value::Value;

use super::domain::{Domain, Scalar, Sure, mirrored, opposite};

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Compare {
        term: Term,
        operator: Operator,
        value: Scalar,
    },
    /// One of these texts or numbers, or in one of these ranges.
    Among {
        term: Term,
        values: Vec<Scalar>,
        ranges: Vec<(i64, i64)>,
    },
    Present(Term),
    /// The answer of a person under this name was yes.
    Approved(Arc<str>),
    /// Nothing is known of it.
    Open,
}

/// A value that a condition speaks of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Term {
    /// A name and its fields, and what its type says.
    Path(Arc<str>, Domain),
    /// A fixed value.
    Fixed(Scalar),
    /// Nothing.
    Missing,
    /// Anything.
    Open,
}

/// What is known on one way: a domain for each path.
pub(crate) type Knowledge = BTreeMap<Arc<str>, Domain>;

/// The names that conditions can see.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    scope: usize,
    known: BTreeMap<Arc<str>, Meaning>,
    /// The type of the row that a stage looks at.
    row: Option<Type>,
}

#[derive(Clone, Debug)]
enum Meaning {
    /// Something with a type, under a name that is like no other.
    Root(Arc<str>, Type),
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
        let meaning = Meaning::Root(root.clone(), of);
        self.known.insert(name.clone(), meaning);
        root
    }

    /// A name for what an expression gives.
    pub(crate) fn bind_value(&mut self, name: &Arc<str>, value: &Expression, of: Type) -> Arc<str> {
        let root = self.bind(name, of.clone());
        if matches!(
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
        ) {
            // Seen from the names that are there now, so that no name can mean itself.
            let mut seen = self.clone();
            seen.known.remove(name);
            let meaning = Meaning::Same {
                value: value.clone(),
                names: Arc::new(seen),
                root: root.clone(),
                of,
            };
            self.known.insert(name.clone(), meaning);
        }
        root
    }

    /// The name of a person's answer.
    pub(crate) fn bind_answer(&mut self, name: &Arc<str>) {
        self.known
            .insert(name.clone(), Meaning::Answer(name.clone()));
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
            Expression::Name(name) => match self.known.get(name) {
                Some(Meaning::Same {
                    value,
                    names,
                    root,
                    of,
                }) => match names.term(value) {
                    Term::Open => Term::Path(root.clone(), Domain::of_type(of)),
                    term => term,
                },
                Some(Meaning::Root(root, of)) => Term::Path(root.clone(), Domain::of_type(of)),
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
            Expression::Name(name) => match self.known.get(name) {
                Some(Meaning::Root(root, of)) => Some((root.clone(), of.clone())),
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
            Expression::Name(name) => match self.known.get(name) {
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
        match self.known.get(name)? {
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

/// The path of a column of the row.
fn column(name: &str) -> Arc<str> {
    Arc::from(format!("{ROW}.{name}"))
}

fn truth(value: bool) -> Scalar {
    Scalar::Text(Arc::from(if value { "true" } else { "false" }))
}

impl Condition {
    /// That a column of a row compares in this way with a number.
    pub(crate) fn of_column(name: &str, of: &Type, operator: Operator, value: Decimal) -> Self {
        Self::Compare {
            term: Term::Path(column(name), Domain::of_type(of)),
            operator,
            value: Scalar::Number(value),
        }
    }

    /// What is known of it.
    pub(crate) fn verdict(&self, known: &Knowledge) -> Sure {
        match self {
            Self::And(parts) => {
                // One after the other, so that parts which contradict each other are seen.
                let mut after = known.clone();
                let mut all = Sure::Always;
                for part in parts {
                    match part.verdict(&after) {
                        Sure::Never => return Sure::Never,
                        Sure::Open => all = Sure::Open,
                        Sure::Always => {}
                    }
                    if !part.learn(&mut after, true) {
                        return Sure::Never;
                    }
                }
                all
            }
            Self::Or(parts) => {
                let verdicts: Vec<Sure> = parts.iter().map(|part| part.verdict(known)).collect();
                if verdicts.contains(&Sure::Always) {
                    Sure::Always
                } else if verdicts.iter().all(|verdict| *verdict == Sure::Never) {
                    Sure::Never
                } else {
                    Sure::Open
                }
            }
            Self::Not(inner) => match inner.verdict(known) {
                Sure::Always => Sure::Never,
                Sure::Never => Sure::Always,
                Sure::Open => Sure::Open,
            },
            Self::Compare {
                term,
                operator,
                value,
            } => domain(term, known).compare(*operator, value),
            Self::Among {
                term,
                values,
                ranges,
            } => {
                let of = domain(term, known);
                let mut all = Sure::Never;
                for value in values {
                    match of.compare(Operator::Equal, value) {
                        Sure::Always => return Sure::Always,
                        Sure::Open => all = Sure::Open,
                        Sure::Never => {}
                    }
                }
                for (from, to) in ranges {
                    let mut inside = of.clone();
                    inside.present = true;
                    inside.keep_range(*from, *to);
                    if !inside.is_impossible() {
                        all = Sure::Open;
                    }
                }
                all
            }
            Self::Present(Term::Fixed(_)) => Sure::Always,
            Self::Present(Term::Missing) => Sure::Never,
            Self::Present(term) => {
                if domain(term, known).present {
                    Sure::Always
                } else {
                    Sure::Open
                }
            }
            Self::Approved(_) | Self::Open => Sure::Open,
        }
    }

    /// Adds what holds once the condition came out as `held`. Says whether that is possible at all.
    pub(crate) fn learn(&self, known: &mut Knowledge, held: bool) -> bool {
        match (self, held) {
            (Self::And(parts), true) | (Self::Or(parts), false) => {
                parts.iter().all(|part| part.learn(known, held))
            }
            (Self::Or(parts), true) | (Self::And(parts), false) => {
                let mut ways = parts.iter().filter_map(|part| {
                    let mut way = known.clone();
                    part.learn(&mut way, held).then_some(way)
                });
                let Some(first) = ways.next() else {
                    return false;
                };
                *known = ways.fold(first, |one, other| either(&one, &other));
                true
            }
            (Self::Not(inner), held) => inner.learn(known, !held),
            (
                Self::Compare {
                    term,
                    operator,
                    value,
                },
                held,
            ) => {
                let operator = if held {
                    Some(*operator)
                } else {
                    opposite(*operator)
                };
                let Some(operator) = operator else {
                    return true;
                };
                change(term, known, |domain| {
                    domain.restrict(operator, value);
                    domain.present |= held;
                })
            }
            (
                Self::Among {
                    term,
                    values,
                    ranges,
                },
                true,
            ) => {
                let texts: Option<BTreeSet<Arc<str>>> = values
                    .iter()
                    .map(|value| match value {
                        Scalar::Text(text) => Some(text.clone()),
                        Scalar::Number(_) => None,
                    })
                    .collect();
                change(term, known, |domain| {
                    domain.present = true;
                    match (texts, &**values, &**ranges) {
                        (Some(texts), [_, ..], []) => domain.keep(&texts),
                        (_, [value], []) => domain.restrict(Operator::Equal, value),
                        (_, [], [(from, to)]) => domain.keep_range(*from, *to),
                        _ => {}
                    }
                })
            }
            (Self::Among { term, values, .. }, false) => change(term, known, |domain| {
                for value in values {
                    domain.restrict(Operator::NotEqual, value);
                }
            }),
            (Self::Present(term), true) => change(term, known, |domain| domain.present = true),
            (Self::Present(_) | Self::Approved(_) | Self::Open, _) => true,
        }
    }

    /// Whether nothing in it can be followed.
    pub(crate) fn is_open(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().all(Self::is_open),
            Self::Not(inner) => inner.is_open(),
            Self::Open | Self::Approved(_) => true,
            Self::Compare { .. } | Self::Among { .. } | Self::Present(_) => false,
        }
    }

    /// Whether it is written as `true` or `false`.
    pub(crate) fn is_constant(&self) -> bool {
        matches!(
            self,
            Self::Compare {
                term: Term::Fixed(_),
                ..
            }
        )
    }

    /// Whether it speaks of a column of the row.
    pub(crate) fn speaks_of(&self, name: &str) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.speaks_of(name)),
            Self::Not(inner) => inner.speaks_of(name),
            Self::Compare { term, .. } | Self::Among { term, .. } | Self::Present(term) => {
                let Term::Path(path, _) = term else {
                    return false;
                };
                let rest = path.strip_prefix(&*column(name));
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            }
            Self::Open | Self::Approved(_) => false,
        }
    }

    /// The answers that were yes once the condition came out as `held`.
    pub(crate) fn approvals(&self, held: bool) -> BTreeSet<Arc<str>> {
        match (self, held) {
            (Self::Approved(answer), true) => BTreeSet::from([answer.clone()]),
            (Self::Not(inner), held) => inner.approvals(!held),
            (Self::And(parts), true) | (Self::Or(parts), false) => {
                parts.iter().flat_map(|part| part.approvals(held)).collect()
            }
            _ => BTreeSet::new(),
        }
    }

    /// The same condition with values for paths that begin with a name, as a call's arguments.
    pub(crate) fn with(&self, terms: &BTreeMap<Arc<str>, Term>) -> Self {
        let changed = |term: &Term| match term {
            // An argument that is not given is missing.
            Term::Path(path, _) => terms.get(path).cloned().unwrap_or(Term::Missing),
            other => other.clone(),
        };
        match self {
            Self::And(parts) => Self::And(parts.iter().map(|part| part.with(terms)).collect()),
            Self::Or(parts) => Self::Or(parts.iter().map(|part| part.with(terms)).collect()),
            Self::Not(inner) => Self::Not(Box::new(inner.with(terms))),
            Self::Compare {
                term,
                operator,
                value,
            } => match changed(term) {
                Term::Open => Self::Open,
                Term::Missing => Self::Or(Vec::new()),
                term => Self::Compare {
                    term,
                    operator: *operator,
                    value: value.clone(),
                },
            },
            Self::Among {
                term,
                values,
                ranges,
            } => match changed(term) {
                Term::Open => Self::Open,
                Term::Missing => Self::Or(Vec::new()),
                term => Self::Among {
                    term,
                    values: values.clone(),
                    ranges: ranges.clone(),
                },
            },
            Self::Present(term) => match changed(term) {
                Term::Open => Self::Open,
                term => Self::Present(term),
            },
            Self::Approved(_) | Self::Open => Self::Open,
        }
    }
}

/// What is known of a term.
fn domain(term: &Term, known: &Knowledge) -> Domain {
    match term {
        Term::Path(path, of) => known.get(path).cloned().unwrap_or_else(|| of.clone()),
        Term::Fixed(value) => Domain::exactly(value),
        Term::Missing | Term::Open => Domain::default(),
    }
}

/// Changes what is known of a term. Says whether that is possible.
fn change(term: &Term, known: &mut Knowledge, change: impl FnOnce(&mut Domain)) -> bool {
    let mut of = domain(term, known);
    change(&mut of);
    let possible = !of.is_impossible();
    if let Term::Path(path, _) = term {
        known.insert(path.clone(), of);
    }
    possible
}

/// What holds on either of two ways.
pub(crate) fn either(one: &Knowledge, other: &Knowledge) -> Knowledge {
    one.iter()
        .filter_map(|(path, domain)| Some((path.clone(), domain.or(other.get(path)?))))
        .collect()
}

/// Forgets what is known of a name and its fields.
pub(crate) fn forget(known: &mut Knowledge, root: &str) {
    known.retain(|path, _| {
        path.strip_prefix(root)
            .is_none_or(|rest| !(rest.is_empty() || rest.starts_with('.')))
    });
}
