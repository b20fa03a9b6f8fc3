//! What is offered at a place, in texts that are whole and in broken ones.

use crate::asking::{ask, marked, offered, session};
use crate::client::Client;
use crate::project::WATCH;
use serde_json::json;

/// The playbook with one more line at its end.
fn with_line(line: &str) -> String {
    format!("{WATCH}\n{line}\n")
}

fn has(marked: &str, wanted: &[&str]) {
    let labels = offered(marked);
    for label in wanted {
        assert!(
            labels.iter().any(|offered| offered == label),
            "`{label}` in {labels:?}"
        );
    }
}

fn lacks(marked: &str, unwanted: &[&str]) {
    let labels = offered(marked);
    for label in unwanted {
        assert!(
            !labels.iter().any(|offered| offered == label),
            "`{label}` in {labels:?}"
        );
    }
}

#[test]
fn a_line_begins_with_a_word_of_its_block() {
    has(
        &with_line("‸"),
        &["let", "do", "for each", "query", "trigger", "test"],
    );
    lacks(&with_line("‸"), &["skip", "yield", "route", "given"]);
    let in_model = WATCH.replace("  route local\n", "  route local\n  ‸\n");
    has(&in_model, &["prompt", "otherwise", "budget"]);
    lacks(&in_model, &["let", "do", "query"]);
    let in_loop = WATCH.replace("  let advice", "  ‸\n  let advice");
    has(&in_loop, &["skip", "let", "do"]);
    lacks(&in_loop, &["query", "trigger"]);
    has(
        &with_line("test \"x\" {\n  ‸\n}"),
        &["given", "expect", "run", "then"],
    );
}

#[test]
fn names_are_offered_where_they_are_seen() {
    has(
        &with_line("let x = ‸"),
        &["chosen", "accounts", "most", "advise", "count"],
    );
    lacks(
        &with_line("let x = ‸"),
        &["advice", "account", "total", "x"],
    );
    has(
        &marked("prompt \"The account has paid {‸total}.\""),
        &["total", "most"],
    );
    lacks(
        &marked("prompt \"The account has paid {‸total}.\""),
        &["chosen", "advice"],
    );
}

#[test]
fn fields_stand_behind_a_dot() {
    assert_eq!(
        offered(&marked("advise(account.‸amount)")),
        ["customer_id", "tenure", "amount"]
    );
    let broken = WATCH.replace("advise(account.amount)", "account.‸");
    assert_eq!(offered(&broken), ["customer_id", "tenure", "amount"]);
    has(
        &WATCH.replace("text: words.worded(advice.reason))", "text: advice.‸)"),
        &["reason", "urgency"],
    );
    assert_eq!(
        offered(&WATCH.replace("words.worded(advice.reason)", "words.‸")),
        ["worded"]
    );
}

#[test]
fn columns_are_offered_in_stages() {
    has(
        &marked("| where ‸tenure > 5"),
        &["customer_id", "tenure", "amount", "row"],
    );
    assert_eq!(
        offered(&marked("| where ‸tenure > 5"))[..3],
        ["customer_id", "tenure", "amount"]
    );
    has(
        &WATCH.replace("| where tenure > 5", "| ‸"),
        &["where", "sort by", "group by"],
    );
}

#[test]
fn sql_offers_the_tables_and_columns_of_its_source() {
    let columns = offered(&marked("select c.customer_id, c.‸tenure, p.amount"));
    assert_eq!(columns, ["customer_id", "email", "tenure", "region"]);
    has(&marked("  from ‸customers c"), &["customers", "payments"]);
    lacks(&marked("  from ‸customers c"), &["tenure"]);
    has(
        &marked("select ‸c.customer_id, c.tenure"),
        &["tenure", "amount", "c", "p"],
    );
    let half = WATCH.replace("select c.customer_id, c.tenure, p.amount", "select p.‸");
    assert_eq!(
        offered(&half),
        ["payment_id", "customer_id", "amount", "paid_on"]
    );
}

