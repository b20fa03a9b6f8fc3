//! Runs that wait: for people, for time, for events; what wakes them, and what they survive.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sophia_engine::{
    Act, Answer, Engine, Everybody, MovedClock, NewArrival, People, QuestionState, RunDetail,
    RunId, RunOutcome, RunStatus, StepEnd, StepState, Store,
};
use sophia_plan::step::{Delay, Holidays, Otherwise, Until, Wait, WaitBranch};
use sophia_plan::{EndKind, Plan, Record, Type, Value};

use crate::plans::{
    Draft, armed, ask, ask_of, each, effect, emit, event, form, graph, hours, number, plan, read,
    sequence, text, wait,
};
use crate::scripted::{Scripted, instant, request};

/// An engine whose clock stands still until a test moves it.
struct Desk {
    engine: Engine,
    clock: Arc<MovedClock>,
    runner: Arc<Scripted>,
}

impl Desk {
    async fn new() -> Self {
        Self::over(Store::Memory, Arc::new(Everybody)).await
    }

    async fn over(store: Store, people: Arc<dyn People>) -> Self {
        let clock = Arc::new(MovedClock::at(instant()));
        let runner = Arc::new(Scripted::new());
        let engine = Engine::with_people(store, runner.clone(), clock.clone(), people)
            .await
            .unwrap();
        Self {
            engine,
            clock,
            runner,
        }
    }

    async fn submit(&self, steps: impl IntoIterator<Item = Draft>) -> RunId {
        self.begin(plan("waiting", sequence(steps))).await
    }

    async fn begin(&self, plan: Plan) -> RunId {
        use sophia_engine::Clock as _;
        let request = sophia_engine::RunRequest {
            at: self.clock.now(),
            ..request(plan)
        };
        let run = self.engine.submit(request).await.unwrap().run;
        self.rest(&run).await;
        run
    }

    async fn rest(&self, run: &RunId) -> RunOutcome {
        self.engine.caught_up(run).await.unwrap();
        self.engine.wait(run).await.unwrap()
    }

    /// Lets time pass, timer by timer.
    async fn pass(&self, run: &RunId, time: SignedDuration) -> RunOutcome {
        use sophia_engine::Clock as _;
        let end = self.clock.now() + time;
        loop {
            let next = self.engine.caught_up(run).await.unwrap();
            let next = next.filter(|next| *next <= end);
            self.clock.move_to(next.unwrap_or(end));
            let outcome = self.rest(run).await;
            if next.is_none() {
                return outcome;
            }
        }
    }

    async fn deliver(&self, event: &str, key: &str, value: i64) -> bool {
        use sophia_engine::Clock as _;
        let arrival = NewArrival {
            environment: "dev".into(),
            event: event.into(),
            key: key.into(),
            value: Value::Integer(value),
            at: self.clock.now(),
        };
        !self.engine.deliver(arrival).await.unwrap().already_known
    }

    async fn says(&self, run: &RunId, by: &str, answer: Answer) -> RunOutcome {
        self.engine.answer(run, None, by, answer).await.unwrap();
        self.rest(run).await
    }

    async fn detail(&self, run: &RunId) -> RunDetail {
        self.engine.run(&run.0).await.unwrap()
    }

    async fn stands(&self, run: &RunId, key: &str) -> QuestionState {
        let detail = self.detail(run).await;
        let step = detail.steps.iter().find(|step| &*step.key == key).unwrap();
        step.question.as_ref().unwrap().stands
    }
}

fn yes() -> Answer {
    Answer::Approved { comment: None }
}

fn no(comment: &str) -> Answer {
    Answer::Refused {
        comment: Some(comment.into()),
    }
}

fn reasons(outcome: &RunOutcome) -> String {
    match outcome {
        RunOutcome::Waiting(waits) => waits
            .iter()
            .map(|wait| wait.reason.as_str())
            .collect::<Vec<_>>()
            .join(" "),
        other => panic!("expected a wait, came {other:?}"),
    }
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(days * 24)
}

