//! Types, nullability, lineage and holes of queries that are right.

mod support;

use support::{check_in, row};

#[test]
fn types_and_missing_values() {
    let table = [
        ("select customer_id, tenure, total_charges from customers",
         "customer_id: text, tenure: integer, total_charges: number?"),
        ("select churn = 'Yes' as churned from customers", "churned: boolean"),
        ("select email = 'x' as same from customers", "same: boolean?"),
        ("select total_charges from customers where total_charges is not null", "total_charges: number"),
        ("select total_charges from customers where total_charges > 10 and tenure > 1", "total_charges: number"),
        ("select total_charges from customers where total_charges > 10 or tenure > 1", "total_charges: number?"),
        ("select coalesce(total_charges, 0) as total from customers", "total: number"),
        ("select nullif(tenure, 0) as months from customers", "months: integer?"),
        ("select tenure / 12 as years from customers", "years: integer"),
        ("select 12 / tenure as share from customers", "share: integer?"),
        ("select count(*) as n, sum(tenure) as t, max(contract) as c from customers", "n: integer, t: integer?, c: text?"),
        ("select contract, sum(tenure) as t, avg(tenure) as a from customers group by contract",
         "contract: text, t: integer, a: number"),
        ("select contract, max(total_charges) as m from customers group by 1", "contract: text, m: number?"),
        ("select case when tenure > 12 then 'old' else 'new' end as age from customers", "age: text"),
        ("select case tenure when 1 then 1.5 end as x from customers", "x: number?"),
        ("select cast(tenure as text) || '!' as t from customers", "t: text"),
        ("select p.amount, p.amount * p.discount as cut, p.amount / 2 as half from payments p where p.discount is not null",
         "amount: money USD, cut: money USD, half: money USD"),
        ("select sum(amount) as total, 1 - max(discount) as rest from payments group by customer_id",
         "total: money USD, rest: percent?"),
        ("select amount / amount as ratio from payments", "ratio: number?"),
        ("select c.customer_id, p.amount from customers c left join payments p on p.customer_id = c.customer_id",
         "customer_id: text, amount: money USD?"),
        ("select c.tenure, p.id from customers c right join payments p on p.customer_id = c.customer_id",
         "tenure: integer?, id: integer"),
        ("select customer_id, tenure, amount from customers join payments using (customer_id)",
         "customer_id: text, tenure: integer, amount: money USD"),
        ("with recent as (select customer_id as id, tenure t from customers) select r.id, r.t from recent r",
         "id: text, t: integer"),
        ("with recursive n(i) as (select 1 union all select i + 1 from n where i < 10) select i from n", "i: integer"),
        ("select tenure from customers union all select null", "tenure: integer?"),
        ("select (select count(*) from payments) as n, (select max(id) from payments) as m", "n: integer, m: integer?"),
        ("select customer_id from customers c where exists (select 1 from payments p where p.customer_id = c.customer_id)",
         "customer_id: text"),
        ("select customer_id from customers where customer_id in (select customer_id from payments)", "customer_id: text"),
        ("select row_number() over (partition by contract order by tenure) as r, lag(tenure) over (order by tenure) as before,
                 sum(tenure) over (order by tenure) as running from customers",
         "r: integer, before: integer?, running: integer"),
        ("select tenure * 2 as double from customers where double > 4 order by double", "double: integer"),
        ("select total from (select sum(tenure) as total from customers)", "total: integer?"),
        ("select date('now') as today, strftime('%Y', 'now') as year from customers", "today: date, year: text"),
        ("select iif(tenure > 1, 'a', 'b') as x, min(tenure, 5) as y from customers", "x: text, y: integer"),
        ("select rowid as r from customers", "r: integer"),
        ("select sqrt(tenure) as s, ln(tenure) as l, pow(tenure, 2) as p, pow(tenure, 0.5) as root, exp(tenure) as e, mod(tenure, 5) as m from customers",
         "s: number?, l: number?, p: number, root: number?, e: number, m: number?"),
        ("select hex(email) as h, quote(email) as q, typeof(email) as t, unicode(contract) as u, printf('%s', email) as p, printf(email) as f, concat('a', email) as c, concat_ws('-', email, contract) as w, concat_ws(email, contract) as v from customers",
         "h: text, q: text, t: text, u: integer?, p: text, f: text?, c: text, w: text, v: text?"),
        ("select json_array(email) as a, json_object('a', email) as o, json_set('{}', '$.a', email) as s, json_array_length('[]') as n, json_array_length('[]', '$.a') as m from customers",
         "a: json, o: json, s: json, n: integer, m: integer?"),
        ("select iif(email = 'a', 1, 2) as x, iif(tenure > 1, email, 'none') as y from customers", "x: integer, y: text?"),
    ];
    for (sql, expected) in table {
        assert_eq!(row("sqlite", sql), expected, "{sql}");
    }
}

