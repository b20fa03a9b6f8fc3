//! What a query's columns show of the base columns, which holes flow where, and how many rows there can be.

mod support;

use proptest::prelude::*;
use sophia_compiler::query::Way;
use support::check_in;

/// Each output column: `column way, …`, then its holes.
fn ways(kind: &str, sql: &str) -> Vec<String> {
    let shape = check_in(kind, sql).unwrap_or_else(|errors| panic!("{sql}: {errors:?}"));
    shape
        .lineage
        .iter()
        .map(|sources| {
            sources
                .iter()
                .map(|(source, way)| match way {
                    Way::Counted => format!("{} counted", source.column),
                    Way::Averaged { at_least } => format!("{} of {at_least}", source.column),
                    Way::Value => source.column.to_string(),
                })
                .collect::<Vec<_>>()
                .join(", ")
        })
        .collect()
}

#[test]
fn a_count_shows_only_how_many() {
    let table: &[(&str, &[&str])] = &[
        ("select count(*) as n from customers", &[""]),
        (
            "select count(email) as n from customers",
            &["email counted"],
        ),
        (
            "select count(distinct email) as n from customers",
            &["email counted"],
        ),
        (
            "select count(*) filter (where email like 'a%') as n from customers",
            &["email counted"],
        ),
        (
            "select email is null as missing from customers",
            &["email counted"],
        ),
        (
            "select case when email is not null then 1 else 0 end as has from customers",
            &["email counted"],
        ),
        (
            "select contract, count(email) as n from customers group by contract",
            &["contract", "email counted"],
        ),
        (
            "select count(email) + max(tenure) as n from customers",
            &["email counted, tenure"],
        ),
        (
            "select count(email) || min(email) as n from customers",
            &["email"],
        ),
        (
            "select n from (select count(email) as n from customers)",
            &["email counted"],
        ),
        // A window's order shows where a row stands.
        (
            "select count(email) over (order by tenure) as n from customers",
            &["email, tenure"],
        ),
        (
            "select case when email = 'x' then 1 end as n from customers",
            &["email"],
        ),
        ("select coalesce(email, '') as e from customers", &["email"]),
    ];
    for (sql, expected) in table {
        assert_eq!(ways("sqlite", sql), *expected, "{sql}");
    }
}