#[tokio::test]
async fn an_approved_question_lets_the_run_go_on() {
    let desk = Desk::new().await;
    let run = desk
        .submit([ask("ask finance", "finance"), effect("pay")])
        .await;
    let outcome = desk.rest(&run).await;
    assert!(reasons(&outcome).contains("\"finance\""), "{outcome:?}");
    assert!(reasons(&outcome).contains("Is this right?"));
    assert_eq!(desk.runner.count("pay"), 0);
    assert_eq!(
        desk.stands(&run, "ask finance").await,
        QuestionState::Waiting
    );
    assert_eq!(desk.detail(&run).await.summary.status, RunStatus::Waiting);
    assert_eq!(desk.says(&run, "ann", yes()).await, RunOutcome::Done);
    assert_eq!(desk.runner.count("pay"), 1);
    assert_eq!(
        desk.stands(&run, "ask finance").await,
        QuestionState::Approved
    );
}

#[tokio::test]
async fn a_refusal_of_a_question_alone_stops_the_run() {
    let desk = Desk::new().await;
    let run = desk
        .submit([ask("ask finance", "finance"), effect("pay")])
        .await;
    let outcome = desk.says(&run, "ann", no("Too much.")).await;
    assert_eq!(
        outcome,
        RunOutcome::Stopped("Refused by ann: Too much.".into())
    );
    assert_eq!(desk.runner.count("pay"), 0);
    assert_eq!(
        desk.stands(&run, "ask finance").await,
        QuestionState::Refused
    );
}

#[tokio::test]
async fn a_named_question_gives_its_verdict() {
    let desk = Desk::new().await;
    let run = desk
        .submit([ask("verdict", "finance").binds("verdict"), effect("go on")])
        .await;
    assert_eq!(desk.says(&run, "ann", no("No.")).await, RunOutcome::Done);
    let detail = desk.detail(&run).await;
    let Some(Value::Record(verdict)) = &detail.steps[0].value else {
        panic!("{detail:?}");
    };
    assert_eq!(verdict.get("approved"), Some(&Value::Boolean(false)));
    assert_eq!(verdict.get("by"), Some(&Value::text("ann")));
    assert_eq!(verdict.get("comment"), Some(&Value::text("No.")));
    assert_eq!(verdict.get("at"), Some(&Value::Timestamp(instant())));
}

#[tokio::test]
async fn a_quorum_counts_people_and_not_answers() {
    let desk = Desk::new().await;
    let run = desk
        .submit([ask_of("ask two", 2, text("finance")), effect("pay")])
        .await;
    let outcome = desk.says(&run, "ann", yes()).await;
    assert!(reasons(&outcome).contains("1 of 2 agreed"), "{outcome:?}");
    let again = desk.engine.answer(&run, None, "ann", yes()).await;
    assert!(again.unwrap_err().message.contains("counts once"));
    assert_eq!(desk.runner.count("pay"), 0);
    assert_eq!(desk.says(&run, "bob", yes()).await, RunOutcome::Done);
}

/// Who belongs to which group.
struct Groups;

impl People for Groups {
    fn belongs(&self, person: &str, group: &str) -> bool {
        matches!((person, group), ("ann", "leads") | ("meg", "managers"))
    }
}

#[tokio::test]
async fn only_those_who_were_asked_may_answer() {
    let desk = Desk::over(Store::Memory, Arc::new(Groups)).await;
    let run = desk
        .submit([
            ask("ask leads", "leads").within(hours(1), &[("managers", Some(hours(2)))]),
            effect("pay"),
        ])
        .await;
    let stranger = desk.engine.answer(&run, None, "meg", yes()).await;
    assert!(stranger.unwrap_err().message.contains("was not asked"));
    let outcome = desk.pass(&run, SignedDuration::from_mins(61)).await;
    assert!(reasons(&outcome).contains("\"managers\""), "{outcome:?}");
    assert_eq!(desk.says(&run, "meg", yes()).await, RunOutcome::Done);
}

