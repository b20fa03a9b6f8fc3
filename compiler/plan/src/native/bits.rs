//! Formulas that only join answers which are there as bits: nothing is left to compute for a row.
//!
//! Kept true here: what holds for a row is what the loop would give, sixty-four rows and more at a time.

use super::node::{Layout, Node, Slot};

/// Whether a formula is made of bits alone, none of them missing.
pub(super) fn joins_bits(node: &Node, slots: &[Slot]) -> bool {
    match node {
        Node::Input(place) => {
            (slots.get(*place)).is_some_and(|slot| slot.layout == Layout::Bits && !slot.nullable)
        }
        Node::Not(inner) => joins_bits(inner, slots),
        Node::And(left, right) | Node::Or(left, right) => {
            joins_bits(left, slots) && joins_bits(right, slots)
        }
        _ => false,
    }
}

/// Joins the bits of the slots, as many bytes as `to` holds.
pub(super) fn join(node: &Node, slots: &[&[u8]], to: &mut [u8]) {
    match node {
        Node::Input(place) => {
            let bits = slots.get(*place).copied().unwrap_or_default();
            for (to, bits) in to.iter_mut().zip(bits) {
                *to = *bits;
            }
        }
        Node::Not(inner) => {
            join(inner, slots, to);
            for byte in to {
                *byte = !*byte;
            }
        }
        Node::And(left, right) | Node::Or(left, right) => {
            join(left, slots, to);
            let mut other = vec![0; to.len()];
            join(right, slots, &mut other);
            let joined = to.iter_mut().zip(&other);
            if matches!(node, Node::And(..)) {
                joined.for_each(|(byte, other)| *byte &= other);
            } else {
                joined.for_each(|(byte, other)| *byte |= other);
            }
        }
        _ => to.fill(0),
    }
}
