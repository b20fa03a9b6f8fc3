//! What the manifest names is held against the lock, the webhooks and the playbooks.

use std::sync::Arc;

use sophia_compiler::catalogue::Catalogue;
use sophia_compiler::project::{Manifest, lost_paths};
use sophia_compiler::{Snapshot, SourceFile, check};

const LOCK: &str = r#"
format = 1
synced_at = "2026-11-20T08:00:00Z"

[connections.warehouse]
kind = "postgres"

[connections.warehouse.tables."public.customers"]
columns = [
  { name = "customer_id", declared = "text", nullable = false },
  { name = "email", declared = "text", nullable = true },
]

[tools.slack]
server = "slack"
version = "1"

[tools.slack.calls.post_message]
wire_name = "slack_post_message"
digest = ""
input_schema = '{"type":"object","properties":{"channel_id":{"type":"string"},"threadTs":{"type":"string"}}}'
output_schema = '{"type":"object","properties":{"message":{"type":"object","properties":{"sentAt":{"type":"string"}}}}}'

[tools.slack.calls.get_topic]
wire_name = "get_topic"
digest = ""
input_schema = '{"type":"object","properties":{"channel_id":{"type":"string"}}}'
"#;

fn desk() -> SourceFile {
    SourceFile {
        path: "refund_desk.sophia".into(),
        text: "playbook refund_desk\n\ninput ticket_id: text\n".into(),
    }
}

/// The line, the sentence and the fix of everything that leads nowhere.
fn lost(sections: &str) -> Vec<(usize, String, Option<String>)> {
    let text = format!(
        r#"[project]
name = "company"
[connections.warehouse]
kind = "postgres"
[connections.later]
kind = "postgres"
[tools.slack]
command = ["slack"]
rename = {{ post_message = {{ channel = "channel_id" }} }}
[tools.mail]
command = ["mail"]
[webhooks.gong.call_completed]
type = "{{ id: text, rep_email: text }}"
{sections}"#
    );
    let file: Arc<str> = "sophia.toml".into();
    let (manifest, mistakes) = Manifest::from_toml(&text, &file);
    assert_eq!(mistakes, []);
    let catalogue: Catalogue = toml::from_str(LOCK).expect("a catalogue");
    let checked = check(&Snapshot {
        manifest: manifest.clone(),
        catalogue: catalogue.clone(),
        files: vec![desk()],
    });
    lost_paths(&text, &file, &manifest, &catalogue, &checked)
        .into_iter()
        .map(|found| {
            assert_eq!(found.code.as_str(), "S246");
            let before = &text[..found.span.start as usize];
            let line = before.matches('\n').count() + 1 - 13;
            let fix = found
                .fix
                .and_then(|fix| fix.edits.first().map(|edit| edit.text.clone()));
            (line, found.message, fix)
        })
        .collect()
}

#[test]
fn what_is_there_or_not_known_yet_is_not_told() {
    let found = lost(
        r#"[labels]
"warehouse.customers.email" = "pii.email"
"warehouse.public.customers.CUSTOMER_ID" = "trusted"
"later.anything.at_all" = "pii"
"mail.send" = "pii"
"slack.post_message" = "internal"
"slack.post_message.message.sent_at" = "trusted"
"slack.post_message.thread_ts" = "trusted"
"slack.get_topic.whatever" = "pii"
"gong.call_completed.rep_email" = "pii.email"
"refund_desk.ticket_id" = "trusted"
[units]
"warehouse.Customers.email" = "percent"
"#,
    );
    assert_eq!(found, []);
}

#[test]
fn what_leads_nowhere_is_told_at_its_place_with_the_nearest() {
    let found = lost(
        r#"[labels]
"warehouse.customers.emial" = "pii.email"
"warehouse.custmers.email" = "pii.email"
"warhouse.customers.email" = "pii.email"
"slack.post_mesage" = "internal"
"slack.post_message.thread" = "trusted"
"gong.call_complete.id" = "pii"
"gong.call_completed.rep_mail" = "pii.email"
"refund_desk.ticket" = "trusted"
[units]
"warehouse.customers.amount" = "percent"
"#,
    );
    let told: Vec<(usize, &str, Option<&str>)> = (found.iter())
        .map(|(line, message, fix)| (*line, message.as_str(), fix.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            (
                2,
                "The table `warehouse.customers` has no column `emial`.",
                Some("\"warehouse.customers.email\"")
            ),
            (
                3,
                "`warehouse` has no table `custmers`.",
                Some("\"warehouse.customers.email\"")
            ),
            (
                4,
                "The project has no connection, no tool and no playbook named `warhouse`.",
                Some("\"warehouse.customers.email\"")
            ),
            (
                5,
                "`slack` has no call and no event `post_mesage`.",
                Some("\"slack.post_message\"")
            ),
            (
                6,
                "`slack.post_message` has no argument and no field `thread`.",
                Some("\"slack.post_message.thread_ts\"")
            ),
            (
                7,
                "`gong` has no call and no event `call_complete`.",
                Some("\"gong.call_completed.id\"")
            ),
            (
                8,
                "The event `gong.call_completed` has no field `rep_mail`.",
                Some("\"gong.call_completed.rep_email\"")
            ),
            (
                9,
                "The playbook `refund_desk` has no input `ticket`.",
                Some("\"refund_desk.ticket_id\"")
            ),
            (
                11,
                "The table `warehouse.customers` has no column `amount`.",
                None
            ),
        ]
    );
}

