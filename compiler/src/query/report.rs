//! The words of every complaint about a query.

use sophia_diagnostics::{Diagnostic, Edit, Span, codes};
use sophia_plan::types::Type;
use sqlparser::ast::Ident;

use super::functions;
use super::scope::{Column, Relation};
use super::typed::Typed;
use super::typer::Typer;

/// A name is near another when few letters differ, counted against its length.
pub(crate) fn nearest<'n>(
    wanted: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    let wanted = wanted.to_lowercase();
    names
        .into_iter()
        .map(|name| {
            let distance = strsim::damerau_levenshtein(&wanted, &name.to_lowercase());
            (distance, name)
        })
        .filter(|(distance, name)| {
            let longest = wanted.chars().count().max(name.chars().count());
            *distance * 3 <= longest || (*distance == 1 && longest > 1)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// `integer, never missing`
fn described(typed: &Typed) -> String {
    let missing = if typed.nullable {
        "may be missing"
    } else {
        "never missing"
    };
    if typed.is_unknown() {
        missing.to_owned()
    } else {
        format!("{}, {missing}", typed.of)
    }
}

/// `a`, `a` or `b`
fn listed(names: &[&str]) -> String {
    let mut quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.dedup();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "this query".to_owned(),
    }
}

impl Typer<'_> {
    pub(super) fn diagnostic(
        &self,
        code: sophia_diagnostics::Code,
        span: Span,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(code, self.request.file.clone(), span, message)
    }

    fn catalogue_note(&self) -> String {
        let day = self
            .request
            .synced_at
            .split('T')
            .next()
            .unwrap_or(self.request.synced_at);
        format!("the catalogue is of {day}; `sophia sync` refreshes it")
    }

    /// S401
    pub fn report_unknown_table(&mut self, ident: &Ident, written: &str) {
        let span = self.place(ident.span);
        let connection = self.request.connection;
        let mut diagnostic = self
            .diagnostic(
                codes::S401,
                span,
                format!("There is no table `{written}` in `{connection}`."),
            )
            .with_label(format!("not in {connection}"));
        let known: Vec<String> = self
            .named
            .iter()
            .map(|named| named.name.clone())
            .chain(
                self.request
                    .tables
                    .keys()
                    .map(|key| key.rsplit('.').next().unwrap_or(key).to_owned()),
            )
            .collect();
        if let Some(near) = nearest(&ident.value, known.iter().map(String::as_str)) {
            let text = self.dialect.written(near, ident.quote_style);
            diagnostic = diagnostic
                .with_note(format!("nearest: `{near}`"))
                .with_edit(format!("write `{text}`"), span, text);
        }
        self.error(diagnostic.with_note(self.catalogue_note()));
    }

    /// S401 for a qualifier: `c.tenure` where no `c` stands in `from`.
    pub fn report_unknown_qualifier(&mut self, ident: &Ident, called: &[&str]) {
        if !self.missed_tables.insert(ident.value.clone()) {
            return;
        }
        let span = self.place(ident.span);
        let mut diagnostic = self
            .diagnostic(
                codes::S401,
                span,
                format!("There is no table `{}` in this query.", ident.value),
            )
            .with_label("not in `from`");
        if let Some(near) = nearest(&ident.value, called.iter().copied()) {
            let text = self.dialect.written(near, ident.quote_style);
            diagnostic = diagnostic.with_edit(format!("write `{text}`"), span, text);
        } else if !called.is_empty() {
            diagnostic = diagnostic.with_note(format!("in `from`: {}", called.join(", ")));
        }
        self.error(diagnostic);
    }

    /// S402
    pub fn report_unknown_column(&mut self, ident: &Ident, relations: &[&Relation]) {
        // A forgotten `from` is one mistake, however many columns are read.
        if relations.is_empty() && std::mem::replace(&mut self.missed_from, true) {
            return;
        }
        // Where a column of the inner query is itself unknown, it may be the one that is meant.
        let uncertain = relations
            .iter()
            .filter(|relation| !relation.base)
            .flat_map(|relation| &relation.columns)
            .any(|column| column.typed.reported);
        if uncertain {
            return;
        }
        let span = self.place(ident.span);
        let names: Vec<&str> = relations
            .iter()
            .map(|relation| relation.name.as_str())
            .collect();
        let mut diagnostic = self.diagnostic(
            codes::S402,
            span,
            format!(
                "There is no column `{}` in {}.",
                ident.value,
                listed(&names)
            ),
        );
        let from_catalogue = relations.iter().any(|relation| relation.base);
        diagnostic = match relations {
            [relation] if relation.base => diagnostic.with_label(format!(
                "not in {}.{}",
                self.request.connection, relation.name
            )),
            [relation] => diagnostic.with_label(format!("not in {}", relation.name)),
            [] => diagnostic.with_label("this query has no `from`"),
            _ => diagnostic.with_label("in none of them"),
        };
        let columns: Vec<&Column> = relations
            .iter()
            .flat_map(|relation| &relation.columns)
            .collect();
        let near = nearest(
            &ident.value,
            columns.iter().map(|column| column.name.as_str()),
        );
        let found = near.and_then(|near| columns.iter().find(|column| column.name == near));
        if let Some(column) = found {
            diagnostic = diagnostic.with_note(format!(
                "nearest: `{}` ({})",
                column.name,
                described(&column.typed)
            ));
            let text = self.dialect.written(&column.name, ident.quote_style);
            diagnostic = diagnostic.with_edit(format!("write `{text}`"), span, text);
        } else if ident.quote_style == Some('"') {
            let text = format!("'{}'", ident.value.replace('\'', "''"));
            diagnostic = diagnostic
                .with_note("in SQL double quotes are for names, single quotes for text")
                .with_edit(format!("write `{text}`, if a text is meant"), span, text);
        } else if let [relation] = relations {
            let some: Vec<String> = relation
                .columns
                .iter()
                .take(8)
                .map(|column| format!("`{}`", column.name))
                .collect();
            let more = if relation.columns.len() > some.len() {
                ", …"
            } else {
                ""
            };
            diagnostic = diagnostic.with_note(format!("its columns: {}{more}", some.join(", ")));
        }
        if from_catalogue {
            diagnostic = diagnostic.with_note(self.catalogue_note());
        }
        self.error(diagnostic);
    }

    /// S403, once for `x = x`.
    pub fn report_ambiguous(&mut self, ident: &Ident, relations: &[String]) {
        let span = self.place(ident.span);
        if self.compares_with_itself(ident, span, relations) {
            return;
        }
        let names: Vec<&str> = relations.iter().map(String::as_str).collect();
        let mut diagnostic = self
            .diagnostic(
                codes::S403,
                span,
                format!(
                    "`{}` could be the column of {}.",
                    ident.value,
                    listed(&names)
                ),
            )
            .with_label("of which one?");
        if let Some(first) = relations.first() {
            let place = Span {
                end: span.start,
                ..span
            };
            let text = format!("{}.", self.dialect.written(first, None));
            diagnostic =
                diagnostic.with_edit(format!("write `{text}{}`", ident.value), place, text);
        }
        self.error(diagnostic);
    }

    /// Whether a column that could be of two tables stands behind `=` and the same name, which was told: then the first
    /// is of one table and this is of the other.
    fn compares_with_itself(&mut self, ident: &Ident, span: Span, relations: &[String]) -> bool {
        let source = self.source;
        let is_before = |told: &&mut Diagnostic| {
            let between = Span {
                start: told.span.end,
                end: span.start,
            };
            told.code == codes::S403
                && told.span.end <= span.start
                && source.written(between).trim() == "="
                && (source.written(told.span)).eq_ignore_ascii_case(source.written(span))
        };
        let Some(told) = self.errors.iter_mut().find(is_before) else {
            return false;
        };
        let [first, second] = relations else {
            return true;
        };
        let dialect = self.dialect;
        let qualified = |relation: &String| format!("{}.", dialect.written(relation, None));
        let (first, second) = (qualified(first), qualified(second));
        let name = &ident.value;
        if let Some(fix) = &mut told.fix
            && fix.edits.len() == 1
        {
            fix.message = format!("write `{first}{name} = {second}{name}`");
            fix.edits.push(Edit {
                span: Span {
                    end: span.start,
                    ..span
                },
                text: second,
            });
        }
        true
    }

    /// S405
    pub fn report_unnamed_column(&mut self, span: Span) {
        let place = Span {
            start: span.end,
            ..span
        };
        let diagnostic = self
            .diagnostic(
                codes::S405,
                span,
                format!(
                    "The column `{}` has no name.",
                    short(self.source.written(span))
                ),
            )
            .with_label("needs `as NAME`")
            .with_edit("add `as` and a name", place, " as name");
        self.warn(diagnostic);
    }

    /// S406
    pub fn report_duplicate_column(&mut self, name: &str, span: Span, first: Span) {
        let diagnostic = self
            .diagnostic(
                codes::S406,
                span,
                format!("The query gives two columns with the name `{name}`."),
            )
            .with_label("the second")
            .with_related(first, "the first")
            .with_help("rename one with `as`, or name the columns instead of `*`");
        self.error(diagnostic);
    }

    /// S409
    pub fn report_not_comparable(&mut self, span: Span, left: &Typed, right: &Typed) {
        let diagnostic = self
            .diagnostic(
                codes::S409,
                span,
                format!(
                    "{} is compared with {}.",
                    an(&left.of, true),
                    an(&right.of, false)
                ),
            )
            .with_label(format!("{} and {}", left.of, right.of))
            .with_help("write a value of the same type, or convert one side with `cast`");
        self.error(diagnostic);
    }

    /// S410
    pub fn report_unknown_function(&mut self, ident: &Ident) {
        let span = self.place(ident.span);
        let spoken = self.dialect.spoken();
        let mut diagnostic = self
            .diagnostic(
                codes::S410,
                span,
                format!(
                    "Sophia does not know the function `{}` of {spoken}.",
                    ident.value
                ),
            )
            .with_label("gives a value of unknown type");
        if let Some(near) = nearest(&ident.value, functions::names(self.dialect)) {
            diagnostic = diagnostic.with_note(format!("nearest: `{near}`"));
        }
        self.warn(
            diagnostic.with_help("if it exists, say what it gives: `cast(… as TYPE)` around it"),
        );
    }

    /// S411
    pub fn report_untyped_column(&mut self, name: &str, typed: &Typed, span: Span) {
        let (message, help) = match typed.clash.as_deref() {
            Some((first, second)) => (
                format!(
                    "The column `{name}` is {} in one place and {} in another, so its type is not known.",
                    an(first, false),
                    an(second, false)
                ),
                "make them one type, for example `cast(… as text)` where each value stands",
            ),
            None => (
                format!("The type of the column `{name}` is not known."),
                "say it with `cast(… as TYPE)`",
            ),
        };
        let diagnostic = self
            .diagnostic(codes::S411, span, message)
            .with_label("of unknown type")
            .with_help(help);
        self.warn(diagnostic);
    }

    /// S412
    pub fn report_not_covered(&mut self, span: Span, what: &str) {
        let diagnostic = self
            .diagnostic(
                codes::S412,
                span,
                format!("Sophia does not understand {what} yet."),
            )
            .with_help("write it another way, or make it a view in the source");
        self.error(diagnostic);
    }

    /// S412 for a pivot over values that are not written out.
    pub fn report_open_pivot(&mut self, span: Span) {
        let diagnostic = self
            .diagnostic(
                codes::S412,
                span,
                "Which columns this `pivot` gives is known only when it runs.",
            )
            .with_label("one column for each value that is found")
            .with_help(
                "write the values out: `pivot (… for column in ('call', 'offer'))`; or group by the column, a row for each value",
            );
        self.error(diagnostic);
    }

    /// S413
    pub fn report_column_counts(&mut self, span: Span, message: String) {
        let diagnostic = self.diagnostic(codes::S413, span, message);
        self.error(diagnostic);
    }

    /// S414
    pub fn report_ordinal(&mut self, span: Span, number: &str, columns: usize) {
        let plural = if columns == 1 { "" } else { "s" };
        let diagnostic = self
            .diagnostic(
                codes::S414,
                span,
                format!(
                    "There is no column number {number}; the query gives {columns} column{plural}."
                ),
            )
            .with_help("write the column's name");
        self.error(diagnostic);
    }

    /// S415
    pub fn report_currencies(&mut self, span: Span, left: &Type, right: &Type) {
        let diagnostic = self
            .diagnostic(
                codes::S415,
                span,
                format!("`{left}` and `{right}` are different currencies."),
            )
            .with_label("cannot stand together")
            .with_help("convert one of them first");
        self.error(diagnostic);
    }
}

/// `A text`, `an integer`
pub(super) fn an(of: &Type, capital: bool) -> String {
    let word = of.to_string();
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    let article = match (article, capital) {
        ("an", true) => "An",
        (_, true) => "A",
        (article, _) => article,
    };
    format!("{article} {word}")
}

/// One line, at most forty characters.
fn short(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > 40 {
        let cut: String = line.chars().take(39).collect();
        format!("{cut}…")
    } else {
        line
    }
}
