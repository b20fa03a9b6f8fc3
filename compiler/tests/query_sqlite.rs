//! Our names of columns are those that SQLite gives, and what we accept SQLite runs.

mod support;

use rusqlite::Connection;
use support::{TABLES, check_in};

const QUERIES: &[&str] = &[
    "select * from customers",
    "select Tenure, CONTRACT from customers",
    "select c.tenure, c.contract as kind from customers c",
    "select c.* from customers c join payments p on p.customer_id = c.customer_id",
    "select * from customers natural join payments",
    "select * from payments join customers using (customer_id)",
    "select id, customer_id from (select * from payments)",
    "with t(a, b) as (select tenure, contract from customers) select * from t",
    "with t as (select tenure as a from customers union select 1) select a from t order by a",
    "select contract, count(*) as n from customers group by contract having n > 1 order by 2 desc limit 3",
    "select tenure as a from customers union all select id from payments",
    "values (1, 'a')",
    "select key, value, path from json_each('[1]')",
    "select \"tenure\" from customers",
    "select [tenure], `contract` from customers",
    "select customer_id, case when tenure > 1 then 1 else 0 end as long from customers where churn like 'Y%' and tenure between 1 and 5",
    "select group_concat(contract, ', ') as all_of_them, total(tenure) as t from customers",
    "select sum(tenure) filter (where churn = 'No') as t from customers",
    "select first_value(tenure) over w as f from customers window w as (partition by contract order by tenure)",
    "select julianday('now') - julianday(signed_on) as days from customers where signed_on is not null",
    "select tenure from customers where (tenure, contract) in (select tenure, contract from customers)",
    "select t.tenure from (customers c join payments p on c.customer_id = p.customer_id) join customers t on t.customer_id = p.customer_id",
    "with recursive d(day) as (select date('2026-01-01') union all select date(day, '+1 day') from d where day < '2026-02-01') select day from d",
];

#[test]
fn names_are_those_of_sqlite() {
    let database = Connection::open_in_memory().expect("a database");
    for (table, columns) in TABLES {
        let columns: Vec<String> = columns
            .iter()
            .map(|column| match column.strip_suffix('?') {
                Some(column) => column.to_owned(),
                None => format!("{column} not null"),
            })
            .collect();
        database
            .execute(
                &format!("create table {table} ({})", columns.join(", ")),
                [],
            )
            .expect("a table");
    }
    for sql in QUERIES {
        let statement = database
            .prepare(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        let theirs = statement.column_names();
        let shape = check_in("sqlite", sql).unwrap_or_else(|errors| panic!("{sql}: {errors:?}"));
        let ours: Vec<&str> = shape.row.fields.iter().map(|field| &*field.name).collect();
        assert_eq!(ours, theirs, "{sql}");
    }
}
