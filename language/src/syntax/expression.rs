//! Expressions and the stages of a table pipeline.

use sophia_diagnostics::Span;

use super::file::Name;
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

/// One stage of a pipeline; spans start at the stage's own word.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// `| where risk >= threshold`
    Where { condition: Expression, span: Span },
    /// `| add a = …, b = …`
    Add {
        columns: Vec<FieldValue>,
        span: Span,
    },
    /// `| select a, b`
    Select { columns: Vec<Name>, span: Span },
    /// `| sort by risk descending, name`
    Sort { keys: Vec<SortKey>, span: Span },
    /// `| take 50`, `| take 5 per region`
    Take {
        count: Box<Expression>,
        per: Option<Name>,
        span: Span,
    },
    /// `| first`
    First { span: Span },
    /// `| only`
    Only { span: Span },
    /// `| map expr`
    Map { value: Expression, span: Span },
    /// `| group by region { accounts: count(), short: sum(short) }`
    Group {
        by: Vec<Name>,
        columns: Vec<GroupColumn>,
        span: Span,
    },
    /// A stage that could not be understood.
    Error(Span),
}

impl Stage {
    /// Where the stage stands, without its `|`.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Where { span, .. }
            | Self::Add { span, .. }
            | Self::Select { span, .. }
            | Self::Sort { span, .. }
            | Self::Take { span, .. }
            | Self::First { span }
            | Self::Only { span }
            | Self::Map { span, .. }
            | Self::Group { span, .. }
            | Self::Error(span) => *span,
        }
    }
}

/// One key of a sort.
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    /// What is compared.
    pub value: Expression,
    /// Whether the largest comes first.
    pub descending: bool,
}

/// `total: sum(amount)` in a group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupColumn {
    /// The column's name.
    pub name: Name,
    /// The aggregate.
    pub value: Expression,
}
