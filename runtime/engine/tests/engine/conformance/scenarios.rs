//! The scenarios, over any ground.

use std::sync::Arc;

use jiff::SignedDuration;
use sophia_engine::driver::Input;
use sophia_engine::kernel::Event;
use sophia_engine::{Act, Answer, NewArrival, RunId, RunStatus};
use sophia_plan::step::Wait;
use sophia_plan::{Block, Plan, Value};

use super::script::{Script, Told};
use crate::plans::{
    ask, each, effect, emit, event, graph, hours, number, plan, read, returns, sequence, text,
    wait, yields,
};
use crate::simulation::repeats;
use crate::world::Ground;

/// Reads, effects of both kinds, a loop, a question, a pause.
fn every_kind() -> Plan {
    plan(
        "every_kind",
        sequence([
            read("read"),
            // The other side takes keys of names with an even number of letters.
            effect("send"),
            effect("write"),
            each("each", 2, 2, sequence([effect("each/item")])),
            emit("tell", "told", number(1)),
            ask("ask", "leads"),
            wait("pause", Wait::Passed(hours(1))),
            effect("at the end"),
        ]),
    )
}

pub fn crash_at_every_edge<G: Ground>(ground: impl Fn() -> G) {
    let script = || Script::new(ground(), every_kind(), &["RUN"], Told::Once);
    let mut whole = script();
    let mut edges = 0;
    while whole.edge() {
        edges += 1;
    }
    whole.ended(RunStatus::Done);
    assert!(edges >= 16, "{edges} edges");
    for edge in 0..edges {
        for (survives, did) in [(0, false), (0, true), (usize::MAX, true)] {
            let mut crashed = script();
            for _ in 0..edge {
                crashed.edge();
            }
            crashed.crash(survives, did);
            crashed.finish();
            crashed.ended(RunStatus::Done);
            assert_eq!(
                crashed.ledger, whole.ledger,
                "a crash at edge {edge}, {survives} writes survive, the outside did it: {did}"
            );
        }
    }
}

pub fn everything_twice<G: Ground>(ground: impl Fn() -> G) {
    let events = |told| {
        let mut script = Script::new(ground(), every_kind(), &["RUN"], told);
        script.finish();
        script.ended(RunStatus::Done);
        assert!(script.ledger.values().all(|count| *count == 1));
        script.stage.stored(&RunId("RUN".into())).events
    };
    assert_eq!(events(Told::Once), events(Told::Twice));
}

/// Three at once in a loop, and two that a third waits for.
fn side_by_side() -> Plan {
    let item = sequence([
        read("each/get").binds("got"),
        yields("each/give", crate::plans::name("got")),
    ]);
    let block: Block = graph(
        [
            each("each", 3, 3, item).binds("all"),
            read("one").binds("one"),
            effect("after").binds("after"),
            returns("give", crate::plans::name("all")),
        ],
        &[(0, 2), (1, 2), (2, 3)],
    );
    plan("side_by_side", block)
}

pub fn every_order<G: Ground>(ground: impl Fn() -> G) {
    let mut results = Vec::new();
    // Each number tells which of the attempts that are open ends next.
    for order in 0..24_usize {
        let mut script = Script::new(ground(), side_by_side(), &["RUN"], Told::Once);
        let mut left = order;
        loop {
            while !script.stage.unsynced.is_empty() {
                script.stage.sync();
            }
            let open = script.stage.attempts.len();
            if open == 0 {
                break;
            }
            script.end_attempt(left % open);
            left /= open;
        }
        script.ended(RunStatus::Done);
        let run = RunId("RUN".into());
        results.push(script.stage.folded(&run).result().cloned());
        assert_eq!(script.ledger.len(), 1);
    }
    assert!(
        results.iter().all(|result| *result == results[0]),
        "{results:?}"
    );
    let expected = (1..=3).map(|item| Value::text(format!("of each[{item}]/get")));
    assert_eq!(results[0], Some(Value::List(Arc::new(expected.collect()))));
}

/// Something that is told, and how the run ends where it comes first.
type Rival<'a, G> = (&'a dyn Fn(&mut Script<G>), RunStatus);

