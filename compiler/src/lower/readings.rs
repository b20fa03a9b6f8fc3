//! Which reading of a source each use sees.
//!
//! A query, and the values of a column, are read at their first use and not again, until the source may have changed:
//! after a `wait`, an `ask` or an effect on it the next use reads again. A reading stands in the innermost block that
//! holds everything that sees it (`needed`), so what only one way needs is read on that way alone, and outside of the
//! loops in which nothing changes its source: a loop whose body changes nothing sees one reading from before it, and a
//! body that does reads in every item.
//!
//! Kept true here: a use sees a reading that was made after everything written before it that may have changed the
//! source; a name that a `let` gave keeps its value; the version of a predictor is pinned once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sophia_plan::expression::Expression as Code;
use sophia_plan::step::{Block, Otherwise, Policy, Step, StepKind, Wait, Work};

use super::block::Building;
use super::mentions;
use super::needed::{Needed, Place, Rounds};
use super::numbering::free_name;
use super::ordering::{Effects, Ordering};
use super::pending::{Asked, PendingStep};
use super::sources::{Sources, Touched};
use super::uses::Uses;
use crate::checker::Checker;

/// A block that is under way.
struct Level {
    block: Ordering,
    /// The names of its steps begin with this.
    path: String,
    /// The readings that everything from the step under way on may see.
    readings: Vec<Reading>,
    /// What may have changed since the block began.
    outdated: Touched,
    /// What a round or an item before this one may have changed.
    outdated_each_time: Touched,
    /// Which block it is.
    place: Place,
}

/// How a block is entered.
#[derive(Default)]
struct Entry {
    effects: Effects,
    outdated: Touched,
    outdated_each_time: Touched,
    rounds: Rounds,
}

impl Entry {
    /// After this, in the same step.
    fn after(outdated: Touched) -> Self {
        Self {
            outdated,
            ..Self::default()
        }
    }

    /// Several times.
    fn each_time(outdated_each_time: Touched) -> Self {
        Self {
            outdated_each_time,
            rounds: Rounds::Several,
            ..Self::default()
        }
    }
}

/// What was read.
struct Reading {
    work: Work,
    source: Option<Arc<str>>,
    bind: Arc<str>,
    /// Which of those that were made because a use needed one, in their order.
    made: Option<usize>,
}

/// The steps of one part of a playbook (its statements, an action, `on failure`) while readings are placed.
struct Readings<'c, 'a> {
    checker: &'c Checker<'a>,
    asked: Asked,
    /// The names of steps that are taken.
    names: BTreeSet<Arc<str>>,
    /// The blocks around the step under way, the innermost last.
    levels: Vec<Level>,
    /// The names of steps that were left out because another has read the same, with the name of what it read.
    left_out: BTreeMap<Arc<str>, Arc<str>>,
    /// Where the readings are needed, as far as it is known.
    needed: Needed,
}

impl Checker<'_> {
    /// A part of the playbook whose steps are all written down: its readings become steps, and the steps get
    /// their edges.
    pub(crate) fn finish_part(&mut self, building: Building) -> Block {
        let block = building.finish();
        let asked = self.pending.take_asked();
        let mut needed = Needed::default();
        if asked.are_used_on_one_way(&block, Rounds::Several) {
            // Which uses see one reading does not depend on where it stands, so a first pass tells where it is needed.
            let mut readings = Readings::new(self, asked.clone(), &block, needed);
            let placed = readings.block(block.clone(), Entry::default());
            if readings.needed.is_settled() {
                return placed;
            }
            needed = readings.needed.told();
        }
        Readings::new(self, asked, &block, needed).block(block, Entry::default())
    }
}

impl Asked {
    /// Whether a use stands in a block that runs at most once each time that it is come to: only there can a reading
    /// stand further inside than it must.
    fn are_used_on_one_way(&self, block: &Block, rounds: Rounds) -> bool {
        !self.reads.is_empty()
            && block.steps().any(|(_, step)| {
                let mut used = false;
                if rounds == Rounds::One {
                    step.each_part(&mut |part| used |= self.are_used_in(part));
                }
                let inside = match (&step.kind, &step.policy.otherwise) {
                    (_, Some(Otherwise::Block(_))) => Rounds::One,
                    (StepKind::ForEach { .. } | StepKind::Repeat { .. }, _) => rounds,
                    _ => Rounds::One,
                };
                let mut blocks = step.blocks().into_iter();
                used || blocks.any(|block| self.are_used_on_one_way(block, inside))
            })
    }

    fn are_used_in(&self, expression: &Code) -> bool {
        let mut used = match expression {
            Code::Name(name) => self.reads.contains_key(name),
            Code::Predict { predictor, .. } => self.reads.contains_key(predictor),
            _ => false,
        };
        expression.each_part(&mut |part| used = used || self.are_used_in(part));
        used
    }
}

