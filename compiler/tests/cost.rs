//! Bounds on what a run does and costs.

mod fixture;

use std::sync::Arc;

use fixture::check_files;
use proptest::prelude::*;
use sophia_compiler::Outlook;
use sophia_compiler::facts::cost::{Polynomial, about, at_most};

/// What is seen of a playbook without mistakes.
#[track_caller]
fn outlook(body: &str) -> Arc<Outlook> {
    let text = format!("playbook example\n\nuse crm, warehouse, slack\n\n{body}\n");
    let checked = check_files(&[("example.sophia", &text)]);
    let errors: Vec<_> = (checked.diagnostics.iter())
        .filter(|diagnostic| diagnostic.is_error())
        .collect();
    assert!(errors.is_empty(), "{text}\n{errors:?}");
    checked.playbooks[0]
        .outlook
        .clone()
        .expect("a clean playbook")
}

#[track_caller]
fn updates(body: &str) -> String {
    outlook(body).effects["crm.update"].most.to_string()
}

const CUSTOMERS: &str =
    "query customers from warehouse {\n  select customer_id, tenure from customers\n}\n\n";

#[test]
fn a_loop_counts_its_rows() {
    assert_eq!(
        updates("for each a in [1, 2, 3] {\n  do crm.update(id: \"1\")\n}"),
        "3"
    );
    let each = |source: &str| {
        updates(&format!(
            "{CUSTOMERS}for each c in {source} {{\n  do crm.update(id: \"1\")\n}}"
        ))
    };
    assert_eq!(each("customers"), "rows(customers)");
    assert_eq!(each("customers | take 50"), "50");
    assert_eq!(each("customers | where tenure > 3 | take 7"), "7");
}

#[test]
fn each_reading_of_a_query_counts() {
    let attempts = |between: &str| {
        let body = format!(
            "{CUSTOMERS}let a = count(customers)\n{between}let b = count(customers)\nlet c = count(customers)"
        );
        outlook(&body).attempts.to_string()
    };
    assert_eq!(attempts(""), "1");
    assert_eq!(attempts("wait 1 hour\n"), "2");
    let each = format!(
        "{CUSTOMERS}for each x in [1, 2, 3] {{\n  let a = count(customers)\n  wait 1 hour\n}}"
    );
    assert_eq!(outlook(&each).attempts.to_string(), "3");
}

#[test]
fn the_bound_of_a_query_counts() {
    let body = "query few from warehouse, at most 9 rows {\n  select customer_id from customers\n}\n\nfor each c in few {\n  do crm.update(id: \"1\")\n}";
    assert_eq!(updates(body), "9");
}

#[test]
fn what_the_sql_says_of_its_rows_counts_too() {
    let of = |head: &str, end: &str| {
        updates(&format!(
            "query few from warehouse{head} {{\n  select customer_id from customers{end}\n}}\n\nfor each one in few {{\n  do crm.update(id: one.customer_id)\n}}"
        ))
    };
    assert_eq!(of("", " limit 12"), "12");
    assert_eq!(of(", at most 5 rows", " limit 12"), "5");
    assert_eq!(of(", at most 50 rows", " limit 12"), "12");
    assert_eq!(of("", ""), "rows(few)");
}

#[test]
fn a_branch_counts_as_its_larger_side() {
    let body = "input loud: boolean\n\nif loud {\n  do crm.update(id: \"1\")\n} else {\n  do crm.update(id: \"1\")\n  do crm.update(id: \"2\")\n}";
    assert_eq!(updates(body), "2");
}

#[test]
fn a_repeat_counts_each_round_once_whatever_decides_its_end() {
    let repeat = |until: &str| {
        updates(&format!(
            "{CUSTOMERS}repeat every 1 hour, at most 10 times{until} {{\n  do crm.update(id: \"1\")\n}}"
        ))
    };
    assert_eq!(repeat(""), "10");
    assert_eq!(repeat(", until count(customers) > 5"), "10");
}

