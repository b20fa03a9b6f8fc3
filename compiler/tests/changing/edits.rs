//! Random changes of a project: of its files, its manifest, its lock.

use std::collections::BTreeMap;

use sophia_compiler::catalogue::Catalogue;
use sophia_compiler::project::Manifest;

use super::random::Random;

/// What becomes of the project.
#[derive(Debug)]
pub enum Edit {
    Write(String, String),
    Remove(String),
    Manifest(Box<Manifest>),
    Catalogue(Box<Catalogue>),
}

/// A project that is edited.
pub struct Editor {
    pub random: Random,
    pub files: BTreeMap<String, String>,
    pub manifest: Manifest,
    pub catalogue: Catalogue,
    pub(super) sound: (Manifest, Catalogue),
    /// The files as they are when nothing is broken.
    sound_files: Vec<(String, String)>,
    /// What files said before they were written, the last behind.
    pub(super) undone: Vec<(String, String)>,
}

impl Editor {
    pub fn new(
        seed: u64,
        files: &[(String, String)],
        manifest: Manifest,
        catalogue: Catalogue,
    ) -> Self {
        Self {
            random: Random::new(seed),
            files: files.iter().cloned().collect(),
            sound_files: files.to_vec(),
            undone: Vec::new(),
            sound: (manifest.clone(), catalogue.clone()),
            manifest,
            catalogue,
        }
    }

    /// The next change, which is made here too. More than every third mends something, so that most files are
    /// sound most of the time.
    pub fn next(&mut self) -> Edit {
        let edit = match self.random.below(40) {
            0..=12 => self.mend(),
            13..=31 => self.spoil(),
            32..=35 => self.undo(),
            36 => self.remove(),
            37 => self.whole_manifest(),
            38 => self.whole_catalogue(),
            _ => self.twin(),
        };
        match &edit {
            Edit::Write(path, text) => self.write(path, text),
            Edit::Remove(path) => {
                self.files.remove(path);
            }
            Edit::Manifest(manifest) => self.manifest = (**manifest).clone(),
            Edit::Catalogue(catalogue) => self.catalogue = (**catalogue).clone(),
        }
        edit
    }

    /// A file says something else from here on.
    pub(super) fn write(&mut self, path: &str, text: &str) {
        let before = self.files.insert(path.to_owned(), text.to_owned());
        self.undone
            .extend(before.map(|before| (path.to_owned(), before)));
    }

    fn mend(&mut self) -> Edit {
        let broken: Vec<_> = (self.sound_files.iter())
            .filter(|(path, text)| self.files.get(path).is_none_or(|now| now != text))
            .cloned()
            .collect();
        if broken.is_empty() {
            return self.spoil();
        }
        let (path, text) = self.random.of(&broken).clone();
        Edit::Write(path, text)
    }

    /// A file says again what it said a moment ago, whatever became of others since.
    fn undo(&mut self) -> Edit {
        let back = self
            .random
            .below(3)
            .min(self.undone.len().saturating_sub(1));
        match self.undone.iter().rev().nth(back).cloned() {
            Some((path, text)) => Edit::Write(path, text),
            None => self.spoil(),
        }
    }

    fn any(&mut self) -> (String, String) {
        let paths: Vec<String> = self.files.keys().cloned().collect();
        if paths.is_empty() {
            return ("new.sophia".to_owned(), "playbook new\n".to_owned());
        }
        let path = self.random.of(&paths).clone();
        let text = self.files[&path].clone();
        (path, text)
    }

    fn spoil(&mut self) -> Edit {
        let (path, text) = self.any();
        let changed = match self.random.below(8) {
            0 => self.without_a_line(&text),
            1 => self.with_a_line(&text),
            2 => format!("# A remark.\n{text}"),
            3 => text.replacen("  ", "      ", 1),
            4 => self.cut(&text),
            5 => self.renamed(&text),
            _ => self.with_another_word(&text),
        };
        Edit::Write(path, changed)
    }

    fn without_a_line(&mut self, text: &str) -> String {
        let mut lines: Vec<&str> = text.lines().collect();
        if !lines.is_empty() {
            lines.remove(self.random.below(lines.len()));
        }
        lines.join("\n") + "\n"
    }

    fn with_a_line(&mut self, text: &str) -> String {
        let (_, other) = self.random.of(&self.sound_files).clone();
        let others: Vec<&str> = other.lines().collect();
        let line = *self.random.of(&others);
        let mut lines: Vec<&str> = text.lines().collect();
        lines.insert(self.random.below(lines.len() + 1), line);
        lines.join("\n") + "\n"
    }

    fn cut(&mut self, text: &str) -> String {
        let places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
        if places.is_empty() {
            return text.to_owned();
        }
        let place = *self.random.of(&places);
        let end = text[place..]
            .find([' ', '\n'])
            .map_or(text.len(), |end| place + end);
        format!("{}{}", &text[..place], &text[end..])
    }

    /// Every word of one kind becomes another.
    fn renamed(&mut self, text: &str) -> String {
        let (_, place) = self.word(text);
        let word = &text[place];
        text.replace(word, &format!("{word}_2"))
    }

    fn with_another_word(&mut self, text: &str) -> String {
        let (_, place) = self.word(text);
        let (_, other) = self.random.of(&self.sound_files).clone();
        let (_, from) = self.word(&other);
        let mut text = text.to_owned();
        text.replace_range(place, &other[from]);
        text
    }

    fn word(&mut self, text: &str) -> (usize, std::ops::Range<usize>) {
        let mut words = Vec::new();
        let mut start = None;
        for (place, letter) in text.char_indices().chain([(text.len(), ' ')]) {
            let inside = letter.is_alphanumeric() || letter == '_';
            match (start, inside) {
                (None, true) => start = Some(place),
                (Some(from), false) => {
                    words.push(from..place);
                    start = None;
                }
                _ => {}
            }
        }
        if words.is_empty() {
            return (0, 0..0);
        }
        let number = self.random.below(words.len());
        (number, words[number].clone())
    }

    fn remove(&mut self) -> Edit {
        Edit::Remove(self.any().0)
    }

    /// A file that says that it is another.
    fn twin(&mut self) -> Edit {
        let (path, text) = self.any();
        Edit::Write(format!("a_{path}"), text)
    }

    fn whole_manifest(&mut self) -> Edit {
        let mut manifest = self.sound.0.clone();
        match self.random.below(6) {
            0 => drop(manifest.tools.remove("slack")),
            1 => "UTC".clone_into(&mut manifest.zone),
            2 => manifest.policy_modules.clear(),
            3 => manifest.labels.clear(),
            4 => drop(manifest.units.remove("warehouse.payments.amount")),
            _ => {}
        }
        Edit::Manifest(Box::new(manifest))
    }

    fn whole_catalogue(&mut self) -> Edit {
        let mut catalogue = self.sound.1.clone();
        let warehouse = catalogue
            .connections
            .get_mut("warehouse")
            .expect("it is pinned");
        match self.random.below(5) {
            0 => drop(warehouse.tables.remove("payments")),
            1 => {
                let contacts = warehouse.tables.get_mut("contacts").expect("it is pinned");
                contacts.columns[1].labels.clear();
            }
            2 => drop(catalogue.tools.remove("stripe")),
            3 => {
                let slack = catalogue.tools.get_mut("slack").expect("it is pinned");
                slack.calls.remove("add_note");
            }
            _ => {}
        }
        Edit::Catalogue(Box::new(catalogue))
    }
}
