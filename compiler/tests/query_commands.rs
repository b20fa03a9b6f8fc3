//! Commands: what they write, what flows into it, and what is wrong with them.

mod support;

use sophia_diagnostics::Diagnostic;
use support::{command_in, command_mistakes, mistakes};

fn shape(kind: &str, sql: &str) -> sophia_compiler::query::CommandShape {
    command_in(kind, sql).unwrap_or_else(|errors| panic!("{sql}: {errors:?}"))
}

/// `table: column <- sources holes, …`
fn writes(kind: &str, sql: &str) -> String {
    let shape = shape(kind, sql);
    let columns: Vec<String> = shape
        .writes
        .iter()
        .map(|(column, written)| {
            let mut from: Vec<String> = written
                .sources
                .keys()
                .map(|source| source.column.to_string())
                .collect();
            from.extend(written.holes.iter().map(|hole| format!("{{{hole}}}")));
            format!("{column} <- {}", from.join(" "))
        })
        .collect();
    format!("{}: {}", shape.table, columns.join(", "))
}

#[test]
fn what_flows_into_which_column() {
    let table = [
        ("sqlite", "update customers set contract = {a}, tenure = tenure + 1 where customer_id = {b}",
         "customers: contract <- {0}, tenure <- tenure"),
        ("sqlite", "insert into payments (id, customer_id, amount, fee) values ({a}, {b}, 1, 2), ({c}, 'x', {d}, 3)",
         "payments: amount <- {3}, customer_id <- {1}, fee <- , id <- {0} {2}"),
        ("sqlite", "insert into payments (id, customer_id, amount, fee) select {a}, customer_id, amount, fee from payments where id > {b}",
         "payments: amount <- amount, customer_id <- customer_id, fee <- fee, id <- {0}"),
        ("postgres", "insert into payments (id, customer_id, amount, fee) values (1, 'x', 2, 3)
          on conflict (id) do update set amount = excluded.amount, discount = {d} where payments.fee < {e}",
         "payments: amount <- amount, customer_id <- , discount <- {0}, fee <- , id <- "),
        ("postgres", "update payments p set (amount, fee) = (p.amount * 2, {f}) from customers c where c.customer_id = p.customer_id",
         "payments: amount <- amount, fee <- {0}"),
        ("postgres", "with late as (select id from payments where paid_at < {day}) delete from payments where id in (select id from late)",
         "payments: "),
        ("snowflake", "merge into customers c using payments p on p.customer_id = c.customer_id
          when matched and p.amount > {a} then update set contract = {b}, tenure = p.id
          when not matched then insert (customer_id, contract) values (p.customer_id, {d})",
         "customers: contract <- {1} {2}, customer_id <- customer_id, tenure <- id"),
        ("postgres", "merge into customers c using payments p on p.customer_id = c.customer_id when matched then delete", "customers: "),
        ("snowflake", "delete from payments using customers c where c.customer_id = payments.customer_id and c.churn = 'Yes'", "payments: "),
        ("sqlite", "insert or replace into customers select * from customers where tenure > 3",
         "customers: active <- active, churn <- churn, contract <- contract, customer_id <- customer_id, email <- email, \
          monthly_charges <- monthly_charges, signed_on <- signed_on, tenure <- tenure, total_charges <- total_charges"),
    ];
    for (kind, sql, expected) in table {
        assert_eq!(writes(kind, sql), expected, "{sql}");
    }
}

