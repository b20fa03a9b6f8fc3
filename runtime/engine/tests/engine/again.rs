//! Runs that go on after their end, and values that stand in for steps.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use sophia_engine::{
    Act, Decision, Engine, FailureKind, Happening, MovedClock, Playbooks, Progress, RunDetail,
    RunFilter, RunId, RunOutcome, StepEnd, StepState, Store,
};
use sophia_plan::step::{Joining, Otherwise, Unsure, Wait};
use sophia_plan::{EndKind, Plan, Value};

use crate::plans::{
    ask, attempt, branch, each, effect, end, event, hours, plan, playbook, read, repeat, sequence,
    text, wait, yes_or_no,
};
use crate::scripted::{Answer, Scripted, instant, request};

use Answer::{Done, Fail};
use FailureKind::{Permanent, Transient, Unknown};

struct Desk {
    engine: Engine,
    clock: Arc<MovedClock>,
    runner: Arc<Scripted>,
}

fn retry(from: Option<&str>, again: &[&str]) -> Act {
    Act::Retries {
        from: from.map(Arc::from),
        again: again.iter().map(|key| Arc::from(*key)).collect(),
        because: Some("it works again".into()),
    }
}

fn skip(key: &str, json: &str) -> Act {
    Act::Skips {
        key: key.into(),
        value: Value::Json(json.into()),
        because: None,
    }
}

impl Desk {
    async fn new(runner: Scripted) -> Self {
        let clock = Arc::new(MovedClock::at(instant()));
        let runner = Arc::new(runner);
        let engine = Engine::with_clock(Store::Memory, runner.clone(), clock.clone())
            .await
            .unwrap();
        Self {
            engine,
            clock,
            runner,
        }
    }

    async fn run(&self, plan: Plan) -> (RunId, RunOutcome) {
        let run = self.engine.submit(request(plan)).await.unwrap().run;
        let outcome = self.engine.wait(&run).await.unwrap();
        self.forget();
        (run, outcome)
    }

    /// Only what is called from here on counts.
    fn forget(&self) {
        self.runner.calls.lock().unwrap().clear();
    }

    async fn act(&self, run: &RunId, act: Act) -> RunOutcome {
        use sophia_engine::Clock as _;
        self.clock
            .move_to(self.clock.now() + SignedDuration::from_secs(60));
        self.engine.act(run, "ann", act).await.unwrap();
        self.engine.wait(run).await.unwrap()
    }

    async fn refuses(&self, run: &RunId, act: Act) -> (&'static str, String) {
        let problem = self.engine.act(run, "ann", act).await.unwrap_err();
        (problem.code.as_str(), problem.message)
    }

    async fn detail(&self, run: &RunId) -> RunDetail {
        self.engine.run(&run.0).await.unwrap()
    }
}

#[tokio::test]
async fn a_failed_run_goes_on_from_what_failed() {
    let body = sequence([
        read("look"),
        effect("first"),
        effect("second"),
        effect("third"),
    ]);
    let desk = Desk::new(Scripted::new().answering("second", [Fail(Permanent)])).await;
    let (run, outcome) = desk.run(plan("again", body)).await;
    assert!(matches!(outcome, RunOutcome::Failed(_)));
    assert_eq!(desk.act(&run, retry(None, &[])).await, RunOutcome::Done);
    assert_eq!(desk.runner.keys(), ["second", "third"]);
    let detail = desk.detail(&run).await;
    let acts: Vec<_> = detail.acts.iter().map(|act| &*act.by).collect();
    assert_eq!(acts, ["ann"]);
    assert!(detail.summary.ended.is_some());
    let second = &detail.steps[2];
    assert_eq!((&*second.key, second.attempts), ("second", 2));
    assert_eq!(second.state, StepState::Ended(StepEnd::Done));
}

