//! Columns that SQL makes: from their use in a playbook to the SQL, and other names for them.

use serde_json::{Value, json};

use crate::changing::edited;
use crate::client::Client;
use crate::marked::cursor;
use crate::project::files;

/// The playbook with a column `total` that its SQL makes, and `total` of other makers.
const TOTALS: &str = r##"## Watches totals.
playbook watch

use warehouse, slack

trigger every weekday at 08:00

type Advice {
  reason: text
}

query accounts from warehouse, at most 100 rows {
  with paid as (
    select customer_id, sum(amount) as total from payments group by customer_id
  )
  select c.customer_id, p.total, c.tenure * 2 as months
  from customers c
  join paid p on p.customer_id = c.customer_id
  where p.total > 3
  order by total
}

query others from warehouse, at most 10 rows {
  select customer_id, count(*) as total from payments group by customer_id
}

model advise(of: number, months: integer) -> Advice {
  route local
  prompt "Paid {of} in {months} months."
  otherwise { reason: "Paid." }
}

let chosen = accounts
  | where total > 10 and row.total < 1000
  | add   share = total / sum(total), longer = months + 1
  | sort  by total descending
  | take  5 per months
let counted = others | where total > 1
let narrow = chosen | select customer_id, total
let grouped = chosen | group by months { most: max(total) }

for each account in chosen {
  let advice = advise(account.total, account.months)
  do slack.post_message(channel: "#ops", text: "{account.customer_id}: {account.total}, {advice.reason}")
}

test "it runs" {
  given accounts = [{ customer_id: "a", total: 12.0, months: 3 }]
  run
  expect count(chosen) = 1
}
"##;

fn session(text: &str, around: &str) -> (Client, Value) {
    let plain = around.replace('‸', "");
    assert_eq!(text.matches(&plain).count(), 1, "{plain}");
    let (text, place) = cursor(&text.replacen(&plain, around, 1));
    let mut client = Client::new(&files(&text));
    client.open("watch.sophia", &text);
    (client, Client::at("watch.sophia", place))
}

fn renamed(text: &str, around: &str, new: &str) -> Result<String, String> {
    let (mut client, mut params) = session(text, around);
    assert_eq!(client.codes("watch.sophia"), Vec::<String>::new());
    params["newName"] = json!(new);
    let response = client.request("textDocument/rename", params);
    let edits = response.response_result.map_err(|error| error.message)?;
    let after = edited(text, &edits["changes"][Client::uri("watch.sophia")]);
    let mut client = Client::new(&files(&after));
    client.open("watch.sophia", &after);
    assert_eq!(
        client.codes("watch.sophia"),
        Vec::<String>::new(),
        "{after}"
    );
    Ok(after)
}

/// The line that holds the start of a location.
fn line(text: &str, location: &Value) -> String {
    let line = location["range"]["start"]["line"].as_u64().unwrap();
    let line = text.lines().nth(usize::try_from(line).unwrap());
    line.unwrap().trim().to_owned()
}

#[test]
fn a_column_leads_to_the_sql_that_makes_it() {
    for around in [
        "{account.to‸tal}, {",
        "row.to‸tal <",
        "sort  by to‸tal",
        "customer_id, to‸tal\nlet",
        "where p.to‸tal >",
        "order by to‸tal",
    ] {
        let (mut client, params) = session(TOTALS, around);
        let location = client.ask("textDocument/definition", params.clone());
        assert!(
            line(TOTALS, &location).starts_with("select customer_id, sum(amount) as total"),
            "{around}: {location}"
        );
        let hover = client.ask("textDocument/hover", params);
        let said = hover["contents"]["value"].as_str().unwrap();
        assert!(said.contains("total"), "{around}: {said}");
    }
    let (mut client, params) = session(TOTALS, "take  5 per mon‸ths");
    let location = client.ask("textDocument/definition", params.clone());
    assert!(line(TOTALS, &location).contains("as months"), "{location}");
    let hover = client.ask("textDocument/hover", params);
    let said = hover["contents"]["value"].as_str().unwrap();
    assert!(said.contains("Made by the SQL of `accounts`"), "{said}");
    // A column of a table is told as one.
    let (mut client, params) = session(TOTALS, "{account.custo‸mer_id}");
    let hover = client.ask("textDocument/hover", params);
    let said = hover["contents"]["value"].as_str().unwrap();
    assert!(
        said.contains("Column `customer_id` of `warehouse.customers`"),
        "{said}"
    );
}

