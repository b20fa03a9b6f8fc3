//! A plan as one SVG picture that needs nothing beside itself.

use std::fmt::Write as _;

use super::drawing::{Drawing, Look, Node};
use super::layout::{Layout, PlacedArrow, PlacedBox, PlacedGroup, shortened};
use crate::plan::Plan;
use crate::step::Edge;

/// Colours follow the reader's light or dark setting; shapes and words carry the meaning without them.
const STYLE: &str = "\
.sophia-plan{font:13px system-ui,-apple-system,'Segoe UI',sans-serif;color:#1f2937;background:#fff}\
.sophia-plan text{fill:currentColor}\
.sophia-plan .heading{font-size:15px;font-weight:600}\
.sophia-plan .name{font-weight:600}\
.sophia-plan .detail{opacity:.75}\
.sophia-plan rect{fill:#f8fafc;stroke:#64748b}\
.sophia-plan .container>rect{fill:none}\
.sophia-plan .group>rect{fill:none;stroke:#94a3b8;stroke-dasharray:2 3}\
.sophia-plan .effect>rect{fill:#fff7ed;stroke:#b45309;stroke-width:2}\
.sophia-plan path{fill:none;stroke:#475569;stroke-width:1.5}\
.sophia-plan marker path{fill:#475569;stroke:none}\
.sophia-plan .order{stroke-dasharray:5 4}\
@media(prefers-color-scheme:dark){\
.sophia-plan{color:#e5e7eb;background:#111827}\
.sophia-plan rect{fill:#1f2937;stroke:#94a3b8}\
.sophia-plan .effect>rect{fill:#3b2410;stroke:#f59e0b}\
.sophia-plan path{stroke:#cbd5e1}\
.sophia-plan marker path{fill:#cbd5e1}}";

/// A plan as SVG. Order without data is a dashed arrow; a step that changes the world has a double
/// border and says `effect`.
#[must_use]
pub fn svg(plan: &Plan) -> String {
    write(&Drawing::of(plan), &identity(&plan.playbook))
}

/// A drawing as SVG; `identity` begins every name in it.
pub(super) fn write(drawing: &Drawing, identity: &str) -> String {
    let layout = Layout::of(drawing);
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"sophia-plan\" role=\"img\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
         aria-labelledby=\"{identity}-title {identity}-desc\">\n\
         <title id=\"{identity}-title\">{}</title>\n<desc id=\"{identity}-desc\">{}</desc>\n\
         <style>{STYLE}</style>\n\
         <defs><marker id=\"{identity}-head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" \
         markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L8 4L0 8Z\"/></marker></defs>\n\
         <text class=\"heading\" x=\"24\" y=\"28\">{}</text>\n",
        escaped(&drawing.title),
        escaped(&drawing.description),
        escaped(&shortened(&drawing.title)),
        width = layout.width,
        height = layout.height,
    );
    for group in &layout.groups {
        write_group(&mut text, group, identity);
    }
    text.push_str("</svg>\n");
    text
}

fn write_group(text: &mut String, placed: &PlacedGroup<'_>, identity: &str) {
    text.push_str("<g class=\"group\">\n");
    if let Some(title) = &placed.group.title {
        write_rectangle(text, placed.x, placed.y, placed.width, placed.height, 6.0);
        write_text(text, "detail", placed.x + 10.0, placed.y + 18.0, title);
    }
    for arrow in &placed.arrows {
        write_arrow(text, arrow, identity);
    }
    for inner in &placed.boxes {
        write_box(text, inner, identity);
    }
    text.push_str("</g>\n");
}

fn write_box(text: &mut String, placed: &PlacedBox<'_>, identity: &str) {
    let node = placed.node;
    let _ = write!(
        text,
        "<g id=\"{}\" class=\"{}\"><title>{}",
        element(identity, node),
        node.look.class(),
        escaped(&node.title)
    );
    let _ = write!(text, " ({})", escaped(&node.detail));
    if let Some(documentation) = &node.documentation {
        let _ = write!(text, ": {}", escaped(documentation));
    }
    text.push_str("</title>\n");
    let radius = match node.look {
        Look::End => 20.0,
        Look::Effect => 2.0,
        Look::Quiet | Look::Container => 6.0,
    };
    let PlacedBox {
        x,
        y,
        width,
        height,
        ..
    } = *placed;
    write_rectangle(text, x, y, width, height, radius);
    if node.look == Look::Effect {
        write_rectangle(text, x + 4.0, y + 4.0, width - 8.0, height - 8.0, 1.0);
    }
    write_text(text, "name", x + 14.0, y + 21.0, &node.title);
    write_text(text, "detail", x + 14.0, y + 38.0, &node.detail);
    for group in &placed.inside {
        write_group(text, group, identity);
    }
    text.push_str("</g>\n");
}

fn write_rectangle(text: &mut String, x: f64, y: f64, width: f64, height: f64, radius: f64) {
    let _ = writeln!(
        text,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{radius:.0}\"/>"
    );
}

fn write_text(text: &mut String, class: &str, x: f64, y: f64, words: &str) {
    let _ = writeln!(
        text,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
        escaped(&shortened(words))
    );
}

/// A line that leaves and arrives straight down, with a bend between rows.
fn write_arrow(text: &mut String, arrow: &PlacedArrow, identity: &str) {
    let mut path = String::new();
    let mut before: Option<(f64, f64)> = None;
    for (x, y) in &arrow.points {
        let _ = match before {
            None => write!(path, "M{x:.1} {y:.1}"),
            Some((from_x, from_y)) => {
                let middle = f64::midpoint(from_y, *y);
                write!(
                    path,
                    "C{from_x:.1} {middle:.1} {x:.1} {middle:.1} {x:.1} {y:.1}"
                )
            }
        };
        before = Some((*x, *y));
    }
    let class = match arrow.edge {
        Edge::Data => "data",
        Edge::Order => "order",
    };
    let _ = writeln!(
        text,
        "<path class=\"{class}\" d=\"{path}\" marker-end=\"url(#{identity}-head)\"/>"
    );
}

/// The name of a box's element.
pub(super) fn element(identity: &str, node: &Node) -> String {
    format!("{identity}-{}", node.id)
}

/// A name that is safe in `id="…"` and in `url(#…)`.
pub(super) fn identity(playbook: &str) -> String {
    let safe: String = playbook
        .chars()
        .map(|character| {
            if character.is_ascii_alphanumeric() {
                character
            } else {
                '-'
            }
        })
        .collect();
    format!("plan-{safe}")
}

/// Text inside XML, without the characters that XML forbids.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(' '),
            character if character.is_control() => {}
            '\u{fffe}' | '\u{ffff}' => {}
            character => safe.push(character),
        }
    }
    safe
}
