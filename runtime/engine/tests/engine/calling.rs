//! What stands behind the call of an action: `retry`, `timeout`, `at most once per`, `undo with`.

use std::sync::Arc;

use jiff::SignedDuration;
use sophia_engine::{
    Act, Engine, FailureKind, MovedClock, RunId, RunOutcome, StepEnd, StepState, Store,
};
use sophia_plan::step::{Otherwise, Wait};
use sophia_plan::{Block, Plan, Value};

use crate::flow::{message, one};
use crate::plans::{Draft, action, each, effect, event, plan, read, returns, sequence, text, wait};
use crate::scripted::{Answer, Scripted, instant, request, run};

use Answer::{Done, Fail};
use FailureKind::Permanent;

fn call(body: Block) -> Draft {
    action("act", ("given", text("now")), body)
}

#[tokio::test]
async fn a_further_attempt_begins_at_the_first_statement_and_does_nothing_twice() {
    let body = sequence([read("look"), effect("first"), effect("second")]);
    let steps = sequence([call(body).retry(2, 1000), effect("after")]);
    let runner = Scripted::new().answering("second", [Fail(Permanent), Fail(Permanent), Done]);
    let (outcome, runner, ..) = run(plan("tries", steps), runner).await;
    assert_eq!(outcome, RunOutcome::Done);
    assert_eq!(
        runner.keys(),
        [
            "look", "first", "second", "look", "second", "look", "second", "after"
        ]
    );
}

#[tokio::test]
async fn what_an_action_did_is_taken_back_once_no_attempt_is_left() {
    let body = || sequence([effect("first").undo(), effect("second")]);
    let failing = || {
        let fails = [Fail(Permanent), Fail(Permanent)];
        Scripted::new().answering("second", fails)
    };
    let steps = one(call(body()).retry(1, 1000));
    let (outcome, runner, ..) = run(plan("gives up", steps), failing()).await;
    assert_eq!(message(&outcome), "second did not work.");
    assert_eq!(runner.keys(), ["first", "second", "second", "first/undo"]);

    let instead = Otherwise::Value(text("instead"));
    let steps = one(call(body()).retry(1, 1000).otherwise(instead));
    let (outcome, runner, ..) = run(plan("caught", steps), failing()).await;
    assert_eq!(outcome, RunOutcome::Done);
    assert_eq!(runner.keys(), ["first", "second", "second", "first/undo"]);
}

/// An item that the first attempt finished is taken back by what fails later where the second attempt finished
/// its loop; where no attempt did, it stays, as finished items of a loop that fails do.
#[tokio::test]
async fn an_item_that_an_earlier_attempt_finished_is_one_of_its_loop() {
    let steps = || {
        let item = sequence([effect("each/post").undo(), read("each/look")]);
        let body = one(each("each", 2, 1, item));
        sequence([call(body).retry(1, 1), effect("last")])
    };
    let tried = [
        "each[1]/post",
        "each[1]/look",
        "each[2]/post",
        "each[2]/look",
        "each[2]/post/undo",
        "each[1]/look",
        "each[2]/post",
        "each[2]/look",
    ];
    for (second, more) in [
        (
            Done,
            &["last", "each[2]/post/undo", "each[1]/post/undo"][..],
        ),
        (Fail(Permanent), &["each[2]/post/undo"]),
    ] {
        let runner = (Scripted::new())
            .answering("look", [Done, Fail(Permanent), Done, second])
            .answering("last", [Fail(Permanent)]);
        let (outcome, runner, ..) = run(plan("items", steps()), runner).await;
        assert!(matches!(outcome, RunOutcome::Failed(_)));
        assert_eq!(runner.keys(), [&tried[..], more].concat());
    }
}

#[tokio::test]
async fn an_action_that_succeeded_is_taken_back_as_one() {
    let body = sequence([effect("first").undo(), effect("second").undo()]);
    let steps = sequence([call(body).undo(), effect("fails")]);
    let runner = Scripted::new().answering("fails", [Fail(Permanent)]);
    let (_, runner, ..) = run(plan("as one", steps), runner).await;
    assert_eq!(runner.keys(), ["first", "second", "fails", "act/undo"]);
}

#[tokio::test]
async fn an_action_that_failed_takes_back_what_is_in_it() {
    let body = sequence([effect("first").undo(), effect("second")]);
    let steps = one(call(body).undo());
    let runner = Scripted::new().answering("second", [Fail(Permanent)]);
    let (_, runner, ..) = run(plan("in it", steps), runner).await;
    assert_eq!(runner.keys(), ["first", "second", "first/undo"]);
}

