//! The texts that are read: pieces of the example playbooks, put together in a fixed order.

use std::sync::Arc;

use sophia_language::parse;

const EXAMPLES: [&str; 11] = [
    include_str!("../../../examples/churn_watch/churn_watch.sophia"),
    include_str!("../../../examples/playbooks/ask.sophia"),
    include_str!("../../../examples/playbooks/call_coaching.sophia"),
    include_str!("../../../examples/playbooks/deal_desk.sophia"),
    include_str!("../../../examples/playbooks/desk.sophia"),
    include_str!("../../../examples/playbooks/dip_response.sophia"),
    include_str!("../../../examples/playbooks/exec_briefing.sophia"),
    include_str!("../../../examples/playbooks/intake.sophia"),
    include_str!("../../../examples/playbooks/policies.sophia"),
    include_str!("../../../examples/playbooks/refund_desk.sophia"),
    include_str!("../../../examples/playbooks/revenue_watch.sophia"),
];

/// A playbook of about so many lines, and never fewer.
pub fn playbook(index: usize, lines: usize) -> String {
    assemble(&EXAMPLES, index, lines)
}

/// The same, of the examples that are read without a mistake.
pub fn sound(lines: usize) -> String {
    let sound: Vec<&str> = EXAMPLES
        .into_iter()
        .filter(|text| {
            parse(text, Arc::from("bench.sophia"))
                .diagnostics
                .is_empty()
        })
        .collect();
    assemble(&sound, 0, lines)
}

/// The text with something missing in every tenth line: a bracket, a quote, a comma, or a sign.
pub fn with_mistakes(text: &str) -> String {
    let marks = ['(', ')', '"', '{', ',', '=', ':', '}'];
    let mut broken = String::with_capacity(text.len());
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let mark = marks
            .iter()
            .cycle()
            .skip(number / 10)
            .take(marks.len())
            .find_map(|mark| line.find(*mark));
        match mark {
            Some(at) if number % 10 == 9 => {
                broken.push_str(&line[..at]);
                broken.push_str(&line[at + 1..]);
            }
            _ => broken.push_str(line),
        }
    }
    broken
}

/// Pieces between blank lines at the left edge, from one example after another. A piece that stands
/// inside brackets is not cut.
fn assemble(examples: &[&str], index: usize, lines: usize) -> String {
    let pieces: Vec<&str> = examples.iter().flat_map(|text| pieces(text)).collect();
    let mut text = format!("playbook made_{index}\n");
    let mut count = 1;
    for piece in pieces.iter().cycle().skip(index * 7 % pieces.len()) {
        if count >= lines {
            break;
        }
        text.push('\n');
        text.push_str(piece);
        text.push('\n');
        count += 2 + piece.matches('\n').count();
    }
    text
}

/// The parts of an example but for its header.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (blank, _) in text.match_indices("\n\n") {
        let next = text[blank..].trim_start_matches('\n');
        // What goes on indented belongs to what stands before.
        if next.starts_with([' ', '}']) {
            continue;
        }
        pieces.push(text[start..blank].trim_matches('\n'));
        start = blank;
    }
    pieces.push(text[start..].trim_matches('\n'));
    pieces.retain(|piece| {
        !piece
            .lines()
            .any(|line| line.starts_with("playbook ") || line.starts_with("module "))
            && !piece.is_empty()
    });
    pieces
}