/// The playbook with other SQL, in which a cursor stands.
pub fn with_sql(sql: &str) -> String {
    let from = WATCH.find("  select c.customer_id").unwrap();
    let to = WATCH.find("}\n\nmodel").unwrap();
    format!("{}{sql}\n{}", &WATCH[..from], &WATCH[to..])
}

#[test]
fn sql_offers_what_with_names_and_what_stands_in_parentheses() {
    let recent = "with recent as (
    select customer_id, sum(amount) as paid, p.paid_on from payments p group by customer_id
  )";
    has(
        &with_sql(&format!("{recent}\nselect 1 from ‸")),
        &["recent", "customers", "payments"],
    );
    let of_recent = ["customer_id", "paid", "paid_on"];
    assert_eq!(
        offered(&with_sql(&format!("{recent}\nselect r.‸ from recent r"))),
        of_recent
    );
    has(
        &with_sql(&format!("{recent}\nselect ‸ from recent r")),
        &of_recent,
    );
    lacks(
        &with_sql(&format!("{recent}\nselect ‸ from recent r")),
        &["amount", "tenure", "p", "recent"],
    );
    assert_eq!(
        offered(&with_sql(
            "select t.‸ from (select tenure as months, c.region from customers c) as t"
        )),
        ["months", "region"]
    );
    assert_eq!(
        offered(&with_sql(
            "with two(a, b) as (select tenure, region from customers)\nselect two.‸ from two"
        )),
        ["a", "b"]
    );
    assert_eq!(
        offered(&with_sql("select t.‸ from (select * from payments) t")),
        ["payment_id", "customer_id", "amount", "paid_on"]
    );
}

#[test]
fn sql_offers_no_rows_that_the_place_cannot_see() {
    let other = "select tenure from customers where customer_id in (select ‸ from payments)";
    has(&with_sql(other), &["amount", "tenure", "customers"]);
    let beside = "select tenure from customers, (select ‸ from payments) p";
    has(&with_sql(beside), &["amount"]);
    lacks(&with_sql(beside), &["tenure", "customers"]);
    let union = "select tenure from customers union select ‸ from payments";
    has(&with_sql(union), &["amount"]);
    lacks(&with_sql(union), &["tenure"]);
    has(
        &with_sql("select tenure * 12 as years from customers order by ‸"),
        &["years", "tenure"],
    );
    lacks(
        &with_sql("select tenure * 12 as years from customers where ‸"),
        &["years"],
    );
    has(
        &with_sql("select ten‸ from customers -- of payments\n where region = 'from payments'"),
        &["tenure"],
    );
    lacks(
        &with_sql("select ten‸ from customers -- from payments\n where region = 'from payments'"),
        &["amount"],
    );
}

#[test]
fn what_is_typed_on_does_not_take_back_what_is_offered() {
    let (text, place) = crate::marked::cursor(&marked("select ‸c.customer_id, c.tenure"));
    let mut client = Client::new(&crate::project::files(WATCH));
    client.open("watch.sophia", &text);
    client.settle();
    let id = client.send("textDocument/completion", Client::at("watch.sophia", place));
    let at = json!({ "line": place.0, "character": place.1 });
    let range = json!({ "start": at, "end": at });
    client.change("watch.sophia", &json!([{ "range": range, "text": "ten" }]));
    let items = client.answer(&id).response_result.unwrap()["items"].clone();
    let offers = |label: &str| {
        items
            .as_array()
            .unwrap()
            .iter()
            .any(|item| item["label"] == label)
    };
    assert!(offers("tenure"));
    assert!(offers("amount"));
}

#[test]
fn effects_stand_behind_do_and_reads_elsewhere() {
    has(&with_line("do ‸"), &["slack.post_message"]);
    lacks(&with_line("do ‸"), &["slack.find_user", "chosen", "worded"]);
    assert_eq!(offered(&with_line("do slack.‸")), ["post_message"]);
    assert_eq!(offered(&with_line("let u = slack.‸")), ["find_user"]);
}

#[test]
fn arguments_are_offered_required_ones_first() {
    let labels = offered(&with_line("do slack.post_message(‸)"));
    assert_eq!(labels[..3], ["channel:", "text:", "urgency:"], "{labels:?}");
    let labels = offered(&with_line("do slack.post_message(channel: \"#a\", ‸)"));
    assert_eq!(labels[..2], ["text:", "urgency:"], "{labels:?}");
}