#[test]
fn a_sum_over_many_rows_hides_each_of_them() {
    let table: &[(&str, &[&str])] = &[
        ("select sum(total_charges) as s from customers group by contract", &["total_charges"]),
        ("select sum(total_charges) as s from customers group by contract having count(*) >= 10", &["total_charges of 10"]),
        ("select avg(total_charges) as s from customers group by contract having count(*) > 10", &["total_charges of 11"]),
        ("select avg(total_charges) as s from customers group by contract having 10 <= count(*)", &["total_charges of 10"]),
        ("select avg(total_charges) as s from customers group by contract having 10 < count(*)", &["total_charges of 11"]),
        ("select avg(total_charges) as s from customers group by contract having count(*) between 7 and 9", &["total_charges of 7"]),
        ("select avg(total_charges) as s from customers group by contract having max(tenure) > 3 and (count(*) >= 5)", &["total_charges of 5"]),
        ("select avg(total_charges) as s from customers group by contract having count(*) >= 5 or count(*) >= 8", &["total_charges of 5"]),
        ("select avg(total_charges) as s from customers group by contract having count(*) >= 5 or max(tenure) > 3", &["total_charges"]),
        ("select avg(total_charges) as s from customers group by contract having not count(*) >= 5", &["total_charges"]),
        ("select avg(total_charges) as s from customers group by contract having count(*) <= 5", &["total_charges"]),
        ("select avg(total_charges) as s from customers group by contract having count(*) >= {k}", &["total_charges"]),
        ("select count(*) as n, avg(total_charges) as s from customers group by contract having n >= 6", &["", "total_charges of 6"]),
        ("select avg(total_charges) as s from customers having count(*) >= 6", &["total_charges of 6"]),
        ("select avg(coalesce(total_charges, 0) * 2 + tenure) as s from customers group by contract having count(*) >= 6",
         &["tenure of 6, total_charges of 6"]),
        ("with g as (select contract, avg(total_charges) as s from customers group by contract having count(*) >= 6) select s from g where s > 3",
         &["total_charges of 6"]),
        ("select max(s) as m from (select avg(total_charges) as s from customers group by contract having count(*) >= 6)",
         &["total_charges of 6"]),
        ("select sum(s) as m from (select avg(total_charges) as s, tenure from customers group by contract, tenure having count(*) >= 6)
          group by tenure having count(*) >= 20",
         &["total_charges of 20"]),
        // The weakest of two groups counts, and a value beside an average is a value.
        ("select a.s + b.s as s from (select contract, avg(total_charges) as s from customers group by contract having count(*) >= 6) a
          join (select contract, avg(total_charges) as s from customers group by contract having count(*) >= 3) b on a.contract = b.contract",
         &["total_charges of 3"]),
        ("select avg(total_charges) + max(total_charges) as s from customers group by contract having count(*) >= 6", &["total_charges"]),
        // What chooses among the rows shows the chosen ones.
        ("select sum(case when customer_id = 'a' then total_charges else 0 end) as s from customers group by contract having count(*) >= 6",
         &["customer_id, total_charges"]),
        ("select sum(total_charges * (customer_id = 'a')) as s from customers group by contract having count(*) >= 6",
         &["customer_id, total_charges"]),
        ("select sum(total_charges) filter (where customer_id = 'a') as s from customers group by contract having count(*) >= 6",
         &["customer_id, total_charges"]),
        ("select sum(distinct total_charges) as s from customers group by contract having count(*) >= 6", &["total_charges"]),
        ("select sum(c.total_charges) as s from payments p left join customers c on c.customer_id = p.customer_id and c.tenure = 7
          group by p.id having count(*) >= 6", &["total_charges"]),
        ("select sum(x * w) as s from (select total_charges as x, 1 as w from customers where tenure = 7
          union all select total_charges, 0 from customers) group by w having count(*) >= 6", &["total_charges"]),
        ("select c.tenure, (select sum(c.total_charges) from payments having count(*) >= 6) as s from customers c",
         &["tenure", "total_charges"]),
        ("select sum(total_charges) over () as s from customers", &["total_charges"]),
        // What picks a value shows it.
        ("select min(email) as e, max(tenure) as t, group_concat(contract) as c from customers group by churn having count(*) >= 6",
         &["email", "tenure", "contract"]),
    ];
    for (sql, expected) in table {
        assert_eq!(ways("sqlite", sql), *expected, "{sql}");
    }
    assert_eq!(
        ways(
            "snowflake",
            "select contract, avg(total_charges) as s from customers group by rollup (contract) having count(*) >= 6"
        ),
        ["contract", "total_charges of 6"]
    );
    assert_eq!(
        ways(
            "postgres",
            "select row_to_json(c) as whole, json_agg(c.*) as several from customers c group by c.tenure having count(*) > 9"
        )[0],
        ways(
            "postgres",
            "select row_to_json(c) as whole from customers c"
        )[0]
    );
    assert!(
        ways(
            "snowflake",
            "select object_construct(*) as o from customers"
        )[0]
        .contains("email"),
        "a star in a call brings every column"
    );
}

#[test]
fn named_windows_and_moving_recursion_lose_no_column() {
    assert_eq!(
        ways(
            "sqlite",
            "select first_value(tenure) over w as f from customers window w as (partition by contract order by email)"
        ),
        ["contract, email, tenure"]
    );
    // Each round moves every value one column further.
    let sql = "with recursive r(a, b, c, d, e, f) as (
                 select 0, 0, 0, 0, 0, tenure from customers
                 union all select b, c, d, e, f, 0 from r
               ) select a from r";
    assert_eq!(ways("sqlite", sql), ["tenure"]);
}

