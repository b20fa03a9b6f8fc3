//! State: what a run reads and sets, what the next one finds, and what a crash at any point leaves.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sophia_engine::driver::{Action, Identity, Input, Pilot, World, state_name};
use sophia_engine::journal::{Creation, Journal, MemoryJournal, SqliteJournal, StateChange, Write};
use sophia_engine::kernel::{Event, Layout, fold};
use sophia_engine::{Report, RunId, RunOutcome, StepCall, StepOutcome, StepRunner, Store};
use sophia_plan::step::StateDefinition;
use sophia_plan::{Expression, Operator, Origin, Plan, Record, Scope, StepKind, Type, Value, Work};

use crate::plans::{Draft, each, effect, name, number, plan, read, sequence, text};
use crate::scripted::{Scripted, creation, engine, instant, request};

fn working(label: &str, work: Work) -> Draft {
    let mut draft = effect(label);
    draft.0.kind = StepKind::Work(work);
    draft
}

fn get(state: &str, key: Option<Expression>) -> Draft {
    let state = state.into();
    working("look", Work::State { state, key })
}

fn set(label: &str, state: &str, key: Option<Expression>, value: Expression) -> Draft {
    let state = state.into();
    working(label, Work::Set { state, key, value })
}

fn plus_one(of: &str) -> Expression {
    Expression::Binary {
        operator: Operator::Add,
        left: Box::new(name(of)),
        right: Box::new(number(1)),
    }
}

/// A plan that keeps an integer `count`, 0 at first, and an integer for each key as `seen`.
fn keeping(steps: impl IntoIterator<Item = Draft>) -> Plan {
    let mut plan = plan("keeping", sequence(steps));
    for (state, per) in [("count", None), ("seen", Some(Type::Text))] {
        let definition = StateDefinition {
            of: Type::Integer,
            value: Value::Integer(0),
            per,
            origin: Origin::default(),
        };
        plan.states.insert(state.into(), definition);
    }
    plan
}

fn named(state: &str, key: Option<&Expression>) -> Arc<str> {
    let zone = jiff::tz::TimeZone::UTC;
    let place = ("dev", "keeping", state);
    state_name(place, key, &Scope::default(), (instant(), &zone)).unwrap()
}

/// Counts one up, does something outside, and counts one up again.
fn counting() -> Plan {
    let mut second = get("count", None).binds("again");
    second.0.name = "look again".into();
    keeping([
        get("count", None).binds("count"),
        set("up", "count", None, plus_one("count")),
        effect("tell"),
        second,
        set("up again", "count", None, plus_one("again")),
    ])
}

#[tokio::test]
async fn the_next_run_finds_what_this_one_set() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.sqlite");
    let store = Store::Sqlite(path.clone());
    let engine = engine(store, Arc::new(Scripted::new())).await;
    for _ in 0..3 {
        let run = engine.submit(request(counting())).await.unwrap().run;
        assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Done);
    }
    engine.close().await;
    let journal = SqliteJournal::open(&path, None).unwrap();
    let kept = journal.state(&named("count", None)).unwrap();
    assert_eq!(kept, Some(Value::Integer(6)));
    assert_eq!(journal.state(&named("seen", None)).unwrap(), None);
}

#[tokio::test]
async fn a_state_with_keys_keeps_a_value_for_each() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.sqlite");
    let large: Arc<str> = "large ".repeat(10_000).into();
    let set_each = each(
        "each",
        3,
        2,
        sequence([set("each/set", "seen", Some(name("item")), name("item"))]),
    );
    let whole = set("whole", "seen", Some(text("x")), text(&large));
    let store = Store::Sqlite(path.clone());
    let engine = engine(store, Arc::new(Scripted::new())).await;
    let run = engine
        .submit(request(keeping([set_each, whole])))
        .await
        .unwrap()
        .run;
    assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Done);
    engine.close().await;
    let journal = SqliteJournal::open(&path, None).unwrap();
    for item in 1..=3 {
        let kept = journal.state(&named("seen", Some(&number(item)))).unwrap();
        assert_eq!(kept, Some(Value::Integer(item)));
    }
    let kept = journal.state(&named("seen", Some(&text("x")))).unwrap();
    assert_eq!(kept, Some(Value::Text(large)));
    assert_eq!(
        journal.state(&named("seen", Some(&text("1")))).unwrap(),
        None
    );
}