impl Checker<'_> {
    /// A part whose readings are made outside of it: its steps get their edges.
    pub(super) fn finish_inside(&self, building: Building) -> Block {
        let block = building.finish();
        let asked = Asked::default();
        Readings::new(self, asked, &block, Needed::default()).block(block, Entry::default())
    }
}

impl<'c, 'a> Readings<'c, 'a> {
    fn new(checker: &'c Checker<'a>, asked: Asked, block: &Block, needed: Needed) -> Self {
        Self {
            checker,
            asked,
            names: (block.all_steps().into_iter())
                .map(|step| step.name.clone())
                .collect(),
            levels: Vec::new(),
            left_out: BTreeMap::new(),
            needed,
        }
    }
}

impl Readings<'_, '_> {
    fn block(&mut self, block: Block, entry: Entry) -> Block {
        self.begin(&block, entry);
        for step in steps(block) {
            self.step(step);
        }
        self.end()
    }

    fn begin(&mut self, block: &Block, entry: Entry) {
        let first = block.steps().next().map(|(_, step)| &*step.name);
        let path = first.and_then(|name| Some(name.rsplit_once('/')?.0));
        let place = self.needed.enter(entry.rounds);
        self.levels.push(Level {
            place,
            block: Ordering::with(entry.effects),
            path: path.map_or_else(String::new, |path| format!("{path}/")),
            readings: Vec::new(),
            outdated: entry.outdated,
            outdated_each_time: entry.outdated_each_time,
        });
    }

    fn end(&mut self) -> Block {
        let level = self.levels.pop();
        level.map_or_else(Block::default, |level| level.block.finish())
    }

    fn step(&mut self, mut step: Step) {
        mentions::in_step(&mut step, &mut |name| self.resolve(name));
        if let Some(read) = self.read_before(&step) {
            if self.asked.hoisted.contains(&step.name) {
                self.left_out.insert(step.name, read);
                return;
            }
            step.kind = StepKind::Work(Work::Compute {
                expression: Code::Name(read),
            });
            // What was read needs no patience.
            step.policy = Policy::default();
        }
        self.inside(&mut step.kind);
        let otherwise = match &mut step.policy.otherwise {
            Some(Otherwise::Block(block)) => Some(std::mem::take(block)),
            _ => None,
        };
        if let Some(block) = otherwise {
            let tried = Uses::of_step(&step, self.checker).outdates();
            let block = self.block(block, Entry::after(tried));
            step.policy.otherwise = Some(Otherwise::Block(block));
        }
        self.place(step);
    }

    /// The blocks inside a step.
    fn inside(&mut self, kind: &mut StepKind) {
        match kind {
            StepKind::ForEach { body, .. } => {
                let items = Touched::in_block(body, self.checker);
                self.enter(body, Entry::each_time(items));
            }
            StepKind::Branch {
                then, otherwise, ..
            } => {
                self.enter(then, Entry::default());
                self.enter(otherwise, Entry::default());
            }
            StepKind::Match {
                arms, otherwise, ..
            } => {
                for block in arms.iter_mut().map(|arm| &mut arm.body).chain(otherwise) {
                    self.enter(block, Entry::default());
                }
            }
            StepKind::Repeat { until, body, .. } => {
                let written = std::mem::take(body);
                self.begin(&written, Entry::each_time(Touched::everything()));
                for step in steps(written) {
                    self.step(step);
                }
                if let Some(until) = until {
                    mentions::in_expression(until, &mut |name| self.resolve(name));
                }
                *body = self.end();
            }
            StepKind::Together { body } => self.enter(
                body,
                Entry {
                    effects: Effects::InAnyOrder,
                    ..Entry::default()
                },
            ),
            StepKind::Try {
                body, otherwise, ..
            } => {
                let tried = Touched::in_block(body, self.checker);
                self.enter(body, Entry::default());
                self.enter(otherwise, Entry::after(tried));
            }
            StepKind::Wait(Wait::First(branches)) => {
                for branch in branches {
                    self.enter(&mut branch.body, Entry::after(Touched::everything()));
                }
            }
            // An action reads for itself, and its readings were placed when it was written down.
            StepKind::Action { .. }
            | StepKind::Work(_)
            | StepKind::Ask(_)
            | StepKind::Wait(_)
            | StepKind::Armed { .. }
            | StepKind::End { .. }
            | StepKind::Return { .. }
            | StepKind::Yield { .. } => {}
        }
    }

    fn enter(&mut self, block: &mut Block, entry: Entry) {
        let inside = self.block(std::mem::take(block), entry);
        *block = inside;
    }

