//! Functions that give rows.

use sophia_plan::types::Type;
use sqlparser::ast::{FunctionArg, ObjectName, TableAlias};
use sqlparser::tokenizer::Span as SqlSpan;

use super::call::argument_expression;
use super::datatype;
use super::dialect::Dialect;
use super::from::relation_of;
use super::functions::{self, Kind};
use super::named::idents;
use super::scope::{Column, Relation, Scope};
use super::typed::Typed;
use super::typer::Typer;
use super::units;

impl Typer<'_> {
    /// The columns that an alias gives types to: `jsonb_to_recordset(…) as t(a int, b text)`.
    fn described(&self, alias: Option<&TableAlias>, values: &[Typed]) -> Option<Vec<Column>> {
        let columns = &alias?.columns;
        if columns.is_empty() {
            return None;
        }
        columns
            .iter()
            .map(|column| {
                let of = datatype::declared(self.dialect, &column.data_type.as_ref()?.to_string());
                Some(Column {
                    name: self.dialect.name(&column.name),
                    typed: Typed::made_of(of, values).nullable(true),
                    span: column.name.span,
                })
            })
            .collect()
    }

    /// `flatten(input => t.items) f`: its arguments see the tables before it.
    pub(super) fn table_function(
        &mut self,
        scope: &Scope<'_>,
        name: &ObjectName,
        arguments: &[FunctionArg],
        alias: Option<&TableAlias>,
        with_ordinality: bool,
    ) -> Relation {
        let values: Vec<Typed> = arguments
            .iter()
            .filter_map(argument_expression)
            .map(|argument| self.expression(scope, argument))
            .collect();
        for value in &values {
            self.decides(value);
        }
        let path = idents(name);
        let Some(ident) = path.last() else {
            return relation_of(self.dialect, "table", Vec::new(), alias, true);
        };
        let known = functions::find(self.dialect, &ident.value)
            .filter(|signature| signature.kind == Kind::Table);
        let Some(signature) = known else {
            self.report_unknown_function(ident);
            return relation_of(self.dialect, &ident.value, Vec::new(), alias, true);
        };
        if let Some(columns) = self.described(alias, &values) {
            return relation_of(self.dialect, &ident.value, columns, alias, false);
        }
        let one = signature.columns.len() == 1 && !with_ordinality;
        let mut columns: Vec<Column> = signature
            .columns
            .iter()
            .map(|(column, of)| {
                // PostgreSQL names the only column of a function after its alias.
                let name = match alias {
                    Some(alias) if one && self.dialect == Dialect::Postgres => {
                        self.dialect.name(&alias.name)
                    }
                    _ => column.clone(),
                };
                let of = match (of, values.as_slice()) {
                    (Type::Unknown, [from, to, ..]) if self.dialect == Dialect::Postgres => {
                        units::common(from, to)
                    }
                    _ => of.clone(),
                };
                Column {
                    name,
                    typed: Typed::made_of(of, &values).nullable(true),
                    span: ident.span,
                }
            })
            .collect();
        if with_ordinality {
            columns.push(ordinality(ident.span));
        }
        relation_of(self.dialect, &ident.value, columns, alias, false)
    }
}

/// The number that `with ordinality` adds to each row.
pub(super) fn ordinality(span: SqlSpan) -> Column {
    Column {
        name: "ordinality".to_owned(),
        typed: Typed::new(Type::Integer).wide(true),
        span,
    }
}
