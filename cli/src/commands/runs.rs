//! `sophia runs`: the list, one run; what people do with a run is in `control`.

use std::path::Path;

use sophia_diagnostics::Problem;
use sophia_engine::{
    Act, Decision, RunDetail, RunFilter, RunId, RunStatus, RunSummary, StepDetail, StepState,
};
use sophia_plan::json::to_json;
use sophia_server::control::{What, waits};
use sophia_server::sheet::RunSheet;

use super::control;
use super::run::show as show_sheet;
use crate::Exit;
use crate::arguments::{Format, Runs, RunsAction, RunsList, RunsShow};
use crate::render::numbers::{duration, instant};
use crate::render::run as render;
use crate::render::style::{QUIET, paint};

/// Reads the store, which does not disturb a process at work on it; or asks that process.
pub(crate) async fn run(options: Runs) -> Result<Exit, Problem> {
    match options.action {
        RunsAction::List(options) => list(&options).await,
        RunsAction::Show(options) => show(&options).await,
        RunsAction::Approve(options) => control::reply(options, true).await,
        RunsAction::Refuse(options) => control::reply(options, false).await,
        RunsAction::Answer(options) => control::answer(options).await,
        RunsAction::Cancel(options) => control::act(options, What::Cancel).await,
        RunsAction::Pause(options) => control::act(options, What::Pause).await,
        RunsAction::Resume(options) => control::act(options, What::Resume).await,
        RunsAction::Retry(options) => control::retry(options).await,
        RunsAction::Skip(options) => control::skip(options).await,
    }
}

async fn list(options: &RunsList) -> Result<Exit, Problem> {
    let filter = RunFilter {
        limit: Some(options.limit),
        ..RunFilter::default()
    };
    let found = options.place.find()?;
    // Nothing has run here yet: that is an answer, not a problem.
    let runs = if found.store.exists() {
        with_reasons(&found.store, found.reader()?.runs(&filter)?).await
    } else {
        Vec::new()
    };
    if options.format == Format::Json {
        anstream::println!("{:#}", serde_json::json!({ "runs": runs }));
        return Ok(Exit::Well);
    }
    if runs.is_empty() {
        anstream::println!(
            "Nothing has run in the environment {} yet. `sophia run` starts a run.",
            options.place.env
        );
    }
    for run in &runs {
        anstream::println!("{}", render::listed(run));
    }
    Ok(Exit::Well)
}

/// The runs, each of those that go on with what it waits for: a place, a rate.
async fn with_reasons(store: &Path, mut runs: Vec<RunSummary>) -> Vec<RunSummary> {
    let goes_on = |run: &&mut RunSummary| run.status == RunStatus::Running;
    let running: Vec<RunId> = (runs.iter_mut().filter(goes_on))
        .map(|run| run.run.clone())
        .collect();
    if running.is_empty() {
        return runs;
    }
    let waits = waits(store, &running).await;
    for run in runs.iter_mut().filter(goes_on) {
        if let Some(wait) = waits.get(&run.run).and_then(|waits| waits.first()) {
            run.summary.clone_from(&wait.reason);
        }
    }
    runs
}

async fn show(options: &RunsShow) -> Result<Exit, Problem> {
    let found = options.place.find_store()?;
    let reader = found.reader()?;
    let mut detail = if let Some(name) = &options.run {
        reader.run(name)?
    } else {
        let newest = reader.runs(&RunFilter {
            limit: Some(1),
            ..RunFilter::default()
        })?;
        reader.run(
            &newest
                .first()
                .ok_or_else(|| options.place.nothing_yet())?
                .run
                .0,
        )?
    };
    let waiting = waits(&found.store, std::slice::from_ref(&detail.summary.run)).await;
    detail.waits.extend(waiting.into_values().flatten());
    let sheet = RunSheet::of(&detail);
    let children = reader.runs(&RunFilter {
        parent: Some(detail.summary.run.clone()),
        ..RunFilter::default()
    })?;
    if options.format == Format::Json {
        let mut json = serde_json::to_value(&sheet).unwrap_or_default();
        if let Some(fields) = json.as_object_mut() {
            fields.insert("children".to_owned(), serde_json::json!(children));
        }
        if options.all
            && let Some(fields) = json.as_object_mut()
        {
            fields.insert(
                "steps".to_owned(),
                detail.steps.iter().map(step_json).collect(),
            );
        }
        anstream::println!("{json:#}");
        return Ok(Exit::Well);
    }
    let ended = sheet
        .ended
        .map(|ended| format!(" · ended {}", instant(ended)))
        .unwrap_or_default();
    anstream::println!(
        "{}",
        render::head(&sheet.playbook, &sheet.run, &sheet.environment, &[])
    );
    anstream::println!(
        "{}\n",
        paint(
            QUIET,
            format_args!("began {}{ended}", instant(sheet.created))
        )
    );
    if let Some(parent) = &sheet.parent {
        anstream::println!("  started by run {parent}\n");
    }
    if let Some(by) = &detail.started_by {
        anstream::println!("  started by {by}\n");
    }
    for act in &detail.acts {
        let (what, because) = done(&act.act);
        let because = because.map_or_else(String::new, |because| format!(": {because}"));
        anstream::println!("  {} {what}, {}{because}", act.by, instant(act.at));
    }
    if options.all {
        every_step(&detail);
    }
    show_sheet(&sheet, &options.place.project);
    for child in children.iter().rev() {
        anstream::println!("  started  {}", render::listed(child));
    }
    Ok(Exit::Well)
}

