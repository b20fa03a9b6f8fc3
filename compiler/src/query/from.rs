//! `from` and its joins.

use std::sync::Arc;

use sophia_plan::types::Type;
use sqlparser::ast::{
    Expr, FunctionArg, Ident, Join, JoinConstraint, JoinOperator, ObjectName, Spanned, TableAlias,
    TableFactor, TableWithJoins,
};
use sqlparser::tokenizer::Span as SqlSpan;

use super::datatype;
use super::dialect::Dialect;
use super::lineage::{ColumnSource, Way};
use super::named::{idents, is_same_table};
use super::narrow::narrow;
use super::scope::{Column, Relation, Scope};
use super::table_function::ordinality;
use super::typed::Typed;
use super::typer::Typer;
use super::units;

impl<'a> Typer<'a> {
    /// Adds what `from` lists to a scope.
    pub fn from(&mut self, scope: &mut Scope<'_>, tables: &[TableWithJoins]) {
        for table in tables {
            self.joined(scope, table);
        }
    }

    pub fn joined(&mut self, scope: &mut Scope<'_>, table: &TableWithJoins) {
        let first = scope.relations.len();
        let first_merged = scope.merged.len();
        self.factor(scope, &table.relation);
        for join in &table.joins {
            self.join(scope, join, first, first_merged);
        }
    }

    pub fn join(&mut self, scope: &mut Scope<'_>, join: &Join, first: usize, first_merged: usize) {
        use JoinOperator as Op;
        let middle = scope.relations.len();
        self.factor(scope, &join.relation);
        let (left_may_lack, right_may_lack, constraint) = match &join.join_operator {
            Op::Join(constraint)
            | Op::Inner(constraint)
            | Op::CrossJoin(constraint)
            | Op::StraightJoin(constraint)
            | Op::Semi(constraint)
            | Op::LeftSemi(constraint)
            | Op::Anti(constraint)
            | Op::LeftAnti(constraint)
            | Op::RightSemi(constraint)
            | Op::RightAnti(constraint) => (false, false, Some(constraint)),
            Op::Left(constraint) | Op::LeftOuter(constraint) => (false, true, Some(constraint)),
            Op::Right(constraint) | Op::RightOuter(constraint) => (true, false, Some(constraint)),
            Op::FullOuter(constraint) => (true, true, Some(constraint)),
            Op::AsOf {
                match_condition,
                constraint,
            } => {
                let condition = self.expression(scope, match_condition);
                self.decides(&condition);
                (false, true, Some(constraint))
            }
            Op::CrossApply | Op::ArrayJoin | Op::InnerArrayJoin => (false, false, None),
            Op::OuterApply | Op::LeftArrayJoin => (false, true, None),
        };
        for (index, relation) in scope.relations.iter_mut().enumerate().skip(first) {
            if (index < middle && left_may_lack) || (index >= middle && right_may_lack) {
                relation.make_nullable();
            }
        }
        if left_may_lack {
            for merged in scope.merged.iter_mut().skip(first_merged) {
                merged.typed.nullable = true;
            }
        }
        match constraint {
            Some(JoinConstraint::On(condition)) => {
                self.judge_condition(scope, condition, "on");
                let typed = self.expression(scope, condition);
                self.decides(&typed);
                if !left_may_lack && !right_may_lack {
                    narrow(self.dialect, scope, condition);
                }
            }
            Some(JoinConstraint::Using(names)) => {
                for name in names {
                    if let Some(ident) = idents(name).last() {
                        self.merge(scope, ident, first, middle, left_may_lack, right_may_lack);
                    }
                }
            }
            Some(JoinConstraint::Natural) => {
                for ident in shared(self.dialect, scope, first, middle) {
                    self.merge(scope, &ident, first, middle, left_may_lack, right_may_lack);
                }
            }
            Some(JoinConstraint::None) if self.dialect == Dialect::Postgres => {
                let pairs = matches!(
                    join.join_operator,
                    Op::CrossJoin(_) | Op::Semi(_) | Op::Anti(_)
                );
                if !pairs {
                    self.report_no_condition(join.relation.span());
                }
            }
            Some(JoinConstraint::None) | None => {}
        }
    }

