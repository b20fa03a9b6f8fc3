//! Which keys are pressed: at the first, the middle and the last part of the playbook, in every kind of text.

/// What is typed at once, and is taken back.
pub struct Key {
    /// In the order of the text; it is typed from the last to the first, so that none moves another.
    pub puts: Vec<Put>,
    /// Whether it makes a mistake.
    pub is_mistake: bool,
}

/// Letters that are typed behind a place.
pub struct Put {
    pub line: usize,
    /// The byte in the line behind which they are typed.
    pub column: usize,
    pub letters: String,
}

impl Put {
    /// The line and the column behind the letters.
    pub fn end(&self) -> (usize, usize) {
        match self.letters.rsplit_once('\n') {
            Some((before, last)) => {
                let lines = before.matches('\n').count() + 1;
                (self.line + lines, last.len())
            }
            None => (self.line, self.column + self.letters.len()),
        }
    }
}

/// What stands before each key that makes a mistake, and the key: a name, a column in SQL, a number, an operator, a hole
/// of a prompt, an argument, the name of a query.
const MISTAKES: [(&str, &str); 7] = [
    ("when count(recent", "x"),
    ("sum(a.amount", "x"),
    ("region is present and total > 0", "x"),
    ("descending", "("),
    ("has paid {total", "x"),
    ("urgency: 3", "0"),
    ("let recent = notes_of", "x"),
];

/// What stands before each place where something is typed that leaves the playbook sound, and what: a number in a
/// pipeline and one in SQL, a letter of a text and one of a prompt, a space, a new statement, and a local that is renamed
/// with its uses. `_N` stands for the ending of the names of a part.
const SOUND: [&[(&str, &str)]; 7] = [
    &[("| take 50", "0")],
    &[("having count(*) > 2", "5")],
    &[("\"Nothing to say", "x")],
    &[("Be concrete and short", "x")],
    &[("| where region is present", " ")],
    &[("| take  most", "\n\nlet few_N = count(chosen_N)")],
    &[
        ("let recent", "s"),
        ("when count(recent", "s"),
        ("({count(recent", "s"),
    ],
];

/// What stands before each place where a statement is begun whose brace is open, and what is written of it.
const OPEN: (&str, &str) = (
    "| take  most",
    "\n\nfor each one in chosen_N | take 5 {\n  let all = ",
);

/// The statements that are begun in a text that holds `parts` parts, and behind each of which somebody asks what can
/// be written.
///
/// # Panics
/// Where the text lacks the places.
pub fn begun(text: &str, parts: usize) -> Vec<Key> {
    let places = [0, parts / 2, parts - 1].into_iter();
    let keys = places.map(|part| Key {
        puts: vec![put(text, part, &OPEN)],
        is_mistake: true,
    });
    keys.collect()
}

/// The keys for a text that holds `parts` parts.
///
/// # Panics
/// Where the text lacks one of them: fewer keys would be measured than are told.
pub fn keys(text: &str, parts: usize) -> Vec<Key> {
    let mut keys = Vec::new();
    for part in [0, parts / 2, parts - 1] {
        keys.extend(MISTAKES.iter().map(|mistake| Key {
            puts: vec![put(text, part, mistake)],
            is_mistake: true,
        }));
        keys.extend(SOUND.iter().map(|places| Key {
            puts: places.iter().map(|place| put(text, part, place)).collect(),
            is_mistake: false,
        }));
    }
    keys
}

fn put(text: &str, part: usize, (before, letters): &(&str, &str)) -> Put {
    let found = text.match_indices(before).nth(part);
    let (at, _) = found.unwrap_or_else(|| panic!("part {part} holds no `{before}`"));
    let end = at + before.len();
    let start = text[..end].rfind('\n').map_or(0, |line| line + 1);
    let ending = match part {
        0 => String::new(),
        part => format!("_{part}"),
    };
    Put {
        line: text[..end].matches('\n').count(),
        column: end - start,
        letters: letters.replace("_N", &ending),
    }
}
