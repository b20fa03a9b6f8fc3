//! `sophia new` and `sophia explain`: the first minutes of a new user.

use crate::project::Project;

#[test]
fn a_new_project_checks_tests_and_runs_as_it_stands() {
    let folder = Project::empty();
    folder.sophia(&["new", "first"]).expect(0).expect_calm();
    folder.sophia(&["check", "first"]).expect(0);
    folder.sophia(&["fmt", "first", "--check"]).expect(0);
    let tested = folder.sophia(&["test", "first"]).expect(0);
    assert!(tested.out.contains("0 failed"), "{}", tested.out);
    folder.sophia(&["run", "first"]).expect(0).expect_calm();

    let again = folder.sophia(&["new", "first"]).expect(2).expect_calm();
    assert!(
        again.err.contains("first"),
        "nothing is overwritten: {}",
        again.err
    );
}

#[test]
fn every_code_has_a_story() {
    let folder = Project::empty();
    let listed = folder.sophia(&["explain"]).expect(0);
    assert!(listed.out.lines().count() > 30, "{}", listed.out);
    let story = folder.sophia(&["explain", "s402"]).expect(0);
    assert!(story.out.starts_with("S402"), "{}", story.out);
    folder.sophia(&["explain", "S000"]).expect(2).expect_calm();
}

#[test]
fn help_is_for_analysts() {
    let folder = Project::empty();
    let help = folder.sophia(&["--help"]).expect(0);
    for word in ["new", "check", "run", "serve", "sync", "explain"] {
        assert!(help.out.contains(word), "{}", help.out);
    }
}