    /// Makes one column of the two that `using` names.
    fn merge(
        &mut self,
        scope: &mut Scope<'_>,
        ident: &Ident,
        first: usize,
        middle: usize,
        left_may_lack: bool,
        right_may_lack: bool,
    ) {
        let dialect = self.dialect;
        let side = |scope: &Scope<'_>, from: usize, to: usize| {
            scope
                .relations
                .iter()
                .take(to)
                .skip(from)
                .find_map(|relation| {
                    let index = *relation.find(dialect, ident).first()?;
                    relation.columns.get(index).cloned()
                })
        };
        let left = side(scope, first, middle);
        let right = side(scope, middle, usize::MAX);
        let open = scope.relations.iter().any(|relation| relation.open);
        let (Some(left), Some(right)) = (left.clone(), right.clone()) else {
            if !open {
                let lacking: Vec<&Relation> = if left.is_none() {
                    scope.relations.iter().take(middle).skip(first).collect()
                } else {
                    scope.relations.iter().skip(middle).collect()
                };
                self.report_unknown_column(ident, &lacking);
            }
            return;
        };
        self.decides(&left.typed);
        self.decides(&right.typed);
        let of = units::common(&left.typed, &right.typed);
        let nullable = match (left_may_lack, right_may_lack) {
            // An inner join drops rows whose key is missing.
            (false, false) => false,
            (false, true) => left.typed.nullable,
            (true, false) => right.typed.nullable,
            (true, true) => left.typed.nullable && right.typed.nullable,
        };
        let typed = Typed::made_of(of, [&left.typed, &right.typed]).nullable(nullable);
        scope
            .merged
            .retain(|merged| !dialect.means(ident, &merged.name));
        scope.merged.push(Column { typed, ..left });
    }

    pub fn factor(&mut self, scope: &mut Scope<'_>, factor: &TableFactor) {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                ..
            } => {
                let relation = self.table(name, alias.as_ref());
                scope.relations.push(relation);
            }
            TableFactor::Table {
                name,
                alias,
                args: Some(arguments),
                with_ordinality,
                ..
            } => {
                let relation = self.table_function(
                    scope,
                    name,
                    &arguments.args,
                    alias.as_ref(),
                    *with_ordinality,
                );
                scope.relations.push(relation);
            }
            TableFactor::Function {
                name,
                args,
                alias,
                with_ordinality,
                ..
            } => {
                let relation =
                    self.table_function(scope, name, args, alias.as_ref(), *with_ordinality);
                scope.relations.push(relation);
            }
            TableFactor::TableFunction { expr, alias } => {
                let relation = match expr {
                    Expr::Function(function) => {
                        let arguments: Vec<FunctionArg> = super::call::arguments(function)
                            .into_iter()
                            .cloned()
                            .collect();
                        self.table_function(
                            scope,
                            &function.name,
                            &arguments,
                            alias.as_ref(),
                            false,
                        )
                    }
                    other => {
                        let typed = self.expression(scope, other);
                        self.decides(&typed);
                        relation_of(self.dialect, "table", Vec::new(), alias.as_ref(), true)
                    }
                };
                scope.relations.push(relation);
            }
            TableFactor::Derived {
                lateral,
                subquery,
                alias,
                ..
            } => {
                let columns = if *lateral {
                    self.query(subquery, Some(scope))
                } else {
                    self.query(subquery, scope.parent)
                };
                let open = columns.is_empty();
                let relation = relation_of(
                    self.dialect,
                    "the query in brackets",
                    columns,
                    alias.as_ref(),
                    open,
                );
                scope.relations.push(relation);
            }
            TableFactor::UNNEST {
                alias,
                array_exprs,
                with_ordinality,
                ..
            } => {
                let mut columns = Vec::new();
                for array in array_exprs {
                    let typed = self.expression(scope, array);
                    self.decides(&typed);
                    let of = match &typed.of {
                        Type::List(item) => item.present().clone(),
                        Type::Json => Type::Json,
                        _ => Type::Unknown,
                    };
                    columns.push(Column {
                        name: alias.as_ref().map_or_else(
                            || "unnest".to_owned(),
                            |alias| self.dialect.name(&alias.name),
                        ),
                        typed: Typed::made_of(of, [&typed]).nullable(true),
                        span: array.span(),
                    });
                }
                if *with_ordinality {
                    columns.push(ordinality(factor.span()));
                }
                scope.relations.push(relation_of(
                    self.dialect,
                    "unnest",
                    columns,
                    alias.as_ref(),
                    false,
                ));
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias,
            } => {
                let first = scope.relations.len();
                self.joined(scope, table_with_joins);
                if let Some(alias) = alias {
                    let columns = scope
                        .relations
                        .drain(first..)
                        .flat_map(|relation| relation.columns)
                        .collect();
                    let relation =
                        relation_of(self.dialect, "the join", columns, Some(alias), false);
                    scope.relations.push(relation);
                }
            }
            TableFactor::Pivot { .. } | TableFactor::Unpivot { .. } => self.pivoted(scope, factor),
            TableFactor::MatchRecognize { .. } => self.matched(scope, factor),
            other => {
                let place = self.place(other.span());
                self.report_not_covered(place, "this kind of table in `from`");
                scope
                    .relations
                    .push(relation_of(self.dialect, "table", Vec::new(), None, true));
            }
        }
    }

    /// The relation of one factor alone, for what is built on top of it.
    pub fn lone_factor(&mut self, scope: &Scope<'_>, factor: &TableFactor) -> Vec<Relation> {
        let mut inner = Scope::inside(Some(scope));
        self.factor(&mut inner, factor);
        inner.relations
    }

    /// A table of the catalogue, or a common table expression.
    fn table(&mut self, name: &ObjectName, alias: Option<&TableAlias>) -> Relation {
        let path = idents(name);
        let Some(last) = path.last() else {
            return relation_of(self.dialect, "table", Vec::new(), alias, true);
        };
        if path.len() == 1
            && let Some(named) = self
                .named
                .iter()
                .rev()
                .find(|named| self.dialect.means(last, &named.name))
        {
            let (shown, columns, open) = (last.value.clone(), named.columns.to_vec(), named.open);
            return relation_of(self.dialect, &shown, columns, alias, open);
        }
        let Some(key) = self.key_of(&path) else {
            return relation_of(self.dialect, &last.value, Vec::new(), alias, true);
        };
        self.tables.insert(key.to_owned());
        self.base(key, &path, last.span, alias)
    }

    /// The key of a table in the catalogue. Reports one that is not there.
    pub fn key_of(&mut self, path: &[Ident]) -> Option<&'a str> {
        let written: Vec<&str> = path.iter().map(|ident| ident.value.as_str()).collect();
        let written = written.join(".");
        // Most are written as the catalogue writes them; the others are searched for.
        if let Some((key, _)) = self.request.tables.get_key_value(&written) {
            return Some(key);
        }
        let found: Vec<&'a str> = self
            .request
            .tables
            .keys()
            .map(String::as_str)
            .filter(|key| is_same_table(key, &written))
            .collect();
        let key = found
            .iter()
            .copied()
            .find(|key| key.eq_ignore_ascii_case(&written))
            .or(found.first().copied());
        if let (None, Some(last)) = (key, path.last()) {
            self.report_unknown_table(last, &written);
        }
        key
    }

    /// A table of the catalogue as a relation.
    pub fn base(
        &self,
        key: &str,
        path: &[Ident],
        span: SqlSpan,
        alias: Option<&TableAlias>,
    ) -> Relation {
        let mut relation = relation_of(
            self.dialect,
            key.rsplit('.').next().unwrap_or(key),
            self.base_columns(key, span),
            alias,
            false,
        );
        relation.base = true;
        if alias.is_none() {
            relation.path = path
                .iter()
                .rev()
                .map(|ident| self.dialect.name(ident))
                .collect();
        }
        relation
    }

    fn base_columns(&self, key: &str, span: SqlSpan) -> Vec<Column> {
        let Some(table) = self.request.tables.get(key) else {
            return Vec::new();
        };
        let key: Arc<str> = Arc::from(key);
        table
            .columns
            .iter()
            .map(|column| {
                let of = (self.request.units)(&key, &column.name)
                    .unwrap_or_else(|| datatype::declared(self.dialect, &column.declared));
                let mut typed = Typed::new(of.present().clone());
                typed.nullable = column.nullable || of.is_optional();
                let source = ColumnSource {
                    table: key.clone(),
                    column: column.name.as_str().into(),
                };
                typed.sources.insert(source, Way::Value);
                typed.wide = datatype::is_wide(self.dialect, &column.declared);
                Column {
                    name: column.name.clone(),
                    typed,
                    span,
                }
            })
            .collect()
    }
}

