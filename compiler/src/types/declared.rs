//! Types as they are written → types as values have them.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::phrases::Literal;
use sophia_language::syntax::{Expression, FieldDeclaration, Name, TypeExpression};
use sophia_plan::types::{Currency, FieldType, RecordType, Type};

use super::narrowing::facts_of;
use super::row_type;
use crate::checker::{Checker, Known};
use crate::names::{Declared, nearest, with_nearest};

/// Types that need no declaration.
pub const BUILT_IN: [&str; 14] = [
    "text",
    "boolean",
    "integer",
    "number",
    "decimal",
    "money",
    "percent",
    "date",
    "time",
    "timestamp",
    "duration",
    "json",
    "file",
    "person",
];

impl Checker<'_> {
    /// The type that a type expression stands for. `Unknown` where it has a mistake.
    pub(crate) fn resolve_type(&mut self, written: &TypeExpression) -> Type {
        match written {
            TypeExpression::Named(name) => self.named_type(name),
            TypeExpression::Money { currency, .. } => self.money_type(currency),
            TypeExpression::List { item, .. } => Type::List(Arc::new(self.resolve_type(item))),
            TypeExpression::Table { row, span } => match self.resolve_type(row) {
                Type::Record(row) => Type::Table(row),
                Type::Unknown => Type::Unknown,
                other => {
                    let diagnostic = self
                        .diagnostic(
                            codes::S322,
                            *span,
                            format!("The rows of a table are records, and this is {other}."),
                        )
                        .with_help(format!("write `list of {other}`"));
                    self.push(diagnostic);
                    Type::Unknown
                }
            },
            TypeExpression::RowOf { source, .. } => self.row_of(source),
            TypeExpression::TypeOf { source, .. } => self.type_of(source),
            TypeExpression::Record { fields, .. } => self.record_type(fields, None),
            TypeExpression::Union { literals, span } => self.union_type(literals, *span),
            TypeExpression::Range { from, to, span } => self.range_type(from, to, *span),
            TypeExpression::Optional { item, .. } => self.resolve_type(item).optional(),
            TypeExpression::Missing(_) => Type::Unknown,
        }
    }

    fn named_type(&mut self, name: &Name) -> Type {
        match name.text.as_str() {
            "" => Type::Unknown,
            "text" => Type::Text,
            "boolean" => Type::Boolean,
            "integer" => Type::Integer,
            "number" => Type::Number,
            "decimal" => Type::Decimal,
            "money" => Type::Money(Currency(Arc::from(self.currency()))),
            "percent" => Type::Percent,
            "date" => Type::Date,
            "time" => Type::Time,
            "timestamp" => Type::Timestamp,
            "duration" => Type::Duration,
            "json" => Type::Json,
            other if other.contains('.') => self.type_of_module(name),
            other => match self.names.get(other) {
                Some(Declared::Type(_)) => self.declared_type(name),
                Some(what) => {
                    let diagnostic = self
                        .diagnostic(
                            codes::S210,
                            name.span,
                            format!("`{other}` is {}, not a type.", what.noun()),
                        )
                        .with_help(format!("write `row of {other}` or `type of {other}`"));
                    self.push(diagnostic);
                    Type::Unknown
                }
                None if other == "person" => super::person_type(),
                None if other == "file" => super::file_type(),
                None => {
                    self.report_unknown_type(name);
                    Type::Unknown
                }
            },
        }
    }

    fn report_unknown_type(&mut self, name: &Name) {
        if self.broken.may_declare(&name.text) {
            return;
        }
        let declared = self
            .names
            .all()
            .filter(|(_, what)| matches!(what, Declared::Type(_)))
            .map(|(name, _)| name);
        let near = sophia_language::type_meant(&name.text)
            .or_else(|| nearest(&name.text, declared.chain(BUILT_IN)))
            .map(str::to_owned);
        let diagnostic = self
            .diagnostic(
                codes::S210,
                name.span,
                format!("There is no type named `{}`.", name.text),
            )
            .with_label("not a type");
        self.push(with_nearest(diagnostic, near.as_deref(), name.span));
    }

    fn declared_type(&mut self, name: &Name) -> Type {
        match self.memory.types.get(&name.text) {
            Some(Known::Done(of)) => {
                return of.as_ref().map_or(Type::Unknown, |of| (**of).clone());
            }
            Some(Known::Underway) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S314,
                        name.span,
                        format!("The type `{}` holds itself, without end.", name.text),
                    )
                    .with_label("leads back to its own declaration")
                    .with_help("name the part by an id instead of holding it");
                self.push(diagnostic);
                return Type::Unknown;
            }
            None => {}
        }
        let Some(Declared::Type(declaration)) = self.names.get(&name.text) else {
            return Type::Unknown;
        };
        self.memory.types.insert(name.text.clone(), Known::Underway);
        let of = match &declaration.of {
            TypeExpression::Record { fields, .. } => {
                self.record_type(fields, Some(Arc::from(name.text.as_str())))
            }
            other => self.resolve_type(other),
        };
        self.memory
            .types
            .insert(name.text.clone(), Known::Done(Some(Arc::new(of.clone()))));
        of
    }

    /// Looks into a declared type, whether or not something uses it.
    pub(crate) fn check_type_declaration(&mut self, name: &Name) {
        if matches!(self.names.get(&name.text), Some(Declared::Type(_))) {
            self.declared_type(name);
        }
    }

    fn record_type(&mut self, fields: &[FieldDeclaration], name: Option<Arc<str>>) -> Type {
        let mut record = RecordType {
            name,
            fields: Vec::with_capacity(fields.len()),
        };
        // A field whose name could not be read may be any that is used.
        let mut nameless = false;
        for field in fields {
            if field.name.text.is_empty() {
                nameless = true;
                continue;
            }
            if record.field(&field.name.text).is_some() {
                let diagnostic = self
                    .diagnostic(
                        codes::S328,
                        field.name.span,
                        format!("The field `{}` stands here twice.", field.name.text),
                    )
                    .with_help("keep one of them");
                self.push(diagnostic);
                continue;
            }
            let of = self.resolve_type(&field.of);
            let documentation = (!field.documentation.text.is_empty())
                .then(|| Arc::from(field.documentation.text.as_str()));
            record.fields.push(FieldType {
                name: Arc::from(field.name.text.as_str()),
                of,
                documentation,
                labels: (field.labels.iter())
                    .map(|label| Arc::from(label.text.as_str()))
                    .collect(),
            });
        }
        if nameless {
            return Type::Unknown;
        }
        Type::Record(Arc::new(record))
    }

    fn money_type(&mut self, currency: &Name) -> Type {
        let code = currency.text.as_str();
        if code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase()) {
            return Type::Money(Currency(Arc::from(code)));
        }
        if !code.is_empty() {
            let diagnostic = self.diagnostic(
                codes::S322,
                currency.span,
                format!("`{code}` is no currency; a currency has three capital letters."),
            );
            self.push(diagnostic);
        }
        Type::Unknown
    }

    fn row_of(&mut self, source: &Name) -> Type {
        let of = self.source_type(source);
        if of == Type::Unknown {
            return Type::Unknown;
        }
        if let Some(row) = row_type(&of) {
            return Type::Record(row);
        }
        let diagnostic = self
            .diagnostic(
                codes::S322,
                source.span,
                format!("`{}` has no rows: it is {of}.", source.text),
            )
            .with_help(format!("write `type of {}`", source.text));
        self.push(diagnostic);
        Type::Unknown
    }

    fn type_of(&mut self, source: &Name) -> Type {
        self.source_type(source)
    }

    /// The type of what a name stands for: a query's table, an input, a model's answer, a `let`.
    fn source_type(&mut self, source: &Name) -> Type {
        if source.text.is_empty() {
            return Type::Unknown;
        }
        if source.text.contains('.') {
            return self.source_of_module(source);
        }
        match self.names.get(&source.text) {
            Some(Declared::Query(_)) => self.query(&source.text).map_or(Type::Unknown, |query| {
                Type::Table(query.definition.row.clone())
            }),
            Some(Declared::Input(input)) => self.resolve_type(&input.of),
            Some(Declared::Model(_)) => self
                .model(source)
                .map_or(Type::Unknown, |model| model.definition.result.clone()),
            Some(Declared::Predictor(_)) => self
                .predictor(&source.text)
                .map_or(Type::Unknown, |predictor| {
                    predictor.definition.result.clone()
                }),
            Some(Declared::Type(_)) => self.declared_type(source),
            Some(what @ (Declared::Arriving(_) | Declared::Asked(_))) => self.brought_type(what),
            Some(Declared::State(_)) => (self.state(&source.text))
                .map_or(Type::Unknown, |state| state.definition.of.clone()),
            Some(what) => {
                self.report_not_a_value(source, what);
                Type::Unknown
            }
            None => self.let_type(source),
        }
    }

    fn let_type(&mut self, source: &Name) -> Type {
        self.memory.lets_are_asked = true;
        if let Some((of, _)) = self.memory.lets.get(&source.text) {
            return of.clone();
        }
        if self.broken.may_declare(&source.text) {
            return Type::Unknown;
        }
        let known: Vec<String> = self
            .names
            .all()
            .map(|(name, _)| name.to_owned())
            .chain(self.memory.lets.keys().cloned())
            .collect();
        let diagnostic = if let Some(place) = self.names.let_place(&source.text) {
            self.diagnostic(
                codes::S213,
                source.span,
                format!("The type of `{}` is needed before its `let`.", source.text),
            )
            .with_related(place, "the `let`")
            .with_help("write the type out, or move the `let` up")
        } else {
            let near = nearest(&source.text, known.iter().map(String::as_str));
            let diagnostic = self
                .diagnostic(
                    codes::S201,
                    source.span,
                    format!("Nothing here is named `{}`.", source.text),
                )
                .with_label("not known");
            with_nearest(diagnostic, near, source.span)
        };
        self.push(diagnostic);
        Type::Unknown
    }

    fn union_type(&mut self, literals: &[Expression], span: Span) -> Type {
        let mut texts: Vec<Arc<str>> = Vec::with_capacity(literals.len());
        for literal in literals {
            let Expression::Text(template) = literal else {
                let diagnostic = self
                    .diagnostic(
                        codes::S322,
                        literal.span(),
                        "A choice of values is between texts, such as \"low\" | \"high\".",
                    )
                    .with_help("write a range such as `1..5` for integers");
                self.push(diagnostic);
                return Type::Unknown;
            };
            let Some(text) = super::holes::plain(template) else {
                let diagnostic = self.diagnostic(
                    codes::S322,
                    template.span,
                    "A choice of values is between fixed texts, without places in them.",
                );
                self.push(diagnostic);
                return Type::Unknown;
            };
            if texts.iter().any(|known| **known == *text) {
                let diagnostic = self
                    .diagnostic(
                        codes::S322,
                        template.span,
                        format!("\"{text}\" stands in this choice twice."),
                    )
                    .with_help("keep one of them");
                self.push(diagnostic);
                continue;
            }
            texts.push(Arc::from(text.as_str()));
        }
        if texts.is_empty() {
            let diagnostic = self.diagnostic(codes::S322, span, "This choice holds no value.");
            self.push(diagnostic);
            return Type::Unknown;
        }
        Type::Literals(texts.into())
    }

    fn range_type(&mut self, from: &Expression, to: &Expression, span: Span) -> Type {
        let (Some(low), Some(high)) = (range_end(from), range_end(to)) else {
            if !matches!(from, Expression::Missing(_)) && !matches!(to, Expression::Missing(_)) {
                let diagnostic = self.diagnostic(
                    codes::S322,
                    span,
                    "The ends of a range are integers, such as `1..5`.",
                );
                self.push(diagnostic);
            }
            return Type::Unknown;
        };
        if low > high {
            let text = format!("{high}..{low}");
            let diagnostic = self
                .diagnostic(
                    codes::S322,
                    span,
                    format!("The range from {low} to {high} holds nothing."),
                )
                .with_edit(format!("write `{text}`"), span, text);
            self.push(diagnostic);
            return Type::Unknown;
        }
        Type::Range {
            from: low,
            to: high,
        }
    }

    /// What a condition teaches about an item: which of its parts are then present.
    pub(super) fn present_parts(item: &Type, condition: &Expression, scope: &super::Scope) -> Type {
        let (facts, _) = facts_of(condition, scope);
        let mut item = item.clone();
        for path in &facts.present {
            if let Some(part) = path.part_of_row() {
                item = present_part(&item, part);
            }
        }
        item
    }
}

/// A type of which a part, and so all that leads to it, is present.
fn present_part(of: &Type, path: &[String]) -> Type {
    let present = of.present();
    let (Type::Record(record), Some((name, rest))) = (present, path.split_first()) else {
        return present.clone();
    };
    let mut record = RecordType::clone(record);
    for field in &mut record.fields {
        if *field.name == **name {
            field.of = present_part(&field.of, rest);
        }
    }
    Type::Record(Arc::new(record))
}

fn range_end(end: &Expression) -> Option<i64> {
    match end {
        Expression::Literal {
            value: Literal::Integer(value),
            ..
        } => Some(*value),
        Expression::Unary {
            operator: sophia_language::syntax::UnaryOperator::Negate,
            operand,
            ..
        } => range_end(operand)?.checked_neg(),
        _ => None,
    }
}