#[tokio::test]
async fn a_step_is_tried_as_often_as_its_playbook_says_each_time() {
    let body = sequence([effect("post").retry(1, 1000)]);
    let answers = [Fail(Transient), Fail(Transient), Fail(Transient), Done];
    let desk = Desk::new(Scripted::new().answering("post", answers)).await;
    let clock = desk.clock.clone();
    let run = desk.engine.submit(request(plan("often", body))).await;
    let run = run.unwrap().run;
    clock.move_to(instant() + SignedDuration::from_mins(1));
    assert!(matches!(
        desk.engine.wait(&run).await.unwrap(),
        RunOutcome::Failed(_)
    ));
    desk.engine
        .act(&run, "ann", retry(None, &[]))
        .await
        .unwrap();
    clock.move_to(instant() + SignedDuration::from_mins(2));
    assert_eq!(desk.engine.wait(&run).await.unwrap(), RunOutcome::Done);
    let attempts: Vec<u32> = (desk.runner.calls.lock().unwrap().iter())
        .map(|(_, attempt, _)| *attempt)
        .collect();
    assert_eq!(attempts, [1, 2, 3, 4]);
}

#[tokio::test]
async fn only_the_failed_items_of_a_loop_run_again() {
    let body = sequence([
        each(
            "send",
            3,
            1,
            sequence([read("send/look"), effect("send/post")]),
        ),
        effect("after"),
    ]);
    let desk = Desk::new(Scripted::new().answering("post", [Done, Fail(Permanent), Done])).await;
    let (run, _) = desk.run(plan("items", body)).await;
    assert_eq!(desk.act(&run, retry(None, &[])).await, RunOutcome::Done);
    assert_eq!(desk.runner.keys(), ["send[2]/post", "after"]);
}

#[tokio::test]
async fn what_was_taken_back_is_done_anew_under_another_key() {
    let body = sequence([effect("pay").undo(), effect("ship")]);
    let desk = Desk::new(Scripted::new().answering("ship", [Fail(Permanent)])).await;
    let run = desk.engine.submit(request(plan("undo", body))).await;
    let run = run.unwrap().run;
    desk.engine.wait(&run).await.unwrap();
    assert_eq!(desk.act(&run, retry(None, &[])).await, RunOutcome::Done);
    assert_eq!(
        desk.runner.keys(),
        ["pay", "ship", "pay/undo", "pay", "ship"]
    );
    let calls = desk.runner.calls.lock().unwrap();
    assert_ne!(
        calls[0].2, calls[3].2,
        "what is done anew is another effect"
    );
    assert_eq!(calls[1].2, calls[4].2, "what failed is the same effect");
}

#[tokio::test]
async fn a_failure_that_was_dealt_with_stays_dealt_with() {
    let fallback = sequence([effect("instead")]);
    let body = sequence([
        attempt(
            "try",
            sequence([effect("kept").undo(), effect("breaks")]),
            fallback,
        ),
        read("old").otherwise(Otherwise::Value(text("none"))),
        effect("last"),
    ]);
    let runner = Scripted::new()
        .answering("breaks", [Fail(Permanent)])
        .answering("old", [Fail(Permanent)])
        .answering("last", [Fail(Permanent)]);
    let desk = Desk::new(runner).await;
    let (run, _) = desk.run(plan("dealt", body)).await;
    assert_eq!(desk.act(&run, retry(None, &[])).await, RunOutcome::Done);
    assert_eq!(desk.runner.keys(), ["last"]);
}

#[tokio::test]
async fn a_step_in_a_try_runs_again_where_it_is_named() {
    let body = sequence([
        attempt(
            "try",
            sequence([effect("kept").undo(), effect("breaks")]),
            sequence([effect("instead")]),
        ),
        effect("last"),
    ]);
    let desk = Desk::new(Scripted::new().answering("breaks", [Fail(Permanent)])).await;
    let (run, outcome) = desk.run(plan("named", body)).await;
    assert_eq!(outcome, RunOutcome::Done);
    assert_eq!(
        desk.act(&run, retry(Some("breaks"), &[])).await,
        RunOutcome::Done
    );
    // What was taken back is done anew; what followed had been done and is not.
    assert_eq!(desk.runner.keys(), ["kept", "breaks"]);
}

