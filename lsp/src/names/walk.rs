//! The walk over the items of a file.

use sophia_diagnostics::Span;
use sophia_language::syntax::{
    Block, Clause, Documentation, Expression, File, FunctionBody, Header, Item, Name, Parameter,
    SqlText, Trigger, TriggerKind, TypeExpression,
};

use super::{Binder, Index, Kind, Use};
use crate::text::narrow;

/// What is known while the walk goes on.
pub(super) struct Walk {
    pub(super) index: Index,
    /// The names that are seen without being declared, the innermost last.
    pub(super) locals: Vec<usize>,
    /// The end of the block that the walk is in.
    pub(super) until: u32,
    /// Uses in `row of` and `type of`, which may name a `let` of the playbook wherever it stands.
    late: Vec<usize>,
}

/// What a name is, beside its kind.
pub(super) struct Made<'d> {
    pub(super) kind: Kind,
    pub(super) whole: Span,
    pub(super) documentation: &'d str,
}

pub(super) fn walk(file: &File, length: usize) -> Index {
    let mut walk = Walk {
        index: Index::default(),
        locals: Vec::new(),
        until: narrow(length),
        late: Vec::new(),
    };
    walk.header(file);
    // What a request brings may be one of them.
    let is_input = |item: &&Item| matches!(item, Item::Input(_));
    for item in file.items.iter().filter(is_input) {
        walk.declare(item);
    }
    for item in file.items.iter().filter(|item| !is_input(item)) {
        walk.declare(item);
    }
    for item in &file.items {
        walk.item(item);
    }
    walk.see_late();
    walk.index
}

impl Walk {
    /// Looks up what is named before it is made; the names of the playbook itself are still seen.
    fn see_late(&mut self) {
        for number in std::mem::take(&mut self.late) {
            let name = self.index.uses.get(number).map(|used| used.name.clone());
            let binder = name.and_then(|name| self.meant(&name));
            if let Some(used) = self.index.uses.get_mut(number) {
                used.binder = used.binder.or(binder);
            }
        }
    }

    fn header(&mut self, file: &File) {
        let (name, kind) = match &file.header {
            Header::Playbook(name) => (name, Kind::Playbook),
            Header::Module(name) => (name, Kind::Module),
            Header::Missing(_) => return,
        };
        let documentation = &file.documentation.text;
        self.push(name, &name.text, kind, name.span, documentation, true);
    }

    pub(super) fn push(
        &mut self,
        name: &Name,
        called: &str,
        kind: Kind,
        whole: Span,
        documentation: &str,
        declared: bool,
    ) -> usize {
        let visible = if declared {
            Span {
                start: 0,
                end: self.until,
            }
        } else {
            Span {
                start: name.span.end,
                end: self.until,
            }
        };
        self.index.binders.push(Binder {
            name: called.to_owned(),
            written: name.text.clone(),
            span: name.span,
            whole,
            kind,
            documentation: documentation.to_owned(),
            visible,
            declared,
        });
        self.index.binders.len() - 1
    }

    /// A name that is seen from here to the end of its block.
    pub(super) fn local(&mut self, name: &Name, made: &Made<'_>) {
        if name.text.is_empty() {
            return;
        }
        let number = self.push(
            name,
            &name.text,
            made.kind,
            made.whole,
            made.documentation,
            false,
        );
        self.locals.push(number);
    }

    fn declared(&mut self, name: &Name, kind: Kind, whole: Span, documentation: &Documentation) {
        if name.text.is_empty() {
            return;
        }
        let number = self.push(name, &name.text, kind, whole, &documentation.text, true);
        self.index
            .declared
            .entry(name.text.clone())
            .or_insert(number);
    }