#[tokio::test]
async fn an_action_happens_once_for_its_key_and_gives_the_earlier_result() {
    let body = || sequence([effect("post"), returns("return", text("given"))]);
    let steps = || {
        let once = call(body()).once(text("key"), None).binds("id");
        sequence([once, effect("after")])
    };
    let runner = Arc::new(Scripted::new().answering("post", [Fail(Permanent)]));
    let engine = crate::scripted::engine(Store::Memory, runner.clone()).await;
    let mut states = Vec::new();
    for _ in 0..3 {
        let run = engine.submit(request(plan("once", steps()))).await;
        let run = run.unwrap().run;
        engine.wait(&run).await.unwrap();
        let detail = engine.run(&run.0).await.unwrap();
        let act = detail.steps.iter().find(|step| &*step.key == "act");
        let act = act.unwrap();
        states.push((act.state.clone(), act.value.clone()));
    }
    // The first failed, and its key was free again.
    assert!(matches!(states[0].0, StepState::Ended(StepEnd::Failed(_))));
    let given = Some(Value::Text("given".into()));
    assert_eq!(states[1], (StepState::Ended(StepEnd::Done), given.clone()));
    assert!(matches!(
        states[2].0,
        StepState::Ended(StepEnd::Suppressed { .. })
    ));
    assert_eq!(states[2].1, given);
    assert_eq!(runner.keys(), ["post", "post", "after", "after"]);
}

/// The first attempt at the action took back what the loop had done, the second did it anew, under another key;
/// what fails once the run has gone on after its end takes that back, too.
async fn is_taken_back_anew(taken_back: Draft, done: &str, undo: &str) {
    let item = sequence([taken_back, effect("each/next")]);
    let body = sequence([each("each", 1, 1, item)]);
    let steps = sequence([call(body).retry(1, 1), read("look"), effect("last")]);
    let runner = (Scripted::new())
        .answering("next", [Fail(Permanent), Done])
        .answering("last", [Done, Fail(Permanent)]);
    let (outcome, runner, engine, run) = run(plan("anew", steps), runner).await;
    assert_eq!(outcome, RunOutcome::Done);
    let from_look = Act::Retries {
        from: Some("look".into()),
        again: vec!["last".into()],
        because: None,
    };
    engine.act(&run, "ann", from_look).await.unwrap();
    let outcome = engine.wait(&run).await.unwrap();
    assert_eq!(message(&outcome), "last did not work.");
    let next = "each[1]/next";
    let expected = [
        done, next, undo, done, next, "look", "last", "look", "last", undo,
    ];
    assert_eq!(runner.keys(), expected);
    let calls = runner.calls.lock().unwrap();
    let under = |of: &str| -> Vec<String> {
        let of = calls.iter().filter(|(key, ..)| key == of);
        of.map(|(.., key)| key.clone()).collect()
    };
    for of in [done, undo] {
        let keys = under(of);
        assert_ne!(keys[0], keys[1], "{of}");
    }
}

#[tokio::test]
async fn an_effect_that_was_done_anew_is_taken_back_anew_after_the_run_went_on() {
    let post = effect("each/post").undo();
    is_taken_back_anew(post, "each[1]/post", "each[1]/post/undo").await;
}

#[tokio::test]
async fn an_action_that_was_done_anew_is_taken_back_anew_after_the_run_went_on() {
    let body = sequence([effect("each/post")]);
    let inner = action("each/inner", ("given", text("now")), body).undo();
    is_taken_back_anew(inner, "each[1]/post", "each[1]/inner/undo").await;
}

struct Desk {
    engine: Engine,
    clock: Arc<MovedClock>,
    runner: Arc<Scripted>,
}

impl Desk {
    async fn begin(of: Plan) -> (Self, RunId) {
        let clock = Arc::new(MovedClock::at(instant()));
        let runner = Arc::new(Scripted::new());
        let engine = Engine::with_clock(Store::Memory, runner.clone(), clock.clone()).await;
        let engine = engine.unwrap();
        let run = engine.submit(request(of)).await.unwrap().run;
        engine.wait(&run).await.unwrap();
        let desk = Self {
            engine,
            clock,
            runner,
        };
        (desk, run)
    }

    async fn at(&self, run: &RunId, minutes: i64) -> RunOutcome {
        self.clock
            .move_to(instant() + SignedDuration::from_mins(minutes));
        self.engine.caught_up(run).await.unwrap();
        self.engine.wait(run).await.unwrap()
    }
}

#[tokio::test]
async fn an_attempt_at_an_action_has_its_time() {
    let body = sequence([
        effect("first").undo(),
        wait("came", Wait::Event(event("ticket.closed", None))),
        effect("second"),
    ]);
    let steps = sequence([
        call(body)
            .timeout(600_000)
            .otherwise(Otherwise::Value(text("late"))),
        effect("after"),
    ]);
    let (desk, run) = Desk::begin(plan("late", steps)).await;
    assert!(matches!(desk.at(&run, 9).await, RunOutcome::Waiting(_)));
    assert_eq!(desk.at(&run, 11).await, RunOutcome::Done);
    assert_eq!(desk.runner.keys(), ["first", "first/undo", "after"]);
    let detail = desk.engine.run(&run.0).await.unwrap();
    let act = detail.steps.iter().find(|step| &*step.key == "act");
    let failure = act.unwrap().failure().unwrap();
    assert!(failure.message.contains("timeout"), "{}", failure.message);
}
