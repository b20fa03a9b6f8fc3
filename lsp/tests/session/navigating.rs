//! From a name to where it is made, and to wherever it is used; another name for it.

use serde_json::{Value, json};

use crate::asking::{ask, covered, marked, session};
use crate::changing::edited;
use crate::client::Client;
use crate::completing::with_sql;
use crate::marked::cursor;
use crate::project::{WATCH, WORDS, files};

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
        at("sophia.lock", "post_message")
    );
    assert_eq!(
        made("c.customer_id, c.te‸nure"),
        at("sophia.lock", "tenure")
    );
    assert_eq!(made("from cust‸omers"), at("sophia.lock", "customers"));
    assert_eq!(made("use ware‸house"), at("sophia.toml", "warehouse"));
    assert_eq!(made("route lo‸cal"), at("sophia.toml", "local"));
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

/// A manifest that names the connection and the tool in every way there is.
const NAMING: &str = r#"[project]
name = "desk"
zone = "UTC"

[connections.warehouse] # warehouse is where "warehouse.customers" lies
kind = "sqlite"
file = "warehouse.db"

[tools.slack]
command = ["slack", "slack.js"]

[tools.slack.content]
post_message = ["text"]

[models.local]
kind = "gguf"
file = "model.gguf"

[labels]
"warehouse.customers.region" = "@pii.region"

[env.live]
connections.warehouse = { kind = "sqlite", file = "warehouse.live.db" }
tools = { slack = { command = ["slack"] } }

[env.other.connections.warehouse]
kind = "sqlite"
file = "other.db"
"#;

