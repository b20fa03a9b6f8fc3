//! What `docs/language/sql-coverage.md` says of each dialect, held against the checker.

mod support;

use support::{check_in, command_in};

/// What the page says of a construct.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    /// Read and typed, without a word.
    Yes,
    /// Accepted; a warning asks for the type.
    TypeSaid,
    /// S412 or S404.
    No,
}

use Verdict::{No, TypeSaid, Yes};

const ALL: &[&str] = &["sqlite", "postgres", "snowflake"];
const POSTGRES: &[&str] = &["postgres"];
const SQLITE: &[&str] = &["sqlite"];
const SNOWFLAKE: &[&str] = &["snowflake"];
const NOT_SQLITE: &[&str] = &["postgres", "snowflake"];
const NOT_SNOWFLAKE: &[&str] = &["sqlite", "postgres"];

const QUERIES: &[(&[&str], &str, Verdict)] = &[
    (
        SNOWFLAKE,
        "select tenure, contract from customers union by name select contract, tenure from customers order by all",
        Yes,
    ),
    (
        SNOWFLAKE,
        "select level as depth, connect_by_root contract as root from customers start with tenure = 1 connect by tenure = prior tenure",
        Yes,
    ),
    (
        SNOWFLAKE,
        "select contract from customers where contract like all ('a%', '%b') or contract ilike any ('c%', 'd%')",
        Yes,
    ),
    (SNOWFLAKE, "select $1 as a from values (1)", TypeSaid),
    (
        SNOWFLAKE,
        "select c.tenure, p.id from customers c, payments p where p.customer_id (+) = c.customer_id and p.id(+) > 3",
        Yes,
    ),
    (
        SNOWFLAKE,
        "select contract, p.\"'Yes'\"::integer as yes from (select contract, churn, tenure from customers) pivot (sum(tenure) for churn in (any)) as p",
        Yes,
    ),
    (
        SNOWFLAKE,
        "select * from (select contract, churn, tenure from customers) pivot (sum(tenure) for churn in (any order by churn))",
        No,
    ),
    (
        SNOWFLAKE,
        "select * from customers match_recognize (order by tenure measures first(tenure) as a one row per match pattern (a) define a as tenure = 1)",
        Yes,
    ),
    (
        ALL,
        "select c.tenure, p.id from customers c full join payments p on p.customer_id = c.customer_id",
        Yes,
    ),
    (
        ALL,
        "select tenure, id from customers natural left join payments",
        Yes,
    ),
    (
        ALL,
        "select tenure, id from customers cross join payments",
        Yes,
    ),
    (
        ALL,
        "select tenure, id from customers right join payments using (customer_id)",
        Yes,
    ),
    (
        SNOWFLAKE,
        "select c.tenure, p.id from customers c asof join payments p match_condition (c.signed_on >= p.paid_at) on c.customer_id = p.customer_id",
        Yes,
    ),
    (
        NOT_SQLITE,
        "select c.tenure, x.n from customers c, lateral (select count(*) as n from payments p where p.customer_id = c.customer_id) x",
        Yes,
    ),
    (
        SNOWFLAKE,
        "select tenure from customers qualify rank() over (order by tenure) = 1",
        Yes,
    ),
    (
        ALL,
        "select tenure from customers where tenure in (select id from payments) and exists (select 1 from payments) and tenure > (select min(id) from payments)",
        Yes,
    ),
    (
        POSTGRES,
        "select tenure from customers where tenure = any(select id from payments) and tenure > all(select id from payments)",
        Yes,
    ),
    (
        ALL,
        "with recursive r(n) as (select 1 union all select n + 1 from r where n < 5) select n from r",
        Yes,
    ),
    (
        POSTGRES,
        "with gone as (delete from payments returning id) select id from gone",
        No,
    ),
    (
        ALL,
        "select tenure from customers union all select id from payments",
        Yes,
    ),
    (
        ALL,
        "select tenure from customers intersect select id from payments",
        Yes,
    ),
    (
        ALL,
        "select tenure from customers except select id from payments",
        Yes,
    ),
    (
        ALL,
        "select v.column1 as a from (values (1), (2)) as v",
        Yes,
    ),
    (
        POSTGRES,
        "with w as (table customers) table w union all (table customers)",
        Yes,
    ),
    (
        ALL,
        "select contract, count(*) as n from customers group by 1",
        Yes,
    ),
    (
        NOT_SQLITE,
        "select contract, churn, count(*) as n from customers group by rollup (contract, churn)",
        Yes,
    ),
    (
        NOT_SQLITE,
        "select contract, churn, count(*) as n from customers group by cube (contract, churn)",
        Yes,
    ),
    (
        NOT_SQLITE,
        "select contract, churn, count(*) as n from customers group by grouping sets ((contract), (churn))",
        Yes,
    ),
    (
        SNOWFLAKE,
        "select contract, count(*) as n from customers group by all",
        Yes,
    ),
    (ALL, "select distinct contract from customers", Yes),
    (
        POSTGRES,
        "select distinct on (contract) contract, tenure from customers order by contract",
        Yes,
    ),
    (ALL, "select tenure from customers limit 3 offset 1", Yes),
    (
        NOT_SQLITE,
        "select tenure from customers offset 1 rows fetch first 2 rows only",
        Yes,
    ),
    (SNOWFLAKE, "select top 3 tenure from customers", Yes),
    (
        NOT_SQLITE,
        "select tenure from customers tablesample system (10)",
        Yes,
    ),
    (POSTGRES, "select tenure from customers for update", Yes),
    (
        SNOWFLAKE,
        "select * from (select contract, churn, tenure from customers) pivot (sum(tenure) for churn in ('Yes', 'No')) as p (contract, yes, no)",
        Yes,
    ),
    (
        SNOWFLAKE,
        "select kind, months from (select tenure, customer_id from customers) unpivot (months for kind in (tenure))",
        Yes,
    ),
    (
        SNOWFLAKE,
        "select * from customers match_recognize (order by tenure measures first(tenure) as t pattern (a) define a as tenure > 1)",
        Yes,
    ),
    (
        POSTGRES,
        "select * from json_table('[]', '$[*]' columns (size int path '$.size')) as t",
        No,
    ),
    (
        POSTGRES,
        "select a, b from rows from (generate_series(1, 2), generate_series(3, 4)) as t(a, b)",
        No,
    ),
    (
        ALL,
        "select case when tenure between 1 and 2 and contract like 'a%' then coalesce(email, 'x') else cast(tenure as text) end as x from customers",
        Yes,
    ),
    (
        POSTGRES,
        "select tenure between symmetric 3 and 1 as x from customers",
        Yes,
    ),
    (
        SQLITE,
        "select tenure is total_charges as a, tenure is not 5 as b, email is null as c, email is not null as d from customers",
        Yes,
    ),
    (
        NOT_SQLITE,
        "select tenure is distinct from total_charges as a, tenure is not distinct from 5 as b from customers",
        Yes,
    ),
    (SQLITE, "select ~tenure as x from customers", Yes),
    (
        SQLITE,
        "select id << 1 as a, id & 1 as b from payments",
        Yes,
    ),
    (
        SQLITE,
        "select id >> 1 as a, id | 1 as b from payments",
        Yes,
    ),
    (SQLITE, "select +id as a, -id as b from payments", Yes),
    (
        SQLITE,
        "select id || '' as d, '5' * 2 as e from payments",
        Yes,
    ),
    (POSTGRES, "select ~tenure as x from customers", Yes),
    (
        NOT_SQLITE,
        "select signed_on + interval '1 day' as x, current_date as y, extract(year from signed_on) as z from customers",
        Yes,
    ),
    (
        POSTGRES,
        "select paid_at at time zone 'UTC' as x, date_trunc('day', paid_at) as y from payments",
        Yes,
    ),
    (
        POSTGRES,
        "select (signed_on, signed_on) overlaps (signed_on, signed_on) as x from customers",
        Yes,
    ),
    (
        NOT_SNOWFLAKE,
        "select count(distinct contract) as a, sum(tenure) filter (where active) as b from customers",
        Yes,
    ),
    (
        POSTGRES,
        "select string_agg(contract, ',' order by tenure) as a, percentile_cont(array[0.5, 0.9]) within group (order by tenure) as b from customers",
        Yes,
    ),
    (
        SNOWFLAKE,
        "select listagg(contract, ',') within group (order by tenure) as a from customers",
        Yes,
    ),
    (
        ALL,
        "select sum(tenure) over (partition by churn order by tenure rows between 1 preceding and current row) as a from customers",
        Yes,
    ),
    (
        NOT_SNOWFLAKE,
        "select sum(tenure) over w as a from customers window w as (order by tenure)",
        Yes,
    ),
    (
        NOT_SNOWFLAKE,
        "select sum(tenure) over (order by tenure rows between 1 preceding and 1 following exclude current row) as a, count(*) over (order by tenure groups between 1 preceding and current row exclude no others) as b from customers",
        Yes,
    ),
    (
        POSTGRES,
        "select array[1, 2] as a, array(select tenure from customers) as b, (array[1, 2])[1] as c, (array[1, 2])[1:2] as d, u from unnest(array['a']) as u",
        Yes,
    ),
    (POSTGRES, "select row(1, 'a') as r", TypeSaid),
    (POSTGRES, "select customers from customers", TypeSaid),
    (POSTGRES, "select (c).*, 1 as n from customers c", Yes),
    (
        POSTGRES,
        "select '{}'::jsonb -> 'a' as a, '{}'::jsonb ->> 'a' as b, '{}'::jsonb #> '{a}' as c, '{}'::jsonb @> '{}' as d",
        Yes,
    ),
    (SQLITE, "select '{}' -> 'a' as a", Yes),
    (
        SQLITE,
        "select '{}' ->> 'a' as a, json_extract('{}', '$.a') as b",
        TypeSaid,
    ),
    (
        SNOWFLAKE,
        "select parse_json(email):a.b[0]::text as x, parse_json(email)['a'] as y from customers",
        Yes,
    ),
    (
        SNOWFLAKE,
        "select f.value:a::number as x, f.index as i from customers c, lateral flatten(input => parse_json(c.email)) f",
        Yes,
    ),
    (
        SNOWFLAKE,
        "select value, index from table(split_to_table('a b', ' '))",
        Yes,
    ),
    (SQLITE, "select type, path from json_each('[1]')", Yes),
    (SQLITE, "select value from json_tree('[1]')", TypeSaid),
    (
        POSTGRES,
        "select n, i from generate_series(1, 3) with ordinality as t(n, i)",
        Yes,
    ),
    (
        POSTGRES,
        "select a, b from jsonb_to_recordset('[]'::jsonb) as t(a int, b text)",
        Yes,
    ),
    (
        SNOWFLAKE,
        "select seq4() as n from table(generator(rowcount => 3))",
        Yes,
    ),
    (
        SNOWFLAKE,
        "select transform(array_construct(1), x -> x + 1) as t from customers",
        Yes,
    ),
    (
        ALL,
        "select contract collate \"C\" as c from customers",
        Yes,
    ),
    (
        POSTGRES,
        "select collation for (contract) as c from customers",
        Yes,
    ),
    (
        ALL,
        "select our_own_function(tenure) as f from customers",
        TypeSaid,
    ),
];

