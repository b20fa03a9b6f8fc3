//! `sophia sync --sample`: a type is proposed for what a tool gives.

use crate::project::{Project, repository};

/// Node.js as `tests/peers/install` chose it.
fn node() -> String {
    let own = repository().join("tests/peers/.venv/bin/node");
    if own.is_file() {
        return own.to_string_lossy().into_owned();
    }
    "node".to_owned()
}

const MANIFEST: &str = r#"[project]
name = "sales"

# The deals, as the sales team keeps them.
[tools.crm]   # asked for daily
command = COMMAND

[env.live]
"#;

const PLAYBOOK: &str = r#"playbook open_deals

use crm

let found = crm.find(deal_stage: "open")
let first = found.deals | where owner is present | only
let said = "{first.deal_id} of {first.amount} closes on {first.closes_on ?? today}"
"#;

fn project() -> Project {
    let project = Project::empty();
    project.write(
        "sophia.toml",
        &MANIFEST.replace("COMMAND", &command(&project, "")),
    );
    project.write("open_deals.sophia", "playbook open_deals\n");
    project.sophia(&["sync", "."]).expect(0);
    project
}

/// The server's command. What the server changes it notes in the file `noted`.
fn command(project: &Project, last: &str) -> String {
    let server = repository().join("tests/peers/deals.mjs");
    let noted = project.path().join("noted");
    format!(
        "[{:?}, {:?}, {:?}, {last:?}]",
        node(),
        server.to_string_lossy(),
        noted.to_string_lossy()
    )
}

/// What the answers hold and nobody may see.
const VALUES: [&str; 6] = [
    "d1",
    "Ada",
    "ada@payready.test",
    "Call Ben",
    "2026-11-30",
    "250",
];

#[test]
fn a_proposal_is_shown_confirmed_and_held_against_each_answer() {
    let project = project();
    let manifest = project.read("sophia.toml");
    let listed = project.sophia(&["sync", ".", "--sample"]).expect(0);
    assert!(
        listed.out.contains("crm.find ") && listed.out.contains("can be sampled"),
        "{}",
        listed.out
    );
    let sample = [
        "sync",
        "--sample",
        "crm.find",
        ".",
        "--with",
        r#"{"deal_stage": "open"}"#,
        "--with",
        r#"{"deal_stage": "won"}"#,
    ];
    let proposed = project.sophia(&sample).expect(0).expect_calm();
    for told in [
        "2 answers",
        "total: integer",
        "deal_id: text",
        "amount: number",
        "closes_on: date?",
        "owner: { name: text, email: text }?",
        "tags: list of text",
        "note: text?",
        "--confirm",
    ] {
        assert!(
            proposed.out.contains(told),
            "{told} is not told in\n{}",
            proposed.out
        );
    }
    for value in VALUES {
        assert!(
            !proposed.out.contains(value),
            "{value} is told in\n{}",
            proposed.out
        );
    }
    assert_eq!(
        project.read("sophia.toml"),
        manifest,
        "nothing is written unasked"
    );

    project
        .sophia(&[&sample[..], &["--confirm"]].concat())
        .expect(0);
    let stated = project.read("sophia.toml");
    for line in manifest.lines() {
        assert!(stated.contains(line), "{line} is gone from\n{stated}");
    }
    for value in VALUES {
        assert!(!stated.contains(value), "{value} stands in\n{stated}");
    }
    project
        .sophia(&[&sample[..], &["--confirm"]].concat())
        .expect(0);
    assert_eq!(
        project.read("sophia.toml"),
        stated,
        "a second time changes nothing"
    );

    project.write("open_deals.sophia", PLAYBOOK);
    project.sophia(&["check", "."]).expect(0);
    let run = project.sophia(&["run", ".", "--env", "live"]).expect(0);
    assert!(run.out.contains("Done"), "{}", run.out);
    // A stand-in answers in the shape that was confirmed.
    project.replace("open_deals.sophia", " | only\nlet said = \"{first.deal_id} of {first.amount} closes on {first.closes_on ?? today}\"", "");
    project.sophia(&["run", "."]).expect(0);

    project.replace("open_deals.sophia", "\"open\"", "\"strange\"");
    let strange = project
        .sophia(&["run", ".", "--env", "live", "--new"])
        .expect(1);
    let told = format!("{}{}", strange.out, strange.err);
    assert!(
        told.contains("S593") && told.contains("deals[0].deal_id"),
        "{told}"
    );

    project.replace("open_deals.sophia", "owner is present", "ownr is present");
    project.sophia(&["check", "."]).expect(1);
}