#[test]
fn holes_rows_and_deciding_columns() {
    let update = shape(
        "postgres",
        "update payments set amount = {a}, paid_at = {b}, customer_id = {c} where fee > {d} and discount is null
         returning id, discount, amount * 2 as twice",
    );
    let wanted: Vec<String> = update
        .hole_types
        .iter()
        .map(|of| of.as_ref().expect("a wanted type").to_string())
        .collect();
    assert_eq!(wanted, ["money USD", "timestamp", "text", "money EUR"]);
    assert_eq!(
        update.sql,
        "update payments set amount = $1, paid_at = $2, customer_id = $3 where fee > $4 and discount is null
         returning id, discount, amount * 2 as twice"
    );
    let row = update.returning.expect("a row");
    let fields: Vec<String> = row
        .fields
        .iter()
        .map(|field| format!("{}: {}", field.name, field.of))
        .collect();
    assert_eq!(
        fields,
        ["id: integer", "discount: percent?", "twice: money USD"]
    );
    let reads: Vec<&str> = update.reads.iter().map(|source| &*source.column).collect();
    assert_eq!(reads, ["discount", "fee"]);
    assert_eq!(update.indirect_holes.into_iter().collect::<Vec<_>>(), [3]);
    assert!(!update.whole_table);

    let insert = shape(
        "sqlite",
        "insert into payments (id, customer_id, amount, fee) values (1, {a}, {b}, 3), (2, {c}, {d}, 4) returning *",
    );
    assert_eq!(insert.limit, Some(2));
    assert_eq!(insert.returning.expect("a row").fields.len(), 6);
    assert!(shape("sqlite", "delete from payments where 1 = 1").whole_table);
    assert!(
        shape(
            "snowflake",
            "insert overwrite into payments select * from payments"
        )
        .whole_table
    );
    assert!(!shape("sqlite", "delete from payments where id = 1").whole_table);
}

