//! `start of quarter`, `end of last year`: the ends of periods, by the calendar of the playbook.
//!
//! Kept true here: a year and its quarters begin with the first month of the calendar's year; days, weeks and months
//! are the same everywhere. A module has no calendar: what it shares goes by the calendar of whoever uses it.

use sophia_language::syntax::{Edge, Period, Which};
use sophia_plan::expression::{self as plan, Expression as Code, Function, Operator};
use sophia_plan::step::{Block, CommandDefinition, ModelDefinition, QueryDefinition, StepKind};
use sophia_plan::types::Type;
use sophia_plan::value::Value;

use super::Typed;
use crate::checker::Checker;

/// The milliseconds of a day.
const DAY: i64 = 86_400_000;

impl Checker<'_> {
    /// `start of quarter`, `end of last month`
    pub(super) fn boundary(&self, edge: Edge, which: Which, period: Period) -> Typed {
        let mut code = Code::Boundary {
            edge: match edge {
                Edge::Start => plan::Edge::Start,
                Edge::End => plan::Edge::End,
            },
            offset: match which {
                Which::Last => -1,
                Which::This => 0,
                Which::Next => 1,
            },
            period: match period {
                Period::Day => plan::Period::Day,
                Period::Week => plan::Period::Week,
                Period::Month => plan::Period::Month,
                Period::Quarter => plan::Period::Quarter,
                Period::Year => plan::Period::Year,
            },
        };
        self.keep_calendar(&mut code);
        Typed::new(code, Type::Date)
    }

    /// Lets the years and quarters of code begin as those of this playbook's calendar do.
    pub(crate) fn keep_calendar(&self, code: &mut Code) {
        let first = i64::from(self.year_starts);
        if first > 1 {
            by_calendar(code, first);
        }
    }

    /// The same in every step of a block, and inside of it.
    pub(crate) fn keep_calendar_in(&self, block: &mut Block) {
        if self.year_starts <= 1 {
            return;
        }
        for step in block.graph.node_weights_mut() {
            step.each_part_mut(&mut |part| self.keep_calendar(part));
            if let StepKind::Repeat {
                until: Some(until), ..
            } = &mut step.kind
            {
                self.keep_calendar(until);
            }
            for inside in step.blocks_mut() {
                self.keep_calendar_in(inside);
            }
        }
    }

    /// The same in the places of a query.
    pub(crate) fn query_by_calendar(&self, mut query: QueryDefinition) -> QueryDefinition {
        for hole in &mut query.holes {
            self.keep_calendar(hole);
        }
        query
    }

    /// The same in the places of a command.
    pub(crate) fn command_by_calendar(&self, mut command: CommandDefinition) -> CommandDefinition {
        for hole in &mut command.holes {
            self.keep_calendar(hole);
        }
        command
    }

    /// The same in what a model is asked and held to.
    pub(crate) fn model_by_calendar(&self, mut model: ModelDefinition) -> ModelDefinition {
        self.keep_calendar(&mut model.prompt);
        for condition in &mut model.ensure {
            self.keep_calendar(condition);
        }
        if let Some((otherwise, _)) = &mut model.otherwise {
            self.keep_calendar(otherwise);
        }
        model
    }
}

/// Writes the years and quarters in code by months, with years that begin with the month `first`.
fn by_calendar(code: &mut Code, first: i64) {
    if let Code::Boundary {
        edge,
        offset,
        period,
    } = code
    {
        let months = match period {
            plan::Period::Year => 12,
            plan::Period::Quarter if (first - 1) % 3 > 0 => 3,
            _ => return,
        };
        let offset = i64::from(*offset);
        *code = match edge {
            plan::Edge::Start => start(first, months, offset),
            // The day before the start of the next.
            plan::Edge::End => binary(
                Operator::Subtract,
                start(first, months, offset + 1),
                Code::Constant(Value::Duration(DAY)),
            ),
        };
        return;
    }
    code.each_part_mut(&mut |part| by_calendar(part, first));
}

/// The start of the period of so many months that began last, or of one so many periods away.
fn start(first: i64, months: i64, offset: i64) -> Code {
    let since = binary(
        Operator::Modulo,
        binary(Operator::Add, this_month(), integer(12 - first)),
        integer(months),
    );
    Code::Call {
        function: Function::AddMonths,
        arguments: vec![
            Code::Boundary {
                edge: plan::Edge::Start,
                offset: 0,
                period: plan::Period::Month,
            },
            binary(Operator::Subtract, integer(months * offset), since),
        ],
    }
}

fn this_month() -> Code {
    Code::Call {
        function: Function::MonthOf,
        arguments: vec![Code::Call {
            function: Function::Today,
            arguments: Vec::new(),
        }],
    }
}

fn binary(operator: Operator, left: Code, right: Code) -> Code {
    Code::Binary {
        operator,
        left: Box::new(left),
        right: Box::new(right),
    }
}

fn integer(value: i64) -> Code {
    Code::Constant(Value::Integer(value))
}
