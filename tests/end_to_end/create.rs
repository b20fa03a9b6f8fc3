//! `sophia sync --create`: tables that playbooks record into come to be.

use sophia_test_postgres::Server;

use crate::project::Project;

const MANIFEST: &str = r#"# The shop's own manifest.
[project]
name = "shop"   # a remark

[connections.shop]
kind = "sqlite"
seed = ["data/*.csv"]

[labels]
"shop.orders.order_id" = "trusted"

[env.live]
connections.shop = { kind = "sqlite", path = "live.db" }
"#;

const PLAYBOOK: &str = r#"playbook keep_large

use shop

query orders from shop {
  select order_id, customer, amount from orders where amount >= 100
}

let large = orders | add fee = $2.50, share = 15%, note = if customer = "Ada" then none else "new", at = now

record large into shop.large_orders key order_id
"#;

fn project() -> Project {
    let project = Project::empty();
    project.write("sophia.toml", MANIFEST);
    project.write(
        "data/orders.csv",
        "orderId,customer,amount\n1,Ada,250.5\n2,Ben,20\n3,Cleo,100\n",
    );
    project.write("keep.sophia", PLAYBOOK);
    project.sophia(&["sync", "."]).expect(0);
    project
}

/// Everything that is under git, without the instant at which the lock was written.
fn kept(project: &Project) -> Vec<String> {
    let lock = project.read("sophia.lock");
    let lock: Vec<&str> = (lock.lines())
        .filter(|line| !line.starts_with("synced_at"))
        .collect();
    vec![
        project.read("sophia.toml"),
        lock.join("\n"),
        project.read("create/shop.sql"),
    ]
}

#[test]
fn a_table_that_is_missing_is_made_in_dev_and_its_playbook_runs() {
    let project = project();
    let checked = project.sophia(&["check", "."]).expect(1);
    assert!(
        checked.out.contains("S401") && checked.out.contains("`sophia sync --create`"),
        "{}",
        checked.out
    );
    let made = project
        .sophia(&["sync", "--create", "."])
        .expect(0)
        .expect_calm();
    for told in [
        "shop.large_orders",
        "7 columns, key order_id",
        "made in dev",
        "create/shop.sql was written",
        "\"shop.large_orders.fee\" = \"money USD\"",
    ] {
        assert!(
            made.out.contains(told),
            "{told} is not told in\n{}",
            made.out
        );
    }
    let statements = project.read("create/shop.sql");
    for line in [
        "create table if not exists large_orders (",
        "  note     text,",
        "  primary key (order_id)",
    ] {
        assert!(statements.contains(line), "{line} is not in\n{statements}");
    }
    let manifest = project.read("sophia.toml");
    assert!(
        manifest.starts_with(MANIFEST.trim_end()),
        "what stood there stays as it was:\n{manifest}"
    );
    project.sophia(&["check", "."]).expect(0);
    let before = kept(&project);
    let again = project.sophia(&["sync", "--create", "."]).expect(0);
    assert!(again.out.contains("Nothing is lacking"), "{}", again.out);
    assert_eq!(kept(&project), before);
    project.sophia(&["run", "."]).expect(0);

    // A stand-in that is made anew from its files lacks the table, and the lock keeps it all the same.
    project.write("data/orders.csv", "orderId,customer,amount\n7,Eve,900\n");
    project.sophia(&["sync", "."]).expect(0);
    project.sophia(&["check", "."]).expect(0);
    project.sophia(&["run", ".", "--new"]).expect(0);
    assert_eq!(kept(&project)[2], before[2]);
}

#[test]
fn tables_are_made_where_a_tool_cannot_be_asked() {
    let project = project();
    let crm = "\n[tools.crm]\ncommand = [\"crm\"]\nsecrets = { TOKEN = \"crm_token\" }\n";
    project.write("sophia.toml", &format!("{MANIFEST}{crm}"));
    project.sophia(&["sync", "."]).expect(2);
    project.sophia(&["sync", "--create", "."]).expect(0);
    project.sophia(&["check", "."]).expect(0);
}

