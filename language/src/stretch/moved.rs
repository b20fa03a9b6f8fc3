//! A tree that stands elsewhere in its file: the same with every place moved.
//!
//! Kept true here: every node names all of its parts, so one that is added cannot be forgotten.

use sophia_diagnostics::Span;
use sophia_phrases::{Literal, Schedule};

use crate::syntax::{
    Accept, Action, Alike, Answer, Argument, Arm, Ask, Batches, BinaryOperator, Block, Call,
    Change, Clause, Command, Delay, Demand, Do, Documentation, Edge, ElseBranch, Emit, End,
    EndKind, Escalation, EventPattern, Expectation, Expression, FieldDeclaration, FieldValue,
    ForEach, Function, FunctionBody, Given, GivenAnswer, GivenSubject, GroupColumn, Happening, If,
    Input, Item, JoinOn, Label, Let, LetValue, Match, Metric, Model, Modified, Modifier, Name,
    OnFailure, OneRun, Otherwise, Overlap, Parameter, Period, Policy, PolicyRule, Predictor, Query,
    Question, Record, Repeat, Return, Run, Set, SortKey, SqlText, Stage, State, Statement, Subject,
    Test, TestLine, TextPart, TextTemplate, Together, Trigger, TriggerKind, Try, TypeDeclaration,
    TypeExpression, UnaryOperator, UnsureRule, Use, Wait, WaitBranch, WaitUntil, Which, Yield,
};

/// Something with places in a text.
pub(super) trait Moved {
    /// Moves every place in it by so many bytes.
    fn shift(&mut self, by: i32);
}

impl Moved for Span {
    fn shift(&mut self, by: i32) {
        // Nothing that is moved stands at the very beginning of a file: this is the place of what is not there.
        if *self != Self::default() {
            self.start = self.start.saturating_add_signed(by);
            self.end = self.end.saturating_add_signed(by);
        }
    }
}

impl Moved for SqlText {
    fn shift(&mut self, by: i32) {
        let Self {
            text: _,
            start,
            holes,
            span,
        } = self;
        *start = start.saturating_add_signed(by);
        holes.shift(by);
        span.shift(by);
    }
}

impl<T: Moved> Moved for Vec<T> {
    fn shift(&mut self, by: i32) {
        for part in self {
            part.shift(by);
        }
    }
}

impl<T: Moved> Moved for Option<T> {
    fn shift(&mut self, by: i32) {
        if let Some(part) = self {
            part.shift(by);
        }
    }
}

impl<T: Moved> Moved for Box<T> {
    fn shift(&mut self, by: i32) {
        (**self).shift(by);
    }
}

impl<A: Moved, B: Moved> Moved for (A, B) {
    fn shift(&mut self, by: i32) {
        self.0.shift(by);
        self.1.shift(by);
    }
}

impl<T: Moved> Moved for Modified<T> {
    fn shift(&mut self, by: i32) {
        let Self {
            step,
            modifiers,
            documentation,
            span,
        } = self;
        step.shift(by);
        modifiers.shift(by);
        documentation.shift(by);
        span.shift(by);
    }
}

macro_rules! without_places {
    ($($name:ty),* $(,)?) => {
        $(impl Moved for $name {
            fn shift(&mut self, _: i32) {}
        })*
    };
}

macro_rules! records {
    ($($name:ident { $($field:ident),* $(,)? })*) => {
        $(impl Moved for $name {
            fn shift(&mut self, by: i32) {
                let Self { $($field),* } = self;
                $($field.shift(by);)*
            }
        })*
    };
}

macro_rules! choices {
    ($($name:ident { $($variant:ident $(($value:ident))? $({ $($field:ident),* })?),* $(,)? })*) => {
        $(impl Moved for $name {
            fn shift(&mut self, by: i32) {
                match self {
                    $(Self::$variant $(($value))? $({ $($field),* })? => {
                        $($value.shift(by);)?
                        $($($field.shift(by);)*)?
                    })*
                }
            }
        })*
    };
}

without_places! {
    String, bool, u32, u64, Literal, Schedule, UnaryOperator, BinaryOperator, Edge, Which, Period, EndKind, UnsureRule,
    Answer, Overlap,
}

records! {
    Name { text, span }
    Documentation { text, span }
    Use { names, span }
    Input { name, of, default, documentation, span }
    TypeDeclaration { name, of, documentation, span }
    Parameter { name, of }
    Query { name, parameters, connection, at_most, sql, documentation, span }
    Predictor { name, connection, sql, target, accept, retrain, documentation, span }
    Accept { metric, at_least, bound, span }
    OnFailure { binding, body, documentation, span }
    Command { name, parameters, connection, at_most, sql, documentation, span }
    Metric { name, of, snapshot, combine, connection, sql, documentation, span }
    State { name, of, value, per, documentation, span }
    Function { name, parameters, result, body, documentation, span }
    Action { name, parameters, result, body, documentation, span }
    TextTemplate { parts, block, span }
    Call { callee, arguments, span }
    Argument { name, value }
    FieldValue { name, value }
    Block { statements, span }
    Let { name, value, modifiers, documentation, span }
    Do { call, modifiers, documentation, span }
    If { condition, then, otherwise, documentation, span }
    ForEach { item, source, at_a_time, keep_going, body, documentation, span }
    End { kind, reason, when, on, documentation, span }
    Match { value, arms, otherwise, documentation, span }
    Arm { patterns, body, span }
    Repeat { every, at_most, until, body, documentation, span }
    Together { body, documentation, span }
    Try { body, binding, otherwise, documentation, span }
    Return { value, documentation, span }
    Yield { each, value, documentation, span }
    Record { rows, table, key, span }
    Emit { event, value, span }
    Set { state, key, value, span }
    Run { call, waits, span }
    EventPattern { event, binding, condition, span }
    Ask { quorum, whom, question, span }
    Wait { until, span }
    Model { name, parameters, result, clauses, documentation, span }
    Alike { parameter, above, span }
    Escalation { whom, within, span }
    Policy { name, rules, documentation, span }
    SortKey { value, descending }
    GroupColumn { name, value }
    Test { title, title_span, lines, span }
    Given { subject, answer, span }
    Trigger { kind, binding, with, documentation, span }
    Change { table, key, except_our_own, batches }
    Batches { size, every, span }
    OneRun { per, rule, documentation, span }
    FieldDeclaration { name, of, labels, documentation, span }
    Label { text, span }
}

