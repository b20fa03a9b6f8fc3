//! Statements, one after the other, into a block.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{
    Block as Written, Documentation, Modified, Modifier, Statement, Wait as WrittenWait,
    WaitBranch, WaitUntil,
};
use sophia_plan::step::{Block, Policy, Step, StepKind};
use sophia_plan::types::Type;

use super::block::Building;
use super::policy::Outcome;
use crate::checker::Checker;
use crate::types::Scope;

/// Where a block stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Around {
    pub(super) ends: Ends,
    pub(super) yields: Yields,
}

impl Around {
    /// The playbook itself, or `on failure`.
    pub(crate) const RUN: Self = Self {
        ends: Ends::Run,
        yields: Yields::Alone,
    };
}

/// What an early end can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// The run.
    Run,
    /// An item of a loop.
    Item,
}

/// What a `yield` belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Yields {
    /// Nothing.
    Alone,
    /// The `let` of the loop around it, item by item.
    Gathered,
    /// The `let` behind whose `otherwise` it stands.
    InPlace,
}

/// What a statement is besides its kind.
pub(super) struct Frame<'s> {
    pub(super) label: String,
    pub(super) span: Span,
    pub(super) documentation: &'s Documentation,
}

impl Checker<'_> {
    /// Writes the statements of a nested block down.
    pub(super) fn nested_block(
        &mut self,
        written: &Written,
        scope: &Scope,
        around: Around,
        label: &str,
    ) -> Block {
        let outer = self.pending.enter(label);
        let mut building = Building::default();
        let mut scope = scope.clone();
        self.statements(&mut building, written.statements.iter(), &mut scope, around);
        self.pending.leave(outer);
        building.finish()
    }

    /// Writes statements down.
    pub(crate) fn statements<'s>(
        &mut self,
        building: &mut Building,
        statements: impl Iterator<Item = &'s Statement>,
        scope: &mut Scope,
        around: Around,
    ) {
        let mut ended: Option<Span> = None;
        for statement in statements {
            self.begin_statement(statement, &mut ended);
            let step = self.statement(statement, scope, around, building);
            if let Some(step) = step {
                ended = self.end_behind(statement);
                building.place(step);
            }
        }
    }

    /// A statement stands behind another that may have ended everything.
    pub(super) fn begin_statement(&mut self, statement: &Statement, ended: &mut Option<Span>) {
        if let Some(end) = ended.take()
            && !matches!(statement, Statement::Error(_))
        {
            self.report_never_reached(statement.span(), end);
        }
    }

    /// The end that a statement is, behind which nothing is reached. An end in the wrong place becomes no step: it is one
    /// mistake, and what follows it is not another.
    pub(super) fn end_behind(&self, statement: &Statement) -> Option<Span> {
        let last = match statement {
            Statement::End(end) if end.when.is_none() && end.on.is_none() => Some(end.span),
            Statement::Return(end) => Some(end.span),
            _ => None,
        };
        last.filter(|last| !self.is_broken(*last))
    }

    /// What stands behind an end.
    pub(crate) fn report_never_reached(&mut self, span: Span, end: Span) {
        let diagnostic = self
            .diagnostic(codes::S807, span, "This is never reached.")
            .with_related(end, "everything ends here")
            .with_help("give the end a condition with `when …`, or remove what follows");
        self.push(diagnostic);
    }

    /// One statement. Steps that its expressions ask for are placed before it.
    pub(super) fn statement(
        &mut self,
        statement: &Statement,
        scope: &mut Scope,
        around: Around,
        building: &mut Building,
    ) -> Option<Step> {
        match statement {
            Statement::Let(statement) => self.let_statement(statement, scope, around, building),
            Statement::Do(statement) => self.do_statement(statement, scope, around, building),
            Statement::If(statement) => Some(self.if_statement(statement, scope, around, building)),
            Statement::ForEach(statement) => {
                let outer = std::mem::take(&mut self.yielding);
                let (step, _) = self.loop_step(statement, scope, Yields::Alone, building);
                self.yielding = outer;
                Some(step)
            }
            Statement::End(end) => self.end(end, scope, around, building),
            Statement::Match(statement) => self.match_statement(statement, scope, around, building),
            Statement::Repeat(statement) => Some(self.repeat(statement, scope, around, building)),
            Statement::Together(statement) => {
                Some(self.together(statement, scope, around, building))
            }
            Statement::Try(statement) => {
                Some(self.try_statement(statement, scope, around, building))
            }
            Statement::Return(statement) => {
                Some(self.return_statement(statement, scope, around, building))
            }
            Statement::Yield(statement) => {
                Some(self.yield_statement(statement, scope, around, building))
            }
            Statement::Record(written) => {
                let work = self.record_work(&written.step, scope);
                let label = match written.step.table.as_slice() {
                    [connection, table] => {
                        format!("record into {}.{}", connection.text, table.text)
                    }
                    _ => "record".to_owned(),
                };
                let doing = work.map(|work| (StepKind::Work(work), Type::None));
                self.modified(
                    written,
                    &label,
                    Acting::Effect,
                    doing,
                    scope,
                    around,
                    building,
                )
            }
            Statement::Emit(written) => {
                let work = self.emit_work(&written.step, scope);
                let label = format!("emit {}", written.step.event.text);
                let doing = work.map(|work| (StepKind::Work(work), Type::None));
                self.modified(
                    written,
                    &label,
                    Acting::Effect,
                    doing,
                    scope,
                    around,
                    building,
                )
            }
            Statement::Set(written) => {
                let work = self.set_work(&written.step, scope);
                let label = format!("set {}", written.step.state.text);
                let doing = work.map(|work| (StepKind::Work(work), Type::None));
                self.modified(
                    written,
                    &label,
                    Acting::Effect,
                    doing,
                    scope,
                    around,
                    building,
                )
            }
            Statement::Ask(written) => {
                let doing = self.ask(&written.step, &written.modifiers, scope);
                let label = self.label("ask", written.step.whom.span());
                self.modified(written, &label, Acting::Ask, doing, scope, around, building)
            }
            Statement::Wait(written) => {
                let (label, acting) = self.pause(&written.step);
                let doing = self.wait(&written.step, scope, around, &label);
                if let (WaitUntil::Event(pattern), Some((_, of))) = (&written.step.until, &doing)
                    && let Some(name) = &pattern.binding
                {
                    let (name, of) = (name.clone(), of.clone());
                    let step =
                        self.modified(written, &label, acting, doing, scope, around, building);
                    self.notes.name(&name.text, &of, name.span);
                    scope.add(name.text.as_str(), of, name.span);
                    return step.map(|step| Step {
                        binds: Some(Arc::from(name.text.as_str())),
                        ..step
                    });
                }
                self.modified(written, &label, acting, doing, scope, around, building)
            }
            Statement::Run(written) => {
                let run = self.run_work(&written.step, scope);
                let label = run.as_ref().map_or("run", |(label, _, _)| label).to_owned();
                let doing = run.map(|(_, work, of)| (StepKind::Work(work), of));
                self.modified(
                    written,
                    &label,
                    Acting::Effect,
                    doing,
                    scope,
                    around,
                    building,
                )
            }
            Statement::Error(_) => None,
        }
    }

    /// A step that modifiers may follow. `doing` is missing where it has a mistake.
    #[allow(
        clippy::too_many_arguments,
        reason = "what a statement is, and where it stands; every statement has all of it"
    )]
    fn modified<T>(
        &mut self,
        written: &Modified<T>,
        label: &str,
        acting: Acting,
        doing: Option<(StepKind, Type)>,
        scope: &Scope,
        around: Around,
        building: &mut Building,
    ) -> Option<Step> {
        let mut of = doing.as_ref().map_or(Type::Unknown, |(_, of)| of.clone());
        let outcome = Outcome {
            of: &mut of,
            used: false,
            name: None,
        };
        let acting = doing.is_some().then_some(acting);
        let policy = self.policy(&written.modifiers, acting, outcome, scope, around);
        self.place_pending(building, &Policy::default());
        let (kind, _) = doing?;
        let frame = Frame {
            label: named(&written.modifiers).unwrap_or(label).to_owned(),
            span: written.span,
            documentation: &written.documentation,
        };
        Some(self.step(&frame, kind, None, of, policy))
    }

    /// What a wait is called, and what its modifiers act on.
    pub(super) fn pause(&mut self, wait: &WrittenWait) -> (String, Acting) {
        match &wait.until {
            WaitUntil::Passed(delay) => (self.label("wait", delay.span()), Acting::Pause),
            WaitUntil::Instant(instant) => {
                (self.label("wait until", instant.span()), Acting::Pause)
            }
            WaitUntil::Event(pattern) => (
                format!("wait for {}", crate::declared::dotted(&pattern.event)),
                Acting::Wait,
            ),
            WaitUntil::First(_) => ("wait for first".to_owned(), Acting::Pause),
        }
    }

    /// A step with its name, in the block that is being written.
    pub(super) fn step(
        &mut self,
        frame: &Frame<'_>,
        kind: StepKind,
        binds: Option<&str>,
        result: Type,
        policy: Policy,
    ) -> Step {
        let matters =
            policy.at_most_once.is_some() || policy.retry.is_some() || policy.undo.is_some();
        let name = self.reserve_name(&frame.label, frame.span, matters);
        Step {
            name,
            label: Arc::from(frame.label.as_str()),
            documentation: documentation(frame.documentation),
            origin: self.origin(frame.span),
            kind,
            binds: binds.filter(|name| !name.is_empty()).map(Arc::from),
            result,
            policy,
        }
    }
}

