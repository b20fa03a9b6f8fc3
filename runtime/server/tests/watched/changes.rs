//! Changes in a table start runs: each once, over restarts, rows known by their key.

use std::path::Path;

use sophia_data::{Access, CommandRequest, SqliteSource};
use sophia_engine::{RunFilter, RunOutcome};
use sophia_plan::{Value, show};
use sophia_test_postgres::Server;

use crate::served::Served;

const MANIFEST: &str = r#"[project]
name = "shop"

[connections.shop]
kind = "sqlite"
seed = ["data/*.csv"]
"#;

const LOCK: &str = r#"format = 1
synced_at = "2026-11-22T11:59:52Z"

[connections.shop]
kind = "sqlite"

[connections.shop.tables.orders]
rows = 2
columns = [
  { name = "order_id", declared = "INTEGER", nullable = false, labels = ["trusted"] },
  { name = "state", declared = "TEXT", nullable = false },
]
"#;

const ONE_BY_ONE: &str = "playbook follow_orders

use shop

trigger on change in shop.orders by order_id as change

let told = change.kind
";

const IN_BATCHES: &str = "playbook follow_orders

use shop

trigger on change in shop.orders by order_id as changes
  in batches of 2 or every 10 seconds

let told = count(changes)
";

const MARKS_WHAT_IT_SAW: &str = "playbook follow_orders

use shop

trigger on change in shop.orders by order_id as change except our own

record { order_id: change.row.order_id, state: \"seen\" } into shop.orders key order_id
";

struct Shop(Served);

impl Shop {
    /// A database that is made from a file.
    async fn open(folder: &Path, playbook: &str) -> Self {
        std::fs::create_dir_all(folder.join("data")).unwrap();
        let orders = folder.join("data/orders.csv");
        std::fs::write(orders, "order_id,state\n1,open\n2,open\n").unwrap();
        Self::over(folder, MANIFEST, LOCK, playbook).await
    }

    /// A database that is there.
    async fn of(folder: &Path, server: &Server, playbook: &str) -> Self {
        let manifest = format!(
            "[project]\nname = \"shop\"\n\n[connections.shop]\nkind = \"postgres\"\nhost = \"{}\"
user = \"postgres\"\ndatabase = \"postgres\"\ntls = \"off\"\n",
            server.folder().display()
        );
        let lock = LOCK
            .replace("sqlite", "postgres")
            .replace("INTEGER", "bigint")
            .replace("TEXT", "text");
        Self::over(folder, &manifest, &lock, playbook).await
    }

    async fn over(folder: &Path, manifest: &str, lock: &str, playbook: &str) -> Self {
        let files = [
            ("sophia.toml", manifest),
            ("sophia.lock", lock),
            ("follow_orders.sophia", playbook),
        ];
        let shop = Self(Served::over(folder, &files, "dev").await);
        shop.0.clock.waited(1).await;
        shop
    }

    /// Lets time pass, and the next look.
    async fn look(&self, seconds: i64) {
        let waits = self.0.clock.waits();
        self.0.clock.pass(seconds);
        self.0.clock.waited(waits + 1).await;
    }

    async fn sql(&self, sql: &str) {
        let source = (self.0.session.environment.connections.source("shop"))
            .await
            .unwrap();
        let request = CommandRequest {
            sql,
            parameters: &[],
            row: None,
            at_most: None,
            once: None,
        };
        source.command(&request).await.unwrap();
    }

    /// Waits until every run has ended.
    async fn rested(&self) {
        let engine = &self.0.session.engine;
        for run in engine.runs(RunFilter::default()).await.unwrap() {
            let outcome = engine.wait(&run.run).await.unwrap();
            assert_eq!(outcome, RunOutcome::Done);
        }
    }

    /// The same, and lets the next look come.
    async fn settle(&self) {
        self.rested().await;
        self.look(2).await;
    }

    /// What was brought to each run, the oldest first.
    async fn brought(&self) -> Vec<String> {
        let told = |brought| match brought {
            Value::Record(change) => in_short(&change),
            Value::Table(changes) => {
                let changes: Vec<String> = changes.records().map(|one| in_short(&one)).collect();
                changes.join(", ")
            }
            other => panic!("{other:?}"),
        };
        self.0.brought().await.into_iter().map(told).collect()
    }

