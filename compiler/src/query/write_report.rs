//! The words of every complaint about a command.

use sophia_diagnostics::{Diagnostic, Span, codes};
use sophia_plan::types::Type;
use sqlparser::ast::{Ident, Statement};

use super::report::an;
use super::scope::Column;
use super::typer::Typer;

impl Typer<'_> {
    /// S418
    pub fn not_a_write(&self, statement: &Statement) -> Diagnostic {
        let span = self.source.first_token();
        let word = self.source.written(span).to_lowercase();
        let (message, help) = match statement {
            Statement::Query(_) => (
                format!("A command writes, and `{word}` only reads."),
                "declare a `query` to read",
            ),
            _ => (
                format!("A command writes rows, and `{word}` does something else."),
                "write an `insert`, an `update`, a `delete` or a `merge`; tables are made in the source itself",
            ),
        };
        Diagnostic::new(codes::S418, self.request.file.clone(), span, message)
            .with_label("writes no rows")
            .with_help(help)
    }

    /// S419
    pub fn report_misfit(&mut self, span: Span, column: &Column, of: &Type) {
        let diagnostic = Diagnostic::new(
            codes::S419,
            self.request.file.clone(),
            span,
            format!(
                "{} does not fit the column `{}`, which holds {}.",
                an(of, true),
                column.name,
                an(&column.typed.of, false)
            ),
        )
        .with_label(format!("{of}, wanted {}", column.typed.of))
        .with_help("write a value of the column's type, or convert it with `cast`");
        self.error(diagnostic);
    }

    /// S420
    pub fn report_none_into(&mut self, span: Span, column: &Column) {
        let diagnostic = Diagnostic::new(
            codes::S420,
            self.request.file.clone(),
            span,
            format!(
                "The column `{}` is never empty, and here it gets nothing.",
                column.name
            ),
        )
        .with_label("nothing")
        .with_help("write a value");
        self.error(diagnostic);
    }

    /// S421
    pub fn report_perhaps_none_into(&mut self, span: Span, column: &Column) {
        let diagnostic = Diagnostic::new(
            codes::S421,
            self.request.file.clone(),
            span,
            format!(
                "The column `{}` is never empty, and this value may be missing.",
                column.name
            ),
        )
        .with_label("may be missing")
        .with_help("say what stands in its place: `coalesce(…, …)`");
        self.warn(diagnostic);
    }

    /// S422
    pub fn report_unfilled(&mut self, table: &Ident, columns: &[&str]) {
        let span = self.place(table.span);
        let quoted: Vec<String> = columns.iter().map(|name| format!("`{name}`")).collect();
        let (which, gets) = match columns {
            [_] => ("The column", "is never empty and gets no value here"),
            _ => ("The columns", "are never empty and get no value here"),
        };
        let diagnostic = Diagnostic::new(
            codes::S422,
            self.request.file.clone(),
            span,
            format!("{which} {} {gets}.", quoted.join(", ")),
        )
        .with_help(
            "right where the table fills it by itself; otherwise the source refuses the row",
        );
        self.warn(diagnostic);
    }

    /// S423
    pub fn report_written_twice(&mut self, ident: &Ident) {
        let span = self.place(ident.span);
        let diagnostic = Diagnostic::new(
            codes::S423,
            self.request.file.clone(),
            span,
            format!("The column `{}` is written twice.", ident.value),
        )
        .with_label("the second time")
        .with_help("keep one of them");
        self.error(diagnostic);
    }

    /// S424
    pub fn report_whole_table(&mut self, table: &str) {
        let span = self.source.first_token();
        let word = self.source.written(span).to_lowercase();
        let diagnostic = Diagnostic::new(
            codes::S424,
            self.request.file.clone(),
            span,
            format!("This `{word}` touches every row of `{table}`."),
        )
        .with_label("nothing picks rows")
        .with_help("add a `where`, if only some are meant");
        self.warn(diagnostic);
    }

    /// S413 for rows of values.
    pub fn report_value_count(&mut self, span: Span, values: usize, columns: usize) {
        let plural = |count: usize, word: &str| {
            let end = if count == 1 { "" } else { "s" };
            format!("{count} {word}{end}")
        };
        self.report_column_counts(
            span,
            format!(
                "{} for {}.",
                plural(values, "value"),
                plural(columns, "column")
            ),
        );
    }
}
