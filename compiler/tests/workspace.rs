//! What a workspace answers after any change is what a check from nothing answers.

mod changing;
mod fixture;

use std::collections::BTreeMap;
use std::sync::Arc;

use changing::{Edit, Editor, FILES, long_playbook};
use sophia_compiler::{Checked, Snapshot, SourceFile, Workspace, check};

const SEEDS: u64 = 6;
const EDITS: usize = 40;
/// How many parts the long playbook has: about 1,000 lines.
const LONG: usize = 36;
const EDITS_OF_THE_LONG_ONE: usize = 12;

fn files() -> Vec<(String, String)> {
    let files = FILES.iter();
    (files.map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))).collect()
}

fn workspace() -> Workspace {
    workspace_of(&files())
}

fn workspace_of(files: &[(String, String)]) -> Workspace {
    let files = files.iter().map(|(path, text)| SourceFile {
        path: Arc::from(path.as_str()),
        text: Arc::from(text.as_str()),
    });
    let mut files: Vec<SourceFile> = files.collect();
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Workspace::new(Snapshot {
        manifest: fixture::manifest(),
        catalogue: fixture::catalogue(),
        files,
    })
}

/// Numbers that are equal may be written in several ways, which a comparison of values does not tell.
fn written(checked: &Checked) -> String {
    format!("{checked:?}")
}

fn make(workspace: &mut Workspace, edit: Edit) {
    match edit {
        Edit::Write(path, text) => workspace.write(&path, text),
        Edit::Remove(path) => assert!(workspace.remove(&path)),
        Edit::Manifest(manifest) => workspace.set_manifest(*manifest),
        Edit::Catalogue(catalogue) => workspace.set_catalogue(*catalogue),
    }
}

/// Holds what a workspace answers against a check from nothing, and what it calls news against what is otherwise.
fn compare(workspace: &mut Workspace, told: &str) {
    let expected = check(workspace.snapshot());
    let before = workspace.checked().playbooks.clone();
    let found = workspace.check().clone();
    if let Some(news) = workspace.news() {
        let news: Vec<_> = news.collect();
        assert_eq!(before.len(), found.playbooks.len(), "{told}");
        for (before, now) in before.iter().zip(&found.playbooks) {
            let same = same(before.plan.as_ref(), now.plan.as_ref())
                && same(before.facts.as_ref(), now.facts.as_ref())
                && same(before.outlook.as_ref(), now.outlook.as_ref());
            assert!(same || news.contains(&&now.file), "{told}: {}", now.file);
        }
    }
    let found = &found;
    if *found != expected || written(found) != written(&expected) {
        let (found, expected) = (format!("{found:#?}"), format!("{expected:#?}"));
        let lines = found.lines().zip(expected.lines()).enumerate();
        let other = lines.filter(|(_, (found, expected))| found != expected);
        let other: Vec<_> = other.take(5).collect();
        panic!("{told}\nkept and from nothing differ: {other:#?}");
    }
}

fn same<T>(one: Option<&Arc<T>>, other: Option<&Arc<T>>) -> bool {
    one.map(Arc::as_ptr) == other.map(Arc::as_ptr)
}

/// Holds what was found by its place in open files against what another workspace finds in the same files, and what that
/// one tells early against what it tells in the end.
fn compare_places(workspace: &Workspace, told: &str) {
    let mut fresh = Workspace::new(workspace.snapshot().clone());
    fresh.note(workspace.noted().iter().cloned());
    let early = fresh.look_early();
    fresh.check();
    assert_eq!(
        written(fresh.checked()),
        written(workspace.checked()),
        "{told}"
    );
    for (path, said) in early {
        let all = fresh.checked().diagnostics.iter();
        let all: Vec<_> = all.filter(|told| told.file == path).cloned().collect();
        assert_eq!(said, all, "{told}: what is told early of {path}");
    }
    for path in workspace.noted() {
        let (found, expected) = (workspace.places(path), fresh.places(path));
        assert_eq!(
            format!("{found:?}"),
            format!("{expected:?}"),
            "{told}: the places of {path}"
        );
    }
}

/// The lines of a module stay where they are while its letters move, and somebody else's way goes through them.
#[test]
fn places_of_a_module_on_the_way_of_another_playbook_are_where_they_are_now() {
    let module = |remark: &str| {
        format!(
            "module std.people\n\nuse warehouse\n\n## {remark}\nquery contacts from warehouse, at most 5 rows {{\n  select contact_id, email from contacts\n}}\n"
        )
    };
    let finds = "playbook finds\n\nuse std.people\n\nfor each contact in people.contacts() {\n  emit contact_found { who: contact.email }\n}\n";
    let hears = "playbook hears\n\nuse slack\n\ntrigger on event contact_found as found\n\ndo slack.add_note(text: found.who)\n";
    let files = [
        ("finds.sophia", finds.to_owned()),
        ("hears.sophia", hears.to_owned()),
        ("people.sophia", module("Whom we know.")),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text));
    let mut workspace = workspace_of(&files);
    workspace.check();
    let stops = |workspace: &Workspace| -> usize {
        let diagnostics = workspace.checked().diagnostics.iter();
        let related = diagnostics.flat_map(|told| told.related.iter());
        related
            .filter(|stop| *stop.file == *"people.sophia")
            .count()
    };
    assert!(
        stops(&workspace) > 0,
        "{:#?}",
        workspace.checked().diagnostics
    );
    for remark in ["Everybody whom we have ever known.", "Us."] {
        workspace.write("people.sophia", module(remark));
        compare(&mut workspace, remark);
    }
}

