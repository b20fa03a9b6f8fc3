//! Forms that only Snowflake has: the older outer join, rows that follow a pattern, pivots over what a run finds.

mod support;

use support::{check_in, mistakes, row};

fn gives(sql: &str) -> String {
    row("snowflake", sql)
}

#[test]
fn the_marked_side_of_a_join_may_lack_a_row() {
    for (sql, columns) in [
        (
            "select c.tenure, p.id from customers c, payments p where c.customer_id = p.customer_id (+)",
            "tenure: integer, id: integer?",
        ),
        (
            "select c.tenure, p.id from customers c, payments p where p.customer_id(+) = c.customer_id and p.id(+) > 3 and c.tenure > 1",
            "tenure: integer, id: integer?",
        ),
        // A condition without the mark is one over the joined rows.
        (
            "select c.tenure, p.id from customers c, payments p where c.customer_id = p.customer_id (+) and p.id > 3",
            "tenure: integer, id: integer",
        ),
        (
            "select c.email, p.id from customers c, payments p where c.email = p.customer_id (+)",
            "email: text?, id: integer?",
        ),
        (
            "select c.tenure, p.id from customers c, payments p where c.customer_id = p.customer_id",
            "tenure: integer, id: integer",
        ),
    ] {
        assert_eq!(gives(sql), columns, "{sql}");
    }
    assert_eq!(
        mistakes(
            "snowflake",
            "select c.tenure from customers c, payments p where c.customer_id = p.custmer_id (+)"
        ),
        ["S402 at custmer_id"]
    );
}

#[test]
fn a_pattern_gives_its_parts_and_measures() {
    let matched = |rows: &str| {
        format!(
            "select * from customers match_recognize (partition by contract order by tenure
             measures match_number() as nr, classifier() as kind, first(down.tenure) as start_at, count(down.*) as downs,
               last(up.total_charges) as charged
             {rows} pattern (down+ up) define down as tenure < lag(tenure), up as up.tenure > prev(tenure))"
        )
    };
    let measures = "nr: integer, kind: text?, start_at: integer?, downs: integer, charged: number?";
    assert_eq!(
        gives(&matched("one row per match")),
        format!("contract: text, {measures}")
    );
    assert_eq!(gives(&matched("")), format!("contract: text, {measures}"));
    let all = gives(&matched("all rows per match"));
    assert!(
        all.starts_with("customer_id: text, tenure: integer, contract: text"),
        "{all}"
    );
    assert!(all.ends_with(measures), "{all}");
    assert_eq!(
        mistakes(
            "snowflake",
            &matched("").replace("first(down.tenure)", "first(down.tenur)")
        ),
        ["S402 at tenur"]
    );
    assert_eq!(
        mistakes(
            "snowflake",
            &matched("").replace("first(down.tenure)", "first(side.tenure)")
        ),
        ["S401 at side"]
    );
}

#[test]
fn a_pivot_over_what_is_found_says_what_to_write() {
    let errors = check_in(
        "snowflake",
        "select * from (select contract, churn, tenure from customers) pivot (sum(tenure) for churn in (any)) as p",
    )
    .expect_err("its columns are not known");
    let told: Vec<String> = errors.iter().map(|error| error.message.clone()).collect();
    assert_eq!(
        told,
        ["Which columns this `pivot` gives is known only when it runs."]
    );
}
