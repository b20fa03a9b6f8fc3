//! Pipelines, stage by stage. A stage sees the columns as the stage before it left them.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Expression, Name, SortKey, Stage};
use sophia_plan::expression::{Expression as Code, Stage as Step};
use sophia_plan::types::{RecordType, Type};

use super::checks::push_rule;
use super::columns::Columns;
use super::expected::Expected;
use super::joins::Written;
use super::kept_rows::KeptRows;
use super::scope::{Grouping, Place, Scope};
use super::{Typed, with_article};
use crate::checker::Checker;

/// What flows between two stages.
struct Flow {
    code: Code,
    stages: Vec<Step>,
    of: Type,
    /// Behind a check: the rows that it looks at, those that pass so far, and where it stands.
    checked: Option<Checked>,
    /// What every row has passed.
    kept: KeptRows,
}

/// The rows of a check.
struct Checked {
    row: Arc<RecordType>,
    passed: Arc<RecordType>,
    span: Span,
}

impl Flow {
    /// The type of one row or item.
    fn item(&self) -> Option<Type> {
        match &self.of {
            Type::Table(row) => Some(Type::Record(row.clone())),
            Type::List(item) => Some((**item).clone()),
            _ => None,
        }
    }

    fn into_code(self) -> Code {
        if self.stages.is_empty() {
            return self.code;
        }
        Code::Pipeline {
            source: Box::new(self.code),
            stages: self.stages,
        }
    }
}

