//! Random changes of a long playbook that leave it sound, as somebody makes them who knows what they write.

use super::edits::{Edit, Editor};

/// What stands before the name of the local that is renamed, and behind it.
const LOCAL: (&str, &str) = ("  let ", " = payments_");

impl Editor {
    /// The next change of this file, which is made here too: a number, a letter of a text, a gap, a remark, a new
    /// statement, a local that is renamed with its uses, what stands in a hole of a query, what a query reads, what the file
    /// said a moment ago. Where the file has no place for it, any change is made.
    pub fn next_sound(&mut self, path: &str) -> Edit {
        let text = self.files.get(path).cloned().unwrap_or_default();
        let changed = match self.random.below(10) {
            0 => {
                let count = self.random.below(9) + 1;
                self.behind(&text, "| take ", &count.to_string(), 1)
            }
            1 => self.behind(&text, "\"Nobody is there", "!", 0),
            2 => self.behind(&text, "| sort by contact_id", " ", 0),
            3 => self.behind(&text, "}\n", "\n# A remark.\n", 0),
            4 => self.with_a_statement(&text),
            5 => self.with_a_renamed_local(&text),
            6 => self.either(&text, ".contact_id)\n", ".email)\n"),
            7 => self.either(
                &text,
                "contact_id, email, full_name",
                "contact_id, full_name as email, full_name",
            ),
            _ => self.a_moment_ago(path),
        };
        match changed {
            Some(changed) => {
                self.write(path, &changed);
                Edit::Write(path.to_owned(), changed)
            }
            None => self.next(),
        }
    }

    /// The next change of what a sound playbook is held against, which is made here too: of a policy in this file, of what
    /// the lock or the manifest says of columns.
    pub fn next_upstream(&mut self, policies: &str) -> Edit {
        match self.random.below(3) {
            0 => {
                let text = self.files.get(policies).cloned().unwrap_or_default();
                let changed = self.either(&text, "at most 100 of", "at most 60 of");
                let changed = changed.unwrap_or(text);
                self.write(policies, &changed);
                Edit::Write(policies.to_owned(), changed)
            }
            1 => {
                let mut catalogue = self.sound.1.clone();
                // What was taken away comes back.
                let labels = if self.catalogue == self.sound.1 { 0 } else { 9 };
                let warehouse = catalogue.connections.get_mut("warehouse");
                let contacts = warehouse.and_then(|warehouse| warehouse.tables.get_mut("contacts"));
                for column in contacts.into_iter().flat_map(|table| &mut table.columns) {
                    column.labels.truncate(labels);
                }
                self.catalogue = catalogue.clone();
                Edit::Catalogue(Box::new(catalogue))
            }
            _ => {
                let mut manifest = self.sound.0.clone();
                if self.manifest == self.sound.0 {
                    manifest.labels.clear();
                }
                self.manifest = manifest.clone();
                Edit::Manifest(Box::new(manifest))
            }
        }
    }

    /// One of the places behind these words.
    fn place(&mut self, text: &str, before: &str) -> Option<usize> {
        let places: Vec<usize> = (text.match_indices(before))
            .map(|(at, _)| at + before.len())
            .collect();
        (!places.is_empty()).then(|| places[self.random.below(places.len())])
    }

    /// Something stands behind one of these words, in the place of so many letters.
    fn behind(&mut self, text: &str, before: &str, put: &str, gone: usize) -> Option<String> {
        let place = self.place(text, before)?;
        let rest = text.get(place + gone..)?;
        Some(format!("{}{put}{rest}", &text[..place]))
    }

    /// One of two ways to write something becomes the other, at one of its places.
    fn either(&mut self, text: &str, one: &str, other: &str) -> Option<String> {
        let (one, other) = match self.random.below(2) {
            0 => (one, other),
            _ => (other, one),
        };
        let end = self.place(text, one)?;
        Some(format!(
            "{}{other}{}",
            &text[..end - one.len()],
            &text[end..]
        ))
    }

    /// What the file said before it was written the last time, or the time before.
    fn a_moment_ago(&mut self, path: &str) -> Option<String> {
        let back = self.random.below(4) / 3;
        let said = self.undone.iter().rev().filter(|(of, _)| of == path);
        said.map(|(_, text)| text.clone()).nth(back)
    }

    fn with_a_statement(&mut self, text: &str) -> Option<String> {
        let place = self.place(text, "\nif count(")?;
        let (counted, _) = text[place..].split_once(')')?;
        let start = place - "\nif count(".len();
        let name = format!("more_{}", text.len());
        Some(format!(
            "{}\nlet {name} = count({counted}) + 1\n{}",
            &text[..start],
            &text[start..]
        ))
    }

    fn with_a_renamed_local(&mut self, text: &str) -> Option<String> {
        let place = self.place(text, LOCAL.0)?;
        let (name, _) = text[place..].split_once(LOCAL.1)?;
        let end = place + text[place..].find("\n}\n")?;
        let inside = &text[place..end];
        let now = format!("{name}s");
        let renamed = inside
            .replacen(name, &now, 1)
            .replace(&format!("count({name})"), &format!("count({now})"));
        Some(format!("{}{renamed}{}", &text[..place], &text[end..]))
    }
}
