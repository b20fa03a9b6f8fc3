//! Stages of pipelines.
//!
//! Kept true here: what decides which rows there are adds its level to the rows, never its categories.

use std::sync::Arc;

use sophia_plan::expression::{Expression, JoinOn, Stage};

use super::known::{Known, Parts};
use super::label::Label;
use super::pass::Walk;
use super::trust::new_in;

impl Walk<'_> {
    /// What comes out of a stage.
    pub(super) fn stage(&mut self, stage: &Stage, before: &Known) -> Known {
        let mut rows = before.label.clone();
        let mut item = match &before.parts {
            Parts::Items(item) => (**item).clone(),
            _ => before.item(),
        };
        match stage {
            Stage::Where(condition) => {
                let (level, kept) = self.over(&item, |walk| {
                    let level = walk.value(condition).whole();
                    walk.learn(condition, true);
                    level
                });
                rows.join_level(&level);
                item = kept;
            }
            Stage::Add { columns, .. } => {
                let ((), added) = self.over(&item, |walk| {
                    for (name, value) in columns {
                        let known = walk.value(value);
                        if let Some(row) = &mut walk.row {
                            row.set(name, known);
                        }
                    }
                });
                item = added;
            }
            Stage::Select(columns) => {
                if let Parts::Fields(fields) = &mut item.parts {
                    Arc::make_mut(fields).retain(|(name, _)| columns.contains(name));
                }
            }
            Stage::Sort(keys) => {
                for (key, _) in keys {
                    let (label, _) = self.over(&item, |walk| walk.value(key).whole());
                    rows.join_level(&label);
                }
            }
            Stage::Take { count, per } => {
                let count = self.value(count);
                rows.join_level(&count.whole());
                for column in per {
                    rows.join_level(&item.field(column).whole());
                }
            }
            Stage::Join {
                source,
                binding,
                on,
                ..
            } => {
                let (joined, level) = self.join_stage(&item, source, binding.as_ref(), on);
                rows.join_level(&level);
                item = joined;
            }
            Stage::Check { rules, .. } => return self.check_stage(&rows, &item, rules),
            Stage::First | Stage::Only => {
                item.label.join_level(&rows);
                if let Some(doubt) = &rows.doubt {
                    item.label.doubt(doubt.trail.clone());
                }
                return item;
            }
            Stage::Map { value, .. } => {
                let (mapped, _) = self.over(&item, |walk| walk.value(value));
                item = mapped;
            }
            Stage::Group { by, columns, .. } => {
                return self.group_stage(&rows, &item, by, columns);
            }
        }
        Known::list(rows, item)
    }

    /// Looks at one row, and gives what was learned of it.
    fn over<T>(&mut self, item: &Known, look: impl FnOnce(&mut Self) -> T) -> (T, Known) {
        let outer = self.row.replace(item.clone());
        let seen = look(self);
        let row = std::mem::replace(&mut self.row, outer);
        (seen, row.unwrap_or_default())
    }

    fn join_stage(
        &mut self,
        item: &Known,
        source: &Expression,
        binding: Option<&Arc<str>>,
        on: &JoinOn,
    ) -> (Known, Label) {
        let other = self.value(source);
        let other_item = other.item();
        let mut level = other.label.clone();
        match on {
            JoinOn::Columns(columns) => {
                for column in columns {
                    level.join(&item.field(column).whole());
                    level.join(&other_item.field(column).whole());
                }
            }
            JoinOn::Condition(condition) => {
                let (seen, _) = self.over(item, |walk| {
                    let depth = walk.env.depth();
                    if let Some(name) = binding {
                        walk.env.bind(name.clone(), other_item.clone());
                    }
                    let seen = walk.value(condition).whole();
                    walk.env.forget(depth);
                    seen
                });
                level.join(&seen);
            }
        }
        let mut joined = item.clone();
        match binding {
            Some(name) => joined.set(name, other_item),
            None => {
                if let Parts::Fields(theirs) = &other_item.parts {
                    for (name, known) in theirs.iter() {
                        let own = matches!(&joined.parts, Parts::Fields(mine)
                            if mine.iter().any(|(mine, _)| mine == name));
                        if !own {
                            joined.set(name, known.clone());
                        }
                    }
                } else {
                    let label = other_item.whole();
                    joined.each(&mut |mine| mine.join(&label));
                }
            }
        }
        (joined, level)
    }

    /// `passed` and `failed`. Every rule decides in which of them a row is.
    fn check_stage(
        &mut self,
        rows: &Label,
        item: &Known,
        rules: &[(Expression, Expression)],
    ) -> Known {
        let mut rows = rows.clone();
        let mut names = Label::public();
        let (fresh, mut passed) = self.over(item, |walk| {
            let mut fresh = Vec::new();
            for (name, rule) in rules {
                names.join(&walk.value(name).whole());
                rows.join_level(&walk.value(rule).whole());
                if let Some((column, set)) = new_in(rule)
                    && let Some(place) = walk.column_read(set)
                {
                    fresh.push((column, place));
                }
            }
            for (_, rule) in rules {
                walk.learn(rule, true);
            }
            fresh
        });
        for (column, place) in fresh {
            let mut field = passed.field(&column);
            field.each(&mut |label| {
                if let Some(doubt) = &mut label.doubt {
                    doubt.new_in = Some(place.clone());
                }
            });
            passed.set(&column, field);
        }
        names.join_level(&rows);
        let mut failed = item.clone();
        let problems = Known::list(rows.clone(), Known::scalar(names));
        failed.set(&Arc::from("problems"), problems);
        Known::record(
            Label::public(),
            vec![
                (Arc::from("passed"), Known::list(rows.clone(), passed)),
                (Arc::from("failed"), Known::list(rows, failed)),
            ],
        )
    }

    fn group_stage(
        &mut self,
        rows: &Label,
        item: &Known,
        by: &[Arc<str>],
        columns: &[(Arc<str>, Expression)],
    ) -> Known {
        let mut rows = rows.clone();
        let mut fields: Vec<(Arc<str>, Known)> = Vec::new();
        for column in by {
            let known = item.field(column);
            rows.join_level(&known.whole());
            fields.push((column.clone(), known));
        }
        // In an aggregate a column is a value for each row of the group.
        let group = match &item.parts {
            Parts::Fields(inner) => Known::record(
                item.label.clone(),
                inner
                    .iter()
                    .map(|(name, known)| {
                        // Beside aggregates the columns of the group have one value.
                        let known = if by.contains(name) {
                            known.clone()
                        } else {
                            Known::list(rows.clone(), known.clone())
                        };
                        (name.clone(), known)
                    })
                    .collect(),
            ),
            _ => Known::list(rows.clone(), item.clone()),
        };
        for (name, value) in columns {
            let (mut known, _) = self.over(&group, |walk| walk.value(value));
            known.label.join_level(&rows);
            fields.push((name.clone(), known));
        }
        Known::list(rows, Known::record(Label::public(), fields))
    }
}