#[tokio::test]
async fn a_value_that_cannot_be_made_fails_the_step_and_sets_nothing() {
    let store = Store::Memory;
    let engine = engine(store, Arc::new(Scripted::new())).await;
    let divided = Expression::Binary {
        operator: Operator::Divide,
        left: Box::new(number(1)),
        right: Box::new(number(0)),
    };
    let plan = keeping([set("broken", "count", None, divided), effect("after")]);
    let run = engine.submit(request(plan)).await.unwrap().run;
    let outcome = engine.wait(&run).await.unwrap();
    assert!(matches!(outcome, RunOutcome::Failed(_)), "{outcome:?}");
}

#[test]
fn what_a_test_gives_is_there_from_the_start() {
    let mut outside = Outside::new(keeping([
        get("count", None).binds("count"),
        set("up", "count", None, plus_one("count")),
    ]));
    outside.journal.keep([StateChange {
        name: named("count", None),
        value: Value::Integer(41),
    }]);
    outside.run("A");
    outside.drain();
    assert_eq!(outside.count(), Some(Value::Integer(42)));
}

#[test]
fn others_see_only_what_is_durable() {
    let mut outside = Outside::new(keeping([
        get("count", None).binds("count"),
        set("up", "count", None, plus_one("count")),
        {
            let mut again = get("count", None).binds("again");
            again.0.name = "look again".into();
            again
        },
        read("end"),
    ]));
    outside.run("A");
    outside.run("B");
    // Neither saw the other's; each saw its own.
    outside.drain();
    for run in ["A", "B"] {
        let seen = outside.results(run, "look again");
        assert_eq!(seen, [Value::Integer(1)], "{run}");
    }
    assert_eq!(outside.count(), Some(Value::Integer(1)));
    outside.run("C");
    outside.drain();
    assert_eq!(outside.results("C", "look again"), [Value::Integer(2)]);
}

#[test]
fn a_crash_at_any_point_sets_each_value_exactly_once() {
    let mut points = 0;
    for at in 0.. {
        let mut reached = false;
        for survivors in 0..4 {
            let mut outside = Outside::new(counting());
            outside.run("A");
            for _ in 0..at {
                if !outside.go_on() {
                    break;
                }
            }
            if survivors > outside.unsynced.len() {
                continue;
            }
            reached |= !outside.is_idle();
            outside.crash(survivors);
            outside.drain();
            points += 1;
            assert_eq!(
                outside.count(),
                Some(Value::Integer(2)),
                "crash {at}, {survivors} more writes on the disk"
            );
            for step in ["up", "up again"] {
                assert_eq!(outside.results("A", step).len(), 1, "{step} ended once");
            }
        }
        if !reached {
            break;
        }
    }
    assert!(points > 5, "only {points} points were tried");
}

/// Everything around the pilots of some runs: a disk that is written one record at a time, and attempts
/// that succeed one at a time.
struct Outside {
    layout: Arc<Layout>,
    journal: MemoryJournal,
    now: Timestamp,
    runs: Vec<RunId>,
    pilots: Vec<(RunId, Pilot)>,
    unsynced: VecDeque<Write>,
    attempts: VecDeque<(RunId, StepCall)>,
}

/// Effects are known by their keys, so they may be sent again.
struct Keyed;

#[async_trait]
impl StepRunner for Keyed {
    async fn run(&self, _: StepCall) -> StepOutcome {
        std::future::pending().await
    }

    fn repeatable(&self, _: &StepCall) -> bool {
        true
    }
}

