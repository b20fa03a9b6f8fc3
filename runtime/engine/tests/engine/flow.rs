//! What steers a run: `match`, `repeat`, `together`, `try`, actions, `return`, `yield`.

use std::sync::Arc;

use sophia_engine::{Decision, FailureKind, RunDetail, RunOutcome, StepEnd, StepState};
use sophia_plan::step::{Otherwise, Pattern};
use sophia_plan::{EndKind, Expression, Record, Value};

use crate::plans::{
    Draft, action, attempt, branch, choice, each, effect, end, equal, name, number, plan, read,
    repeat, returns, sequence, text, together, yields, yields_each,
};
use crate::scripted::{Answer, Scripted, ends, run};

use Answer::{Done, Fail};
use FailureKind::{Permanent, Unknown};

fn list(values: impl IntoIterator<Item = Value>) -> Value {
    Value::List(Arc::new(values.into_iter().collect()))
}

fn written(text: &str) -> Value {
    Value::Text(text.into())
}

pub fn message(outcome: &RunOutcome) -> &str {
    match outcome {
        RunOutcome::Failed(failure) => &failure.message,
        other => panic!("expected a failure, came {other:?}"),
    }
}

pub async fn detail(of: Vec<Draft>, runner: Scripted) -> (RunOutcome, Arc<Scripted>, RunDetail) {
    let (outcome, runner, engine, run) = run(plan("flow", sequence(of)), runner).await;
    let detail = engine.run(&run.0).await.unwrap();
    (outcome, runner, detail)
}

/// As [`detail`], for a run that rests between its rounds.
async fn to_its_end(of: Vec<Draft>, runner: Scripted) -> (RunOutcome, Arc<Scripted>, RunDetail) {
    let (_, runner, engine, run) = run(plan("flow", sequence(of)), runner).await;
    let outcome = ends(&engine, &run).await;
    let detail = engine.run(&run.0).await.unwrap();
    (outcome, runner, detail)
}

fn value(detail: &RunDetail, key: &str) -> Option<Value> {
    let step = detail.steps.iter().find(|step| &*step.key == key);
    step.and_then(|step| step.value.clone())
}

pub fn one(draft: Draft) -> sophia_plan::Block {
    sequence([draft])
}

#[tokio::test]
async fn match_takes_the_first_case_that_fits() {
    let of = |value: Expression| {
        let arms = [
            (vec![Pattern::Value(Value::Integer(1))], one(effect("one"))),
            (
                vec![
                    Pattern::Range { from: 2, to: 4 },
                    Pattern::Value(Value::Integer(9)),
                ],
                one(effect("some")),
            ),
        ];
        vec![choice("match", value, arms, Some(one(effect("else"))))]
    };
    for (number_of, taken, way) in [
        (1, "one", "1"),
        (4, "some", "2..4 | 9"),
        (9, "some", "2..4 | 9"),
        (5, "else", "else"),
    ] {
        let (outcome, runner, detail) = detail(of(number(number_of)), Scripted::new()).await;
        assert_eq!(outcome, RunOutcome::Done);
        assert_eq!(runner.keys(), [taken]);
        assert_eq!(detail.steps[0].chosen.as_deref(), Some(way));
    }
}

#[tokio::test]
async fn repeat_pauses_between_rounds_until_its_condition_holds() {
    let until = equal(name("seen"), text("result of repeat[3]/look"));
    let body = sequence([read("repeat/look").binds("seen"), effect("repeat/note")]);
    let steps = vec![
        repeat("repeat", Some(9), Some(until), body),
        effect("after"),
    ];
    let (outcome, runner, detail) = to_its_end(steps, Scripted::new()).await;
    assert_eq!(outcome, RunOutcome::Done);
    assert_eq!(
        runner.keys(),
        [
            "repeat[1]/look",
            "repeat[1]/note",
            "repeat[2]/look",
            "repeat[2]/note",
            "repeat[3]/look",
            "repeat[3]/note",
            "after"
        ]
    );
    assert_eq!(detail.steps[0].rounds.map(|rounds| rounds.number), Some(3));
    let took = detail.steps[0].ended.unwrap().as_second() - detail.summary.created.as_second();
    assert_eq!(took, 120, "two pauses of a minute");
}