#[test]
fn one_mistake_one_diagnostic() {
    let table: &[(&str, &str, &[&str])] = &[
        (
            "sqlite",
            "update custmers set tenure = 1 where tenure = 2",
            &["S401 at custmers"],
        ),
        (
            "sqlite",
            "update customers set tenur = 1 where tenure = 2",
            &["S402 at tenur"],
        ),
        (
            "sqlite",
            "update customers set tenure = 1 where tenur = 2",
            &["S402 at tenur"],
        ),
        (
            "sqlite",
            "insert into customers (customer_id, nope) values ('a', 1)",
            &["S402 at nope"],
        ),
        (
            "sqlite",
            "insert into payments (id, customer_id) values (1)",
            &["S413 at 1"],
        ),
        (
            "sqlite",
            "insert into payments (id, customer_id) select id from payments",
            &["S413 at select id from payments"],
        ),
        (
            "sqlite",
            "update customers set tenure = 'many' where tenure = 2",
            &["S419 at 'many'"],
        ),
        (
            "sqlite",
            "update customers set tenure = '12' where tenure = 2",
            &[],
        ),
        (
            "sqlite",
            "update customers set tenure = contract where tenure = 2",
            &["S419 at contract"],
        ),
        (
            "postgres",
            "update customers set signed_on = tenure where tenure = 2",
            &["S419 at tenure"],
        ),
        (
            "postgres",
            "update customers set signed_on = '2026-01-01', email = tenure where tenure = 2",
            &[],
        ),
        (
            "postgres",
            "update customers set signed_on = 'last spring' where tenure = 2",
            &["S419 at 'last spring'"],
        ),
        (
            "postgres",
            "update customers set signed_on = 'Yesterday' where tenure = 2",
            &[],
        ),
        (
            "postgres",
            "update customers set active = 1 where tenure = 2",
            &["S419 at 1"],
        ),
        (
            "sqlite",
            "update customers set active = 1 where tenure = 2",
            &[],
        ),
        (
            "sqlite",
            "update payments set amount = fee where id = 2",
            &["S415 at fee"],
        ),
        (
            "sqlite",
            "update customers set contract = null where tenure = 2",
            &["S420 at null"],
        ),
        (
            "sqlite",
            "update customers set email = null where tenure = 2",
            &[],
        ),
        (
            "sqlite",
            "update customers set contract = email where tenure = 2",
            &["S421 at email"],
        ),
        (
            "sqlite",
            "update customers set contract = email where email is not null",
            &[],
        ),
        (
            "sqlite",
            "update customers set contract = {c} where tenure = 2",
            &[],
        ),
        (
            "postgres",
            "insert into payments (id, amount, fee) values (default, 1, 2)",
            &["S422 at payments"],
        ),
        (
            "sqlite",
            "update customers set tenure = 1, tenure = 2 where tenure = 3",
            &["S423 at tenure"],
        ),
        (
            "sqlite",
            "insert into payments (id, id) values (1, 2)",
            &["S422 at payments", "S423 at id"],
        ),
        (
            "sqlite",
            "update customers set tenure = 1",
            &["S424 at update"],
        ),
        ("sqlite", "delete from customers", &["S424 at delete"]),
        (
            "sqlite",
            "select tenure from customers",
            &["S418 at select"],
        ),
        ("sqlite", "drop table customers", &["S418 at drop"]),
        ("postgres", "truncate customers", &["S418 at truncate"]),
        ("sqlite", "create table t (a integer)", &["S418 at create"]),
        (
            "sqlite",
            "delete from customers where tenure = 1; delete from payments where id = 1",
            &["S407 at delete"],
        ),
        ("sqlite", "delete customers where", &["S404 at where"]),
        ("sqlite", "", &["S404 at ?"]),
        (
            "postgres",
            "with gone as (delete from payments returning id) insert into payments (id, customer_id, amount, fee) select id, 'a', 1, 2 from gone",
            &["S412 at delete from payments returning id"],
        ),
        (
            "sqlite",
            "merge into customers c using payments p on p.customer_id = c.customer_id when matched then delete",
            &["S412 at merge"],
        ),
        (
            "sqlite",
            "update customers set contract = '{plan}' where tenure = 2",
            &["S417 at '{plan}'"],
        ),
    ];
    for (kind, sql, expected) in table {
        let found: Vec<String> = command_mistakes(kind, sql);
        let errors: Vec<&String> = if command_in(kind, sql).is_err() {
            found
                .iter()
                .filter(|found| !found.starts_with("S422"))
                .collect()
        } else {
            found.iter().collect()
        };
        let expected: Vec<&&str> = expected
            .iter()
            .filter(|wanted| command_in(kind, sql).is_ok() || !wanted.starts_with("S422"))
            .collect();
        assert_eq!(
            errors.iter().map(|text| text.as_str()).collect::<Vec<_>>(),
            expected.iter().map(|text| **text).collect::<Vec<_>>(),
            "{sql}"
        );
    }
}

#[test]
fn a_name_in_quotes_is_told_with_its_fix() {
    let table: &[(&str, &[&str])] = &[
        (
            "select tenure from customers where contract = '{plan}'",
            &["S417 at '{plan}'"],
        ),
        (
            "select tenure from customers where contract like '%{plan}%'",
            &["S417 at '%{plan}%'"],
        ),
        (
            "select tenure from customers where contract = '{plan.name}'",
            &["S417 at '{plan.name}'"],
        ),
        (
            "select tenure from customers where contract = '{other}'",
            &[],
        ),
        (
            "select tenure from customers where contract = '{{plan}}'",
            &[],
        ),
        (
            "select tenure from customers where contract = '{ \"plan\": 1 }'",
            &[],
        ),
        ("select tenure from customers where contract = {plan}", &[]),
        ("select tenure from customers -- '{plan}'", &[]),
    ];
    for (sql, expected) in table {
        assert_eq!(mistakes("sqlite", sql), *expected, "{sql}");
    }
    let errors = support::check_in(
        "sqlite",
        "select tenure from customers where contract like '%{plan}-{least}'",
    )
    .expect_err("a mistake");
    assert_eq!(fix(&errors[0]), "'%' || {plan} || '-' || {least}");
}

fn fix(diagnostic: &Diagnostic) -> &str {
    &diagnostic.fix.as_ref().expect("a fix").edits[0].text
}
