//! The language reference in `docs/language`, held against the program: every example is read, laid out
//! and checked, and gives the complaints that its comments announce, and no other.
//!
//! An example is fenced `sophia`; a fence `sophia file=NAME` is a further file of the example that follows.

mod fixture;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use fixture::{EXAMPLE, Example, announced, complaints_among, examples, pages};
use sophia_language::{format, parse};

const FOLDER: &str = "../docs/language";
const INDEX: &str = "README.md";
/// The other files of the project, which the examples run or listen to.
const NEIGHBOURS: [(&str, &str); 3] = [
    (
        "close_books.sophia",
        "playbook close_books\n\ninput month: date\n\nreturn \"{month} is closed.\"\n",
    ),
    (
        "tell_owners.sophia",
        "playbook tell_owners\n\ninput report: text\n",
    ),
    (
        "revenue_watch.sophia",
        "playbook revenue_watch\n\nemit revenue_dip { at: now, paid: $5,000 }\n",
    ),
];

/// An example of a page.
struct Shown {
    page: String,
    example: Example,
}

fn shown() -> Vec<Shown> {
    let mut shown = Vec::new();
    for (page, text) in pages(FOLDER) {
        shown.extend(examples(&text).into_iter().map(|example| Shown {
            page: page.clone(),
            example,
        }));
    }
    shown
}

/// The files of an example's project, itself first.
fn project(example: &Example) -> Vec<(&str, &str)> {
    let mut files = example.files();
    files.extend(NEIGHBOURS);
    files
}

fn is_syntax(code: &str) -> bool {
    code.starts_with("S1")
}

#[test]
fn every_example_gives_what_it_announces() {
    let mut report = String::new();
    let shown = shown();
    for Shown { page, example } in &shown {
        let mut expected = announced(&example.text);
        for (line, code, told) in complaints_among(&project(example)) {
            let at = expected
                .iter()
                .position(|wanted| *wanted == (line, code.clone()));
            if let Some(at) = at {
                expected.remove(at);
            } else {
                let at = example.line + line as usize;
                let _ = writeln!(report, "{page}:{at} came     {code} {told}");
            }
        }
        for (line, code) in expected {
            let at = example.line + line as usize;
            let _ = writeln!(report, "{page}:{at} expected {code}");
        }
    }
    let count = shown.len();
    #[expect(clippy::print_stdout, reason = "says how much was held")]
    {
        println!("{count} examples on {} pages", pages(FOLDER).len() - 1);
    }
    assert!(count > 120, "the pages hold {count} examples");
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn every_example_is_read_and_laid_out() {
    let mut report = String::new();
    for Shown { page, example } in shown() {
        let at = example.line;
        let wanted: BTreeSet<String> = announced(&example.text)
            .into_iter()
            .map(|(_, code)| code)
            .filter(|code| is_syntax(code))
            .collect();
        let file: Arc<str> = Arc::from(EXAMPLE);
        let came: BTreeSet<String> = parse(&example.text, file.clone())
            .diagnostics
            .iter()
            .map(|diagnostic| diagnostic.code.to_string())
            .filter(|code| is_syntax(code))
            .collect();
        if came != wanted {
            let _ = writeln!(report, "{page}:{at} reading gives {came:?}, not {wanted:?}");
            continue;
        }
        if !wanted.is_empty() {
            continue;
        }
        match format(&example.text, file) {
            Ok(text) if text == example.text => {}
            Ok(text) => {
                let _ = writeln!(report, "{page}:{at} is laid out as\n{text}");
            }
            Err(mistakes) => {
                let _ = writeln!(report, "{page}:{at} is not laid out: {mistakes:?}");
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn every_fence_is_known() {
    let mut report = String::new();
    for (page, text) in pages(FOLDER) {
        for (line, words) in (1..).zip(text.lines()) {
            let words = words.trim_end();
            if words.starts_with("```sophia")
                && words != "```sophia"
                && words != "```sophia policy"
                && !words.starts_with("```sophia file=")
            {
                let _ = writeln!(report, "{page}:{line} {words}");
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn every_page_has_its_parts() {
    let pages = pages(FOLDER);
    let index = pages
        .iter()
        .find(|(page, _)| page == INDEX)
        .map_or("", |(_, text)| text.as_str());
    let constructs: Vec<&(String, String)> =
        pages.iter().filter(|(page, _)| page != INDEX).collect();
    assert!(constructs.len() >= 35, "{} pages", constructs.len());
    let mut report = String::new();
    for (page, text) in constructs {
        let examples = examples(text);
        let mistakes = examples
            .iter()
            .any(|example| example.heading == "Mistakes" && !announced(&example.text).is_empty());
        if !mistakes {
            let _ = writeln!(report, "{page} shows no mistake");
        }
        if !text.starts_with("# ") || !text.contains("\n## See also\n") {
            let _ = writeln!(report, "{page} lacks its title or `See also`");
        }
        let line = index
            .lines()
            .find(|line| line.starts_with("- [") && line.contains(&format!("]({page}): ")));
        match line {
            Some(line) if line.ends_with('.') => {}
            Some(line) => {
                let _ = writeln!(report, "the index marks {page}: {line}");
            }
            None => {
                let _ = writeln!(report, "the index lacks {page}");
            }
        }
        for link in links(text) {
            let page = link.split('#').next().unwrap_or_default();
            if !page.starts_with("../") && !pages.iter().any(|(known, _)| known == page) {
                let _ = writeln!(report, "{link} leads nowhere");
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

/// Where the links of a page lead.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("](").filter_map(|(at, mark)| {
        let rest = text.get(at + mark.len()..)?;
        rest.split_once(')').map(|(link, _)| link)
    })
}

#[test]
fn every_syntax_code_is_shown() {
    let shown: BTreeSet<String> = shown()
        .iter()
        .flat_map(|shown| announced(&shown.example.text))
        .map(|(_, code)| code)
        .collect();
    let missing: Vec<String> = pages("../docs/diagnostics")
        .into_iter()
        .map(|(page, _)| page.trim_end_matches(".md").to_owned())
        .filter(|code| is_syntax(code) && !shown.contains(code))
        .collect();
    assert!(missing.is_empty(), "no page shows {missing:?}");
}
