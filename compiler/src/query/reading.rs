//! Complaints about a text that is no query: it cannot be read, it writes, it is two statements.

use sophia_diagnostics::{Diagnostic, Span, codes};
use sqlparser::ast::Statement;
use sqlparser::parser::ParserError;
use sqlparser::tokenizer::Location;

use super::QueryRequest;
use super::text::Source;
use super::typer::Typer;

/// Where reading broke off and what was expected there.
pub(super) struct Reading {
    /// `None` at the end of the text.
    at: Option<Location>,
    expected: Option<String>,
    /// The parser's own words, where they say more than what was expected.
    words: Option<String>,
    nested: bool,
}

impl Reading {
    pub fn of_tokenizer(message: &str, at: Location) -> Self {
        Self {
            at: Some(at),
            expected: None,
            words: Some(message.to_owned()),
            nested: false,
        }
    }

    pub fn of_parser(error: &ParserError) -> Self {
        let text = match error {
            ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.as_str(),
            ParserError::RecursionLimitExceeded => "",
        };
        let (words, at) = split_place(text);
        let expected = words
            .strip_prefix("Expected: ")
            .and_then(|rest| rest.rsplit_once(", found: "))
            .map(|(expected, _)| expected.to_owned());
        Self {
            at: at.filter(|at| at.line > 0),
            words: (expected.is_none() && !words.is_empty()).then(|| words.to_owned()),
            expected,
            nested: matches!(error, ParserError::RecursionLimitExceeded),
        }
    }
}

/// `… at Line: 1, Column: 5`
fn split_place(text: &str) -> (&str, Option<Location>) {
    let Some((words, place)) = text.rsplit_once(" at Line: ") else {
        return (text, None);
    };
    let location = place.split_once(", Column: ").and_then(|(line, column)| {
        Some(Location {
            line: line.trim().parse().ok()?,
            column: column.trim().parse().ok()?,
        })
    });
    (words, location)
}

/// S404, or S412 for a text that nests too deeply, or S416 for a hole in the wrong place.
pub(super) fn report(request: &QueryRequest<'_>, source: &Source, reading: &Reading) -> Diagnostic {
    if reading.nested {
        return Diagnostic::new(
            codes::S412,
            request.file.clone(),
            source.whole(),
            "Sophia does not understand a query that nests this deeply.",
        )
        .with_help("split it with `with`, or make a part of it a view in the source");
    }
    let span = if let Some(at) = reading.at {
        if let Some(hole) = source.hole_at(at) {
            return misplaced_hole(request, hole);
        }
        source.blamed(source.token_at(at))
    } else {
        let whole = source.whole();
        Span {
            start: whole.end,
            ..whole
        }
    };
    let found = source.written(span);
    let message = if found.is_empty() {
        "The SQL ends too early.".to_owned()
    } else {
        format!("The SQL cannot be read from `{found}` on.")
    };
    let mut diagnostic = Diagnostic::new(codes::S404, request.file.clone(), span, message);
    if let Some(expected) = &reading.expected {
        diagnostic = diagnostic.with_label(format!("expected: {expected}"));
    }
    if let Some(words) = &reading.words {
        diagnostic = diagnostic.with_note(words.clone());
    }
    if let Some(comma) = source.comma_before(span) {
        diagnostic = diagnostic.with_edit("remove the comma before it", comma, "");
    }
    diagnostic
}

/// S416
fn misplaced_hole(request: &QueryRequest<'_>, hole: usize) -> Diagnostic {
    let span = request
        .sql
        .holes
        .get(hole)
        .map_or(request.sql.span, |(_, span)| *span);
    Diagnostic::new(
        codes::S416,
        request.file.clone(),
        span,
        "A hole holds a value, and no value can stand here.",
    )
    .with_label("never a name, never a piece of SQL")
    .with_help("write the name itself, or one query for each")
}

/// S404
pub(super) fn report_empty(request: &QueryRequest<'_>, help: &str) -> Diagnostic {
    Diagnostic::new(
        codes::S404,
        request.file.clone(),
        request.sql.span,
        "There is no SQL here.",
    )
    .with_help(help)
}

/// S407
pub(super) fn report_second(request: &QueryRequest<'_>, second: Span, what: &str) -> Diagnostic {
    Diagnostic::new(
        codes::S407,
        request.file.clone(),
        second,
        format!("A {what} is one statement, and here a second one begins."),
    )
    .with_label("the second statement")
    .with_help(format!("give it a {what} of its own"))
}

/// S408
pub(super) fn report_not_a_query(
    request: &QueryRequest<'_>,
    source: &Source,
    statement: &Statement,
) -> Diagnostic {
    let span = source.first_token();
    let word = source.written(span).to_lowercase();
    let message = match statement {
        Statement::Insert(_)
        | Statement::Update(_)
        | Statement::Delete(_)
        | Statement::Merge(_)
        | Statement::Truncate(_)
        | Statement::Drop { .. }
        | Statement::CreateTable(_)
        | Statement::CreateView(_)
        | Statement::AlterTable(_) => format!("A query only reads, and `{word}` changes data."),
        _ => format!("A query begins with `select` or `with`, and this one with `{word}`."),
    };
    Diagnostic::new(codes::S408, request.file.clone(), span, message)
        .with_label("does not read rows")
        .with_help("read with `select` here; change data in a step of its own")
}

impl Typer<'_> {
    /// S408, or S412 for a second write inside a command.
    pub fn report_writes(&mut self, span: Span, what: &str) {
        if self.writing {
            self.report_not_covered(span, "a second write inside a command");
            return;
        }
        self.error(
            Diagnostic::new(
                codes::S408,
                self.request.file.clone(),
                span,
                format!("A query only reads, and {what} changes data."),
            )
            .with_label("does not only read")
            .with_help("read with `select` here; change data in a step of its own"),
        );
    }
}
