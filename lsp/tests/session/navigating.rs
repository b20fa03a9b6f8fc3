//! From a name to where it is made, and to wherever it is used; another name for it.

use serde_json::{Value, json};

use crate::asking::{ask, covered, marked, session};
use crate::client::Client;

/// Where the name under the cursor is made: the file, and what stands there.
fn made(around: &str) -> (String, String) {
    let (mut client, place) = session(&marked(around));
    let location = client.ask("textDocument/definition", Client::at("watch.sophia", place));
    covered(&client, &location)
}

fn at(file: &str, text: &str) -> (String, String) {
    (file.to_owned(), text.to_owned())
}

#[test]
fn a_name_leads_to_its_maker() {
    assert_eq!(made("| take mo‸st"), at("watch.sophia", "most"));
    assert_eq!(made("advise(acc‸ount"), at("watch.sophia", "account"));
    assert_eq!(made("paid {to‸tal}"), at("watch.sophia", "total"));
    assert_eq!(made("-> Adv‸ice"), at("watch.sophia", "Advice"));
    assert_eq!(made("words.wor‸ded"), at("words.sophia", "worded"));
    assert_eq!(made("slack, desk.wo‸rds"), at("words.sophia", "desk.words"));
    assert_eq!(made("advice.rea‸son"), at("watch.sophia", "reason"));
}

#[test]
fn a_name_of_outside_leads_into_the_lock_and_the_manifest() {
    assert_eq!(
        made("slack.post_mes‸sage"),
        at("sophia.lock", "[tools.slack.calls.post_message]")
    );
    assert_eq!(
        made("c.customer_id, c.te‸nure"),
        at("sophia.lock", "tenure")
    );
    assert_eq!(
        made("from cust‸omers"),
        at("sophia.lock", "[connections.warehouse.tables.customers]")
    );
    assert_eq!(
        made("use ware‸house"),
        at("sophia.toml", "[connections.warehouse]")
    );
    assert_eq!(made("route lo‸cal"), at("sophia.toml", "[models.local]"));
}

#[test]
fn uses_are_found_across_files() {
    let (mut client, place) = session(&marked("words.wor‸ded"));
    let mut params = Client::at("watch.sophia", place);
    params["context"] = json!({ "includeDeclaration": true });
    let found = client.ask("textDocument/references", params);
    let found: Vec<_> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|location| covered(&client, location))
        .collect();
    assert_eq!(
        found,
        [at("watch.sophia", "worded"), at("words.sophia", "worded")]
    );
    let shown = ask("textDocument/documentHighlight", &marked("let advi‸ce"));
    assert_eq!(shown.as_array().map(Vec::len), Some(2));
}

fn renamed(around: &str, new: &str) -> Result<Value, String> {
    let (mut client, place) = session(&marked(around));
    let mut params = Client::at("watch.sophia", place);
    params["newName"] = json!(new);
    let response = client.request("textDocument/rename", params);
    response.response_result.map_err(|error| error.message)
}

#[test]
fn a_rename_goes_through_every_file() {
    let edits = renamed("words.wor‸ded", "said").unwrap();
    let count = |file: &str| edits["changes"][Client::uri(file)].as_array().map(Vec::len);
    assert_eq!(
        (count("watch.sophia"), count("words.sophia")),
        (Some(1), Some(1))
    );
    let edits = renamed("input mo‸st", "limit").unwrap();
    assert_eq!(
        edits["changes"][Client::uri("watch.sophia")]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
}

#[test]
fn what_others_name_is_not_renamed_and_the_reason_is_told() {
    let refused = |around: &str| renamed(around, "other").unwrap_err();
    assert!(refused("slack.post_mes‸sage").contains("named by its server"));
    assert!(refused("c.customer_id, c.te‸nure").contains("named by the source"));
    assert!(refused("use ware‸house").contains("sophia.toml"));
    assert!(
        renamed("let cho‸sen", "accounts")
            .unwrap_err()
            .contains("already means")
    );
    assert!(
        renamed("let cho‸sen", "not a name")
            .unwrap_err()
            .contains("is no name")
    );
    let (mut client, place) = session(&marked("slack.post_mes‸sage"));
    let prepared = client.request(
        "textDocument/prepareRename",
        Client::at("watch.sophia", place),
    );
    assert!(prepared.response_result.is_err());
}
