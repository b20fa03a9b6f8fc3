//! The pages of the diagnostics: every example marked bad gives exactly its code, every one marked
//! good gives nothing.

use crate::common::complaints;

/// The fenced example under a heading.
fn example<'a>(page: &'a str, heading: &str) -> Option<&'a str> {
    let (_, after) = page.split_once(&format!("\n## {heading}\n"))?;
    let (_, fenced) = after.split_once("```sophia\n")?;
    fenced.split_once("```").map(|(example, _)| example)
}

#[test]
fn examples_do_as_they_say() {
    let mut seen = 0;
    for page in sophia_diagnostics::pages() {
        if !page.code.starts_with("S1") {
            continue;
        }
        seen += 1;
        let bad =
            example(page.text, "Bad").unwrap_or_else(|| panic!("{} has no bad example", page.code));
        let codes: Vec<String> = complaints(bad).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, [page.code], "{bad}");
        let good = example(page.text, "Good")
            .unwrap_or_else(|| panic!("{} has no good example", page.code));
        assert_eq!(complaints(good), vec![], "{good}");
    }
    assert!(seen > 20, "{seen}");
}
