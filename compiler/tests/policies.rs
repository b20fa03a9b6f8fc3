//! Policies over plans: what they hold playbooks to, and where one is broken.

mod fixture;

use std::fmt::Write as _;

use fixture::{check_files, fenced, pages};
use sophia_compiler::{Checked, Verdict};
use sophia_diagnostics::LineIndex;

/// A module and a playbook in one text, the playbook last.
fn check_both(text: &str) -> (Checked, String) {
    let (rules, playbook) = match text.find("\nplaybook ") {
        Some(at) => (&text[..at], text[at + 1..].to_owned()),
        None => (text, String::new()),
    };
    let mut files = vec![("policies.sophia", rules)];
    if !playbook.is_empty() {
        files.push(("example.sophia", playbook.as_str()));
    }
    (check_files(&files), playbook)
}

/// The codes that come, with the lines of the playbook where they stand there.
fn told(text: &str) -> Vec<(String, u32)> {
    let (checked, playbook) = check_both(text);
    let lines = LineIndex::new(&playbook);
    checked
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let line = match &*diagnostic.file {
                "example.sophia" => lines.position(diagnostic.span.start as usize).line,
                _ => 0,
            };
            (diagnostic.code.to_string(), line)
        })
        .collect()
}

fn refund(rule: &str, body: &str) -> String {
    format!(
        "module policies\n\nuse crm\n\npolicy p {{\n  {rule}\n}}\n\nplaybook example\n\nuse crm\n\n{body}\n"
    )
}

const SMALL_OR_ASKED: &str = "every do crm.give_discount where amount > $500 follows ask";

#[track_caller]
fn holds(rule: &str, body: &str) {
    let told = told(&refund(rule, body));
    assert!(told.is_empty(), "{body}\ngives {told:?}");
}

#[track_caller]
fn breaks(rule: &str, body: &str, code: &str, line: u32) {
    assert_eq!(
        told(&refund(rule, body)),
        [(code.to_owned(), line)],
        "{body}"
    );
}

#[test]
fn a_rule_whose_condition_never_holds_is_told() {
    let rule = "every do crm.give_discount where amount > $500 and amount < $5 follows ask";
    breaks(
        rule,
        "do crm.give_discount(customer: \"c1\", amount: $600)",
        "S831",
        0,
    );
}

