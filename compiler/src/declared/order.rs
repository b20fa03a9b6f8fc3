//! In which order the files of a project are checked.
//!
//! Kept true here: a file comes after the modules that it uses, the playbooks that it runs and the
//! playbooks that emit what it listens to. Files that lead to each other stand together. Files that tell
//! the same event come one after the other, because each must agree with those before.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::outline::{Declares, Outline};
use crate::standard;

/// What each name of the project stands for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Register {
    /// The names of all modules, those of the standard library included.
    pub(crate) module_names: BTreeSet<String>,
    /// The places of the files by the whole names of their modules. Of two, the first.
    pub(crate) modules: BTreeMap<String, usize>,
    /// The places of the files by the names of their playbooks. Of two, the first.
    pub(crate) playbooks: BTreeMap<String, usize>,
    /// The groups that tell an event, in the order in which they are checked.
    pub(crate) events: BTreeMap<String, Vec<usize>>,
}

/// The files of a project in the order in which they are checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schedule {
    pub(crate) register: Register,
    /// The places of files that rest on each other; of most files, one alone.
    pub(crate) groups: Vec<Vec<usize>>,
    /// For each group, the groups on which it rests: all of them earlier.
    pub(crate) rests_on: Vec<Vec<usize>>,
    /// The groups in stages: those of one stage do not rest on each other.
    pub(crate) stages: Vec<Vec<usize>>,
    /// For each file, its stage.
    pub(crate) stage_of: Vec<usize>,
    /// The places of files with a name that an earlier one has, each with the first.
    pub(crate) second: Vec<(usize, usize)>,
}

impl Schedule {
    /// The schedule of files by their outlines.
    pub(crate) fn of(outlines: &[&Outline]) -> Self {
        let mut schedule = Self::default();
        let register = &mut schedule.register;
        let mut named: BTreeMap<&str, usize> = BTreeMap::new();
        for (place, outline) in outlines.iter().enumerate() {
            let names = match outline.declares {
                Declares::Module => &mut register.modules,
                Declares::Playbook => &mut register.playbooks,
                Declares::Nothing => continue,
            };
            names.entry(outline.name.clone()).or_insert(place);
            let first = *named.entry(&outline.name).or_insert(place);
            if first != place {
                schedule.second.push((place, first));
            }
        }
        register.module_names = (standard::names().map(str::to_owned))
            .chain(register.modules.keys().cloned())
            .collect();
        let edges = edges(outlines, register);
        schedule.groups = grouped(&edges);
        schedule.arrange(outlines, &edges);
        schedule
    }

    /// The stage of a group.
    pub(crate) fn stage_of_group(&self, group: usize) -> usize {
        let first = self.groups.get(group).and_then(|places| places.first());
        let stage = first.and_then(|place| self.stage_of.get(*place));
        stage.copied().unwrap_or_default()
    }

    fn arrange(&mut self, outlines: &[&Outline], edges: &[BTreeSet<usize>]) {
        let mut group_of = vec![0; outlines.len()];
        for (group, places) in self.groups.iter().enumerate() {
            for place in places {
                if let Some(slot) = group_of.get_mut(*place) {
                    *slot = group;
                }
            }
        }
        let mut stages: Vec<usize> = Vec::with_capacity(self.groups.len());
        self.stage_of = vec![0; outlines.len()];
        for (group, places) in self.groups.iter().enumerate() {
            let mut rests_on: BTreeSet<usize> = (places.iter())
                .filter_map(|place| edges.get(*place))
                .flatten()
                .filter_map(|place| group_of.get(*place).copied())
                .collect();
            let outlines = places.iter().filter_map(|place| outlines.get(*place));
            for event in outlines.flat_map(|outline| &outline.told) {
                let tellers = self.register.events.entry(event.clone()).or_default();
                rests_on.extend(tellers.last());
                if tellers.last() != Some(&group) {
                    tellers.push(group);
                }
            }
            rests_on.remove(&group);
            let before = rests_on.iter().filter_map(|group| stages.get(*group));
            let stage = before.max().map_or(0, |last| last + 1);
            stages.push(stage);
            if self.stages.len() <= stage {
                self.stages.resize_with(stage + 1, Vec::new);
            }
            if let Some(groups) = self.stages.get_mut(stage) {
                groups.push(group);
            }
            for place in places {
                if let Some(slot) = self.stage_of.get_mut(*place) {
                    *slot = stage;
                }
            }
            self.rests_on.push(rests_on.into_iter().collect());
        }
    }
}

/// For each file, those on which it rests.
fn edges(outlines: &[&Outline], register: &Register) -> Vec<BTreeSet<usize>> {
    let mut tellers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, outline) in outlines.iter().enumerate() {
        for event in &outline.told {
            tellers.entry(event).or_default().push(place);
        }
    }
    (outlines.iter().enumerate())
        .map(|(place, outline)| {
            let used = outline.uses.iter().flat_map(|name| {
                let module = register.modules.get(name);
                module.into_iter().chain(register.playbooks.get(name))
            });
            let heard = (outline.heard.iter())
                .filter_map(|event| tellers.get(event.as_str()))
                .flatten();
            let mut others: BTreeSet<usize> = used.chain(heard).copied().collect();
            others.remove(&place);
            others
        })
        .collect()
}

/// The files in groups, those first on which others rest.
fn grouped(edges: &[BTreeSet<usize>]) -> Vec<Vec<usize>> {
    let mut graph: DiGraph<usize, ()> = DiGraph::new();
    let nodes: Vec<NodeIndex> = (0..edges.len())
        .map(|place| graph.add_node(place))
        .collect();
    for (from, others) in nodes.iter().zip(edges) {
        for to in others.iter().filter_map(|place| nodes.get(*place)) {
            graph.add_edge(*from, *to, ());
        }
    }
    tarjan_scc(&graph)
        .into_iter()
        .map(|group| {
            let places = group.into_iter();
            let mut places: Vec<usize> = places
                .filter_map(|node| graph.node_weight(node).copied())
                .collect();
            places.sort_unstable();
            places
        })
        .collect()
}
