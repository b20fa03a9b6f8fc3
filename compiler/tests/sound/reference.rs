//! The reference: it runs a plan over random rows, and every value carries its label along.
//!
//! Kept true here: nothing is foreseen. A value carries what the values carried that it was made of in this
//! run; something vouches for it where a comparison really came out so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sophia_plan::expression::Expression;
use sophia_plan::step::{Role, Step, StepKind, Work};
use sophia_plan::{Block, EndKind, Plan};

use super::Random;
use super::generate::COLUMNS;

/// A flow that should not have been.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    pub step: String,
    pub place: String,
    pub what: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    pub(super) level: usize,
    pub(super) categories: BTreeSet<String>,
    pub(super) untrusted: bool,
}

impl Carried {
    pub(super) fn with(mut self, other: &Self) -> Self {
        self.level = self.level.max(other.level);
        self.categories.extend(other.categories.iter().cloned());
        self.untrusted |= other.untrusted;
        self
    }

    pub(super) fn with_level(mut self, level: usize) -> Self {
        self.level = self.level.max(level);
        self
    }

    pub(super) fn level_of(&self) -> Self {
        Self::default().with_level(self.level)
    }
}

#[derive(Clone, Debug)]
pub(super) enum Shown {
    Text(String),
    Number(i64),
    Flag(bool),
    Record(BTreeMap<String, Labelled>),
    List(Vec<Labelled>),
}

#[derive(Clone, Debug)]
pub(super) struct Labelled {
    pub(super) shown: Shown,
    pub(super) carries: Carried,
}

impl Labelled {
    pub(super) fn field(&self, name: &str) -> Self {
        let Shown::Record(fields) = &self.shown else {
            panic!("{name} of no record");
        };
        let mut found = fields[name].clone();
        found.carries.level = found.carries.level.max(self.carries.level);
        found
    }

    pub(super) fn text(&self) -> String {
        match &self.shown {
            Shown::Text(text) => text.clone(),
            Shown::Number(number) => number.to_string(),
            Shown::Flag(flag) => flag.to_string(),
            _ => panic!("no text"),
        }
    }

    pub(super) fn number(&self) -> i64 {
        match &self.shown {
            Shown::Number(number) => *number,
            _ => panic!("no number"),
        }
    }

    pub(super) fn holds(&self) -> bool {
        matches!(self.shown, Shown::Flag(true))
    }
}

pub(super) enum Ended {
    Item,
    Run,
    /// A step failed, at a place that something of this level had decided.
    Failed(usize),
    /// An action has given its value.
    Given(Box<Labelled>),
}

pub(super) struct Run<'p> {
    plan: &'p Plan,
    pub(super) random: &'p mut Random,
    pub(super) names: Vec<(String, Labelled)>,
    pub(super) row: Option<Labelled>,
    /// The level of what decided that the run is here.
    pub(super) decided: usize,
    /// The level of what could have ended it before.
    pub(super) could_end: usize,
    /// How many attempts are under way.
    pub(super) tries: usize,
    /// What was shown to people, by the name of their answer.
    pub(super) asked: Vec<(Arc<str>, Vec<Expression>)>,
    /// What was told to others, in all runs.
    pub(super) events: Vec<Labelled>,
    /// What is kept between runs.
    pub(super) kept: Labelled,
    violations: BTreeSet<Violation>,
}

/// Runs a plan twice, and gives what should not have been.
pub fn run(plan: &Plan, random: &mut Random) -> BTreeSet<Violation> {
    let mut run = Run {
        plan,
        random,
        names: Vec::new(),
        row: None,
        decided: 0,
        could_end: 0,
        tries: 0,
        asked: Vec::new(),
        events: Vec::new(),
        kept: Labelled {
            shown: Shown::Text(String::new()),
            carries: Carried::default().with_level(1),
        },
        violations: BTreeSet::new(),
    };
    // The second run finds what the first one kept and told.
    for _ in 0..2 {
        run.names.clear();
        (run.decided, run.could_end) = (0, 0);
        let _ = run.block(&plan.body);
    }
    run.violations
}

