//! Finding a node of the tree: by the byte at which it begins, or by its name.
//!
//! Kept true here: it looks into everything that can become a step, and no further.

use sophia_language::syntax::{
    Block, ElseBranch, Expression, File, FunctionBody, If, Item, JoinOn, LetValue, Modifier,
    Otherwise, Question, Stage, Statement, TextPart, Wait, WaitBranch, WaitUntil,
};

use super::node::{Node, modifiers};

/// A declaration by its name.
pub(super) fn declaration<'a>(file: &'a File, name: &str) -> Option<Node<'a>> {
    file.items.iter().find_map(|item| {
        let (declared, node) = match item {
            Item::Model(model) => (&model.name, Node::Clauses(&model.clauses, model.name.span)),
            Item::Query(query) => (&query.name, Node::Sql(&query.sql, query.name.span)),
            Item::Command(command) => (&command.name, Node::Sql(&command.sql, command.name.span)),
            Item::Metric(metric) => (&metric.name, Node::Sql(&metric.sql, metric.name.span)),
            Item::Predictor(predictor) => (
                &predictor.name,
                Node::Sql(&predictor.sql, predictor.name.span),
            ),
            Item::Input(input) => (&input.name, Node::Place(input.span)),
            Item::State(state) => (&state.name, Node::Place(state.span)),
            _ => return None,
        };
        (*declared.text == *name).then_some(node)
    })
}

/// A trigger by its number.
pub(super) fn trigger(file: &File, number: usize) -> Option<Node<'_>> {
    let mut triggers = file.items.iter().filter_map(|item| match item {
        Item::Trigger(trigger) => Some(Node::Place(trigger.span)),
        _ => None,
    });
    triggers.nth(number)
}

/// The statement that begins at a byte, or else the call or read that does.
pub(super) fn node_at(file: &File, start: u32) -> Option<Node<'_>> {
    let mut search = Search { start, found: None };
    for item in &file.items {
        match item {
            Item::Statement(statement) => search.statement(statement),
            Item::Action(action) => search.block(&action.body),
            Item::OnFailure(declaration) => search.block(&declaration.body),
            Item::Function(function) => match &function.body {
                FunctionBody::Value(value) => search.expression(value),
                FunctionBody::Block(block) => search.block(block),
            },
            _ => {}
        }
    }
    search.found
}

struct Search<'a> {
    start: u32,
    found: Option<Node<'a>>,
}

impl<'a> Search<'a> {
    fn block(&mut self, block: &'a Block) {
        for statement in &block.statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &'a Statement) {
        let span = statement.span();
        if span.start == self.start {
            self.found = Some(Node::Statement(statement));
        }
        if self.found.is_some() || self.start < span.start || span.end < self.start {
            return;
        }
        self.inside(statement);
        for modifier in modifiers(statement) {
            if let Modifier::Otherwise { what, .. } = modifier {
                match what {
                    Otherwise::Value(value) => self.expression(value),
                    Otherwise::Block(block) => self.block(block),
                    Otherwise::End(end) => self.expression(&end.reason),
                }
            }
        }
    }

    fn inside(&mut self, statement: &'a Statement) {
        match statement {
            Statement::Let(written) => match &written.value {
                LetValue::Value(value) => self.expression(value),
                LetValue::Do { call, .. } => self.arguments(&call.arguments),
                LetValue::Run(run) => self.arguments(&run.call.arguments),
                LetValue::Ask(ask) => self.question(&ask.question),
                LetValue::Wait(wait) => self.wait(wait),
                LetValue::ForEach(each) => {
                    self.expression(&each.source);
                    self.block(&each.body);
                }
            },
            Statement::Do(written) => self.arguments(&written.call.arguments),
            Statement::If(written) => self.branch(written),
            Statement::ForEach(written) => {
                self.expression(&written.source);
                self.block(&written.body);
            }
            Statement::Match(written) => {
                self.expression(&written.value);
                for arm in &written.arms {
                    self.block(&arm.body);
                }
                self.all(written.otherwise.iter());
            }
            Statement::Repeat(written) => {
                if let Some(until) = &written.until {
                    self.expression(until);
                }
                self.block(&written.body);
            }
            Statement::Together(written) => self.block(&written.body),
            Statement::Try(written) => {
                self.block(&written.body);
                self.block(&written.otherwise);
            }
            Statement::End(end) => {
                self.expression(&end.reason);
                if let Some(when) = &end.when {
                    self.expression(when);
                }
            }
            Statement::Return(written) => {
                if let Some(value) = &written.value {
                    self.expression(value);
                }
            }
            Statement::Yield(written) => self.expression(&written.value),
            Statement::Record(written) => self.expression(&written.step.rows),
            Statement::Emit(written) => {
                if let Some(value) = &written.step.value {
                    self.expression(value);
                }
            }
            Statement::Set(written) => self.expression(&written.step.value),
            Statement::Ask(written) => self.question(&written.step.question),
            Statement::Wait(written) => self.wait(&written.step),
            Statement::Run(written) => self.arguments(&written.step.call.arguments),
            Statement::Error(_) => {}
        }
    }