    /// Adds a step to the block under way.
    fn place(&mut self, step: Step) {
        let uses = Uses::of_step(&step, self.checker);
        let outdated = uses.outdates();
        let reading = match (&step.kind, &step.binds) {
            (StepKind::Work(work), Some(bind))
                if is_shareable(&step) && gives_what_it_read(&step) =>
            {
                Some(Reading {
                    source: self.source(work),
                    work: work.clone(),
                    bind: bind.clone(),
                    made: None,
                })
            }
            _ => None,
        };
        let Some(level) = self.levels.last_mut() else {
            return;
        };
        level.block.push(step, uses);
        let source = |reading: &Reading| reading.source.clone();
        (level.readings)
            .retain(|reading| !source(reading).is_some_and(|source| outdated.holds(&source)));
        level.readings.extend(reading);
        level.outdated.add(outdated);
    }

    /// Puts the name of a reading in the place of a use.
    fn resolve(&mut self, name: &mut Arc<str>) {
        if let Some(read) = self.left_out.get(name) {
            *name = read.clone();
        } else if let Some(asked) = self.asked.reads.get(name).cloned() {
            *name = self.reading(asked);
        }
    }

    /// The reading that a use sees, which is made where there is none.
    fn reading(&mut self, asked: PendingStep) -> Arc<str> {
        let source = self.source(&asked.work);
        let outermost = match self.look(&asked.work, source.as_ref()) {
            Ok(reading) => {
                let (bind, made) = (reading.bind.clone(), reading.made);
                self.needed
                    .seen(made, self.levels.iter().map(|level| level.place));
                return bind;
            }
            Err(place) => place,
        };
        let places = self.levels.iter().map(|level| level.place);
        let (made, place) = self.needed.make(outermost, places);
        let Some(path) = self.levels.get(place).map(|level| level.path.clone()) else {
            return asked.label;
        };
        let plain: Arc<str> = Arc::from(format!("{path}{}", asked.label));
        let name = free_name(&plain, |name| self.names.insert(name.clone()));
        let bind = if place == 0 && name == plain {
            asked.label.clone()
        } else {
            name.clone()
        };
        let reading = Reading {
            work: asked.work.clone(),
            source,
            bind: bind.clone(),
            made: Some(made),
        };
        let step = Step {
            name,
            ..self.checker.step_of(asked, bind.clone())
        };
        let uses = Uses::of_step(&step, self.checker);
        if let Some(level) = self.levels.get_mut(place) {
            level.block.push(step, uses);
            level.readings.push(reading);
        }
        bind
    }

    /// The reading of this that a use sees, or the outermost block in which it may be made.
    fn look(&self, work: &Work, source: Option<&Arc<str>>) -> Result<&Reading, usize> {
        for (place, level) in self.levels.iter().enumerate().rev() {
            if let Some(found) = level.readings.iter().find(|known| known.work == *work) {
                return Ok(found);
            }
            let stale = source.is_some_and(|source| {
                level.outdated.holds(source) || level.outdated_each_time.holds(source)
            });
            if stale {
                return Err(place);
            }
        }
        Err(0)
    }

    /// What was read before of what a step reads with the same arguments.
    fn read_before(&self, step: &Step) -> Option<Arc<str>> {
        let StepKind::Work(work) = &step.kind else {
            return None;
        };
        let source = is_shareable(step).then(|| self.source(work))?;
        let reading = self.look(work, source.as_ref()).ok()?;
        Some(reading.bind.clone())
    }

    fn source(&self, work: &Work) -> Option<Arc<str>> {
        match work {
            Work::Query { .. } => self.checker.connection_of(work),
            Work::Distinct { connection, .. } => Some(connection.clone()),
            _ => None,
        }
    }
}

/// Whether a step reads a query with arguments that are fixed once they are known, so that another such step
/// would read the same.
fn is_shareable(step: &Step) -> bool {
    match &step.kind {
        StepKind::Work(Work::Query { arguments, .. }) => {
            !(arguments.iter()).any(|(_, value)| Uses::of(value).asks_the_run)
        }
        StepKind::Work(Work::Distinct { .. }) => true,
        _ => false,
    }
}

/// Whether nothing stands in for what a step reads.
fn gives_what_it_read(step: &Step) -> bool {
    matches!(step.policy.otherwise, None | Some(Otherwise::End { .. }))
}

/// The steps of a block in the order written.
fn steps(mut block: Block) -> Vec<Step> {
    let places: Vec<_> = block.graph.node_indices().collect();
    (places.into_iter())
        .filter_map(|place| block.graph.remove_node(place))
        .collect()
}
