//! `sophia test` at its boundary: what tests of a playbook say, run side by side with nothing outside touched.

use std::sync::Arc;

use sophia_compiler::catalogue::{Catalogue, Server, ToolCall};
use sophia_compiler::project::{
    ConnectionSettings, Manifest, ModelSettings, ToolSettings, Webhook,
};
use sophia_compiler::{Checked, Snapshot, SourceFile, check};
use sophia_server::testing::{Coverage, TestResult, coverage, run_tests};

/// A project with a chat, a ledger and a model, whose playbook has these lines.
fn snapshot(text: &str) -> Snapshot {
    let call = |wire_name: &str, input: &str| ToolCall {
        wire_name: wire_name.to_owned(),
        input_schema: input.to_owned(),
        ..ToolCall::default()
    };
    let post = call(
        "post",
        r#"{"type":"object","properties":{"channel":{"type":"string"},"text":{"type":"string"}},"required":["channel","text"]}"#,
    );
    let refund = call(
        "refund",
        r#"{"type":"object","properties":{"payment":{"type":"string"}},"required":["payment"]}"#,
    );
    let server = |name: &str, our_name: &str, call: ToolCall| Server {
        server: name.to_owned(),
        version: "1".to_owned(),
        calls: [(our_name.to_owned(), call)].into(),
    };
    let model = ModelSettings {
        kind: "gguf".to_owned(),
        ..ModelSettings::default()
    };
    Snapshot {
        manifest: Manifest {
            name: "tested".to_owned(),
            connections: [("warehouse".to_owned(), ConnectionSettings::default())].into(),
            tools: [
                (
                    "chat".to_owned(),
                    ToolSettings {
                        content: [("post".to_owned(), vec!["text".to_owned()])].into(),
                        ..ToolSettings::default()
                    },
                ),
                ("ledger".to_owned(), ToolSettings::default()),
            ]
            .into(),
            models: [("local".to_owned(), model)].into(),
            groups: [(
                "leads".to_owned(),
                vec!["ann@example.org".to_owned(), "bob@example.org".to_owned()],
            )]
            .into(),
            webhooks: [(
                "chat.replied".to_owned(),
                Webhook {
                    of: "{ id: text }".to_owned(),
                    ..Webhook::default()
                },
            )]
            .into(),
            ..Manifest::default()
        },
        catalogue: Catalogue {
            format: 1,
            tools: [
                ("chat".to_owned(), server("chat", "post", post)),
                ("ledger".to_owned(), server("ledger", "refund", refund)),
            ]
            .into(),
            ..Catalogue::default()
        },
        files: vec![SourceFile {
            path: Arc::from("example.sophia"),
            text: Arc::from(text),
        }],
    }
}

fn checked(snapshot: &Snapshot) -> Checked {
    let checked = check(snapshot);
    assert!(
        checked.diagnostics.iter().all(|found| !found.is_error()),
        "{:#?}",
        checked.diagnostics
    );
    checked
}

/// The results of the tests behind a playbook, in order, and what they reach.
async fn tested(playbook: &str) -> (Vec<TestResult>, Coverage) {
    let snapshot = snapshot(&format!(
        "playbook example\n\nuse chat, ledger\n\n{playbook}"
    ));
    let checked = checked(&snapshot);
    let playbook = checked.playbooks.first().expect("a playbook");
    let mut results = run_tests(&[playbook], &snapshot).await.expect("results");
    let results = results.pop().expect("those of the playbook");
    let plan = playbook.plan.as_ref().expect("a plan");
    let reached = coverage(plan, &results);
    (results, reached)
}

/// What came of the only failure, with what is marked in it.
fn came(result: &TestResult) -> (String, Vec<String>) {
    let [failure] = result.failures.as_slice() else {
        panic!("one failure, not {:#?}", result.failures);
    };
    let letters: Vec<char> = failure.came.text.chars().collect();
    let marked = failure
        .came
        .differs
        .iter()
        .map(|(begin, width)| letters[*begin..*begin + *width].iter().collect())
        .collect();
    (failure.came.text.clone(), marked)
}

