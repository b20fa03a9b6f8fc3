//! From an expression to a formula: which columns it reads, which parts of it are the same for every
//! row, and what is computed for each.
//!
//! Kept true here: what is not known to be computed exactly as the interpreter does is declined, so a
//! kind of expression that this file has never heard of is interpreted.

mod arithmetic;
mod compare;
mod function;

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, Decimal128Array, StringArray};
use arrow_schema::DataType;
use sophia_diagnostics::Problem;

use super::kind::{Kind, UNIT};
use super::node::{Form, Formula, Layout, Node, Order, Output, Slot, WholeOperator};
use super::text::Question;
use crate::expression::{Expression, Operator, Stage};
use crate::types::Type;
use crate::value::Value;

/// Deeper expressions are interpreted.
const DEPTH: u32 = 48;
/// Larger formulas are interpreted.
const NODES: usize = 300;

/// Where an expression's columns and constant parts come from.
pub(crate) struct Surroundings<'a> {
    /// A column by its name, with its type.
    pub(crate) column: &'a dyn Fn(&str) -> Option<(ArrayRef, Type)>,
    /// The value of an expression that looks at no row.
    pub(crate) fixed: &'a dyn Fn(&Expression) -> Result<Value, Problem>,
}

/// What a slot of a formula is filled with.
pub(super) enum Source {
    /// A column as it is.
    Column(ArrayRef),
    /// A decimal column, as words.
    Exact(Decimal128Array),
    /// The answers of a question about a text column.
    Answers(StringArray, Box<Question>),
    /// The lengths of a text column.
    Lengths(StringArray),
}

/// A formula with what fills its slots.
pub(super) struct Lowered {
    pub(super) formula: Formula,
    pub(super) sources: Vec<Source>,
    pub(super) parameters: Vec<i64>,
    pub(super) kind: Kind,
}

impl Lowered {
    /// How many operations a row takes.
    pub(super) fn nodes(&self) -> usize {
        size(&self.formula.root)
    }
}

/// A part of an expression.
#[derive(Clone)]
enum Operand {
    /// The same for every row.
    Fixed(Value),
    /// Fails for every row.
    Failing,
    Row(Node, Kind),
    /// A column of texts.
    Text(Arc<str>),
    /// A column that can only be asked whether it is there.
    Opaque(Arc<str>),
}

struct Lowering<'a> {
    surroundings: &'a Surroundings<'a>,
    slots: Vec<Slot>,
    sources: Vec<Source>,
    /// The columns that have a slot.
    placed: Vec<(Arc<str>, usize)>,
    parameters: Vec<i64>,
}

/// The formula of an expression, where it has one.
pub(super) fn lower(expression: &Expression, surroundings: &Surroundings<'_>) -> Option<Lowered> {
    let mut lowering = Lowering {
        surroundings,
        slots: Vec::new(),
        sources: Vec::new(),
        placed: Vec::new(),
        parameters: Vec::new(),
    };
    let Operand::Row(root, kind) = lowering.operand(expression, 0)? else {
        return None;
    };
    if size(&root) > NODES {
        return None;
    }
    Some(Lowered {
        formula: Formula {
            slots: lowering.slots,
            parameters: lowering.parameters.len(),
            form: kind.form(),
            root,
            careful: false,
            output: Output::Rows,
        },
        sources: lowering.sources,
        parameters: lowering.parameters,
        kind,
    })
}

/// The nodes of a formula.
fn size(node: &Node) -> usize {
    1 + match node {
        Node::Input(_) | Node::Parameter(..) | Node::Missing(_) | Node::Doubt(_) => 0,
        Node::Not(of)
        | Node::Present(of)
        | Node::Required(of)
        | Node::Negate(_, of)
        | Node::ToFloat(of)
        | Node::ToEqualFloat(of)
        | Node::ToNearestWhole(of)
        | Node::Quotient { of, .. }
        | Node::Bounded { of, .. }
        | Node::Round { of, .. } => size(of),
        Node::And(left, right)
        | Node::Or(left, right)
        | Node::Coalesce(left, right)
        | Node::Compare { left, right, .. }
        | Node::Whole(_, left, right)
        | Node::Float(_, left, right)
        | Node::RequiredWith {
            condition: left,
            value: right,
        } => size(left) + size(right),
        Node::Choose {
            condition,
            then,
            otherwise,
        } => size(condition) + size(then) + size(otherwise),
    }
}