const COMMANDS: &[(&[&str], &str, Verdict)] = &[
    (
        ALL,
        "insert into payments (id, customer_id, amount, fee) values (1, 'a', 2, 3)",
        Yes,
    ),
    (
        ALL,
        "insert into payments (id, customer_id, amount, fee) select id, customer_id, amount, fee from payments where id = 1",
        Yes,
    ),
    (NOT_SNOWFLAKE, "insert into payments default values", Yes),
    (
        NOT_SNOWFLAKE,
        "insert into payments (id, customer_id, amount, fee) values (1, 'a', 2, 3) on conflict (id) do update set amount = excluded.amount",
        Yes,
    ),
    (
        NOT_SNOWFLAKE,
        "insert into payments (id, customer_id, amount, fee) values (1, 'a', 2, 3) on conflict do nothing returning id",
        Yes,
    ),
    (
        SQLITE,
        "insert or replace into payments (id, customer_id, amount, fee) values (1, 'a', 2, 3)",
        Yes,
    ),
    (
        SQLITE,
        "replace into payments (id, customer_id, amount, fee) values (1, 'a', 2, 3)",
        Yes,
    ),
    (
        SNOWFLAKE,
        "insert all into payments (id) values (n) into customers (tenure) values (n) select 1 as n",
        No,
    ),
    (ALL, "update payments set amount = 1 where id = 2", Yes),
    (
        ALL,
        "update payments set amount = 1 from customers c where c.customer_id = payments.customer_id",
        Yes,
    ),
    (
        NOT_SNOWFLAKE,
        "update payments set (amount, fee) = (1, 2) where id = 2 returning id, amount",
        Yes,
    ),
    (
        POSTGRES,
        "update payments set (discount, paid_at) = (select 0.5, null) where id = 2",
        Yes,
    ),
    (ALL, "delete from payments where id = 2", Yes),
    (
        NOT_SQLITE,
        "delete from payments using customers c where c.customer_id = payments.customer_id",
        Yes,
    ),
    (
        NOT_SQLITE,
        "merge into payments p using customers c on c.customer_id = p.customer_id when matched then update set amount = 1",
        Yes,
    ),
    (
        ALL,
        "with a as (select id from payments) insert into payments (id, customer_id, amount, fee) select id, 'a', 1, 2 from a",
        Yes,
    ),
    (
        NOT_SNOWFLAKE,
        "with a as (select id from payments) update payments set amount = 2 where id in (select id from a)",
        Yes,
    ),
];

