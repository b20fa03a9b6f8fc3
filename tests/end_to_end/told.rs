//! What only the program can tell: about folders, names, tests and what a run comes to, each by its code.

use crate::project::{Called, Project};

const MANIFEST: &str =
    "[project]\nname = \"told\"\n\n[models.nobody]\nkind = \"openai\"\nmodel = \"gpt-4o\"\n";

fn project(playbooks: &[(&str, &str)]) -> Project {
    let project = Project::empty();
    project.write("sophia.toml", MANIFEST);
    for (name, text) in playbooks {
        project.write(
            &format!("{name}.sophia"),
            &format!("playbook {name}\n\n{text}\n"),
        );
    }
    project
}

/// That both streams together name a code once or more, in calm words.
#[track_caller]
fn tells(called: Called, exit: i32, code: &str) {
    let called = called.expect(exit).expect_calm();
    assert!(
        called.err.contains(code) || called.out.contains(code),
        "{code} is not told:\n{}\n{}",
        called.out,
        called.err
    );
}

#[test]
fn a_folder_without_a_project_is_told() {
    tells(Project::empty().sophia(&["check", "."]), 2, "S927");
}

#[test]
fn a_folder_that_holds_something_is_not_written_over() {
    let taken = project(&[]);
    tells(taken.sophia(&["new", "."]), 2, "S985");
}

#[test]
fn a_code_that_is_not_there_is_told() {
    tells(Project::empty().sophia(&["explain", "S000"]), 2, "S986");
}

#[test]
fn a_playbook_is_named_where_there_are_several() {
    let several = project(&[("one", "return 1"), ("two", "return 2")]);
    tells(several.sophia(&["run", "."]), 2, "S928");
}

#[test]
fn a_root_of_a_negative_number_fails_the_run() {
    let text = "input n: number = 4.0\n\nlet root = square_root(n - 5.0)\n\nreturn root";
    tells(project(&[("root", text)]).sophia(&["run", "."]), 1, "S946");
}

#[test]
fn a_model_that_nobody_answers_fails_the_run() {
    let text = "model say(what: text) -> text {\n  route nobody\n  prompt \"Say {what}.\"\n}\n\nlet said = say(\"good day\")\n\nreturn said";
    tells(project(&[("says", text)]).sophia(&["run", "."]), 1, "S949");
}

#[test]
fn a_test_says_what_it_gives() {
    let model = "model say(what: text) -> text {\n  route nobody\n  prompt \"Say {what}.\"\n}\n\nlet said = say(\"good day\")\n\nreturn said\n\ntest \"it says something\" {\n  GIVEN\n  run\n  expect result = \"Good day.\"\n}";
    // S989 and S987 stand in the sheet of a test by their sentences.
    let nothing = model.replace("  GIVEN\n", "");
    tells(
        project(&[("says", &nothing)]).sophia(&["test"]),
        1,
        "The test gives nothing for",
    );
    let fails = model.replace("GIVEN", "given say fails \"no room\" 9 times");
    tells(project(&[("says", &fails)]).sophia(&["test"]), 1, "no room");
}

const WAREHOUSE: &str = "[project]\nname = \"told\"\n\n[connections.warehouse]\nkind = \"sqlite\"\nseed = [\"*.csv\"]\n";

#[test]
fn what_a_run_waits_for_at_a_source_is_told() {
    let with = |settings: &str, text: &str| {
        let project = project(&[("reads", text)]);
        project.write("sophia.toml", &format!("{WAREHOUSE}{settings}\n"));
        project.write("orders.csv", "id,amount\na,10\nb,20\n");
        project.sophia(&["sync"]).expect(0);
        project
    };
    let limited = "use warehouse\n\nquery first_one from warehouse { select id from orders limit 1 }\n\nquery all from warehouse { select amount from orders }\n\nlet one = first_one\nwait 0 seconds\nlet two = all timeout 1 second\n\nreturn count(one) + count(two)";
    tells(
        with("limit = \"1 per hour\"", limited).sophia(&["run", "."]),
        1,
        "S874",
    );
    let metric = "use warehouse, metrics\n\nmetric paid: number from warehouse {\n  select date(id) as day, sum(amount) as value from orders where id = 'c' group by day\n}\n\nreturn paid.latest";
    tells(with("", metric).sophia(&["run", "."]), 1, "S924");
}