    /// The names that a file declares, wherever they stand.
    fn declare(&mut self, item: &Item) {
        match item {
            Item::Use(line) => {
                for name in line.names.iter().filter(|name| !name.text.is_empty()) {
                    let last = name
                        .text
                        .rsplit('.')
                        .next()
                        .unwrap_or(&name.text)
                        .to_owned();
                    let number = self.push(name, &last, Kind::Grant, line.span, "", true);
                    self.index.declared.entry(last).or_insert(number);
                }
            }
            Item::Input(it) => self.declared(&it.name, Kind::Input, it.span, &it.documentation),
            Item::Type(it) => self.declared(&it.name, Kind::Type, it.span, &it.documentation),
            Item::Query(it) => self.declared(&it.name, Kind::Query, it.span, &it.documentation),
            Item::Command(it) => self.declared(&it.name, Kind::Command, it.span, &it.documentation),
            Item::Metric(it) => self.declared(&it.name, Kind::Metric, it.span, &it.documentation),
            Item::State(it) => self.declared(&it.name, Kind::State, it.span, &it.documentation),
            Item::Function(it) => {
                self.declared(&it.name, Kind::Function, it.span, &it.documentation);
            }
            Item::Action(it) => self.declared(&it.name, Kind::Action, it.span, &it.documentation),
            Item::Policy(it) => self.declared(&it.name, Kind::Policy, it.span, &it.documentation),
            Item::Predictor(it) => {
                self.declared(&it.name, Kind::Predictor, it.span, &it.documentation);
            }
            Item::Model(it) => self.declared(&it.name, Kind::Model, it.span, &it.documentation),
            Item::Trigger(it) => {
                if let Some(name) = &it.binding {
                    self.declared(name, Kind::Arriving, it.span, &it.documentation);
                }
                if let TriggerKind::Request { parameters, .. } = &it.kind {
                    for parameter in parameters {
                        let name = &parameter.name;
                        if self.fills(name).is_some() {
                            self.used(name);
                        } else {
                            self.declared(name, Kind::Arriving, it.span, &it.documentation);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// The input that a name fills.
    fn fills(&self, name: &Name) -> Option<usize> {
        let number = *self.index.declared.get(&name.text)?;
        let binder = self.index.binder(number)?;
        (binder.kind == Kind::Input).then_some(number)
    }

    /// What a run begins with: `with { deal_id: change.deal_id }`.
    pub(super) fn filled(&mut self, with: &Expression) {
        if let Expression::Record { fields, .. } = with {
            for field in fields {
                let span = field.name.span;
                // Between quotes it is no name.
                if (span.end - span.start) as usize == field.name.text.len() {
                    let is_known = self.index.declared.contains_key(&field.name.text);
                    if is_known {
                        self.used(&field.name);
                    }
                }
            }
        }
        self.expression(with);
    }

    /// A body that sees its own names and what is declared.
    fn body(&mut self, whole: Span, look: impl FnOnce(&mut Self)) {
        self.index.bodies.push(whole);
        let locals = std::mem::take(&mut self.locals);
        let until = std::mem::replace(&mut self.until, whole.end);
        look(self);
        self.until = until;
        self.locals = locals;
    }

    fn parameters(&mut self, parameters: &[Parameter], whole: Span) {
        for parameter in parameters {
            self.type_of(&parameter.of);
            let made = Made {
                kind: Kind::Parameter,
                whole,
                documentation: "",
            };
            self.local(&parameter.name, &made);
        }
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Trigger(it) => self.trigger(it),
            Item::OneRun(it) => {
                if let Some(per) = &it.per {
                    self.expression(per);
                }
            }
            Item::Input(it) => {
                self.type_of(&it.of);
                if let Some(default) = &it.default {
                    self.body(it.span, |walk| walk.expression(default));
                }
            }
            Item::Type(it) => self.type_of(&it.of),
            Item::Query(it) => self.sourced(it.span, &it.parameters, &it.connection, &it.sql),
            Item::Command(it) => self.sourced(it.span, &it.parameters, &it.connection, &it.sql),
            Item::Metric(it) => {
                self.type_of(&it.of);
                self.sourced(it.span, &[], &it.connection, &it.sql);
            }
            Item::Predictor(it) => self.sourced(it.span, &[], &it.connection, &it.sql),
            Item::State(it) => {
                self.type_of(&it.of);
                self.body(it.span, |walk| walk.expression(&it.value));
                if let Some(per) = &it.per {
                    self.expression(per);
                }
            }
            Item::Function(it) => {
                self.type_of(&it.result);
                self.body(it.span, |walk| {
                    walk.parameters(&it.parameters, it.span);
                    match &it.body {
                        FunctionBody::Value(value) => walk.expression(value),
                        FunctionBody::Block(block) => walk.block(block),
                    }
                });
            }
            Item::Action(it) => {
                if let Some(result) = &it.result {
                    self.type_of(result);
                }
                self.body(it.span, |walk| {
                    walk.parameters(&it.parameters, it.span);
                    walk.block(&it.body);
                });
            }
            Item::Model(it) => {
                self.type_of(&it.result);
                self.body(it.span, |walk| {
                    walk.parameters(&it.parameters, it.span);
                    for clause in &it.clauses {
                        walk.clause(clause);
                    }
                });
            }
            Item::OnFailure(it) => self.body(it.span, |walk| {
                if let Some(name) = &it.binding {
                    let made = Made {
                        kind: Kind::Failure,
                        whole: it.span,
                        documentation: "",
                    };
                    walk.local(name, &made);
                }
                walk.block(&it.body);
            }),
            Item::Test(it) => self.test(it),
            Item::Statement(it) => self.statement(it),
            Item::Policy(it) => self.policy(it),
            Item::Calendar { name, .. } => self.calendar(name),
            Item::Use(_) | Item::Zone { .. } | Item::Error(_) => {}
        }
    }

    fn sourced(&mut self, whole: Span, parameters: &[Parameter], from: &Name, sql: &SqlText) {
        self.body(whole, |walk| {
            walk.used(from);
            walk.parameters(parameters, whole);
            for (hole, _) in &sql.holes {
                walk.expression(hole);
            }
        });
    }

    fn trigger(&mut self, trigger: &Trigger) {
        match &trigger.kind {
            TriggerKind::Request {
                parameters, result, ..
            } => {
                for parameter in parameters {
                    self.type_of(&parameter.of);
                }
                if let Some(result) = result {
                    self.type_of(result);
                }
            }
            TriggerKind::Webhook { event } => self.path(event),
            TriggerKind::Event { name } => self.event(name),
            TriggerKind::Change(change) => self.path(&change.table),
            TriggerKind::Message { connection, .. } => self.used(connection),
            TriggerKind::Resource { tool, .. } => self.used(tool),
            TriggerKind::Schedule { .. } | TriggerKind::File { .. } | TriggerKind::Error(_) => {}
        }
        if let Some(with) = &trigger.with {
            self.filled(with);
        }
    }

    fn clause(&mut self, clause: &Clause) {
        match clause {
            Clause::Budget {
                per_call, per_run, ..
            } => {
                for amount in per_call.iter().chain(per_run) {
                    self.expression(amount);
                }
            }
            Clause::Temperature { value, .. } | Clause::Otherwise { value, .. } => {
                self.expression(value);
            }
            Clause::Ensure { condition, .. } => self.expression(condition),
            Clause::Prompt { text, .. } => self.template(text),
            Clause::Cache { keep, alike, .. } => {
                self.expression(keep);
                if let Some(alike) = alike {
                    self.used(&alike.parameter);
                    self.expression(&alike.above);
                }
            }
            Clause::Example { given, returns, .. } => {
                self.expression(given);
                self.expression(returns);
            }
            Clause::Route { routes, .. } => self.models(routes),
            Clause::Error(_) => {}
        }
    }

    pub(super) fn type_of(&mut self, of: &TypeExpression) {
        match of {
            TypeExpression::Named(name) => self.used(name),
            TypeExpression::List { item, .. } | TypeExpression::Optional { item, .. } => {
                self.type_of(item);
            }
            TypeExpression::Table { row, .. } => self.type_of(row),
            TypeExpression::RowOf { source, .. } | TypeExpression::TypeOf { source, .. } => {
                let number = self.index.uses.len();
                self.used(source);
                self.late
                    .extend((number < self.index.uses.len()).then_some(number));
            }
            TypeExpression::Record { fields, .. } => {
                for field in fields {
                    self.type_of(&field.of);
                    self.labels(&field.labels);
                }
            }
            TypeExpression::Money { .. }
            | TypeExpression::Union { .. }
            | TypeExpression::Range { .. }
            | TypeExpression::Missing(_) => {}
        }
    }

    /// A name is used. `std.sales.Row` in one name uses its first word.
    pub(super) fn used(&mut self, name: &Name) {
        if name.text.is_empty() {
            return;
        }
        let (first, rest) = match name.text.split_once('.') {
            Some((first, rest)) => (first, Some(rest)),
            None => (name.text.as_str(), None),
        };
        let span = Span::new(
            name.span.start as usize,
            name.span.start as usize + first.len(),
        );
        let binder = self.meant(first);
        self.index.uses.push(Use {
            name: first.to_owned(),
            span,
            binder,
        });
        if let Some(rest) = rest {
            self.index.members.push(super::Member {
                name: rest.to_owned(),
                span: Span {
                    start: span.end + 1,
                    end: name.span.end,
                },
                of: span,
                base: binder,
            });
        }
    }

    pub(super) fn meant(&self, word: &str) -> Option<usize> {
        let local = self.locals.iter().rev().copied().find(|number| {
            self.index
                .binder(*number)
                .is_some_and(|binder| binder.name == word)
        });
        local.or_else(|| self.index.declared.get(word).copied())
    }

    /// A path such as `slack.post_message`: its first word is a name, each further one a member.
    pub(super) fn path(&mut self, path: &[Name]) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        self.used(first);
        let base = self.meant(&first.text);
        for name in rest.iter().filter(|name| !name.text.is_empty()) {
            self.index.members.push(super::Member {
                name: name.text.clone(),
                span: name.span,
                of: first.span,
                base,
            });
        }
    }

    pub(super) fn event(&mut self, name: &Name) {
        if !name.text.is_empty() {
            self.index.events.push((name.text.clone(), name.span));
        }
    }

    /// An event of the project, or one of a tool.
    pub(super) fn event_path(&mut self, path: &[Name]) {
        match path {
            [name] => self.event(name),
            path => self.path(path),
        }
    }

    pub(super) fn block(&mut self, block: &Block) {
        let seen = self.locals.len();
        let until = std::mem::replace(&mut self.until, block.span.end);
        for statement in &block.statements {
            self.statement(statement);
        }
        self.until = until;
        self.locals.truncate(seen);
    }
}
