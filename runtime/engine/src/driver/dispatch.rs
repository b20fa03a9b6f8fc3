//! The task of one run: it waits for what happens and does what the pilot says.
//!
//! Kept true here: one input at a time; when the journal refuses, the run halts where the disk has it.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Weak};

use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinSet};

use super::attempt::{self, Ended};
use super::clock::Clock;
use super::engine::{Engine, Inner};
use super::history::History;
use super::people::{People, may_answer};
use super::pilot::Pilot;
use super::playbook::{self, Told};
use super::progress::{Progress, RunOutcome, Standing, Wait};
use super::protocol::{Action, Input, World};
use crate::journal::{Delivery, Journal, NewArrival, Receipt, RunId};
use crate::kernel::{Act, Answer, Arrival, Awaits, Decision};
use crate::runner::{StepCall, StepRunner};

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

/// What a run is carried on with.
#[derive(Clone)]
pub(super) struct Means {
    pub(super) journal: Arc<dyn Journal>,
    pub(super) runner: Arc<dyn StepRunner>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) people: Arc<dyn People>,
}

impl Means {
    pub(super) fn world(&self) -> World<'_> {
        World {
            journal: &*self.journal,
            runner: &*self.runner,
        }
    }
}

/// Where a run that is carried on has its place among the others.
pub(super) trait Place: Send + Sync + 'static {
    /// It is carried on no longer.
    fn leave(&self);

    /// Whether a run that only waits is put down.
    fn shelves(&self) -> bool;

    /// It is put down, unless somebody has asked something of it meanwhile. Whether it was.
    fn put_down(&self, awaits: &Awaits, has_messages: &dyn Fn() -> bool) -> bool;

    /// It came to rest, or could not be carried on.
    fn rested(&self, how: Result<RunOutcome, Problem>);
}

/// What a timer is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Step(Arc<str>, u32),
    Grace,
}

/// A run under way.
pub(super) struct Dispatch {
    run: RunId,
    means: Means,
    engine: Weak<Inner>,
    pilot: Pilot,
    history: History,
    standing: watch::Sender<Standing>,
    mailbox: mpsc::UnboundedReceiver<Message>,
    place: Box<dyn Place>,
    watchers: Vec<mpsc::UnboundedSender<Progress>>,
    waits: BTreeMap<Arc<str>, Wait>,
    attempts: JoinSet<Ended>,
    aborts: HashMap<Arc<str>, AbortHandle>,
    /// Attempts that are runs of other playbooks.
    playbooks: JoinSet<Result<Ended, Problem>>,
    /// How such a run is ended.
    ends: HashMap<Arc<str>, Arc<Notify>>,
    /// Those of them that only wait.
    resting: BTreeMap<Arc<str>, Wait>,
    /// Whether it is told that the run rests because they do.
    rests: bool,
    /// What such attempts tell.
    told: (mpsc::UnboundedSender<Told>, mpsc::UnboundedReceiver<Told>),
    /// Of steps that wait.
    timers: BTreeSet<(Timestamp, Timer)>,
    /// Before further attempts, and after a cancellation.
    pauses: BTreeSet<(Timestamp, Timer)>,
    receipts: VecDeque<(u32, Receipt)>,
    /// Who is told once a record is durable.
    confirmations: VecDeque<(u32, oneshot::Sender<Result<(), Problem>>)>,
}

/// Why the loop ends.
enum End {
    Resting,
    PutDown,
    Halted(Problem),
}

/// How long a run that only waits is held in memory.
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(200);

impl Dispatch {
    pub(super) fn new(
        means: Means,
        engine: Weak<Inner>,
        pilot: Pilot,
        history: History,
        standing: watch::Sender<Standing>,
        mailbox: mpsc::UnboundedReceiver<Message>,
        place: Box<dyn Place>,
    ) -> Self {
        Self {
            run: pilot.identity.run.clone(),
            means,
            engine,
            pilot,
            history,
            standing,
            mailbox,
            place,
            watchers: Vec::new(),
            waits: BTreeMap::new(),
            attempts: JoinSet::new(),
            aborts: HashMap::new(),
            playbooks: JoinSet::new(),
            ends: HashMap::new(),
            resting: BTreeMap::new(),
            rests: false,
            told: mpsc::unbounded_channel(),
            timers: BTreeSet::new(),
            pauses: BTreeSet::new(),
            receipts: VecDeque::new(),
            confirmations: VecDeque::new(),
        }
    }