#[tokio::test]
async fn a_step_that_is_named_runs_again_with_what_rests_on_it() {
    let body = sequence([read("look"), effect("post"), read("reread"), effect("note")]);
    let desk = Desk::new(Scripted::new()).await;
    let (run, _) = desk.run(plan("from", body)).await;
    assert_eq!(
        desk.act(&run, retry(Some("look"), &[])).await,
        RunOutcome::Done
    );
    assert_eq!(desk.runner.keys(), ["look", "reread"]);
    desk.forget();
    let (code, message) = desk.refuses(&run, retry(Some("post"), &[])).await;
    assert_eq!(
        (code, &*message),
        (
            "S904",
            "`post` has been done, and would be done a second time."
        )
    );
    assert_eq!(
        desk.act(&run, retry(Some("post"), &["post"])).await,
        RunOutcome::Done
    );
    assert_eq!(desk.runner.keys(), ["post", "reread"]);
    let (code, _) = desk.refuses(&run, retry(Some("reread"), &["post"])).await;
    assert_eq!(code, "S904");
    let (code, _) = desk.refuses(&run, retry(Some("nothing"), &[])).await;
    assert_eq!(code, "S904");
}

#[tokio::test]
async fn an_item_that_is_named_runs_again_alone() {
    let body = sequence([each(
        "send",
        3,
        1,
        sequence([read("send/look"), effect("send/post")]),
    )
    .keep_going()]);
    let desk = Desk::new(Scripted::new().answering("post", [Done, Fail(Permanent), Done])).await;
    let (run, outcome) = desk.run(plan("item", body)).await;
    assert_eq!(outcome, RunOutcome::Done);
    assert_eq!(
        desk.act(&run, retry(Some("send[2]"), &[])).await,
        RunOutcome::Done
    );
    assert_eq!(desk.runner.keys(), ["send[2]/look", "send[2]/post"]);
}

#[tokio::test]
async fn a_branch_goes_the_way_that_it_went_and_rounds_are_not_repeated() {
    let body = sequence([
        branch(
            "if",
            yes_or_no(true),
            sequence([effect("yes")]),
            sequence([effect("no")]),
        ),
        repeat("poll", Some(3), None, sequence([read("poll/ask")])),
        effect("last"),
    ]);
    let desk = Desk::new(Scripted::new().answering("last", [Fail(Permanent)])).await;
    let run = desk.engine.submit(request(plan("ways", body))).await;
    let run = run.unwrap().run;
    for minutes in 1..40 {
        desk.engine.caught_up(&run).await.unwrap();
        desk.clock
            .move_to(instant() + SignedDuration::from_mins(minutes * 10));
    }
    let outcome = desk.engine.wait(&run).await.unwrap();
    assert!(matches!(outcome, RunOutcome::Failed(_)), "{outcome:?}");
    desk.forget();
    assert_eq!(desk.act(&run, retry(None, &[])).await, RunOutcome::Done);
    assert_eq!(desk.runner.keys(), ["last"]);
}

#[tokio::test]
async fn a_cancelled_run_goes_on_and_a_run_that_ended_well_only_from_a_step() {
    let desk = Desk::new(Scripted::new()).await;
    let body = sequence([effect("first"), wait("wait", Wait::Passed(hours(1)))]);
    let (run, outcome) = desk.run(plan("cancelled", body)).await;
    assert!(matches!(outcome, RunOutcome::Waiting(_)));
    let (code, _) = desk.refuses(&run, retry(None, &[])).await;
    assert_eq!(code, "S903");
    assert_eq!(desk.act(&run, Act::Cancels).await, RunOutcome::Cancelled);
    let outcome = desk.act(&run, retry(None, &[])).await;
    assert!(matches!(outcome, RunOutcome::Waiting(_)), "{outcome:?}");
    assert_eq!(desk.runner.keys(), Vec::<String>::new());
    assert_eq!(desk.act(&run, skip("wait", "null")).await, RunOutcome::Done);
    let (code, message) = desk.refuses(&run, retry(None, &[])).await;
    assert_eq!(code, "S903");
    assert!(message.contains("Nothing of run"), "{message}");
}

#[tokio::test]
async fn a_value_stands_in_for_a_step_that_failed_and_who_said_so_is_known() {
    let body = sequence([read("look").binds("found"), effect("post")]);
    let desk = Desk::new(Scripted::new().answering("look", [Fail(Permanent)])).await;
    let (run, _) = desk.run(plan("skip", body)).await;
    let (code, _) = desk.refuses(&run, skip("post", "null")).await;
    assert_eq!(code, "S905");
    assert_eq!(
        desk.act(&run, skip("look", "\"by hand\"")).await,
        RunOutcome::Done
    );
    assert_eq!(desk.runner.keys(), ["post"]);
    let detail = desk.detail(&run).await;
    let by = StepEnd::Skipped { by: "ann".into() };
    assert_eq!(detail.steps[0].state, StepState::Ended(by));
}

