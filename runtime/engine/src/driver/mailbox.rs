//! What others ask of a run under way, and what becomes of it.
//!
//! Kept true here: whoever asks is told once what they asked for is durable, or why it is not done;
//! a refusal changes nothing.

use std::sync::Arc;

use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use tokio::sync::{mpsc, oneshot};

use super::again::as_taken;
use super::dispatch::Dispatch;
use super::people::{four_eyes, may_answer};
use super::progress::{Progress, RunOutcome, Standing};
use super::protocol::Input;
use crate::journal::{Delivery, NewArrival, RunId};
use crate::kernel::{Act, Answer, Arrival, Decision};

/// What others ask of a run under way.
#[derive(Debug)]
pub(super) enum Message {
    /// Answered once the decision is durable.
    Settle(Arc<str>, Decision, oneshot::Sender<Result<(), Problem>>),
    /// Answered once the cancellation is durable.
    Cancel(oneshot::Sender<Result<(), Problem>>),
    /// Somebody answers a question: which step, where several ask; who; what. Answered once durable.
    Answer(
        Option<Arc<str>>,
        Arc<str>,
        Answer,
        oneshot::Sender<Result<(), Problem>>,
    ),
    /// A person does something with the run. Answered once durable.
    Act(Arc<str>, Act, oneshot::Sender<Result<(), Problem>>),
    /// Something came in.
    Arrived(Arrival),
    /// A delivery comes to this run instead of starting one; what it brings is told with it, where it is
    /// not among what came in already. Answered once durable.
    Join(
        Option<Box<NewArrival>>,
        Option<Delivery>,
        oneshot::Sender<Result<(), Problem>>,
    ),
    /// Does what is due, and tells when everything so far is durable.
    CatchUp(oneshot::Sender<Result<(), Problem>>),
    /// When the next timer rings.
    NextTimer(oneshot::Sender<Option<Timestamp>>),
    /// Everything so far, then everything that follows.
    Watch(mpsc::UnboundedSender<Progress>),
}

impl Dispatch {
    pub(super) async fn message(&mut self, message: Message) -> Result<(), Problem> {
        match message {
            Message::Settle(key, decision, reply) => {
                if let Err(problem) = self.pilot.asks(&key) {
                    // Whoever asked may be gone.
                    let _ = reply.send(Err(problem));
                    return Ok(());
                }
                self.confirmed(Input::Settled { key, decision }, reply)
                    .await
            }
            Message::Cancel(reply) => {
                if self.pilot.state().outcome().is_some() {
                    let _ = reply.send(Err(has_ended(&self.run)));
                    return Ok(());
                }
                self.confirmed(Input::Cancelled, reply).await
            }
            Message::Answer(step, by, answer, reply) => {
                match self.answer(step.as_deref(), &by, answer) {
                    Ok((key, answer)) => {
                        self.confirmed(Input::Answered { key, by, answer }, reply)
                            .await
                    }
                    Err(problem) => {
                        // Whoever asked may be gone.
                        let _ = reply.send(Err(problem));
                        Ok(())
                    }
                }
            }
            Message::Act(by, act, reply) => match self.may_act(act) {
                Ok(act) => self.confirmed(Input::Acted { by, act }, reply).await,
                Err(problem) => {
                    // Whoever asked may be gone.
                    let _ = reply.send(Err(problem));
                    Ok(())
                }
            },
            Message::Arrived(arrival) => self.take(Input::Arrived(Box::new(arrival))).await,
            Message::Join(arrival, delivery, reply) => self.join(arrival, delivery, reply).await,
            Message::CatchUp(reply) => {
                let now = self.means.clock.now();
                while self.timers.first().is_some_and(|(until, _)| *until <= now) {
                    self.fire().await?;
                }
                match self.pilot.sequence().checked_sub(1) {
                    Some(last) if !self.receipts.is_empty() => {
                        self.confirmations.push_back((last, reply));
                    }
                    _ => drop(reply.send(Ok(()))),
                }
                Ok(())
            }
            Message::NextTimer(reply) => {
                let next = self.timers.first().map(|(until, _)| *until);
                // Whoever asked may be gone.
                let _ = reply.send(next);
                Ok(())
            }
            Message::Watch(watcher) => {
                self.greet(watcher);
                Ok(())
            }
        }
    }

