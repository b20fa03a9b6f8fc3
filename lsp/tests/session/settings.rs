//! What the manifest and the lock name: hovered, followed and renamed from there as from a playbook.

use serde_json::{Value, json};

use crate::asking::covered;
use crate::changing::edited;
use crate::client::Client;
use crate::marked::cursor;

/// Names everything that a manifest can name, in every table that can name it.
const MANIFEST: &str = r#"[project]
name = "refunds"
zone = "UTC"

[connections.depot] # depot is where "depot.payments" lies
kind = "sqlite"
file = "data.db"
clearance = ["confidential", "pii"]

[tools]
chat = { command = ["chat-server"], content = { post_message = ["text"] }, clearance = "pii.email" }

[tools.till]
command = ["till-server"]
effects = ["refund"]

[models.local]
kind = "gguf"
file = "model.gguf"

[models.distant]
kind = "openai"
model = "gpt-4o"
key = { secret = "distant_key" }
price = { input = 2.50, output = 10.00 }
clearance = ["internal", "pii.email"]

[models.numbers]
kind = "embedding"
folder = "numbers"

[knowledge.past_cases]
from = { connection = "depot", sql = "select payment_id, reason from payments" }
embed = "numbers"
store = "embedded"

[calendars.us_office]
holidays = ["2026-12-25"]

[groups]
fin-desk = ["kim@example.com"]
managers = { people = ["sam@example.com"], four_eyes = true }

[clearance]
fin-desk = ["confidential", "pii"]

[units]
"depot.payments.amount" = "money USD"
"refund_desk.least" = "money USD"

[labels]
"depot.payments.email" = "@pii.email"
"chat.find_user.email" = ["pii.email"]
"refund_desk.least" = "trusted"

[columns]
required = ["depot.payments.reason"]

[limits.playbooks.refund_desk]
at_once = 2
at_once_per = { least = 1 }

[policies]
modules = ["policies.sophia"]

[env.dev]
connections.depot = { kind = "sqlite", file = "dev.db" }
tools = "stand-in"

[env.live.tools.chat]
command = ["chat-server", "live"]

[env.live.models.distant]
kind = "openai"
model = "gpt-4o"
"#;

const LOCK: &str = r#"format = 1
synced_at = "2026-11-19T08:00:00Z"

[connections.depot]
kind = "sqlite"

[connections.depot.tables.payments]
rows = 90
columns = [
  { name = "payment_id", declared = "text", nullable = false, labels = ["trusted"] },
  { name = "email", declared = "text", nullable = false, labels = ["@pii.email"] },
  { name = "reason", declared = "text", nullable = true },
  { name = "amount", declared = "double", nullable = false, labels = ["trusted"] },
]

[tools.chat]
server = "chat"
version = "1"

[tools.chat.calls.post_message]
wire_name = "post_message"
digest = "1"
description = "Posts a message."
input_schema = '{"type":"object","properties":{"channel":{"type":"string"},"text":{"type":"string"}},"required":["channel","text"]}'
output_schema = '{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"]}'

[tools.chat.calls.find_user]
wire_name = "find_user"
digest = "2"
description = "Finds a user."
read_only = true
input_schema = '{"type":"object","properties":{"email":{"type":"string"}},"required":["email"]}'
output_schema = '{"type":"object","properties":{"email":{"type":"string"}},"required":["email"]}'

[tools.till]
server = "till"
version = "1"

[tools.till.calls.refund]
wire_name = "refund"
digest = "3"
description = "Pays back."
input_schema = '{"type":"object","properties":{"payment":{"type":"string"}},"required":["payment"]}'
output_schema = '{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"]}'
"#;

const DESK: &str = r##"## Pays back.
playbook refund_desk

use depot, chat, till, past_cases

calendar us_office

trigger every weekday at 08:00

input least: money = $10

type Contact {
  email: text @pii.email
}

query payments from depot, at most 100 rows {
  select payment_id, email, reason, amount from payments where payment_id <> 'depot'
}

model judge(reason: text) -> Contact {
  route local, distant
  budget $1 per call, $5 per run
  prompt "A customer says {reason}."
  otherwise { email: "nobody@example.com" }
}

let few = payments
  | where amount > least
  | take 10

