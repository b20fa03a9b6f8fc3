//! The manifest: the whole of it is understood, and mistakes stand at their places.

use std::sync::Arc;

use sophia_compiler::project::{Manifest, PrioritySetting};
use sophia_diagnostics::Diagnostic;
use sophia_plan::types::{Currency, Type};

fn read(text: &str) -> (Manifest, Vec<Diagnostic>) {
    let file: Arc<str> = "sophia.toml".into();
    Manifest::from_toml(text, &file)
}

#[test]
fn a_whole_manifest_is_read_without_complaint() {
    let (manifest, diagnostics) = read(include_str!("data/sophia.toml"));
    assert_eq!(diagnostics, []);
    assert_eq!(manifest.name, "pay-ready");
    assert_eq!(manifest.connections["warehouse"].kind, "snowflake");
    assert_eq!(
        manifest.connections["warehouse"].other["account"].as_str(),
        Some("xy12345")
    );
    let slack = &manifest.tools["slack"];
    assert_eq!(slack.command.len(), 3);
    assert_eq!(slack.secrets["SLACK_BOT_TOKEN"], "slack_token");
    assert_eq!(slack.rename["post_message"]["channel"], "channel_id");
    assert_eq!(slack.returns["post_message"], "{ ok: boolean, ts: text }");
    let openai = &manifest.models["openai"];
    assert_eq!(openai.key_secret.as_deref(), Some("openai_key"));
    assert_eq!(
        openai.price.map(|(input, _)| input.to_string()).as_deref(),
        Some("2.50")
    );
    assert_eq!(
        manifest.models["minilm"].file.as_deref(),
        Some("models/all-MiniLM-L6-v2")
    );
    let unit = |table, column| {
        manifest
            .column_unit("warehouse", table, column)
            .map(|unit| unit.of)
    };
    assert_eq!(
        unit("payments", "amount"),
        Some(Type::Money(Currency("USD".into())))
    );
    assert_eq!(
        unit("PROD.discount_policy", "max_discount"),
        Some(Type::Percent)
    );
    assert_eq!(unit("payments", "id"), None);
    assert!(
        manifest
            .argument_unit("hubspot", "update_deal", "discount")
            .expect("a unit")
            .as_whole_number
    );
}

#[test]
fn environments() {
    let (manifest, _) = read(include_str!("data/sophia.toml"));
    let dev = manifest.in_environment("dev").expect("dev");
    assert_eq!(dev.connections["warehouse"].kind, "sqlite");
    assert_eq!(dev.connections["warehouse"].seed, ["data/*.csv"]);
    assert!(dev.stand_in_tools);
    let production = manifest.in_environment("production").expect("production");
    assert_eq!(production.connections["warehouse"].kind, "snowflake");
    assert!(!production.stand_in_tools);
    assert_eq!(
        production.store_path.as_deref(),
        Some("/var/lib/sophia/runs.db")
    );
    let problem = manifest.in_environment("prodction").expect_err("unknown");
    assert_eq!(problem.code.as_str(), "S916");
    assert_eq!(problem.help.as_deref(), Some("write `production`"));
    let (bare, _) = read("[project]\nname = \"x\"\n");
    assert!(
        bare.in_environment("dev")
            .expect("always there")
            .stand_in_tools
    );
}

#[test]
fn mistakes_stand_at_their_places() {
    let head = "[project]\nname = \"x\"\n";
    for (text, code, marked) in [
        ("[conections.a]\nkind = \"sqlite\"\n", "S911", "conections"),
        ("[connections.a]\npath = \"x\"\n", "S913", "a"),
        ("[connections.a]\nkind = \"sqlit\"\n", "S915", "\"sqlit\""),
        ("[connections.a]\nkind = 5\n", "S912", "5"),
        (
            "[connections.a]\nkind = \"sqlite\"\nseed = \"x.csv\"\n",
            "S912",
            "\"x.csv\"",
        ),
        (
            "[models.m]\nkind = \"openai\"\nmodel = \"m\"\nkey = \"hunter2\"\n",
            "S914",
            "\"hunter2\"",
        ),
        (
            "[models.m]\nkind = \"openai\"\nmodel = \"m\"\nkey = { secret = \"sk-abcdefgh\" }\n",
            "S914",
            "\"sk-abcdefgh\"",
        ),
        (
            "[tools.t]\nurl = \"https://x.test\"\nvariables = { A = \"xoxb-12345678\" }\n",
            "S914",
            "\"xoxb-12345678\"",
        ),
        ("[tools.t]\nsecrets = { A = \"a\" }\n", "S913", "t"),
        (
            "[tools.t]\nurl = \"https://x.test\"\nsecret = {}\n",
            "S911",
            "secret",
        ),
        ("[units]\n\"a.b.c\" = \"dollars\"\n", "S917", "\"dollars\""),
        ("[env.dev]\ntools = \"fake\"\n", "S915", "\"fake\""),
    ] {
        let whole = format!("{head}{text}");
        let (_, diagnostics) = read(&whole);
        let found: Vec<(&str, &str)> = diagnostics
            .iter()
            .map(|diagnostic| (diagnostic.code.as_str(), &whole[diagnostic.span.range()]))
            .collect();
        assert_eq!(found, [(code, marked)], "{text}");
    }
    let (_, broken) = read("[project]\nname = \"x\n");
    assert_eq!(broken[0].code.as_str(), "S910");
}

