//! What leaves for somewhere.
//!
//! Kept true here: everything that leaves is written down as a flow, whether it may or not; a part of a text, a record
//! or a list is looked at on its own, so that a complaint stands at the very place.

use std::sync::Arc;

use sophia_plan::expression::Expression;
use sophia_plan::step::Step;

use super::flow::{Destination, Flow};
use super::known::Known;
use super::label::Label;
use super::pass::Walk;
use super::value::{listed, together};
use crate::sources::{Part, Spot};

/// Arguments by their names.
pub(super) type Arguments = Vec<(Arc<str>, Known)>;

/// A value on its way to a place.
pub(super) struct Sending<'s> {
    pub(super) step: &'s Step,
    pub(super) to: Destination,
    /// Whether it decides what happens there.
    pub(super) steers: bool,
}

impl Walk<'_> {
    pub(super) fn arguments(&mut self, arguments: &[(Arc<str>, Expression)]) -> Arguments {
        arguments
            .iter()
            .map(|(name, value)| (name.clone(), self.value(value)))
            .collect()
    }

    /// Sends a value somewhere, and tells what it carries. What stands in a text, a record or a list is
    /// looked at on its own, so that a complaint stands at the very place.
    pub(super) fn send(&mut self, sending: &Sending<'_>, value: &Expression, spot: Spot) -> Known {
        match value {
            Expression::Text(holes) => {
                let numbered = holes.iter().enumerate();
                let holes: Vec<Known> = numbered
                    .map(|(index, hole)| self.send(sending, hole, spot.at(Part::Hole(index))))
                    .collect();
                Known::scalar(together(&holes))
            }
            Expression::Record { fields, .. } => {
                let named = fields.iter().map(|(name, value)| {
                    let known = self.send(sending, value, spot.at(Part::Field(name.clone())));
                    (name.clone(), known)
                });
                Known::record(Label::public(), named.collect())
            }
            Expression::List(items) => {
                let numbered = items.iter().enumerate();
                let items: Vec<Known> = numbered
                    .map(|(index, item)| self.send(sending, item, spot.at(Part::Item(index))))
                    .collect();
                listed(&items)
            }
            Expression::Convert { value, .. } => self.send(sending, value, spot),
            Expression::Constant(_) => Known::default(),
            _ => {
                let known = self.value(value);
                self.flow(sending, known.whole(), spot);
                known
            }
        }
    }

    /// Writes down that something leaves.
    pub(super) fn flow(&mut self, sending: &Sending<'_>, label: Label, spot: Spot) {
        self.facts.flows.push(Flow {
            step: sending.step.name.clone(),
            to: sending.to.clone(),
            label,
            decided_by: Label::public(),
            steers: sending.steers,
            spot,
        });
    }

    /// Writes down what decides that an effect happens.
    pub(super) fn decided(&mut self, step: &Step, to: Destination, spot: Spot) {
        self.facts.flows.push(Flow {
            step: step.name.clone(),
            to,
            label: Label::public(),
            decided_by: self.context.clone(),
            steers: false,
            spot,
        });
    }
}
