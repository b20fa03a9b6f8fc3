//! What the kernel asks for after events in an order that crashes and people bring about.

use std::sync::Arc;

use jiff::SignedDuration;
use sophia_engine::kernel::{Command, Event, Failure, Layout, RunState, fold};
use sophia_engine::{Act, FailureKind, Report};
use sophia_plan::step::{Otherwise, Wait};
use sophia_plan::{Block, Record, Value};

use crate::plans::{action, each, effect, event, graph, hours, number, plan, sequence, wait};
use crate::scripted::instant;

/// A run, told event after event.
struct Told {
    layout: Layout,
    events: Vec<Event>,
}

impl Told {
    fn new(body: Block) -> Self {
        Self {
            layout: Layout::of(&Arc::new(plan("told", body))).unwrap(),
            events: Vec::new(),
        }
    }

    /// Tells an event, and gives the keys of the attempts that begin by it.
    fn event(&mut self, event: Event) -> Vec<String> {
        self.events.push(event);
        let mut latest = Vec::new();
        self.folded(|commands| latest = commands);
        let begins = |command: &Command| match command {
            Command::Start(start) => Some(start.key.to_string()),
            _ => None,
        };
        latest.iter().filter_map(begins).collect()
    }

    fn folded(&self, tell: impl FnMut(Vec<Command>)) -> RunState {
        let inputs = Record::default();
        fold(&self.layout, &inputs, instant(), &self.events, tell)
    }

    fn asking(&self) -> Vec<String> {
        let state = self.folded(drop);
        state.asking().map(|(key, _)| key.to_string()).collect()
    }

    fn at(&self) -> jiff::Timestamp {
        let told = i64::try_from(self.events.len()).unwrap();
        instant() + SignedDuration::from_mins(told)
    }

    fn started(&mut self, key: &str, attempt: u32) -> Vec<String> {
        let at = self.at();
        self.event(Event::Started {
            key: key.into(),
            attempt,
            claim: None,
            at,
        })
    }

    fn done(&mut self, key: &str, attempt: u32) -> Vec<String> {
        let at = self.at();
        self.event(Event::Done {
            key: key.into(),
            attempt,
            value: Value::text("done"),
            report: Report::default(),
            at,
        })
    }

    fn failed(&mut self, key: &str, attempt: u32, kind: FailureKind) -> Vec<String> {
        let at = self.at();
        self.event(Event::Failed {
            key: key.into(),
            attempt,
            failure: Failure {
                code: None,
                message: "It did not work.".into(),
                causes: Vec::new(),
                help: None,
                step: key.into(),
                line: 7,
            },
            kind,
            repeatable: false,
            report: Report::default(),
            at,
        })
    }

    /// A person has the run go on after its end.
    fn goes_on(&mut self) -> Vec<String> {
        let at = self.at();
        self.event(Event::Acted {
            by: "ann".into(),
            act: Act::Retries {
                from: None,
                again: Vec::new(),
                because: None,
            },
            at,
        })
    }

    fn fired(&mut self, key: &str, attempt: u32) -> Vec<String> {
        let (key, at) = (key.into(), self.at());
        self.event(Event::Fired { key, attempt, at })
    }
}

/// The first is taken back; in the second attempt at the action nobody knows whether it happened, and the
/// run fails. A person is asked before it is begun once more.
#[test]
fn an_effect_begun_anew_after_it_was_taken_back_is_not_begun_again_while_it_is_unsure() {
    let item = graph([effect("first").undo(), effect("fails")], &[]);
    let body = sequence([each("each", 1, 1, item)]);
    let mut run = Told::new(sequence([
        action("call", ("of", number(1)), body).retry(1, 1000)
    ]));
    run.started("each[1]/first", 1);
    run.started("each[1]/fails", 1);
    run.done("each[1]/first", 1);
    let back = run.failed("each[1]/fails", 1, FailureKind::Permanent);
    assert_eq!(back, ["each[1]/first/undo"]);
    run.started("each[1]/first/undo", 1);
    run.done("each[1]/first/undo", 1);
    let again = run.fired("call", 1);
    assert_eq!(again, ["each[1]/first", "each[1]/fails"]);
    run.started("each[1]/first", 2);
    run.started("each[1]/fails", 2);
    run.failed("each[1]/first", 2, FailureKind::Unknown);
    assert_eq!(run.asking(), ["each[1]/first"]);
    run.failed("each[1]/fails", 2, FailureKind::Permanent);
    assert!(run.folded(drop).outcome().is_some());

    assert_eq!(run.goes_on(), ["each[1]/fails"]);
    assert_eq!(run.asking(), ["each[1]/first"]);
}

/// In the first attempt at the action what stood in for it failed as well, in the second it was done, and the
/// run fails by something else. What stood in for it has no place in what follows.
#[test]
fn what_a_further_attempt_has_done_is_done_where_the_run_goes_on() {
    let instead = Otherwise::Block(sequence([effect("instead")]));
    let body = sequence([effect("post").otherwise(instead), effect("last")]);
    let call = action("call", ("of", number(1)), body).retry(1, 1000);
    let mut run = Told::new(sequence([call]));
    run.started("post", 1);
    let instead = run.failed("post", 1, FailureKind::Permanent);
    assert_eq!(instead, ["instead"]);
    run.started("instead", 1);
    run.failed("instead", 1, FailureKind::Permanent);
    assert_eq!(run.fired("call", 1), ["post"]);
    run.started("post", 2);
    assert_eq!(run.done("post", 2), ["last"]);
    run.started("last", 1);
    run.failed("last", 1, FailureKind::Permanent);
    assert!(run.folded(drop).outcome().is_some());
    assert_eq!(run.goes_on(), ["last"]);
}

/// While the first item waits, the second has the only slot; what the first did is taken back as soon as
/// that is free.
#[test]
fn what_takes_back_in_an_item_without_a_slot_begins_with_the_slot() {
    let came = wait("came", Wait::Event(event("came", None))).within(hours(1), &[]);
    let item = sequence([effect("done").undo(), came, effect("after")]);
    let mut run = Told::new(sequence([each("each", 2, 1, item).keep_going()]));
    run.started("each[1]/done", 1);
    assert_eq!(run.done("each[1]/done", 1), ["each[2]/done"]);
    run.started("each[2]/done", 1);
    // Nothing came in time.
    assert_eq!(run.fired("each[1]/came", 1), Vec::<String>::new());
    assert_eq!(run.done("each[2]/done", 1), ["each[1]/done/undo"]);
}