/// Whether an expression looks at no row around it.
fn looks_at_no_row(expression: &Expression) -> bool {
    match expression {
        Expression::Constant(_) | Expression::Name(_) => true,
        Expression::Field { of, .. }
        | Expression::Negate(of)
        | Expression::Not(of)
        | Expression::IsPresent(of)
        | Expression::Convert { value: of, .. } => looks_at_no_row(of),
        Expression::Binary { left, right, .. }
        | Expression::And(left, right)
        | Expression::Or(left, right)
        | Expression::Coalesce(left, right)
        | Expression::In {
            value: left,
            set: right,
        }
        | Expression::Index {
            of: left,
            key: right,
        } => looks_at_no_row(left) && looks_at_no_row(right),
        Expression::If {
            condition,
            then,
            otherwise,
        } => looks_at_no_row(condition) && looks_at_no_row(then) && looks_at_no_row(otherwise),
        Expression::Text(items) | Expression::List(items) => items.iter().all(looks_at_no_row),
        Expression::Call { arguments, .. } => arguments.iter().all(looks_at_no_row),
        // A stage's own expressions look at its own rows.
        Expression::Pipeline { source, stages } => {
            looks_at_no_row(source)
                && stages.iter().all(|stage| match stage {
                    Stage::Where(_) | Stage::Sort(_) | Stage::Map { .. } => true,
                    Stage::Take { count, .. } => looks_at_no_row(count),
                    _ => false,
                })
        }
        _ => false,
    }
}

