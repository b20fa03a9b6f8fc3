//! What a run begins with: the parameters of a request, and what a trigger brings under its own name.

use std::sync::Arc;

use sophia_diagnostics::codes;
use sophia_language::syntax::{Change, Expression, File, Item, Name, Trigger, TriggerKind};
use sophia_plan::expression::Expression as Code;
use sophia_plan::types::{FieldType, RecordType, Type};

use crate::checker::Checker;
use crate::lower::TableUse;
use crate::names::Declared;
use crate::types::{Place, Scope, Typed};

impl<'a> Checker<'a> {
    /// The value of a name that a trigger brings.
    pub(crate) fn arriving_value(
        &mut self,
        name: &Name,
        what: Declared<'a>,
        scope: &Scope,
    ) -> Typed {
        if matches!(what, Declared::Arriving(_))
            && self.triggers > 1
            && scope.place != Place::Arriving
        {
            self.report_several_triggers(name);
            return Typed::unknown();
        }
        let of = self.brought_type(what);
        self.pending.note_input(&name.text);
        Typed::new(Code::Name(Arc::from(name.text.as_str())), of)
    }

    /// The type of what a run begins with.
    pub(crate) fn brought_type(&mut self, what: Declared<'a>) -> Type {
        match what {
            Declared::Asked(parameter) => {
                let before = self.diagnostics.len();
                let of = self.resolve_type(&parameter.of);
                // What is wrong with it is told where the trigger is checked.
                self.diagnostics.truncate(before);
                of
            }
            Declared::Arriving(trigger) => self.arriving_type(trigger),
            _ => Type::Unknown,
        }
    }

    fn report_several_triggers(&mut self, name: &Name) {
        let diagnostic = self
            .diagnostic(
                codes::S231,
                name.span,
                format!(
                    "`{}` is there only when its own trigger starts the run, and there are several triggers.",
                    name.text
                ),
            )
            .with_label("not always there")
            .with_help("declare an `input`, and fill it at each trigger: `… with { NAME: … }`");
        self.push(diagnostic);
    }

    /// What a trigger brings. What is wrong with the trigger is told once, where it is checked.
    pub(crate) fn arriving_type(&mut self, trigger: &'a Trigger) -> Type {
        let before = self.diagnostics.len();
        let of = self.brought_by(&trigger.kind);
        self.diagnostics.truncate(before);
        of
    }

    /// What happens outside as a type, with complaints.
    pub(crate) fn brought_by(&mut self, kind: &TriggerKind) -> Type {
        match kind {
            TriggerKind::Schedule { .. } => record("tick", &[("at", Type::Timestamp)]),
            TriggerKind::Request { .. } => record(
                "request",
                &[("by", Type::Text.optional()), ("at", Type::Timestamp)],
            ),
            TriggerKind::Webhook { event } => self.event_type(event),
            TriggerKind::Event { name } => self.event_type(std::slice::from_ref(name)),
            TriggerKind::File { .. } => record(
                "file",
                &[
                    ("name", Type::Text),
                    ("path", Type::Text),
                    ("size", Type::Integer),
                    ("changed_at", Type::Timestamp),
                ],
            ),
            TriggerKind::Change(change) => self.brought_by_change(change),
            TriggerKind::Message { .. } => record(
                "message",
                &[
                    ("key", Type::Text.optional()),
                    ("body", Type::Json),
                    ("at", Type::Timestamp),
                ],
            ),
            TriggerKind::Resource { .. } => record(
                "resource",
                &[
                    ("uri", Type::Text),
                    ("text", Type::Text.optional()),
                    ("at", Type::Timestamp),
                ],
            ),
            TriggerKind::Error(_) => Type::Unknown,
        }
    }

    fn brought_by_change(&mut self, change: &Change) -> Type {
        let Some((_, row)) = self.table_of(&change.table, TableUse::Watched) else {
            return Type::Unknown;
        };
        let row = Type::Record(Arc::new(row));
        let of = record_type(
            "change",
            &[
                (
                    "kind",
                    Type::Literals(["added", "changed", "removed"].map(Arc::from).into()),
                ),
                ("row", row.clone()),
                ("was", row.optional()),
                ("at", Type::Timestamp),
            ],
        );
        if change.batches.is_some() {
            Type::Table(Arc::new(of))
        } else {
            Type::Record(Arc::new(of))
        }
    }

    /// The columns by which the rows of a change are known again.
    pub(crate) fn change_key(&mut self, change: &Change) -> Vec<Arc<str>> {
        let Some((shown, row)) = self.table_of(&change.table, TableUse::Watched) else {
            return Vec::new();
        };
        let columns: Vec<&Expression> = match &change.key {
            Expression::List { items, .. } => items.iter().collect(),
            other => vec![other],
        };
        let named = columns.len();
        let mut key = Vec::with_capacity(named);
        for column in columns {
            let Expression::Name(name) = column else {
                if !matches!(column, Expression::Missing(_)) {
                    let diagnostic = self
                        .diagnostic(
                            codes::S232,
                            column.span(),
                            "What tells the rows apart is a column, or a list of columns.",
                        )
                        .with_help(format!("name columns of `{shown}`"));
                    self.push(diagnostic);
                }
                continue;
            };
            key.extend(self.table_column(name, &shown, &row));
        }
        // A column that is misspelt is told already.
        if key.len() == named {
            self.judge_change_key(change, &key);
        }
        key
    }

    /// Of a table whose primary key is known, a part of it tells no rows apart, unless another key is among the columns.
    fn judge_change_key(&mut self, change: &Change, columns: &[Arc<str>]) {
        let [connection, table] = change.table.as_slice() else {
            return;
        };
        let pinned = (self.catalogue.connections.get(&connection.text))
            .and_then(|connection| connection.tables.get(&table.text));
        let Some((pinned, key)) = pinned.and_then(|pinned| Some((pinned, pinned.key.as_ref()?)))
        else {
            return;
        };
        let names = |column: &String| columns.iter().any(|named| **named == **column);
        let tells = |key: &Vec<String>| !key.is_empty() && key.iter().all(names);
        let is_part = !columns.is_empty()
            && (columns.iter()).all(|named| key.iter().any(|column| **column == **named));
        if !is_part || tells(key) || pinned.unique.iter().any(tells) {
            return;
        }
        let span = change.key.span();
        let text = format!("[{}]", key.join(", "));
        let diagnostic = self
            .diagnostic(
                codes::S250,
                span,
                format!(
                    "Two rows of `{}.{}` may have the same values here: its key is `{}`.",
                    connection.text,
                    table.text,
                    key.join(", ")
                ),
            )
            .with_label("a part of the key")
            .with_edit(format!("write `{text}`"), span, text);
        self.push(diagnostic);
    }

    /// How many triggers a file has.
    pub(crate) fn count_triggers(&mut self, file: &File) {
        self.triggers = file
            .items
            .iter()
            .filter(|item| matches!(item, Item::Trigger(_)))
            .count();
    }
}

/// A record of ours, with the name that people read in messages.
fn record(name: &str, fields: &[(&str, Type)]) -> Type {
    Type::Record(Arc::new(record_type(name, fields)))
}

fn record_type(name: &str, fields: &[(&str, Type)]) -> RecordType {
    RecordType {
        name: Some(Arc::from(name)),
        fields: fields
            .iter()
            .map(|(name, of)| FieldType::new(*name, of.clone()))
            .collect(),
    }
}