/// A relation that the query made, under its alias.
pub(super) fn relation_of(
    dialect: Dialect,
    name: &str,
    mut columns: Vec<Column>,
    alias: Option<&TableAlias>,
    open: bool,
) -> Relation {
    let mut path = vec![name.to_owned()];
    let mut shown = name.to_owned();
    if let Some(alias) = alias {
        path = vec![dialect.name(&alias.name)];
        if name.contains(' ') {
            shown.clone_from(&alias.name.value);
        }
        for (column, renamed) in columns.iter_mut().zip(&alias.columns) {
            column.name = dialect.name(&renamed.name);
        }
    }
    Relation {
        path,
        name: shown,
        base: false,
        columns,
        open,
        only_qualified: false,
        pivoted: false,
    }
}

/// The names that both sides of a natural join have.
fn shared(dialect: Dialect, scope: &Scope<'_>, first: usize, middle: usize) -> Vec<Ident> {
    let mut names: Vec<Ident> = Vec::new();
    let left = scope.relations.iter().take(middle).skip(first);
    for column in left.flat_map(|relation| &relation.columns) {
        let ident = Ident::with_quote('"', column.name.clone());
        let on_the_right = scope
            .relations
            .iter()
            .skip(middle)
            .any(|relation| !relation.find(dialect, &ident).is_empty());
        if on_the_right && !names.contains(&ident) {
            names.push(ident);
        }
    }
    names
}