    fn all(&mut self, blocks: impl Iterator<Item = &'a Block>) {
        for block in blocks {
            self.block(block);
        }
    }

    fn branch(&mut self, written: &'a If) {
        self.expression(&written.condition);
        self.block(&written.then);
        match &written.otherwise {
            Some(ElseBranch::Block(block)) => self.block(block),
            Some(ElseBranch::If(inner)) => {
                if inner.span.start == self.start {
                    self.found
                        .get_or_insert(Node::Place(inner.condition.span()));
                }
                self.branch(inner);
            }
            None => {}
        }
    }

    fn question(&mut self, question: &'a Question) {
        match question {
            Question::Approve { text } => self.expression(text),
            Question::Form {
                text,
                starting_with,
                ..
            } => {
                self.expression(text);
                if let Some(value) = starting_with {
                    self.expression(value);
                }
            }
            Question::Missing(_) => {}
        }
    }

    fn wait(&mut self, wait: &'a Wait) {
        if let WaitUntil::First(branches) = &wait.until {
            for branch in branches {
                match branch {
                    WaitBranch::Event { body, .. } | WaitBranch::After { body, .. } => {
                        self.block(body);
                    }
                    WaitBranch::Error(_) => {}
                }
            }
        }
    }

    fn arguments(&mut self, arguments: &'a [sophia_language::syntax::Argument]) {
        for argument in arguments {
            self.expression(&argument.value);
        }
    }

    fn expression(&mut self, expression: &'a Expression) {
        let span = expression.span();
        if self.found.is_some() || self.start < span.start || span.end < self.start {
            return;
        }
        let begins = span.start == self.start;
        match expression {
            Expression::Call(call) => {
                if begins {
                    self.found = Some(Node::Call(call));
                    return;
                }
                self.arguments(&call.arguments);
            }
            Expression::Search { text, .. } | Expression::FindMetrics { text, .. } => {
                if begins {
                    self.found = Some(Node::Expression(expression));
                    return;
                }
                self.expression(text);
            }
            Expression::Text(template) => {
                for part in &template.parts {
                    if let TextPart::Hole(hole) = part {
                        self.expression(hole);
                    }
                }
            }
            Expression::List { items, .. } => self.each(items.iter()),
            Expression::Record { fields, .. } => {
                self.each(fields.iter().map(|field| &field.value));
            }
            Expression::Pipeline { source, stages, .. } => {
                self.expression(source);
                for stage in stages {
                    self.stage(stage);
                }
            }
            Expression::Field { of, .. } => self.expression(of),
            Expression::Unary { operand, .. } => self.expression(operand),
            Expression::Index { of, key, .. } => self.each([&**of, &**key].into_iter()),
            Expression::Binary { left, right, .. } => {
                self.each([&**left, &**right].into_iter());
            }
            Expression::Between {
                value, low, high, ..
            } => self.each([&**value, &**low, &**high].into_iter()),
            Expression::In { value, set, .. } => self.each([&**value, &**set].into_iter()),
            Expression::If {
                condition,
                then,
                otherwise,
                ..
            } => self.each([&**condition, &**then, &**otherwise].into_iter()),
            Expression::Presence { value, .. }
            | Expression::As { value, .. }
            | Expression::KnownIn { value, .. } => self.expression(value),
            Expression::AtLeast { aggregate, .. } => self.expression(aggregate),
            Expression::Window { call, .. } => self.expression(call),
            Expression::Over { window, .. } => self.expression(window),
            Expression::Read { path, .. } => self.expression(path),
            Expression::Literal { .. }
            | Expression::Name(_)
            | Expression::Range { .. }
            | Expression::Boundary { .. }
            | Expression::Missing(_) => {}
        }
    }

    fn each(&mut self, expressions: impl Iterator<Item = &'a Expression>) {
        for expression in expressions {
            self.expression(expression);
        }
    }

    fn stage(&mut self, stage: &'a Stage) {
        match stage {
            Stage::Where { condition, .. } => self.expression(condition),
            Stage::Add { columns, .. } => self.each(columns.iter().map(|column| &column.value)),
            Stage::Sort { keys, .. } => self.each(keys.iter().map(|key| &key.value)),
            Stage::Take { count, .. } => self.expression(count),
            Stage::Map { value, .. } => self.expression(value),
            Stage::Group { columns, .. } => self.each(columns.iter().map(|column| &column.value)),
            Stage::Join { source, on, .. } => {
                self.expression(source);
                if let JoinOn::Condition(condition) = on {
                    self.expression(condition);
                }
            }
            Stage::Check { rule, .. } => self.expression(rule),
            Stage::Select { .. } | Stage::First { .. } | Stage::Only { .. } | Stage::Error(_) => {}
        }
    }
}
