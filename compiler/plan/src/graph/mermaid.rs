//! A plan as a Mermaid flowchart.

use std::fmt::Write as _;

use super::drawing::{Drawing, Group, Look, Node};
use crate::plan::Plan;
use crate::step::Edge;

/// A plan as a Mermaid flowchart. Order without data is a dotted arrow.
#[must_use]
pub fn mermaid(plan: &Plan) -> String {
    let drawing = Drawing::of(plan);
    let mut text = format!(
        "flowchart TB\n  accTitle: {}\n  accDescr: {}\n",
        one_line(&drawing.title),
        one_line(&drawing.description)
    );
    for group in &drawing.groups {
        write_group(&mut text, group, 1);
    }
    text.push_str("  classDef effect stroke-width:4px,stroke:#b45309,fill:#fff7ed,color:#1f2937\n");
    text.push_str("  classDef end stroke-dasharray:2 2\n");
    text
}

fn write_group(text: &mut String, group: &Group, level: usize) {
    let margin = "  ".repeat(level);
    // Writing to a string cannot fail.
    if let Some(title) = &group.title {
        let _ = writeln!(
            text,
            "{margin}subgraph {}[\"{}\"]",
            group.id,
            escaped(title)
        );
    }
    for node in &group.nodes {
        write_node(text, node, level + usize::from(group.title.is_some()));
    }
    for arrow in &group.arrows {
        if let (Some(from), Some(to)) = (group.nodes.get(arrow.from), group.nodes.get(arrow.to)) {
            let line = match arrow.edge {
                Edge::Data => "-->",
                Edge::Order => "-.->",
            };
            let _ = writeln!(text, "{margin}{} {line} {}", from.id, to.id);
        }
    }
    if group.title.is_some() {
        let _ = writeln!(text, "{margin}end");
    }
}

fn write_node(text: &mut String, node: &Node, level: usize) {
    let margin = "  ".repeat(level);
    let label = format!("{}<br/>{}", escaped(&node.title), escaped(&node.detail));
    if !node.inside.is_empty() {
        let _ = writeln!(text, "{margin}subgraph {}[\"{label}\"]", node.id);
        for group in &node.inside {
            write_group(text, group, level + 1);
        }
        let _ = writeln!(text, "{margin}end");
        return;
    }
    let _ = match node.look {
        Look::Effect => writeln!(text, "{margin}{}[[\"{label}\"]]:::effect", node.id),
        Look::End => writeln!(text, "{margin}{}([\"{label}\"]):::end", node.id),
        Look::Quiet | Look::Container => writeln!(text, "{margin}{}[\"{label}\"]", node.id),
    };
}

/// Text inside a quoted label: whatever Mermaid would read becomes a numbered character.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for character in text.chars() {
        match character {
            '"' | '#' | '<' | '>' | '&' | '`' | ';' | '\\' => {
                let _ = write!(safe, "#{};", u32::from(character));
            }
            character if character.is_control() => safe.push(' '),
            character => safe.push(character),
        }
    }
    safe
}

/// The accessible title and description end at the line's end, and read `;` and `#` otherwise.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            ';' | '#' | '{' | '}' => ',',
            character if character.is_control() => ' ',
            character => character,
        })
        .collect()
}