#[tokio::test]
async fn a_question_that_nobody_answers_expires_after_everybody_was_asked() {
    let desk = Desk::new().await;
    let escalating = |draft: Draft| draft.within(hours(1), &[("managers", Some(hours(2)))]);
    let run = desk
        .submit([
            escalating(ask("ask leads", "leads")).remind(1_800_000),
            effect("pay"),
        ])
        .await;
    let outcome = desk.pass(&run, SignedDuration::from_mins(179)).await;
    assert!(reasons(&outcome).contains("\"managers\""), "{outcome:?}");
    let reminded = desk.detail(&run).await.steps[0]
        .question
        .as_ref()
        .unwrap()
        .reminded;
    assert_eq!(reminded, 5);
    let outcome = desk.pass(&run, SignedDuration::from_mins(1)).await;
    assert_eq!(
        outcome,
        RunOutcome::Stopped("Nobody answered in time.".into())
    );
    assert_eq!(desk.stands(&run, "ask leads").await, QuestionState::Expired);

    let instead = Otherwise::End {
        kind: EndKind::Stop,
        reason: text("Late."),
    };
    let run = desk
        .submit([escalating(ask("ask leads", "leads")).otherwise(instead)])
        .await;
    let outcome = desk.pass(&run, days(1)).await;
    assert_eq!(outcome, RunOutcome::Stopped("Late.".into()));
}

#[tokio::test]
async fn a_form_is_held_against_its_type() {
    let desk = Desk::new().await;
    let run = desk
        .submit([
            form(
                "ask why",
                "finance",
                &[("cause", Type::Text), ("cost", Type::Integer)],
            )
            .binds("why"),
            effect("note"),
        ])
        .await;
    let filled = |cost: Value| Answer::Filled {
        form: Value::Record(Arc::new(Record {
            fields: vec![("cause".into(), Value::text("rain")), ("cost".into(), cost)],
        })),
    };
    assert!(desk.engine.answer(&run, None, "ann", yes()).await.is_err());
    let wrong = desk
        .engine
        .answer(&run, None, "ann", filled(Value::text("a lot")))
        .await;
    assert!(wrong.is_err());
    let outcome = desk.says(&run, "ann", filled(Value::Integer(5))).await;
    assert_eq!(outcome, RunOutcome::Done);
    assert_eq!(desk.stands(&run, "ask why").await, QuestionState::Filled);
}

#[tokio::test]
async fn a_cancelled_run_withdraws_its_question() {
    let desk = Desk::new().await;
    let run = desk.submit([ask("ask finance", "finance")]).await;
    desk.engine.act(&run, "ann", Act::Cancels).await.unwrap();
    assert_eq!(desk.rest(&run).await, RunOutcome::Cancelled);
    assert_eq!(
        desk.stands(&run, "ask finance").await,
        QuestionState::Withdrawn
    );
    let acts = desk.detail(&run).await.acts;
    assert_eq!((&*acts[0].by, &acts[0].act), ("ann", &Act::Cancels));
    assert!(desk.engine.answer(&run, None, "bob", yes()).await.is_err());
}

#[tokio::test]
async fn an_item_that_only_waits_gives_up_its_slot() {
    let desk = Desk::new().await;
    let body = sequence([ask("each/ask", "finance"), effect("each/pay")]);
    let run = desk.submit([each("each", 3, 1, body)]).await;
    let open: Vec<_> = desk.detail(&run).await.waits;
    assert_eq!(open.len(), 3, "every item asks: {open:?}");
    for item in [2, 1, 3] {
        let step = format!("each[{item}]/ask");
        let answer = if item == 1 { no("Not this.") } else { yes() };
        desk.engine
            .answer(&run, Some(&step), "ann", answer)
            .await
            .unwrap();
        desk.rest(&run).await;
    }
    assert_eq!(desk.rest(&run).await, RunOutcome::Done);
    let items = desk.detail(&run).await.steps[0].items.unwrap();
    assert_eq!((items.done, items.skipped), (2, 1));
}

#[tokio::test]
async fn time_passes_before_the_run_goes_on() {
    let desk = Desk::new().await;
    let run = desk
        .submit([wait("wait 3 hours", Wait::Passed(hours(3))), effect("post")])
        .await;
    let outcome = desk.pass(&run, SignedDuration::from_mins(179)).await;
    assert!(reasons(&outcome).contains("waits until"), "{outcome:?}");
    assert_eq!(desk.runner.count("post"), 0);
    let outcome = desk.pass(&run, SignedDuration::from_mins(1)).await;
    assert_eq!(outcome, RunOutcome::Done);
}