#[test]
fn holes_are_followed() {
    let shape = check_in(
        "sqlite",
        "with a as (select customer_id as id, tenure + {more} as t from customers where contract = {kind})
         select id, t, {text} as said, t + {more} as twice from a where t > {least} limit {most}",
    )
    .expect("a right query");
    let holes: Vec<Vec<usize>> = shape
        .holes
        .iter()
        .map(|holes| holes.iter().copied().collect())
        .collect();
    assert_eq!(holes, [vec![], vec![0], vec![2], vec![0, 3]]);
    let indirect: Vec<usize> = shape.indirect_holes.iter().copied().collect();
    assert_eq!(indirect, [0, 1, 4, 5]);

    let shape = check_in(
        "snowflake",
        "select filter(array_construct(1, 2), x -> x > {least}) as f,
                first_value(tenure) over (order by tenure + {a}) as g from customers
         qualify row_number() over (order by {b}) = 1",
    )
    .expect("a right query");
    assert!(shape.holes[0].contains(&0) && shape.holes[1].contains(&1));
    assert!(shape.indirect_holes.contains(&2));
}

#[test]
fn what_is_held_against_other_rows_decides() {
    let decides = |sql: &str| -> Vec<String> {
        let shape = check_in("sqlite", sql).unwrap_or_else(|errors| panic!("{sql}: {errors:?}"));
        shape
            .indirect
            .iter()
            .map(|source| source.column.to_string())
            .collect()
    };
    let table: &[(&str, &[&str])] = &[
        (
            "select distinct tenure, email from customers",
            &["email", "tenure"],
        ),
        (
            "select tenure from customers union select id from payments",
            &["tenure", "id"],
        ),
        (
            "select tenure from customers union all select id from payments",
            &[],
        ),
        (
            "select tenure from customers intersect select id from payments",
            &["tenure", "id"],
        ),
        (
            "select tenure from customers except select id from payments",
            &["tenure", "id"],
        ),
        // SQLite takes the contract of the customer with the most months.
        (
            "select contract, max(tenure) as most from customers",
            &["contract", "tenure"],
        ),
        (
            "select contract, max(tenure) as most from customers group by contract",
            &["contract"],
        ),
        (
            "select max(tenure) as most, sum(tenure) / count(*) as mean from customers",
            &[],
        ),
    ];
    for (sql, expected) in table {
        let mut expected: Vec<&str> = expected.to_vec();
        let mut found = decides(sql);
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{sql}");
    }
}

