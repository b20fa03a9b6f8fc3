//! The walk over statements: what each makes is seen by those behind it.

use sophia_diagnostics::Span;
use sophia_language::syntax::{
    Ask, Delay, ElseBranch, End, EventPattern, ForEach, If, Let, LetValue, Modifier, Name,
    Otherwise, Question, Run, Statement, Wait, WaitBranch, WaitUntil,
};

use super::Kind;
use super::walk::{Made, Walk};

impl Walk {
    pub(super) fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Let(it) => self.make(it),
            Statement::Do(it) => {
                self.call(&it.call);
                self.modifiers(&it.modifiers);
            }
            Statement::If(it) => self.branch(it),
            Statement::ForEach(it) => self.for_each(it),
            Statement::Match(it) => {
                self.expression(&it.value);
                for arm in &it.arms {
                    self.block(&arm.body);
                }
                if let Some(otherwise) = &it.otherwise {
                    self.block(otherwise);
                }
            }
            Statement::Repeat(it) => {
                self.expression(&it.every);
                self.block(&it.body);
                if let Some(until) = &it.until {
                    self.expression(until);
                }
            }
            Statement::Together(it) => self.block(&it.body),
            Statement::Try(it) => {
                self.block(&it.body);
                let seen = self.locals.len();
                let until = std::mem::replace(&mut self.until, it.otherwise.span.end);
                if let Some(name) = &it.binding {
                    self.bind(name, Kind::Failure, it.span);
                }
                self.block(&it.otherwise);
                self.until = until;
                self.locals.truncate(seen);
            }
            Statement::End(it) => self.end(it),
            Statement::Return(it) => {
                if let Some(value) = &it.value {
                    self.expression(value);
                }
            }
            Statement::Yield(it) => self.expression(&it.value),
            Statement::Record(it) => {
                self.expression(&it.step.rows);
                self.path(&it.step.table);
                self.modifiers(&it.modifiers);
            }
            Statement::Emit(it) => {
                self.event(&it.step.event);
                if let Some(value) = &it.step.value {
                    self.expression(value);
                }
                self.modifiers(&it.modifiers);
            }
            Statement::Set(it) => {
                self.used(&it.step.state);
                if let Some(key) = &it.step.key {
                    self.expression(key);
                }
                self.expression(&it.step.value);
                self.modifiers(&it.modifiers);
            }
            Statement::Ask(it) => {
                self.ask(&it.step);
                self.modifiers(&it.modifiers);
            }
            Statement::Wait(it) => {
                self.wait(&it.step);
                self.modifiers(&it.modifiers);
            }
            Statement::Run(it) => {
                self.run(&it.step);
                self.modifiers(&it.modifiers);
            }
            Statement::Error(_) => {}
        }
    }

    fn make(&mut self, it: &Let) {
        match &it.value {
            LetValue::Value(value) => self.expression(value),
            LetValue::Do { call, .. } => self.call(call),
            LetValue::Ask(ask) => self.ask(ask),
            LetValue::Wait(wait) => self.wait(wait),
            LetValue::ForEach(each) => self.for_each(each),
            LetValue::Run(run) => self.run(run),
        }
        let seen = self.locals.len();
        let made = Made {
            kind: Kind::Let,
            whole: it.span,
            documentation: &it.documentation.text,
        };
        self.local(&it.name, &made);
        // `undo with` sees the name itself.
        self.modifiers(&it.modifiers);
        self.locals
            .truncate(seen + usize::from(!it.name.text.is_empty()));
    }

    pub(super) fn bind(&mut self, name: &Name, kind: Kind, whole: Span) {
        let made = Made {
            kind,
            whole,
            documentation: "",
        };
        self.local(name, &made);
    }

    fn branch(&mut self, it: &If) {
        self.expression(&it.condition);
        self.block(&it.then);
        match &it.otherwise {
            Some(ElseBranch::Block(block)) => self.block(block),
            Some(ElseBranch::If(other)) => self.branch(other),
            None => {}
        }
    }

    fn for_each(&mut self, it: &ForEach) {
        self.expression(&it.source);
        let seen = self.locals.len();
        let until = std::mem::replace(&mut self.until, it.body.span.end);
        self.bind(&it.item, Kind::Item, it.span);
        self.block(&it.body);
        self.until = until;
        self.locals.truncate(seen);
    }

    fn end(&mut self, it: &End) {
        self.expression(&it.reason);
        if let Some(when) = &it.when {
            self.expression(when);
        }
        if let Some(pattern) = &it.on {
            let seen = self.locals.len();
            let until = std::mem::replace(&mut self.until, it.span.end);
            self.pattern(pattern);
            self.until = until;
            self.locals.truncate(seen);
        }
    }

    /// The name of what comes in stays seen: the caller decides for how long.
    fn pattern(&mut self, pattern: &EventPattern) {
        self.event_path(&pattern.event);
        if let Some(name) = &pattern.binding {
            self.bind(name, Kind::Arriving, pattern.span);
        }
        if let Some(condition) = &pattern.condition {
            self.expression(condition);
        }
    }

    fn ask(&mut self, ask: &Ask) {
        self.whom(&ask.whom);
        match &ask.question {
            Question::Approve { text } => self.expression(text),
            Question::Form {
                of,
                text,
                starting_with,
            } => {
                self.type_of(of);
                self.expression(text);
                if let Some(value) = starting_with {
                    self.expression(value);
                }
            }
            Question::Missing(_) => {}
        }
    }

    fn wait(&mut self, wait: &Wait) {
        match &wait.until {
            WaitUntil::Passed(delay) => self.delay(delay),
            WaitUntil::Instant(instant) => self.expression(instant),
            WaitUntil::Event(pattern) => self.pattern(pattern),
            WaitUntil::First(branches) => {
                for branch in branches {
                    let seen = self.locals.len();
                    match branch {
                        WaitBranch::Event {
                            pattern,
                            body,
                            span,
                        } => {
                            let until = std::mem::replace(&mut self.until, span.end);
                            self.pattern(pattern);
                            self.block(body);
                            self.until = until;
                        }
                        WaitBranch::After { delay, body, .. } => {
                            self.delay(delay);
                            self.block(body);
                        }
                        WaitBranch::Error(_) => {}
                    }
                    self.locals.truncate(seen);
                }
            }
        }
    }

    fn delay(&mut self, delay: &Delay) {
        if let Delay::Time(time) = delay {
            self.expression(time);
        }
    }

    fn run(&mut self, run: &Run) {
        if let sophia_language::syntax::Expression::Name(name) = &*run.call.callee {
            self.index.runs.push((name.text.clone(), name.span));
        }
        self.call(&run.call);
    }

    fn modifiers(&mut self, modifiers: &[Modifier]) {
        for modifier in modifiers {
            match modifier {
                Modifier::Retry { over, .. } => {
                    if let Some(over) = over {
                        self.expression(over);
                    }
                }
                Modifier::Timeout { after, .. } => self.expression(after),
                Modifier::AtMostOnce { key, within, .. } => {
                    self.expression(key);
                    if let Some(within) = within {
                        self.expression(within);
                    }
                }
                Modifier::Otherwise { what, .. } => match what {
                    Otherwise::Value(value) => self.expression(value),
                    Otherwise::Block(block) => self.block(block),
                    Otherwise::End(end) => self.end(end),
                },
                Modifier::Undo { call, .. } => self.call(call),
                Modifier::Within { limit, then, .. } => {
                    self.delay(limit);
                    for escalation in then {
                        self.whom(&escalation.whom);
                    }
                }
                Modifier::Remind { every, .. } => self.expression(every),
                Modifier::Unsure { .. } | Modifier::Named { .. } => {}
            }
        }
    }
}