impl Outside {
    fn new(plan: Plan) -> Self {
        Self {
            layout: Arc::new(Layout::of(&Arc::new(plan)).unwrap()),
            journal: MemoryJournal::new(),
            now: instant(),
            runs: Vec::new(),
            pilots: Vec::new(),
            unsynced: VecDeque::new(),
            attempts: VecDeque::new(),
        }
    }

    fn identity(&self, run: &RunId) -> Identity {
        Identity {
            run: run.clone(),
            environment: "dev".into(),
            layout: self.layout.clone(),
        }
    }

    fn run(&mut self, name: &str) {
        let run = RunId(name.into());
        self.journal.begin(Creation {
            at: self.now,
            ..creation(&run, self.layout.plan())
        });
        self.runs.push(run.clone());
        let world = World {
            journal: &self.journal,
            runner: &Keyed,
            limits: &sophia_engine::limits::UNLIMITED,
        };
        let identity = self.identity(&run);
        let (pilot, actions) = Pilot::start(identity, &Record::default(), self.now, world).unwrap();
        self.pilots.push((run.clone(), pilot));
        self.perform(&run, actions);
    }

    fn perform(&mut self, run: &RunId, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Write(write) => self.unsynced.push_back(*write),
                Action::Attempt(call) => self.attempts.push_back((run.clone(), *call)),
                _ => {}
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.unsynced.is_empty() && self.attempts.is_empty()
    }

    /// One more thing happens: an attempt ends, or else a record reaches the disk.
    fn go_on(&mut self) -> bool {
        self.now += SignedDuration::from_millis(1);
        if let Some((run, call)) = self.attempts.pop_front() {
            let outcome = StepOutcome::Done {
                value: Value::None,
                report: Report::default(),
            };
            let input = Input::Ended {
                key: call.key,
                attempt: call.attempt,
                outcome: Box::new(outcome),
            };
            let world = World {
                journal: &self.journal,
                runner: &Keyed,
                limits: &sophia_engine::limits::UNLIMITED,
            };
            let pilot = self.pilots.iter_mut().find(|(of, _)| *of == run);
            let actions = pilot.unwrap().1.take(input, self.now, world).unwrap();
            self.perform(&run, actions);
            return true;
        }
        let Some(write) = self.unsynced.pop_front() else {
            return false;
        };
        let (run, sequence) = (write.run.clone(), write.sequence);
        self.journal.take(write).unwrap();
        let pilot = self.pilots.iter_mut().find(|(of, _)| *of == run);
        let actions = pilot.unwrap().1.written(sequence);
        self.perform(&run, actions);
        true
    }

    fn drain(&mut self) {
        while self.go_on() {}
    }

    /// The machine stops; of what was not synced, this much is on the disk.
    fn crash(&mut self, survivors: usize) {
        for write in std::mem::take(&mut self.unsynced)
            .into_iter()
            .take(survivors)
        {
            self.journal.take(write).unwrap();
        }
        self.attempts.clear();
        self.pilots.clear();
        self.journal.crash();
        for run in self.runs.clone() {
            let stored = self.journal.load(&run).unwrap().unwrap();
            let created = stored.summary.created;
            let state = fold(
                &self.layout,
                &Record::default(),
                created,
                &stored.events,
                drop,
            );
            let identity = self.identity(&run);
            let world = World {
                journal: &self.journal,
                runner: &Keyed,
                limits: &sophia_engine::limits::UNLIMITED,
            };
            let (pilot, actions) =
                Pilot::resume(identity, state, stored.sequence, self.now, world).unwrap();
            self.pilots.push((run.clone(), pilot));
            self.perform(&run, actions);
        }
    }

    fn count(&self) -> Option<Value> {
        self.journal.state(&named("count", None)).unwrap()
    }

    /// The durable results of a step.
    fn results(&self, run: &str, step: &str) -> Vec<Value> {
        let stored = self.journal.load(&RunId(run.into())).unwrap().unwrap();
        let ended = stored.events.into_iter().filter_map(|event| match event {
            Event::Done { key, value, .. } if *key == *step => Some(value),
            _ => None,
        });
        ended.collect()
    }
}
