//! What one effect is called, and counts for.

use std::sync::Arc;

use sophia_plan::expression::Expression;
use sophia_plan::step::{Joining, Step, Work};
use sophia_plan::value::Value;

use super::polynomial::Polynomial;
use super::total::EffectTotal;

/// The name of an effect: `slack.post_message`, `record warehouse.moments`.
pub(crate) fn effect_name(work: &Work) -> Option<Arc<str>> {
    Some(match work {
        Work::Tool {
            tool,
            call,
            effect: true,
            ..
        } => Arc::from(format!("{tool}.{call}")),
        Work::Command { command, .. } => Arc::from(format!("command {command}")),
        Work::Record {
            connection, table, ..
        } => Arc::from(format!("record {connection}.{table}")),
        Work::Emit { event, .. } => Arc::from(format!("emit {event}")),
        Work::Set { state, .. } => Arc::from(format!("set {state}")),
        Work::Playbook {
            playbook,
            joining: Joining::Waits,
            ..
        } => Arc::from(format!("run {playbook}")),
        Work::Playbook { playbook, .. } => Arc::from(format!("start {playbook}")),
        _ => return None,
    })
}

/// What one call of an effect counts for.
pub(super) fn effect(step: &Step, work: &Work) -> EffectTotal {
    let mut total = EffectTotal {
        most: Polynomial::known(1),
        ..EffectTotal::default()
    };
    total.steps.insert(step.name.clone());
    if step.policy.undo.is_some() {
        total.undone.insert(step.name.clone());
    }
    if let Work::Tool { arguments, .. } = work {
        match arguments.first().map(|argument| &argument.value) {
            Some(Expression::Constant(Value::Text(to))) if to.chars().count() <= 40 => {
                total.destinations.insert(to.clone());
            }
            _ => total.elsewhere = true,
        }
    }
    total
}