#[test]
fn elsewhere_only_text_is_written_and_what_a_person_changed_in_it_stays() {
    let project = project();
    let live = rusqlite::Connection::open(project.path().join("live.db")).expect("a database");
    live.execute_batch("create table orders (order_id integer not null, customer text not null, amount real not null)")
        .expect("a table");
    let create = ["sync", "--create", "--env", "live", "."];
    let made = project.sophia(&create).expect(0).expect_calm();
    assert!(
        made.out.contains("not made here") && made.out.contains("sophia sync --env live"),
        "{}",
        made.out
    );
    let tables: i64 = live
        .query_row(
            "select count(*) from sqlite_master where type = 'table'",
            [],
            |row| row.get(0),
        )
        .expect("a count");
    assert_eq!(tables, 1, "nothing was made in the database");
    project.sophia(&["check", "."]).expect(1);

    project.replace(
        "create/shop.sql",
        "  customer text not null",
        "  customer varchar(40) not null",
    );
    project.replace("keep.sophia", "at = now", "at = now, seller = \"sophia\"");
    let before = project.read("create/shop.sql");
    project.sophia(&create).expect(0);
    let statements = project.read("create/shop.sql");
    assert!(statements.starts_with(&before), "{statements}");
    let added = "alter table large_orders add column seller text;\n";
    assert!(statements.ends_with(added), "{statements}");
    project.sophia(&create).expect(0);
    assert_eq!(project.read("create/shop.sql"), statements);

    live.execute_batch(&statements).expect("the statements run");
    project.sophia(&["sync", "--env", "live", "."]).expect(0);
    project.sophia(&["check", "."]).expect(0);
    project.sophia(&["run", "--env", "live", "."]).expect(0);
}

#[test]
fn records_that_disagree_change_nothing() {
    let project = project();
    project.write(
        "other.sophia",
        "playbook other\n\nuse shop\n\nrecord { order_id: 1, reason: \"late\" } into shop.large_orders\n",
    );
    let manifest = project.read("sophia.toml");
    let lock = project.read("sophia.lock");
    let called = project
        .sophia(&["sync", "--create", "."])
        .expect(1)
        .expect_calm();
    for told in [
        "S890",
        "keep.sophia",
        "other.sophia",
        "`reason`",
        "Nothing was made",
    ] {
        assert!(
            called.err.contains(told),
            "{told} is not told in\n{}",
            called.err
        );
    }
    assert_eq!(project.read("sophia.toml"), manifest);
    assert_eq!(project.read("sophia.lock"), lock);
    assert!(!project.path().join("create").exists());
}

/// A database of `dev` alone is changed; the same one, shared with every environment, is not.
#[test]
fn a_postgres_is_changed_where_it_is_devs_own() {
    let server = Server::start();
    server.run_sql("create table orders (order_id bigint not null, amount numeric not null)");
    let project = Project::empty();
    let connection = format!(
        "{{ kind = \"postgres\", host = \"{}\", database = \"postgres\", user = \"postgres\" }}",
        server.folder().display()
    );
    let manifest = |section: &str| {
        format!(
            "[project]\nname = \"shop\"\n\n[connections]\nshop = {connection}\n\n[labels]\n\"shop.orders.order_id\" = \"trusted\"\n\n{section}\n"
        )
    };
    project.write("sophia.toml", &manifest(""));
    project.write(
        "keep.sophia",
        "playbook keep\n\nuse shop\n\nquery orders from shop { select order_id, amount from orders }\n\n\
         let shown = orders | add fee = $1, at = now, took = 5 minutes, tags = [\"a\"], day = today\n\n\
         record shown into shop.kept_orders key order_id\n",
    );
    let shared = project
        .sophia(&["sync", "--create", "."])
        .expect(0)
        .expect_calm();
    assert!(shared.out.contains("not made here"), "{}", shared.out);
    assert!(!project.read("sophia.lock").contains("kept_orders"));

    let statements = project.read("create/shop.sql");
    server.run_sql(&format!("begin; {statements}; rollback;"));
    let own = format!(
        "[env.dev]\nconnections.shop = {connection}\n\n[units]\n\"shop.kept_orders.fee\" = \"money USD\""
    );
    project.write("sophia.toml", &manifest(&own));
    let made = project.sophia(&["sync", "--create", "."]).expect(0);
    assert!(made.out.contains("made in dev"), "{}", made.out);
    assert_eq!(project.read("create/shop.sql"), statements);
    project.sophia(&["check", "."]).expect(0);
    server.run_sql("insert into orders values (1, 10.25), (2, 20)");
    project.sophia(&["run", "."]).expect(0);
    project.sophia(&["run", ".", "--new"]).expect(0);
    let rows: i64 = std::thread::scope(|scope| {
        let ask = || {
            let row = server
                .client()
                .query_one("select count(*) from kept_orders", &[]);
            row.expect("a count").get(0)
        };
        scope.spawn(ask).join().expect("a thread")
    });
    assert_eq!(rows, 2, "the key tells rows apart");

    project.replace("keep.sophia", "fee = $1", "fee = $1, reason = \"late\"");
    let widened = project.sophia(&["sync", "--create", "."]).expect(0);
    assert!(widened.out.contains("new reason"), "{}", widened.out);
    project.sophia(&["check", "."]).expect(0);
    project.sophia(&["run", ".", "--new"]).expect(0);
}
