//! What a pilot is told, and what it asks for.
//!
//! Kept true here: an input says what happened and never when; the pilot is given "now" beside it.

use std::sync::Arc;

use jiff::Timestamp;

use super::progress::{Standing, Wait};
use crate::journal::{Delivery, Journal, NewArrival, RunId, Write};
use crate::kernel::{Act, Answer, Arrival, Decision, Layout, Notice};
use crate::runner::{StepCall, StepOutcome, StepRunner};

/// Which run.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its name.
    pub run: RunId,
    /// Where it runs.
    pub environment: Arc<str>,
    /// Its plan.
    pub layout: Arc<Layout>,
}

/// What a pilot may ask at once.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// Who gets a claim.
    pub journal: &'a dyn Journal,
    /// Whether a step may simply run again.
    pub runner: &'a dyn StepRunner,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// An attempt ended.
    Ended {
        /// The step.
        key: Arc<str>,
        /// From 1.
        attempt: u32,
        /// How.
        outcome: Box<StepOutcome>,
    },
    /// A pause before a further attempt is over, or a timer of a step that waits.
    Woken {
        /// The step.
        key: Arc<str>,
        /// The attempt that failed, or the number of the timer.
        attempt: u32,
    },
    /// The grace after a cancellation is over.
    GraceOver,
    /// A claim was kept or freed somewhere.
    ClaimsChanged,
    /// A person decided about an unsure effect.
    Settled {
        /// The step.
        key: Arc<str>,
        /// What.
        decision: Decision,
    },
    /// A person ended the run.
    Cancelled,
    /// Somebody who was asked answered. It was held against the question.
    Answered {
        /// The step.
        key: Arc<str>,
        /// Who, by address.
        by: Arc<str>,
        /// What.
        answer: Answer,
    },
    /// Something came in that the run may wait for.
    Arrived(Box<Arrival>),
    /// A delivery that would have started a run came to this one instead: what it brings is told in the
    /// record that remembers it, and comes back as [`Input::Arrived`].
    Joined {
        /// What it brings, where it is not among what came in already.
        arrival: Option<Box<NewArrival>>,
        /// Its key, remembered with it.
        delivery: Option<Delivery>,
    },
    /// A person did something with the run.
    Acted {
        /// Who, by address.
        by: Arc<str>,
        /// What.
        act: Act,
    },
}

/// What to do.
#[derive(Clone, Debug)]
pub enum Action {
    /// Append this; tell [`super::Pilot::written`] when it is durable.
    Write(Box<Write>),
    /// Make an attempt; answer with [`Input::Ended`].
    Attempt(Box<StepCall>),
    /// Start a run of another playbook, unless this attempt had started it, and wait for it where the
    /// step does; answer with [`Input::Ended`].
    Playbook(Box<StepCall>),
    /// End the run that the attempt of this step started.
    EndPlaybook {
        /// The step.
        key: Arc<str>,
    },
    /// Answer with [`Input::Woken`] at an instant.
    Sleep {
        /// The step.
        key: Arc<str>,
        /// The attempt that failed.
        attempt: u32,
        /// When.
        until: Timestamp,
    },
    /// Answer with [`Input::GraceOver`] at an instant.
    Grace {
        /// When.
        until: Timestamp,
    },
    /// Let go of the attempt or timer of a step.
    Abandon {
        /// The step.
        key: Arc<str>,
    },
    /// Tell people.
    Tell(Box<Notice>),
    /// Tell people that a step waits.
    TellWait(Wait),
    /// The run stands so from now on.
    Stand(Standing),
}