impl Checker<'_> {
    /// `source | stage | stage`
    pub(super) fn pipeline(
        &mut self,
        source: &Expression,
        stages: &[Stage],
        span: Span,
        scope: &Scope,
    ) -> Typed {
        let source_value = self.typed(source, scope, None);
        let mut flow = Flow {
            code: source_value.expression,
            stages: Vec::new(),
            of: source_value.of,
            checked: None,
            kept: self.rows_kept(source, scope),
        };
        let mut place = source.span();
        for stage in stages {
            if flow.of == Type::Unknown {
                return Typed::unknown();
            }
            if let Some(checked) = flow.checked.take() {
                self.more_checks(stage, checked, &mut flow, scope);
                place = stage.span();
                continue;
            }
            let Some(item) = flow.item() else {
                self.report_not_rows(&flow.of, stage.span(), place);
                return Typed::unknown();
            };
            self.notes.stage(stage.span(), &item);
            self.stage(stage, &mut flow, item, scope);
            flow.kept = std::mem::take(&mut flow.kept).behind(stage);
            place = stage.span();
        }
        self.note_rows(span, std::mem::take(&mut flow.kept));
        let of = flow.of.clone();
        if of == Type::Unknown {
            return Typed::unknown();
        }
        Typed::new(flow.into_code(), of)
    }

    fn report_not_rows(&mut self, of: &Type, stage: Span, source: Span) {
        if of.is_optional() && matches!(of.present(), Type::Table(_) | Type::List(_)) {
            self.report_may_be_missing(source);
            return;
        }
        let diagnostic = self
            .diagnostic(
                codes::S312,
                source,
                format!(
                    "A stage works on a table or a list, and this is {}.",
                    with_article(of)
                ),
            )
            .with_label(format!("{of}"))
            .with_related(stage, "the stage");
        self.push(diagnostic);
    }

    fn stage(&mut self, stage: &Stage, flow: &mut Flow, item: Type, scope: &Scope) {
        match stage {
            Stage::Where { condition, .. } => {
                let mut inner = scope.stage(item.clone(), Grouping::Single);
                inner.missing_compares = true;
                let code = self.check_condition(condition, &inner);
                self.keep_rows(&mut flow.kept, &code, &item, condition.span());
                flow.stages.push(Step::Where(code));
                let known = Self::present_parts(&item, condition, &inner);
                flow.of = match (known, &flow.of) {
                    (Type::Record(row), Type::Table(_)) => Type::Table(row),
                    (item, _) => Type::List(Arc::new(item)),
                };
            }
            Stage::Add { columns, span } => {
                let Some(row) = self.rows(flow, &item, *span) else {
                    return;
                };
                let added = self.added_columns(columns, &row, scope);
                flow.advance_to(added, |columns, row| Step::Add { columns, row });
            }
            Stage::Select { columns, span } => {
                let Some(row) = self.rows(flow, &item, *span) else {
                    return;
                };
                let Some(selected) = self.selected_columns(columns, &row) else {
                    flow.of = Type::Unknown;
                    return;
                };
                let names = selected.fields.iter().map(|field| field.name.clone());
                flow.stages.push(Step::Select(names.collect()));
                flow.of = Type::Table(Arc::new(selected));
            }
            Stage::Sort { keys, .. } => {
                let keys = keys
                    .iter()
                    .map(|key| self.sort_key(key, item.clone(), scope))
                    .collect();
                flow.stages.push(Step::Sort(keys));
            }
            Stage::Take { count, per, .. } => {
                let wanted = Expected::plain(Type::Integer, "`take`");
                let code = self.check_expression(count, &scope.lazily(), &wanted);
                let mut columns = Vec::with_capacity(per.len());
                for column in per {
                    columns.extend(self.known_column(column, &item));
                }
                flow.stages.push(Step::Take {
                    count: code,
                    per: columns,
                });
            }
            Stage::First { .. } => {
                flow.stages.push(Step::First);
                flow.of = item.optional();
            }
            Stage::Only { .. } => {
                flow.stages.push(Step::Only);
                flow.of = item;
            }
            Stage::Map { value, .. } => {
                let inner = scope.stage(item, Grouping::Single);
                let value = self.typed(value, &inner, None);
                let of = value.of.clone();
                flow.of = if value.is_unknown() {
                    Type::Unknown
                } else {
                    Type::List(Arc::new(of.clone()))
                };
                flow.stages.push(Step::Map {
                    value: value.expression,
                    of,
                });
            }
            Stage::Group { by, columns, span } => {
                let Some(row) = self.rows(flow, &item, *span) else {
                    return;
                };
                let Some(by) = self.group_keys(by, &row) else {
                    flow.of = Type::Unknown;
                    return;
                };
                let grouped = self.grouped_columns(&by, columns, &row, scope);
                let keys = by.iter().map(|field| field.name.clone()).collect();
                flow.advance_to(grouped, |columns, row| Step::Group {
                    by: keys,
                    columns,
                    row,
                });
            }
            Stage::Join {
                optional,
                source,
                binding,
                on,
                span,
            } => {
                let Some(row) = self.rows(flow, &item, *span) else {
                    return;
                };
                let written = Written {
                    optional: *optional,
                    source,
                    binding: binding.as_ref(),
                    on,
                };
                let Some(joined) = self.join(&written, &row, scope) else {
                    flow.of = Type::Unknown;
                    return;
                };
                flow.of = Type::Table(joined.row.clone());
                flow.stages.push(Step::Join {
                    source: joined.source,
                    kind: joined.kind,
                    binding: joined.binding,
                    on: joined.on,
                    row: joined.row,
                });
            }
            Stage::Check { span, .. } => {
                let Some(row) = self.rows(flow, &item, *span) else {
                    return;
                };
                let checked = Checked {
                    passed: row.clone(),
                    row,
                    span: *span,
                };
                self.more_checks(stage, checked, flow, scope);
            }
            Stage::Error(_) => flow.of = Type::Unknown,
        }
    }

    /// A stage behind a check, or the check itself: only checks may stand there.
    fn more_checks(&mut self, stage: &Stage, checked: Checked, flow: &mut Flow, scope: &Scope) {
        let Stage::Check { name, rule, span } = stage else {
            if !matches!(stage, Stage::Error(_)) {
                self.report_after_check(stage.span(), checked.span);
            }
            flow.of = Type::Unknown;
            return;
        };
        let code = self.rule(name, rule, &checked.row, scope);
        let mut inner = scope.stage(Type::Record(checked.passed.clone()), Grouping::Single);
        inner.missing_compares = true;
        let passed = match Self::present_parts(&Type::Record(checked.passed.clone()), rule, &inner)
        {
            Type::Record(passed) => passed,
            _ => checked.passed,
        };
        let Some((failed, of)) = self.checked_type(&passed, &checked.row, *span) else {
            flow.of = Type::Unknown;
            return;
        };
        push_rule(&mut flow.stages, code, failed);
        flow.of = of;
        flow.checked = Some(Checked { passed, ..checked });
    }

    /// The row type that a stage over columns needs; a list of records becomes a table.
    fn rows(&mut self, flow: &mut Flow, item: &Type, span: Span) -> Option<Arc<RecordType>> {
        let Type::Record(row) = item else {
            if *item != Type::Unknown {
                let diagnostic = self
                    .diagnostic(
                        codes::S312,
                        span,
                        format!(
                            "This stage works on columns, and an item here is {}.",
                            with_article(item)
                        ),
                    )
                    .with_help("make records of the items with `| map { name: row }`");
                self.push(diagnostic);
            }
            flow.of = Type::Unknown;
            return None;
        };
        if matches!(flow.of, Type::List(_)) {
            let code = std::mem::replace(&mut flow.code, Code::Row);
            let stages = std::mem::take(&mut flow.stages);
            let before = Flow {
                code,
                stages,
                of: Type::Unknown,
                checked: None,
                kept: KeptRows::default(),
            };
            flow.code = Code::Convert {
                value: Box::new(before.into_code()),
                to: Type::Table(row.clone()),
            };
            flow.of = Type::Table(row.clone());
        }
        Some(row.clone())
    }

    pub(super) fn sort_key(&mut self, key: &SortKey, item: Type, scope: &Scope) -> (Code, bool) {
        let mut inner = scope.stage(item, Grouping::Single);
        inner.missing_compares = true;
        let value = self.typed(&key.value, &inner, None);
        if matches!(
            value.of.present(),
            Type::Record(_) | Type::Table(_) | Type::List(_) | Type::Json
        ) {
            let diagnostic = self.diagnostic(
                codes::S307,
                key.value.span(),
                format!(
                    "{} has no order to sort by.",
                    super::path::capitalised(&with_article(&value.of))
                ),
            );
            self.push(diagnostic);
        }
        (value.expression, key.descending)
    }

    pub(super) fn known_column(&mut self, column: &Name, item: &Type) -> Option<Arc<str>> {
        let Type::Record(row) = item else { return None };
        self.column_of(column, row).map(|field| field.name)
    }

    /// Complains about a model or tool call inside a stage.
    pub(crate) fn refuses_call(&mut self, what: &str, span: Span, scope: &Scope) -> bool {
        let diagnostic = match scope.place {
            Place::Statement => return false,
            Place::Stage => self
                .diagnostic(
                    codes::S317,
                    span,
                    format!("{what} cannot be made inside a stage."),
                )
                .with_label("would be made for each row")
                .with_help(
                    "write `for each … { let … = … }`, where limits and retries can be stated",
                ),
            Place::Lazy => self
                .diagnostic(
                    codes::S802,
                    span,
                    format!("{what} cannot stand where it may not be needed."),
                )
                .with_label("made in any case, or never: it does not say")
                .with_help("make it in an `if` statement with its own `let`"),
            Place::Modifier
            | Place::Declaration
            | Place::Expectation
            | Place::Arriving
            | Place::Constant => self
                .diagnostic(codes::S802, span, format!("{what} cannot be made here."))
                .with_help("make it in a `let` before, and use its result"),
        };
        self.push(diagnostic);
        true
    }
}

impl Flow {
    fn advance_to(
        &mut self,
        columns: Option<Columns>,
        step: impl FnOnce(Vec<(Arc<str>, Code)>, Arc<RecordType>) -> Step,
    ) {
        let Some(Columns { codes, row }) = columns else {
            self.of = Type::Unknown;
            return;
        };
        self.stages.push(step(codes, row.clone()));
        self.of = Type::Table(row);
    }
}
