//! A column beside a group: told where the source refuses it, and nowhere else.

mod support;

use support::mistakes;

const POSTGRES: &[&str] = &["postgres"];
const SNOWFLAKE: &[&str] = &["snowflake"];
const BOTH: &[&str] = &["postgres", "snowflake"];

/// The dialects that refuse it, the query, and the place of the column.
const REFUSED: &[(&[&str], &str, &str)] = &[
    (
        BOTH,
        "select contract, count(*) as n from customers",
        "contract",
    ),
    (
        BOTH,
        "select c.contract, max(c.tenure) as most from customers c",
        "c.contract",
    ),
    (
        BOTH,
        "select email, tenure + 1 as next, count(*) as n from customers group by email",
        "tenure",
    ),
    (
        BOTH,
        "select email, case when churn = 'Yes' then 1 else 0 end as gone from customers group by email",
        "churn",
    ),
    (
        BOTH,
        "with c as (select contract, tenure from customers) select contract, tenure, count(*) as n from c group by contract",
        "tenure",
    ),
    (
        BOTH,
        "select c.email, p.amount, count(*) as n from customers c join payments p on p.customer_id = c.customer_id group by c.email",
        "p.amount",
    ),
    (
        BOTH,
        "select p.customer_id, c.tenure from customers c join payments p on p.customer_id = c.customer_id group by p.customer_id",
        "c.tenure",
    ),
    (
        BOTH,
        "select email, count(*) over (order by tenure) as n from customers group by email",
        "tenure",
    ),
    (
        BOTH,
        "select (select max(p.id) from payments p) as top, contract, count(*) as n from customers",
        "contract",
    ),
    (
        BOTH,
        "select email as who, tenure, count(*) as n from customers group by 1",
        "tenure",
    ),
    (
        BOTH,
        "select email, count(*) as n from customers group by email having tenure > 3",
        "tenure",
    ),
    (
        BOTH,
        "select signed_on, count(*) as n from customers group by signed_on order by count(*), upper(email)",
        "email",
    ),
    (
        BOTH,
        "select count(*) as n from customers order by signed_on",
        "signed_on",
    ),
    (
        BOTH,
        "select signed_on, count(*) as n from customers group by date_trunc('month', signed_on)",
        "signed_on",
    ),
    (
        BOTH,
        "select p.paid_at as paid, count(*) as n from payments p group by p.paid_at::date",
        "p.paid_at",
    ),
    // PostgreSQL lets the columns of a table stand beside its primary key, where the whole of it is grouped.
    (
        POSTGRES,
        "select note_id, body, count(*) as n from notes group by note_id",
        "body",
    ),
    (
        POSTGRES,
        "select order_id, sku, sum(quantity) as n from order_lines group by order_id",
        "sku",
    ),
    (
        POSTGRES,
        "select o.region, l.sku, count(*) as n from orders o join order_lines l on l.order_id = o.order_id group by o.order_id",
        "l.sku",
    ),
    (
        POSTGRES,
        "select order_id, region, count(*) as n from orders group by rollup (order_id)",
        "region",
    ),
    (
        POSTGRES,
        "select region, count(*) as n from orders group by lower(order_id)",
        "region",
    ),
    (
        POSTGRES,
        "select o.*, count(*) as n from orders o group by o.region",
        "o.*",
    ),
    (POSTGRES, "select * from orders group by region", "*"),
    (
        POSTGRES,
        "select email as tenure, count(*) as n, sum(monthly_charges) / tenure as share from customers group by email",
        "tenure",
    ),
    (
        SNOWFLAKE,
        "select order_id, region, count(*) as n from orders group by order_id",
        "region",
    ),
    // Only PostgreSQL knows the key of a table, which a text that is never missing may be.
    (
        SNOWFLAKE,
        "select contract, tenure, count(*) as n from customers group by contract",
        "tenure",
    ),
    (
        SNOWFLAKE,
        "select datediff(day, signed_on, current_date) as days, count(*) as n from customers group by contract",
        "signed_on",
    ),
];

