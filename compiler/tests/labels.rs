//! Labels over whole playbooks: the ones that the language is measured by, and the way that a complaint shows.

mod fixture;

use std::sync::Arc;

use sophia_compiler::catalogue::Catalogue;
use sophia_compiler::project::Manifest;
use sophia_compiler::{Checked, Snapshot, SourceFile, check};
use sophia_diagnostics::LineIndex;

const COACHING: &str = include_str!("../../examples/playbooks/call_coaching.sophia");

fn company(files: &[(&str, &str)]) -> Checked {
    let file = Arc::from("sophia.toml");
    let (manifest, mistakes) =
        Manifest::from_toml(include_str!("../../examples/playbooks/sophia.toml"), &file);
    assert_eq!(mistakes, []);
    let catalogue: Catalogue = toml::from_str(include_str!("../../examples/playbooks/sophia.lock"))
        .expect("the fixture is a catalogue");
    check(&Snapshot {
        manifest,
        catalogue,
        files: files
            .iter()
            .map(|(path, text)| SourceFile {
                path: Arc::from(*path),
                text: Arc::from(*text),
            })
            .collect(),
    })
}

/// The complaints about labels as `line: CODE message`.
fn about_labels(checked: &Checked, text: &str) -> Vec<String> {
    checked
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.code.as_str().starts_with("S6"))
        .map(|diagnostic| {
            let line = LineIndex::new(text)
                .position(diagnostic.span.start as usize)
                .line;
            format!("{line}: {} {}", diagnostic.code, diagnostic.message)
        })
        .collect()
}

#[test]
fn the_playbooks_of_the_language_are_sound() {
    for (name, text) in [
        ("ask", include_str!("../../examples/playbooks/ask.sophia")),
        (
            "deal_desk",
            include_str!("../../examples/playbooks/deal_desk.sophia"),
        ),
        (
            "dip_response",
            include_str!("../../examples/playbooks/dip_response.sophia"),
        ),
        (
            "intake",
            include_str!("../../examples/playbooks/intake.sophia"),
        ),
        ("call_coaching", COACHING),
    ] {
        let checked = company(&[(name, text)]);
        assert_eq!(about_labels(&checked, text), Vec::<String>::new(), "{name}");
    }
    let desk = include_str!("../../examples/playbooks/desk.sophia");
    let refund = include_str!("../../examples/playbooks/refund_desk.sophia");
    let checked = company(&[("desk", desk), ("refund_desk", refund)]);
    assert_eq!(about_labels(&checked, refund), Vec::<String>::new());
}

#[test]
fn a_transcript_does_not_leave_for_a_model_outside() {
    let text = COACHING.replace("route  local ", "route  local, openai ");
    let checked = company(&[("call_coaching", &text)]);
    assert_eq!(
        about_labels(&checked, &text),
        ["22: S603 `transcript` would leave for `openai`, which is not cleared for @pii."]
    );
    let plans = checked
        .playbooks
        .iter()
        .filter(|playbook| playbook.plan.is_some());
    assert_eq!(plans.count(), 0, "what must not run has no plan");
}

#[test]
fn a_summary_that_is_not_redacted_does_not_leave() {
    let text = COACHING.replace(
        "redact(sales.summarize_moments(moments))",
        "sales.summarize_moments(moments)",
    );
    let checked = company(&[("call_coaching", &text)]);
    let told = about_labels(&checked, &text);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("S601 `summary` would leave for `slack.post_message`"),
        "{told:?}"
    );
}

#[test]
fn a_complaint_shows_the_whole_way() {
    let text = "playbook example

use warehouse

query contacts from warehouse {
  select contact_id, email
  from   contacts
}

model letter(contact: row of contacts) -> text {
  route  local, openai
  prompt \"Write to {contact.email}.\"
}

let chosen = contacts | where contact_id != \"x\"

for each contact in chosen {
  let draft = letter(contact)
}
";
    let checked = fixture::check_files(&[("example.sophia", text)]);
    let [diagnostic] = checked.diagnostics.as_slice() else {
        panic!("{:?}", checked.diagnostics);
    };
    let lines = LineIndex::new(text);
    let way: Vec<(String, u32)> = diagnostic
        .related
        .iter()
        .map(|related| {
            let line = lines.position(related.span.start as usize).line;
            let inside = &*related.file == "example.sophia";
            (related.message.clone(), if inside { line } else { 0 })
        })
        .collect();
    let way: Vec<(&str, u32)> = way
        .iter()
        .map(|(told, line)| (told.as_str(), *line))
        .collect();
    assert_eq!(
        way,
        [
            ("warehouse.contacts.email  @pii.email", 0),
            ("→ query contacts  column `email`", 6),
            ("→ let chosen", 15),
            ("→ for each contact", 17),
            ("→ model letter, `contact`", 18),
            ("→ model letter, route `openai`  cleared: internal", 11),
        ]
    );
    assert_eq!(diagnostic.code.as_str(), "S603");
    assert_eq!(&text[diagnostic.span.range()], "contact.email");
    let fix = diagnostic.fix.as_ref().expect("a fix");
    assert_eq!(
        fix.message,
        "route local only, or redact(contact.email), or clear `openai` for @pii.email in sophia.toml"
    );
}