    async fn close(self) {
        self.0.close().await;
    }
}

/// `changed 1 paid, was open`
fn in_short(change: &sophia_plan::Record) -> String {
    let zone = jiff::tz::TimeZone::UTC;
    let of = |row: &Value, field: &str| match row {
        Value::Record(row) => show(row.get(field).unwrap(), &zone),
        other => panic!("{other:?}"),
    };
    let row = change.get("row").unwrap();
    let was = match change.get("was") {
        Some(was @ Value::Record(_)) => format!(", was {}", of(was, "state")),
        _ => String::new(),
    };
    let kind = show(change.get("kind").unwrap(), &zone);
    format!("{kind} {} {}{was}", of(row, "order_id"), of(row, "state"))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_starts_one_run_also_when_it_came_while_the_program_was_down() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path(), ONE_BY_ONE).await;
    assert!(shop.brought().await.is_empty(), "what is there is not new");
    shop.sql("insert into orders values (3, 'open')").await;
    shop.sql("update orders set state = 'paid' where order_id = 1")
        .await;
    shop.look(2).await;
    let first = ["changed 1 paid, was open", "added 3 open"];
    assert_eq!(shop.brought().await, first);
    shop.look(2).await;
    assert_eq!(shop.brought().await, first);
    shop.sql("delete from orders where order_id = 2").await;
    shop.sql("update orders set state = 'open' where order_id = 1")
        .await;
    shop.close().await;
    // It is looked at at once after a start.
    let shop = Shop::open(folder.path(), ONE_BY_ONE).await;
    let all = [
        "changed 1 paid, was open",
        "added 3 open",
        "changed 1 open, was paid",
        "removed 2 open, was open",
    ];
    assert_eq!(shop.brought().await, all);
    shop.close().await;
    let shop = Shop::open(folder.path(), ONE_BY_ONE).await;
    assert_eq!(shop.brought().await, all);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_come_in_batches_or_after_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path(), IN_BATCHES).await;
    shop.sql("insert into orders values (3, 'a'), (4, 'b'), (5, 'c')")
        .await;
    shop.look(2).await;
    assert_eq!(shop.brought().await, ["added 3 a, added 4 b"]);
    shop.look(2).await;
    assert_eq!(shop.brought().await.len(), 1);
    shop.look(9).await;
    assert_eq!(shop.brought().await, ["added 3 a, added 4 b", "added 5 c"]);
    shop.close().await;
}

/// One server for all, because starting one takes longer than asking it.
#[tokio::test(flavor = "multi_thread")]
async fn tables_of_postgres_are_watched_as_well_one_by_one_and_in_batches() {
    let server = tokio::task::spawn_blocking(Server::start).await.unwrap();
    server.run_sql(
        "create table orders (order_id bigint primary key, state text not null);
         insert into orders values (1, 'open'), (2, 'open')",
    );
    one_by_one(&server).await;
    server.run_sql("truncate orders; insert into orders values (1, 'open'), (2, 'open')");
    in_batches(&server).await;
    server.run_sql("truncate orders; insert into orders values (1, 'open'), (2, 'open')");
    let folder = tempfile::tempdir().unwrap();
    let open = async || Shop::of(folder.path(), &server, MARKS_WHAT_IT_SAW).await;
    except_our_own(open, async |sql: &str| server.run_sql(sql)).await;
}

