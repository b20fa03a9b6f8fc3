//! Statements that write: which table, which columns, with what, and which rows.

use std::collections::BTreeMap;

use sophia_diagnostics::Diagnostic;
use sophia_plan::types::Type;
use sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, Expr, FromTable, Ident, Merge, MergeAction,
    MergeInsertExpr, MergeInsertKind, MergeUpdateKind, ObjectName, OutputClause, SelectItem,
    SetExpr, Spanned, Statement, TableAlias, TableFactor, TableWithJoins, Update,
    UpdateTableFromKind, Value,
};

use super::dialect::Dialect;
use super::lineage;
use super::named::idents;
use super::narrow::narrow;
use super::partner::without_partner;
use super::reading;
use super::scope::{Column, Relation, Scope};
use super::statement::{read, row};
use super::text::Source;
use super::typed::Typed;
use super::typer::Typer;
use super::write_bound;
use super::{CommandShape, QueryRequest, Written};

/// Checks a command: reads it, types it, and looks at what it writes.
pub(super) fn check(request: &QueryRequest<'_>) -> Result<CommandShape, Vec<Diagnostic>> {
    let dialect = Dialect::of_kind(request.kind);
    let (source, statement) = read(request, dialect, "command")?;
    let Some(statement) = statement else {
        let help = "write an `insert`, an `update`, a `delete` or a `merge`";
        return Err(vec![reading::report_empty(request, help)]);
    };
    let mut typer = Typer::new(request, &source, dialect);
    typer.writing = true;
    typer.find_quoted_holes();
    typer.find_doubled_equals();
    let (with, written) = match &statement {
        Statement::Query(query) => match &*query.body {
            SetExpr::Insert(inner)
            | SetExpr::Update(inner)
            | SetExpr::Delete(inner)
            | SetExpr::Merge(inner) => (query.with.as_ref(), inner),
            _ => (None, &statement),
        },
        other => (None, other),
    };
    if let Some(with) = with {
        typer.with(with, None);
    }
    let Some(mut write) = typer.write(written) else {
        if typer.errors.is_empty() {
            return Err(vec![typer.not_a_write(&statement)]);
        }
        return Err(sorted(typer.errors));
    };
    write.limit = write_bound::rows(dialect, request.tables, with, written);
    finish(typer, &source, write)
}

fn sorted(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    diagnostics
}

fn finish(
    mut typer: Typer<'_>,
    source: &Source,
    write: Write,
) -> Result<CommandShape, Vec<Diagnostic>> {
    if write.whole_table {
        typer.report_whole_table(&write.table);
    }
    let returning = write
        .returning
        .as_ref()
        .map(|columns| row(&mut typer, columns));
    if !typer.errors.is_empty() {
        return Err(sorted(typer.errors));
    }
    let returned = write.returning.unwrap_or_default();
    Ok(CommandShape {
        sql: source.sent.clone(),
        hole_types: typer.hole_types,
        returning,
        holes: returned
            .iter()
            .map(|column| column.typed.holes.clone())
            .collect(),
        lineage: returned
            .into_iter()
            .map(|column| column.typed.sources)
            .collect(),
        table: write.table,
        writes: write.columns,
        reads: typer.indirect,
        indirect_holes: typer.indirect_holes,
        whole_table: write.whole_table,
        limit: write.limit,
        warnings: sorted(typer.warnings),
    })
}

/// What one statement writes.
#[derive(Default)]
pub(super) struct Write {
    table: String,
    columns: BTreeMap<String, Written>,
    pub returning: Option<Vec<Column>>,
    pub whole_table: bool,
    pub limit: Option<u64>,
}

impl Write {
    pub fn to(key: &str) -> Self {
        Self {
            table: key.to_owned(),
            ..Self::default()
        }
    }

    /// Notes what flows into a column.
    pub fn add(&mut self, column: &Column, value: &Typed) {
        let written = self.columns.entry(column.name.clone()).or_default();
        lineage::merge(&mut written.sources, &value.sources);
        written.holes.extend(&value.holes);
    }
}