    /// Holds an answer against the question that it is for.
    fn answer(
        &self,
        step: Option<&str>,
        by: &Arc<str>,
        answer: Answer,
    ) -> Result<(Arc<str>, Answer), Problem> {
        let key = self.pilot.question_for(step)?;
        let answer = self.pilot.takes(&key, by, answer)?;
        if let Some(question) = self.pilot.state().question(&key) {
            may_answer(&*self.means.people, question, by, &self.run)?;
            if !matches!(answer, Answer::Refused { .. }) {
                let starter = self.pilot.state().started_by();
                four_eyes(
                    &*self.means.people,
                    question,
                    by,
                    starter.as_deref(),
                    &self.run,
                )?;
            }
        }
        Ok((key, answer))
    }

    /// Holds against the run what a person does with it.
    fn may_act(&self, act: Act) -> Result<Act, Problem> {
        let state = self.pilot.state();
        if state.outcome().is_some() {
            return Err(has_ended(&self.run));
        }
        let run = &self.run;
        match (&act, state.paused()) {
            (Act::Pauses, Some(by)) => Err(Problem::new(
                codes::S969,
                format!("Run {run} is paused already, by {by}."),
            )
            .with_help(format!("`sophia runs resume {run}` lets it go on"))),
            (Act::GoesOn, None) => Err(Problem::new(
                codes::S969,
                format!("Run {run} is not paused."),
            )
            .with_help(format!("`sophia runs show {run}` says what it waits for"))),
            (Act::Decides { key, .. }, _) => self.pilot.asks(key).map(|()| act),
            _ => as_taken(run, &self.pilot.identity.layout, state, act),
        }
    }

    /// Takes an input and tells whoever sent it once it is durable.
    async fn confirmed(
        &mut self,
        input: Input,
        reply: oneshot::Sender<Result<(), Problem>>,
    ) -> Result<(), Problem> {
        let sequence = self.pilot.sequence();
        self.confirmations.push_back((sequence, reply));
        // Until its record is durable nobody should take an older rest for the present one.
        self.standing.send_if_modified(|standing| {
            let rests = matches!(standing, Standing::Resting(RunOutcome::Waiting(_)));
            if rests {
                *standing = Standing::Running;
            }
            rests
        });
        self.take(input).await
    }

    /// A delivery comes to this run. What waits for it goes on once what it brings is durable.
    async fn join(
        &mut self,
        arrival: Option<Box<NewArrival>>,
        delivery: Option<Delivery>,
        reply: oneshot::Sender<Result<(), Problem>>,
    ) -> Result<(), Problem> {
        if self.pilot.state().outcome().is_some() {
            // Whoever asked may be gone.
            let _ = reply.send(Err(has_ended(&self.run)));
            return Ok(());
        }
        if arrival.is_none() && delivery.is_none() {
            // There is nothing to remember.
            let _ = reply.send(Ok(()));
            return Ok(());
        }
        // It changes nothing of what the run waits for, so a rest stays as it is.
        self.confirmations.push_back((self.pilot.sequence(), reply));
        self.take(Input::Joined { arrival, delivery }).await
    }

    fn greet(&mut self, watcher: mpsc::UnboundedSender<Progress>) {
        let known = self
            .history
            .notices()
            .map(|notice| Progress::Step(Box::new(notice)))
            .chain(self.waits.values().cloned().map(Progress::Waiting));
        let resting = match &*self.standing.borrow() {
            Standing::Resting(outcome) => Some(Progress::Standing(outcome.clone())),
            _ => None,
        };
        // A watcher that is gone is noticed here.
        if known
            .chain(resting)
            .all(|progress| watcher.send(progress).is_ok())
        {
            self.watchers.push(watcher);
        }
    }
}

pub(super) fn has_ended(run: &RunId) -> Problem {
    Problem::new(codes::S969, format!("Run {run} has ended already."))
}
