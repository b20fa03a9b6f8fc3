//! `*` and `t.*` with what may follow them.

use sqlparser::ast::{
    ExcludeSelectItem, Ident, RenameSelectItem, SelectItemQualifiedWildcardKind, Spanned,
    WildcardAdditionalOptions,
};
use sqlparser::tokenizer::Span as SqlSpan;

use super::dialect::Dialect;
use super::named::idents;
use super::scope::{Column, Relation, Scope};
use super::typer::Typer;

impl Typer<'_> {
    /// `*`
    pub fn star(&mut self, scope: &Scope<'_>, options: &WildcardAdditionalOptions) -> Vec<Column> {
        let span = options.wildcard_token.0.span;
        self.closed(scope.relations.iter(), span);
        let mut columns = Vec::new();
        if self.dialect != Dialect::Sqlite {
            columns.extend(scope.merged.iter().cloned());
        }
        let mut shown: Vec<&str> = Vec::new();
        for relation in &scope.relations {
            for column in &relation.columns {
                let merged = scope
                    .merged
                    .iter()
                    .find(|merged| merged.name.eq_ignore_ascii_case(&column.name));
                match merged {
                    None => columns.push(column.clone()),
                    // SQLite shows a merged column where it stands first.
                    Some(merged) => {
                        if self.dialect == Dialect::Sqlite && !shown.contains(&merged.name.as_str())
                        {
                            shown.push(&merged.name);
                            columns.push(merged.clone());
                        }
                    }
                }
            }
        }
        self.optioned(scope, columns, options, span)
    }

    /// `t.*`
    pub fn qualified_star(
        &mut self,
        scope: &Scope<'_>,
        kind: &SelectItemQualifiedWildcardKind,
        options: &WildcardAdditionalOptions,
    ) -> Vec<Column> {
        let SelectItemQualifiedWildcardKind::ObjectName(name) = kind else {
            let place = self.place(kind.span());
            self.report_not_covered(place, "`.*` of an expression");
            return Vec::new();
        };
        let path = idents(name);
        let dialect = self.dialect;
        let found = scope
            .levels()
            .flat_map(|level| &level.relations)
            .find(|relation| relation.is_called(dialect, &path));
        let Some(relation) = found else {
            let columns = |relation: &Relation| relation.columns.clone();
            let is_column = |first: &Ident| {
                (scope
                    .levels()
                    .flat_map(|level| level.relations.iter().flat_map(columns)))
                .any(|column| dialect.means(first, &column.name))
            };
            if let Some(first) = path.first().filter(|first| is_column(first)) {
                let place = self.place(first.span);
                self.report_not_covered(place, "`.*` of an expression");
            } else if let Some(first) = path.first() {
                let called: Vec<&str> = scope
                    .relations
                    .iter()
                    .filter_map(|relation| relation.path.first().map(String::as_str))
                    .collect();
                self.report_unknown_qualifier(first, &called);
            }
            return Vec::new();
        };
        let span = options.wildcard_token.0.span.union(&name.span());
        self.closed(std::iter::once(relation), span);
        self.optioned(scope, relation.columns.clone(), options, span)
    }

    /// A star over columns that cannot be known gives a row that cannot be known. Where the table itself
    /// is the mistake, that is already reported.
    fn closed<'r>(&mut self, mut relations: impl Iterator<Item = &'r Relation>, span: SqlSpan) {
        let Some(open) = relations.find(|relation| relation.open) else {
            return;
        };
        if self.errors.is_empty() {
            let place = self.place(span);
            if open.pivoted {
                self.report_open_pivot(place);
            } else {
                self.report_not_covered(place, "`*` over a table whose columns are not known");
            }
        }
    }

    fn optioned(
        &mut self,
        scope: &Scope<'_>,
        mut columns: Vec<Column>,
        options: &WildcardAdditionalOptions,
        span: SqlSpan,
    ) -> Vec<Column> {
        let dialect = self.dialect;
        let mut left_out: Vec<Ident> = Vec::new();
        match &options.opt_exclude {
            Some(ExcludeSelectItem::Single(name)) => left_out.extend(idents(name)),
            Some(ExcludeSelectItem::Multiple(names)) => {
                left_out.extend(names.iter().flat_map(idents));
            }
            None => {}
        }
        if let Some(except) = &options.opt_except {
            left_out.push(except.first_element.clone());
            left_out.extend(except.additional_elements.iter().cloned());
        }
        columns.retain(|column| {
            !left_out
                .iter()
                .any(|ident| dialect.means(ident, &column.name))
        });
        if let Some(ilike) = &options.opt_ilike {
            columns.retain(|column| is_like(&column.name, &ilike.pattern));
        }
        if let Some(replace) = &options.opt_replace {
            for item in &replace.items {
                let typed = self.expression(scope, &item.expr);
                for column in &mut columns {
                    if dialect.means(&item.column_name, &column.name) {
                        column.typed = typed.clone();
                    }
                }
            }
        }
        let renames = match &options.opt_rename {
            Some(RenameSelectItem::Single(one)) => std::slice::from_ref(one),
            Some(RenameSelectItem::Multiple(several)) => several.as_slice(),
            None => &[],
        };
        for rename in renames {
            for column in &mut columns {
                if dialect.means(&rename.ident, &column.name) {
                    column.name = dialect.name(&rename.alias);
                }
            }
        }
        for column in &mut columns {
            column.span = span;
        }
        columns
    }
}

/// SQL's `like`, in any case.
fn is_like(text: &str, pattern: &str) -> bool {
    fn matches(text: &[char], pattern: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('%', rest)) => (0..=text.len())
                .any(|skipped| text.get(skipped..).is_some_and(|text| matches(text, rest))),
            Some((wanted, rest)) => text.split_first().is_some_and(|(found, text)| {
                (*wanted == '_' || found == wanted) && matches(text, rest)
            }),
        }
    }
    let lower = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
    matches(&lower(text), &lower(pattern))
}