impl Typer<'_> {
    fn write(&mut self, statement: &Statement) -> Option<Write> {
        match statement {
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            Statement::Merge(merge) => self.merge_statement(merge),
            _ => None,
        }
    }

    /// The table that is written, and the relation that stands for it.
    pub(super) fn target(
        &mut self,
        name: &ObjectName,
        alias: Option<&TableAlias>,
    ) -> Option<(String, Relation)> {
        let path = idents(name);
        let last = path.last()?;
        let key = self.key_of(&path)?.to_owned();
        let relation = self.base(&key, &path, last.span, alias);
        Some((key, relation))
    }

    fn target_factor(&mut self, factor: &TableFactor) -> Option<(String, Relation)> {
        match factor {
            TableFactor::Table { name, alias, .. } => self.target(name, alias.as_ref()),
            other => {
                let place = self.place(other.span());
                self.report_not_covered(place, "a write into anything but a table");
                None
            }
        }
    }

    fn update(&mut self, update: &Update) -> Option<Write> {
        let (key, relation) = self.target_factor(&update.table.relation)?;
        let mut write = Write::to(&key);
        let mut scope = Scope::inside(None);
        scope.relations.push(relation.clone());
        for join in &update.table.joins {
            self.join(&mut scope, join, 0, 0);
        }
        match &update.from {
            Some(
                UpdateTableFromKind::AfterSet(tables) | UpdateTableFromKind::BeforeSet(tables),
            ) => {
                self.from(&mut scope, tables);
            }
            None => {}
        }
        self.picked(&mut scope, update.selection.as_ref());
        self.assignments(&mut write, &scope, &relation, &update.assignments);
        self.order_and_limit(
            &scope,
            update.order_by.iter().map(|key| &key.expr),
            update.limit.as_ref(),
        );
        write.whole_table = is_everything(update.selection.as_ref()) && update.limit.is_none();
        write.returning = self.returning(scope.relations, update.returning.as_deref());
        Some(write)
    }

    fn delete(&mut self, delete: &Delete) -> Option<Write> {
        let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
        let [
            TableWithJoins {
                relation: factor,
                joins,
            },
        ] = tables.as_slice()
        else {
            let place = self.source.whole();
            self.report_not_covered(place, "a `delete` from several tables");
            return None;
        };
        if !delete.tables.is_empty() || !joins.is_empty() {
            let place = self.source.whole();
            self.report_not_covered(place, "a `delete` from several tables");
            return None;
        }
        let (key, relation) = self.target_factor(factor)?;
        let mut write = Write::to(&key);
        let mut scope = Scope::inside(None);
        scope.relations.push(relation);
        self.from(&mut scope, delete.using.as_deref().unwrap_or_default());
        self.picked(&mut scope, delete.selection.as_ref());
        self.order_and_limit(
            &scope,
            delete.order_by.iter().map(|key| &key.expr),
            delete.limit.as_ref(),
        );
        write.whole_table = is_everything(delete.selection.as_ref()) && delete.limit.is_none();
        write.returning = self.returning(scope.relations, delete.returning.as_deref());
        Some(write)
    }

    fn merge_statement(&mut self, merge: &Merge) -> Option<Write> {
        if self.dialect == Dialect::Sqlite {
            let place = self.source.first_token();
            self.report_not_covered(place, "`merge` in SQLite, which has none,");
            return None;
        }
        let (key, relation) = self.target_factor(&merge.table)?;
        let mut write = Write::to(&key);
        let mut scope = Scope::inside(None);
        scope.relations.push(relation.clone());
        self.factor(&mut scope, &merge.source);
        let on = self.expression(&scope, &merge.on);
        self.want(&on, &Type::Boolean);
        self.decides(&on);
        for clause in &merge.clauses {
            if let Some(condition) = &clause.predicate {
                let typed = self.expression(&scope, condition);
                self.want(&typed, &Type::Boolean);
                self.decides(&typed);
            }
            match &clause.action {
                MergeAction::Insert(insert) => {
                    self.merged_row(&mut write, &scope, &relation, insert);
                }
                MergeAction::Update(update) => match &update.kind {
                    MergeUpdateKind::Set(assignments) => {
                        self.assignments(&mut write, &scope, &relation, assignments);
                    }
                    MergeUpdateKind::Wildcard => self.not_covered_in_merge(),
                },
                MergeAction::Delete { .. } | MergeAction::DoNothing { .. } => {}
            }
        }
        match &merge.output {
            Some(OutputClause::Returning { select_items, .. }) => {
                write.returning = self.returning(scope.relations, Some(select_items));
            }
            Some(OutputClause::Output { .. }) => self.not_covered_in_merge(),
            None => {}
        }
        Some(write)
    }

    fn not_covered_in_merge(&mut self) {
        let place = self.source.whole();
        self.report_not_covered(place, "this form of `merge`");
    }

    fn merged_row(
        &mut self,
        write: &mut Write,
        scope: &Scope<'_>,
        relation: &Relation,
        insert: &MergeInsertExpr,
    ) {
        let MergeInsertKind::Values(values) = &insert.kind else {
            self.not_covered_in_merge();
            return;
        };
        let targets = self.targets(relation, &insert.columns);
        for row in &values.rows {
            if row.content.len() != targets.len() {
                let place = self.place(values.span());
                self.report_value_count(place, row.content.len(), targets.len());
                continue;
            }
            for (target, value) in targets.iter().zip(&row.content) {
                if let Some(target) = target {
                    let typed = self.assigned(scope, target, value);
                    write.add(target, &typed);
                }
            }
        }
    }

    /// Types the condition that picks the rows.
    pub(super) fn picked(&mut self, scope: &mut Scope<'_>, condition: Option<&Expr>) {
        if let Some(condition) = condition {
            self.judge_condition(scope, condition, "where");
            without_partner(self.dialect, scope, condition);
            narrow(self.dialect, scope, condition);
            let typed = self.expression(scope, condition);
            self.want(&typed, &Type::Boolean);
            self.decides(&typed);
        }
    }

    fn order_and_limit<'e>(
        &mut self,
        scope: &Scope<'_>,
        keys: impl Iterator<Item = &'e Expr>,
        limit: Option<&Expr>,
    ) {
        for key in keys {
            let typed = self.expression(scope, key);
            self.decides(&typed);
        }
        if let Some(limit) = limit {
            let typed = self.expression(scope, limit);
            self.want(&typed, &Type::Integer);
            self.decides(&typed);
        }
    }

    pub(super) fn assignments(
        &mut self,
        write: &mut Write,
        scope: &Scope<'_>,
        relation: &Relation,
        assignments: &[Assignment],
    ) {
        let mut seen: Vec<String> = Vec::new();
        for assignment in assignments {
            let names = match &assignment.target {
                AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
                AssignmentTarget::Tuple(names) => names.as_slice(),
            };
            let targets: Vec<Option<Column>> = names
                .iter()
                .filter_map(|name| idents(name).pop())
                .map(|ident| {
                    let column = self.target_column(relation, &ident);
                    if let Some(column) = &column {
                        self.note_written(&mut seen, column, &ident);
                    }
                    column
                })
                .collect();
            self.assignment(write, scope, &targets, &assignment.value);
        }
    }

    fn note_written(&mut self, seen: &mut Vec<String>, column: &Column, ident: &Ident) {
        if seen.contains(&column.name) {
            self.report_written_twice(ident);
        }
        seen.push(column.name.clone());
    }

    fn assignment(
        &mut self,
        write: &mut Write,
        scope: &Scope<'_>,
        targets: &[Option<Column>],
        value: &Expr,
    ) {
        match (targets, value) {
            ([target], value) => {
                let Some(target) = target else {
                    self.expression(scope, value);
                    return;
                };
                let typed = self.assigned(scope, target, value);
                write.add(target, &typed);
            }
            (targets, Expr::Tuple(values)) if values.len() == targets.len() => {
                for (target, value) in targets.iter().zip(values) {
                    self.assignment(write, scope, std::slice::from_ref(target), value);
                }
            }
            (targets, Expr::Subquery(query)) => {
                let columns = self.query(query, Some(scope));
                if columns.len() != targets.len() && !columns.is_empty() {
                    let place = self.place(query.span());
                    self.report_value_count(place, columns.len(), targets.len());
                    return;
                }
                for (target, column) in targets.iter().zip(&columns) {
                    if let Some(target) = target {
                        let typed = column.typed.clone().nullable(true);
                        self.check_fit(target, &typed, column.span);
                        write.add(target, &typed);
                    }
                }
            }
            (_, other) => {
                let place = self.place(other.span());
                self.report_not_covered(place, "this value for several columns");
            }
        }
    }

    pub(super) fn returning(
        &mut self,
        relations: Vec<Relation>,
        items: Option<&[SelectItem]>,
    ) -> Option<Vec<Column>> {
        let items = items?;
        let scope = Scope {
            relations,
            ..Scope::inside(None)
        };
        let after = self.source.returning_end();
        Some(self.projection(&scope, items, after))
    }
}

/// Whether nothing picks rows: no condition, or one that always holds.
fn is_everything(condition: Option<&Expr>) -> bool {
    match condition {
        None => true,
        Some(Expr::Nested(inner)) => is_everything(Some(inner)),
        Some(Expr::Value(value)) => {
            matches!(&value.value, Value::Boolean(true))
                || matches!(&value.value, Value::Number(digits, _) if digits == "1")
        }
        Some(Expr::BinaryOp { left, op, right }) => {
            *op == sqlparser::ast::BinaryOperator::Eq
                && matches!((&**left, &**right), (Expr::Value(left), Expr::Value(right)) if left.value == right.value)
        }
        Some(_) => false,
    }
}
