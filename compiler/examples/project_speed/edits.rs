//! Random edits of a sound project: a changed literal, a broken line, and a mended file, in turn.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_compiler::Snapshot;

/// Where edits fall.
pub enum Where {
    Playbooks,
    Modules,
    File(String),
}

/// Somebody who edits, the same way every time.
pub struct Editor {
    state: u64,
    paths: Vec<String>,
    /// What was sound of the files that are not.
    sound: BTreeMap<String, Arc<str>>,
}

impl Editor {
    pub fn new(place: Where, snapshot: &Snapshot) -> Self {
        let all = snapshot.files.iter().map(|file| file.path.to_string());
        let paths = match place {
            Where::Playbooks => all.filter(|path| path.starts_with("playbook_")).collect(),
            Where::Modules => all.filter(|path| path.starts_with("desk_")).collect(),
            Where::File(path) => vec![path],
        };
        Self {
            state: 0x9E37_79B9_7F4A_7C15,
            paths,
            sound: BTreeMap::new(),
        }
    }

    /// The next file that is written, and its text.
    pub fn next(&mut self, snapshot: &Snapshot) -> (String, String) {
        let kind = self.below(3);
        if kind == 0
            && let Some((path, text)) = self.sound.pop_first()
        {
            return (path, text.to_string());
        }
        let number = self.below(self.paths.len());
        let path = self.paths[number].clone();
        let file = snapshot.files.iter().find(|file| *file.path == *path);
        let text = file.map(|file| file.text.clone()).unwrap_or_default();
        self.sound
            .entry(path.clone())
            .or_insert_with(|| text.clone());
        let text = if kind == 1 {
            self.with_another_literal(&text)
        } else {
            self.with_a_broken_line(&text)
        };
        (path, text)
    }

    /// The files that are not sound, as they were.
    pub fn mended(self) -> impl Iterator<Item = (String, String)> {
        let sound = self.sound.into_iter();
        sound.map(|(path, text)| (path, text.to_string()))
    }

    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 33).unwrap_or(0) % bound.max(1)
    }

    /// A digit of a number becomes another.
    fn with_another_literal(&mut self, text: &str) -> String {
        let letters = text.as_bytes();
        let digits: Vec<usize> = (1..letters.len())
            .filter(|place| letters[*place].is_ascii_digit() && letters[place - 1] == b' ')
            .collect();
        let mut text = text.to_owned();
        if digits.is_empty() {
            return text;
        }
        let place = digits[self.below(digits.len())];
        let digit = self.below(8) + 1;
        text.replace_range(place..=place, &digit.to_string());
        text
    }

    /// A line ends in the middle, as while somebody types it.
    fn with_a_broken_line(&mut self, text: &str) -> String {
        let mut lines: Vec<&str> = text.lines().collect();
        let number = self.below(lines.len());
        let line = lines[number];
        let half = (0..=line.len() / 2)
            .rev()
            .find(|place| line.is_char_boundary(*place));
        lines[number] = &line[..half.unwrap_or(0)];
        lines.join("\n") + "\n"
    }
}