fn verdict(kind: &str, sql: &str, command: bool) -> (Verdict, String) {
    let answer = if command {
        command_in(kind, sql).map(|shape| shape.warnings)
    } else {
        check_in(kind, sql).map(|shape| shape.warnings)
    };
    let told = |found: &[sophia_diagnostics::Diagnostic]| {
        found
            .iter()
            .map(|one| format!("{} {}", one.code, one.message))
            .collect::<Vec<_>>()
            .join("; ")
    };
    match answer {
        Ok(warnings) if warnings.is_empty() => (Yes, String::new()),
        Ok(warnings) => (TypeSaid, told(&warnings)),
        Err(errors) => (No, told(&errors)),
    }
}

#[test]
fn the_page_about_coverage_is_right() {
    let mut wrong = Vec::new();
    let tables = [(QUERIES, false), (COMMANDS, true)];
    for (kinds, sql, expected) in tables
        .iter()
        .flat_map(|(table, command)| table.iter().map(move |entry| (entry, *command)))
        .flat_map(|((kinds, sql, expected), command)| {
            kinds
                .iter()
                .map(move |kind| ((*kind, command), *sql, *expected))
        })
    {
        let (kind, command) = kinds;
        let (found, told) = verdict(kind, sql, command);
        if found != expected {
            wrong.push(format!(
                "{kind}: {sql}\n  is {found:?}, wanted {expected:?}: {told}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