    /// Carries the run on until it ends, is put down, or cannot go on. When it ends, the next run of its
    /// line begins; it leaves its place just before those who wait for it are told.
    pub(super) async fn work(mut self, first: Vec<Action>) {
        let end = match self.perform(first).await {
            Ok(()) => self.turn_by_turn().await,
            Err(problem) => End::Halted(problem),
        };
        self.attempts.abort_all();
        self.playbooks.abort_all();
        match end {
            End::PutDown => {}
            End::Resting => {
                self.begin_next().await;
                self.place.leave();
            }
            End::Halted(problem) => {
                tracing::error!(run = %self.run, %problem, "a run halted");
                self.means.journal.forget(&self.run);
                for (_, reply) in self.confirmations.drain(..) {
                    // Whoever asked may be gone.
                    let _ = reply.send(Err(problem.clone()));
                }
                self.place.leave();
                self.place.rested(Err(problem.clone()));
                self.standing.send_replace(Standing::Halted(problem));
            }
        }
    }

    /// Whether nothing keeps the run in memory: it only waits, the disk has everything, nobody looks on.
    fn may_be_put_down(&mut self) -> bool {
        self.watchers.retain(|watcher| !watcher.is_closed());
        self.place.shelves()
            && self.pilot.resting().is_some()
            && !self.pilot.waits_for_claims()
            && self.receipts.is_empty()
            && self.confirmations.is_empty()
            && self.attempts.is_empty()
            && self.playbooks.is_empty()
            && self.watchers.is_empty()
    }

    fn put_down(&mut self) -> bool {
        let Some(awaits) = self.pilot.resting() else {
            return false;
        };
        let mailbox = &self.mailbox;
        self.place.put_down(awaits, &|| !mailbox.is_empty())
    }

    async fn turn_by_turn(&mut self) -> End {
        let mut claims = self.means.journal.claims_changed();
        loop {
            if self.is_over() {
                return End::Resting;
            }
            self.tell_whether_it_rests();
            let idle = self.may_be_put_down();
            let input = tokio::select! {
                biased;
                (sequence, result) = front(&mut self.receipts) => {
                    self.receipts.pop_front();
                    match result {
                        Ok(()) => self.written(sequence).await,
                        Err(problem) => Err(problem),
                    }
                }
                Some(message) = self.mailbox.recv() => self.message(message).await,
                Some(ended) = self.attempts.join_next(), if !self.attempts.is_empty() => match ended {
                    Ok(Ended { key, attempt, outcome }) => {
                        self.aborts.remove(&key);
                        self.take(Input::Ended { key, attempt, outcome: Box::new(outcome) }).await
                    }
                    // Let go on purpose.
                    Err(_) => Ok(()),
                },
                Some(ended) = self.playbooks.join_next(), if !self.playbooks.is_empty() => match ended {
                    Ok(Ok(Ended { key, attempt, outcome })) => {
                        self.aborts.remove(&key);
                        self.forget_playbook(&key);
                        self.take(Input::Ended { key, attempt, outcome: Box::new(outcome) }).await
                    }
                    Ok(Err(problem)) => Err(problem),
                    // Let go on purpose.
                    Err(_) => Ok(()),
                },
                Some(told) = self.told.1.recv() => self.told(told).await,
                Ok(()) = claims.changed(), if self.pilot.waits_for_claims() => {
                    self.take(Input::ClaimsChanged).await
                }
                () = next_timer(&*self.means.clock, &self.timers), if !self.timers.is_empty() => {
                    self.fire().await
                }
                () = next_pause(&*self.means.clock, &self.pauses), if !self.pauses.is_empty() => {
                    self.fire_pause().await
                }
                () = tokio::time::sleep(PATIENCE), if idle => {
                    if self.put_down() {
                        return End::PutDown;
                    }
                    Ok(())
                }
            };
            if let Err(problem) = input {
                return End::Halted(problem);
            }
        }
    }