#[test]
fn any_change_is_answered_as_from_nothing() {
    let (mut sound, mut plans, mut complaints) = (0, 0, 0);
    for seed in 0..SEEDS {
        let mut editor = Editor::new(seed, &files(), fixture::manifest(), fixture::catalogue());
        let mut workspace = workspace();
        // An editor has some files open in one session, and others in the next.
        let open = |file: &(usize, &(&str, &str))| !(file.0 as u64 + seed).is_multiple_of(3);
        let open = FILES.iter().enumerate().filter(open);
        workspace.note(open.map(|(_, (path, _))| Arc::from(*path)));
        for number in 0..EDITS {
            let edit = editor.next();
            let told = format!("seed {seed}, edit {number}: {edit:?}");
            make(&mut workspace, edit);
            // Several changes may come before the next question.
            if editor.random.below(5) == 0 {
                continue;
            }
            compare(&mut workspace, &told);
            if number % 2 == 0 {
                drop(workspace.tidy());
            }
            if number % 7 == 0 {
                compare_places(&workspace, &told);
            }
            let found = workspace.checked();
            sound += usize::from(found.is_clean());
            plans += found
                .playbooks
                .iter()
                .filter(|book| book.plan.is_some())
                .count();
            complaints += found.diagnostics.len();
        }
    }
    // A project that is always broken, or never, would show little.
    assert!(sound > 2, "{sound} sound projects");
    assert!(plans > 500, "{plans} plans");
    assert!(complaints > 500, "{complaints} complaints");
}

#[test]
fn any_change_of_a_long_playbook_is_answered_as_from_nothing() {
    let long = long_playbook(LONG);
    let mut sound = workspace_of(&[("long.sophia".to_owned(), long.clone())]);
    assert!(
        sound.check().is_clean(),
        "{:#?}",
        sound.checked().diagnostics
    );
    let others = files()
        .into_iter()
        .filter(|(path, _)| path == "policies.sophia");
    let files: Vec<_> = others.chain([("long.sophia".to_owned(), long)]).collect();
    let mut plans = 0;
    for seed in 0..SEEDS {
        let mut editor = Editor::new(seed, &files, fixture::manifest(), fixture::catalogue());
        let mut workspace = workspace_of(&files);
        workspace.note([Arc::from("long.sophia")]);
        for number in 0..EDITS_OF_THE_LONG_ONE {
            let edit = editor.next();
            let told = format!("seed {seed}, edit {number}: {edit:?}");
            make(&mut workspace, edit);
            compare(&mut workspace, &told);
            if number % 4 > 0 {
                drop(workspace.tidy());
            }
            if number % 4 == 1 {
                compare_places(&workspace, &told);
            }
            let playbooks = workspace.checked().playbooks.iter();
            plans += playbooks.filter(|book| book.plan.is_some()).count();
        }
    }
    assert!(plans > 10, "{plans} plans");
}

#[test]
fn any_change_that_leaves_a_long_playbook_sound_is_answered_as_from_nothing() {
    let policies = |(path, _): &(String, String)| path == "policies.sophia";
    let long = ("long.sophia".to_owned(), long_playbook(LONG));
    let files: Vec<_> = files().into_iter().filter(policies).chain([long]).collect();
    let (mut sound, mut edits) = (0, 0);
    let mut told_of = BTreeMap::new();
    for seed in 0..SEEDS {
        let mut editor = Editor::new(seed, &files, fixture::manifest(), fixture::catalogue());
        let mut workspace = workspace_of(&files);
        workspace.note([Arc::from("long.sophia")]);
        for number in 0..EDITS_OF_THE_LONG_ONE {
            // Now and then it is broken, or mended, or what it is held against is another.
            let edit = match editor.random.below(10) {
                0 => editor.next(),
                1 => editor.next_upstream("policies.sophia"),
                _ => editor.next_sound("long.sophia"),
            };
            let told = format!("seed {seed}, edit {number}: {edit:?}");
            make(&mut workspace, edit);
            compare(&mut workspace, &told);
            if number % 3 > 0 {
                drop(workspace.tidy());
            }
            if number % 4 == 1 {
                compare_places(&workspace, &told);
            }
            edits += 1;
            let found = workspace.checked();
            sound += usize::from(found.is_clean());
            for diagnostic in &found.diagnostics {
                *told_of.entry(diagnostic.code).or_insert(0) += 1;
            }
        }
    }
    assert!(sound > edits / 3, "{sound} of {edits} sound: {told_of:?}");
}

#[test]
fn the_project_that_is_changed_is_sound() {
    let mut workspace = workspace();
    let checked = workspace.check();
    let told: Vec<String> = (checked.diagnostics.iter())
        .map(|told| format!("{} {}: {}", told.code, told.file, told.message))
        .collect();
    assert!(checked.is_clean(), "{told:#?}");
    assert_eq!(checked.playbooks.len(), 10);
    assert_eq!(checked.policies.len(), 3);
}

#[test]
fn what_a_change_does_not_touch_is_kept() {
    let mut workspace = workspace();
    let before = workspace.check().clone();
    let text = FILES[10].1.replace("100", "200");
    workspace.write(FILES[10].0, text);
    let after = workspace.check().clone();
    for (before, after) in before.playbooks.iter().zip(&after.playbooks) {
        let same = before.plan.as_ref().map(Arc::as_ptr) == after.plan.as_ref().map(Arc::as_ptr);
        assert_eq!(same, &*before.name != "refund", "{}", before.name);
    }
}

#[test]
fn a_file_stands_where_its_path_belongs() {
    let mut workspace = workspace();
    workspace.write("between.sophia", "playbook between\n");
    let paths: Vec<String> = (workspace.snapshot().files.iter())
        .map(|file| file.path.to_string())
        .collect();
    let mut sorted = paths.clone();
    sorted.sort();
    assert_eq!(paths, sorted);
    assert!(workspace.remove("between.sophia"));
    assert!(!workspace.remove("between.sophia"));
}
