//! Expressions.

use sophia_diagnostics::Span;

use super::file::Name;
use super::stage::{SortKey, Stage};
use super::types::TypeExpression;
use sophia_phrases::Literal;

/// An expression. Spans cover the whole expression, brackets included.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// `70%`, `$12,000`, `30 days`, `2026-11-22`, `08:00`, `5`, `true`, `none`
    Literal { value: Literal, span: Span },
    /// `"…{expr}…"` or `"""…"""`; a text without `{ }` has one plain part or none.
    Text(TextTemplate),
    /// `customers`
    Name(Name),
    /// `[a, b]`
    List { items: Vec<Expression>, span: Span },
    /// `{ field: value }`
    Record { fields: Vec<FieldValue>, span: Span },
    /// `customer.tenure`, and `policy?.max_discount` with `optional`
    Field {
        of: Box<Expression>,
        name: Name,
        optional: bool,
        span: Span,
    },
    /// `people[email]`
    Index {
        of: Box<Expression>,
        key: Box<Expression>,
        span: Span,
    },
    /// `advise(customer, customer.risk)`, `slack.post_message(channel: "#ops")`
    Call(Call),
    /// `-x`, `not x`
    Unary {
        operator: UnaryOperator,
        operand: Box<Expression>,
        span: Span,
    },
    /// `a + b`, `a and b`, `a = b`, `a ?? b`
    Binary {
        operator: BinaryOperator,
        operator_span: Span,
        left: Box<Expression>,
        right: Box<Expression>,
        span: Span,
    },
    /// `x between a and b`
    Between {
        value: Box<Expression>,
        low: Box<Expression>,
        high: Box<Expression>,
        span: Span,
    },
    /// `x in [..]`, `x not in [..]`
    In {
        value: Box<Expression>,
        set: Box<Expression>,
        negated: bool,
        span: Span,
    },
    /// `x is present`, `x is missing`
    Presence {
        value: Box<Expression>,
        present: bool,
        span: Span,
    },
    /// `if C then A else B`
    If {
        condition: Box<Expression>,
        then: Box<Expression>,
        otherwise: Box<Expression>,
        span: Span,
    },
    /// `x as TYPE`
    As {
        value: Box<Expression>,
        to: Box<TypeExpression>,
        span: Span,
    },
    /// `1..5`, both ends included
    Range {
        from: Box<Expression>,
        to: Box<Expression>,
        span: Span,
    },
    /// `rep known in warehouse.reps.slack_id`
    KnownIn {
        value: Box<Expression>,
        column: Box<Expression>,
        span: Span,
    },
    /// `start of quarter`, `end of last month`
    Boundary {
        edge: Edge,
        which: Which,
        period: Period,
        span: Span,
    },
    /// `net_revenue over 90 days by region`
    Over {
        metric: Box<Expression>,
        window: Box<Expression>,
        by: Vec<Name>,
        span: Span,
    },
    /// `sum(amount) over at least 10 rows`
    AtLeast {
        aggregate: Box<Expression>,
        rows: u64,
        span: Span,
    },
    /// `rank() by amount descending per region`
    Window {
        call: Box<Expression>,
        by: Option<Box<SortKey>>,
        per: Vec<Name>,
        span: Span,
    },
    /// `search handbook for question take 6 where …`
    Search {
        knowledge: Name,
        text: Box<Expression>,
        take: Option<Box<Expression>>,
        condition: Option<Box<Expression>>,
        span: Span,
    },
    /// `find metrics for question take 3`
    FindMetrics {
        text: Box<Expression>,
        take: Option<Box<Expression>>,
        span: Span,
    },
    /// `read csv upload.path as table of { … }`
    Read {
        format: Name,
        path: Box<Expression>,
        of: TypeExpression,
        span: Span,
    },
    /// `source | where … | take 5`
    Pipeline {
        source: Box<Expression>,
        stages: Vec<Stage>,
        span: Span,
    },
    /// An expression is expected here and is not there.
    Missing(Span),
}

impl Expression {
    /// Where the expression stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Literal { span, .. }
            | Self::List { span, .. }
            | Self::Record { span, .. }
            | Self::Field { span, .. }
            | Self::Index { span, .. }
            | Self::Unary { span, .. }
            | Self::Binary { span, .. }
            | Self::Between { span, .. }
            | Self::In { span, .. }
            | Self::Presence { span, .. }
            | Self::If { span, .. }
            | Self::As { span, .. }
            | Self::Range { span, .. }
            | Self::KnownIn { span, .. }
            | Self::Boundary { span, .. }
            | Self::Over { span, .. }
            | Self::AtLeast { span, .. }
            | Self::Window { span, .. }
            | Self::Search { span, .. }
            | Self::FindMetrics { span, .. }
            | Self::Read { span, .. }
            | Self::Pipeline { span, .. }
            | Self::Missing(span) => *span,
            Self::Text(text) => text.span,
            Self::Name(name) => name.span,
            Self::Call(call) => call.span,
        }
    }
}

/// A text with holes. Also the body of a `prompt` clause.
#[derive(Clone, Debug, PartialEq)]
pub struct TextTemplate {
    /// Plain texts and holes in order. Plain text is unescaped (`{{` is `{`), and common indentation
    /// of a `"""` text is already removed.
    pub parts: Vec<TextPart>,
    /// Whether it was written with `"""`.
    pub block: bool,
    /// From the first quote to the last.
    pub span: Span,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum TextPart {
    /// Text as it will appear.
    Plain(String),
    /// `{expr}`
    Hole(Expression),
}

/// A call of anything: a query, a model, a predictor, a tool, a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What is called: a name, or a field of one (`slack.post_message`).
    pub callee: Box<Expression>,
    /// The arguments in the order written.
    pub arguments: Vec<Argument>,
    /// From the callee to the closing bracket.
    pub span: Span,
}

/// `channel: "#ops"` or a value alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The name, if written.
    pub name: Option<Name>,
    /// The value.
    pub value: Expression,
}

/// `reason: "…"` inside a record.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldValue {
    /// The field; text keys such as `"Content-Type"` are kept without their quotes.
    pub name: Name,
    /// Its value.
    pub value: Expression,
}

/// Operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `-`
    Negate,
    /// `not`
    Not,
}

/// Operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the operator it is named after")]
pub enum BinaryOperator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
    Coalesce,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// An end of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Its first instant.
    Start,
    /// Its last day.
    End,
}

/// Which period is meant, seen from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one before this.
    Last,
    /// The one that holds now.
    This,
    /// The one after this.
    Next,
}

/// A period of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the period it is named after")]
pub enum Period {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}
