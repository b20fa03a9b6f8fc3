//! Statements that are not followed yet.
//!
//! Kept true here: each is told once; what it says and the blocks in it are checked all the same, and
//! the names that it brings have no known type.

use sophia_language::syntax::{
    Ask, Block, Delay, Emit, End, EventPattern, Expression, ForEach, Match, Modifier, Question,
    Record, Repeat, Return, Run, Set, Statement, Together, Try, Wait, WaitBranch, WaitUntil, Yield,
};
use sophia_plan::types::Type;

use super::block::Building;
use super::policy::Outcome;
use super::statement::{Acting, Around, Yields};
use crate::checker::Checker;
use crate::types::Scope;

impl Checker<'_> {
    /// A statement that no step stands for. Those that have a step are not meant.
    pub(super) fn later_statement(
        &mut self,
        statement: &Statement,
        scope: &mut Scope,
        around: Around,
    ) {
        match statement {
            Statement::Match(written) => self.match_statement(written, scope, around),
            Statement::Repeat(written) => self.repeat(written, scope, around),
            Statement::Together(written) => self.together(written, scope, around),
            Statement::Try(written) => self.try_statement(written, scope, around),
            Statement::Return(written) => self.return_statement(written, scope),
            Statement::Yield(written) => self.yield_statement(written, scope, around),
            Statement::Record(written) => {
                self.record_step(&written.step, scope);
                self.later_modifiers(&written.modifiers, scope, around);
            }
            Statement::Emit(written) => {
                self.emit(&written.step, scope);
                self.later_modifiers(&written.modifiers, scope, around);
            }
            Statement::Set(written) => {
                self.set(&written.step, scope);
                self.later_modifiers(&written.modifiers, scope, around);
            }
            Statement::Ask(written) => {
                self.ask(&written.step, scope);
                self.later_modifiers(&written.modifiers, scope, around);
            }
            Statement::Wait(written) => {
                self.wait(&written.step, scope, around);
                self.later_modifiers(&written.modifiers, scope, around);
            }
            Statement::Run(written) => {
                self.run_step(&written.step, scope);
                self.later_modifiers(&written.modifiers, scope, around);
            }
            Statement::Let(_)
            | Statement::Do(_)
            | Statement::If(_)
            | Statement::ForEach(_)
            | Statement::End(_)
            | Statement::Error(_) => {}
        }
    }

    /// What follows a statement that is not followed yet.
    fn later_modifiers(&mut self, modifiers: &[Modifier], scope: &Scope, around: Around) {
        let mut of = Type::Unknown;
        let outcome = Outcome {
            of: &mut of,
            used: false,
        };
        self.policy(modifiers, Some(Acting::Later), outcome, scope, around);
    }

    /// `match x { }`
    pub(super) fn match_statement(&mut self, statement: &Match, scope: &Scope, around: Around) {
        self.later_from("match", statement.span);
        self.look(&statement.value, scope);
        for arm in &statement.arms {
            self.nested_block(&arm.body, scope, around, "match");
        }
        if let Some(block) = &statement.otherwise {
            self.nested_block(block, scope, around, "match");
        }
    }

    /// `repeat every D { }`
    pub(super) fn repeat(&mut self, statement: &Repeat, scope: &Scope, around: Around) {
        self.later_from("repeat", statement.span);
        self.look(&statement.every, scope);
        // A round decides whether another one follows.
        let mut inner = scope.clone();
        self.open_block(&statement.body, &mut inner, around, "repeat");
        if let Some(until) = &statement.until {
            self.look(until, &inner);
        }
    }

    /// `together { }`: what it binds can be used after it.
    pub(super) fn together(&mut self, statement: &Together, scope: &mut Scope, around: Around) {
        self.later_from("together", statement.span);
        self.open_block(&statement.body, scope, around, "together");
    }

    /// `try { } otherwise as f { }`
    pub(super) fn try_statement(&mut self, statement: &Try, scope: &Scope, around: Around) {
        self.later_from("try", statement.span);
        self.nested_block(&statement.body, scope, around, "try");
        let mut inner = scope.clone();
        if let Some(name) = &statement.binding {
            self.check_new_name(name, scope);
            inner.add(name.text.as_str(), Type::Unknown, name.span);
        }
        self.nested_block(&statement.otherwise, &inner, around, "otherwise");
    }

    /// `return x`
    pub(super) fn return_statement(&mut self, statement: &Return, scope: &Scope) {
        self.later_from("return", statement.span);
        self.returns = true;
        if let Some(value) = &statement.value {
            self.look(value, scope);
        }
    }

    /// `yield x`
    pub(super) fn yield_statement(&mut self, statement: &Yield, scope: &Scope, around: Around) {
        if around.yields == Yields::Alone {
            self.later_from("yield", statement.span);
        }
        self.look(&statement.value, scope);
    }

    /// `record ROWS into CONN.TABLE`
    pub(super) fn record_step(&mut self, step: &Record, scope: &Scope) {
        self.later_from("record", step.span);
        self.look(&step.rows, scope);
    }

    /// `emit NAME { }`
    pub(super) fn emit(&mut self, step: &Emit, scope: &Scope) {
        self.later_from("emit", step.span);
        if let Some(value) = &step.value {
            self.look(value, scope);
        }
    }

    /// `set STATE = x`
    pub(super) fn set(&mut self, step: &Set, scope: &Scope) {
        self.later_from("set", step.span);
        if let Some(key) = &step.key {
            self.look(key, scope);
        }
        self.look(&step.value, scope);
    }

    /// `ask GROUP to approve TEXT`
    pub(super) fn ask(&mut self, step: &Ask, scope: &Scope) {
        self.later_from("ask", step.span);
        self.look(&step.whom, scope);
        match &step.question {
            Question::Approve { text } => self.look(text, scope),
            Question::Form {
                of,
                text,
                starting_with,
            } => {
                self.resolve_type(of);
                self.look(text, scope);
                if let Some(start) = starting_with {
                    self.look(start, scope);
                }
            }
            Question::Missing(_) => {}
        }
    }

    /// `wait …`. What comes in can be used after it.
    pub(super) fn wait(&mut self, step: &Wait, scope: &mut Scope, around: Around) {
        self.later_from("wait", step.span);
        match &step.until {
            WaitUntil::Passed(delay) => self.delay(delay, scope),
            WaitUntil::Instant(instant) => self.look(instant, scope),
            WaitUntil::Event(pattern) => self.event(pattern, scope),
            WaitUntil::First(branches) => {
                for branch in branches {
                    match branch {
                        WaitBranch::Event { pattern, body, .. } => {
                            let mut inner = scope.clone();
                            self.event(pattern, &mut inner);
                            self.nested_block(body, &inner, around, "wait");
                        }
                        WaitBranch::After { delay, body, .. } => {
                            self.delay(delay, scope);
                            self.nested_block(body, scope, around, "wait");
                        }
                        WaitBranch::Error(_) => {}
                    }
                }
            }
        }
    }

    /// `run PLAYBOOK(…)`, `start PLAYBOOK(…)`
    pub(super) fn run_step(&mut self, step: &Run, scope: &Scope) {
        self.later_from(if step.waits { "run" } else { "start" }, step.span);
        self.look_at_arguments(&step.call, scope);
    }

    /// `let xs = for each x in ys { … yield … }`
    pub(super) fn gathering(
        &mut self,
        statement: &ForEach,
        scope: &Scope,
        building: &mut Building,
        outermost: bool,
    ) {
        self.later_from("for each", statement.span);
        self.for_each(statement, scope, Yields::Told, building, outermost);
    }

    /// `stop "…" on EVENT as x where …`
    pub(super) fn armed_end(&mut self, end: &End, pattern: &EventPattern, scope: &Scope) {
        self.later("stop … on", pattern.span);
        let mut inner = scope.clone();
        self.event(pattern, &mut inner);
        self.look(&end.reason, &inner);
        if let Some(when) = &end.when {
            self.look(when, &inner);
        }
    }

    /// The name and the condition of what comes in. Without a name the condition speaks of fields that
    /// are not known.
    fn event(&mut self, pattern: &EventPattern, scope: &mut Scope) {
        let Some(name) = &pattern.binding else {
            return;
        };
        self.check_new_name(name, scope);
        scope.add(name.text.as_str(), Type::Unknown, name.span);
        if let Some(condition) = &pattern.condition {
            self.look(condition, scope);
        }
    }

    fn delay(&mut self, delay: &Delay, scope: &Scope) {
        match delay {
            Delay::Time(time) => self.look(time, scope),
            Delay::BusinessDays { .. } => {}
        }
    }

    /// Checks a block whose names can be used after it.
    fn open_block(&mut self, block: &Block, scope: &mut Scope, around: Around, label: &str) {
        let outer = self.pending.enter(label);
        let mut building = Building::default();
        let statements = block.statements.iter();
        self.statements(&mut building, statements, scope, around, false);
        self.pending.leave(outer);
    }

    /// Checks a value of which it is not known what it must fit.
    fn look(&mut self, value: &Expression, scope: &Scope) {
        self.typed(value, scope, None);
    }
}
