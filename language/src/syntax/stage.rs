//! The stages of a table pipeline.

use sophia_diagnostics::Span;

use super::expression::{Expression, FieldValue, TextTemplate};
use super::file::Name;

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
    /// `| take 50`, `| take 5 per region`, `| take 5 per (region, product)`
    Take {
        count: Box<Expression>,
        per: Vec<Name>,
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
    /// `| join usual as u on account_id`, `| join optional t as x on a = x.b`
    Join {
        optional: bool,
        source: Expression,
        binding: Option<Name>,
        on: JoinOn,
        span: Span,
    },
    /// `| check "has an amount" amount > $0`
    Check {
        name: TextTemplate,
        rule: Expression,
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
            | Self::Join { span, .. }
            | Self::Check { span, .. }
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

/// By what two tables are joined.
#[derive(Clone, Debug, PartialEq)]
pub enum JoinOn {
    /// Columns of the same name on both sides.
    Columns(Vec<Name>),
    /// A condition.
    Condition(Box<Expression>),
    /// Neither stands there.
    Missing(Span),
}