#[test]
fn an_input_is_a_size_with_a_name() {
    let body = "input names: list of text\n\nfor each name in names {\n  do crm.update(id: name)\n}\ndo crm.update(id: \"last\")";
    assert_eq!(updates(body), "items(names) + 1");
}

#[test]
fn what_a_destination_is_stands_there_where_it_is_fixed() {
    let seen = outlook("do slack.post_message(channel: \"#all\", text: \"Hello\")");
    let effect = &seen.effects["slack.post_message"];
    let to: Vec<&str> = effect.destinations.iter().map(|to| &**to).collect();
    assert_eq!(to, ["#all"]);
    assert!(!effect.elsewhere);
}

#[test]
fn a_model_call_costs_every_route_and_repair_and_a_budget_holds_it() {
    let model = |budget: &str| {
        format!(
            "model advise(tenure: integer) -> {{ urgent: boolean }} {{\n  route paid\n{budget}  prompt \"Is {{tenure}} long?\"\n}}\n\nfor each a in [1, 2] {{\n  let advice = advise(a)\n}}"
        )
    };
    let free = outlook(&model(""));
    assert_eq!(
        free.attempts.to_string(),
        "4",
        "two calls, each with one repair"
    );
    assert_eq!(free.calls["advise"].to_string(), "2");
    let most = free.cost.number().expect("a bound");
    assert!(most > rust_decimal::Decimal::ZERO);
    let held = outlook(&model("  budget $0.001 per call, $1 per run\n"));
    assert_eq!(held.cost.to_string(), "0.002");
    let run = outlook(&model("  budget $0.0001 per run\n"));
    assert_eq!(run.cost.to_string(), "0.0001");
}

#[test]
fn a_month_has_as_many_runs_as_the_schedule_can_start() {
    let runs = |phrase: &str| outlook(&format!("trigger {phrase}\n\nlet a = 1")).runs_a_month;
    assert_eq!(runs("every weekday at 08:00"), Some(23));
    assert_eq!(runs("every day at 08:00"), Some(31));
    // October has an hour more where clocks go back.
    assert_eq!(runs("every 15 minutes"), Some(31 * 96 + 4));
    assert_eq!(runs("every hour"), Some(745));
    assert_eq!(runs("every 1200 hours"), Some(1));
    // Clocks that go back bring no local time twice.
    assert_eq!(runs("cron \"*/15 * * * *\""), Some(31 * 96));
    assert_eq!(runs("cron \"0 9 * * 1-5\""), Some(23));
    assert_eq!(runs("cron \"0 9 * * mon,thu\""), Some(31));
    assert_eq!(runs("cron \"0 9 1 * 1\""), Some(6));
    assert_eq!(runs("on the 31st of each month at 09:00"), Some(1));
    assert_eq!(runs("every day at 09:00, 17:00"), Some(62));
    assert_eq!(
        runs("every day at 09:00\n\ntrigger every monday at 10:00"),
        Some(36)
    );
    assert_eq!(runs("every monday and thursday at 08:00"), Some(10));
    assert_eq!(runs("on the last friday of each month at 17:00"), Some(1));
    assert_eq!(outlook("let a = 1").runs_a_month, None);
}

#[test]
fn a_loop_without_a_bound_names_what_is_missing() {
    let text = format!(
        "playbook example\n\nuse warehouse\n\n{CUSTOMERS}model advise(tenure: integer) -> {{ urgent: boolean }} {{\n  route paid\n  prompt \"Is {{tenure}} long?\"\n}}\n\nfor each c in customers {{\n  let advice = advise(1)\n}}\n"
    );
    let checked = check_files(&[("example.sophia", &text)]);
    let [diagnostic] = checked.diagnostics.as_slice() else {
        panic!("{:?}", checked.diagnostics)
    };
    assert_eq!(diagnostic.code.as_str(), "S703");
    assert_eq!(&text[diagnostic.span.range()], "customers");
    let label = diagnostic.label.clone().unwrap_or_default();
    assert!(label.ends_with("no limit"), "{label}");
    assert_eq!(
        &text[diagnostic.related[0].span.range()],
        "let advice = advise(1)"
    );
    assert!(diagnostic.related[0].message.starts_with("up to $"));
}

