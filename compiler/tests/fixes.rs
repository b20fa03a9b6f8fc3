//! Fixes of common mistakes: what they write checks.

mod fixture;

use fixture::check_files;

/// The playbook with every fix of its mistakes made.
fn mended(text: &str) -> (Vec<String>, String) {
    let checked = check_files(&[("example.sophia", text)]);
    let mut edits = Vec::new();
    let mut told = Vec::new();
    for diagnostic in &checked.diagnostics {
        told.push(format!("{} {}", diagnostic.code, diagnostic.message));
        if let Some(fix) = &diagnostic.fix {
            edits.extend(fix.edits.iter().cloned());
        }
    }
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    let mut text = text.to_owned();
    for edit in edits {
        text.replace_range(edit.span.range(), &edit.text);
    }
    (told, text)
}

#[test]
fn what_a_fix_writes_checks() {
    for (condition, told, meant) in [
        (
            r#"region in ("EMEA", "APAC")"#,
            "S101 The items of a list stand in square brackets.",
            r#"region in ["EMEA", "APAC"]"#,
        ),
        (
            r#"region in ("EMEA")"#,
            "S312 `in` looks into a list, and this is text.",
            r#"region in ["EMEA"]"#,
        ),
        (
            "day < today - 30",
            "S307 A date is moved by a duration, and `30` does not say of what.",
            "day < today - 30 days",
        ),
        (
            "day < today + 1",
            "S307 A date is moved by a duration, and `1` does not say of what.",
            "day < today + 1 day",
        ),
        (
            "day < today - size",
            "S307 A date is moved by a duration, and `size` does not say of what.",
            "day < today - days(size)",
        ),
        (
            r#"day = "2026-11-22""#,
            "S308 A date is not compared with text.",
            "day = 2026-11-22",
        ),
        (
            r#""2026-11-22" <= day"#,
            "S308 Text is not compared with a date.",
            "2026-11-22 <= day",
        ),
        (
            "today - day > 30",
            "S308 A duration is not compared with an integer.",
            "today - day > 30 days",
        ),
    ] {
        let around = |condition: &str| {
            format!(
                "playbook example\n\ninput region: text\ninput day: date\ninput size: integer\n\nlet found = {condition}\n\nreturn {{ found: found, region: region, day: day, size: size }}\n"
            )
        };
        let (came, text) = mended(&around(condition));
        assert_eq!(came, [told], "{condition}");
        assert_eq!(text, around(meant), "{condition}");
        assert!(mended(&text).0.is_empty(), "{text}");
    }
}