const WORDS: [&str; 4] = ["public", "internal", "confidential", "restricted"];

fn of_column(labels: &[&str]) -> Carried {
    let mut carried = Carried {
        level: 1,
        categories: BTreeSet::new(),
        untrusted: true,
    };
    for label in labels {
        match WORDS.iter().position(|word| word == label) {
            Some(level) => carried.level = level,
            None if *label == "trusted" => carried.untrusted = false,
            None => {
                carried.categories.insert((*label).to_owned());
            }
        }
    }
    carried
}

impl Run<'_> {
    pub(super) fn block(&mut self, block: &Block) -> Result<(), Ended> {
        for (_, step) in block.steps() {
            self.step(step)?;
        }
        Ok(())
    }

    pub(super) fn nested(&mut self, block: &Block, level: usize) -> Result<(), Ended> {
        let (names, decided) = (self.names.len(), self.decided);
        self.decided = self.decided.max(level);
        let ended = self.block(block);
        self.names.truncate(names);
        self.decided = decided.max(self.could_end);
        ended
    }

    fn step(&mut self, step: &Step) -> Result<(), Ended> {
        match &step.kind {
            StepKind::Work(work) => {
                if self.keeping(step, work).is_some() {
                    return Ok(());
                }
                self.work(step, work);
                let may_fail = self.tries > 0 && matches!(work, Work::Tool { .. });
                if may_fail && self.random.chance(3) {
                    return Err(Ended::Failed(self.decided));
                }
            }
            StepKind::Branch {
                condition,
                then,
                otherwise,
            } => {
                let decided = self.value(condition);
                let outer: Vec<Labelled> =
                    self.names.iter().map(|(_, known)| known.clone()).collect();
                self.compared(condition);
                let taken = if decided.holds() { then } else { otherwise };
                let ended = self.nested(taken, decided.carries.level);
                // The other way vouched for nothing: after the branch a value is as it was before.
                for ((_, known), before) in self.names.iter_mut().zip(outer) {
                    *known = before;
                }
                return ended;
            }
            StepKind::ForEach {
                item, source, body, ..
            } => {
                let source = self.value(source);
                let Shown::List(items) = &source.shown else {
                    panic!("no list");
                };
                let (could_end, decided) = (self.could_end, self.decided);
                for each in items {
                    let mut each = each.clone();
                    each.carries.level = each.carries.level.max(source.carries.level);
                    let outer: Vec<Labelled> =
                        self.names.iter().map(|(_, known)| known.clone()).collect();
                    self.names.push((item.to_string(), each));
                    let ended = self.nested(body, source.carries.level);
                    self.names.truncate(outer.len());
                    for ((_, known), before) in self.names.iter_mut().zip(outer) {
                        *known = before;
                    }
                    if matches!(ended, Err(Ended::Run | Ended::Failed(_) | Ended::Given(_))) {
                        return ended;
                    }
                    // An item that is left out decides nothing about the next.
                    (self.could_end, self.decided) = (could_end, decided);
                }
            }
            StepKind::End { kind, when, .. } => {
                let when = when.as_ref().expect("a condition");
                let held = self.value(when);
                self.decided = self.decided.max(held.carries.level);
                self.could_end = self.could_end.max(self.decided);
                if held.holds() {
                    return Err(match kind {
                        EndKind::Skip => Ended::Item,
                        EndKind::Stop | EndKind::Fail => Ended::Run,
                    });
                }
                self.compared(when);
            }
            _ => return self.course(step),
        }
        Ok(())
    }

    fn work(&mut self, step: &Step, work: &Work) {
        let given = match work {
            Work::Query { query, .. } => self.query(query),
            Work::Compute { expression } => self.value(expression),
            Work::Model { model, arguments } => {
                let given = self.value(&arguments[0].1);
                let definition = &self.plan.models[model];
                for route in &definition.routes {
                    if &**route != "local" {
                        self.leaves(step, route, &given.carries, 1, &[]);
                    }
                }
                let mut carries = given.carries.with_level(1);
                carries.untrusted = true;
                let part = |shown, carries: &Carried| Labelled {
                    shown,
                    carries: carries.clone(),
                };
                let size = self.random.below(9);
                let mut sized = carries.clone();
                // `ensure size <= 50` came out so.
                sized.untrusted = false;
                let kind = if self.random.chance(2) { "a" } else { "b" };
                let fields = [
                    ("text", part(Shown::Text("reply".to_owned()), &carries)),
                    (
                        "size",
                        part(Shown::Number(i64::try_from(size).unwrap_or(0)), &sized),
                    ),
                    (
                        "kind",
                        part(Shown::Text(kind.to_owned()), &carries.level_of()),
                    ),
                ];
                let fields = fields.map(|(name, known)| (name.to_owned(), known));
                Labelled {
                    shown: Shown::Record(fields.into()),
                    carries: Carried::default(),
                }
            }
            Work::Tool {
                tool, arguments, ..
            } => {
                let (level, categories): (usize, &[&str]) = match &**tool {
                    "open" => (1, &[]),
                    _ => (2, &["pii"]),
                };
                if self.decided > level {
                    self.tell(step, &format!("{tool}."), "decided");
                }
                for argument in arguments {
                    let value = self.value(&argument.value);
                    let place = format!("{tool}.{}", argument.name);
                    self.leaves(step, &place, &value.carries, level, categories);
                    if argument.role == Role::Steers && value.carries.untrusted {
                        self.tell(step, &place, "steers");
                    }
                }
                return;
            }
            Work::Record { rows, .. } => {
                let Shown::List(rows) = self.value(rows).shown else {
                    panic!("no rows");
                };
                for row in rows {
                    self.kept(step, &row.field("open"), "open", 1, &[]);
                    self.kept(step, &row.field("personal"), "personal", 2, &["pii"]);
                }
                return;
            }
            other => panic!("no such work is made: {other:?}"),
        };
        if let Some(name) = &step.binds {
            self.names.push((name.to_string(), given));
        }
    }

    fn kept(
        &mut self,
        step: &Step,
        value: &Labelled,
        column: &str,
        level: usize,
        cleared: &[&str],
    ) {
        let place = format!("column {column}");
        if self.decided > level {
            self.tell(step, &place, "decided");
        }
        self.leaves(step, &place, &value.carries, level, cleared);
    }

    pub(super) fn leaves(
        &mut self,
        step: &Step,
        place: &str,
        carries: &Carried,
        level: usize,
        cleared: &[&str],
    ) {
        if carries.level > level {
            self.tell(step, place, "level");
        }
        for category in &carries.categories {
            let covered = cleared
                .iter()
                .any(|clear| category == clear || category.starts_with(&format!("{clear}.")));
            if !covered {
                self.tell(step, place, &format!("@{category}"));
            }
        }
    }

    pub(super) fn tell(&mut self, step: &Step, place: &str, what: &str) {
        self.violations.insert(Violation {
            step: step.name.to_string(),
            place: place.to_owned(),
            what: what.to_owned(),
        });
    }

    fn query(&mut self, query: &str) -> Labelled {
        let rows = (0..=self.random.below(3)).map(|_| {
            let fields = COLUMNS.iter().map(|(name, declared, labels)| {
                let mut carries = of_column(labels);
                let shown = match *declared {
                    "INTEGER" => Shown::Number(i64::try_from(self.random.below(9)).unwrap_or(0)),
                    "BOOLEAN" => {
                        carries.untrusted = false;
                        Shown::Flag(self.random.chance(2))
                    }
                    _ => {
                        Shown::Text(["written", "plain", "other"][self.random.below(3)].to_owned())
                    }
                };
                ((*name).to_owned(), Labelled { shown, carries })
            });
            Labelled {
                shown: Shown::Record(fields.collect()),
                carries: Carried::default(),
            }
        });
        Labelled {
            shown: Shown::List(rows.collect()),
            // Which rows are there was decided by the column `secret`.
            carries: Carried::default().with_level(if query == "filtered" { 3 } else { 1 }),
        }
    }
}
