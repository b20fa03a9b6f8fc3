//! Generated statements, and their text.

use proptest::prelude::*;

/// A statement of a generated playbook.
#[derive(Clone, Debug)]
pub enum Line {
    /// Something is read: which of the reads.
    Use(usize),
    /// Something is written: which of the sources.
    Write(usize),
    Wait,
    Pause,
    Branch(Vec<Line>, Vec<Line>),
    Loop(Vec<Line>),
    Rounds(Vec<Line>),
    Try(Vec<Line>, Vec<Line>),
    First(Vec<Line>),
}

/// What is read, and the source that it is read from: `warehouse` or `ledger`.
pub const READS: [(&str, usize); 4] = [
    ("customers", 0),
    ("orders", 1),
    ("one(1)", 0),
    ("one(2)", 0),
];

pub fn line() -> impl Strategy<Value = Line> {
    let leaf = prop_oneof![
        4 => (0..READS.len()).prop_map(Line::Use),
        2 => (0..2_usize).prop_map(Line::Write),
        1 => Just(Line::Wait),
        1 => Just(Line::Pause),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let block = || prop::collection::vec(inner.clone(), 1..5);
        prop_oneof![
            (block(), block()).prop_map(|(then, other)| Line::Branch(then, other)),
            block().prop_map(Line::Loop),
            block().prop_map(Line::Rounds),
            (block(), block()).prop_map(|(body, other)| Line::Try(body, other)),
            block().prop_map(Line::First),
        ]
    })
}

/// The text of statements. Uses are numbered in the order written, and so are the conditions of branches.
#[derive(Default)]
pub struct Text {
    uses: usize,
    pub conditions: usize,
    loops: usize,
}

impl Text {
    pub fn lines(&mut self, lines: &[Line]) -> String {
        lines.iter().map(|line| self.line(line)).collect()
    }

    fn line(&mut self, line: &Line) -> String {
        match line {
            Line::Use(read) => {
                self.uses += 1;
                format!("let u{} = count({})\n", self.uses, READS[*read].0)
            }
            Line::Write(0) => "do touch()\n".to_owned(),
            Line::Write(_) => "do note()\n".to_owned(),
            Line::Wait => "wait 1 hour\n".to_owned(),
            Line::Pause => "do pause()\n".to_owned(),
            Line::Branch(then, other) => {
                self.conditions += 1;
                let condition = self.conditions;
                let then = self.lines(then);
                format!(
                    "if c{condition} {{\n{then}}} else {{\n{}}}\n",
                    self.lines(other)
                )
            }
            Line::Loop(body) => {
                self.loops += 1;
                let item = self.loops;
                format!("for each x{item} in [1, 2] {{\n{}}}\n", self.lines(body))
            }
            Line::Rounds(body) => format!(
                "repeat every 1 hour, at most 2 times {{\n{}}}\n",
                self.lines(body)
            ),
            Line::Try(body, other) => {
                let body = self.lines(body);
                format!("try {{\n{body}}} otherwise {{\n{}}}\n", self.lines(other))
            }
            Line::First(body) => format!(
                "wait for first {{\n  after 2 days {{\n{}}}\n  after 3 days {{ do note() }}\n}}\n",
                self.lines(body)
            ),
        }
    }
}