for each payment in few {
  let cases = search past_cases for payment.reason take 3
  let contact = judge(payment.reason)
  ask "fin-desk" to approve "Pay {payment.payment_id}? {count(cases)} like it, {redact(contact.email)}."
    within 1 hour, then "managers" within 2 hours
    otherwise skip "Nobody answered."
  do till.refund(payment: payment.payment_id)
    at most once per payment.payment_id
  do chat.post_message(channel: "#fin-desk", text: release(payment.email, to: chat, because: "depot and fin-desk asked for it"))
}

test "it asks" {
  given payments = []
  given ask "fin-desk" = { approved: true }
  run
  expect chat.post_message never called
}
"##;

const POLICIES: &str = r#"## What binds everybody.
module desk.policies

use till, chat

policy people_first {
  every do till.refund follows ask ["fin-desk", "managers"]
  no @pii reaches distant
  at most 100 of do chat per run
}
"#;

fn files() -> Vec<(&'static str, String)> {
    vec![
        ("sophia.toml", MANIFEST.to_owned()),
        ("sophia.lock", LOCK.to_owned()),
        ("refund_desk.sophia", DESK.to_owned()),
        ("policies.sophia", POLICIES.to_owned()),
    ]
}

fn client(files: &[(&'static str, String)]) -> Client {
    let lent: Vec<(&str, &str)> = (files.iter())
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let mut client = Client::new(&lent);
    for (name, text) in files {
        client.open(name, text);
    }
    client
}

/// Everything that is wrong in the project.
fn wrong(client: &mut Client, files: &[(&'static str, String)]) -> Vec<(String, Vec<String>)> {
    let all = files
        .iter()
        .map(|(name, _)| ((*name).to_owned(), client.codes(name)));
    all.filter(|(_, codes)| !codes.is_empty()).collect()
}

/// The place of a cursor in a text of the project, in the place where the text without it stands once.
fn place(text: &str, around: &str) -> (u32, u32) {
    let plain = around.replace('‸', "");
    assert_eq!(text.matches(&plain).count(), 1, "{plain}");
    cursor(&text.replacen(&plain, around, 1)).1
}

fn ask(method: &str, file: &str, around: &str) -> (Client, Value) {
    let files = files();
    let mut client = client(&files);
    let text = &files.iter().find(|(name, _)| *name == file).unwrap().1;
    let mut params = Client::at(file, place(text, around));
    params["context"] = json!({ "includeDeclaration": true });
    let answer = client.ask(method, params);
    (client, answer)
}

fn renamed(file: &str, around: &str, new: &str) -> Result<Vec<(&'static str, String)>, String> {
    let files = files();
    let mut client = client(&files);
    let before = wrong(&mut client, &files);
    assert!(before.is_empty(), "the project is sound: {before:?}");
    let text = &files.iter().find(|(name, _)| *name == file).unwrap().1;
    let mut params = Client::at(file, place(text, around));
    params["newName"] = json!(new);
    let response = client.request("textDocument/rename", params);
    let edits = response.response_result.map_err(|error| error.message)?;
    let after = files.into_iter().map(|(name, text)| {
        let edits = edits["changes"].get(Client::uri(name));
        (
            name,
            edits.map_or_else(|| text.clone(), |edits| edited(&text, edits)),
        )
    });
    let after: Vec<_> = after.collect();
    let mut client = self::client(&after);
    let now = wrong(&mut client, &after);
    assert!(now.is_empty(), "{now:?} {after:#?}");
    Ok(after)
}

/// How often a word stands in all texts.
fn count(files: &[(&'static str, String)], word: &str) -> usize {
    files
        .iter()
        .map(|(_, text)| text.matches(word).count())
        .sum()
}

#[test]
fn what_the_manifest_declares_is_renamed_from_there() {
    let before = files();
    // What stays is said in comments, in quotes of SQL, in reasons and names of servers and channels.
    for (around, old, new, stay) in [
        ("[connections.de‸pot] #", "depot", "vault", 4),
        ("ch‸at = {", "chat", "talk", 3),
        ("[tools.ti‸ll]", "till", "bank", 2),
        ("[models.loc‸al]", "local", "near", 0),
        ("[models.dist‸ant]", "distant", "far", 1),
        ("[models.num‸bers]", "numbers", "vectors", 1),
        ("[knowledge.past_ca‸ses]", "past_cases", "old_cases", 0),
        ("[calendars.us_off‸ice]", "us_office", "office", 0),
        ("fin-de‸sk = [\"kim", "fin-desk", "pay-desk", 2),
        ("man‸agers = {", "managers", "chiefs", 0),
    ] {
        let after = renamed("sophia.toml", around, new).unwrap();
        assert!(count(&before, old) > stay, "{old}");
        assert_eq!(count(&after, old), stay, "{old}: {after:#?}");
    }
}

#[test]
fn it_is_renamed_from_wherever_it_is_named() {
    let all = |old: &str, after: &[(&'static str, String)]| count(after, old);
    let after = renamed("sophia.toml", "store = \"embed‸ded\"", "x");
    assert!(after.is_err(), "a word that names nothing");
    for (file, around) in [
        ("sophia.toml", "embed = \"num‸bers\""),
        ("sophia.toml", "connection = \"dep‸ot\""),
        ("sophia.toml", "connections.de‸pot = {"),
        ("sophia.toml", "[env.live.tools.ch‸at]"),
        ("sophia.toml", "[clearance]\nfin-‸desk"),
        ("sophia.lock", "[connections.de‸pot]"),
        ("sophia.lock", "[tools.ti‸ll]"),
        ("refund_desk.sophia", "route loc‸al"),
        ("refund_desk.sophia", "ask \"fin-‸desk\" to"),
        ("refund_desk.sophia", "then \"man‸agers\""),
        ("refund_desk.sophia", "given ask \"fin-‸desk\""),
        ("refund_desk.sophia", "calendar us_‸office"),
        ("refund_desk.sophia", "to: ch‸at,"),
        ("refund_desk.sophia", "search past_‸cases"),
        ("policies.sophia", "reaches dis‸tant"),
        ("policies.sophia", "do ti‸ll.refund"),
        ("policies.sophia", "[\"fin-‸desk\""),
    ] {
        let after = renamed(file, around, "another").unwrap();
        assert!(all("another", &after) > 1, "{around}: {after:#?}");
    }
}

#[test]
fn a_label_is_renamed_with_its_kinds() {
    let after = renamed("sophia.toml", "email\" = \"@pii.e‸mail\"", "contact.mail").unwrap();
    assert_eq!(count(&after, "contact.mail"), 6, "{after:#?}");
    assert_eq!(count(&after, "pii.email"), 0, "{after:#?}");
    let after = renamed("policies.sophia", "no @p‸ii reaches", "personal").unwrap();
    assert_eq!(count(&after, "personal.email"), 6, "{after:#?}");
    assert_eq!(count(&after, "pii"), 0, "{after:#?}");
    let refused = renamed("policies.sophia", "no @p‸ii reaches", "Personal").unwrap_err();
    assert!(refused.contains("is no label"), "{refused}");
    let refused = renamed("policies.sophia", "no @p‸ii reaches", "pii.email").unwrap_err();
    assert!(refused.contains("already is a label"), "{refused}");
}

#[test]
fn an_input_is_renamed_into_the_manifest() {
    for (file, around) in [
        ("refund_desk.sophia", "input le‸ast"),
        ("sophia.toml", "at_once_per = { le‸ast"),
        ("sophia.toml", "\"refund_desk.le‸ast\" = \"money USD\""),
    ] {
        let after = renamed(file, around, "lowest").unwrap();
        assert_eq!(count(&after, "least"), 0, "{after:#?}");
        assert_eq!(count(&after, "lowest"), 5, "{after:#?}");
    }
}

#[test]
fn what_others_know_by_its_name_is_refused_with_the_reason() {
    for (file, around, new, reason) in [
        (
            "sophia.toml",
            "\"distant_k‸ey\"",
            "other",
            "outside of the project",
        ),
        ("sophia.toml", "[env.d‸ev]", "other", "starts Sophia"),
        (
            "sophia.toml",
            "\"depot.pay‸ments.amount\"",
            "other",
            "named by the source",
        ),
        (
            "sophia.lock",
            "{ name = \"rea‸son\"",
            "other",
            "named by the source",
        ),
        (
            "sophia.lock",
            "calls.ref‸und]",
            "other",
            "named by its server",
        ),
        (
            "sophia.toml",
            "playbooks.refund_‸desk]",
            "other",
            "Runs in flight",
        ),
        ("sophia.toml", "[models.loc‸al]", "distant", "already means"),
        (
            "sophia.toml",
            "[connections.de‸pot] #",
            "payments",
            "already means",
        ),
        (
            "sophia.toml",
            "man‸agers = {",
            "no name",
            "is no name of a group",
        ),
        ("sophia.toml", "zo‸ne = ", "other", "No name stands here"),
    ] {
        let refused = renamed(file, around, new).unwrap_err();
        assert!(refused.contains(reason), "{around}: {refused}");
    }
}

#[test]
fn a_name_of_the_manifest_is_followed_and_told() {
    let follow = |file: &str, around: &str| {
        let (client, location) = ask("textDocument/definition", file, around);
        covered(&client, &location)
    };
    let at = |file: &str, text: &str| (file.to_owned(), text.to_owned());
    let manifest = |text| at("sophia.toml", text);
    assert_eq!(
        follow("sophia.toml", "embed = \"num‸bers\""),
        manifest("numbers")
    );
    assert_eq!(
        follow("sophia.toml", "\"depot.payments.am‸ount\""),
        at("sophia.lock", "amount")
    );
    assert_eq!(
        follow("sophia.toml", "\"depot.pay‸ments.amount\""),
        at("sophia.lock", "payments")
    );
    assert_eq!(
        follow("sophia.toml", "effects = [\"ref‸und\"]"),
        at("sophia.lock", "refund")
    );
    assert_eq!(
        follow("sophia.toml", "playbooks.refund_‸desk]"),
        at("refund_desk.sophia", "refund_desk")
    );
    assert_eq!(
        follow("sophia.toml", "\"policies.‸sophia\""),
        at("policies.sophia", "desk.policies")
    );
    assert_eq!(
        follow("policies.sophia", "reaches dis‸tant"),
        manifest("distant")
    );
    assert_eq!(
        follow("refund_desk.sophia", "ask \"fin-‸desk\" to"),
        manifest("fin-desk")
    );
    let hover = |file: &str, around: &str| {
        let (_, shown) = ask("textDocument/hover", file, around);
        shown["contents"]["value"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    for (file, around, wanted) in [
        ("sophia.toml", "[models.dist‸ant]", "$2.5"),
        ("sophia.toml", "fin-de‸sk = [\"kim", "kim@example.com"),
        ("sophia.toml", "\"depot.payments.am‸ount\"", "never missing"),
        ("sophia.toml", "effects = [\"ref‸und\"]", "Pays back."),
        ("sophia.toml", "clearance = \"pii.em‸ail\"", "`distant`"),
        ("sophia.toml", "\"distant_k‸ey\"", "outside of the project"),
        (
            "refund_desk.sophia",
            "text @pii.em‸ail",
            "Cleared for it: `depot`, `chat`, `distant`, `fin-desk`.",
        ),
        (
            "refund_desk.sophia",
            "ask \"fin-‸desk\" to",
            "kim@example.com",
        ),
    ] {
        let said = hover(file, around);
        assert!(said.contains(wanted), "{around}: {said}");
    }
}

#[test]
fn references_go_from_the_manifest_into_everything() {
    let (client, found) = ask(
        "textDocument/references",
        "sophia.toml",
        "[connections.de‸pot] #",
    );
    let mut found: Vec<_> = (found.as_array().unwrap().iter())
        .map(|location| covered(&client, location).0)
        .collect();
    found.sort();
    found.dedup();
    assert_eq!(found, ["refund_desk.sophia", "sophia.lock", "sophia.toml"]);
    let (client, found) = ask(
        "textDocument/references",
        "sophia.lock",
        "{ name = \"am‸ount\"",
    );
    let found: Vec<_> = (found.as_array().unwrap().iter())
        .map(|location| covered(&client, location))
        .collect();
    let wanted = ["refund_desk.sophia", "sophia.lock", "sophia.toml"];
    let files: Vec<_> = found.iter().map(|(file, _)| file.as_str()).collect();
    assert_eq!(files, wanted, "{found:?}");
}