/// What a person did with a run, and why.
fn done(act: &Act) -> (String, Option<&str>) {
    match act {
        Act::Pauses => ("paused it".to_owned(), None),
        Act::GoesOn => ("let it go on".to_owned(), None),
        Act::Cancels => ("ended it".to_owned(), None),
        Act::Decides { key, decision } => {
            let what = match decision {
                Decision::Retry => "had it tried again",
                Decision::Skip => "took it as done",
            };
            (format!("decided about `{key}`: {what}"), None)
        }
        Act::Retries {
            from,
            again,
            because,
        } => {
            let mut what = match from {
                Some(from) => format!("had it go on from `{from}`"),
                None => "had what failed run again".to_owned(),
            };
            if !again.is_empty() {
                let again: Vec<_> = again.iter().map(|key| format!("`{key}`")).collect();
                what.push_str(&format!(", with {} done a second time", again.join(", ")));
            }
            (what, because.as_deref())
        }
        Act::Skips {
            key,
            value,
            because,
        } => {
            let what = format!("gave the value of `{key}`: {}", to_json(value));
            (what, because.as_deref())
        }
        Act::TriesNow { key, because } => {
            let what = match key {
                Some(key) => format!("had `{key}` tried again at once"),
                None => "had what paused tried again at once".to_owned(),
            };
            (what, because.as_deref())
        }
    }
}

fn every_step(detail: &RunDetail) {
    for step in &detail.steps {
        let took = match (step.began, step.ended) {
            (Some(began), Some(ended)) => {
                let micros =
                    u64::try_from(ended.as_microsecond() - began.as_microsecond()).unwrap_or(0);
                duration(std::time::Duration::from_micros(micros))
            }
            _ => String::new(),
        };
        anstream::println!(
            "  {:<52} {:<10} {}",
            step.key,
            state(step),
            paint(QUIET, took)
        );
        if let Some(question) = &step.question {
            anstream::println!("      {}: {}", question.stands.as_str(), question.text);
            for said in &question.said {
                let comment = said
                    .comment
                    .as_deref()
                    .map_or_else(String::new, |comment| format!(": {comment}"));
                anstream::println!("      {} at {}{comment}", said.by, instant(said.at));
            }
        }
        if let Some(failure) = step.failure() {
            anstream::println!("      {}", failure.message);
            for cause in &failure.causes {
                anstream::println!("      = {cause}");
            }
        }
        if let Some(value) = &step.value {
            let text = to_json(value).to_string();
            let short: String = text.chars().take(90).collect();
            let more = if short.len() < text.len() { " …" } else { "" };
            anstream::println!("      {}", paint(QUIET, format_args!("{short}{more}")));
        }
    }
    anstream::println!();
}

pub(crate) fn state(step: &StepDetail) -> &'static str {
    use sophia_engine::StepEnd;
    match &step.state {
        StepState::Running => "running",
        StepState::Retrying { .. } => "retrying",
        StepState::Asking(_) => "asking",
        StepState::Waiting(_) => "waiting",
        StepState::Ended(StepEnd::Done | StepEnd::Ended(_)) => "done",
        StepState::Ended(StepEnd::Suppressed { .. }) => "left out",
        StepState::Ended(StepEnd::Skipped { .. }) => "given",
        StepState::Ended(StepEnd::Otherwise(_)) => "otherwise",
        StepState::Ended(StepEnd::Failed(_)) => "failed",
        StepState::Ended(StepEnd::LetGo) => "let go",
        StepState::Ended(StepEnd::Unsure(_)) => "unsure",
    }
}

fn step_json(step: &StepDetail) -> serde_json::Value {
    serde_json::json!({
        "key": step.key,
        "label": step.label(),
        "line": step.origin().line,
        "state": state(step),
        "attempts": step.attempts,
        "began": step.began,
        "ended": step.ended,
        "value": step.value.as_ref().map(to_json),
        "report": step.report,
        "failure": step.failure().map(|failure| failure.message.clone()),
        "rounds": step.rounds.map(|rounds| rounds.number),
        "chosen": step.chosen,
    })
}
