//! Where everything stands in the SVG: a layered layout, from top to bottom, boxes inside boxes.
//!
//! Lengths are in SVG's user units (pixels at a scale of one). Within a row, boxes stand in the order
//! that keeps arrows short; an arrow over several rows is led between the boxes of the rows it passes.

use super::drawing::{Arrow, Drawing, Group, Node};
use crate::step::Edge;

const MARGIN: f64 = 24.0;
const BETWEEN_ROWS: f64 = 36.0;
const BETWEEN_BOXES: f64 = 24.0;
const INSIDE: f64 = 16.0;
const LINE: f64 = 18.0;
/// The head of a box: its title and its detail.
const HEAD: f64 = 2.0 * LINE + 14.0;
/// The head of a group that has a title.
const GROUP_HEAD: f64 = LINE + 8.0;
/// The lane of an arrow that passes a row.
const LANE: f64 = 12.0;
const NARROWEST: f64 = 120.0;
/// The longest text in a box, in characters.
const LONGEST: usize = 56;

/// A placed drawing.
pub(super) struct Layout<'a> {
    pub width: f64,
    pub height: f64,
    pub groups: Vec<PlacedGroup<'a>>,
}

/// A group with its boxes. Places are counted from the upper left corner of the whole drawing.
pub(super) struct PlacedGroup<'a> {
    pub group: &'a Group,
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    pub boxes: Vec<PlacedBox<'a>>,
    pub arrows: Vec<PlacedArrow>,
}

/// A box.
pub(super) struct PlacedBox<'a> {
    pub node: &'a Node,
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    pub inside: Vec<PlacedGroup<'a>>,
}

/// An arrow, through points from top to bottom.
pub(super) struct PlacedArrow {
    pub edge: Edge,
    pub points: Vec<(f64, f64)>,
}

impl<'a> Layout<'a> {
    pub(super) fn of(drawing: &'a Drawing) -> Self {
        let mut groups = Vec::new();
        let (mut width, mut y) = (NARROWEST, MARGIN + GROUP_HEAD);
        for group in &drawing.groups {
            let mut placed = place_group(group);
            placed.shift(MARGIN, y);
            y += placed.height + BETWEEN_ROWS;
            width = width.max(placed.width);
            groups.push(placed);
        }
        let heading = text_width(&drawing.title);
        Self {
            width: width.max(heading) + 2.0 * MARGIN,
            height: y - BETWEEN_ROWS + MARGIN,
            groups,
        }
    }
}

impl PlacedGroup<'_> {
    fn shift(&mut self, right: f64, down: f64) {
        self.x += right;
        self.y += down;
        for placed in &mut self.boxes {
            placed.x += right;
            placed.y += down;
            for group in &mut placed.inside {
                group.shift(right, down);
            }
        }
        for arrow in &mut self.arrows {
            for (x, y) in &mut arrow.points {
                *x += right;
                *y += down;
            }
        }
    }
}

/// A text no longer than a box can show.
pub(super) fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(LONGEST - 1).collect();
    short.push('…');
    short
}

/// About how wide a text is: letters of a common sans-serif, and wide letters beyond Latin.
fn text_width(text: &str) -> f64 {
    shortened(text)
        .chars()
        .map(|character| if character.is_ascii() { 7.4 } else { 13.0 })
        .sum()
}

/// What stands in a row: a box, or an arrow that passes by.
#[derive(Clone, Copy)]
enum Slot {
    Box(usize),
    Lane(usize),
}

fn place_group(group: &Group) -> PlacedGroup<'_> {
    let mut boxes: Vec<PlacedBox<'_>> = group.nodes.iter().map(place_box).collect();
    let rows = rows_of(group);
    let top = if group.title.is_some() {
        GROUP_HEAD
    } else {
        0.0
    };
    let padding = if group.title.is_some() { INSIDE } else { 0.0 };

    let width_of = |slot: &Slot| match slot {
        Slot::Box(place) => boxes.get(*place).map_or(0.0, |placed| placed.width),
        Slot::Lane(_) => LANE,
    };
    let row_width = |row: &Vec<Slot>| {
        let gaps = row.iter().skip(1).map(|_| BETWEEN_BOXES).sum::<f64>();
        row.iter().map(width_of).sum::<f64>() + gaps
    };
    let title_width = group.title.as_deref().map_or(0.0, text_width);
    let content = rows.iter().map(row_width).fold(title_width, f64::max);

    // Middles of slots by row, then places.
    let mut lanes: Vec<Vec<(f64, f64, f64)>> = vec![Vec::new(); group.arrows.len()];
    let mut positions: Vec<(usize, f64, f64)> = Vec::new();
    let mut y = top + padding;
    for row in &rows {
        let height = row
            .iter()
            .map(|slot| match slot {
                Slot::Box(place) => boxes.get(*place).map_or(0.0, |placed| placed.height),
                Slot::Lane(_) => 0.0,
            })
            .fold(0.0, f64::max);
        let mut x = padding + (content - row_width(row)) / 2.0;
        for slot in row {
            match slot {
                Slot::Box(place) => positions.push((*place, x, y)),
                Slot::Lane(arrow) => {
                    if let Some(lane) = lanes.get_mut(*arrow) {
                        lane.push((x + LANE / 2.0, y, y + height));
                    }
                }
            }
            x += width_of(slot) + BETWEEN_BOXES;
        }
        y += height + BETWEEN_ROWS;
    }
    for (place, x, y) in positions {
        if let Some(placed) = boxes.get_mut(place) {
            placed.x += x;
            placed.y += y;
            for inner in &mut placed.inside {
                inner.shift(x, y);
            }
        }
    }
    let arrows = group
        .arrows
        .iter()
        .zip(&lanes)
        .filter_map(|(arrow, lane)| place_arrow(*arrow, lane, &boxes))
        .collect();
    let bottom = if rows.is_empty() {
        top + padding
    } else {
        y - BETWEEN_ROWS
    };
    PlacedGroup {
        group,
        x: 0.0,
        y: 0.0,
        width: content + 2.0 * padding,
        height: bottom + padding,
        boxes,
        arrows,
    }
}