choices! {
    Item {
        Use(part), Zone { name, span }, Calendar { name, span }, Trigger(part), Input(part), Type(part), Query(part),
        Command(part), Metric(part), State(part), Function(part), Action(part), Policy(part), OneRun(part),
        Predictor(part), Model(part), OnFailure(part), Test(part), Statement(part), Error(span),
    }
    Expression {
        Literal { value, span },
        Text(part),
        Name(part),
        List { items, span },
        Record { fields, span },
        Field { of, name, optional, span },
        Index { of, key, span },
        Call(part),
        Unary { operator, operand, span },
        Binary { operator, operator_span, left, right, span },
        Between { value, low, high, span },
        In { value, set, negated, span },
        Presence { value, present, span },
        If { condition, then, otherwise, span },
        As { value, to, span },
        Range { from, to, span },
        KnownIn { value, column, span },
        Boundary { edge, which, period, span },
        Over { metric, window, by, span },
        AtLeast { aggregate, rows, span },
        Window { call, by, per, span },
        Search { knowledge, text, take, condition, span },
        FindMetrics { text, take, span },
        Read { format, path, of, span },
        Pipeline { source, stages, span },
        Missing(span),
    }
    TextPart { Plain(text), Hole(part) }
    FunctionBody { Value(part), Block(part) }
    Statement {
        Let(part), Do(part), If(part), ForEach(part), Match(part), Repeat(part), Together(part), Try(part), End(part),
        Return(part), Yield(part), Record(part), Emit(part), Set(part), Ask(part), Wait(part), Run(part), Error(span),
    }
    LetValue { Value(part), Do { call, word }, Ask(part), Wait(part), ForEach(part), Run(part) }
    ElseBranch { Block(part), If(part) }
    Delay { Time(part), BusinessDays { days, span } }
    Question { Approve { text }, Form { of, text, starting_with }, Missing(span) }
    WaitUntil { Passed(part), Instant(part), Event(part), First(parts) }
    WaitBranch { Event { pattern, body, span }, After { delay, body, span }, Error(span) }
    Clause {
        Route { routes, best_of, span },
        Budget { per_call, per_run, span },
        Temperature { value, span },
        Ensure { condition, span },
        Prompt { text, span },
        Otherwise { value, span },
        Cache { keep, alike, span },
        Example { given, returns, span },
        Error(span),
    }
    Modifier {
        Retry { times, over, span },
        Timeout { after, span },
        AtMostOnce { key, within, span },
        Otherwise { what, span },
        Unsure { rule, span },
        Undo { call, span },
        Within { limit, then, span },
        Remind { every, span },
        Named { name, span },
    }
    Otherwise { Value(part), Block(part), End(part) }
    PolicyRule {
        Every { subject, condition, demand, span },
        NoFlow { label, destination, span },
        AtMost { times, effect, span },
        Error(span),
    }
    Subject { Effect(parts), Kind(part) }
    Demand { FollowsAsk { groups }, Has(part), Missing(span) }
    Stage {
        Where { condition, span },
        Add { columns, span },
        Select { columns, span },
        Sort { keys, span },
        Take { count, per, span },
        First { span },
        Only { span },
        Map { value, span },
        Group { by, columns, span },
        Join { optional, source, binding, on, span },
        Check { name, rule, span },
        Error(span),
    }
    JoinOn { Columns(parts), Condition(part), Missing(span) }
    TestLine { Given(part), Run { with, span }, Then { what, span }, Expect { what, span }, Error(span) }
    GivenSubject { Path(parts), Ask(part), File(part) }
    GivenAnswer { Value(part), Fails { message, times } }
    Happening { Passes(part), Arrives { event, value }, Answers { whom, answer, with } }
    Expectation {
        Called { path, times, with },
        Before { first, second },
        WaitsFor(part),
        Fails { message },
        Holds(part),
    }
    TriggerKind {
        Schedule { schedule, phrase },
        Request { parameters, result, span },
        Webhook { event },
        Event { name },
        File { glob },
        Change(part),
        Message { connection, topic },
        Resource { tool, uri },
        Error(span),
    }
    TypeExpression {
        Named(part),
        Money { currency, span },
        List { item, span },
        Table { row, span },
        RowOf { source, span },
        TypeOf { source, span },
        Record { fields, span },
        Union { literals, span },
        Range { from, to, span },
        Optional { item, span },
        Missing(span),
    }
}