#[test]
fn a_connection_and_a_tool_are_renamed_into_the_manifest_and_the_lock() {
    let texts = |manifest: &str| {
        let files = files(WATCH).into_iter();
        let files = files.map(|(name, text)| (name, text.to_owned()));
        let mut files: Vec<_> = files.collect();
        files[0].1 = manifest.to_owned();
        files
    };
    let files = texts(NAMING);
    for (old, new, left) in [("warehouse", "depot", 4), ("slack", "chat", 3)] {
        let lent: Vec<(&str, &str)> = files
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        let mut client = Client::new(&lent);
        client.open("watch.sophia", WATCH);
        assert_eq!(client.codes("sophia.toml"), Vec::<String>::new());
        let line = u32::try_from(
            WATCH
                .lines()
                .position(|line| line.starts_with("use "))
                .unwrap(),
        )
        .unwrap();
        let column =
            u32::try_from(WATCH.lines().nth(line as usize).unwrap().find(old).unwrap()).unwrap();
        let mut params = Client::at("watch.sophia", (line, column));
        params["newName"] = json!(new);
        let edits = client.ask("textDocument/rename", params);
        let renamed: Vec<(&str, String)> = files
            .iter()
            .map(|(name, text)| {
                let edits = edits["changes"].get(Client::uri(name));
                (
                    *name,
                    edits.map_or_else(|| text.clone(), |edits| edited(text, edits)),
                )
            })
            .collect();
        let manifest = &renamed[0].1;
        // What is left of the old name are comments, programs and files.
        assert_eq!(manifest.matches(old).count(), left, "{manifest}");
        let playbooks = renamed.iter().filter(|(name, _)| name.ends_with(".sophia"));
        for (name, text) in playbooks.clone() {
            assert!(!text.contains(old), "{name}: {text}");
        }
        let lent: Vec<(&str, &str)> = renamed
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        let mut client = Client::new(&lent);
        for (name, text) in playbooks {
            client.open(name, text);
        }
        client.settle();
        let wrong: Vec<_> = client
            .complaints
            .iter()
            .filter(|(_, found)| !found.is_empty())
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
    assert!(
        renamed("use ware‸house", "slack")
            .unwrap_err()
            .contains("already means")
    );
    assert!(
        renamed("use ware‸house", "chosen")
            .unwrap_err()
            .contains("already means")
    );
}

#[test]
fn what_others_name_is_not_renamed_and_the_reason_is_told() {
    let refused = |around: &str| renamed(around, "other").unwrap_err();
    assert!(refused("slack.post_mes‸sage").contains("named by its server"));
    assert!(refused("c.customer_id, c.te‸nure").contains("named by the source"));
    assert!(refused("advice.rea‸son").contains("changed in its type by hand"));
    assert!(refused("account.amo‸unt").contains("named by the source"));
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

/// A playbook with SQL that names rows and columns itself; a cursor stands in the SQL.
fn own_names(around: &str) -> String {
    let sql = "with paid as (
    select customer_id, sum(amount) as total from payments group by customer_id
  ), large as (select customer_id, total from paid where total > 10)
select l.customer_id, l.total as most from large l join paid on paid.customer_id = l.customer_id";
    let plain = around.replace('‸', "");
    assert_eq!(sql.matches(&plain).count(), 1, "{plain}");
    with_sql(&sql.replace(&plain, around))
}

#[test]
fn what_sql_names_itself_leads_to_where_it_does() {
    let made = |around: &str| {
        let text = own_names(around);
        let (mut client, place) = session(&text);
        let place = Client::at("watch.sophia", place);
        let range = client.ask("textDocument/definition", place)["range"].clone();
        let number = |at: &Value| usize::try_from(at.as_u64().unwrap()).unwrap();
        let (start, end) = (&range["start"], &range["end"]);
        let plain = text.replace('‸', "");
        let line = plain.lines().nth(number(&start["line"])).unwrap();
        let said = &line[number(&start["character"])..number(&end["character"])];
        (said.to_owned(), start.clone())
    };
    let (with, start) = made("from pa‸id where");
    assert_eq!(with, "paid");
    assert_eq!(made("join pa‸id on"), (with.clone(), start.clone()));
    assert_eq!(made("on pa‸id.customer"), (with.clone(), start.clone()));
    assert_eq!(made("with pa‸id as"), (with, start));
    let (total, start) = made("l.tot‸al as most");
    assert_eq!(total, "total");
    assert_eq!(
        made("customer_id, to‸tal from"),
        (total.clone(), start.clone())
    );
    assert_eq!(made("as tot‸al from payments"), (total, start));
    // A table's column stays one, however many queries pass it on.
    let (mut client, place) = session(&own_names("select l.custo‸mer_id"));
    let location = client.ask("textDocument/definition", Client::at("watch.sophia", place));
    assert_eq!(
        covered(&client, &location),
        at("sophia.lock", "customer_id")
    );
    let hover = ask("textDocument/hover", &own_names("where to‸tal >"));
    let words = hover["contents"]["value"].as_str().unwrap();
    assert!(words.contains("A column that this SQL makes."), "{words}");
    let hover = ask(
        "textDocument/hover",
        &own_names("large as (select").replace("large as", "lar‸ge as"),
    );
    let words = hover["contents"]["value"].as_str().unwrap();
    assert!(
        words.contains("with large\n  customer_id\n  total"),
        "{words}"
    );
}

#[test]
fn what_with_names_is_renamed_with_its_uses() {
    let text = own_names("from pa‸id where");
    let (mut client, place) = session(&text);
    let mut params = Client::at("watch.sophia", place);
    params["newName"] = json!("settled");
    let edits = client.ask("textDocument/rename", params);
    let edits = &edits["changes"][Client::uri("watch.sophia")];
    let after = edited(&text.replace('‸', ""), edits);
    for wanted in [
        "with settled as",
        "from settled where",
        "join settled on settled.customer_id",
    ] {
        assert!(after.contains(wanted), "{after}");
    }
    assert!(!after.contains("paid as"), "{after}");
    let refused = |around: &str, new: &str| {
        let (mut client, place) = session(&own_names(around));
        let mut params = Client::at("watch.sophia", place);
        params["newName"] = json!(new);
        let response = client
            .request("textDocument/rename", params)
            .response_result;
        response.unwrap_err().message
    };
    assert_eq!(
        refused("from pa‸id where", "large"),
        "`large` already stands in this SQL."
    );
}

#[test]
fn a_parameter_is_renamed_in_the_calls_that_name_it() {
    let named = WATCH
        .replace("advise(account.amount)", "advise(total: account.amount)")
        .replace(
            "words.worded(advice.reason)",
            "words.worded(who: advice.reason)",
        );
    let all = |around: &str, file: &str, new: &str| {
        let mut client = Client::new(&files(&named));
        client.open("watch.sophia", &named);
        let text = if file == "watch.sophia" {
            &named
        } else {
            WORDS
        };
        let plain = around.replace('‸', "");
        let (_, place) = cursor(&text.replacen(&plain, around, 1));
        let mut params = Client::at(file, place);
        params["newName"] = json!(new);
        let edits = client.ask("textDocument/rename", params);
        let after = |name: &str, text: &str| edited(text, &edits["changes"][Client::uri(name)]);
        (after("watch.sophia", &named), after("words.sophia", WORDS))
    };
    let (watch, _) = all("advise(to‸tal: number)", "watch.sophia", "paid");
    assert!(watch.contains("advise(paid: account.amount)"), "{watch}");
    let (watch, words) = all("worded(wh‸o: text)", "words.sophia", "whom");
    assert!(
        watch.contains("words.worded(whom: advice.reason)"),
        "{watch}"
    );
    assert!(
        words.contains("worded(whom: text) -> text = \"{whom}!\""),
        "{words}"
    );
}
