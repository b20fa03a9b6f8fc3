//! From a text to its one statement, and from the statement's columns to the answer.

use sophia_diagnostics::{Diagnostic, Span};
use sophia_plan::types::{FieldType, RecordType, Type};
use sqlparser::ast::{Query, Statement};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::bound;
use super::dialect::Dialect;
use super::reading::{self, Reading};
use super::scope::Column;
use super::text::Source;
use super::typer::Typer;
use super::{QueryRequest, QueryShape};

/// Checks a query: reads it, types it, and looks at what it gives.
pub(super) fn check(request: &QueryRequest<'_>) -> Result<QueryShape, Vec<Diagnostic>> {
    let dialect = Dialect::of_kind(request.kind);
    let mut source = Source::new(request.sql, dialect);
    let parser = dialect.parser();

    let tokens = Tokenizer::new(&*parser, &source.parsed)
        .tokenize_with_location()
        .map_err(|error| {
            vec![reading::report(
                request,
                &source,
                &Reading::of_tokenizer(&error.message, error.location),
            )]
        })?;
    source.keep_tokens(&tokens);
    if let Some(second) = source.second_statement() {
        return Err(vec![reading::report_second(request, second)]);
    }
    let statements = Parser::new(&*parser)
        .with_tokens_with_locations(tokens)
        .parse_statements()
        .map_err(|error| {
            vec![reading::report(
                request,
                &source,
                &Reading::of_parser(&error),
            )]
        })?;

    let query = match statements.first() {
        Some(Statement::Query(query)) => query,
        Some(other) => return Err(vec![reading::report_not_a_query(request, &source, other)]),
        None => return Err(vec![reading::report_empty(request)]),
    };
    answer(request, &source, dialect, query)
}

fn answer(
    request: &QueryRequest<'_>,
    source: &Source,
    dialect: Dialect,
    query: &Query,
) -> Result<QueryShape, Vec<Diagnostic>> {
    let mut typer = Typer::new(request, source, dialect);
    let columns = typer.query(query, None);
    let places: Vec<Span> = columns
        .iter()
        .map(|column| typer.place(column.span))
        .collect();
    let names: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| match column.name.as_str() {
            "" => format!("column_{}", index + 1),
            name => dialect.output_name(name),
        })
        .collect();
    check_names(&mut typer, &columns, &names, &places);
    check_types(&mut typer, &columns, &names, &places);

    let Typer {
        mut errors,
        mut warnings,
        indirect,
        indirect_holes,
        tables,
        hole_types,
        ..
    } = typer;
    if !errors.is_empty() {
        errors.sort_by_key(|diagnostic| diagnostic.span);
        return Err(errors);
    }
    warnings.sort_by_key(|diagnostic| diagnostic.span);
    let fields = names
        .into_iter()
        .zip(&columns)
        .map(|(name, column)| FieldType {
            name: name.into(),
            of: column.typed.seen(),
            documentation: None,
            labels: Vec::new(),
        })
        .collect();
    Ok(QueryShape {
        row: RecordType { name: None, fields },
        holes: columns
            .iter()
            .map(|column| column.typed.holes.clone())
            .collect(),
        lineage: columns
            .into_iter()
            .map(|column| column.typed.sources)
            .collect(),
        indirect,
        indirect_holes,
        limit: bound::rows(dialect, query),
        sql: source.sent.clone(),
        hole_types,
        tables,
        warnings,
    })
}

fn check_names(typer: &mut Typer<'_>, columns: &[Column], names: &[String], places: &[Span]) {
    for (index, ((column, name), place)) in columns.iter().zip(names).zip(places).enumerate() {
        if column.name.is_empty() {
            typer.report_unnamed_column(*place);
            continue;
        }
        let before = names.iter().take(index).position(|earlier| earlier == name);
        if let Some(first) = before.and_then(|first| places.get(first)) {
            typer.report_duplicate_column(name, *place, *first);
        }
    }
}

fn check_types(typer: &mut Typer<'_>, columns: &[Column], names: &[String], places: &[Span]) {
    for ((column, name), place) in columns.iter().zip(names).zip(places) {
        let untyped = matches!(column.typed.of, Type::Unknown | Type::None);
        if untyped && !column.typed.reported && !column.name.is_empty() {
            typer.report_untyped_column(name, *place);
        }
    }
}

/// Whether a token is only space or a comment.
pub(super) fn is_space(token: &Token) -> bool {
    matches!(token, Token::Whitespace(_) | Token::EOF)
}
