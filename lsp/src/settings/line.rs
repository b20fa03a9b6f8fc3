//! Where a place of the manifest stands: under which header, behind which key, between quotes or not.
//!
//! Kept true here: the text need not be whole; what is looked at ends at the place.

/// A place of the manifest.
pub(crate) struct Line<'t> {
    /// The words of the last header before it, without those that are being written.
    pub(crate) header: Vec<&'t str>,
    pub(crate) at: At<'t>,
}

/// What is being written.
pub(crate) enum At<'t> {
    /// A header: the words that end in a dot so far.
    Header(Vec<&'t str>),
    /// A key at the begin of a line, with what is written of it.
    Key,
    /// A key between quotes.
    QuotedKey,
    /// The value of a key; `inside` is the innermost key of a table between braces, and `quoted` whether it is a text.
    Value {
        key: &'t str,
        inside: Option<&'t str>,
        quoted: bool,
    },
    /// A key between braces, under a key.
    Inside { key: &'t str },
    /// A comment.
    Nothing,
}

/// Where a place stands.
pub(crate) fn line(text: &str, offset: usize) -> Line<'_> {
    let before = text.get(..offset).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.get(start..).unwrap_or_default();
    let above = before.get(..start).unwrap_or_default();
    let header = above.lines().rev().find_map(header_of).unwrap_or_default();
    Line {
        at: at(above, line),
        header,
    }
}

/// The words of a line that is a whole header.
fn header_of(line: &str) -> Option<Vec<&str>> {
    let line = line.split('#').next().unwrap_or_default().trim();
    let inside = line.strip_prefix('[')?.strip_suffix(']')?;
    let is_header = !inside.contains(['"', ',', '[', '{']);
    is_header.then(|| inside.split('.').map(str::trim).collect())
}

fn at<'t>(above: &'t str, line: &'t str) -> At<'t> {
    let begun = line.trim_start();
    let (quoted, comment) = marks(line);
    if comment {
        return At::Nothing;
    }
    if let Some(header) = begun.strip_prefix('[')
        && !goes_on(above)
    {
        let words = header.rsplit_once('.').map(|(before, _)| before);
        return At::Header(words.map_or_else(Vec::new, |words| words.split('.').collect()));
    }
    let Some((key, value)) = line.split_once('=') else {
        if let Some(key) = open_list(above) {
            return At::Value {
                key,
                inside: None,
                quoted,
            };
        }
        return if quoted { At::QuotedKey } else { At::Key };
    };
    let key = key.trim().trim_matches('"');
    let open = value.matches('{').count() > value.matches('}').count();
    if !open {
        return At::Value {
            key,
            inside: None,
            quoted,
        };
    }
    let last = value.rsplit(['{', ',']).next().unwrap_or_default();
    // A comma in a list between braces ends no key.
    let last = if last.contains(']') || value.matches('[').count() > value.matches(']').count() {
        value.rsplit('{').next().unwrap_or_default()
    } else {
        last
    };
    match last.split_once('=') {
        Some((inside, _)) => At::Value {
            key,
            inside: Some(inside.trim()),
            quoted,
        },
        None => At::Inside { key },
    }
}

/// Whether a line ends between quotes, and whether it ends in a comment.
fn marks(line: &str) -> (bool, bool) {
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            '#' if !quoted => return (false, true),
            _ => {}
        }
    }
    (quoted, false)
}

fn goes_on(above: &str) -> bool {
    open_list(above).is_some()
}

/// The key whose list over several lines is open at the end of a text.
fn open_list(above: &str) -> Option<&str> {
    for line in above.lines().rev() {
        if header_of(line).is_some() {
            return None;
        }
        if let Some((key, value)) = line.split_once('=') {
            let open = value.matches('[').count() > value.matches(']').count();
            let after = line_after(above, line);
            let closed = after.contains(']');
            return (open && !closed).then(|| key.trim());
        }
    }
    None
}

fn line_after<'t>(text: &'t str, line: &str) -> &'t str {
    text.rfind(line)
        .and_then(|at| text.get(at + line.len()..))
        .unwrap_or_default()
}