#[test]
fn what_a_project_has_is_offered_where_it_belongs() {
    lacks(
        &WATCH.replace("desk.words\n", "desk.words, ‸\n"),
        &["slack", "warehouse"],
    );
    has(
        &WATCH.replace("desk.words\n", "desk.words, ‸\n"),
        &["hello", "std.sales"],
    );
    has(&marked("route ‸local"), &["local"]);
    has(&marked("-> ‸Advice"), &["Advice", "text", "list of"]);
    has(
        &marked("trigger ‸every weekday"),
        &["every weekday at 08:00", "on webhook"],
    );
    has(&marked("from ‸warehouse, at"), &["warehouse"]);
    let reply = WATCH.replace(
        "otherwise { reason: \"Paid.\", urgency: 3 }",
        "otherwise { ‸ }",
    );
    assert_eq!(offered(&reply), ["all fields", "reason", "urgency"]);
    has(
        &WATCH.replace("reason:  text ", "reason:  text @‸"),
        &["@pii.email"],
    );
}

#[test]
fn nothing_is_offered_in_words_that_mean_nothing() {
    assert!(offered(&marked("## Who‸ pays.")).is_empty());
    assert!(offered(&marked("reason: \"Pa‸id.\"")).is_empty());
}

#[test]
fn an_item_is_documented_when_it_is_shown() {
    let (mut client, place) = session(&with_line("do slack.‸"));
    let list = client.ask("textDocument/completion", Client::at("watch.sophia", place));
    let item = client.ask("completionItem/resolve", list["items"][0].clone());
    let words = item["documentation"]["value"].as_str().unwrap();
    assert!(words.contains("Posts a message"), "{words}");
}

#[test]
fn a_call_shows_what_it_takes() {
    let help = ask(
        "textDocument/signatureHelp",
        &marked("do slack.post_message(channel: \"#ops\", te‸xt:"),
    );
    let label = help["signatures"][0]["label"].as_str().unwrap();
    assert!(
        label.starts_with("slack.post_message(channel: text, text: text"),
        "{label}"
    );
    assert_eq!(help["activeParameter"], json!(1));
    let help = ask(
        "textDocument/signatureHelp",
        &with_line("let x = words.worded(‸)"),
    );
    assert_eq!(help["signatures"][0]["label"], "worded(who: text) -> text");
    let help = ask(
        "textDocument/signatureHelp",
        &marked("advise(acc‸ount.amount)"),
    );
    assert_eq!(
        help["signatures"][0]["label"],
        "advise(total: number) -> Advice"
    );
}

#[test]
fn a_misspelt_column_leaves_the_others_of_its_row_known() {
    let misspelt = crate::project::WATCH.replace(
        "select c.customer_id, c.tenure,",
        "select c.customer_id, c.tenre,",
    );
    assert_ne!(misspelt, crate::project::WATCH);
    let shown = offered(&format!("{misspelt}\nlet first = accounts | where ‸\n"));
    for column in ["customer_id", "amount"] {
        assert!(shown.contains(&column.to_owned()), "{column} in {shown:?}");
    }
    let told = ask(
        "textDocument/hover",
        &misspelt.replace("advise(account.amount)", "advise(account.am‸ount)"),
    );
    let words = told["contents"]["value"].as_str().unwrap_or_default();
    assert!(words.contains("amount: number"), "{words}");
    let help = ask(
        "textDocument/signatureHelp",
        &misspelt.replace("advise(account.amount)", "advise(acc‸ount.amount)"),
    );
    assert_eq!(
        help["signatures"][0]["label"],
        "advise(total: number) -> Advice"
    );
}

