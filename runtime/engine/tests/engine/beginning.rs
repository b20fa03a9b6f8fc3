//! What runs begin with: inputs, and what triggers bring.

use std::sync::Arc;

use sophia_diagnostics::Problem;
use sophia_engine::kernel::Layout;
use sophia_engine::{Arrives, Brought};
use sophia_plan::step::{Input, Origin, Trigger, TriggerKind};
use sophia_plan::{Plan, Record, Type, Value};

use crate::plans::{name, plan, read, sequence};
use crate::scripted::instant;

fn webhook(binding: &str, fills: Option<&str>) -> Trigger {
    Trigger {
        kind: TriggerKind::Webhook {
            event: "zendesk.opened".into(),
        },
        binding: Some(binding.into()),
        of: Type::Text,
        with: (fills.into_iter())
            .map(|input| (input.into(), name(binding)))
            .collect(),
        origin: Origin { line: 3, column: 1 },
    }
}

fn with(triggers: Vec<Trigger>, inputs: &[&str]) -> Layout {
    let mut plan: Plan = plan("desk", sequence([read("a")]));
    plan.triggers = triggers;
    plan.inputs = (inputs.iter())
        .map(|input| Input {
            name: (*input).into(),
            of: Type::Text,
            default: None,
            documentation: None,
        })
        .collect();
    Layout::of(&Arc::new(plan)).unwrap()
}

fn begins(
    layout: &Layout,
    given: &[(&str, &str)],
    brought: Option<(usize, &str)>,
) -> Result<Vec<(String, Value)>, Problem> {
    let given = Record {
        fields: (given.iter())
            .map(|(name, value)| ((*name).into(), Value::Text((*value).into())))
            .collect(),
    };
    let brought = brought.map(|(trigger, value)| Brought {
        trigger,
        value: Value::Text(value.into()),
        arrives: Arrives::WithTheRun,
    });
    let began = layout.begins_with(&given, brought.as_ref(), instant())?;
    Ok((began.fields.into_iter())
        .map(|(name, value)| (name.to_string(), value))
        .collect())
}

fn pair(name: &str, value: &str) -> (String, Value) {
    (name.to_owned(), Value::Text(value.into()))
}

#[test]
fn one_trigger_brings_its_name_and_fills_inputs() {
    let layout = with(vec![webhook("ticket", Some("ticket_id"))], &["ticket_id"]);
    assert_eq!(
        begins(&layout, &[], Some((0, "T-1"))).unwrap(),
        [pair("ticket_id", "T-1"), pair("ticket", "T-1")]
    );
    // The same by hand, and an input that is given stays.
    assert_eq!(
        begins(&layout, &[("ticket", "T-2")], None).unwrap(),
        [pair("ticket_id", "T-2"), pair("ticket", "T-2")]
    );
    assert_eq!(
        begins(&layout, &[("ticket_id", "other")], Some((0, "T-1"))).unwrap(),
        [pair("ticket_id", "other"), pair("ticket", "T-1")]
    );
}

#[test]
fn several_triggers_fill_the_inputs_and_bring_no_name() {
    let triggers = vec![webhook("one", Some("id")), webhook("two", Some("id"))];
    let layout = with(triggers, &["id"]);
    assert_eq!(
        begins(&layout, &[], Some((1, "T-1"))).unwrap(),
        [pair("id", "T-1")]
    );
    assert_eq!(
        begins(&layout, &[("id", "by hand")], None).unwrap(),
        [pair("id", "by hand")]
    );
}

#[test]
fn what_is_missing_is_told_with_what_to_give() {
    let layout = with(vec![webhook("ticket", None)], &[]);
    let problem = begins(&layout, &[], None).unwrap_err();
    assert_eq!(problem.code.as_str(), "S964");
    assert_eq!(
        problem.message,
        "`desk` begins with `ticket`, which the webhook `zendesk.opened` brings."
    );
    let layout = with(vec![webhook("ticket", None)], &["id"]);
    let problem = begins(&layout, &[], Some((0, "T-1"))).unwrap_err();
    assert_eq!(problem.message, "`desk` needs the input `id`.");
}

#[test]
fn a_request_brings_its_instant_also_by_hand() {
    let mut trigger = webhook("asked", None);
    trigger.kind = TriggerKind::Request {
        parameters: Vec::new(),
    };
    let layout = with(vec![trigger], &[]);
    let began = begins(&layout, &[], None).unwrap();
    let Value::Record(asked) = &began[0].1 else {
        panic!("a record");
    };
    assert_eq!(asked.get("at"), Some(&Value::Timestamp(instant())));
}
