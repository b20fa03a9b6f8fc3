//! A server that dies inside a call: nobody knows whether the effect happened, so a person decides.

use crate::project::{Project, repository};

const MANIFEST: &str = r#"[project]
name = "post"

[tools.post]
command = ["node", "SERVER", "SENT", "MARKER"]

[env.live]
"#;

const PLAYBOOK: &str = r#"playbook announce

use post

do post.send(text: "hello")
  retry 3 times over 1 second
"#;

fn project() -> Project {
    let project = Project::empty();
    let path = |file: &str| project.path().join(file).to_string_lossy().into_owned();
    let manifest = MANIFEST
        .replace(
            "SERVER",
            &repository()
                .join("tests/peers/dies_in_call.mjs")
                .to_string_lossy(),
        )
        .replace("SENT", &path("sent.txt"))
        .replace("MARKER", &path("died.txt"));
    project.write("sophia.toml", &manifest);
    project.write("announce.sophia", PLAYBOOK);
    project.sophia(&["sync", ".", "--env", "live"]).expect(0);
    project
}

#[test]
fn it_waits_for_a_person_and_takes_the_effect_as_done() {
    let project = project();
    let waits = project
        .sophia(&["run", ".", "--env", "live"])
        .expect(3)
        .expect_calm();
    assert!(
        waits.out.contains("--unsure retry") && waits.out.contains("--unsure skip"),
        "{}",
        waits.out
    );
    assert_eq!(
        project.read("sent.txt"),
        "hello\n",
        "a retry would have sent it twice"
    );

    // The same command again changes nothing: it still waits.
    project.sophia(&["run", ".", "--env", "live"]).expect(3);
    let shown = project.sophia(&["runs", "show", "--env", "live"]).expect(0);
    assert!(shown.out.contains("person"), "{}", shown.out);

    project
        .sophia(&["resume", "--env", "live", "--unsure", "skip"])
        .expect(0);
    assert_eq!(project.read("sent.txt"), "hello\n");
}

#[test]
fn a_person_may_have_it_done_again() {
    let project = project();
    project.sophia(&["run", ".", "--env", "live"]).expect(3);
    project
        .sophia(&["resume", "--env", "live", "--unsure", "retry"])
        .expect(0);
    assert_eq!(project.read("sent.txt"), "hello\nhello\n");
}