#[test]
fn functions_of_postgres_that_take_what_is_missing() {
    let table = [
        (
            "select json_build_object('a', email) as o, jsonb_build_array(email) as a, format('%s', email) as f, format(email) as g, quote_nullable(email) as q, num_nulls(email) as n from customers",
            "o: json, a: json, f: text, g: text?, q: text, n: integer",
        ),
        (
            "select concat_ws('-', email, contract) as w, concat_ws(email, contract) as v, concat(email) as c from customers",
            "w: text, v: text?, c: text",
        ),
        (
            "select json_agg(email) as j, string_agg(email, ',') as s from customers group by contract",
            "j: json, s: text?",
        ),
        ("select json_agg(email) as j from customers", "j: json?"),
    ];
    for (sql, expected) in table {
        assert_eq!(row("postgres", sql), expected, "{sql}");
    }
}

#[test]
fn dialects_differ() {
    assert_eq!(
        row(
            "postgres",
            "select tenure::text, count(*) from customers group by tenure"
        ),
        "tenure: text, count: integer"
    );
    assert_eq!(
        row(
            "postgres",
            "select c.signed_on - date '2026-01-01' as days from customers c where signed_on is not null"
        ),
        "days: integer"
    );
    assert_eq!(
        row(
            "postgres",
            "select date_trunc('month', signed_on) as m, now() - interval '1 day' as y from customers"
        ),
        "m: date?, y: timestamp"
    );
    assert_eq!(
        row(
            "snowflake",
            "select TENURE, tenure / 2 as Half from customers"
        ),
        "tenure: integer, half: decimal"
    );
    assert_eq!(
        row(
            "snowflake",
            "select customer_id, tenure from customers qualify row_number() over (partition by contract order by tenure) = 1"
        ),
        "customer_id: text, tenure: integer"
    );
    assert_eq!(
        row(
            "snowflake",
            "select dateadd(day, 1, signed_on) as next from customers"
        ),
        "next: date?"
    );
    assert_eq!(
        row(
            "snowflake",
            "select * exclude (email, signed_on, active, churn) from customers where total_charges > 1"
        ),
        "customer_id: text, tenure: integer, contract: text, monthly_charges: number, total_charges: number"
    );
}

#[test]
fn sources_of_columns() {
    let shape = check_in(
        "sqlite",
        "with a as (select customer_id, tenure + monthly_charges as x from customers where churn = 'No') \
         select x from a order by customer_id",
    )
    .expect("a right query");
    let direct: Vec<&str> = shape.lineage[0]
        .keys()
        .map(|source| &*source.column)
        .collect();
    assert_eq!(direct, ["monthly_charges", "tenure"]);
    let indirect: Vec<&str> = shape
        .indirect
        .iter()
        .map(|source| &*source.column)
        .collect();
    assert_eq!(indirect, ["churn", "customer_id"]);
    assert_eq!(shape.tables.iter().collect::<Vec<_>>(), ["customers"]);
}

#[test]
fn holes_are_bound_and_want_a_type() {
    let sql = "select customer_id, '{{x' as t from customers where tenure > {months} and contract in ({a}, {b.c})\n limit {n};";
    let sql = sql.replace("'{{x'", "'x'");
    let shape = check_in("sqlite", &sql).expect("a right query");
    assert_eq!(
        shape.sql,
        "select customer_id, 'x' as t from customers where tenure > ?1 and contract in (?2, ?3)\n limit ?4"
    );
    let wanted: Vec<String> = shape
        .hole_types
        .iter()
        .map(|of| {
            of.as_ref()
                .map_or("anything".to_owned(), ToString::to_string)
        })
        .collect();
    assert_eq!(wanted, ["integer", "text", "text", "integer"]);

    let sql = "select customer_id from customers where signed_on between {a} and {b}";
    assert_eq!(
        check_in("postgres", sql).expect("right").sql,
        "select customer_id from customers where signed_on between $1 and $2"
    );
    assert_eq!(
        check_in("snowflake", sql).expect("right").sql,
        "select customer_id from customers where signed_on between ? and ?"
    );
    let amount = check_in("sqlite", "select id from payments where amount > {x}").expect("right");
    assert_eq!(
        amount.hole_types[0]
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some("money USD")
    );
}

#[test]
fn long_chains_and_deep_nesting_end_well() {
    let chain = vec!["tenure = 1"; 2000].join(" or ");
    let _ = check_in(
        "sqlite",
        &format!("select customer_id from customers where {chain}"),
    );
    let nested = format!("select {}1{} as x", "(".repeat(400), ")".repeat(400));
    assert!(check_in("sqlite", &nested).is_err());
}
