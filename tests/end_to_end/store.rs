//! The file that keeps the runs: backed up and restored, checked, compacted, encrypted.

use std::fs;

use crate::project::Project;

const STORE: &str = ".sophia/dev/runs.db";
const KEY: &str = "a key of the store with enough letters";

fn holds(project: &Project, text: &str) -> bool {
    let bytes = fs::read(project.path().join(STORE)).expect("the store");
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn a_store_is_backed_up_checked_restored_and_compacted() {
    let project = Project::churn_watch();
    project.sophia(&["run", "."]).expect(0);
    let made = project.sophia(&["store", "backup", "copy.db"]).expect(0);
    assert!(made.out.contains("1 run"), "{}", made.out);
    let again = project.sophia(&["store", "backup", "copy.db"]).expect(2);
    assert!(again.err.contains("S908"), "{}", again.err);
    let over = project.sophia(&["store", "restore", "copy.db"]).expect(2);
    assert!(over.err.contains("move it aside"), "{}", over.err);
    let whole = project.sophia(&["store", "verify"]).expect(0).expect_calm();
    assert!(whole.out.contains("Whole: 1 run"), "{}", whole.out);

    // A record that was changed is named with its run.
    let connection = rusqlite::Connection::open(project.path().join(STORE)).expect("the store");
    connection
        .execute("update runs set status = 'failed'", [])
        .expect("a change");
    drop(connection);
    let damaged = project.sophia(&["store", "verify"]).expect(1).expect_calm();
    assert!(
        damaged.out.contains("The list says failed") && damaged.out.contains("S996"),
        "{}",
        damaged.out
    );

    for ending in ["", "-wal", "-shm"] {
        // Those that are not there need no moving.
        let _ = fs::remove_file(project.path().join(format!("{STORE}{ending}")));
    }
    project.sophia(&["store", "restore", "copy.db"]).expect(0);
    project.sophia(&["store", "verify"]).expect(0);
    let compacted = project
        .sophia(&["store", "compact"])
        .expect(0)
        .expect_calm();
    assert!(
        compacted.out.contains("Compacted from"),
        "{}",
        compacted.out
    );
    // What was done is still known after all that.
    let sent = project.stand_in_calls("slack").len();
    project.sophia(&["run", "."]).expect(0);
    assert_eq!(project.stand_in_calls("slack").len(), sent);
}

#[test]
fn with_a_key_nothing_of_a_customer_stands_in_the_file() {
    let open = Project::churn_watch();
    open.sophia(&["run", "."]).expect(0);
    let posted = &open.stand_in_calls("slack")[0];
    let text = posted["arguments"]["text"].as_str().expect("a text");
    let customer = text.split(' ').next().expect("a customer");
    assert!(holds(&open, customer));

    let sealed = Project::churn_watch();
    let with_key = |arguments: &[&str]| {
        let mut command = sealed.command(arguments);
        command.env("SOPHIA_SECRET_STORE_KEY", KEY);
        let output = command.output().expect("the program starts");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    assert_eq!(with_key(&["run", "."]).0, Some(0));
    assert!(!holds(&sealed, customer), "{customer} stands in the file");
    assert_eq!(with_key(&["runs", "show", "--all"]).0, Some(0));
    assert_eq!(with_key(&["store", "verify"]).0, Some(0));
    // Nothing is sent twice: what was claimed is known.
    let sent = sealed.stand_in_calls("slack").len();
    assert_eq!(with_key(&["run", "."]).0, Some(0));
    assert_eq!(sealed.stand_in_calls("slack").len(), sent);
    let without = sealed.sophia(&["runs", "list"]).expect(2);
    assert!(without.err.contains("S909"), "{}", without.err);
}

#[test]
fn runs_are_kept_as_long_as_the_manifest_says() {
    let project = Project::empty();
    project.write(
        "sophia.toml",
        "[project]\nname = \"short\"\n\n[env.dev]\nstore = { kind = \"sqlite\", keep = \"2 days\", keep_runs = 3 }\n",
    );
    project.write("short.sophia", "playbook short\n\nlet one = 1 + 1\n");
    for _ in 0..5 {
        project.sophia(&["run", "."]).expect(0);
    }
    // What has just ended stays in any case.
    let compacted = project.sophia(&["store", "compact"]).expect(0);
    assert!(compacted.out.contains("0 runs"), "{}", compacted.out);
    let connection = rusqlite::Connection::open(project.path().join(STORE)).expect("the store");
    connection
        .execute("update runs set ended = ended - 7200000000", [])
        .expect("a change");
    drop(connection);
    let compacted = project.sophia(&["store", "compact"]).expect(0);
    assert!(compacted.out.contains("2 runs"), "{}", compacted.out);
    let verified = project.sophia(&["store", "verify"]).expect(0);
    assert!(
        verified.out.contains("2 runs, ended until"),
        "{}",
        verified.out
    );

    project.replace("sophia.toml", "2 days", "a while");
    let wrong = project.sophia(&["check"]);
    assert!(wrong.out.contains("S915"), "{}\n{}", wrong.out, wrong.err);
}
