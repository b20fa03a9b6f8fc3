//! The daemon over simulated time: schedules become runs at the right instants in their zone, across
//! both daylight-saving changes, and an outage is caught up with once.

use std::path::Path;
use std::sync::Arc;

use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use sophia_compiler::Checked;
use sophia_engine::RunFilter;
use sophia_server::environment::{ProcessSecrets, Secrets};
use sophia_server::project::Project;
use sophia_server::run::Session;
use sophia_server::serve::serve;
use sophia_triggers::SimulatedClock;

const PLAYBOOK: &str = r#"playbook morning

trigger every weekday at 08:00 in "America/Chicago"

let answer = 6 * 7
"#;

fn project(folder: &Path) -> (Project, Checked) {
    std::fs::write(
        folder.join("sophia.toml"),
        "[project]\nname = \"morning\"\n",
    )
    .expect("a writable folder");
    std::fs::write(folder.join("morning.sophia"), PLAYBOOK).expect("a writable folder");
    let project = Project::open(folder).expect("a project");
    let checked = project.check();
    assert!(
        checked.diagnostics.iter().all(|found| !found.is_error()),
        "{:#?}",
        checked.diagnostics
    );
    (project, checked)
}

/// Serves from one instant to another and gives the instants of all runs that there are afterwards.
async fn serve_between(folder: &Path, from: &str, to: &str) -> Vec<Timestamp> {
    let (project, checked) = project(folder);
    let settings = project
        .snapshot
        .manifest
        .in_environment("dev")
        .expect("an environment");
    let secrets: Secrets = Arc::new(ProcessSecrets);
    let session = Session::open(&project, &settings, &secrets)
        .await
        .expect("a session");
    let clock = Arc::new(SimulatedClock::new(
        from.parse().expect("an instant"),
        to.parse().expect("an instant"),
    ));
    let served = Box::pin(serve(
        session.engine.clone(),
        session.environment.clone(),
        &checked.playbooks,
        clock.clone(),
        Arc::new(|_| {}),
        None,
    ));
    tokio::select! {
        ended = served => panic!("the daemon ended by itself: {ended:?}"),
        () = clock.ended() => {}
    }
    let runs = session
        .engine
        .runs(RunFilter::default())
        .await
        .expect("runs");
    for run in &runs {
        session.engine.wait(&run.run).await.expect("an end");
    }
    session.close().await;
    let mut instants: Vec<_> = runs.iter().map(|run| run.created).collect();
    instants.sort();
    instants
}

#[tokio::test(flavor = "multi_thread")]
async fn it_fires_at_eight_in_chicago_across_both_changes_of_the_clock() {
    let folder = tempfile::tempdir().expect("a folder");
    // In 2026 the clocks of Chicago change on 8 March and on 1 November.
    for (from, to) in [
        ("2026-03-01T00:00:00Z", "2026-03-16T00:00:00Z"),
        ("2026-10-26T00:00:00Z", "2026-11-09T00:00:00Z"),
    ] {
        let folder = folder.path().join(&from[..10]);
        std::fs::create_dir(&folder).expect("a folder");
        let fired = serve_between(&folder, from, to).await;
        let chicago = TimeZone::get("America/Chicago").expect("a zone");
        let first: Timestamp = from.parse().expect("an instant");
        let expected: Vec<Timestamp> = first
            .to_zoned(chicago.clone())
            .date()
            .series(1.day())
            .take(20)
            .filter(|day| day.weekday().to_monday_one_offset() < 6)
            .map(|day| {
                day.at(8, 0, 0, 0)
                    .to_zoned(chicago.clone())
                    .expect("a time")
                    .timestamp()
            })
            .filter(|instant| *instant > first && *instant <= to.parse().expect("an instant"))
            .collect();
        assert_eq!(expected.len(), 10);
        assert_eq!(fired, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_outage_it_catches_up_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let before = serve_between(
        folder.path(),
        "2026-06-01T00:00:00Z",
        "2026-06-03T00:00:00Z",
    )
    .await;
    assert_eq!(before.len(), 2, "Monday and Tuesday");
    // Nothing runs from Wednesday to the Monday after; then one run makes up for Wednesday to Friday.
    let after = serve_between(
        folder.path(),
        "2026-06-08T00:00:00Z",
        "2026-06-09T00:00:00Z",
    )
    .await;
    assert_eq!(
        after.len(),
        4,
        "one to catch up, and that of Monday: {after:?}"
    );
    let chicago = TimeZone::get("America/Chicago").expect("a zone");
    let days: Vec<_> = after
        .iter()
        .map(|instant| instant.to_zoned(chicago.clone()).date())
        .collect();
    assert_eq!(
        days,
        [
            date(2026, 6, 1),
            date(2026, 6, 2),
            date(2026, 6, 5),
            date(2026, 6, 8)
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_at_the_same_instant_starts_no_second_run() {
    let folder = tempfile::tempdir().expect("a folder");
    serve_between(
        folder.path(),
        "2026-06-01T00:00:00Z",
        "2026-06-01T13:00:00Z",
    )
    .await;
    let again = serve_between(
        folder.path(),
        "2026-06-01T13:00:00Z",
        "2026-06-01T14:00:00Z",
    )
    .await;
    assert_eq!(again.len(), 1, "{again:?}");
}
