//! Labels against a reference that carries them while a plan runs: whatever leaves in a run for a place that is
//! not cleared for it was refused by the pass, and adding a label takes no complaint away.
//!
//! The plans are random, over a small catalogue; the reference is naive on purpose and shares no code
//! with the pass.

mod sound;

use std::collections::BTreeSet;

use sophia_compiler::facts::{Clearance, Destination, Facts, Lowered, Mark, Project, facts};
use sophia_compiler::sources::Sources;
use sound::{Made, Random, Violation, catalogue, manifest, plan, run};

fn checked(made: &Made, labels: &[(&str, &str)]) -> Facts {
    let manifest = manifest();
    let catalogue = catalogue(labels);
    let project = Project {
        manifest: &manifest,
        catalogue: &catalogue,
        sources: Sources::default(),
    };
    let playbook = Lowered {
        plan: &made.plan,
        shapes: &made.shapes,
    };
    facts(&project, &[playbook]).pop().expect("one playbook")
}

fn cleared(to: &Destination) -> Clearance {
    let manifest = manifest();
    let catalogue = catalogue(&[]);
    Project {
        manifest: &manifest,
        catalogue: &catalogue,
        sources: Sources::default(),
    }
    .clearance(to)
}

/// What the pass refuses, in the words of the reference.
fn refused(facts: &Facts) -> BTreeSet<Violation> {
    let mut found = BTreeSet::new();
    for flow in &facts.flows {
        let place = match &flow.to {
            Destination::Tool { tool, argument, .. } => format!("{tool}.{argument}"),
            Destination::Model { route, .. } => route.to_string(),
            Destination::Column { column, .. } => format!("column {column}"),
            other => other.to_string(),
        };
        let clearance = cleared(&flow.to);
        let mut add = |what: String| {
            found.insert(Violation {
                step: flow.step.to_string(),
                place: place.clone(),
                what,
            });
        };
        for atom in clearance.refused(&flow.label, &[]) {
            add(match &atom.mark {
                Mark::Level(_) => "level".to_owned(),
                Mark::Category(category) => format!("@{}", category.0),
            });
        }
        if !clearance.refused(&flow.decided_by, &[]).is_empty() {
            add("decided".to_owned());
        }
        if flow.steers && flow.label.doubt.is_some() {
            add("steers".to_owned());
        }
    }
    found
}

#[test]
fn no_run_shows_a_flow_that_was_not_refused() {
    let (mut runs, mut violations) = (0, 0);
    for seed in 0..4_000 {
        let made = plan(&mut Random::new(seed));
        let known = refused(&checked(&made, &[]));
        for run_seed in 0..3 {
            runs += 1;
            for violation in run(&made.plan, &mut Random::new(seed * 31 + run_seed)) {
                violations += 1;
                assert!(
                    known.contains(&violation),
                    "seed {seed}: a run shows {violation:?}, and the pass refuses only {known:#?}\n{:#?}",
                    made.plan.body
                );
            }
        }
    }
    #[expect(clippy::print_stdout, reason = "says how much was held")]
    {
        println!("{runs} runs showed {violations} flows that were refused");
    }
    assert!(
        violations > 5_000,
        "{violations} flows are too few to say anything"
    );
}

#[test]
fn adding_a_label_takes_no_complaint_away() {
    for seed in 0..1_500 {
        let made = plan(&mut Random::new(seed));
        let before = refused(&checked(&made, &[]));
        for (column, label) in [
            ("plan", "health"),
            ("size", "restricted"),
            ("vip", "pii.vip"),
        ] {
            let after = refused(&checked(&made, &[(column, label)]));
            let lost: Vec<&Violation> = before.difference(&after).collect();
            assert!(lost.is_empty(), "seed {seed}, {column} {label}: {lost:?}");
        }
    }
}