#[test]
fn its_uses_are_those_of_this_column_alone() {
    let (mut client, mut params) = session(TOTALS, "{account.to‸tal}, {");
    params["context"] = json!({ "includeDeclaration": true });
    let found = client.ask("textDocument/references", params);
    let found: Vec<String> = (found.as_array().unwrap().iter())
        .map(|location| line(TOTALS, location))
        .collect();
    assert_eq!(found.len(), 13, "{found:#?}");
    assert!(
        !found.iter().any(|line| line.contains("count(*)")),
        "{found:#?}"
    );
}

#[test]
fn a_column_is_renamed_from_the_sql_and_from_the_playbook() {
    for around in [
        "sum(amount) as to‸tal from",
        "p.to‸tal, c.tenure",
        "{account.to‸tal}, {",
        "| where to‸tal > 10",
    ] {
        let after = renamed(TOTALS, around, "paid_in_all").unwrap();
        // What is left is the column of the other query, and its use.
        assert_eq!(after.matches("total").count(), 3, "{after}");
        assert!(after.contains("given accounts = [{ customer_id: \"a\", paid_in_all: 12.0"));
    }
    let after = renamed(TOTALS, "count(*) as to‸tal from", "payments_made").unwrap();
    assert_eq!(after.matches("payments_made").count(), 2, "{after}");
    let after = renamed(TOTALS, "as mon‸ths\n", "doubled").unwrap();
    assert!(after.contains("take  5 per doubled"), "{after}");
    assert!(after.contains("group by doubled"), "{after}");
    assert!(
        after.contains("model advise(of: number, months: integer)"),
        "{after}"
    );
}

#[test]
fn where_a_use_cannot_be_followed_the_reason_is_told() {
    let recorded = TOTALS.replace(
        "for each account in chosen {",
        "record narrow into warehouse.totals\n\nfor each account in chosen {",
    );
    let with_table = |text: &str| {
        let mut all = files(text);
        let lock = format!(
            "{}\n[connections.warehouse.tables.totals]\ncolumns = [\n  {{ name = \"customer_id\", declared = \"text\", nullable = false }},\n  {{ name = \"total\", declared = \"double\", nullable = true }},\n]\n",
            all[1].1
        );
        all.retain(|(name, _)| *name != "sophia.lock");
        let mut files: Vec<(String, String)> = (all.iter())
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        files.push(("sophia.lock".to_owned(), lock));
        files
    };
    let (text, place) =
        cursor(&recorded.replacen("sum(amount) as total", "sum(amount) as to‸tal", 1));
    let all = with_table(&text);
    let lent: Vec<(&str, &str)> = (all.iter())
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let mut client = Client::new(&lent);
    client.open("watch.sophia", &text);
    assert_eq!(client.codes("watch.sophia"), Vec::<String>::new());
    let mut params = Client::at("watch.sophia", place);
    params["newName"] = json!("paid_in_all");
    let refused = client
        .request("textDocument/rename", params)
        .response_result;
    let refused = refused.unwrap_err().message;
    assert!(refused.contains("Not every use of `total`"), "{refused}");
    assert!(refused.contains("totals"), "{refused}");

    let refused = |around: &str, new: &str| renamed(TOTALS, around, new).unwrap_err();
    assert!(refused("{account.to‸tal}, {", "months").contains("already stands"));
    assert!(refused("{account.to‸tal}, {", "InAll").contains("snake_case"));
    assert!(refused("{account.custo‸mer_id}", "who").contains("named by the source"));
    assert!(refused("{advice.rea‸son}", "why").contains("by hand"));
    let broken = TOTALS.replace("let counted = others", "let counted = othrs");
    let (mut client, mut params) = session(&broken, "{account.to‸tal}, {");
    params["newName"] = json!("paid_in_all");
    let refused = client
        .request("textDocument/rename", params)
        .response_result;
    let refused = refused.unwrap_err().message;
    assert!(refused.contains("has a mistake"), "{refused}");
}
