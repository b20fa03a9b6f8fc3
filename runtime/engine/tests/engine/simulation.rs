//! The engine in one thread under a seed: random plans, outcomes, delays and crashes at every point.
//!
//! The real kernel and the real pilot run against a disk that loses what was not synced and an outside
//! that remembers what was done to it. `SOPHIA_SIMULATION_SEEDS` sets the number of seeds,
//! `SOPHIA_SIMULATION_FIRST` the first one; a failure prints its seed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sophia_diagnostics::{Problem, codes};
use sophia_engine::driver::{Action, Identity, Input, Pilot, World};
use sophia_engine::journal::{Creation, Journal, MemoryJournal, Write};
use sophia_engine::kernel::{Event, Layout, RunState, apply, start};
use sophia_engine::{Decision, FailureKind, Report, RunId, StepCall, StepOutcome, StepRunner};
use sophia_plan::step::{Otherwise, Unsure};
use sophia_plan::{Block, Edge, EndKind, Plan, Record, StepKind, Value, Work};

use crate::plans::{Draft, branch, each, effect, end, name, plan, read, sequence, text, yes_or_no};

/// A small generator, so that a seed means the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() % bound as u64).unwrap()
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.roll() % 100 < percent
    }
}

/// Random plans.
struct Author<'a> {
    dice: &'a mut Dice,
    steps: usize,
}

impl Author<'_> {
    fn block(&mut self, path: &str, depth: usize, in_loop: bool) -> Block {
        let mut block = Block::default();
        let mut added = Vec::new();
        let mut last_effect = None;
        for _ in 0..=self.dice.below(3) {
            let draft = self.step(path, depth, in_loop);
            let is_effect = matches!(&draft.0.kind, StepKind::Work(work) if work.is_effect());
            let node = block.add(draft.0);
            for earlier in &added {
                if self.dice.chance(40) {
                    block.connect(*earlier, node, Edge::Data);
                }
            }
            if is_effect {
                if let Some(last) = last_effect {
                    block.connect(last, node, Edge::Order);
                }
                last_effect = Some(node);
            }
            added.push(node);
        }
        block
    }

    fn step(&mut self, path: &str, depth: usize, in_loop: bool) -> Draft {
        self.steps += 1;
        let label = |kind: &str, number: usize| format!("{path}{kind} {number}");
        match self.dice.below(if depth == 0 { 6 } else { 10 }) {
            0..=2 => {
                let draft = read(&label("read", self.steps));
                self.policy(draft, path, depth, in_loop)
            }
            3..=5 => {
                let mut draft = effect(&label("effect", self.steps));
                if self.dice.chance(40) {
                    let key = match self.dice.below(3) {
                        0 if in_loop => name("item"),
                        1 => text("one"),
                        _ => text("two"),
                    };
                    draft = draft.once(key, None);
                }
                draft = draft.unsure(match self.dice.below(4) {
                    0 => Unsure::Retry,
                    1 => Unsure::Skip,
                    _ => Unsure::Ask,
                });
                self.policy(draft, path, depth, in_loop)
            }
            6 | 7 => {
                let own = label("each", self.steps);
                let items = i64::try_from(self.dice.below(5)).unwrap();
                let at_a_time = u32::try_from(1 + self.dice.below(3)).unwrap();
                let body = self.block(&format!("{own}/"), depth - 1, true);
                let draft = each(&own, items, at_a_time, body);
                if self.dice.chance(30) {
                    draft.keep_going()
                } else {
                    draft
                }
            }
            8 => {
                let own = label("if", self.steps);
                let holds = yes_or_no(self.dice.chance(50));
                let then = self.block(path, depth - 1, in_loop);
                let otherwise = self.block(path, depth - 1, in_loop);
                branch(&own, holds, then, otherwise)
            }
            _ => {
                let kind = match self.dice.below(3) {
                    0 if in_loop => EndKind::Skip,
                    0 => EndKind::Stop,
                    _ => EndKind::Fail,
                };
                let when = yes_or_no(self.dice.chance(20));
                end(&label("end", self.steps), kind, "a reason", Some(when))
            }
        }
    }

    fn policy(&mut self, mut draft: Draft, path: &str, depth: usize, in_loop: bool) -> Draft {
        if self.dice.chance(40) {
            draft = draft.retry(u32::try_from(self.dice.below(3)).unwrap(), 5_000);
        }
        match self.dice.below(8) {
            0 => draft.otherwise(Otherwise::Value(text("instead"))),
            1 if depth > 0 => {
                let block = self.block(path, depth - 1, in_loop);
                draft.otherwise(Otherwise::Block(block))
            }
            2 => draft.otherwise(Otherwise::End {
                kind: if in_loop {
                    EndKind::Skip
                } else {
                    EndKind::Stop
                },
                reason: text("enough"),
            }),
            _ => draft,
        }
    }
}