    /// Whether the run ended and everybody has been told.
    fn is_over(&self) -> bool {
        self.pilot.state().outcome().is_some() && self.receipts.is_empty()
    }

    async fn take(&mut self, input: Input) -> Result<(), Problem> {
        let now = self.means.clock.now();
        let actions = self.pilot.take(input, now, self.means.world())?;
        self.perform(actions).await
    }

    async fn written(&mut self, sequence: u32) -> Result<(), Problem> {
        let actions = self.pilot.written(sequence);
        self.perform(actions).await?;
        while self
            .confirmations
            .front()
            .is_some_and(|(waits_for, _)| *waits_for <= sequence)
        {
            if let Some((_, reply)) = self.confirmations.pop_front() {
                // Whoever asked may be gone.
                let _ = reply.send(Ok(()));
            }
        }
        Ok(())
    }

    async fn fire(&mut self) -> Result<(), Problem> {
        match self.timers.pop_first() {
            Some((_, timer)) => self.rang(timer).await,
            None => Ok(()),
        }
    }

    async fn fire_pause(&mut self) -> Result<(), Problem> {
        match self.pauses.pop_first() {
            Some((_, timer)) => self.rang(timer).await,
            None => Ok(()),
        }
    }

    async fn rang(&mut self, timer: Timer) -> Result<(), Problem> {
        self.take(match timer {
            Timer::Step(key, attempt) => Input::Woken { key, attempt },
            Timer::Grace => Input::GraceOver,
        })
        .await
    }

    async fn message(&mut self, message: Message) -> Result<(), Problem> {
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
            Message::Act(by, act, reply) => match self.may_act(&act) {
                Ok(()) => self.confirmed(Input::Acted { by, act }, reply).await,
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
        }
        Ok((key, answer))
    }

