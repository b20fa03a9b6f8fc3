//! Records that are carried out again, where what came about was not the run's to decide.

use std::sync::Arc;

use sophia_engine::RunId;
use sophia_engine::driver::{Action, Identity, Input, Pilot, World};
use sophia_engine::journal::{Journal, MemoryJournal, StoredRun};
use sophia_engine::kernel::Layout;
use sophia_engine::limits::{Limits, Room};
use sophia_engine::replay::replay;
use sophia_plan::{Block, EndKind, Record};

use crate::plans::{action, attempt, each, effect, end, graph, number, plan, sequence, text};
use crate::scripted::{creation, instant};
use crate::simulation::Outside;

/// What a run writes down whose effects have their places only as they are given here.
fn placed(body: Block, places: &[&str]) -> StoredRun {
    let plan = Arc::new(plan("told", body));
    let journal = MemoryJournal::new();
    let mut limits = Limits::default();
    let room = Room {
        at_once: Some(2),
        rate: None,
    };
    limits.places.insert("ledger".into(), room);
    let world = World {
        journal: &journal,
        runner: &Outside,
        limits: &limits,
    };
    let run = RunId("RUN".into());
    let identity = Identity {
        run: run.clone(),
        environment: "dev".into(),
        layout: Arc::new(Layout::of(&plan).unwrap()),
    };
    journal.begin(creation(&run, &plan));
    let write = |actions: Vec<Action>| {
        for action in actions {
            if let Action::Write(write) = action {
                journal.take(*write).unwrap();
            }
        }
    };
    let (mut pilot, actions) =
        Pilot::start(identity, &Record::default(), instant(), world).unwrap();
    write(actions);
    for key in places {
        let place = Input::Placed {
            key: (*key).into(),
            attempt: 1,
        };
        write(pilot.take(place, instant(), world).unwrap());
    }
    journal.load(&run).unwrap().unwrap()
}

/// Both items want one claim and wait for their places. Those of the second come first, so it gets the claim.
#[test]
fn the_claim_that_a_later_item_got_first_is_its_own_again() {
    let item = sequence([effect("each/post").once(text("same"), None)]);
    let body = sequence([each("each", 2, 2, item)]);
    let stored = placed(body, &["each[2]/post", "each[1]/post"]);
    assert_eq!(stored.events.len(), 1, "one of them has the claim");
    assert_eq!(replay(stored).unwrap().events, 1);
}

/// An effect waits for its place while an action beside it begins and fails: the effect is let go and never
/// begins, and what follows the failure begins in the same record.
#[test]
fn what_had_no_place_holds_nothing_up() {
    let fails = sequence([end("fails", EndKind::Fail, "It is wrong.", None)]);
    let beside = [
        effect("first"),
        action("second", ("n", number(1)), fails).once(text("same"), None),
    ];
    let then = action("third", ("n", number(1)), sequence([effect("last")]));
    let caught = sequence([then.once(text("same"), None)]);
    let stored = placed(sequence([attempt("try", graph(beside, &[]), caught)]), &[]);
    assert_eq!(stored.records, [2], "both actions begin at once");
    assert_eq!(replay(stored).unwrap().events, 2);
}
