//! Every mistake at its place, once.

mod support;

use support::{check_in, mistakes};

#[test]
fn one_mistake_one_diagnostic() {
    let table: &[(&str, &str, &[&str])] = &[
        (
            "sqlite",
            "select customer_id from custmers",
            &["S401 at custmers"],
        ),
        ("sqlite", "select x.tenure from customers c", &["S401 at x"]),
        (
            "sqlite",
            "select customer_id, tenur, contract from customers",
            &["S402 at tenur"],
        ),
        (
            "sqlite",
            "select c.tenur as t from customers c where t > 1 order by t",
            &["S402 at tenur"],
        ),
        (
            "sqlite",
            "select customer_id from customers where churn = \"Yes\"",
            &["S402 at \"Yes\""],
        ),
        (
            "sqlite",
            "with a as (select tenure as t from customers) select u from a",
            &["S402 at u"],
        ),
        (
            "sqlite",
            "select tenur, monthly_charge\nfrom customers",
            &["S402 at tenur", "S402 at monthly_charge"],
        ),
        (
            "sqlite",
            "select customer_id from customers a join payments b on a.customer_id = b.customer_id",
            &["S403 at customer_id"],
        ),
        (
            "sqlite",
            "select customer_id, from customers",
            &["S404 at from"],
        ),
        (
            "sqlite",
            "select customer_id from customers where",
            &["S404 at "],
        ),
        ("sqlite", "select 'open from customers", &["S404 at "]),
        ("sqlite", "", &["S404 at ?"]),
        (
            "sqlite",
            "select contract, (count(*) + 1) * 2 from customers group by contract",
            &["S405 at (count(*) + 1) * 2"],
        ),
        (
            "snowflake",
            "select percentile_cont(0.5) within group (order by tenure), max(tenure) is distinct from 3 from customers",
            &[
                "S405 at percentile_cont(0.5) within group (order by tenure)",
                "S405 at max(tenure) is distinct from 3",
            ],
        ),
        (
            "sqlite",
            "select tenure, contract as tenure from customers",
            &["S406 at tenure"],
        ),
        (
            "sqlite",
            "select tenure from customers; select 1",
            &["S407 at select"],
        ),
        ("sqlite", "delete from customers", &["S408 at delete"]),
        (
            "postgres",
            "with gone as (delete from customers returning tenure) select tenure from gone",
            &["S408 at ?"],
        ),
        (
            "sqlite",
            "select customer_id from customers where tenure = 'long'",
            &["S409 at tenure = 'long'"],
        ),
        (
            "sqlite",
            "select customer_id from customers where churn = 1",
            &["S409 at churn = 1"],
        ),
        (
            "sqlite",
            "select customer_id from customers where tenure = '12'",
            &[],
        ),
        (
            "sqlite",
            "select frobnicate(tenure) as x from customers",
            &["S410 at frobnicate"],
        ),
        ("sqlite", "select {x} as x from customers", &["S411 at x"]),
        (
            "sqlite",
            "select tenure from customers union select tenure, contract from customers",
            &["S413 at ?"],
        ),
        (
            "sqlite",
            "select (select tenure, churn from customers) as x",
            &["S413 at ?"],
        ),
        (
            "sqlite",
            "select tenure from customers order by 2",
            &["S414 at 2"],
        ),
        (
            "sqlite",
            "select amount + fee as x from payments",
            &["S415 at amount + fee"],
        ),
        ("sqlite", "select tenure from {table}", &["S416 at {table}"]),
        (
            "sqlite",
            "select tenure from nowhere, elsewhere where a = b",
            &["S401 at nowhere", "S401 at elsewhere"],
        ),
    ];
    for (kind, sql, expected) in table {
        let found = mistakes(kind, sql);
        let matches = found.len() == expected.len()
            && found.iter().zip(*expected).all(|(found, expected)| {
                found == expected
                    || (expected.ends_with("at ?")
                        && found.starts_with(expected.trim_end_matches('?')))
                    || (expected.ends_with("at ") && found.starts_with(expected))
            });
        assert!(
            matches,
            "{sql}\n  found    {found:?}\n  expected {expected:?}"
        );
    }
}

#[test]
fn a_misspelt_column_is_explained_as_on_the_page() {
    let errors = check_in("sqlite", "\n  select customer_id, tenur\n  from customers")
        .expect_err("a mistake");
    let [error] = errors.as_slice() else {
        panic!("{errors:?}")
    };
    assert_eq!(error.message, "There is no column `tenur` in `customers`.");
    assert_eq!(error.label.as_deref(), Some("not in warehouse.customers"));
    assert_eq!(
        error.notes,
        [
            "nearest: `tenure` (integer, never missing)",
            "the catalogue is of 2026-11-19; `sophia sync` refreshes it"
        ]
    );
    let fix = error.fix.as_ref().expect("a fix");
    assert_eq!(fix.message, "write `tenure`");
    assert_eq!(
        (fix.edits[0].span, fix.edits[0].text.as_str()),
        (error.span, "tenure")
    );
    assert_eq!(error.span.range(), 123..128);
}

#[test]
fn places_hold_behind_holes_and_letters_of_many_bytes() {
    let sql = "select '→ü' as a, customer_id -- é\nfrom customers where contract = {wörter.x} and tenür = 1";
    assert_eq!(mistakes("postgres", sql), ["S402 at tenür"]);
}

#[test]
fn a_column_without_a_name_is_fixed_where_it_ends() {
    let sql = "select count(*) from customers";
    let warnings = check_in("sqlite", sql).expect("a right query").warnings;
    let edit = &warnings[0].fix.as_ref().expect("a fix").edits[0];
    let at = edit.span.start as usize - 100;
    let fixed = format!("{}{}{}", &sql[..at], edit.text, &sql[at..]);
    assert_eq!(fixed, "select count(*) as name from customers");
}