#[tokio::test]
async fn business_days_leave_the_weekend_out() {
    // 2026-11-22 is a Sunday; 02:00 in Chicago.
    let desk = Desk::new().await;
    let run = desk
        .submit([wait("wait", Wait::Passed(Delay::BusinessDays(6)))])
        .await;
    let RunOutcome::Waiting(waits) = desk.rest(&run).await else {
        panic!();
    };
    let monday_after: Timestamp = "2026-11-30T08:00:00Z".parse().unwrap();
    assert_eq!(waits[0].until, Some(monday_after));
}

#[tokio::test]
async fn business_days_leave_the_holidays_of_a_calendar_out() {
    let desk = Desk::new().await;
    let holidays = Holidays::of(["2026-11-26".parse().unwrap()]);
    let delay = Delay::BusinessDaysBy { days: 5, holidays };
    let run = desk.submit([wait("wait", Wait::Passed(delay))]).await;
    let RunOutcome::Waiting(waits) = desk.rest(&run).await else {
        panic!();
    };
    let monday_after: Timestamp = "2026-11-30T08:00:00Z".parse().unwrap();
    assert_eq!(waits[0].until, Some(monday_after));
}

#[tokio::test]
async fn an_instant_that_is_over_is_not_waited_for() {
    let desk = Desk::new().await;
    let yesterday = instant() - days(1);
    let until = sophia_plan::Expression::Constant(Value::Timestamp(yesterday));
    let run = desk.submit([wait("wait until", Wait::Until(until))]).await;
    assert_eq!(desk.rest(&run).await, RunOutcome::Done);
}

#[tokio::test]
async fn an_event_ends_the_wait_that_it_fits() {
    let desk = Desk::new().await;
    assert!(desk.deliver("closed", "before", 7).await);
    desk.clock.move_to(instant() + SignedDuration::from_secs(1));
    let run = desk
        .submit([
            wait("wait for closed", Wait::Event(event("closed", Some(7)))).binds("came"),
            effect("post"),
        ])
        .await;
    desk.clock.move_to(instant() + days(1));
    desk.deliver("closed", "other", 8).await;
    desk.deliver("opened", "another", 7).await;
    let outcome = desk.rest(&run).await;
    assert!(
        reasons(&outcome).contains("waits for closed"),
        "{outcome:?}"
    );
    assert!(desk.deliver("closed", "this", 7).await);
    assert!(!desk.deliver("closed", "this", 7).await);
    assert_eq!(desk.rest(&run).await, RunOutcome::Done);
    let detail = desk.detail(&run).await;
    assert_eq!(detail.steps[0].value, Some(Value::Integer(7)));
}

#[tokio::test]
async fn one_event_ends_one_of_two_waits_in_a_row() {
    let desk = Desk::new().await;
    let run = desk
        .submit([
            wait("first", Wait::Event(event("closed", None))),
            wait("second", Wait::Event(event("closed", None))),
        ])
        .await;
    desk.deliver("closed", "one", 1).await;
    assert!(reasons(&desk.rest(&run).await).contains("second"));
    desk.deliver("closed", "two", 2).await;
    assert_eq!(desk.rest(&run).await, RunOutcome::Done);
}

#[tokio::test]
async fn an_event_that_does_not_come_in_time_fails_or_takes_otherwise() {
    let desk = Desk::new().await;
    let waiting = || wait("wait for x", Wait::Event(event("x", None))).within(hours(2), &[]);
    let run = desk.submit([waiting()]).await;
    let outcome = desk.pass(&run, days(1)).await;
    assert!(matches!(outcome, RunOutcome::Failed(_)), "{outcome:?}");
    let nothing = Otherwise::Value(sophia_plan::Expression::Constant(Value::None));
    let run = desk
        .submit([waiting().otherwise(nothing), effect("post")])
        .await;
    assert_eq!(desk.pass(&run, days(1)).await, RunOutcome::Done);
    assert_eq!(desk.runner.count("post"), 1);
}

