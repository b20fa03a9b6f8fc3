//! Statements, one after the other, into a block.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{
    Block as Written, Documentation, Expression, Let, LetValue, Modifier, Statement, WaitBranch,
    WaitUntil,
};
use sophia_plan::expression::Expression as Code;
use sophia_plan::step::{Block, Policy, Step, StepKind, Work};
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
    pub(super) const RUN: Self = Self {
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
    /// A statement that is told to be not followed yet, and its `yield` with it.
    Told,
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
        self.statements(
            &mut building,
            written.statements.iter(),
            &mut scope,
            around,
            false,
        );
        self.pending.leave(outer);
        building.finish()
    }

    /// Writes statements down. Only the outermost block holds the reads that a run shares.
    pub(super) fn statements<'s>(
        &mut self,
        building: &mut Building,
        statements: impl Iterator<Item = &'s Statement>,
        scope: &mut Scope,
        around: Around,
        outermost: bool,
    ) {
        let mut ended: Option<Span> = None;
        for statement in statements {
            if let Some(end) = ended.take()
                && !matches!(statement, Statement::Error(_))
            {
                let diagnostic = self
                    .diagnostic(codes::S807, statement.span(), "This is never reached.")
                    .with_related(end, "everything ends here")
                    .with_help("give the end a condition with `when …`, or remove what follows");
                self.push(diagnostic);
            }
            let step = self.statement(statement, scope, around, building, outermost);
            // An end in the wrong place is one mistake; what follows it is not another.
            if let (Statement::End(end), Some(_)) = (statement, &step)
                && end.when.is_none()
                && !self.is_broken(end.span)
            {
                ended = Some(end.span);
            }
            if let Some(step) = step {
                if outermost {
                    self.place_shared(building);
                }
                self.place(building, step);
            }
        }
        if outermost {
            self.place_shared(building);
        }
    }

    /// One statement. Steps that its expressions ask for are placed before it.
    fn statement(
        &mut self,
        statement: &Statement,
        scope: &mut Scope,
        around: Around,
        building: &mut Building,
        outermost: bool,
    ) -> Option<Step> {
        match statement {
            Statement::Let(statement) => {
                self.let_statement(statement, scope, around, building, outermost)
            }
            Statement::Do(statement) => {
                self.do_statement(statement, scope, around, building, outermost)
            }
            Statement::If(statement) => {
                Some(self.if_statement(statement, scope, around, building, outermost))
            }
            Statement::ForEach(statement) => {
                Some(self.for_each(statement, scope, Yields::Alone, building, outermost))
            }
            Statement::End(end) => self.end(end, scope, around, building, outermost),
            Statement::Match(_)
            | Statement::Repeat(_)
            | Statement::Together(_)
            | Statement::Try(_)
            | Statement::Return(_)
            | Statement::Yield(_)
            | Statement::Record(_)
            | Statement::Emit(_)
            | Statement::Set(_)
            | Statement::Ask(_)
            | Statement::Wait(_)
            | Statement::Run(_)
            | Statement::Error(_) => {
                self.later_statement(statement, scope, around);
                self.place_before(building, outermost, &Policy::default());
                None
            }
        }
    }

    /// Places what the expressions of a statement have asked for.
    pub(super) fn place_before(
        &mut self,
        building: &mut Building,
        outermost: bool,
        policy: &Policy,
    ) {
        if outermost {
            self.place_shared(building);
        }
        self.place_pending(building, policy);
    }

    fn let_statement(
        &mut self,
        statement: &Let,
        scope: &mut Scope,
        around: Around,
        building: &mut Building,
        outermost: bool,
    ) -> Option<Step> {
        let name = &statement.name;
        let outside = scope.clone();
        let value = match &statement.value {
            LetValue::Do { call, word } => self
                .tool_effect(call, &outside, *word)
                .map(|(_, work, of)| (Value::Work(work), of)),
            LetValue::Value(written) => {
                let typed = self.typed(written, &outside, None);
                let known = !typed.is_unknown() && !self.is_broken(statement.span);
                known.then(|| (self.own_work(written, typed.expression), typed.of))
            }
            LetValue::Ask(ask) => {
                self.ask(ask, &outside);
                None
            }
            LetValue::Wait(wait) => {
                let around = Around {
                    yields: Yields::Told,
                    ..around
                };
                self.wait(wait, &mut outside.clone(), around);
                None
            }
            LetValue::ForEach(each) => {
                self.gathering(each, &outside, building, outermost);
                None
            }
            LetValue::Run(run) => {
                self.run_step(run, &outside);
                None
            }
        };
        self.check_new_name(name, scope);
        let kind = match &value {
            None => match &statement.value {
                LetValue::Value(_) | LetValue::Do { .. } => None,
                LetValue::Ask(_) | LetValue::Wait(_) | LetValue::ForEach(_) | LetValue::Run(_) => {
                    Some(Acting::Later)
                }
            },
            Some((Value::Work(work), _)) => Some(if work.is_effect() {
                Acting::Effect
            } else {
                Acting::Read
            }),
            Some((Value::Code(_), _)) if self.pending.count() > 0 => Some(Acting::Calculation),
            Some((Value::Code(_), _)) => Some(Acting::Nothing),
        };
        let mut of = value.as_ref().map_or(Type::Unknown, |(_, of)| of.clone());
        let outcome = Outcome {
            of: &mut of,
            used: true,
        };
        let policy = self.policy(&statement.modifiers, kind, outcome, scope, around);
        let documented = &statement.documentation;
        let step = value.map(|(value, _)| {
            let label = named(&statement.modifiers).unwrap_or(&name.text).to_owned();
            let frame = Frame {
                label,
                span: statement.span,
                documentation: documented,
            };
            let (before, own, work) = match value {
                Value::Work(work) => (Policy::default(), policy, work),
                // What calls for patience are the calls inside the calculation.
                Value::Code(expression) => {
                    (policy, Policy::default(), Work::Compute { expression })
                }
            };
            self.place_before(building, outermost, &before);
            self.step(
                &frame,
                StepKind::Work(work),
                Some(&name.text),
                of.clone(),
                own,
            )
        });
        if !name.text.is_empty() {
            self.memory.lets.insert(name.text.clone(), of.clone());
            scope.add(name.text.as_str(), of, name.span);
        }
        step
    }

    /// The work of a `let` whose value is a call and nothing else: it is the `let`'s own step.
    fn own_work(&mut self, written: &Expression, code: Code) -> Value {
        let is_call = matches!(
            written,
            Expression::Call(_)
                | Expression::Search { .. }
                | Expression::FindMetrics { .. }
                | Expression::Read { .. }
                | Expression::Over { .. }
        );
        let is_last = match (&code, self.pending.last()) {
            (Code::Name(name), Some(last)) => *name == last.name,
            _ => false,
        };
        if is_call
            && is_last
            && let Some(step) = self.pending.take_last()
        {
            return Value::Work(step.work);
        }
        // It fails where the column does not hold the value, which `otherwise` answers.
        if matches!(written, Expression::KnownIn { .. }) && self.pending.count() == 0 {
            return Value::Work(Work::Compute { expression: code });
        }
        Value::Code(code)
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
        let matters = policy.at_most_once.is_some() || policy.retry.is_some();
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

/// What a `let` stands for.
enum Value {
    Work(Work),
    Code(Code),
}

/// What modifiers act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acting {
    /// A call that changes the world.
    Effect,
    /// A call that reads.
    Read,
    /// An expression with calls inside.
    Calculation,
    /// An expression without calls: nothing that could fail in time.
    Nothing,
    /// A statement that is not followed yet, and its modifiers with it.
    Later,
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
