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
