//! The pure reducer: a plan and its events → the state of a run and what is to be done next.
//!
//! Kept true here: no clock, no I/O, no randomness. "Now" stands in events. The same plan and the same
//! events give the same state and the same commands, in the same order; so current state is a fold of
//! the journal. A step's key is its path with its loop items, never a counter.

mod action;
mod armed;
mod ask;
mod attempt;
mod block;
mod branch;
mod each;
mod ending;
mod event;
mod expressions;
mod giving;
mod layout;
mod machine;
mod retry;
mod rounds;
mod state;
mod together;
mod tried;
mod undo;
mod wait;

pub use event::{
    Answer, ClaimRequest, Command, Decision, Event, Failure, Happening, Notice, Outcome, Start,
    StepEnd,
};
pub(crate) use expressions::{Instant, once_key};
pub use layout::Layout;
pub use state::RunState;

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