impl Lowering<'_> {
    fn operand(&mut self, expression: &Expression, depth: u32) -> Option<Operand> {
        if depth > DEPTH {
            return None;
        }
        if looks_at_no_row(expression) {
            return Some(match (self.surroundings.fixed)(expression) {
                Ok(value) => Operand::Fixed(value),
                Err(_) => Operand::Failing,
            });
        }
        let deeper = depth + 1;
        match expression {
            Expression::Column(name) => self.column(name),
            Expression::Field { of, name, .. } if **of == Expression::Row => self.column(name),
            Expression::Negate(inner) => {
                let inner = self.operand(inner, deeper)?;
                Self::negate(inner)
            }
            Expression::Not(inner) => Some(match self.operand(inner, deeper)? {
                Operand::Failing => Operand::Failing,
                Operand::Row(node, Kind::Boolean) => {
                    Operand::Row(Node::Not(Box::new(node)), Kind::Boolean)
                }
                _ => return None,
            }),
            Expression::Binary {
                operator,
                left,
                right,
            } => {
                let left = self.operand(left, deeper)?;
                let right = self.operand(right, deeper)?;
                self.binary(*operator, left, right)
            }
            Expression::And(left, right) => {
                let left = self.operand(left, deeper)?;
                let right = self.operand(right, deeper)?;
                let both = Node::And(Box::new(self.truth(left)?), Box::new(self.truth(right)?));
                Some(Operand::Row(both, Kind::Boolean))
            }
            Expression::Or(left, right) => {
                let left = self.operand(left, deeper)?;
                let right = self.operand(right, deeper)?;
                let either = Node::Or(Box::new(self.truth(left)?), Box::new(self.truth(right)?));
                Some(Operand::Row(either, Kind::Boolean))
            }
            Expression::Coalesce(value, default) => {
                let value = self.operand(value, deeper)?;
                let default = self.operand(default, deeper)?;
                let (value, default, kind) = self.of_one_kind(&value, &default)?;
                let node = Node::Coalesce(Box::new(value), Box::new(default));
                Some(Operand::Row(node, kind))
            }
            Expression::If {
                condition,
                then,
                otherwise,
            } => {
                let condition = self.operand(condition, deeper)?;
                let condition = Box::new(self.truth(condition)?);
                let then = self.operand(then, deeper)?;
                let otherwise = self.operand(otherwise, deeper)?;
                let (then, otherwise, kind) = self.of_one_kind(&then, &otherwise)?;
                let node = Node::Choose {
                    condition,
                    then: Box::new(then),
                    otherwise: Box::new(otherwise),
                };
                Some(Operand::Row(node, kind))
            }
            Expression::In { value, set } => {
                let value = self.operand(value, deeper)?;
                let set = self.operand(set, deeper)?;
                self.contained(value, set)
            }
            Expression::IsPresent(inner) => {
                let node = match self.operand(inner, deeper)? {
                    Operand::Row(node, _) => node,
                    Operand::Text(name) | Operand::Opaque(name) => self.presence(&name)?,
                    Operand::Failing => return Some(Operand::Failing),
                    Operand::Fixed(_) => return None,
                };
                let node = Node::Present(Box::new(node));
                Some(Operand::Row(node, Kind::Boolean))
            }
            Expression::Convert { value, to } => {
                let value = self.operand(value, deeper)?;
                self.convert(value, to)
            }
            Expression::Call {
                function,
                arguments,
            } => self.call(*function, arguments, deeper),
            _ => None,
        }
    }

    fn column(&mut self, name: &Arc<str>) -> Option<Operand> {
        let (array, of) = (self.surroundings.column)(name)?;
        let Some(kind) = Kind::of_type(&of) else {
            return Some(match of.present() {
                Type::Text | Type::Literals(_) if *array.data_type() == DataType::Utf8 => {
                    Operand::Text(Arc::clone(name))
                }
                _ => Operand::Opaque(Arc::clone(name)),
            });
        };
        if let Some((_, slot)) = self.placed.iter().find(|(placed, _)| placed == name) {
            return Some(Operand::Row(Node::Input(*slot), kind));
        }
        let layout = match array.data_type() {
            DataType::Boolean => Layout::Bits,
            DataType::Int64
            | DataType::Time64(_)
            | DataType::Timestamp(..)
            | DataType::Decimal128(..) => Layout::Words,
            DataType::Float64 => Layout::Floats,
            DataType::Date32 => Layout::Halves,
            _ => return None,
        };
        let nullable = array.null_count() > 0;
        let source = match array.as_any().downcast_ref::<Decimal128Array>() {
            Some(decimals) => Source::Exact(decimals.clone()),
            None => Source::Column(array),
        };
        let slot = self.slot(Slot { layout, nullable }, source);
        self.placed.push((Arc::clone(name), slot));
        Some(Operand::Row(Node::Input(slot), kind))
    }

    fn slot(&mut self, slot: Slot, source: Source) -> usize {
        self.slots.push(slot);
        self.sources.push(source);
        self.slots.len() - 1
    }

    /// A node that is present where a column is.
    fn presence(&mut self, name: &str) -> Option<Node> {
        let (array, _) = (self.surroundings.column)(name)?;
        let slot = Slot {
            layout: Layout::Nothing,
            nullable: array.null_count() > 0,
        };
        Some(Node::Input(self.slot(slot, Source::Column(array))))
    }

    fn texts(&self, name: &str) -> Option<StringArray> {
        let (array, _) = (self.surroundings.column)(name)?;
        array.as_string_opt::<i32>().cloned()
    }

    /// The answers of a question about a text column: never missing.
    fn answers(&mut self, name: &str, question: Question) -> Option<Node> {
        let slot = Slot {
            layout: Layout::Bits,
            nullable: false,
        };
        let source = Source::Answers(self.texts(name)?, Box::new(question));
        Some(Node::Input(self.slot(slot, source)))
    }

    fn parameter(&mut self, word: i64, form: Form) -> Node {
        let there = self.parameters.iter().position(|there| *there == word);
        let place = there.unwrap_or_else(|| {
            self.parameters.push(word);
            self.parameters.len() - 1
        });
        Node::Parameter(place, form)
    }

    /// A node of a kind.
    fn node(&mut self, operand: &Operand, kind: &Kind) -> Option<Node> {
        match operand {
            Operand::Row(node, found) if found == kind => Some(node.clone()),
            Operand::Fixed(Value::None) => Some(Node::Missing(kind.form())),
            Operand::Fixed(value) => {
                let word = kind.word(value)?;
                Some(self.parameter(word, kind.form()))
            }
            Operand::Failing => Some(Node::Doubt(kind.form())),
            _ => None,
        }
    }

    /// A condition.
    fn truth(&mut self, operand: Operand) -> Option<Node> {
        match operand {
            Operand::Row(node, Kind::Boolean) => Some(node),
            operand => self.node(&operand, &Kind::Boolean),
        }
    }

    fn of_one_kind(&mut self, left: &Operand, right: &Operand) -> Option<(Node, Node, Kind)> {
        let kind = kind_of(left).or_else(|| kind_of(right))?;
        Some((self.node(left, &kind)?, self.node(right, &kind)?, kind))
    }

    fn binary(&mut self, operator: Operator, left: Operand, right: Operand) -> Option<Operand> {
        match operator {
            Operator::Equal => self.compare(Order::Equal, left, right),
            Operator::NotEqual => self.compare(Order::NotEqual, left, right),
            Operator::Less => self.compare(Order::Less, left, right),
            Operator::LessOrEqual => self.compare(Order::LessOrEqual, left, right),
            Operator::Greater => self.compare(Order::Greater, left, right),
            Operator::GreaterOrEqual => self.compare(Order::GreaterOrEqual, left, right),
            Operator::Like => self.like(&left, &right),
            operator => self.arithmetic(operator, &left, &right),
        }
    }

    fn convert(&mut self, value: Operand, to: &Type) -> Option<Operand> {
        if matches!(to, Type::Unknown) {
            return Some(value);
        }
        let (node, kind) = match value {
            Operand::Row(node, kind) => (node, kind),
            Operand::Failing => return Some(Operand::Failing),
            _ => return None,
        };
        let wanted = Kind::of_type(to)?;
        let node = match to {
            Type::Optional(_) => node,
            _ => Node::Required(Box::new(node)),
        };
        let node = match (&kind, to.present()) {
            (Kind::Integer, Type::Range { from, to }) => Node::Bounded {
                of: Box::new(node),
                from: *from,
                to: *to,
            },
            _ if kind == wanted => node,
            (Kind::Integer, Type::Number) => Node::ToFloat(Box::new(node)),
            (Kind::Integer, Type::Decimal) => self.exact_from_integer(node),
            _ => return None,
        };
        Some(Operand::Row(node, wanted))
    }

    /// An integer in billionths; a missing one is doubtful.
    fn exact_from_integer(&mut self, node: Node) -> Node {
        let unit = self.parameter(UNIT, Form::Whole);
        Node::Whole(WholeOperator::Multiply, Box::new(node), Box::new(unit))
    }
}

fn kind_of(operand: &Operand) -> Option<Kind> {
    match operand {
        Operand::Row(_, kind) => Some(kind.clone()),
        Operand::Fixed(value) => Kind::of_value(value),
        _ => None,
    }
}