#[tokio::test]
async fn a_step_that_waits_or_is_unsure_may_be_left_out_and_a_question_not() {
    let desk = Desk::new(Scripted::new().answering("risky", [Fail(Unknown)])).await;
    let body = sequence([
        effect("risky").unsure(Unsure::Ask),
        wait("came", Wait::Event(event("ticket.closed", None))),
        ask("approval", "finance"),
    ]);
    let run = desk.engine.submit(request(plan("waits", body))).await;
    let run = run.unwrap().run;
    let outcome = desk.engine.wait(&run).await.unwrap();
    assert!(matches!(outcome, RunOutcome::Waiting(_)), "{outcome:?}");
    let outcome = desk.act(&run, skip("risky", "null")).await;
    assert!(matches!(outcome, RunOutcome::Waiting(_)), "{outcome:?}");
    let outcome = desk.act(&run, skip("came", "null")).await;
    assert!(matches!(outcome, RunOutcome::Waiting(_)), "{outcome:?}");
    let (code, message) = desk.refuses(&run, skip("approval", "null")).await;
    assert_eq!(code, "S905");
    assert!(message.contains("asks people"), "{message}");
}

#[tokio::test]
async fn a_value_that_stands_in_for_an_effect_does_not_hide_that_it_may_have_happened() {
    for has_ended in [false, true] {
        let desk = Desk::new(Scripted::new().answering("risky", [Fail(Unknown)])).await;
        let body = sequence([effect("risky").unsure(Unsure::Ask), effect("after")]);
        let run = desk.engine.submit(request(plan("hides", body))).await;
        let run = run.unwrap().run;
        desk.engine.wait(&run).await.unwrap();
        if has_ended {
            desk.engine.cancel(&run).await.unwrap();
        }
        let outcome = desk.act(&run, skip("risky", "null")).await;
        assert_eq!(outcome, RunOutcome::Done);
        let outcome = desk.act(&run, retry(Some("risky"), &[])).await;
        assert!(matches!(outcome, RunOutcome::Waiting(_)), "{outcome:?}");
        assert_eq!(desk.runner.keys(), ["risky", "after"]);
        desk.engine
            .settle(&run, "risky", Decision::Retry)
            .await
            .unwrap();
        assert_eq!(desk.engine.wait(&run).await.unwrap(), RunOutcome::Done);
        assert_eq!(desk.runner.keys(), ["risky", "after", "risky"]);
    }
}

#[tokio::test]
async fn an_effect_that_a_person_says_did_not_happen_is_not_left_out_for_its_own_sake() {
    let desk = Desk::new(Scripted::new().answering("risky", [Fail(Unknown)])).await;
    let body = sequence([effect("risky").once(text("same"), None).unsure(Unsure::Ask)]);
    let run = desk.engine.submit(request(plan("claims", body))).await;
    let run = run.unwrap().run;
    desk.engine.wait(&run).await.unwrap();
    // Its key stays taken, for it may have happened.
    desk.engine.cancel(&run).await.unwrap();
    let outcome = desk.act(&run, retry(None, &[])).await;
    assert!(matches!(outcome, RunOutcome::Waiting(_)), "{outcome:?}");
    desk.engine
        .settle(&run, "risky", Decision::Retry)
        .await
        .unwrap();
    assert_eq!(desk.engine.wait(&run).await.unwrap(), RunOutcome::Done);
    assert_eq!(desk.runner.count("risky"), 2);
}

#[tokio::test]
async fn a_step_that_pauses_before_a_further_attempt_may_be_left_out() {
    let runner = Arc::new(Scripted::new().answering("slow", [Fail(Transient)]));
    let engine = Engine::open(Store::Memory, runner.clone()).await.unwrap();
    let body = sequence([effect("slow").retry(1, 3_600_000), effect("after")]);
    let run = engine.submit(request(plan("pauses", body))).await;
    let run = run.unwrap().run;
    let mut told = engine.watch(&run);
    while let Some(progress) = told.recv().await {
        if matches!(&progress, Progress::Step(notice) if matches!(notice.what, Happening::Retries { .. }))
        {
            break;
        }
    }
    engine.act(&run, "ann", skip("slow", "null")).await.unwrap();
    assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Done);
    assert_eq!(runner.keys(), ["slow", "after"]);
}

