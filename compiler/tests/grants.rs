//! What `use` grants and nothing needs, and the fix that leaves what is needed.

mod fixture;

use fixture::check_files;

/// The text after the fix of each hint, which is the same for all of them, and the number of hints.
#[track_caller]
fn tightest(text: &str) -> (usize, String) {
    let checked = check_files(&[("example.sophia", text)]);
    let hints: Vec<_> = (checked.diagnostics.iter())
        .filter(|diagnostic| diagnostic.code.as_str() == "S205")
        .collect();
    let fix = hints.first().expect("a hint").fix.as_ref().expect("a fix");
    assert!(
        hints.iter().all(|hint| hint.fix.as_ref() == Some(fix)),
        "{hints:?}"
    );
    let mut fixed = text.to_owned();
    for edit in fix.edits.iter().rev() {
        fixed.replace_range(edit.span.range(), &edit.text);
    }
    let laid_out =
        sophia_language::format(&fixed, "example.sophia".into()).expect("a file without mistakes");
    assert_eq!(fixed, laid_out, "as the formatter leaves it");
    let left = check_files(&[("example.sophia", &fixed)]);
    assert!(left.diagnostics.is_empty(), "{:?}", left.diagnostics);
    (hints.len(), fixed)
}

const STATEMENTS: &str = "query customers from warehouse {\n  select customer_id from customers\n}\n\ndo slack.add_note(text: \"{count(customers)}\")\n";

#[track_caller]
fn becomes(written: &str, hints: usize, left: &str) {
    let text = format!("playbook example\n{written}\n{STATEMENTS}");
    let wanted = format!("playbook example\n{left}\n{STATEMENTS}");
    assert_eq!(tightest(&text), (hints, wanted), "{written}");
}

#[test]
fn what_is_needed_is_left_and_sorted() {
    becomes(
        "\nuse warehouse, crm, slack\n",
        1,
        "\nuse slack, warehouse\n",
    );
    becomes(
        "\nuse warehouse, crm, slack, stripe, handbook, metrics\n",
        4,
        "\nuse slack, warehouse\n",
    );
}

#[test]
fn a_line_of_which_nothing_is_needed_goes() {
    becomes(
        "\nuse crm\nuse warehouse, slack\n",
        1,
        "\nuse slack, warehouse\n",
    );
    becomes(
        "\nuse slack, warehouse\n\nuse crm, stripe\n",
        2,
        "\nuse slack, warehouse\n",
    );
    becomes(
        "\nuse crm  # for later\n\nuse slack, warehouse\n",
        1,
        "\n# for later\n\nuse slack, warehouse\n",
    );
}

#[test]
fn a_line_that_is_right_stays_as_it_is() {
    becomes(
        "\nuse slack, warehouse  # both\nuse crm\n",
        1,
        "\nuse slack, warehouse  # both\n",
    );
}
