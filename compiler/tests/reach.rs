//! Steps that can never run, and conditions that can never hold.

mod fixture;

use fixture::complaints;

#[track_caller]
fn told(body: &str) -> Vec<(u32, String)> {
    complaints(&format!("playbook example\n\n{body}\n"))
        .into_iter()
        .map(|(line, code, _)| (line, code))
        .collect()
}

#[track_caller]
fn only(body: &str, line: u32, code: &str) {
    assert_eq!(told(body), [(line, code.to_owned())], "{body}");
}

#[track_caller]
fn nothing(body: &str) {
    assert!(told(body).is_empty(), "{body}\n{:?}", told(body));
}

#[test]
fn a_range_rules_a_condition_out() {
    only(
        "input level: 1..5 = 3\n\nstop \"High.\" when level > 5",
        5,
        "S831",
    );
    nothing("input level: 1..5 = 3\n\nstop \"High.\" when level >= 5");
}

#[test]
fn conditions_on_one_way_contradict_each_other() {
    only(
        "input n: integer\n\nif n > 10 {\n  if n < 5 {\n    stop \"Never.\"\n  }\n}",
        6,
        "S831",
    );
    nothing("input n: integer\n\nif n > 10 {\n  if n < 15 {\n    stop \"Sometimes.\"\n  }\n}");
    only(
        "input n: integer\n\nstop \"Never.\" when n > 10 and n < 5",
        5,
        "S831",
    );
}

#[test]
fn an_early_end_is_known_after_it() {
    only(
        "input n: integer\n\nstop \"Large.\" when n > 10\nstop \"Larger.\" when n > 20",
        6,
        "S831",
    );
    nothing("input n: integer\n\nstop \"Large.\" when n > 10\nstop \"Small.\" when n < 5");
}

#[test]
fn what_may_be_missing_is_neither_above_nor_below() {
    nothing(
        "input n: integer?\n\nstop \"None.\" when n is missing\nif n > 10 {\n  stop \"Large.\"\n} else {\n  stop \"Small.\"\n}",
    );
}

#[test]
fn ways_that_come_together_know_only_what_both_know() {
    nothing(
        "input n: integer\ninput loud: boolean\n\nif loud {\n  stop \"A.\" when n > 10\n}\nstop \"B.\" when n > 20",
    );
}

#[test]
fn an_else_that_never_runs_is_told() {
    only(
        "input n: integer\n\nif n > 10 {\n  if n > 5 {\n    stop \"A.\"\n  } else {\n    stop \"B.\"\n  }\n}",
        6,
        "S830",
    );
}
