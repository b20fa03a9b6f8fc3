//! What a run does: order, loops, branches, ends, failures, retries, claims, decisions.

use std::sync::Arc;

use sophia_engine::{
    Decision, Delivery, Engine, FailureKind, Progress, RunFilter, RunOutcome, RunStatus, StepEnd,
    StepState, Store,
};
use sophia_plan::step::{Otherwise, Unsure};
use sophia_plan::{EndKind, Expression, Record, Value};
use tokio::sync::Semaphore;

use crate::plans::{
    branch, each, effect, end, graph, name, number, plan, read, sequence, text, yes_or_no,
};
use crate::scripted::{Answer, Scripted, engine, instant, request, run};

use Answer::{Done, Fail, Hang, Panic};
use FailureKind::{Permanent, Transient, Unknown};

fn failed(outcome: &RunOutcome) -> &sophia_engine::Failure {
    match outcome {
        RunOutcome::Failed(failure) => failure,
        other => panic!("expected a failure, came {other:?}"),
    }
}

#[tokio::test]
async fn steps_run_after_those_they_wait_for() {
    let body = graph([read("c"), read("a"), read("b")], &[(1, 2), (2, 0)]);
    let (outcome, runner, engine, run) = run(plan("order", body), Scripted::new()).await;
    assert_eq!(outcome, RunOutcome::Done);
    assert_eq!(runner.keys(), ["a", "b", "c"]);
    let detail = engine.run(&run.0).await.unwrap();
    assert_eq!(detail.steps.len(), 3);
    assert_eq!(
        detail.steps[0].value,
        Some(Value::Text("result of a".into()))
    );
    assert_eq!(detail.steps[0].report.rows, Some(1));
    assert_eq!(detail.summary.status, RunStatus::Done);
}

#[tokio::test]
async fn a_plan_without_steps_is_done() {
    let (outcome, ..) = run(plan("empty", sequence([])), Scripted::new()).await;
    assert_eq!(outcome, RunOutcome::Done);
}

#[tokio::test]
async fn loop_items_have_keys_that_count_from_one() {
    let body = sequence([each(
        "for each x",
        3,
        1,
        sequence([read("for each x/a"), effect("for each x/b")]),
    )]);
    let (_, runner, ..) = run(plan("keys", body), Scripted::new()).await;
    assert_eq!(
        runner.keys(),
        [
            "for each x[1]/a",
            "for each x[1]/b",
            "for each x[2]/a",
            "for each x[2]/b",
            "for each x[3]/a",
            "for each x[3]/b"
        ]
    );
}

#[tokio::test]
async fn a_failed_item_does_not_stop_the_others_and_fails_the_loop() {
    let body = sequence([
        each("each", 4, 1, sequence([effect("each/post")])),
        effect("after"),
    ]);
    let runner = Scripted::new().answering("post", [Done, Fail(Permanent), Done, Done]);
    let (outcome, runner, engine, run) = run(plan("items", body), runner).await;
    let failure = failed(&outcome);
    assert_eq!(
        &*failure.message,
        "1 of 4 items failed. Item 2: post did not work."
    );
    assert_eq!(failure.code.as_deref(), Some("S966"));
    assert_eq!(runner.count("each[4]/post"), 1);
    assert_eq!(runner.count("after"), 0);
    let detail = engine.run(&run.0).await.unwrap();
    let items = detail.steps.iter().find_map(|step| step.items).unwrap();
    assert_eq!((items.total, items.done, items.failed), (4, 3, 1));
}

#[tokio::test]
async fn keep_going_gives_the_items_by_how_they_ended() {
    let body = sequence([
        each("each", 3, 1, sequence([effect("each/post")]))
            .keep_going()
            .binds("tally"),
        read("after"),
    ]);
    let runner = Scripted::new().answering("post", [Done, Fail(Permanent), Done]);
    let (outcome, _, engine, run) = run(plan("going", body), runner).await;
    assert_eq!(outcome, RunOutcome::Done);
    let detail = engine.run(&run.0).await.unwrap();
    let tally = detail
        .steps
        .iter()
        .find(|step| &*step.key == "each")
        .unwrap();
    let Some(Value::Record(tally)) = &tally.value else {
        panic!("expected a record, came {:?}", tally.value);
    };
    let done = Value::List(Arc::new(vec![Value::Integer(1), Value::Integer(3)]));
    assert_eq!(tally.get("done"), Some(&done));
}

