//! The task of one run: it waits for what happens and does what the pilot says.
//!
//! Kept true here: one input at a time; when the journal refuses, the run halts where the disk has it.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Weak};

use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinSet};

use super::attempt::{Attempts, Ended};
use super::clock::Clock;
use super::engine::{Engine, Inner};
use super::gate::Gate;
use super::history::History;
use super::mailbox::Message;
use super::people::People;
use super::pilot::Pilot;
use super::places::Places;
use super::playbook::Told;
use super::progress::{Progress, RunOutcome, Standing, Wait};
use super::protocol::{Action, Input, World};
use crate::journal::{Journal, Receipt, RunId, Write};
use crate::kernel::Awaits;
use crate::runner::StepRunner;

/// What a run is carried on with.
#[derive(Clone)]
pub(super) struct Means {
    pub(super) journal: Arc<dyn Journal>,
    pub(super) runner: Arc<dyn StepRunner>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) people: Arc<dyn People>,
    pub(super) gate: Arc<Gate>,
}

impl Means {
    pub(super) fn world(&self) -> World<'_> {
        World {
            journal: &self.journal,
            runner: &*self.runner,
            limits: self.gate.limits(),
        }
    }
}

/// Where a run that is carried on has its place among the others.
pub(super) trait Place: Send + Sync + 'static {
    /// It is carried on no longer.
    fn leave(&self);

    /// Whether a run of which nothing is under way is put down.
    fn shelves(&self) -> bool;

    /// It is put down, unless somebody has asked something of it meanwhile, or waits for it. Whether it was.
    fn put_down(&self, awaits: &Awaits, is_asked: &dyn Fn() -> bool) -> bool;

    /// It came to rest, or could not be carried on.
    fn rested(&self, how: Result<RunOutcome, Problem>);
}

/// What a timer is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    Step(Arc<str>, u32),
    Grace,
}

/// A run under way.
pub(super) struct Dispatch {
    pub(super) run: RunId,
    pub(super) means: Means,
    pub(super) engine: Weak<Inner>,
    pub(super) pilot: Pilot,
    pub(super) history: History,
    pub(super) standing: watch::Sender<Standing>,
    pub(super) mailbox: mpsc::UnboundedReceiver<Box<Message>>,
    pub(super) place: Box<dyn Place>,
    pub(super) watchers: Vec<mpsc::UnboundedSender<Progress>>,
    pub(super) waits: BTreeMap<Arc<str>, Wait>,
    pub(super) attempts: Attempts,
    /// Attempts that are runs of other playbooks.
    pub(super) playbooks: JoinSet<Result<Ended, Problem>>,
    pub(super) aborts: HashMap<Arc<str>, AbortHandle>,
    /// How such a run is ended.
    pub(super) ends: HashMap<Arc<str>, Arc<Notify>>,
    /// Those of them that only wait.
    pub(super) resting: BTreeMap<Arc<str>, Wait>,
    /// Whether it is told that the run rests because they do.
    pub(super) rests: bool,
    /// What such attempts tell.
    pub(super) told: Option<(mpsc::UnboundedSender<Told>, mpsc::UnboundedReceiver<Told>)>,
    /// Of steps that wait.
    pub(super) timers: BTreeSet<(Timestamp, Timer)>,
    /// Before further attempts, and after a cancellation.
    pub(super) pauses: BTreeSet<(Timestamp, Timer)>,
    /// Places that steps hold or wait for.
    pub(super) places: Places,
    pub(super) receipts: VecDeque<(u32, Receipt)>,
    /// Whether something of the run was laid by.
    pub(super) lays_by: bool,
    /// Who is told once a record is durable.
    pub(super) confirmations: VecDeque<(u32, oneshot::Sender<Result<(), Problem>>)>,
}

/// Why the loop ends.
enum End {
    Resting,
    PutDown,
    Halted(Problem),
}

/// How long a run of which nothing is under way is held in memory.
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(200);

