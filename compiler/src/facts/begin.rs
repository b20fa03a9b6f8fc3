//! What a run begins with: inputs, and what its triggers bring.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_plan::step::{Trigger, TriggerKind};
use sophia_plan::types::Type;

use super::known::{Known, Parts};
use super::label::Label;
use super::pass::Walk;
use super::world::Between;
use super::written::{doubted, internal};
use crate::sources::{Home, Spot};

impl Walk<'_> {
    /// Binds what the statements can see from the start.
    pub(super) fn begin(&mut self) {
        let plan = self.plan;
        let mut filled: BTreeMap<Arc<str>, Known> = BTreeMap::new();
        let mut deciding: Option<Label> = None;
        for (index, trigger) in plan.triggers.iter().enumerate() {
            let spot = Spot {
                home: Home::Trigger(index),
                ..Spot::default()
            };
            let known = self.triggered(trigger, &spot);
            let level = known.label.only_level();
            deciding = Some(match deciding {
                Some(before) => before.joined(&level),
                None => level,
            });
            let depth = self.env.depth();
            if let Some(name) = &trigger.binding {
                self.env.bind(name.clone(), known);
            }
            for (input, value) in &trigger.with {
                let known = self.value(value);
                add(&mut filled, input, known);
            }
            // With several triggers, what they bring is seen through the inputs alone.
            if plan.triggers.len() > 1 {
                self.env.forget(depth);
            }
            if let TriggerKind::Request { parameters } = &trigger.kind {
                for (name, of) in parameters {
                    let known = self.asked(name, of, &spot);
                    if plan.inputs.iter().any(|input| input.name == *name) {
                        add(&mut filled, name, known);
                    } else {
                        self.env.bind(name.clone(), known);
                    }
                }
            }
        }
        self.context.join_level(&deciding.unwrap_or_default());
        // Whoever gives inputs starts it.
        let started = self.world.get(Between::Started(plan.playbook.clone()));
        for input in &plan.inputs {
            let spot = self.declared(&input.name);
            let label = self.written_label(
                &format!("{}.{}", plan.playbook, input.name),
                &format!("input {}", input.name),
                &spot,
            );
            let mut known = Known::typed(&input.of, &label.vouched());
            if let Some(given) = filled.get(&input.name) {
                known = known.join(given);
            }
            if started.is_some() {
                let between = Between::Input(plan.playbook.clone(), input.name.clone());
                if let Some(given) = self.world.get(between) {
                    let mut given = (*given).clone();
                    given.add_type(&input.of);
                    known = known.join(&given);
                }
            }
            self.env.bind(input.name.clone(), known);
        }
        // Whoever starts the playbook decides that it runs.
        if let Some(known) = started {
            self.context.join_level(&known.label);
        }
    }

    /// What somebody who asks for a run gives with it.
    fn asked(&mut self, name: &Arc<str>, of: &Type, spot: &Spot) -> Known {
        let path = format!("{}.{name}", self.plan.playbook);
        let what = format!("request, `{name}`");
        let label = self.written_label(&path, &what, spot);
        self.inside(&path, &what, of, &label, spot)
    }

    /// What a trigger brings.
    fn triggered(&mut self, trigger: &Trigger, spot: &Spot) -> Known {
        match &trigger.kind {
            TriggerKind::Schedule(_) | TriggerKind::Request { .. } => Known::default(),
            TriggerKind::Webhook { event } => self.delivered(event, &trigger.of, spot),
            TriggerKind::Event { event } => self.incoming(event, &trigger.of),
            TriggerKind::Message { connection, topic } => self.delivered(
                &Arc::from(format!("{connection}.{topic}")),
                &trigger.of,
                spot,
            ),
            TriggerKind::Resource { tool, uri } => {
                self.delivered(&Arc::from(format!("{tool}.{uri}")), &trigger.of, spot)
            }
            TriggerKind::File { glob } => {
                let label = internal("a file", glob, spot.clone());
                let label = doubted(label, "a file", spot.clone());
                Known::typed(&trigger.of, &label)
            }
            TriggerKind::Change {
                connection, table, ..
            } => self.changed(trigger, connection, table, spot),
        }
    }

    /// Rows that changed carry what their columns carry.
    fn changed(
        &mut self,
        trigger: &Trigger,
        connection: &Arc<str>,
        table: &Arc<str>,
        spot: &Spot,
    ) -> Known {
        let row = self.row_of(connection, table);
        let label = internal(
            &format!("{connection}.{table}"),
            "rows that changed",
            spot.clone(),
        );
        let known = Known::typed(&trigger.of, &label);
        let fill = |change: Known| {
            let mut change = change;
            if let Parts::Fields(fields) = &change.parts {
                let names: Vec<Arc<str>> = fields.iter().map(|(name, _)| name.clone()).collect();
                for name in names
                    .iter()
                    .filter(|name| matches!(&***name, "row" | "was"))
                {
                    let mut place = row.clone();
                    place.label.join_level(&label);
                    change.set(name, place);
                }
            }
            change
        };
        match &known.parts {
            Parts::Items(item) => Known::list(label.clone(), fill((**item).clone())),
            _ => fill(known),
        }
    }
}

fn add(filled: &mut BTreeMap<Arc<str>, Known>, name: &Arc<str>, known: Known) {
    let both = match filled.get(name) {
        Some(before) => before.join(&known),
        None => known,
    };
    filled.insert(name.clone(), both);
}