/// Which effects the other side takes under keys: by the step's name, so that it is the same always.
struct Outside;

#[async_trait]
impl StepRunner for Outside {
    async fn run(&self, _: StepCall) -> StepOutcome {
        std::future::pending().await
    }

    fn repeatable(&self, call: &StepCall) -> bool {
        !is_effect(call) || call.step.name.len().is_multiple_of(2)
    }
}

fn is_effect(call: &StepCall) -> bool {
    matches!(&call.step.kind, StepKind::Work(work @ Work::Tool { .. }) if work.is_effect())
}

type Place = (RunId, Arc<str>);

/// The step and its attempt; without one, the grace after a cancellation.
type Timer = Option<(Arc<str>, u32)>;

struct Simulation {
    dice: Dice,
    now: Timestamp,
    journal: MemoryJournal,
    layout: Arc<Layout>,
    runs: Vec<RunId>,
    pilots: BTreeMap<RunId, Pilot>,
    /// Handed over and not synced.
    unsynced: VecDeque<Write>,
    attempts: Vec<(RunId, StepCall)>,
    timers: BTreeSet<(Timestamp, RunId, Timer)>,
    crashes_left: u32,
    cancels_left: u32,
    /// How often the outside did something, under which key.
    done_outside: BTreeMap<Place, u32>,
    keys: BTreeMap<Place, Arc<str>>,
    /// Where a person decided to do it again.
    may_double: BTreeSet<Place>,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let plan = Arc::new(random_plan(&mut dice));
        let layout = Arc::new(Layout::of(&plan).unwrap());
        let now: Timestamp = "2026-11-22T08:00:00Z".parse().unwrap();
        let mut simulation = Self {
            dice,
            now,
            journal: MemoryJournal::new(),
            layout,
            runs: Vec::new(),
            pilots: BTreeMap::new(),
            unsynced: VecDeque::new(),
            attempts: Vec::new(),
            timers: BTreeSet::new(),
            crashes_left: 4,
            cancels_left: 1,
            done_outside: BTreeMap::new(),
            keys: BTreeMap::new(),
            may_double: BTreeSet::new(),
        };
        for name in ["RUN A", "RUN B"] {
            let run = RunId(name.into());
            simulation.journal.begin(Creation {
                run: run.clone(),
                plan: plan.clone(),
                environment: "dev".into(),
                inputs: Record::default(),
                at: now,
                delivery: None,
            });
            simulation.runs.push(run.clone());
            let identity = simulation.identity(&run);
            let world = World {
                journal: &simulation.journal,
                runner: &Outside,
            };
            let (pilot, actions) = Pilot::start(identity, &Record::default(), now, world).unwrap();
            simulation.pilots.insert(run.clone(), pilot);
            simulation.perform(&run, actions);
        }
        simulation
    }

    fn identity(&self, run: &RunId) -> Identity {
        Identity {
            run: run.clone(),
            environment: "dev".into(),
            layout: self.layout.clone(),
        }
    }

    fn perform(&mut self, run: &RunId, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Write(write) => self.unsynced.push_back(*write),
                Action::Attempt(call) => {
                    self.check_attempt(run, &call);
                    self.attempts.push((run.clone(), *call));
                }
                Action::Sleep {
                    key,
                    attempt,
                    until,
                } => {
                    self.timers
                        .insert((until, run.clone(), Some((key, attempt))));
                }
                Action::Grace { until } => {
                    self.timers.insert((until, run.clone(), None));
                }
                Action::Abandon { key } => {
                    let (gone, left) = std::mem::take(&mut self.attempts)
                        .into_iter()
                        .partition(|(of, call)| of == run && call.key == key);
                    self.attempts = left;
                    self.cut_off(gone);
                    self.timers.retain(|(_, of, timer)| {
                        of != run || timer.as_ref().is_none_or(|(of, _)| *of != key)
                    });
                }
                Action::Tell(_) | Action::TellWait(_) | Action::Stand(_) => {}
            }
        }
        self.check_state(run);
    }

    /// Attempts that nobody waits for any more may have done their work all the same.
    fn cut_off(&mut self, attempts: Vec<(RunId, StepCall)>) {
        for (run, call) in attempts {
            if is_effect(&call) && self.dice.chance(50) {
                self.do_outside(&run, &call);
            }
        }
    }

    fn do_outside(&mut self, run: &RunId, call: &StepCall) {
        let place = (run.clone(), call.key.clone());
        let count = self.done_outside.entry(place.clone()).or_default();
        if Outside.repeatable(call) && *count > 0 {
            // The other side knows the key and does nothing.
            return;
        }
        *count += 1;
        assert!(
            *count == 1
                || call.step.policy.unsure == Unsure::Retry
                || self.may_double.contains(&place),
            "{place:?} happened {count} times"
        );
    }

    fn durable(&self, run: &RunId) -> Vec<Event> {
        self.journal.load(run).unwrap().unwrap().events
    }

    fn check_attempt(&mut self, run: &RunId, call: &StepCall) {
        let place = (run.clone(), call.key.clone());
        let known = self
            .keys
            .entry(place)
            .or_insert_with(|| call.idempotency_key.clone());
        assert_eq!(
            *known, call.idempotency_key,
            "one step, one idempotency key"
        );
        let durable = self.durable(run);
        assert!(
            !durable.iter().any(|event| ends(event, &call.key)),
            "{} has a durable result and runs again",
            call.key
        );
        if is_effect(call) {
            let intended = durable.iter().any(|event| {
                matches!(event, Event::Started { key, attempt, .. }
                    if *key == call.key && *attempt == call.attempt)
            });
            assert!(
                intended,
                "{} is sent before its intent is durable",
                call.key
            );
        }
    }

    fn check_state(&self, run: &RunId) {
        let Some(pilot) = self.pilots.get(run) else {
            return;
        };
        for (held, most) in pilot.state().slots() {
            assert!(held <= most, "{held} items hold a slot where {most} may");
        }
        if !self.unsynced.iter().any(|write| write.run == *run) {
            assert_eq!(
                fold(&self.layout, &self.durable(run), self.created()),
                *pilot.state()
            );
        }
    }

    fn created(&self) -> Timestamp {
        self.journal
            .load(&self.runs[0])
            .unwrap()
            .unwrap()
            .summary
            .created
    }

    fn take(&mut self, run: &RunId, input: Input) {
        let world = World {
            journal: &self.journal,
            runner: &Outside,
        };
        let Some(pilot) = self.pilots.get_mut(run) else {
            return;
        };
        let actions = pilot.take(input, self.now, world).unwrap();
        self.perform(run, actions);
    }

    /// One more write is on the disk.
    fn sync(&mut self) {
        let Some(write) = self.unsynced.pop_front() else {
            return;
        };
        let (run, sequence) = (write.run.clone(), write.sequence);
        self.journal.take(write).unwrap();
        if let Some(pilot) = self.pilots.get_mut(&run) {
            let actions = pilot.written(sequence);
            self.perform(&run, actions);
        }
        for run in self.runs.clone() {
            if self.pilots.get(&run).is_some_and(Pilot::waits_for_claims) {
                self.take(&run, Input::ClaimsChanged);
            }
        }
    }

    fn finish_attempt(&mut self) {
        let place = self.dice.below(self.attempts.len());
        let (run, call) = self.attempts.swap_remove(place);
        let failed = |kind| StepOutcome::Failed {
            problem: Problem::new(codes::S965, "It did not work."),
            kind,
            report: Report::default(),
        };
        let outcome = match self.dice.below(10) {
            0 => failed(FailureKind::Transient),
            1 => failed(FailureKind::Permanent),
            2 => {
                if is_effect(&call) && self.dice.chance(50) {
                    self.do_outside(&run, &call);
                }
                failed(FailureKind::Unknown)
            }
            _ => {
                if is_effect(&call) {
                    self.do_outside(&run, &call);
                }
                StepOutcome::Done {
                    value: Value::Text(format!("{run} {}", call.key).into()),
                    report: Report::default(),
                }
            }
        };
        let input = Input::Ended {
            key: call.key,
            attempt: call.attempt,
            outcome: Box::new(outcome),
        };
        self.take(&run, input);
    }

    fn fire_timer(&mut self) {
        let Some((until, run, timer)) = self.timers.pop_first() else {
            return;
        };
        self.now = self.now.max(until);
        match timer {
            Some((key, attempt)) => self.take(&run, Input::Woken { key, attempt }),
            None => self.take(&run, Input::GraceOver),
        }
    }

    /// A person decides about one of the effects that are unsure. Whether there was one.
    fn settle(&mut self) -> bool {
        for run in self.runs.clone() {
            let asking = self
                .pilots
                .get(&run)
                .and_then(|pilot| pilot.state().asking().next().map(|(key, _)| key.clone()));
            if let Some(key) = asking {
                let decision = if self.dice.chance(50) {
                    Decision::Retry
                } else {
                    Decision::Skip
                };
                if decision == Decision::Retry {
                    self.may_double.insert((run.clone(), key.clone()));
                }
                self.take(&run, Input::Settled { key, decision });
                return true;
            }
        }
        false
    }

    /// The machine stops: what is in memory is gone, and of what was not synced some may be on the disk.
    fn crash(&mut self) {
        self.crashes_left -= 1;
        let survives = self.dice.below(self.unsynced.len() + 1);
        for write in std::mem::take(&mut self.unsynced)
            .into_iter()
            .take(survives)
        {
            self.journal.take(write).unwrap();
        }
        self.pilots.clear();
        self.timers.clear();
        let gone = std::mem::take(&mut self.attempts);
        self.cut_off(gone);
        self.journal.crash();
        self.now += SignedDuration::from_secs(1);
        for run in self.runs.clone() {
            let stored = self.journal.load(&run).unwrap().unwrap();
            if stored.summary.status.is_final() {
                continue;
            }
            let state = fold(&self.layout, &stored.events, stored.summary.created);
            let identity = self.identity(&run);
            let world = World {
                journal: &self.journal,
                runner: &Outside,
            };
            let (pilot, actions) =
                Pilot::resume(identity, state, stored.sequence, self.now, world).unwrap();
            self.pilots.insert(run.clone(), pilot);
            self.perform(&run, actions);
        }
    }

    fn run(&mut self) {
        for _ in 0..20_000 {
            self.now +=
                SignedDuration::from_micros(1 + i64::try_from(self.dice.below(900)).unwrap());
            if self.crashes_left > 0 && self.dice.chance(2) {
                self.crash();
                continue;
            }
            if self.cancels_left > 0 && self.dice.roll() % 1000 < 2 {
                self.cancels_left -= 1;
                let run = self.runs[0].clone();
                self.take(&run, Input::Cancelled);
                continue;
            }
            if self.dice.chance(1) && self.settle() {
                continue;
            }
            let choices = [
                (!self.unsynced.is_empty(), 0),
                (!self.attempts.is_empty(), 1),
                (!self.timers.is_empty(), 2),
            ];
            let choices: Vec<_> = choices.into_iter().filter(|(is, _)| *is).collect();
            if choices.is_empty() {
                if self.settle() {
                    continue;
                }
                break;
            }
            match choices[self.dice.below(choices.len())].1 {
                0 => self.sync(),
                1 => self.finish_attempt(),
                _ => self.fire_timer(),
            }
        }
        self.check_end();
    }

    fn check_end(&self) {
        let mut acknowledged = BTreeMap::<Arc<str>, u32>::new();
        for run in &self.runs {
            let stored = self.journal.load(run).unwrap().unwrap();
            assert!(
                stored.summary.status.is_final(),
                "{run} neither ends nor waits for anything: {:?}",
                self.pilots.get(run).map(Pilot::state)
            );
            let state = fold(&self.layout, &stored.events, stored.summary.created);
            assert!(state.outcome().is_some());
            let mut claims = BTreeMap::new();
            let mut results = BTreeSet::new();
            for event in &stored.events {
                match event {
                    Event::Started {
                        key,
                        claim: Some(claim),
                        ..
                    } => {
                        claims.insert(key.clone(), claim.clone());
                    }
                    Event::Done { key, .. } => {
                        assert!(results.insert(key.clone()), "{key} has two results");
                        if let Some(claim) = claims.get(key) {
                            *acknowledged.entry(claim.clone()).or_default() += 1;
                        }
                    }
                    Event::Suppressed { key, .. } => {
                        assert!(results.insert(key.clone()), "{key} has two results");
                    }
                    _ => {}
                }
            }
        }
        for (claim, count) in acknowledged {
            assert!(count <= 1, "{claim} was acknowledged {count} times");
        }
    }
}

