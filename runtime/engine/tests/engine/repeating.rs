//! Records that are carried out again, where what came about was not the run's to decide.

use std::sync::Arc;

use sophia_engine::RunId;
use sophia_engine::driver::{Action, Identity, Input, Pilot, World};
use sophia_engine::journal::{Journal, MemoryJournal};
use sophia_engine::kernel::Layout;
use sophia_engine::limits::{Limits, Room};
use sophia_engine::replay::replay;
use sophia_plan::Record;

use crate::plans::{each, effect, plan, sequence, text};
use crate::scripted::{creation, instant};
use crate::simulation::Outside;

/// Both items want one claim and wait for their places. Those of the second come first, so it gets the claim.
#[test]
fn the_claim_that_a_later_item_got_first_is_its_own_again() {
    let item = sequence([effect("each/post").once(text("same"), None)]);
    let plan = Arc::new(plan("told", sequence([each("each", 2, 2, item)])));
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
    let (mut pilot, _) = Pilot::start(identity, &Record::default(), instant(), world).unwrap();
    journal.begin(creation(&run, &plan));
    for key in ["each[2]/post", "each[1]/post"] {
        let place = Input::Placed {
            key: key.into(),
            attempt: 1,
        };
        for action in pilot.take(place, instant(), world).unwrap() {
            if let Action::Write(write) = action {
                journal.take(*write).unwrap();
            }
        }
    }
    let stored = journal.load(&run).unwrap().unwrap();
    assert_eq!(stored.events.len(), 1, "one of them has the claim");
    assert_eq!(replay(stored).unwrap().events, 1);
}
