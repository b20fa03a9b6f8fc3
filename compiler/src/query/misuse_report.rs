//! The words of complaints about calls: of many rows where one is looked at, of values that do not fit.

use sophia_diagnostics::{Span, codes};
use sqlparser::ast::{Expr, Function, Ident, ObjectNamePart, Spanned};

use super::dialect::Dialect;
use super::functions::arguments::Sort;
use super::misuse::OfMany;
use super::typer::Typer;

impl Typer<'_> {
    /// S426
    pub fn report_many_rows(&mut self, call: &OfMany, word: &str) {
        let Some(ident) = name(&call.function) else {
            return;
        };
        let span = self.place(ident.span);
        let function = &ident.value;
        let (label, help) = if !call.window {
            let having = if word == "where" {
                "put the condition behind `group by`, after `having`"
            } else {
                "work it out in a query in brackets, and join that"
            };
            ("made of many rows", having)
        } else if self.dialect == Dialect::Snowflake && word == "where" {
            (
                "worked out after `where`",
                "put the condition after `qualify`",
            )
        } else {
            (
                "worked out once the rows are chosen",
                "work it out in a query in brackets, and choose the rows around it",
            )
        };
        let diagnostic = self
            .diagnostic(
                codes::S426,
                span,
                format!("`{word}` looks at one row, and `{function}` at many."),
            )
            .with_label(label)
            .with_help(help);
        self.error(diagnostic);
    }

    /// S426 for a key of `group by`.
    pub fn report_aggregate_as_key(&mut self, span: Span, function: &Function) {
        let Some(ident) = name(function) else {
            return;
        };
        let function = &ident.value;
        let diagnostic = self
            .diagnostic(
                codes::S426,
                span,
                format!("`group by` makes the groups, and `{function}` needs them made."),
            )
            .with_label(format!("`{function}` looks at a whole group"))
            .with_help("leave it out of `group by`");
        self.error(diagnostic);
    }

    /// S426 for an aggregate of an aggregate.
    pub fn report_nested_aggregate(&mut self, outer: &Ident, inner: &Function) {
        let Some(ident) = name(inner) else {
            return;
        };
        let span = self.place(ident.span);
        let (outer, inner) = (&outer.value, &ident.value);
        let diagnostic = self
            .diagnostic(
                codes::S426,
                span,
                format!("`{outer}` looks at the rows of a group, and `{inner}` is one value for them all."),
            )
            .with_label(format!("inside `{outer}`"))
            .with_help(format!(
                "work `{inner}` out in a query in brackets, and take `{outer}` of its rows"
            ));
        self.error(diagnostic);
    }

    /// S427
    pub fn report_argument_count(
        &mut self,
        ident: &Ident,
        written: usize,
        least: usize,
        most: Option<usize>,
    ) {
        let span = self.place(ident.span);
        let takes = match (least, most) {
            (0, Some(0)) => "no value".to_owned(),
            (1, Some(1)) => "one value".to_owned(),
            (least, Some(most)) if least == most => format!("{least} values"),
            (0, Some(1)) => "at most one value".to_owned(),
            (least, Some(most)) if least + 1 == most => format!("{least} or {most} values"),
            (least, Some(most)) => format!("{least} to {most} values"),
            (1, None) => "at least one value".to_owned(),
            (least, None) => format!("at least {least} values"),
        };
        let given = match written {
            0 => "none stands".to_owned(),
            1 => "one stands".to_owned(),
            written => format!("{written} stand"),
        };
        let function = &ident.value;
        let spoken = self.dialect.spoken();
        let help = if written < least {
            "add what is missing"
        } else if function.eq_ignore_ascii_case("count") {
            "count rows that are made of both: `select count(*) from (select distinct …)`"
        } else {
            "take out what is too much"
        };
        let diagnostic = self
            .diagnostic(
                codes::S427,
                span,
                format!("`{function}` of {spoken} takes {takes}, and {given} here."),
            )
            .with_label(format!("takes {takes}"))
            .with_help(help);
        self.error(diagnostic);
    }

    /// S428
    pub fn report_argument_kind(
        &mut self,
        ident: &Ident,
        argument: &Expr,
        came: Sort,
        wanted: &[Sort],
    ) {
        let span = self.place(argument.span());
        let function = &ident.value;
        let spoken = self.dialect.spoken();
        let takes: Vec<&str> = wanted.iter().map(|sort| sort.spoken()).collect();
        let mut diagnostic = self
            .diagnostic(
                codes::S428,
                span,
                format!(
                    "`{function}` of {spoken} takes {}, and this is {}.",
                    takes.join(" or "),
                    came.spoken()
                ),
            )
            .with_label(came.spoken());
        let target = match (wanted.first(), came) {
            (Some(Sort::Number), Sort::Text) => Some("numeric"),
            (Some(Sort::Text), _) => Some("text"),
            (Some(Sort::Date), Sort::Text) => Some("date"),
            _ => None,
        };
        let written = match argument {
            Expr::Identifier(ident) => Some(ident.to_string()),
            Expr::CompoundIdentifier(path) => {
                let parts: Vec<String> = path.iter().map(ToString::to_string).collect();
                Some(parts.join("."))
            }
            _ => None,
        };
        diagnostic = match (target, written) {
            (Some(target), Some(written)) => {
                let text = format!("cast({written} as {target})");
                diagnostic.with_edit(format!("write `{text}`"), span, text)
            }
            (Some(target), None) => {
                diagnostic.with_help(format!("convert it: `cast(… as {target})`"))
            }
            (None, _) if came == Sort::Boolean => diagnostic
                .with_help("count the rows in which it holds: `count(*) filter (where …)`"),
            (None, _) => diagnostic.with_help(format!("give it {}", takes.join(" or "))),
        };
        self.error(diagnostic);
    }

    /// S429
    pub fn report_no_window(&mut self, ident: &Ident) {
        let span = self.place(ident.span);
        let function = &ident.value;
        let diagnostic = self
            .diagnostic(
                codes::S429,
                span,
                format!("`{function}` looks at the rows around one, and does not say which."),
            )
            .with_label("without `over`")
            .with_help(format!(
                "say them: `{function}(…) over (partition by … order by …)`"
            ));
        self.error(diagnostic);
    }
}

fn name(function: &Function) -> Option<&Ident> {
    function.name.0.last().and_then(ObjectNamePart::as_ident)
}