#[tokio::test]
async fn repeat_ends_with_its_rounds_and_with_a_failure() {
    let body = || one(effect("repeat/post"));
    let steps = vec![repeat("repeat", Some(2), None, body()), effect("after")];
    let (outcome, runner, _) = to_its_end(steps, Scripted::new()).await;
    assert_eq!(outcome, RunOutcome::Done);
    assert_eq!(runner.keys(), ["repeat[1]/post", "repeat[2]/post", "after"]);

    let steps = vec![repeat("repeat", Some(5), None, body()), effect("after")];
    let runner = Scripted::new().answering("post", [Done, Fail(Permanent)]);
    let (outcome, runner, _) = to_its_end(steps, runner).await;
    assert_eq!(message(&outcome), "post did not work.");
    assert_eq!(runner.keys(), ["repeat[1]/post", "repeat[2]/post"]);
}

#[tokio::test]
async fn an_item_that_pauses_gives_up_its_slot() {
    let inner = repeat(
        "each/repeat",
        Some(2),
        None,
        one(effect("each/repeat/post")),
    );
    let steps = vec![each("each", 2, 1, one(inner))];
    let (outcome, runner, _) = to_its_end(steps, Scripted::new()).await;
    assert_eq!(outcome, RunOutcome::Done);
    assert_eq!(
        runner.keys(),
        [
            "each[1]/repeat[1]/post",
            "each[2]/repeat[1]/post",
            "each[1]/repeat[2]/post",
            "each[2]/repeat[2]/post"
        ]
    );
}

#[tokio::test]
async fn what_together_binds_is_seen_behind_it() {
    let mut body = sophia_plan::Block::default();
    body.add(effect("one").binds("one").0);
    body.add(effect("two").binds("two").0);
    let both = Expression::List(vec![name("one"), name("two")]);
    let steps = vec![together("together", body), returns("return", both)];
    let (outcome, _, detail) = detail(steps, Scripted::new()).await;
    assert_eq!(outcome, RunOutcome::Done);
    let wanted = list([written("result of one"), written("result of two")]);
    assert_eq!(detail.result, Some(wanted));
}

#[tokio::test]
async fn a_failure_ends_at_the_try_around_it() {
    let steps = || {
        let tried = sequence([
            effect("first").undo(),
            effect("second").undo(),
            effect("third"),
        ]);
        let step = Expression::Field {
            of: Box::new(name("f")),
            name: "step".into(),
            optional: false,
        };
        let caught = sequence([branch(
            "if",
            equal(step, text("third")),
            one(effect("caught third")),
            sequence([]),
        )]);
        vec![attempt("try", tried, caught), effect("after")]
    };
    let (outcome, runner, _) = detail(steps(), Scripted::new()).await;
    assert_eq!(outcome, RunOutcome::Done);
    assert_eq!(runner.keys(), ["first", "second", "third", "after"]);

    let runner = Scripted::new().answering("third", [Fail(Permanent)]);
    let (outcome, runner, detail) = detail(steps(), runner).await;
    assert_eq!(outcome, RunOutcome::Done);
    assert_eq!(
        runner.keys(),
        [
            "first",
            "second",
            "third",
            "second/undo",
            "first/undo",
            "caught third",
            "after"
        ]
    );
    assert!(matches!(
        detail.steps[0].state,
        StepState::Ended(StepEnd::Otherwise(_))
    ));
}

#[tokio::test]
async fn an_action_sees_its_arguments_and_gives_what_it_returns() {
    let body = sequence([
        effect("act/post").binds("sent"),
        branch(
            "act/if",
            equal(name("given"), text("now")),
            one(returns("act/return", name("sent"))),
            sequence([]),
        ),
        effect("act/later"),
        returns("act/return 2", text("late")),
    ]);
    let steps = vec![
        action("act", ("given", text("now")), body).binds("id"),
        returns("return", name("id")),
        effect("never"),
    ];
    let (outcome, runner, detail) = detail(steps, Scripted::new()).await;
    assert_eq!(outcome, RunOutcome::Done);
    assert_eq!(runner.keys(), ["act/post"]);
    assert_eq!(detail.result, Some(written("result of act/post")));
}