#[test]
fn a_text_stays_a_text() {
    let project = project();
    project
        .sophia(&["sync", ".", "--sample", "crm.motto", "--confirm"])
        .expect(0);
    project.replace("sophia.toml", "\"integer\"", "\"text\"");
    project.write(
        "open_deals.sophia",
        "playbook open_deals\n\nuse crm\n\nlet motto = crm.motto()\nlet said = \"{motto}!\"\n",
    );
    project.sophia(&["run", ".", "--env", "live"]).expect(0);
}

#[test]
fn what_may_change_the_world_is_not_called() {
    let project = project();
    for call in ["crm.close", "crm.purge"] {
        let refused = project
            .sophia(&["sync", ".", "--sample", call])
            .expect(2)
            .expect_calm();
        assert!(
            refused.err.contains("S590") && refused.err.contains("returns"),
            "{}",
            refused.err
        );
    }
    // The lock says that it reads, and the server does not say so any more.
    project.replace(
        "sophia.toml",
        &command(&project, ""),
        &command(&project, "forgetful"),
    );
    let refused = project
        .sophia(&["sync", ".", "--sample", "crm.motto"])
        .expect(2);
    assert!(refused.err.contains("S590"), "{}", refused.err);
    assert!(!project.path().join("noted").exists());
}

#[test]
fn arguments_are_looked_at_before_anything_is_called() {
    let project = project();
    for (with, told) in [
        (&[][..], "also needs `deal_stage`"),
        (&["--with", "stage=open"], "takes no argument `stage`"),
        (&["--with", "deal_stage"], "gives no argument a value"),
        (
            &["--with", "deal_stage=open", "--with", "limit=many"],
            "of the type integer",
        ),
        (&["--with", "{\"deal_stage\": "], "no JSON object"),
    ] {
        let called = [&["sync", ".", "--sample", "crm.find"][..], with].concat();
        let refused = project.sophia(&called).expect(2).expect_calm();
        assert!(
            refused.err.contains("S591") && refused.err.contains(told),
            "{}",
            refused.err
        );
    }
    for (call, code) in [("crm", "S957"), ("csm.find", "S957"), ("crm.fnd", "S954")] {
        let refused = project.sophia(&["sync", ".", "--sample", call]).expect(2);
        assert!(refused.err.contains(code), "{}", refused.err);
    }
}

#[test]
fn a_manifest_that_cannot_be_added_to_stays_as_it_is() {
    let project = project();
    let apart = project
        .read("sophia.toml")
        .replace("[env.live]", "")
        .replace("[tools.crm]", "[env.live.tools.crm]");
    project.write("sophia.toml", &apart);
    let called = project
        .sophia(&[
            "sync",
            ".",
            "--env",
            "live",
            "--sample",
            "crm.motto",
            "--confirm",
        ])
        .expect(2)
        .expect_calm();
    assert!(called.err.contains("S594"), "{}", called.err);
    assert_eq!(project.read("sophia.toml"), apart);
}

/// A server that nobody here wrote.
#[test]
fn a_real_server_is_sampled_or_says_itself_what_it_gives() {
    let project = Project::empty();
    let installed = repository().join("tests/peers/node_modules/.bin/mcp-server-everything");
    assert!(installed.exists(), "run ./test, which installs the servers");
    project.write(
        "sophia.toml",
        &format!(
            "[project]\nname = \"all\"\n\n[tools.everything]\ncommand = [{:?}]\n",
            installed.to_string_lossy()
        ),
    );
    project.sophia(&["sync", "."]).expect(0);
    let listed = project.sophia(&["sync", ".", "--sample"]).expect(0);
    assert!(listed.out.contains("everything.echo "), "{}", listed.out);
    let sampled = project
        .sophia(&[
            "sync",
            ".",
            "--sample",
            "everything.echo",
            "--with",
            "message=a word",
            "--confirm",
        ])
        .expect(0)
        .expect_calm();
    assert!(
        sampled.out.contains("  text\n") && !sampled.out.contains("a word"),
        "{}",
        sampled.out
    );
    let stated = project.sophia(&[
        "sync",
        ".",
        "--sample",
        "everything.get_structured_content",
        "--with",
        "location=Chicago",
    ]);
    assert!(stated.expect(2).err.contains("S592"));
    project.write(
        "echo.sophia",
        "playbook echo\n\nuse everything\n\nlet said = everything.echo(message: \"42\")\nlet told = \"{said}!\"\n",
    );
    project.sophia(&["check", "."]).expect(0);
}
