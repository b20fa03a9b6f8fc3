//! Calls of functions, aggregates and windows.

use std::sync::Arc;

use sophia_diagnostics::codes;
use sophia_plan::types::Type;
use sqlparser::ast::{
    BinaryOperator, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentClause, FunctionArguments, HavingBound, Ident, NamedWindowExpr, ObjectNamePart,
    OrderByExpr, Query, WindowFrame, WindowFrameBound, WindowSpec, WindowType,
};

use super::dialect::Dialect;
use super::expression::list_of;
use super::functions::{self, Gives, Kind, Missing, Shows, Signature};
use super::lineage::{ColumnSource, Way};
use super::scope::{Grouping, Scope};
use super::typed::Typed;
use super::typer::Typer;
use super::units;

/// The arguments of a call that are values, in order.
pub(super) fn arguments(function: &Function) -> Vec<&FunctionArg> {
    match &function.args {
        FunctionArguments::List(list) => list.args.iter().collect(),
        FunctionArguments::None | FunctionArguments::Subquery(_) => Vec::new(),
    }
}

/// The name under which a function is looked up: the last word, in small letters; `cortex.` before it for those of
/// Snowflake's schema of models.
pub(super) fn name_of(function: &Function) -> String {
    let mut words = function
        .name
        .0
        .iter()
        .rev()
        .filter_map(ObjectNamePart::as_ident);
    let name = words
        .next()
        .map_or_else(String::new, |last| last.value.to_ascii_lowercase());
    match words.next() {
        Some(schema) if schema.value.eq_ignore_ascii_case("cortex") => format!("cortex.{name}"),
        _ => name,
    }
}

/// Whether a call makes one value of many rows.
pub(super) fn is_aggregate(dialect: Dialect, function: &Function) -> bool {
    if function.over.is_some() {
        return false;
    }
    let name = name_of(function);
    let scalar_here = dialect == Dialect::Sqlite
        && matches!(&*name, "min" | "max")
        && arguments(function).len() > 1;
    // A rank among the values of a group is one too.
    !function.within_group.is_empty()
        || (!scalar_here
            && functions::find(dialect, &name)
                .is_some_and(|signature| signature.kind == Kind::Aggregate))
}

/// The expression of an argument; `*` has none.
pub(super) fn argument_expression(argument: &FunctionArg) -> Option<&Expr> {
    let (FunctionArg::Named { arg, .. }
    | FunctionArg::ExprNamed { arg, .. }
    | FunctionArg::Unnamed(arg)) = argument;
    match arg {
        FunctionArgExpr::Expr(expression) => Some(expression),
        _ => None,
    }
}

/// What a call gives because an argument of some name is written.
fn given_by_name<'s>(signature: &'s Signature, written: &[&FunctionArg]) -> Option<&'s Type> {
    written.iter().find_map(|argument| match argument {
        FunctionArg::Named { name, .. } => signature.named.get(&name.value.to_ascii_lowercase()),
        _ => None,
    })
}