    fn may_act(&self, act: &Act) -> Result<(), Problem> {
        let state = self.pilot.state();
        if state.outcome().is_some() {
            return Err(has_ended(&self.run));
        }
        let run = &self.run;
        match (act, state.paused()) {
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
            (Act::Decides { key, .. }, _) => self.pilot.asks(key),
            _ => Ok(()),
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

    fn tell(&mut self, progress: &Progress) {
        self.watchers
            .retain(|watcher| watcher.send(progress.clone()).is_ok());
    }

    async fn perform(&mut self, actions: Vec<Action>) -> Result<(), Problem> {
        for action in actions {
            match action {
                Action::Write(write) => {
                    let sequence = write.sequence;
                    let receipt = self.means.journal.append(*write).await?;
                    self.receipts.push_back((sequence, receipt));
                }
                Action::Attempt(call) => {
                    let key = call.key.clone();
                    self.waits.remove(&key);
                    let abort =
                        attempt::spawn(&mut self.attempts, self.means.runner.clone(), *call);
                    self.aborts.insert(key, abort);
                }
                Action::Playbook(call) => self.run_playbook(*call),
                Action::EndPlaybook { key } => {
                    if let Some(end) = self.ends.get(&key) {
                        end.notify_one();
                    }
                }
                Action::Sleep {
                    key,
                    attempt,
                    until,
                } => {
                    let timers = if self.pilot.state().backs_off(&key) {
                        &mut self.pauses
                    } else {
                        &mut self.timers
                    };
                    timers.insert((until, Timer::Step(key, attempt)));
                }
                Action::Grace { until } => {
                    self.pauses.insert((until, Timer::Grace));
                }
                Action::Abandon { key } => {
                    if let Some(abort) = self.aborts.remove(&key) {
                        abort.abort();
                    }
                    self.forget_playbook(&key);
                    self.waits.remove(&key);
                    for timers in [&mut self.timers, &mut self.pauses] {
                        timers.retain(
                            |(_, timer)| !matches!(timer, Timer::Step(of, _) if *of == key),
                        );
                    }
                }
                Action::Tell(notice) => {
                    self.waits.remove(&notice.key);
                    self.history.take((*notice).clone(), false);
                    self.tell(&Progress::Step(notice));
                }
                Action::TellWait(wait) => {
                    self.waits.insert(wait.key.clone(), wait.clone());
                    self.tell(&Progress::Waiting(wait));
                }
                Action::Stand(standing) => {
                    if let Standing::Resting(outcome) = &standing {
                        self.tell(&Progress::Standing(outcome.clone()));
                        self.place.rested(Ok(outcome.clone()));
                    }
                    self.standing.send_replace(standing);
                }
            }
        }
        Ok(())
    }
}

impl Dispatch {
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

    /// Once the run has ended, the next one of its line begins.
    async fn begin_next(&self) {
        // Only where there may be a line is it looked for.
        if self.pilot.in_line()
            && let Some(engine) = Engine::upgrade(&self.engine)
        {
            engine.line_moves(&self.run).await;
        }
    }

    async fn told(&mut self, told: Told) -> Result<(), Problem> {
        match told {
            Told::Waits(wait) => self.perform(vec![Action::TellWait(wait)]).await,
            Told::Rests(wait) => {
                // It may have been let go meanwhile.
                if self.ends.contains_key(&wait.key) {
                    self.resting.insert(wait.key.clone(), wait);
                }
                Ok(())
            }
            Told::GoesOn(key) => {
                self.resting.remove(&key);
                Ok(())
            }
        }
    }

    fn forget_playbook(&mut self, key: &str) {
        self.ends.remove(key);
        self.resting.remove(key);
    }

    /// A run rests while all that it does is wait for runs that rest. It is carried on all the same, and
    /// goes on by itself when they do.
    fn tell_whether_it_rests(&mut self) {
        let rests = *self.pilot.standing() == Standing::Running
            && !self.resting.is_empty()
            && self.resting.len() == self.ends.len()
            && self.attempts.is_empty()
            && self.receipts.is_empty()
            && self.pauses.is_empty()
            && !self.pilot.waits_for_claims();
        if rests == self.rests {
            return;
        }
        self.rests = rests;
        if rests {
            let mut waits: Vec<Wait> = self.resting.values().cloned().collect();
            waits.extend(self.pilot.waits());
            let outcome = RunOutcome::Waiting(waits);
            self.tell(&Progress::Standing(outcome.clone()));
            self.place.rested(Ok(outcome.clone()));
            self.standing.send_replace(Standing::Resting(outcome));
        } else if *self.pilot.standing() == Standing::Running {
            self.standing.send_replace(Standing::Running);
        }
    }

    fn run_playbook(&mut self, call: StepCall) {
        let (key, end) = (call.key.clone(), Arc::new(Notify::new()));
        self.ends.insert(key.clone(), end.clone());
        let attempt = playbook::Attempt {
            engine: self.engine.clone(),
            environment: self.pilot.environment().clone(),
            call,
            told: self.told.0.clone(),
            end,
        };
        let abort = self.playbooks.spawn(attempt.make());
        self.aborts.insert(key, abort);
    }
}

pub(super) fn has_ended(run: &RunId) -> Problem {
    Problem::new(codes::S969, format!("Run {run} has ended already."))
}

/// The oldest receipt, once it is there.
async fn front(receipts: &mut VecDeque<(u32, Receipt)>) -> (u32, Result<(), Problem>) {
    match receipts.front_mut() {
        None => std::future::pending().await,
        Some((sequence, receipt)) => {
            let result = receipt.await.unwrap_or_else(|_| {
                Err(
                    Problem::new(codes::S962, "The store is no longer being written.").with_help(
                        "start the program again; runs go on from the last step on the disk",
                    ),
                )
            });
            (*sequence, result)
        }
    }
}

/// A pause before a further attempt; nobody waits for it, so a clock of tests may let it pass.
async fn next_pause(clock: &dyn Clock, timers: &BTreeSet<(Timestamp, Timer)>) {
    if let Some((until, _)) = timers.first() {
        clock.pause_until(*until).await;
    }
}

async fn next_timer(clock: &dyn Clock, timers: &BTreeSet<(Timestamp, Timer)>) {
    if let Some((until, _)) = timers.first() {
        clock.sleep_until(*until).await;
    }
}
