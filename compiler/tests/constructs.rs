//! Mistakes inside constructs and across files are told once, each in its own file.

mod fixture;

const HEADER: &str = "playbook example

use warehouse, slack, crm, handbook

query customers from warehouse {
  select customer_id, contract, tenure from customers
}

";

#[test]
fn a_mistake_inside_a_construct_is_told() {
    let text = format!(
        "{HEADER}input kind: \"a\" | \"b\" = \"a\"\n\nmatch kind {{\n  \"a\" {{ do slack.add_note(txt: \"one\") }}\n  \"b\" {{ }}\n}}\nlet a = customers | take \"3\"\n"
    );
    let codes: Vec<String> = fixture::complaints(&text)
        .into_iter()
        .map(|(_, code, _)| code)
        .collect();
    assert_eq!(codes, ["S502", "S301"]);
}

#[test]
fn a_range_tests_like_between() {
    let inside = fixture::complaints(
        "playbook example\n\nuse warehouse\n\nquery customers from warehouse { select tenure from customers }\n\nlet some = customers | where tenure in 1..5\nlet none_of = customers | where tenure not in 1..5\n",
    );
    assert_eq!(inside, []);
    let wrong = fixture::complaints("playbook example\n\nlet a = \"x\" in 1..5\n");
    let codes: Vec<&str> = wrong.iter().map(|(_, code, _)| code.as_str()).collect();
    assert_eq!(codes, ["S308"]);
}

#[test]
fn an_action_of_a_module_is_called_and_its_mistakes_are_told_in_the_module() {
    let with = |body: &str| {
        let module =
            format!("module desk\n\nuse slack\n\naction tell(text: text) {{\n  {body}\n}}\n");
        let checked = fixture::check_files(&[
            ("desk.sophia", &module),
            (
                "example.sophia",
                "playbook example\n\nuse desk\n\ndo desk.tell(\"Hello.\")\n",
            ),
        ]);
        let found: Vec<(String, &str)> = checked
            .diagnostics
            .iter()
            .map(|diagnostic| (diagnostic.file.to_string(), diagnostic.code.as_str()))
            .collect();
        format!("{found:?}")
    };
    assert_eq!(with("do slack.add_note(text: text)"), "[]");
    assert_eq!(
        with("do slack.add_note(txt: text)"),
        "[(\"desk.sophia\", \"S502\")]"
    );
}

#[test]
fn what_cannot_be_called_counted_or_given_is_told_whatever_it_is() {
    let state = "state seen: boolean = false\n";
    let function = "function twice(n: integer) -> integer = n * 2\n";
    for (body, code) in [
        (format!("{function}do twice(1)"), "S510"),
        (format!("{state}do seen(1)"), "S510"),
        (format!("{state}do seen.write(to: true)"), "S319"),
        (
            format!("{function}test \"it works\" {{\n  run\n  expect twice called once\n}}"),
            "S856",
        ),
        (
            format!("{function}test \"it works\" {{\n  given twice = 4\n  run\n}}"),
            "S851",
        ),
        (
            format!(
                "{function}model say(n: type of twice) -> text {{\n  route local\n  prompt \"{{n}}\"\n}}"
            ),
            "S209",
        ),
    ] {
        let codes: Vec<String> = fixture::complaints(&format!("{HEADER}{body}\n"))
            .into_iter()
            .map(|(_, code, _)| code)
            .filter(|code| code != "S205")
            .collect();
        assert_eq!(codes, [code], "{body}");
    }
}