impl Typer<'_> {
    /// Takes the warning about an unknown function back: a cast around it says what it gives.
    pub fn forget_unknown_function(&mut self, function: &Function) {
        if let Some(ident) = function.name.0.last().and_then(ObjectNamePart::as_ident) {
            let place = self.place(ident.span);
            self.warnings
                .retain(|warning| warning.code != codes::S410 || warning.span != place);
        }
    }

    /// A call.
    pub fn call(&mut self, scope: &Scope<'_>, function: &Function) -> Typed {
        let Some(ident) = function.name.0.last().and_then(ObjectNamePart::as_ident) else {
            return Typed::unknown();
        };
        let name = name_of(function);
        if let (FunctionArguments::Subquery(query), "array") = (&function.args, &*name) {
            return self.array_of_query(scope, query);
        }
        let signature = self.signature(&name);
        let written = arguments(function);
        let several_of_sqlite =
            self.dialect == Dialect::Sqlite && matches!(&*name, "min" | "max") && written.len() > 1;
        let aggregates = is_aggregate(self.dialect, function);

        // Inside an aggregate columns are read row by row.
        let loose = scope.loose.get();
        if aggregates {
            scope.loose.set(false);
        }
        let values = self.arguments(scope, &written, signature);
        let clauses = self.clauses(scope, function);
        scope.loose.set(loose);

        let Some(signature) = signature else {
            self.report_unknown_function(ident);
            return Typed {
                reported: true,
                nullable: true,
                ..Typed::made_of(Type::Unknown, values.iter().chain(&clauses))
            };
        };
        self.judge_call(scope, function, signature, &values);
        for (index, value) in values.iter().enumerate() {
            let wanted = signature.takes.get(index).or(signature.takes.last());
            if let Some(Some(of)) = wanted {
                self.want(value, of);
            }
        }
        let of = if several_of_sqlite {
            self.one_of(&values).of
        } else if signature.kind == Kind::Table {
            self.spread(signature, &values)
        } else if let Some(of) = given_by_name(signature, &written) {
            of.clone()
        } else {
            // The keys stand behind the filter.
            let key = usize::from(function.filter.is_some());
            let ordered = (!function.within_group.is_empty()).then(|| clauses.get(key));
            self.given(signature, &values, ordered.flatten())
        };
        let mut result = Typed::made_of(of, values.iter().chain(&clauses));
        if signature.answers {
            // As a column that nobody vouches for, whatever the question was made of.
            let answer = ColumnSource {
                table: "snowflake.cortex".into(),
                column: ident.value.to_ascii_lowercase().into(),
            };
            result.sources.insert(answer, Way::Value);
        }
        result.nullable = if several_of_sqlite {
            values.iter().any(|value| value.nullable)
        } else {
            signature.kind == Kind::Table
                || missing(self.dialect, scope, function, signature, &values)
        };
        result.wide = match signature.gives {
            Gives::Argument(index) => values.get(index).is_some_and(|value| value.wide),
            Gives::Promoted => values.first().is_some_and(|value| value.wide),
            Gives::Common(_) | Gives::Pairs(_) => result.wide,
            Gives::Sum => true,
            _ => signature.wide,
        };
        result.reported = result.is_unknown() && values.iter().any(|value| value.reported);
        shown(scope, function, signature, aggregates, result)
    }

    fn signature(&self, name: &str) -> Option<&'static Signature> {
        (self.in_pattern.then(|| functions::find_in_pattern(name)))
            .flatten()
            .or_else(|| functions::find(self.dialect, name))
    }

    /// Types the arguments; a word such as `month` in its place is no column.
    fn arguments(
        &mut self,
        scope: &Scope<'_>,
        written: &[&FunctionArg],
        signature: Option<&Signature>,
    ) -> Vec<Typed> {
        let word = signature.and_then(|signature| signature.word);
        written
            .iter()
            .enumerate()
            .filter_map(|(index, argument)| {
                let Some(expression) = argument_expression(argument) else {
                    return signature
                        .is_none_or(|signature| signature.shows != Shows::Count)
                        .then(|| whole_rows(scope));
                };
                let bare =
                    matches!(expression, Expr::Identifier(ident) if ident.quote_style.is_none());
                Some(if bare && word == Some(index) {
                    Typed::new(Type::Text)
                } else {
                    self.expression(scope, expression)
                })
            })
            .collect()
    }

    /// Everything of a call that is not an argument: order, filter, window. Their columns shape the
    /// value too.
    fn clauses(&mut self, scope: &Scope<'_>, function: &Function) -> Vec<Typed> {
        let mut parts: Vec<Typed> = Vec::new();
        let mut order: Vec<&OrderByExpr> = function.within_group.iter().collect();
        if let FunctionArguments::List(list) = &function.args {
            for clause in &list.clauses {
                match clause {
                    FunctionArgumentClause::OrderBy(keys) => order.extend(keys),
                    FunctionArgumentClause::Where(condition)
                    | FunctionArgumentClause::Limit(condition)
                    | FunctionArgumentClause::Having(HavingBound(_, condition)) => {
                        parts.push(self.expression(scope, condition));
                    }
                    _ => {}
                }
            }
        }
        if let FunctionArguments::Subquery(query) = &function.args {
            parts.extend(
                self.query(query, Some(scope))
                    .into_iter()
                    .map(|column| column.typed),
            );
        }
        if let Some(filter) = &function.filter {
            parts.push(self.expression(scope, filter));
        }
        for key in order {
            parts.push(self.expression(scope, &key.expr));
        }
        for window in windows(self.dialect, scope, function.over.as_ref()) {
            for part in &window.partition_by {
                parts.push(self.expression(scope, part));
            }
            for key in &window.order_by {
                parts.push(self.expression(scope, &key.expr));
            }
            if let Some(frame) = &window.window_frame {
                let bounds = std::iter::once(&frame.start_bound).chain(&frame.end_bound);
                for bound in bounds {
                    if let WindowFrameBound::Preceding(Some(rows))
                    | WindowFrameBound::Following(Some(rows)) = bound
                    {
                        parts.push(self.expression(scope, rows));
                    }
                }
            }
        }
        parts
    }

    fn given(&mut self, signature: &Signature, values: &[Typed], ordered: Option<&Typed>) -> Type {
        let of = |index: usize| {
            values
                .get(index)
                .map_or(Type::Unknown, |value| value.of.clone())
        };
        match &signature.gives {
            Gives::Type(of) => of.clone(),
            Gives::Argument(index) => of(*index),
            Gives::FirstOfMany if values.len() > 2 => Type::Json,
            Gives::FirstOfMany => of(0),
            Gives::Quotient => {
                units::arithmetic(self.dialect, &BinaryOperator::Divide, &of(0), &of(1))
            }
            Gives::Common(from) => {
                let results = values.get(*from..).unwrap_or_default().to_vec();
                self.one_of(&results).of
            }
            Gives::Pairs(from) => {
                let results: Vec<Typed> = results_of_pairs(values, *from).cloned().collect();
                self.one_of(&results).of
            }
            Gives::Sum => {
                let wide = values.first().is_some_and(|value| value.wide);
                units::sum(&of(0), wide && self.dialect == Dialect::Postgres)
            }
            Gives::Promoted => units::promoted(&of(0), &of(1)),
            Gives::Rounded if self.dialect == Dialect::Postgres && values.len() > 1 => {
                Type::Decimal
            }
            Gives::Rounded => units::rounded(self.dialect, &of(0)),
            Gives::Root => units::root(values),
            Gives::List(index) => values.get(*index).map_or(Type::Unknown, list_of),
            Gives::Item(index) => match of(*index) {
                Type::List(item) => item.present().clone(),
                _ => Type::Unknown,
            },
            Gives::Between => several(
                values,
                match ordered {
                    Some(key) if key.of == Type::Duration => Type::Duration,
                    _ => Type::Number,
                },
            ),
            Gives::Average => units::average(self.dialect, &of(0)),
            Gives::DateAdd => match of(2) {
                Type::Date => Type::Date,
                Type::Time => Type::Time,
                _ => Type::Timestamp,
            },
            Gives::Ordered => several(values, ordered.map_or(Type::Unknown, |key| key.of.clone())),
            Gives::Open => Type::Unknown,
        }
    }

    /// `array(select …)`
    fn array_of_query(&mut self, scope: &Scope<'_>, query: &Query) -> Typed {
        let columns = self.query(query, Some(scope));
        match columns.as_slice() {
            [column] => Typed::made_of(list_of(&column.typed), [&column.typed]).nullable(false),
            _ => Typed::reported(),
        }
    }

    /// A function that gives rows, where one value is wanted: each row brings it once.
    fn spread(&mut self, signature: &Signature, values: &[Typed]) -> Type {
        match (&signature.gives, signature.columns.as_slice(), values) {
            (Gives::Item(_), _, _) => self.given(signature, values, None),
            (_, [(_, Type::Unknown)], [from, to, ..]) => units::common(from, to),
            (_, [(_, of)], _) => of.clone(),
            _ => Type::Unknown,
        }
    }
}

