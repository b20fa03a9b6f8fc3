//! In which order the files of a project are checked.
//!
//! Kept true here: a file comes after the modules that it uses, the playbooks that it runs and the
//! playbooks that emit what it listens to. Files that lead to each other stand together.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use sophia_language::Parsed;
use sophia_language::syntax::{
    Block, ElseBranch, File, Header, If, Item, LetValue, Modifier, Otherwise, Statement,
    TriggerKind, Wait, WaitBranch, WaitUntil,
};

/// The places of the files, those first on which others rest. Files of one group rest on each other.
pub(crate) fn in_order(parsed: &[Parsed]) -> Vec<Vec<usize>> {
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    let mut tells: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let events: Vec<Events> = parsed.iter().map(|file| Events::of(&file.file)).collect();
    for (place, (file, events)) in parsed.iter().zip(&events).enumerate() {
        if let Header::Playbook(name) | Header::Module(name) = &file.file.header {
            named.entry(&name.text).or_insert(place);
        }
        for event in &events.told {
            tells.entry(event.clone()).or_default().push(place);
        }
    }
    let mut graph: DiGraph<usize, ()> = DiGraph::new();
    let nodes: Vec<NodeIndex> = (0..parsed.len())
        .map(|place| graph.add_node(place))
        .collect();
    for (place, (file, events)) in parsed.iter().zip(&events).enumerate() {
        let used = file.file.items.iter().filter_map(|item| match item {
            Item::Use(line) => Some(&line.names),
            _ => None,
        });
        let used = used
            .flatten()
            .filter_map(|name| named.get(name.text.as_str()).copied());
        let heard = events.heard.iter().filter_map(|event| tells.get(event));
        for other in used.chain(heard.flatten().copied()) {
            if let (Some(from), Some(to)) = (nodes.get(place), nodes.get(other))
                && from != to
            {
                graph.update_edge(*from, *to, ());
            }
        }
    }
    tarjan_scc(&graph)
        .into_iter()
        .map(|group| {
            let mut places: Vec<usize> = group
                .into_iter()
                .filter_map(|node| graph.node_weight(node).copied())
                .collect();
            places.sort_unstable();
            places
        })
        .collect()
}

/// The events that a file tells, and those that it listens to.
#[derive(Default)]
struct Events {
    told: BTreeSet<String>,
    heard: BTreeSet<String>,
}

impl Events {
    fn of(file: &File) -> Self {
        let mut events = Self::default();
        for item in &file.items {
            match item {
                Item::Trigger(trigger) => {
                    if let TriggerKind::Event { name } = &trigger.kind {
                        events.heard.insert(name.text.clone());
                    }
                }
                Item::Statement(statement) => events.statement(statement),
                Item::OnFailure(declaration) => events.block(&declaration.body),
                Item::Action(action) => events.block(&action.body),
                _ => {}
            }
        }
        events
    }

    fn block(&mut self, block: &Block) {
        for statement in &block.statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Emit(emit) => {
                self.told.insert(emit.step.event.text.clone());
                self.modifiers(&emit.modifiers);
            }
            Statement::If(branch) => self.branch(branch),
            Statement::ForEach(each) => self.block(&each.body),
            Statement::Match(choice) => {
                for arm in &choice.arms {
                    self.block(&arm.body);
                }
                if let Some(block) = &choice.otherwise {
                    self.block(block);
                }
            }
            Statement::Repeat(repeat) => self.block(&repeat.body),
            Statement::Together(together) => self.block(&together.body),
            Statement::Try(tried) => {
                self.block(&tried.body);
                self.block(&tried.otherwise);
            }
            Statement::Wait(wait) => {
                self.wait(&wait.step);
                self.modifiers(&wait.modifiers);
            }
            Statement::Let(binding) => {
                match &binding.value {
                    LetValue::ForEach(each) => self.block(&each.body),
                    LetValue::Wait(wait) => self.wait(wait),
                    LetValue::Value(_)
                    | LetValue::Do { .. }
                    | LetValue::Ask(_)
                    | LetValue::Run(_) => {}
                }
                self.modifiers(&binding.modifiers);
            }
            Statement::End(end) => {
                if let Some(pattern) = &end.on {
                    self.hears(&pattern.event);
                }
            }
            Statement::Do(call) => self.modifiers(&call.modifiers),
            Statement::Record(record) => self.modifiers(&record.modifiers),
            Statement::Set(set) => self.modifiers(&set.modifiers),
            Statement::Ask(ask) => self.modifiers(&ask.modifiers),
            Statement::Run(run) => self.modifiers(&run.modifiers),
            Statement::Return(_) | Statement::Yield(_) | Statement::Error(_) => {}
        }
    }

    fn branch(&mut self, branch: &If) {
        self.block(&branch.then);
        match &branch.otherwise {
            Some(ElseBranch::Block(block)) => self.block(block),
            Some(ElseBranch::If(inner)) => self.branch(inner),
            None => {}
        }
    }

    fn modifiers(&mut self, modifiers: &[Modifier]) {
        for modifier in modifiers {
            if let Modifier::Otherwise {
                what: Otherwise::Block(block),
                ..
            } = modifier
            {
                self.block(block);
            }
        }
    }

    fn wait(&mut self, wait: &Wait) {
        match &wait.until {
            WaitUntil::Event(pattern) => self.hears(&pattern.event),
            WaitUntil::First(branches) => {
                for branch in branches {
                    match branch {
                        WaitBranch::Event { pattern, body, .. } => {
                            self.hears(&pattern.event);
                            self.block(body);
                        }
                        WaitBranch::After { body, .. } => self.block(body),
                        WaitBranch::Error(_) => {}
                    }
                }
            }
            WaitUntil::Passed(_) | WaitUntil::Instant(_) => {}
        }
    }

    /// An event of another playbook has one word; those of webhooks have two.
    fn hears(&mut self, event: &[sophia_language::syntax::Name]) {
        if let [name] = event {
            self.heard.insert(name.text.clone());
        }
    }
}
