//! What is offered in the lines of a test: what the playbook has, with the shape of the answer.

use crate::desk::{DESK, labels, offered, with_test, wrong};

#[test]
fn the_playbook_of_these_tests_is_sound() {
    assert_eq!(wrong(DESK), Vec::<String>::new());
}

#[test]
fn given_offers_what_the_playbook_asks_of_the_outside() {
    assert_eq!(
        labels(&with_test("given ‸")),
        [
            "accounts",
            "mood",
            "ask \"finance\"",
            "slack.post_message",
            "now"
        ]
    );
    assert_eq!(labels(&with_test("given slack.‸")), ["post_message"]);
    assert_eq!(labels(&with_test("given mood ‸")), ["=", "fails"]);
    assert_eq!(labels(&with_test("given ask ‸")), ["\"finance\""]);
    assert_eq!(labels(&with_test("given ask \"‸")), ["finance"]);
    // What is given already is not offered once more.
    let twice = with_test("given mood = \"bad\"\n  given ‸");
    assert!(!labels(&twice).contains(&"mood".to_owned()));
}

#[test]
fn whatever_is_offered_to_be_given_checks_as_it_is_written() {
    for (label, written) in offered(&with_test("given ‸")) {
        let line = format!("given {written}\n  run with {{ region: \"a\" }}");
        assert_eq!(wrong(&with_test(&line)), Vec::<String>::new(), "{label}");
    }
    let answers = offered(&with_test("given accounts ‸"));
    let line = format!(
        "given accounts {}\n  run with {{ region: \"a\" }}",
        answers[0].1
    );
    assert_eq!(wrong(&with_test(&line)), Vec::<String>::new());
}

#[test]
fn a_value_that_is_given_is_fixed() {
    let values = labels(&with_test("given mood = ‸"));
    assert_eq!(
        values,
        [
            "\"good\"",
            "\"bad\"",
            "\"unclear\"",
            "true",
            "false",
            "none"
        ]
    );
    assert_eq!(
        labels(&with_test("given mood = \"‸\"")),
        ["good", "bad", "unclear"]
    );
    let fields = labels(&with_test("given accounts = [{ ‸ }]"));
    assert_eq!(fields, ["all fields", "customer_id", "tenure", "paid"]);
    let rest = labels(&with_test("given accounts = [{ customer_id: \"a\", ‸ }]"));
    assert_eq!(rest, ["tenure", "paid"]);
    assert_eq!(labels(&with_test("run with { ‸ }")), ["region", "most"]);
}

#[test]
fn expect_offers_what_can_have_happened() {
    let all = labels(&with_test("run\n  expect ‸"));
    assert_eq!(
        all[..5],
        [
            "slack.post_message called once",
            "slack.post_message never called",
            "waits for \"finance\"",
            "waits for slack.reacted",
            "fails"
        ]
    );
    for name in ["chosen", "felt", "result", "region"] {
        assert!(all.contains(&name.to_owned()), "{name} in {all:?}");
    }
    for name in [
        "accounts",
        "mood",
        "slack.find_user called once",
        "managers",
    ] {
        assert!(!all.contains(&name.to_owned()), "{name} in {all:?}");
    }
    assert_eq!(
        labels(&with_test("run\n  expect slack.‸")),
        ["post_message called once", "post_message never called"]
    );
    assert_eq!(
        labels(&with_test("run\n  expect slack.post_message ‸")),
        [
            "called once",
            "called once with",
            "never called",
            "called",
            "before"
        ]
    );
    assert_eq!(
        labels(&with_test(
            "run\n  expect slack.post_message called once with { ‸ }"
        )),
        ["channel", "text", "urgency"]
    );
    assert_eq!(
        labels(&with_test("run\n  expect result = { ‸ }")),
        ["all fields", "status", "count", "note"]
    );
    assert_eq!(
        labels(&with_test("run\n  expect result.‸")),
        ["status", "count", "note"]
    );
    assert_eq!(
        labels(&with_test("run\n  expect waits for ‸")),
        ["\"finance\"", "slack.reacted"]
    );
}

#[test]
fn then_offers_what_the_playbook_waits_for() {
    let all = offered(&with_test("run with { region: \"a\" }\n  then ‸"));
    let names: Vec<&str> = all.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(
        names,
        [
            "\"finance\" approves",
            "\"finance\" refuses",
            "slack.reacted arrives",
            "3 days pass"
        ]
    );
    for (label, written) in &all {
        let line =
            format!("given mood = \"bad\"\n  run with {{ region: \"a\" }}\n  then {written}");
        assert_eq!(wrong(&with_test(&line)), Vec::<String>::new(), "{label}");
    }
    assert_eq!(
        labels(&with_test("run\n  then \"finance\" ‸")),
        ["approves", "refuses"]
    );
    assert_eq!(
        labels(&with_test("run\n  then slack.reacted arrives { ‸ }")),
        ["all fields", "id", "emoji", "by"]
    );
}

#[test]
fn who_is_asked_in_several_forms_can_answer_each() {
    let asked = "let sent = do slack";
    let twice = format!(
        "let offered = ask \"finance\" for Outcome \"What shall we offer?\"\n  within 1 day\n  otherwise stop \"No answer.\"\n\n{asked}"
    );
    let text = crate::desk::with(asked, &twice);
    let with_test = |line: &str| format!("{text}\ntest \"another\" {{\n  {line}\n}}\n");
    assert_eq!(
        labels(&with_test("given ask ‸")),
        ["\"finance\" to approve", "\"finance\" for Outcome"]
    );
    let behind = labels(&with_test("given ask \"finance\" ‸"));
    assert_eq!(behind, ["= to approve", "= for Outcome", "fails"]);
    // One of them is given already: the other may be still.
    let rest = labels(&with_test(
        "given ask \"finance\" = { approved: true }\n  given ask ‸",
    ));
    assert_eq!(rest, ["\"finance\" to approve", "\"finance\" for Outcome"]);
    let then = labels(&with_test(
        "run with { region: \"a\" }\n  then \"finance\" ‸",
    ));
    assert_eq!(then, ["approves", "refuses", "answers for Outcome"]);
    assert_eq!(
        labels(&with_test("given ask \"‸")),
        ["finance"],
        "the name alone"
    );
    for (label, written) in offered(&with_test("given ask ‸")) {
        let line = format!("given ask {written}\n  run with {{ region: \"a\" }}");
        assert_eq!(wrong(&with_test(&line)), Vec::<String>::new(), "{label}");
    }
}