const SOUND: &[(&[&str], &str)] = &[
    (
        POSTGRES,
        "select o.*, sum(l.quantity) as n from orders o join order_lines l using (order_id) group by o.order_id having o.total > 3 order by o.placed_at",
    ),
    (
        POSTGRES,
        "select l.sku, count(*) as n from order_lines l group by l.line, l.order_id",
    ),
    (
        POSTGRES,
        "select region, count(*) as n from orders group by order_id, rollup (placed_at)",
    ),
    (
        POSTGRES,
        "select order_id as id, region, count(*) as n from orders group by id",
    ),
    (
        POSTGRES,
        "select signed_on, count(*) as n from customers group by signed_on::date",
    ),
    (
        BOTH,
        "select contract as kind, sum(tenure) as tenure from customers group by kind order by tenure, kind, 1",
    ),
    (
        SNOWFLAKE,
        "select tenure as a, a as b, tenure, count(*) as n from customers group by b having n > 3",
    ),
    (
        &["sqlite"],
        "select contract, max(tenure) as most from customers",
    ),
    (
        BOTH,
        "select contract, count(*) as n from customers group by contract",
    ),
    (
        BOTH,
        "select contract as kind, count(*) as n from customers group by kind",
    ),
    (
        BOTH,
        "select contract, count(*) as n from customers group by 1",
    ),
    (
        BOTH,
        "select upper(contract) as kind, count(*) as n from customers group by upper(contract)",
    ),
    (
        BOTH,
        "select upper(contract) || '!' as kind, count(*) as n from customers group by contract",
    ),
    (
        BOTH,
        "select tenure / 12 as years, tenure / 12 + 1 as next, count(*) as n from customers group by tenure / 12",
    ),
    (
        BOTH,
        "select contract, churn, count(*) as n from customers group by rollup (contract, churn)",
    ),
    (
        BOTH,
        "select contract, churn, count(*) as n from customers group by grouping sets ((contract), (churn), ())",
    ),
    (
        BOTH,
        "select contract, churn, grouping(contract) as level from customers group by cube (contract, churn)",
    ),
    (
        BOTH,
        "select 'all' as what, 1 as one, current_date as today, count(*) as n from customers",
    ),
    (
        BOTH,
        "select {plan} as plan, count(*) as n from customers where contract = {plan}",
    ),
    (
        BOTH,
        "select contract, (select max(p.id) from payments p where p.customer_id = c.contract) as top from customers c group by contract",
    ),
    (
        BOTH,
        "select c.tenure, (select count(*) from payments p where p.customer_id = c.customer_id) as n from customers c",
    ),
    (
        BOTH,
        "select contract, sum(count(*)) over (order by contract) as running from customers group by contract",
    ),
    (
        BOTH,
        "select contract, rank() over (order by sum(tenure) desc) as place from customers group by contract",
    ),
    (
        BOTH,
        "select tenure, count(*) over (partition by contract) as n from customers",
    ),
    (
        BOTH,
        "select contract, own_total(tenure) as t from customers group by contract",
    ),
    (
        BOTH,
        "select customer_id, count(*) as n from customers join payments using (customer_id) group by customer_id",
    ),
    (
        POSTGRES,
        "select count(*) filter (where churn = 'Yes') as gone, count(*) as n from customers",
    ),
    (
        POSTGRES,
        "select c.customer_id, c.tenure, c.contract, sum(p.amount) as paid from customers c join payments p on p.customer_id = c.customer_id group by c.customer_id",
    ),
    (
        POSTGRES,
        "select date_trunc('month', signed_on) as month, extract(year from signed_on) as year, count(*) as n from customers group by signed_on",
    ),
    (
        POSTGRES,
        "select contract, string_agg(churn, ',' order by tenure) as all_of, percentile_cont(0.5) within group (order by tenure) as middle from customers group by contract",
    ),
    (
        POSTGRES,
        "select distinct on (contract) contract, count(*) as n from customers group by contract",
    ),
    (
        SNOWFLAKE,
        "select contract, churn, count(*) as n from customers group by all",
    ),
    (
        SNOWFLAKE,
        "select tenure + 1 as a, a * 2 as b, count(*) as n from customers group by b",
    ),
    (
        SNOWFLAKE,
        "select contract, count(*) as n, n * 2 as twice from customers group by contract",
    ),
    (
        SNOWFLAKE,
        "select sum(tenure) as tenure, tenure / 2 as half from customers",
    ),
    (
        SNOWFLAKE,
        "select contract, listagg(churn, ',') within group (order by tenure) as all_of from customers group by contract qualify row_number() over (order by count(*) desc) = 1",
    ),
    (
        SNOWFLAKE,
        "select parse_json(contract):a.tenure::text as t, parse_json(contract):b[0].churn::text as u, count(*) as n from customers group by contract",
    ),
    (
        SNOWFLAKE,
        "select d.value:tenure::text as t, count(*) as n from customers c, lateral flatten(input => parse_json(c.contract)) d group by d.value",
    ),
    (
        SNOWFLAKE,
        "with c as (select tenure as month, signed_on from customers) select datediff(month, min(signed_on), max(signed_on)) as months from c",
    ),
];

#[test]
fn a_column_without_one_value_is_told() {
    let mut wrong = Vec::new();
    for (kinds, sql, column) in REFUSED {
        for kind in *kinds {
            let came = mistakes(kind, sql);
            if came != [format!("S425 at {column}")] {
                wrong.push(format!("{kind}: {sql}\n    {came:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_key_in_any_form_is_none() {
    support::are_sound(SOUND);
}