#[test]
fn what_playbooks_leave_for_each_other_keeps_its_labels() {
    let sender = "playbook sender

use warehouse

query contacts from warehouse, at most 1 row {
  select contact_id, email from contacts
}

let contact = contacts | only
emit contact_seen { id: contact.contact_id, email: contact.email }
";
    let receiver = "playbook receiver

use slack

trigger on event contact_seen as seen

do slack.add_note(text: seen.id)
do slack.add_note(text: seen.email) named second
";
    for files in [
        [("sender.sophia", sender), ("receiver.sophia", receiver)],
        [("receiver.sophia", receiver), ("sender.sophia", sender)],
    ] {
        let checked = fixture::check_files(&files);
        assert_eq!(
            about_labels(&checked, receiver),
            [
                "8: S601 `seen.email` would leave for `slack.add_note`, which is not cleared for @pii.email."
            ]
        );
    }
}

#[test]
fn what_another_playbook_is_given_and_gives_back_keeps_its_labels() {
    let teller = "playbook tell_owners

use slack

input report: text

do slack.add_note(text: report)
return report
";
    let caller = "playbook caller

use warehouse, slack, tell_owners

query contacts from warehouse, at most 1 row {
  select contact_id, email from contacts
}

let contact = contacts | only
let told = run tell_owners(report: contact.email)
do slack.add_note(text: told)
";
    let checked = fixture::check_files(&[("a.sophia", caller), ("b.sophia", teller)]);
    let told: Vec<(&str, &str)> = checked
        .diagnostics
        .iter()
        .map(|diagnostic| (&*diagnostic.file, diagnostic.code.as_str()))
        .collect();
    assert_eq!(told, [("a.sophia", "S601"), ("b.sophia", "S601")]);
}

#[test]
fn what_a_model_of_the_warehouse_answers_is_vouched_for_by_nobody() {
    let text = |payment: &str| {
        format!(
            "playbook example

use stripe, warehouse

query paid from warehouse, at most 10 rows {{
  select payment_id, amount, {payment} as chosen
  from   payments
}}

for each payment in paid() {{
  do stripe.create_refund(payment: payment.chosen, amount: payment.amount)
}}
"
        )
    };
    let sound = text("payment_id");
    let checked = company(&[("example", &sound)]);
    assert_eq!(about_labels(&checked, &sound), Vec::<String>::new());
    let answered = text("snowflake.cortex.complete('llama3.1-8b', payment_id)");
    let checked = company(&[("example", &answered)]);
    let told = about_labels(&checked, &answered);
    assert_eq!(told.len(), 1, "{told:?} {:?}", checked.diagnostics);
    let way: Vec<&str> = (checked.diagnostics.iter())
        .filter(|diagnostic| diagnostic.code.as_str().starts_with("S6"))
        .flat_map(|diagnostic| &diagnostic.related)
        .map(|related| &*related.message)
        .collect();
    assert_eq!(
        way,
        [
            "warehouse.snowflake.cortex.complete  untrusted",
            "→ query paid  column `chosen`",
            "→ for each payment",
        ]
    );
}

#[test]
fn a_way_through_several_playbooks_names_each_of_their_files() {
    let finds = "playbook finds\n\nuse warehouse, tells\n\nquery contacts from warehouse, at most 5 rows {\n  select contact_id, email from contacts\n}\n\nfor each contact in contacts {\n  run tells(who: contact.email)\n  emit contact_found { who: contact.email }\n}\n";
    let tells = "playbook tells\n\nuse slack\n\ninput who: text\n\ndo slack.add_note(text: \"Hello {who}\")\n";
    let hears = "playbook hears\n\nuse slack\n\ntrigger on event contact_found as found\n\ndo slack.add_note(text: found.who)\n";
    let files = [
        ("finds.sophia", finds),
        ("hears.sophia", hears),
        ("tells.sophia", tells),
    ];
    let checked = fixture::check_files(&files);
    let mut ways: Vec<Vec<String>> = Vec::new();
    for diagnostic in &checked.diagnostics {
        assert_eq!(diagnostic.code.as_str(), "S601", "{diagnostic:?}");
        let stops = diagnostic.related.iter().map(|stop| {
            let text = files.iter().find(|(file, _)| **file == *stop.file);
            let line = text.map_or(0, |(_, text)| {
                LineIndex::new(text).position(stop.span.start as usize).line
            });
            format!("{}:{line}", stop.file)
        });
        ways.push(stops.collect());
    }
    assert_eq!(
        ways,
        [
            vec![
                "sophia.lock:0",
                "finds.sophia:6",
                "finds.sophia:9",
                "finds.sophia:11",
                "hears.sophia:7"
            ],
            vec![
                "sophia.lock:0",
                "finds.sophia:6",
                "finds.sophia:9",
                "finds.sophia:10",
                "tells.sophia:7"
            ],
        ]
    );
}
