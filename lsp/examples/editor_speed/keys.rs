//! Which keys are pressed: at the first, the middle and the last part of the playbook, in every kind of text.

/// A key that makes a mistake, and is taken back.
pub struct Key {
    pub line: usize,
    /// The byte in the line behind which it is typed.
    pub column: usize,
    pub letter: &'static str,
}

/// What stands before each key, and the key: a name, a column in SQL, a number, an operator, a hole of a prompt, an
/// argument, the name of a query.
const WHERE: [(&str, &str); 7] = [
    ("when count(recent", "x"),
    ("sum(a.amount", "x"),
    ("region is present and total > 0", "x"),
    ("descending", "("),
    ("has paid {total", "x"),
    ("urgency: 3", "0"),
    ("let recent = notes_of", "x"),
];

/// The keys for a text that holds `parts` parts.
///
/// # Panics
/// Where the text lacks one of them: fewer keys would be measured than are told.
pub fn keys(text: &str, parts: usize) -> Vec<Key> {
    let mut keys = Vec::new();
    for part in [0, parts / 2, parts - 1] {
        for (before, letter) in WHERE {
            let found = text.match_indices(before).nth(part);
            let (at, _) = found.unwrap_or_else(|| panic!("part {part} holds no `{before}`"));
            let end = at + before.len();
            let start = text[..end].rfind('\n').map_or(0, |line| line + 1);
            keys.push(Key {
                line: text[..end].matches('\n').count(),
                column: end - start,
                letter,
            });
        }
    }
    keys
}
