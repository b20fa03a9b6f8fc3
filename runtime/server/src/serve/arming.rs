//! What of the playbooks is armed, and in which words that is told.

use std::sync::Arc;

use sophia_compiler::Playbook;
use sophia_plan::Plan;
use sophia_plan::step::TriggerKind;
use sophia_triggers::ScheduledTrigger;

use super::Happening;
use super::events::EventTrigger;
use crate::steps::zone;

/// Every trigger of the playbooks that run, as it is told before anything is served.
#[must_use]
pub fn armed(playbooks: &[Playbook], now: jiff::Timestamp) -> Vec<Happening> {
    let mut told = Vec::new();
    for plan in playbooks
        .iter()
        .filter_map(|playbook| playbook.plan.as_ref())
    {
        if plan.triggers.is_empty() {
            continue;
        }
        for trigger in &plan.triggers {
            told.push(Happening::Armed {
                playbook: plan.playbook.clone(),
                on: words(&trigger.kind),
                next: match &trigger.kind {
                    TriggerKind::Schedule(schedule) => schedule.next(now, &zone(&plan.zone)),
                    _ => None,
                },
            });
        }
    }
    told
}

/// How a trigger is told.
fn words(kind: &TriggerKind) -> String {
    match kind {
        TriggerKind::Schedule(schedule) => schedule.to_string(),
        TriggerKind::Webhook { event } => {
            let path = event.replacen('.', "/", 1);
            format!("on webhook {event} · POST /hooks/{path}")
        }
        TriggerKind::Request { .. } => "on request".to_owned(),
        TriggerKind::File { glob } => format!("on file \"{glob}\""),
        TriggerKind::Event { event } => format!("on event {event}"),
        TriggerKind::Change {
            connection,
            table,
            except_our_own,
            ..
        } => {
            let own = if *except_our_own {
                " except our own"
            } else {
                ""
            };
            format!("on change in {connection}.{table}{own}")
        }
        TriggerKind::Message { connection, topic } => {
            format!("on message from {connection} \"{topic}\"")
        }
        TriggerKind::Resource { tool, uri } => format!("on resource {tool} \"{uri}\""),
    }
}

/// The schedules of a playbook, each with its place among the plan's triggers.
pub(super) fn schedules(
    environment: &str,
    plan: &Plan,
) -> impl Iterator<Item = (ScheduledTrigger, usize)> {
    let of = format!("{environment}/{}", plan.playbook);
    plan.triggers
        .iter()
        .enumerate()
        .filter_map(|(place, trigger)| match &trigger.kind {
            TriggerKind::Schedule(schedule) => Some((place, schedule)),
            _ => None,
        })
        .enumerate()
        .map(move |(index, (place, schedule))| {
            let zone = zone(&plan.zone);
            let trigger = ScheduledTrigger::new(&of, index, schedule.clone(), zone);
            (trigger, place)
        })
}

/// The globs of a playbook, each with its place among the plan's triggers.
pub(super) fn globs(plan: &Plan) -> impl Iterator<Item = (Arc<str>, usize)> {
    plan.triggers
        .iter()
        .enumerate()
        .filter_map(|(place, trigger)| match &trigger.kind {
            TriggerKind::File { glob } => Some((glob.clone(), place)),
            _ => None,
        })
}

/// The events of a playbook, each with its place among the plan's triggers.
pub(super) fn events(plan: &Arc<Plan>) -> impl Iterator<Item = EventTrigger> {
    (plan.triggers.iter().enumerate()).filter_map(|(place, trigger)| match &trigger.kind {
        TriggerKind::Event { event } => Some(EventTrigger {
            plan: plan.clone(),
            place,
            event: event.clone(),
            of: trigger.of.clone(),
        }),
        _ => None,
    })
}