#[tokio::test]
async fn the_first_of_several_decides() {
    let ways = || {
        wait(
            "wait for first",
            Wait::First(vec![
                WaitBranch {
                    until: Until::Event(event("changed", Some(3))),
                    body: sequence([effect("wait/changed").binds("x")]),
                },
                WaitBranch {
                    until: Until::After(hours(24)),
                    body: sequence([effect("wait/after")]),
                },
            ]),
        )
    };
    let desk = Desk::new().await;
    let run = desk.submit([ways(), effect("then")]).await;
    desk.deliver("changed", "a", 3).await;
    assert_eq!(desk.rest(&run).await, RunOutcome::Done);
    assert_eq!(desk.runner.keys(), ["wait/changed", "then"]);
    let run = desk.submit([ways(), effect("then")]).await;
    assert_eq!(desk.pass(&run, days(2)).await, RunOutcome::Done);
    assert_eq!(desk.runner.count("wait/after"), 1);
}

#[tokio::test]
async fn what_is_armed_stops_the_run_between_steps() {
    let desk = Desk::new().await;
    let run = desk
        .submit([
            armed("stop on closed", event("closed", Some(7))),
            wait("wait 3 days", Wait::Passed(hours(72))),
            effect("post"),
        ])
        .await;
    desk.deliver("closed", "other", 8).await;
    assert!(matches!(desk.rest(&run).await, RunOutcome::Waiting(_)));
    desk.deliver("closed", "this", 7).await;
    assert_eq!(
        desk.rest(&run).await,
        RunOutcome::Stopped("It came.".into())
    );
    assert_eq!(desk.runner.count("post"), 0);
    let detail = desk.detail(&run).await;
    assert_eq!(detail.steps[1].state, StepState::Ended(StepEnd::LetGo));
}

#[tokio::test]
async fn what_one_run_emits_another_takes_once() {
    let desk = Desk::new().await;
    let waits = desk
        .submit([wait("wait for dip", Wait::Event(event("dip", Some(5)))).binds("dip")])
        .await;
    let tells = desk.submit([emit("emit dip", "dip", number(5))]).await;
    assert_eq!(desk.rest(&tells).await, RunOutcome::Done);
    assert_eq!(desk.rest(&waits).await, RunOutcome::Done);
    let told = desk
        .engine
        .arrivals(sophia_engine::ArrivalFilter::default())
        .await
        .unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1.value, Value::Integer(5));
    assert_eq!(*desk.engine.latest_arrival().borrow(), 1);
    assert_eq!(desk.runner.keys(), Vec::<String>::new());
}

#[tokio::test]
async fn a_paused_run_starts_nothing_new() {
    let desk = Desk::new().await;
    let run = desk
        .submit([ask("ask finance", "finance"), read("look"), effect("pay")])
        .await;
    desk.engine.act(&run, "ann", Act::Pauses).await.unwrap();
    let again = desk.engine.act(&run, "bob", Act::Pauses).await;
    assert!(
        again
            .unwrap_err()
            .message
            .contains("paused already, by ann")
    );
    let outcome = desk.says(&run, "bob", yes()).await;
    assert!(reasons(&outcome).contains("Paused by ann"), "{outcome:?}");
    assert_eq!(desk.runner.keys(), Vec::<String>::new());
    desk.engine.act(&run, "ann", Act::GoesOn).await.unwrap();
    assert_eq!(desk.rest(&run).await, RunOutcome::Done);
    assert_eq!(desk.runner.keys(), ["look", "pay"]);
}

#[tokio::test]
async fn several_questions_are_told_apart_by_their_steps() {
    let desk = Desk::new().await;
    let both = graph([ask("one", "finance"), ask("two", "legal")], &[]);
    let run = desk.begin(plan("both", both)).await;
    let which = desk.engine.answer(&run, None, "ann", yes()).await;
    assert!(which.unwrap_err().message.contains("several"));
    for step in ["one", "two"] {
        desk.engine
            .answer(&run, Some(step), "ann", yes())
            .await
            .unwrap();
    }
    assert_eq!(desk.rest(&run).await, RunOutcome::Done);
}

