//! What can be done with a playbook, above its first line and its tests. The client carries the commands out.

use serde_json::json;
use sophia_diagnostics::Span;
use sophia_language::syntax::{Header, Item};

use super::place::spot_of;
use crate::project::View;
use crate::protocol::{CodeLens, CodeLensParams, Command};
use crate::server::Refusal;

/// The lenses of a document: `sophia.run` and `sophia.plan` take the address and the playbook's name, `sophia.test`
/// takes the address and the test's title, or none for all of them.
pub(crate) fn of_document(
    view: &View,
    params: CodeLensParams,
) -> Result<Option<Vec<CodeLens>>, Refusal> {
    let uri = params.text_document.uri;
    let Some(spot) = spot_of(view, &uri) else {
        return Ok(None);
    };
    let Some(parsed) = spot.parsed() else {
        return Ok(None);
    };
    let lens = |span: Span, title: String, command: &str, name: Option<&str>| CodeLens {
        range: spot.range(span),
        command: Some(Command {
            title,
            tooltip: None,
            command: command.to_owned(),
            arguments: Some(vec![json!(uri), json!(name)]),
        }),
        data: None,
    };
    let mut lenses = Vec::new();
    let tests: Vec<_> = (parsed.file.items.iter())
        .filter_map(|item| match item {
            Item::Test(test) => Some(test),
            _ => None,
        })
        .collect();
    if let Header::Playbook(name) = &parsed.file.header
        && !name.text.is_empty()
    {
        lenses.push(lens(
            name.span,
            "Run".to_owned(),
            "sophia.run",
            Some(&name.text),
        ));
        lenses.push(lens(
            name.span,
            "Plan".to_owned(),
            "sophia.plan",
            Some(&name.text),
        ));
        if !tests.is_empty() {
            let count = tests.len();
            let title = if count == 1 {
                "Test".to_owned()
            } else {
                format!("Test all {count}")
            };
            lenses.push(lens(name.span, title, "sophia.test", None));
        }
    }
    for test in tests {
        lenses.push(lens(
            test.title_span,
            "Test".to_owned(),
            "sophia.test",
            Some(&test.title),
        ));
    }
    Ok(Some(lenses))
}