const TWO_EFFECTS: &str = r##"do ledger.refund(payment: "p1")
do chat.post(channel: "#cs", text: "Refunded.")

"##;

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_differs_is_shown_with_what_differs() {
    let (results, _) = tested(&format!(
        r##"{TWO_EFFECTS}test "another channel" {{
  run
  expect chat.post called once with {{ channel: "#css", text: "Refunded." }}
}}

test "the right one" {{
  run
  expect chat.post called once with {{ channel: "#cs" }}
}}

test "too often" {{
  run
  expect chat.post never called
}}
"##
    ))
    .await;
    let (text, marked) = came(&results[0]);
    assert_eq!(
        text,
        r##"chat.post called once with { channel: "#cs", text: "Refunded." }"##
    );
    assert_eq!(marked, [r#"#cs""#]);
    assert!(results[1].passed());
    let (text, marked) = came(&results[2]);
    assert_eq!(text, "chat.post called once");
    assert_eq!(marked, ["once"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_calls_the_nearest_is_shown() {
    let (results, _) = tested(
        r##"for each payment in ["p1", "p2"] {
  do chat.post(channel: "#cs", text: payment)
}

test "none of them" {
  run
  expect chat.post called once with { channel: "#finance", text: "p2" }
}
"##,
    )
    .await;
    let (text, marked) = came(&results[0]);
    assert_eq!(
        text,
        r##"chat.post called 2 times, nearest with { channel: "#cs", text: "p2" }"##
    );
    assert_eq!(marked, [r#"#cs""#]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_effects_can_be_expected() {
    let (results, _) = tested(&format!(
        r#"{TWO_EFFECTS}test "as written" {{
  run
  expect ledger.refund before chat.post
}}

test "the other way round" {{
  run
  expect chat.post before ledger.refund
}}
"#
    ))
    .await;
    assert!(results[0].passed(), "{:#?}", results[0]);
    let (text, _) = came(&results[1]);
    assert_eq!(text, "ledger.refund before chat.post");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_that_times_out_waits_for_a_person() {
    let (results, _) = tested(&format!(
        r#"{TWO_EFFECTS}test "nobody is sure" {{
  given ledger.refund fails "timeout" 1 time
  run
  expect waits for "a person to say whether ledger.refund happened"
  expect chat.post never called
}}

test "a refusal is no wait" {{
  given ledger.refund fails "closed"
  run
  expect fails "closed"
}}

test "it was taken for a wait" {{
  run
  expect waits for "finance"
}}
"#
    ))
    .await;
    assert!(results[0].passed(), "{:#?}", results[0]);
    assert!(results[1].passed(), "{:#?}", results[1]);
    assert_eq!(came(&results[2]).0, "it ended without waiting");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_played_is_told_once_and_counts_as_failed() {
    let (results, _) = tested(&format!(
        r#"{TWO_EFFECTS}test "time passes" {{
  run
  then 3 days pass
  expect chat.post called once
}}

test "nobody is sure for long" {{
  given ledger.refund fails "timeout" 1 time
  run
  then 3 days pass
}}
"#
    ))
    .await;
    let codes: Vec<&str> = results
        .iter()
        .map(|result| {
            assert!(!result.passed());
            result
                .not_played
                .as_ref()
                .map_or("", |problem| problem.code.as_str())
        })
        .collect();
    assert_eq!(codes, ["S871", ""]);
    assert_eq!(results[1].failures[0].expected, "the run to end well");
}

const DESK: &str = r#"let verdict = ask 2 of "leads" to approve "Shall it be told?"
  within 4 hours
  otherwise stop "Nobody decided."

stop "Refused by {verdict.by}: {verdict.comment}" when not verdict.approved

do chat.post(channel: "here", text: "Approved by {verdict.by}.")

let reply = wait for chat.replied as r where r.id = "one"
  within 2 days
  otherwise none

if reply is missing {
  do chat.post(channel: "here", text: "Nobody replied.")
}

"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_after_what_was_expected_needs_no_line_but_a_question_does() {
    let (results, _) = tested(&format!(
        r#"{DESK}test "the approval is told, and a reply waited for" {{
  run
  then "leads" approves
  expect chat.post called once
}}

test "nothing was to be told" {{
  given ask "leads" = {{ approved: true }}
  run
  expect ledger.refund never called
}}

test "the question is forgotten" {{
  run
  expect chat.post never called
}}
"#
    ))
    .await;
    assert!(results[0].passed(), "{:#?}", results[0]);
    for (result, waits_for) in [(&results[1], "chat.replied"), (&results[2], "leads")] {
        let (came, _) = came(result);
        assert_eq!(result.failures[0].expected, "the run to end well");
        assert!(came.contains(waits_for), "{came}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_answer_events_come_and_time_passes() {
    let (results, _) = tested(&format!(
        r#"{DESK}test "all goes well" {{
  run
  expect waits for "leads"
  expect chat.post never called
  then "leads" approves
  expect chat.post called once with {{ text: "Approved by ann@example.org, bob@example.org." }}
  expect waits for "chat.replied"
  then chat.replied arrives {{ id: "two" }}
  expect waits for "chat.replied"
  then chat.replied arrives {{ id: "one" }}
  expect chat.post called once
}}

test "nobody replies" {{
  given ask "leads" = {{ approved: true }}
  run
  then 26 hours pass
  expect chat.post called once
  then 2 business days pass
  expect chat.post called 2 times
}}

test "a refusal" {{
  run
  then "leads" refuses with {{ comment: "Too loud." }}
  expect verdict.comment = "Too loud."
  expect chat.post never called
}}

test "nobody decides" {{
  run
  then 5 hours pass
  expect chat.post never called
}}

test "the wrong ones are waited for" {{
  run
  expect waits for "chat.replied"
  then 5 hours pass
}}

test "an answer that nobody asks for" {{
  given ask "leads" = {{ approved: true }}
  run
  then "leads" approves
  then 3 days pass
}}
"#
    ))
    .await;
    for result in &results[..4] {
        assert!(result.passed(), "{result:#?}");
    }
    let (text, _) = came(&results[4]);
    assert!(text.starts_with("it waits: "), "{text}");
    assert_eq!(came(&results[5]).0, "the run asks them nothing now");
}