#[test]
fn rows_are_bounded_where_the_text_proves_it() {
    let table: &[(&str, &str, Option<u64>)] = &[
        ("sqlite", "select tenure from customers", None),
        ("sqlite", "select tenure from customers limit 5", Some(5)),
        ("sqlite", "select tenure from customers limit {n}", None),
        ("sqlite", "select tenure from customers limit -1", None),
        ("sqlite", "select tenure from customers limit 2, 7", Some(7)),
        (
            "postgres",
            "select tenure from customers offset 3 fetch first 4 rows only",
            Some(4),
        ),
        (
            "postgres",
            "select tenure from customers fetch first row only",
            Some(1),
        ),
        (
            "postgres",
            "select tenure from customers order by 1 fetch first 4 rows with ties",
            None,
        ),
        ("snowflake", "select top 6 tenure from customers", Some(6)),
        ("sqlite", "select count(*) as n from customers", Some(1)),
        (
            "sqlite",
            "select max(tenure) as n from customers having max(tenure) > 3",
            Some(1),
        ),
        (
            "sqlite",
            "select contract, count(*) as n from customers group by contract",
            None,
        ),
        (
            "sqlite",
            "select count(*) over () as n from customers",
            None,
        ),
        ("sqlite", "select 1 as one", Some(1)),
        ("sqlite", "values (1), (2), (3)", Some(3)),
        ("postgres", "select generate_series(1, 9) as n", None),
        ("postgres", "select our_rows(1) as n", None),
        (
            "postgres",
            "select unnest(array[1, 2]) as n, count(*) as c from customers",
            None,
        ),
        (
            "sqlite",
            "select tenure from customers limit 5 offset 2",
            Some(5),
        ),
        (
            "sqlite",
            "select 1 as a union all select 2 union select 3",
            Some(3),
        ),
        (
            "sqlite",
            "select 1 as a union all select tenure from customers",
            None,
        ),
        (
            "sqlite",
            "select 1 as a union all select tenure from customers limit 8",
            Some(8),
        ),
        (
            "sqlite",
            "select 1 as a intersect select tenure from customers",
            Some(1),
        ),
        (
            "sqlite",
            "select tenure from customers except select 1",
            None,
        ),
        (
            "sqlite",
            "with a as (select tenure from customers limit 5) select a.tenure, b.tenure as t from a, a as b",
            Some(25),
        ),
        (
            "sqlite",
            "with a as (select tenure from customers limit 5) select a.tenure from a left join (values (1), (2)) on true",
            Some(10),
        ),
        (
            "sqlite",
            "with a as (select tenure from customers limit 5) select a.tenure from a join customers using (tenure)",
            None,
        ),
        (
            "sqlite",
            "with recursive r(i) as (select 1 union all select i + 1 from r) select i from r",
            None,
        ),
        (
            "sqlite",
            "with recursive r(i) as (select 1 union all select i + 1 from r limit 9) select i from r",
            Some(9),
        ),
        (
            "sqlite",
            "select t.n from (select tenure as n from customers limit 5) t where n > 1 group by n",
            Some(5),
        ),
        (
            "snowflake",
            "with a as (select 1 as x) select x from a group by rollup (x)",
            None,
        ),
    ];
    for (kind, sql, expected) in table {
        let shape = check_in(kind, sql).unwrap_or_else(|errors| panic!("{sql}: {errors:?}"));
        assert_eq!(shape.limit, *expected, "{sql}");
    }
}

#[test]
fn ways_are_ordered_from_the_least_to_the_most() {
    let order = [
        Way::Counted,
        Way::Averaged { at_least: 50 },
        Way::Averaged { at_least: 5 },
        Way::Value,
    ];
    assert!(order.is_sorted());
    assert_eq!(order.iter().max(), Some(&Way::Value));
}

proptest! {
    /// A column that goes into an expression comes out of it, whatever stands around it.
    #[test]
    fn no_source_is_lost_in_nested_expressions(
        wraps in proptest::collection::vec(0_usize..WRAPS.len(), 0..7),
    ) {
        let mut expression = "email".to_owned();
        for wrap in wraps {
            expression = WRAPS[wrap].replace('@', &expression);
        }
        let sql = format!("select {expression} as x from customers");
        let shape = check_in("sqlite", &sql)
            .unwrap_or_else(|errors| panic!("{sql}: {errors:?}"));
        prop_assert!(
            shape.lineage[0].keys().any(|source| &*source.column == "email"),
            "{}", sql
        );
    }
}

/// Expressions around `@`, a text.
const WRAPS: &[&str] = &[
    "(@)",
    "upper(@)",
    "coalesce(@, 'x')",
    "case when churn = 'No' then @ else 'x' end",
    "case @ when 'a' then 'b' else 'c' end",
    "case when @ like 'a%' then 'b' end",
    "(select max(@) from payments)",
    "cast(@ as text)",
    "@ || contract",
    "substr(@, 1, 3)",
    "nullif(@, 'x')",
    "iif(@ is null, 'a', 'b')",
    "(with w as (select @ as y) select y from w)",
    "(select y from (select @ as y union all select 'z') limit 1)",
    "first_value(@) over (order by tenure)",
    "lag('x', 1, @) over (order by tenure)",
    "replace('abc', 'b', @)",
];
