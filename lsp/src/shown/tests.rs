//! The tests that stand in playbooks, as they are written: also while something else in their file is wrong.

use serde::Serialize;
use sophia_language::syntax::{Header, Item};

use crate::project::{Spot, View, address};
use crate::protocol::{Range, Uri};

/// The tests of one file.
#[derive(Serialize)]
pub(super) struct TestsOfFile {
    uri: Uri,
    playbook: String,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    title: String,
    range: Range,
}

pub(super) fn of_everything(view: &View) -> Vec<TestsOfFile> {
    let spots = view.projects.values().flat_map(|project| {
        project.files.values().map(move |file| Spot {
            view,
            project: Some(project),
            file,
        })
    });
    spots.filter_map(|spot| of_file(&spot)).collect()
}

/// The tests of a playbook; nothing where it has none.
fn of_file(spot: &Spot<'_>) -> Option<TestsOfFile> {
    let tree = &spot.parsed()?.file;
    let Header::Playbook(playbook) = &tree.header else {
        return None;
    };
    let tests = tree.items.iter().filter_map(|item| match item {
        Item::Test(test) => Some(Test {
            title: test.title.clone(),
            range: spot.range(test.span),
        }),
        _ => None,
    });
    let tests: Vec<Test> = tests.collect();
    Some(TestsOfFile {
        uri: address(&spot.project?.root, &spot.file.name)?,
        playbook: playbook.text.clone(),
        tests,
    })
    .filter(|file| !file.tests.is_empty())
}