fn ends(event: &Event, of: &Arc<str>) -> bool {
    matches!(event, Event::Done { key, .. } | Event::Suppressed { key, .. } if key == of)
}

fn fold(layout: &Layout, events: &[Event], created: Timestamp) -> RunState {
    let (mut state, _) = start(layout, &Record::default(), created);
    for event in events {
        apply(layout, &mut state, event);
    }
    state
}

fn random_plan(dice: &mut Dice) -> Plan {
    let mut author = Author { dice, steps: 0 };
    let body = author.block("", 3, false);
    let mut random = plan("random", body);
    if author.dice.chance(50) {
        let block = author.block("on failure/", 1, false);
        random.on_failure = Some((Some("f".into()), block));
    }
    random
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

#[test]
fn whatever_happens_nothing_is_lost_and_nothing_happens_twice() {
    let first = setting("SOPHIA_SIMULATION_FIRST", 0);
    let seeds = setting("SOPHIA_SIMULATION_SEEDS", 4_000);
    for seed in first..first + seeds {
        let result = std::panic::catch_unwind(|| {
            let mut simulation = Simulation::new(seed);
            simulation.run();
        });
        assert!(
            result.is_ok(),
            "seed {seed} failed: SOPHIA_SIMULATION_FIRST={seed} SOPHIA_SIMULATION_SEEDS=1"
        );
    }
}

#[test]
fn a_seed_means_the_same_every_time() {
    for seed in 0..50 {
        let journal = |seed| {
            let mut simulation = Simulation::new(seed);
            simulation.run();
            simulation
                .runs
                .iter()
                .map(|run| simulation.durable(run))
                .collect::<Vec<_>>()
        };
        assert_eq!(journal(seed), journal(seed), "seed {seed}");
    }
}

#[test]
fn a_loop_without_steps_needs_no_more_stack_than_a_short_one() {
    let layout = Layout::of(&Arc::new(plan(
        "long",
        sequence([each("each", 100_000, 1, sequence([]))]),
    )))
    .unwrap();
    let (state, _) = start(&layout, &Record::default(), Timestamp::UNIX_EPOCH);
    assert!(state.outcome().is_some());
}