const ROUNDS: &str = r#"stop "The customer replied." on chat.replied as r where r.id = "one"

repeat every 1 hour, at most 3 times {
  do chat.post(channel: "here", text: "Please reply.")
    retry 2 times over 10 minutes
}

do chat.post(channel: "here", text: "Nobody replied.")

"#;

#[tokio::test(flavor = "multi_thread")]
async fn time_passes_and_events_come_between_two_rounds() {
    let (results, _) = tested(&format!(
        r#"{ROUNDS}test "nobody replies" {{
  run
  expect chat.post called once
  expect waits for "pauses after round 1"
  then 59 minutes pass
  expect chat.post called once
  then 1 minute passes
  expect chat.post called 2 times
  then 1 hour passes
  expect chat.post called 3 times with {{ text: "Please reply." }}
  expect chat.post called once with {{ text: "Nobody replied." }}
}}

test "a reply comes after the second round" {{
  run
  then 1 hour passes
  then chat.replied arrives {{ id: "two" }}
  expect waits for "pauses after round 2"
  then chat.replied arrives {{ id: "one" }}
  expect chat.post called 2 times
}}

test "the call is tried again by itself" {{
  given chat.post fails "Too many requests." 1 time
  run
  then 1 day passes
  expect chat.post called 4 times
}}

test "the rounds take a while" {{
  run
  expect chat.post never called with {{ text: "Nobody replied." }}
}}
"#
    ))
    .await;
    for result in &results[..3] {
        assert!(result.passed(), "{result:#?}");
    }
    let (text, _) = came(&results[3]);
    assert!(
        text.contains("pauses after round 1; the next begins at"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_waited_for_is_named_and_nothing_else() {
    let (results, _) = tested(
        r#"for each item in ["a", "b"], 2 at a time {
  ask "leads" to approve "About {item}?"
}

test "by who is asked" {
  run
  expect waits for "leads"
}

test "by words that fit one wait" {
  run
  expect waits for "About b?"
}

test "a part of a word is no wait" {
  run
  expect waits for "Abou"
}

test "words that fit two waits" {
  run
  expect waits for "About"
}
"#,
    )
    .await;
    for result in &results[..2] {
        assert!(result.passed(), "{result:#?}");
    }
    let (text, _) = came(&results[2]);
    assert!(text.starts_with("it waits: "), "{text}");
    let (text, _) = came(&results[3]);
    assert!(
        text.starts_with("several waits fit, so more of one has to be written: "),
        "{text}"
    );
    assert!(
        text.contains("About a?") && text.contains("About b?"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_one_test_hides_no_other() {
    let (results, _) = tested(
        r#"do chat.post(channel: "here", text: "Told.")

test "nothing can be given so" {
  given now = 2026-11-20 08:00 + days(9223372036854775807)
  run
}

test "all is well" {
  run
  expect chat.post called once
}
"#,
    )
    .await;
    assert!(results[0].not_played.is_some(), "{:#?}", results[0]);
    assert!(results[1].passed(), "{:#?}", results[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_asked_several_things_answers_each() {
    let (results, _) = tested(
        r#"let grade = ask "leads" for { grade: 1..5 } "How was it?"
ask "leads" to approve "Shall it be told?"

do chat.post(channel: "here", text: "{grade.grade}")

test "in turn" {
  run
  then "leads" answers { grade: 4 }
  then "leads" approves
  expect chat.post called once with { text: "4" }
}

test "beforehand" {
  given ask "leads" = { grade: 3 }
  given ask "leads" = { approved: true }
  run
  expect chat.post called once with { text: "3" }
}
"#,
    )
    .await;
    for result in &results {
        assert!(result.passed(), "{result:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn coverage_knows_steps_and_written_answers() {
    let (results, reached) = tested(
        r##"input large: boolean = false

model sum(text: text) -> text {
  route  local
  prompt "{text}"
  otherwise "none"
}

let told = sum("A story")

if large {
  do ledger.refund(payment: "p1")
}

do chat.post(channel: "#cs", text: told)

test "a small one" {
  given sum = "short"
  run
  expect chat.post called once with { text: "short" }
}
"##,
    )
    .await;
    assert!(results[0].passed(), "{:#?}", results[0]);
    let missed: Vec<(u32, &str)> = reached
        .missed
        .iter()
        .map(|missed| (missed.line, missed.what.as_str()))
        .collect();
    assert_eq!(missed, [(10, "otherwise of sum"), (16, "ledger.refund")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tests_run_side_by_side_and_keep_their_order() {
    let tests: Vec<String> = (0..40)
        .map(|number| {
            format!(
                "test \"number {number}\" {{\n  run with {{ number: {number} }}\n  expect chat.post called once with {{ text: \"{number}\" }}\n}}\n\n"
            )
        })
        .collect();
    let (results, _) = tested(&format!(
        "input number: integer\n\ndo chat.post(channel: \"#cs\", text: \"{{number}}\")\n\n{}",
        tests.concat()
    ))
    .await;
    assert_eq!(results.len(), 40);
    for (number, result) in results.iter().enumerate() {
        assert_eq!(&*result.title, format!("number {number}"));
        assert!(result.passed(), "{result:#?}");
    }
}