/// Two things are told in both orders, with and without a crash in between: the first counts.
fn race<G: Ground>(
    ground: &impl Fn() -> G,
    of: impl Fn() -> Plan,
    ready: impl Fn(&mut Script<G>),
    rivals: [Rival<'_, G>; 2],
) {
    for first in [0, 1] {
        for crashes in [false, true] {
            let mut script = Script::new(ground(), of(), &["RUN"], Told::Once);
            ready(&mut script);
            rivals[first].0(&mut script);
            if crashes {
                script.crash(usize::MAX, true);
            }
            rivals[1 - first].0(&mut script);
            script.finish();
            script.ended(rivals[first].1);
        }
    }
}

pub fn races<G: Ground>(ground: impl Fn() -> G) {
    let run = RunId("RUN".into());
    let settle = |script: &mut Script<G>| {
        while !script.stage.unsynced.is_empty() {
            script.stage.sync();
        }
    };
    // A person ends the run, or its last step ends first.
    let cancels = |script: &mut Script<G>| {
        let by = "ann@example.org".into();
        script.tell(
            &run,
            &Input::Acted {
                by,
                act: Act::Cancels,
            },
        );
        settle(script);
    };
    let ends = |script: &mut Script<G>| {
        if !script.stage.attempts.is_empty() {
            script.end_attempt(0);
        }
        settle(script);
    };
    race(
        &ground,
        || plan("cancelled", sequence([read("last")])),
        settle,
        [(&cancels, RunStatus::Cancelled), (&ends, RunStatus::Done)],
    );
    // Somebody answers, or the time is up first.
    let answers = |script: &mut Script<G>| {
        let input = Input::Answered {
            key: "ask".into(),
            by: "ann@example.org".into(),
            answer: Answer::Approved { comment: None },
        };
        script.tell(&run, &input);
        settle(script);
    };
    let rings = |script: &mut Script<G>| {
        script.ring();
        settle(script);
    };
    race(
        &ground,
        || {
            let asks = ask("ask", "leads").within(hours(1), &[]);
            plan("answered", sequence([asks, effect("after")]))
        },
        settle,
        [(&answers, RunStatus::Done), (&rings, RunStatus::Stopped)],
    );
}

pub fn one_claim<G: Ground>(ground: impl Fn() -> G) {
    let of = || plan("once", sequence([effect("send").once(text("one"), None)]));
    let mut whole = Script::new(ground(), of(), &["RUN A", "RUN B"], Told::Once);
    let mut edges = 0;
    while whole.edge() {
        edges += 1;
    }
    for edge in 0..=edges {
        let mut crashed = Script::new(ground(), of(), &["RUN A", "RUN B"], Told::Once);
        for _ in 0..edge {
            crashed.edge();
        }
        crashed.crash(edge % 2, edge % 3 == 0);
        crashed.finish();
        crashed.ended(RunStatus::Done);
        let count: u32 = crashed.ledger.values().sum();
        assert_eq!(count, 1, "a crash at edge {edge}: {:?}", crashed.ledger);
    }
}

pub fn one_arrival<G: Ground>(ground: impl Fn() -> G) {
    let run = RunId("RUN".into());
    let of = || {
        plan(
            "waits",
            sequence([
                wait("event", Wait::Event(event("came", Some(7)))),
                effect("after"),
            ]),
        )
    };
    for edge in 0..8 {
        let mut script = Script::new(ground(), of(), &["RUN"], Told::Twice);
        for number in [3, 7, 7] {
            script.stage.now += SignedDuration::from_secs(1);
            for _ in 0..2 {
                script.stage.ground.take_in(NewArrival {
                    environment: "dev".into(),
                    event: "came".into(),
                    key: format!("delivery {number}").into(),
                    value: Value::Integer(number),
                    at: script.stage.now,
                });
            }
        }
        for done in 0..20 {
            if done == edge {
                script.crash(edge % 2, true);
            }
            script.stage.offer();
            script.edge();
        }
        script.finish();
        script.ended(RunStatus::Done);
        let stored = script.stage.stored(&run);
        let taken = |event: &&Event| matches!(event, Event::Arrived { .. });
        assert_eq!(
            stored.events.iter().filter(taken).count(),
            1,
            "{:#?}",
            stored.events
        );
        repeats(&stored);
    }
}