#[tokio::test]
async fn a_loop_holds_no_more_slots_than_it_says() {
    let gate = Arc::new(Semaphore::new(0));
    let body = sequence([each("each", 5, 2, sequence([effect("each/post")]))]);
    let runner = Arc::new(Scripted {
        hanging: Some(gate.clone()),
        ..Scripted::new().answering("post", [Hang; 5])
    });
    let engine = engine(Store::Memory, runner.clone()).await;
    let run = engine
        .submit(request(plan("slots", body)))
        .await
        .unwrap()
        .run;
    let mut progress = engine.watch(&run);
    let mut started = 0;
    let mut ended = 0;
    loop {
        match progress.recv().await.unwrap() {
            Progress::Step(notice) if &*notice.step.label == "post" => match notice.what {
                sophia_engine::Happening::Started { .. } => {
                    started += 1;
                    assert!(started - ended <= 2);
                    gate.add_permits(1);
                }
                sophia_engine::Happening::Ended { .. } => ended += 1,
                _ => {}
            },
            Progress::Standing(outcome) => {
                assert_eq!(outcome, RunOutcome::Done);
                break;
            }
            _ => {}
        }
    }
    assert_eq!((started, ended), (5, 5));
}

#[tokio::test]
async fn a_branch_takes_one_side() {
    let side = |label: &str| sequence([effect(label)]);
    let body = sequence([branch("if", yes_or_no(false), side("yes"), side("no"))]);
    let (_, runner, ..) = run(plan("branch", body), Scripted::new()).await;
    assert_eq!(runner.keys(), ["no"]);
}

#[tokio::test]
async fn stop_ends_the_run_well_and_early() {
    let body = sequence([
        read("a"),
        end("not yet", EndKind::Stop, "no", Some(yes_or_no(false))),
        end("stop", EndKind::Stop, "Nothing to do.", None),
        effect("b"),
    ]);
    let (outcome, runner, ..) = run(plan("stop", body), Scripted::new()).await;
    assert_eq!(outcome, RunOutcome::Stopped("Nothing to do.".into()));
    assert_eq!(runner.keys(), ["a"]);
}

#[tokio::test]
async fn skip_leaves_an_item_out() {
    let is_two = Expression::Binary {
        operator: sophia_plan::Operator::Equal,
        left: Box::new(name("item")),
        right: Box::new(number(2)),
    };
    let body = sequence([each(
        "each",
        3,
        1,
        sequence([
            end("each/skip", EndKind::Skip, "not this one", Some(is_two)),
            effect("each/post"),
        ]),
    )]);
    let (outcome, runner, ..) = run(plan("skip", body), Scripted::new()).await;
    assert_eq!(outcome, RunOutcome::Done);
    assert_eq!(runner.keys(), ["each[1]/post", "each[3]/post"]);
}

#[tokio::test]
async fn on_failure_sees_the_failure_and_runs_once() {
    let mut failing = plan("failing", sequence([effect("post")]));
    failing.on_failure = Some((
        Some("f".into()),
        sequence([
            effect("tell"),
            branch(
                "has line",
                Expression::Binary {
                    operator: sophia_plan::Operator::Equal,
                    left: Box::new(Expression::Field {
                        of: Box::new(name("f")),
                        name: "line".into(),
                        optional: false,
                    }),
                    right: Box::new(number(7)),
                },
                sequence([effect("line is right")]),
                sequence([]),
            ),
            effect("fails too"),
        ]),
    ));
    let runner = Scripted::new()
        .answering("post", [Fail(Permanent)])
        .answering("fails too", [Fail(Permanent)]);
    let (outcome, runner, engine, run) = run(failing, runner).await;
    assert_eq!(&*failed(&outcome).message, "post did not work.");
    assert_eq!(
        runner.keys(),
        ["post", "tell", "line is right", "fails too"]
    );
    let detail = engine.run(&run.0).await.unwrap();
    let noted = detail
        .steps
        .iter()
        .find(|step| &*step.key == "fails too")
        .unwrap();
    assert!(matches!(noted.state, StepState::Ended(StepEnd::Failed(_))));
}

