//! What a plan sends to a tool: the arguments that the playbook writes, in the form of the outside.

mod fixture;

use sophia_plan::expression::Expression;
use sophia_plan::json::to_json;
use sophia_plan::step::{Role, StepKind, ToolArgument, Work};
use sophia_plan::value::{Record, Value};

/// The arguments of the only step of a playbook, as JSON.
fn sent(call: &str) -> String {
    arguments("crm", call)
        .iter()
        .map(|argument| format!("{}: {}", argument.wire_name, json(&argument.value)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The arguments of the only step of a playbook.
fn arguments(tool: &str, call: &str) -> Vec<ToolArgument> {
    let text = format!("playbook example\n\nuse {tool}\n\ninput price: money = $7.50\n\n{call}\n");
    let checked = fixture::check_files(&[("example.sophia", &text)]);
    assert_eq!(checked.diagnostics, [], "{call}");
    let plan = checked.playbooks[0].plan.as_ref().expect("a plan");
    let step = plan.body.graph.node_weights().next().expect("a step");
    let StepKind::Work(Work::Tool { arguments, .. }) = &step.kind else {
        panic!("a call, not {:?}", step.kind);
    };
    arguments.clone()
}

/// The value of an expression without names; others are shown by what they do.
fn json(value: &Expression) -> String {
    match value {
        Expression::Constant(value) => to_json(value).to_string(),
        Expression::Record { fields, .. } => {
            let fields = fields
                .iter()
                .map(|(name, value)| match value {
                    Expression::Constant(value) => (name.clone(), value.clone()),
                    other => panic!("{other:?}"),
                })
                .collect();
            to_json(&Value::Record(Record { fields }.into())).to_string()
        }
        Expression::Binary {
            operator,
            left,
            right,
        } => format!("{} {operator:?} {}", json(left), json(right)),
        Expression::Name(name) => name.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_field_that_is_left_out_is_not_sent() {
    assert_eq!(
        sent(r#"do crm.update(id: "c1", fields: { stage: "open", owner: "Ada" })"#),
        r#"id: "c1", fields: {"stage":"open","owner":"Ada"}"#
    );
    assert_eq!(
        sent(r#"do crm.update(id: "c1", fields: { stage: "open", owner: "Ada", note: none })"#),
        r#"id: "c1", fields: {"stage":"open","owner":"Ada","note":null}"#
    );
}

#[test]
fn a_required_field_that_may_be_null_is_sent_as_null() {
    assert_eq!(
        sent(r#"do crm.update(id: "c1", fields: { stage: "open" })"#),
        r#"id: "c1", fields: {"stage":"open","owner":null}"#
    );
}

#[test]
fn money_goes_out_as_its_number() {
    assert_eq!(
        sent(r#"do crm.give_discount(customer: "c1", amount: $12.50, discount: 15%)"#),
        r#"customer: "c1", amount: 12.5, discount: 0.15"#
    );
    assert_eq!(
        sent(r#"do crm.give_discount(customer: "c1", amount: price)"#),
        r#"customer: "c1", amount: price Divide {"amount":"1","currency":"USD"}"#
    );
}

#[test]
fn an_argument_steers_unless_the_manifest_calls_it_content() {
    let roles: Vec<(String, Role)> = arguments(
        "helpdesk",
        r#"do helpdesk.comment(id: "t1", body: "Hello")"#,
    )
    .into_iter()
    .map(|argument| (argument.name.to_string(), argument.role))
    .collect();
    assert_eq!(
        roles,
        [
            ("id".to_owned(), Role::Steers),
            ("body".to_owned(), Role::Content)
        ]
    );
}

#[test]
fn fields_inside_alternatives_and_lists_go_out_as_they_are_written() {
    assert_eq!(
        arguments(
            "helpdesk",
            r#"do helpdesk.open_ticket(title: "Printer", place: { kind: "home", city: "Berlin" })"#
        )
        .iter()
        .map(|argument| json(&argument.value))
        .collect::<Vec<_>>(),
        [r#""Printer""#, r#"{"kind":"home","city":"Berlin"}"#]
    );
}
