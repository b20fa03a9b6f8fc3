//! `examples/playbooks`, a company's project: it checks, its tests pass, and its playbooks run on the embedded defaults.

use crate::project::Project;

#[test]
fn the_company_checks_and_its_tests_pass() {
    let project = Project::company();
    let checked = project.sophia(&["check", "."]).expect(0).expect_calm();
    assert!(checked.out.contains("All is well."), "{}", checked.out);
    let tested = project.sophia(&["test", "."]).expect(0).expect_calm();
    assert!(tested.out.contains("2 passed"), "{}", tested.out);
}

#[test]
fn a_file_that_is_named_by_hand_is_taken_as_one_that_came() {
    let project = Project::company();
    let run = ["run", ".", "intake", "--input", "upload=inbox/north.csv"];
    project.sophia(&run).expect(0).expect_calm();
    let posted = project.stand_in_calls("slack");
    let text = posted[0]["arguments"]["text"].as_str().expect("a text");
    // One is there already, and one has no amount.
    assert_eq!(text, "north.csv: 1 loaded, 2 need a look.");

    let missing = ["run", ".", "intake", "--input", "upload=inbox/south.csv"];
    let missing = project.sophia(&missing).expect(2);
    assert!(missing.err.contains("S988"), "{}", missing.err);
    assert!(
        missing.err.contains("--input upload=inbox/a.csv"),
        "{}",
        missing.err
    );
}

#[test]
fn a_refund_is_made_once_and_then_waits_for_the_bank() {
    let project = Project::company();
    let refund = ["run", ".", "refund_desk", "--input", "ticket_id=t2"];
    let run = project.sophia(&refund).expect(3).expect_calm();
    assert!(
        run.out.contains("waits for stripe.refund_settled"),
        "{}",
        run.out
    );
    // One run at a time for a ticket.
    project.sophia(&refund).expect(3);
    assert_eq!(project.stand_in_calls("stripe").len(), 1);
}

#[test]
fn what_a_trigger_brings_is_shown_by_an_example_where_it_does_not_fit() {
    let project = Project::company();
    let dip = |json: &str| {
        let brings = format!("dip={json}");
        project.sophia(&["run", ".", "dip_response", "--input", &brings])
    };
    let unfit = dip(r#"{"at":"2026-11-22T08:00:00Z","expected":"$100","actual":50}"#).expect(2);
    let example = unfit.err.split("--input dip='").nth(1);
    let example = example.and_then(|rest| rest.split('\'').next());
    // What is proposed fits.
    dip(example.expect("an example")).expect(0).expect_calm();
}