#[tokio::test]
async fn a_transient_failure_is_tried_again_under_the_same_key() {
    let body = sequence([effect("post").retry(3, 600_000)]);
    let runner = Scripted::new().answering("post", [Fail(Transient), Fail(Transient), Done]);
    let (outcome, runner, ..) = run(plan("retry", body), runner).await;
    assert_eq!(outcome, RunOutcome::Done);
    let calls = runner.calls.lock().unwrap();
    assert_eq!(
        calls.iter().map(|call| call.1).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    assert!(calls.iter().all(|call| call.2 == calls[0].2));
}

#[tokio::test]
async fn retries_end_and_permanent_failures_are_not_tried_again() {
    let body = sequence([effect("post").retry(2, 1000)]);
    let runner = Scripted::new().answering("post", [Fail(Transient); 9]);
    let (outcome, runner, ..) = run(plan("retry", body), runner).await;
    assert_eq!(&*failed(&outcome).message, "post did not work.");
    assert_eq!(runner.count("post"), 3);

    let body = sequence([effect("post").retry(2, 1000)]);
    let runner = Scripted::new().answering("post", [Fail(Permanent); 9]);
    let (_, runner, ..) = run(plan("retry", body), runner).await;
    assert_eq!(runner.count("post"), 1);
}

#[tokio::test]
async fn otherwise_takes_the_place_of_a_failed_step() {
    let body = sequence([
        read("value")
            .otherwise(Otherwise::Value(text("instead")))
            .binds("value"),
        read("block").otherwise(Otherwise::Block(sequence([effect("made up")]))),
        read("stop").otherwise(Otherwise::End {
            kind: EndKind::Stop,
            reason: text("Enough."),
        }),
        effect("never"),
    ]);
    let runner = Scripted::new()
        .answering("value", [Fail(Permanent)])
        .answering("block", [Fail(Permanent)])
        .answering("stop", [Fail(Permanent)]);
    let (outcome, runner, engine, run) = run(plan("otherwise", body), runner).await;
    assert_eq!(outcome, RunOutcome::Stopped("Enough.".into()));
    assert_eq!(runner.keys(), ["value", "block", "made up", "stop"]);
    let detail = engine.run(&run.0).await.unwrap();
    assert_eq!(detail.steps[0].value, Some(Value::Text("instead".into())));
    for step in &detail.steps[..2] {
        let StepState::Ended(StepEnd::Otherwise(failure)) = &step.state else {
            panic!("expected `otherwise`, came {:?}", step.state);
        };
        assert!(failure.message.contains("did not work"));
    }
}

#[tokio::test]
async fn a_timeout_and_a_panic_are_failures_like_others() {
    let body = sequence([read("slow").timeout(1)]);
    let (outcome, ..) = run(
        plan("slow", body),
        Scripted::new().answering("slow", [Hang]),
    )
    .await;
    assert_eq!(
        &*failed(&outcome).message,
        "`slow` took longer than its timeout of 1ms."
    );

    let body = sequence([read("wild")]);
    let (outcome, ..) = run(
        plan("wild", body),
        Scripted::new().answering("wild", [Panic]),
    )
    .await;
    assert_eq!(
        &*failed(&outcome).message,
        "The program broke off while it did `wild`."
    );
}

#[tokio::test]
async fn at_most_once_holds_inside_a_run_and_across_runs() {
    let body = || {
        sequence([each(
            "each",
            2,
            2,
            sequence([effect("each/post")
                .once(text("same"), Some(1000))
                .binds("sent")]),
        )])
    };
    let runner = Arc::new(Scripted::new());
    let engine = engine(Store::Memory, runner.clone()).await;
    for _ in 0..2 {
        let run = engine
            .submit(request(plan("once", body())))
            .await
            .unwrap()
            .run;
        assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Done);
        let detail = engine.run(&run.0).await.unwrap();
        for step in detail
            .steps
            .iter()
            .filter(|step| &*step.label().clone() == "post")
        {
            assert_eq!(
                step.value,
                Some(Value::Text("result of each[1]/post".into()))
            );
        }
    }
    assert_eq!(runner.keys(), ["each[1]/post"]);
}