/// An ordered-set aggregate over several shares gives several values.
fn several(values: &[Typed], of: Type) -> Type {
    match values {
        [shares] if matches!(shares.of, Type::List(_)) && of != Type::Unknown => {
            Type::List(Arc::new(of))
        }
        _ => of,
    }
}

/// The windows of a call, the named ones and those that they are built on included.
fn windows<'s>(
    dialect: Dialect,
    scope: &Scope<'s>,
    over: Option<&'s WindowType>,
) -> Vec<&'s WindowSpec> {
    let named = |ident: &Ident| {
        scope
            .windows
            .iter()
            .find(|definition| dialect.means(ident, &dialect.name(&definition.0)))
            .map(|definition| &definition.1)
    };
    let mut found: Vec<&WindowSpec> = Vec::new();
    let (mut spec, mut name) = match over {
        Some(WindowType::WindowSpec(spec)) => (Some(spec), None),
        Some(WindowType::NamedWindow(ident)) => (None, Some(ident)),
        None => (None, None),
    };
    // A window that is built on itself ends here, because each is taken once.
    while found.len() <= scope.windows.len() {
        if let Some(spec) = spec.take() {
            found.push(spec);
            name = spec.window_name.as_ref();
        }
        match name.take().and_then(named) {
            Some(NamedWindowExpr::WindowSpec(next)) => spec = Some(next),
            Some(NamedWindowExpr::NamedWindow(next)) => name = Some(next),
            None => break,
        }
    }
    found
}

