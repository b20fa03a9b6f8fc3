//! From a text to its one statement, and from the statement's columns to the answer.

use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, Span};
use sophia_plan::types::{FieldType, RecordType, Type};
use sqlparser::ast::{Query, Statement};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::adding;
use super::bound;
use super::dialect::Dialect;
use super::kept;
use super::keyed;
use super::reading::{self, Reading};
use super::scope::Column;
use super::spelling;
use super::text::Source;
use super::typer::Typer;
use super::{QueryRequest, QueryShape};

/// Checks a query: reads it, types it, and looks at what it gives.
pub(super) fn check(request: &QueryRequest<'_>) -> Result<QueryShape, Vec<Diagnostic>> {
    let dialect = Dialect::of_kind(request.kind);
    let (source, statement) = read(request, dialect, "query")?;
    match statement {
        Some(Statement::Query(query)) => answer(request, &source, dialect, &query),
        Some(other) => Err(vec![reading::report_not_a_query(request, &source, &other)]),
        None => Err(vec![reading::report_empty(request, "write a `select`")]),
    }
}

/// The text, prepared, and its one statement; `what` it is, for messages.
pub(super) fn read(
    request: &QueryRequest<'_>,
    dialect: Dialect,
    what: &str,
) -> Result<(Source, Option<Statement>), Vec<Diagnostic>> {
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
    let tokens = spelling::known_to_the_parser(dialect, tokens);
    if let Some(second) = source.second_statement() {
        return Err(vec![reading::report_second(request, second, what)]);
    }
    let mut statements = Parser::new(&*parser)
        .with_tokens_with_locations(tokens)
        .parse_statements()
        .map_err(|error| {
            vec![reading::report(
                request,
                &source,
                &Reading::of_parser(&error),
            )]
        })?;
    let first = (!statements.is_empty()).then(|| statements.swap_remove(0));
    Ok((source, first))
}

fn answer(
    request: &QueryRequest<'_>,
    source: &Source,
    dialect: Dialect,
    query: &Query,
) -> Result<QueryShape, Vec<Diagnostic>> {
    let mut typer = Typer::new(request, source, dialect);
    typer.find_quoted_holes();
    typer.find_doubled_equals();
    let columns = typer.query(query, None);
    let row = row(&mut typer, &columns);
    let kept = kept::of_query(&typer, query, &row);

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
    Ok(QueryShape {
        row: Arc::new(row),
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
        adding: adding::columns(dialect, query),
        limit: bound::rows(dialect, request.tables, query),
        kept,
        keys: keyed::of_rows(dialect, request.tables, query),
        sql: source.sent.clone(),
        hole_types,
        tables,
        warnings,
    })
}

/// The row that these columns are, after a look at their names and types.
pub(super) fn row(typer: &mut Typer<'_>, columns: &[Column]) -> RecordType {
    let places: Vec<Span> = columns
        .iter()
        .map(|column| typer.place(column.span))
        .collect();
    let names: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| match column.name.as_str() {
            "" => format!("column_{}", index + 1),
            name => typer.dialect.output_name(name),
        })
        .collect();
    check_names(typer, columns, &names, &places);
    check_types(typer, columns, &names, &places);
    let fields = names
        .into_iter()
        .zip(columns)
        .map(|(name, column)| {
            FieldType::new(
                name,
                if is_bare_null(typer, column) {
                    Type::Text.optional()
                } else {
                    column.typed.seen()
                },
            )
        })
        .collect();
    RecordType { name: None, fields }
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
        let untyped =
            matches!(column.typed.of, Type::Unknown | Type::None) && !is_bare_null(typer, column);
        if untyped && !column.typed.reported && !column.name.is_empty() {
            typer.report_untyped_column(name, &column.typed, *place);
        }
    }
}

/// PostgreSQL makes a text of a `null` that nothing gives a type.
fn is_bare_null(typer: &Typer<'_>, column: &Column) -> bool {
    typer.dialect == Dialect::Postgres && column.typed.of == Type::None
}

/// Whether a token is only space or a comment.
pub(super) fn is_space(token: &Token) -> bool {
    matches!(token, Token::Whitespace(_) | Token::EOF)
}