#[tokio::test]
async fn a_claim_is_freed_when_the_effect_fails_for_good() {
    let body = || sequence([effect("post").once(text("same"), None)]);
    let runner = Arc::new(Scripted::new().answering("post", [Fail(Permanent), Done]));
    let engine = engine(Store::Memory, runner.clone()).await;
    let first = engine
        .submit(request(plan("free", body())))
        .await
        .unwrap()
        .run;
    failed(&engine.wait(&first).await.unwrap());
    let second = engine
        .submit(request(plan("free", body())))
        .await
        .unwrap()
        .run;
    assert_eq!(engine.wait(&second).await.unwrap(), RunOutcome::Done);
    assert_eq!(runner.count("post"), 2);
}

#[tokio::test]
async fn a_claim_that_another_run_holds_is_waited_for() {
    let gate = Arc::new(Semaphore::new(0));
    let body = || sequence([effect("post").once(text("same"), None)]);
    let runner = Arc::new(Scripted {
        hanging: Some(gate.clone()),
        ..Scripted::new().answering("post", [Hang])
    });
    let engine = engine(Store::Memory, runner.clone()).await;
    let first = engine
        .submit(request(plan("busy", body())))
        .await
        .unwrap()
        .run;
    let mut progress = engine.watch(&first);
    while let Some(told) = progress.recv().await {
        if matches!(told, Progress::Step(_)) {
            break;
        }
    }
    let second = engine
        .submit(request(plan("busy", body())))
        .await
        .unwrap()
        .run;
    let mut progress = engine.watch(&second);
    let wait = loop {
        if let Progress::Waiting(wait) = progress.recv().await.unwrap() {
            break wait;
        }
    };
    assert!(wait.reason.contains(&*first.0), "{}", wait.reason);
    gate.add_permits(1);
    assert_eq!(engine.wait(&first).await.unwrap(), RunOutcome::Done);
    assert_eq!(engine.wait(&second).await.unwrap(), RunOutcome::Done);
    assert_eq!(runner.count("post"), 1);
}

#[tokio::test]
async fn an_unsure_effect_waits_for_a_person() {
    for (decision, calls) in [(Decision::Retry, 2), (Decision::Skip, 1)] {
        let body = sequence([effect("post"), effect("after")]);
        let runner = Scripted::new().answering("post", [Fail(Unknown)]);
        let (outcome, runner, engine, run) = run(plan("unsure", body), runner).await;
        let RunOutcome::Waiting(waits) = outcome else {
            panic!("expected a wait, came {outcome:?}");
        };
        assert_eq!(&*waits[0].key, "post");
        assert!(
            waits[0].reason.contains("`post` (line 7)"),
            "{}",
            waits[0].reason
        );
        let wrong = engine.settle(&run, "after", decision).await.unwrap_err();
        assert_eq!(wrong.code.as_str(), "S969");
        engine.settle(&run, "post", decision).await.unwrap();
        assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Done);
        assert_eq!((runner.count("post"), runner.count("after")), (calls, 1));
        assert_eq!(
            engine
                .settle(&run, "post", decision)
                .await
                .unwrap_err()
                .code
                .as_str(),
            "S969"
        );
    }
}

#[tokio::test]
async fn an_unsure_item_gives_up_its_slot() {
    let body = sequence([each(
        "each",
        3,
        1,
        sequence([effect("each/post"), effect("each/after")]),
    )]);
    let runner = Scripted::new().answering("post", [Fail(Unknown)]);
    let (outcome, runner, engine, run) = run(plan("slot", body), runner).await;
    assert!(matches!(outcome, RunOutcome::Waiting(_)));
    assert_eq!(runner.count("each[3]/after"), 1);
    engine
        .settle(&run, "each[1]/post", Decision::Retry)
        .await
        .unwrap();
    assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Done);
    assert_eq!(runner.count("each[1]/after"), 1);
}