async fn one_by_one(server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::of(folder.path(), server, ONE_BY_ONE).await;
    assert!(shop.brought().await.is_empty(), "what is there is not new");
    // What is written in one transaction shares its instant; what tells the rows apart is their key.
    server.run_sql(
        "begin; update orders set state = 'paid'; insert into orders values (3, 'open'); commit",
    );
    shop.look(2).await;
    let mut told = vec![
        "changed 1 paid, was open",
        "changed 2 paid, was open",
        "added 3 open",
    ];
    assert_eq!(shop.brought().await, told);
    // What was taken back is no change, and neither is what comes to what it was.
    server.run_sql("begin; delete from orders; rollback");
    server.run_sql("update orders set state = 'lost' where order_id = 1");
    server.run_sql("update orders set state = 'paid' where order_id = 1");
    shop.look(2).await;
    assert_eq!(shop.brought().await, told);
    server.run_sql("delete from orders where order_id = 2");
    shop.close().await;
    server.run_sql("insert into orders values (4, 'open')");
    // It is looked at at once after a start.
    let shop = Shop::of(folder.path(), server, ONE_BY_ONE).await;
    told.extend(["added 4 open", "removed 2 paid, was paid"]);
    assert_eq!(shop.brought().await, told);
    shop.close().await;
    let shop = Shop::of(folder.path(), server, ONE_BY_ONE).await;
    shop.look(2).await;
    assert_eq!(shop.brought().await, told);
    shop.close().await;
}

async fn in_batches(server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::of(folder.path(), server, IN_BATCHES).await;
    server.run_sql(
        "insert into orders values (3, 'a'); update orders set state = 'b' where order_id < 3",
    );
    shop.look(2).await;
    let first = "changed 1 b, was open, changed 2 b, was open";
    assert_eq!(shop.brought().await, [first]);
    // What waits for its batch waits on after a restart, with what came meanwhile.
    shop.close().await;
    server.run_sql("delete from orders where order_id = 1");
    let shop = Shop::of(folder.path(), server, IN_BATCHES).await;
    let second = "added 3 a, removed 1 b, was b";
    assert_eq!(shop.brought().await, [first, second]);
    server.run_sql("update orders set state = 'c' where order_id = 3");
    shop.look(2).await;
    assert_eq!(shop.brought().await, [first, second], "it is half a batch");
    shop.look(11).await;
    let all = [first, second, "changed 3 c, was a"];
    assert_eq!(shop.brought().await, all);
    shop.close().await;
    let shop = Shop::of(folder.path(), server, IN_BATCHES).await;
    shop.look(11).await;
    assert_eq!(shop.brought().await, all);
    shop.close().await;
}

/// Each run writes to the row that it was told of. `change` is somebody else's.
async fn except_our_own(open: impl AsyncFn() -> Shop, change: impl AsyncFn(&str)) {
    let shop = open().await;
    change("insert into orders values (3, 'open')").await;
    shop.look(2).await;
    let mut told = vec!["added 3 open"];
    shop.settle().await;
    assert_eq!(shop.brought().await, told, "what it wrote starts nothing");
    change("update orders set state = 'paid' where order_id = 1").await;
    shop.look(2).await;
    told.push("changed 1 paid, was open");
    shop.settle().await;
    assert_eq!(shop.brought().await, told);
    change("update orders set state = 'lost' where order_id = 3").await;
    shop.look(2).await;
    told.push("changed 3 lost, was seen");
    shop.settle().await;
    assert_eq!(shop.brought().await, told);

    // What somebody else changes after our own change is theirs, also where nobody looked in between.
    change("insert into orders values (4, 'open')").await;
    shop.look(2).await;
    told.push("added 4 open");
    shop.rested().await;
    change("update orders set state = 'late' where order_id = 4").await;
    shop.look(2).await;
    told.push("changed 4 late, was open");
    assert_eq!(shop.brought().await, told);

    // What a run wrote and nobody looked at before a restart is still our own.
    shop.rested().await;
    shop.close().await;
    let shop = open().await;
    shop.look(2).await;
    assert_eq!(shop.brought().await, told);
    change("delete from orders where order_id = 4").await;
    shop.look(2).await;
    told.push("removed 4 seen, was seen");
    assert_eq!(shop.brought().await, told);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_change_themselves_starts_nothing_where_that_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let change = async |sql: &str| {
        let database = path.join(".sophia/dev/shop.db");
        let other = SqliteSource::open(&database, Access::Write).await.unwrap();
        other.execute(sql, &[]).await.unwrap();
        other.close().await;
    };
    except_our_own(async || Shop::open(path, MARKS_WHAT_IT_SAW).await, change).await;
}