/// What is seen of the first of several playbooks, and the codes that came.
#[track_caller]
fn among(files: &[(&str, &str)]) -> (Arc<Outlook>, Vec<(Arc<str>, String)>) {
    let checked = check_files(files);
    let errors: Vec<_> = (checked.diagnostics.iter())
        .filter(|diagnostic| diagnostic.is_error())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    let codes = (checked.diagnostics.iter())
        .filter(|diagnostic| diagnostic.code.as_str() != "S205")
        .map(|diagnostic| (diagnostic.file.clone(), diagnostic.code.as_str().to_owned()))
        .collect();
    let outlook = checked.playbooks[0].outlook.clone();
    (outlook.expect("a clean playbook"), codes)
}

const ADVISING: &str = "playbook advising

use crm, warehouse

input names: list of text = [\"a\", \"b\"]

query customers from warehouse {
  select customer_id from customers
}

model advise(name: text) -> { urgent: boolean } {
  route paid
  prompt \"Is {name} far?\"
  budget $0.001 per call, $1 per run
}

for each name in names {
  let advice = advise(name)
  do crm.update(id: name)
}

let many = count(customers)
wait 1 hour
";

fn running(body: &str) -> String {
    format!("playbook example\n\nuse advising, slack, warehouse\n\n{body}\n")
}

#[test]
fn a_playbook_that_is_run_counts_with_the_sizes_that_it_is_given() {
    let seen = |body: &str| {
        let text = running(body);
        among(&[("a.sophia", &text), ("b.sophia", ADVISING)]).0
    };
    let given = seen("run advising(names: [\"x\", \"y\", \"z\"])");
    assert_eq!(given.effects_of_others["crm.update"].to_string(), "3");
    assert_eq!(given.calls_of_others["advising.advise"].to_string(), "3");
    // A run; a reading; three calls with a repair each; three effects.
    assert_eq!(given.attempts.to_string(), "11");
    assert_eq!(given.waits.to_string(), "1");
    assert_eq!(given.cost.to_string(), "0.003");
    assert_eq!(given.playbooks["advising"].to_string(), "1");
    assert_eq!(
        given.effects.keys().map(|name| &**name).collect::<Vec<_>>(),
        ["run advising"],
        "its own effects are its own"
    );
    let by_default = seen("start advising()");
    assert_eq!(by_default.effects_of_others["crm.update"].to_string(), "2");
    assert_eq!(by_default.waits.to_string(), "0");
    let unbounded = seen("input people: list of text\n\nrun advising(names: people)");
    assert_eq!(
        unbounded.effects_of_others["crm.update"].to_string(),
        "items(people)"
    );
}

#[test]
fn a_loop_runs_a_playbook_as_often_as_it_has_items() {
    let text = running(
        "query customers from warehouse {\n  select customer_id from customers\n}\n\nfor each one in customers {\n  run advising(names: [one.customer_id])\n}",
    );
    let (seen, codes) = among(&[("a.sophia", &text), ("b.sophia", ADVISING)]);
    assert_eq!(
        seen.effects_of_others["crm.update"].to_string(),
        "rows(customers)"
    );
    assert_eq!(seen.cost.to_string(), "0.001 × rows(customers)");
    // Each run has a budget, and nothing bounds how many there are.
    assert_eq!(codes, [(Arc::from("a.sophia"), "S703".to_owned())]);
}

#[test]
fn sizes_of_another_playbook_are_told_with_its_name() {
    let other = "playbook advising\n\nuse crm, warehouse\n\nquery customers from warehouse {\n  select customer_id from customers\n}\n\nfor each one in customers {\n  do crm.update(id: one.customer_id)\n}\n";
    let text = running("run advising()\nrun advising()");
    let (seen, _) = among(&[("a.sophia", &text), ("b.sophia", other)]);
    assert_eq!(
        seen.effects_of_others["crm.update"].to_string(),
        "2 × rows(advising.customers)"
    );
}

#[test]
fn a_circle_has_no_bound_and_is_told_once() {
    let round = |name: &str, next: &str| {
        format!(
            "playbook {name}\n\nuse slack, {next}\n\ndo slack.add_note(text: \"Hello\")\nstart {next}()\n"
        )
    };
    let (one, two, three) = (
        round("one", "two"),
        round("two", "three"),
        round("three", "one"),
    );
    let outside = "playbook outside\n\nuse two\n\nrun two()\n";
    let files = [
        ("a.sophia", outside),
        ("b.sophia", one.as_str()),
        ("c.sophia", two.as_str()),
        ("d.sophia", three.as_str()),
    ];
    let (seen, codes) = among(&files);
    assert_eq!(codes, [(Arc::from("b.sophia"), "S704".to_owned())]);
    assert_eq!(seen.cost.number(), None, "{}", seen.cost);
    let checked = check_files(&files);
    let note = &checked.diagnostics[0].notes[0];
    assert_eq!(note, "the circle: `one` → `two` → `three` → `one`");
    let related: Vec<(&str, &str)> = (checked.diagnostics[0].related.iter())
        .map(|related| (&*related.file, related.message.as_str()))
        .collect();
    let wanted = [
        ("c.sophia", "`two` runs `three`"),
        ("d.sophia", "`three` runs `one`"),
    ];
    assert_eq!(related, wanted);
}

#[test]
fn amounts_are_told_as_a_person_says_them() {
    let amount = |text: &str| text.parse().expect("an amount");
    assert_eq!(at_most(amount("0.2")), "$0.20");
    assert_eq!(at_most(amount("0.201")), "$0.21");
    assert_eq!(at_most(amount("0.00384")), "$0.0039");
    assert_eq!(at_most(amount("1234.5")), "$1,234.50");
    assert_eq!(about(amount("28.17")), "$28");
    assert_eq!(about(amount("873.3")), "$870");
    assert_eq!(about(amount("12345")), "$12,000");
}

/// A tree of loops and branches over written lists, and what it does on the larger side of each branch.
#[derive(Clone, Debug)]
enum Tree {
    Effect,
    Loop(u64, Vec<Tree>),
    Branch(Vec<Tree>, Vec<Tree>),
    Repeat(u64, Vec<Tree>),
}

fn trees() -> impl Strategy<Value = Vec<Tree>> {
    let leaf = Just(Tree::Effect);
    let tree = leaf.prop_recursive(3, 12, 3, |inner| {
        let block = prop::collection::vec(inner, 1..3);
        prop_oneof![
            (1..4_u64, block.clone()).prop_map(|(times, body)| Tree::Loop(times, body)),
            (block.clone(), block.clone()).prop_map(|(one, other)| Tree::Branch(one, other)),
            (1..4_u64, block).prop_map(|(times, body)| Tree::Repeat(times, body)),
        ]
    });
    prop::collection::vec(tree, 1..3)
}

fn written(trees: &[Tree], next: &mut u32, text: &mut String) {
    for tree in trees {
        *next += 1;
        let number = *next;
        match tree {
            Tree::Effect => text.push_str(&format!("do crm.update(id: \"{number}\")\n")),
            Tree::Loop(times, body) => {
                let items: Vec<String> = (0..*times).map(|item| item.to_string()).collect();
                text.push_str(&format!(
                    "for each x{number} in [{}] {{\n",
                    items.join(", ")
                ));
                written(body, next, text);
                text.push_str("}\n");
            }
            Tree::Branch(one, other) => {
                text.push_str("if loud {\n");
                written(one, next, text);
                text.push_str("} else {\n");
                written(other, next, text);
                text.push_str("}\n");
            }
            Tree::Repeat(times, body) => {
                text.push_str(&format!("repeat every 1 hour, at most {times} times {{\n"));
                written(body, next, text);
                text.push_str("}\n");
            }
        }
    }
}

/// Runs the tree with the answer of every branch, and counts.
fn counted(trees: &[Tree], on: bool) -> u64 {
    trees
        .iter()
        .map(|tree| match tree {
            Tree::Effect => 1,
            Tree::Loop(times, body) | Tree::Repeat(times, body) => times * counted(body, on),
            Tree::Branch(one, other) => counted(if on { one } else { other }, on),
        })
        .sum()
}

/// The same with one more item in the first loop.
fn wider(trees: &[Tree]) -> Vec<Tree> {
    let mut trees = trees.to_vec();
    for tree in &mut trees {
        if let Tree::Loop(times, _) | Tree::Repeat(times, _) = tree {
            *times += 1;
            break;
        }
    }
    trees
}

fn bound(trees: &[Tree]) -> u64 {
    let mut text = String::from("input loud: boolean\n\n");
    written(trees, &mut 0, &mut text);
    let seen = outlook(&text);
    let most = seen.effects["crm.update"].most.number();
    u64::try_from(most.expect("everything is bounded")).expect("a count")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_bound_is_never_below_what_happens(trees in trees()) {
        let most = bound(&trees);
        prop_assert!(most >= counted(&trees, true));
        prop_assert!(most >= counted(&trees, false));
    }

    #[test]
    fn a_tighter_bound_never_costs_more(trees in trees()) {
        prop_assert!(bound(&trees) <= bound(&wider(&trees)));
    }

    #[test]
    fn polynomials_are_upper_bounds(a in 0..50_u64, b in 0..50_u64, n in 0..50_u64, m in 0..50_u64) {
        let size = |name: &str| Polynomial::size(name);
        let one = size("n").times(&Polynomial::known(a)).plus(&Polynomial::known(b));
        let other = size("m").plus(&size("n"));
        let values = |name: &str| Some(if name == "n" { n } else { m });
        let at = |of: &Polynomial| of.at(&values).expect("every size is known");
        prop_assert_eq!(at(&one.plus(&other)), at(&one) + at(&other));
        prop_assert_eq!(at(&one.times(&other)), at(&one) * at(&other));
        prop_assert!(at(&one.or(&other)) >= at(&one).max(at(&other)));
    }
}

#[test]
fn a_round_of_a_repeat_counts_once_whatever_decides_its_end() {
    let body = "input calm: boolean = false\n\nrepeat every 1 hour, at most 6 times, until calm {\n  repeat every 1 minute, at most 2 times, until calm {\n    do crm.update(id: \"1\")\n  }\n}";
    let seen = outlook(body);
    assert_eq!(seen.effects["crm.update"].most.to_string(), "12");
    assert_eq!(seen.attempts.to_string(), "12");
}

#[test]
fn a_further_attempt_at_an_action_asks_its_models_again() {
    let body = |retry: &str| {
        format!(
            "model advise(far: boolean) -> {{ urgent: boolean }} {{\n  route paid\n  budget $0.001 per call\n  prompt \"Is {{far}} far?\"\n}}\n\naction look() {{\n  let advice = advise(true)\n  do crm.update(id: \"1\")\n}}\n\ndo look(){retry}"
        )
    };
    let once = outlook(&body(""));
    assert_eq!(once.cost.to_string(), "0.001");
    let again = outlook(&body(" retry 3 times over 1 minute"));
    assert_eq!(again.cost.to_string(), "0.004");
    assert_eq!(again.calls["advise"].to_string(), "4");
    assert_eq!(again.attempts.to_string(), "12");
    // What has happened is not done again.
    assert_eq!(again.effects["crm.update"].most.to_string(), "1");
}

#[test]
fn what_an_attempt_took_back_may_happen_again() {
    let body = "action look() {\n  for each id in [\"1\", \"2\"] {\n    do crm.update(id: id) undo with crm.update(id: \"0\")\n  }\n}\n\ndo look() retry 3 times over 1 minute";
    let seen = outlook(body);
    assert_eq!(seen.effects["crm.update"].most.to_string(), "16");
    // Each of them and what undoes it leave the run.
    assert_eq!(seen.attempts.to_string(), "16");
}

#[test]
fn a_reply_may_be_longer_than_the_value_in_it() {
    let body = "model judge(far: boolean) -> boolean {\n  route paid\n  prompt \"Is {far} far?\"\n}\n\nlet far = judge(true)";
    let cost = outlook(body).cost.number().expect("a bound");
    // Two replies of the longest length, whatever the value needs.
    let replies = rust_decimal::Decimal::new(2 * 2_048 * 10, 6);
    assert!(cost >= replies, "{cost} is less than {replies}");
}

#[test]
fn a_batch_of_changes_bounds_what_is_done_for_each() {
    let body = "trigger on change in warehouse.customers by customer_id as changes in batches of 20 or every 1 hour\n\nfor each change in changes {\n  do crm.update(id: \"1\")\n}";
    assert_eq!(updates(body), "20");
}

#[test]
fn a_row_that_is_looked_up_by_its_key_is_one() {
    let each = |sql: &str| {
        updates(&format!(
            "input order: text = \"o1\"\ninput place: integer = 1\n\nquery lines from warehouse {{\n  {sql}\n}}\n\nfor each line in lines {{\n  do crm.update(id: \"1\")\n}}"
        ))
    };
    let of_lines = |rest: &str| each(&format!("select sku from order_lines {rest}"));
    assert_eq!(of_lines("where barcode = 'b1'"), "1");
    assert_eq!(of_lines("where barcode in ('b1', 'b2', 'b3')"), "3");
    assert_eq!(of_lines("where order_id = {order} and line = {place}"), "1");
    assert_eq!(of_lines("l where l.line = 3 and 'o1' = l.order_id"), "1");
    // A part of a key, another comparison, or one of two conditions finds any number.
    for open in [
        "where order_id = {order}",
        "where order_id = {order} and line > {place}",
        "where barcode = 'b1' or sku = 's1'",
        "where barcode like 'b1'",
        "where lower(barcode) = 'b1'",
        "where barcode = sku",
        "where not (barcode = 'b1')",
        "where sku = 's1'",
    ] {
        assert_eq!(of_lines(open), "rows(lines)", "{open}");
    }
}

#[test]
fn a_join_that_follows_a_key_adds_no_rows() {
    let each = |from: &str| {
        updates(&format!(
            "query lines from warehouse {{\n  select a.sku from {from}\n}}\n\nfor each line in lines {{\n  do crm.update(id: \"1\")\n}}"
        ))
    };
    let one = "where a.barcode = 'b1'";
    for single in [
        "order_lines a join order_lines b on b.barcode = a.barcode",
        "order_lines a left join order_lines b on b.barcode = a.barcode",
        "order_lines a join order_lines b on b.order_id = a.order_id and b.line = a.line",
        "order_lines a join order_lines b using (barcode)",
        "order_lines b join order_lines a on a.order_id = b.order_id and b.barcode = 'b2'",
    ] {
        assert_eq!(each(&format!("{single} {one}")), "1", "{single}");
    }
    for open in [
        "order_lines a join order_lines b on b.order_id = a.order_id",
        "order_lines a join order_lines b on b.barcode = b.barcode",
        "order_lines a cross join order_lines b",
        "order_lines a left join order_lines b on a.barcode = 'b1' and b.sku = a.sku",
    ] {
        assert_eq!(each(&format!("{open} {one}")), "rows(lines)", "{open}");
    }
    // What stands behind `on` of a left join says nothing of the left side.
    let left = "order_lines a left join order_lines b on a.barcode = b.barcode and b.line = 1 and b.order_id = 'o1'";
    assert_eq!(each(left), "rows(lines)");
    let both =
        "(select sku, barcode from order_lines limit 7) a join order_lines b on b.barcode = 'b1'";
    assert_eq!(each(both), "7");
}

#[test]
fn a_route_without_a_price_hides_no_other() {
    let model = |routes: &str, budget: &str| {
        format!(
            "model judge(far: boolean) -> boolean {{\n  route {routes}\n{budget}  prompt \"Is {{far}} far?\"\n}}\n\nlet far = judge(true)"
        )
    };
    let paid = outlook(&model("paid", ""));
    let both = outlook(&model("paid, unpriced", ""));
    assert_eq!(both.cost, paid.cost);
    assert!(both.unpriced.contains("unpriced"));
    // A run asks nothing that it cannot hold to a budget.
    let held = outlook(&model("paid, unpriced", "  budget $0.001 per call\n"));
    assert!(held.unpriced.is_empty());
    assert_eq!(held.cost.to_string(), "0.001");
}

#[test]
fn a_month_of_a_schedule_is_no_more_where_something_else_starts_runs_too() {
    let alone = outlook("trigger every day at 08:00\n\nlet a = 1");
    assert!(!alone.starts_otherwise);
    let both = outlook("trigger every day at 08:00\ntrigger on request\n\nlet a = 1");
    assert!(both.starts_otherwise);
    let sheet = sophia_compiler::PlanSheet::of(&both, None);
    let cost = (sheet.sections.iter()).find(|section| section.title == "cost");
    assert_eq!(
        cost.map(|section| section.lines[0].what.as_str()),
        Some("≤ $0.00 a run, ≤ $0.00 a month on its schedule alone")
    );
}

#[test]
fn keys_of_a_query_count_in_pipelines_as_long_as_they_stand() {
    let queries = "query lines from warehouse {\n  select order_id, line, sku, barcode from order_lines\n}\n\nquery renamed from warehouse {\n  select sku as barcode, line from order_lines\n}\n\nquery people from warehouse {\n  select name from customers\n}\n\nlet kept = lines | sort by line | select barcode, sku\n";
    let each = |source: &str| {
        updates(&format!(
            "{queries}\nlet some = {source}\n\nfor each one in some {{\n  do crm.update(id: \"1\")\n}}"
        ))
    };
    for one in [
        "lines | where barcode = \"b1\"",
        "lines | where order_id = \"o1\" and 3 = line",
        "kept | where sku != \"s1\" and barcode = \"b1\"",
        "lines | group by sku { many: count() } | where sku = \"s1\"",
    ] {
        assert_eq!(each(one), "1", "{one}");
    }
    for open in [
        "lines | where sku = \"s1\"",
        "lines | where barcode = sku",
        "lines | where barcode = \"b1\" or sku = \"s1\"",
        "lines | add barcode = \"b1\" | where barcode = \"b1\"",
    ] {
        assert_eq!(each(open), "rows(lines)", "{open}");
    }
    let renamed = "renamed | where barcode = \"b1\"";
    assert_eq!(each(renamed), "rows(renamed)");
    for follows in [
        "people | join lines as l on name = l.barcode",
        "people | join optional lines as l on name = l.order_id and l.line = 3",
    ] {
        assert_eq!(each(follows), "rows(people)", "{follows}");
    }
    for multiplies in [
        "people | join lines as l on name = l.sku",
        "people | join lines as l on l.barcode = l.sku and name = l.sku",
    ] {
        assert_eq!(
            each(multiplies),
            "rows(lines) × rows(people)",
            "{multiplies}"
        );
    }
}
