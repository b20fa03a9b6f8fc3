//! Where the manifest and the lock name a connection or a tool, so that it can have another name everywhere.
//!
//! The texts are looked at line by line, so that comments and the order of things stay as they are.

use sophia_diagnostics::Span;

/// A word of a path, without its quotes, and its bytes.
type Step<'t> = (&'t str, Span);

/// Tables whose texts begin with the name of a connection or a tool: `"warehouse.customers.email"`.
const OF_PATHS: &[&str] = &["labels", "units", "columns"];

/// The places at which a text of TOML names `name`, an entry of `section` (`connections` or `tools`).
pub(super) fn named(text: &str, section: &str, name: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut table: Vec<String> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        let (at, said) = (start + indent, line.trim());
        start += line.len();
        if said.starts_with('#') {
            continue;
        }
        if let Some(inside) = header(said) {
            let steps = path(inside, at + said.find(inside).unwrap_or_default());
            found.extend(entry(&[], &steps, section, name));
            table.clear();
            table.extend(steps.iter().map(|(word, _)| (*word).to_owned()));
            continue;
        }
        let key = said.split('=').next().unwrap_or_default();
        let value = said.get(key.len()..).unwrap_or_default();
        let steps = path(key, at);
        if !value.is_empty() {
            found.extend(entry(&table, &steps, section, name));
            let words = table.iter().map(String::as_str);
            let whole: Vec<&str> = words.chain(steps.iter().map(|(word, _)| *word)).collect();
            if is_section(&whole, section) {
                found.extend(of_inline(value, at + key.len(), name));
            }
        }
        let is_of_paths = table
            .first()
            .is_some_and(|first| OF_PATHS.contains(&first.as_str()));
        if is_of_paths {
            found.extend(beginnings(said, at, name));
        }
        if section == "connections" {
            found.extend(settings(said, at, name));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// What stands between the brackets of a line that begins a table.
fn header(line: &str) -> Option<&str> {
    let inside = line.strip_prefix('[')?;
    let inside = inside.strip_prefix('[').unwrap_or(inside);
    inside.split(']').next()
}

/// The words of `a.b."c"`.
fn path(written: &str, start: usize) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut at = start;
    for part in written.split('.') {
        let before = part.len() - part.trim_start().len();
        let word = part.trim();
        let plain = word.trim_matches(['"', '\'']);
        let quote = usize::from(plain.len() < word.len());
        let from = at + before + quote;
        steps.push((plain, Span::new(from, from + plain.len())));
        at += part.len() + 1;
    }
    steps
}

/// Whether a path is that of all entries: `connections`, `env.live.connections`.
fn is_section(path: &[&str], section: &str) -> bool {
    match path {
        [first] | ["env", _, first] => *first == section,
        _ => false,
    }
}

/// The name of the entry in a path, where the path below `table` has it.
fn entry(table: &[String], steps: &[Step<'_>], section: &str, name: &str) -> Option<Span> {
    let words = table.iter().map(String::as_str);
    let whole: Vec<&str> = words.chain(steps.iter().map(|(word, _)| *word)).collect();
    let mut numbered = steps.iter().enumerate();
    let found = numbered.find(|(place, (word, _))| {
        let before = whole.get(..table.len() + place).unwrap_or_default();
        *word == name && is_section(before, section)
    });
    found.map(|(_, (_, span))| *span)
}

/// The name as a key of `{ name = …, other = … }`.
fn of_inline(value: &str, start: usize, name: &str) -> Vec<Span> {
    let mut depth = 0usize;
    let mut is_key = false;
    let mut quote = None;
    let mut found = Vec::new();
    for (at, letter) in value.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '#') => break,
            (None, '{' | '[') => {
                depth += 1;
                is_key = letter == '{' && depth == 1;
            }
            (None, '}' | ']') => depth = depth.saturating_sub(1),
            (None, ',') => is_key = depth == 1,
            (None, letter) if is_key && !letter.is_whitespace() => {
                is_key = false;
                let rest = value.get(at..).unwrap_or_default();
                let length = rest
                    .find(|letter: char| !is_of_name(letter))
                    .unwrap_or(rest.len());
                if rest.get(..length) == Some(name) {
                    found.push(Span::new(start + at, start + at + length));
                }
            }
            _ => {}
        }
    }
    found
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '-'
}

/// The name at the beginning of quoted paths: `"warehouse.customers.email"`.
fn beginnings(line: &str, start: usize, name: &str) -> Vec<Span> {
    let wanted = format!("\"{name}.");
    let found = line.match_indices(&wanted);
    let spans = found.map(|(at, _)| Span::new(start + at + 1, start + at + 1 + name.len()));
    spans.collect()
}

/// The name in `connection = "warehouse"`.
fn settings(line: &str, start: usize, name: &str) -> Vec<Span> {
    let wanted = format!("\"{name}\"");
    let found = line.match_indices(&wanted).filter(|(at, _)| {
        let before = line.get(..*at).unwrap_or_default().trim_end();
        let key = before.strip_suffix('=').map(str::trim_end);
        key.is_some_and(|key| {
            let rest = key.strip_suffix("connection");
            rest.is_some_and(|rest| !rest.ends_with(is_of_name))
        })
    });
    let spans = found.map(|(at, _)| Span::new(start + at + 1, start + at + 1 + name.len()));
    spans.collect()
}
