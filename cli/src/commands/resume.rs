//! `sophia resume`

use sophia_diagnostics::{Problem, codes};
use sophia_engine::{Decision, RunFilter, RunId, RunStatus, StepState, Wait};
use sophia_server::run::Session;
use sophia_server::sheet::RunSheet;

use super::open::secrets;
use super::place::Found;
use super::run::{exit, finish_one, follow, show, stand_ins};
use crate::Exit;
use crate::arguments::{Format, Resume, UnsureChoice};
use crate::render::run as render;

/// Goes on with one interrupted run or all of them.
pub(crate) async fn run(options: Resume) -> Result<Exit, Problem> {
    let Found {
        opened, settings, ..
    } = options.place.find()?;
    let session = Session::open(&opened.project, &settings, &secrets()).await?;
    let outcome = resume(&session, &options).await;
    session.close().await;
    let sheets = outcome?;
    if options.format == Format::Json {
        anstream::println!("{:#}", serde_json::json!({ "runs": sheets }));
    } else if sheets.is_empty() {
        anstream::println!("There is nothing to go on with.");
    }
    Ok(sheets
        .iter()
        .map(exit)
        .max_by_key(|exit| *exit as u8)
        .unwrap_or(Exit::Well))
}

async fn resume(session: &Session, options: &Resume) -> Result<Vec<RunSheet>, Problem> {
    let mut sheets = Vec::new();
    for run in chosen(session, options.run.as_deref()).await? {
        let mut under_way = false;
        if let Some(choice) = options.unsure {
            under_way = settle(session, &run, choice).await?;
            if !under_way && options.run.is_some() {
                return Err(nothing_unsure(&run));
            }
        }
        let detail = session.engine.run(&run.0).await?;
        let now = jiff::Timestamp::now();
        let is_due = |wait: &Wait| wait.until.is_some_and(|until| until <= now);
        if detail.summary.status == RunStatus::Waiting
            && !detail.waits.iter().any(is_due)
            && options.unsure.is_none()
            && options.run.is_none()
        {
            // What it waits for is not there yet.
            continue;
        }
        if options.format == Format::Text {
            let environment = &detail.summary.environment;
            let head = render::head(
                &detail.summary.playbook,
                &run.0,
                environment,
                &stand_ins(session),
            );
            anstream::eprintln!("{head}\n");
        }
        if !detail.summary.status.is_final() {
            if !under_way {
                session.resume(&run).await?;
            }
            let rested = follow(session, &run, options.format == Format::Text).await?;
            if !rested {
                break;
            }
        }
        let sheet = finish_one(session, &run).await?;
        if options.format == Format::Text {
            show(&sheet, &options.place.project);
        }
        sheets.push(sheet);
    }
    Ok(sheets)
}

async fn chosen(session: &Session, name: Option<&str>) -> Result<Vec<RunId>, Problem> {
    if let Some(name) = name {
        return Ok(vec![session.engine.run(name).await?.summary.run]);
    }
    let mut runs = Vec::new();
    for status in [RunStatus::Running, RunStatus::Waiting] {
        let filter = RunFilter {
            status: Some(status),
            ..RunFilter::default()
        };
        runs.extend(
            session
                .engine
                .runs(filter)
                .await?
                .into_iter()
                .map(|summary| summary.run),
        );
    }
    runs.sort();
    Ok(runs)
}

/// Decides about every unsure step of a run; says whether there was one.
async fn settle(session: &Session, run: &RunId, choice: UnsureChoice) -> Result<bool, Problem> {
    let detail = session.engine.run(&run.0).await?;
    let decision = match choice {
        UnsureChoice::Retry => Decision::Retry,
        UnsureChoice::Skip => Decision::Skip,
    };
    let asking: Vec<_> = detail
        .steps
        .iter()
        .filter(|step| matches!(step.state, StepState::Asking(_)))
        .collect();
    if asking.is_empty() {
        return Ok(false);
    }
    session.resume(run).await?;
    for step in asking {
        session.engine.settle(run, &step.key, decision).await?;
    }
    Ok(true)
}

fn nothing_unsure(run: &RunId) -> Problem {
    Problem::new(
        codes::S986,
        format!("No step of the run {run} waits for a person."),
    )
    .with_help(format!("`sophia runs show {run}` says where it stands"))
}
