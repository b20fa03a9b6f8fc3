//! What a name is, where the pointer rests.

use crate::asking::hover;
use crate::client::Client;
use crate::project::{WATCH, files};

#[test]
fn the_project_of_the_tests_is_sound() {
    let mut client = Client::new(&files(WATCH));
    client.settle();
    assert!(client.complaints.is_empty(), "{:#?}", client.complaints);
}

#[test]
fn a_value_has_its_type() {
    assert!(
        hover("let ‸chosen").contains("let chosen: table of"),
        "{}",
        hover("let ‸chosen")
    );
    assert!(hover("| take mo‸st").contains("input most: integer"));
    assert!(hover("| take mo‸st").contains("How many at most."));
    assert!(hover("let adv‸ice").contains("let advice: Advice"));
    assert!(hover("each acc‸ount").contains("customer_id: text"));
}

#[test]
fn a_declaration_has_its_words_and_rows() {
    let shown = hover("let chosen = acc‸ounts");
    assert!(shown.contains("Who pays."), "{shown}");
    assert!(shown.contains("tenure: integer"), "{shown}");
    assert!(hover("-> Adv‸ice").contains("What to do."));
    assert!(hover("words.wor‸ded").contains("Says it in words."));
}

#[test]
fn a_call_of_a_tool_has_what_its_server_says() {
    let shown = hover("slack.post_mes‸sage");
    assert!(shown.contains("do slack.post_message("), "{shown}");
    assert!(shown.contains("channel: text"), "{shown}");
    assert!(
        shown.contains("The server says: “Posts a message into a channel.”"),
        "{shown}"
    );
}

#[test]
fn a_column_has_what_the_lock_says() {
    let shown = hover("select c.customer_id, c.ten‸ure");
    assert!(shown.contains("tenure: integer"), "{shown}");
    assert!(shown.contains("warehouse.customers"), "{shown}");
    assert!(hover("from cust‸omers").contains("7043 rows"));
    assert!(hover("| where ten‸ure").contains("tenure: integer"));
    assert!(hover("advice.rea‸son").contains("One sentence."));
}

/// What a hover shows over the desk's playbook.
fn desk_hover(what: &str, by: &str) -> String {
    let (mut client, place) = crate::desk::session(&crate::desk::with(what, by));
    let shown = client.ask("textDocument/hover", Client::at("desk.sophia", place));
    let words = shown["contents"]["value"].as_str();
    words.unwrap_or_default().to_owned()
}

/// The text that the definition of a word of the desk's playbook covers.
fn desk_definition(what: &str, by: &str) -> String {
    let (mut client, place) = crate::desk::session(&crate::desk::with(what, by));
    let found = client.ask("textDocument/definition", Client::at("desk.sophia", place));
    crate::asking::covered(&client, &found).1
}

#[test]
fn an_argument_has_its_type_and_what_the_server_says() {
    let shown = hover("post_message(cha‸nnel:");
    assert!(shown.contains("channel: text\n"), "{shown}");
    assert!(
        shown.contains("The server says: “Where it goes.”"),
        "{shown}"
    );
    assert!(
        shown.contains("An argument of `slack.post_message`."),
        "{shown}"
    );
}

#[test]
fn a_key_of_a_record_is_the_field_of_its_type() {
    let (what, by) = ("return { status: \"sent\"", "return { sta‸tus: \"sent\"");
    let shown = desk_hover(what, by);
    assert!(shown.contains("status: \"sent\" | \"refused\""), "{shown}");
    assert!(shown.contains("What became of it."), "{shown}");
    assert!(shown.contains("A field of `Outcome`."), "{shown}");
    assert_eq!(desk_definition(what, by), "status");
    let given = desk_hover("tenure: 7", "ten‸ure: 7");
    assert!(given.contains("tenure: integer"), "{given}");
    let sent = desk_hover("with { channel:", "with { cha‸nnel:");
    assert!(sent.contains("channel: text"), "{sent}");
}

#[test]
fn a_field_is_told_where_its_type_declares_it() {
    let shown = desk_hover("  status: \"sent\" |", "  sta‸tus: \"sent\" |");
    assert!(shown.contains("status: \"sent\" | \"refused\""), "{shown}");
    assert!(shown.contains("What became of it."), "{shown}");
    let inline = desk_hover(
        "let felt = ",
        "let rows = read csv \"a.csv\" as table of {\n  na‸me: text @pii.name\n}\n\nlet felt = ",
    );
    assert!(inline.contains("name: text @pii.name"), "{inline}");
}

#[test]
fn a_column_that_a_stage_makes_has_its_type() {
    let shown = desk_hover("| add months =", "| add mon‸ths =");
    assert!(shown.contains("months: integer"), "{shown}");
    let grouped = desk_hover(
        "let felt = ",
        "let by_tenure = chosen | group by tenure { n‸umber: count() }\n\nlet felt = ",
    );
    assert!(grouped.contains("number: integer"), "{grouped}");
}

#[test]
fn words_of_the_language_say_what_they_do() {
    assert!(desk_hover("match felt", "ma‸tch felt").contains("One case for each value."));
    assert!(desk_hover("let sent = do ", "let sent = d‸o ").contains("An effect"));
    assert!(desk_hover("note:   text?", "note:   te‸xt?").contains("Any text."));
    let given = desk_hover("given mood", "gi‸ven mood");
    assert!(given.contains("Stands in for a query"), "{given}");
    // A word that somebody made is never taken for one of the language.
    let made = desk_hover("let felt = ", "let fi‸rst = 1\nlet felt = ");
    assert!(made.contains("let first: integer"), "{made}");
}

#[test]
fn a_function_of_many_shapes_is_offered_and_told() {
    let uses = crate::project::WATCH.replace("desk.words\n", "desk.words, std.stats\n");
    let text = format!("{uses}\nlet next = stats.fore‸cast(accounts, next: 2 days)\n");
    let shown = crate::asking::ask("textDocument/hover", &text);
    let words = shown["contents"]["value"].as_str().unwrap_or_default();
    assert!(words.contains("forecast(series, next: duration"), "{words}");
    let offered = crate::asking::offered(&format!("{uses}\nlet next = stats.‸\n"));
    for name in ["anomalies", "anomaly", "forecast", "median"] {
        assert!(offered.contains(&name.to_owned()), "{offered:?}");
    }
}

#[test]
fn a_function_of_sql_has_its_signature_its_sentence_and_its_dialect() {
    let shown = desk_hover("sum(p.amount) as paid", "su‸m(p.amount) as paid");
    for part in [
        "sum(",
        "All values added up",
        "Of all rows of a group",
        "A function of",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let shown = desk_hover(
        "select c.customer_id, c.tenure,",
        "select c.customer_id, current_da‸te as today, c.tenure,",
    );
    assert!(shown.contains("current_date -> date"), "{shown}");
    // A column may be called as a function is.
    let shown = desk_hover("sum(p.amount) as paid", "sum(p.am‸ount) as paid");
    assert!(shown.contains("A column of"), "{shown}");
    // What nobody has written a sentence for shows what it takes and gives.
    let shown = desk_hover("sum(p.amount) as paid", "sum(si‸nh(p.amount)) as paid");
    assert!(shown.contains("sinh(number) -> number"), "{shown}");
}
