//! What people may do with a run, in every state in which it can be: each verb has its answer, and the run
//! ends all the same.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sophia_engine::{
    Act, Admission, Answer as Said, Clock, Decision, Engine, FailureKind, MovedClock, RunId,
    RunOutcome, StepState, Store,
};
use sophia_plan::step::{OneRun, Overlap, Unsure, Wait};
use sophia_plan::{Plan, Value};
use tokio::sync::Semaphore;

use crate::plans::{Draft, ask, effect, graph, hours, plan, read, sequence, together, wait};
use crate::scripted::{Answer, Scripted, instant, request};

use Answer::{Fail, Hang};
use FailureKind::{Permanent, Transient, Unknown};

/// A clock that moves only when the test moves it, pauses before further attempts included.
pub struct StandsStill(pub MovedClock);

#[async_trait]
impl Clock for StandsStill {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn sleep_until(&self, until: Timestamp) {
        self.0.sleep_until(until).await;
    }
}

/// Where a run stands: its step `look` is done, and its step `now` is what the state says.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    InLine,
    Running,
    Cancelling,
    WaitsForTime,
    WaitsForAnswer,
    Pauses,
    Unsure,
    Paused,
    Done,
    Failed,
    Cancelled,
}

const VERBS: [&str; 8] = [
    "cancel",
    "pause",
    "resume",
    "retry",
    "retry from a step",
    "skip",
    "decide",
    "approve",
];

/// What each verb comes to: it is done, or refused with a code.
const ANSWERS: [(State, [&str; 8]); 11] = [
    (
        State::InLine,
        [
            "done", "S969", "S969", "S969", "S969", "S969", "S969", "S969",
        ],
    ),
    (
        State::Running,
        [
            "done", "done", "S969", "S903", "S903", "S905", "S969", "S969",
        ],
    ),
    (
        State::Cancelling,
        [
            "done", "done", "S969", "S903", "S903", "S905", "S969", "S969",
        ],
    ),
    (
        State::WaitsForTime,
        [
            "done", "done", "S969", "S903", "S903", "done", "S969", "S969",
        ],
    ),
    (
        State::WaitsForAnswer,
        [
            "done", "done", "S969", "S903", "S903", "S905", "S969", "done",
        ],
    ),
    (
        State::Pauses,
        [
            "done", "done", "S969", "done", "S903", "done", "S969", "S969",
        ],
    ),
    (
        State::Unsure,
        [
            "done", "done", "S969", "S903", "S903", "done", "done", "S969",
        ],
    ),
    (
        State::Paused,
        [
            "done", "S969", "done", "S903", "S903", "done", "S969", "S969",
        ],
    ),
    (
        State::Done,
        [
            "S969", "S969", "S969", "S903", "done", "S905", "S969", "S969",
        ],
    ),
    (
        State::Failed,
        [
            "S969", "S969", "S969", "done", "done", "done", "S969", "S969",
        ],
    ),
    (
        State::Cancelled,
        [
            "S969", "S969", "S969", "done", "done", "done", "S969", "S969",
        ],
    ),
];

struct Desk {
    engine: Engine,
    clock: Arc<StandsStill>,
    gate: Arc<Semaphore>,
    runner: Arc<Scripted>,
}

fn retry(from: Option<&str>) -> Act {
    Act::Retries {
        from: from.map(Arc::from),
        again: Vec::new(),
        because: None,
    }
}

/// `look`, then `now`.
fn of(now: Draft) -> Plan {
    let mut plan = plan("desk", sequence([read("look"), now]));
    plan.one_run = Some(OneRun {
        per: None,
        overlap: Overlap::Wait,
    });
    plan
}

impl Desk {
    async fn open(scripted: Scripted) -> Self {
        let gate = Arc::new(Semaphore::new(0));
        let runner = Arc::new(Scripted {
            hanging: Some(gate.clone()),
            ..scripted
        });
        let clock = Arc::new(StandsStill(MovedClock::at(instant())));
        let engine = Engine::with_clock(Store::Memory, runner.clone(), clock.clone())
            .await
            .unwrap();
        Self {
            engine,
            clock,
            gate,
            runner,
        }
    }

    /// A desk with a run that stands so.
    async fn with(state: State) -> (Self, RunId) {
        let answers: &[Answer] = match state {
            State::InLine | State::Running | State::Cancelling => &[Hang, Hang],
            State::Pauses => &[Fail(Transient)],
            State::Unsure => &[Fail(Unknown)],
            State::Failed => &[Fail(Permanent)],
            _ => &[],
        };
        let desk = Self::open(Scripted::new().answering("now", answers.iter().copied())).await;
        let now = match state {
            State::WaitsForTime | State::Paused | State::Cancelled => {
                wait("now", Wait::Passed(hours(1)))
            }
            State::WaitsForAnswer => ask("now", "leads"),
            State::Pauses => effect("now").retry(3, 3_600_000),
            State::Unsure => effect("now").unsure(Unsure::Ask),
            _ => effect("now"),
        };
        let run = desk.begin(of(now.clone())).await;
        match state {
            State::InLine => {
                desk.called("now").await;
                let behind = desk.engine.submit(request(of(now))).await.unwrap();
                assert_eq!(behind.admission, Admission::Queued);
                return (desk, behind.run);
            }
            State::Running => desk.called("now").await,
            State::Cancelling => {
                desk.called("now").await;
                desk.engine.act(&run, "ann", Act::Cancels).await.unwrap();
            }
            State::Pauses => desk.pauses(&run, "now").await,
            State::Paused | State::Cancelled => {
                desk.engine.wait(&run).await.unwrap();
                let act = match state {
                    State::Paused => Act::Pauses,
                    _ => Act::Cancels,
                };
                desk.engine.act(&run, "ann", act).await.unwrap();
                desk.engine.wait(&run).await.unwrap();
            }
            _ => {
                desk.engine.wait(&run).await.unwrap();
            }
        }
        (desk, run)
    }

