//! Calls that a source refuses: told where it does, and nowhere else.

mod support;

use support::{command_mistakes, mistakes};

const ALL: &[&str] = &["sqlite", "postgres", "snowflake"];
const SQLITE: &[&str] = &["sqlite"];
const POSTGRES: &[&str] = &["postgres"];
const SNOWFLAKE: &[&str] = &["snowflake"];

/// The dialects that refuse it, the query, and what is told.
const REFUSED: &[(&[&str], &str, &str)] = &[
    (
        ALL,
        "select contract from customers where count(*) > 1",
        "S426 at count",
    ),
    (
        ALL,
        "select contract from customers where tenure > avg(tenure)",
        "S426 at avg",
    ),
    (
        ALL,
        "select c.tenure from customers c join payments p on max(p.id) = c.tenure",
        "S426 at max",
    ),
    (
        ALL,
        "select tenure from customers where row_number() over (order by tenure) = 1",
        "S426 at row_number",
    ),
    (
        ALL,
        "select sum(tenure) as t from customers group by sum(tenure)",
        "S426 at sum",
    ),
    (
        ALL,
        "select contract, sum(tenure) as t from customers group by 1, 2",
        "S426 at 2",
    ),
    (
        ALL,
        "select contract, sum(tenure) as t from customers group by contract, t",
        "S426 at t",
    ),
    (
        ALL,
        "select max(count(*)) as most from customers group by contract",
        "S426 at count",
    ),
    (
        ALL,
        "select row_number() as place from customers",
        "S429 at row_number",
    ),
    (
        ALL,
        "select lag(tenure) as earlier from customers",
        "S429 at lag",
    ),
    (
        ALL,
        "select lower(contract, 'x') as c from customers",
        "S427 at lower",
    ),
    (
        ALL,
        "select power(tenure) as p from customers",
        "S427 at power",
    ),
    (
        ALL,
        "select rank(tenure) over (order by tenure) as r from customers",
        "S427 at rank",
    ),
    (
        SQLITE,
        "select instr(contract) as i, tenure from customers",
        "S427 at instr",
    ),
    (
        POSTGRES,
        "select count(distinct contract, churn) as n from customers",
        "S427 at count",
    ),
    (
        POSTGRES,
        "select now(contract) as n from customers",
        "S427 at now",
    ),
    (
        SNOWFLAKE,
        "select iff(tenure > 1, 'a') as i from customers",
        "S427 at iff",
    ),
    (
        POSTGRES,
        "select sum(contract) as s from customers",
        "S428 at contract",
    ),
    (
        POSTGRES,
        "select avg(active) as a from customers",
        "S428 at active",
    ),
    (
        POSTGRES,
        "select upper(c.tenure) as u from customers c",
        "S428 at c.tenure",
    ),
    (
        POSTGRES,
        "select bool_or(tenure) as b from customers",
        "S428 at tenure",
    ),
    (
        POSTGRES,
        "select round(contract) as b from customers",
        "S428 at contract",
    ),
];

const SOUND: &[(&[&str], &str)] = &[
    (
        ALL,
        "select contract from customers group by contract having count(*) > 1 and avg(tenure) > 2",
    ),
    (
        ALL,
        "select contract from customers c where tenure > (select avg(tenure) from customers)",
    ),
    (
        ALL,
        "select contract from customers c group by contract having exists (select 1 from payments p where p.id > max(c.tenure))",
    ),
    (
        ALL,
        "select contract, sum(count(*)) over () as n from customers group by contract",
    ),
    (
        ALL,
        "select sum(n) as n from (select count(*) as n from customers group by contract) as c",
    ),
    (
        ALL,
        "select lag(tenure, 1, 0) over (order by tenure) as earlier from customers",
    ),
    (
        ALL,
        "select round(tenure, 2) as r, substr(contract, 1, 2) as s, coalesce(email, contract) as e from customers",
    ),
    (
        ALL,
        "select count(*) as a, count(email) as b, count(distinct contract) as c from customers",
    ),
    (
        ALL,
        "select upper({plan}) as u, abs({least}) as a, sum(amount) as total from payments",
    ),
    (
        SQLITE,
        "select max(tenure, 1) as m from customers where min(tenure, 2) > 1",
    ),
    (
        SQLITE,
        "select sum(contract) as s, upper(tenure) as u from customers",
    ),
    (
        POSTGRES,
        "select sqrt('4') as s, length('x') as l, upper(null) as u, own.round(contract, 1, 2) as o from customers",
    ),
    (
        POSTGRES,
        "select rank(3) within group (order by tenure) as r, percentile_cont(0.5) within group (order by tenure) as p from customers",
    ),
    (
        POSTGRES,
        "select sum(paid_at - paid_at) as d, sum(amount) as m, max(paid_at) as t from payments",
    ),
    (
        POSTGRES,
        "select count(distinct (contract, churn)) as n, max(concat(tenure, active)) as c from customers",
    ),
    (
        SNOWFLAKE,
        "select count(distinct contract, churn) as n, sum(contract) as s, max(upper(tenure)) as u from customers",
    ),
    (
        SNOWFLAKE,
        "select datediff(day, signed_on, current_date) as d, round(tenure, 1, 'HALF_TO_EVEN') as r from customers qualify row_number() over (order by tenure) = 1",
    ),
];

#[test]
fn what_a_source_refuses_is_told() {
    let mut wrong = Vec::new();
    for (kinds, sql, told) in REFUSED {
        for kind in *kinds {
            let came: Vec<String> = mistakes(kind, sql)
                .into_iter()
                .filter(|told| !told.starts_with("S410"))
                .collect();
            if came != [*told] {
                wrong.push(format!("{kind}: {sql}\n    {came:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_it_takes_is_not() {
    support::are_sound(SOUND);
}

#[test]
fn a_command_chooses_single_rows_too() {
    for kind in ALL {
        assert_eq!(
            command_mistakes(kind, "delete from customers where tenure > avg(tenure)"),
            ["S426 at avg"],
            "{kind}"
        );
    }
}
