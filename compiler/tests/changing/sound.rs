//! Random changes of a long playbook that leave it sound, as somebody makes them who knows what they write.

use super::edits::{Edit, Editor};

/// What stands before the name of the local that is renamed, and behind it.
const LOCAL: (&str, &str) = ("  let ", " = payments_");

impl Editor {
    /// The next change of this file, which is made here too: a number, a letter of a text, a gap, a remark, a new
    /// statement, a local that is renamed with its uses. Where the file has no place for it, any change is made.
    pub fn next_sound(&mut self, path: &str) -> Edit {
        let text = self.files.get(path).cloned().unwrap_or_default();
        let changed = match self.random.below(6) {
            0 => {
                let count = self.random.below(9) + 1;
                self.behind(&text, "| take ", &count.to_string(), 1)
            }
            1 => self.behind(&text, "\"Nobody is there", "!", 0),
            2 => self.behind(&text, "| sort by contact_id", " ", 0),
            3 => self.behind(&text, "}\n", "\n# A remark.\n", 0),
            4 => self.with_a_statement(&text),
            _ => self.with_a_renamed_local(&text),
        };
        match changed {
            Some(changed) => {
                self.files.insert(path.to_owned(), changed.clone());
                Edit::Write(path.to_owned(), changed)
            }
            None => self.next(),
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
