//! The drawing together with what its boxes stand for, for whoever lets people choose one.

use std::sync::Arc;

use super::drawing::{Drawing, Group, Look};
use super::svg::{element, identity, write};
use crate::plan::Plan;
use crate::step::Origin;

/// A plan as SVG, and its boxes.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The same as [`super::svg`] gives.
    pub svg: String,
    /// In the order in which they are drawn.
    pub steps: Vec<DrawnStep>,
}

/// One box.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnStep {
    /// The `id` of its element in the picture.
    pub element: String,
    /// `do slack.post_message`
    pub title: String,
    /// What kind of step, and its modifiers: `effect · at most once · line 62`.
    pub detail: String,
    /// How it looks.
    pub look: Look,
    /// How many boxes it stands in.
    pub depth: usize,
    /// Where it is written: in the playbook, or in the module whose action holds it.
    pub origin: Origin,
    /// The module, where that is another file than the playbook: `sales`.
    pub module: Option<Arc<str>>,
}

/// Draws a plan.
#[must_use]
pub fn picture(plan: &Plan) -> Picture {
    let drawing = Drawing::of(plan);
    let mut steps = Vec::new();
    let identity = identity(&plan.playbook);
    for group in &drawing.groups {
        collect(group, &identity, 0, None, &mut steps);
    }
    Picture {
        svg: write(&drawing, &identity),
        steps,
    }
}

fn collect(
    group: &Group,
    identity: &str,
    depth: usize,
    module: Option<&Arc<str>>,
    steps: &mut Vec<DrawnStep>,
) {
    for node in &group.nodes {
        steps.push(DrawnStep {
            element: element(identity, node),
            title: node.title.clone(),
            detail: node.detail.clone(),
            look: node.look,
            depth,
            origin: node.origin,
            module: module.cloned(),
        });
        let within = node.module.as_ref().or(module);
        for inner in &node.inside {
            collect(inner, identity, depth + 1, within, steps);
        }
    }
}
