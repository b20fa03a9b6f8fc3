//! Types as they are written.

use sophia_diagnostics::Span;

use super::expression::Expression;
use super::file::{Documentation, Name};

/// A type as written. Whether its names exist is the checker's business.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeExpression {
    /// `text`, `integer`, `Advice`
    Named(Name),
    /// `money USD`
    Money { currency: Name, span: Span },
    /// `list of T`
    List {
        item: Box<TypeExpression>,
        span: Span,
    },
    /// `table of R`
    Table {
        row: Box<TypeExpression>,
        span: Span,
    },
    /// `row of customers`
    RowOf { source: Name, span: Span },
    /// `type of deal`
    TypeOf { source: Name, span: Span },
    /// `{ field: T, … }`
    Record {
        fields: Vec<FieldDeclaration>,
        span: Span,
    },
    /// `"call" | "email"`: literals in the order written.
    Union {
        literals: Vec<Expression>,
        span: Span,
    },
    /// `1..5`, both ends included. The ends are literals.
    Range {
        from: Box<Expression>,
        to: Box<Expression>,
        span: Span,
    },
    /// `T?`
    Optional {
        item: Box<TypeExpression>,
        span: Span,
    },
    /// A type is expected here and is not there.
    Missing(Span),
}

impl TypeExpression {
    /// Where the type stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Named(name) => name.span,
            Self::Money { span, .. }
            | Self::List { span, .. }
            | Self::Table { span, .. }
            | Self::RowOf { span, .. }
            | Self::TypeOf { span, .. }
            | Self::Record { span, .. }
            | Self::Union { span, .. }
            | Self::Range { span, .. }
            | Self::Optional { span, .. }
            | Self::Missing(span) => *span,
        }
    }
}

/// One field of a record type.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDeclaration {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub of: TypeExpression,
    /// Its `@labels`.
    pub labels: Vec<Label>,
    /// The `##` before it, or after it on the same line.
    pub documentation: Documentation,
    /// The whole line.
    pub span: Span,
}

/// `@pii.email`
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The label without `@`.
    pub text: String,
    /// Its place, `@` included.
    pub span: Span,
}