#[test]
fn what_is_made_behind_a_misspelt_column_is_documented_all_the_same() {
    let misspelt = crate::project::WATCH.replace(
        "select c.customer_id, c.tenure,",
        "select c.custmer_i, c.tenre,",
    );
    let (mut client, place) = session(&format!("{misspelt}\nlet n = 1\nlet first = ‸\n"));
    let list = client.ask("textDocument/completion", Client::at("watch.sophia", place));
    let items = list["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["label"] == "n").unwrap();
    let item = client.ask("completionItem/resolve", item.clone());
    let words = item["documentation"]["value"].as_str().unwrap_or_default();
    assert!(words.contains("let n: integer"), "{item}");
}

#[test]
fn a_function_of_many_shapes_offers_its_arguments() {
    let uses = crate::project::WATCH.replace("desk.words\n", "desk.words, std.stats\n");
    let line = |line: &str| format!("{uses}\n{line}\n");
    let bare = line("let next = stats.forecast(‸)");
    let shown = offered(&bare);
    let place = |name: &str| shown.iter().position(|label| label == name);
    assert!(
        place("next:").is_some() && place("next:") < place("season:"),
        "{shown:?}"
    );
    assert!(
        !shown.iter().any(|label| label == "sensitivity:"),
        "{shown:?}"
    );
    let half = offered(&line(
        "let next = stats.forecast(accounts, next: 2 days, ‸)",
    ));
    assert!(half.contains(&"season:".to_owned()), "{half:?}");
    assert!(!half.contains(&"next:".to_owned()), "{half:?}");
    let help = ask(
        "textDocument/signatureHelp",
        &line("let next = stats.forecast(accounts, ne‸xt: 2 days)"),
    );
    assert_eq!(
        help["signatures"][0]["label"],
        "forecast(series, next: duration, season?: duration)"
    );
    assert_eq!(help["activeParameter"], json!(1));
    let told = ask(
        "textDocument/hover",
        &line("let next = stats.forecast(accounts, ne‸xt: 2 days)"),
    );
    let words = told["contents"]["value"].as_str().unwrap_or_default();
    assert!(words.contains("next: duration"), "{words}");
    // What a built-in function takes has no name, so none is offered.
    let plain = offered(&line("let least = round(‸)"));
    assert!(!plain.iter().any(|label| label == ":"), "{plain:?}");
}

#[test]
fn a_place_that_takes_one_kind_of_thing_is_offered_nothing_else() {
    let text = |line: &str| format!("{WATCH}\n{line}\n");
    let asked = offered(&text("ask ‸ to approve \"x\""));
    assert!(!asked.iter().any(|label| label == "and"), "{asked:?}");
    assert_eq!(
        offered(&text(
            "do slack.post_message(channel: \"a\", text: \"b\")\n  unsure ‸"
        )),
        ["retry", "skip", "ask"]
    );
    let counted = offered(&text("wait 3 ‸"));
    assert_eq!(&counted[..2], ["seconds", "minutes"]);
    assert_eq!(offered(&text("record accounts into ‸")), ["warehouse"]);
    let joined = offered(&text("let both = accounts | join ‸"));
    assert!(!joined.contains(&"tenure".to_owned()), "{joined:?}");
    assert_eq!(
        offered(&text("let known = \"a\" known in warehouse.customers.‸")),
        ["customer_id", "email", "tenure", "region"]
    );
    let modules = offered(&WATCH.replace("desk.words", "desk.words, std.‸"));
    assert!(modules.contains(&"sales".to_owned()), "{modules:?}");
    // A text may be anything.
    let anything: [&str; 0] = [];
    assert_eq!(offered(&text("let said = \"‸")), anything);
}

#[test]
fn behind_a_step_its_modifiers_come_first() {
    let told = "do slack.post_message(channel: \"#a\", text: \"b\")";
    let effects = [
        "at most once per",
        "retry",
        "undo with",
        "timeout",
        "unsure",
        "otherwise",
        "named",
    ];
    assert_eq!(offered(&with_line(&format!("{told} ‸"))), effects);
    let below = offered(&with_line(&format!("{told}\n  ‸")));
    assert_eq!(below[..7], effects);
    // What the step has already is not offered again.
    let has = offered(&with_line(&format!(
        "{told}\n  retry 3 times over 10 minutes\n  ‸"
    )));
    assert_eq!(has[0], "at most once per");
    assert!(!has.contains(&"retry".to_owned()), "{has:?}");
    // On a line that stands as far left the next statement is meant.
    let next = offered(&with_line(&format!("{told}\n‸")));
    assert_eq!(next[0], "let");
    // Who is asked is waited for.
    let asked = offered(&with_line("ask \"finance\" to approve \"x\"\n  ‸"));
    assert_eq!(asked[..4], ["within", "remind", "otherwise", "named"]);
    // What calculates has nothing that could be taken back.
    let value = offered(&with_line("let x = advise(3) ‸"));
    assert_eq!(value[..4], ["retry", "timeout", "otherwise", "named"]);
    lacks(&with_line("let x = count(chosen)\n\n  ‸"), &["retry"]);
    lacks(&with_line("let x = advise((3) ‸)"), &["retry"]);
}

#[test]
fn a_text_of_several_lines_that_is_not_ended_spoils_nothing() {
    let begun = "let said = \"\"\"\n  Words of {count(accounts)} rows.";
    has(
        &format!(
            "{}\nlet x = ‸\n",
            WATCH.replace("let chosen", &format!("{begun}\n\nlet chosen"))
        ),
        &["chosen", "accounts", "said"],
    );
    let hole = WATCH.replace(
        "let chosen",
        "let said = \"\"\"\n  Words of {acc‸\n\nlet chosen",
    );
    has(&hole, &["accounts", "most"]);
    let (mut client, _) = session(&format!(
        "‸{}",
        WATCH.replace("let chosen", &format!("{begun}\n\nlet chosen"))
    ));
    assert_eq!(client.codes("watch.sophia"), ["S105"]);
}

#[test]
fn nothing_is_offered_that_would_be_a_mistake_there() {
    // What a run begins with is fixed before the run.
    for line in ["input least: integer = ‸", "state seen: integer = ‸"] {
        lacks(&with_line(line), &["accounts", "chosen", "advise", "most"]);
    }
    // Only a module has policies.
    lacks(&with_line("‸"), &["policy"]);
    has("module rules\n\n‸\n", &["policy", "use", "type"]);
    // What is declared does not speak of itself.
    let file = with_line("type Case {\n  first: ‸\n}");
    lacks(&file, &["Case"]);
    has(&file, &["Advice", "text"]);
    lacks(
        &with_line("action tell(what: text) {\n  do ‸\n}"),
        &["tell"],
    );
    lacks(
        &with_line("function half(of: number) -> number = of / ‸"),
        &["half"],
    );
    for value in ["‸", "of / ‸"] {
        let line = format!("function half(of: number) -> number = {value}");
        has(&with_line(&line), &["of"]);
    }
    let file = with_line("for each payer in ‸ {\n  let x = 1\n}");
    lacks(&file, &["payer"]);
    has(&file, &["chosen"]);
    has(
        &with_line("for each payer in chosen {\n  let x = ‸\n}"),
        &["payer"],
    );
    // A length has no name, and a type is followed by no stage.
    for line in [
        "do slack.post_message(channel: \"#a\", text: \"b\")\n  retry 2 times over ‸",
        "do slack.post_message(channel: \"#a\", text: \"b\")\n  at most once per most in ‸",
        "input size: \"small\" | ‸",
        "type Case {\n  size: \"small\" | ‸\n}",
    ] {
        assert_eq!(offered(&with_line(line)), Vec::<String>::new(), "{line}");
    }
    // Behind a value stands no other.
    let file = with_line("let few = accounts | where tenure ‸");
    lacks(&file, &["tenure", "amount", "most", "chosen"]);
    has(&file, &["and", "between", "is present"]);
    let file = with_line("predictor churn {\n  accept auc ‸\n}");
    assert_eq!(offered(&file), [">= 0.80"]);
    assert_eq!(offered(&with_line("repeat ‸")), ["every"]);
    let file = with_line("let few = accounts | take ‸");
    lacks(&file, &["tenure", "amount"]);
    has(&file, &["most"]);
    let file = with_line("function first(of: row of ‸) -> number = 1");
    lacks(&file, &["most"]);
    has(&file, &["accounts", "chosen"]);
}