    async fn begin(&self, plan: Plan) -> RunId {
        self.engine.submit(request(plan)).await.unwrap().run
    }

    async fn called(&self, step: &str) {
        while self.runner.count(step) == 0 {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until a step pauses before a further attempt.
    async fn pauses(&self, run: &RunId, step: &str) {
        loop {
            let detail = self.engine.run(&run.0).await.unwrap();
            let pausing = |of: &sophia_engine::StepDetail| {
                &*of.key == step && matches!(of.state, StepState::Retrying { .. })
            };
            if detail.steps.iter().any(pausing) {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn says(&self, run: &RunId, verb: &str) -> &'static str {
        let approved = Said::Approved { comment: None };
        let said = match verb {
            "cancel" => self.engine.act(run, "ann", Act::Cancels).await,
            "pause" => self.engine.act(run, "ann", Act::Pauses).await,
            "resume" => self.engine.act(run, "ann", Act::GoesOn).await,
            "retry" => self.engine.act(run, "ann", retry(None)).await,
            "retry from a step" => self.engine.act(run, "ann", retry(Some("look"))).await,
            "skip" => {
                let act = Act::Skips {
                    key: "now".into(),
                    value: Value::None,
                    because: None,
                };
                self.engine.act(run, "ann", act).await
            }
            "decide" => {
                let act = Act::Decides {
                    key: "now".into(),
                    decision: Decision::Skip,
                };
                self.engine.act(run, "ann", act).await
            }
            _ => {
                (self.engine)
                    .answer(run, Some("now"), "ann", approved)
                    .await
            }
        };
        said.map_or_else(|problem| problem.code.as_str(), |()| "done")
    }

    /// Everything that is under way ends, and whatever is left of the run is ended.
    async fn ends(&self, run: &RunId) {
        loop {
            let detail = self.engine.run(&run.0).await.unwrap();
            if detail.summary.status.is_final() {
                return;
            }
            // It may have ended meanwhile.
            let _ = self.engine.act(run, "ann", Act::Cancels).await;
            self.gate.add_permits(1);
            let now = self.clock.now();
            self.clock.0.move_to(now + SignedDuration::from_hours(2));
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn every_verb_has_its_answer_in_every_state_and_the_run_ends() {
    let mut said = Vec::new();
    for (state, answers) in ANSWERS {
        let mut row = [""; VERBS.len()];
        for (place, verb) in VERBS.into_iter().enumerate() {
            let (desk, run) = Desk::with(state).await;
            row[place] = desk.says(&run, verb).await;
            desk.ends(&run).await;
        }
        said.push((state, row, answers));
    }
    for (state, row, answers) in said {
        for (place, verb) in VERBS.into_iter().enumerate() {
            assert_eq!(row[place], answers[place], "{verb}, {state:?}: {row:?}");
        }
    }
}

#[tokio::test]
async fn what_pauses_before_a_further_attempt_is_tried_at_once() {
    let scripted = Scripted::new()
        .answering("look", [Fail(Transient)])
        .answering("now", [Fail(Transient)]);
    let desk = Desk::open(scripted).await;
    let both = graph([read("look").retry(3, 3_600_000), read("other")], &[]);
    let body = sequence([together("both", both), effect("now").retry(3, 3_600_000)]);
    let run = desk.begin(plan("desk", body)).await;
    for step in ["look", "now"] {
        desk.pauses(&run, step).await;
        desk.engine.act(&run, "ann", Act::Pauses).await.unwrap();
        desk.engine
            .act(&run, "ann", retry(Some(step)))
            .await
            .unwrap();
        assert_eq!(desk.runner.count(step), 1, "nothing starts in a paused run");
        desk.engine.act(&run, "ann", Act::GoesOn).await.unwrap();
    }
    assert_eq!(desk.engine.wait(&run).await.unwrap(), RunOutcome::Done);
    let counts = ["look", "other", "now"].map(|step| desk.runner.count(step));
    assert_eq!(counts, [2, 1, 2]);
    let acts = desk.engine.run(&run.0).await.unwrap().acts;
    let tried = acts
        .iter()
        .filter(|act| matches!(act.act, Act::TriesNow { .. }));
    assert_eq!(tried.count(), 2);
    assert_eq!(desk.clock.now(), instant());
}

#[tokio::test]
async fn a_run_is_carried_on_where_whoever_asked_for_it_goes_away() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::Sqlite(folder.path().join("runs.sqlite"));
    let runner = Arc::new(Scripted::new());
    let engine = Engine::open(store, runner.clone()).await.unwrap();
    let plan = plan("desk", sequence([effect("now")]));
    {
        let mut submitting = std::pin::pin!(engine.submit(request(plan)));
        // The disk answers later, and by then nobody asks any more.
        std::future::poll_fn(|context| {
            let _ = submitting.as_mut().poll(context);
            std::task::Poll::Ready(())
        })
        .await;
    }
    while runner.count("now") == 0 {
        tokio::task::yield_now().await;
    }
    engine.close().await;
}