impl Dispatch {
    pub(super) fn new(
        means: Means,
        engine: Weak<Inner>,
        pilot: Pilot,
        history: History,
        standing: watch::Sender<Standing>,
        mailbox: mpsc::UnboundedReceiver<Box<Message>>,
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
            attempts: Attempts::default(),
            playbooks: JoinSet::new(),
            aborts: HashMap::new(),
            ends: HashMap::new(),
            resting: BTreeMap::new(),
            rests: false,
            told: None,
            timers: BTreeSet::new(),
            pauses: BTreeSet::new(),
            places: Places::default(),
            receipts: VecDeque::new(),
            lays_by: false,
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
        self.attempts.let_all_go();
        self.playbooks.abort_all();
        match end {
            End::PutDown => {}
            End::Resting => {
                Box::pin(self.begin_next()).await;
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

    /// Whether nothing keeps the run in memory: nothing of it is under way, the disk has everything, nobody
    /// looks on or waits for it.
    fn may_be_put_down(&mut self) -> bool {
        self.watchers.retain(|watcher| !watcher.is_closed());
        self.place.shelves()
            && self.pilot.resting().is_some()
            && !self.pilot.waits_for_claims()
            && self.receipts.is_empty()
            && self.confirmations.is_empty()
            && self.attempts.is_empty()
            && self.places.wait_for_none()
            && self.playbooks.is_empty()
            && self.watchers.is_empty()
            && !self.is_waited_for()
    }

    /// Whether somebody waits until it rests. It does not while it pauses before a further attempt.
    fn is_waited_for(&self) -> bool {
        /// The list of runs under way holds one.
        const OWN: usize = 1;
        *self.standing.borrow() == Standing::Running && self.standing.receiver_count() > OWN
    }

    fn put_down(&self) -> bool {
        let Some(awaits) = self.pilot.resting() else {
            return false;
        };
        let is_asked = || !self.mailbox.is_empty() || self.is_waited_for();
        self.place.put_down(awaits, &is_asked)
    }

    async fn turn_by_turn(&mut self) -> End {
        let mut claims = self.means.journal.claims_changed();
        loop {
            if self.is_over() {
                return End::Resting;
            }
            self.places.pause(self.pilot.state().paused().is_some());
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
                // What comes seldom and needs much room has it only while it is under way.
                Some(message) = self.mailbox.recv() => Box::pin(self.message(*message)).await,
                ended = self.attempts.next(), if !self.attempts.is_empty() => match ended {
                    Some(Ended { key, attempt, outcome }) => {
                        self.places.leave(&key);
                        self.take(Input::Ended { key, attempt, outcome: Box::new(outcome) }).await
                    }
                    None => Ok(()),
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
                Some(coming) = self.places.next() => Box::pin(self.place_came(coming)).await,
                Some(told) = async { self.told.as_mut()?.1.recv().await }, if self.told.is_some() => {
                    Box::pin(self.told(told)).await
                }
                Ok(()) = claims.changed(), if self.pilot.waits_for_claims() => {
                    self.take(Input::ClaimsChanged).await
                }
                () = next_timer(&*self.means.clock, &self.timers), if !self.timers.is_empty() => {
                    self.fire().await
                }
                () = next_pause(&*self.means.clock, &self.pauses), if !self.pauses.is_empty() => {
                    self.fire_pause().await
                }
                // Whatever is ready comes first: what it leads to shares the transaction.
                () = tokio::task::yield_now(), if self.lays_by => {
                    self.lays_by = false;
                    self.means.journal.settle();
                    Ok(())
                }
                () = patience(), if idle => {
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

    pub(super) async fn take(&mut self, input: Input) -> Result<(), Problem> {
        let now = self.means.clock.now();
        let actions = self.pilot.take(input, now, self.means.world())?;
        self.perform(actions).await
    }

    /// Whether anything is done once a record is durable, besides showing it.
    fn is_awaited(&self, write: &Write) -> bool {
        let confirms = self.confirmations.back();
        self.pilot.awaits(write)
            || confirms.is_some_and(|(sequence, _)| *sequence == write.sequence)
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

    pub(super) async fn fire(&mut self) -> Result<(), Problem> {
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

    pub(super) fn tell(&mut self, progress: &Progress) {
        self.watchers
            .retain(|watcher| watcher.send(progress.clone()).is_ok());
    }

    /// Whether nothing is under way, on its way to the disk or laid by: then nobody is held up while an attempt
    /// begins here.
    fn has_nothing_else(&self) -> bool {
        !self.lays_by
            && self.receipts.is_empty()
            && self.attempts.is_empty()
            && self.playbooks.is_empty()
    }

    pub(super) async fn perform(&mut self, actions: Vec<Action>) -> Result<(), Problem> {
        let attempts = (actions.iter()).filter(|action| matches!(action, Action::Attempt(_)));
        let alone = attempts.count() == 1;
        for action in actions {
            match action {
                Action::Write(write) => {
                    let sequence = write.sequence;
                    self.lays_by = !self.is_awaited(&write);
                    let receipt = if self.lays_by {
                        self.means.journal.lay_by(*write).await?
                    } else {
                        self.means.journal.append(*write).await?
                    };
                    self.receipts.push_back((sequence, receipt));
                }
                Action::Attempt(mut call) => {
                    let key = call.key.clone();
                    call.deadline = self.places.left(&key, call.deadline);
                    self.waits.remove(&key);
                    let runner = self.means.runner.clone();
                    if alone && self.has_nothing_else() {
                        self.attempts.make_alone(runner, *call);
                    } else {
                        self.attempts.make(runner, *call);
                    }
                }
                Action::AskPlace(asked) => self.ask_place(&asked),
                Action::LeavePlace { key } => self.places.leave(&key),
                Action::GiveBackPlace { key } => self.places.give_back(&key),
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
                    self.attempts.let_go(&key);
                    if let Some(abort) = self.aborts.remove(&key) {
                        abort.abort();
                    }
                    self.forget_playbook(&key);
                    self.places.leave(&key);
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
    /// Once the run has ended, the next one of its line begins.
    async fn begin_next(&self) {
        // Only where there may be a line is it looked for.
        if self.pilot.in_line()
            && let Some(engine) = Engine::upgrade(&self.engine)
        {
            engine.line_moves(&self.run).await;
        }
    }
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

/// Looks at the clock only once it is waited for.
async fn patience() {
    tokio::time::sleep(PATIENCE).await;
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
