//! Runs that wait for time in ways of their own (a further round, a further attempt, a reminder) are put down
//! as those that wait are, and taken up in time.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sophia_engine::{
    Clock, Engine, FailureKind, MovedClock, RunFilter, RunId, RunOutcome, RunStatus, Store,
};
use tempfile::TempDir;

use crate::control::StandsStill;
use crate::plans::{Draft, ask, effect, hours, plan, repeat, sequence};
use crate::scripted::{Answer, Scripted, ends, instant, put_down, request};

/// A store in a folder, and the engine over it that is there now; time stands still until a test moves it.
struct Desk {
    engine: Engine,
    clock: Arc<StandsStill>,
    runner: Arc<Scripted>,
    folder: TempDir,
}

impl Desk {
    async fn new(runner: Scripted) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (runner, now) = (Arc::new(runner), instant());
        let (engine, clock) = open(&folder, &runner, now).await;
        Self {
            engine,
            clock,
            runner,
            folder,
        }
    }

    /// The program ends and another one begins; no run is taken up for it.
    async fn restart(self) -> Self {
        self.engine.close().await;
        let (folder, runner, now) = (self.folder, self.runner, self.clock.now());
        let (engine, clock) = open(&folder, &runner, now).await;
        assert_eq!(engine.resume_all().await.unwrap(), []);
        assert_eq!((engine.under_way(), engine.put_down()), (0, 1));
        Self {
            engine,
            clock,
            runner,
            folder,
        }
    }

    async fn submit(&self, step: Draft) -> RunId {
        let submitted = self.engine.submit(request(plan("rests", sequence([step]))));
        submitted.await.unwrap().run
    }

    fn pass(&self, minutes: i64) {
        let later = self.clock.now() + SignedDuration::from_mins(minutes);
        self.clock.0.move_to(later);
    }

    /// What a run waits for, in words; how a list shows it.
    async fn waits(&self, run: &RunId) -> (String, RunStatus) {
        let detail = self.engine.run(&run.0).await.unwrap();
        let reasons = detail.waits.into_iter().map(|wait| wait.reason);
        let status = detail.summary.status;
        (reasons.collect::<Vec<_>>().join(" "), status)
    }
}

async fn open(
    folder: &TempDir,
    runner: &Arc<Scripted>,
    now: Timestamp,
) -> (Engine, Arc<StandsStill>) {
    let clock = Arc::new(StandsStill(MovedClock::at(now)));
    let store = Store::Sqlite(folder.path().join("runs.db"));
    let engine = Engine::with_clock(store, runner.clone(), clock.clone());
    (engine.await.unwrap(), clock)
}

#[tokio::test]
async fn a_run_that_pauses_between_rounds_is_put_down_and_taken_up_for_each() {
    let mut desk = Desk::new(Scripted::new()).await;
    let rounds = repeat("repeat", Some(3), None, sequence([effect("repeat/post")]));
    let run = desk.submit(rounds).await;
    for round in [1, 2] {
        put_down(&desk.engine, 1).await;
        assert_eq!(desk.engine.under_way(), 0);
        let outcome = desk.engine.wait(&run).await.unwrap();
        assert!(matches!(outcome, RunOutcome::Waiting(_)), "{outcome:?}");
        let (reason, status) = desk.waits(&run).await;
        let begins = format!("the next begins at 2026-11-22 02:0{round}.");
        let pauses = format!("`repeat` (line 7) pauses after round {round}; {begins}");
        assert_eq!(reason, pauses);
        assert_eq!(status, RunStatus::Waiting);
        let listed = desk.engine.runs(RunFilter::default()).await.unwrap();
        assert_eq!(listed[0].summary, reason);
        desk = desk.restart().await;
        assert_eq!(desk.runner.keys().len(), round);
        let mut rested = desk.engine.rested();
        desk.pass(1);
        rested.recv().await.unwrap().1.unwrap();
    }
    assert_eq!(ends(&desk.engine, &run).await, RunOutcome::Done);
    let keys = ["repeat[1]/post", "repeat[2]/post", "repeat[3]/post"];
    assert_eq!(desk.runner.keys(), keys);
    assert_eq!(desk.engine.put_down(), 0);
}

#[tokio::test]
async fn a_run_that_pauses_before_a_further_attempt_is_put_down_until_then() {
    let fails = [Answer::Fail(FailureKind::Transient); 2];
    let mut desk = Desk::new(Scripted::new().answering("post", fails)).await;
    let run = desk.submit(effect("post").retry(3, 36_000_000)).await;
    put_down(&desk.engine, 1).await;
    let (reason, status) = desk.waits(&run).await;
    assert!(reason.starts_with("Attempt 1 at `post`"), "{reason}");
    // It goes on by itself, so a list does not show it among those that wait for somebody or something.
    assert_eq!(status, RunStatus::Running);
    desk = desk.restart().await;
    assert_eq!(desk.runner.count("post"), 1);
    desk.pass(600);
    while desk.runner.count("post") < 2 {
        tokio::task::yield_now().await;
    }
    put_down(&desk.engine, 1).await;
    // Whoever waits until it rests keeps it, and is told how it ended.
    let waits = tokio::spawn({
        let (engine, run) = (desk.engine.clone(), run.clone());
        async move { engine.wait(&run).await }
    });
    while desk.engine.under_way() == 0 {
        tokio::task::yield_now().await;
    }
    desk.pass(600);
    assert_eq!(waits.await.unwrap().unwrap(), RunOutcome::Done);
    assert_eq!(desk.runner.count("post"), 3);
}

#[tokio::test]
async fn a_question_is_put_down_between_its_reminders_and_while_others_are_asked() {
    let mut desk = Desk::new(Scripted::new()).await;
    let asks = ask("ask", "leads").within(hours(1), &[("managers", Some(hours(1)))]);
    let run = desk.submit(asks.remind(1_500_000)).await;
    // After so many minutes, how often it was repeated and how many were asked.
    for (minutes, reminded, asked) in [(0, 0, 1), (25, 1, 1), (25, 2, 1), (10, 2, 2)] {
        desk.pass(minutes);
        loop {
            let detail = desk.engine.run(&run.0).await.unwrap();
            let question = detail.steps[0].question.as_ref();
            let stands = question.map(|question| (question.reminded, question.whom.len()));
            if stands == Some((reminded, asked)) {
                break;
            }
            tokio::task::yield_now().await;
        }
        put_down(&desk.engine, 1).await;
        desk = desk.restart().await;
    }
    let (reason, _) = desk.waits(&run).await;
    assert!(reason.contains("until 2026-11-22 04:00"), "{reason}");
    desk.pass(60);
    let outcome = ends(&desk.engine, &run).await;
    assert!(matches!(outcome, RunOutcome::Stopped(_)), "{outcome:?}");
}
