//! `sophia sync` on the example and on a database of another kind of company.

use rusqlite::Connection;

use crate::project::{Project, repository};

#[test]
fn the_lock_of_the_example_is_what_sync_writes() {
    let project = Project::churn_watch();
    let server = repository().join("tests/peers/node_modules/.bin/mcp-server-slack");
    assert!(
        server.exists(),
        "{} is missing: run ./test, which installs the servers",
        server.display()
    );
    project.replace(
        "sophia.toml",
        "[\"npx\", \"-y\", \"@modelcontextprotocol/server-slack@2025.4.25\"]",
        &format!("[{:?}]", server.to_string_lossy()),
    );
    let before = project.read("sophia.lock");
    let output = project
        .command(&["sync", "."])
        .env("SOPHIA_SECRET_SLACK_TOKEN", "xoxb-only-for-listing")
        .env("SOPHIA_SECRET_SLACK_TEAM", "T0")
        .output()
        .expect("the program starts");
    let synced = crate::project::Called::from(output).expect(0).expect_calm();
    assert!(synced.out.contains("Nothing differs"), "{}", synced.out);
    let without_time = |text: &str| {
        text.lines()
            .filter(|line| !line.starts_with("synced_at"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let after = project.read("sophia.lock");
    assert_eq!(without_time(&before), without_time(&after));
    assert!(!after.contains("xoxb-only-for-listing"));
}

#[test]
fn a_missing_secret_is_named_with_its_variable() {
    let project = Project::churn_watch();
    let called = project.sophia(&["sync", "."]).expect(2).expect_calm();
    assert!(
        called.err.contains("SOPHIA_SECRET_SLACK_"),
        "{}",
        called.err
    );
}

#[test]
fn another_database_is_pinned_the_same_way() {
    let project = Project::empty();
    let database = Connection::open(project.path().join("books.db")).expect("a database");
    database
        .execute_batch(
            "create table authors (author_id integer primary key, name text not null, born date);
             create table books (isbn text primary key not null, author_id integer not null, price real, title text not null);
             insert into authors values (1, 'Ada', '1815-12-10'), (2, 'Ben', null);
             insert into books values ('a', 1, 12.5, 'Notes'), ('b', 2, null, 'Letters');",
        )
        .expect("tables");
    drop(database);
    project.write("sophia.toml", "[project]\nname = \"books\"\n\n[connections.library]\nkind = \"sqlite\"\npath = \"books.db\"\n");
    project.write(
        "priced.sophia",
        "playbook priced\n\nuse library\n\nquery priced(least: number) from library {\n  select b.title, a.name, a.born, b.price\n  from books b join authors a on a.author_id = b.author_id\n  where b.price >= {least}\n}\n\nlet found = priced(10.0)\n",
    );
    project.sophia(&["sync", "."]).expect(0);
    let lock = project.read("sophia.lock");
    assert!(
        lock.contains("authors") && lock.contains("books") && lock.contains("born"),
        "{lock}"
    );
    project.sophia(&["check", "."]).expect(0);
    let run = project
        .sophia(&["run", ".", "--format", "json"])
        .expect(0)
        .json();
    let found = run["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .find(|step| step["label"] == "found" || step["label"] == "priced")
        .expect("the query");
    assert_eq!(found["rows"], 1, "{run:#}");
}

#[test]
fn what_people_confirmed_of_a_column_stays() {
    let project = Project::empty();
    let database = Connection::open(project.path().join("books.db")).expect("a database");
    database
        .execute_batch("create table authors (author_id integer primary key, email text not null);")
        .expect("a table");
    drop(database);
    project.write("sophia.toml", "[project]\nname = \"books\"\n\n[connections.library]\nkind = \"sqlite\"\npath = \"books.db\"\n");
    project.sophia(&["sync", "."]).expect(0);
    let plain = r#"{ name = "email", declared = "TEXT", nullable = false }"#;
    let marked =
        r#"{ name = "email", declared = "TEXT", nullable = false, labels = ["pii.email"] }"#;
    let lock = project.read("sophia.lock");
    assert!(
        lock.to_lowercase().contains(&plain.to_lowercase()),
        "{lock}"
    );
    let at = lock
        .to_lowercase()
        .find(&plain.to_lowercase())
        .expect("the column");
    let mut lock = lock;
    lock.replace_range(at..at + plain.len(), marked);
    project.write("sophia.lock", &lock);
    project.sophia(&["sync", "."]).expect(0);
    let again = project.read("sophia.lock");
    assert!(again.contains(r#"labels = ["pii.email"]"#), "{again}");
}

#[test]
fn keys_are_pinned_and_a_changed_one_is_drift() {
    let project = Project::empty();
    let make = |sql: &str| {
        let database = Connection::open(project.path().join("books.db")).expect("a database");
        database.execute_batch(sql).expect("a table");
    };
    make(
        "create table authors (author_id integer primary key, email text not null unique);
         create table notes (note text)",
    );
    project.write("sophia.toml", "[project]\nname = \"books\"\n\n[connections.library]\nkind = \"sqlite\"\npath = \"books.db\"\n");
    project.sophia(&["sync", "."]).expect(0);
    let lock = project.read("sophia.lock");
    assert!(
        lock.contains("rows = 0\nkey = [\"author_id\"]\nunique = [[\"email\"]]\ncolumns"),
        "{lock}"
    );
    assert!(lock.contains("rows = 0\nkey = []\ncolumns"), "{lock}");
    project.sophia(&["sync", ".", "--check"]).expect(0);

    make(
        "drop table authors;
         create table authors (author_id integer not null, email text not null primary key)",
    );
    let drift = project.sophia(&["sync", ".", "--check"]).expect(1).out;
    assert!(
        drift.contains("had the key author_id; has the key email"),
        "{drift}"
    );
    assert!(drift.contains("1 difference:"), "{drift}");

    // A lock from before keys were noted is no drift.
    let older: Vec<&str> = (lock.lines())
        .filter(|line| !line.starts_with("key = ") && !line.starts_with("unique = "))
        .collect();
    project.write("sophia.lock", &(older.join("\n") + "\n"));
    project.sophia(&["sync", ".", "--check"]).expect(0);
}