/// A box at the origin, with what is inside it beside one another below its head.
fn place_box(node: &Node) -> PlacedBox<'_> {
    let words = text_width(&node.title).max(text_width(&node.detail)) + 2.0 * INSIDE;
    let mut inside = Vec::new();
    let (mut x, mut tallest) = (INSIDE, 0.0_f64);
    for group in &node.inside {
        let mut placed = place_group(group);
        placed.shift(x, HEAD);
        x += placed.width + BETWEEN_BOXES;
        tallest = tallest.max(placed.height);
        inside.push(placed);
    }
    let (width, height) = if inside.is_empty() {
        (words, HEAD)
    } else {
        (
            words.max(x - BETWEEN_BOXES + INSIDE),
            HEAD + tallest + INSIDE,
        )
    };
    PlacedBox {
        node,
        x: 0.0,
        y: 0.0,
        width: width.max(NARROWEST),
        height,
        inside,
    }
}

/// The rows from top to bottom, each from left to right.
fn rows_of(group: &Group) -> Vec<Vec<Slot>> {
    let depth = group.nodes.iter().map(|node| node.layer + 1).max();
    let mut rows: Vec<Vec<Slot>> = vec![Vec::new(); depth.unwrap_or(0)];
    for (place, node) in group.nodes.iter().enumerate() {
        if let Some(row) = rows.get_mut(node.layer) {
            row.push(Slot::Box(place));
        }
    }
    for (index, arrow) in group.arrows.iter().enumerate() {
        let (Some(from), Some(to)) = (group.nodes.get(arrow.from), group.nodes.get(arrow.to))
        else {
            continue;
        };
        for row in rows.iter_mut().take(to.layer).skip(from.layer + 1) {
            row.push(Slot::Lane(index));
        }
    }
    // From the top, each slot moves towards the middle of what leads to it.
    let mut above: Vec<Slot> = Vec::new();
    for row in &mut rows {
        let mut wanted: Vec<(f64, Slot)> = Vec::new();
        for (place, slot) in row.iter().enumerate() {
            wanted.push((
                middle_of_origins(*slot, group, &above).unwrap_or(count(place)),
                *slot,
            ));
        }
        wanted.sort_by(|(left, _), (right, _)| left.total_cmp(right));
        *row = wanted.into_iter().map(|(_, slot)| slot).collect();
        above.clone_from(row);
    }
    rows
}

fn middle_of_origins(slot: Slot, group: &Group, above: &[Slot]) -> Option<f64> {
    let leads_here = |index: usize, arrow: &Arrow| match slot {
        Slot::Box(place) => arrow.to == place,
        Slot::Lane(lane) => lane == index,
    };
    let origins: Vec<f64> = group
        .arrows
        .iter()
        .enumerate()
        .filter(|(index, arrow)| leads_here(*index, arrow))
        .filter_map(|(index, arrow)| {
            above.iter().position(|slot| match slot {
                Slot::Box(place) => *place == arrow.from,
                Slot::Lane(lane) => *lane == index,
            })
        })
        .map(count)
        .collect();
    if origins.is_empty() {
        return None;
    }
    Some(origins.iter().sum::<f64>() / count(origins.len()))
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a count of boxes in a row is small"
)]
fn count(places: usize) -> f64 {
    places as f64
}

fn place_arrow(
    arrow: Arrow,
    lane: &[(f64, f64, f64)],
    boxes: &[PlacedBox<'_>],
) -> Option<PlacedArrow> {
    let (from, to) = (boxes.get(arrow.from)?, boxes.get(arrow.to)?);
    let mut points = vec![(from.x + from.width / 2.0, from.y + from.height)];
    for (x, top, bottom) in lane {
        points.push((*x, *top));
        points.push((*x, *bottom));
    }
    points.push((to.x + to.width / 2.0, to.y));
    Some(PlacedArrow {
        edge: arrow.edge,
        points,
    })
}
