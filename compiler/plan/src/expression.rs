//! Expressions as a plan holds them: checked, with every name resolved and every type known.
//!
//! Kept true here: an expression is total data. It can be written to disk, hashed, and evaluated by
//! the interpreter without the compiler.

#![allow(
    missing_docs,
    reason = "the fields of a variant are explained at the variant"
)]

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::depth::count_levels;
use crate::types::{RecordType, Type};
use crate::value::Value;

/// A checked expression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub enum Expression {
    /// A constant.
    Constant(Value),
    /// An input, a step's result, a loop item, a parameter: a name of the surrounding scope.
    Name(Arc<str>),
    /// A column of the row that a stage looks at.
    Column(Arc<str>),
    /// The whole row that a stage looks at.
    Row,
    /// `record.field`. With `optional`, a missing record gives `none`.
    Field {
        of: Box<Expression>,
        name: Arc<str>,
        optional: bool,
    },
    /// `list[index]` (from 0) or `record[text]`; outside the bounds is `none`.
    Index {
        of: Box<Expression>,
        key: Box<Expression>,
    },
    /// `-x`
    Negate(Box<Expression>),
    /// `not x`
    Not(Box<Expression>),
    /// Arithmetic and comparison. `money` and `percent` follow their own rules, see [`Operator`].
    Binary {
        operator: Operator,
        left: Box<Expression>,
        right: Box<Expression>,
    },
    /// `a and b`: the right side is looked at only if the left holds.
    And(Box<Expression>, Box<Expression>),
    /// `a or b`
    Or(Box<Expression>, Box<Expression>),
    /// `a ?? b`
    Coalesce(Box<Expression>, Box<Expression>),
    /// `if c then a else b`
    If {
        condition: Box<Expression>,
        then: Box<Expression>,
        otherwise: Box<Expression>,
    },
    /// `x in xs`
    In {
        value: Box<Expression>,
        set: Box<Expression>,
    },
    /// `x is present`
    IsPresent(Box<Expression>),
    /// `"…{x}…"`: the parts are shown one after the other, as people read them.
    Text(Vec<Expression>),
    /// `[a, b]`
    List(Vec<Expression>),
    /// `{ a: x }`, fields in the order of the type.
    Record {
        fields: Vec<(Arc<str>, Expression)>,
        name: Option<Arc<str>>,
    },
    /// A built-in function.
    Call {
        function: Function,
        arguments: Vec<Expression>,
    },
    /// A predictor asked for one record. `predictor` is also the name under which the scope holds the
    /// pinned version.
    Predict {
        predictor: Arc<str>,
        features: Box<Expression>,
    },
    /// A pipeline of stages over a table or a list of records.
    Pipeline {
        source: Box<Expression>,
        stages: Vec<Stage>,
    },
    /// A name for a value, seen in the body only: what a function's parameters and `let`s become.
    Let {
        name: Arc<str>,
        value: Box<Expression>,
        body: Box<Expression>,
    },
    /// `x as T`: outside data read as a type. Fails where it does not fit.
    As { value: Box<Expression>, to: Type },
    /// `x known in xs`: the value, which the set vouches for. Fails where the set does not hold it.
    KnownIn {
        value: Box<Expression>,
        set: Box<Expression>,
    },
    /// `sum(x) over at least 10 rows`: fails where there are fewer.
    AtLeast {
        aggregate: Box<Expression>,
        rows: u64,
    },
    /// A function over the rows around this one, in a column that a stage adds.
    Window {
        call: WindowCall,
        /// What it looks at; `rank` and `row_number` look at nothing.
        argument: Option<Box<Expression>>,
        /// The order of the rows; `true` is descending.
        by: Option<(Box<Expression>, bool)>,
        /// The columns that keep rows apart.
        per: Vec<Arc<str>>,
    },
    /// `start of quarter`, `end of last month`: a date.
    Boundary {
        edge: Edge,
        /// -1 for the last period, 0 for this, 1 for the next.
        offset: i8,
        period: Period,
    },
    /// `release(x, to: WHERE, because: "…")`: the value, whose labels let it go there.
    Release {
        value: Box<Expression>,
        to: Arc<str>,
        because: Box<Expression>,
    },
    /// A conversion that the checker has put there: integer → number or decimal, a record list → a table.
    Convert { value: Box<Expression>, to: Type },
}

count_levels!(Expression);

/// Operators with two operands. `None` on either side of a comparison makes it false; of arithmetic,
/// the checker does not let it get there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the operator it is named after")]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// SQL's `like`: `%` any run, `_` one character; case matters.
    Like,
    Add,
    Subtract,
    Multiply,
    /// Never truncates: integers give a number. By zero is an error.
    Divide,
    /// The sign of the right side, as in a spreadsheet: `-7 mod 3` is 2. By zero is an error.
    Modulo,
}

