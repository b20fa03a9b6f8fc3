//! What a pilot is told, and what it asks for.
//!
//! Kept true here: an input says what happened and never when; the pilot is given "now" beside it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sophia_diagnostics::Problem;
use sophia_plan::Value;

use super::progress::{Standing, Wait};
use crate::journal::{ClaimWanted, Claimed, Delivery, Journal, NewArrival, RunId, Write};
use crate::kernel::{Act, Answer, Arrival, Decision, Layout, Notice};
use crate::limits::{Limits, Place, Room};
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
    /// Who gets a claim, and what is kept between runs.
    pub journal: &'a dyn Ledger,
    /// Whether a step may simply run again.
    pub runner: &'a dyn StepRunner,
    /// What has room for so many only.
    pub limits: &'a Limits,
}

/// What a pilot asks a journal while it takes an input.
pub trait Ledger {
    /// As [`Journal::arbitrate`].
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    fn arbitrate(&self, wanted: &ClaimWanted) -> Result<Claimed, Problem>;

    /// As [`Journal::state`].
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    fn state(&self, name: &str) -> Result<Option<Value>, Problem>;

    /// Whether a step that stands in the record when it begins may begin now. A journal forbids none; a record
    /// that is carried out again knows when each began, which places alone decided.
    fn lets_begin(&self, _key: &Arc<str>, _attempt: u32) -> bool {
        true
    }
}

impl<J: Journal> Ledger for J {
    fn arbitrate(&self, wanted: &ClaimWanted) -> Result<Claimed, Problem> {
        Journal::arbitrate(self, wanted)
    }

    fn state(&self, name: &str) -> Result<Option<Value>, Problem> {
        Journal::state(self, name)
    }
}

impl Ledger for Arc<dyn Journal> {
    fn arbitrate(&self, wanted: &ClaimWanted) -> Result<Claimed, Problem> {
        (**self).arbitrate(wanted)
    }

    fn state(&self, name: &str) -> Result<Option<Value>, Problem> {
        (**self).state(name)
    }
}

/// Places that a step, or a run, needs before it goes on.
#[derive(Clone, Debug)]
pub struct PlaceAsked {
    /// The step; empty for the run itself.
    pub key: Arc<str>,
    /// Its attempt.
    pub attempt: u32,
    /// The playbook.
    pub playbook: Arc<str>,
    /// The step's label, or the playbook.
    pub label: Arc<str>,
    /// The step's line.
    pub line: u32,
    /// All of them at once.
    pub places: Vec<(Place, Room)>,
    /// The time that the step may take, waiting included.
    pub deadline: Option<Duration>,
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
    /// The places that were asked for have come.
    Placed {
        /// The step; empty for the run itself.
        key: Arc<str>,
        /// Its attempt.
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
    /// Wait for places; answer with [`Input::Placed`]. The place of a step is held until its attempt ends or
    /// is abandoned.
    AskPlace(Box<PlaceAsked>),
    /// Give the places of a step, or those of the run, to others.
    LeavePlace {
        /// The step; empty for the run itself.
        key: Arc<str>,
    },
    /// The same, for places with which nothing was done.
    GiveBackPlace {
        /// The step.
        key: Arc<str>,
    },
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
