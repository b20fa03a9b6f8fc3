//! The fleet against peers that misbehave in every way that real ones do.

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use sophia_diagnostics::Problem;
use sophia_guard::Secret;
use sophia_tools::{FailureKind, Fleet};
use support::{PATIENCE, arguments, fleet, settings};

async fn failure(fleet: &Fleet) -> (FailureKind, Problem) {
    let call = fleet.call("chat", "tool_0", arguments(json!({})), "k", Some(PATIENCE));
    let failure = call.await.expect_err("a failure");
    (failure.kind, failure.problem)
}

#[tokio::test]
async fn a_command_that_is_not_there_says_what_to_install() {
    let mut npx = settings(&[]);
    npx.command = vec!["npx-that-is-not-there".to_owned()];
    let problem = Fleet::new(vec![npx])
        .describe("chat")
        .await
        .expect_err("no program");
    assert_eq!(problem.code.as_str(), "S950");
    assert!(
        problem
            .message
            .contains("`npx-that-is-not-there` is not installed"),
        "{problem}"
    );
    assert!(problem.help.is_some());

    let mut node = settings(&[]);
    node.command = vec!["npx".to_owned()];
    node.variables = vec![("PATH".to_owned(), "/nowhere".to_owned())];
    let problem = Fleet::new(vec![node])
        .describe("chat")
        .await
        .expect_err("no program");
    assert!(problem.help.expect("help").contains("Node.js"));
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_not_taken_for_a_missing_program() {
    let mut lost = settings(&["stand-in"]);
    lost.folder = "/nowhere/at/all".into();
    let problem = Fleet::new(vec![lost])
        .describe("chat")
        .await
        .expect_err("no folder");
    assert!(
        problem
            .message
            .contains("the folder /nowhere/at/all does not exist"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_server_that_exits_at_start_is_quoted_without_its_secrets() {
    let mut exits = settings(&["exits"]);
    exits.secrets = vec![("TOKEN".to_owned(), Secret::new("xoxb-very-secret"))];
    assert!(
        !format!("{exits:?}").contains("xoxb"),
        "settings can be printed"
    );
    let problem = Fleet::new(vec![exits])
        .describe("chat")
        .await
        .expect_err("it exits");
    assert_eq!(problem.code.as_str(), "S951");
    let causes = problem.causes.join("\n");
    assert!(causes.contains("cannot log in with …"), "{causes}");
    assert!(causes.contains("exit status: 7"), "{causes}");
    assert!(
        causes.contains("line 99") && !causes.contains("line 5\n"),
        "only the last: {causes}"
    );
    assert!(!problem.to_string().contains("xoxb"));
}

#[tokio::test]
async fn a_server_that_keeps_exiting_is_left_alone_for_a_while() {
    let fleet = fleet(&["exits"]);
    for _ in 0..2 {
        let (kind, problem) = failure(&fleet).await;
        assert_eq!(kind, FailureKind::Transient, "nothing was sent");
        assert!(
            problem.message.contains("while it was starting"),
            "{problem}"
        );
    }
    // Until the pause is over the fleet answers without starting anything, and still says why.
    let mut seen = false;
    for _ in 0..20 {
        let (kind, problem) = failure(&fleet).await;
        assert_eq!(kind, FailureKind::Transient);
        seen |= problem.message.contains("keeps stopping")
            && problem
                .causes
                .iter()
                .any(|cause| cause.contains("cannot log in"));
    }
    assert!(seen);
}

#[tokio::test]
async fn a_program_that_is_no_server_is_quoted() {
    let problem = fleet(&["banner"])
        .describe("chat")
        .await
        .expect_err("no server");
    assert_eq!(problem.code.as_str(), "S951");
    assert!(
        problem
            .causes
            .join("\n")
            .contains("Usage: program [options]"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_and_killed() {
    let mut silent = settings(&["silent"]);
    silent.start_timeout = Duration::from_millis(300);
    silent.variables = vec![("MARK".to_owned(), "never-answers".to_owned())];
    let fleet = Fleet::new(vec![silent]);
    let problem = fleet.describe("chat").await.expect_err("it is silent");
    assert_eq!(problem.code.as_str(), "S952");
    assert!(
        problem.message.contains("did not answer within 300 ms"),
        "{problem}"
    );
    assert!(support::gone(|| support::marked_processes("MARK=never-answers").is_empty()).await);
}

#[tokio::test]
async fn a_banner_on_stdout_does_no_harm() {
    let fleet = fleet(&["garbage"]);
    let description = fleet.describe("chat").await.expect("a description");
    assert_eq!(description.server, "scripted");
    assert_eq!(description.tools.len(), 1);
    fleet.shut_down().await;
}

#[tokio::test]
async fn a_server_of_the_new_era_is_found_and_remembered() {
    let fleet = fleet(&["stateless"]);
    let description = fleet.describe("chat").await.expect("a description");
    assert_eq!(description.server, "stateless");
    let answer = fleet
        .call(
            "chat",
            "tool_0",
            arguments(json!({ "a": 1 })),
            "k-1",
            Some(PATIENCE),
        )
        .await
        .expect("an answer");
    let seen: Value = serde_json::from_str(&answer.text).expect("the parameters, sent back");
    assert_eq!(
        seen.pointer("/_meta/sophia~1idempotency-key"),
        Some(&json!("k-1"))
    );
    assert_eq!(
        seen.pointer("/_meta/io.modelcontextprotocol~1protocolVersion"),
        Some(&json!("2026-07-28"))
    );
    fleet.shut_down().await;
}

#[tokio::test]
async fn a_server_that_refuses_both_handshakes_is_no_server() {
    let problem = fleet(&["refuses"])
        .describe("chat")
        .await
        .expect_err("refused");
    assert_eq!(problem.code.as_str(), "S953");
}

#[tokio::test]
async fn death_in_a_call_is_unknown_and_quoted() {
    let fleet = fleet(&["dies-in-calls"]);
    let (kind, problem) = failure(&fleet).await;
    assert_eq!(kind, FailureKind::Unknown);
    assert_eq!(problem.code.as_str(), "S951");
    assert!(
        problem.causes.iter().any(|cause| cause == "out of memory"),
        "{problem}"
    );
    assert!(
        problem.causes.iter().any(|cause| cause == "exit status: 9"),
        "{problem}"
    );
    fleet.shut_down().await;
}

#[tokio::test]
async fn the_call_after_a_death_finds_a_new_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let marker = folder.path().join("died").display().to_string();
    let fleet = fleet(&["dies-once", &marker]);
    assert_eq!(failure(&fleet).await.0, FailureKind::Unknown);
    let again = fleet.call("chat", "tool_0", arguments(json!({})), "k", Some(PATIENCE));
    again.await.expect("an answer from the new process");
    fleet.shut_down().await;
}

#[tokio::test]
async fn a_call_without_an_answer_is_unknown() {
    let fleet = fleet(&["hangs-in-calls"]);
    fleet.describe("chat").await.expect("it starts");
    let call = fleet.call(
        "chat",
        "tool_0",
        arguments(json!({})),
        "k",
        Some(Duration::from_secs(1)),
    );
    let failure = call.await.expect_err("no answer");
    assert_eq!(failure.kind, FailureKind::Unknown);
    assert_eq!(failure.problem.code.as_str(), "S952");
    fleet.shut_down().await;
}

#[tokio::test]
async fn a_deadline_that_passes_before_the_server_is_ready_sent_nothing() {
    let fleet = fleet(&["silent"]);
    let call = fleet.call(
        "chat",
        "any",
        arguments(json!({})),
        "k",
        Some(Duration::from_millis(50)),
    );
    let failure = call.await.expect_err("not ready");
    assert_eq!(failure.kind, FailureKind::Transient);
    fleet.shut_down().await;
}

#[tokio::test]
async fn an_answer_beyond_the_limit_ends_the_connection() {
    let fleet = fleet(&["huge"]);
    let (kind, problem) = failure(&fleet).await;
    assert_eq!(kind, FailureKind::Unknown);
    assert_eq!(problem.code.as_str(), "S953");
    assert!(
        problem.causes.join("").contains("more than 16 MB"),
        "{problem}"
    );
    fleet.shut_down().await;
}

#[tokio::test]
async fn every_page_of_a_list_is_read_but_not_for_ever() {
    let paged = fleet(&["pages"]);
    let names: Vec<String> = paged
        .describe("chat")
        .await
        .expect("three pages")
        .tools
        .into_iter()
        .map(|tool| tool.name)
        .collect();
    assert_eq!(names, ["tool_0", "tool_1", "tool_2"]);
    paged.shut_down().await;

    let endless = fleet(&["endless-pages"]);
    let problem = endless.describe("chat").await.expect_err("too many");
    assert_eq!(problem.code.as_str(), "S953");
    endless.shut_down().await;
}

#[tokio::test]
async fn a_schema_bomb_is_refused() {
    let fleet = fleet(&["deep"]);
    let problem = fleet.describe("chat").await.expect_err("too deep");
    assert_eq!(problem.code.as_str(), "S959");
    fleet.shut_down().await;
}

#[tokio::test]
async fn the_words_of_a_failure_decide_whether_it_is_tried_again() {
    let cases = [
        ("no such channel", FailureKind::Permanent, "S956"),
        ("HTTP 429 from upstream", FailureKind::Transient, "S956"),
        ("order 14290 does not exist", FailureKind::Permanent, "S956"),
        (
            r#"{"ok":false,"error":"channel_not_found"}"#,
            FailureKind::Permanent,
            "S956",
        ),
        (
            r#"{"ok":false,"error":"ratelimited"}"#,
            FailureKind::Transient,
            "S956",
        ),
        (
            r#"{"error":"fetch failed"}"#,
            FailureKind::Permanent,
            "S956",
        ),
        (
            "-32602 channel: expected text",
            FailureKind::Permanent,
            "S955",
        ),
        ("-32603 Too Many Requests", FailureKind::Transient, "S956"),
        ("-32000 it is broken", FailureKind::Permanent, "S956"),
    ];
    for (words, kind, code) in cases {
        let fleet = fleet(&["fails", words]);
        let (came, problem) = failure(&fleet).await;
        assert_eq!(
            (came, problem.code.as_str()),
            (kind, code),
            "{words}: {problem}"
        );
        assert!(
            !problem.causes.is_empty(),
            "{words}: its own words are shown"
        );
        fleet.shut_down().await;
    }
}

#[tokio::test]
async fn an_answer_that_only_mentions_an_error_is_an_answer() {
    let fleet = fleet(&["fails", r#"{"error":"none","rows":3}"#]);
    let call = fleet.call("chat", "tool_0", arguments(json!({})), "k", Some(PATIENCE));
    call.await.expect("an answer");
    fleet.shut_down().await;
}

#[tokio::test]
async fn unknown_names_come_with_the_nearest() {
    let fleet = fleet(&["stand-in"]);
    let call = fleet.call(
        "chat",
        "post_mesage",
        arguments(json!({})),
        "k",
        Some(PATIENCE),
    );
    let failure = call.await.expect_err("no such tool");
    assert_eq!(failure.kind, FailureKind::Permanent);
    assert_eq!(failure.problem.code.as_str(), "S954");
    assert_eq!(
        failure.problem.help.as_deref(),
        Some("write `post_message`")
    );
    let problem = fleet.describe("chatt").await.expect_err("no such server");
    assert_eq!(problem.code.as_str(), "S957");
    assert_eq!(problem.help.as_deref(), Some("write `chat`"));
    fleet.shut_down().await;
}

#[tokio::test]
async fn a_server_gets_its_own_environment_and_no_shell() {
    let mut settings = settings(&["garbage", "$HOME; exit 1"]);
    settings.variables = vec![("MARK".to_owned(), "own-environment".to_owned())];
    let fleet = Fleet::new(vec![settings]);
    fleet
        .describe("chat")
        .await
        .expect("the argument is not run");
    #[cfg(target_os = "linux")]
    {
        let running = support::marked_processes("MARK=own-environment");
        let id = running.first().expect("a running server");
        let environment = std::fs::read_to_string(format!("/proc/{id}/environ")).expect("readable");
        let mut names: Vec<&str> = environment
            .split_terminator('\0')
            .filter_map(|variable| variable.split_once('=').map(|(name, _)| name))
            .collect();
        names.retain(|name| !["PATH", "HOME", "LANG", "TMPDIR"].contains(name));
        assert_eq!(names, ["MARK"], "nothing else is inherited");
    }
    fleet.shut_down().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn whoever_survives_the_end_of_its_input_is_killed_with_its_children() {
    let mut settings = settings(&["survives"]);
    settings.variables = vec![("MARK".to_owned(), "survivor".to_owned())];
    let fleet = Fleet::new(vec![settings]);
    let call = fleet.call("chat", "tool_0", arguments(json!({})), "k", Some(PATIENCE));
    let child: u32 = call
        .await
        .expect("an answer")
        .text
        .parse()
        .expect("a process id");
    assert!(support::is_alive(child));
    assert_eq!(
        support::marked_processes("MARK=survivor").len(),
        2,
        "the server and its child"
    );
    fleet.shut_down().await;
    assert!(support::gone(|| support::marked_processes("MARK=survivor").is_empty()).await);
    assert!(!support::is_alive(child));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_fleet_that_is_dropped_leaves_nothing_behind() {
    let mut settings = settings(&["survives"]);
    settings.variables = vec![("MARK".to_owned(), "dropped".to_owned())];
    let fleet = Fleet::new(vec![settings]);
    fleet.describe("chat").await.expect("it starts");
    drop(fleet);
    assert!(support::gone(|| support::marked_processes("MARK=dropped").is_empty()).await);
}

#[tokio::test]
async fn after_the_end_nothing_starts() {
    let fleet = fleet(&["stand-in"]);
    fleet.shut_down().await;
    let problem = fleet.describe("chat").await.expect_err("it is over");
    assert_eq!(problem.code.as_str(), "S957");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn many_first_calls_start_one_process() {
    let mut settings = settings(&["stand-in"]);
    settings.variables = vec![("MARK".to_owned(), "one-process".to_owned())];
    let fleet = std::sync::Arc::new(Fleet::new(vec![settings]));
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let fleet = std::sync::Arc::clone(&fleet);
        calls.spawn(async move { fleet.describe("chat").await.map(|_| ()) });
    }
    while let Some(done) = calls.join_next().await {
        done.expect("no panic").expect("a description");
    }
    assert_eq!(support::marked_processes("MARK=one-process").len(), 1);
    fleet.shut_down().await;
}