#[test]
fn the_examples_of_the_pages_hold() {
    let mut report = String::new();
    let mut count = 0;
    let all = (pages("../docs/diagnostics").into_iter()).chain(pages("../docs/language"));
    for (name, page) in all {
        for example in fenced(&page, "sophia policy") {
            count += 1;
            let code = name.trim_end_matches(".md");
            let came: Vec<String> = (told(&example.text).into_iter())
                .map(|(code, _)| code)
                .collect();
            let wanted = if example.heading == "Bad" {
                vec![code.to_owned()]
            } else {
                Vec::new()
            };
            if came != wanted {
                let _ = writeln!(report, "{name} {} gives {came:?}", example.heading);
            }
        }
    }
    assert!(count > 12, "{count} examples");
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn an_effect_without_an_ask_is_told_where_it_stands() {
    breaks(
        SMALL_OR_ASKED,
        "input amount: money\n\ndo crm.give_discount(customer: \"c\", amount: amount)",
        "S814",
        7,
    );
}

#[test]
fn an_ask_alone_is_passed_only_by_a_yes() {
    holds(
        SMALL_OR_ASKED,
        "input amount: money\n\nask \"cs-leads\" to approve \"{amount}?\"\ndo crm.give_discount(customer: \"c\", amount: amount)",
    );
}

#[test]
fn a_constant_or_a_condition_that_rules_the_call_out_needs_no_ask() {
    holds(
        SMALL_OR_ASKED,
        "do crm.give_discount(customer: \"c\", amount: $500)",
    );
    holds(
        SMALL_OR_ASKED,
        "input amount: money\n\nlet wanted = amount\nif wanted <= $400 {\n  do crm.give_discount(customer: \"c\", amount: amount)\n}",
    );
    holds(
        SMALL_OR_ASKED,
        "input amount: money\n\nstop \"Too much.\" when amount > $500\ndo crm.give_discount(customer: \"c\", amount: amount)",
    );
    holds(SMALL_OR_ASKED, "do crm.give_discount(customer: \"c\")");
    breaks(
        SMALL_OR_ASKED,
        "input amount: money\n\nstop \"Too much.\" when amount > $501\ndo crm.give_discount(customer: \"c\", amount: amount)",
        "S814",
        8,
    );
}

#[test]
fn a_large_one_asks_and_a_small_one_does_not() {
    holds(
        SMALL_OR_ASKED,
        "input amount: money\n\nif amount > $500 {\n  ask \"cs-leads\" to approve \"{amount}?\"\n}\ndo crm.give_discount(customer: \"c\", amount: amount)",
    );
    breaks(
        SMALL_OR_ASKED,
        "input amount: money\n\nif amount > $600 {\n  ask \"cs-leads\" to approve \"{amount}?\"\n}\ndo crm.give_discount(customer: \"c\", amount: amount)",
        "S814",
        10,
    );
}

#[test]
fn an_answer_counts_only_where_it_was_yes() {
    holds(
        SMALL_OR_ASKED,
        "let v = ask \"cs-leads\" to approve \"Now?\"\nif v.approved {\n  do crm.give_discount(customer: \"c\", amount: $900)\n}",
    );
    holds(
        SMALL_OR_ASKED,
        "let v = ask \"cs-leads\" to approve \"Now?\"\nstop \"No.\" when not v.approved\ndo crm.give_discount(customer: \"c\", amount: $900)",
    );
    breaks(
        SMALL_OR_ASKED,
        "let v = ask \"cs-leads\" to approve \"Now?\"\nif v.approved {\n  let a = 1\n} else {\n  do crm.give_discount(customer: \"c\", amount: $900)\n}",
        "S814",
        9,
    );
}

#[test]
fn the_right_group_must_say_yes() {
    let rule = "every do crm.give_discount follows ask [\"finance\"]";
    holds(
        rule,
        "ask \"finance\" to approve \"Now?\"\ndo crm.give_discount(customer: \"c\", amount: $900)",
    );
    breaks(
        rule,
        "ask \"cs-leads\" to approve \"Now?\"\ndo crm.give_discount(customer: \"c\", amount: $900)",
        "S814",
        6,
    );
}

#[test]
fn loops_tries_and_what_runs_after_a_failure_are_ways_too() {
    breaks(
        SMALL_OR_ASKED,
        "for each name in [\"a\", \"b\"] {\n  do crm.give_discount(customer: name, amount: $900)\n  ask \"cs-leads\" to approve \"Next?\"\n}",
        "S814",
        6,
    );
    breaks(
        SMALL_OR_ASKED,
        "try {\n  ask \"cs-leads\" to approve \"Now?\"\n  do crm.update(id: \"1\")\n} otherwise {\n  do crm.give_discount(customer: \"c\", amount: $900)\n}",
        "S814",
        9,
    );
    breaks(
        SMALL_OR_ASKED,
        "ask \"cs-leads\" to approve \"Now?\"\ndo crm.update(id: \"1\")\non failure {\n  do crm.give_discount(customer: \"c\", amount: $900)\n}",
        "S814",
        8,
    );
}

#[test]
fn a_broken_rule_shows_the_way_and_the_rule() {
    let text = refund(
        SMALL_OR_ASKED,
        "input amount: money\n\nif amount > $600 {\n  ask \"cs-leads\" to approve \"{amount}?\"\n}\ndo crm.give_discount(customer: \"c\", amount: amount)",
    );
    let (checked, playbook) = check_both(&text);
    let diagnostic = &checked.diagnostics[0];
    let shown: Vec<(&str, &str)> = diagnostic
        .related
        .iter()
        .map(|related| {
            let text = match &*related.file {
                "example.sophia" => playbook.as_str(),
                _ => text.as_str(),
            };
            (&text[related.span.range()], related.message.as_str())
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("if amount > $600", "where this does not hold"),
            (SMALL_OR_ASKED, "the rule"),
        ]
    );
    assert_eq!(checked.policies[0].verdict, Verdict::Broken);
}

#[test]
fn how_often_is_counted_through_loops_and_branches() {
    let rule = "at most 6 of do crm per run";
    holds(
        rule,
        "for each a in [1, 2] {\n  for each b in [1, 2, 3] {\n    do crm.update(id: \"1\")\n  }\n}",
    );
    breaks(
        rule,
        "for each a in [1, 2] {\n  for each b in [1, 2, 3] {\n    do crm.update(id: \"1\")\n  }\n}\ndo crm.update(id: \"2\")",
        "S817",
        7,
    );
    breaks(
        rule,
        "input names: list of text\n\nfor each name in names {\n  do crm.update(id: name)\n}",
        "S817",
        8,
    );
}

#[test]
fn a_policy_of_which_nothing_is_there_is_idle() {
    let (checked, _) = check_both(&refund(SMALL_OR_ASKED, "do crm.update(id: \"1\")"));
    assert_eq!(checked.policies[0].verdict, Verdict::Idle);
    assert_eq!(checked.diagnostics[0].code.as_str(), "S818");
}

#[test]
fn a_module_that_is_not_listed_binds_nobody() {
    let checked = check_files(&[(
        "rules.sophia",
        "module rules\n\npolicy p {\n  every model has budget\n}\n",
    )]);
    let codes: Vec<&str> = (checked.diagnostics.iter())
        .map(|diagnostic| diagnostic.code.as_str())
        .collect();
    assert_eq!(codes, ["S821"]);
    assert!(checked.policies.is_empty());
}

/// What comes of a rule over a playbook that may touch the warehouse too.
fn over_warehouse(rule: &str, body: &str) -> Vec<(String, u32)> {
    let mut told = told(&format!(
        "module policies\n\nuse warehouse\n\npolicy p {{\n  {rule}\n}}\n\nplaybook example\n\nuse warehouse\n\n{body}\n"
    ));
    // Not every rule or playbook here needs the warehouse.
    told.retain(|(code, _)| code != "S205");
    told
}

#[test]
fn a_command_writes_into_its_connection_and_its_table() {
    let body = "command mark(payment: text) on warehouse, at most 1 row {\n  update payments set discount = 1 where payment_id = {payment}\n}\n\ndo mark(\"p1\")";
    let broken = [("S814".to_owned(), 9)];
    assert_eq!(
        over_warehouse("every do warehouse follows ask", body),
        broken
    );
    let of_table = "every do warehouse.payments follows ask";
    assert_eq!(over_warehouse(of_table, body), broken);
    // Of another table nothing is written.
    let idle = [("S818".to_owned(), 0)];
    let of_other = "every do warehouse.customers follows ask";
    assert_eq!(over_warehouse(of_other, body), idle);
    let often = format!("for each payment in [\"p1\", \"p2\"] {{\n  let a = 1\n}}\n{body}");
    assert_eq!(
        over_warehouse("at most 1 of do warehouse per run", &often),
        []
    );
    assert_eq!(
        over_warehouse("at most 0 of do warehouse per run", body)[0].0,
        "S817"
    );
}

#[test]
fn a_bound_that_sql_proves_is_a_bound() {
    let query = |rest: &str| {
        format!(
            "query some from warehouse {{\n  select sku from order_lines {rest}\n}}\n\nlet many = count(some)"
        )
    };
    let rule = "every query has bound";
    for proved in ["limit 10", "where barcode = 'b1'"] {
        assert_eq!(over_warehouse(rule, &query(proved)), [], "{proved}");
    }
    let open = over_warehouse(rule, &query("where sku = 's1'"));
    assert_eq!(open, [("S815".to_owned(), 5)]);
}

#[test]
fn a_bound_that_a_write_proves_is_a_bound() {
    let rule = "every command has bound";
    let command = |sql: &str| {
        over_warehouse(
            rule,
            &format!("command change(id: text) on warehouse {{\n  {sql}\n}}\n\ndo change(\"o1\")"),
        )
    };
    for proved in [
        "update order_lines set quantity = 1 where barcode = {id}",
        "delete from order_lines where order_id = {id} and line = 2 and quantity > 0",
        "delete from order_lines where barcode in ('a', 'b')",
        "update order_lines set quantity = 1 from customers where barcode = {id} and tenure > 3",
        "with found as (select sku from order_lines where barcode = {id}) insert into order_lines select 'o', 1, sku, 'c', 2 from found",
    ] {
        assert_eq!(command(proved), [], "{proved}");
    }
    for open in [
        "update order_lines set quantity = 1 where sku = {id}",
        "update order_lines set quantity = 1 where barcode = {id} or quantity = 2",
        "delete from order_lines where order_id = {id}",
        "update order_lines set quantity = 1 from customers c where barcode = c.name and c.email = {id}",
        // The name hides the table, whose key says nothing of it.
        "with order_lines as (select sku, contract as barcode from order_lines o, customers c) insert into large_payments (payment_id, customer_id, amount) select sku, barcode, 2.5 from order_lines where barcode = {id}",
    ] {
        assert_eq!(command(open), [("S815".to_owned(), 5)], "{open}");
    }
}

#[test]
fn a_wait_for_the_first_of_several_needs_an_end_in_time() {
    let rule = "every wait has timeout";
    let first = |rest: &str| {
        let body = format!(
            "wait for first {{\n  zendesk.ticket_closed as one {{ }}\n  hubspot.deal_changed as other {{ }}\n{rest}}}"
        );
        over_warehouse(rule, &body)
    };
    assert_eq!(first("  after 2 days { }\n"), []);
    assert_eq!(first(""), [("S815".to_owned(), 5)]);
}

/// A module with an action, and a playbook that calls it on its line 8.
fn through_a_module(rule: &str, action: &str, call: &str) -> Vec<(String, String, u32)> {
    let uses = |text: &str| if text.contains("crm") { "use crm" } else { "" };
    let rules = format!(
        "module policies\n\n{}\n\npolicy p {{\n  {rule}\n}}\n",
        uses(rule)
    );
    let uses = uses(action);
    let module = format!("module desk\n\n{uses}\n\n\n\n\n\n\n\n\n{action}\n");
    let playbook = format!(
        "playbook example\n\nuse desk\n\n# One.\n# Two.\n# Three.\ndo desk.{call}\n# Four.\n# Five.\n# Six.\n# Seven.\n# Eight.\n"
    );
    let checked = check_files(&[
        ("policies.sophia", rules.as_str()),
        ("desk.sophia", module.as_str()),
        ("example.sophia", playbook.as_str()),
    ]);
    let lines = LineIndex::new(&playbook);
    let told = checked.diagnostics.iter();
    // That the rule is never broken is not looked at here.
    told.filter(|diagnostic| diagnostic.code.to_string() != "S818")
        .map(|diagnostic| {
            let line = lines.position(diagnostic.span.start as usize).line;
            let notes = diagnostic.notes.join(" ");
            assert_eq!(
                &*diagnostic.file, "example.sophia",
                "{rule}: {diagnostic:?}"
            );
            (diagnostic.code.to_string(), notes, line)
        })
        .collect()
}

#[test]
fn what_a_module_does_is_told_where_the_playbook_calls_it() {
    let give = "action give(to: text) {\n  if to = \"c1\" {\n    do crm.give_discount(customer: to, amount: $600)\n  }\n}";
    let part = "a part of `desk.give`, which is called here";
    for (rule, code) in [
        ("every do crm.give_discount follows ask", "S814"),
        ("every do crm.give_discount has undo", "S815"),
        ("at most 0 of do crm.give_discount per run", "S817"),
    ] {
        let told = through_a_module(rule, give, "give(\"c1\")");
        let [(came, notes, line)] = told.as_slice() else {
            panic!("{rule} gives {told:?}");
        };
        assert_eq!((came.as_str(), *line), (code, 8), "{rule}");
        assert!(notes.contains(part), "{rule}: {notes}");
    }
    let waits = "action wait_for_it(to: text) {\n  wait for hubspot.deal_changed\n}";
    let told = through_a_module("every wait has timeout", waits, "wait_for_it(\"c1\")");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].0.as_str(), told[0].2), ("S815", 8));
}

#[test]
fn what_one_call_decides_is_no_mistake_of_the_action() {
    let rule = "every do crm.give_discount has undo";
    let give = "action give(level: integer) {\n  if level > 3 {\n    let small = level\n  }\n  match level {\n    1 { }\n    else { }\n  }\n}";
    assert_eq!(through_a_module(rule, give, "give(5)"), []);
    // Where every call of an action decides it, it is decided.
    let own = |calls: &str| {
        let calls = format!("{give}\n\n{calls}\ndo crm.give_discount(customer: \"c\", amount: $5)");
        told(&refund("at most 5 of do crm.give_discount per run", &calls))
    };
    assert_eq!(own("do give(5)\ndo give(2)\ndo give(1)"), []);
    let decided = [("S830".to_owned(), 9)];
    assert_eq!(own("do give(5)\ndo give(7)"), decided);
}