/// The built-in functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the function it is named after")]
pub enum Function {
    /// Rows of a table or items of a list.
    Count,
    Sum,
    Average,
    Min,
    Max,
    First,
    Last,
    /// The day of the run's clock in the playbook's zone; the same during one step.
    Today,
    /// The instant of the step.
    Now,
    Round,
    Lower,
    Upper,
    Trim,
    Length,
    Contains,
    StartsWith,
    EndsWith,
    Replace,
    /// `days(n)`, `hours(n)`, `minutes(n)`: durations from numbers.
    Days,
    Hours,
    Minutes,
    /// Removes what tells who somebody is, categories of labels.
    Redact,
    /// The same, but equal values stay equal.
    Pseudonymize,
    /// `split(text, part)`: a list; an empty part gives the text alone.
    Split,
    /// `join_text(list, part)`
    JoinText,
    /// The value as people read it.
    Text,
    Abs,
    /// The next whole number below.
    Floor,
    /// The next whole number above.
    Ceiling,
    /// The day of an instant, in the playbook's zone.
    DateOf,
    /// 0 to 23, of an instant in the playbook's zone or of a time of day.
    HourOf,
    DayOf,
    MonthOf,
    /// 1 to 4
    QuarterOf,
    YearOf,
    /// `monday` to `sunday`
    WeekdayOf,
    /// `days_between(a, b)`: the days from the first to the second, negative where it lies before.
    DaysBetween,
    /// `add_months(day, n)`: the day n months later, or the last of that month.
    AddMonths,
    SquareRoot,
    /// `percent(x)`: a share of 1 as a percent.
    Percent,
    /// `left(text, n)`: the first characters.
    Left,
    /// `right(text, n)`: the last characters.
    Right,
    /// `documents.markdown(x)`: a value as a page of Markdown.
    Markdown,
    /// `stats.anomalies`: the unusual rows of a series, with what was expected. It takes the series, the name of its
    /// column of time, the sensitivity and the season.
    Anomalies,
    /// `stats.anomaly`: whether the newest value of a series is unusual. It takes what `Anomalies` takes.
    Anomaly,
    /// `stats.forecast`: how a series goes on. It takes the series, the name of its column of time, how far, and
    /// the season.
    Forecast,
}

impl Function {
    /// Whether the answer rests on the run's clock, zone or key, and not on the arguments alone.
    #[must_use]
    pub fn asks_the_run(self) -> bool {
        matches!(
            self,
            Self::Today
                | Self::Now
                | Self::Pseudonymize
                | Self::Text
                | Self::Markdown
                | Self::JoinText
                | Self::DateOf
                | Self::HourOf
                | Self::DayOf
                | Self::MonthOf
                | Self::QuarterOf
                | Self::YearOf
                | Self::WeekdayOf
        )
    }
}

/// Functions over the rows around a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the function it is named after")]
pub enum WindowCall {
    /// 1 for the first; equal rows have the same rank, and leave a gap.
    Rank,
    RowNumber,
    Count,
    Sum,
    Average,
    Min,
    Max,
    First,
    Last,
    /// The value of the row before.
    Previous,
    /// The value of the row after.
    Next,
}

/// An end of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edge {
    /// Its first day.
    Start,
    /// Its last day.
    End,
}

/// A period of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the period it is named after")]
pub enum Period {
    Day,
    /// From Monday to Sunday.
    Week,
    Month,
    Quarter,
    Year,
}

/// A stage of a pipeline. Expressions inside see the row as [`Expression::Column`] and
/// [`Expression::Row`], and the surrounding scope as [`Expression::Name`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Stage {
    /// Keeps the rows for which the condition is true.
    Where(Expression),
    /// Adds or replaces columns, left to right; a later one sees an earlier one. `row` is the row type after it.
    Add {
        columns: Vec<(Arc<str>, Expression)>,
        row: Arc<RecordType>,
    },
    /// Keeps these columns.
    Select(Vec<Arc<str>>),
    /// Sorts stably; `true` is descending. `none` comes last either way.
    Sort(Vec<(Expression, bool)>),
    /// Keeps the first rows, of each group where `per` names columns.
    Take {
        count: Expression,
        per: Vec<Arc<str>>,
    },
    /// The rows together with those of another table. `row` is the row type after it: the columns of
    /// the other table are columns, or under `binding` the fields of one.
    Join {
        source: Expression,
        kind: JoinKind,
        binding: Option<Arc<str>>,
        on: JoinOn,
        row: Arc<RecordType>,
    },
    /// Rules that every row is held against. The result is a record of the tables `passed` and
    /// `failed`; the latter has the column `problems` too, a list of the names of the rules.
    Check {
        /// The name of a rule, a text over the row, and the rule.
        rules: Vec<(Expression, Expression)>,
        /// The row type of `failed`.
        failed: Arc<RecordType>,
    },
    /// The first row, or `none`.
    First,
    /// The only row; none or several is an error.
    Only,
    /// A list with the value for each row.
    Map { value: Expression, of: Type },
    /// One row a group; the aggregates see the group's rows as columns.
    Group {
        by: Vec<Arc<str>>,
        columns: Vec<(Arc<str>, Expression)>,
        row: Arc<RecordType>,
    },
}

/// Whether a row without a partner stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JoinKind {
    /// It does not.
    Inner,
    /// `join optional`: it does, and the other side is missing.
    Optional,
}

/// By what two tables are joined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum JoinOn {
    /// Columns of the same name on both sides.
    Columns(Vec<Arc<str>>),
    /// A condition over the columns of this row, and the other row under the binding's name.
    Condition(Expression),
}