#[tokio::test]
async fn what_follows_a_failure_follows_the_next_one_anew() {
    let mut failing = plan("told", sequence([effect("post")]));
    failing.on_failure = Some((None, sequence([effect("tell")])));
    let runner = Scripted::new().answering("post", [Fail(Permanent), Fail(Permanent)]);
    let desk = Desk::new(runner).await;
    let run = desk.engine.submit(request(failing)).await.unwrap().run;
    desk.engine.wait(&run).await.unwrap();
    let outcome = desk.act(&run, retry(None, &[])).await;
    assert!(matches!(outcome, RunOutcome::Failed(_)));
    assert_eq!(desk.runner.keys(), ["post", "tell", "post", "tell"]);
    let calls = desk.runner.calls.lock().unwrap();
    assert_ne!(calls[1].2, calls[3].2, "the second message is another one");
}

#[tokio::test]
async fn a_run_that_failed_by_a_statement_decides_anew() {
    let body = sequence([
        effect("post"),
        end("fail", EndKind::Fail, "No.", Some(yes_or_no(true))),
    ]);
    let desk = Desk::new(Scripted::new()).await;
    let (run, _) = desk.run(plan("fails", body)).await;
    let outcome = desk.act(&run, retry(None, &[])).await;
    assert!(matches!(outcome, RunOutcome::Failed(_)));
    assert_eq!(desk.runner.keys(), Vec::<String>::new());
}

struct Known(BTreeMap<&'static str, Arc<Plan>>);

impl Playbooks for Known {
    fn current(&self, playbook: &str) -> Option<Arc<Plan>> {
        self.0.get(playbook).cloned()
    }
}

#[tokio::test]
async fn a_parent_that_goes_on_has_the_run_go_on_that_failed() {
    let desk = Desk::new(Scripted::new().answering("second", [Fail(Permanent)])).await;
    let child = plan("child", sequence([effect("first"), effect("second")]));
    desk.engine.follow(Arc::new(Known(BTreeMap::from([(
        "child",
        Arc::new(child),
    )]))));
    let body = sequence([playbook("child", "child", Joining::Waits), effect("after")]);
    let (run, outcome) = desk.run(plan("parent", body)).await;
    assert!(matches!(outcome, RunOutcome::Failed(_)));
    assert_eq!(desk.act(&run, retry(None, &[])).await, RunOutcome::Done);
    assert_eq!(desk.runner.keys(), ["second", "after"]);
    let children = RunFilter {
        parent: Some(run),
        ..RunFilter::default()
    };
    assert_eq!(desk.engine.runs(children).await.unwrap().len(), 1);
}

#[tokio::test]
async fn it_is_on_the_disk_that_a_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let body = sequence([effect("first"), effect("second"), ask("wait", "finance")]);
    let runner = Arc::new(Scripted::new().answering("second", [Fail(Permanent)]));
    let clock = Arc::new(MovedClock::at(instant()));
    let open = |runner: Arc<Scripted>, clock: Arc<MovedClock>| {
        Engine::with_clock(Store::Sqlite(path.clone()), runner, clock)
    };
    let engine = open(runner.clone(), clock.clone()).await.unwrap();
    let run = engine
        .submit(request(plan("disk", body)))
        .await
        .unwrap()
        .run;
    engine.wait(&run).await.unwrap();
    engine.act(&run, "ann", retry(None, &[])).await.unwrap();
    let outcome = engine.wait(&run).await.unwrap();
    assert!(matches!(outcome, RunOutcome::Waiting(_)), "{outcome:?}");
    engine.close().await;
    let engine = open(runner.clone(), clock).await.unwrap();
    engine.resume_all().await.unwrap();
    let outcome = engine.wait(&run).await.unwrap();
    assert!(matches!(outcome, RunOutcome::Waiting(_)), "{outcome:?}");
    assert_eq!(runner.keys(), ["first", "second", "second"]);
}
