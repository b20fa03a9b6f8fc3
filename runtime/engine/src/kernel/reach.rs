//! Where a step stands in its plan, by its key, and what rests on it.
//!
//! Kept true here: all of it is read from the layout and the key; no run is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sophia_plan::{Step, StepKind};

use super::action;
use super::layout::{Layout, NodeLayout};

/// The way to a step: a level for each block around it, the outermost first.
#[derive(Debug)]
pub(super) struct Way<'a> {
    levels: Vec<Level<'a>>,
}

#[derive(Debug)]
struct Level<'a> {
    block: usize,
    number: usize,
    node: &'a NodeLayout,
    /// What the keys of this block begin with.
    prefix: String,
    /// How the way goes on from here; the step itself has none, an item of it has its number.
    enters: Option<Entered>,
}

/// Which block of a step the way goes on in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entered {
    /// An item of a loop, or a round, from 1.
    Numbered(u32),
    /// One of its blocks.
    Child(usize),
    /// The block of its `otherwise`.
    Otherwise,
}

/// A key without its items and rounds: the name of the step in the plan.
pub(super) fn plain(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    let mut rest = key;
    while let Some((before, behind)) = rest.split_once('[') {
        name.push_str(before);
        rest = behind.split_once(']').map_or("", |(_, behind)| behind);
    }
    name.push_str(rest);
    name
}

impl Level<'_> {
    fn key(&self) -> String {
        format!("{}{}", self.prefix, self.node.local)
    }

    /// The block that takes back what happened in it, and whether a failure inside ends there.
    fn boundary(&self) -> Option<(String, bool)> {
        let answers = self.node.step.policy.otherwise.is_some();
        match (&self.node.step.kind, self.enters?) {
            (StepKind::ForEach { keep_going, .. }, Entered::Numbered(item)) => {
                Some((format!("{}[{item}]/", self.key()), *keep_going || answers))
            }
            (StepKind::Try { .. }, Entered::Child(0)) => Some((self.key(), true)),
            (StepKind::Action { .. }, Entered::Child(_)) if action::catches(&self.node.step) => {
                Some((self.key(), true))
            }
            _ => None,
        }
    }
}

impl<'a> Way<'a> {
    /// The way to a step of the statements, or to an item of a loop. There is none to a step of
    /// `on failure`, or to an undo.
    pub(super) fn to(layout: &'a Layout, key: &str) -> Option<Self> {
        let mut way = Self { levels: Vec::new() };
        let item = (key.strip_suffix(']'))
            .and_then(|key| key.rsplit_once('['))
            .and_then(|(key, item)| Some((key, item.parse().ok()?)));
        let (key, item) = item.map_or((key, None), |(key, item)| (key, Some(item)));
        if !way.descend(layout, layout.body, "", key, &plain(key)) {
            return None;
        }
        if let (Some(item), Some(last)) = (item, way.levels.last_mut()) {
            let numbered = matches!(
                last.node.step.kind,
                StepKind::ForEach { .. } | StepKind::Repeat { .. }
            );
            if !numbered {
                return None;
            }
            last.enters = Some(Entered::Numbered(item));
        }
        Some(way)
    }

    fn descend(
        &mut self,
        layout: &'a Layout,
        block: usize,
        prefix: &str,
        key: &str,
        name: &str,
    ) -> bool {
        let Some(nodes) = layout.blocks.get(block).map(|block| &block.nodes) else {
            return false;
        };
        for (number, node) in nodes.iter().enumerate() {
            self.levels.push(Level {
                block,
                number,
                node,
                prefix: prefix.to_owned(),
                enters: None,
            });
            if *node.step.name == *name {
                return true;
            }
            let numbered = matches!(
                node.step.kind,
                StepKind::ForEach { .. } | StepKind::Repeat { .. }
            );
            let children = (node.children.iter().enumerate())
                .map(|(place, child)| (Entered::Child(place), *child))
                .chain(node.otherwise.map(|block| (Entered::Otherwise, block)));
            for (entered, child) in children {
                let (entered, inner) = match entered {
                    Entered::Child(_) if numbered => {
                        let own = format!("{prefix}{}[", node.local);
                        let number = (key.strip_prefix(&own))
                            .and_then(|rest| rest.split_once("]/"))
                            .and_then(|(number, _)| number.parse().ok());
                        let Some(number) = number else { continue };
                        (Entered::Numbered(number), format!("{own}{number}]/"))
                    }
                    entered => (entered, prefix.to_owned()),
                };
                if let Some(level) = self.levels.last_mut() {
                    level.enters = Some(entered);
                }
                if self.descend(layout, child, &inner, key, name) {
                    return true;
                }
            }
            self.levels.pop();
        }
        false
    }

