//! What a file says of itself before it is checked: its name, what it uses, which events it tells and hears.
//!
//! Kept true here: whatever a check of the file may ask the other files about is named here.

use std::collections::BTreeSet;

use sophia_language::syntax::{
    Block, ElseBranch, File, FunctionBody, Header, If, Item, LetValue, Modifier, Otherwise,
    Statement, TriggerKind, Wait, WaitBranch, WaitUntil,
};

/// What a header declares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Declares {
    /// Nothing that has a name.
    #[default]
    Nothing,
    Playbook,
    Module,
}

/// What a file says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outline {
    pub(crate) declares: Declares,
    /// Its whole name; empty where it declares nothing.
    pub(crate) name: String,
    /// The names of its `use` lines.
    pub(crate) uses: BTreeSet<String>,
    /// The events that it tells.
    pub(crate) told: BTreeSet<String>,
    /// The events that it listens to.
    pub(crate) heard: BTreeSet<String>,
}

impl Outline {
    /// The outline of a file.
    pub(crate) fn of(file: &File) -> Self {
        let (declares, name) = match &file.header {
            Header::Playbook(name) if !name.text.is_empty() => (Declares::Playbook, &*name.text),
            Header::Module(name) if !name.text.is_empty() => (Declares::Module, &*name.text),
            Header::Playbook(_) | Header::Module(_) | Header::Missing(_) => (Declares::Nothing, ""),
        };
        let mut outline = Self {
            declares,
            name: name.to_owned(),
            ..Self::default()
        };
        for item in &file.items {
            match item {
                Item::Use(line) => {
                    let names = line.names.iter().map(|name| name.text.clone());
                    outline.uses.extend(names);
                }
                Item::Trigger(trigger) => match &trigger.kind {
                    TriggerKind::Event { name } => outline.hears(std::slice::from_ref(name)),
                    TriggerKind::Webhook { event } => outline.hears(event),
                    _ => {}
                },
                Item::Statement(statement) => outline.statement(statement),
                Item::OnFailure(declaration) => outline.block(&declaration.body),
                Item::Action(action) => outline.block(&action.body),
                Item::Function(function) => {
                    if let FunctionBody::Block(block) = &function.body {
                        outline.block(block);
                    }
                }
                _ => {}
            }
        }
        outline
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
