//! What a playbook asks of people and waits for: what the lines of a test may answer.

use sophia_language::syntax::{
    Ask, Block, ElseBranch, EventPattern, Expression, File, If, Item, LetValue, Modifier,
    Otherwise, Parameter, Question, Statement, TextPart, Trigger, TriggerKind, TypeExpression,
    Wait, WaitBranch, WaitUntil,
};

/// Everything that is asked and waited for.
#[derive(Debug, Default)]
pub(super) struct Asked<'a> {
    /// Whom a question goes to, and its form; `None` for a question of yes or no.
    pub(super) people: Vec<(String, Option<&'a TypeExpression>)>,
    /// Whether somebody is asked whose name only the run knows, and with which forms.
    pub(super) somebody: Vec<Option<&'a TypeExpression>>,
    /// The events that something waits for, with their dots.
    pub(super) events: Vec<String>,
    /// The parameters of requests.
    pub(super) parameters: Vec<&'a Parameter>,
}

impl<'a> Asked<'a> {
    /// What a file asks and waits for, also in its actions and in `on failure`.
    pub(super) fn by(file: &'a File) -> Self {
        let mut asked = Self::default();
        for item in &file.items {
            match item {
                Item::Statement(statement) => asked.statement(statement),
                Item::Action(action) => asked.block(&action.body),
                Item::OnFailure(declaration) => asked.block(&declaration.body),
                Item::Trigger(trigger) => asked.trigger(trigger),
                _ => {}
            }
        }
        asked
    }

    /// The forms of the questions to somebody; `None` where nobody of this name is asked.
    pub(super) fn forms(&self, whom: &str) -> Option<Vec<Option<&'a TypeExpression>>> {
        let named: Vec<_> = self
            .people
            .iter()
            .filter(|(known, _)| known == whom)
            .map(|(_, form)| *form)
            .collect();
        if !named.is_empty() {
            return Some(named);
        }
        (!self.somebody.is_empty()).then(|| self.somebody.clone())
    }

    fn trigger(&mut self, trigger: &'a Trigger) {
        match &trigger.kind {
            TriggerKind::Webhook { event } => {
                let names: Vec<&str> = event.iter().map(|name| name.text.as_str()).collect();
                self.events.push(names.join("."));
            }
            TriggerKind::Event { name } => self.events.push(name.text.clone()),
            TriggerKind::Request { parameters, .. } => self.parameters.extend(parameters),
            _ => {}
        }
    }

    fn block(&mut self, block: &'a Block) {
        for statement in &block.statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &'a Statement) {
        match statement {
            Statement::Let(statement) => {
                let form = match &statement.value {
                    LetValue::Ask(ask) => self.ask(ask),
                    LetValue::Wait(wait) => {
                        self.wait(wait);
                        None
                    }
                    LetValue::ForEach(each) => {
                        self.block(&each.body);
                        None
                    }
                    LetValue::Value(_) | LetValue::Do { .. } | LetValue::Run(_) => None,
                };
                self.modifiers(&statement.modifiers, form);
            }
            Statement::Do(statement) => self.modifiers(&statement.modifiers, None),
            Statement::If(statement) => self.branches(statement),
            Statement::ForEach(statement) => self.block(&statement.body),
            Statement::Match(statement) => {
                for arm in &statement.arms {
                    self.block(&arm.body);
                }
                if let Some(block) = &statement.otherwise {
                    self.block(block);
                }
            }
            Statement::Repeat(statement) => self.block(&statement.body),
            Statement::Together(statement) => self.block(&statement.body),
            Statement::Try(statement) => {
                self.block(&statement.body);
                self.block(&statement.otherwise);
            }
            Statement::End(end) => {
                if let Some(pattern) = &end.on {
                    self.event(pattern);
                }
            }
            Statement::Ask(statement) => {
                let form = self.ask(&statement.step);
                self.modifiers(&statement.modifiers, form);
            }
            Statement::Wait(statement) => {
                self.wait(&statement.step);
                self.modifiers(&statement.modifiers, None);
            }
            Statement::Record(statement) => self.modifiers(&statement.modifiers, None),
            Statement::Emit(statement) => self.modifiers(&statement.modifiers, None),
            Statement::Set(statement) => self.modifiers(&statement.modifiers, None),
            Statement::Run(statement) => self.modifiers(&statement.modifiers, None),
            Statement::Return(_) | Statement::Yield(_) | Statement::Error(_) => {}
        }
    }

    fn branches(&mut self, statement: &'a If) {
        self.block(&statement.then);
        match &statement.otherwise {
            Some(ElseBranch::Block(block)) => self.block(block),
            Some(ElseBranch::If(inner)) => self.branches(inner),
            None => {}
        }
    }

    /// Remembers a question and gives its form.
    fn ask(&mut self, ask: &'a Ask) -> Option<&'a TypeExpression> {
        let form = match &ask.question {
            Question::Form { of, .. } => Some(of),
            Question::Approve { .. } | Question::Missing(_) => None,
        };
        self.whom(&ask.whom, form);
        form
    }

    fn whom(&mut self, whom: &'a Expression, form: Option<&'a TypeExpression>) {
        match whom {
            Expression::List { items, .. } => {
                for item in items {
                    self.whom(item, form);
                }
            }
            other => match fixed_text(other) {
                Some(text) => self.people.push((text, form)),
                None => self.somebody.push(form),
            },
        }
    }

    fn modifiers(&mut self, modifiers: &'a [Modifier], form: Option<&'a TypeExpression>) {
        for modifier in modifiers {
            match modifier {
                Modifier::Within { then, .. } => {
                    for escalation in then {
                        self.whom(&escalation.whom, form);
                    }
                }
                Modifier::Otherwise {
                    what: Otherwise::Block(block),
                    ..
                } => self.block(block),
                _ => {}
            }
        }
    }

    fn wait(&mut self, wait: &'a Wait) {
        match &wait.until {
            WaitUntil::Event(pattern) => self.event(pattern),
            WaitUntil::First(branches) => {
                for branch in branches {
                    match branch {
                        WaitBranch::Event { pattern, body, .. } => {
                            self.event(pattern);
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

    fn event(&mut self, pattern: &EventPattern) {
        let names: Vec<&str> = pattern
            .event
            .iter()
            .map(|name| name.text.as_str())
            .collect();
        self.events.push(names.join("."));
    }
}

/// A text without places.
pub(super) fn fixed_text(written: &Expression) -> Option<String> {
    match written {
        Expression::Text(template) => template
            .parts
            .iter()
            .map(|part| match part {
                TextPart::Plain(text) => Some(text.as_str()),
                TextPart::Hole(_) => None,
            })
            .collect(),
        _ => None,
    }
}