#[test]
fn limits_are_read_and_those_that_are_none_are_told() {
    let (manifest, diagnostics) = read(
        r#"[project]
name = "desk"

[tools.hubspot]
url = "https://mcp.hubspot.com/mcp"
at_once = 4
limit = "10 per second"

[connections.warehouse]
kind = "sqlite"
path = "data.db"
limit = "20 per 10 minutes"

[limits]
runs_in_memory = 500

[limits.playbooks.deal_hygiene]
at_once = 8
at_once_per = { deal_id = 1 }
priority = "high"
"#,
    );
    assert_eq!(diagnostics, []);
    let hubspot = manifest.tools["hubspot"].room;
    assert_eq!((hubspot.at_once, hubspot.limit), (Some(4), Some((10, 1))));
    let warehouse = &manifest.connections["warehouse"];
    assert_eq!(warehouse.room.limit, Some((20, 600)));
    assert!(warehouse.other.is_empty());
    assert_eq!(manifest.limits.runs_in_memory, Some(500));
    let playbook = &manifest.limits.playbooks["deal_hygiene"];
    assert_eq!(playbook.at_once, Some(8));
    assert_eq!(playbook.at_once_per["deal_id"], 1);
    assert_eq!(playbook.priority, PrioritySetting::High);

    let (_, diagnostics) = read(
        r#"[project]
name = "desk"

[tools.hubspot]
url = "https://mcp.hubspot.com/mcp"
at_once = 0
limit = "10 a second"

[limits.playbooks.deal_hygiene]
priority = "hihg"
"#,
    );
    let told: Vec<_> = diagnostics
        .iter()
        .map(|found| found.message.as_str())
        .collect();
    assert_eq!(
        told,
        [
            "`at_once` must be a whole number of at least 1.",
            "`10 a second` is no limit.",
            "There is no priority `hihg`.",
        ]
    );
}

#[test]
fn groups_and_calendars_are_read_in_both_forms() {
    let (manifest, diagnostics) = read(
        r#"[project]
name = "desk"

[groups]
leads   = ["ann@example.org"]
finance = { people = ["bob@example.org"], four_eyes = true }

[calendars.us_office]
holidays = ["2026-12-25", "2026-11-26"]

[calendars.de_office]
holidays = "calendars/de.ics"
"#,
    );
    assert_eq!(diagnostics, []);
    assert_eq!(manifest.groups["leads"], ["ann@example.org"]);
    assert_eq!(manifest.groups["finance"], ["bob@example.org"]);
    assert_eq!(manifest.four_eyes, ["finance".to_owned()].into());
    let day = |text: &str| text.parse().expect("a day");
    let office = &manifest.holidays["us_office"];
    assert!(!office.leave(day("2026-12-25")) && office.leave(day("2026-12-24")));
    assert_eq!(manifest.holiday_files["de_office"], "calendars/de.ics");
    let (_, diagnostics) =
        read("[project]\nname = \"desk\"\n\n[calendars.x]\nholidays = [\"christmas\"]\n");
    assert_eq!(diagnostics.len(), 1);
}

#[test]
fn a_playbook_counts_business_days_by_its_calendar() {
    use sophia_plan::step::{Delay, StepKind, TriggerKind, Wait};
    let text = "playbook count

calendar office

trigger on the 1st business day of each month at 07:00

wait 3 business days
";
    let (manifest, _) = read("[calendars.office]\nholidays = [\"2026-12-01\"]\n");
    let snapshot = sophia_compiler::Snapshot {
        manifest,
        catalogue: sophia_compiler::catalogue::Catalogue::default(),
        files: vec![sophia_compiler::SourceFile {
            path: "count.sophia".into(),
            text: text.into(),
        }],
    };
    let checked = sophia_compiler::check(&snapshot);
    assert_eq!(checked.diagnostics, []);
    let plan = checked.playbooks[0].plan.clone().expect("a plan");
    let TriggerKind::Schedule(schedule) = &plan.triggers[0].kind else {
        panic!("a schedule");
    };
    let november: jiff::Timestamp = "2026-11-30T12:00:00Z".parse().expect("an instant");
    let next = schedule.next(november, &jiff::tz::TimeZone::UTC);
    let second: jiff::Timestamp = "2026-12-02T07:00:00Z".parse().expect("an instant");
    assert_eq!(next, Some(second));
    let waits = plan.steps().into_iter().any(|step| {
        matches!(
            &step.kind,
            StepKind::Wait(Wait::Passed(Delay::BusinessDaysBy { days: 3, .. }))
        )
    });
    assert!(waits);
}

#[test]
fn the_example_of_the_page_about_limits_is_a_manifest() {
    let page = include_str!("../../docs/operations/limits.md");
    let (_, rest) = page.split_once("```toml\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    let (manifest, diagnostics) = read(&format!("[project]\nname = \"desk\"\n\n{example}"));
    assert_eq!(diagnostics, []);
    assert_eq!(manifest.tools["hubspot"].room.limit, Some((10, 1)));
    assert_eq!(manifest.models["openai"].room.at_once, Some(16));
    assert_eq!(manifest.limits.steps_at_once, Some(64));
}
