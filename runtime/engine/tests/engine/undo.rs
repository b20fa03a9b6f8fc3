//! `undo with`: what is taken back, when, in which order, and what becomes of what cannot be.

use std::sync::Arc;

use sophia_engine::{FailureKind, Progress, RunOutcome, Store};
use sophia_plan::EndKind;
use sophia_plan::step::Unsure;

use crate::flow::{detail, message, one};
use crate::plans::{branch, each, effect, end, plan, read, returns, sequence, text, yes_or_no};
use crate::scripted::{Answer, Scripted, engine, request, run};

use Answer::{Done, Fail, Hang};
use FailureKind::{Permanent, Transient, Unknown};

#[tokio::test]
async fn what_happened_is_taken_back_the_latest_first_and_on_failure_follows() {
    let body = sequence([
        effect("first").undo(),
        branch(
            "if",
            yes_or_no(true),
            one(effect("second").undo()),
            sequence([]),
        ),
        effect("third").undo().retry(1, 1000),
        effect("fails"),
    ]);
    let mut failing = plan("undo", body);
    failing.on_failure = Some((None, one(effect("tell"))));
    let runner = Scripted::new()
        .answering("fails", [Fail(Permanent)])
        .answering("undo second", [Fail(Transient), Fail(Transient), Done]);
    let (outcome, runner, ..) = run(failing, runner).await;
    assert_eq!(message(&outcome), "fails did not work.");
    assert_eq!(
        runner.keys(),
        [
            "first",
            "second",
            "third",
            "fails",
            "third/undo",
            "second/undo",
            "second/undo",
            "second/undo",
            "first/undo",
            "tell"
        ]
    );
}

#[tokio::test]
async fn nothing_is_taken_back_when_a_run_stops_returns_or_is_cancelled() {
    for last in [
        end("stop", EndKind::Stop, "Enough.", None),
        returns("return", text("all")),
    ] {
        let steps = vec![effect("first").undo(), last];
        let (_, runner, _) = detail(steps, Scripted::new()).await;
        assert_eq!(runner.keys(), ["first"]);
    }

    let runner = Arc::new(Scripted::new().answering("waits", [Hang]));
    let engine = engine(Store::Memory, runner.clone()).await;
    let body = sequence([effect("first").undo(), read("waits")]);
    let run = engine
        .submit(request(plan("cancel", body)))
        .await
        .unwrap()
        .run;
    let mut progress = engine.watch(&run);
    while let Some(told) = progress.recv().await {
        if matches!(&told, Progress::Step(notice) if &*notice.key == "waits") {
            break;
        }
    }
    engine.cancel(&run).await.unwrap();
    assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Cancelled);
    assert_eq!(runner.keys(), ["first", "waits"]);
}

#[tokio::test]
async fn what_cannot_be_taken_back_is_named_and_holds_nothing_up() {
    let steps = vec![
        effect("first").undo(),
        effect("second").undo(),
        effect("third").undo().unsure(Unsure::Skip),
        effect("fails"),
    ];
    let runner = Scripted::new()
        .answering("third", [Fail(Unknown)])
        .answering("undo second", [Fail(Permanent)])
        .answering("fails", [Fail(Permanent)]);
    let (outcome, runner, _) = detail(steps, runner).await;
    assert_eq!(
        message(&outcome),
        "fails did not work. `third` (line 7) and `second` (line 7) could not be taken back."
    );
    assert_eq!(
        runner.keys(),
        [
            "first",
            "second",
            "third",
            "fails",
            "second/undo",
            "first/undo"
        ]
    );
    let RunOutcome::Failed(failure) = outcome else {
        return;
    };
    assert_eq!(
        failure.causes,
        [
            "`third` was not taken back: nobody knows whether it happened",
            "`second` was not taken back: undo second did not work."
        ]
    );
}

#[tokio::test]
async fn a_failed_item_is_taken_back_and_finished_ones_stay() {
    let body = || sequence([effect("each/post").undo(), effect("each/check")]);
    let runner = || {
        Scripted::new()
            .answering("check", [Done, Fail(Permanent)])
            .answering("fails", [Fail(Permanent)])
    };
    let steps = vec![effect("before").undo(), each("each", 2, 1, body())];
    let (outcome, taken, _) = detail(steps, runner()).await;
    assert_eq!(
        message(&outcome),
        "1 of 2 items failed. Item 2: check did not work."
    );
    assert_eq!(
        taken.keys()[5..],
        ["each[2]/post/undo", "before/undo"],
        "{:?}",
        taken.keys()
    );

    // What fails after the loop takes finished items back, too.
    let steps = vec![each("each", 2, 1, body()).keep_going(), effect("fails")];
    let (_, taken, _) = detail(steps, runner()).await;
    assert_eq!(
        taken.keys()[4..],
        ["each[2]/post/undo", "fails", "each[1]/post/undo"],
        "{:?}",
        taken.keys()
    );
}

#[tokio::test]
async fn an_effect_that_was_taken_back_may_happen_again() {
    let body = || {
        sequence([
            effect("post").once(text("same"), None).undo(),
            effect("fails"),
        ])
    };
    let runner = Arc::new(Scripted::new().answering("fails", [Fail(Permanent), Done]));
    let engine = engine(Store::Memory, runner.clone()).await;
    for _ in 0..2 {
        let run = engine
            .submit(request(plan("freed", body())))
            .await
            .unwrap()
            .run;
        engine.wait(&run).await.unwrap();
    }
    assert_eq!(
        runner.keys(),
        ["post", "fails", "post/undo", "post", "fails"]
    );
}

#[tokio::test]
async fn an_effect_that_was_left_out_is_not_taken_back() {
    let body = || {
        sequence([
            effect("post").once(text("same"), None).undo(),
            effect("fails"),
        ])
    };
    let runner = Arc::new(Scripted::new().answering("fails", [Done, Fail(Permanent)]));
    let engine = engine(Store::Memory, runner.clone()).await;
    for _ in 0..2 {
        let run = engine
            .submit(request(plan("left out", body())))
            .await
            .unwrap()
            .run;
        engine.wait(&run).await.unwrap();
    }
    assert_eq!(runner.keys(), ["post", "fails", "fails"]);
}
