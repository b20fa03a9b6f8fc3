//! A plan in DOT, the language of Graphviz.

use std::fmt::Write as _;

use super::drawing::{Drawing, Group, Look, Node};
use crate::plan::Plan;
use crate::step::Edge;

/// A plan in DOT. Order without data is a dashed arrow.
#[must_use]
pub fn dot(plan: &Plan) -> String {
    let drawing = Drawing::of(plan);
    let mut text = format!(
        "digraph plan {{\n  label={};\n  labelloc=t;\n  compound=true;\n  node [shape=box, fontname=\"sans-serif\"];\n",
        quoted(&[&drawing.title, &drawing.description])
    );
    for group in &drawing.groups {
        write_group(&mut text, group, 1);
    }
    text.push_str("}\n");
    text
}

fn write_group(text: &mut String, group: &Group, level: usize) {
    let margin = "  ".repeat(level);
    // Writing to a string cannot fail.
    if let Some(title) = &group.title {
        let _ = writeln!(
            text,
            "{margin}subgraph cluster_{} {{ label={};",
            group.id,
            quoted(&[title])
        );
        // An empty cluster is not drawn.
        let _ = writeln!(text, "{margin}  {} [style=invis, shape=point];", group.id);
    }
    for node in &group.nodes {
        write_node(text, node, level + usize::from(group.title.is_some()));
    }
    for arrow in &group.arrows {
        if let (Some(from), Some(to)) = (group.nodes.get(arrow.from), group.nodes.get(arrow.to)) {
            write_arrow(text, from, to, arrow.edge, &margin);
        }
    }
    if group.title.is_some() {
        let _ = writeln!(text, "{margin}}}");
    }
}

fn write_node(text: &mut String, node: &Node, level: usize) {
    let margin = "  ".repeat(level);
    let label = quoted(&[&node.title, &node.detail]);
    if !node.inside.is_empty() {
        let _ = writeln!(
            text,
            "{margin}subgraph cluster_{} {{ label={label}; style=rounded;",
            node.id
        );
        // Arrows can only lead to a node, so each cluster has an unseen one.
        let _ = writeln!(text, "{margin}  {} [style=invis, shape=point];", node.id);
        for group in &node.inside {
            write_group(text, group, level + 1);
        }
        let _ = writeln!(text, "{margin}}}");
        return;
    }
    let look = match node.look {
        Look::Effect => ", peripheries=2, penwidth=2, color=\"#b45309\"",
        Look::End => ", style=rounded",
        Look::Quiet | Look::Container => "",
    };
    let _ = writeln!(text, "{margin}{} [label={label}{look}];", node.id);
}

fn write_arrow(text: &mut String, from: &Node, to: &Node, edge: Edge, margin: &str) {
    let mut attributes = Vec::new();
    if edge == Edge::Order {
        attributes.push("style=dashed".to_owned());
    }
    if !from.inside.is_empty() {
        attributes.push(format!("ltail=cluster_{}", from.id));
    }
    if !to.inside.is_empty() {
        attributes.push(format!("lhead=cluster_{}", to.id));
    }
    let _ = writeln!(
        text,
        "{margin}{} -> {} [{}];",
        from.id,
        to.id,
        attributes.join(", ")
    );
}

/// Lines as one quoted text.
fn quoted(lines: &[&str]) -> String {
    let safe: Vec<String> = lines
        .iter()
        .map(|line| {
            line.chars()
                .flat_map(|character| match character {
                    '"' => vec!['\\', '"'],
                    '\\' => vec!['\\', '\\'],
                    character if character.is_control() => vec![' '],
                    character => vec![character],
                })
                .collect()
        })
        .collect();
    format!("\"{}\"", safe.join("\\n"))
}