#[tokio::test]
async fn the_playbook_says_what_happens_when_unsure() {
    let body = sequence([effect("post").unsure(Unsure::Skip)]);
    let runner = Scripted::new().answering("post", [Fail(Unknown)]);
    let (outcome, runner, ..) = run(plan("skip", body), runner).await;
    assert_eq!((outcome, runner.count("post")), (RunOutcome::Done, 1));

    let body = sequence([effect("post").unsure(Unsure::Retry)]);
    let runner = Scripted::new().answering("post", [Fail(Unknown)]);
    let (outcome, runner, ..) = run(plan("again", body), runner).await;
    assert_eq!((outcome, runner.count("post")), (RunOutcome::Done, 2));
}

#[tokio::test]
async fn a_cancelled_run_ends_and_starts_nothing_more() {
    let body = sequence([read("a"), effect("b")]);
    let runner = Arc::new(Scripted::new().answering("a", [Hang]));
    let engine = engine(Store::Memory, runner.clone()).await;
    let run = engine
        .submit(request(plan("cancel", body)))
        .await
        .unwrap()
        .run;
    engine.cancel(&run).await.unwrap();
    assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Cancelled);
    assert_eq!(runner.count("b"), 0);
    assert_eq!(engine.cancel(&run).await.unwrap_err().code.as_str(), "S969");
}

#[tokio::test]
async fn an_effect_that_outlasts_its_grace_is_left_unsure() {
    let body = sequence([effect("b")]);
    let runner = Arc::new(Scripted::new().answering("b", [Hang]));
    let engine = engine(Store::Memory, runner.clone()).await;
    let run = engine
        .submit(request(plan("cancel", body)))
        .await
        .unwrap()
        .run;
    let mut progress = engine.watch(&run);
    while !matches!(progress.recv().await, Some(Progress::Step(_))) {}
    engine.cancel(&run).await.unwrap();
    assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Cancelled);
    let detail = engine.run(&run.0).await.unwrap();
    assert!(matches!(
        detail.steps[0].state,
        StepState::Ended(StepEnd::Unsure(_))
    ));
}

#[tokio::test]
async fn inputs_are_checked_before_a_run_exists() {
    let runner = Arc::new(Scripted::new());
    let engine = engine(Store::Memory, runner).await;
    let mut asked = request(plan("inputs", sequence([])));
    asked.inputs = Record {
        fields: vec![("threshold".into(), Value::Percent(0.7))],
    };
    let problem = engine.submit(asked).await.unwrap_err();
    assert_eq!(problem.code.as_str(), "S964");
    assert!(engine.runs(RunFilter::default()).await.unwrap().is_empty());
}

#[tokio::test]
async fn one_delivery_starts_one_run_and_moves_the_trigger() {
    let engine: Engine = engine(Store::Memory, Arc::new(Scripted::new())).await;
    let mut asked = request(plan("delivery", sequence([read("a")])));
    asked.delivery = Some(Delivery {
        key: "daily 2026-11-22".into(),
        cursor: Some(sophia_engine::Cursor {
            trigger: "daily".into(),
            instant: instant(),
            rows: Vec::new(),
        }),
    });
    let first = engine.submit(asked.clone()).await.unwrap();
    let second = engine.submit(asked).await.unwrap();
    assert!(!first.already_known && second.already_known);
    assert_eq!(first.run, second.run);
    assert_eq!(
        engine.trigger_cursor("daily").await.unwrap(),
        Some(instant())
    );
    assert_eq!(engine.trigger_cursor("other").await.unwrap(), None);
}

#[tokio::test]
async fn whoever_watches_late_is_told_everything() {
    let body = sequence([read("a"), effect("b")]);
    let (_, _, engine, run) = run(plan("late", body), Scripted::new()).await;
    let mut progress = engine.watch(&run);
    let mut ended = Vec::new();
    while let Some(told) = progress.recv().await {
        match told {
            Progress::Step(notice) => {
                if let sophia_engine::Happening::Ended { .. } = notice.what {
                    ended.push(notice.key.to_string());
                }
            }
            Progress::Standing(outcome) => assert_eq!(outcome, RunOutcome::Done),
            Progress::Waiting(_) => {}
        }
    }
    assert_eq!(ended, ["a", "b"]);
}