/// Everything of the rows, for `row_to_json(t.*)` and `object_construct(*)`.
fn whole_rows(scope: &Scope<'_>) -> Typed {
    let columns = scope
        .relations
        .iter()
        .flat_map(|relation| relation.columns.iter().map(|column| &column.typed));
    Typed::made_of(Type::Json, columns).nullable(false)
}

/// A result with what its sources show in it.
fn shown(
    scope: &Scope<'_>,
    function: &Function,
    signature: &Signature,
    aggregates: bool,
    result: Typed,
) -> Typed {
    let of_all = function.filter.is_none() && !is_distinct(function);
    match signature.shows {
        Shows::Count if aggregates => result.counted(),
        Shows::Average if aggregates => match scope.at_least {
            Some(rows) if result.even && of_all => result.by(|way| way.averaged(rows)),
            _ if of_all => result,
            _ => result.chosen(),
        },
        Shows::Alike => result,
        _ => result.chosen(),
    }
}

fn is_distinct(function: &Function) -> bool {
    match &function.args {
        FunctionArguments::List(list) => {
            list.duplicate_treatment == Some(DuplicateTreatment::Distinct)
        }
        _ => false,
    }
}

fn missing(
    dialect: Dialect,
    scope: &Scope<'_>,
    function: &Function,
    signature: &Signature,
    values: &[Typed],
) -> bool {
    let any = values.iter().any(|value| value.nullable);
    match signature.missing {
        Missing::Any => any,
        Missing::All => values.iter().all(|value| value.nullable),
        Missing::First => values.first().is_some_and(|value| value.nullable),
        Missing::Chosen => match signature.gives {
            // Without `else` there may be nothing to choose.
            Gives::Common(from) => {
                let mut choices = values.iter().skip(from);
                values.len() < from + 2 || choices.any(|value| value.nullable)
            }
            Gives::Pairs(from) => {
                !values.len().is_multiple_of(2)
                    || results_of_pairs(values, from).any(|value| value.nullable)
            }
            _ => any,
        },
        Missing::Sought => any || values.len() > 1,
        Missing::Power => {
            any || values
                .get(1)
                .is_none_or(|power| !matches!(power.of, Type::Integer))
        }
        Missing::Never => false,
        Missing::Always => true,
        Missing::Misfit => {
            any || values
                .first()
                .is_some_and(|value| value.of == Type::Text && value.literal.is_none())
        }
        Missing::Empty => any || of_no_rows(dialect, scope, function),
        Missing::Rows => of_no_rows(dialect, scope, function),
        Missing::Default => match values {
            [value, _, default] => value.nullable || default.nullable,
            _ => true,
        },
    }
}

/// Whether an aggregate may see no row at all.
fn of_no_rows(dialect: Dialect, scope: &Scope<'_>, function: &Function) -> bool {
    match function.over.as_ref() {
        None => function.filter.is_some() || scope.grouping == Grouping::Whole,
        over => {
            let windows = windows(dialect, scope, over);
            windows.is_empty()
                || function.filter.is_some()
                || windows
                    .iter()
                    .filter_map(|window| window.window_frame.as_ref())
                    .any(may_be_empty)
        }
    }
}

/// The results of `decode`, the default included.
fn results_of_pairs(values: &[Typed], from: usize) -> impl Iterator<Item = &Typed> {
    let default = (values.len().is_multiple_of(2)).then(|| values.last());
    (values.iter().skip(from).step_by(2)).chain(default.flatten())
}

/// Whether a frame may hold no row; one that holds the current row does not.
fn may_be_empty(frame: &WindowFrame) -> bool {
    let reaches_current = |bound: &WindowFrameBound, open_before: bool| match bound {
        WindowFrameBound::CurrentRow => true,
        WindowFrameBound::Preceding(_) => open_before,
        WindowFrameBound::Following(_) => !open_before,
    };
    let starts_before = reaches_current(&frame.start_bound, true);
    let ends_after = frame
        .end_bound
        .as_ref()
        .is_none_or(|bound| reaches_current(bound, false));
    !(starts_before && ends_after)
}