#[test]
fn a_renamed_argument_that_the_server_does_not_take_is_told() {
    let text = "[tools.slack]\ncommand = [\"slack\"]\nrename = { post_message = { channel = \"channel_di\" }, post = { a = \"b\" } }\n";
    let file: Arc<str> = "sophia.toml".into();
    let (manifest, _) = Manifest::from_toml(text, &file);
    let catalogue: Catalogue = toml::from_str(LOCK).expect("a catalogue");
    let checked = check(&Snapshot::default());
    let told: Vec<String> = lost_paths(text, &file, &manifest, &catalogue, &checked)
        .into_iter()
        .map(|found| found.message)
        .collect();
    assert_eq!(
        told,
        [
            "The server of `slack` takes no argument `channel_di` in `post_message`.",
            "`slack` has no call `post`."
        ]
    );
}

#[test]
fn the_examples_and_the_company_name_what_is_there() {
    for (text, lock) in [
        (
            include_str!("../../examples/playbooks/sophia.toml"),
            include_str!("../../examples/playbooks/sophia.lock"),
        ),
        (
            include_str!("../../examples/churn_watch/sophia.toml"),
            include_str!("../../examples/churn_watch/sophia.lock"),
        ),
    ] {
        let file: Arc<str> = "sophia.toml".into();
        let (manifest, _) = Manifest::from_toml(text, &file);
        let catalogue: Catalogue = toml::from_str(lock).expect("a catalogue");
        let checked = check(&Snapshot {
            files: vec![desk()],
            ..Snapshot::default()
        });
        assert_eq!(lost_paths(text, &file, &manifest, &catalogue, &checked), []);
    }
}

#[test]
fn a_required_column_is_never_missing_and_is_looked_up_as_any_path() {
    let told = lost(
        "[columns]\nrequired = [\"warehouse.public.customers.email\", \"warehouse.public.customers.emial\"]",
    );
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].1.contains("emial"), "{told:?}");

    let text = "playbook letters\n\nuse warehouse\n\nquery customers from warehouse { select email from public.customers }\n\nlet first = customers | first\nlet shout = if first is present then upper(first.email) else \"\"\n";
    let codes = |columns: &str| -> Vec<String> {
        let manifest = format!(
            "[project]\nname = \"company\"\n[connections.warehouse]\nkind = \"postgres\"\n{columns}"
        );
        let (manifest, mistakes) = Manifest::from_toml(&manifest, &Arc::from("sophia.toml"));
        assert_eq!(mistakes, []);
        let checked = check(&Snapshot {
            manifest,
            catalogue: toml::from_str(LOCK).expect("a catalogue"),
            files: vec![SourceFile {
                path: "letters.sophia".into(),
                text: text.into(),
            }],
        });
        (checked.diagnostics.iter())
            .map(|diagnostic| diagnostic.code.to_string())
            .collect()
    };
    assert_eq!(codes(""), ["S302"]);
    assert_eq!(
        codes("[columns]\nrequired = [\"warehouse.public.customers.email\"]\n"),
        Vec::<String>::new()
    );
}

#[test]
fn limits_of_playbooks_and_inputs_that_are_not_there_are_told() {
    let told = lost(
        r"[limits.playbooks.refund_desk]
at_once_per = { ticket_id = 1, tiket_id = 2 }
[limits.playbooks.refund_dsk]
at_once = 2",
    );
    let told: Vec<(String, Option<String>)> = (told.into_iter())
        .map(|(_, message, fix)| (message, fix))
        .collect();
    assert_eq!(
        told,
        [
            (
                "The playbook `refund_desk` has no input `tiket_id`.".to_owned(),
                Some("\"ticket_id\"".to_owned())
            ),
            (
                "The project has no playbook named `refund_dsk`.".to_owned(),
                Some("\"refund_desk\"".to_owned())
            ),
        ]
    );
}