#[tokio::test]
async fn an_action_that_fails_is_taken_back_where_its_call_has_an_otherwise() {
    let body = || sequence([effect("act/post").undo(), effect("act/fails")]);
    let call = || action("act", ("given", text("now")), body());
    let runner = || Scripted::new().answering("fails", [Fail(Permanent)]);
    let steps = vec![
        effect("before").undo(),
        call()
            .binds("id")
            .otherwise(Otherwise::Value(text("instead"))),
        returns("return", name("id")),
    ];
    let (outcome, taken, detail_of) = detail(steps, runner()).await;
    assert_eq!(outcome, RunOutcome::Done);
    assert_eq!(
        taken.keys(),
        ["before", "act/post", "act/fails", "act/post/undo"]
    );
    assert_eq!(detail_of.result, Some(written("instead")));

    let steps = vec![effect("before").undo(), call()];
    let (outcome, taken, _) = detail(steps, runner()).await;
    assert_eq!(message(&outcome), "fails did not work.");
    assert_eq!(
        taken.keys(),
        [
            "before",
            "act/post",
            "act/fails",
            "act/post/undo",
            "before/undo"
        ]
    );
}

#[tokio::test]
async fn a_loop_gives_what_its_items_yield_in_their_order() {
    let is_two = equal(name("item"), number(2));
    let body = sequence([
        branch(
            "each/if",
            is_two,
            one(yields_each(
                "each/two",
                Expression::List(vec![name("item"), number(20)]),
            )),
            one(yields("each/other", name("item"))),
        ),
        yields("each/sent", name("item")),
    ]);
    let steps = vec![
        each("each", 3, 2, body).binds("list"),
        returns("return", name("list")),
    ];
    let (_, _, detail) = detail(steps, Scripted::new()).await;
    let wanted = [1, 1, 2, 20, 2, 3, 3].map(Value::Integer);
    assert_eq!(detail.result, Some(list(wanted)));
}

#[tokio::test]
async fn a_loop_that_keeps_going_gives_what_was_yielded_and_why_the_rest_was_not() {
    let body = sequence([
        end(
            "each/skip",
            EndKind::Skip,
            "too small",
            Some(equal(name("item"), number(3))),
        ),
        effect("each/post").binds("sent"),
        yields("each/yield", name("sent")),
    ]);
    let steps = vec![each("each", 3, 1, body).keep_going().binds("tally")];
    let runner = Scripted::new().answering("post", [Done, Fail(Permanent)]);
    let (outcome, _, detail) = detail(steps, runner).await;
    assert_eq!(outcome, RunOutcome::Done);
    let pair = |item, name: &str, why: &str| {
        Value::Record(Arc::new(Record {
            fields: vec![
                ("item".into(), Value::Integer(item)),
                (name.into(), written(why)),
            ],
        }))
    };
    let wanted = Record {
        fields: vec![
            ("done".into(), list([written("result of each[1]/post")])),
            (
                "failed".into(),
                list([pair(2, "message", "post did not work.")]),
            ),
            ("skipped".into(), list([pair(3, "reason", "too small")])),
        ],
    };
    assert_eq!(
        value(&detail, "each"),
        Some(Value::Record(Arc::new(wanted)))
    );
}

#[tokio::test]
async fn a_block_behind_a_let_gives_the_value_that_is_missing() {
    let instead = sequence([effect("made up"), yields("made up/yield", text("instead"))]);
    let steps = vec![
        read("value")
            .binds("value")
            .otherwise(Otherwise::Block(instead)),
        returns("return", name("value")),
    ];
    let runner = Scripted::new().answering("value", [Fail(Permanent)]);
    let (_, runner, detail) = detail(steps, runner).await;
    assert_eq!(runner.keys(), ["value", "made up"]);
    assert_eq!(detail.result, Some(written("instead")));
}

#[tokio::test]
async fn a_parked_item_inside_a_try_goes_on_where_it_was() {
    let tried = sequence([effect("each/post").undo(), effect("each/after")]);
    let caught = one(effect("each/caught"));
    let steps = vec![each("each", 2, 1, one(attempt("each/try", tried, caught)))];
    let runner = Scripted::new()
        .answering("post", [Fail(Unknown)])
        .answering("after", [Done, Fail(Permanent)]);
    let (outcome, runner, engine, run) = run(plan("parked", sequence(steps)), runner).await;
    assert!(matches!(outcome, RunOutcome::Waiting(_)));
    engine
        .settle(&run, "each[1]/post", Decision::Retry)
        .await
        .unwrap();
    assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Done);
    assert_eq!(
        runner.keys(),
        [
            "each[1]/post",
            "each[2]/post",
            "each[2]/after",
            "each[1]/post",
            "each[1]/after",
            "each[1]/post/undo",
            "each[1]/caught"
        ]
    );
}
