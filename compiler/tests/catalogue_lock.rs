//! The lock reads back as it was written, and a broken one says where.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;
use sophia_compiler::catalogue::{
    Catalogue, Column, Connection, ModelPin, Server, Table, ToolCall, canonical_json, digest,
    our_argument, our_name,
};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z_]{1,8}",
        "\\PC{0,12}",
        Just("{\"a\":'b'}\n\t\\".to_owned()),
        any::<String>()
    ]
}

fn map<T: std::fmt::Debug + Clone + 'static>(
    of: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = BTreeMap<String, T>> {
    prop::collection::btree_map(text(), of, 0..3)
}

prop_compose! {
    fn column()(name in text(), declared in text(), nullable: bool, labels in prop::collection::vec(text(), 0..3)) -> Column {
        Column { name, declared, nullable, labels }
    }
}
prop_compose! {
    fn call()(wire_name in text(), description in text(), flags: [bool; 3], arguments in map(text()),
              digest in text(), input_schema in text(), output_schema in prop::option::of(text()), sampled in prop::option::of(text()),
              labels in map(prop::collection::vec(text(), 0..3))) -> ToolCall {
        let [read_only, idempotent, destructive] = flags;
        ToolCall { wire_name, description, read_only, idempotent, destructive, arguments, digest, input_schema, output_schema, sampled, labels }
    }
}

fn catalogue() -> impl Strategy<Value = Catalogue> {
    let table = (
        prop::option::of(0..i64::MAX as u64),
        prop::option::of(prop::collection::vec(text(), 0..3)),
        prop::collection::vec(prop::collection::vec(text(), 0..3), 0..3),
        prop::collection::vec(column(), 0..4),
    )
        .prop_map(|(rows, key, unique, columns)| Table {
            rows,
            key,
            unique,
            columns,
        });
    let connection = (text(), map(table)).prop_map(|(kind, tables)| Connection { kind, tables });
    let server = (text(), text(), map(call())).prop_map(|(server, version, calls)| Server {
        server,
        version,
        calls,
    });
    let model =
        (text(), text(), prop::option::of(text())).prop_map(|(kind, model, digest)| ModelPin {
            kind,
            model,
            digest,
        });
    (text(), map(connection), map(server), map(model)).prop_map(
        |(synced_at, connections, tools, models)| Catalogue {
            format: 1,
            synced_at,
            connections,
            tools,
            models,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_lock_reads_back_as_it_was_written(catalogue in catalogue()) {
        let written = catalogue.to_toml();
        let read = Catalogue::from_toml(&written, &"sophia.lock".into());
        prop_assert_eq!(read, Ok(catalogue.clone()));
        prop_assert_eq!(catalogue.to_toml(), written);
    }
}

#[test]
fn a_lock_is_readable() {
    let mut catalogue = Catalogue {
        format: 1,
        synced_at: "2026-11-19T08:00:00Z".into(),
        ..Catalogue::default()
    };
    let column = |name: &str| Column {
        name: name.into(),
        declared: "TEXT".into(),
        nullable: false,
        labels: vec![],
    };
    catalogue.connections.insert(
        "warehouse".into(),
        Connection {
            kind: "sqlite".into(),
            tables: [(
                "customers".to_owned(),
                Table {
                    rows: Some(2),
                    key: Some(vec!["a".to_owned()]),
                    unique: vec![vec!["b".to_owned(), "a".to_owned()]],
                    columns: vec![column("a"), column("b")],
                },
            )]
            .into(),
        },
    );
    let text = catalogue.to_toml();
    assert!(text.starts_with("# The catalogue: what the connected systems offer. Written by `sophia sync`, do not edit.\n"), "{text}");
    assert!(text.contains("\n[connections.warehouse.tables.customers]\nrows = 2\nkey = [\"a\"]\nunique = [[\"b\", \"a\"]]\ncolumns = [\n  { name = \"a\", declared = \"TEXT\", nullable = false },\n"), "{text}");
}

#[test]
fn a_lock_from_before_keys_were_noted_knows_none() {
    let text = "format = 1\nsynced_at = \"x\"\n\n[connections.w]\nkind = \"postgres\"\n\n[connections.w.tables.t]\ncolumns = []\n";
    let read = Catalogue::from_toml(text, &"sophia.lock".into()).expect("a lock");
    let table = &read.connections["w"].tables["t"];
    assert_eq!((&table.key, &table.unique), (&None, &Vec::new()));
    let none = text.replace("columns = []", "key = []\ncolumns = []");
    let read = Catalogue::from_toml(&none, &"sophia.lock".into()).expect("a lock");
    assert_eq!(read.connections["w"].tables["t"].key, Some(Vec::new()));
}

#[test]
fn a_broken_lock_says_where_and_what_to_do() {
    let text = "format = 1\nsynced_at = \"x\"\n<<<<<<< ours\n[tools]\n";
    let errors = Catalogue::from_toml(text, &"sophia.lock".into()).expect_err("broken");
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].code.as_str(), "S901");
    assert_eq!(errors[0].span.start, 27);
    let other = Catalogue::from_toml("format = 9\nsynced_at = \"x\"\n", &"sophia.lock".into())
        .expect_err("another format");
    assert_eq!(other[0].code.as_str(), "S902");
}

#[test]
fn names_become_ours() {
    for (server, wire, ours) in [
        ("slack", "slack_post_message", "post_message"),
        ("slack", "postMessage", "post_message"),
        ("hubspot", "hubspot-update-deal", "update_deal"),
        ("slack-mcp-server", "slack_list_channels", "list_channels"),
        ("slack", "slack", "slack"),
        ("github", "getHTTPStatus", "get_http_status"),
        ("files", "read.file", "read_file"),
    ] {
        assert_eq!(our_name(server, wire), ours);
    }
    assert_eq!(our_argument("channelId"), "channel_id");
}

#[test]
fn the_digest_sees_every_change_and_no_order() {
    let one = json!({"type": "object", "properties": {"a": 1, "b": [2, "x"]}});
    let same = json!({"properties": {"b": [2, "x"], "a": 1}, "type": "object"});
    assert_eq!(
        canonical_json(&one),
        "{\"properties\":{\"a\":1,\"b\":[2,\"x\"]},\"type\":\"object\"}"
    );
    let pin = digest("t", "does", &one, None, None);
    assert_eq!(pin, digest("t", "does", &same, None, None));
    assert_ne!(pin, digest("t", "does more", &one, None, None));
    assert_ne!(pin, digest("t", "does", &one, Some(&one), None));
    assert_ne!(
        pin,
        digest(
            "t",
            "does",
            &one,
            None,
            Some(&json!({"readOnlyHint": true}))
        )
    );
}