    /// The step.
    pub(super) fn step(&self) -> Option<&'a Step> {
        self.levels.last().map(|level| &*level.node.step)
    }

    /// The keys of the steps that it stands in, the outermost first.
    pub(super) fn around(&self) -> impl Iterator<Item = String> {
        let holding = self.levels.iter().filter(|level| level.enters.is_some());
        holding.map(Level::key)
    }

    /// The blocks around it that take back what happened in them, the outermost first.
    fn boundaries(&self) -> impl DoubleEndedIterator<Item = (String, bool)> {
        self.levels.iter().filter_map(Level::boundary)
    }

    /// The block in which its failure ends; nothing where the run fails.
    pub(super) fn ends_in(&self) -> Option<String> {
        let mut ending = self.boundaries().filter(|(_, ends)| *ends);
        ending.next_back().map(|(name, _)| name)
    }

    /// The block in which the failure ends that a block around it failed by.
    pub(super) fn ends_around(&self, boundary: &str) -> Option<String> {
        let mut ended = None;
        for (name, ends) in self.boundaries() {
            let here = name == boundary;
            if ends {
                ended = Some(name);
            }
            if here {
                return ended;
            }
        }
        None
    }
}

/// What runs again when a step does: the step with all that it holds, and what rests on it.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// What the keys begin with, and the names of the steps.
    parts: Vec<(String, BTreeSet<Arc<str>>)>,
    /// Rounds behind the one that it stands in, by what their keys begin with.
    pub(super) rounds: BTreeMap<String, u32>,
    /// The blocks around it.
    pub(super) inside: BTreeSet<String>,
}

impl Reach {
    pub(super) fn of(layout: &Layout, way: &Way<'_>) -> Self {
        let mut reach = Self::default();
        for level in &way.levels {
            let mut names = BTreeSet::new();
            let Some(block) = layout.blocks.get(level.block) else {
                continue;
            };
            let mut behind = BTreeSet::from([level.number]);
            loop {
                let further: Vec<usize> = (0..block.nodes.len())
                    .filter(|number| !behind.contains(number))
                    .filter(|number| {
                        let before = &block.nodes[*number].before;
                        before.iter().any(|before| behind.contains(before))
                    })
                    .collect();
                if further.is_empty() {
                    break;
                }
                behind.extend(further);
            }
            if level.enters.is_some() {
                behind.remove(&level.number);
            }
            for number in behind {
                collect(&block.nodes[number].step, &mut names);
            }
            match (&level.node.step.kind, level.enters) {
                (StepKind::Try { otherwise, .. }, Some(Entered::Child(0))) => {
                    for (_, step) in otherwise.steps() {
                        collect(step, &mut names);
                    }
                }
                (StepKind::Repeat { .. }, Some(Entered::Numbered(round))) => {
                    reach.rounds.insert(level.key(), round);
                }
                _ => {}
            }
            reach.parts.push((level.prefix.clone(), names));
        }
        // An item runs again with all that it holds.
        if let Some((level, Entered::Numbered(item))) = way
            .levels
            .last()
            .and_then(|level| Some((level, level.enters?)))
        {
            let mut names = BTreeSet::new();
            collect(&level.node.step, &mut names);
            reach
                .parts
                .push((format!("{}[{item}]/", level.key()), names));
        }
        reach.inside = way.boundaries().map(|(name, _)| name).collect();
        reach
    }

    /// Whether a step runs again.
    pub(super) fn covers(&self, key: &str) -> bool {
        let name = plain(key);
        let name = name.strip_suffix("/undo").unwrap_or(&name);
        let part = |(prefix, names): &(String, BTreeSet<Arc<str>>)| {
            key.starts_with(prefix.as_str()) && names.contains(name)
        };
        let later = |(repeat, round): (&String, &u32)| {
            let behind = key
                .strip_prefix(repeat.as_str())
                .and_then(|rest| rest.strip_prefix('['));
            let number: Option<u32> = behind
                .and_then(|rest| rest.split_once(']'))
                .and_then(|(number, _)| number.parse().ok());
            number.is_some_and(|number| number > *round)
        };
        self.parts.iter().any(part) || self.rounds.iter().any(later)
    }
}

/// What a step holds, by its key.
pub(super) struct Held {
    prefix: String,
    names: BTreeSet<Arc<str>>,
}

impl Held {
    pub(super) fn by(key: &str, step: &Step) -> Self {
        let mut names = BTreeSet::new();
        for block in step.blocks() {
            for (_, step) in block.steps() {
                collect(step, &mut names);
            }
        }
        let prefix = key.rfind("]/").map_or(0, |end| end + 2);
        Self {
            prefix: key[..prefix].to_owned(),
            names,
        }
    }

    pub(super) fn covers(&self, key: &str) -> bool {
        let name = plain(key);
        let name = name.strip_suffix("/undo").unwrap_or(&name);
        key.starts_with(&self.prefix) && self.names.contains(name)
    }
}

/// The names of a step and of everything that it holds.
fn collect(step: &Step, names: &mut BTreeSet<Arc<str>>) {
    names.insert(step.name.clone());
    for block in step.blocks() {
        for (_, step) in block.steps() {
            collect(step, names);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_key_without_items_is_the_name_in_the_plan() {
        assert_eq!(plain("send[3]/each[12]/post"), "send/each/post");
        assert_eq!(plain("post"), "post");
        assert_eq!(plain("send[3]"), "send");
    }
}