/// Waits until every run that can be put down is.
async fn put_down(engine: &Engine, runs: usize) {
    tokio::time::timeout(Duration::from_mins(1), async {
        while engine.put_down() < runs {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("the runs are put down");
}

#[tokio::test]
async fn a_run_that_was_put_down_is_taken_up_by_what_it_waits_for() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::Sqlite(folder.path().join("runs.db"));
    let desk = Desk::over(store, Arc::new(Everybody)).await;
    let time = desk.submit([wait("wait", Wait::Passed(hours(2)))]).await;
    let came = desk
        .submit([wait("wait for x", Wait::Event(event("x", Some(1))))])
        .await;
    let asks = desk.submit([ask("ask", "finance"), effect("pay")]).await;
    let stops = desk
        .submit([
            armed("stop on y", event("y", None)),
            wait("long", Wait::Passed(hours(99))),
        ])
        .await;
    put_down(&desk.engine, 4).await;
    assert!(matches!(
        desk.engine.wait(&time).await.unwrap(),
        RunOutcome::Waiting(_)
    ));
    // Something that does not fit leaves the run where it is.
    let before = desk.engine.commits().writes;
    desk.deliver("x", "no", 2).await;
    desk.rest(&came).await;
    put_down(&desk.engine, 4).await;
    assert!(desk.engine.commits().writes <= before + 2);
    desk.deliver("x", "yes", 1).await;
    assert_eq!(desk.rest(&came).await, RunOutcome::Done);
    desk.deliver("y", "y", 1).await;
    assert!(matches!(desk.rest(&stops).await, RunOutcome::Stopped(_)));
    assert_eq!(desk.says(&asks, "ann", yes()).await, RunOutcome::Done);
    let mut rested = desk.engine.rested();
    desk.clock.move_to(instant() + days(1));
    let (run, outcome) = rested.recv().await.unwrap();
    assert_eq!((run, outcome), (time, Ok(RunOutcome::Done)));
}

#[tokio::test]
async fn a_restart_loses_no_timer_no_event_and_no_question() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::Sqlite(folder.path().join("runs.db"));
    let desk = Desk::over(store.clone(), Arc::new(Everybody)).await;
    let time = desk.submit([wait("wait", Wait::Passed(hours(2)))]).await;
    let came = desk
        .submit([wait("wait for x", Wait::Event(event("x", None)))])
        .await;
    let twice = desk
        .submit([
            wait("wait for x", Wait::Event(event("x", None))),
            wait("wait for more", Wait::Event(event("x", None))),
        ])
        .await;
    let asks = desk.submit([ask("ask", "finance"), effect("pay")]).await;
    desk.engine.close().await;

    // It came while no run was under way that could take it.
    let desk = Desk::over(store.clone(), Arc::new(Everybody)).await;
    desk.deliver("x", "one", 1).await;
    desk.engine.close().await;

    let desk = Desk::over(store, Arc::new(Everybody)).await;
    desk.clock.move_to(instant() + days(1));
    let resumed = desk.engine.resume_all().await.unwrap();
    assert!(!resumed.contains(&time) && !resumed.contains(&asks));
    assert_eq!(desk.rest(&came).await, RunOutcome::Done);
    assert!(reasons(&desk.rest(&twice).await).contains("wait for more"));
    let detail = loop {
        let detail = desk.detail(&time).await;
        if detail.summary.status == RunStatus::Done {
            break detail;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!(detail.summary.ended, Some(instant() + days(1)));
    assert_eq!(desk.says(&asks, "ann", yes()).await, RunOutcome::Done);
    desk.deliver("x", "two", 2).await;
    assert_eq!(desk.rest(&twice).await, RunOutcome::Done);
}

#[tokio::test]
async fn what_an_unfinished_run_may_still_take_is_not_forgotten() {
    for store in [None, Some(tempfile::tempdir().unwrap())] {
        let store = store.as_ref().map_or(Store::Memory, |folder| {
            Store::Sqlite(folder.path().join("runs.db"))
        });
        let desk = Desk::over(store, Arc::new(Everybody)).await;
        desk.deliver("x", "old", 1).await;
        desk.clock.move_to(instant() + days(1));
        let run = desk
            .submit([wait("wait for x", Wait::Event(event("x", Some(9))))])
            .await;
        desk.clock.move_to(instant() + days(2));
        desk.deliver("x", "new", 2).await;
        desk.rest(&run).await;
        let all = sophia_engine::ArrivalFilter::default;
        desk.engine
            .forget_arrivals(instant() + days(9))
            .await
            .unwrap();
        let left = desk.engine.arrivals(all()).await.unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].1.value, Value::Integer(2));
    }
}
