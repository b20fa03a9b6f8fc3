//! Probe.
mod fixture;
use std::collections::BTreeMap;

/// Mutates one word of each clean example and reports mutants with several complaints.
#[test]
fn probe() {
    let mut report: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut total = 0;
    let mut multi = 0;
    for folder in ["../docs/diagnostics", "tests/specification"] {
        for (name, page) in fixture::pages(folder) {
            if folder.contains("docs") && !(name.starts_with("S2") || name.starts_with("S3")|| name.starts_with("S5")|| name.starts_with("S8")) { continue; }
            for example in fixture::examples(&page) {
                if folder.contains("docs") && example.heading != "Good" { continue; }
                if example.text.contains("# error") || example.text.contains("# warning") { continue; }
                // words
                let text = &example.text;
                let mut start = None;
                let mut words = Vec::new();
                for (i, c) in text.char_indices().chain([(text.len(), ' ')]) {
                    if c.is_alphanumeric() || c == '_' { start.get_or_insert(i); }
                    else if let Some(s) = start.take() { words.push((s, i)); }
                }
                for (s, e) in words {
                    let word = &text[s..e];
                    if s < text.find('\n').unwrap_or(0) { continue; }
                    for mutant in [format!("{word}x"), String::new(), "5".to_owned(), "\"a\"".to_owned(), "none".to_owned(), "true".to_owned()] {
                        let changed = format!("{}{}{}", &text[..s], mutant, &text[e..]);
                        let came = fixture::complaints(&changed);
                        total += 1;
                        if came.len() > 1 {
                            let codes: Vec<&str> = came.iter().map(|c| c.1.as_str()).collect();
                            multi += 1;
                            let line = text[..s].matches('\n').count();
                            let line_text = changed.lines().nth(line).unwrap_or("");
                            let told: Vec<String> = came.iter().map(|c| format!("      {}: {} {}", c.0, c.1, c.2)).collect();
                            report.entry(codes.join(" ")).or_default().push(format!("{name} `{word}`→`{mutant}` line {}: {line_text}\n{}", line + 1, told.join("\n")));
                        }
                    }
                }
            }
        }
    }
    println!("{total} mutants, {multi} with several");
    let mut all: Vec<_> = report.into_iter().collect();
    all.sort_by_key(|(_, v)| std::cmp::Reverse(v.len()));
    for (codes, list) in all {
        println!("== {codes}: {}", list.len());
        let step = (list.len() / 3).max(1);
        for one in list.iter().step_by(step).take(3) { println!("   {one}"); }
    }
}
