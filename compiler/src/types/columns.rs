//! Columns that stages add, keep and gather.

use std::sync::Arc;

use sophia_diagnostics::codes;
use sophia_language::syntax::{FieldValue, GroupColumn, Name};
use sophia_plan::expression::Expression as Code;
use sophia_plan::types::{FieldType, RecordType, Type};

use super::composite::field_names;
use super::scope::{Grouping, Scope};
use crate::checker::Checker;
use crate::names::{nearest, with_nearest};

/// New columns with the row type that they make.
pub(super) struct Columns {
    pub(super) codes: Vec<(Arc<str>, Code)>,
    pub(super) row: Arc<RecordType>,
}

impl Checker<'_> {
    /// `| add a = …, b = …`: a later column sees an earlier one.
    pub(super) fn added_columns(
        &mut self,
        columns: &[FieldValue],
        row: &Arc<RecordType>,
        scope: &Scope,
    ) -> Option<Columns> {
        let mut after = RecordType {
            name: None,
            fields: row.fields.clone(),
        };
        let mut codes = Vec::with_capacity(columns.len());
        let mut known = true;
        for column in columns {
            let inner = scope.stage(Type::Record(Arc::new(after.clone())), Grouping::Adding);
            let value = self.typed(&column.value, &inner, None);
            known &= !value.is_unknown();
            let name: Arc<str> = Arc::from(column.name.text.as_str());
            let field = FieldType::new(name.clone(), value.of);
            match after.fields.iter_mut().find(|known| known.name == name) {
                Some(replaced) => *replaced = field,
                None => after.fields.push(field),
            }
            codes.push((name, value.expression));
        }
        known.then(|| Columns {
            codes,
            row: Arc::new(after),
        })
    }

    /// `| select a, b`
    pub(super) fn selected_columns(
        &mut self,
        columns: &[Name],
        row: &RecordType,
    ) -> Option<RecordType> {
        let fields: Vec<Option<FieldType>> = columns
            .iter()
            .map(|column| self.column_of(column, row))
            .collect();
        let fields: Option<Vec<FieldType>> = fields.into_iter().collect();
        Some(RecordType {
            name: None,
            fields: fields?,
        })
    }

    /// The columns that a group is by.
    pub(super) fn group_keys(&mut self, by: &[Name], row: &RecordType) -> Option<Vec<FieldType>> {
        self.selected_columns(by, row).map(|row| row.fields)
    }

    /// `{ accounts: count(), total: sum(amount) }`
    pub(super) fn grouped_columns(
        &mut self,
        by: &[FieldType],
        columns: &[GroupColumn],
        row: &Arc<RecordType>,
        scope: &Scope,
    ) -> Option<Columns> {
        let names = by.iter().map(|field| field.name.to_string()).collect();
        let inner = scope.stage(Type::Record(row.clone()), Grouping::Beside(names));
        let mut after = RecordType {
            name: None,
            fields: by.to_vec(),
        };
        let mut codes = Vec::with_capacity(columns.len());
        let mut known = true;
        for column in columns {
            if after.field(&column.name.text).is_some() {
                let diagnostic = self
                    .diagnostic(
                        codes::S328,
                        column.name.span,
                        format!("The column `{}` stands here twice.", column.name.text),
                    )
                    .with_help("give one of them another name");
                self.push(diagnostic);
                known = false;
                continue;
            }
            let value = self.typed(&column.value, &inner, None);
            known &= !value.is_unknown();
            let name: Arc<str> = Arc::from(column.name.text.as_str());
            after.fields.push(FieldType::new(name.clone(), value.of));
            codes.push((name, value.expression));
        }
        known.then(|| Columns {
            codes,
            row: Arc::new(after),
        })
    }

    /// A column of a row, or a complaint with the nearest.
    pub(super) fn column_of(&mut self, column: &Name, row: &RecordType) -> Option<FieldType> {
        if column.text.is_empty() {
            return None;
        }
        if let Some(field) = row.field(&column.text) {
            return Some(field.clone());
        }
        // An earlier stage that could not be read may have made it.
        if self.broken.mentions(&column.text) {
            return None;
        }
        let near = nearest(&column.text, row.fields.iter().map(|field| &*field.name));
        let diagnostic = self
            .diagnostic(
                codes::S303,
                column.span,
                format!("There is no column `{}` at this stage.", column.text),
            )
            .with_label("not a column here")
            .with_note(format!("its columns: {}", field_names(row)));
        self.push(with_nearest(diagnostic, near, column.span));
        None
    }
}