/// What modifiers act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acting {
    /// A call that changes the world.
    Effect,
    /// A call of an action: statements that hold together.
    Action,
    /// A call that reads.
    Read,
    /// An expression with calls inside.
    Calculation,
    /// An expression without calls: nothing that could fail in time.
    Nothing,
    /// A value that something must vouch for: it may not.
    Vouching,
    /// A person is asked.
    Ask,
    /// Something from outside is waited for.
    Wait,
    /// Time passes.
    Pause,
    /// A loop that gives a list.
    Loop,
}

/// The `##` of a statement.
pub(super) fn documentation(written: &Documentation) -> Option<Arc<str>> {
    (!written.text.is_empty()).then(|| Arc::from(written.text.as_str()))
}

/// `named NAME`
pub(super) fn named(modifiers: &[Modifier]) -> Option<&str> {
    modifiers.iter().find_map(|modifier| match modifier {
        Modifier::Named { name, .. } if !name.text.is_empty() => Some(name.text.as_str()),
        _ => None,
    })
}

/// Whether a block surely leaves: its last statement ends the run or the item, or gives a value.
pub(super) fn leaves(block: &Written) -> bool {
    match block.statements.last() {
        Some(Statement::End(end)) => end.when.is_none() && end.on.is_none(),
        Some(Statement::Return(_) | Statement::Yield(_)) => true,
        Some(Statement::Match(written)) => {
            let arms = written.arms.iter().map(|arm| &arm.body);
            arms.chain(&written.otherwise).all(leaves)
        }
        Some(Statement::Together(written)) => leaves(&written.body),
        Some(Statement::Try(written)) => leaves(&written.body) && leaves(&written.otherwise),
        Some(Statement::Wait(written)) => match &written.step.until {
            WaitUntil::First(branches) => branches.iter().all(|branch| match branch {
                WaitBranch::Event { body, .. } | WaitBranch::After { body, .. } => leaves(body),
                WaitBranch::Error(_) => true,
            }),
            WaitUntil::Passed(_) | WaitUntil::Instant(_) | WaitUntil::Event(_) => false,
        },
        Some(
            Statement::Let(_)
            | Statement::Do(_)
            | Statement::If(_)
            | Statement::ForEach(_)
            | Statement::Repeat(_)
            | Statement::Record(_)
            | Statement::Emit(_)
            | Statement::Set(_)
            | Statement::Ask(_)
            | Statement::Run(_)
            | Statement::Error(_),
        )
        | None => false,
    }
}
