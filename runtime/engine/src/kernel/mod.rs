//! The pure reducer: a plan and its events → the state of a run and what is to be done next.
//!
//! Kept true here: no clock, no I/O, no randomness. "Now" stands in events. The same plan and the same
//! events give the same state and the same commands, in the same order; so current state is a fold of
//! the journal. A step's key is its path with its loop items, never a counter.

mod action;
mod again;
mod armed;
mod ask;
mod attempt;
mod beginning;
mod block;
mod branch;
mod calling;
mod command;
mod control;
mod each;
mod ending;
mod event;
mod expressions;
mod giving;
mod layout;
mod listening;
mod machine;
mod past;
mod reach;
mod retry;
mod rounds;
mod state;
mod together;
mod tried;
mod undo;
mod wait;
mod waiting;

pub use again::{fold, may_be_skipped, recall};
pub use ask::{Form, Question, QuestionState, Said, Whom};
pub use beginning::{Arrives, Brought, event_name, note_starter, starter, starter_of};
pub use command::{Awaiting, ClaimRequest, Command, Happening, Notice, Start, StepEnd};
pub use event::{Act, Answer, Arrival, Decision, Event, Failure, Outcome};
pub(crate) use expressions::{Instant, once_key};
pub use layout::{Layout, WaitingStep};
pub use listening::{Carries, Listening, Only, carries};
pub use past::{Memory, Past};
pub use state::RunState;
pub use waiting::Awaits;

use sophia_plan::Record;

use machine::Machine;

/// Begins a run. `inputs` holds every input of the plan, defaults filled in; see [`Layout::inputs`].
#[must_use]
pub fn start(layout: &Layout, inputs: &Record, at: jiff::Timestamp) -> (RunState, Vec<Command>) {
    let mut state = RunState::new(inputs, at);
    let mut machine = Machine::new(layout, &mut state, at);
    machine.open_body();
    machine.settle_down();
    let commands = machine.commands;
    (state, commands)
}

/// Takes one event. An event that no longer fits (an attempt that was given up, a timer that was
/// dropped) changes nothing.
pub fn apply(layout: &Layout, state: &mut RunState, event: &Event) -> Vec<Command> {
    let mut machine = Machine::new(layout, state, event.at());
    machine.take(event);
    machine.settle_down();
    machine.commands
}

/// What is still to be done in a state that was folded from a journal: attempts without an end and
/// timers that have not fired, in the order of their keys.
#[must_use]
pub fn outstanding(layout: &Layout, state: &RunState) -> Vec<Command> {
    attempt::outstanding(layout, state)
}

/// The attempt that is under way for a step.
#[must_use]
pub fn under_way(layout: &Layout, state: &RunState, key: &str) -> Option<Start> {
    attempt::under_way(layout, state, key)
}

/// Whether something that came in ends a wait of a run, or the run.
#[must_use]
pub fn fits(layout: &Layout, state: &RunState, arrival: &Arrival, now: jiff::Timestamp) -> bool {
    wait::fits(layout, state, arrival, now)
}

/// What must be watched for while a run waits and does nothing else.
#[must_use]
pub fn awaits(layout: &Layout, state: &RunState) -> Awaits {
    wait::awaits(layout, state)
}

/// The earliest arrival that may end a wait of a run, or the run: since this instant, after this number.
/// Nothing where no arrival can.
#[must_use]
pub fn horizon(state: &RunState) -> Option<(jiff::Timestamp, u64)> {
    wait::horizon(state)
}

/// A form that somebody filled in, as the type that was asked for.
///
/// # Errors
/// When it does not fit.
pub fn filled(
    form: &Form,
    value: &sophia_plan::Value,
) -> Result<sophia_plan::Value, sophia_diagnostics::Problem> {
    ask::filled(form, value)
}
