//! The language reference in `docs/language`, held against the program: every example is read, laid out
//! and checked, and gives the complaints that its comments announce, and no other.
//!
//! An example fenced `sophia` is checked in full. One fenced `sophia reads` shows a construct that can
//! be read and not run yet: it gives at least one S890 or S330, so it loses the mark when it is checked
//! in full.

mod fixture;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use fixture::{Example, announced, fenced, pages};
use sophia_compiler::project::ToolSettings;
use sophia_compiler::{Snapshot, SourceFile, check};
use sophia_diagnostics::LineIndex;
use sophia_language::{format, parse};

const FOLDER: &str = "../docs/language";
const INDEX: &str = "README.md";
const EXAMPLE: &str = "example.sophia";
/// The codes of what can be read and not run yet: a construct, and a part of an expression.
const NOT_RUN: [&str; 2] = ["S890", "S330"];

/// The other files of the project, which the examples run.
const NEIGHBOURS: [(&str, &str); 2] = [
    (
        "close_books.sophia",
        "playbook close_books\n\ninput month: date\n",
    ),
    (
        "tell_owners.sophia",
        "playbook tell_owners\n\ninput report: text\n",
    ),
];

/// An example of a page, and whether it can only be read.
struct Shown {
    page: String,
    only_read: bool,
    example: Example,
}

fn shown() -> Vec<Shown> {
    let mut shown = Vec::new();
    for (page, text) in pages(FOLDER) {
        for (fence, only_read) in [("sophia", false), ("sophia reads", true)] {
            shown.extend(fenced(&text, fence).into_iter().map(|example| Shown {
                page: page.clone(),
                only_read,
                example,
            }));
        }
    }
    shown
}

/// The complaints of an example in the project of the specification, as (line, code, sentence).
fn complaints(text: &str) -> Vec<(u32, String, String)> {
    let mut manifest = fixture::manifest();
    for tool in ["hubspot", "stripe", "zendesk"] {
        manifest
            .tools
            .insert(tool.to_owned(), ToolSettings::default());
    }
    if let Some(zendesk) = manifest.tools.get_mut("zendesk") {
        let body = vec!["body".to_owned()];
        zendesk.content.insert("reply".to_owned(), body);
    }
    for (path, unit) in [
        ("warehouse.deals.amount", "money USD"),
        ("warehouse.invoices.amount", "money USD"),
        ("stripe.create_refund.amount", "money USD"),
        ("hubspot.update_deal.discount", "percent"),
    ] {
        manifest.units.insert(path.to_owned(), unit.to_owned());
    }
    let checked = check(&Snapshot {
        manifest,
        catalogue: fixture::catalogue(),
        files: [(EXAMPLE, text)]
            .into_iter()
            .chain(NEIGHBOURS)
            .map(|(path, text)| SourceFile {
                path: Arc::from(path),
                text: Arc::from(text),
            })
            .collect(),
    });
    let lines = LineIndex::new(text);
    checked
        .diagnostics
        .iter()
        .filter(|diagnostic| &*diagnostic.file == EXAMPLE)
        .map(|diagnostic| {
            let position = lines.position(diagnostic.span.start as usize);
            let code = diagnostic.code.to_string();
            (position.line, code, diagnostic.message.clone())
        })
        .collect()
}

fn is_syntax(code: &str) -> bool {
    code.starts_with("S1")
}

#[test]
fn every_example_gives_what_it_announces() {
    let mut report = String::new();
    let shown = shown();
    for Shown {
        page,
        only_read,
        example,
    } in &shown
    {
        let mut expected = announced(&example.text);
        let mut not_run = 0;
        for (line, code, told) in complaints(&example.text) {
            let at = expected
                .iter()
                .position(|wanted| *wanted == (line, code.clone()));
            if let Some(at) = at {
                expected.remove(at);
            } else if *only_read && NOT_RUN.contains(&code.as_str()) {
                not_run += 1;
            } else {
                let at = example.line + line as usize;
                let _ = writeln!(report, "{page}:{at} came     {code} {told}");
            }
        }
        for (line, code) in expected {
            let at = example.line + line as usize;
            let _ = writeln!(report, "{page}:{at} expected {code}");
        }
        if *only_read && not_run == 0 {
            let at = example.line;
            let _ = writeln!(report, "{page}:{at} is checked in full: drop `reads`");
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
    for Shown { page, example, .. } in shown() {
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
        let mut examples = fenced(text, "sophia");
        let read = fenced(text, "sophia reads");
        let begins_read = read
            .first()
            .is_some_and(|read| examples.iter().all(|example| read.line < example.line));
        let mark = if begins_read {
            " *Read, not run yet.*"
        } else if read.is_empty() {
            ""
        } else {
            " *In part.*"
        };
        examples.extend(read);
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
            Some(line) if line.ends_with(&format!(".{mark}")) => {}
            Some(line) => {
                let _ = writeln!(
                    report,
                    "the index marks {page} otherwise than `{mark}`: {line}"
                );
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
